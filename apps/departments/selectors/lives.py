"""The dated rows of departments as people read them: one department's life, or the state of many on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Lower, Upper

from apps.core.scope import Scope
from apps.departments.choices import DepartmentState
from apps.departments.models import Department, DepartmentAlias, DepartmentClosure, DepartmentVersion
from apps.departments.selectors.finding import readable_departments


@dataclass(frozen=True, slots=True)
class LifeLine:
    """Some days of a department: first day, last day (None: open end), name, and what it belonged to then."""

    first: date
    last: date | None
    name: str
    parent: int | None
    parent_name: str

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def life_of(department: Department) -> list[LifeLine]:
    """Every dated row of one department, newest first, with the name the parent bore on its first day. One query."""
    parent_name = DepartmentVersion.objects.filter(
        department=OuterRef("parent"), valid__contains=Lower(OuterRef("valid"))
    ).values("name")[:1]
    rows: Any = DepartmentVersion.objects.filter(department=department).annotate(parent_name=Subquery(parent_name))
    return [
        LifeLine(
            first=row.valid.lower,
            last=row.valid.upper - timedelta(days=1) if row.valid.upper else None,
            name=row.name,
            parent=row.parent_id,
            parent_name=row.parent_name or "",
        )
        for row in rows.order_by("-valid")
    ]


def state_of(life: Iterable[LifeLine], day: date) -> DepartmentState:
    """Where a department with this life stands on the day."""
    lines = list(life)
    if any(line.covers(day) for line in lines):
        return DepartmentState.OPEN
    return DepartmentState.PLANNED if any(line.first > day for line in lines) else DepartmentState.CLOSED


def listed_departments(scope: Scope, day: date) -> Any:
    """Departments the person may know of with `parent_id`, `parent_name`, `opened_on`, `closed_on`, `level` for the day."""
    rows = DepartmentVersion.objects.filter(department=OuterRef("pk"))
    here = rows.filter(valid__contains=day)
    parent = DepartmentVersion.objects.filter(department=OuterRef("parent"), valid__contains=day).values("name")
    above = DepartmentClosure.objects.filter(descendant=OuterRef("pk"), valid__contains=day).order_by("-depth")
    return readable_departments(scope).annotate(
        parent_id=Subquery(here.values("parent")[:1]),
        parent_name=Subquery(here.annotate(above=Subquery(parent[:1])).values("above")[:1]),
        opened_on=Subquery(rows.order_by("valid").annotate(first=Lower("valid")).values("first")[:1]),
        closed_on=Subquery(rows.order_by("-valid").annotate(end=Upper("valid")).values("end")[:1]),
        level=Subquery(above.values("depth")[:1]),
    )


def children_on(department: Department, day: date, scope: Scope) -> Any:
    """The departments directly below on the day, as `listed_departments`."""
    below = DepartmentVersion.objects.filter(parent=department).on(day).values("department")
    return listed_departments(scope, day).filter(pk__in=below)


def placeable_departments(scope: Scope, day: date) -> Any:
    """Departments that are open on the day or later: what another one may be placed under."""
    later = DepartmentVersion.objects.filter(Q(valid__upper_inf=True) | Q(valid__endswith__gt=day))
    return readable_departments(scope).filter(pk__in=later.values("department")).order_by("name", "pk")


def aliases_of(department: Department) -> list[DepartmentAlias]:
    """The other names of a department."""
    return list(DepartmentAlias.objects.filter(department=department))


def kept_versions(department: Department) -> list[DepartmentVersion]:
    """The dated rows themselves, for their history."""
    return list(DepartmentVersion.objects.filter(department=department))
