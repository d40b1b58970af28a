"""Every address says what it takes to open it; pages and API read only through selectors that know who asks."""

import ast
import importlib
import inspect
from typing import get_args, get_origin

from django.db.models import Model, QuerySet

from apps.accounts.rules import CAPABILITIES, KNOWN_CAPABILITIES
from tests.access.routes import Route, all_routes, is_third_party
from tests.architecture.source import app_modules, dotted, imports, listed

OPEN_WORDS = {"public", "signed_in"}


def declared(route: Route) -> set[str]:
    """The capabilities a route declares; empty when it declares none."""
    view = getattr(route.view, "cls", None) or route.view
    found = getattr(view, "capabilities", None) or getattr(view, "capability", None)
    if isinstance(found, dict):
        return set(found.values())
    return {found} if isinstance(found, str) else set(found or ())


WITHOUT_KEY = {"api:key-list": "the key itself is shown once and kept nowhere", "api:key-revoke": "may be said again"}
"""Writes of the API that take no Idempotency-Key, and why: their description says so."""


class TestIdempotency:
    def test_every_other_write_of_the_api_takes_a_key(self):
        found = {
            route.name
            for route in all_routes()
            if route.is_api and not is_third_party(route)
            for method, name in getattr(route.view, "actions", {}).items()
            if method not in {"get", "head", "options"}
            and not getattr(getattr(route.view.cls, name), "is_idempotent", False)
        }
        assert found == WITHOUT_KEY.keys()


class TestCapabilities:
    def test_every_address_of_ours_declares_one(self):
        assert [route.name for route in all_routes() if not is_third_party(route) and not declared(route)] == []

    def test_every_declared_one_is_held_by_some_role(self):
        faults = {
            route.name: odd for route in all_routes() if (odd := declared(route) - KNOWN_CAPABILITIES - OPEN_WORDS)
        }
        assert not faults, listed(faults)

    def test_every_one_in_the_table_opens_something(self):
        used = set().union(*(declared(route) for route in all_routes()))
        text = " ".join(
            ast.unparse(module.tree) for module in app_modules() if module.place != "apps/accounts/rules.py"
        )
        assert sorted(name for name in KNOWN_CAPABILITIES - used if name not in text) == []

    def test_their_names_begin_with_an_app(self):
        apps = {module.app for module in app_modules()}
        assert [name for name in KNOWN_CAPABILITIES if name.partition(".")[0] not in apps] == []

    def test_only_the_administrator_manages_accounts(self):
        assert {role for role, held in CAPABILITIES.items() if "accounts.manage" in held} == {"administrator"}


def selectors_in(module):
    """(name → selector, name → package of selectors) as this module imports them."""
    names, packages = {}, {}
    for source, name, called in imports(module.tree):
        parts = source.split(".")
        if parts[0] == "apps" and parts[2:3] == ["selectors"]:
            names[called] = getattr(importlib.import_module(source), name)
        elif parts[0] == "apps" and name == "selectors":
            packages[called] = importlib.import_module(f"{source}.selectors")
    return names, packages


def selector_calls():
    """(place, function) for every selector a view or API module calls."""
    for module in app_modules():
        if module.part not in {"views", "api"}:
            continue
        names, packages = selectors_in(module)
        for node in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
            head, _, rest = dotted(node.func).partition(".")
            found = getattr(packages.get(head), rest, None) if rest else names.get(head)
            if inspect.isfunction(found) and ".selectors" in found.__module__:
                yield f"{module.place}:{node.lineno}", found


WHOLE_OR_NOTHING = {
    "apps.accounts.selectors.accounts": "accounts belong to no department: accounts.view opens all of them or none",
    "apps.accounts.selectors.demo_sign_ins": "the demo company's own accounts, empty outside a demo",
    "apps.jobs.selectors.job_counts": "runs of all: the view asks for jobs.view first",
    "apps.imports.selectors.saved_mappings": "takes the targets that this person may use",
    "apps.imports.selectors.mapping_for": "takes the targets that this person may use",
    "apps.periods.selectors.entry_window": "the calendar of the company is no secret",
    "apps.periods.selectors.month_answers": "the calendar of the company is no secret",
    "apps.kpis.selectors.months.calendar_on": "the calendar of the company is no secret",
    "apps.departments.selectors.finding.find_by_code_or_alias": "texts to keys; whether they may be seen is judged after",
    "apps.dashboards.selectors.search.cleaned": "works on the text typed, reads nothing",
}
"""Selectors without rows of a department, each with the reason; a new one has to give its own."""


def is_record(hint: object) -> bool:
    """Whether an annotation stands for a record, rows of records, or what a selector made of them."""
    if inspect.isclass(hint) and not get_args(hint):
        return issubclass(hint, Model | QuerySet) or ".selectors" in hint.__module__
    origin = get_origin(hint)
    return (inspect.isclass(origin) and issubclass(origin, QuerySet)) or any(map(is_record, get_args(hint)))


def knows_who_asks(selector) -> bool:
    """It takes the scope or the person, is named public_…, or is handed records that came from a selector that did."""
    parameters = inspect.signature(selector).parameters
    if {"scope", "user"} & set(parameters) or selector.__name__.startswith("public_"):
        return True
    hints = inspect.get_annotations(selector, eval_str=True)
    return is_record(hints.get(next(iter(parameters), "")))


class TestSelectors:
    def test_pages_and_api_call_only_those_that_know_who_asks(self):
        faults = sorted(
            {
                f"{place} {name}"
                for place, found in selector_calls()
                if (name := f"{found.__module__}.{found.__name__}") not in WHOLE_OR_NOTHING
                and not knows_who_asks(found)
            }
        )
        assert not faults, listed(faults)

    def test_calls_are_found_at_all(self):
        assert len({found for _, found in selector_calls()}) > 20

    def test_the_exceptions_are_still_called(self):
        called = {f"{found.__module__}.{found.__name__}" for _, found in selector_calls()}
        assert sorted(set(WHOLE_OR_NOTHING) - called) == []
