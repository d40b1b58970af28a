"""A month that is published closes, takes no stale scores on the way there, and says what came too late for it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from apps.assessments import services
from apps.assessments.choices import RunState
from apps.assessments.models import Publication, ScoreRun
from apps.assessments.services import Limits, MonthOutdated
from apps.assessments.services.entries import enter_facts
from apps.assessments.services.since import moved_since
from apps.assessments.tests.factories import NOW, approved, draft, published, rule
from apps.audit.selectors import history_of
from apps.core.month import Month
from apps.kpis.models import KpiValue
from apps.kpis.services import check_values
from apps.kpis.services.refusals import ValuesRefused
from apps.kpis.tests.factories import aim, company_scope, entry, record
from apps.periods.choices import PeriodState
from apps.periods.selectors import period_of

pytestmark = pytest.mark.django_db
MAY, JUNE = Month(2026, 5), Month(2026, 6)
LATER = NOW + timedelta(hours=5)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def board(client, month=MAY):
    return text_of(client.get(reverse("assessments:month", args=[month])))


def receipt(client, department, month=MAY):
    return text_of(client.get(reverse("assessments:score", args=[month, department.pk])))


def corrected(firm, value=50, *, now=LATER):
    """North's revenue is another, five hours later."""
    record([entry(firm.revenue, firm.north, "2026-05", value)], by=firm.coo, now=now)


def handed_in(firm, *, now=LATER):
    return services.hand_in_month(month=MAY, by=firm.hr, now=now)


@pytest.fixture
def worked_out(firm, scheme):
    return services.compute_month(month=MAY, by=firm.hr, now=NOW).run


@pytest.fixture
def june(firm, scheme):
    """June, reported whole and published amid the month, weeks before its cut-off."""
    for kpi, value in ((firm.revenue, 100), (firm.complaints, 2)):
        record([entry(kpi, place, "2026-06", value) for place in firm.assessed], by=firm.coo)
    return published(JUNE, by=firm.hr, deciders=[firm.coo, firm.gm])


class TestHandInMonth:
    @pytest.mark.parametrize(
        "change",
        [
            corrected,
            lambda firm: aim(firm.revenue, 90, department=firm.north, first=MAY.first_day),
            lambda firm: record([entry(firm.revenue, firm.works, "2026-05", 10)], by=firm.coo, now=LATER),
        ],
    )
    def test_refuses_what_would_be_judged_otherwise_now_until_it_is_worked_out_again(self, firm, worked_out, change):
        change(firm)
        with pytest.raises(MonthOutdated, match=r"has changed since version 1 was worked out\. Work it out again"):
            handed_in(firm)
        assert ScoreRun.objects.get().state == RunState.CALCULATED
        services.compute_month(month=MAY, by=firm.hr, now=LATER)
        assert handed_in(firm).subject_version == 2

    def test_refuses_what_was_worked_out_before_the_cut_off(self, firm, scheme):
        record([entry(firm.revenue, firm.works, "2026-05", 10)], by=firm.coo)
        early = NOW.replace(day=2)
        services.compute_month(month=MAY, by=firm.hr, now=early)
        with pytest.raises(MonthOutdated):
            handed_in(firm)

    def test_takes_a_calibrated_run_as_long_as_its_figures_stand(self, firm):
        limits = Limits(max_total=120, calibration_band=5)
        rules = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines, limits=limits)
        approved(rules, by=firm.hr, deciders=[firm.coo, firm.gm])
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        services.calibrate_score(
            month=MAY, department=firm.north, points=2, reason="A strike of the carrier.", by=firm.coo, now=LATER
        )
        assert not services.compute_month(month=MAY, by=firm.hr, now=LATER).is_new
        corrected(firm)
        with pytest.raises(MonthOutdated):
            handed_in(firm)
        corrected(firm, 95, now=LATER + timedelta(minutes=1))
        assert handed_in(firm).subject_version == 2

    def test_compares_no_correction_with_what_it_leaves_alone(self, firm, run):
        services.revise_departments(month=MAY, departments=[firm.works.pk], reason="Late.", by=firm.hr, now=LATER)
        corrected(firm)
        assert handed_in(firm).subject_version == 2


