"""What a shortage of people does to figures that add up, if the figure per head stays."""

import math
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.forecasts import services
from apps.forecasts.rules.heads import below, per_head
from apps.forecasts.rules.what_if import Bounds
from apps.forecasts.selectors.shortage import public_per_head
from apps.forecasts.tests.factories import issue_of, series_of
from apps.forecasts.tests.reporting import JUNE
from apps.forecasts.tests.test_pages import NOW, text_of
from apps.kpis.tests.factories import make_kpi

FIGURES = (80.0, 90.0, 100.0, 110.0, 120.0)


class TestPerHead:
    def test_is_in_proportion_to_the_heads(self):
        found = per_head(FIGURES, now=50.0, then=45.0, low=90.0)
        assert (found.change_pct, found.then, found.expected) == (Decimal("-10.0"), 90.0, 100.0)
        assert found.chance == pytest.approx(0.5)

    def test_is_what_a_what_if_of_a_tenth_of_a_percent_says(self):
        found = per_head(FIGURES, now=47.0, then=46.0)
        assert (found.change_pct, found.then) == (Decimal("-2.1"), pytest.approx(97.9))
        assert found.chance is None

    @pytest.mark.parametrize(("now", "then"), [(50.0, 50.0), (50.0, 49.99), (0.0, 5.0), (None, 5.0)])
    def test_says_nothing_where_nothing_follows(self, now, then):
        assert per_head(FIGURES, now=now, then=then) is None

    def test_knows_both_ends_of_a_target(self):
        found = per_head(FIGURES, now=10.0, then=9.0, low=81.0, high=99.0)
        assert found.chance == pytest.approx(0.8, abs=1e-6)

    def test_stays_within_what_the_figure_can_be(self):
        found = per_head(FIGURES, now=10.0, then=14.0, low=131.0, bounds=Bounds(0, 130))
        assert (found.then, found.chance) == (130, 0)
        assert per_head(FIGURES, now=10.0, then=14.0, low=130.0, bounds=Bounds(0, 130)).chance > 0.5

    @pytest.mark.parametrize(
        ("edge", "chance"), [(100, 0.5), (110, 0.9), (80, 0.025), (-math.inf, 0), (math.inf, 1), (1e6, 1), (-1e6, 0)]
    )
    def test_chance_below(self, edge, chance):
        assert below(FIGURES, edge) == pytest.approx(chance, abs=1e-6)

    def test_chance_of_what_is_certain(self):
        assert (below([5.0] * 5, 5.0), below([5.0] * 5, 5.1)) == (0.0, 1.0)


@pytest.mark.django_db
class TestBeside:
    @pytest.fixture
    def short(self, firm):
        """North has 50 people, 45 of the 50 that are planned are expected in September; it sells and measures."""
        issue = issue_of("2026-06")
        series_of(
            issue, firm.north, kind="headcount", level=45.0, actual=50.0, target=[50.0] * 18, warning="below_plan",
            warned_month=date(2026, 9, 1), warned_chance=0.83,
        )  # fmt: skip
        told = {"target": [90.0] * 18, "year_target": 90.0, "year_mean": 100.0, "chance_year": 0.8}
        series_of(issue, firm.north, firm.sold, **told)
        rate = make_kpi(firm.north, code="RATE", name="Rate", over_departments="mean")
        series_of(issue, firm.north, rate, **{**told, "chance_year": 0.2})
        return firm

    def test_stands_on_the_page_with_a_what_if_filled_in(self, short, as_):
        page = as_(short.coo).get(reverse("forecasts:staff"))
        body = text_of(page)
        assert body.count("If the figure per head stays: 90 t instead of 100 t in Sep 2026, chance 50 %") == 1
        assert body.count("If the figure per head stays") == 1
        address = reverse("forecasts:series", args=["kpi", short.north.pk, short.sold.pk])
        assert f"{address}?from_month=2026-09&amp;level_pct=-10.0#what-if" in page.content.decode()
        answer = as_(short.mia).get(address, {"from_month": "2026-09", "level_pct": "-10.0"})
        (line,) = [one for one in answer.context["chart"]["series"] if one.name == "What if"]
        assert [int(value) for value in line.values if value is not None][:2] == [100, 90]

    def test_stays_within_the_bounds_of_the_series(self, short):
        again = issue_of("2026-06", version=2)
        heads = series_of(again, short.north, kind="headcount", level=45.0, actual=50.0, warned_month=date(2026, 9, 1))
        sold = series_of(again, short.north, short.sold, lower=95.0, upper=500.0)
        assert public_per_head(heads, sold, JUNE)[1].then == 95

    def test_stands_in_the_report(self, short):
        report = services.assemble_report(month=JUNE, by=short.coo, now=NOW).report
        said = [one["text"].replace("\xa0", " ") for one in report.content["sections"]["outlook"]["sentences"]]
        assert said[-1] == (
            "North is expected to have 45 people in September 2026; planned are 50. If the figure per head stays, Sold "
            "comes to 90 t instead of 100 t (chance of its target 50 %)."
        )

    def test_is_not_told_of_departments_that_are_not_short(self, firm, june, as_):
        report = services.assemble_report(month=JUNE, by=firm.coo, now=NOW).report
        said = " ".join(one["text"] for one in report.content["sections"]["outlook"]["sentences"])
        assert "planned are" not in said and "per head" not in said
