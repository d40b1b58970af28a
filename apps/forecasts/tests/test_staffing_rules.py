"""Staff numbers carried forward, as rules: against the formula by hand, against simulated companies, and what must hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.month import Month
from apps.forecasts.rules.crowds import (
    BORROWED,
    Crowd,
    borrowed_months,
    carried,
    last_year,
    rates_of,
    rolled,
    spread_of,
)
from apps.forecasts.rules.proving import STAY, Way, monthly_drift
from apps.forecasts.rules.ranges import chance_of_whole, ranges_around
from apps.forecasts.rules.staffing import Ends, Row, headcount_series, past_turnover, turnover_series

JUNE = Month(2026, 6)
PAST, AHEAD = 36, 18
ENDS = Ends(quarter=2, year=5)


def crowd(heads=(100,), *, leavers=0, joiners=0, past=PAST, ahead=AHEAD, due_leavers=(), due_joiners=(), due_net=()):
    """Rows with the same flows every month; DUE_…: {(row, month ahead): people}."""
    count = len(heads)
    flows = [np.broadcast_to(np.asarray(one, dtype=float), (past, count)).T.copy() for one in (leavers, joiners)]
    net = (flows[1] - flows[0])[:, ::-1].cumsum(axis=1)[:, ::-1]
    now = np.array(heads, dtype=float)
    ahead_flows = [np.zeros((count, ahead)) for _one in range(3)]
    for given_flows, known in zip(ahead_flows, (due_leavers, due_joiners, due_net), strict=True):
        for place, people in dict(known).items():
            given_flows[place] = people
    return Crowd(
        np.hstack([now[:, None] - net, now[:, None]]), flows[0], flows[1], np.zeros((count, past)), *ahead_flows
    )


def told(people, *, company=None, planned=None, rows=None, way=STAY):
    """(headcount series, outlook, rates)."""
    rates = rates_of(people, company or people)
    outlook = carried(people, rates, company or people, way)
    plan = np.full(outlook.mean.shape, np.nan) if planned is None else planned
    rows = rows or [Row(at + 1) for at in range(len(people.now))]
    return headcount_series(rows, people, outlook, plan, month=JUNE, ends=ENDS), outlook, rates


def test_heads_stay_where_no_way_was_proven():
    _series, outlook, rates = told(crowd([500], leavers=5, joiners=4))
    assert rates.leaving[0] == pytest.approx(120 / crowd([500], leavers=5, joiners=4).average[:, -24:].sum())
    assert outlook.mean[0].tolist() == pytest.approx([500.0] * AHEAD)


def test_heads_follow_the_rates_by_hand():
    people = crowd([500], leavers=5, joiners=4)
    exposed = people.average[:, -12:].sum()
    _series, outlook, _rates = told(people, way=Way(rates=360.0))
    a_month = 500 * (-12 - 360 * 12 / exposed) / (exposed + 360)
    assert outlook.mean[0].tolist() == pytest.approx([500 + a_month * ahead for ahead in range(1, AHEAD + 1)])


def test_less_than_one_head_in_a_year_is_no_trend():
    people = crowd([4, 400], joiners=[0, 1])
    drift = monthly_drift(last_year(people, people), Way(rates=360.0))
    assert drift[0] == 0
    assert drift[1] == pytest.approx(1, rel=0.05)


def test_a_gap_to_the_usual_heads_closes():
    people = crowd([20])
    people.heads[0, -3:] = 16
    _series, outlook, _rates = told(people, way=Way(level=0.5))
    assert outlook.mean[0, :3].tolist() == [18, 19, 19.5]


def test_a_small_department_leans_on_the_company():
    company = crowd([4000, 3], leavers=[40, 0], joiners=[40, 0])
    rates = rates_of(company, company)
    usual = 960 / company.average[:, -24:].sum()
    borrowed = borrowed_months(company.leavers, company.average)
    assert rates.leaving[1] == pytest.approx(borrowed * usual / (72 + borrowed))
    assert rates.leaving[0] == pytest.approx(960 / 96_000, rel=0.01)


def test_departments_that_differ_lean_less_on_the_company():
    alike = crowd([200, 200, 200, 200], leavers=2, joiners=2)
    apart = crowd([200, 200, 200, 200], leavers=[0, 0, 4, 4], joiners=[0, 0, 4, 4])
    differing, same = (borrowed_months(one.leavers, one.average) for one in (apart, alike))
    assert differing < BORROWED < same


def test_known_people_count_exactly_and_once():
    quiet = crowd([50], due_leavers={(0, 1): 2}, due_joiners={(0, 3): 1}, due_net={(0, 4): -4})
    _series, outlook, _rates = told(quiet)
    assert outlook.mean[0, :6].tolist() == [50, 48, 48, 49, 45, 45]

    busy = {"leavers": 2, "joiners": 2}
    usual = told(crowd([200], **busy))[1].mean
    expected_anyway = told(crowd([200], due_leavers={(0, 0): 1}, due_joiners={(0, 0): 1}, **busy))[1].mean
    np.testing.assert_allclose(expected_anyway, usual, rtol=1e-3)
    more = told(crowd([200], due_leavers={(0, 0): 12}, **busy))[1].mean
    assert usual[0, 0] - more[0, 0] == pytest.approx(10, abs=0.05)


def test_what_is_known_narrows_the_range_of_its_month():
    busy = {"leavers": 3, "joiners": 3}
    unknown, known = (
        told(crowd([200], **busy, due_leavers=leave, due_joiners=join))[1].variance[0, 0]
        for leave, join in (({}, {}), ({(0, 0): 3}, {(0, 0): 3}))
    )
    assert known < unknown / 4


def test_people_known_to_leave_are_not_also_lost_by_chance():
    everybody_goes = crowd([6], leavers=1, joiners=1, due_leavers={(0, 2): 6})
    _series, outlook, _rates = told(everybody_goes)
    assert outlook.mean[0, 2] >= 0
    assert outlook.leavers[0, :2].sum() < 1
    assert outlook.leavers[0, 2] >= 6


def test_means_below_add_up_and_the_range_of_the_whole_is_narrower_than_their_sum():
    people = crowd([40, 60, 25], leavers=[1, 0, 1], joiners=[1, 1, 0])
    pairs = [(0, 0), (0, 1), (0, 2)]
    whole = Crowd(*(rolled(getattr(people, name), pairs, 1) for name in Crowd.__dataclass_fields__))
    parts, outlook = told(people)[:2]
    own = carried(whole, rates_of(whole, people), people)
    own.mean[:] = rolled(outlook.mean, pairs, 1)
    [total] = headcount_series([Row(9)], whole, own, np.full((1, AHEAD), np.nan), month=JUNE, ends=ENDS)
    np.testing.assert_allclose(total.mean, np.sum([part.mean for part in parts], axis=0))
    widths = [np.subtract(part.hi80, part.lo80) for part in parts]
    assert (np.subtract(total.hi80, total.lo80) < np.sum(widths, axis=0)).all()


def test_turnover_of_the_domain_example():
    people = crowd([100], leavers=2, joiners=2)
    assert past_turnover(people)[0, -1] == pytest.approx(24.0)
    [series] = turnover_series([Row(1)], people, told(people)[1], np.zeros(1), ENDS)
    assert series.actual == pytest.approx(24.0)
    assert series.mean == pytest.approx([24.0] * AHEAD, abs=0.01)
    assert series.lo95[0] == pytest.approx(22.0, abs=0.1), "22 leavers are known; only the heads are not"


def test_no_turnover_before_twelve_months_or_without_heads():
    people = crowd([10], joiners=[[0]] * 30 + [[10]] + [[0]] * 5)
    assert np.isnan(past_turnover(people)).all()
    empty = crowd([0])
    assert turnover_series([Row(1)], empty, told(empty)[1], np.zeros(1), ENDS) == []


def test_the_plan_its_chances_and_the_warning():
    plan = np.full((1, AHEAD), np.nan)
    plan[0, :6] = [50, 50, 50, 49, 49, 49]
    [series] = told(crowd([50], due_leavers={(0, 2): 3}), planned=plan)[0]
    assert series.warning == "below_plan"
    assert series.warned_month == Month(2026, 9)
    assert series.warned_chance > 0.8
    assert series.chance_month > 0.5
    assert series.chance_year < 0.2
    assert (series.quarter_target, series.year_target) == (50, 49)
    assert series.target == [50] * 3 + [49] * 15
    [calm] = told(crowd([50]), planned=np.full((1, AHEAD), 50.0))[0]
    assert (calm.warning, calm.warned_month, calm.warned_chance) == ("", None, None)
    assert calm.target == [50.0] * AHEAD
    plan[0, 0] = np.nan
    assert told(crowd([50]), planned=plan)[0][0].target == []


def test_uneven_months_widen_the_range():
    even, uneven = np.full((1, 36), 2.0), np.zeros((1, 36))
    uneven[0, ::6] = 12.0
    heads = np.full((1, 36), 200.0)
    assert spread_of(even, heads)[0] == 1.0
    assert spread_of(uneven, heads)[0] > 3


numbers = st.integers(0, 60)


@given(
    heads=st.lists(st.integers(0, 300), min_size=1, max_size=4),
    leavers=st.integers(0, 4),
    joiners=st.integers(0, 4),
    due=st.dictionaries(st.tuples(st.just(0), st.integers(0, AHEAD - 1)), numbers, max_size=5),
    came=st.dictionaries(st.tuples(st.just(0), st.integers(0, AHEAD - 1)), numbers, max_size=5),
    moved=st.dictionaries(st.tuples(st.just(0), st.integers(0, AHEAD - 1)), st.integers(-60, 60), max_size=5),
)
def test_never_negative_and_ranges_in_order(heads, leavers, joiners, due, came, moved):
    people = crowd(heads, leavers=leavers, joiners=joiners, due_leavers=due, due_joiners=came, due_net=moved)
    people.heads[:] = np.maximum(people.heads, 0)
    series, outlook, rates = told(people, planned=np.full((len(heads), AHEAD), 40.0))
    rows = [Row(at) for at in range(len(heads))]
    for one in [*series, *turnover_series(rows, people, outlook, rates.leaving_variance, ENDS)]:
        columns = np.array([one.lo95, one.lo80, one.mean, one.hi80, one.hi95])
        assert np.isfinite(columns).all()
        assert (columns >= 0).all()
        assert (np.diff(columns, axis=0) >= 0).all()
    for one in series:
        assert all(0 <= chance <= 1 for chance in (one.chance_month, one.chance_quarter, one.chance_year))


def test_the_chance_falls_as_more_is_wanted():
    wanted = np.arange(0.0, 41)
    same = np.ones_like(wanted)
    chances = chance_of_whole(20 * same, 9 * same, 9 * same, wanted)
    assert (np.diff(chances) <= 1e-12).all()
    assert chances[0] == 1
    assert 0.4 < chances[20] < 0.65
    assert ranges_around(np.zeros(1), np.zeros(1), np.zeros(1))["hi95"][0] == 0
