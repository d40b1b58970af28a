"""The API on people: scope, shapes, acts, refusals in the one error shape."""

from datetime import date
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from apps.accounts.tests.factories import UserFactory, make_key
from apps.staff import services
from apps.staff.choices import AppointmentRole, LeaveKind, MovementKind
from apps.staff.models import Appointment, HeadcountPlan, Movement, Person
from apps.staff.services import Place
from apps.staff.tests.factories import NOW, PersonFactory

pytestmark = pytest.mark.django_db
DONE = {"by": None, "now": NOW}
READ = ["staff.view", "staff.view_movements", "staff.view_headcount"]
LISTS = ("people", "employments", "appointments", "movements", "headcount-plan")


@pytest.fixture
def as_():
    """A client with an API key of the account."""

    def client(user, scopes=(*READ, "staff.manage", "staff.plan_headcount")):
        held = APIClient()
        _key, text = make_key(user, sorted(scopes))
        held.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return held

    return client


@pytest.fixture
def system(company, as_):
    return as_(UserFactory(roles=["integration"]))


def names(response):
    return sorted(row["name"] for row in response.json()["results"])


def hire_body(company, **changes):
    return {"number": "900", "name": "Ida New", "department": company.north.pk, "hired_on": "2026-02-01", **changes}


class TestReading:
    def test_people_of_the_scope_only(self, company, as_):
        manager = as_(company.head_user, READ)
        assert names(manager.get("/api/v1/people/")) == ["Mia Manager", "Nora North", "Saul South"]
        assert manager.get(f"/api/v1/people/{company.fay.pk}/").status_code == 404

    def test_outside_is_answered_like_missing(self, company, as_):
        manager = as_(company.head_user, READ)
        bodies = [manager.get(f"/api/v1/people/{pk}/").json()["error"] for pk in (company.fay.pk, 10**9)]
        assert bodies[0] | {"request_id": ""} == bodies[1] | {"request_id": ""}

    @pytest.mark.parametrize("path", LISTS)
    def test_nothing_of_another_department_in_any_list(self, company, as_, path):
        HeadcountPlan.objects.create(department=company.finance, month=date(2026, 1, 1), planned=4711)
        body = as_(company.head_user, READ).get(f"/api/v1/{path}/").content.decode()
        assert "Fay Finance" not in body
        assert "4711" not in body

    @pytest.mark.parametrize("path", LISTS)
    def test_of_an_employee_is_closed(self, company, path):
        client = APIClient()
        client.force_login(company.nora_user)
        assert client.get(f"/api/v1/{path}/").status_code == 403

    def test_one_person_with_place(self, company, system):
        body = system.get(f"/api/v1/people/{company.nora.pk}/").json()
        assert body | {"updated_at": ""} == {
            "id": company.nora.pk, "number": "N1", "name": "Nora North", "email": "", "state": "employed",
            "hired_on": "2020-03-02", "last_day": None, "position": None, "role": "member", "share": 100,
            "department": {"id": company.north.pk, "code": "NORTH", "name": "North"}, "updated_at": "",
        }  # fmt: skip

    def test_filters(self, company, system):
        services.leave_person(person=company.saul, last_day=date(2026, 1, 2), leave_kind=LeaveKind.OTHER, **DONE)
        assert names(system.get("/api/v1/people/", {"department": company.sales.pk, "state": "employed"})) == [
            "Mia Manager", "Nora North",
        ]  # fmt: skip
        assert names(system.get("/api/v1/people/", {"q": "nor n1"})) == ["Nora North"]
        assert names(system.get("/api/v1/people/", {"number": "S1"})) == ["Saul South"]
        assert system.get("/api/v1/movements/", {"kind": "leave"}).json()["results"][0]["on"] == "2026-01-02"
        assert len(system.get("/api/v1/appointments/", {"on": "2026-01-15"}).json()["results"]) == 3
        assert len(system.get("/api/v1/employments/", {"person": company.saul.pk}).json()["results"]) == 1

    def test_names_an_unknown_parameter_instead_of_ignoring_it(self, company, system):
        response = system.get("/api/v1/people/", {"departement": company.sales.pk})
        assert response.status_code == 400
        assert "departement" in response.json()["error"]["message"]

    def test_another_department_cannot_be_asked_for(self, company, as_):
        manager = as_(company.head_user, READ)
        for path in ("people", "movements", "headcount"):
            response = manager.get(f"/api/v1/{path}/", {"department": company.finance.pk})
            assert response.status_code == 404

    def test_pages_hold_everybody_once(self, company, system):
        for _number in range(5):
            PersonFactory(department=company.north)
        seen, address = [], "/api/v1/people/?limit=2"
        while address:
            page = system.get(address).json()
            seen += [row["id"] for row in page["results"]]
            address = page["next"]
        assert seen == sorted(Person.objects.values_list("pk", flat=True))

    def test_costs_as_many_queries_for_fifty_as_for_four(self, company, system, django_assert_max_num_queries):
        for _round in range(2):
            with django_assert_max_num_queries(15):
                system.get("/api/v1/people/")
            for _person in range(25):
                PersonFactory(department=company.north)


