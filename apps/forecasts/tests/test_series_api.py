"""Issues, series, accuracy, own figures and what-ifs for other systems."""

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.forecasts.models import HorizonAccuracy, Override, Scenario, SeriesForecast
from apps.forecasts.tests.factories import issue_of, series_of
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def get(client, path, **query):
    return client.get(f"/api/v1/forecasts/{path}/", query)


def post(client, path, **body):
    return client.post(f"/api/v1/forecasts/{path}/", body, content_type="application/json")


class TestSeries:
    def test_are_those_of_the_newest_issue(self, firm, june, as_):
        series_of(issue_of("2026-05"), firm.north, firm.sold, level=50.0)
        client = as_(firm.coo)
        body = get(client, "series", kind="kpi", department=firm.north.pk).json()
        (row,) = body["results"]
        assert (row["issue"], row["actual"], row["unit"], row["warned_month"]) == (june.pk, 100.0, "t", "2026-08")
        assert len(row["months"]) == 18
        assert row["months"][0] == {"month": "2026-07", "mean": 100.0, "lo80": 90.0, "hi80": 110.0, "lo95": 80.0,
                                    "hi95": 120.0, "target": 110.0, "target_upper": None, "last_year": 100.0}  # fmt: skip
        assert [row["actual"] for row in get(client, "series", month="2026-05").json()["results"]] == [50.0]

    def test_are_narrowed(self, firm, june, as_):
        client = as_(firm.coo)
        assert len(get(client, "series", warning="leaves").json()["results"]) == 1
        assert len(get(client, "series", kpi=firm.sold.pk).json()["results"]) == 2
        assert get(client, "series", warning="soon").status_code == 400
        assert get(client, "series", month="2020-01").status_code == 404
        assert get(client, "series", oddity="1").status_code == 400

    def test_come_page_by_page(self, firm, june, as_):
        client, found = as_(firm.coo), []
        address = "/api/v1/forecasts/series/?limit=1"
        while address:
            body = client.get(address).json()
            found += [(row["department"]["id"], row["kind"]) for row in body["results"]]
            address = body["next"]
        assert len(found) == len(set(found)) == 4

    def test_of_a_department_one_only_works_in_are_not_told(self, firm, june, as_):
        max_ = UserFactory(name="Max", roles=["manager"])
        PersonFactory(name="Max", department=firm.north, user=max_)
        assert get(as_(max_), "series").json()["results"] == []
        assert get(as_(max_), "series", kind="score").json()["results"] == []

    def test_are_those_of_the_caller(self, firm, june, as_):
        rows = get(as_(firm.mia), "series").json()["results"]
        assert {row["department"]["name"] for row in rows} == {"North"}
        assert get(as_(firm.mia), "series", department=firm.works.pk).status_code == 404
        assert get(as_(firm.eve), "series").status_code == 403


class TestKinds:
    @pytest.mark.parametrize("kind", ["score", "headcount", "turnover"])
    def test_a_manager_reads_their_own_department_and_no_other(self, firm, june, as_, kind):
        for place in (firm.works, firm.north):
            if not SeriesForecast.objects.filter(issue=june, department=place, kind=kind).exists():
                series_of(june, place, kind=kind, level=3.0)
        client = as_(firm.mia)
        rows = get(client, "series", kind=kind).json()["results"]
        assert [row["department"]["id"] for row in rows] == [firm.north.pk]
        assert get(client, "series", kind=kind, department=firm.works.pk).status_code == 404
        for place, status in ((firm.north, 200), (firm.works, 404)):
            page = reverse("forecasts:series", kwargs={"kind": kind, "department": place.pk})
            assert client.get(page).status_code == status
        about = {"kind": kind, "department": firm.works.pk, "month": "2026-08", "value": 3, "reason": "Mine."}
        assert post(client, "overrides", **about).status_code == 404


