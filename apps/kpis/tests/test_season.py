"""Signal and noise without the season: indexes of months, working days, two of three near a limit, verdicts on quarters."""

from decimal import Decimal
from fractions import Fraction
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.month import Month
from apps.kpis.rules.comparing import Aim, against, noise_of, of_quarters
from apps.kpis.rules.monitoring import compare, xmr
from apps.kpis.rules.season import Usual, usual_months
from apps.kpis.selectors.page import Judged, comparisons, usual_of, verdict_on

JANUARY = Month(2022, 1)
SHAPE = [70, 80, 95, 100, 105, 110, 100, 90, 105, 110, 115, 120]


def months(count):
    return [JANUARY.plus(place) for place in range(count)]


def series(count, level=1, shape=SHAPE):
    return {month: Decimal(shape[month.number - 1]) * level for month in months(count)}


def test_a_clear_season_is_found_whole():
    found = usual_months(series(48))
    assert found.has_season
    assert not found.has_days
    for month in months(48):
        assert float(found.indexes[month]) == pytest.approx(SHAPE[month.number - 1] / 100, rel=0.002)
        assert float(found.without(month, series(48)[month])) == pytest.approx(100, rel=0.002)


@pytest.mark.parametrize("count", [24, 27, 30, 35])
def test_two_full_years_are_enough_for_a_season(count):
    found = usual_months(series(count))
    assert found.has_season
    for month, index in found.indexes.items():
        assert float(index) == pytest.approx(SHAPE[month.number - 1] / 100, rel=0.02)


@pytest.mark.parametrize("count", [25, 28, 31, 35, 36, 40, 48])
def test_a_jump_is_told_whole_by_month_and_by_year(count):
    """The judged month has no part in the season it is judged by."""
    values = {month: value * (100 + place % 2) for place, (month, value) in enumerate(series(count).items())}
    last = max(values)
    values[last] *= Decimal("1.4")
    lines = {month: Mock(value=value, numerator=None) for month, value in values.items()}
    version = Mock(frequency="month", over_time="mean", scale=Decimal(1))
    usual = usual_of(values, last, version, {})
    assert usual.has_season
    told = {row.base: row for row in comparisons(lines, last, Judged(version, Aim("higher"), Decimal(5), usual))}
    assert float(told["before"].adjusted_pct) == pytest.approx(40, abs=3)
    assert float(told["year"].adjusted_pct) == pytest.approx(40, abs=3)
    assert 8 < told["quarters"].adjusted_pct < 20, "a third of it, by the weight of the month"


@settings(max_examples=30)
@given(st.integers(25, 50), st.integers(1, 10_000))
def test_the_judged_month_moves_no_index(count, other):
    values = series(count)
    last = max(values)
    moved = {**values, last: Decimal(other)}
    assert usual_months(values, judged=last) == usual_months(moved, judged=last)


def test_growth_over_two_years_is_no_season_and_hides_none():
    growing = {month: Decimal(100 + 3 * place) for place, month in enumerate(months(24))}
    assert all(abs(index - 1) < Decimal("0.02") for index in usual_months(growing).indexes.values())
    both = {month: growing[month] * SHAPE[month.number - 1] / 100 for month in growing}
    for month, index in usual_months(both).indexes.items():
        assert float(index) == pytest.approx(SHAPE[month.number - 1] / 100, rel=0.06)


def test_years_that_disagree_have_no_season_after_two_years_either():
    values = {month: Decimal(100 + (place * 7919 % 23)) for place, month in enumerate(months(24))}
    assert all(abs(index - 1) < Decimal("0.06") for index in usual_months(values).indexes.values())
    falling = {month: Decimal(1000 - 41 * place) for place, month in enumerate(months(24))}
    assert all(index > 0 for index in usual_months(falling).indexes.values()), "no level below nothing is carried on"


def test_no_season_before_two_years_or_where_years_disagree():
    assert not usual_months(series(23)).is_any
    assert not usual_months({}).is_any
    values = {month: Decimal(100 + (place * 7919 % 23)) for place, month in enumerate(months(48))}
    kept = usual_months(values).indexes
    assert all(abs(index - 1) < Decimal("0.06") for index in kept.values())
    assert not usual_months({month: Decimal(0) for month in months(40)}).is_any


