"""People who keep a month back: who they are, whose turn it is, and that nobody is offered to hand it in meanwhile."""

from datetime import date

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.models import PersonScore
from apps.assessments.selectors.appraising import people_to_appraise
from apps.assessments.services import MonthNotComplete
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.tests.factories import NOW
from apps.assessments.tests.teams import MAY, TODAY, all_given, give
from apps.departments.tests.factories import DepartmentFactory
from apps.notifications.models import StandIn
from apps.staff.models import Appointment
from apps.staff.selectors import scope_of
from apps.staff.tests.factories import PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]
AWAITED = "/api/v1/awaited-people/"


@pytest.fixture
def worked_out(team):
    """May is calculated; everybody has a personal part but Nora, Sam and Will."""
    give(team.ned, (team.dora, 80))
    return services.compute_month(month=MAY, by=team.hr, now=NOW).run


def away(user, stand_in, *, first=TODAY, last=TODAY, **more):
    return StandIn.objects.create(user=user, stand_in=stand_in, first_day=first, last_day=last, **more)


def whom(user):
    return [row.person.name for row in people_to_appraise(scope_of(user, TODAY), user=user, month=MAY)]


def board(team, as_, user=None):
    return as_(user or team.hr).get(reverse("assessments:month", args=[MAY])).content.decode()


class TestBoard:
    def test_names_each_person_and_whose_turn_it_is(self, worked_out, team, as_):
        page = board(team, as_)
        part = page.partition("People without a score")[2].partition("</table>")[0]
        rows = [row for row in part.split("<tr>") if "cell-link" in row]
        found = {name: who for row in rows for name in ("Nora", "Sam", "Will", "Dora") if name in row
                 for who in ("Ned North", "Mia Manager", "Cora Chief") if who in row}  # fmt: skip
        assert found == {"Nora": "Ned North", "Sam": "Mia Manager", "Will": "Cora Chief"}
        assert "3 people keep the month back" in page
        assert "Waits for scores of people" in page

    def test_offers_to_hand_in_only_once_everybody_has_a_score(self, worked_out, team, as_):
        hand_in = reverse("assessments:hand_in", args=[MAY])
        assert hand_in not in board(team, as_)
        all_given(team)
        services.compute_month(month=MAY, by=team.hr, now=NOW)
        page = board(team, as_)
        assert hand_in in page
        assert "People without a score" not in page

    def test_the_refusal_says_what_the_board_says(self, worked_out, team):
        with pytest.raises(MonthNotComplete, match="3 people still have no score"):
            services.hand_in_month(month=MAY, by=team.hr, now=NOW)

    def test_costs_the_same_for_one_person_and_many(self, worked_out, team, as_, django_assert_max_num_queries):
        more = [PersonFactory(name=f"New {n}", number=f"X{n}", department=team.south) for n in range(20)]
        services.compute_month(month=MAY, by=team.hr, now=NOW)
        assert PersonScore.objects.filter(status="pending", person__in=more).count() == 20
        board(team, as_)
        with django_assert_max_num_queries(70):
            page = board(team, as_)
        assert "8 more people wait" in page
        assert f"{reverse('assessments:people', args=[MAY])}?state=pending" in page


