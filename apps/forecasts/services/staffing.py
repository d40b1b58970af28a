"""Headcount and turnover of every department, carried forward from what the staff records say. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import TypeVar

import numpy as np
from django.conf import settings

from apps.core.clock import today
from apps.core.month import Month
from apps.departments.selectors import ancestors_of, nearest_above
from apps.forecasts.rules.crowds import Crowd, Outlook, Rates, carried, rates_of, rolled, trials_of
from apps.forecasts.rules.proving import STAY, Factors, Trial, Way, is_told, proven_factors, proven_swing, proven_way
from apps.forecasts.rules.series import MONTHS, YEAR, Floats
from apps.forecasts.rules.staffing import NAIVE_BETTER, Ends, Row, StaffSeries, headcount_series, turnover_series
from apps.periods.choices import PeriodKind
from apps.periods.rules import span_of
from apps.staff.choices import MovementKind
from apps.staff.selectors import StaffBook, staff_book
from apps.staff.selectors.numbers import Flow

PAST = MONTHS + YEAR
"""Months read: the oldest of the sixty that are shown has a turnover of its own twelve months."""
Rows = TypeVar("Rows", Crowd, Outlook)


def staff_series(*, month: Month, horizon: int, known_by: datetime | None = None) -> list[StaffSeries]:
    """Headcount (rolled up, and the own heads of departments with others below) and turnover after MONTH.

    Every department that stands in the tree of the month's last day and had people in the last 60 months, by key; past
    months are added up by that tree too, so that a re-organisation breaks no line. Moves ahead count as recorded; of a month
    before the last one that is over only those recorded by KNOWN_BY, and by the end of the month after it: an issue made
    afterwards must not know what came. Eight queries at most, however large the company.
    """
    book = staff_book(month=month, back=PAST, ahead=horizon, known_by=hindsight(month, known_by))
    lay = layout_of(book, month, horizon)
    own = crowd_of(book, lay, month, horizon)
    below = [(at, base) for at, bases in enumerate(lay.members) for base in bases]
    whole = whole_crowd(own, below, movers_across(book.past, lay, month))
    trial = trials_of(own)
    way = proven_way(trial)
    own_ahead, whole_ahead = ahead_of(own, own, way, trial), ahead_of(whole, own, way, trials_of(whole))
    whole_ahead = replace(whole_ahead, outlook=summed(own_ahead.outlook, whole_ahead.outlook, below))
    planned = plans_of(book, lay.keys, month, horizon)
    told = Told(month, ends_of(month, horizon), [NAIVE_BETTER] if way == STAY and is_told(trial) else [])
    return sorted(
        [
            *told.series(lay.whole_rows, whole, whole_ahead, rolled_plans(planned, below, len(lay.tops))),
            *told.own_heads(lay.own_rows, own, own_ahead, planned),
        ],
        key=lambda one: (one.department, one.kind, one.is_own),
    )


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is expected of some rows: their rates, their outlook, and how far the bounds of their ranges lie."""

    rates: Rates
    outlook: Outlook
    factors: Factors


def ahead_of(crowd: Crowd, company: Crowd, way: Way, trial: Trial) -> Ahead:
    """The outlook of a crowd by the WAY that was proven, with ranges as wide as the TRIAL of its own past asks for."""
    rates = rates_of(crowd, company)
    outlook = carried(crowd, rates, company, way)
    by_head = outlook.variance / np.maximum(crowd.now, 1.0)[:, None]
    swing = proven_swing(trial, way, by_head)
    outlook = replace(outlook, variance=outlook.variance + swing * crowd.now[:, None] ** 2)
    return Ahead(rates, outlook, proven_factors(trial, way, by_head, swing))


