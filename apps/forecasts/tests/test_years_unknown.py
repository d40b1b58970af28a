"""A year whose end cannot be told: no other figure is told in its place, and the reason is said."""

import pytest
from django.urls import reverse

from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.rules.sentences import Ending, ending_sentence, year_gap
from apps.forecasts.services.wording import written
from apps.forecasts.tests.reporting import JUNE, NOW, issued, report, row, seasonal, small_firm
from apps.forecasts.tests.test_pages import text_of
from apps.kpis.tests.factories import aim, make_kpi

JULY = Month(2026, 7)


@pytest.fixture
def firm(settings, db):
    """A company whose June is closed."""
    return small_firm(settings)


def off_with_gap(firm, **definition):
    """A KPI of North that is off target and of which nothing was said before March; its forecast."""
    kpi = make_kpi(firm.north, code="SOLD", name="Sold", **definition)
    aim(kpi, 900)
    report(kpi, firm.north, seasonal(100, 4), firm)
    return kpi, row(issued(), firm.north, kpi)


def told_in_report(firm):
    """How it will end, as page one says it."""
    found = services.assemble_report(month=JUNE, by=firm.coo, now=NOW).report.content
    (line,) = found["sections"]["off"]["tables"][0]["rows"]
    return line[-1]["text"].replace("\xa0", " ")


class TestFromTheFigures:
    @pytest.mark.parametrize(
        ("over_time", "why"), [("sum", "a month of it is missing."), ("given", "comes from its source only.")]
    )
    def test_the_report_tells_the_next_month_as_such(self, firm, over_time, why):
        _kpi, series = off_with_gap(firm, over_time=over_time)
        assert series.year_mean is None and series.mean
        text = told_in_report(firm)
        assert text.startswith("Expected ") and " in July 2026 (80 %: " in text
        assert "the year’s end cannot be told" in text and text.endswith(why)
        assert "at the end of the year" not in text and "no target" not in text

    def test_the_report_tells_the_year_where_it_can(self, firm):
        off_with_gap(firm, over_time="last")
        assert "at the end of the year" in told_in_report(firm)

    def test_the_page_says_why_there_is_no_year(self, firm, client):
        kpi, _series = off_with_gap(firm, over_time="sum")
        client.force_login(firm.coo)
        body = text_of(client.get(reverse("forecasts:series", args=["kpi", firm.north.pk, kpi.pk])))
        assert "What the year comes to in December 2026 cannot be told: a month of it is missing." in body
        assert "There is no target for these months" not in body


class TestEndingSentence:
    @pytest.mark.parametrize(
        ("gap", "why"),
        [
            ("missing", "a month of it is missing."),
            ("weighed", "a month of it, or what it weighs, is missing."),
            ("given", "the figure of a year comes from its source only."),
        ],
    )
    def test_names_the_month_it_tells_of(self, gap, why):
        found = ending_sentence(Ending("10", "8", "12", month=JULY, gap=gap))
        assert written(found) == f"Expected 10 in July 2026 (80 %: 8 to 12); the year’s end cannot be told: {why}"
        assert found.tone == "warn"

    def test_tells_no_target_from_no_chance(self):
        assert written(ending_sentence(Ending("5", "4", "6", "7"))) == (
            "Expected 5 at the end of the year (80 %: 4 to 6) against 7; the chance of the target cannot be told."
        )
        assert "there is no target" in written(ending_sentence(Ending("5", "4", "6", "", 0.4)))


@pytest.mark.parametrize(
    ("over_time", "gap"),
    [("given", "given"), ("ratio", "weighed"), ("weighted", "weighed"), ("sum", "missing"), ("", "missing")],
)
def test_gap_of_a_year(over_time, gap):
    assert year_gap(over_time) == gap
