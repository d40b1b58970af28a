"""Where an indicator is shown to somebody: at its owner, or, where that lies above what they see, at what they lead."""

from typing import Any

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, Subquery, When
from django.utils.translation import gettext as _

from apps.core.clock import today
from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import department_for, subtree_ids, visible_departments
from apps.kpis.models import Kpi, KpiQuerySet, KpiSeries
from apps.kpis.selectors.finding import visible_kpis


def placed_kpis(scope: Scope, root: int | None = None) -> Any:
    """Indicators the person may see, each with `place_id`: the department its figures are shown for.

    With ROOT (a department the person sees): those owned or reported by it and below, shown from there. No query of its
    own but one for ROOT.
    """
    rows = visible_kpis(scope)
    if root is None and scope.is_company:
        return rows.annotate(place_id=F("department_id"))
    if root is None:
        return with_place(rows, visible_departments(scope).values("pk"), scope.department_ids)
    below = subtree_ids(root, today())
    reported = Exists(KpiSeries.objects.filter(kpi=OuterRef("pk"), department__in=below))
    return with_place(rows.filter(Q(department__in=below) | reported), below, (root,))


def with_place(rows: KpiQuerySet, seen: Any, roots: tuple[int, ...]) -> Any:
    """ROWS with `place_id`: the owner where SEEN, else the topmost of ROOTS below which somebody reports it."""
    lent = KpiSeries.objects.filter(
        kpi=OuterRef("pk"), department__closure_up__ancestor__in=roots, department__closure_up__valid__contains=today()
    ).order_by("-department__closure_up__depth", "department__closure_up__ancestor")
    return rows.annotate(
        place_id=Case(
            When(department__in=seen, then=F("department_id")),
            default=Subquery(lent.values("department__closure_up__ancestor")[:1]),
            output_field=BigIntegerField(),
        )
    )


def placed_kpi_for(scope: Scope, pk: int) -> Any:
    """One indicator with its definition of today and `place_id`. NotFound as kpis.selectors.kpi_for."""
    rows = placed_kpis(scope).filter(pk=pk)
    found = rows.select_related("department", "definition", "owner").first()
    if found is None or found.place_id is None:
        raise NotFound(_("There is no such KPI, or it lies outside what you may see."))
    return found


def shown_department(scope: Scope, kpi: Kpi, asked: str) -> Department:
    """The department a page of KPI is about: the one ASKED for (its key as text), else the one it is shown for.

    NotFound when it lies outside what the person may see, or is none.
    """
    if not asked:
        return department_for(scope, kpi.place_id)  # type: ignore[attr-defined]
    if not (asked.isascii() and asked.isdigit() and len(asked) < 18):
        raise NotFound(_("There is no such department, or it lies outside what you may see."))
    return department_for(scope, int(asked))
