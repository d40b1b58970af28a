"""A published month that was judged by wrong days, departments or roles of people: read again for those who are named."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.assessments import services
from apps.assessments.models import Adjustment, AssessedMonth, PersonScore, Reward, Score
from apps.assessments.rules.placements import Placement, days_beside, placement_of
from apps.assessments.services import AppealRefused, Granted, Matter, MonthBusy, MonthNotComplete, NothingToRevise
from apps.assessments.services.placing import changes_in
from apps.assessments.tests.appeals import admitted_for_nora, published_draft, restated
from apps.assessments.tests.factories import NOW, published
from apps.assessments.tests.teams import MAY, give, published_may
from apps.staff.choices import AppointmentRole
from apps.staff.models import Appointment, Movement
from apps.staff.services import Place, cancel_movement, leave_person, transfer_person
from apps.staff.tests.factories import PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]
SAYS = (
    *(
        "person",
        "department",
        "role",
        "status",
        "stays",
        "days",
        "department_part",
        "dept_weight",
        "personal",
        "raters",
    ),
    *("personal_weight", "total", "grade", "vetoes"),
)


@pytest.fixture
def run(team):
    return published_may(team)


@pytest.fixture
def appeal(team, run):
    """Nora's, admitted."""
    return admitted_for_nora(team, run, "I moved to South on the 11th.")


def moved_late(person, department, *, on=date(2026, 5, 11), role=AppointmentRole.MEMBER):
    """A transfer that is recorded after the month was published."""
    return transfer_person(person=person, place=Place(department, role=role), on=on, by=None, now=NOW)


def rule(appeal, *, ruling="upheld", is_placement=True, by=None):
    granted = Granted(is_placement=is_placement)
    given = {"ruling": ruling, "reason": "The records say so now.", "granted": granted}
    return services.rule_appeal(appeal=appeal, by=by or appeal.reviewer, now=NOW, **given)


def revise(team, *people, departments=()):
    given = {"departments": [one.pk for one in departments], "placements": [one.pk for one in people]}
    return services.revise_departments(month=MAY, reason="Recorded late", by=team.hr, now=NOW, **given)


def says(run, person):
    """What a run says of somebody; None: nothing."""
    return PersonScore.objects.filter(run=run, person=person).values(*SAYS).first()


def others(run, *people):
    rows = PersonScore.objects.filter(run=run).exclude(person__in=people)
    return list(rows.order_by("person").values(*SAYS))


def recomputed(team):
    """The whole month, worked out anew by the GM."""
    draft = AssessedMonth.objects.get(month=MAY.first_day).draft
    if draft is not None:
        published_draft(team)
    services.compute_month(month=MAY, by=team.gm, now=NOW, reason="To compare")
    return AssessedMonth.objects.get(month=MAY.first_day).draft


def days_of(row):
    return [(stay["department"], stay["days"]) for stay in row["stays"]]


class TestRules:
    def test_each_department_once_by_when_they_first_came_there(self):
        found = placement_of("member", [(1, 5), (2, 6), (1, 20)])
        assert found == Placement("member", ((1, 25), (2, 6)))
        assert placement_of("member", []) is None

    def test_days_that_are_not_the_same(self):
        before, after = Placement("member", ((1, 31),)), Placement("member", ((1, 10), (None, 21)))
        assert list(days_beside(before, after)) == [(1, 31, 10), (None, 0, 21)]
        assert list(days_beside(before, None)) == [(1, 31, 0)]
        assert list(days_beside(after, after)) == []


