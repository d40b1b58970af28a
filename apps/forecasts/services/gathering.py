"""Everything an issue rests on, read in a dozen statements however large the company is."""

import hashlib
import json
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache

import numpy as np

from apps.assessments.selectors import score_bounds, score_histories
from apps.core.month import Month
from apps.departments.selectors import lines_on, nearest_above
from apps.forecasts.choices import SubjectKind
from apps.forecasts.models import ForecastMonth
from apps.forecasts.rules.engine import shipped_weights
from apps.forecasts.rules.histories import Histories, joined, plain_histories
from apps.forecasts.rules.network import HORIZON
from apps.forecasts.rules.series import MONTHS
from apps.forecasts.services.placing import kpi_rows, matrix_of
from apps.forecasts.services.sources import MadeSeries, made_series
from apps.kpis.selectors import MonthRead, kpi_histories

RULES = 9
"""Goes up whenever the rules that make an issue out of the same figures change."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is known of MONTH and before. `histories` ends with a row for each of `made`, the series that come with their
    forecast. earlier: the issues that count of earlier months and how many months old each is, the oldest first;
    fingerprint: of all of it, engine and weights included. read: months of values the KPI app is to lay down as blocks."""

    month: Month
    horizon: int
    histories: Histories
    made: list[MadeSeries]
    earlier: tuple[tuple[int, int], ...]
    fingerprint: str
    read: list[MonthRead] = field(default_factory=list)


def gather(*, month: Month, now: datetime, horizon: int = HORIZON) -> Gathered:
    """Figures up to MONTH; what was reported for later months is not looked at. About ten queries."""
    lines, earlier = lines_on(month.last_day), earlier_issues(month)
    of = kpi_histories(month=month, months=MONTHS, ahead=horizon, is_again=bool(earlier))
    made = made_series(month=month, horizon=horizon, known_by=now)
    places = np.unique(lines.below)
    closed = np.setdiff1d(of.reporters["place"].to_numpy(), places).tolist()
    homes = nearest_above(closed, among=places.tolist(), day=month.last_day) if closed else {}
    tables = [
        *kpi_rows(of, lines, homes, month=month, horizon=horizon),
        score_rows(places, month=month, horizon=horizon),
        *made_rows(made, horizon=horizon),
    ]
    histories = joined(tables)
    fingerprint = fingerprint_of(histories, made, f"{RULES} {engine_name()} {month} {horizon} {earlier}")
    return Gathered(month, horizon, histories, made, earlier, fingerprint, of.read)


def fingerprint_of(histories: Histories, made: list[MadeSeries], words: str) -> str:
    """Of everything the forecasts follow from; WORDS: what besides the figures."""
    digest = hashlib.sha256(words.encode())
    for column in fields(histories):
        digest.update(np.ascontiguousarray(getattr(histories, column.name)).view(np.uint8).data)
    for one in made:
        digest.update(json.dumps((one.mean, one.lo95, one.hi95, one.target, one.remarks)).encode())
    return digest.hexdigest()


def score_rows(open_departments: np.ndarray, *, month: Month, horizon: int) -> Histories:
    """Scores of departments that are open and have ever been published, between the ends of the scheme that is in force in
    the first month ahead, else of the last known one's."""
    scores = score_histories(month=month, months=MONTHS)
    places = np.intersect1d(scores["place"].to_numpy(), open_departments)
    scores = scores.filter(np.isin(scores["place"].to_numpy(), places))
    scores = scores.with_columns(row=np.searchsorted(places, scores["place"].to_numpy()))
    values = matrix_of(scores, "value", month, count=len(places))
    found = plain_histories(SubjectKind.SCORE, places.astype(np.int64), values, horizon=horizon)
    if len(places):
        found.lower[:], found.upper[:] = score_bounds(month.plus(1)) or score_bounds(month) or (np.nan, np.nan)
    return found


def made_rows(made: list[MadeSeries], *, horizon: int) -> list[Histories]:
    """Histories of series that come with their forecast, in their order: their past is judged like all others'."""
    if not made:
        return []
    rows = plain_histories(
        "", np.array([one.department for one in made]), np.array([one.history for one in made]), horizon=horizon
    )
    rows.kind[:] = [one.kind for one in made]
    rows.over_time[:] = "last"
    rows.is_own[:] = [one.is_own for one in made]
    return [rows]


def earlier_issues(month: Month) -> tuple[tuple[int, int], ...]:
    """(key, age in months) of the issues that count of the months before, as far back as they told of any of the last months
    that are judged."""
    rows = ForecastMonth.objects.filter(month__lt=month.first_day, month__gte=month.plus(1 - 2 * HORIZON).first_day)
    found = rows.exclude(current=None).order_by("month").values_list("current", "month")
    return tuple((issue, len(Month.of(day).until(month)) - 1) for issue, day in found if issue)


@cache
def engine_name() -> str:
    """Which engine and weights, in few signs."""
    weights = shipped_weights()
    if weights is None:
        return "blend"
    digest = hashlib.sha256()
    for matrix, bias in weights.layers:
        digest.update(matrix.tobytes() + bias.tobytes())
    for part in (weights.widths, weights.bonds, weights.sums):
        digest.update(np.ascontiguousarray(part).tobytes())
    return f"net {digest.hexdigest()[:16]}"
