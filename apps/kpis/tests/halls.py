"""A company whose indicators fill the pages."""

from datetime import date
from types import SimpleNamespace

from apps.accounts.tests.factories import UserFactory
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.models import KpiSeries
from apps.kpis.tests.factories import NOW, aim, entry, make_kpi, record
from apps.periods.services import open_periods
from apps.staff.tests.factories import PersonFactory

TODAY = date(2026, 6, 15)
MAY = "2026-05"


def halls():
    """A company with North (its manager leads it, Depot below it) and South; names in South carry a mark."""
    open_periods(now=NOW)
    top = DepartmentFactory(code="ALL", name="Whole Firm")
    north = DepartmentFactory(code="NORTH", name="North Hall", parent=top)
    depot = DepartmentFactory(code="DEPOT", name="North Depot", parent=north)
    south = DepartmentFactory(code="SOUTH", name="Zzother Hall", parent=top)
    manager = UserFactory(name="Mara Head", roles=["manager"])
    PersonFactory(name="Mara Head", department=north, role="head", user=manager)
    coo = UserFactory(name="Cora Chief", roles=["coo"])
    shared = make_kpi(top, code="SALES", name="Sales", unit="kEUR", decimals=1, reporting=(depot, south), now=NOW)
    KpiSeries.objects.update(first_month=date(2025, 1, 1))
    aim(shared, 100)
    own = make_kpi(north, code="SCRAP", name="Scrap", direction="lower")
    aim(own, 2)
    other = make_kpi(south, code="ZZKPI", name="Zzother figure")
    months = [f"2025-{number:02d}" for number in range(1, 13)] + [f"2026-{number:02d}" for number in range(1, 6)]
    values = [entry(shared, depot, month, 40 + place) for place, month in enumerate(months)]
    values += [entry(shared, south, month, "7777.7") for month in months[:-1]]
    values += [entry(own, north, month, 3) for month in ("2026-03", "2026-04", MAY)]
    values += [entry(other, south, MAY, 5)]
    record(values, by=coo, now=NOW)
    return SimpleNamespace(
        top=top, north=north, depot=depot, south=south, manager=manager, coo=coo, shared=shared, own=own, other=other
    )
