"""Improvement plans, and the grades over months that they and nominations follow from."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability
from apps.assessments.choices import PlanState, RunState
from apps.assessments.models import AssessedMonth, ImprovementPlan, PersonScore, Score
from apps.assessments.rules.consequences import MONTHS_LOOKED_AT
from apps.assessments.selectors.people import people_led
from apps.assessments.selectors.scores import sees_drafts
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import visible_departments
from apps.staff.models import Person
from apps.staff.selectors import visible_people, with_places

OPEN_PLANS = (PlanState.PROPOSED, PlanState.RUNNING)
DECIDE_PLANS = "assessments.decide_rewards"
PROPOSE_PLANS = "assessments.propose_rewards"


def visible_plans(scope: Scope) -> QuerySet[ImprovementPlan]:
    """Plans of everybody for those who work on the months; else those of oneself (once they run), of the people and
    departments one leads, and those one owns."""
    rows = ImprovementPlan.objects.select_related("department", "person", "owner", "decided_by")
    if not scope.may("assessments.view"):
        return rows.none()
    if sees_drafts(scope):
        return rows
    own = Q(owner=scope.user_id or 0)
    if scope.person_id is not None:
        own |= Q(person=scope.person_id) & ~Q(state=PlanState.PROPOSED)
    if scope.department_ids:
        led = people_led(scope).exclude(pk=scope.person_id or 0).order_by().values("pk")
        places = visible_departments(scope).values("pk")
        own |= Q(person__in=led) | (Q(person=None, department__in=places) & ~Q(state=PlanState.PROPOSED))
    return rows.filter(own)


def plan_for(scope: Scope, pk: int) -> ImprovementPlan:
    """One plan; NotFound is the same for what does not exist and what is not theirs."""
    found = visible_plans(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such plan, or it lies outside what you may see."))
    return found


def last_published(scope: Scope) -> Month | None:
    """The newest month that is published, for those who propose what follows from it. One query."""
    if not scope.may(PROPOSE_PLANS):
        return None
    day = AssessedMonth.objects.exclude(published=None).order_by("-month").values_list("month", flat=True).first()
    return Month.of(day) if day else None


def plan_owners(scope: Scope) -> QuerySet[User]:
    """Who may own a plan: people who lead others."""
    if not scope.may(DECIDE_PLANS):
        return users_with_capability("assessments.rate").none()
    return users_with_capability("assessments.rate").order_by("name", "pk")


def plan_people(scope: Scope) -> QuerySet[Person]:
    """Whom a plan may be begun for, with their places, for those who decide on plans."""
    rows = visible_people(scope)
    return with_places(rows) if scope.may(DECIDE_PLANS) else rows.none()


def plan_departments(scope: Scope) -> QuerySet[Department]:
    """Departments a plan may be begun for, for those who decide on plans."""
    rows = visible_departments(scope)
    return rows.order_by("name", "pk") if scope.may(DECIDE_PLANS) else rows.none()


def published_grades(month: Month, *, of: Any, key: str) -> dict[int, list[str | None]]:
    """By person or department (KEY): the published grades of MONTH and the six before, the newest first; None for a month
    without. OF: PersonScore or Score. Only those who have a row in MONTH. One query."""
    months = [month.plus(-back).first_day for back in range(MONTHS_LOOKED_AT + 1)]
    place = {day: index for index, day in enumerate(months)}
    rows = of.objects.filter(run__state=RunState.PUBLISHED, run__month__in=months)
    found: dict[int, list[str | None]] = {}
    current: set[int] = set()
    for pk, day, grade in rows.order_by().values_list(key, "run__month", "grade").iterator(chunk_size=5_000):
        found.setdefault(pk, [None] * len(months))[place[day]] = grade or None
        if day == months[0]:
            current.add(pk)
    return {pk: grades for pk, grades in found.items() if pk in current}


def grades_of_people(month: Month) -> dict[int, list[str | None]]:
    """The published grades of people over seven months."""
    return published_grades(month, of=PersonScore, key="person")


def grades_of_departments(month: Month) -> dict[int, list[str | None]]:
    """The published grades of departments over seven months."""
    return published_grades(month, of=Score, key="department")


def open_plan_keys(model: Iterable[ImprovementPlan]) -> set[tuple[int | None, int]]:
    """(person or None, department) of plans; for a person the department does not matter and is 0."""
    return {(row.person_id, 0 if row.person_id else row.department_id) for row in model}
