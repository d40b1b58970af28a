"""Systems are told of each movement of one person once, with ids and days alone."""

from datetime import date

import pytest

from apps.departments.tests.factories import DepartmentFactory
from apps.notifications.tests.factories import events_sent, subscribed
from apps.staff import services
from apps.staff.choices import LeaveKind
from apps.staff.services import Place
from apps.staff.tests.factories import HIRED, NOW

pytestmark = pytest.mark.django_db
DONE = {"by": None, "now": NOW}


def test_who_comes_moves_leaves_and_whose_leaving_is_taken_back():
    subscribed("staff.*")
    sales, finance = DepartmentFactory(code="SALES"), DepartmentFactory(code="FIN")
    person = services.hire_person(number="7", name="Ada Byron", place=Place(sales), hired_on=HIRED, **DONE)
    moved = services.transfer_person(person=person, place=Place(finance), on=date(2026, 10, 1), **DONE)
    left = services.leave_person(person=person, last_day=date(2026, 11, 30), leave_kind=LeaveKind.VOLUNTARY, **DONE)
    key = left.pk
    services.cancel_movement(movement=left, reason="Stays", **DONE)
    events = events_sent()
    assert [event for event, _facts in events] == [
        "staff.hired", "staff.transferred", "staff.left", "staff.movement_cancelled",
    ]  # fmt: skip
    assert events[1][1] == {
        "movement": moved.pk, "kind": "transfer", "person": person.pk, "on": "2026-10-01",
        "from_department": sales.pk, "to_department": finance.pk,
    }  # fmt: skip
    assert events[3][1]["movement"] == key
    assert "Ada" not in str(events)
    assert str(LeaveKind.VOLUNTARY) not in str(events)


def test_what_is_refused_is_told_nobody():
    sales = DepartmentFactory()
    subscribed("*")
    with pytest.raises(services.refusals.WrongInput):
        services.hire_person(number="", name="", place=Place(sales), hired_on=HIRED, **DONE)
    assert events_sent() == []
