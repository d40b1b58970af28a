"""What is gathered becomes what is foretold: forecasts, what they mean for the targets, and what has to be said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.conf import settings

from apps.forecasts.choices import ForecastMethod, Remark
from apps.forecasts.rules.choosing import Choice, Past, choice, last_values, values_of_last_year
from apps.forecasts.rules.foretelling import Foretold
from apps.forecasts.rules.histories import Words
from apps.forecasts.rules.outlook import Outlook
from apps.forecasts.rules.pace import paces
from apps.forecasts.rules.plainer import with_better
from apps.forecasts.rules.record import TOLD, Rows
from apps.forecasts.rules.series import YEAR, Flags, Floats, Whole
from apps.forecasts.rules.staffing import StaffSeries
from apps.forecasts.rules.together import told_together
from apps.forecasts.services.gathering import Gathered
from apps.forecasts.services.remembering import kind_numbers
from apps.forecasts.services.staffing import ends_of

QUARTER = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows of the histories that are forecast here, in their order (those that come with their forecast follow them in
    `gathered`, and are not in here). remarks [n]: codes parted by commas."""

    foretold: Foretold
    outlook: Outlook
    method: Words
    remarks: Words


@dataclass(frozen=True, slots=True)
class Plain:
    """What every row of the histories is compared with, [all rows]: the last value, those of a year before, the usual step
    from month to month, how many months are known."""

    last_value: Floats
    last_year: Floats
    scale: Floats
    count: Whole


def judge(gathered: Gathered, past: Past) -> Judged:
    """Forecasts of all series that do not bring their own."""
    count = len(gathered.histories) - len(gathered.made)
    rows = gathered.histories.first(count)
    chosen = choice(past.first(count), rows.values)
    foretold, meaning = told_together(rows, chosen, horizon=gathered.horizon, **when_of(gathered))
    is_told = foretold.forecast.model != ForecastMethod.NONE.value
    chosen = Choice(chosen.naive & is_told, chosen.seasonal & is_told)
    method = np.select(
        list(chosen),
        [ForecastMethod.SAME_AS_LAST_MONTH.value, ForecastMethod.SAME_AS_LAST_YEAR.value],
        foretold.forecast.model,
    )
    return Judged(foretold, meaning, method, remarks_of(gathered, foretold, meaning, chosen))


def when_of(gathered: Gathered) -> dict[str, int]:
    """Where in the year the issued month stands."""
    return {"month_number": gathered.month.number, "fiscal_first_month": settings.FISCAL_YEAR_FIRST_MONTH}


def settled(gathered: Gathered, past: Past) -> Gathered:
    """What was gathered, with the better way for staff series: where a plain one was clearly closer, it is told. Series of
    other sources stay as they came."""
    places = [at for at, one in enumerate(gathered.made) if isinstance(one, StaffSeries)]
    staff = [one for one in gathered.made if isinstance(one, StaffSeries)]
    if not staff:
        return gathered
    rows = len(gathered.histories) - len(gathered.made) + np.array(places)
    values = gathered.histories.values[rows]
    better = with_better(
        staff,
        choice(past.chosen(rows), values),
        last_values(values),
        values_of_last_year(values, gathered.horizon),
        month=gathered.month,
        ends=ends_of(gathered.month, gathered.horizon),
    )
    made = [*gathered.made]
    for at, one in zip(places, better, strict=True):
        made[at] = one
    return replace(gathered, made=made)


