"""Every address, every method, every role: the answer is the one written in tests/access_matrix.toml.

`python -m pytest tests/access` names each address without an entry, each entry without an address, and for each mismatch the
role, the place, what came back and what was expected.
"""

import pytest

from tests.access.matrix import MatrixError, expectations, read_line
from tests.access.routes import all_routes
from tests.access.things import THINGS

ROUTES = {(route.name, method): route for route in all_routes() for method in route.methods}


class TestCoverage:
    def test_every_address_and_method_has_an_expectation(self):
        missing = [f"{name} {method}" for name, method in sorted(ROUTES.keys() - expectations().keys())]
        assert not missing, "\nWrite these into tests/access_matrix.toml:\n" + "\n".join(missing)

    def test_every_expectation_has_an_address(self):
        stale = [f"{name} {method}" for name, method in sorted(expectations().keys() - ROUTES.keys())]
        assert not stale, "\nThese addresses are gone:\n" + "\n".join(stale)

    def test_every_expectation_says_what_the_address_points_to(self):
        odd = [
            f"{name}: of = {expected.of!r} gives other names than {ROUTES[name, method].parameters}"
            for (name, method), expected in expectations().items()
            if (name, method) in ROUTES
            and (expected.of not in THINGS or not expected.of) == bool(ROUTES[name, method].parameters)
        ]
        assert not odd, "\n" + "\n".join(odd)

    def test_statuses_are_one_or_one_for_each_place(self):
        odd = [
            f"{name} {method}: {role} has {len(statuses)} statuses"
            for (name, method), expected in expectations().items()
            for role, statuses in expected.statuses.items()
            if len(statuses) not in {1, len(THINGS[expected.of][0])}
        ]
        assert not odd, "\n" + "\n".join(odd)

    def test_anonymous_callers_get_only_what_signs_them_in(self):
        """Anything else that answers a stranger has to stand here by name."""
        open_to_all = {
            name
            for (name, _), expected in expectations().items()
            if expected.status("anonymous", 0) not in {"login", "401"}
        }
        assert {name.split("_")[0] for name in open_to_all} <= {
            "health",
            "ready",
            "assessments:signing",
            "account",
            "mfa",
            "socialaccount",
            "openid",
        }


class TestReadLine:
    GROUPS = {"two": "coo gm"}

    def test_reads_groups_places_and_rest(self):
        found = read_line("200 404: manager; 200: two; 404: rest", self.GROUPS, "login")
        assert (found["manager"], found["gm"], found["hr"]) == (("200", "404"), ("200",), ("404",))
        assert found["anonymous"] == ("login",)

    def test_leaves_the_rest_refused(self):
        assert read_line("200: two", self.GROUPS, "login")["employee"] == ("403",)

    @pytest.mark.parametrize("line", ["200 two", "200: king", "200: coo; 404: two"])
    def test_refuses_what_it_cannot_read(self, line):
        with pytest.raises(MatrixError):
            read_line(line, self.GROUPS, "login")


@pytest.mark.django_db
class TestAnswers:
    @pytest.mark.parametrize(("name", "method"), sorted(ROUTES.keys() & expectations().keys()))
    def test_are_as_written(self, asker, name, method):
        faults = asker.mismatches(ROUTES[name, method], method, expectations()[name, method])
        assert not faults, f"\n{method} {name}\n" + "\n".join(faults)
