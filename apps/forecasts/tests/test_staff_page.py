"""The page and the route of the staff outlook: figures in words, whose they are, what stands beside, files."""

import csv
import io
from datetime import date
from types import SimpleNamespace

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts.choices import SubjectKind, WarningKind
from apps.forecasts.models import SeriesForecast
from apps.forecasts.tests.factories import issue_of, series_of
from apps.forecasts.views.people import beside_line, moved_per_head
from apps.kpis.tests.factories import make_kpi
from apps.staff.choices import AppointmentRole
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
URL = "/forecasts/staff/"
API = "/api/v1/staff-outlook/"


@pytest.fixture(autouse=True)
def today(settings):
    settings.FIXED_TODAY = "2026-07-06"


@pytest.fixture
def company(client):
    """Sales with North below it, Finance apart; an issue after June in which North falls short of people."""
    sales, finance = DepartmentFactory(code="SALES", name="Sales"), DepartmentFactory(code="FIN", name="Finance")
    north = DepartmentFactory(code="NORTH", name="North", parent=sales)
    issue = issue_of("2026-06")
    for department, heads in ((sales, 80.0), (finance, 20.0)):
        series_of(issue, department, kind=SubjectKind.HEADCOUNT, level=heads)
        series_of(issue, department, kind=SubjectKind.TURNOVER, level=12.5)
    series_of(
        issue, north, kind=SubjectKind.HEADCOUNT, level=47.0, target=[50.0] * 18, warning=WarningKind.BELOW_PLAN,
        warned_month=date(2026, 9, 1), warned_chance=0.83,
    )  # fmt: skip
    return {"sales": sales, "north": north, "finance": finance, "issue": issue}


def signed_in(client, *roles, heads=None):
    """A signed-in account; HEADS: the department it leads."""
    user = UserFactory(roles=list(roles))
    if heads is not None:
        PersonFactory(department=heads, role=AppointmentRole.HEAD, user=user, name="Head")
    client.force_login(user)
    return client


def text_of(response):
    return " ".join(response.content.decode().split())


def test_the_company_reads_every_department_in_words(client, company):
    text = text_of(signed_in(client, "coo").get(URL))
    assert "As foretold after June 2026." in text
    assert "Below plan from Sep 2026: 47 expected, 50 planned, chance 83 %" in text
    assert "70 to 90" in text
    assert "37 to 57, plan 50" in text
    assert "12.5 %" in text
    assert "3 leavers" in text  # 12.5 % of 20 heads: too few for a rate
    assert "Where people will be missing" in text


def test_a_shortage_is_told_only_where_it_moves_the_figure_that_is_shown():
    def told(then, expected):
        return Month(2026, 9), SimpleNamespace(then=then, expected=expected, chance=None)

    def shown(value):
        return f"{value:.0f}"

    assert moved_per_head(told(0.31, 0.33), shown) is None
    assert moved_per_head(None, shown) is None
    assert moved_per_head(told(10.0, 12.0), shown)[1].then == 10.0


def test_a_score_whose_year_cannot_be_told_says_why_and_what_comes_next():
    score = SeriesForecast(kind="score", mean=[98.0], lo80=[95.0], hi80=[101.0])
    heads = SeriesForecast(kind="headcount", mean=[9.0], target=[12.0])
    line = beside_line(score, heads, Month(2026, 6), Month(2026, 12))
    assert (line["month"], line["expected"], line["low"], line["high"]) == ("Jul 2026", "98.0", "95.0", "101.0")
    assert line["gap"] == "What the year comes to in December 2026 cannot be told: a month of it is missing."


def test_a_manager_reads_only_the_own_branch(client, company):
    text = text_of(signed_in(client, "manager", heads=company["sales"]).get(URL))
    assert "North" in text
    assert "Finance" not in text
    outside = client.get(URL, {"department": company["finance"].pk})
    missing = client.get(URL, {"department": 987654})
    assert (outside.status_code, missing.status_code) == (404, 404)


def test_own_rows_and_older_issues_stay_out(client, company):
    series_of(company["issue"], company["sales"], kind=SubjectKind.HEADCOUNT, level=33.0, is_own=True)
    old = issue_of("2026-05")
    series_of(old, company["finance"], kind=SubjectKind.HEADCOUNT, level=71.0)
    signed_in(client, "coo")
    rows = list(csv.DictReader(io.StringIO(file_of(client.get(URL, {"export": "csv"})))))
    assert len(rows) == 3
    assert "71" in text_of(client.get(URL, {"month": "2026-05"}))
    assert client.get(URL, {"month": "May"}).status_code == 404


