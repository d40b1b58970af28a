"""From which month on an indicator is measured as in a given month: for whoever compares with the months before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from apps.core.month import Month
from apps.kpis.models import KpiValue, KpiVersion
from apps.kpis.rules.alike import measured_from

Versions = Mapping[int, Sequence[KpiVersion]]
"""Indicator → its definitions, the oldest first."""


def versions_of(kpis: Iterable[int]) -> Versions:
    """Every definition of these indicators. One query."""
    found: dict[int, list[KpiVersion]] = {}
    for version in KpiVersion.objects.filter(kpi__in=set(kpis)).order_by("kpi", "valid"):
        found.setdefault(version.kpi_id, []).append(version)
    return found


def measured_since(versions: Versions, kpi: int, month: date) -> date:
    """The day from which the indicator is measured as in MONTH (a first day; rules.alike): as by the definition in force on
    its last day. The first of all days where it has none."""
    known, last = versions.get(kpi, ()), Month.of(month).last_day
    version = next((one for one in known if last in one.valid), None)
    return date.min if version is None else measured_from(known, version)


def alike_since(since: date, values: Iterable[KpiValue]) -> list[KpiValue]:
    """Those of these values whose month ended on the day SINCE or later."""
    return [one for one in values if Month.of(one.month).last_day >= since]
