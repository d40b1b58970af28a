"""A small company that reports, and the people who enter, approve and manage."""

from types import SimpleNamespace

import pytest
from rest_framework.test import APIClient

from apps.accounts.rules import capabilities_of
from apps.accounts.tests.factories import UserFactory, make_key
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.models import Kpi
from apps.kpis.tests.factories import NOW, aim, entry, make_kpi, record
from apps.periods.services import open_periods
from apps.staff.choices import AppointmentRole
from apps.staff.tests.factories import PersonFactory


@pytest.fixture
def firm(settings, db):
    """15 June 2026. Sales with North and South below it, Finance beside it; Mia leads Sales, Nora works in North."""
    settings.FIXED_TODAY = "2026-06-15"
    open_periods(now=NOW)
    company = DepartmentFactory(code="ALL", name="Company")
    sales = DepartmentFactory(code="SALES", name="Sales", parent=company)
    mia = UserFactory(roles=["manager"], name="Mia Manager")
    PersonFactory(name="Mia Manager", number="M1", department=sales, role=AppointmentRole.HEAD, user=mia)
    return SimpleNamespace(
        company=company,
        sales=sales,
        north=DepartmentFactory(code="NORTH", name="North", parent=sales),
        south=DepartmentFactory(code="SOUTH", name="South", parent=sales),
        finance=DepartmentFactory(code="FIN", name="Finance", parent=company),
        mia=mia,
        coo=UserFactory(roles=["coo"], name="Cora Chief"),
        money=UserFactory(roles=["finance"], name="Fay Finance"),
        employee=UserFactory(roles=["employee"], name="Nora North"),
        auditor=UserFactory(roles=["auditor"], name="Alf Auditor"),
    )


@pytest.fixture
def as_(client):
    """`as_(user)` gives a signed-in browser."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def house(db):
    """A company with North and South, and somebody who records."""
    open_periods(now=NOW)
    company = DepartmentFactory(code="ALL")
    return {
        "company": company,
        "north": DepartmentFactory(code="NORTH", parent=company),
        "south": DepartmentFactory(code="SOUTH", parent=company),
        "by": UserFactory(roles=["coo"]),
    }


@pytest.fixture
def early_june(time_machine):
    """May still takes values."""
    time_machine.move_to("2026-06-02 09:00:00+00:00", tick=False)


@pytest.fixture
def as_role():
    """A client with a key of somebody in this role (or of this account)."""

    def client(role, user=None, scopes=None):
        held = APIClient()
        user = user or UserFactory(roles=[role])
        _key, text = make_key(user, sorted(scopes or capabilities_of([role])))
        held.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        held.user = user
        return held

    return client


@pytest.fixture
def served(as_role, early_june):
    """A company with North and South; Mia leads North. One KPI of the company that North reports, one of South alone."""
    open_periods(now=NOW)
    company = DepartmentFactory(code="ALL", name="Company")
    north = DepartmentFactory(code="NORTH", name="North", parent=company)
    south = DepartmentFactory(code="SOUTH", name="Southmark", parent=company)
    mia = UserFactory(roles=["manager"], name="Mia Manager")
    PersonFactory(name="Mia Manager", department=north, role="head", user=mia)
    coo = UserFactory(roles=["coo"], name="Cora Chief")
    sold = make_kpi(company, code="SOLD", name="Sold", reporting=[north])
    Kpi.objects.filter(pk=sold.pk).update(family="Sales")
    hidden = make_kpi(south, code="HIDDEN", name="Southmark waste", direction="lower")
    record(
        [
            entry(sold, north, "2026-01", "10.50"),
            entry(sold, south, "2026-01", "4711"),
            entry(sold, north, "2026-02", 20),
            entry(hidden, south, "2026-01", 3, note="Southmark note"),
        ],
        by=coo,
    )
    aim(sold, 15)
    aim(hidden, 4, department=south)
    return SimpleNamespace(
        company=company, north=north, south=south, mia=mia, coo=coo, sold=sold, hidden=hidden,
        manager=as_role("manager", mia), system=as_role("integration"), chief=as_role("coo", coo),
    )  # fmt: skip