def hindsight(month: Month, known_by: datetime | None) -> datetime | None:
    """Until when moves after MONTH must have been recorded to count; None for the last month that is over."""
    if month.plus(1) >= Month.of(today()):
        return None
    latest = datetime.combine(month.plus(2).first_day, time.min, settings.COMPANY_ZONE)
    return latest if known_by is None else min(known_by, latest)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which row is which department. `keys`: own heads, one row a department; `tops`: departments with all below them."""

    keys: list[int]
    tops: list[int]
    members: list[list[int]]
    """For each of the tops the rows of own heads in it."""
    above: Mapping[int, Sequence[int]]
    """For each department itself and what stands above it."""

    @property
    def whole_rows(self) -> list[Row]:
        return [Row(top, above=next(iter(self.above.get(top, ())[1:]), None)) for top in self.tops]

    @property
    def own_rows(self) -> list[tuple[int, Row]]:
        """(row of own heads, what it is) for departments that others stand below."""
        places = {key: at for at, key in enumerate(self.keys)}
        return [
            (places[top], Row(top, is_own=True))
            for top, bases in zip(self.tops, self.members, strict=True)
            if len(bases) > 1 and top in places
        ]


@dataclass(frozen=True, slots=True)
class Told:
    """Makes series of rows after a month; those in which nobody ever was are left out."""

    month: Month
    ends: Ends
    remarks: list[str]
    """What is to be said of every headcount."""

    def series(self, rows: Sequence[Row], crowd: Crowd, ahead: Ahead, planned: Floats) -> list[StaffSeries]:
        """Headcount and turnover of departments with everything below them."""
        heads = self.heads(rows, crowd, ahead, planned)
        sureness = ahead.rates.leaving_variance
        turnover = turnover_series(rows, crowd, ahead.outlook, sureness, self.ends, ahead.factors)
        return [*filter(was_manned, heads), *turnover]

    def own_heads(
        self, rows: Sequence[tuple[int, Row]], crowd: Crowd, ahead: Ahead, planned: Floats
    ) -> list[StaffSeries]:
        """Own heads of departments that others stand below."""
        places = [at for at, _row in rows]
        kept = replace(ahead, outlook=taken(ahead.outlook, places))
        told = self.heads([row for _at, row in rows], taken(crowd, places), kept, planned[places])
        return list(filter(was_manned, told))

    def heads(self, rows: Sequence[Row], crowd: Crowd, ahead: Ahead, planned: Floats) -> list[StaffSeries]:
        """Headcount of rows."""
        return headcount_series(
            rows,
            crowd,
            ahead.outlook,
            planned,
            month=self.month,
            ends=self.ends,
            factors=ahead.factors,
            remarks=self.remarks,
        )


def was_manned(series: StaffSeries) -> bool:
    """Whether anybody was ever there or is to come."""
    return series.actual is not None or any(series.mean)


def taken(rows: Rows, places: Sequence[int]) -> Rows:
    """These rows of a crowd or an outlook."""
    return replace(rows, **{name: getattr(rows, name)[list(places)] for name in rows.__dataclass_fields__})


def layout_of(book: StaffBook, month: Month, horizon: int) -> Layout:
    """Rows of everybody who had, has or is to have people, and of what stands above them in the tree of the month's end.

    What is closed by then stands where it stood last, what opens later where it will stand. Three queries at most.
    """
    figures = [key for flow in (*book.past, *book.ahead) for key in (flow.from_department, flow.to_department)]
    keys = sorted({key for key in figures if key is not None} | {key for key, count in book.heads.items() if count})
    above: dict[int, list[int]] = ancestors_of(set(keys), month.last_day)
    tops = sorted({top for line in above.values() for top in line})
    if late := set(keys) - set(above):
        above |= ancestors_of(late, month.plus(horizon).last_day)
    if closed := set(keys) - set(above):
        lines = ancestors_of(set(tops), month.last_day)
        above |= {key: [key, *lines[top]] for key, top in nearest_above(closed, among=tops, day=month.last_day).items()}
    places = {top: at for at, top in enumerate(tops)}
    members: list[list[int]] = [[] for _top in tops]
    for at, key in enumerate(keys):
        for top in above.get(key, ()):
            if top in places:
                members[places[top]].append(at)
    return Layout(keys, tops, members, above)


def crowd_of(book: StaffBook, lay: Layout, month: Month, horizon: int) -> Crowd:
    """Own heads by department: the stock of the month's end, and back from it by the movements."""
    past = month.plus(1 - PAST).until(month)
    ahead = month.plus(1).until(month.plus(horizon))
    leavers, joiners, into, out = counted(book.past, lay.keys, past)
    due_leavers, due_joiners, due_into, due_out = counted(book.ahead, lay.keys, ahead)
    now = np.array([book.heads.get(key, 0) for key in lay.keys], dtype=np.float64)
    net = joiners - leavers + into - out
    later = np.hstack([net[:, ::-1].cumsum(axis=1)[:, ::-1], np.zeros((len(now), 1))])
    return Crowd(
        heads=np.maximum(now[:, None] - later, 0.0),
        leavers=leavers,
        joiners=joiners,
        movers=into + out,
        due_leavers=due_leavers,
        due_joiners=due_joiners,
        due_net=due_into - due_out,
    )


