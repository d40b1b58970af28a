"""Own figures are scored like any forecast: each issue's last word, against ours and both plain ones, by KPI and department;
and what they make of the year stands beside the forecast."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.rules.own_record import Errors, OwnRecord, own_record
from apps.forecasts.selectors import Subject, current_issues
from apps.forecasts.selectors.honesty import judged_beside, judged_overrides, overrides_of
from apps.forecasts.selectors.scenarios import with_own
from apps.forecasts.tests.factories import issue_of, series_of
from apps.forecasts.tests.reporting import JUNE
from apps.forecasts.tests.test_pages import get, lines_of, text_of
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.staff.selectors import scope_of

NOW = datetime(2026, 7, 6, 9, tzinfo=UTC)
TOLD_IN_AUGUST = datetime(2026, 8, 5, 9, tzinfo=UTC)
SEPTEMBER = Month(2026, 9)


class TestOwnRecord:
    def test_means_errors_of_the_same_figures_by_scale(self):
        rows = [
            Errors(own=2.0, forecast=4.0, naive=6.0, seasonal=8.0, scale=2.0),
            Errors(own=30.0, forecast=20.0, naive=30.0, seasonal=40.0, scale=10.0),
            Errors(own=1.0, forecast=None, naive=1.0, seasonal=1.0, scale=1.0),
            Errors(own=1.0, forecast=1.0, naive=1.0, seasonal=1.0, scale=0.0),
        ]
        assert own_record(rows) == OwnRecord(2, 1, own=2.0, forecast=2.0, naive=3.0, seasonal=4.0)

    @pytest.mark.parametrize(
        ("others", "verdict"),
        [((2, 2, 2), "better"), ((0.5, 2, 2), "forecast"), ((0.5, 0.2, 2), "naive"), ((0.5, 0.4, 0.1), "seasonal")],
    )
    def test_says_what_came_closest(self, others, verdict):
        assert own_record([Errors(1.0, *others, 1.0)] * 3).verdict == verdict
        assert own_record([Errors(1.0, *others, 1.0)] * 2).verdict == "few"
        assert own_record([]).verdict == "few"


pytestmark = pytest.mark.django_db


@pytest.fixture
def tell(firm):
    def tell(month, value, *, now=NOW, subject=None, by=None):
        by = by or firm.mia
        return services.tell_override(
            subject=subject or Subject("kpi", firm.north, firm.sold), month=Month.parse(month), value=value, by=by,
            reason="A large order.", scope=scope_of(by, now.date()), now=now,
        )  # fmt: skip

    return tell


@pytest.fixture
def judge(firm):
    def judge():
        scope = scope_of(firm.coo, NOW.date())
        told = overrides_of(scope, Subject("kpi", firm.north, firm.sold))
        return judged_overrides(scope, told, current_issues(scope, until=SEPTEMBER))

    return judge


@pytest.fixture
def told(firm, june, tell):
    """Mia says 130, then 120 after June's issue, which says 100, and 116 after July's, which says 110, of September."""
    tell("2026-09", 130.0)
    first = tell("2026-09", 120.0)
    series_of(issue_of("2026-07"), firm.north, firm.sold, level=110.0, last_year=[90.0] * 18)
    return first, tell("2026-09", 116.0, now=TOLD_IN_AUGUST)


@pytest.fixture
def september(firm, told):
    """118 came."""
    series_of(issue_of("2026-09"), firm.north, firm.sold, level=118.0, last_year=[100.0] * 18)
    return told


class TestJudged:
    def test_each_issues_last_word_with_what_the_plain_forecasts_said(self, september, judge):
        first, second = september
        newest, oldest = judge()
        assert [newest.override, oldest.override] == [second, first]
        assert (newest.ahead, oldest.ahead) == (2, 3)
        assert newest.errors == Errors(own=2.0, forecast=8.0, naive=8.0, seasonal=28.0, scale=5.0)
        assert oldest.errors == Errors(own=2.0, forecast=18.0, naive=18.0, seasonal=18.0, scale=5.0)

    def test_what_is_taken_back_after_a_later_issue_is_judged_where_it_stood(self, firm, told, judge):
        services.take_back_override(
            subject=Subject("kpi", firm.north, firm.sold), month=SEPTEMBER, reason="Cancelled.", by=firm.mia,
            scope=scope_of(firm.mia, TOLD_IN_AUGUST.date()), now=datetime(2026, 8, 6, tzinfo=UTC),
        )  # fmt: skip
        series_of(issue_of("2026-09"), firm.north, firm.sold, level=118.0, last_year=[100.0] * 18)
        # What answered July's issue was taken back before a later one came; what answered June's had stood until then.
        assert [one.override for one in judge()] == [told[0]]

    def test_reads_two_queries_whatever_their_number(self, firm, september, django_assert_num_queries):
        scope = scope_of(firm.coo, NOW.date())
        issues = current_issues(scope, until=SEPTEMBER)
        with django_assert_num_queries(2):
            assert set(judged_beside(scope, september, issues)) == {one.pk for one in september}
        assert judged_beside(scope, [], issues) == {}


class TestBoard:
    @pytest.fixture(autouse=True)
    def in_october(self, settings, september):
        settings.FIXED_TODAY = "2026-10-05"

    def test_stands_beside_ours_and_both_plain_ones(self, firm, as_):
        body = text_of(get(as_(firm.coo), "honesty"))
        assert (
            "2 own figures have come due: they were off by 0.40 usual changes of a month on average, the forecasts they "
            "stood beside by 2.60, “same as last month” by 2.60, “same as last year” by 4.60; 2 came closer than our "
            "forecast."
        ) in body
        assert "told 2 months ahead" in body and "told 3 months ahead" in body
        assert "Too few to judge" in body

    @pytest.mark.parametrize(("page", "names"), [("accuracy_kpis", "Sold SOLD 2"), ("accuracy_departments", "North")])
    def test_by_kpi_and_by_department(self, firm, as_, page, names):
        answer = get(as_(firm.coo), page)
        (line,) = answer.context["own"]()["own_groups"]
        assert (line["count"], line["own"], line["forecast"], line["seasonal"]) == (2, "0.40", "2.60", "4.60")
        assert "People's own figures" in text_of(answer) and names in text_of(answer)

    def test_is_not_told_to_those_who_do_not_see_the_series(self, firm, tell, as_):
        tell("2026-11", 300.0, subject=Subject("kpi", firm.north, firm.sold), now=datetime(2026, 10, 5, tzinfo=UTC))
        answer = get(as_(firm.mia), "honesty")
        assert {one["place"] for one in answer.context["override_rows"]} == {"North"}

    def test_through_rest(self, firm, as_):
        client = as_(firm.coo)
        rows = client.get(reverse("api:forecast-override-list")).json()["results"]
        assert [row["outcome"] and row["outcome"]["error"] for row in rows] == [None, 2.0, 2.0]
        assert rows[-1]["outcome"] == {
            "actual": 118.0, "error": 2.0, "forecast": 110.0, "forecast_error": 8.0, "naive_error": 8.0,
            "seasonal_error": 28.0, "months_ahead": 2,
        }  # fmt: skip
        record = client.get(reverse("api:forecast-accuracy")).json()["own_figures"]
        assert (record["count"], record["closer_count"], record["error"], record["verdict"]) == (2, 2, 0.4, "few")


class TestWithOwn:
    def test_moves_the_year_and_its_chance(self, firm, june, tell):
        told = tell("2026-09", 130.0)
        row = june.series.get(department=firm.north, kind="kpi")
        found = with_own(row, june, {SEPTEMBER: 130.0})
        assert (found.plain.year_mean, found.plain.chance_year) == (105.0, 0.31)
        assert (found.what_if.year_mean, found.what_if.year_lo80, found.what_if.year_hi80) == (135.0, 125.0, 145.0)
        assert found.what_if.chance_year > 0.99
        assert found.what_if.chance_month == found.plain.chance_month == 0.4
        assert with_own(row, june, {Month.of(june.month): 1.0}) is None
        assert told.value == 130.0

    def test_stands_on_the_page_in_the_list_and_in_its_file(self, firm, june, tell, as_):
        tell("2026-09", 130.0)
        client = as_(firm.coo)
        page = client.get(reverse("forecasts:series", args=["kpi", firm.north.pk, firm.sold.pk]))
        assert {name: (plain, own) for name, plain, own in page.context["own_outcome"]}["End of the year"] == (
            "105",
            "135",
        )
        assert "With own figures" in text_of(page)
        assert "with own figures 135 t, chance" in text_of(get(client, "list"))
        told = {(line["Department"], line["Kind"]): line for line in lines_of(client)}
        assert told[("North", "KPI")]["Expected at year's end with own figures"] == "135.0"
        assert told[("Works SECRET", "KPI")]["Expected at year's end with own figures"] == ""

    def test_older_issues_show_what_was_told_then(self, firm, june, tell, as_):
        tell("2026-09", 130.0)
        series_of(issue_of("2026-05"), firm.north, firm.sold)
        address = reverse("forecasts:series", args=["kpi", firm.north.pk, firm.sold.pk])
        assert as_(firm.coo).get(f"{address}?month=2026-05").context["own_outcome"] == ()

    def test_stands_in_the_report(self, firm, june, tell):
        stock = make_kpi(firm.top, code="STOCK", name="Stock", unit="t", decimals=0, reporting=[firm.top])
        aim(stock, 200)
        record([entry(stock, firm.top, "2026-06", 100)], by=firm.coo, now=NOW)
        series_of(june, firm.top, stock, year_mean=100.0, year_lo80=90.0, year_hi80=110.0)
        tell("2026-08", 150.0, subject=Subject("kpi", firm.top, stock), by=firm.coo)
        sections = services.assemble_report(month=JUNE, by=firm.coo, now=NOW).report.content["sections"]
        (off,) = [row for row in sections["off"]["tables"][0]["rows"] if row[0]["text"] == "Stock"]
        assert off[-1]["note"].replace("\xa0", " ") == (
            "own figure 150 t for August 2026 (Cora); with own figures 150 t"
        )
        assert date(2026, 6, 1) == june.month
