"""People for tests, of this app and of others: made by the services, so that spells and movements agree."""

from datetime import UTC, date, datetime
from itertools import count

import factory

from apps.departments.tests.factories import DepartmentFactory
from apps.staff import services
from apps.staff.choices import AppointmentRole, LeaveKind
from apps.staff.models import Person
from apps.staff.services import Place

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HIRED = date(2020, 3, 2)
numbers = count(1)


class PersonFactory(factory.Factory):
    """Somebody employed; `PersonFactory(department=sales, hired_on=day, role="head", user=account)`."""

    class Meta:
        model = Person

    number = factory.LazyFunction(lambda: f"P{next(numbers):05d}")
    name = factory.LazyAttribute(lambda made: f"Person {made.number}")
    department = factory.SubFactory(DepartmentFactory)
    hired_on = HIRED

    @classmethod
    def _create(cls, model_class, *args, **given):
        last_day, user = given.pop("last_day", None), given.pop("user", None)
        leave_kind = given.pop("leave_kind", LeaveKind.VOLUNTARY)
        place = Place(
            given.pop("department"),
            role=given.pop("role", AppointmentRole.MEMBER),
            position=given.pop("position", None),
            share=given.pop("share", None),
        )
        now = given.pop("now", NOW)
        person = services.hire_person(place=place, by=None, now=now, **given)
        if last_day:
            services.leave_person(person=person, last_day=last_day, leave_kind=leave_kind, by=None, now=now)
        if user:
            person = services.link_account(person=person, user=user, by=None)
        return person
