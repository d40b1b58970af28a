"""What an appeal was granted is carried out: its correction is not put aside, and nothing else passes for it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, PersonScore, Score, ScoreRun
from apps.assessments.selectors.appeals import correcting_run
from apps.assessments.services import Matter, MonthBusy, NothingToRevise
from apps.assessments.tests.appeals import (
    MAY,
    admitted,
    appeal_of,
    place,
    published_draft,
    restated,
    ruled,
    upheld_for_north,
)
from apps.assessments.tests.factories import NOW
from apps.assessments.tests.teams import give, published_may

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


def revise(firm, *departments, reason="Booked late."):
    return services.revise_departments(
        month=MAY, departments=[one.pk for one in departments], reason=reason, by=firm.hr, now=NOW
    )


def discard(firm):
    return services.discard_draft(month=MAY, reason="Another way.", by=firm.hr, now=NOW)


def total(run, department):
    return Score.objects.get(run=run, department=department).total


@pytest.fixture
def granted(firm, run):
    """North's appeal is upheld: 99 instead of 95, in a draft of version 2."""
    return upheld_for_north(firm, run)


class TestPutAside:
    def test_is_refused_with_the_appeal_and_the_way_on(self, firm, granted):
        with pytest.raises(MonthBusy, match=rf"carries out the ruling on {granted} and cannot be put aside") as refused:
            discard(firm)
        assert "correct it once more" in str(refused.value)
        assert refused.value.details["appeals"] == [granted.pk]
        assert place().draft == granted.revision

    def test_nor_what_was_made_of_it_since(self, firm, granted):
        services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="As ruled.")
        assert place().draft != granted.revision
        with pytest.raises(MonthBusy, match=r"carries out the ruling on .* let the general manager"):
            discard(firm)

    def test_a_later_correction_may_be_put_aside_again(self, firm, granted):
        published_draft(firm)
        revise(firm, firm.south)
        assert discard(firm).version == 3

    def test_the_board_offers_to_correct_it_once_more_instead(self, firm, granted, as_):
        page = as_(firm.hr).get(reverse("assessments:month", args=[MAY])).content.decode()
        assert reverse("assessments:revise", args=[MAY]) in page
        assert reverse("assessments:discard_draft", args=[MAY]) not in page
        form = as_(firm.hr).get(reverse("assessments:revise", args=[MAY])).content.decode()
        assert f"What was granted on {granted} stays in the draft" in form

    def test_the_page_says_why_not(self, firm, granted, as_):
        answer = as_(firm.hr).post(reverse("assessments:discard_draft", args=[MAY]), {"reason": "Another way."})
        assert (answer.status_code, place().draft) == (409, granted.revision)
        assert "cannot be put aside" in answer.content.decode()


class TestCorrectedOnceMore:
    def test_a_figure_entered_after_the_ruling_comes_into_the_same_correction(self, firm, run):
        appeal = ruled(admitted(firm, appeal_of(firm, run)), "upheld")
        restated(firm, firm.north, 99)
        again = revise(firm, firm.north)
        assert (again.version, again.former, again.revises) == (3, appeal.revision, run)
        assert total(again, firm.north) == Decimal("93.30")
        assert ScoreRun.objects.get(pk=appeal.revision_id).state == RunState.SUPERSEDED
        assert published_draft(firm).run == correcting_run(appeal)

    def test_keeps_what_was_granted_to_another_department(self, firm, granted):
        restated(firm, firm.works, 50)
        again = revise(firm, firm.works)
        assert total(again, firm.north) == Decimal("93.30")
        assert total(again, firm.works) > 0

    def test_not_while_it_is_under_review(self, firm, run, granted):
        services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        with pytest.raises(MonthBusy, match=r"under way already\. Publish it first"):
            revise(firm, firm.north)

    def test_a_correction_without_an_appeal_is_put_aside_first_as_ever(self, firm, run):
        revise(firm, firm.north)
        with pytest.raises(MonthBusy, match="Publish or discard it first"):
            revise(firm, firm.south)


@pytest.mark.usefixtures("mid_june")
class TestOfAPerson:
    @pytest.fixture
    def appeal(self, team):
        """Nora's, upheld before her part was given anew."""
        run = published_may(team)
        matter = Matter(run, team.north, person=team.nora_person)
        made = services.file_appeal(matter=matter, reason="Night shifts.", by=team.nora, now=NOW)
        services.admit_appeal(appeal=made, by=team.hr, now=NOW)
        return ruled(made, "upheld")

    def test_the_personal_part_is_read_again_and_no_department(self, team, appeal):
        give(team.ned, (team.nora_person, 90))
        restated(team, team.north, 50)
        again = revise(team)
        assert PersonScore.objects.get(run=again, person=team.nora_person).personal == 90
        assert total(again, team.north) == total(appeal.run, team.north)
        assert published_draft(team).run == correcting_run(appeal)

    def test_without_ticking_a_department_on_the_page(self, team, appeal, as_):
        give(team.ned, (team.nora_person, 90))
        address = reverse("assessments:revise", args=[MAY])
        assert "The personal part of Nora North is read again as well" in as_(team.hr).get(address).content.decode()
        assert as_(team.hr).post(address, {"reason": "Given anew."}).status_code == 302
        assert PersonScore.objects.get(run=place().draft, person=team.nora_person).personal == 90

    def test_nothing_at_all_is_no_correction(self, team):
        published_may(team)
        with pytest.raises(NothingToRevise, match="Name the lines, departments or people"):
            revise(team)


class TestWhatCountsAsGranted:
    def test_the_publication_of_the_draft_or_of_what_was_made_of_it(self, firm, granted):
        assert correcting_run(granted) is None
        services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="As ruled.")
        published = published_draft(firm).run
        assert (published.version, correcting_run(granted)) == (3, published)
        assert published.former == granted.revision

    def test_not_a_later_correction_of_another_department_that_knows_nothing_of_it(self, firm, run, granted):
        # No way of the portal leads here any more; the rows of a portal may still say so.
        ScoreRun.objects.filter(pk=granted.revision_id).update(state=RunState.SUPERSEDED)
        AssessedMonth.objects.update(draft=None)
        revise(firm, firm.south)
        other = published_draft(firm).run
        assert (other.version, other.former) == (3, run)
        assert correcting_run(granted) is None
        AssessedMonth.objects.update(appeals_until=NOW)
        assert services.finish_months(now=LATER) == 0
