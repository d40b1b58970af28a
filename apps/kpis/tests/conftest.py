"""A small company that reports, and the people who enter, approve and manage."""

from types import SimpleNamespace

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.tests.factories import NOW
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