class TestIssuesAndAccuracy:
    def test_are_read(self, firm, june, as_):
        HorizonAccuracy.objects.create(
            issue=june,
            kind="kpi",
            ahead=1,
            count=9,
            error=0.5,
            naive_error=1,
            seasonal_error=2,
            in80_count=7,
            in95_count=9,
        )
        client = as_(firm.coo)
        assert [row["month"] for row in get(client, "issues").json()["results"]] == ["2026-06"]
        assert client.get(f"/api/v1/forecasts/issues/{june.pk}/").json()["version"] == 1
        body = get(client, "accuracy").json()
        assert (body["issue"]["id"], body["horizons"][0]["error"]) == (june.pk, 0.5)

    def test_accuracy_by_kpi_and_by_department_is_that_of_the_pages(self, firm, june, as_):
        client = as_(firm.coo)
        (kpi,) = get(client, "accuracy/kpis").json()["results"]
        assert (kpi["kpi"]["code"], kpi["series"], kpi["judged"], kpi["plain"]) == ("SOLD", 2, 24, 1)
        # Errors of 6 and 9 at a usual change of 5; both plain ways 8 and 7.
        assert (kpi["error"], kpi["naive_error"], kpi["seasonal_error"]) == pytest.approx((1.5, 1.6, 1.4))
        assert (kpi["verdict"], kpi["in80_count"], kpi["in95_count"]) == ("seasonal", 18, 24)
        rows = get(client, "accuracy/departments").json()["results"]
        assert {row["department"]["id"]: row["error"] for row in rows} == pytest.approx(
            {firm.north.pk: 1.2, firm.works.pk: 1.8}
        )

    def test_a_manager_reads_the_accuracy_of_their_own(self, firm, june, as_):
        client = as_(firm.mia)
        (kpi,) = get(client, "accuracy/kpis").json()["results"]
        assert (kpi["judged"], kpi["verdict"]) == (12, "better")
        assert [row["department"]["id"] for row in get(client, "accuracy/departments").json()["results"]] == [
            firm.north.pk
        ]
        assert get(client, "accuracy/kpis", month="2020-01").status_code == 404


class TestOverrides:
    def test_are_told_and_taken_back(self, firm, june, as_):
        client, about = (
            as_(firm.mia),
            {"kind": "kpi", "department": firm.north.pk, "kpi": firm.sold.pk, "month": "2026-08"},
        )
        made = post(client, "overrides", **about, value=130, reason="Order.")
        assert made.status_code == 201 and made.json()["value"] == 130.0
        assert post(client, "overrides", **about, value=None, reason="Gone.").json()["value"] is None
        assert len(get(client, "overrides", department=firm.north.pk).json()["results"]) == 2

    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            ({"value": 900}, 422, "outside_bounds"),
            ({"month": "2026-06"}, 422, "month_not_ahead"),
            ({"value": None}, 409, "nothing_to_take_back"),
            ({"reason": ""}, 400, "invalid"),
            ({"kind": "score"}, 404, "not_found"),
        ],
    )
    def test_are_refused_in_words(self, firm, june, as_, change, status, code):
        given = {
            "kind": "kpi",
            "department": firm.north.pk,
            "kpi": firm.sold.pk,
            "month": "2026-08",
            "value": 1,
            "reason": "x",
        }
        answer = post(as_(firm.mia), "overrides", **{**given, **change})
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert Override.objects.count() == 0

    def test_are_not_told_elsewhere(self, firm, june, as_):
        given = {
            "kind": "kpi",
            "department": firm.works.pk,
            "kpi": firm.sold.pk,
            "month": "2026-08",
            "value": 1,
            "reason": "x",
        }
        assert post(as_(firm.mia), "overrides", **given).status_code == 404


class TestScenarios:
    def test_are_kept_read_and_thrown_away(self, firm, june, as_):
        client = as_(firm.mia)
        given = {
            "kind": "kpi",
            "department": firm.north.pk,
            "kpi": firm.sold.pk,
            "from_month": "2026-08",
            "name": "New line",
        }
        made = post(client, "scenarios", **given, level_pct="10")
        assert made.status_code == 201 and made.json()["level_pct"] == "10"
        address = f"/api/v1/forecasts/scenarios/{made.json()['id']}/"
        months = client.get(address).json()["months"]
        assert [round(month["what_if"]) for month in months[:3]] == [100, 110, 110]
        assert post(client, "scenarios", **given).status_code == 422
        assert client.delete(address).status_code == 204 and Scenario.objects.count() == 0
        assert client.delete(address).status_code == 404
