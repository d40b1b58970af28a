"""Everybody who is scored reads the rules that score them, and only those."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.tests.factories import approved, draft, published, terms
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
PAGE = reverse("assessments:own_rules")


@pytest.fixture
def rules(firm):
    """North and South by one scorecard, Works by another with an indicator of its own."""
    made = draft(
        by=firm.hr, departments={firm.north: Decimal("1.05"), firm.south: Decimal(1)}, lines=firm.lines, card="Sales"
    )
    card = services.add_scorecard(scheme=made, name="Workshops", by=firm.hr)
    services.place_departments(scorecard=card, departments={firm.works: Decimal(1)}, by=firm.hr)
    line = terms(firm.complaints, 100, code="SCRAP", name="Scrapped parts")
    services.save_indicator(scorecard=card, terms=line, by=firm.hr)
    return approved(made, by=firm.hr, deciders=[firm.coo, firm.gm])


def cards(page):
    return {one["card"].name: [place["code"] for place in one["places"]] for one in page.context["cards"]}


class TestOwnRulesPage:
    def test_an_employee_reads_the_scorecard_of_the_own_department_alone(self, firm, rules, as_):
        page = as_(firm.nora).get(PAGE)
        assert cards(page) == {"Sales": ["NORTH"]}
        text = page.content.decode()
        assert "70 points × share of target reached" in text
        for of_others in ("Workshops", "Scrapped parts", "South"):
            assert of_others not in text

    def test_finance_reads_its_own_and_not_the_whole_company(self, firm, rules, as_):
        fred = UserFactory(roles=["finance"], name="Fred Finance")
        PersonFactory(name="Fred Finance", number="F1", department=firm.works, user=fred)
        page = as_(fred).get(PAGE)
        assert cards(page) == {"Workshops": ["WORKS"]}
        assert as_(fred).get(rules.get_absolute_url()).status_code == 403

    def test_a_department_that_is_not_assessed_goes_by_the_one_above(self, firm, rules, as_):
        dora = UserFactory(roles=["employee"], name="Dora Depot")
        depot = DepartmentFactory(code="DEPOT", name="Depot", parent=firm.south)
        PersonFactory(name="Dora Depot", number="D1", department=depot, user=dora)
        assert cards(as_(dora).get(PAGE)) == {"Sales": ["SOUTH"]}

    def test_leaves_out_what_does_not_make_a_score(self, firm, rules, as_):
        titles = [part["title"] for part in as_(firm.nora).get(PAGE).context["parts"]]
        assert "Grades" in titles
        assert "Rewards" not in titles

    def test_says_so_where_no_rules_score_the_reader(self, firm, rules, as_):
        assert "No rules score you in this month" in as_(firm.hr).get(PAGE).content.decode()
        assert "No rules score you" in as_(firm.nora).get(PAGE, {"month": "2025-11"}).content.decode()

    def test_nonsense_and_months_to_come_are_the_present_one(self, firm, rules, as_):
        for text in ("x", "2031-01", ""):
            assert as_(firm.nora).get(PAGE, {"month": text}).context["month"] == Month(2026, 6)

    def test_is_reached_from_the_months_and_from_the_own_score(self, firm, rules, as_):
        published("2026-05", by=firm.hr, deciders=[firm.coo, firm.gm])
        assert PAGE in as_(firm.nora).get(reverse("assessments:list")).content.decode()
        score = reverse("assessments:score", args=[Month(2026, 5), firm.north.pk])
        assert f"{PAGE}?month=2026-05" in as_(firm.nora).get(score).content.decode()
