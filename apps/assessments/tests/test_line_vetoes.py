"""Who decides on a veto that hits more than its department: the line above it, or whoever headed it on the day."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from apps.accounts.rules import capabilities_of
from apps.accounts.tests.factories import UserFactory, make_key
from apps.assessments.models import Adjustment, Lifting
from apps.assessments.selectors.deciders import bars_of
from apps.assessments.selectors.to_do import to_do_of
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment, refuse_adjustment
from apps.assessments.services.confirming import bar_to_confirming, tell_confirmers
from apps.assessments.services.lifting import Lift, lift_adjustment
from apps.assessments.services.owing import claims_owed
from apps.assessments.services.registers import OwnDepartment
from apps.assessments.tests.factories import in_force
from apps.assessments.tests.registers import register_draft, with_raters
from apps.core.errors import NotAllowed
from apps.core.month import Month
from apps.departments.services import move_department
from apps.departments.tests.factories import DepartmentFactory
from apps.notifications.models import Notification
from apps.staff.models import Person
from apps.staff.selectors import scope_of
from apps.staff.services import Place, transfer_person
from apps.staff.tests.factories import PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]
MAY, TODAY = Month(2026, 5), date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
LIFT = Lift(MAY, "It was another site.", "Letter 12/2026")
BEFORE = date(2026, 4, 10)
"""A day before the month that is hit."""


@pytest.fixture
def yard(firm):
    """Yard stands below Works, which the COO leads. Fatal accidents hit the whole line, fraud the head alone."""
    firm.yard = DepartmentFactory(code="YARD", name="Yard", parent=firm.works)
    firm.assessed.append(firm.yard)
    made = register_draft(with_raters(firm))
    fatal, fraud = made.veto_items
    made.veto_items = [{**fatal, "scope": "line"}, {**fraud, "scope": "head"}]
    made.save()
    in_force(made)
    firm.carl = UserFactory(roles=["coo"], name="Carl Chief")
    return firm


def veto(firm, department, *, scope="line", state="proposed", day=date(2026, 5, 20)):
    """Proposed by HR, and where it is confirmed by the GM."""
    by = {"decided_by": firm.gm, "decided_at": NOW} if state == "confirmed" else {}
    return Adjustment.objects.create(
        kind="veto", month=MAY.first_day, last_month=MAY.first_day, department=department, name="Accident",
        code="fraud" if scope == "head" else "fatal", happened_on=day, evidence="File 7", action="zero", scope=scope,
        state=state, proposed_by=firm.hr, proposed_at=NOW, **by,
    )  # fmt: skip


def confirm(row, by):
    return confirm_adjustment(adjustment=row, by=by, now=NOW)


def refuse(row, by):
    return refuse_adjustment(adjustment=row, ruling="Not so.", by=by, now=NOW)


def lift(row, by):
    return lift_adjustment(adjustment=row, lift=LIFT, by=by, now=NOW)


ACTS = [(confirm, "proposed"), (refuse, "proposed"), (lift, "confirmed")]


def may(row, user):
    return bar_to_confirming(adjustment=row, user=user, now=NOW) is None


class TestAVetoOfTheLine:
    @pytest.mark.parametrize(("act", "state"), ACTS)
    def test_is_not_decided_on_by_whoever_leads_what_stands_above(self, yard, act, state):
        row = veto(yard, yard.yard, state=state)
        with pytest.raises(
            OwnDepartment, match=r"hits Works \(WORKS\) too, above Yard.*the general manager decides on it"
        ):
            act(row, yard.coo)
        row.refresh_from_db()
        assert row.state == state and not Lifting.objects.exists()
        act(row, yard.gm)

    @pytest.mark.parametrize(("act", "state"), ACTS)
    def test_nor_by_another_coo(self, yard, act, state):
        row = veto(yard, yard.yard, state=state)
        with pytest.raises(NotAllowed, match=r"hits Works \(WORKS\) too, above Yard, and that is the COO's own line"):
            act(row, yard.carl)

    def test_is_decided_on_by_a_coo_whom_it_does_not_hit(self, yard):
        assert may(veto(yard, yard.north), yard.carl)

    def test_of_the_department_alone_stays_with_the_coo(self, yard):
        assert may(veto(yard, yard.yard, scope="department"), yard.coo)

    def test_is_the_general_managers_who_heads_the_company_too(self, yard):
        PersonFactory(name="Gus General", number="G1", department=yard.company, role="head", user=yard.gm)
        assert may(veto(yard, yard.yard), yard.gm)
        assert not may(veto(yard, yard.company), yard.gm)

    def test_of_several_months_hits_what_stands_above_in_a_later_one(self, yard):
        row = veto(yard, yard.north)
        assert may(row, yard.carl)
        move = {"parent": yard.works, "on": date(2026, 6, 10), "reason": "A new line."}
        move_department(department=yard.north, by=None, now=NOW, **move)
        assert may(row, yard.carl)
        Adjustment.objects.filter(pk=row.pk).update(last_month=date(2026, 6, 1))
        row.refresh_from_db()
        assert not may(row, yard.carl)

    def test_is_checked_by_the_rules_that_give_it_its_scope(self, yard):
        row = veto(yard, yard.yard, scope="department")
        with pytest.raises(OwnDepartment, match="hits Works"):
            confirm(row, yard.coo)


class TestAVetoOfTheHead:
    @pytest.fixture
    def moved(self, yard):
        """The COO headed Works until 19 April and works in South since."""
        person = Person.objects.get(user=yard.coo)
        transfer_person(person=person, place=Place(yard.south), on=date(2026, 4, 20), by=None, now=NOW)
        return yard

    @pytest.mark.parametrize(("act", "state"), ACTS)
    def test_is_not_decided_on_by_whoever_headed_it_that_day(self, moved, act, state):
        row = veto(moved, moved.works, scope="head", state=state, day=BEFORE)
        with pytest.raises(OwnDepartment, match="You led or belonged to Works on 10 April 2026"):
            act(row, moved.coo)
        with pytest.raises(NotAllowed, match=r"Works was the COO's own line on 10 April 2026.*the general manager"):
            act(row, moved.carl)
        act(row, moved.gm)

    def test_of_a_later_day_is_the_coos_again(self, moved):
        row = veto(moved, moved.works, scope="head", day=date(2026, 5, 20))
        assert may(row, moved.coo) and may(row, moved.carl)

    def test_only_one_of_the_head_looks_at_its_day(self, moved):
        assert may(veto(moved, moved.works, scope="department", day=BEFORE), moved.coo)

    def test_that_hits_the_general_manager_is_the_coos(self, yard):
        gus = PersonFactory(name="Gus General", number="G1", department=yard.north, role="head", user=yard.gm)
        transfer_person(person=gus, place=Place(yard.company), on=date(2026, 4, 20), by=None, now=NOW)
        row = veto(yard, yard.north, scope="head", day=BEFORE)
        assert may(row, yard.coo) and not may(row, yard.gm)


class TestWhoIsAsked:
    def test_a_proposal_is_told_to_the_general_manager_alone(self, yard):
        event = Event("veto", "fatal", MAY, yard.yard, date(2026, 5, 20), "File 7", "Accident")
        made = propose_adjustment(event=event, scope=scope_of(yard.hr, TODAY), by=yard.hr, now=NOW)
        assert made.scope == "line"
        assert {row.user for row in Notification.objects.filter(url=made.get_absolute_url())} == {yard.gm}

    def test_one_that_hits_nobody_else_is_told_to_the_coos_too(self, yard):
        made = veto(yard, yard.yard, scope="department")
        tell_confirmers(adjustment=made, now=NOW)
        assert {row.user for row in Notification.objects.filter(url=made.get_absolute_url())} == {
            yard.coo, yard.carl, yard.gm
        }  # fmt: skip

    def test_home_pages_and_reminders_ask_the_same(self, yard):
        veto(yard, yard.yard)
        veto(yard, yard.north)
        veto(yard, yard.works, scope="head", day=BEFORE)
        asked = [
            to_do_of(scope=scope_of(user, TODAY), user=user, month=MAY, today=TODAY).claims
            for user in (yard.coo, yard.carl, yard.gm, yard.mia)
        ]
        assert asked == [0, 1, 3, 0]
        assert claims_owed(None, MAY, TODAY) == {yard.carl.pk: 1, yard.gm.pk: 3}

    def test_costs_three_queries_however_many(self, yard, django_assert_num_queries):
        rows = [veto(yard, place, scope=scope) for place in yard.assessed for scope in ("line", "head", "department")]
        with django_assert_num_queries(3):
            bars_of(rows, [yard.coo.pk, yard.carl.pk, yard.gm.pk], TODAY)
        with django_assert_num_queries(0):
            assert bars_of([], [yard.coo.pk], TODAY) == {}


class TestDoors:
    def test_the_page_offers_it_to_the_general_manager_and_says_so_to_the_coo(self, yard, as_):
        row = veto(yard, yard.yard)
        addresses = [reverse(f"assessments:{name}_adjustment", args=[row.pk]) for name in ("confirm", "refuse")]
        said = as_(yard.coo).get(row.get_absolute_url()).content.decode()
        assert "This veto hits Works (WORKS) too, above Yard" in said
        assert not any(address in said for address in addresses)
        assert [as_(yard.coo).get(address).status_code for address in addresses] == [403, 403]
        said = as_(yard.gm).get(row.get_absolute_url()).content.decode()
        assert all(address in said for address in addresses)

    def test_the_page_offers_the_lifting_to_the_general_manager_alone(self, yard, as_):
        row = veto(yard, yard.yard, state="confirmed")
        address = reverse("assessments:lift_adjustment", args=[row.pk])
        assert address not in as_(yard.coo).get(row.get_absolute_url()).content.decode()
        assert as_(yard.coo).get(address).status_code == 403
        assert address in as_(yard.gm).get(row.get_absolute_url()).content.decode()

    @pytest.mark.parametrize("act", ["confirm", "refuse", "lift"])
    def test_rest_refuses_the_coo_and_takes_the_general_managers(self, yard, client, act):
        row = veto(yard, yard.yard, state="confirmed" if act == "lift" else "proposed")
        body = {"ruling": "Seen."}
        if act == "lift":
            body = {"from_month": "2026-05", "reason": LIFT.reason, "evidence": LIFT.evidence}
        first, second = (called(client, user, row, act, body) for user in (yard.coo, yard.gm))
        assert (first.status_code, first.json()["error"]["code"]) == (403, "own_department")
        assert "the general manager decides on it" in first.json()["error"]["message"]
        assert second.status_code == 200


def called(client, user, row, act, body):
    """An act through REST, with a key for all that the account holds."""
    roles = tuple(user.role_grants.values_list("role", flat=True))
    _key, text = make_key(user, sorted(capabilities_of(roles)))
    return client.post(
        f"/api/v1/adjustments/{row.pk}/{act}/",
        body,
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {text}",
    )
