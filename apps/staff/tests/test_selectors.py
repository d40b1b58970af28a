"""Who sees whom, and numbers that add up."""

from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.tests.factories import UserFactory
from apps.core.errors import NotFound, Refusal
from apps.core.month import Month
from apps.core.scope import Reach
from apps.departments import services as department_services
from apps.departments.tests.factories import DepartmentFactory
from apps.staff import selectors, services
from apps.staff.choices import AppointmentRole, LeaveKind, PersonState
from apps.staff.models import Appointment, Employment, Movement, Person
from apps.staff.selectors.numbers import headcount_table
from apps.staff.services import Place, PlanCell
from apps.staff.tests.conftest import TODAY, scope_for
from apps.staff.tests.factories import NOW, PersonFactory

DONE = {"by": None, "now": NOW}


def names(people):
    return sorted(person.name for person in people)


class TestScopeOf:
    def test_nobody_sees_nothing(self, db):
        scope = scope_for(AnonymousUser())
        assert (scope.user_id, scope.reach, scope.capabilities) == (None, Reach.SELF, frozenset())

    def test_a_head_reaches_the_department_led(self, company):
        scope = scope_for(company.head_user)
        assert (scope.reach, scope.department_ids) == (Reach.DEPARTMENTS, (company.sales.pk,))
        assert (scope.person_id, scope.home_department_id) == (company.head.pk, company.sales.pk)

    def test_a_deputy_reaches_as_far_by_a_further_appointment(self, company):
        services.appoint(
            person=company.nora,
            place=Place(company.finance, role=AppointmentRole.DEPUTY_HEAD, share=0),
            starts_on=date(2026, 1, 1),
            **DONE,
        )
        assert scope_for(company.nora_user).department_ids == (company.finance.pk,)

    @pytest.mark.parametrize(
        ("starts", "ends"), [(TODAY + timedelta(1), None), (date(2025, 1, 1), TODAY - timedelta(1))]
    )
    def test_leading_before_or_after_today_gives_nothing(self, company, starts, ends):
        place = Place(company.finance, role=AppointmentRole.HEAD, share=0)
        services.appoint(person=company.nora, place=place, starts_on=starts, ends_on=ends, **DONE)
        assert scope_for(company.nora_user).reach is Reach.SELF

    def test_company_wide_roles_reach_all(self, company):
        assert scope_for(company.hr).reach is Reach.COMPANY

    def test_costs_three_queries_at_most(self, company, django_assert_max_num_queries):
        user = type(company.head_user).objects.get(pk=company.head_user.pk)
        with django_assert_max_num_queries(3):
            scope_for(user)