def test_growth_is_no_season():
    values = {month: Decimal(100 + 3 * place) for place, month in enumerate(months(48))}
    found = usual_months(values)
    assert all(abs(index - 1) < Decimal("0.02") for index in found.indexes.values())


def test_working_days_count_only_where_figures_follow_them():
    days = {month: 18 + place % 5 for place, month in enumerate(months(24))}
    busy = {month: Decimal(10 * count) for month, count in days.items()}
    found = usual_months(busy, days)
    assert found.has_days
    assert len({round(found.without(month, value), 3) for month, value in busy.items()}) == 1
    steady = {month: Decimal(100) for month in days}
    assert not usual_months(steady, days).has_days
    assert not usual_months(busy, {**days, JANUARY: 0}).has_days


def test_a_fall_that_is_the_season_is_an_improvement():
    indexes = (Decimal("0.7"), Decimal(1))
    found, verdict = against(
        Aim("higher"), current=Decimal(84), before=Decimal(100), noise_pct=Decimal(5), indexes=indexes
    )
    assert (found.raw_pct, found.adjusted_pct, found.basis, verdict) == (-16, 20, "seasonal_index", "improved")


def test_the_verdict_of_the_head_is_that_of_the_row_beside_it():
    """Two more working days and two percent more: less was done a day. No season is known before two years."""
    days = {month: 22 - 2 * (place % 2) for place, month in enumerate(months(23))}
    lines = {month: Mock(value=Decimal(5 * count), ytd=None) for month, count in days.items()}
    last = max(lines)
    lines[last].value = Decimal(102)
    version = Mock(frequency="month", over_time="sum", scale=Decimal(1))
    usual = usual_months({month: line.value for month, line in lines.items()}, days)
    judged = Judged(version, Aim("higher"), Decimal(1), usual)
    assert (usual.has_season, usual.has_days) == (False, True)
    verdict, basis = verdict_on({month: line for month, line in lines.items() if month >= last.plus(-1)}, last, judged)
    assert (verdict, basis) == ("worsened", "raw")
    rows = {row.base: row for row in comparisons(lines, last, judged)}
    assert rows["before"].verdict == verdict
    assert rows["before"].change_pct > 0 > rows["before"].adjusted_pct
    assert verdict_on(lines, last, judged) == (rows["year"].verdict, "yoy")


FIGURES = st.one_of(
    st.none(), st.sampled_from([Decimal(0), Decimal(100), Decimal(96)]), st.decimals(-200, 200, places=1)
)


@given(FIGURES, FIGURES, FIGURES, st.booleans(), st.booleans(), st.sampled_from(["higher", "lower"]))
def test_the_basis_of_the_head_is_the_one_that_comparing_names(now, before, year, has_season, is_known, direction):
    """One comparison gives what two gave: the basis by the rule book's order, the verdict by the figures of that basis."""
    month = Month(2026, 5)
    told = {month: now, month.plus(-1): before, month.plus(-12): year}
    lines = {one: Mock(value=value) for one, value in told.items()}
    indexes = (
        {month: Decimal("0.8"), month.plus(-1): Decimal("1.1"), month.plus(-12): Decimal("0.8")} if is_known else {}
    )
    usual = Usual(indexes, has_season=has_season, has_days=True)
    judged = Judged(Mock(frequency="month"), Aim(direction), Decimal(5), usual)
    verdict, basis = verdict_on(lines, month, judged)
    if now is None:
        assert (verdict, basis) == ("", "")
        return
    index, former = judged.indexes(month, month.plus(-1)) if has_season else (None, None)
    found = compare(
        direction=direction,
        current=now,
        previous=before,
        same_last_year=year,
        index_current=index,
        index_previous=former,
    )
    assert basis == found.basis
    then = month.plus(-12 if basis == "yoy" else -1)
    row = against(judged.aim, current=now, before=told[then], noise_pct=Decimal(5), indexes=judged.indexes(month, then))
    assert verdict == row[1]


