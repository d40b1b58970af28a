"""Hire, leave, transfer, appoint: what changes, and each refusal in one sentence with nothing half-stored."""

from datetime import date

import pytest
from django.db import IntegrityError, connection

from apps.accounts.tests.factories import UserFactory
from apps.core.errors import Refusal
from apps.departments import services as department_services
from apps.departments.services.refusals import StillInUse
from apps.departments.tests.factories import DepartmentFactory
from apps.staff import services
from apps.staff.choices import AppointmentRole, LeaveKind, MovementKind
from apps.staff.models import Appointment, Employment, Movement, Person
from apps.staff.selectors.numbers import heads_by_department
from apps.staff.services import Place, refusals
from apps.staff.tests.factories import HIRED, NOW, PersonFactory

pytestmark = pytest.mark.django_db
DONE = {"by": None, "now": NOW}


def counts():
    return tuple(model.objects.count() for model in (Person, Employment, Appointment, Movement))


def refused(kind, words, call, **given):
    """The call is refused with these words and leaves every table as it was."""
    before = counts(), list(Appointment.objects.order_by("pk").values()), list(Employment.objects.values())
    with pytest.raises(kind) as caught:
        call(**given)
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")
    assert before == (counts(), list(Appointment.objects.order_by("pk").values()), list(Employment.objects.values()))
    return caught.value


@pytest.fixture
def sales():
    return DepartmentFactory(code="SALES", name="Sales")


@pytest.fixture
def finance():
    return DepartmentFactory(code="FIN", name="Finance")


@pytest.fixture
def ada(sales):
    return PersonFactory(number="100", name="Ada Byron", department=sales)


class TestHirePerson:
    def test_makes_person_spell_appointment_and_movement(self, sales):
        person = services.hire_person(
            number=" 7 ", name="Ada  Byron", email="ada@example.com", place=Place(sales), hired_on=HIRED, **DONE
        )
        assert (person.number, person.name) == ("7", "Ada Byron")
        spell, place, act = Employment.objects.get(), Appointment.objects.get(), Movement.objects.get()
        assert (spell.hired_on, spell.last_day) == (HIRED, None)
        assert (place.department, place.starts_on, place.ends_on, place.share, place.is_main) == (
            sales,
            HIRED,
            None,
            100,
            True,
        )
        assert (act.kind, act.on, act.to_department, act.from_department) == (MovementKind.JOIN, HIRED, sales, None)

    def test_refuses_a_number_in_use_naming_whose(self, ada, sales):
        refused(
            refusals.NumberTaken, "belongs to Ada Byron", services.hire_person,
            number="100", name="Other", place=Place(sales), hired_on=HIRED, **DONE,
        )  # fmt: skip

    def test_refuses_an_email_in_use_whatever_its_case(self, sales):
        PersonFactory(name="Ada Byron", email="ada@example.com")
        refused(
            refusals.EmailTaken, "belongs to Ada Byron", services.hire_person,
            number="8", name="Other", email="ADA@example.com", place=Place(sales), hired_on=HIRED, **DONE,
        )  # fmt: skip

    def test_refuses_a_department_not_open_yet(self):
        late = DepartmentFactory(name="Robotics", on=date(2025, 1, 1))
        refused(
            refusals.DepartmentClosed, "Robotics is not open on 2 Mar 2020", services.hire_person,
            number="8", name="Other", place=Place(late), hired_on=HIRED, **DONE,
        )  # fmt: skip

    def test_refuses_a_second_head(self, sales):
        PersonFactory(name="Grace", department=sales, role=AppointmentRole.HEAD)
        error = refused(
            refusals.HeadTaken, "Grace heads Sales from 2 Mar 2020 to open end", services.hire_person,
            number="8", name="Other", place=Place(sales, role=AppointmentRole.HEAD), hired_on=date(2026, 1, 1), **DONE,
        )  # fmt: skip
        assert error.field == "role"

    @pytest.mark.parametrize("day", [date(1926, 1, 1), date(2036, 1, 1)])
    def test_refuses_a_day_that_cannot_be_meant(self, sales, day):
        refused(
            refusals.WrongInput, "cannot be meant", services.hire_person,
            number="8", name="Other", place=Place(sales), hired_on=day, **DONE,
        )  # fmt: skip

    def test_refuses_a_share_over_100(self, sales):
        refused(
            refusals.ShareTooLarge, "120 %", services.hire_person,
            number="8", name="Other", place=Place(sales, share=120), hired_on=HIRED, **DONE,
        )  # fmt: skip


