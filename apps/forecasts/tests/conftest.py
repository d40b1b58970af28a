"""A small firm with one issue of the forecast: North is led by Mia, Works lies elsewhere."""

from types import SimpleNamespace

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts.tests.factories import issue_of, series_of
from apps.kpis.models import Kpi
from apps.kpis.tests.factories import NOW, make_kpi
from apps.periods.services import open_periods
from apps.staff.tests.factories import PersonFactory


@pytest.fixture
def firm(settings):
    settings.FIXED_TODAY = "2026-07-06"
    open_periods(now=NOW)
    top = DepartmentFactory(name="Brindle Works")
    north, works = (DepartmentFactory(name=name, parent=top) for name in ("North", "Works SECRET"))
    coo, mia, eve = (UserFactory(name=name, roles=[role]) for name, role in
                     (("Cora", "coo"), ("Mia", "manager"), ("Eve", "employee")))  # fmt: skip
    PersonFactory(name="Mia", department=north, role="head", user=mia)
    PersonFactory(name="Eve", department=north, user=eve)
    sold = make_kpi(
        top, code="SOLD", name="Sold", unit="t", decimals=0, minimum=0, maximum=500, reporting=[north, works]
    )
    Kpi.objects.filter(pk=sold.pk).update(family="Sales")
    sold.refresh_from_db()
    return SimpleNamespace(top=top, north=north, works=works, coo=coo, mia=mia, eve=eve, sold=sold)


@pytest.fixture
def june(firm):
    """June's issue: North leaves its target, Works is likely to reach it, North's score and heads have no target."""
    issue = issue_of("2026-06")
    told = {"target": [110.0] * 18, "year_target": 110.0, "year_mean": 105.0, "year_lo80": 95.0, "year_hi80": 115.0}
    warned = {
        "warning": "leaves",
        "warned_month": "2026-08-01",
        "warned_chance": 0.72,
        "chance_year": 0.31,
        "chance_month": 0.4,
    }
    past = {
        "past_count": 12,
        "past_error": 6.0,
        "past_naive": 8.0,
        "past_seasonal": 7.0,
        "past_in80": 9,
        "past_in95": 12,
    }
    series_of(issue, firm.north, firm.sold, **told, **warned, **past)
    series_of(issue, firm.works, firm.sold, level=200.0, **{**told, "chance_year": 0.9}, **{**past, "past_error": 9.0},
              method="seasonal", remarks=["seasonal_better"])  # fmt: skip
    series_of(issue, firm.north, kind="score", level=88.5)
    series_of(issue, firm.north, kind="headcount", level=2.0)
    return issue


@pytest.fixture
def as_(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in