def test_noise_is_measured_without_the_season():
    values = series(48)
    usual = usual_months(values)
    plain = [usual.without(month, value) for month, value in values.items()]
    assert noise_of(plain) < 1 < noise_of(list(values.values()))


@pytest.mark.parametrize(
    ("change", "noise", "word"),
    [(Fraction(3), 5, "no_clear_change"), (Fraction(6), 5, "improved"), (Fraction(-6), 5, "worsened"),
     (Fraction(0), 0, "no_clear_change"), (None, 5, "no_base")],
)  # fmt: skip
def test_quarters_have_noise_too(change, noise, word):
    """Six months of 100 but for the first of the latter three; noise is that between quarters."""
    past = {month: Mock(value=Decimal(0 if change is None else 100), numerator=None) for month in months(6)}
    past[JANUARY.plus(3)].value = Decimal(1) if change is None else Decimal(100) + 3 * Decimal(int(change))
    version = Mock(frequency="month", over_time="sum", scale=Decimal(1))

    def told(direction):
        judged = Judged(version, Aim(direction), Decimal(noise) * Decimal(3).sqrt(), Usual())
        return {row.base: row.verdict for row in comparisons(past, JANUARY.plus(5), judged)}["quarters"]

    assert told("higher") == word
    assert told("neutral") == ""
    assert of_quarters(Decimal(3)) < 2


@pytest.mark.parametrize(
    ("over_time", "target", "upper", "values", "word"),
    [
        ("mean", 90, 110, [80, 80, 80, 100, 95, 105], "improved"),
        ("mean", 90, 110, [100, 100, 100, 130, 120, 125], "worsened"),
        ("mean", 90, 110, [100, 100, 100, 95, 95, 95], "no_clear_change"),
        ("sum", 90, 110, [80, 80, 80, 100, 95, 105], "improved"),
        ("sum", 90, 110, [100, 100, 100, 120, 120, 120], "worsened"),
        ("sum", 90, None, [80, 80, 80, 300, 300, 300], "improved"),
        ("sum", None, None, [80, 80, 80, 100, 95, 105], ""),
    ],
)
def test_quarters_of_a_range_are_judged_by_how_far_they_lie_outside(over_time, target, upper, values, word):
    """By one aim where figures stay of a size, by that of three months where they add up; and so is the head."""
    aims = {name: None if end is None else Decimal(end) for name, end in (("target", target), ("upper", upper))}
    past = {
        month: Mock(value=Decimal(value), numerator=None, **aims)
        for month, value in zip(months(6), values, strict=True)
    }
    version = Mock(frequency="month", over_time=over_time, scale=Decimal(1))
    judged = Judged(version, Aim("range", **aims), Decimal(6), Usual())
    rows = {row.base: row.verdict for row in comparisons(past, JANUARY.plus(5), judged)}
    assert rows["quarters"] == word
    assert verdict_on(past, JANUARY.plus(5), judged) == ((rows["before"], "raw") if target else ("", ""))


def test_two_of_three_near_a_limit_are_a_signal():
    calm = [Decimal(value) for value in (10, 12, 10, 12, 10, 12)]
    limits = xmr(calm)
    assert limits.pair == ()
    near = limits.mean + (limits.upper - limits.mean) * Fraction(3, 4)
    high, low = (Decimal(round(float(one), 3)) for one in (near, 2 * limits.mean - near))
    assert xmr([*calm, high, Decimal(11), high], baseline_n=6).pair == (6, 8)
    assert xmr([*calm, high, high], baseline_n=6).pair == (6, 7)
    assert xmr([*calm, high, low], baseline_n=6).pair == ()
    assert xmr([*calm, high, low, high], baseline_n=6).pair == (6, 8)
    assert xmr([*calm, high, Decimal(11), Decimal(11), high], baseline_n=6).pair == ()


@given(st.lists(st.integers(1, 10_000), min_size=0, max_size=60))
def test_indexes_are_there_for_every_month_and_never_nothing(numbers):
    values = {month: Decimal(value) for month, value in zip(months(len(numbers)), numbers, strict=True)}
    found = usual_months(values)
    assert set(found.indexes) in (set(), set(values))
    assert all(index > 0 for index in found.indexes.values())
