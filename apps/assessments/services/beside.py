"""What a month is judged by besides the values of single KPIs: what providers tell (selectors.facts), and what stands beside
the hundred points. A fixed number of queries, however many departments (docs/adr/0012-beside-the-hundred.md)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from apps.assessments.choices import AdjustmentKind, AdjustmentState, VetoScope
from apps.assessments.models import Adjustment, Calibration, Indicator, Lifting
from apps.assessments.selectors.descent import standing_line
from apps.assessments.selectors.facts import Key
from apps.core.month import Month
from apps.departments.selectors import ancestors_of
from apps.staff.selectors import heads_on


@dataclass(frozen=True, slots=True)
class Beside:
    """What was reported for indicators without a KPI of their own, and what is added to or taken from each department."""

    reported: Mapping[Key, Any] = field(default_factory=dict)
    extras: Mapping[int, list[dict[str, Any]]] = field(default_factory=dict)
    """By department, as a score keeps it."""
    exempt: frozenset[Key] = frozenset()
    """Lines that are left out because they were approved as not applicable."""


def extras(departments: Iterable[int], month: Month) -> dict[int, list[dict[str, Any]]]:
    """Confirmed bonuses, deductions, vetoes and exemptions that hit MONTH and were not lifted from it, and calibrations, by
    department.

    A veto of the whole line also hits what stands above its department on the month's last day; one of the head alone stands
    with that person's own score (`head_vetoes`). Two queries, a third for vetoes of a line, two more for calibrations.
    """
    wanted = set(departments)
    hit = by_department(confirmed(month).exclude(scope=VetoScope.HEAD), month)
    found = {place: texts for place, texts in hit.items() if place in wanted}
    for place, moved in calibrations(wanted, month).items():
        found.setdefault(place, []).append(moved)
    return found


def by_department(rows: Iterable[Adjustment], month: Month) -> dict[int, list[dict[str, Any]]]:
    """Entries of the register (of `hitting`) as scores keep them, by the department they hit. A query where one of them is a
    veto of a whole line."""
    rows = list(rows)
    lines = {row.department_id for row in rows if row.scope == VetoScope.LINE}
    above = ancestors_of(lines, month.last_day) if lines else {}
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        others = above.get(row.department_id, ()) if row.scope == VetoScope.LINE else ()
        for place in dict.fromkeys((row.department_id, *others)):
            found.setdefault(place, []).append(adjustment_text(row, place))
    return found


def exempt_codes(extras: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Codes of the lines that are not applicable by what a score keeps beside its points."""
    return frozenset(str(one["code"]) for one in extras if one["kind"] == AdjustmentKind.EXEMPTION)


def exempt_lines(
    extras: Mapping[int, Iterable[Mapping[str, Any]]],
    cards: Mapping[int, int],
    indicators: Mapping[int, Sequence[Indicator]],
) -> frozenset[Key]:
    """Lines that are not applicable by what stands beside the points. CARDS: department → scorecard; INDICATORS: by
    scorecard, in which a code names one line."""
    named = {place: codes for place, told in extras.items() if (codes := exempt_codes(told))}
    return frozenset(
        (one.pk, place)
        for place, codes in named.items()
        for one in indicators.get(cards.get(place, 0), ())
        if one.code in codes
    )


def calibrations(departments: Collection[int], month: Month) -> dict[int, dict[str, Any]]:
    """What moves the scores of these DEPARTMENTS in MONTH, by department, as a score keeps it.

    Only what was made on the versions the month stands on counts: a calibration goes with the draft that was put aside.
    One query; three where anything was calibrated.
    """
    rows = list(Calibration.objects.filter(month=month.first_day).order_by("-pk"))
    line = set(standing_line(month)) if rows else set()
    newest: dict[int, Calibration] = {}
    for moved in rows:
        if moved.run_id in line:
            newest.setdefault(moved.department_id, moved)
    # What takes a calibration back counts as the newest one too: 0 points.
    return {place: calibration_text(moved) for place, moved in newest.items() if moved.points and place in departments}


def confirmed(month: Month) -> QuerySet[Adjustment]:
    """What was confirmed for MONTH and not lifted from it, in the order in which a score keeps it."""
    return hitting(month).exclude(lifting_of(month))


def hitting(month: Month) -> QuerySet[Adjustment]:
    """What was ever confirmed for MONTH, in the order in which a score keeps it; each with `is_lifted`: lifted from it, its
    department, who proposed and who confirmed it."""
    first = month.first_day
    rows = Adjustment.objects.filter(state=AdjustmentState.CONFIRMED, month__lte=first, last_month__gte=first)
    rows = rows.select_related("department", "proposed_by", "decided_by")
    return rows.annotate(is_lifted=lifting_of(month)).order_by("kind", "code", "pk")


def lifting_of(month: Month) -> Exists:
    """Whether an entry of the register was lifted from MONTH."""
    return Exists(Lifting.objects.filter(adjustment=OuterRef("pk"), from_month__lte=month.first_day))


def head_vetoes(month: Month) -> dict[int, list[dict[str, Any]]]:
    """By person: the vetoes that hit them alone in MONTH. Two queries at most.

    A veto of the head alone hits whoever headed the department on the day it happened, in each of its months: not who came
    after them. Where nobody headed it that day, it hits nobody.
    """
    return by_head(confirmed(month).filter(scope=VetoScope.HEAD))


def by_head(rows: Iterable[Adjustment]) -> dict[int, list[dict[str, Any]]]:
    """Vetoes of heads alone (of `hitting`) as scores keep them, by the person they hit. One query."""
    rows = list(rows)
    heads = heads_on({(row.department_id, row.happened_on) for row in rows})
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        person = heads.get((row.department_id, row.happened_on))
        if person is not None:
            found.setdefault(person, []).append(head_veto_text(row))
    return found


def head_veto_text(row: Adjustment) -> dict[str, Any]:
    """A veto of the head alone as a person's score keeps it: with what they headed, and on which day."""
    headed = {"department": row.department_id, "headed": row.department.name, "on": row.happened_on.isoformat()}
    return adjustment_text(row, row.department_id) | headed


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
    if row.kind == AdjustmentKind.EXEMPTION:
        # The line rests on this alone: whoever reads a bundle outside the portal must see by whose word it was left out.
        kept |= {"proposed_by": row.proposed_by.name, "confirmed_by": row.decided_by.name if row.decided_by else ""}
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
