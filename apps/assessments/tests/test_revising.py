"""Corrections of published months: what is read again, what stays, what is refused."""

from decimal import Decimal

import pytest

from apps.assessments import services
from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, Score, ScoreLine
from apps.assessments.services import MonthBusy, NothingToRevise
from apps.assessments.tests.factories import NOW, published
from apps.core.month import Month
from apps.kpis.tests.factories import aim, entry, record

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)


@pytest.fixture
def out(firm, scheme):
    """May, published."""
    return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run


def totals(run):
    return {score.department.code: score.total for score in Score.objects.filter(run=run).select_related("department")}


def revise(firm, departments, reason="A value was wrong"):
    return services.revise_departments(
        month=MAY, departments=[place.pk for place in departments], reason=reason, by=firm.hr, now=NOW
    )


class TestReviseDepartments:
    def test_reads_only_the_named_department_again(self, firm, out):
        record(
            [entry(firm.revenue, firm.north, "2026-05", 100), entry(firm.revenue, firm.south, "2026-05", 10)],
            by=firm.coo,
        )
        run = revise(firm, [firm.north])
        before, after = totals(out), totals(run)
        assert after["NORTH"] == Decimal("94.00")
        assert {code: after[code] for code in ("SOUTH", "WORKS")} == {code: before[code] for code in ("SOUTH", "WORKS")}

    def test_keeps_target_weight_and_tree_as_they_were(self, firm, out):
        aim(firm.revenue, 50)
        run = revise(firm, [firm.north])
        assert totals(run) == totals(out)
        line = ScoreLine.objects.get(run=run, department=firm.north, indicator__kpi=firm.revenue)
        assert line.target == 100

    def test_ranks_again(self, firm, out):
        record([entry(firm.revenue, firm.south, "2026-05", 10)], by=firm.coo)
        run = revise(firm, [firm.south])
        assert Score.objects.get(run=run, department=firm.north).rank == 1

    def test_leaves_the_published_run_on_show_until_it_is_published_itself(self, firm, out):
        run = revise(firm, [firm.north])
        place = AssessedMonth.objects.get(month=MAY.first_day)
        assert (place.published, place.draft, run.revises) == (out, run, out)

    def test_refuses_without_a_reason_and_without_a_department(self, firm, out):
        with pytest.raises(NothingToRevise, match="Say why"):
            revise(firm, [firm.north], reason=" ")
        with pytest.raises(NothingToRevise, match="Name the lines"):
            revise(firm, [])

    def test_refuses_a_department_that_has_no_score_in_the_month(self, firm, out):
        with pytest.raises(NothingToRevise, match="not part of the published month"):
            revise(firm, [firm.company])

    def test_refuses_a_month_that_is_not_published_and_a_second_draft(self, firm, scheme):
        with pytest.raises(MonthBusy, match="is not published yet"):
            revise(firm, [firm.north])
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        revise(firm, [firm.north])
        with pytest.raises(MonthBusy, match="under way already"):
            revise(firm, [firm.south])


class TestDiscardDraft:
    def test_puts_the_correction_aside_and_lets_another_begin(self, firm, out):
        run = revise(firm, [firm.north])
        services.discard_draft(month=MAY, reason="Not needed", by=firm.hr, now=NOW)
        run.refresh_from_db()
        assert (run.state, run.note) == (RunState.SUPERSEDED, "Not needed")
        assert revise(firm, [firm.north]).version == 3

    def test_refuses_a_draft_that_is_under_review(self, firm, out):
        revise(firm, [firm.north])
        services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        with pytest.raises(MonthBusy, match="Only a calculated draft"):
            services.discard_draft(month=MAY, reason="Not needed", by=firm.hr, now=NOW)


class TestPages:
    def test_hr_corrects_a_department_in_the_browser(self, firm, out, as_):
        record([entry(firm.revenue, firm.north, "2026-05", 100)], by=firm.coo)
        page = as_(firm.hr).post(
            "/assessments/2026-05/revise/", {"departments": [firm.north.pk], "reason": "Booked late"}, follow=True
        )
        assert "The corrected draft is ready" in page.content.decode()

    def test_says_what_is_missing_and_keeps_what_was_typed(self, firm, out, as_):
        page = as_(firm.hr).post("/assessments/2026-05/revise/", {"reason": "Booked late"})
        text = page.content.decode()
        assert page.status_code == 422
        assert "Tick at least one department." in text
        assert "Booked late" in text

    def test_puts_a_draft_aside(self, firm, out, as_):
        revise(firm, [firm.north])
        page = as_(firm.hr).post("/assessments/2026-05/discard-draft/", {"reason": "Not needed"}, follow=True)
        assert "The draft is put aside" in page.content.decode()
