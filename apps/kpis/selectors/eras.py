"""From which month on an indicator is measured as in a given month: for whoever compares with the months before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from apps.core.month import Month
from apps.kpis.models import KpiVersion
from apps.kpis.rules.alike import measured_from

Versions = Mapping[int, Sequence[KpiVersion]]
"""Indicator → its definitions, the oldest first."""


def versions_of(kpis: Iterable[int]) -> Versions:
    """Every definition of these indicators. One query."""
    found: dict[int, list[KpiVersion]] = {}
    for version in KpiVersion.objects.filter(kpi__in=set(kpis)).order_by("kpi", "valid"):
        found.setdefault(version.kpi_id, []).append(version)
    return found


def is_alike(versions: Versions, kpi: int, earlier: date, month: date) -> bool:
    """Whether the figure of the month EARLIER (a first day) is measured as that of MONTH (rules.alike): each as by the
    definition in force on its month's last day."""
    known, last = versions.get(kpi, ()), Month.of(month).last_day
    version = next((one for one in known if last in one.valid), None)
    return version is None or Month.of(earlier).last_day >= measured_from(known, version)