class TestUpheld:
    def test_weighs_by_the_days_the_records_have_now_and_nobody_else_moves(self, team, run, appeal):
        moved_late(team.nora_person, team.south)
        corrected = rule(appeal).revision
        row = says(corrected, team.nora_person)
        assert days_of(row) == [(team.north.pk, 10), (team.south.pk, 21)]
        north, south = (Score.objects.get(run=run, department=one).total for one in (team.north, team.south))
        part = (north * 10 + south * 21) / 31
        assert round(row["department_part"], 6) == round(part, 6)
        assert row["total"] == round(part * 30 / 100 + Decimal(60) * 70 / 100, 2)
        assert others(corrected, team.nora_person) == others(run, team.nora_person)
        assert row == says(recomputed(team), team.nora_person)

    def test_the_corrected_version_is_proven_and_recounted(self, team, run, appeal):
        moved_late(team.nora_person, team.south)
        corrected = rule(appeal).revision
        published_draft(team)
        corrected.refresh_from_db()
        assert services.prove_run(corrected).is_sound
        assert services.prove_person(corrected.people.get(person=team.nora_person)).is_sound
        assert services.recount_run(corrected).is_sound

    def test_without_it_days_stay_as_published(self, team, run, appeal):
        give(team.ned, (team.nora_person, 90))
        moved_late(team.nora_person, team.south)
        corrected = rule(appeal, is_placement=False).revision
        row = says(corrected, team.nora_person)
        assert (days_of(row), row["personal"]) == ([(team.north.pk, 31)], 90)

    def test_reads_the_personal_part_with_it(self, team, run, appeal):
        give(team.ned, (team.nora_person, 90))
        moved_late(team.nora_person, team.south)
        assert says(rule(appeal).revision, team.nora_person)["personal"] == 90

    def test_refuses_records_that_say_what_was_published(self, appeal):
        with pytest.raises(AppealRefused, match="correct the movements first") as refused:
            rule(appeal)
        assert refused.value.field == "is_placement"
        appeal.refresh_from_db()
        assert (appeal.state, appeal.revision) == ("reviewing", None)

    def test_may_not_lower_the_score_unless_the_gm_rules(self, team, run, appeal):
        moved_late(team.nora_person, team.works)
        with pytest.raises(AppealRefused, match="would fall from"):
            rule(appeal)
        services.hand_up_appeal(appeal=appeal, reason="It falls.", by=appeal.reviewer, now=NOW)
        appeal.refresh_from_db()
        assert rule(appeal).revision is not None

    def test_of_a_department_it_is_refused(self, team, run):
        matter = Matter(run, team.north)
        made = services.file_appeal(matter=matter, reason="Why?", by=team.ned, now=NOW)
        made = services.admit_appeal(appeal=made, by=team.hr, now=NOW)
        with pytest.raises(AppealRefused, match="are those of a person"):
            rule(made)


