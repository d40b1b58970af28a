"""What a month is judged by besides the values of single KPIs: what providers tell (selectors.facts), and what stands beside
the hundred points. A fixed number of queries, however many departments (docs/adr/0012-beside-the-hundred.md)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef

from apps.assessments.choices import AdjustmentState
from apps.assessments.models import Adjustment, Calibration, Lifting
from apps.assessments.selectors.facts import Key
from apps.core.month import Month


@dataclass(frozen=True, slots=True)
class Beside:
    """What was reported for indicators without a KPI of their own, and what is added to or taken from each department."""

    reported: Mapping[Key, Any] = field(default_factory=dict)
    extras: Mapping[int, list[dict[str, Any]]] = field(default_factory=dict)
    """By department, as a score keeps it."""


def extras(departments: Iterable[int], month: Month) -> dict[int, list[dict[str, Any]]]:
    """Confirmed bonuses, deductions and vetoes that hit MONTH and were not lifted from it, and calibrations, by department.
    Two queries."""
    first = month.first_day
    wanted = set(departments)
    found: dict[int, list[dict[str, Any]]] = {}
    confirmed = Adjustment.objects.filter(state=AdjustmentState.CONFIRMED, month__lte=first, last_month__gte=first)
    confirmed = confirmed.exclude(Exists(Lifting.objects.filter(adjustment=OuterRef("pk"), from_month__lte=first)))
    for row in confirmed.order_by("kind", "code", "pk"):
        if row.department_id in wanted:
            found.setdefault(row.department_id, []).append(adjustment_text(row))
    # The newest one of each department first, what takes it back only then: 0 points are a calibration too.
    newest = Calibration.objects.filter(month=first).order_by("department_id", "-pk").distinct("department_id")
    for moved in newest:
        if moved.points and moved.department_id in wanted:
            found.setdefault(moved.department_id, []).append(calibration_text(moved))
    return found


def adjustment_text(row: Adjustment) -> dict[str, Any]:
    """A confirmed adjustment as a score keeps it."""
    kept: dict[str, Any] = {"kind": row.kind, "id": row.pk, "code": row.code, "name": row.name}
    if row.points is not None:
        kept["points"] = f"{row.points:f}"
    if row.action:
        kept |= {"action": row.action, "value": None if row.value is None else f"{row.value:f}", "grade": row.grade}
    return kept


def calibration_text(row: Calibration) -> dict[str, Any]:
    """A calibration as a score keeps it."""
    return {"kind": "calibration", "id": row.pk, "code": "", "name": row.reason, "points": f"{row.points:f}"}
