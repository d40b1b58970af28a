"""What a month is judged by besides the values of single KPIs: entries, ratings, parts of composites, and what stands beside
the hundred points. A fixed number of queries, however many departments (docs/adr/0012-beside-the-hundred.md)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from apps.assessments.choices import AdjustmentState, Method, VetoScope
from apps.assessments.models import Adjustment, Calibration, Entry, Indicator, Lifting, Rating
from apps.assessments.rules.results import Status
from apps.assessments.rules.scoring import parse_method, score
from apps.assessments.services.figures import as_number, figure_of
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.departments.selectors import ancestors_of
from apps.kpis.selectors import month_facts

Key = tuple[int, int]
"""(indicator, department)"""
Pairs = Sequence[tuple[Indicator, int]]
RATE_PLACES = 14
ENTERED = frozenset({Method.DEDUCTION, Method.MILESTONE})


@dataclass(frozen=True, slots=True)
class Beside:
    """What was reported for indicators without a KPI of their own, and what is added to or taken from each department."""

    reported: Mapping[Key, Any] = field(default_factory=dict)
    extras: Mapping[int, list[dict[str, Any]]] = field(default_factory=dict)
    """By department, as a score keeps it."""


def reported(pairs: Pairs, month: Month) -> dict[Key, Any]:
    """What the methods are given, by indicator and department; nothing for what was not reported."""
    found: dict[Key, Any] = {}
    by_method: dict[str, list[tuple[Indicator, int]]] = {}
    for one, place in pairs:
        if one.kpi_id is None:
            by_method.setdefault(one.method, []).append((one, place))
    entered = [pair for method in sorted(ENTERED) for pair in by_method.get(method, ())]
    if entered:
        found |= entries(entered, month)
    if Method.DESCRIPTIVE in by_method:
        found |= answers(by_method[Method.DESCRIPTIVE], month)
    if Method.COMPOSITE in by_method:
        found |= rates_of_parts(by_method[Method.COMPOSITE], month)
    return found


def entries(pairs: Pairs, month: Month) -> dict[Key, Any]:
    """The newest version of what was entered. Milestones are judged as of the month's last day. One query."""
    kinds = {one.pk: one.method for one, _place in pairs}
    wanted = {(one.pk, place) for one, place in pairs}
    rows = (
        Entry.objects.filter(month=month.first_day, indicator__in=kinds)
        .order_by("indicator_id", "department_id", "-version")
        .distinct("indicator_id", "department_id")
        .values_list("indicator", "department", "content")
    )
    day = month.last_day.isoformat()
    return {
        (one, place): {"as_of": day, **content} if kinds[one] == Method.MILESTONE else content
        for one, place, content in rows
        if (one, place) in wanted
    }


def answers(pairs: Pairs, month: Month) -> dict[Key, Any]:
    """The newest answer of each rater the scheme names. One query."""
    wanted = {(one.pk, place): {str(row.get("id")) for row in one.params.get("raters", ())} for one, place in pairs}
    rows = (
        Rating.objects.filter(month=month.first_day, indicator__in={one.pk for one, _place in pairs})
        .order_by("indicator_id", "department_id", "said_by_id", "-version")
        .distinct("indicator_id", "department_id", "said_by_id")
        .values_list("indicator", "department", "said_by__email", "level")
    )
    found: dict[Key, dict[str, str]] = {}
    for one, place, rater, level in rows:
        if rater in wanted.get((one, place), ()):
            found.setdefault((one, place), {})[rater] = level
    return found


def rates_of_parts(pairs: Pairs, month: Month) -> dict[Key, Any]:
    """What each part of a composite reached of its target (ratio, 1 = all of it), None where it has no value. One query."""
    parts = [(one, place, part) for one, place in pairs for part in one.params.get("children", ())]
    sheet = month_facts(
        month=month,
        kpis=[int(part.get("kpi") or 0) for _one, _place, part in parts],
        departments=[place for _one, place, _part in parts],
    )
    found: dict[Key, dict[str, str | None]] = {}
    for (one, place, part), fact in zip(parts, sheet, strict=True):
        method = parse_method("ratio", {"direction": part.get("direction") or "higher"})
        result = score(method, figure_of(fact), as_number(fact.target), 1)
        rate = result.rate if result.status == Status.SCORED else None
        text = None if rate is None else f"{round_half_up(rate, RATE_PLACES):f}"
        found.setdefault((one.pk, place), {})[str(part.get("code"))] = text
    return {key: rates for key, rates in found.items() if any(rate is not None for rate in rates.values())}


