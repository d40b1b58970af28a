"""Short, untimed form of the races for a month (R8): each once, and each seen to fail without the locks."""

from unittest import mock

import pytest

from ops_portal.drills import races
from ops_portal.drills.assessed import ruled_company
from ops_portal.drills.figures import someone


@pytest.fixture(autouse=True)
def whole_again():
    """Put the protection back that a test took out."""
    yield
    mock.patch.stopall()


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_have_one_winner_and_tell_the_other(self):
        firm, other = ruled_company(), someone("coo")
        for name, race in races.RACES.items():
            assert race(firm, other).trouble == "", name
            races.clear_away()

    @pytest.mark.parametrize("race", [races.publish_publish, races.publish_revise, races.rule_revise])
    def test_over_a_published_month_fail_without_locks(self, race):
        firm, other = ruled_company(), someone("coo")
        races.take_out("lock")
        found = []
        for _number in range(4):
            found.append(race(firm, other).trouble)
            races.clear_away()
        assert any(found)

    def test_fail_without_locks(self):
        firm, other = ruled_company(), someone("coo")
        races.take_out("lock")
        found = []
        for race in (races.approve_approve, races.publish_correct):
            for _number in range(3):
                found.append(race(firm, other).trouble)
                races.clear_away()
        assert any(found)
