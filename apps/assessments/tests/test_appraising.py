"""The personal part: who gives it to whom, in a grid, until the month is handed in."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import Appeal, Appraisal, PersonScore
from apps.assessments.selectors.appraising import people_to_appraise
from apps.assessments.selectors.to_do import to_do_of
from apps.assessments.services import MonthBusy, NoScheme, PointsFor, WrongAppraisals, appraise_people
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.tests.factories import NOW, approved, draft, for_people, published
from apps.core.month import Month
from apps.staff.selectors import own_person, scope_of
from apps.staff.services import Place, transfer_person
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

MAY = Month(2026, 5)
TODAY = date(2026, 6, 15)


def whom(user):
    """The names USER gives the personal part of May."""
    return [row.person.name for row in people_to_appraise(scope_of(user, TODAY), user=user, month=MAY)]


def give(user, *rows, month=MAY):
    """USER gives points: (person, points, note)."""
    given = [PointsFor(person.pk, Decimal(str(points)), note) for person, points, note in rows]
    return appraise_people(month=month, given=given, scope=scope_of(user, TODAY), by=user, now=NOW)


class TestToDo:
    def test_counts_whose_part_is_not_given_yet(self, team):
        def open_for(user):
            return to_do_of(scope=scope_of(user, TODAY), user=user, month=MAY, today=TODAY).appraisals

        assert [open_for(user) for user in (team.ned, team.mia, team.nora)] == [2, 3, 0]
        give(team.ned, (team.dora, 80, ""))
        assert open_for(team.ned) == 1


class TestPeopleToAppraise:
    def test_are_those_of_the_department_one_heads(self, team):
        assert whom(team.ned) == ["Dora Deputy", "Nora North"]

    def test_and_of_those_directly_below(self, team):
        assert whom(team.mia) == ["Dora Deputy", "Nora North", "Sam South"]

    def test_are_for_the_coo_the_own_department_and_every_head_whose_personal_part_weighs(self, firm):
        rules = {"head": {"dept_weight": "70", "personal_weight": "30"}}
        scheme = for_people(draft(by=firm.hr, departments=firm.assessed, lines=firm.lines), staff=rules)
        approved(scheme, by=firm.hr, deciders=[firm.coo, firm.gm])
        PersonFactory(name="Ned North", department=firm.north, role="head")
        assert whom(firm.coo) == ["Ned North"]

    def test_are_for_the_gm_the_coo(self, firm):
        rules = {"head": {"dept_weight": "70", "personal_weight": "30"}}
        scheme = for_people(draft(by=firm.hr, departments=firm.assessed, lines=firm.lines), staff=rules)
        approved(scheme, by=firm.hr, deciders=[firm.coo, firm.gm])
        PersonFactory(name="Ned North", department=firm.north, role="head")
        assert whom(firm.gm) == ["Cora Chief"]

    def test_stand_where_they_were_last_in_the_month(self, team):
        transfer_person(person=team.nora_person, place=Place(team.south), on=date(2026, 5, 20), by=None, now=NOW)
        assert whom(team.ned) == ["Dora Deputy"]

    def test_are_nobody_for_a_deputy_an_employee_or_hr(self, team):
        assert whom(team.nora) == []
        assert whom(team.hr) == []

    def test_are_nobody_where_no_department_at_or_above_is_assessed(self, team):
        PersonFactory(name="Sally Sales", department=team.sales)
        assert "Sally Sales" not in whom(team.mia)


class TestAppraisePeople:
    def test_keeps_points_with_the_comment(self, team):
        done = give(team.ned, (team.nora_person, "86.5", " Steady hand "))
        row = Appraisal.objects.get()
        assert (done.saved, done.unchanged) == (1, 0)
        assert (row.points, row.note, row.said_by, row.version) == (Decimal("86.50"), "Steady hand", team.ned, 1)

    def test_makes_a_version_of_a_change_and_none_of_the_same(self, team):
        give(team.ned, (team.nora_person, 86, "a"))
        assert give(team.ned, (team.nora_person, "86.00", "a")).unchanged == 1
        assert give(team.ned, (team.nora_person, 88, "a")).saved == 1
        assert list(Appraisal.objects.order_by("version").values_list("points", flat=True)) == [86, 88]

    def test_counts_in_the_score_with_that_of_every_other_rater(self, team):
        give(team.ned, (team.nora_person, 80, ""))
        give(team.mia, (team.nora_person, 90, ""))
        services.compute_month(month=MAY, by=team.hr, now=NOW)
        row = PersonScore.objects.get(person=team.nora_person)
        assert row.personal == 85
        assert row.status == "ok"

    def test_refuses_oneself(self, team):
        with pytest.raises(NotYourStep, match="Nobody gives themselves"):
            give(team.ned, (team.head, 100, ""))

    def test_refuses_people_somebody_else_leads_and_stores_nothing(self, team):
        with pytest.raises(NotYourStep, match="One of these people"):
            give(team.ned, (team.nora_person, 80, ""), (team.sam, 80, ""))
        assert not Appraisal.objects.exists()

    @pytest.mark.parametrize("points", ["100.01", "-1", "80.555"])
    def test_refuses_points_outside_0_to_100(self, team, points):
        with pytest.raises(WrongAppraisals):
            give(team.ned, (team.nora_person, points, ""))

    def test_refuses_somebody_named_twice(self, team):
        with pytest.raises(WrongAppraisals, match="twice"):
            give(team.ned, (team.nora_person, 80, ""), (team.nora_person, 90, ""))

    def test_refuses_a_month_that_is_handed_in(self, team):
        give(team.mia, (team.nora_person, 80, ""), (team.dora, 80, ""), (team.sam, 80, ""))
        give(team.coo, (team.worker, 80, ""))
        services.compute_month(month=MAY, by=team.hr, now=NOW)
        services.hand_in_month(month=MAY, by=team.hr, now=NOW)
        with pytest.raises(MonthBusy, match="handed in"):
            give(team.ned, (team.nora_person, 90, ""))

    def test_refuses_a_month_that_has_not_begun(self, team):
        with pytest.raises(MonthBusy, match="has not begun"):
            give(team.ned, (team.nora_person, 90, ""), month=Month(2026, 7))

    def test_refuses_where_the_rules_score_no_people(self, firm, scheme):
        person = own_person(scope=scope_of(firm.nora, TODAY))
        with pytest.raises(NoScheme):
            give(firm.mia, (person, 90, ""))


class TestAppraisePage:
    @pytest.fixture
    def url(self):
        return reverse("assessments:appraise", args=["2026-05"])

    def test_shows_the_grid_with_progress(self, team, as_, url):
        give(team.ned, (team.nora_person, 86, "Steady"))
        page = as_(team.ned).get(url).content.decode()
        assert "1 of 2 given" in page
        assert 'value="86"' in page
        assert "Sam South" not in page

    def test_saves_what_was_typed(self, team, as_, url):
        sent = {f"points-{team.nora_person.pk}": "86,5", f"note-{team.nora_person.pk}": "Steady"}
        answer = as_(team.ned).post(url, sent)
        assert answer.status_code == 302
        assert Appraisal.objects.get().points == Decimal("86.50")

    @pytest.mark.parametrize(("points", "note"), [("101", ""), ("many", ""), ("", "only words")])
    def test_keeps_what_cannot_be_read_and_says_why(self, team, as_, url, points, note):
        sent = {f"points-{team.nora_person.pk}": points, f"note-{team.nora_person.pk}": note}
        answer = as_(team.ned).post(url, sent)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "One row needs your attention" in page
        assert (points or note) in page
        assert not Appraisal.objects.exists()

    def test_takes_nothing_back(self, team, as_, url):
        give(team.ned, (team.nora_person, 86, ""))
        answer = as_(team.ned).post(url, {f"points-{team.nora_person.pk}": ""})
        assert answer.status_code == 422
        assert "not taken away" in answer.content.decode()

    def test_leaves_people_of_others_alone(self, team, as_, url):
        as_(team.ned).post(url, {f"points-{team.sam.pk}": "10"})
        assert not Appraisal.objects.exists()

    def test_is_closed_to_employees(self, team, as_, url):
        assert as_(team.nora).get(url).status_code == 403

    def test_can_be_narrowed_to_those_still_open(self, team, as_, url):
        give(team.ned, (team.nora_person, 86, ""))
        page = as_(team.ned).get(url, {"open": "1"}).content.decode()
        assert "Dora Deputy" in page
        assert "Nora North" not in page


class TestAfterAnAppeal:
    @pytest.fixture
    def published_run(self, team):
        give(team.ned, (team.nora_person, 60, ""), (team.dora, 80, ""))
        give(team.mia, (team.sam, 80, ""))
        give(team.coo, (team.worker, 80, ""))
        return published(MAY, by=team.hr, deciders=[team.coo, team.gm]).run

    def appealed(self, team, run, state="reviewing"):
        return Appeal.objects.create(
            run=run, department=team.north, person=team.nora_person, state=state, reason="Too few", filed_by=team.nora,
            filed_at=NOW, due_at=NOW, reviewer=team.gm,
        )  # fmt: skip

    def test_the_personal_part_is_given_anew_and_counts_in_the_correction(self, team, published_run):
        self.appealed(team, published_run)
        give(team.ned, (team.nora_person, 90, "Counted the night shifts too"))
        run = services.revise_month(month=MAY, people=[team.nora_person.pk], reason="Appeal", by=team.gm, now=NOW)
        before, after = (PersonScore.objects.get(run=one, person=team.nora_person) for one in (published_run, run))
        assert (before.personal, after.personal) == (60, 90)
        other = [PersonScore.objects.get(run=one, person=team.dora).total for one in (published_run, run)]
        assert other[0] == other[1]

    def test_nobody_elses_is(self, team, published_run):
        self.appealed(team, published_run)
        with pytest.raises(MonthBusy, match="their personal parts stand"):
            give(team.ned, (team.dora, 99, "Now"))

    def test_not_before_the_appeal_is_admitted(self, team, published_run):
        self.appealed(team, published_run, state="filed")
        with pytest.raises(MonthBusy, match="their personal parts stand"):
            give(team.ned, (team.nora_person, 90, "Now"))