class TestApi:
    def test_names_the_person_and_whose_turn_it_is(self, worked_out, team, as_):
        away(team.ned, team.mia)
        rows = {
            row["person"]["number"]: row for row in as_(team.hr).get(AWAITED, {"month": "2026-05"}).json()["results"]
        }
        assert set(rows) == {"N1", "S1", "W1"}
        assert rows["N1"]["waits_for"] == "personal_part"
        assert rows["N1"]["department"]["code"] == "NORTH"
        assert rows["N1"]["givers"] == [
            {
                "account": {"id": team.ned.pk, "name": "Ned North"},
                "stand_in": {"id": team.mia.pk, "name": "Mia Manager"},
            }
        ]
        assert rows["W1"]["givers"] == [{"account": {"id": team.coo.pk, "name": "Cora Chief"}, "stand_in": None}]

    def test_comes_in_pages(self, worked_out, team, as_):
        first = as_(team.hr).get(AWAITED, {"month": "2026-05", "limit": 2}).json()
        second = as_(team.hr).get(first["next"]).json()
        numbers = [row["person"]["number"] for row in (*first["results"], *second["results"])]
        assert sorted(numbers) == ["N1", "S1", "W1"]

    def test_is_closed_to_those_who_do_not_read_drafts(self, worked_out, team, as_):
        assert as_(team.ned).get(AWAITED, {"month": "2026-05"}).status_code == 403


class TestWhoMayGiveIt:
    """Whoever stands in for an absent head, and the COO where there is no head."""

    @pytest.fixture
    def tess(self, team):
        """Leads nobody herself."""
        user = UserFactory(roles=["manager"], name="Tess Together")
        PersonFactory(name="Tess Together", number="T1", department=team.works, user=user)
        return user

    def test_a_stand_in_while_the_head_is_away(self, team, tess):
        assert whom(tess) == []
        away(team.ned, tess)
        assert whom(tess) == ["Dora Deputy", "Nora North"]
        assert give(tess, (team.nora_person, 77)).saved == 1

    def test_not_before_or_after_the_absence_nor_once_it_was_ended(self, team, tess):
        away(team.ned, tess, first=date(2026, 6, 16), last=date(2026, 6, 20))
        away(team.ned, tess, first=date(2026, 6, 1), last=date(2026, 6, 14))
        away(team.ned, tess, ended_at=NOW)
        assert whom(tess) == []
        with pytest.raises(NotYourStep):
            give(tess, (team.nora_person, 77))

    def test_never_to_themselves_nor_to_the_head_they_stand_in_for(self, team):
        nora_manages = UserFactory(roles=["manager"], name="Nick North")
        PersonFactory(name="Nick North", number="N7", department=team.north, user=nora_manages)
        away(team.ned, nora_manages)
        assert whom(nora_manages) == ["Dora Deputy", "Nora North"]

    def test_the_board_names_the_stand_in(self, worked_out, team, tess, as_):
        away(team.ned, tess)
        assert "Ned North, away: Tess Together stands in" in board(team, as_)

    def test_but_no_stand_in_who_may_not_give_it(self, worked_out, team, as_):
        away(team.ned, team.nora)
        assert "stands in" not in board(team, as_)

    def test_the_coo_where_nobody_heads_the_department_or_the_one_above(self, team):
        assert "Sam South" not in whom(team.coo)
        Appointment.objects.filter(person__user=team.mia).update(role="member")
        assert "Sam South" in whom(team.coo)
        assert "Nora North" not in whom(team.coo)
        assert give(team.coo, (team.sam, 70)).saved == 1

    def test_and_the_board_says_so(self, worked_out, team, as_):
        Appointment.objects.filter(person__user=team.mia).update(role="member")
        part = board(team, as_).partition("Sam South")[2].partition("</tr>")[0]
        assert "Cora Chief" in part

    def test_a_head_without_an_account_cannot_give_it_so_the_one_above_does(self, worked_out, team, as_):
        team.head.user = None
        team.head.save(update_fields=["user"])
        part = board(team, as_).partition("Nora North")[2].partition("</tr>")[0]
        assert "Mia Manager" in part

    def test_costs_the_same_however_many(self, team, django_assert_max_num_queries):
        for n in range(10):
            place = DepartmentFactory(code=f"D{n}", name=f"Place {n}", parent=team.works)
            PersonFactory(name=f"Person {n}", number=f"P{n}", department=place)
        scope = scope_of(team.coo, TODAY)
        with django_assert_max_num_queries(15):
            people_to_appraise(scope, user=team.coo, month=MAY)
