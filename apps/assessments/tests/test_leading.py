"""Nobody approves their own score alone: whoever stands in a run and would approve it, the GM decides on it as well."""

import pytest

from apps.accounts.choices import Role
from apps.assessments import services
from apps.assessments.models import PersonScore
from apps.assessments.services.leading import judges_decider, own_line_of
from apps.assessments.services.reviewing import hand_in_month
from apps.assessments.tests.factories import NOW, person_score
from apps.assessments.tests.teams import MAY, team_of
from apps.staff.choices import AppointmentRole
from apps.staff.models import Appointment
from apps.staff.selectors import own_person, scope_of
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def asked(firm):
    """The roles asked about May, handed in now, one after the other."""
    case = hand_in_month(month=MAY, by=firm.hr, now=NOW)
    return list(case.steps.order_by("position").values_list("role", flat=True))


def moved(firm, department, role):
    """The COO's place in the company is this one, ever since."""
    person = own_person(scope=scope_of(firm.coo, NOW.date()))
    Appointment.objects.filter(person=person).update(department=department, role=role)
    return person


@pytest.fixture
def calculated(firm, scheme):
    """May worked out; the rules score no people."""
    return services.compute_month(month=MAY, by=firm.hr, now=NOW).run


class TestTheDepartmentsOfTheChief:
    @pytest.mark.parametrize("role", [AppointmentRole.HEAD, AppointmentRole.DEPUTY_HEAD])
    def test_one_that_the_chief_heads_or_deputises_is_the_general_managers_too(self, firm, calculated, role):
        moved(firm, firm.works, role)
        assert own_line_of([firm.works.pk, firm.north.pk], day=MAY.last_day) == [firm.works.pk]
        assert asked(firm) == [Role.COO, Role.GM]

    def test_one_that_somebody_else_leads_is_the_chiefs_alone(self, firm, calculated):
        moved(firm, firm.company, AppointmentRole.HEAD)
        assert asked(firm) == [Role.COO]


class TestTheChiefAsAPerson:
    @pytest.mark.parametrize("role", AppointmentRole.values)
    def test_asks_the_general_manager_whatever_the_place(self, firm, calculated, role):
        person = moved(firm, firm.company, role)
        person_score(calculated, person, firm.company, role=role)
        assert judges_decider(calculated)
        assert asked(firm) == [Role.COO, Role.GM]

    def test_a_member_of_an_assessed_department_in_a_month_that_scores_people(self, firm):
        team_of(firm)
        person = moved(firm, firm.south, AppointmentRole.MEMBER)
        run = services.compute_month(month=MAY, by=firm.hr, now=NOW).run
        assert PersonScore.objects.filter(run=run, person=person).exists()
        assert judges_decider(run)

    def test_not_for_the_score_of_others(self, firm, calculated):
        moved(firm, firm.company, AppointmentRole.HEAD)
        boss = PersonFactory(name="Gus General", number="G1", department=firm.company, user=firm.gm)
        person_score(calculated, boss, firm.company)
        assert not judges_decider(calculated)
        assert asked(firm) == [Role.COO]

    def test_not_once_the_account_is_closed(self, firm, calculated):
        person = moved(firm, firm.company, AppointmentRole.HEAD)
        person_score(calculated, person, firm.company)
        type(firm.coo).objects.filter(pk=firm.coo.pk).update(is_active=False, closed_at=NOW)
        assert not judges_decider(calculated)
