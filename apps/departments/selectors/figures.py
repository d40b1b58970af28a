"""Figures of departments that belong to apps above: who leads, how many people. Found through settings, not imported."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.module_loading import import_string

from apps.core.scope import Scope
from apps.departments.models import Department


@dataclass(frozen=True, slots=True)
class DepartmentFigures:
    """What stands beside a department. `people` is its own headcount; None where the person may not see it."""

    head: str = ""
    head_url: str = ""
    people: int | None = None


NO_FIGURES = DepartmentFigures()
FigureReader = Callable[[Iterable[int], date, Scope], dict[int, DepartmentFigures]]


def figures_on(ids: Iterable[int], day: date, scope: Scope) -> dict[int, DepartmentFigures]:
    """Head and headcount of these departments at close of the day; the reader leaves out what the scope does not reach."""
    path = getattr(settings, "DEPARTMENT_FIGURES", "")
    if not path:
        return {}
    reader: FigureReader = import_string(path)
    return reader(ids, day, scope)


def countable_ids(ids: Iterable[int], scope: Scope) -> set[int]:
    """Those of these departments whose figures the person may see."""
    if scope.is_company:
        return set(ids)
    return set(Department.objects.within(scope).filter(pk__in=list(ids)).values_list("pk", flat=True))
