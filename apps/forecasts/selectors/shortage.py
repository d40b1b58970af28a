"""What a shortage of people does to the figures of a department that add up, from what an issue foretells of both."""

import math
from typing import Any

from apps.core.month import Month
from apps.forecasts.choices import SubjectKind
from apps.forecasts.models import SeriesForecast
from apps.forecasts.rules.heads import PerHead, per_head
from apps.forecasts.rules.what_if import Bounds
from apps.kpis.choices import Aggregation, Direction


def public_per_head(heads: SeriesForecast, row: SeriesForecast, issued: Month) -> tuple[Month, PerHead] | None:
    """The month a shortage of HEADS is warned of, and what ROW, of the same issue (of month ISSUED), comes to in it if its
    figure per head stays. Both rows come from selectors that took the scope. No query.

    None where ROW does not add up over departments, or nothing follows (rules.heads).
    """
    if row.kind != SubjectKind.KPI or not adds_up(row.kpi.definition if row.kpi else None) or not heads.warned_month:
        return None
    month = Month.of(heads.warned_month)
    at = len(issued.until(month)) - 2
    if not 0 <= at < min(len(heads.mean), len(row.mean)):
        return None
    low, high = target_ends(row, at)
    figures = [getattr(row, name)[at] for name in ("lo95", "lo80", "mean", "hi80", "hi95")]
    bounds = Bounds(row.lower, row.upper)
    found = per_head(figures, now=heads.actual, then=heads.mean[at], low=low, high=high, bounds=bounds)
    return (month, found) if found else None


def adds_up(definition: Any) -> bool:
    """Whether the departments' figures are summed: only then more people make more of it."""
    return definition is not None and definition.over_departments == Aggregation.SUM and not definition.formula


def target_ends(row: SeriesForecast, at: int) -> tuple[float, float]:
    """Between what the figure of the month is on target; both infinite without a target."""
    target = row.target[at] if at < len(row.target) else None
    upper = row.target_upper[at] if at < len(row.target_upper) else None
    direction = row.kpi.definition.direction if row.kpi and row.kpi.definition else ""
    if target is None or direction == Direction.NEUTRAL or (direction == Direction.RANGE and upper is None):
        return -math.inf, math.inf
    if direction == Direction.LOWER:
        return -math.inf, target
    return target, upper if direction == Direction.RANGE and upper is not None else math.inf
