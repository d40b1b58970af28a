"""The pages of forecasts at two sizes of one company: they read what the monthly job stored, so that neither the number of
series nor of people may be felt.

The company grows, its last two months are issued anew, their reports are put together anew; then the same pages are opened.
Pages that put something together when they are opened (two reports side by side, a PDF, the accuracy of every KPI) grow with
the company: they are held against the situation report at the same size.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection

from apps.core.clock import now
from apps.core.month import Month
from apps.forecasts.services import assemble_report, issue_month
from apps.kpis.models import Kpi
from apps.periods.services import open_periods
from ops_portal.bench.company import Cast, grow
from ops_portal.bench.figure_run import MOST_QUERIES, broken_pages, show_pages
from ops_portal.bench.figures import grow_figures, months_back
from ops_portal.bench.pages import Address, Figures, Page, measure
from ops_portal.bench.stage import web_server

SMALL, LARGE = (1_000, 10_000), (20_000, 200_000)
"""People and KPI values."""
ISSUES = 2
REPORT = "situation report"
TIMES_REPORT = {
    "report beside the one before": 2.0,
    "accuracy by KPI": 3.0,
    "accuracy by department": 3.0,
    "situation report as PDF": 25.0,
}
"""Pages and how many times the CPU of the situation report they may cost, at each size."""


@dataclass
class ForecastPages:
    """What was measured of the pages of forecasts; series: how many the last issue stored, by number of values."""

    pages: list[Figures] = field(default_factory=list)
    series: dict[str, int] = field(default_factory=dict)

    @property
    def broken(self) -> list[str]:
        """Every limit that does not hold, in words."""
        return [*broken_pages([row for row in self.pages if row.page not in TIMES_REPORT]), *beside_report(self.pages)]

    def record(self) -> dict[str, Any]:
        """As it is written down."""
        return {"pages": [asdict(row) for row in self.pages], "series": self.series}


def run_forecast_pages(cast: Cast, *, rounds: int, address: Address) -> ForecastPages:
    """Measure the pages small and large."""
    open_periods(now=now())
    found = ForecastPages()
    for people, values in (SMALL, LARGE):
        print(f"\nForecasts of {people:,} people and {values:,} KPI values: writing them …", flush=True)
        grow(cast, people)
        grow_figures(cast, values)
        report, series = foretold()
        found.series[str(values)] = series
        print(f"{series:,} series foretold", flush=True)
        with web_server(address):
            found.pages += measure(pages_of(cast, report), cast, people=values, rounds=rounds, address=address)
        show_pages(found.pages, values, 0.0)
    return found


def beside_report(pages: list[Figures]) -> list[str]:
    """Pages that cost more than so many times the situation report of the same size, or send too many queries."""
    reports = {row.people: row.python_ms + row.database_ms for row in pages if row.page == REPORT}
    broken = []
    for row in pages:
        times = TIMES_REPORT.get(row.page)
        if times is None:
            continue
        cost, limit = row.python_ms + row.database_ms, reports[row.people] * times
        if cost > limit:
            broken.append(
                f"{row.page}: {cost:.1f} CPU-ms at {row.people:,} values, over {times:g} times the situation report "
                f"({limit:.1f})."
            )
        if row.queries > MOST_QUERIES:
            broken.append(f"{row.page}: {row.queries} queries are over {MOST_QUERIES}.")
    return broken


def foretold() -> tuple[int, int]:
    """The last months issued with their reports: (key of the last report, series of the last issue)."""
    moment, series = now(), 0
    months = [Month.of(day) for day in months_back(ISSUES)]
    for month in months:
        series = issue_month(month=month, by=None, now=moment, reason="The company grew").issue.series_count
        report = assemble_report(month=month, by=None, now=moment).report
    with connection.cursor() as cursor:
        # What the database does by itself within a minute of an issue: the table asks for it.
        cursor.execute("VACUUM ANALYZE forecasts_seriesforecast")
    return report.pk, series


def pages_of(cast: Cast, report: int) -> list[Page]:
    """What the job stored, as the COO and the head of a branch read it."""
    first = Kpi.objects.order_by("pk").values_list("pk", flat=True)[0]
    branch = cast.branch.pk
    return [
        Page("forecast list", "/forecasts/", who="coo"),
        Page("forecast list, head of a branch", "/forecasts/", who="manager"),
        Page("forecast of a KPI", f"/forecasts/kpi/{branch}/{first}/", who="coo"),
        Page("forecast of a headcount", f"/forecasts/headcount/{branch}/", who="coo"),
        Page("how good forecasts were", "/forecasts/accuracy/", who="coo"),
        Page("staff outlook", "/forecasts/staff/", who="coo"),
        Page("staff outlook, head of a branch", "/forecasts/staff/", who="manager"),
        Page(REPORT, f"/forecasts/reports/{report}/", who="coo"),
        Page("report beside the one before", f"/forecasts/reports/{report}/compare/", who="coo"),
        Page("situation report as PDF", f"/forecasts/reports/{report}/pdf/", who="coo"),
        Page("accuracy by KPI", "/forecasts/accuracy/kpis/", who="coo"),
        Page("accuracy by department", "/forecasts/accuracy/departments/", who="coo"),
        Page("situation reports", "/forecasts/reports/", who="coo"),
    ]
