"""Who is judged by what in a month: the scheme in force, its departments that are open, the items it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.accounts.models import User
from apps.assessments.choices import AdjustmentKind, Method
from apps.assessments.models import AssessedDepartment, AssessedMonth, Scheme
from apps.core.month import Month
from apps.departments.selectors import ancestors_of, open_department_ids
from apps.staff.selectors import departments_of, leaders_of

ENTERED = frozenset({Method.DEDUCTION.value, Method.MILESTONE.value})
"""Methods that judge what is entered for the indicator."""
RATED = frozenset({Method.DESCRIPTIVE.value})
"""Methods that judge what raters say."""
REPORTED = ENTERED | RATED
"""Methods whose facts come as reports, not as values of KPIs: they close with the reports (ARCHITECTURE.md 12.4)."""
ITEMS_OF = {
    AdjustmentKind.BONUS: "bonus_items",
    AdjustmentKind.PENALTY: "penalty_items",
    AdjustmentKind.VETO: "veto_items",
}


def scheme_in_force(month: Month) -> Scheme | None:
    """The approved scheme in force on the month's last day. One query."""
    return Scheme.objects.on(month.last_day).first()


def assessed_place(scheme: Scheme, month: Month, department: int) -> AssessedDepartment | None:
    """How the scheme judges the department; None where it does not, or the department is closed on the last day."""
    row = AssessedDepartment.objects.filter(scheme=scheme, department=department).select_related("department").first()
    return row if row and open_department_ids([department], month.last_day) else None


def items_in(scheme: Scheme, kind: str) -> Mapping[str, Mapping[str, Any]]:
    """What may be claimed or charged under the scheme, by code."""
    rows: Sequence[Mapping[str, Any]] = getattr(scheme, ITEMS_OF[AdjustmentKind(kind)])
    return {str(row["code"]): row for row in rows}


def own_departments(user: User, month: Month, today: date) -> frozenset[int]:
    """Departments the person leads or belongs to, in the month or today, with everything above them. Two or three queries.

    What stands above is judged by the work of the person too; what lies below is judged by those who lead it.
    """
    days = {min(month.first_day, today), max(month.last_day, today)}
    in_month = departments_of(user, first=month.first_day, last=month.last_day)
    now = departments_of(user, first=today, last=today) if max(days) > month.last_day else frozenset()
    above = ancestors_of(set(in_month | now), min(month.last_day, today))
    return in_month | now | {pk for path in above.values() for pk in path}


def is_of_department(user: User, department: int, month: Month, today: date) -> bool:
    """Whether the person has a place in the department, in the month or today, or leads it or what stands above it today.

    Two or three queries. Who is not of it gives evidence for what they report of it.
    """
    days = (month.first_day, min(month.last_day, today)), (today, today)
    if any(department in departments_of(user, first=first, last=last) for first, last in days):
        return True
    above = ancestors_of({department}, today).get(department, [])
    return leaders_of(above, today).filter(person__user=user).exists()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a month stands for those who add facts to it."""

    month: Month
    is_handed_in: bool
    """Its scores are on somebody's desk, approved or published: what is added now changes nothing by itself."""
    is_published: bool


def public_standing(month: Month) -> Standing:
    """Whether a month's scores are handed in or published. That a month is published is no secret. One query."""
    place = AssessedMonth.objects.filter(month=month.first_day).select_related("draft").first()
    if place is None:
        return Standing(month, is_handed_in=False, is_published=False)
    is_published = place.published_id is not None
    is_on_desk = place.draft is not None and place.draft.state in {"under_review", "approved"}
    return Standing(month, is_handed_in=is_published or is_on_desk, is_published=is_published)
