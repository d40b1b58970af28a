"""Own figures stand where the forecast they answer stands: in the list, its file, on departments, in the report."""

from datetime import UTC, datetime

import pytest

from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.selectors import Subject
from apps.forecasts.selectors.honesty import own_figures
from apps.forecasts.tests.factories import series_of
from apps.forecasts.tests.reporting import JUNE
from apps.forecasts.tests.test_pages import get, lines_of, text_of
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.staff.selectors import scope_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 6, 9, tzinfo=UTC)
OWN = "own figure 130 t for August 2026 (Mia)"


def tell(firm, month, value=130.0):
    return services.tell_override(
        subject=Subject("kpi", firm.north, firm.sold), month=Month.parse(month), value=value, reason="A large order.",
        scope=scope_of(firm.mia, NOW.date()), by=firm.mia, now=NOW,
    )  # fmt: skip


class TestPages:
    def test_list_and_file_name_the_nearest(self, firm, june, as_):
        tell(firm, "2026-10")
        tell(firm, "2026-08")
        client = as_(firm.coo)
        assert f"{OWN}, 1 more for later months" in text_of(get(client, "list"))
        told = {
            (line["Department"], line["Kind"]): line["Own figure"].replace("\xa0", " ") for line in lines_of(client)
        }
        assert told[("North", "KPI")] == f"{OWN}, 1 more for later months"
        assert told[("Works SECRET", "KPI")] == told[("North", "Score")] == ""

    def test_department_names_it(self, firm, june, as_):
        tell(firm, "2026-08")
        assert OWN in text_of(get(as_(firm.mia), "department", firm.north.pk))

    def test_taken_back_it_is_gone(self, firm, june, as_):
        tell(firm, "2026-08")
        services.take_back_override(
            subject=Subject("kpi", firm.north, firm.sold), month=Month(2026, 8), reason="Cancelled.", by=firm.mia,
            scope=scope_of(firm.mia, NOW.date()), now=NOW,
        )  # fmt: skip
        assert "own figure" not in text_of(get(as_(firm.coo), "list"))

    def test_months_that_are_known_are_not_named(self, firm, june):
        made = tell(firm, "2026-07")
        rows = [made.issue.series.get(department=firm.north, kind="kpi")]
        scope = scope_of(firm.coo, NOW.date())
        assert own_figures(scope, rows, after=made.issue.month) == {(firm.north.pk, "kpi", firm.sold.pk): [made]}
        assert own_figures(scope, rows, after=made.month) == {}
        assert own_figures(scope, [], after=made.issue.month) == {}


class TestReport:
    def test_stands_beside_what_is_off_and_what_is_foretold(self, firm, june):
        stock = make_kpi(firm.top, code="STOCK", name="Stock", unit="t", decimals=0, reporting=[firm.top])
        aim(stock, 200)
        record([entry(stock, firm.top, "2026-06", 100)], by=firm.coo, now=NOW)
        series_of(june, firm.top, stock)
        services.tell_override(
            subject=Subject("kpi", firm.top, stock), month=Month(2026, 8), value=150.0, reason="Order.", by=firm.coo,
            scope=scope_of(firm.coo, NOW.date()), now=NOW,
        )  # fmt: skip
        sections = services.assemble_report(month=JUNE, by=firm.coo, now=NOW).report.content["sections"]
        words = "own figure 150 t for August 2026 (Cora)"
        (off,) = [row for row in sections["off"]["tables"][0]["rows"] if row[0]["text"] == "Stock"]
        assert off[-1]["note"].replace("\xa0", " ") == words
        (ahead,) = [row for row in sections["forecasts"]["tables"][0]["rows"] if row[0]["text"] == "Stock"]
        assert ahead[1]["note"].replace("\xa0", " ") == f"90 – 110 t · {words}"
