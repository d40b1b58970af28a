"""Foreign keys point down, nothing is generic, models keep no rules."""

import ast

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey

from tests.architecture.source import app_modules, dotted, functions, listed, rows


def house_models():
    """Every model of ours, without the event tables the database writes."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in settings.HOUSE_APPS and not hasattr(model, "pgh_tracked_model")
    ]


class TestForeignKeys:
    def test_every_one_points_to_the_same_app_or_a_lower_row(self):
        rank = rows()
        faults = [
            f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
            for model in house_models()
            for field in model._meta.get_fields()
            if field.is_relation and field.concrete and field.related_model is not None
            if (other := field.related_model._meta.app_label) != model._meta.app_label
            and rank.get(other, -1) >= rank[model._meta.app_label]
        ]
        assert not faults, listed(faults)

    def test_none_is_generic(self):
        faults = [
            f"{model._meta.label}.{field.name}"
            for model in house_models()
            for field in model._meta.private_fields
            if isinstance(field, GenericForeignKey)
        ]
        assert not faults, listed(faults)

    def test_models_are_looked_at(self):
        assert len(house_models()) > 20


class TestHabits:
    def test_no_save_override_no_signal_no_lookup_of_models_by_name(self):
        faults = []
        for module in app_modules():
            faults += [
                f"{module.place}:{node.lineno} overrides {node.name}"
                for node in functions(module.tree)
                if module.part == "models" and node.name in {"save", "delete", "full_clean"}
            ]
            faults += [
                f"{module.place}:{node.lineno} uses {name}"
                for node in ast.walk(module.tree)
                if isinstance(node, ast.Call)
                and (name := dotted(node.func).rpartition(".")[2]) in {"get_model", "receiver", "get_user_model"}
            ]
        assert not faults, listed(faults)

    def test_imports_stand_at_the_top(self):
        faults = [
            f"{module.place}:{node.lineno}"
            for module in app_modules()
            for function in functions(module.tree)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        assert not faults, listed(faults)

    def test_services_take_their_arguments_by_name_and_say_what_they_do(self):
        faults = []
        for module in app_modules():
            if module.part != "services":
                continue
            for node in module.tree.body:
                if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                    continue
                if any(dotted(part) == "transaction.atomic" for part in node.decorator_list):
                    if node.args.args:
                        faults.append(
                            f"{module.place}:{node.lineno} {node.name} takes {node.args.args[0].arg} by place"
                        )
                    if not ast.get_docstring(node):
                        faults.append(f"{module.place}:{node.lineno} {node.name} has no docstring")
        assert not faults, listed(faults)
