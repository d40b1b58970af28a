from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import TestCase, override_settings

from apps.accounts.models import User
from apps.accounts.services import DemoRefused
from apps.accounts.tests.factories import UserFactory
from apps.approvals.models import Case
from apps.assessments.selectors.periods import period_scores
from apps.assessments.selectors.stretches import stretch_line
from apps.assessments.services import REHEARSE_KIND
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments import selectors as departments
from apps.departments.models import Department
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts.models import (
    ForecastIssue,
    ForecastMonth,
    HorizonAccuracy,
    Override,
    ReportReader,
    Scenario,
    SeriesForecast,
    SituationReport,
)
from apps.forecasts.selectors import current_issues
from apps.forecasts.selectors.honesty import judged_overrides
from apps.forecasts.services import ISSUE_KIND
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun, Outbox
from apps.jobs.services import enqueue, work
from apps.kpis.choices import Direction, Frequency, Status, ValueKind, ValueState
from apps.kpis.models import Kpi, KpiMonth, KpiTarget, KpiValue, KpiVersion
from apps.staff import selectors as staff
from apps.staff.models import Movement, Person
from apps.staff.selectors import scope_of
from ops_portal.demo.building import ask_for_company
from ops_portal.demo.sign_ins import SIGN_INS
from tests.demo.assessed import AssessedTests

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
LAST = date(2026, 10, 1)
SCORES = Scope(user_id=1, reach=Reach.COMPANY, capabilities=frozenset({"assessments.view", "assessments.view_drafts"}))
COMPANY = Scope(user_id=1, reach=Reach.COMPANY, capabilities=frozenset({"staff.view", "staff.view_headcount"}))


@pytest.fixture
def demo(settings):
    settings.IS_DEMO = True
    settings.FIXED_TODAY = "2026-11-20"


