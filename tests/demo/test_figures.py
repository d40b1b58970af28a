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
from ops_portal.demo.telling_reports import SAID

BY_CODE = {figure.code: figure for figure in FIGURES}
EXPECTED = {
    **dict.fromkeys(("OTD", "SUPP", "BKL", "CERT"), "red"),
    **dict.fromkeys(("FPY", "EXPR", "DSO", "ABS"), "amber"),
}


WROTE: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {
    12: (("LT", "DOWN"), ("DATAQ",)),
    11: ((), ("LT", "TAT", "TICK", "LTI")),
    10: (("LT", "TAT", "TICK", "LTI"), ("DATAQ",)),
    9: (("OTD", "LTI"), ()),
    8: (("OTD", "LTI"), ("CERT",)),
    7: (("OTD", "SUPP", "REV", "RESULT"), ("LTI",)),
    6: (("OTD", "SUPP", "ORD", "REV", "OPEX"), ("LTI", "CERT")),
    5: (("SUPP",), ("LTI",)),
    4: (("REV", "MARGIN", "CASH"), ("LTI", "CERT")),
    3: (("OTD",), ("SUPP", "CERT")),
    2: (("ORD", "OPEX"), ("OTD", "SUPP")),
    1: ((), ("OTD", "SUPP", "BKL", "CERT")),
}
"""What the COO's words of a month go by: what was on target, what was not."""


def total(figure, month, ago=1):
    """What the whole comes to so many months ago, when that is MONTH."""
    told = [reading(figure, unit, share, month=month, ago=ago) for unit, share in figure.reports]
    if figure.over_departments == Aggregation.SUM:
        return sum(one.value for one in told)
    if figure.over_departments == Aggregation.RATIO:
        parts = sum(one.numerator for one in told), sum(one.denominator for one in told)
        return Decimal(figure.scale) * parts[0] / parts[1]
    if figure.over_departments == Aggregation.WEIGHTED:
        return sum(one.value * one.denominator for one in told) / sum(one.denominator for one in told)
    return told[0].value


def totals(month, ago=1):
    """The same of every figure, formulas with what they read."""
    found = {figure.code: total(figure, month, ago) for figure in FIGURES if not figure.formula}
    for figure in FIGURES:
        if figure.formula:
            formula = Formula(figure.formula)
            read = {word: found[word.rpartition("/")[2]] for word in formula.words}
            found[figure.code] = Decimal(str(float(formula.value(read))))
    return found


def seen(code, value):
    """The light of a figure's whole at such a value."""
    figure = BY_CODE[code]
    return light(
        direction=figure.direction,
        actual=value,
        target=Decimal(figure.goal.target),
        amber_pct=Decimal(figure.amber),
        upper=Decimal(figure.goal.upper) if figure.goal.upper else None,
    )


@pytest.mark.parametrize("number", range(1, 13))
def test_the_last_month_tells_the_same_story_at_any_time_of_the_year(number):
    found = totals(Month(2027, number))
    for code, value in found.items():
        if BY_CODE[code].goal is not None:
            assert seen(code, value) == EXPECTED.get(code, "green"), (code, value, BY_CODE[code].goal)


def test_each_month_with_a_report_has_its_claims_here():
    assert set(WROTE) == set(SAID)


@pytest.mark.parametrize("number", range(1, 13))
def test_what_the_coo_wrote_fits_the_figures_at_any_time_of_the_year(number):
    for ago, (fine, off) in WROTE.items():
        found = totals(Month(2027, number), ago)
        assert {code: seen(code, found[code]) for code in fine} == dict.fromkeys(fine, "green"), ago
        assert "green" not in {code: seen(code, found[code]) for code in off}.values(), ago


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
