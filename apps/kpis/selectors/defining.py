"""What the pages that define indicators show beside the form."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from apps.core.clock import today
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import ancestors_of, children_on, visible_departments
from apps.kpis.models import Kpi, KpiInput, KpiTarget, KpiValue, KpiVersion
from apps.kpis.selectors.finding import kpi_for, visible_kpis

MOST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Word:
    """A code as a formula writes it, and the name of what it means."""

    text: str
    name: str


def formula_words(scope: Scope, *, department: Department | None, besides: int = 0) -> list[Word]:
    """The codes a formula of DEPARTMENT may use, by name. Those of the department itself and of what stands above it are
    written plainly, those of others with their department; before the owner is known all of them. Two queries."""
    near = ancestors_of({department.pk}, today()).get(department.pk, [department.pk]) if department else []
    asked = visible_kpis(scope).active().exclude(pk=besides).select_related("department").order_by("name", "pk")
    rows = list(asked[:MOST_WORDS])
    found: dict[str, int] = {}
    for pk in near:
        for row in rows:
            if row.department_id == pk:
                found.setdefault(row.code.casefold(), row.pk)
    return [Word(word_for(row, is_plain=found.get(row.code.casefold()) == row.pk), row.name) for row in rows]


def word_for(kpi: Kpi, *, is_plain: bool) -> str:
    """How a formula writes this indicator."""
    if not is_plain:
        return f"[{kpi.department.code}/{kpi.code}]"
    return kpi.code if kpi.code.isidentifier() and kpi.code.isascii() else f"[{kpi.code}]"


def version_on(kpi: Kpi, day: date) -> KpiVersion | None:
    """The definition in force on the day, else the first one."""
    rows = KpiVersion.objects.filter(kpi=kpi)
    return rows.on(day).first() or rows.order_by("valid").first()


def months_reported(kpi: Kpi, *, first: date) -> int:
    """How many months from FIRST on have values of it."""
    return KpiValue.objects.current().filter(series__kpi=kpi, month__gte=first).values("month").distinct().count()


def readers_named(kpi: Kpi, scope: Scope) -> list[Kpi]:
    """Formula indicators that read it today, as far as the person may see them."""
    readers = KpiInput.objects.filter(kpi=kpi, version__valid__contains=today()).values("version__kpi")
    return list(visible_kpis(scope).filter(pk__in=readers).exclude(pk=kpi.pk))


def targets_held(kpi: Kpi, scope: Scope) -> list[KpiTarget]:
    """Targets of an indicator: those for everybody first, then by department, the latest first."""
    seen = Q(department=None) | Q(department__in=visible_departments(scope))
    rows = KpiTarget.objects.filter(seen, kpi=kpi).select_related("department")
    return sorted(
        rows,
        key=lambda row: (
            row.department is not None,
            row.department.name if row.department else "",
            -row.valid.lower.toordinal(),
        ),
    )


def target_for(scope: Scope, pk: int) -> KpiTarget:
    """One target of an indicator the person may see."""
    found = KpiTarget.objects.select_related("kpi", "department").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such target, or it lies outside what you may see.")
    kpi_for(scope, found.kpi_id)
    return found


@dataclass(frozen=True, slots=True)
class Shares:
    """A department's target of a sum beside those of the departments directly below. What is not handed out is
    UNALLOCATED (None without a target of its own); below zero more was handed out than there is."""

    department: Department
    target: Decimal | None
    parts: tuple[tuple[Department, Decimal | None], ...]

    @property
    def handed_out(self) -> Decimal:
        """The sum of the parts."""
        return sum((target for _part, target in self.parts if target is not None), Decimal(0))

    @property
    def unallocated(self) -> Decimal | None:
        """What is left."""
        return None if self.target is None else self.target - self.handed_out


def shares_of(
    kpi: Kpi, department: Department, month: Month, scope: Scope, *, asked: dict[int, Decimal] | None = None
) -> Shares:
    """The targets of DEPARTMENT and of what is directly below it on the last day of the month. ASKED: targets somebody is
    about to set, by department. Three queries."""
    parts = list(children_on(department, month.last_day, scope).order_by("name", "pk"))
    rows = KpiTarget.objects.filter(
        kpi=kpi, department__in=[department.pk, *(part.pk for part in parts)], valid__contains=month.last_day
    )
    targets = {row.department_id: row.target for row in rows} | (asked or {})
    return Shares(department, targets.get(department.pk), tuple((part, targets.get(part.pk)) for part in parts))


def parent_on(department: Department, day: date, scope: Scope) -> Department | None:
    """The department directly above on the day, as far as the person may see it."""
    above = ancestors_of({department.pk}, day).get(department.pk, [])
    return visible_departments(scope).filter(pk=above[1]).first() if len(above) > 1 else None
