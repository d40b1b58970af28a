"""The pages: who may open them, what they show, and that what was typed is still there after a refusal."""

from datetime import date

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.departments.tests.factories import DepartmentFactory
from apps.staff import services
from apps.staff.choices import AppointmentRole, LeaveKind, MovementKind
from apps.staff.models import Appointment, HeadcountPlan, Movement, Person
from apps.staff.services import Place
from apps.staff.tests.factories import NOW, PersonFactory

pytestmark = pytest.mark.django_db
DONE = {"by": None, "now": NOW}


@pytest.fixture
def as_(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def text_of(response):
    return response.content.decode()


def hire_input(company, **changes):
    given = {
        "number": "900",
        "name": "Ida New",
        "email": "",
        "department": company.north.pk,
        "role": "member",
        "share": "100",
        "hired_on": "2026-02-01",
        "contract": "permanent",
        "reason": "",
    }
    return {**given, **changes}


class TestListPage:
    def test_shows_a_manager_the_branch_only(self, company, as_):
        body = text_of(as_(company.head_user).get(reverse("staff:list")))
        assert "Nora North" in body
        assert "Fay Finance" not in body

    def test_is_closed_to_those_without_the_capability(self, company, as_):
        assert as_(company.nora_user).get(reverse("staff:list")).status_code == 403

    def test_asks_strangers_to_sign_in(self, company, client):
        response = client.get(reverse("staff:list"))
        assert response.status_code == 302
        assert "login" in response["Location"]

    def test_filters_by_branch_and_state(self, company, as_):
        services.leave_person(person=company.saul, last_day=date(2026, 1, 2), leave_kind=LeaveKind.OTHER, **DONE)
        client = as_(company.hr)
        body = text_of(client.get(reverse("staff:list"), {"department": company.sales.pk}))
        assert "Nora North" in body
        assert "Fay Finance" not in body
        assert "Saul South" not in body
        assert "Saul South" in text_of(client.get(reverse("staff:list"), {"state": "left"}))

    def test_another_department_cannot_be_asked_for(self, company, as_):
        response = as_(company.head_user).get(reverse("staff:list"), {"department": company.finance.pk})
        assert response.status_code == 404

    def test_exports_what_the_scope_reaches(self, company, as_):
        response = as_(company.head_user).get(reverse("staff:list"), {"export": "csv"})
        body = b"".join(response.streaming_content).decode()
        assert "Nora North" in body
        assert "Fay Finance" not in body

    def test_costs_as_many_queries_for_sixty_people_as_for_four(self, company, as_, django_assert_max_num_queries):
        client = as_(company.hr)
        client.get(reverse("staff:list"))
        for _number in range(2):
            with django_assert_max_num_queries(15):
                client.get(reverse("staff:list"))
            for _person in range(30):
                PersonFactory(department=company.north)


class TestDetailPage:
    def test_shows_places_and_movements(self, company, as_):
        services.transfer_person(person=company.nora, place=Place(company.south), on=date(2026, 1, 10), **DONE)
        body = text_of(as_(company.head_user).get(company.nora.get_absolute_url()))
        assert "North" in body
        assert "South" in body
        assert "Transferred" in body

    def test_of_another_department_is_missing(self, company, as_):
        for name in ("staff:detail", "staff:history"):
            assert as_(company.head_user).get(reverse(name, args=[company.fay.pk])).status_code == 404

    def test_of_oneself_is_open_to_everybody_else_not(self, company, as_):
        client = as_(company.nora_user)
        assert client.get(company.nora.get_absolute_url()).status_code == 200
        assert client.get(company.saul.get_absolute_url()).status_code == 404
        assert client.get(reverse("staff:own")).status_code == 302

    def test_own_page_without_a_record_says_so(self, company, as_):
        assert "No personnel record" in text_of(as_(company.hr).get(reverse("staff:own")))

    def test_offers_acts_to_hr_only(self, company, as_):
        leave = reverse("staff:leave", args=[company.nora.pk])
        assert leave not in text_of(as_(company.head_user).get(company.nora.get_absolute_url()))
        assert leave in text_of(as_(company.hr).get(company.nora.get_absolute_url()))

    def test_history_tells_who_and_why(self, company, as_):
        act = {"person": company.nora, "place": Place(company.south), "on": date(2026, 1, 10)}
        services.transfer_person(**act, reason="Asked for it", by=company.hr, now=NOW)
        body = text_of(as_(company.hr).get(reverse("staff:history", args=[company.nora.pk])))
        assert "Asked for it" in body
        assert "Hanna HR" in body


class TestHirePage:
    def test_hires(self, company, as_):
        response = as_(company.hr).post(reverse("staff:hire"), hire_input(company))
        person = Person.objects.get(number="900")
        assert response["Location"] == person.get_absolute_url()
        assert Movement.objects.get(person=person).recorded_by == company.hr

    def test_keeps_what_was_typed_beside_the_refusal(self, company, as_):
        response = as_(company.hr).post(reverse("staff:hire"), hire_input(company, number="N1", reason="Best of 40"))
        body = text_of(response)
        assert response.status_code == 422
        assert "belongs to Nora North" in body
        assert "Best of 40" in body
        assert "Ida New" in body
        assert not Person.objects.filter(name="Ida New").exists()

    def test_names_a_second_head(self, company, as_):
        given = hire_input(company, department=company.sales.pk, role="head")
        assert "Mia Manager heads Sales" in text_of(as_(company.hr).post(reverse("staff:hire"), given))

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_is_closed_to_managers(self, company, as_, method):
        assert getattr(as_(company.head_user), method)(reverse("staff:hire")).status_code == 403


class TestActs:
    """Each act by its page: done, shown, and closed to those who only read."""

    def post(self, client, act, pk, /, **given):
        return client.post(reverse(f"staff:{act}", args=[pk]), given)

    def test_leave(self, company, as_):
        given = {"last_day": "2026-01-31", "leave_kind": "voluntary", "reason": "Moves abroad"}
        assert self.post(as_(company.hr), "leave", company.nora.pk, **given).status_code == 302
        assert Movement.objects.get(kind=MovementKind.LEAVE).reason == "Moves abroad"

    def test_leave_before_joining_is_named(self, company, as_):
        given = {"last_day": "2019-01-31", "leave_kind": "voluntary"}
        response = self.post(as_(company.hr), "leave", company.nora.pk, **given)
        assert "cannot leave before joining on 2 Mar 2020" in text_of(response)

    def test_transfer(self, company, as_):
        given = {"department": company.south.pk, "on": "2026-02-01", "role": "member", "share": ""}
        assert self.post(as_(company.hr), "transfer", company.nora.pk, **given).status_code == 302
        assert Appointment.objects.get(person=company.nora, ends_on=None).department == company.south

    def test_transfer_into_a_department_that_opens_later_is_named(self, company, as_):
        late = DepartmentFactory(name="Robotics", on=date(2026, 6, 1))
        given = {"department": late.pk, "on": "2026-02-01", "role": "member"}
        response = self.post(as_(company.hr), "transfer", company.nora.pk, **given)
        assert "Robotics is not open on 1 Feb 2026" in text_of(response)

    def test_rehire(self, company, as_):
        services.leave_person(person=company.nora, last_day=date(2026, 1, 2), leave_kind=LeaveKind.OTHER, **DONE)
        given = {
            "department": company.south.pk, "hired_on": "2026-02-01", "role": "member", "share": "50",
            "contract": "fixed_term",
        }  # fmt: skip
        assert self.post(as_(company.hr), "rehire", company.nora.pk, **given).status_code == 302
        assert company.nora.employments.count() == 2

    def test_appoint_change_end_and_remove(self, company, as_):
        client = as_(company.hr)
        given = {"department": company.finance.pk, "starts_on": "2026-01-01", "role": "head", "share": "0"}
        assert self.post(client, "appoint", company.nora.pk, **given).status_code == 302
        place = Appointment.objects.get(person=company.nora, is_main=False)
        given = {"on": "2026-01-10", "role": "deputy_head", "share": "0"}
        assert self.post(client, "change_appointment", place.pk, **given).status_code == 302
        place = Appointment.objects.get(person=company.nora, role=AppointmentRole.DEPUTY_HEAD)
        assert self.post(client, "end_appointment", place.pk, last_day="2026-01-20").status_code == 302
        assert self.post(client, "remove_appointment", place.pk, reason="Never meant").status_code == 302
        assert not Appointment.objects.filter(pk=place.pk).exists()

    def test_change_and_account(self, company, as_):
        client, user = as_(company.hr), UserFactory(name="Saul South")
        given = {"number": "S2", "name": "Saul Southerly", "email": "saul@example.com"}
        assert self.post(client, "change", company.saul.pk, **given).status_code == 302
        assert self.post(client, "account", company.saul.pk, user=user.pk).status_code == 302
        saul = Person.objects.get(pk=company.saul.pk)
        assert (saul.number, saul.user) == ("S2", user)

    def test_cancel_of_a_hire_leads_to_the_list(self, company, as_):
        act = Movement.objects.get(person=company.nora)
        services.link_account(person=company.nora, user=None, by=None)
        response = self.post(as_(company.hr), "cancel", act.pk, reason="Never came")
        assert response["Location"] == reverse("staff:list")

    @pytest.mark.parametrize("name", ["leave", "transfer", "rehire", "appoint", "change", "account"])
    def test_open_as_a_form_for_hr_and_not_for_managers(self, company, as_, name):
        address = reverse(f"staff:{name}", args=[company.nora.pk])
        assert as_(company.hr).get(address).status_code == 200
        assert as_(company.head_user).get(address).status_code == 403

    @pytest.mark.parametrize("name", ["change_appointment", "end_appointment", "remove_appointment"])
    def test_appointments_open_as_a_form(self, company, as_, name):
        address = reverse(f"staff:{name}", args=[company.nora.appointments.get().pk])
        assert as_(company.hr).get(address).status_code == 200


class TestMovementsPage:
    def test_shows_what_touches_the_branch(self, company, as_):
        services.transfer_person(person=company.fay, place=Place(company.south), on=date(2026, 1, 10), **DONE)
        PersonFactory(name="Finn Finance", department=company.finance)
        body = text_of(as_(company.head_user).get(reverse("staff:movements")))
        assert "Fay Finance" in body
        assert "Finn Finance" not in body

    def test_filters_by_month_and_kind(self, company, as_):
        services.transfer_person(person=company.fay, place=Place(company.south), on=date(2026, 1, 10), **DONE)
        client = as_(company.hr)
        body = text_of(client.get(reverse("staff:movements"), {"month": "2026-01", "kind": "transfer"}))
        assert "Fay Finance" in body
        assert "Nora North" not in body
        assert client.get(reverse("staff:movements"), {"month": "soon"}).status_code == 404


class TestHeadcountPage:
    def test_shows_a_statement_that_balances(self, company, as_):
        body = text_of(as_(company.head_user).get(reverse("staff:headcount")))
        assert "Counted afresh: agrees" in body

    def test_of_another_department_is_missing(self, company, as_):
        client = as_(company.head_user)
        for pk in (company.finance.pk, 10**9, "x"):
            assert client.get(reverse("staff:headcount"), {"department": pk}).status_code == 404

    def test_marks_small_numbers_instead_of_rating_them(self, company, as_):
        assert "too few heads for a rate" in text_of(as_(company.hr).get(reverse("staff:headcount")))


class TestPlanPage:
    def test_saves_only_the_cells_that_were_changed(self, company, as_):
        HeadcountPlan.objects.create(department=company.north, month=date(2026, 3, 1), planned=8)
        given = {
            f"cell-{company.sales.pk}-2026-03": "7",
            f"was-{company.sales.pk}-2026-03": "",
            f"cell-{company.north.pk}-2026-03": "5",
            f"was-{company.north.pk}-2026-03": "5",
        }
        assert as_(company.hr).post(reverse("staff:plan"), given).status_code == 302
        assert set(HeadcountPlan.objects.values_list("department", "planned")) == {
            (company.sales.pk, 7),
            (company.north.pk, 8),
        }

    @pytest.mark.parametrize("typed", ["many", "-3", "1.5", "99999999999"])
    def test_refuses_what_is_no_number_and_keeps_it(self, company, as_, typed):
        response = as_(company.hr).post(reverse("staff:plan"), {f"cell-{company.sales.pk}-2026-03": typed})
        assert response.status_code == 422
        assert f'value="{typed}"' in text_of(response)
        assert not HeadcountPlan.objects.exists()

    def test_is_closed_to_managers(self, company, as_):
        assert as_(company.head_user).get(reverse("staff:plan")).status_code == 403


class TestPositionsPages:
    def test_name_a_job_and_count_its_holders(self, company, as_):
        client = as_(company.hr)
        given = {"code": "ENG", "title": "Engineer", "grade": "7", "is_key": "on"}
        assert client.post(reverse("staff:create_position"), given).status_code == 302
        assert "Engineer" in text_of(client.get(reverse("staff:positions")))

    def test_refuse_a_code_in_use(self, company, as_):
        position = services.create_position(code="ENG", title="Engineer", by=None)
        client = as_(company.hr)
        response = client.post(reverse("staff:create_position"), {"code": "ENG", "title": "Other"})
        assert "is in use" in text_of(response)
        address = reverse("staff:change_position", args=[position.pk])
        assert client.post(address, {"code": "X", "title": "Senior engineer"}).status_code == 302
        position.refresh_from_db()
        assert (position.code, position.title) == ("ENG", "Senior engineer")
