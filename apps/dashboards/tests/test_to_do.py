"""The block of the home page that says what the person is to do."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments.tests.factories import draft, in_force, terms
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.tests.factories import NOW, entry, make_kpi, record
from apps.periods.services import open_periods
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(settings):
    """Mia leads North, which owes two figures of May; of June nobody is asked anything yet."""
    settings.FIXED_TODAY = "2026-06-02"
    open_periods(now=NOW)
    top = DepartmentFactory(name="Company")
    north = DepartmentFactory(name="North", parent=top)
    mia = UserFactory(roles=["manager"])
    PersonFactory(department=north, role="head", user=mia)
    kpis = [
        make_kpi(top, code=code, reporting=[north], now=datetime(2026, 1, 5, tzinfo=UTC)) for code in ("REV", "COM")
    ]
    return mia, north, kpis


def block(client, user):
    client.force_login(user)
    return client.get(reverse("dashboards:to_do")).content.decode().strip()


class TestToDo:
    def test_asks_who_leads_for_the_values_of_the_month_before(self, client, place):
        mia, _north, _kpis = place
        body = block(client, mia)
        assert "2 KPIs have no value of May 2026" in body
        assert f"{reverse('kpis:entry')}?month={Month(2026, 5)}" in body
        assert "until" in body

    def test_says_nothing_once_all_is_done(self, client, place):
        mia, north, kpis = place
        record([entry(kpi, north, "2026-05", 5) for kpi in kpis], by=mia)
        assert block(client, mia) == ""

    def test_says_nothing_once_the_month_takes_no_more(self, client, place, settings):
        mia, _north, _kpis = place
        settings.FIXED_TODAY = "2026-06-25"
        assert block(client, mia) == ""

    def test_asks_for_reports_until_their_own_cut_off(self, client, place, settings):
        """Values of May close on 3 June, reports on the 5th."""
        mia, north, _kpis = place
        events = [{"code": "accident", "name": "Accident", "points_each": "5", "cap": None}]
        line = terms(None, 100, code="SAFE", name="Safety", method="deduction", items=events)
        in_force(draft(by=UserFactory(roles=["hr"]), departments=[north], lines=[line]))
        settings.FIXED_TODAY = "2026-06-04"
        body = block(client, mia)
        assert "1 report of May 2026 is open" in body and "no value of" not in body
        settings.FIXED_TODAY = "2026-06-25"
        assert block(client, mia) == ""

    @pytest.mark.parametrize("role", ["coo", "gm", "employee", "administrator", "auditor"])
    def test_asks_nobody_else_for_them(self, client, place, role):
        assert block(client, UserFactory(roles=[role])) == ""

    def test_costs_few_queries(self, client, place):
        mia, _north, _kpis = place
        client.force_login(mia)
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("dashboards:to_do"))
        assert len(seen) <= 45, [one["sql"][:90] for one in seen]