def test_search_filter_sort_and_export(client, company):
    signed_in(client, "coo")
    assert "Finance" not in table_of(client.get(URL, {"q": "nor"}))
    assert "Finance" not in table_of(client.get(URL, {"warned": "1"}))
    assert "Finance" not in table_of(client.get(URL, {"department": company["sales"].pk}))
    table = table_of(client.get(URL, {"sort": "in_3"}))
    assert table.index("Finance") < table.index("North") < table.index("Sales")
    body = file_of(client.get(URL, {"export": "csv", "q": "north"}))
    assert "47" in body
    assert "37" in body
    assert "from Sep 2026" in body


def table_of(response):
    """Only the rows of the list."""
    text = text_of(response)
    start = text.index("<tbody>", text.index('id="list"'))
    return text[start : text.index("</tbody>", start)]


def file_of(response):
    """An exported file as text."""
    return b"".join(response.streaming_content).decode("utf-8-sig")


def test_what_is_known_to_come_is_told(client, company):
    PersonFactory(department=company["north"], hired_on=date(2026, 9, 1))
    PersonFactory(department=company["north"], last_day=date(2026, 8, 31), leave_kind="retirement")
    text = text_of(signed_in(client, "coo").get(URL))
    assert "1 joins, 1 leaves" in text
    assert "1 of them retires" in text


def test_kpis_and_scores_stand_beside_departments_that_fall_short(client, company):
    north, finance, issue = company["north"], company["finance"], company["issue"]
    told = {"year_mean": 90.0, "year_lo80": 85.0, "year_hi80": 95.0, "year_target": 98.0}
    series_of(issue, north, make_kpi(north, code="ONT", name="On time"), chance_year=0.12, **told)
    series_of(issue, finance, make_kpi(finance, code="DSO", name="Days outstanding"), chance_year=0.2, **told)
    series_of(issue, north, kind=SubjectKind.SCORE, level=71.0, year_mean=72.5)
    text = text_of(signed_in(client, "coo").get(URL))
    assert "On time" in text
    assert "chance 12 %" in text
    assert "72.5" in text
    assert "Days outstanding" not in text
    assert "no proof" in text


def test_before_the_first_issue_it_says_so(client):
    text = text_of(signed_in(client, "hr").get(URL))
    assert "No forecast was issued yet" in text
    assert client.get(URL, {"q": "north", "sort": "in_3"}).status_code == 200


@pytest.mark.parametrize(("role", "status"), [("finance", 200), ("employee", 403), ("administrator", 403)])
def test_who_may_open_it(client, company, role, status):
    assert signed_in(client, role).get(URL).status_code == status


def test_the_page_costs_the_same_for_many_departments(client, company, django_assert_max_num_queries):
    for _number in range(25):
        department = DepartmentFactory()
        series_of(company["issue"], department, kind=SubjectKind.HEADCOUNT, level=40.0)
        series_of(company["issue"], department, kind=SubjectKind.TURNOVER, level=9.0)
    signed_in(client, "coo")
    client.get(URL)
    with django_assert_max_num_queries(15):
        client.get(URL)


def test_the_route_gives_the_same_figures(client, company):
    user = UserFactory(roles=["coo"])
    client.force_login(user)
    answer = client.get(API)
    assert answer.status_code == 200
    by_code = {row["department"]["code"]: row for row in answer.json()["results"]}
    assert by_code["NORTH"]["warning"] == "below_plan"
    assert by_code["NORTH"]["warned_month"] == "2026-09"
    assert by_code["NORTH"]["planned"] == [50.0] * 18
    assert by_code["SALES"]["turnover"]["mean"][11] == 12.5
    assert by_code["NORTH"]["turnover"] is None
    assert client.get(API, {"month": "2026-01"}).json()["results"] == []
    assert client.get(API, {"month": "x"}).status_code == 400
    assert client.get(API, {"unknown": "x"}).status_code == 400


def test_the_route_hides_what_lies_outside(client, company):
    signed_in(client, "manager", heads=company["sales"])
    assert {row["department"]["code"] for row in client.get(API).json()["results"]} == {"SALES", "NORTH"}
    assert client.get(API, {"department": company["finance"].pk}).status_code == 404
    assert len(client.get(API, {"department": company["north"].pk}).json()["results"]) == 1