class CompanyTest(AssessedTests, TestCase):
    """The company is made once for all of these."""

    @classmethod
    def setUpTestData(cls):
        with override_settings(IS_DEMO=True, FIXED_TODAY="2026-11-20"):
            # Asked for the day before, so that it is due whatever the time of day is when this runs.
            before = NOW - timedelta(days=1)
            # On the first start all of the calendar is due at once, the monthly forecast too.
            work(run_id=enqueue(kind=ISSUE_KIND, period="2026-11-20", by=None, now=before).pk)
            cls.done = work(run_id=ask_for_company(now=before).pk)
            work(run_id=JobRun.objects.get(kind=REHEARSE_KIND).pk)

    def test_is_alive(self):
        assert self.done.state == JobState.DONE, self.done.error
        today = NOW.date()
        nodes = departments.tree_on(today, COMPANY)
        assert len(nodes) >= 14
        assert max(node.level for node in nodes) == 2
        assert staff.headcount_now(scope=COMPANY, day=today) >= 120
        assert set(Movement.objects.values_list("kind", flat=True)) == {"join", "transfer", "leave"}

    def test_comes_and_goes_in_every_year(self):
        for year in (2024, 2025):
            statement = staff.statement(scope=COMPANY, first=Month(year, 1), last=Month(year, 12))
            assert statement.is_balanced
            assert 5 < statement.turnover.rate_pct < 20
            assert sum(month.count.leavers > 0 for month in statement.months) >= 6

    def test_was_reorganised(self):
        names = {node.name for node in departments.tree_on(NOW.date(), COMPANY)}
        before = {node.name for node in departments.tree_on(NOW.date().replace(year=2024), COMPANY)}
        assert names - before >= {"Regional Sales", "Plant Engineering", "Data and Analytics"}
        assert before - names >= {"Northern Region", "Southern Region", "Maintenance"}

    def test_every_open_department_has_a_head(self):
        open_ids = [node.pk for node in departments.tree_on(NOW.date(), COMPANY)]
        figures = departments.figures_on(open_ids, NOW.date(), COMPANY)
        assert [pk for pk, found in figures.items() if not found.head] == []

    def test_each_sign_in_sees_what_its_role_should(self):
        scopes = {known.role: scope_of(User.objects.get_by_natural_key(known.email), NOW.date()) for known in SIGN_INS}
        led = Department.objects.get(code="SAL").pk
        assert scopes["manager"].department_ids == (led,)
        assert scopes["employee"].reach is Reach.SELF
        assert all(scope.person_id for scope in scopes.values())
        assert scopes["coo"].is_company and scopes["gm"].is_company and scopes["hr"].is_company

    def test_desks_hold_what_waits_and_what_was_ruled_on(self):
        by_kind = Case.objects.filter(subject_ref__startswith="assessments.")
        matters = Counter(Case.objects.exclude(pk__in=by_kind).values_list("state", flat=True))
        assert matters == {"open": 2, "approved": 1, "returned": 1}
        assert Counter(by_kind.values_list("kind", "state")) == {("scheme", "approved"): 2, ("scores", "approved"): 13}

    def test_figures_of_every_kind(self):
        assert Kpi.objects.count() >= 40
        assert set(KpiVersion.objects.values_list("direction", flat=True)) == set(Direction.values)
        assert set(KpiVersion.objects.values_list("frequency", flat=True)) == set(Frequency.values)
        assert KpiVersion.objects.exclude(formula="").count() >= 5
        assert set(KpiVersion.objects.values_list("over_time", flat=True)) >= {
            "sum", "last", "mean", "ratio", "weighted", "given",
        }  # fmt: skip
        assert {"Delivery", "Quality", "Finance", "People", "Sales", "Service"} <= set(
            Kpi.objects.values_list("family", flat=True)
        )
        assert not Kpi.objects.filter(owner=None).exists()

    def test_thirty_months_of_values_that_tell_of_more_than_numbers(self):
        values = KpiValue.objects.all()
        assert len(set(values.values_list("month", flat=True))) == 30
        assert set(values.values_list("kind", flat=True)) == {
            ValueKind.NUMBER, ValueKind.NO_DATA, ValueKind.SUPPRESSED,
        }  # fmt: skip
        assert values.filter(state=ValueState.WAITING, month=LAST).count() == 1
        corrected = values.filter(is_restated=True)
        assert corrected.count() >= 4 and not corrected.filter(note="").exists()
        assert values.filter(is_late=True, is_restated=False).exclude(note="").count() >= 3
        assert values.filter(state=ValueState.SUPERSEDED).count() == corrected.count()
        forecast = set(values.filter(series__kpi__code="FCAST").values_list("month", flat=True))
        assert len(forecast) == 27, "the months without a head of controlling are missing"

    def test_each_publication_is_told_by_a_figure_of_its_own(self):
        values = KpiValue.objects.filter(series__kpi__code="ASSESS-ON-TIME").order_by("month")
        assert [value.month for value in values] == [Month.of(LAST).plus(-ago).first_day for ago in range(11, -1, -1)]
        assert {value.value for value in values} == {0}
        newest = KpiMonth.objects.get(kpi__code="ASSESS-ON-TIME", department__code="BRM", month=LAST)
        assert (newest.status, newest.target) == ("green", 0)

    def test_its_year_stands_on_months_and_on_cumulative_values(self):
        scores = period_scores(SCORES, stretch_line(SCORES, "year", Month(2026, 1)))
        blended = [one.made_of for one in scores if one.score is not None]
        assert len(blended) > 5
        for made in blended:
            exact = (60 * made.months_mean + 40 * made.cumulative) / 100
            assert made.is_held or abs(made.score - exact) <= Decimal("0.005")

    def test_one_definition_and_two_targets_changed_with_a_reason(self):
        changed = KpiVersion.objects.filter(kpi__code="OTD").order_by("valid")
        assert [bool(version.note) for version in changed] == [False, True]
        assert changed[0].description != changed[1].description
        in_the_year = KpiTarget.objects.exclude(reason="")
        assert {target.valid.lower for target in in_the_year} == {date(2026, 7, 1)}
        assert set(in_the_year.values_list("kpi__code", flat=True)) == {"OTD", "SCRAP"}

    def test_last_month_is_mostly_green_with_a_story(self):
        owned = KpiMonth.objects.filter(month=LAST, department=F("kpi__department"))
        lights = {
            status: set(owned.filter(status=status).values_list("kpi__code", flat=True)) for status in Status.values
        }
        assert lights["red"] == {"OTD", "SUPP", "BKL", "CERT"}
        assert lights["amber"] == {"FPY", "EXPR", "DSO", "ABS"}
        assert lights["grey"] == {"COGS", "HEADS"}, "only what is merely watched"
        assert len(lights["green"]) >= 35
        told = KpiValue.objects.filter(month=LAST).exclude(note="").values_list("series__kpi__code", flat=True)
        assert set(told) >= lights["red"] | lights["amber"]

    def test_company_figures_follow_the_departments_of_their_month(self):
        revenue = KpiMonth.objects.filter(kpi__code="REV")
        for month, expected in ((date(2025, 1, 1), {"SAL-N", "SAL-S"}), (LAST, {"REG"})):
            rows = {row.department.code: row for row in revenue.filter(month=month).select_related("department")}
            assert expected <= set(rows)
            reported = KpiValue.objects.current().filter(series__kpi__code="REV", month=month)
            assert rows["BRM"].value == sum(row.value for row in reported)
            assert rows["BRM"].target is not None

    def test_twelve_months_have_an_issue_of_the_forecast(self):
        months = [Month.of(LAST).plus(-ago) for ago in range(12)]
        current = ForecastMonth.objects.exclude(current=None).order_by("-month")
        assert [Month.of(row.month) for row in current] == months
        assert ForecastIssue.objects.count() == 12
        for issue in ForecastIssue.objects.all():
            assert Month.of(issue.issued_at.date()) == Month.of(issue.month).plus(1)
            assert issue.told_count > 100, issue
        assert Outbox.objects.filter(topic="forecasts.issued").count() == 1, "of the newest alone anybody hears"

    def test_issues_show_how_the_earlier_ones_turned_out(self):
        judged = HorizonAccuracy.objects.filter(kind="kpi")
        counts = Counter(judged.values_list("issue__month", flat=True))
        assert [counts[Month.of(LAST).plus(-ago).first_day] for ago in range(12)] == [*range(11, 0, -1), 0]
        next_month = judged.get(issue__month=LAST, ahead=1)
        assert next_month.count > 500
        assert next_month.error < 1.1 * next_month.naive_error < next_month.seasonal_error
        assert 0.65 < next_month.in80_count / next_month.count < 0.95

    def test_issues_know_only_what_had_come_in(self):
        restated = KpiValue.objects.filter(state=ValueState.SUPERSEDED, month__gte=date(2025, 11, 1))
        assert restated.count() >= 4
        for value in restated.exclude(value=None).select_related("series"):
            rows = SeriesForecast.objects.filter(kpi=value.series.kpi_id, department=value.series.department_id)
            told = rows.filter(issue__month=value.month).order_by("-is_own").first()
            assert told.actual == pytest.approx(float(value.value)), value
        before, after = (
            SeriesForecast.objects.get(
                issue__month=day, kpi__code="OTD", department__code="OPS", kind="kpi", is_own=False
            ).target
            for day in (date(2026, 5, 1), date(2026, 6, 1))
        )
        assert (before[1:3], after[:2]) == ([93, 93], [94, 94]), "the new target is known once it was said"

    def test_the_last_issue_says_how_it_will_end(self):
        row = SeriesForecast.objects.get(
            issue__month=LAST, kpi__code="SUPP", department__code="SCM", kind="kpi", is_own=False
        )
        assert row.past_count == 66, "eleven issues, the oldest of which told eleven of the months since"
        assert row.actual < row.target[0] and row.chance_month < 0.2
        assert row.warning == "stays_off"
        kinds = SeriesForecast.objects.filter(issue__month=LAST).values_list("kind", flat=True)
        assert set(kinds) == {"kpi", "score", "headcount", "turnover"}

    def test_people_put_own_figures_and_what_ifs_beside_the_forecast(self):
        told = list(Override.objects.select_related("issue", "told_by"))
        assert Counter(one.told_by.email.split("@")[0] for one in told) == {"coo": 1, "manager": 2}
        assert all(one.reason and one.month > one.issue.month and one.told_at > one.issue.issued_at for one in told)
        scope = scope_of(User.objects.get_by_natural_key(SIGN_INS[0].email), NOW.date())
        judged = judged_overrides(scope, told, current_issues(scope, until=Month.of(LAST)))
        assert [one.override.month for one in judged] == [LAST, date(2026, 9, 1)]
        assert [one.error < one.forecast_error for one in judged] == [False, True], "judged like any forecast"
        assert [Month.of(one.month) for one in told if one.month > LAST] == [Month.of(LAST).plus(1)]
        assert set(Scenario.objects.values_list("made_by__email", flat=True)) == {one.told_by.email for one in told}
        assert Scenario.objects.filter(from_month__gt=NOW.date()).count() == 2

    def test_each_month_with_a_forecast_has_a_report_and_the_newest_is_being_written(self):
        reports = SituationReport.objects.order_by("month")
        issues = list(ForecastIssue.objects.order_by("month").values_list("month", flat=True))
        assert [one.month for one in reports] == issues, "a report for each month with a forecast"
        assert [one.state for one in reports] == ["issued"] * 11 + ["draft"]
        assert len({one.said["summary"] for one in reports}) == 12, "each in words of its own"
        for one in reports:
            assert one.said["summary"] and one.issue.month == one.month
            assert {"off", "results", "people"} <= set(one.content["sections"])
        issued = reports.filter(state="issued")
        assert all(one.digest and one.readers.count() >= 3 for one in issued)
        off = [one.content["sections"]["off"]["facts"]["off"] for one in reports]
        assert max(off[:9]) < off[11], off

    def test_all_that_is_foretold_is_the_demos_own(self):
        people = {
            *Override.objects.values_list("told_by", flat=True),
            *Scenario.objects.values_list("made_by", flat=True),
            *ReportReader.objects.values_list("user", flat=True),
            *SituationReport.objects.values_list("assembled_by", flat=True),
        }
        assert not User.objects.get_queryset().filter(pk__in=people, is_demo=False).exists()
        assert set(ForecastIssue.objects.values_list("issued_by", flat=True)) == {None}

    def test_all_accounts_are_marked(self):
        assert not User.objects.get_queryset().filter(is_demo=False).exists()

    def test_is_removed_only_while_it_is_alone(self):
        with patch("ops_portal.management.commands.remove_demo.call_command") as emptied:
            with self.assertRaisesMessage(CommandError, "--yes"):
                call_command("remove_demo")
            DepartmentFactory(code="OWN", on=NOW.date())
            UserFactory()
            with self.assertRaisesMessage(CommandError, "1 accounts of their own; 1 departments added since"):
                call_command("remove_demo", "--yes")
            emptied.assert_not_called()
            User.objects.get_queryset().filter(is_demo=False).delete()
            Department.objects.filter(code="OWN").delete()
            call_command("remove_demo", "--yes", stdout=StringIO())
            emptied.assert_called_once_with("flush", interactive=False, verbosity=0)

    @override_settings(IS_DEMO=True)
    def test_is_made_once(self):
        people = Person.objects.count()
        assert ask_for_company(now=NOW) is None
        work(run_id=self.done.pk)
        assert Person.objects.count() == people


@pytest.mark.django_db
class TestRefusals:
    def test_outside_a_demo(self, settings):
        settings.IS_DEMO = False
        with pytest.raises(DemoRefused, match="not a demo"):
            ask_for_company(now=NOW)
        with pytest.raises(CommandError, match="not a demo"):
            call_command("demo_signins")
        assert not User.objects.get_queryset().exists() and not JobRun.objects.exists()

    def test_where_somebody_works_already(self, demo):
        UserFactory()
        with pytest.raises(DemoRefused, match="data of its own"):
            ask_for_company(now=NOW)
        assert User.objects.get_queryset().count() == 1

    def test_prints_one_sign_in_per_role(self, demo, capsys):
        call_command("demo_signins")
        call_command("demo_signins")
        printed = capsys.readouterr().out
        assert [known.email for known in SIGN_INS if printed.count(known.email) != 2] == []
        assert JobRun.objects.count() == 1