class TestRehirePerson:
    def test_is_a_new_spell_of_the_same_person(self, sales, finance):
        person = PersonFactory(department=sales, last_day=date(2021, 6, 30))
        services.rehire_person(person=person, place=Place(finance), hired_on=date(2023, 1, 2), **DONE)
        assert person.employments.count() == 2
        assert heads_by_department(date(2023, 1, 2)) == {finance.pk: 1}

    def test_refuses_days_that_overlap(self, ada, finance):
        refused(
            refusals.EmploymentOverlaps, "is employed from 2 Mar 2020 to open end", services.rehire_person,
            person=ada, place=Place(finance), hired_on=date(2024, 1, 1), **DONE,
        )  # fmt: skip

    def test_may_start_the_day_after_the_last_one_but_not_on_it(self, sales):
        person = PersonFactory(department=sales, last_day=date(2021, 6, 30))
        refused(
            refusals.EmploymentOverlaps, "30 Jun 2021", services.rehire_person,
            person=person, place=Place(sales), hired_on=date(2021, 6, 30), **DONE,
        )  # fmt: skip
        services.rehire_person(person=person, place=Place(sales), hired_on=date(2021, 7, 1), **DONE)


class TestLeavePerson:
    def leave(self, person, day=date(2026, 1, 31), **given):
        return services.leave_person(
            person=person, last_day=day, leave_kind=given.pop("leave_kind", LeaveKind.VOLUNTARY), **given, **DONE
        )

    def test_ends_spell_and_appointments_on_the_last_day(self, ada, sales, finance):
        services.change_appointment(
            appointment=ada.appointments.get(), place=Place(sales, share=60), on=date(2025, 1, 1), **DONE
        )
        services.appoint(person=ada, place=Place(finance, share=40), starts_on=date(2025, 1, 1), **DONE)
        act = self.leave(ada, reason="Moves abroad")
        assert (act.kind, act.from_department, act.on) == (MovementKind.LEAVE, sales, date(2026, 1, 31))
        assert Employment.objects.get().leave_reason == "Moves abroad"
        assert set(Appointment.objects.filter(starts_on=date(2025, 1, 1)).values_list("ends_on", flat=True)) == {
            date(2026, 1, 31)
        }
        assert heads_by_department(date(2026, 1, 30)) == {sales.pk: 1}
        assert heads_by_department(date(2026, 1, 31)) == {}

    def test_refuses_a_day_before_joining(self, ada):
        refused(
            refusals.LeavesBeforeJoining, "cannot leave before joining on 2 Mar 2020", self.leave,
            person=ada, day=date(2020, 3, 1),
        )  # fmt: skip

    def test_refuses_leaving_twice(self, ada):
        self.leave(ada)
        refused(refusals.AlreadyLeaves, "leaves on 31 Jan 2026 already", self.leave, person=ada)

    def test_refuses_a_day_before_a_later_transfer(self, ada, finance):
        services.transfer_person(person=ada, place=Place(finance), on=date(2026, 3, 1), **DONE)
        refused(refusals.LaterEntry, "starts later, on 1 Mar 2026", self.leave, person=ada)

    def test_refuses_an_unknown_kind(self, ada):
        refused(refusals.WrongInput, "Resigned", self.leave, person=ada, leave_kind="vanished")


