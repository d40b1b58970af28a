"""Limits that stay where they are, with a season and working days taken out: no later month moves them, none hides."""

import random
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.template.loader import render_to_string

from apps.core.month import Month
from apps.kpis.rules.comparing import Aim, usual_range
from apps.kpis.rules.season import Usual
from apps.kpis.rules.steady import steady_months
from apps.kpis.selectors.page import Judged, range_of
from apps.kpis.views.picture import learned_words, range_context

JANUARY = Month(2021, 1)
SHAPE = [70, 80, 95, 100, 105, 110, 100, 90, 105, 110, 115, 120]
VERSION = SimpleNamespace(valid=DateRange(date(2021, 1, 1), None), minimum=None, frequency="month", over_time="sum")


def story(count, *, noise=0.04, seed=5, shape=SHAPE):
    """COUNT months of a season with noise, always the same, the later ones after the earlier ones."""
    dice = random.Random(seed)
    months = [JANUARY.plus(place) for place in range(count)]
    return {month: Decimal(round(shape[month.number - 1] * 100 * (1 + dice.gauss(0, noise)))) for month in months}


def range_at(values, month, *, frozen=None, work_days=None):
    """The usual range as the page has it in MONTH, drawn from the FROZEN months."""
    lines = {one: SimpleNamespace(value=value) for one, value in values.items()}
    baseline = None
    if frozen:
        baseline = SimpleNamespace(first_month=frozen[0].first_day, last_month=frozen[1].first_day)
    judged = Judged(VERSION, Aim("higher"), Decimal(0), Usual(), work_days or {})
    return range_of(lines, month, judged, baseline)


def edges(found):
    """Lower limit, mean, upper limit."""
    return found.limits.lower, found.limits.mean, found.limits.upper


def test_limits_with_a_season_hold_still_from_the_month_that_shows_it_on():
    values = story(60)
    months = list(values)
    found = {place: range_at(values, months[place]) for place in (12, 18, 23, 24, 25, 30, 35, 36, 47, 59)}
    assert len({edges(found[place]) for place in (12, 18, 23)}) == 1
    assert not found[23].usual.is_any
    assert len({edges(found[place]) for place in (24, 25, 30, 35, 36, 47, 59)}) == 1
    assert found[24].usual.has_season
    assert found[59].learned == (months[0], months[23])


def test_limits_stay_those_of_the_first_twelve_months_when_the_twenty_fifth_comes():
    values = [Decimal(100 + place % 2 + (10 if place >= 12 else 0)) for place in range(40)]
    kept = [usual_range(values[:count], floor_zero=False) for count in (12, 13, 24, 25, 40)]
    assert len({(one.lower, one.mean, one.upper) for one in kept}) == 1
    assert kept[-1].mean == Decimal("100.5")


@pytest.mark.parametrize(
    ("first", "last"), [(0, 11), (12, 23), (6, 35), (24, 35), (30, 44)], ids=lambda place: str(JANUARY.plus(place))
)
def test_a_frozen_baseline_freezes_its_limits(first, last):
    values = story(60)
    months = list(values)
    frozen = months[first], months[last]
    later = max(last + 1, 24)
    found = [range_at(values, months[place], frozen=frozen) for place in range(later, 60, 5)]
    assert len({edges(one) for one in found}) == 1
    assert found[0].usual.has_season
    assert found[0].learned[1] == months[max(last, 23)]


def test_later_months_change_nothing_of_the_months_before_them():
    values = story(60)
    wild = dict(list(values.items())[:30]) | {month: 3 * value for month, value in list(values.items())[30:]}
    told, changed = (range_at(some, JANUARY.plus(59)) for some in (values, wild))
    assert told.values[:30] == changed.values[:30]
    assert edges(told) == edges(changed)


@pytest.mark.parametrize("place", [24, 27, 30, 35])
def test_a_month_of_the_third_year_cannot_hide_behind_its_own_index(place):
    values = story(place + 1)
    last = JANUARY.plus(place)
    usual = range_at(values, last).usual.indexes[last]
    raised = range_at(values | {last: values[last] * 3}, last)
    assert raised.usual.indexes[last] == usual
    assert raised.signals[0] == (last, "above")


