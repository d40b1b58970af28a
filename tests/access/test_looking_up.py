"""Writes of a manager that are right but for the id: somebody else's is answered as nobody's, nothing is stored (R16)."""

import pytest

from ops_portal.drills.access import taken_out
from ops_portal.drills.foreign import KINDS
from tests.access.asking import REFUSED_AT_THE_DOOR
from tests.access.foreign import writes
from tests.access.looking_up import looking_up_faults, told
from tests.access.matrix import expectations
from tests.access.sending import ROLE, SENDS, WITHOUT_IDS
from tests.access.world import OWN

IN_REACH_ALONE = {
    "api:kpi-value-list row", "kpis:decide", "assessments:propose", "api:appeal-list", "forecasts:override",
    "api:forecast-scenario-detail", "api:import-cancel",
}  # fmt: skip
"""Writes of several apps that the scope alone keeps inside the branch."""


@pytest.mark.django_db
class TestForeignIds:
    @pytest.mark.parametrize("send", SENDS, ids=lambda send: send.name)
    def test_are_answered_as_if_there_were_none(self, asker, send):
        own = told(asker, send, OWN)
        # Accepted with an own id: so with a foreign one nothing but the id was wrong.
        assert own.is_accepted, f"{own.status} {own.words[:500]}"
        assert looking_up_faults(asker, send) == []

    @pytest.mark.parametrize("name", sorted(IN_REACH_ALONE))
    def test_are_taken_without_the_scope(self, asker, name):
        [send] = [send for send in SENDS if send.name.partition(" ")[2] == name]
        with taken_out("scope"):
            assert looking_up_faults(asker, send)


@pytest.mark.django_db
class TestDrill:
    def test_meets_the_writes_on_their_own(self, asker):
        assert list(KINDS) == ["readings", "writes", "hostile_bodies"]
        with taken_out("scope"):
            assert next(KINDS["writes"](asker))


class TestSends:
    def test_there_is_one_for_every_write_open_to_a_manager(self):
        open_to = {
            route.name
            for route, method in writes()
            if not set(expectations()[route.name, method].statuses[ROLE]) <= REFUSED_AT_THE_DOOR
        }
        sent = {send.route for send in SENDS}
        assert open_to - sent == WITHOUT_IDS.keys()
        assert sent <= open_to

    def test_their_names_tell_them_apart(self):
        assert len({send.name for send in SENDS}) == len(SENDS)
