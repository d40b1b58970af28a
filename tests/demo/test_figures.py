from decimal import Decimal

import pytest

from apps.core.month import Month
from apps.kpis.choices import Aggregation
from apps.kpis.rules.formulas import Formula
from apps.kpis.rules.status import light
from ops_portal.demo.company import UNITS
from ops_portal.demo.curves import MONTHS, is_reported, reading
from ops_portal.demo.figures_turns import GAPS, LATE, NOTES, NOTHING_TO_MEASURE, RESTATED, SUPPRESSED
from ops_portal.demo.telling_figures import FIGURES

BY_CODE = {figure.code: figure for figure in FIGURES}
EXPECTED = {
    **dict.fromkeys(("OTD", "SUPP", "BKL", "CERT"), "red"),
    **dict.fromkeys(("FPY", "EXPR", "DSO", "ABS"), "amber"),
}


def total(figure, month):
    """What the whole comes to in the last month, when that is MONTH."""
    told = [reading(figure, unit, share, month=month, ago=1) for unit, share in figure.reports]
    if figure.over_departments == Aggregation.SUM:
        return sum(one.value for one in told)
    if figure.over_departments == Aggregation.RATIO:
        parts = sum(one.numerator for one in told), sum(one.denominator for one in told)
        return Decimal(figure.scale) * parts[0] / parts[1]
    if figure.over_departments == Aggregation.WEIGHTED:
        return sum(one.value * one.denominator for one in told) / sum(one.denominator for one in told)
    return told[0].value


def totals(month):
    """The same of every figure, formulas with what they read."""
    found = {figure.code: total(figure, month) for figure in FIGURES if not figure.formula}
    for figure in FIGURES:
        if figure.formula:
            formula = Formula(figure.formula)
            read = {word: found[word.rpartition("/")[2]] for word in formula.words}
            found[figure.code] = Decimal(str(float(formula.value(read))))
    return found


@pytest.mark.parametrize("number", range(1, 13))
def test_the_last_month_tells_the_same_story_at_any_time_of_the_year(number):
    found = totals(Month(2027, number))
    for code, value in found.items():
        figure = BY_CODE[code]
        if figure.goal is None:
            continue
        upper = Decimal(figure.goal.upper) if figure.goal.upper else None
        seen = light(
            direction=figure.direction,
            actual=value,
            target=Decimal(figure.goal.target),
            amber_pct=Decimal(figure.amber),
            upper=upper,
        )
        assert seen == EXPECTED.get(code, "green"), (code, value, figure.goal)


def test_the_same_figure_department_and_month_give_the_same_number():
    figure = BY_CODE["ABS"]
    once, again = (reading(figure, "PRD", 0.18, month=Month(2026, 10), ago=4) for _time in range(2))
    assert once == again
    assert once != reading(figure, "PRD", 0.18, month=Month(2026, 9), ago=5)


def test_everything_that_happens_happens_to_a_figure_that_is_reported():
    units = {unit.code for unit in UNITS} | {"REG", "DAT"}
    spots = {*GAPS, *LATE, *NOTES, *NOTHING_TO_MEASURE, *RESTATED}
    for spot in spots:
        assert spot.unit in dict(BY_CODE[spot.code].reports), spot
        assert 1 <= spot.ago <= MONTHS
    assert all(unit in dict(BY_CODE[code].reports) for code, unit in SUPPRESSED)
    assert all(unit in units for figure in FIGURES for unit, _share in figure.reports)


def test_shares_make_up_the_whole():
    for figure in FIGURES:
        if figure.reports:
            assert round(sum(share for _unit, share in figure.reports), 6) == 1, figure.code


def test_quarters_and_years_stand_on_their_last_month():
    months = [Month(2026, number) for number in range(1, 13)]
    assert [month.number for month in months if is_reported("quarter", month, 1)] == [3, 6, 9, 12]
    assert [month.number for month in months if is_reported("year", month, 4)] == [3]
    assert all(is_reported("month", month, 4) for month in months)