class TestTransferPerson:
    def test_counts_in_the_new_department_from_its_day(self, ada, sales, finance):
        services.transfer_person(person=ada, place=Place(finance), on=date(2026, 1, 20), **DONE)
        assert heads_by_department(date(2026, 1, 19)) == {sales.pk: 1}
        assert heads_by_department(date(2026, 1, 20)) == {finance.pk: 1}

    def test_keeps_a_known_last_day(self, ada, finance):
        services.leave_person(person=ada, last_day=date(2026, 6, 30), leave_kind=LeaveKind.RETIREMENT, **DONE)
        services.transfer_person(person=ada, place=Place(finance), on=date(2026, 3, 1), **DONE)
        assert Appointment.objects.get(department=finance).ends_on == date(2026, 6, 30)

    def test_refuses_the_same_department(self, ada, sales):
        refused(
            refusals.NoChange, "is in Sales already", services.transfer_person,
            person=ada, place=Place(sales), on=date(2026, 1, 1), **DONE,
        )  # fmt: skip

    def test_refuses_a_closed_department(self, ada, finance):
        department_services.close_department(department=finance, on=date(2026, 1, 1), reason="Outsourced", **DONE)
        error = refused(
            refusals.DepartmentClosed, "Finance is not open on 1 Feb 2026", services.transfer_person,
            person=ada, place=Place(finance), on=date(2026, 2, 1), **DONE,
        )  # fmt: skip
        assert error.field == "department"

    def test_refuses_a_day_before_hire(self, ada, finance):
        refused(
            refusals.NotEmployed, "is not employed on that day", services.transfer_person,
            person=ada, place=Place(finance), on=date(2019, 1, 1), **DONE,
        )  # fmt: skip

    def test_refuses_slipping_in_before_a_later_move(self, ada, finance):
        services.transfer_person(person=ada, place=Place(finance), on=date(2026, 3, 1), **DONE)
        other = DepartmentFactory()
        refused(
            refusals.LaterEntry, "starts later, on 1 Mar 2026", services.transfer_person,
            person=ada, place=Place(other), on=date(2026, 2, 1), **DONE,
        )  # fmt: skip


class TestAppoint:
    def test_makes_somebody_lead_a_second_department(self, ada, finance):
        place = services.appoint(
            person=ada, place=Place(finance, role=AppointmentRole.HEAD, share=0), starts_on=date(2026, 1, 1), **DONE
        )
        assert (place.is_main, place.share) == (False, 0)
        assert heads_by_department(date(2026, 1, 2)) == {ada.appointments.get(is_main=True).department_id: 1}

    def test_refuses_shares_over_100_on_any_later_day(self, ada, finance):
        refused(
            refusals.ShareTooLarge, "add up to 120 %", services.appoint,
            person=ada, place=Place(finance, share=20), starts_on=date(2026, 1, 1), **DONE,
        )  # fmt: skip

    def test_refuses_days_after_leaving(self, ada, finance):
        services.leave_person(person=ada, last_day=date(2026, 1, 31), leave_kind=LeaveKind.OTHER, **DONE)
        refused(
            refusals.NotEmployed, "leaves on 31 Jan 2026", services.appoint,
            person=ada, place=Place(finance), starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 1), **DONE,
        )  # fmt: skip


class TestChangeAppointment:
    def test_goes_on_with_another_role_from_a_day(self, ada, sales):
        place = services.change_appointment(
            appointment=ada.appointments.get(),
            place=Place(sales, role=AppointmentRole.HEAD),
            on=date(2026, 1, 1),
            **DONE,
        )
        former = ada.appointments.exclude(pk=place.pk).get()
        assert (former.role, former.ends_on) == (AppointmentRole.MEMBER, date(2025, 12, 31))
        assert (place.role, place.starts_on, place.ends_on) == (AppointmentRole.HEAD, date(2026, 1, 1), None)
        assert Movement.objects.count() == 1

    def test_corrects_the_row_on_its_first_day(self, ada, sales):
        services.change_appointment(appointment=ada.appointments.get(), place=Place(sales, share=50), on=HIRED, **DONE)
        assert ada.appointments.get().share == 50


class TestEndAppointment:
    def test_refuses_the_main_one(self, ada):
        refused(
            refusals.LaterEntry, "main appointment", services.end_appointment,
            appointment=ada.appointments.get(), last_day=date(2026, 1, 1), **DONE,
        )  # fmt: skip


class TestCancelMovement:
    def test_of_a_leaving_lets_everything_go_on(self, ada, finance):
        services.appoint(person=ada, place=Place(finance, share=0), starts_on=date(2025, 1, 1), **DONE)
        before = list(Appointment.objects.order_by("pk").values_list("pk", "ends_on"))
        act = services.leave_person(person=ada, last_day=date(2026, 1, 31), leave_kind=LeaveKind.OTHER, **DONE)
        services.cancel_movement(movement=act, reason="Stays after all", **DONE)
        assert list(Appointment.objects.order_by("pk").values_list("pk", "ends_on")) == before
        assert Employment.objects.get().last_day is None

    def test_of_a_transfer_restores_the_former_place(self, ada, sales, finance):
        act = services.transfer_person(person=ada, place=Place(finance), on=date(2026, 1, 20), **DONE)
        services.cancel_movement(movement=act, reason="Wrong person", **DONE)
        assert heads_by_department(date(2026, 2, 1)) == {sales.pk: 1}
        assert Appointment.objects.count() == 1

    def test_of_a_hire_removes_the_person(self, ada):
        services.cancel_movement(movement=Movement.objects.get(), reason="Never came", **DONE)
        assert counts() == (0, 0, 0, 0)

    def test_refuses_any_but_the_latest(self, ada, finance):
        services.transfer_person(person=ada, place=Place(finance), on=date(2026, 1, 20), **DONE)
        refused(
            refusals.CannotCancel, "Only the latest movement", services.cancel_movement,
            movement=Movement.objects.get(kind=MovementKind.JOIN), reason="No", **DONE,
        )  # fmt: skip

    def test_needs_a_reason(self, ada):
        refused(
            refusals.WrongInput,
            "Say why",
            services.cancel_movement,
            movement=Movement.objects.get(),
            reason=" ",
            **DONE,
        )


