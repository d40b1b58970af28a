"""Find indicators: those a person may see, one by its key, many by code and department."""

from collections.abc import Iterable, Mapping

from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from apps.core.clock import today
from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.departments.selectors import ancestors_of, visible_departments
from apps.kpis.models import Kpi, KpiQuerySet

MARK = "@"


def visible_kpis(scope: Scope) -> KpiQuerySet:
    """Indicators the person may see: owned or reported by a department whose figures they may see. Others: none."""
    if not scope.may("kpis.view"):
        return Kpi.objects.none()
    return (
        Kpi.objects.all() if scope.is_company else Kpi.objects.of_departments(visible_departments(scope).values("pk"))
    )


def kpi_for(scope: Scope, pk: int) -> Kpi:
    """One indicator with its definition of today; NotFound is the same for what does not exist and what is not theirs."""
    found = visible_kpis(scope).filter(pk=pk).select_related("department", "definition", "owner").first()
    if found is None:
        raise NotFound(_("There is no such KPI, or it lies outside what you may see."))
    return found


def owned_kpis(keys: Iterable[int]) -> dict[int, Kpi]:
    """Indicators by their keys, with who answers for them; for whoever works out whole months. One query, none for no
    keys."""
    wanted = set(keys)
    return Kpi.objects.select_related("owner").in_bulk(wanted) if wanted else {}


def search_kpis(rows: KpiQuerySet, text: str) -> KpiQuerySet:
    """Of ROWS those whose name, code, family or a tag holds every word of TEXT."""
    for word in text.split()[:5]:
        rows = rows.filter(
            Q(name__icontains=word) | Q(code__istartswith=word) | Q(family__istartswith=word) | Q(tags__contains=[word])
        )
    return rows


def resolve_kpis(scope: Scope, pairs: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Kpi]:
    """(code, key of the department that reports) → the indicator that is meant: the department's own, else that of the
    nearest department above, else the only one of that code. CODE@DEPARTMENT means that department's, from wherever it is
    asked. Codes in any case; unknown pairs are left out. Two queries."""
    wanted = {(code, department) for code, department in pairs}
    codes = {part for code, _department in wanted for part in (tidy(code), tidy(code.rpartition(MARK)[0]))}
    rows = visible_kpis(scope).annotate(upper=Upper("code")).filter(upper__in=codes)
    by_code: dict[str, dict[int, Kpi]] = {}
    for row in rows.select_related("definition", "department"):
        by_code.setdefault(row.code.upper(), {})[row.department_id] = row
    above = ancestors_of({department for _code, department in wanted}, today())
    found: dict[tuple[str, int], Kpi] = {}
    for code, department in wanted:
        choices = by_code.get(tidy(code)) or of_named_department(code, by_code)
        near = next((choices[pk] for pk in above.get(department, (department,)) if pk in choices), None)
        if near is not None:
            found[code, department] = near
        elif len(choices) == 1:
            found[code, department] = next(iter(choices.values()))
    return found


def tidy(code: str) -> str:
    """A code as it is compared."""
    return code.strip().upper()


def of_named_department(code: str, by_code: Mapping[str, Mapping[int, Kpi]]) -> dict[int, Kpi]:
    """The indicator of CODE@DEPARTMENT by the code of its department; empty for anything else."""
    bare, _mark, place = code.rpartition(MARK)
    rows = by_code.get(tidy(bare), {})
    return {pk: row for pk, row in rows.items() if tidy(row.department.code) == tidy(place)}


def full_code(kpi: Kpi) -> str:
    """CODE@DEPARTMENT: names an indicator beyond doubt where departments use the same code. Needs its department."""
    return f"{kpi.code}{MARK}{kpi.department.code}"