class TestVisiblePeople:
    def test_a_manager_sees_the_branch_only(self, company):
        people = selectors.visible_people(scope_for(company.head_user))
        assert names(people) == ["Mia Manager", "Nora North", "Saul South"]

    def test_an_employee_sees_only_the_own_record(self, company):
        assert names(selectors.visible_people(scope_for(company.nora_user))) == ["Nora North"]

    def test_company_reach_without_the_capability_sees_only_the_own_record(self, company):
        finance = UserFactory(roles=["finance"])
        assert names(selectors.visible_people(scope_for(finance))) == []
        services.link_account(person=company.fay, user=finance, by=None)
        assert names(selectors.visible_people(scope_for(finance))) == ["Fay Finance"]

    def test_whoever_was_transferred_away_is_gone_and_whoever_left_stays(self, company):
        services.transfer_person(person=company.nora, place=Place(company.finance), on=date(2026, 1, 10), **DONE)
        services.leave_person(person=company.saul, last_day=date(2026, 1, 10), leave_kind=LeaveKind.VOLUNTARY, **DONE)
        assert names(selectors.visible_people(scope_for(company.head_user))) == ["Mia Manager", "Saul South"]

    def test_whoever_is_to_come_is_seen_by_the_first_department(self, company):
        PersonFactory(name="Zoe", department=company.south, hired_on=date(2026, 3, 1))
        services.transfer_person(person=company.fay, place=Place(company.south), on=date(2026, 3, 1), **DONE)
        assert names(selectors.visible_people(scope_for(company.head_user))) == [
            "Mia Manager", "Nora North", "Saul South", "Zoe",
        ]  # fmt: skip

    def test_whoever_left_and_came_back_elsewhere_is_gone_once_back(self, company):
        head = scope_for(company.head_user)
        services.leave_person(person=company.nora, last_day=date(2025, 6, 30), leave_kind=LeaveKind.VOLUNTARY, **DONE)
        services.rehire_person(person=company.nora, place=Place(company.finance), hired_on=date(2026, 2, 1), **DONE)
        assert "Nora North" in names(selectors.visible_people(head))
        services.cancel_movement(movement=company.nora.movements.order_by("-on")[0], reason="Comes earlier", **DONE)
        services.rehire_person(person=company.nora, place=Place(company.finance), hired_on=date(2026, 1, 2), **DONE)
        assert "Nora North" not in names(selectors.visible_people(head))

    def test_a_further_appointment_shows_while_it_lasts(self, company):
        head = scope_for(company.head_user)
        place = {"place": Place(company.south, share=0), "starts_on": date(2026, 1, 1), "ends_on": TODAY}
        services.appoint(person=company.fay, **place, **DONE)
        assert "Fay Finance" in names(selectors.visible_people(head))
        services.end_appointment(
            appointment=company.fay.appointments.get(is_main=False), last_day=TODAY - timedelta(1), **DONE
        )
        assert "Fay Finance" not in names(selectors.visible_people(head))

    @pytest.mark.parametrize("state", PersonState)
    @pytest.mark.parametrize("who", ["hr", "head_user", "nora_user"])
    def test_read_together_with_a_state_it_finds_what_the_two_find_apart(self, company, who, state):
        services.leave_person(
            person=company.nora, last_day=TODAY - timedelta(1), leave_kind=LeaveKind.VOLUNTARY, **DONE
        )
        for place, hired, last in [
            (company.south, TODAY + timedelta(1), None),
            (company.south, date(2020, 1, 1), TODAY),
            (company.north, date(2020, 1, 1), TODAY - timedelta(1)),
            (company.finance, date(2020, 1, 1), None),
        ]:
            PersonFactory(department=place, hired_on=hired, last_day=last)
        further = {"place": Place(company.south, share=0), "starts_on": date(2026, 1, 1), "ends_on": TODAY}
        services.appoint(person=company.fay, **further, **DONE)
        scope = scope_for(getattr(company, who))
        for branch in (None, [company.south.pk, company.north.pk], [company.finance.pk]):
            apart = selectors.in_state(selectors.visible_people(scope, department_ids=branch), state, TODAY)
            together = selectors.visible_people(scope, department_ids=branch, state=state)
            assert names(together) == names(apart)
            assert set(together) <= set(selectors.visible_people(scope))

    def test_a_department_outside_the_reach_adds_nobody(self, company):
        head = scope_for(company.head_user)
        for state in ("", *PersonState):
            assert not selectors.visible_people(head, department_ids=[company.finance.pk], state=state)

    def test_follows_a_move_of_the_department_today(self, company):
        department_services.move_department(
            department=company.south, parent=company.finance, on=date(2026, 1, 15), reason="x", **DONE
        )
        assert "Saul South" not in names(selectors.visible_people(scope_for(company.head_user)))

    def test_outside_is_told_like_missing(self, company):
        scope = scope_for(company.head_user)
        with pytest.raises(NotFound) as outside:
            selectors.person_for(scope=scope, pk=company.fay.pk)
        with pytest.raises(NotFound) as missing:
            selectors.person_for(scope=scope, pk=10**9)
        assert str(outside.value) == str(missing.value)


class TestVisibleMovements:
    def test_shows_those_that_touch_the_branch(self, company):
        move = services.transfer_person(person=company.fay, place=Place(company.north), on=date(2026, 1, 10), **DONE)
        kept = selectors.visible_movements(scope_for(company.head_user))
        assert move in kept
        assert kept.count() == 4
        assert selectors.visible_movements(scope_for(company.nora_user)).count() == 1


class TestStateOf:
    @pytest.mark.parametrize(
        ("hired", "last", "state"),
        [
            (date(2020, 1, 1), None, PersonState.EMPLOYED),
            (date(2020, 1, 1), TODAY, PersonState.LEAVING),
            (date(2020, 1, 1), TODAY - timedelta(1), PersonState.LEFT),
            (TODAY + timedelta(1), None, PersonState.COMING),
        ],
    )
    def test_agrees_with_the_filter(self, db, hired, last, state):
        person = PersonFactory(hired_on=hired, last_day=last)
        row = selectors.with_places(Person.objects.filter(pk=person.pk)).get()
        assert selectors.state_of(row, TODAY) == state
        found = [kind for kind in PersonState if selectors.in_state(Person.objects.all(), kind, TODAY).exists()]
        assert found == ([PersonState.EMPLOYED, state] if state == PersonState.LEAVING else [state])