class TestCorrected:
    def test_a_wrong_head_is_mended_for_both(self, team, run):
        Appointment.objects.filter(person=team.head).update(role="member")
        Appointment.objects.filter(person=team.dora).update(role="head")
        found = revise(team, team.head, team.dora)
        assert [says(found, one)["role"] for one in (team.head, team.dora)] == ["member", "head"]
        assert says(found, team.dora)["total"] == Score.objects.get(run=run, department=team.north).total
        assert others(found, team.head, team.dora) == others(run, team.head, team.dora)

    def test_who_should_have_had_a_score_gets_one_once_their_personal_part_is_given(self, team, run):
        came = PersonFactory(name="Lena Late", number="L1", department=team.south, hired_on=date(2026, 5, 11))
        with pytest.raises(MonthBusy, match="personal parts stand"):
            give(team.mia, (came, 70))
        waiting = revise(team, came)
        assert says(waiting, came)["status"] == "pending"
        with pytest.raises(MonthNotComplete, match="correct the month again then"):
            services.hand_in_month(month=MAY, by=team.hr, now=NOW)
        with pytest.raises(MonthBusy, match="personal parts stand"):
            give(team.mia, (team.sam, 70))
        give(team.mia, (came, 70))
        services.discard_draft(month=MAY, reason="Given now", by=team.hr, now=NOW)
        found = revise(team, came)
        row = says(found, came)
        assert (row["days"], row["status"], row["personal"]) == (21, "ok", 70)
        assert others(found, came) == others(run)
        assert row == says(recomputed(team), came)

    def test_with_too_few_days_they_are_not_assessed(self, team, run):
        came = PersonFactory(name="Lena Late", number="L1", department=team.south, hired_on=date(2026, 5, 20))
        row = says(revise(team, came), came)
        assert (row["days"], row["status"], row["total"]) == (12, "not_assessed", None)

    def test_who_was_not_there_loses_theirs_and_the_brief_says_so(self, team, run):
        leave_person(person=team.sam, last_day=date(2026, 4, 30), leave_kind="voluntary", by=None, now=NOW)
        found = revise(team, team.sam)
        assert says(found, team.sam) is None
        assert others(found) == others(run, team.sam)
        assert changes_in(found) == [
            {"label": "Sam South (S1)", "before": "31 days in South (SOUTH); Member", "after": "no day"}
        ]
        case = services.hand_in_month(month=MAY, by=team.hr, now=NOW)
        assert case.brief["changes"] == changes_in(found)

    def test_their_part_takes_the_totals_that_are_corrected_with_it(self, team, run):
        moved_late(team.nora_person, team.south)
        restated(team, team.north, 100)
        found = revise(team, team.nora_person, departments=[team.north])
        north = Score.objects.get(run=found, department=team.north).total
        assert north != Score.objects.get(run=run, department=team.north).total
        assert says(found, team.nora_person)["stays"][0]["score"] == str(north)

    def test_a_veto_of_the_head_goes_with_who_was_head(self, team, run):
        Adjustment.objects.create(
            kind="veto", month=MAY.first_day, last_month=MAY.first_day, department=team.north, code="fatal", name="Fatal",
            happened_on=date(2026, 5, 4), evidence="Report", action="zero", scope="head", state="confirmed",
            proposed_by=team.mia, proposed_at=NOW, decided_by=team.coo, decided_at=NOW,
        )  # fmt: skip
        found = revise(team, team.head)
        assert (says(found, team.head)["total"], says(found, team.dora)["vetoes"]) == (0, [])

    def test_a_draft_of_an_appeal_is_gone_on_from_and_keeps_its_days(self, team, run, appeal):
        moved_late(team.nora_person, team.south)
        first = rule(appeal).revision
        moved_late(team.sam, team.north)
        second = revise(team, team.sam)
        assert days_of(says(second, team.nora_person)) == days_of(says(first, team.nora_person))
        assert days_of(says(second, team.sam)) == [(team.south.pk, 10), (team.north.pk, 21)]

    def test_taken_back_again_before_publication_they_are_as_published(self, team, run, appeal):
        move = moved_late(team.nora_person, team.south)
        rule(appeal)
        cancel_movement(movement=Movement.objects.get(pk=move.pk), reason="It was another Nora", by=None, now=NOW)
        assert says(revise(team, team.nora_person), team.nora_person) == says(run, team.nora_person)

    def test_rewards_follow_the_corrected_days(self, team, run):
        moved_late(team.nora_person, team.south)
        revise(team, team.nora_person)
        published_draft(team)
        assert not Reward.objects.filter(person=team.nora_person, days_worked__lt=31).exists()


class TestRefused:
    def test_who_has_no_day_neither_before_nor_now(self, team, run):
        later = PersonFactory(name="Nele Next", number="X1", department=team.south, hired_on=date(2026, 6, 1))
        with pytest.raises(NothingToRevise, match="Nele Next has no day in May 2026 in the records") as refused:
            revise(team, team.nora_person, later)
        assert (refused.value.field, refused.value.details) == ("people", {"people": [later.pk]})
        assert AssessedMonth.objects.get(month=MAY.first_day).draft is None

    def test_rules_that_score_no_people(self, firm, scheme):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        with pytest.raises(NothingToRevise, match="scores no people"):
            revise(firm, PersonFactory(name="Sam South", number="S1", department=firm.south))


class TestCosts:
    def test_as_many_queries_for_many_as_for_one(self, team, run, django_assert_num_queries):
        moved_late(team.nora_person, team.south)
        with CaptureQueriesContext(connection) as one:
            revise(team, team.nora_person)
        services.discard_draft(month=MAY, reason="Again", by=team.hr, now=NOW)
        moved_late(team.sam, team.north)
        moved_late(team.worker, team.north)
        with django_assert_num_queries(len(one)):
            revise(team, team.nora_person, team.sam, team.worker)
