"""Bounds: those of the scheme for scores, those of all entries together for a KPI that adds up; one rule everywhere."""

from decimal import Decimal

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from apps.assessments.models import Scheme
from apps.assessments.selectors import score_bounds
from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.rules.what_if import Change
from apps.forecasts.selectors import Subject
from apps.forecasts.tests.reporting import JUNE, NOW, assert_sound, issued, report, row, seasonal, small_firm
from apps.forecasts.tests.test_issue_job import published_scores
from apps.kpis.tests.factories import make_kpi
from apps.staff.selectors import scope_of

AUGUST = Month(2026, 8)
BENT = {"level_pct": "900", "from_month": "2026-08"}


@pytest.fixture
def firm(settings, db):
    """A company whose June is closed."""
    found = small_firm(settings)
    found.kpi = make_kpi(found.north)
    return found


def tell(firm, subject, value):
    scope = scope_of(firm.coo, NOW.date())
    return services.tell_override(
        subject=subject, month=AUGUST, value=value, reason="A large order.", scope=scope, by=firm.coo, now=NOW
    )


def approve_scheme(highest=120):
    """The scheme of the scores is in force."""
    Scheme.objects.update(state="approved", approved_at=NOW, max_total=highest)


class TestScores:
    def test_are_never_foretold_above_the_highest_total(self, firm):
        published_scores(firm, [119 - 9 * (back % 2) for back in range(20)])
        free = row(issued(), firm.north, kind="score")
        assert (free.lower, free.upper) == (None, None)
        assert max(free.hi95) > 120
        approve_scheme()
        bound = row(issued(reason="The scheme is in force."), firm.north, kind="score")
        assert (bound.lower, bound.upper) == (0.0, 120.0)
        assert max(bound.hi95) == 120
        assert_sound(bound, low=0, high=120)
        assert bound.year_hi80 <= 120

    def test_own_figures_lie_between_the_totals(self, firm):
        published_scores(firm, [119 - back % 3 for back in range(20)])
        approve_scheme()
        issued()
        with pytest.raises(services.OutsideBounds, match=r"between 0\.00 and 120\.00"):
            tell(firm, Subject("score", firm.north), 5000.0)
        assert tell(firm, Subject("score", firm.north), 120.0).value == 120

    def test_have_the_bounds_of_the_scheme_in_force(self, firm):
        published_scores(firm, [90])
        assert score_bounds(JUNE) is None
        approve_scheme(highest=110)
        assert score_bounds(JUNE) == (0.0, 110.0)


class TestRolledUp:
    @pytest.fixture
    def sales(self, firm):
        """A KPI of at most 150 an entry, which North and South report; together they are far above it."""
        kpi = make_kpi(firm.sales, code="SOLD", name="Sold", unit="t", minimum=0, maximum=150)
        for place in (firm.north, firm.south):
            report(kpi, place, seasonal(100, swing=0.1), firm)
        issued()
        return Subject("kpi", firm.sales, kpi)

    def test_own_figures_may_be_as_large_as_all_entries_together(self, firm, sales):
        assert tell(firm, sales, 210.0).value == 210
        with pytest.raises(services.OutsideBounds, match=r"between 0\.00\xa0t and 300\.00\xa0t"):
            tell(firm, sales, 301.0)
        with pytest.raises(services.OutsideBounds):
            tell(firm, Subject("kpi", firm.north, sales.kpi), 210.0)

    def test_what_ifs_are_cut_where_all_entries_together_end(self, firm, sales, client):
        client.force_login(firm.coo)
        answer = client.get(reverse("forecasts:series", args=["kpi", firm.sales.pk, sales.kpi.pk]), BENT)
        (line,) = [one for one in answer.context["chart"]["series"] if one.name == "What if"]
        assert max(value for value in line.values if value is not None) == 300

    def test_so_are_those_that_were_kept(self, firm, sales):
        kept = services.save_scenario(
            subject=sales, name="Ten times", from_month=AUGUST, change=Change(Decimal(900)), by=firm.coo, now=NOW,
            scope=scope_of(firm.coo, NOW.date()),
        )  # fmt: skip
        client = APIClient()
        client.force_login(firm.coo)
        months = client.get(f"/api/v1/forecasts/scenarios/{kept.pk}/").json()["months"]
        assert months[0]["what_if"] == months[0]["mean"] > 150
        assert {one["what_if"] for one in months[1:]} == {300.0}

    def test_the_series_tells_its_bounds(self, firm, sales):
        found = row(services.issue_month(month=JUNE, by=None, now=NOW).issue, firm.sales, sales.kpi)
        assert (found.lower, found.upper) == (0.0, 300.0)