class TestLinkAccount:
    def test_refuses_an_account_of_somebody_else(self, ada):
        user = UserFactory()
        PersonFactory(name="Grace", user=user)
        refused(refusals.AccountTaken, "belongs to Grace", services.link_account, person=ada, user=user, by=None)


class TestDatabaseHasTheLastWord:
    """What two people could do in the same moment, past every check of the services."""

    def test_no_second_head(self, sales):
        head = PersonFactory(department=sales, role=AppointmentRole.HEAD).appointments.get()
        other = PersonFactory(department=sales).appointments.get()
        with pytest.raises(IntegrityError, match="staff_appointment_one_head"):
            Appointment.objects.filter(pk=other.pk).update(role=head.role)
            connection.check_constraints()

    def test_no_overlapping_employment(self, ada):
        with pytest.raises(IntegrityError, match="staff_employment_no_overlap"):
            Employment.objects.create(person=ada, hired_on=date(2025, 1, 1))

    def test_broken_constraints_are_put_in_words(self, sales):
        place = PersonFactory(department=sales).appointments.get()
        PersonFactory(department=sales, role=AppointmentRole.HEAD)
        with pytest.raises(Refusal, match="has a head on some of these days"), refusals.constraints_in_words():
            Appointment.objects.filter(pk=place.pk).update(role=AppointmentRole.HEAD)


class TestDepartmentsFollow:
    def test_a_department_with_people_cannot_close(self, ada, sales):
        with pytest.raises(StillInUse, match="1 person is appointed there from that day: Ada Byron"):
            department_services.close_department(department=sales, on=date(2026, 1, 1), reason="x", **DONE)

    def test_a_merger_transfers_everybody(self, ada, sales, finance):
        head = PersonFactory(department=sales, role=AppointmentRole.HEAD)
        services.leave_person(person=ada, last_day=date(2026, 6, 30), leave_kind=LeaveKind.RETIREMENT, **DONE)
        department_services.merge_departments(
            sources=[sales], into=finance, on=date(2026, 2, 1), reason="One team", **DONE
        )
        assert heads_by_department(date(2026, 1, 31)) == {sales.pk: 2}
        assert heads_by_department(date(2026, 2, 1)) == {finance.pk: 2}
        assert head.appointments.get(department=finance).role == AppointmentRole.DEPUTY_HEAD
        leaving = Movement.objects.get(kind=MovementKind.LEAVE)
        assert leaving.from_department == finance
        services.cancel_movement(movement=leaving, reason="Stays", **DONE)
        assert heads_by_department(date(2026, 7, 1)) == {finance.pk: 2}

    def test_a_merger_is_refused_while_somebody_is_to_move_between_the_two_later(self, ada, sales, finance):
        services.transfer_person(person=ada, place=Place(finance), on=date(2026, 3, 1), **DONE)
        with pytest.raises(refusals.LaterEntry, match="Ada Byron is to move to Finance on 1 Mar 2026 anyway"):
            department_services.merge_departments(
                sources=[sales], into=finance, on=date(2026, 2, 1), reason="One team", **DONE
            )
        assert heads_by_department(date(2026, 2, 2)) == {sales.pk: 1}

    def test_a_merger_joins_the_parts_of_one_person(self, sales, finance):
        person = PersonFactory(department=sales, share=60)
        services.appoint(person=person, place=Place(finance, share=40), starts_on=date(2025, 1, 1), **DONE)
        department_services.merge_departments(
            sources=[sales], into=finance, on=date(2026, 2, 1), reason="One team", **DONE
        )
        assert person.appointments.get(starts_on=date(2026, 2, 1)).share == 100
