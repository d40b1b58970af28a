"""Another app is entered only through its doors; its models are named, never queried or built."""

import ast

import pytest

from tests.architecture.source import Module, app_modules, dotted, imports, listed, modules

OPEN = {"models", "selectors", "services", "rules", "choices"}
DOORS = {"views", "api", "urls", "http", "forms", "templatetags"}
"""Parts that speak to the web: they may also use another app's http (decorators, authentication, requests)."""
MANAGERS = {"objects", "_default_manager", "_base_manager"}


def entered(module: Module) -> list[tuple[str, str, str]]:
    """(app, part, name) of everything imported from other apps. core is shared words and free to all."""
    found = []
    for source, name, _ in imports(module.tree):
        parts = [*source.split("."), name] if name else source.split(".")
        if parts[0] == "apps" and len(parts) > 2 and parts[1] not in {module.app, "core"}:
            found.append((parts[1], parts[2], ".".join(parts)))
    return found


def wrong_entries(module: Module) -> list[str]:
    allowed = OPEN | {"http"} if module.part in DOORS else OPEN
    return [f"{module.place} imports {what}" for _, part, what in entered(module) if part not in allowed]


def foreign_models(module: Module) -> set[str]:
    """Names in this module that stand for another app's models, or for its models module."""
    names = set()
    for source, name, called in imports(module.tree):
        parts = source.split(".")
        if parts[0] == "apps" and len(parts) > 1 and parts[1] not in {module.app, "core"}:
            is_model = len(parts) > 2 and parts[2] == "models" and name[:1].isupper() and not name.isupper()
            if is_model or (name == "models" and len(parts) == 2):
                names.add(called)
    return names


def trespasses(module: Module) -> list[str]:
    """Places where another app's model is queried or built."""
    names = foreign_models(module)
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS and dotted(node.value).split(".")[0] in names:
            found.append(f"{module.place}:{node.lineno} queries {dotted(node)}")
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[0] in names:
            found.append(f"{module.place}:{node.lineno} calls {dotted(node.func)}()")
    return found


class TestBorders:
    @pytest.mark.parametrize("check", [wrong_entries, trespasses], ids=["entries", "models"])
    def test_no_app_reaches_into_another(self, check):
        faults = [fault for module in app_modules() for fault in check(module)]
        assert not faults, listed(faults)

    def test_tests_of_one_app_take_only_factories_from_the_tests_of_another(self):
        faults = [
            f"{module.place} imports {what}"
            for module in modules()
            if module.app and module.is_test
            for app, part, what in entered(module)
            if part == "tests" and ".tests.factories" not in what
        ]
        assert not faults, listed(faults)

    def test_the_checks_see_planted_faults(self, tmp_path, monkeypatch):
        folder = tmp_path / "apps" / "staff"
        folder.mkdir(parents=True)
        planted = folder / "services.py"
        planted.write_text(
            "from apps.departments.views import list_page\n"
            "from apps.departments.models import Department\n"
            "from apps.departments import models\n"
            "Department.objects.all()\nDepartment(name='x')\nmodels.Department.objects.get()\n"
        )
        monkeypatch.setattr("tests.architecture.source.ROOT", tmp_path)
        module = Module(planted)
        assert len(wrong_entries(module)) == 1
        assert {fault.split(" ")[0].rpartition(":")[2] for fault in trespasses(module)} == {"4", "5", "6"}