class TestPublishMonth:
    def test_closes_the_month(self, firm, june):
        period = period_of(JUNE)
        assert (period.state, period.closed_at) == (PeriodState.CLOSED, NOW)
        closing = history_of(period)[0]
        assert (closing.verb, closing.reason) == ("periods.closed", "The scores of June 2026 were published.")

    def test_lets_later_figures_in_only_as_restatements_with_a_reason(self, firm, june):
        late = [entry(firm.revenue, firm.north, "2026-06", 70)]
        with pytest.raises(ValuesRefused, match="June 2026"):
            record(late, by=firm.coo, now=LATER, reason="")
        record(late, by=firm.coo, now=LATER, reason="The invoice came late.")
        value = KpiValue.objects.current().get(
            series__kpi=firm.revenue, series__department=firm.north, month=JUNE.first_day
        )
        assert (value.is_late, value.is_restated) == (True, True)

    def test_closes_nothing_again_with_a_second_edition(self, firm, june):
        services.revise_departments(month=JUNE, departments=[firm.works.pk], reason="Late.", by=firm.hr, now=LATER)
        case = services.hand_in_month(month=JUNE, by=firm.hr, now=LATER)
        for decider in (firm.coo, firm.gm):
            rule(case, decider, now=LATER)
        services.publish_month(month=JUNE, by=firm.hr, now=LATER)
        assert (Publication.objects.count(), period_of(JUNE).closed_at) == (2, NOW)

    def test_publishes_what_was_approved_though_a_figure_came_since_and_says_so_before(
        self, firm, worked_out, as_, mid_june
    ):
        case = handed_in(firm, now=NOW)
        for decider in (firm.coo, firm.gm):
            rule(case, decider)
        page = reverse("assessments:publish", args=[MAY])
        words = "One line of these scores was judged by a figure that has changed since. They are published as"
        assert words not in text_of(as_(firm.hr).get(page))
        corrected(firm)
        assert words in text_of(as_(firm.hr).get(page))
        assert "or publish them as they are" in board(as_(firm.coo))
        assert services.publish_month(month=MAY, by=firm.hr, now=LATER).run == worked_out


class TestRecordValues:
    def held(self):
        """Months on which this transaction holds the shared lock."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = 5001 AND mode = 'ShareLock' "
                "AND pid = pg_backend_pid()"
            )
            return {number for (number,) in cursor.fetchall()}

    def test_holds_the_months_it_stores_for_so_that_publishing_waits(self, firm):
        key = JUNE.year * 12 + JUNE.number - 1
        late = [entry(firm.revenue, firm.north, "2026-06", 70)]
        assert check_values(entries=late, scope=company_scope(), now=NOW) == []
        assert key not in self.held()
        record(late, by=firm.coo)
        assert key in self.held()


class TestMovedSince:
    def test_is_nothing_while_the_figures_stand(self, firm, run, django_assert_max_num_queries):
        with django_assert_max_num_queries(9):
            assert moved_since(run) == []

    def test_is_nothing_once_a_figure_is_what_it_was(self, firm, run):
        corrected(firm)
        corrected(firm, 95, now=LATER + timedelta(minutes=1))
        assert moved_since(run) == []

    def test_names_the_line_on_the_board_and_on_its_receipt_and_nowhere_else(self, firm, run, as_, mid_june):
        corrected(firm)
        client = as_(firm.hr)
        assert [(one.line.department, one.line.indicator.kpi) for one in moved_since(run)] == [
            (firm.north, firm.revenue)
        ]
        said = board(client)
        assert "One line of these scores was judged by a figure that has changed since." in said
        assert "What is published stays" in said and "North: Revenue" in said
        assert "Restated since: 50" in receipt(client, firm.north)
        assert "stays as it is until it is corrected" in receipt(client, firm.north)
        assert "Restated since" not in receipt(client, firm.south)

    def test_costs_a_receipt_one_query_at_most_fifteen_in_all(
        self, firm, run, as_, mid_june, django_assert_max_num_queries
    ):
        client, path = as_(firm.hr), reverse("assessments:score", args=[MAY, firm.north.pk])
        client.get(path)
        with django_assert_max_num_queries(15):
            client.get(path)

    def test_counts_a_figure_that_was_missing_and_came(self, firm, run):
        record([entry(firm.revenue, firm.works, "2026-05", 50)], by=firm.coo, now=LATER)
        assert [one.line.department for one in moved_since(run)] == [firm.works]

    def test_a_calibrated_run_knows_what_its_lines_were_judged_by(self, firm, run):
        """A correction keeps lines of the edition before: what moved before the correction was made still counts."""
        corrected(firm)
        made = services.revise_departments(
            month=MAY, departments=[firm.works.pk], reason="Late.", by=firm.hr, now=LATER + timedelta(days=2)
        )
        assert [one.line.department for one in moved_since(made)] == [firm.north]

    def test_is_empty_again_once_it_was_corrected(self, firm, run, as_, mid_june):
        corrected(firm)
        services.revise_departments(month=MAY, departments=[firm.north.pk], reason="Late.", by=firm.hr, now=LATER)
        assert moved_since(ScoreRun.objects.get(version=2)) == []
        assert "Restated since" not in receipt(as_(firm.hr), firm.north)

    def test_reports_beside_the_kpis_count_too(self, firm, rules, indicator, scope_for):
        safe = indicator("SAFE")
        given = {
            "month": MAY,
            "department": firm.north,
            "indicator": safe,
            "scope": scope_for(firm.coo),
            "by": firm.coo,
            "evidence": "File 12",
        }
        enter_facts(content={}, note="None.", now=NOW, **given)
        made = services.compute_month(month=MAY, by=firm.hr, now=NOW).run
        assert moved_since(made) == []
        enter_facts(content={safe.params["items"][0]["code"]: 1}, note="Found later.", now=LATER, **given)
        assert [one.line.indicator for one in moved_since(made)] == [safe]
