"""Find departments: those a person may see, one by its key, many by code or other name."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.departments.models import Department, DepartmentAlias, DepartmentQuerySet, DepartmentVersion
from apps.departments.rules.names import alias_key


def visible_departments(scope: Scope, *, day: date | None = None) -> DepartmentQuerySet:
    """Departments whose figures the person may see: all, or what they lead today and below. With DAY those open on it."""
    rows = Department.objects.within(scope)
    return rows if day is None else rows.open_on(day)


def department_for(scope: Scope, pk: int) -> Department:
    """One department whose figures may be seen; NotFound is the same for what does not exist and what is not theirs."""
    return one_of(visible_departments(scope), pk)


def readable_departments(scope: Scope) -> DepartmentQuerySet:
    """Departments of which the person may know that they exist: those they see, and their own. No figures follow from it."""
    rows = Department.objects.within(scope)
    if scope.is_company or scope.home_department_id is None:
        return rows
    return Department.objects.filter(Q(pk=scope.home_department_id) | Q(pk__in=rows))


def readable_department_for(scope: Scope, pk: int) -> Department:
    """One department of which the person may know."""
    return one_of(readable_departments(scope), pk)


def departments_asked(scope: Scope, ids: Iterable[int]) -> set[int]:
    """These departments; one answer for those that do not exist and those that the person may not know of."""
    wanted = set(ids)
    if readable_departments(scope).filter(pk__in=wanted).count() != len(wanted):
        raise NotFound(_("There is no such department, or it lies outside what you may see."), field="department")
    return wanted


def one_of(rows: DepartmentQuerySet, pk: int) -> Department:
    """The department among these, or the one answer for all others."""
    found = rows.filter(pk=pk).select_related("successor").first()
    if found is None:
        raise NotFound(_("There is no such department, or it lies outside what you may see."))
    return found


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """Names with codes of these departments, for messages; those that are not there are left out. One query."""
    rows = Department.objects.filter(pk__in=set(ids)).values_list("pk", "name", "code")
    return {pk: f"{name} ({code})" for pk, name, code in rows}


def open_department_ids(ids: Iterable[Any], day: date) -> set[int]:
    """Which of these departments (keys, or a query of keys) exist on the day. One query."""
    among = ids if isinstance(ids, QuerySet) else set(ids)
    rows = DepartmentVersion.objects.filter(department__in=among).on(day)
    return set(rows.values_list("department", flat=True))


def open_spans(ids: Iterable[int]) -> dict[int, list[tuple[date, date | None]]]:
    """When these departments exist: (first day, first day no longer or None). One query, for checks of many days."""
    spans: dict[int, list[tuple[date, date | None]]] = {}
    for pk, valid in DepartmentVersion.objects.filter(department__in=set(ids)).values_list("department", "valid"):
        spans.setdefault(pk, []).append((valid.lower, valid.upper))
    return spans


def find_by_code_or_alias(texts: Iterable[str], *, day: date | None = None) -> dict[str, Department]:
    """The departments these texts mean: by code, else by the present name when only one has it, else by another name.

    Letter case, width and doubled spaces do not matter. With DAY, what is open then comes first, and a department that was
    merged by then leads to the one it went into. Keys are the texts as given; unknown ones are left out. Three queries.
    """
    wanted: dict[str, list[str]] = {}
    for text in texts:
        wanted.setdefault(alias_key(text), []).append(text)
    if not wanted:
        return {}
    rows = {row.pk: row for row in Department.objects.all()}
    candidates = candidates_for(set(wanted), rows)
    open_ids = None if day is None else open_department_ids(rows, day)
    found: dict[str, Department] = {}
    for key, choices in candidates.items():
        chosen = choices[0] if open_ids is None else best_open(choices, rows, open_ids)
        found |= dict.fromkeys(wanted[key], chosen)
    return found


def candidates_for(keys: set[str], rows: dict[int, Department]) -> dict[str, list[Department]]:
    """What each key may mean, the surest first: a code, a present name that only one has, another name."""
    candidates: dict[str, list[Department]] = {}
    for row in rows.values():
        if alias_key(row.code) in keys:
            candidates.setdefault(alias_key(row.code), []).append(row)
    by_name: dict[str, list[Department]] = {}
    for row in rows.values():
        by_name.setdefault(alias_key(row.name), []).append(row)
    for key, same in by_name.items():
        if key in keys and len(same) == 1:
            candidates.setdefault(key, []).extend(same)
    for key, pk in DepartmentAlias.objects.filter(key__in=keys).values_list("key", "department_id"):
        candidates.setdefault(key, []).append(rows[pk])
    return candidates


def best_open(choices: list[Department], rows: dict[int, Department], open_ids: set[int]) -> Department:
    """The first choice that is open, else what the first one was merged into, else the first one itself."""
    for choice in choices:
        if choice.pk in open_ids:
            return choice
    chosen, seen = choices[0], set[int]()
    while chosen.pk not in open_ids and chosen.successor_id is not None and chosen.pk not in seen:
        seen.add(chosen.pk)
        chosen = rows[chosen.successor_id]
    return chosen if chosen.pk in open_ids else choices[0]


def search_departments(scope: Scope, text: str) -> DepartmentQuerySet:
    """Departments the person may know of whose code, name or another name holds every word of TEXT."""
    rows = readable_departments(scope)
    for word in text.split()[:5]:
        other: Any = DepartmentAlias.objects.filter(department=OuterRef("pk"), alias__icontains=word)
        rows = rows.filter(Q(name__icontains=word) | Q(code__istartswith=word) | Exists(other))
    return rows.order_by("name", "pk") if text.split() else rows.none()
