"""Lines of a month that do not apply to a department: which may be left out, and which were confirmed to be."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from apps.assessments.choices import AdjustmentKind, AdjustmentState
from apps.assessments.models import Adjustment, AssessedDepartment, Indicator, Lifting, Scheme
from apps.core.month import Month


def confirmed_exemptions(month: Month) -> QuerySet[Adjustment]:
    """What was confirmed as not applicable in MONTH and not lifted; the line is its `code` in the department's scorecard."""
    rows = Adjustment.objects.filter(
        kind=AdjustmentKind.EXEMPTION, state=AdjustmentState.CONFIRMED, month=month.first_day
    )
    return rows.exclude(Exists(Lifting.objects.filter(adjustment=OuterRef("pk"), from_month__lte=month.first_day)))


def exempted(month: Month) -> dict[int, frozenset[str]]:
    """Codes of the lines that do not apply, by department. One query."""
    found: dict[int, set[str]] = {}
    for department, code in confirmed_exemptions(month).order_by().values_list("department", "code"):
        found.setdefault(department, set()).add(code)
    return {department: frozenset(codes) for department, codes in found.items()}


def line_named(scheme: Scheme, department: int, code: str) -> Indicator | None:
    """The line of a department's scorecard with a code; None where there is none. One query."""
    return lines_of_card(scheme, department).filter(code=code).first()


def lines_of_card(scheme: Scheme, department: int) -> QuerySet[Indicator]:
    """The lines of a department's scorecard in their order."""
    cards = AssessedDepartment.objects.filter(scheme=scheme, department=department).values("scorecard")
    return Indicator.objects.filter(scheme=scheme, scorecard__in=cards).order_by("position", "pk")


def exemptable_lines(scheme: Scheme, departments: Any) -> list[Mapping[str, Any]]:
    """Lines that judge any of these DEPARTMENTS, by code; the same code may name different things. One query."""
    cards = AssessedDepartment.objects.filter(scheme=scheme, department__in=departments).values("scorecard")
    rows = Indicator.objects.filter(scheme=scheme, scorecard__in=cards).order_by("code", "pk")
    names: dict[str, dict[str, None]] = {}
    for code, name in rows.values_list("code", "name"):
        names.setdefault(code, {})[name] = None
    return [{"code": code, "name": " / ".join(found)} for code, found in names.items()]
