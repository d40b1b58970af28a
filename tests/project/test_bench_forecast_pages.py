"""What the bench of forecasts' pages calls a broken limit."""

import pytest

from ops_portal.bench.forecast_pages import REPORT, TIMES_REPORT, ForecastPages
from ops_portal.bench.pages import Figures

SIZES = (10_000, 200_000)


def cost(page, people, cpu, queries=8):
    return Figures(page, people, queries, cpu - 10, 10, 30.0, 40.0, 9_000, None)


@pytest.mark.parametrize("page", sorted(TIMES_REPORT))
def test_what_is_put_together_on_opening_is_held_against_the_report(page):
    report = [cost(REPORT, size, 50.0) for size in SIZES]
    most = 50.0 * TIMES_REPORT[page]
    # It may grow with the company, up to its limit.
    assert ForecastPages([*report, cost(page, SIZES[0], 20.0), cost(page, SIZES[1], most)]).broken == []
    (words,) = ForecastPages([*report, cost(page, SIZES[0], 20.0), cost(page, SIZES[1], most + 1)]).broken
    assert words.startswith(f"{page}: {most + 1:.1f} CPU-ms at 200,000 values, over")
    (words,) = ForecastPages([*report, cost(page, SIZES[0], 20.0, queries=16), cost(page, SIZES[1], 20.0)]).broken
    assert words == f"{page}: 16 queries are over 15."


def test_the_others_may_not_grow():
    pages = [cost(REPORT, SIZES[0], 50.0), cost(REPORT, SIZES[1], 90.0)]
    (words,) = ForecastPages(pages).broken
    assert words.startswith("situation report: 90.0 CPU-ms at 200,000 values")


@pytest.mark.parametrize("at", range(1, 4))
def test_a_bulge_at_any_size_is_one(at):
    sizes = (10_000, 50_000, 100_000, 200_000)
    pages = [cost(REPORT, size, 90.0 if number == at else 50.0) for number, size in enumerate(sizes)]
    (words,) = ForecastPages(pages).broken
    assert words == f"{REPORT}: 90.0 CPU-ms at {sizes[at]:,} values, 50.0 at 10,000."
    assert ForecastPages([cost(REPORT, size, 50.0) for size in reversed(sizes)]).broken == []
