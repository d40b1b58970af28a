"""Staff series where simply repeating what was came closer than ours: what was is repeated, as for every other series.

Who is known to come or go is no forecast and is counted all the same; departments go on adding up to the whole.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from apps.core.month import Month
from apps.forecasts.rules.choosing import Choice
from apps.forecasts.rules.coherence import reconciled
from apps.forecasts.rules.histories import NO_PARENT
from apps.forecasts.rules.network import LEVELS, MIDDLE
from apps.forecasts.rules.ranges import PLACES, chance_of_whole
from apps.forecasts.rules.series import Floats, Whole
from apps.forecasts.rules.staffing import HEADCOUNT, NAIVE_BETTER, Ends, StaffSeries, with_ends, with_plan

SAME_AS_LAST_MONTH, SAME_AS_LAST_YEAR = "naive", "seasonal"
SEASONAL_BETTER, RECONCILED = "seasonal_better", "reconciled"
BOUNDS = {"lo95": 0.025, "lo80": 0.1, "hi80": 0.9, "hi95": 0.975}


def with_better(
    series: Sequence[StaffSeries], chosen: Choice, last: Floats, last_year: Floats, *, month: Month, ends: Ends
) -> list[StaffSeries]:
    """SERIES with the plain way where it is CHOSEN [n]: LAST [n] in every month ahead, or LAST_YEAR [n, ahead].

    Ranges keep their width. Headcount is moved by those known to come and go; the heads of departments add up afterwards;
    chances, ends of quarter and year and the warning follow. What was told by our own way stays in `own`.
    """
    found = list(series)
    for at in np.flatnonzero(chosen.naive | chosen.seasonal).tolist():
        one, is_seasonal = series[at], bool(chosen.seasonal[at])
        if one.mean:
            plain = last_year[at] if is_seasonal else np.full(len(one.mean), last[at])
            found[at] = moved(one, plain, is_seasonal=is_seasonal)
    if any(new is not old and new.kind == HEADCOUNT for new, old in zip(found, series, strict=True)):
        found = fitted_heads(found)
    return [
        one if one is former else meant(one, month=month, ends=ends) for one, former in zip(found, series, strict=True)
    ]


def moved(one: StaffSeries, plain: Floats, *, is_seasonal: bool) -> StaffSeries:
    """The series about what the plain way says."""
    middle = np.maximum(plain + (np.array(one.due) if one.due else 0.0), 0.0)
    kept = [remark for remark in one.remarks if remark != NAIVE_BETTER]
    return replace(
        about(one, middle),
        method=SAME_AS_LAST_YEAR if is_seasonal else SAME_AS_LAST_MONTH,
        remarks=[*kept, SEASONAL_BETTER if is_seasonal else NAIVE_BETTER],
        own=one.own or one.mean,
    )


def about(one: StaffSeries, middle: Floats) -> StaffSeries:
    """The series with another MIDDLE [ahead]: each bound keeps its distance; heads come whole; nothing is below none."""
    shift = middle - np.array(one.mean)
    bounds = {name: np.array(getattr(one, name)) + shift for name in PLACES}
    if one.kind == HEADCOUNT:
        bounds = {name: np.floor(values + 0.5) for name, values in bounds.items()}
    lo80, hi80 = np.clip(bounds["lo80"], 0.0, middle), np.maximum(bounds["hi80"], middle)
    return replace(
        one,
        mean=middle.tolist(),
        lo80=lo80.tolist(),
        hi80=hi80.tolist(),
        lo95=np.clip(bounds["lo95"], 0.0, lo80).tolist(),
        hi95=np.maximum(bounds["hi95"], hi80).tolist(),
    )


def fitted_heads(series: Sequence[StaffSeries]) -> list[StaffSeries]:
    """The heads of departments made to add up to those of what stands above them, from the top down."""
    places = [at for at, one in enumerate(series) if one.kind == HEADCOUNT and one.mean]
    heads = [series[at] for at in places]
    quantiles = np.stack([quantiles_of(one) for one in heads])
    nothing, endless = np.zeros(len(heads)), np.full(len(heads), np.inf)
    fitting, is_moved = reconciled(quantiles, parents_of(heads), nothing, endless)
    found = list(series)
    for row, at in enumerate(places):
        if is_moved[row]:
            one = heads[row]
            remarks = [*(remark for remark in one.remarks if remark != RECONCILED), RECONCILED]
            found[at] = replace(about(one, fitting[row, :, MIDDLE]), remarks=remarks, own=one.own or one.mean)
    return found


def parents_of(heads: Sequence[StaffSeries]) -> Whole:
    """[n]: the row each department's heads are a part of; own heads are a part of their own department's."""
    wholes = {one.department: at for at, one in enumerate(heads) if not one.is_own}
    above = [one.department if one.is_own else one.above for one in heads]
    return np.array([NO_PARENT if key is None else wholes.get(key, NO_PARENT) for key in above], dtype=np.int64)


def quantiles_of(one: StaffSeries) -> Floats:
    """[ahead, levels]: the ranges as the engine has them; what lies between two of them is halfway."""
    known = {0.5: one.mean, **{level: getattr(one, name) for name, level in BOUNDS.items()}}
    columns = [np.array(known[level]) if level in known else np.full(len(one.mean), np.nan) for level in LEVELS]
    found = np.stack(columns, axis=1)
    for at in np.flatnonzero(np.isnan(found).any(axis=0)):
        found[:, at] = (found[:, at - 1] + found[:, at + 1]) / 2
    return found


def meant(one: StaffSeries, *, month: Month, ends: Ends) -> StaffSeries:
    """The series with what its figures mean for the plan, and at the ends of quarter and year."""
    if one.kind != HEADCOUNT:
        return with_ends(one, ends)
    planned = np.array(one.planned)
    chances = chance_of_whole(np.array(one.mean), np.array(one.variance), np.array(one.third), planned)
    return with_plan(one, planned, chances, month=month, ends=ends)
