"""The entry grid: what a department reports, or may report, for a month, with what is known of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import ancestors_of, visible_departments
from apps.kpis.choices import Aggregation, ValueKind, ValueState
from apps.kpis.models import Kpi, KpiSeries, KpiTarget, KpiValue, KpiVersion
from apps.kpis.rules.due import is_due, is_expected
from apps.kpis.rules.screening import MONTHS_BACK
from apps.kpis.selectors.eras import alike_since, measured_since, versions_of


@dataclass(frozen=True, slots=True)
class GridRow:
    """One indicator in one department and month. EARLIER: values in force of the months before, the oldest first."""

    kpi: Kpi
    version: KpiVersion
    is_expected: bool
    series: KpiSeries | None = None
    current: KpiValue | None = None
    waiting: KpiValue | None = None
    declined: KpiValue | None = None
    earlier: Sequence[KpiValue] = field(default=())
    target: KpiTarget | None = None

    @property
    def latest(self) -> KpiValue | None:
        """What the next entry replaces: what waits, else what is in force."""
        return self.waiting or self.current

    @property
    def last(self) -> KpiValue | None:
        """The value of the month before, or of the latest before that."""
        return self.earlier[-1] if self.earlier else None

    @property
    def earlier_numbers(self) -> list[tuple[date, Decimal]]:
        """The numbers of the months before, with their months."""
        return [(row.month, row.value) for row in self.earlier if row.value is not None]

    @property
    def earlier_parts(self) -> list[Decimal]:
        """The denominators, or weights, of the numbers of the months before."""
        return [row.denominator for row in self.earlier if row.value is not None and row.denominator is not None]

    @property
    def is_ratio(self) -> bool:
        """Whether numerator and denominator are entered."""
        return Aggregation.RATIO in {self.version.over_time, self.version.over_departments}

    @property
    def is_weighted(self) -> bool:
        """Whether a weight is entered beside the value."""
        return not self.is_ratio and Aggregation.WEIGHTED in {self.version.over_time, self.version.over_departments}


def entry_rows(scope: Scope, department: Department, month: Month) -> list[GridRow]:
    """Every indicator DEPARTMENT may report for MONTH, by name, without values: its own ones and those of the departments
    above, as they are defined then; formulas and what is not due in that month are left out."""
    last_day = month.last_day
    above = ancestors_of({department.pk}, last_day).get(department.pk, [department.pk])
    if not (scope.may("kpis.record") and visible_departments(scope).filter(pk=department.pk).exists()):
        return []
    kpis = Kpi.objects.filter(department__in=above).filter(Q(retired_from=None) | Q(retired_from__gt=month.first_day))
    reported = Exists(KpiSeries.objects.filter(kpi=OuterRef("kpi")))
    versions = (
        KpiVersion.objects.on(last_day)
        .filter(kpi__in=kpis, formula="")
        .annotate(is_reported=reported)
        .select_related("kpi__department")
        .order_by("name", "pk")
    )
    series = {row.kpi_id: row for row in KpiSeries.objects.filter(department=department)}
    return [
        GridRow(
            kpi=version.kpi,
            version=version,
            series=series.get(version.kpi_id),
            is_expected=expects(series.get(version.kpi_id), version, department, month),
        )
        for version in versions
        if is_due(version.frequency, month.first_day, fiscal_first_month=settings.FISCAL_YEAR_FIRST_MONTH)
    ]


def expects(series: KpiSeries | None, version: KpiVersion, department: Department, month: Month) -> bool:
    """Whether the department is to report: as its series says; without any series, its own indicators."""
    if series is not None:
        return is_expected(month.first_day, first=series.first_month, last=series.last_month)
    return version.kpi.department_id == department.pk and not getattr(version, "is_reported", True)


def filled_rows(rows: Sequence[GridRow], department: Department, month: Month) -> list[GridRow]:
    """The same rows with values and targets. Three queries, however many rows."""
    values = values_by_series((row.series for row in rows if row.series is not None), month)
    versions = versions_of(row.kpi.pk for row in rows)
    targets = targets_of([row.kpi for row in rows], department, month)
    return [
        GridRow(
            kpi=row.kpi,
            version=row.version,
            series=row.series,
            is_expected=row.is_expected,
            target=targets.get(row.kpi.pk),
            **known_values(
                alike_since(
                    measured_since(versions, row.kpi.pk, month.first_day),
                    values.get(row.series.pk, ()) if row.series else (),
                ),
                month,
            ),
        )
        for row in rows
    ]


def values_by_series(series: Iterable[KpiSeries], month: Month) -> dict[int, list[KpiValue]]:
    """Series → its values of the month and the two years before it that count, wait or were declined, in order."""
    rows = (
        KpiValue.objects.filter(
            series__in=[row.pk for row in series],
            month__range=(month.plus(-MONTHS_BACK).first_day, month.first_day),
            state__in=(ValueState.CURRENT, ValueState.WAITING, ValueState.DECLINED),
        )
        .select_related("entered_by", "decided_by")
        .order_by("month", "number")
    )
    found: dict[int, list[KpiValue]] = {}
    for row in rows:
        found.setdefault(row.series_id, []).append(row)
    return found


def known_values(values: Sequence[KpiValue], month: Month) -> dict[str, Any]:
    """What a series holds, as the fields of a row."""
    here = {row.state: row for row in values if row.month == month.first_day}
    current, waiting = here.get(ValueState.CURRENT), here.get(ValueState.WAITING)
    declined = here.get(ValueState.DECLINED)
    is_answered = declined is not None and any(row.number > declined.number for row in (current, waiting) if row)
    return {
        "current": current,
        "waiting": waiting,
        "declined": None if is_answered else declined,
        "earlier": tuple(
            row
            for row in values
            if row.month < month.first_day and row.state == ValueState.CURRENT and row.kind != ValueKind.WITHDRAWN
        ),
    }


def targets_of(kpis: Sequence[Kpi], department: Department, month: Month) -> dict[int, KpiTarget]:
    """Indicator → the target the department has on the last day of the month: its own, else that for everybody."""
    rows = KpiTarget.objects.filter(
        Q(department=department) | Q(department=None), kpi__in=kpis, valid__contains=month.last_day
    )
    found: dict[int, KpiTarget] = {}
    for row in rows:
        if row.department_id is not None or row.kpi_id not in found:
            found[row.kpi_id] = row
    return found


def versions_shown(department: Department, month: Month, keys: Iterable[int]) -> dict[int, KpiValue]:
    """Those of the versions with these keys that belong to the department and month: what an older page was based on."""
    rows = KpiValue.objects.filter(pk__in=list(keys), series__department=department, month=month.first_day)
    return {row.pk: row for row in rows}
