"""What the registers hold arrives in the scores: reports, ratings, a bonus over its cap, a late report, a veto."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.assessments.models import Score, ScoreLine
from apps.assessments.services import MonthNotComplete, compute_month, hand_in_month, rejudged_score
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment
from apps.assessments.services.entries import enter_facts
from apps.assessments.services.lateness import with_lateness
from apps.assessments.services.rating import Said, rate_departments
from apps.core.month import Month

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)
IN_TIME = datetime(2026, 6, 2, 9, tzinfo=UTC)
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


@pytest.fixture
def reported(firm, rules, indicator, scope_for):
    """North: an accident and three complaints (11 of 20), a milestone two days late (16 of 20), rated A and 80 (18)."""
    about = {"month": MAY, "department": firm.north, "scope": scope_for(firm.mia), "by": firm.mia, "now": IN_TIME}
    enter_facts(indicator=indicator("SAFE"), content={"accident": 1, "complaint": 3}, **about)
    item = {"code": "M1", "weight": "60", "due": "2026-05-10", "done": "2026-05-12"}
    enter_facts(indicator=indicator("PLAN"), content={"items": [item]}, **about)
    said = [Said(firm.north, indicator("HELP"), "A"), Said(firm.north, indicator("ORDER"), "80")]
    rate_departments(month=MAY, ratings=said, scope=scope_for(firm.rita), by=firm.rita, now=NOW)


@pytest.fixture
def add(firm, scope_for):
    def act(kind, code, *, is_confirmed=True, **more):
        event = Event(kind, code, MAY, firm.north, date(2026, 5, 20), "File 12", **more)
        due, came = (datetime(2026, 5, day, 16, tzinfo=UTC) for day in (8, 12))
        event = with_lateness(event, due_at=due, submitted_at=came, now=NOW)
        row = propose_adjustment(event=event, scope=scope_for(firm.mia), by=firm.mia, now=NOW)
        return confirm_adjustment(adjustment=row, by=firm.coo, now=NOW) if is_confirmed else row

    return act


def north(firm):
    run = compute_month(month=MAY, by=firm.hr, now=NOW).run
    return Score.objects.get(run=run, department=firm.north)


class TestBetweenTheCutOffs:
    """KPI values of May close on 3 June at 18:00, what is reported and rated on 5 June at 18:00."""

    CODES = ("REV", "SAFE", "PLAN", "HELP", "ORDER")

    def worked_out(self, firm, day, hour):
        """The status of each line of Works, which has told nothing, and whether its proof holds."""
        run = compute_month(month=MAY, by=firm.hr, now=datetime(2026, 6, day, hour, tzinfo=UTC)).run
        score = Score.objects.select_related("run__scheme").get(run=run, department=firm.works)
        lines = list(score_lines(run, firm.works))
        assert rejudged_score(score, lines).is_same
        return (run.is_past_cut_off, run.is_past_reports), [line.status for line in lines]

    def test_a_report_is_awaited_when_values_no_longer_are(self, firm, rules):
        assert self.worked_out(firm, 3, 9) == ((False, False), ["pending"] * 5)
        assert self.worked_out(firm, 4, 9) == ((True, False), ["missing_zero", *["pending"] * 4])
        with pytest.raises(MonthNotComplete):
            hand_in_month(month=MAY, by=firm.hr, now=datetime(2026, 6, 4, 9, tzinfo=UTC))
        assert self.worked_out(firm, 5, 18) == ((True, True), ["missing_zero"] * 5)


def score_lines(run, department):
    """In the order of the scorecard."""
    rows = ScoreLine.objects.filter(run=run, department=department)
    return rows.select_related("indicator").order_by("indicator__position")


class TestMonth:
    def test_reports_and_ratings_are_judged(self, firm, reported):
        """38.00 of 40 for revenue, then 11, 16, 10 and 8."""
        assert north(firm).total == Decimal("83.00")

    def test_a_bonus_keeps_to_the_cap_of_its_item_and_a_late_report_costs_half_a_point_a_day(self, firm, reported, add):
        add("bonus", "patent", count=Decimal(2))
        add("bonus", "patent", count=Decimal(1), name="Another patent")
        add("penalty", "late")
        score = north(firm)
        assert (score.bonus, score.deduction, score.total) == (Decimal(5), Decimal(1), Decimal("87.00"))

    def test_a_veto_beats_it_and_what_is_only_proposed_counts_for_nothing(self, firm, reported, add):
        add("bonus", "patent", is_confirmed=False)
        assert north(firm).total == Decimal("83.00")
        add("veto", "fatal")
        assert north(firm).total == Decimal("0.00")