def remarks_of(gathered: Gathered, foretold: Foretold, meaning: Outlook, chosen: Choice) -> Words:
    """What is to be said about each row: the engine's notes and ours."""
    count = len(foretold.late)
    if not count:
        return np.zeros(0, dtype="U160")
    rows = gathered.histories.first(count)
    is_late = foretold.late > 0
    is_over, is_cut_off = foretold.late > YEAR, rows.is_cut & np.isnan(rows.values).all(axis=1)
    note = np.select(
        [is_over, is_cut_off],
        [Remark.TOO_OLD.value, Remark.NEW_DEFINITION.value],
        foretold.forecast.note,
    )
    is_told = foretold.forecast.model != ForecastMethod.NONE.value
    said = (
        (Remark.BY_QUARTER, (rows.step == QUARTER) & is_told),
        (Remark.BY_YEAR, (rows.step == YEAR) & is_told),
        (Remark.DEFINITION_CUT, rows.is_cut & ~is_cut_off),
        (Remark.STALE, is_late & ~is_over),
        (Remark.ENDS_ESTIMATED, meaning.is_estimated),
        (Remark.NAIVE_BETTER, chosen.naive),
        (Remark.SEASONAL_BETTER, chosen.seasonal),
        (Remark.RECONCILED, foretold.is_moved),
        (Remark.APART, rows.is_apart & is_told),
        (Remark.PARTS_INCOMPLETE, foretold.is_by_itself & is_told),
    )
    return remark_words(note, said)


def remark_words(note: Words, said: Sequence[tuple[Remark, Flags]]) -> Words:
    """[n]: the engine's NOTE (codes parted by spaces) and what else is SAID, parted by commas. Of many rows few differ."""
    notes, which = np.unique(note, return_inverse=True)
    bits = which << len(said)
    for place, (_remark, where) in enumerate(said):
        bits |= where.astype(np.int64) << place
    kinds, back = np.unique(bits, return_inverse=True)
    words = [
        notes[kind >> len(said)].split()
        + [remark.value for place, (remark, _where) in enumerate(said) if kind >> place & 1]
        for kind in kinds.tolist()
    ]
    return np.array([",".join(one) for one in words], dtype="U160")[back]


def plain_of(gathered: Gathered) -> Plain:
    """What all rows are compared with."""
    values = gathered.histories.values
    scale = np.full(len(values), np.nan)
    for rows, pace in paces(gathered.histories, **when_of(gathered)):
        scale[rows] = usual_steps(values[rows] if pace.step == 1 else values[rows][:, pace.columns])
    return Plain(
        last_values(values), values_of_last_year(values, gathered.horizon), scale, (~np.isnan(values)).sum(axis=1)
    )


def usual_steps(values: Floats) -> Floats:
    """[n]: the mean change from one figure to the next; NaN where no two stand side by side."""
    with np.errstate(invalid="ignore"):
        steps = np.abs(np.diff(values, axis=1))
    is_step = ~np.isnan(steps)
    number = is_step.sum(axis=1)
    return np.where(number > 0, np.where(is_step, steps, 0.0).sum(axis=1) / np.maximum(number, 1), np.nan)


def rows_of(gathered: Gathered, plain: Plain) -> Rows:
    """Which series the histories are, for whoever judges them later."""
    rows = gathered.histories
    department, kpi, is_own = (column.astype(np.float64) for column in (rows.department, rows.kpi, rows.is_own))
    return Rows(department, kpi, kind_numbers(rows.kind), is_own, plain.scale, plain.last_value)


def told_by_month(gathered: Gathered, judged: Judged, plain: Plain) -> Floats:
    """[horizon, 7, all rows]: what is told of each month, as record.TOLD; NaN for a series without a forecast."""
    forecast, made = judged.foretold.forecast, gathered.made
    told = {"mean": forecast.mean, "own": judged.foretold.own}
    told |= {name: getattr(forecast, name) for name in TOLD[2:6]}
    found = np.full((gathered.horizon, len(TOLD), len(gathered.histories)), np.nan)
    for line, matrix in enumerate(told.values()):
        is_whole = np.asarray(~np.isnan(matrix).any(axis=1))
        found[:, line, : len(matrix)] = np.where(is_whole[:, None], matrix, np.nan).T
    for place, one in enumerate(made, start=len(forecast.mean)):
        if len(one.mean) == gathered.horizon:
            lines = [one.mean, one.own or one.mean, one.lo80, one.hi80, one.lo95, one.hi95]
            found[:, : len(TOLD) - 1, place] = np.array(lines).T
    found[:, -1] = plain.last_year.T
    return found
