"""What the pages of departments show of people. Called through settings.DEPARTMENT_FIGURES: departments know no people."""

from collections.abc import Iterable
from datetime import date

from django.urls import NoReverseMatch, reverse

from apps.core.scope import Scope
from apps.departments.selectors import DepartmentFigures, countable_ids, readable_departments
from apps.staff.choices import AppointmentRole
from apps.staff.selectors.numbers import heads_by_department
from apps.staff.selectors.people import leaders_of

MANY = 500
"""Above this, naming every department in a query costs more than reading them all."""


def figures_of_departments(ids: Iterable[int], day: date, scope: Scope) -> dict[int, DepartmentFigures]:
    """Head and headcount at close of the day. Who leads is no secret; headcount only within the scope. Three queries."""
    wanted = list(ids)
    is_many = len(wanted) > MANY
    countable = countable_ids(wanted, scope) if scope.may("staff.view") or scope.may("staff.view_headcount") else set()
    heads = heads_by_department(day, None if is_many else countable) if countable else {}
    places = leaders_of(readable_departments(scope).values("pk") if is_many else wanted, day)
    leaders = {place.department_id: place.person for place in places if place.role == AppointmentRole.HEAD}
    found = {}
    for pk in wanted:
        leader = leaders.get(pk)
        is_openable = leader is not None and pk in countable and scope.may("staff.view")
        found[pk] = DepartmentFigures(
            head=leader.name if leader else "",
            head_url=person_url(leader.pk) if leader and is_openable else "",
            people=heads.get(pk, 0) if pk in countable else None,
        )
    return found


def person_url(pk: int) -> str:
    """The page of a person, if there is one."""
    try:
        return reverse("staff:detail", args=[pk])
    except NoReverseMatch:
        return ""