class TestActs:
    def test_hire(self, company, system):
        response = system.post("/api/v1/people/", hire_body(company), format="json")
        assert response.status_code == 201
        assert response.json()["state"] == "coming"
        assert "ETag" in response

    def test_the_same_hire_twice_under_one_key_is_one_person(self, company, system):
        given = {"data": hire_body(company), "format": "json", "headers": {"Idempotency-Key": "abc"}}
        first, again = system.post("/api/v1/people/", **given), system.post("/api/v1/people/", **given)
        assert (first.status_code, first.json()) == (again.status_code, again.json())
        assert Person.objects.filter(number="900").count() == 1

    def test_refusals_name_field_and_remedy(self, company, system):
        body = system.post("/api/v1/people/", hire_body(company, number="N1"), format="json").json()
        assert body["error"]["code"] == "staff_number_taken"
        assert body["error"]["field"] == "number"
        assert "Nora North" in body["error"]["message"]

    def test_leave_transfer_rehire_appoint(self, company, system):
        nora = f"/api/v1/people/{company.nora.pk}"
        move = {"department": company.south.pk, "on": "2026-01-10"}
        assert system.post(f"{nora}/transfer/", move, format="json").json()["kind"] == "transfer"
        place = {"department": company.finance.pk, "role": "head", "share": 0, "starts_on": "2026-01-10"}
        appointed = system.post(f"{nora}/appoint/", place, format="json").json()
        ended = system.post(f"/api/v1/appointments/{appointed['id']}/end/", {"last_day": "2026-01-12"}, format="json")
        assert ended.json()["ends_on"] == "2026-01-12"
        left = {"last_day": "2026-01-14", "leave_kind": "voluntary"}
        assert system.post(f"{nora}/leave/", left, format="json").status_code == 201
        back = {"department": company.north.pk, "hired_on": "2026-03-01"}
        assert system.post(f"{nora}/rehire/", back, format="json").status_code == 201
        assert Movement.objects.filter(person=company.nora).count() == 4

    def test_change_of_role(self, company, system):
        place = company.nora.appointments.get()
        given = {"on": "2026-01-10", "role": "deputy_head", "share": 80}
        body = system.post(f"/api/v1/appointments/{place.pk}/change/", given, format="json").json()
        assert (body["role"], body["share"], body["starts_on"]) == ("deputy_head", 80, "2026-01-10")

    def test_cancel(self, company, system):
        act = services.leave_person(person=company.nora, last_day=date(2026, 1, 31), leave_kind=LeaveKind.OTHER, **DONE)
        response = system.post(f"/api/v1/movements/{act.pk}/cancel/", {"reason": "Stays"}, format="json")
        assert response.status_code == 204
        assert not Movement.objects.filter(kind=MovementKind.LEAVE).exists()

    def test_correct_with_if_match(self, company, system):
        address = f"/api/v1/people/{company.nora.pk}/"
        tag = system.get(address)["ETag"]
        given = {"data": {"name": "Nora Northcote"}, "format": "json", "headers": {"If-Match": tag}}
        assert system.patch(address, **given).json()["name"] == "Nora Northcote"
        assert system.patch(address, **given).status_code == 412

    def test_positions(self, company, system):
        body = system.post("/api/v1/positions/", {"code": "ENG", "title": "Engineer"}, format="json").json()
        assert system.get(f"/api/v1/positions/{body['id']}/").json()["title"] == "Engineer"

    def test_of_a_manager_are_closed(self, company, as_):
        client = as_(company.head_user, READ)
        nora = f"/api/v1/people/{company.nora.pk}/"
        place = company.nora.appointments.get().pk
        act = company.nora.movements.get().pk
        for path in (
            "/api/v1/people/", f"{nora}leave/", f"{nora}transfer/", f"{nora}rehire/", f"{nora}appoint/",
            f"/api/v1/appointments/{place}/change/", f"/api/v1/appointments/{place}/end/",
            f"/api/v1/movements/{act}/cancel/", "/api/v1/positions/", "/api/v1/headcount-plan/",
        ):  # fmt: skip
            assert client.post(path, {}, format="json").status_code == 403, path
        assert client.patch(nora, {}, format="json").status_code == 403

    def test_fields_nobody_offers_are_not_taken(self, company, system):
        other = UserFactory()
        given = {"name": "Nora", "user": other.pk, "id": 1, "is_main": False, "created_at": "2000-01-01"}
        system.patch(f"/api/v1/people/{company.nora.pk}/", given, format="json")
        nora = Person.objects.get(pk=company.nora.pk)
        assert (nora.name, nora.user) == ("Nora", company.nora_user)

    def test_foreign_ids_are_answered_like_missing_ones(self, company, system):
        for pk in (10**9, 0, -1):
            move = {"department": pk, "on": "2026-01-10"}
            assert system.post(f"/api/v1/people/{company.nora.pk}/transfer/", move, format="json").status_code == 404
        assert Appointment.objects.filter(role=AppointmentRole.MEMBER, ends_on=None).count() == 3


class TestHeadcountPlanApi:
    def test_sets_and_clears_cells(self, company, system):
        cell = {"department": company.sales.pk, "month": "2026-03-15", "planned": 7}
        body = system.post("/api/v1/headcount-plan/", {"cells": [cell]}, format="json").json()
        assert body == {"created": 1, "changed": 0, "removed": 0}
        row = system.get("/api/v1/headcount-plan/").json()["results"][0]
        assert (row["month"], row["planned"]) == ("2026-03-01", 7)
        body = system.post("/api/v1/headcount-plan/", {"cells": [cell | {"planned": None}]}, format="json").json()
        assert body["removed"] == 1


class TestHeadcountApi:
    def test_statement_balances(self, company, system):
        services.transfer_person(person=company.fay, place=Place(company.north), on=date(2026, 1, 10), **DONE)
        body = system.get("/api/v1/headcount/", {"department": company.sales.pk, "month": "2026-01"}).json()
        last = body["months"][-1]
        assert (len(body["months"]), last["opening"], last["transfers_in"], last["closing"]) == (12, 3, 1, 4)
        assert body["is_balanced"]
        assert Decimal(body["full_time_equivalents"]) == 4
