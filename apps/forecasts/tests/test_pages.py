"""The pages of forecasts: what they show to whom, what is done through them, what they cost."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.month import Month
from apps.forecasts.models import HorizonAccuracy, Override, Scenario
from apps.forecasts.selectors import visible_series
from apps.forecasts.selectors.series import series_counts
from apps.forecasts.tests.factories import issue_of, series_of
from apps.forecasts.views.lists import SERIES
from apps.kpis.tests.factories import entry, make_kpi, record
from apps.staff.selectors import scope_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 6, 9, tzinfo=UTC)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace("\xa0", " ")


def get(client, name, *args, **query):
    return client.get(reverse(f"forecasts:{name}", args=args), query)


def lines_of(client, **query):
    """The exported rows of the list."""
    answer = get(client, "list", export="csv", **query)
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


class TestList:
    def test_says_that_nothing_was_issued(self, firm, as_):
        assert "No forecast was issued yet" in text_of(get(as_(firm.coo), "list"))

    def test_has_warnings_first(self, firm, june, as_):
        body = text_of(get(as_(firm.coo), "list"))
        assert "Will leave its target" in body and "Aug 2026, 72 %" in body and "said since Jun 2026" in body
        rows = lines_of(as_(firm.coo))
        assert rows[0]["Department"] == "North" and rows[0]["Early warning"] == "Will leave its target"
        assert len(rows) == 4

    def test_shows_a_manager_what_is_led(self, firm, june, as_):
        body = text_of(get(as_(firm.mia), "list"))
        assert "North" in body and "SECRET" not in body

    def test_is_closed_to_who_sees_no_forecasts(self, firm, june, as_):
        assert get(as_(firm.eve), "list").status_code == 403

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ({"warning": "leaves"}, 1),
            ({"warning": "any"}, 1),
            ({"kind": "score"}, 1),
            ({"family": "Sales"}, 2),
            ({"method": "seasonal"}, 1),
            ({"chance": "likely"}, 1),
            ({"chance": "unlikely"}, 1),
            ({"q": "sold north"}, 1),
            ({"sort": "-chance"}, 4),
            ({"sort": "warning"}, 4),
            ({"sort": "subject"}, 4),
            ({"month": "2026-06"}, 4),
        ],
    )
    def test_is_narrowed(self, firm, june, as_, query, count):
        assert get(as_(firm.coo), "list", **query).status_code == 200
        assert len(lines_of(as_(firm.coo), **query)) == count

    def test_is_narrowed_by_department(self, firm, june, as_):
        assert len(lines_of(as_(firm.coo), department=firm.north.pk)) == 3
        assert len(lines_of(as_(firm.coo), department=firm.top.pk)) == 4

    def test_shows_the_issue_of_another_month(self, firm, june, as_):
        series_of(issue_of("2026-05"), firm.north, firm.sold, level=77.0)
        rows = lines_of(as_(firm.coo), month="2026-05")
        assert [row["Value of the month"] for row in rows] == ["77.0"]
        assert get(as_(firm.coo), "list", month="2026-01").status_code == 404
        assert get(as_(firm.coo), "list", month="soon").status_code == 404

    def test_says_since_when_it_warns(self, firm, june, as_):
        for month, word in (
            ("2026-05", "leaves"),
            ("2026-04", "leaves"),
            ("2026-03", "returns"),
            ("2026-02", "leaves"),
        ):
            series_of(issue_of(month), firm.north, firm.sold, warning=word)
        assert "said since Apr 2026" in text_of(get(as_(firm.coo), "list"))

    def test_says_since_when_of_each_kind_by_itself(self, firm, june, as_):
        warned = {"kind": "headcount", "warning": "below_plan"}
        may = issue_of("2026-05")
        series_of(may, firm.works, **warned)
        series_of(may, firm.works, firm.sold, warning="stays_off")
        series_of(june, firm.works, **warned)
        series_of(june, firm.works, kind="turnover", warning="below_plan")
        since = {row["Kind"]: row["When, since when"] for row in lines_of(as_(firm.coo), warning="below_plan")}
        assert "said since May 2026" in since["Headcount"]
        assert "said since Jun 2026" in since["Turnover, 12 months"]

    def test_is_read_in_its_order_from_an_index(self, firm, june, as_):
        for place, word in enumerate(("", "returns", "below_plan", "stays_off")):
            series_of(june, firm.top, kind=("score", "headcount", "turnover", "kpi")[place], warning=word)
        coo = scope_of(firm.coo, NOW.date())
        with connection.cursor() as cursor:
            # Over eight rows a sort costs nothing, and which plan wins depends on what the planner last counted.
            for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            page = visible_series(coo, june).order_by(*SERIES.default_order)[:51]
            plan = page.explain()
            totals = series_counts(coo, june)
            for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
                cursor.execute(f"SET LOCAL enable_{way} = on")
        assert "forecasts_series_listed" in plan and "Sort" not in plan
        assert [row.warning for row in page] == ["leaves", "stays_off", "below_plan", "returns", "", "", "", ""]
        assert (totals.all, totals.told, totals.warned, totals.returns) == (8, 8, 3, 1)

    def test_heads_are_counted_whole(self, firm, june, as_):
        body = text_of(get(as_(firm.coo), "list", kind="headcount"))
        assert " 2 2.0 " in body

    def test_counts_what_is_not_foretold_apart(self, firm, june, as_):
        series_of(june, firm.top, firm.sold, mean=[], method="none", remarks=["no_history"])
        found = series_counts(scope_of(firm.coo, NOW.date()), june)
        assert (found.all, found.told) == (5, 4)

    def test_costs_the_same_however_many_there_are(self, firm, june, as_):
        client = as_(firm.coo)
        get(client, "list")
        with CaptureQueriesContext(connection) as few:
            get(client, "list")
        for kind in ("score", "headcount", "turnover"):
            series_of(june, firm.top, kind=kind)
            if kind != "score":
                series_of(june, firm.works, kind=kind, warning="below_plan")
        with CaptureQueriesContext(connection) as many:
            get(client, "list")
        assert len(many) == len(few) <= 20


class TestSeries:
    def test_tells_chances_and_the_past(self, firm, june, as_):
        body = text_of(get(as_(firm.coo), "series", "kpi", firm.north.pk, firm.sold.pk))
        assert "The target of 110 t for Jul 2026 is reached with a chance of 40 %." in body
        assert "105 t is expected, in eight of ten cases between 95 and 115 t" in body
        assert "The 12 forecasts of it that have come due, near and far, were off by 6 t on average." in body
        assert "9 of 12" in body and "Closer than both plain forecasts" in body

    def test_says_where_it_is_worse(self, firm, june, as_):
        body = text_of(get(as_(firm.coo), "series", "kpi", firm.works.pk, firm.sold.pk))
        assert "worse than “same as last year” so far; therefore it is used here" in body

    def test_draws_what_came(self, firm, june, as_):
        record([entry(firm.sold, firm.north, "2026-05", 90)], by=firm.coo, now=NOW)
        record([entry(firm.sold, firm.north, "2026-06", 100)], by=firm.coo, now=NOW)
        answer = get(as_(firm.coo), "series", "kpi", firm.north.pk, firm.sold.pk)
        assert [str(one.name) for one in answer.context["chart"]["series"]] == ["Value", "Expected", "Target"]
        assert len(answer.context["chart"]["ranges"]) == 2
        assert answer.content.decode().count("chart-range") == 2

    def test_lies_outside_what_others_see(self, firm, june, as_):
        assert get(as_(firm.mia), "series", "kpi", firm.works.pk, firm.sold.pk).status_code == 404
        assert get(as_(firm.mia), "series", "kpi", firm.north.pk, firm.sold.pk).status_code == 200

    @pytest.mark.parametrize("kind", ["score", "headcount"])
    def test_shows_departments_themselves(self, firm, june, as_, kind):
        assert get(as_(firm.mia), "series", kind, firm.north.pk).status_code == 200

    def test_is_none_where_the_address_is_none(self, firm, june, as_):
        client = as_(firm.coo)
        assert get(client, "series", "kpi", firm.north.pk).status_code == 404
        assert get(client, "series", "score", firm.north.pk, firm.sold.pk).status_code == 404
        assert get(client, "series", "turnover", firm.north.pk).status_code == 404

    def test_says_why_there_is_no_forecast(self, firm, june, as_):
        nothing = {name: [] for name in ("mean", "lo80", "hi80", "lo95", "hi95", "last_year")}
        series_of(
            june, firm.top, kind="score", method="none", remarks=["no_history"], actual=None, last_value=None, **nothing
        )
        body = text_of(get(as_(firm.coo), "series", "score", firm.top.pk))
        assert "No forecast because nothing was reported yet." in body

    def test_puts_earlier_issues_beside_it(self, firm, june, as_):
        series_of(issue_of("2026-05"), firm.north, firm.sold, level=95.0)
        record([entry(firm.sold, firm.north, "2026-06", 120)], by=firm.coo, now=NOW)
        client = as_(firm.coo)
        body = text_of(get(client, "series", "kpi", firm.north.pk, firm.sold.pk))
        assert "outside the range 25 25" in body
        answer = get(client, "series", "kpi", firm.north.pk, firm.sold.pk, beside="2026-05")
        assert "Said in May 2026" in [one.name for one in answer.context["chart"]["series"]]


class TestWhatIf:
    def test_is_drawn_apart(self, firm, june, as_):
        answer = get(as_(firm.mia), "series", "kpi", firm.north.pk, firm.sold.pk, level_pct="10", from_month="2026-09")
        (line,) = [one for one in answer.context["chart"]["series"] if one.name == "What if"]
        assert line.kind == "ahead"
        assert [int(value) for value in line.values if value is not None][:3] == [100, 110, 110]
        assert Scenario.objects.count() == 0

    def test_is_nothing_where_nothing_changes(self, firm, june, as_):
        answer = get(as_(firm.mia), "series", "kpi", firm.north.pk, firm.sold.pk, level_pct="", growth_pct="0")
        assert "What if" not in [one.name for one in answer.context["chart"]["series"]]

    def test_is_kept_and_thrown_away(self, firm, june, as_):
        client = as_(firm.mia)
        address = reverse("forecasts:scenario", args=["kpi", firm.north.pk, firm.sold.pk])
        assert b'value="5"' in client.get(address, {"level_pct": "5"}).content
        given = {"name": "New line", "from_month": "2026-08", "level_pct": "5"}
        assert client.post(address, given).status_code == 302
        (kept,) = Scenario.objects.all()
        body = text_of(get(client, "series", "kpi", firm.north.pk, firm.sold.pk, scenario=kept.pk))
        assert "From Aug 2026: level +5 %" in body and "drawn" in body
        again = client.post(address, {**given, "name": "new LINE"})
        assert (
            again.status_code == 422
            and "of this name already" in text_of(again)
            and b'value="new LINE"' in again.content
        )
        assert client.post(reverse("forecasts:delete_scenario", args=[kept.pk])).status_code == 302
        assert Scenario.objects.count() == 0
        assert client.post(reverse("forecasts:delete_scenario", args=[kept.pk])).status_code == 404


class TestOwnFigures:
    def test_are_told_and_taken_back(self, firm, june, as_):
        client = as_(firm.mia)
        args = ["kpi", firm.north.pk, firm.sold.pk]
        given = {"month": "2026-08", "value": "130", "reason": "A large order."}
        assert client.post(reverse("forecasts:override", args=args), given).status_code == 302
        body = text_of(client.get(reverse("forecasts:series", args=args)))
        assert "130 t" in body and "A large order." in body and "Mia" in body
        answer = client.post(reverse("forecasts:take_back", args=args), {"month": "2026-08", "reason": "Cancelled."})
        assert answer.status_code == 302
        assert "taken back" in text_of(client.get(reverse("forecasts:series", args=args)))
        assert list(Override.objects.order_by("pk").values_list("value", flat=True)) == [130.0, None]

    def test_are_refused_outside_the_bounds(self, firm, june, as_):
        address = reverse("forecasts:override", args=["kpi", firm.north.pk, firm.sold.pk])
        answer = as_(firm.mia).post(address, {"month": "2026-08", "value": "501", "reason": "More."})
        assert (
            answer.status_code == 422
            and "between 0 t and 500 t" in text_of(answer)
            and b'value="501"' in answer.content
        )
        assert Override.objects.count() == 0

    def test_are_closed_elsewhere(self, firm, june, as_):
        for name in ("override", "take_back", "scenario"):
            address = reverse(f"forecasts:{name}", args=["kpi", firm.works.pk, firm.sold.pk])
            assert as_(firm.mia).get(address).status_code == 404
            assert as_(firm.eve).get(address).status_code == 403
            assert as_(firm.coo).get(address).status_code == 200


class TestHonesty:
    def test_says_how_good_it_was(self, firm, june, as_):
        given = {"issue": june, "kind": "kpi", "count": 40, "in80_count": 30, "in95_count": 38}
        for ahead, error in ((1, 0.9), (2, 1.4)):
            HorizonAccuracy.objects.create(ahead=ahead, error=error, naive_error=1.2, seasonal_error=1.3, **given)
        body = text_of(get(as_(firm.coo), "honesty"))
        assert "A plain forecast came closer at months ahead: 2 ." in body
        assert "For 1 series a plain forecast came closer so far: there it is the one used." in body
        assert "75 %" in body and "None has come due yet" in body

    @pytest.mark.parametrize(("name", "error"), [("accuracy_kpis", "1.5"), ("accuracy_departments", "1.8")])
    def test_lists(self, firm, june, as_, name, error):
        for query in ({}, {"q": "o"}, {"sort": "-error"}, {"sort": "share80"}):
            assert error in text_of(get(as_(firm.coo), name, **query))
        assert "SECRET" not in text_of(get(as_(firm.mia), name))
        assert get(as_(firm.coo), name, export="csv").status_code == 200

    @pytest.mark.parametrize("name", ["accuracy_kpis", "accuracy_departments"])
    def test_errors_have_as_many_decimals_in_every_line(self, firm, june, as_, name):
        other = make_kpi(firm.top, code="LATE", name="Late")
        series_of(june, firm.works, other, past_count=12, past_error=29.5, past_naive=40.0, past_seasonal=24.75)

        page = get(as_(firm.coo), name).content.decode()
        file = b"".join(get(as_(firm.coo), name, export="csv").streaming_content).decode("utf-8-sig")

        cells = re.findall(r'class="cell-number"[^>]*>(?:<[^>]+>)*(\d+\.\d+)<', page)
        assert len(cells) == 6
        assert all(re.fullmatch(r"\d+\.\d\d", cell) for cell in cells), cells
        for line in csv.DictReader(io.StringIO(file)):
            for head in ("Our error", "Same as last month", "Same as last year"):
                assert re.fullmatch(r"\d+\.\d\d", line[head]), line

    def test_judges_own_figures_apart(self, firm, june, as_):
        may = issue_of("2026-05")
        series_of(may, firm.north, firm.sold, level=90.0)
        Override.objects.create(
            issue=may, department=firm.north, kind="kpi", kpi=firm.sold, month=Month(2026, 6).first_day, value=98.0,
            reason="Order.", told_by=firm.mia, told_at=NOW,
        )  # fmt: skip
        body = text_of(get(as_(firm.coo), "honesty"))
        assert "One own figure has come due: it was off by 0.40 usual changes of a month" in body
        assert "the forecast it stood beside by 2.00" in body


class TestParts:
    def test_of_a_department(self, firm, june, as_):
        body = text_of(get(as_(firm.mia), "department", firm.north.pk))
        assert "Sold" in body and "one warning" in body
        assert get(as_(firm.mia), "department", firm.works.pk).status_code == 404

    def test_of_a_kpi(self, firm, june, as_):
        body = text_of(get(as_(firm.mia), "of_kpi", firm.north.pk, firm.sold.pk))
        assert "Jul 2026" in body and "31 %" in body and "Will leave its target" in body
        assert get(as_(firm.mia), "of_kpi", firm.works.pk, firm.sold.pk).status_code == 404
        assert "Nothing is foretold of it here yet" in text_of(get(as_(firm.coo), "of_kpi", firm.top.pk, firm.sold.pk))
