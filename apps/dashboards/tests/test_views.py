"""Home, search and gallery: who may open them, what they show to whom, what they cost."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.choices import Role
from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.dashboards.selectors.figures import figures_for
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.periods.services import open_periods
from apps.staff import services
from apps.staff.selectors import scope_of
from apps.staff.services import PlanCell
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 10)
MARCH = Month(2026, 3)
MORNING = datetime(2026, 3, 10, 9, tzinfo=UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def fixed_today(settings):
    settings.FIXED_TODAY = TODAY.isoformat()


@pytest.fixture
def company(settings):
    """Two branches: North (led by a manager, one head short since February) and South with a marker in its names."""
    top = DepartmentFactory(name="Brindle Works")
    north, south = (
        DepartmentFactory(name="North Hall", parent=top),
        DepartmentFactory(name="South SECRETHALL", parent=top),
    )
    manager = UserFactory(name="Mara Head", roles=[Role.MANAGER])
    worker = UserFactory(name="Wim Hand", roles=[Role.EMPLOYEE])
    PersonFactory(name="Mara Head", department=north, role="head", user=manager)
    PersonFactory(name="Wim Hand", department=north, user=worker)
    PersonFactory(name="Nora North", department=north, hired_on=date(2026, 3, 2))
    PersonFactory(name="Sam SECRETNAME", department=south)
    PersonFactory(name="Lea SECRETNAME", department=south, last_day=date(2026, 3, 5))
    scope = Scope(user_id=None, reach=Reach.COMPANY, capabilities=frozenset())
    cells = [PlanCell(north.pk, Month(2026, 2), 4), PlanCell(north.pk, MARCH, 4), PlanCell(south.pk, MARCH, 1)]
    services.plan_headcount(cells=cells, scope=scope, by=None)
    return SimpleNamespace(top=top, north=north, south=south, manager=manager, worker=worker)


@pytest.fixture
def as_(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def page(client, name, **query):
    response = client.get(reverse(f"dashboards:{name}"), query)
    assert response.status_code == 200
    return response.content.decode()


class TestHomePage:
    def test_asks_strangers_to_sign_in(self, client):
        response = client.get(reverse("dashboards:home"))
        assert response.status_code == 302
        assert reverse("account_login") in response["Location"]

    def test_tells_the_coo_what_is_off_since_when_and_how_bad(self, company, as_):
        body = page(as_(UserFactory(roles=[Role.COO])), "home")
        assert "North Hall" in body
        assert "3 heads, 4 planned" in body
        assert "Feb 2026" in body
        assert "4 of 5, one department off" in body

    @pytest.mark.parametrize("role", [Role.COO, Role.FINANCE])
    def test_counts_the_same_for_all_who_may_see_headcount(self, role, company):
        scope = scope_of(UserFactory(roles=[role]), TODAY)
        figures = figures_for(scope=scope, day=TODAY)
        assert (figures.heads, figures.change) == (4, 0)
        assert (figures.joined, figures.left, figures.resigned) == (1, 1, 1)
        assert figures.closing[-1] == 4

    def test_shows_a_manager_only_the_branch_led(self, company, as_):
        client = as_(company.manager)
        body = page(client, "home") + page(client, "below")
        assert "North Hall" in body
        assert "Nora North" in body
        assert "SECRET" not in body

    def test_shows_an_employee_the_own_place_and_no_figures(self, company, as_):
        client = as_(company.worker)
        body = page(client, "home") + page(client, "below")
        assert "My place" in body
        assert "Mara Head" in body
        assert "Heads today" not in body
        assert "Nora North" not in body
        assert "SECRET" not in body

    def test_shows_the_administrator_jobs_and_no_figures(self, company, as_):
        client = as_(UserFactory(roles=[Role.ADMINISTRATOR]))
        body = page(client, "home") + page(client, "below")
        assert "Jobs failed" in body
        assert "Heads today" not in body
        assert "SECRET" not in body

    def test_says_so_when_there_is_nothing_at_all(self, as_):
        assert "not linked to a person" in page(as_(UserFactory(roles=[Role.EMPLOYEE])), "home")
        assert "No headcount plan yet" in page(as_(UserFactory(roles=[Role.COO])), "home")

    @pytest.mark.parametrize("role", [Role.COO, Role.GM, Role.HR, Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR])
    def test_costs_at_most_twelve_queries_for_every_role(self, role, company, as_, django_assert_max_num_queries):
        client = as_(UserFactory(roles=[role]))
        page(client, "home")
        for name in ("home", "below"):
            with django_assert_max_num_queries(12):
                page(client, name)

    @pytest.mark.parametrize("who", ["manager", "worker"])
    def test_costs_at_most_fourteen_queries_for_people_of_departments(
        self, who, company, as_, django_assert_max_num_queries
    ):
        client = as_(getattr(company, who))
        page(client, "home")
        for name in ("home", "below"):
            with django_assert_max_num_queries(14):
                page(client, name)

    def test_costs_the_same_for_many_departments(self, company, as_):
        client = as_(UserFactory(roles=[Role.COO]))
        page(client, "home")
        few = queries_of(client)
        for _ in range(12):
            PersonFactory(department=DepartmentFactory(parent=company.top))
        assert queries_of(client) == few


class TestOffTarget:
    @pytest.fixture
    def figures(self, company):
        """One indicator of each branch, red since February; that of South bears the mark."""
        open_periods(now=MORNING)
        by = UserFactory(roles=[Role.COO])
        for place, name in ((company.north, "Scrap"), (company.south, "SECRETKPI")):
            kpi = make_kpi(place, name=name, direction="lower", now=MORNING)
            aim(kpi, 2, now=MORNING)
            values = [entry(kpi, place, month, value) for month, value in (("2026-01", 1), ("2026-02", 3))]
            record(values, by=by, now=MORNING)

    def test_tells_the_coo_what_is_off_by_how_much_and_since_when(self, figures, as_):
        client = as_(UserFactory(roles=[Role.COO]))
        assert reverse("dashboards:off_target") in page(client, "home")
        body = page(client, "off_target")
        assert "Scrap" in body
        assert "SECRETKPI" in body
        assert "3.00" in body
        assert "target 2.00" in body
        assert "since Feb 2026" in " ".join(body.split())
        assert "Off target" in body

    def test_tells_a_manager_only_of_the_branch_led(self, figures, company, as_):
        body = page(as_(company.manager), "off_target")
        assert "Scrap" in body
        assert "SECRET" not in body

    @pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.ADMINISTRATOR])
    def test_tells_others_nothing(self, role, figures, as_):
        client = as_(UserFactory(roles=[role]))
        assert page(client, "off_target").strip() == ""
        assert reverse("dashboards:off_target") not in page(client, "home")

    def test_costs_at_most_fifteen_queries(self, figures, company, as_, django_assert_max_num_queries):
        for user in (company.manager, UserFactory(roles=[Role.GM])):
            client = as_(user)
            page(client, "home")
            with django_assert_max_num_queries(15):
                page(client, "off_target")

    def test_search_finds_indicators_of_one_s_reach(self, figures, company, as_):
        assert "SECRETKPI" in page(as_(UserFactory(roles=[Role.COO])), "search", q="secretk")
        assert "SECRETKPI" not in page(as_(company.manager), "search", q="secretk")
        assert "Scrap" in page(as_(company.manager), "search", q="scra")
        assert "Scrap" not in page(as_(company.worker), "search", q="scra")


def queries_of(client):
    with CaptureQueriesContext(connection) as caught:
        page(client, "home")
    return len(caught)


class TestSearchPage:
    def test_finds_departments_and_people_in_the_scope(self, company, as_):
        body = page(as_(UserFactory(roles=[Role.HR])), "search", q="secret")
        assert "South SECRETHALL" in body
        assert "Sam SECRETNAME" in body

    def test_finds_nothing_of_others_for_a_manager_or_an_employee(self, company, as_):
        for user in (company.manager, company.worker):
            body = page(as_(user), "search", q="secret")
            assert "SECRET" not in body
            assert "Nothing found" in body

    def test_gives_the_box_at_the_top_a_short_list_with_pages(self, company, as_):
        response = as_(UserFactory(roles=[Role.HR])).get(
            reverse("dashboards:search"), {"q": "peo", "quick": "1"}, headers=HTMX
        )
        body = response.content.decode()
        assert "<html" not in body
        assert reverse("staff:list") in body
        assert "HX-Request" in response["Vary"]

    def test_asks_for_two_letters_and_survives_odd_input(self, as_):
        client = as_(UserFactory(roles=[Role.HR]))
        assert "Type two letters" in page(client, "search", q=" a ")
        assert "Nothing found" in page(client, "search", q="%_\x00'\"<script>")

    def test_escapes_what_was_typed(self, as_):
        assert "<script>x" not in page(as_(UserFactory(roles=[Role.HR])), "search", q="<script>x")


class TestGalleryPage:
    def test_draws_every_component(self, as_):
        body = page(as_(UserFactory(roles=[Role.ADMINISTRATOR])), "gallery")
        for mark in (
            "stat-value",
            "chart-plot",
            "bar-list",
            "list-table",
            "tabbar",
            "crumbs",
            "notice-danger",
            "spark",
        ):
            assert mark in body

    def test_is_closed_to_others(self, as_):
        assert as_(UserFactory(roles=[Role.COO])).get(reverse("dashboards:gallery")).status_code == 403

    def test_holds_no_inline_style_or_handler(self, as_):
        body = page(as_(UserFactory(roles=[Role.ADMINISTRATOR])), "gallery")
        assert " style=" not in body
        assert " onclick=" not in body
        assert "<script>" not in body
