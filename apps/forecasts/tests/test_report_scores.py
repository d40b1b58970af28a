"""The report tells what the scores are expected to come to at the end of the year."""

import pytest

from apps.assessments.models import Publication, ScoreRun
from apps.forecasts import services
from apps.forecasts.tests.reporting import JUNE, NOW, issued, row, small_firm
from apps.forecasts.tests.test_issue_job import published_scores
from apps.kpis.tests.factories import make_kpi


@pytest.fixture
def firm(settings, db):
    """North has scores of twenty months up to June."""
    found = small_firm(settings)
    found.kpi = make_kpi(found.north)
    published_scores(found, [80 + back % 3 for back in range(20)])
    newest = ScoreRun.objects.order_by("-month").first()
    Publication.objects.create(
        run=newest, month=newest.month, number=1, published_at=NOW, published_by=found.coo, digest="x"
    )
    return found


def section_of(firm):
    """The section of scores: its sentences, and the columns and only row of its ranking."""
    section = services.assemble_report(month=JUNE, by=firm.coo, now=NOW).report.content["sections"]["scores"]
    table = next(one for one in section["tables"] if one["code"] == "ranking")
    return [one["text"] for one in section["sentences"]], [one["label"] for one in table["columns"]], table["rows"][0]


def test_expects_the_last_month_of_the_year_with_its_range(firm):
    series = row(issued(), firm.north, kind="score")
    said, columns, line = section_of(firm)
    assert columns[-1] == "Expected in December 2026"
    assert line[-1]["text"] == f"{series.mean[5]:.2f}"
    assert line[-1]["note"] == f"{series.lo80[5]:.2f} – {series.hi80[5]:.2f}"
    assert said[-1] == (
        f"For December 2026 a score of {series.mean[5]:.2f} is expected of the one department with a forecast; it has 81.00 "
        "now."
    )


def test_follows_the_business_year(firm, settings):
    settings.FISCAL_YEAR_FIRST_MONTH = 10
    issued()
    assert section_of(firm)[1][-1] == "Expected in September 2026"


def test_says_that_there_is_no_forecast(firm):
    said, columns, _line = section_of(firm)
    assert columns[-1] == "Against the month before"
    assert said[-1].endswith("there is no forecast of them.")