def extras(departments: Iterable[int], month: Month) -> dict[int, list[dict[str, Any]]]:
    """Confirmed bonuses, deductions and vetoes that hit MONTH and were not lifted from it, and calibrations, by department.

    A veto of the whole line also hits what stands above its department on the month's last day; one of the head alone stands
    with the head's own score (`head_vetoes`). Two queries, a third for vetoes of a line.
    """
    first = month.first_day
    wanted = set(departments)
    found: dict[int, list[dict[str, Any]]] = {}
    rows = list(confirmed(month).exclude(scope=VetoScope.HEAD).select_related("department"))
    lines = {row.department_id for row in rows if row.scope == VetoScope.LINE}
    above = ancestors_of(lines, month.last_day) if lines else {}
    for row in rows:
        others = above.get(row.department_id, ()) if row.scope == VetoScope.LINE else ()
        for place in dict.fromkeys((row.department_id, *others)):
            if place in wanted:
                found.setdefault(place, []).append(adjustment_text(row, place))
    # The newest one of each department first, what takes it back only then: 0 points are a calibration too.
    newest = Calibration.objects.filter(month=first).order_by("department_id", "-pk").distinct("department_id")
    for moved in newest:
        if moved.points and moved.department_id in wanted:
            found.setdefault(moved.department_id, []).append(calibration_text(moved))
    return found


def confirmed(month: Month) -> QuerySet[Adjustment]:
    """What was confirmed for MONTH and not lifted from it, in the order in which a score keeps it."""
    first = month.first_day
    rows = Adjustment.objects.filter(state=AdjustmentState.CONFIRMED, month__lte=first, last_month__gte=first)
    rows = rows.exclude(Exists(Lifting.objects.filter(adjustment=OuterRef("pk"), from_month__lte=first)))
    return rows.order_by("kind", "code", "pk")


def head_vetoes(month: Month) -> dict[int, list[dict[str, Any]]]:
    """By department: the vetoes that hit its head alone in MONTH. One query."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in confirmed(month).filter(scope=VetoScope.HEAD):
        found.setdefault(row.department_id, []).append(adjustment_text(row, row.department_id))
    return found


def above_in_line(departments: Iterable[int], month: Month) -> set[int]:
    """What stands above these departments and shares a veto of their line, lifted or not: both change its score. Two queries
    at most."""
    first = month.first_day
    rows = Adjustment.objects.filter(
        state=AdjustmentState.CONFIRMED, scope=VetoScope.LINE, month__lte=first, last_month__gte=first
    )
    lines = set(rows.filter(department__in=list(departments)).values_list("department", flat=True))
    return {place for above in ancestors_of(lines, month.last_day).values() for place in above} if lines else set()


def adjustment_text(row: Adjustment, place: int) -> dict[str, Any]:
    """A confirmed adjustment as the score of PLACE keeps it."""
    kept: dict[str, Any] = {"kind": row.kind, "id": row.pk, "code": row.code, "name": row.name}
    if row.points is not None:
        kept["points"] = f"{row.points:f}"
    if row.action:
        kept |= {"action": row.action, "value": None if row.value is None else f"{row.value:f}", "grade": row.grade}
    if row.scope not in {"", VetoScope.DEPARTMENT}:
        kept["scope"] = row.scope
    if place != row.department_id:
        kept["from"] = row.department.name
    return kept


def calibration_text(row: Calibration) -> dict[str, Any]:
    """A calibration as a score keeps it."""
    return {"kind": "calibration", "id": row.pk, "code": "", "name": row.reason, "points": f"{row.points:f}"}