def counted(flows: Iterable[Flow], keys: Sequence[int], months: Sequence[Month]) -> Floats:
    """[4, n, months]: leavers, joiners, transfers in, transfers out by department and month."""
    rows, columns = ({one: at for at, one in enumerate(ones)} for ones in (keys, months))
    found = np.zeros((4, len(keys), len(months)))
    for flow in flows:
        is_transfer, column = flow.kind == MovementKind.TRANSFER, columns[flow.month]
        if flow.from_department is not None:
            found[3 if is_transfer else 0, rows[flow.from_department], column] += flow.count
        if flow.to_department is not None:
            found[2 if is_transfer else 1, rows[flow.to_department], column] += flow.count
    return found


def movers_across(past: Iterable[Flow], lay: Layout, month: Month) -> Floats:
    """[tops, past]: transfers in and out of each department with everything below; those inside it are none."""
    columns = {one: at for at, one in enumerate(month.plus(1 - PAST).until(month))}
    rows = {top: at for at, top in enumerate(lay.tops)}
    found = np.zeros((len(rows), PAST))
    for flow in past:
        if flow.kind == MovementKind.TRANSFER and flow.from_department and flow.to_department:
            sides = (set(lay.above.get(key, ())) for key in (flow.from_department, flow.to_department))
            crossed = set.symmetric_difference(*sides) & rows.keys()
            found[[rows[top] for top in crossed], columns[flow.month]] += flow.count
    return found


def whole_crowd(own: Crowd, below: Sequence[tuple[int, int]], movers: Floats) -> Crowd:
    """Departments with everything below them."""
    sums = {name: rolled(getattr(own, name), below, len(movers)) for name in Crowd.__dataclass_fields__}
    return Crowd(**{**sums, "movers": movers})


def summed(own: Outlook, whole: Outlook, below: Sequence[tuple[int, int]]) -> Outlook:
    """The outlook of the whole: expected are the sums of what is expected below, the rest comes from its own counts."""
    count = len(whole.mean)
    return replace(whole, mean=rolled(own.mean, below, count), leavers=rolled(own.leavers, below, count))


def plans_of(book: StaffBook, keys: Sequence[int], month: Month, horizon: int) -> Floats:
    """[n, ahead]: planned own heads; NaN where nothing is planned."""
    months = month.plus(1).until(month.plus(horizon))
    rows = [[book.planned.get(one, {}).get(key, np.nan) for one in months] for key in keys]
    return np.array(rows, dtype=np.float64).reshape(len(keys), horizon)


def rolled_plans(planned: Floats, below: Sequence[tuple[int, int]], count: int) -> Floats:
    """[count, ahead]: planned heads added up, of those departments that have a plan, as the headcount page does."""
    known = ~np.isnan(planned)
    sums = rolled(np.where(known, planned, 0.0), below, count)
    return np.where(rolled(known.astype(np.float64), below, count) > 0, sums, np.nan)


def ends_of(month: Month, horizon: int) -> Ends:
    """How many months ahead the quarter and the fiscal year of the next month end."""
    begin = month.plus(1)
    found: list[int | None] = []
    for kind in (PeriodKind.QUARTER, PeriodKind.YEAR):
        last = Month.of(span_of(kind, begin.first_day, settings.FISCAL_YEAR_FIRST_MONTH).last_day)
        ahead = len(begin.until(last)) - 1
        found.append(ahead if ahead < horizon else None)
    return Ends(*found)
