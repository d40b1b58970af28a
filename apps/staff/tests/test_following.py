from datetime import date

import pytest

from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments import services as departments
from apps.departments.services.refusals import StillInUse
from apps.departments.tests.factories import NOW, DepartmentFactory
from apps.staff import selectors, services
from apps.staff.models import Appointment, HeadcountPlan, Movement
from apps.staff.services import Place
from apps.staff.services.refusals import LaterEntry

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)
COMPANY = Scope(user_id=1, reach=Reach.COMPANY, capabilities=frozenset({"staff.view"}))


@pytest.fixture
def north():
    return DepartmentFactory(code="N", name="North")


@pytest.fixture
def region():
    return DepartmentFactory(code="R", name="Region")


def hire(number, department, role="member", on=date(2020, 1, 1)):
    return services.hire_person(
        number=number, name=f"Person {number}", place=Place(department, role=role), hired_on=on, by=None, now=NOW
    )


def merge(source, into, on=DAY):
    return departments.merge_departments(sources=[source], into=into, on=on, reason="One team", by=None, now=NOW)


class TestMerge:
    def test_carries_everybody_and_says_how_many(self, north, region):
        hire("1", north, role="head")
        hire("2", north)
        boss = hire("3", region, role="head")
        carried = merge(north, region)
        assert [standing.count for standing in carried] == [2]
        assert selectors.heads_by_department(DAY) == {region.pk: 3}
        assert selectors.heads_by_department(date(2026, 2, 28)) == {north.pk: 2, region.pk: 1}
        roles = dict(Appointment.objects.on(DAY).values_list("person__number", "role"))
        assert roles == {"1": "deputy_head", "2": "member", "3": "head"}
        assert set(Movement.objects.filter(kind="transfer").values_list("reason", flat=True)) == {"One team"}
        statement = selectors.statement(scope=COMPANY, first=Month(2026, 1), last=Month(2026, 4), department=region)
        assert statement.is_balanced
        assert boss.pk

    def test_ends_further_appointments_on_both_sides(self, north, region):
        here, there = hire("1", north), hire("2", region)
        for person, department in ((here, region), (there, north)):
            place = Place(department, share=0)
            services.appoint(person=person, place=place, starts_on=date(2025, 1, 1), by=None, now=NOW)
        merge(north, region)
        further = Appointment.objects.filter(is_main=False)
        assert set(further.values_list("ends_on", flat=True)) == {date(2026, 2, 28)}

    def test_adds_the_planned_heads(self, north, region):
        for department, planned in ((north, 4), (region, 7)):
            HeadcountPlan.objects.create(department=department, month=date(2026, 3, 1), planned=planned)
        HeadcountPlan.objects.create(department=north, month=date(2026, 2, 1), planned=5)
        HeadcountPlan.objects.create(department=north, month=date(2026, 4, 1), planned=6)
        merge(north, region)
        plans = set(HeadcountPlan.objects.values_list("department__code", "month", "planned"))
        assert plans == {
            ("N", date(2026, 2, 1), 5),
            ("R", date(2026, 3, 1), 11),
            ("R", date(2026, 4, 1), 6),
        }

    def test_refuses_while_somebody_is_to_start_there(self, north, region):
        hire("1", north, on=date(2026, 4, 1))
        with pytest.raises(LaterEntry, match="Person 1 starts in North on 1 Apr 2026"):
            merge(north, region)
        assert north.versions.get().valid.upper is None

    def test_takes_as_many_queries_for_many(self, north, region, django_assert_max_num_queries):
        for number in range(25):
            hire(str(number), north)
        with django_assert_max_num_queries(60):
            merge(north, region)


class TestClose:
    def test_names_who_is_still_there(self, north):
        hire("1", north)
        with pytest.raises(StillInUse, match="1 person is appointed there from that day: Person 1"):
            departments.close_department(department=north, on=DAY, reason="x", by=None, now=NOW)
        assert north.versions.get().valid.upper is None

    def test_goes_once_everybody_left(self, north):
        person = hire("1", north)
        last = date(2026, 2, 28)
        services.leave_person(person=person, last_day=last, leave_kind="voluntary", by=None, now=NOW)
        departments.close_department(department=north, on=DAY, reason="x", by=None, now=NOW)
        assert north.versions.get().valid.upper == DAY
