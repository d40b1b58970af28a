"""Figures of months, quarters and years in one table: each kind is forecast in its own periods, then all stand by months."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TypeVar

import numpy as np

from apps.forecasts.rules.choosing import Choice
from apps.forecasts.rules.engine import Forecast
from apps.forecasts.rules.foretelling import Foretold, foretell, with_quantiles
from apps.forecasts.rules.histories import Histories
from apps.forecasts.rules.outlook import NEVER, AtEnd, Outlook, outlook
from apps.forecasts.rules.pace import Pace, in_periods, paces
from apps.forecasts.rules.series import Floats, Whole

Table = TypeVar("Table", Forecast, Foretold, Outlook)
Part = tuple[Whole, Foretold, Outlook]


def told_together(
    of: Histories, chosen: Choice, *, horizon: int, month_number: int, fiscal_first_month: int
) -> tuple[Foretold, Outlook]:
    """Forecasts of all rows for the HORIZON months ahead and what they mean for their targets; `late` in months."""
    when = {"month_number": month_number, "fiscal_first_month": fiscal_first_month}
    parts: list[Part] = []
    for rows, pace in list(paces(of, **when)) or [(np.arange(0), Pace())]:
        some = of if len(rows) == len(of) and pace.step == 1 else in_periods(of, rows, pace, horizon)
        picked = Choice(chosen.naive[rows], chosen.seasonal[rows])
        foretold = foretell(some, horizon=pace.periods(horizon), chosen=picked, pace=pace)
        meaning = outlook(
            some, foretold.forecast, denominator=foretold.denominator, behind=foretold.behind, pace=pace, **when
        )
        if pace.step > 1:
            foretold, meaning = by_month(foretold, pace, horizon), warned_by_month(meaning, pace)
        parts.append((rows, foretold, meaning))
    if len(parts) == 1:
        return parts[0][1], parts[0][2]
    back = np.argsort(np.concatenate([rows for rows, _foretold, _meaning in parts]))
    return side_by_side([part[1] for part in parts], back), side_by_side([part[2] for part in parts], back)


def by_month(told: Foretold, pace: Pace, horizon: int) -> Foretold:
    """What is told of periods for each month ahead: what is expected of the period it lies in."""

    def months(figures: Floats) -> Floats:
        return pace.by_month(figures, horizon)

    return replace(
        told,
        forecast=with_quantiles(told.forecast, months(told.forecast.quantiles)),
        own=months(told.own),
        numerator=months(told.numerator),
        denominator=months(told.denominator),
        late=told.late * pace.step,
    )


def warned_by_month(meaning: Outlook, pace: Pace) -> Outlook:
    """Warnings about the months in which the periods end."""
    ahead = np.where(meaning.warned_ahead == NEVER, NEVER, pace.end_of(meaning.warned_ahead))
    return replace(meaning, warned_ahead=ahead)


def side_by_side(tables: Sequence[Table], back: Whole) -> Table:
    """The rows of several tables as one, put BACK into their order."""
    first = tables[0]
    found = {}
    for field in fields(first):
        columns = [getattr(table, field.name) for table in tables]
        if isinstance(columns[0], Forecast):
            found[field.name] = side_by_side(columns, back)
        elif isinstance(columns[0], AtEnd):
            found[field.name] = AtEnd(*(np.concatenate(column)[back] for column in zip(*columns, strict=True)))
        elif isinstance(columns[0], np.ndarray):
            found[field.name] = np.concatenate(columns)[back]
    return replace(first, **found)