def test_no_month_of_the_base_has_a_share_in_its_own_index():
    values, months = story(24), [JANUARY.plus(place) for place in range(24)]
    before = steady_months(values, months[:12], judged=JANUARY.plus(24)).usual.indexes[months[6]]
    after = steady_months(values | {months[6]: values[months[6]] * 2}, months[:12], judged=JANUARY.plus(24)).usual
    twin = steady_months(values | {months[18]: values[months[18]] * 2}, months[:12], judged=JANUARY.plus(24)).usual
    assert after.indexes[months[6]] == pytest.approx(before, rel=Decimal("0.15"))
    assert twin.indexes[months[6]] > before * Decimal("1.3")


@pytest.mark.parametrize("size", [12, 24, 36])
def test_calm_years_are_not_called_changes(size):
    """A normal law leaves about one month in a hundred outside limits that were drawn from twelve or more."""
    outside = count = 0
    for seed in range(40):
        values = story(60, noise=0.08, seed=seed)
        usual = steady_months(values, list(values)[:size], judged=JANUARY.plus(59)).usual
        kept = [usual.without(month, value) for month, value in values.items()]
        outside += sum(place >= 36 for place in usual_range(kept, floor_zero=True, base=size).outside)
        count += 24
    assert outside / count < 0.03


def test_working_days_are_those_of_the_base():
    days = {JANUARY.plus(place): 18 + place % 5 for place in range(40)}
    values = {month: Decimal(10 * count) for month, count in days.items()}
    found = [range_at(values, JANUARY.plus(place), work_days=days) for place in (13, 23, 39)]
    assert all(one.usual.has_days for one in found)
    assert len({edges(one) for one in found}) == 1
    assert found[0].learned == (JANUARY, JANUARY.plus(11))
    longer = days | {JANUARY.plus(39): 31}
    assert edges(range_at(values, JANUARY.plus(39), work_days=longer)) == edges(found[0])
    unknown = range_at(values, JANUARY.plus(39), work_days=days | {JANUARY.plus(39): 0})
    assert unknown.usual.indexes[JANUARY.plus(39)] == 1
    assert edges(unknown) == edges(found[0])


def test_gaps_only_put_off_the_month_from_which_a_season_is_known():
    values = {month: value for month, value in story(60).items() if month != JANUARY.plus(12)}
    assert not range_at(values, JANUARY.plus(25)).usual.has_season
    later = [range_at(values, JANUARY.plus(place)) for place in (50, 55, 59)]
    assert all(one.usual.has_season for one in later)
    assert len({edges(one) for one in later}) == 1


def test_figures_of_quarters_and_years_that_disagree_have_nothing_taken_out():
    values = {JANUARY.plus(place): Decimal(100 + place * 7919 % 23) for place in range(48)}
    found = range_at(values, JANUARY.plus(47))
    assert all(abs(index - 1) < Decimal("0.12") for index in found.usual.indexes.values())
    lines = {one: SimpleNamespace(value=value) for one, value in story(48).items()}
    quarterly = SimpleNamespace(**{**vars(VERSION), "frequency": "quarter"})
    assert not range_of(lines, JANUARY.plus(47), Judged(quarterly, Aim("higher"), Decimal(0), Usual())).usual.is_any


def test_the_page_says_from_when_on_the_season_is_out():
    values = story(40)
    default = learned_words(range_at(values, JANUARY.plus(39)))
    assert "January 2021 to December 2022" in default
    assert "Up to December 2022 the season was not known yet" in default
    frozen = learned_words(range_at(values, JANUARY.plus(39), frozen=(JANUARY, JANUARY.plus(23))))
    assert "not known yet" not in frozen
    assert learned_words(range_at(values, JANUARY.plus(20))) == ""


def test_the_card_of_the_range_tells_what_was_taken_out_and_since_when():
    facts = SimpleNamespace(decimals=0, shown=lambda value: f"{float(value):.0f}")
    seen = []
    for place in (20, 39):
        found = range_at(story(40), JANUARY.plus(place))
        seen.append(render_to_string("kpis/_range.html", {"range": range_context(found, facts, found.months)}))
    assert "without the season" not in seen[0]
    assert "Values and limits without the season." in seen[1]
    assert "was learned from January 2021 to December 2022" in seen[1]
    assert "mean of the first twelve months and stay there" in seen[1]
