"""R15: every address and method, asked as every role: own, below, elsewhere. The expectations are written by hand."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import Any
from unittest import mock

from django.db import transaction
from django.test import override_settings
from django.test.utils import setup_test_environment, teardown_test_environment

from apps.core.scope import Reach
from ops_portal.drills import DrillReport
from ops_portal.drills.static_names import PLAIN_STATIC
from tests.access.asking import Asker
from tests.access.matrix import Expectation, expectations
from tests.access.routes import Route, all_routes
from tests.access.world import TODAY

ABOUT = "R15: every address, method and role against tests/access_matrix.toml; what lies elsewhere is not even named."
PROTECTIONS = {
    "scope": "rows follow the organisation chart: without it everybody sees the whole company",
    "capability": "pages and API ask for a capability: without it every role may do everything",
    "matrix": "every address has its expectation: without it a new one would go untried",
}
ROUNDS = 1
ENOUGH = 20
"""With a protection taken out, so many faults show what it is there for: no need to ask for the rest."""
PLAIN_FILES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": PLAIN_STATIC},
}
Key = tuple[str, str]


def run(*, without: str | None, rounds: int) -> DrillReport:
    """Ask everything, ROUNDS times over."""
    started = time.monotonic()
    faults: list[str] = []
    asked = 0
    with surroundings(), taken_out(without), transaction.atomic():
        asker = Asker()
        for _round in range(rounds):
            known = known_expectations(without)
            faults += [f"{name} {method} stands nowhere" for name, method in sorted(routes().keys() - known.keys())]
            if not (without and faults):
                faults += islice(mismatches(asker, known), ENOUGH if without else None)
        asked = asker.count
        transaction.set_rollback(True)
    figures: dict[str, Any] = {
        "addresses": len({name for name, _method in routes()}),
        "methods": len(routes()),
        "requests": asked,
        "faults": len(faults),
        "first_faults": faults[:5] or "none",
    }
    return DrillReport(passed=not faults, figures=figures, seconds=time.monotonic() - started)


def routes() -> dict[Key, Route]:
    """Every address with each of its methods."""
    return {(route.name, method): route for route in all_routes() for method in route.methods}


def known_expectations(without: str | None) -> dict[Key, Expectation]:
    """What is written down; without the matrix as a protection one address is missing, as if it were new."""
    known = dict(expectations())
    if without == "matrix":
        known.pop(("staff:list", "GET"))
    return known


def mismatches(asker: Asker, known: dict[Key, Expectation]) -> Iterator[str]:
    """Every answer that is not the one written down, as it comes."""
    for (name, method), route in routes().items():
        if (name, method) in known:
            for fault in asker.mismatches(route, method, known[name, method], is_thorough=True):
                yield f"{name} {method}: {fault}"


@contextmanager
def surroundings(day: str = TODAY.isoformat()) -> Iterator[None]:
    """The test client's host, unhashed file names, the DAY (ISO) on which the company lives: by itself the matrix's."""
    setup_test_environment()
    try:
        with override_settings(STORAGES=PLAIN_FILES, FIXED_TODAY=day, REQUIRE_TOTP=False):
            yield
    finally:
        teardown_test_environment()


@contextmanager
def taken_out(name: str | None) -> Iterator[None]:
    """Everything inside goes on without the protection of that name."""
    with ExitStack() as stack:
        if name == "scope":
            stack.enter_context(mock.patch("apps.staff.selectors.scope.reach_of", return_value=Reach.COMPANY))
        if name == "capability":
            for place in ("access", "permissions"):
                stack.enter_context(mock.patch(f"apps.accounts.http.{place}.may", return_value=True))
        yield
