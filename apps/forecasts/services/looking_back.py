"""How earlier issues turned out: what they foretold of the last eighteen months, against what came.

Only what is new is judged: all that was told of the month that has just come, and of months whose values or issues changed
since they were judged. The others' sums are taken over from the issue before. What was told in another definition of the
KPI, or of other departments than belong to the series today, is no forecast of what came and is not judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from apps.core.month import Month
from apps.forecasts.models import ForecastIssue, HorizonAccuracy
from apps.forecasts.rules.choosing import Past
from apps.forecasts.rules.histories import Histories
from apps.forecasts.rules.network import HORIZON
from apps.forecasts.rules.record import (
    OFF,
    Horizons,
    MonthRecord,
    Rows,
    added,
    by_kind,
    compared,
    differing,
    last_year_stands,
    members_of,
    merged,
    past_of,
    still_known,
    taken,
    was_counted,
)
from apps.forecasts.rules.series import MONTHS, YEAR, Flags, Floats, Whole, first_months
from apps.forecasts.services.gathering import Gathered
from apps.forecasts.services.remembering import KINDS, judged_months, places_of, remembered, remembered_rows

Aged = dict[int, int]
"""Issues that told of a month, and how many months ahead it was then; the oldest first."""


@dataclass(frozen=True, slots=True)
class LookedBack:
    """past: of each row of the histories. horizons: sums by kind and months ahead over all judged months. fresh: months
    that were judged now, for the next issue to go on from."""

    past: Past
    horizons: Horizons
    fresh: dict[Month, MonthRecord]


@dataclass(slots=True)
class Ledger:
    """The series that are issued now, and where they stand in earlier issues; each of those is read once. months [60, n]:
    the histories; since [n]: the first column that is measured as today (that has a value: before it nothing can be told in
    today's way); standing: by issue, the rows whose history is still the one it knew."""

    rows: Rows
    histories: Histories
    months: Floats = field(init=False)
    since: Whole = field(init=False)
    kinds: Floats = field(init=False)
    members: Floats = field(init=False)
    known: dict[int, Rows] = field(default_factory=dict)
    places: dict[int, Whole | None] = field(default_factory=dict)
    standing: dict[int, Flags] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kinds, self.members = members_of(self.rows)
        # A month of all series at a time is what is asked for: side by side it is read many times faster.
        self.months = np.ascontiguousarray(self.histories.values.T)
        self.since = np.where(self.histories.is_cut, first_months(~np.isnan(self.histories.values)), 0)

    def learn(self, issues: set[int]) -> None:
        """Read which series ISSUES told of. One statement at most."""
        new = remembered_rows(issues - self.known.keys()) if issues - self.known.keys() else {}
        self.known |= new
        self.places |= {issue: places_of(self.rows, rows) for issue, rows in new.items()}

    def then(self, issue: int, block: Floats, rows: Whole | slice) -> tuple[Floats, Floats, Floats]:
        """BLOCK [any, m] of ISSUE for ROWS, and the step and the last value they had then."""
        places, known = self.places[issue], self.known[issue]
        if places is not None:
            places = places[rows]
        elif not isinstance(rows, slice):
            places = rows
        scale, last = taken(np.array([known.scale, known.last_value]), places, missing=np.nan)
        return taken(block, places, missing=np.nan), scale, last

    def comparable(
        self, issue: int, at: int, ahead: int, then: tuple[Floats, Floats, Floats], rows: Whole | slice
    ) -> Flags:
        """Of ROWS those whose figures are measured today as they were when ISSUE, of the month in column AT, told THEN (what
        `then` gives) so many months AHEAD, and are made of the same departments."""
        told, scale, last = then
        last_year = self.months[at + 1 - YEAR + (ahead - 1) % YEAR][rows]
        is_same = last_year_stands(last_year, told, scale, last) | self.known_to(issue, at)[rows]
        return np.asarray(is_same & (self.since[rows] <= at))

    def known_to(self, issue: int, at: int) -> Flags:
        """[n]: rows of which what ISSUE, of the month in column AT, knew last still stands."""
        if issue not in self.standing:
            _block, scale, last = self.then(issue, np.empty((0, len(self.known[issue]))), slice(None))
            self.standing[issue] = still_known(self.months[at + 1 - YEAR : at + 1], scale, last)
        return self.standing[issue]

    def are_in(self, issues: set[int]) -> Flags:
        """[n]: rows that any of ISSUES told of."""
        self.learn(issues)
        found = np.zeros(len(self.rows), dtype=np.bool_)
        for issue in issues & self.known.keys():
            places = self.places[issue]
            found |= True if places is None else places >= 0
        return found


def look_back(gathered: Gathered, rows: Rows) -> LookedBack:
    """What became of the issues that count of earlier months. ROWS: those of the histories. A handful of statements, and one
    for each month that is judged now."""
    ledger, told_of = Ledger(rows, gathered.histories), issues_by_month(gathered)
    former = judged_months(month for month in told_of if month != gathered.month)
    ledger.learn({issue for issue, _record in former.values()})
    starts = {month: taken_over(ledger, former.get(month), aged) for month, aged in told_of.items()}
    is_recut = recut(gathered, starts)
    records, fresh = dict[Month, MonthRecord](), dict[Month, MonthRecord]()
    for month, (start, is_new) in starts.items():
        at, aged = column_of(gathered, month), told_of[month]
        truth = ledger.months[at]
        is_changed = differing(truth, start.truth) | (is_recut & ~np.isnan(truth))
        is_unknown = is_changed & is_new
        if is_unknown.any():
            is_changed &= ~is_new | ledger.are_in(set(aged))
        records[month] = start
        if is_changed.any() or is_unknown.any():
            records[month] = fresh[month] = judged_anew(ledger, start, at, np.flatnonzero(is_changed), aged)
    nothing = np.zeros((len(OFF), len(rows)))
    off = sum((record.off for record in records.values()), start=nothing)
    return LookedBack(past_of(off), merged([record.horizons for record in records.values()]), fresh)


def column_of(gathered: Gathered, month: Month) -> int:
    """Where MONTH stands in the histories."""
    return MONTHS - len(month.until(gathered.month))


def recut(gathered: Gathered, starts: Mapping[Month, tuple[MonthRecord, Flags]]) -> Flags:
    """[n]: series that lost months since those were judged because they are measured otherwise from a month on: earlier
    forecasts of their other months do not count any more either."""
    values, found = gathered.histories.values, np.zeros(len(gathered.histories), dtype=np.bool_)
    for month, (start, _is_new) in starts.items():
        found |= np.isnan(values[:, column_of(gathered, month)]) & ~np.isnan(start.truth)
    return np.asarray(found & gathered.histories.is_cut)


def issues_by_month(gathered: Gathered) -> dict[Month, Aged]:
    """The last eighteen months that any issue told of, the issued one first."""
    found = {}
    for back in range(HORIZON):
        aged = {issue: age - back for issue, age in gathered.earlier if 1 <= age - back <= HORIZON}
        if aged:
            found[gathered.month.plus(-back)] = aged
    return found


def taken_over(ledger: Ledger, former: tuple[int, MonthRecord] | None, aged: Aged) -> tuple[MonthRecord, Flags]:
    """What is known of a month already, for the rows that are issued now, and which of them it does not know; nothing is,
    where other issues count now than when it was judged."""
    count = len(ledger.rows)
    if former is None or former[1].issues != tuple(aged):
        blank = MonthRecord(np.full(count, np.nan), np.zeros((len(OFF), count)), {}, tuple(aged))
        return blank, np.zeros(count, dtype=np.bool_)
    issue, record = former
    places = ledger.places[issue]
    truth = taken(record.truth[None], places, missing=np.nan)[0]
    off = taken(record.off, places, missing=0.0)
    is_new = np.zeros(count, dtype=np.bool_) if places is None else places < 0
    return MonthRecord(truth, off, record.horizons, record.issues), is_new


def judged_anew(ledger: Ledger, start: MonthRecord, at: int, rows: Whole, aged: Aged) -> MonthRecord:
    """The record of the month in column AT with ROWS judged by what is known of it now instead of by what START knew. One
    statement or two."""
    truth = ledger.months[at]
    off, count = start.off.copy(), len(rows)
    some = rows if count < len(ledger.rows) else slice(None)
    off[:, some] = 0.0
    kinds, members = ledger.kinds, np.ascontiguousarray(ledger.members[:, some])
    horizons = {key: sums.copy() for key, sums in start.horizons.items()}
    was_known = not np.isnan(start.truth[some]).all()
    if count:
        ledger.learn(set(aged))
        for issue, ahead, block in remembered(aged.items()):
            told, scale, last = then = ledger.then(issue, block, some)
            is_judged = ledger.comparable(issue, at - ahead, ahead, then, some)
            came = compared(told, np.where(is_judged, truth[some], np.nan), last, ahead)
            off[:, some] += came
            added(horizons, ahead, by_kind(came, scale, kinds, members))
            if was_known:
                known = np.where(was_counted(start.off[:, some], ahead), start.truth[some], np.nan)
                former = compared(told, known, last, ahead)
                added(horizons, ahead, by_kind(former, scale, kinds, members), -1)
    left = {key: sums for key, sums in horizons.items() if sums[0] > 0.5}
    return MonthRecord(truth, off, left, tuple(aged))


def store_accuracy(issue: ForecastIssue, horizons: Horizons) -> None:
    """How good earlier forecasts were by kind and months ahead, as known with this issue."""
    HorizonAccuracy.objects.bulk_create(
        accuracy_of(issue, KINDS[kind], ahead, sums)
        for (kind, ahead), sums in sorted(horizons.items())
        if kind in KINDS and sums[1] > 0
    )


def accuracy_of(issue: ForecastIssue, kind: str, ahead: int, sums: Floats) -> HorizonAccuracy:
    """SUMS (record.STEPS) of one kind so many months AHEAD as means."""
    count, scaled, steps, plain, naive, seasonal, in80, in95 = sums.tolist()
    error = steps / scaled
    return HorizonAccuracy(
        issue=issue,
        kind=kind,
        ahead=ahead,
        count=round(count),
        error=error,
        naive_error=naive / plain if plain else error,
        seasonal_error=seasonal / plain if plain else error,
        in80_count=round(in80),
        in95_count=round(in95),
    )
