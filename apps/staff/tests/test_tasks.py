"""The job that closes leavers' accounts, run as a function, twice."""

from datetime import date

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.staff import services
from apps.staff.choices import LeaveKind
from apps.staff.services import Place
from apps.staff.services.leavers import close_accounts_of_leavers
from apps.staff.tests.factories import NOW, PersonFactory

pytestmark = pytest.mark.django_db


def left(user, last_day):
    return PersonFactory(user=user, last_day=last_day)


class TestCloseAccountsOfLeavers:
    def test_closes_after_the_last_day_and_not_on_it(self):
        gone, leaving, here = (UserFactory(roles=["employee"]) for _number in range(3))
        left(gone, date(2026, 1, 4))
        left(leaving, date(2026, 1, 5))
        PersonFactory(user=here)
        assert close_accounts_of_leavers(now=NOW) == {"closed": 1, "kept": 0}
        for user in (gone, leaving, here):
            user.refresh_from_db()
        assert (gone.is_active, leaving.is_active, here.is_active) == (False, True, True)
        assert close_accounts_of_leavers(now=NOW) == {"closed": 0, "kept": 0}

    def test_leaves_those_alone_who_come_back(self):
        user = UserFactory(roles=["employee"])
        person = left(user, date(2025, 12, 31))
        department = person.appointments.get().department
        services.rehire_person(person=person, place=Place(department), hired_on=date(2026, 2, 1), by=None, now=NOW)
        assert close_accounts_of_leavers(now=NOW)["closed"] == 0

    def test_keeps_the_last_administrator(self):
        user = UserFactory(roles=["administrator"])
        services.leave_person(
            person=PersonFactory(user=user), last_day=date(2026, 1, 2), leave_kind=LeaveKind.OTHER, by=None, now=NOW
        )
        assert close_accounts_of_leavers(now=NOW) == {"closed": 0, "kept": 1}
