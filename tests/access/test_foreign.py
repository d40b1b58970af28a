"""Ids of somebody else, wherever they can be put, change nothing and reveal nothing (R16)."""

import pytest

from ops_portal.drills.access import taken_out
from tests.access.foreign import OWN_ACTS, READERS, WRITERS, reading_faults, reads, writes, writing_faults


def named(given):
    return given.name if hasattr(given, "name") else given


@pytest.mark.django_db
class TestReading:
    @pytest.mark.parametrize("route", reads(), ids=named)
    def test_filters_search_and_exports_show_only_ones_own(self, asker, route):
        faults = reading_faults(asker, route, "manager")
        assert not faults, "\n" + "\n".join(faults)

    def test_fails_without_the_scope(self, asker):
        route = next(route for route in reads() if route.name == "staff:list")
        with taken_out("scope"):
            assert any("names what lies other" in fault for fault in reading_faults(asker, route, "manager"))


@pytest.mark.django_db
class TestWriting:
    @pytest.mark.parametrize(("route", "method"), writes(), ids=named)
    def test_a_hostile_body_changes_nothing_of_others(self, asker, route, method):
        faults = [fault for role in ("employee", "hr") for fault in writing_faults(asker, route, method, role)]
        assert not faults, "\n" + "\n".join(faults)

    def test_fails_without_capabilities(self, asker):
        wanted = {"departments:change", "staff:change", "staff:account", "periods:change_rule", "departments:add_name"}
        routes = [(route, method) for route, method in writes() if route.name in wanted and method == "POST"]
        assert len(routes) == len(wanted)
        with taken_out("capability"):
            assert any(writing_faults(asker, route, method, "employee") for route, method in routes)

    @pytest.mark.parametrize(("route", "method"), [one for one in writes() if one[0].name in OWN_ACTS], ids=named)
    def test_acts_on_ones_own_thing_leave_those_of_others(self, asker, route, method):
        faults = [fault for role in WRITERS for fault in writing_faults(asker, route, method, role)]
        assert not faults, "\n" + "\n".join(faults)

    def test_asks_as_everybody(self):
        assert set(READERS) < set(WRITERS)
