"""Issues for tests that only read them: rows as the monthly job stores them, with figures that are easy to check."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from apps.core.month import Month
from apps.departments.models import Department
from apps.forecasts.choices import ForecastMethod, SubjectKind
from apps.forecasts.models import ForecastIssue, ForecastMonth, SeriesForecast
from apps.forecasts.rules.record import TOLD, Rows
from apps.forecasts.services.remembering import kind_number, remember
from apps.kpis.models import Kpi

NOW = datetime(2026, 7, 6, 9, tzinfo=UTC)
HORIZON = 18


def issue_of(month: str = "2026-06", *, version: int = 1, is_current: bool = True, **given: Any) -> ForecastIssue:
    """An issue without series; IS_CURRENT: the pointer of its month stands on it."""
    first_day = Month.parse(month).first_day
    stored = {"horizon": HORIZON, "issued_at": NOW, "engine": "test", "fingerprint": "f" * 64}
    counts = {"series_count": 0, "told_count": 0, "warning_count": 0}
    issue = ForecastIssue.objects.create(month=first_day, version=version, **{**stored, **counts, **given})
    if is_current:
        ForecastMonth.objects.update_or_create(month=first_day, defaults={"current": issue})
    return issue


def series_of(
    issue: ForecastIssue,
    department: Department,
    kpi: Kpi | None = None,
    *,
    kind: str = SubjectKind.KPI,
    level: float = 100.0,
    **given: Any,
) -> SeriesForecast:
    """A series at a steady LEVEL with ranges 10 and 20 wide on either side, and 24 months behind it."""
    stored: dict[str, Any] = {
        "actual": level,
        "history_count": 24,
        "scale": 5.0,
        "mean": [level] * HORIZON,
        "lo80": [level - 10] * HORIZON,
        "hi80": [level + 10] * HORIZON,
        "lo95": [level - 20] * HORIZON,
        "hi95": [level + 20] * HORIZON,
        "last_year": [level] * HORIZON,
        "last_value": level,
        "method": ForecastMethod.NET,
    }
    ends = {"lower": kpi.definition.minimum, "upper": kpi.definition.maximum} if kpi else {}
    key = {"issue": issue, "department": department, "kind": kind, "kpi": kpi, "kpi_key": kpi.pk if kpi else 0}
    return SeriesForecast.objects.create(**{**key, **stored, **ends, **given})


def remembered(issue: ForecastIssue, *, own: list[float] | None = None) -> ForecastIssue:
    """The issue with its rows laid down for whoever judges them; OWN: what the model by itself said of every series, other
    than what was told."""
    rows = list(SeriesForecast.objects.filter(issue=issue))
    matrix = [[getattr(row, name) or [np.nan] * HORIZON for row in rows] for name in TOLD if name != "own"]
    told = np.array(matrix, dtype=float)
    model = told[:1] if own is None else np.broadcast_to(np.array(own), told[:1].shape)
    numbers = ([row.department_id, row.kpi_key, kind_number(row.kind), row.is_own, row.scale] for row in rows)
    columns = np.array([[*line, row.last_value] for line, row in zip(numbers, rows, strict=True)], dtype=float).T
    remember(issue, Rows(*columns), np.concatenate([told[:1], model, told[1:]]).transpose(2, 0, 1))
    return issue
