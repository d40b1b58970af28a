"""A fixed day, and a small company to stand on."""

from datetime import date
from types import SimpleNamespace

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.departments.tests.factories import DepartmentFactory
from apps.staff.choices import AppointmentRole
from apps.staff.selectors import scope_of
from apps.staff.tests.factories import PersonFactory

TODAY = date(2026, 1, 15)


@pytest.fixture(autouse=True)
def fixed_today(settings):
    settings.FIXED_TODAY = TODAY.isoformat()


@pytest.fixture
def company(db):
    """Sales with North and South below it, and Finance beside it; a head of Sales who is a manager, and one person each."""
    sales, finance = DepartmentFactory(code="SALES", name="Sales"), DepartmentFactory(code="FIN", name="Finance")
    north = DepartmentFactory(code="NORTH", name="North", parent=sales)
    south = DepartmentFactory(code="SOUTH", name="South", parent=sales)
    head_user = UserFactory(roles=["manager"], name="Mia Manager")
    head = PersonFactory(name="Mia Manager", department=sales, role=AppointmentRole.HEAD, user=head_user)
    nora_user = UserFactory(roles=["employee"], name="Nora North")
    return SimpleNamespace(
        sales=sales,
        finance=finance,
        north=north,
        south=south,
        head=head,
        head_user=head_user,
        nora=PersonFactory(name="Nora North", number="N1", department=north, user=nora_user),
        nora_user=nora_user,
        saul=PersonFactory(name="Saul South", number="S1", department=south),
        fay=PersonFactory(name="Fay Finance", number="F1", department=finance),
        hr=UserFactory(roles=["hr"], name="Hanna HR"),
    )


def scope_for(user):
    """The scope of an account on the fixed day."""
    return scope_of(user, TODAY)