class TestStatement:
    def test_of_a_department_counts_what_crosses_its_border(self, company):
        services.transfer_person(person=company.fay, place=Place(company.north), on=date(2026, 1, 10), **DONE)
        services.transfer_person(person=company.saul, place=Place(company.north), on=date(2026, 1, 12), **DONE)
        services.leave_person(person=company.nora, last_day=date(2026, 1, 31), leave_kind=LeaveKind.VOLUNTARY, **DONE)
        PersonFactory(department=company.south, hired_on=date(2026, 1, 20))
        month = Month(2026, 1)
        found = selectors.statement(scope=scope_for(company.hr), first=month, last=month, department=company.sales)
        count = found.months[0].count
        assert (count.opening, count.joiners, count.transfers_in, count.leavers, count.transfers_out, count.closing) == (
            3, 1, 1, 1, 0, 4,
        )  # fmt: skip
        assert found.is_balanced
        whole = selectors.statement(scope=scope_for(company.hr), first=month, last=month)
        assert (whole.months[0].count.transfers_in, whole.months[0].count.closing) == (0, 4)

    def test_of_a_manager_covers_what_they_lead(self, company):
        found = selectors.statement(scope=scope_for(company.head_user), first=Month(2025, 12), last=Month(2025, 12))
        assert found.measured_closing == 3

    def test_a_reorganisation_restates_the_opening_of_its_month(self, company):
        department_services.move_department(
            department=company.south, parent=company.finance, on=date(2026, 1, 20), reason="x", **DONE
        )
        found = selectors.statement(
            scope=scope_for(company.hr), first=Month(2025, 12), last=Month(2026, 1), department=company.sales
        )
        assert [(row.count.opening, row.count.closing) for row in found.months] == [(3, 3), (2, 2)]
        assert found.is_balanced

    def test_part_time_counts_as_one_head_and_part_of_an_equivalent(self, company):
        PersonFactory(department=company.finance, share=50)
        found = selectors.statement(
            scope=scope_for(company.hr), first=Month(2026, 1), last=Month(2026, 1), department=company.finance
        )
        assert (found.measured_closing, found.full_time_equivalents) == (2, Decimal("1.50"))

    def test_is_as_many_queries_for_three_years_as_for_a_month(self, company, django_assert_max_num_queries):
        scope = scope_for(company.hr)
        for first in (Month(2026, 1), Month(2023, 1)):
            with django_assert_max_num_queries(10):
                selectors.statement(scope=scope, first=first, last=Month(2026, 1), department=company.sales)


class TestStability:
    def test_is_the_share_of_last_years_people_still_here(self, company):
        services.leave_person(person=company.saul, last_day=date(2025, 12, 31), leave_kind=LeaveKind.VOLUNTARY, **DONE)
        PersonFactory(department=company.north, hired_on=date(2025, 6, 1))
        month = Month(2026, 1)
        found = selectors.statement(scope=scope_for(company.hr), first=month, last=month)
        assert found.stability_pct == Decimal("75.00")


class TestPlanHeadcount:
    def cells(self, company, number=5, department=None):
        return [PlanCell((department or company.sales).pk, Month(2026, 1), number)]

    def test_writes_only_what_changes(self, company):
        scope = scope_for(company.hr)
        first = services.plan_headcount(cells=self.cells(company), scope=scope, by=None)
        again = services.plan_headcount(cells=self.cells(company), scope=scope, by=None)
        other = services.plan_headcount(cells=self.cells(company, 6), scope=scope, by=None)
        gone = services.plan_headcount(cells=self.cells(company, None), scope=scope, by=None)
        assert [(c.created, c.changed, c.removed) for c in (first, again, other, gone)] == [
            (1, 0, 0), (0, 0, 0), (0, 1, 0), (0, 0, 1),
        ]  # fmt: skip

    def test_refuses_departments_outside_the_scope_like_missing_ones(self, company):
        scope = scope_for(company.head_user)
        with pytest.raises(Refusal, match="does not exist"):
            services.plan_headcount(cells=self.cells(company, department=company.finance), scope=scope, by=None)

    @pytest.mark.parametrize("number", [-1, 1_000_001])
    def test_refuses_numbers_that_are_no_heads(self, company, number):
        with pytest.raises(Refusal, match="not a number of heads"):
            services.plan_headcount(cells=self.cells(company, number), scope=scope_for(company.hr), by=None)

    def test_stands_beside_the_heads(self, company):
        scope = scope_for(company.hr)
        services.plan_headcount(cells=self.cells(company, 4), scope=scope, by=None)
        rows = headcount_table(scope=scope, first=Month(2026, 1), last=Month(2026, 2), current=Month(2026, 1))
        january, february = next(row.cells for row in rows if row.department == company.sales)
        assert (january.heads, january.planned, january.gap) == (1, 4, -3)
        assert (february.heads, february.gap) == (None, None)


