"""The rules by which somebody is scored themselves, and no others: those of their own department, or of what they lead."""

from dataclasses import dataclass

from apps.assessments.models import AssessedDepartment, Scheme
from apps.assessments.selectors.assessed import scheme_in_force
from apps.assessments.selectors.schemes import Sheet
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import nearest_above

OWN = "assessments.view_own_rules"


@dataclass(frozen=True, slots=True)
class OwnRules:
    """The scheme of a month with the scorecards that judge the reader's own departments."""

    scheme: Scheme
    sheets: tuple[Sheet, ...]


def own_rules(scope: Scope, month: Month) -> OwnRules | None:
    """By what the reader's own departments are judged in MONTH; None where no scheme is in force or none of its scorecards
    concerns them. A department that is not judged itself goes by the nearest one above. Four queries.
    """
    places = {*scope.department_ids, *([scope.home_department_id] if scope.home_department_id else [])}
    scheme = scheme_in_force(month) if places and scope.may(OWN) else None
    if scheme is None:
        return None
    among = AssessedDepartment.objects.filter(scheme=scheme).values_list("department", flat=True)
    judged = set(nearest_above(places, among=among, day=month.last_day).values())
    rows = scheme.assessed.filter(department__in=judged).select_related("department", "scorecard")
    by_card: dict[int, list[AssessedDepartment]] = {}
    for row in rows.order_by("scorecard__position", "department__name"):
        by_card.setdefault(row.scorecard_id, []).append(row)
    lines = list(
        scheme.indicators.filter(scorecard__in=by_card).select_related("kpi__department").order_by("position", "pk")
    )
    sheets = tuple(
        Sheet(own[0].scorecard, [line for line in lines if line.scorecard_id == card], own, len(own))
        for card, own in by_card.items()
    )
    return OwnRules(scheme, sheets) if sheets else None
