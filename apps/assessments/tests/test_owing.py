"""Who is told what they owe a month: before the day, on it, after it; and the line above them. 1 June 2026 is a Monday."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.rules.owing import Stage, owners_of, stage_of
from apps.assessments.selectors.owing import lines_above
from apps.assessments.services import owing, reminding
from apps.assessments.services.adjusting import Event, propose_adjustment
from apps.assessments.tasks import remind_job
from apps.assessments.tests.appeals import admitted, appeal_of
from apps.assessments.tests.factories import NOW
from apps.assessments.tests.rewards import paid_firm
from apps.assessments.tests.teams import MAY, all_given, give, team_of
from apps.jobs.services import enqueue
from apps.notifications.models import Notification, StandIn
from apps.periods.rules import WorkDays
from apps.staff.selectors import scope_of
from apps.staff.tests.factories import PersonFactory

WORK = WorkDays()


class TestStageOf:
    @pytest.mark.parametrize(
        ("today", "stage"),
        [(2, None), (3, Stage.AHEAD), (4, Stage.AHEAD), (5, Stage.DAY_BEFORE), (7, Stage.DAY_BEFORE),
         (8, Stage.ON_THE_DAY), (9, Stage.MISSED), (20, Stage.MISSED)],
    )  # fmt: skip
    def test_counts_working_days_to_monday_the_8th(self, today, stage):
        assert stage_of(date(2026, 6, 8), today=date(2026, 6, today), days=WORK) == stage

    def test_a_holiday_brings_the_notice_forward(self):
        days = WorkDays(holidays=frozenset({date(2026, 6, 5)}))
        assert stage_of(date(2026, 6, 8), today=date(2026, 6, 4), days=days) == Stage.DAY_BEFORE


class TestOwnersOf:
    def test_the_nearest_head_owes_and_where_there_is_none_the_others(self):
        lines = {7: [7, 3, 1], 8: [8, 3, 1], 9: [9]}
        assert owners_of({7: 2, 8: 1, 9: 4}, lines, {7: 70, 3: 30}, [99]) == {70: 2, 30: 1, 99: 4}


def morning(day):
    return datetime(2026, 6, day, 5, 30, tzinfo=UTC)


def said(*people, word=""):
    """What these people read of what they owe, oldest first."""
    rows = Notification.objects.filter(kind=owing.KIND, user__in=people, subject__contains=word).order_by("pk")
    return [row.subject for row in rows]


@pytest.fixture
def only_may(monkeypatch):
    monkeypatch.setattr(owing, "MONTHS_REMINDED", 1)
    monkeypatch.setattr(reminding, "MONTHS_REMINDED", 1)


@pytest.mark.django_db
@pytest.mark.usefixtures("only_may")
class TestReportsAndValues:
    """Values of May are due on 3 June, reports on the 5th, each with its cut-off.

    Mia heads Sales, above North and South; Cora heads Works."""

    def test_the_head_is_told_before_on_and_after_the_day_once_each(self, firm, rules):
        for day in (1, 2, 2, 3, 4, 4, 5, 8, 9):
            services.remind_of_debts(now=morning(day))
        assert said(firm.mia, word="Reports") == [
            "Reports for the scores of May 2026 are due on 5 June 2026",
            "Reports for the scores of May 2026 are due the next working day, 5 June 2026",
            "Reports for the scores of May 2026 are due today, 5 June 2026",
            "Reports for the scores of May 2026 were due on 5 June 2026 and are missing",
        ]

    def test_says_how_many_and_leads_to_them(self, firm, rules):
        services.remind_of_debts(now=morning(2))
        row = Notification.objects.get(user=firm.mia, kind=owing.KIND, subject__startswith="Reports")
        assert row.body.startswith("4 reports are open.")
        assert row.url == "/assessments/2026-05/entries/?state=open"

    def test_what_was_missed_climbs_to_the_head_above_who_reads_whose_it_is(self, firm, rules):
        boss = UserFactory(roles=["manager"], name="Olga Over")
        PersonFactory(name="Olga Over", number="O1", department=firm.company, role="head", user=boss)
        services.remind_of_debts(now=morning(5))
        assert said(boss, word="Reports") == []
        for _again in range(2):
            services.remind_of_debts(now=morning(8))
        assert said(boss, word="Reports") == [
            "In your line: Reports for the scores of May 2026 were due on 5 June 2026 and are missing"
        ]
        row = Notification.objects.get(user=boss, kind=owing.KIND, subject__contains="Reports")
        assert row.body.startswith("Mia Manager: 4 open.")

    def test_without_a_head_above_it_climbs_to_the_coo_and_from_the_coo_to_the_gm(self, firm, rules):
        services.remind_of_debts(now=morning(8))
        line = "In your line: Reports for the scores of May 2026 were due on 5 June 2026 and are missing"
        assert line in said(firm.coo)
        assert said(firm.gm, word="Reports") == [line]
        row = Notification.objects.get(user=firm.gm, kind=owing.KIND, subject__contains="Reports")
        assert row.body.startswith("Cora Chief: 2 open.")

    def test_values_are_asked_of_whoever_heads_the_department_that_misses_them(self, firm, scheme):
        services.remind_of_debts(now=morning(2))
        assert said(firm.coo) == ["KPI values of May 2026 are due the next working day, 3 June 2026"]
        assert Notification.objects.get(user=firm.coo, kind=owing.KIND).body.startswith("1 value is missing.")
        assert said(firm.mia) == []

    def test_the_stand_in_of_an_absent_head_is_told_too(self, firm, rules):
        StandIn.objects.create(user=firm.mia, stand_in=firm.rita, first_day=date(2026, 6, 1), last_day=date(2026, 6, 9))
        services.remind_of_debts(now=morning(2))
        row = Notification.objects.get(user=firm.rita, kind=owing.KIND, subject__startswith="Reports")
        assert row.on_behalf_of == firm.mia

    def test_a_month_that_is_handed_in_owes_nothing(self, firm, scheme):
        services.compute_month(month=MAY, by=firm.hr, now=morning(5))
        services.hand_in_month(month=MAY, by=firm.hr, now=morning(5))
        assert services.remind_of_debts(now=morning(8)) == {"asked": 0, "lines_told": 0}

    def test_costs_the_same_however_many_departments(self, firm, rules, django_assert_max_num_queries):
        with django_assert_max_num_queries(100):
            services.remind_of_debts(now=morning(9))


@pytest.mark.django_db
@pytest.mark.usefixtures("only_may")
class TestRatingsPartsClaimsAppeals:
    """The first three are due when May is to be worked out, 8 June."""

    def test_raters_are_told_and_their_head_when_they_missed_it(self, firm, rules):
        services.remind_of_debts(now=morning(5))
        assert said(firm.rita) == ["Ratings of departments of May 2026 are due the next working day, 8 June 2026"]
        assert Notification.objects.get(user=firm.rita, kind=owing.KIND).body.startswith("2 departments to rate.")
        services.remind_of_debts(now=morning(9))
        assert said(firm.rita)[-1] == "Ratings of departments of May 2026 were due on 8 June 2026 and are missing"
        assert "In your line: Ratings of departments of May 2026 were due on 8 June 2026 and are missing" in said(
            firm.mia
        )

    def test_whoever_gives_a_personal_part_is_told_until_it_is_given(self, firm):
        team = team_of(firm)
        give(team.ned, (team.nora_person, 60))
        services.remind_of_debts(now=morning(8))
        assert said(team.ned, word="Personal") == ["Personal parts of scores of May 2026 are due today, 8 June 2026"]
        row = Notification.objects.get(user=team.ned, kind=owing.KIND, subject__startswith="Personal")
        assert row.body.startswith("1 person waits for their personal part.")
        all_given(team)
        services.remind_of_debts(now=morning(9))
        assert said(team.ned, team.mia, team.coo, word="Personal parts of scores of May 2026 were") == []

    def test_a_missed_personal_part_climbs(self, firm):
        team = team_of(firm)
        services.remind_of_debts(now=morning(9))
        line = "In your line: Personal parts of scores of May 2026 were due on 8 June 2026 and are missing"
        assert line in said(team.mia)
        assert line in said(team.gm)

    def test_those_who_confirm_are_told_of_proposals_of_others(self, firm, rules):
        event = Event(
            "penalty", "late", MAY, firm.works, date(2026, 5, 20), "File 3/2026", "Report came late", count=Decimal(1)
        )
        propose_adjustment(event=event, scope=scope_of(firm.hr, NOW.date()), by=firm.hr, now=NOW)
        services.remind_of_debts(now=morning(8))
        words = "Decisions on bonuses, deductions, vetoes and exemptions of May 2026 are due today, 8 June 2026"
        assert words in said(firm.gm)
        assert words not in said(firm.coo, firm.hr, firm.mia)

    def test_whoever_rules_on_an_appeal_is_told_before_its_day(self, firm):
        paid_firm(firm)
        appeal = appeal_of(firm, firm.run)
        reviewer = admitted(firm, appeal).reviewer
        due = appeal.due_at.date()
        services.remind_of_debts(now=datetime(due.year, due.month, due.day, 5, tzinfo=UTC))
        assert [subject for subject in said(reviewer) if subject.startswith("Answers to appeals of May 2026")]

    def test_before_it_is_admitted_human_resources_owe_the_answer(self, firm):
        paid_firm(firm)
        due = appeal_of(firm, firm.run).due_at
        services.remind_of_debts(now=due)
        assert [subject for subject in said(firm.hr) if subject.startswith("Answers to appeals of May 2026")]


@pytest.mark.django_db
class TestLinesAbove:
    def test_goes_up_the_chart_then_to_the_coo_then_to_the_gm(self, firm):
        team_of(firm)
        found = lines_above([firm.nora, firm.ned, firm.mia, firm.coo, firm.hr, firm.gm], date(2026, 6, 15))
        assert {user: [one.name for one in above] for user, above in found.items()} == {
            firm.nora.pk: ["Ned North"],
            firm.ned.pk: ["Mia Manager"],
            firm.mia.pk: ["Cora Chief"],
            firm.coo.pk: ["Gus General"],
            firm.hr.pk: ["Cora Chief"],
            firm.gm.pk: [],
        }


@pytest.mark.django_db
@pytest.mark.usefixtures("only_may")
def test_the_daily_job_tells_both_and_says_how_many(firm, rules, time_machine):
    time_machine.move_to(morning(4), tick=False)
    run = enqueue(kind=services.REMIND_KIND, period="2026-06-04", by=None, now=morning(4))
    remind_job(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == "done"
    assert run.result["asked"] > 0
    assert run.result["lines_told"] > 0