FIRST = Month(2025, 9)


def belongs_as_it_should(day):
    """Everybody belongs somewhere on every day, and whoever has a place on the day belongs there and nowhere else."""
    belonging = defaultdict(set)
    for place in Appointment.objects.belonging_on(day).filter(is_main=True):
        belonging[place.person_id].add(place.pk)
    covering = {place.person_id: {place.pk} for place in Appointment.objects.on(day).main()}
    return set(belonging) == set(Person.objects.values_list("pk", flat=True)) and covering.items() <= belonging.items()


def employed_after(day):
    """Headcount of the company by spells alone."""
    return Employment.objects.on(day).exclude(last_day=day).count()


def perform(act, who, department, day, departments):
    """One act of a random history; refusals are part of it."""
    people = list(Person.objects.order_by("pk"))
    HISTORY_ACTS[act](people[who] if act not in FREE_ACTS else None, department, day, departments)


def after(department, departments):
    """The next department in the row."""
    return departments[(departments.index(department) + 1) % len(departments)]


FREE_ACTS = {"hire", "move", "merge"}
HISTORY_ACTS = {
    "hire": lambda person, place, day, rows: PersonFactory(department=place, hired_on=day),
    "leave": lambda person, place, day, rows: services.leave_person(
        person=person, last_day=day, leave_kind=LeaveKind.VOLUNTARY, **DONE
    ),
    "transfer": lambda person, place, day, rows: services.transfer_person(
        person=person, place=Place(place), on=day, **DONE
    ),
    "appoint": lambda person, place, day, rows: services.appoint(
        person=person, place=Place(place, share=0), starts_on=day, **DONE
    ),
    "rehire": lambda person, place, day, rows: services.rehire_person(
        person=person, place=Place(place), hired_on=day, **DONE
    ),
    "cancel": lambda person, place, day, rows: services.cancel_movement(
        movement=Movement.objects.filter(person=person).order_by("-on", "-pk")[0], reason="x", **DONE
    ),
    "split": lambda person, place, day, rows: services.change_appointment(
        appointment=person.appointments.filter(is_main=True)[0], place=Place(place, share=50), on=day, **DONE
    ),
    "move": lambda person, place, day, rows: department_services.move_department(
        department=place, parent=after(place, rows), on=day, reason="x", **DONE
    ),
    "merge": lambda person, place, day, rows: department_services.merge_departments(
        sources=[place], into=after(place, rows), on=day, reason="x", **DONE
    ),
}


@pytest.mark.django_db
class TestIdentityOverRandomHistories:
    """Whatever is done through the services, in whatever order: every month of every department and of the company
    balances, what the movements say equals what the spells say, and the departments add up to the company."""

    @settings(max_examples=25, deadline=None)
    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(sorted(HISTORY_ACTS)), st.integers(0, 5), st.integers(0, 3), st.integers(0, 140)),
            min_size=5,
            max_size=25,
        )
    )
    def test_holds(self, steps):
        with transaction.atomic():
            departments = [DepartmentFactory() for _ in range(4)]
            for act, who, where, offset in steps:
                with suppress(Refusal, IndexError):
                    perform(act, who, departments[where], FIRST.first_day + timedelta(days=offset), departments)
            scope, last = scope_for(UserFactory(roles=["hr"])), Month(2026, 1)
            whole = selectors.statement(scope=scope, first=FIRST, last=last)
            assert whole.is_balanced
            for department in departments:
                part = selectors.statement(scope=scope, first=FIRST, last=last, department=department)
                assert part.is_balanced
            assert sum(selectors.heads_by_department(last.last_day).values()) == whole.measured_closing
            for month in whole.months:
                assert month.count.closing == employed_after(month.month.last_day)
                assert belongs_as_it_should(month.month.last_day)
            transaction.set_rollback(True)
