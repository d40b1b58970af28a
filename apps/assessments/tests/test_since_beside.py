"""What is confirmed or lifted while scores are on their way: it is named, a veto is waited for, those who mend are told."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.choices import RunState
from apps.assessments.models import Adjustment, Appraisal, AssessedMonth, PersonScore, Scheme
from apps.assessments.services import MonthOutdated
from apps.assessments.services.adjusting import confirm_adjustment
from apps.assessments.services.lifting import Lift, lift_adjustment
from apps.assessments.services.since_beside import came_beside, vetoes_lacking
from apps.assessments.tests.factories import NOW, approved, draft, for_people, published, rule
from apps.assessments.tests.teams import published_may
from apps.core.month import Month
from apps.notifications.models import Notification
from apps.staff.tests.factories import PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]
MAY = Month(2026, 5)
LATER = NOW + timedelta(hours=5)


@pytest.fixture
def rules(firm):
    """Rules with a bonus, vetoes of each scope, and scores of people by their departments."""
    made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
    alone = {role: {"dept_weight": "100", "personal_weight": "0"} for role in ("head", "deputy_head", "member")}
    veto = {"action": "zero", "value": None, "grade": "", "clause": "Rules, 9"}
    Scheme.objects.filter(pk=made.pk).update(
        calibration_band=Decimal(5),
        bonus_items=[{"code": "patent", "name": "Patent", "points_each": "2", "cap": "5", "clause": "Rules, 7"}],
        veto_items=[
            {**veto, "code": "fatal", "name": "Fatal accident"},
            {**veto, "code": "line", "name": "Bribery", "scope": "line"},
            {**veto, "code": "fraud", "name": "Fraud", "scope": "head"},
        ],
    )
    return approved(for_people(made, staff=alone, rewards={}), by=firm.hr, deciders=[firm.coo, firm.gm])


def proposed(firm, code="fatal", name="Fatal accident", *, kind="veto", department=None, **given):
    return Adjustment.objects.create(
        kind=kind, month=MAY.first_day, last_month=given.pop("last", MAY).first_day, department=department or firm.north,
        code=code, name=name, happened_on=date(2026, 5, 5), evidence="File 7", proposed_by=firm.mia, proposed_at=NOW,
        **({"action": "zero"} if kind == "veto" else {}),
    )  # fmt: skip


def confirmed(firm, *given, now=LATER, **named):
    return confirm_adjustment(adjustment=proposed(firm, *given, **named), by=firm.gm, now=now)


def lifted(firm, veto, now=LATER):
    return lift_adjustment(adjustment=veto, lift=Lift(MAY, "Another site.", "Letter 1"), by=firm.coo, now=now)


def on_desk(firm, now=NOW):
    """May worked out and handed in."""
    services.compute_month(month=MAY, by=firm.hr, now=now)
    return services.hand_in_month(month=MAY, by=firm.hr, now=now)


def approve(firm, case, now=NOW):
    for decider in (firm.coo, firm.gm):
        rule(case, decider, now=now)
    return AssessedMonth.objects.get().draft


def publish(firm, now=LATER):
    return services.publish_month(month=MAY, by=firm.hr, now=now)


def names(run):
    return [(one.name, one.what["name"], one.is_gone) for one in came_beside(run)]


def text_of(client, name, *args):
    page = client.get(reverse(f"assessments:{name}", args=[MAY, *args])).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


class TestAVetoOnTheWay:
    def test_holds_the_publication_up_until_the_month_is_worked_out_again(self, firm, rules):
        run = approve(firm, on_desk(firm))
        veto = confirmed(firm)
        with pytest.raises(MonthOutdated, match=r"“Fatal accident” on North is confirmed.*sends them back") as refused:
            publish(firm)
        assert refused.value.details["vetoes"] == [veto.pk]
        run.refresh_from_db()
        assert run.state == RunState.APPROVED
        services.send_back_month(month=MAY, reason="A veto came.", by=firm.coo, now=LATER)
        approve(firm, on_desk(firm, now=LATER), now=LATER)
        score = publish(firm).run.scores.get(department=firm.north)
        assert (score.total, score.extras[0]["name"]) == (Decimal(0), "Fatal accident")

    def test_is_named_on_board_publishing_page_and_receipt(self, firm, rules, as_):
        case = on_desk(firm)
        client = as_(firm.hr)
        assert "confirmed, lifted or given anew since" not in text_of(client, "month")
        confirmed(firm)
        board = text_of(client, "month")
        assert "One thing beside the points has been confirmed" in board
        assert "North: Veto “Fatal accident” confirmed" in board
        assert "return the scores to have the month worked out again" in board
        approve(firm, case)
        assert "sends them back to be worked out again" in text_of(client, "publish")
        said = text_of(client, "score", firm.north.pk)
        assert "Since these scores were worked out: Veto “Fatal accident” confirmed." in said
        assert "Since these scores" not in text_of(client, "score", firm.south.pk)

    def test_of_a_line_is_lacking_above_too(self, firm, rules):
        run = approve(firm, on_desk(firm))
        confirmed(firm, "line", "Bribery")
        assert names(run) == [("North", "Bribery", False)]
        assert [one.name for one in vetoes_lacking(run)] == ["North"]

    def test_of_a_head_alone_is_lacking_with_the_person(self, firm, rules, as_):
        head = PersonFactory(name="Ned North", number="N8", department=firm.north, role="head")
        run = approve(firm, on_desk(firm))
        confirmed(firm, "fraud", "Fraud")
        assert names(run) == [("Ned North", "Fraud", False)]
        assert "Ned North: Veto “Fraud” confirmed" in text_of(as_(firm.hr), "month")
        assert "Veto “Fraud” confirmed" in text_of(as_(firm.hr), "person_score", head.pk)
        with pytest.raises(MonthOutdated, match="“Fraud” on Ned North"):
            publish(firm)

    def test_of_a_head_that_hits_nobody_holds_nothing_up(self, firm, rules):
        run = approve(firm, on_desk(firm))
        confirmed(firm, "fraud", "Fraud")
        assert came_beside(run) == []
        assert publish(firm).run == run

    def test_lifted_again_holds_nothing_up(self, firm, rules):
        run = approve(firm, on_desk(firm))
        lifted(firm, confirmed(firm))
        assert came_beside(run) == []
        assert publish(firm).run == run

    def test_is_refused_through_the_page_in_the_same_words(self, firm, rules, as_):
        run = approve(firm, on_desk(firm))
        confirmed(firm)
        answer = as_(firm.hr).post(reverse("assessments:publish", args=[MAY]), {"seen": run.version})
        assert answer.status_code == 409
        assert "these scores were put together without it" in answer.content.decode()

    def test_several_are_counted(self, firm, rules):
        approve(firm, on_desk(firm))
        confirmed(firm)
        confirmed(firm, "fatal", "Second accident", department=firm.south)
        with pytest.raises(MonthOutdated, match="and one more are confirmed"):
            publish(firm)


class TestOthersOnTheWay:
    def test_a_bonus_is_named_and_holds_nothing_up(self, firm, rules, as_):
        run = approve(firm, on_desk(firm))
        confirmed(firm, "patent", "Patent", kind="bonus")
        page = text_of(as_(firm.hr), "publish")
        assert "North: Bonus “Patent” confirmed" in page.replace("bonus claim", "Bonus").replace("Bonus claim", "Bonus")
        assert "They are published as they were approved." in page
        assert publish(firm).run == run

    def test_a_lifting_is_named_and_holds_nothing_up(self, firm, rules, as_):
        veto = confirmed(firm, now=NOW)
        run = approve(firm, on_desk(firm))
        assert came_beside(run) == []
        lifted(firm, veto)
        assert names(run) == [("North", "Fatal accident", True)]
        assert "North: Veto “Fatal accident” no longer counts" in text_of(as_(firm.hr), "month")
        assert publish(firm).run == run

    def test_calibrations_and_limits_of_lines_are_none_of_it(self, firm, rules):
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        services.calibrate_score(
            month=MAY, department=firm.north, points=Decimal(2), reason="A flood.", by=firm.coo, now=NOW
        )
        run = AssessedMonth.objects.get().draft
        assert run.scores.get(department=firm.north).extras
        assert came_beside(run) == []

    def test_a_personal_part_given_anew_is_named(self, team, as_):
        run = published_may(team)
        assert came_beside(run) == []
        kept = Appraisal.objects.get(person=team.nora_person)
        Appraisal.objects.create(
            person=team.nora_person, month=MAY.first_day, version=2, points=90, said_by=kept.said_by, said_at=LATER
        )
        assert [one.name for one in came_beside(run)] == ["Nora North"]
        assert "personal part given anew" in text_of(as_(team.hr), "person_score", team.nora_person.pk)


class TestAfterPublication:
    def test_those_who_revise_are_told_with_the_remedy(self, firm, rules):
        publication = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        veto = confirmed(firm)
        told = Notification.objects.filter(subject__contains="confirmed too late")
        assert {row.user for row in told} == {firm.hr, firm.coo}
        said = told.first()
        assert "Published without it: May 2026." in said.body and "“Correct” and name North" in said.body
        assert said.url == veto.get_absolute_url()
        assert names(publication.run) == [("North", "Fatal accident", False)]

    def test_the_board_says_so_and_is_silent_once_it_is_corrected(self, firm, rules, as_):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        confirmed(firm)
        said = text_of(as_(firm.hr), "score", firm.north.pk)
        assert "stays as it is until it is corrected" in said
        assert "What is published stays" in text_of(as_(firm.hr), "month")
        correct(firm, firm.north)
        approve(firm, services.hand_in_month(month=MAY, by=firm.hr, now=LATER), now=LATER)
        assert came_beside(publish(firm).run) == []
        assert "Since these scores" not in text_of(as_(firm.hr), "score", firm.north.pk)

    def test_a_correction_of_something_else_is_not_handed_in_without_the_veto(self, firm, rules):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        correct(firm, firm.south)
        confirmed(firm)
        with pytest.raises(MonthOutdated, match="name there too: North"):
            services.hand_in_month(month=MAY, by=firm.hr, now=LATER)
        services.discard_draft(month=MAY, reason="North too.", by=firm.hr, now=LATER)
        correct(firm, firm.south, firm.north)
        approve(firm, services.hand_in_month(month=MAY, by=firm.hr, now=LATER), now=LATER)
        assert publish(firm).number == 2

    def test_months_on_somebody_s_desk_are_told_as_such_and_open_ones_not_at_all(self, firm, rules):
        confirmed(firm, now=NOW)
        assert not Notification.objects.filter(subject__contains="too late").exists()
        on_desk(firm)
        confirmed(firm, "fatal", "Second accident")
        body = Notification.objects.filter(subject__contains="too late").first().body
        assert "On the way to publication without it: May 2026." in body
        assert "Published" not in body

    def test_whoever_confirms_it_is_not_told_what_they_know(self, firm, rules):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        confirm_adjustment(adjustment=proposed(firm), by=firm.coo, now=LATER)
        assert {row.user for row in Notification.objects.filter(subject__contains="too late")} == {firm.hr}


def correct(firm, *departments):
    return services.revise_departments(
        month=MAY, departments=[one.pk for one in departments], reason="Late.", by=firm.hr, now=LATER
    )


class TestWhatItCosts:
    def test_two_queries_where_nothing_was_ever_confirmed(self, firm, rules, django_assert_max_num_queries):
        run = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        with django_assert_max_num_queries(3):
            assert came_beside(run) == []

    def test_as_many_for_many_departments(self, firm, rules, django_assert_max_num_queries):
        PersonFactory(name="Ned North", number="N8", department=firm.north, role="head")
        run = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        for number, place in enumerate((firm.north, firm.south, firm.north, firm.south)):
            confirmed(firm, "line", f"Bribery {number}", department=place)
            confirmed(firm, "fraud", f"Fraud {number}", department=place)
        with django_assert_max_num_queries(8):
            assert len(came_beside(run)) == 6


class TestThroughTheApi:
    def test_the_receipts_say_what_came_since(self, firm, rules, as_):
        PersonFactory(name="Ned North", number="N8", department=firm.north, role="head")
        run = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        confirmed(firm)
        confirmed(firm, "fraud", "Fraud")
        score = run.scores.get(department=firm.north)
        person = PersonScore.objects.get(run=run, person__name="Ned North")
        client = as_(firm.hr)
        answer = client.get(f"/api/v1/scores/{score.pk}/receipt/").json()
        assert answer["came_since"] == [{"kind": "veto", "code": "fatal", "name": "Fatal accident", "is_gone": False}]
        answer = client.get(f"/api/v1/person-scores/{person.pk}/receipt/").json()
        assert [one["name"] for one in answer["came_since"]] == ["Fraud"]
