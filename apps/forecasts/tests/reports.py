"""A company whose report is put together, and what stands in it, for tests of the situation-and-outlook report."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts import services
from apps.forecasts.tests.factories import issue_of, series_of
from apps.kpis.models import KpiSeries
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.periods.services import open_periods
from apps.staff.models import HeadcountPlan
from apps.staff.tests.factories import PersonFactory

MAY, APRIL = Month(2026, 5), Month(2026, 4)
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
MONTHS = [f"2025-{number:02d}" for number in range(1, 13)] + [f"2026-{number:02d}" for number in range(1, 6)]


def plain(text):
    return text.replace("\u00a0", " ")


def report_firm(settings):
    """A company whose revenue (North and South add up) is off since April, with a forecast of May."""
    settings.FIXED_TODAY = "2026-06-15"
    open_periods(now=NOW)
    top = DepartmentFactory(code="ALL", name="Company")
    north = DepartmentFactory(code="NORTH", name="North", parent=top)
    south = DepartmentFactory(code="SOUTH", name="South", parent=top)
    coo = UserFactory(roles=["coo"], name="Cora Chief")
    manager = UserFactory(roles=["manager"], name="Mara Head")
    head = PersonFactory(name="Mara Head", department=north, role="head", user=manager)
    PersonFactory(name="Owen Owner", department=top, role="head")
    revenue = make_kpi(top, code="REV", name="Revenue", unit="kEUR", decimals=1, over_departments="sum", over_time="sum",
                       reporting=(north, south), now=NOW)  # fmt: skip
    scrap = make_kpi(north, code="SCRAP", name="Scrap", direction="lower", unit="%", reporting=(north,), now=NOW)
    KpiSeries.objects.update(first_month=date(2025, 1, 1))
    aim(revenue, 100, department=top, now=NOW)
    aim(scrap, 5, now=NOW)
    values = [entry(revenue, north, month, 60) for month in MONTHS[:-2]]
    values += [entry(revenue, south, month, 50) for month in MONTHS]
    values += [entry(revenue, north, "2026-04", 45), entry(revenue, north, "2026-05", 40)]
    values += [entry(scrap, north, month, 4) for month in MONTHS]
    record(values, by=coo, now=NOW)
    HeadcountPlan.objects.create(department=north, month=MAY.first_day, planned=3)
    issue = issue_of("2026-05", warning_count=1, series_count=2, told_count=2)
    series_of(issue, top, revenue, level=95.0, year_mean=1150.0, year_lo80=1100.0, year_hi80=1195.0, year_target=1200.0,
              chance_year=0.12, chance_month=0.3)  # fmt: skip
    series_of(issue, north, scrap, level=5.5, warning="leaves", warned_month=date(2026, 8, 1), warned_chance=0.7)
    series_of(issue, top, kind="headcount", level=2.0, actual=2.0)
    return SimpleNamespace(top=top, north=north, south=south, coo=coo, manager=manager, head=head, revenue=revenue,
                           scrap=scrap, issue=issue)  # fmt: skip


def assembled(firm, month=MAY, **given):
    return services.assemble_report(month=month, by=firm.coo, now=NOW, **given).report


def issued(firm, *readers, month=MAY):
    report = services.approve_report(report=assembled(firm, month), by=firm.coo, now=NOW)
    return services.issue_report(report=report, readers=readers, by=firm.coo, now=NOW)


def section(report, code):
    return report.content["sections"][code]


def texts(report, code):
    return [plain(one["text"]) for one in section(report, code)["sentences"]]


def cells(report, code, table):
    found = next(one for one in section(report, code)["tables"] if one["code"] == table)
    return [[plain(cell["text"]) for cell in row] for row in found["rows"]]
