"""What assessments ask of one person, counted for their home page."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.assessments.selectors.to_do import to_do_of
from apps.assessments.services.adjusting import Event, propose_adjustment
from apps.assessments.tests.appeals import admitted, appeal_of
from apps.assessments.tests.rewards import decide, paid_firm, propose
from apps.core.month import Month
from apps.staff.selectors import scope_of

pytestmark = pytest.mark.django_db
MAY, TODAY = Month(2026, 5), date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


def to_do(user, month=MAY):
    return to_do_of(scope=scope_of(user, TODAY), user=user, month=month, today=TODAY)


class TestReports:
    def test_are_asked_of_who_leads(self, firm, rules):
        assert to_do(firm.mia).reports == 4
        assert to_do(firm.nora).reports == 0

    def test_are_not_asked_of_readers_of_the_whole_company(self, firm, rules):
        assert to_do(firm.coo).reports == 0


class TestRatings:
    def test_are_of_departments_that_still_want_a_level(self, firm, rules):
        assert to_do(firm.rita).ratings > 0
        assert to_do(firm.nora).ratings == 0


class TestClaims:
    def test_wait_for_others_than_who_proposed_them(self, firm, rules):
        event = Event(
            "bonus", "patent", MAY, firm.north, date(2026, 5, 20), "File 12/2026, page 3", "Patent on the hinge"
        )
        propose_adjustment(event=event, scope=scope_of(firm.mia, TODAY), by=firm.mia, now=NOW)
        assert [to_do(user).claims for user in (firm.coo, firm.gm, firm.mia, firm.nora)] == [1, 1, 0, 0]

    def test_of_the_own_department_are_somebody_elses(self, firm, rules):
        event = Event(
            "penalty", "late", MAY, firm.works, date(2026, 5, 20), "File 3/2026", "Report came late", count=Decimal(1)
        )
        propose_adjustment(event=event, scope=scope_of(firm.hr, TODAY), by=firm.hr, now=NOW)
        assert [to_do(user).claims for user in (firm.coo, firm.gm)] == [0, 1]


class TestAppealsAndRewards:
    def test_an_appeal_waits_first_for_hr_then_for_its_reviewer(self, firm):
        paid_firm(firm)
        appeal = appeal_of(firm, firm.run)
        assert (to_do(firm.hr).appeals, to_do(firm.gm).appeals) == (1, 0)
        reviewer = admitted(firm, appeal).reviewer
        waiting = [user for user in (firm.hr, firm.coo, firm.gm, firm.mia) if to_do(user).appeals]
        assert waiting == [reviewer]

    def test_rewards_wait_until_they_are_decided(self, firm):
        paid_firm(firm)
        propose(firm)
        assert to_do(firm.gm).rewards == {MAY: 2}
        assert to_do(firm.hr).rewards == {}
        decide(firm, firm.nora_person, firm.cora)
        assert to_do(firm.gm).rewards == {}
