"""An appeal against one's own score: what upholding it reads again, and who is asked for it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.models import Adjustment, Appeal, AssessedMonth, PersonScore, Score
from apps.assessments.services import AppealRefused, Granted, Matter
from apps.assessments.tests.appeals import admitted_for_nora, published_draft
from apps.assessments.tests.factories import NOW
from apps.assessments.tests.teams import MAY, give, published_may
from apps.notifications.models import Notification
from apps.staff.models import Appointment
from apps.staff.tests.factories import PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]


@pytest.fixture
def run(team):
    return published_may(team)


@pytest.fixture
def appeal(team, run):
    """Nora's, admitted."""
    return admitted_for_nora(team, run, "The night shifts are missing.")


def later_bonus(team):
    """Confirmed after May was published, and of no concern to Nora's appeal."""
    return Adjustment.objects.create(
        kind="bonus", month=MAY.first_day, last_month=MAY.first_day, department=team.north, code="patent", name="Patent",
        happened_on=MAY.first_day, evidence="Office note", points=Decimal(2), state="confirmed", proposed_by=team.mia,
        proposed_at=NOW, decided_by=team.coo, decided_at=NOW,
    )  # fmt: skip


def rule(appeal, ruling="upheld", granted=None):
    return services.rule_appeal(
        appeal=appeal, ruling=ruling, reason="Counted again.", by=appeal.reviewer, now=NOW, granted=granted
    )


def both(model, before, after, **of):
    return [model.objects.get(run=run, **of) for run in (before, after)]


class TestUpheld:
    def test_counts_the_personal_part_given_anew_and_nothing_of_the_department(self, team, run, appeal):
        later_bonus(team)
        give(team.ned, (team.nora_person, 90))
        corrected = rule(appeal).revision
        assert corrected.version == run.version + 1
        before, after = both(PersonScore, run, corrected, person=team.nora_person)
        assert (before.personal, after.personal) == (60, 90)
        assert after.department_part == before.department_part
        for department in team.assessed:
            old, new = both(Score, run, corrected, department=department)
            assert (old.total, old.bonus, old.extras) == (new.total, new.bonus, new.extras)
        published_draft(team)
        run.refresh_from_db()
        corrected.refresh_from_db()
        assert (run.state, corrected.state) == ("superseded", "published")

    def test_leaves_everybody_elses_score_as_it_was(self, team, run, appeal):
        later_bonus(team)
        give(team.ned, (team.nora_person, 90))
        corrected = rule(appeal).revision
        for person in (team.dora, team.sam, team.worker):
            old, new = both(PersonScore, run, corrected, person=person)
            assert (old.total, old.grade) == (new.total, new.grade)

    @pytest.mark.parametrize("granted", [Granted(is_beside=True), Granted(indicators=[1])])
    def test_refuses_to_read_anything_of_the_department(self, team, appeal, granted):
        with pytest.raises(AppealRefused, match="only the personal part"):
            rule(appeal, granted=granted)
        appeal.refresh_from_db()
        assert (appeal.state, appeal.revision) == ("reviewing", None)

    def test_through_the_pages_from_the_form_to_the_corrected_score(self, team, run, as_):
        later_bonus(team)
        filed = as_(team.nora).post(
            reverse("assessments:file_person_appeal", args=[MAY, team.nora_person.pk]), {"reason": "Night shifts."}
        )
        assert filed.status_code == 302
        appeal = Appeal.objects.get()
        as_(team.hr).post(reverse("assessments:admit_appeal", args=[appeal.pk]))
        appeal.refresh_from_db()
        give(team.ned, (team.nora_person, 90))
        url = reverse("assessments:rule_appeal", args=[appeal.pk])
        form = as_(appeal.reviewer).get(url).content.decode()
        assert 'name="is_beside"' not in form and 'name="indicators"' not in form
        assert "Have the personal part given anew first" in form
        answer = as_(appeal.reviewer).post(url, {"ruling": "upheld", "reason": "Counted.", "is_beside": "on"})
        assert answer.status_code == 302
        appeal.refresh_from_db()
        old, new = both(Score, run, appeal.revision, department=team.north)
        assert (old.total, old.bonus) == (new.total, new.bonus)


class TestWhoIsTold:
    def asked(self, team):
        rows = Notification.objects.filter(kind="assessments.appeal", subject__contains="about a personal part")
        return {row.user: row.url for row in rows.select_related("user")}

    def test_whoever_gave_the_personal_part_is_asked_for_it_on_admission(self, team, appeal):
        assert self.asked(team) == {team.ned: reverse("assessments:appraise", args=[MAY])}

    def test_whoever_heads_the_department_by_now_is_asked_too(self, team, run):
        give_anew_by = UserFactory(roles=["manager"], name="Nina New")
        Appointment.objects.filter(person=team.head).update(role="member")
        PersonFactory(name="Nina New", number="N9", department=team.north, role="head", user=give_anew_by)
        made = services.file_appeal(
            matter=Matter(run, team.north, person=team.nora_person), reason="Why 60?", by=team.nora, now=NOW
        )
        services.admit_appeal(appeal=made, by=team.hr, now=NOW)
        assert set(self.asked(team)) == {team.ned, give_anew_by}

    def test_nobody_is_asked_before_it_is_admitted(self, team, run):
        services.file_appeal(matter=Matter(run, team.north, person=team.nora_person), reason="x", by=team.nora, now=NOW)
        assert self.asked(team) == {}


class TestTheWayToIt:
    @pytest.fixture
    def address(self, team):
        return reverse("assessments:file_person_appeal", args=[MAY, team.nora_person.pk])

    def page(self, team, as_, user):
        url = reverse("assessments:person_score", args=[MAY, team.nora_person.pk])
        return as_(user).get(url).content.decode()

    def test_is_a_link_on_ones_own_score_that_leads_to_the_form(self, team, run, as_, address):
        page = self.page(team, as_, team.nora)
        assert f'href="{address}"' in page and "I disagree" in page
        assert "Appeals are taken until" in page
        form = as_(team.nora).get(address)
        assert form.status_code == 200
        assert "What is wrong" in form.content.decode()

    @pytest.mark.parametrize("who", ["ned", "mia", "hr", "gm", "auditor"])
    def test_is_offered_to_nobody_else(self, team, run, as_, who, address):
        page = self.page(team, as_, getattr(team, who))
        assert address not in page and "I disagree" not in page

    def test_is_closed_with_the_window(self, team, run, as_, address):
        AssessedMonth.objects.update(appeals_until=NOW - timedelta(seconds=1))
        assert address not in self.page(team, as_, team.nora)

    def test_shows_the_appeal_there_is_and_offers_no_second_one(self, team, appeal, as_, address):
        page = self.page(team, as_, team.nora)
        assert f'href="{appeal.get_absolute_url()}"' in page
        assert address not in page

    def test_is_offered_again_after_a_formal_rejection(self, team, run, as_, address):
        made = services.file_appeal(
            matter=Matter(run, team.north, person=team.nora_person), reason="x", by=team.nora, now=NOW
        )
        services.reject_appeal(appeal=made, reason="Say what is wrong.", by=team.hr, now=NOW)
        assert address in self.page(team, as_, team.nora)
