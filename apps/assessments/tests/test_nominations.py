"""Whom published grades nominate: made, dropped and made again by the rules, accepted or declined by a person."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.assessments.models import Nomination, PersonScore, ScoreRun
from apps.assessments.rules.consequences import is_nominated_in, leading
from apps.assessments.selectors.nominations import nominations_to_decide, visible_nominations
from apps.assessments.selectors.to_do import to_do_of
from apps.assessments.services import DeclineUnexplained, NominationDecided, decide_nomination, renew_nominations
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.tests.factories import NOW, person_score, published
from apps.assessments.tests.rewards import MAY, TODAY
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.staff.selectors import own_person, scope_of

pytestmark = pytest.mark.django_db
MARCH, APRIL = Month(2026, 3), Month(2026, 4)


@pytest.fixture
def named(firm, scheme):
    """March to May are published; Nora has the best grade in each."""
    for month in (MARCH, APRIL, MAY):
        published(month, by=firm.hr, deciders=[firm.coo, firm.gm])
    firm.nora_person = own_person(scope=scope_of(firm.nora, TODAY))
    firm.cora = own_person(scope=scope_of(firm.coo, TODAY))
    for run in ScoreRun.objects.filter(state="published"):
        person_score(run, firm.nora_person, firm.north, grade="A", total="95.00")
    return firm


def renew(month=MAY, *, by=None, now=NOW):
    return renew_nominations(month=month, by=by, now=now)


def talent(**given):
    return Nomination.objects.filter(kind="talent_pool", **given)


def regraded(firm, month, grade, *, total="70.00"):
    """Nora's month in a corrected edition: another published run takes the first one's place."""
    old = ScoreRun.objects.get(state="published", month=month.first_day)
    ScoreRun.objects.filter(pk=old.pk).update(state="superseded")
    new = ScoreRun.objects.get(pk=old.pk)
    new.pk, new.version, new.state, new.case_id = None, old.version + 1, "published", None
    new._state.adding = True
    new.save()
    person_score(new, firm.nora_person, firm.north, grade=grade, total=total)
    return new


def decide(row, *, by, is_accepted=True, reason=""):
    return decide_nomination(nomination=row.pk, is_accepted=is_accepted, reason=reason, by=by, now=NOW)


class TestRules:
    def test_the_third_best_month_names(self):
        assert is_nominated_in(MAY, {MARCH, APRIL, MAY})
        assert not is_nominated_in(MAY, {APRIL, MAY})
        assert not is_nominated_in(Month(2026, 6), {MARCH, APRIL, MAY})

    def test_the_highest_of_the_best_leads(self):
        totals = {1: (Decimal(95), "A"), 2: (Decimal(99), "C"), 3: (Decimal(95), "A"), 4: (Decimal(91), "A")}
        assert leading(totals, "A") == {1, 3}
        assert leading({2: (Decimal(99), "C")}, "A") == frozenset()


class TestRenewNominations:
    def test_names_once(self, named):
        assert renew().new >= 1
        row = talent().get()
        assert (row.person, row.department, row.grade, row.total, row.state) == (
            named.nora_person, named.north, "A", Decimal("95.00"), "proposed",
        )  # fmt: skip
        again = renew()
        assert (again.new, again.dropped) == (0, 0)
        assert named.hr.notifications.filter(kind="assessments.nominated").count() == 1
        assert named.coo.notifications.filter(kind="assessments.nominated").count() == 1

    def test_a_correction_of_an_earlier_month_drops_it(self, named):
        renew()
        regraded(named, MARCH, "D")
        assert renew(MARCH).dropped == 1
        row = talent().get()
        assert (row.state, row.dropped_at) == ("dropped", NOW)

    def test_one_that_was_accepted_falls_too_and_is_told(self, named):
        renew()
        decide(talent().get(), by=named.gm)
        regraded(named, APRIL, "C")
        renew(APRIL)
        row = talent().get()
        assert (row.state, row.decided_by) == ("dropped", named.gm)
        for user in (named.nora, named.hr, named.gm):
            assert user.notifications.filter(kind="assessments.nomination_dropped").count() == 1

    def test_it_is_made_again_for_a_new_decision(self, named):
        renew()
        decide(talent().get(), by=named.gm, is_accepted=False, reason="Leaves in July")
        regraded(named, MARCH, "D")
        renew(MARCH)
        regraded(named, MARCH, "A")
        assert renew(MARCH).new >= 1
        row = talent().get()
        assert (row.state, row.decided_by, row.ruling, row.dropped_at) == ("proposed", None, "", None)

    def test_points_follow_the_edition_that_counts(self, named):
        renew()
        regraded(named, MAY, "A", total="91.25")
        renew()
        assert talent().get().total == Decimal("91.25")

    def test_nobody_is_named_for_an_old_month_by_itself(self, named):
        later = datetime(2026, 9, 15, 9, tzinfo=UTC)
        assert renew(now=later).new == 0
        assert renew(by=named.hr, now=later).new >= 1

    def test_names_the_department_of_the_month(self, named):
        run = ScoreRun.objects.get(state="published", month=MAY.first_day)
        best = run.scores.filter(grade="A").order_by("-total").first()
        renew()
        rows = Nomination.objects.filter(kind="department_of_month")
        wanted = (
            set(run.scores.filter(grade="A", total=best.total).values_list("department", flat=True)) if best else set()
        )
        assert {row.department_id for row in rows} == wanted
        assert all(row.person is None for row in rows)

    def test_takes_the_same_queries_for_more_people(self, named, django_assert_max_num_queries):
        assert PersonScore.objects.exists()
        with django_assert_max_num_queries(40):
            renew()


class TestDecideNomination:
    @pytest.fixture
    def row(self, named):
        renew()
        return talent().get()

    def test_accepts_and_tells(self, named, row):
        decide(row, by=named.coo)
        row.refresh_from_db()
        assert (row.state, row.decided_by) == ("accepted", named.coo)
        assert named.nora.notifications.filter(kind="assessments.nomination_accepted").exists()
        assert named.hr.notifications.filter(kind="assessments.nomination_accepted").exists()

    def test_declines_only_with_a_reason(self, named, row):
        with pytest.raises(DeclineUnexplained) as refused:
            decide(row, by=named.coo, is_accepted=False, reason=" ")
        assert refused.value.field == "reason"
        decide(row, by=named.coo, is_accepted=False, reason="Retires in autumn")
        assert not named.nora.notifications.filter(kind="assessments.nomination_declined").exists()

    def test_refuses_a_second_decision(self, named, row):
        decide(row, by=named.coo)
        with pytest.raises(NominationDecided, match="Accepted"):
            decide(row, by=named.gm)

    def test_refuses_one_that_was_dropped(self, named, row):
        regraded(named, MARCH, "D")
        renew(MARCH)
        with pytest.raises(NominationDecided, match="no longer"):
            decide(row, by=named.gm)

    def test_refuses_oneself_and_the_department_one_leads(self, named, row):
        own = Nomination.objects.create(
            kind="talent_pool",
            month=date(2026, 5, 1),
            person=named.cora,
            department=named.works,
            grade="A",
            proposed_at=NOW,
        )
        led = Nomination.objects.create(
            kind="department_of_month", month=date(2026, 4, 1), department=named.works, grade="A", proposed_at=NOW
        )
        for one in (own, led):
            with pytest.raises(NotYourStep):
                decide(one, by=named.coo)
        decide(own, by=named.gm)

    def test_does_not_know_what_is_not_there(self, named):
        with pytest.raises(NotFound):
            decide_nomination(nomination=987654, is_accepted=True, by=named.gm, now=NOW)


class TestWhoSees:
    def test_the_person_once_it_is_accepted(self, named):
        renew()
        scope = scope_of(named.nora, TODAY)
        assert not visible_nominations(scope).filter(person=named.nora_person).exists()
        decide(talent().get(), by=named.gm)
        assert visible_nominations(scope).filter(person=named.nora_person).exists()

    def test_waits_on_the_desk_of_the_coo_and_not_of_hr(self, named):
        renew()
        count = Nomination.objects.filter(state="proposed").count()
        assert nominations_to_decide(scope_of(named.coo, TODAY)) == count
        assert nominations_to_decide(scope_of(named.hr, TODAY)) == 0
        found = to_do_of(scope=scope_of(named.coo, TODAY), user=named.coo, month=MAY, today=TODAY)
        assert found.nominations == count


class TestPages:
    def test_stand_with_the_rewards_of_the_month(self, named, as_):
        renew()
        page = as_(named.hr).get(reverse("assessments:rewards", args=[MAY])).content.decode()
        assert "Nominated by the grades of the month" in page
        assert "Nora North" in page

    def test_decides(self, named, as_):
        renew()
        row = talent().get()
        address = reverse("assessments:decide_nomination", args=[row.pk])
        assert "Three best grades" in as_(named.coo).get(address).content.decode()
        refused = as_(named.coo).post(address, {"decision": "decline", "reason": ""})
        assert (refused.status_code, "Say why" in refused.content.decode()) == (422, True)
        assert as_(named.coo).post(address, {"decision": "accept"})["Location"] == row.get_absolute_url()
        page = as_(named.coo).get(row.get_absolute_url()).content.decode()
        assert "Accepted" in page
        assert as_(named.coo).get(address).status_code == 409
        assert as_(named.hr).get(address).status_code == 403

    def test_lists_and_exports(self, named, as_):
        renew()
        address = reverse("assessments:nominations")
        assert "Nora North" in as_(named.hr).get(address).content.decode()
        assert talent().get().get_absolute_url() not in as_(named.nora).get(address).content.decode()
        answer = as_(named.hr).get(f"{address}?export=csv")
        assert b"Nora North" in b"".join(answer.streaming_content)


class TestApi:
    def test_reads(self, named, as_):
        renew()
        answer = as_(named.hr).get("/api/v1/nominations/?kind=talent_pool&month=2026-05").json()
        assert [row["person"] for row in answer["results"]] == [named.nora_person.pk]
        assert answer["results"][0]["state"] == "proposed"
        assert as_(named.nora).get("/api/v1/nominations/").json()["results"] == []

    @pytest.fixture
    def send(self, named, client):
        """The answer to ACT sent by USER, with a key of its own unless one is given."""
        renew()

        def sent(user, act, row=None, key="", **body):
            client.force_login(user)
            address = f"/api/v1/nominations/{(row or talent().get()).pk}/{act}/"
            headers = {"Idempotency-Key": key} if key else {}
            return client.post(address, body, content_type="application/json", headers=headers)

        return sent

    def test_accepts_once(self, named, send):
        answers = [send(named.coo, "accept", key="yes-1", reason="Well earned") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[1].headers["Idempotent-Replay"] == "true"
        body = answers[0].json()
        assert (body["state"], body["ruling"], body["decided_by"]) == ("accepted", "Well earned", named.coo.name)
        assert talent().get().decided_by == named.coo
        again = send(named.gm, "decline", reason="Not now")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "nomination_decided")

    def test_declines_with_a_reason(self, named, send):
        bare = send(named.coo, "decline")
        assert (bare.status_code, bare.json()["error"]["code"]) == (422, "decline_unexplained")
        assert talent().get().state == "proposed"
        assert send(named.coo, "decline", reason="Retires in autumn").json()["ruling"] == "Retires in autumn"

    def test_refuses_those_who_do_not_decide_and_whom_it_is_about(self, named, send):
        assert send(named.hr, "accept").status_code == 403
        own = Nomination.objects.create(
            kind="talent_pool", month=date(2026, 5, 1), person=named.cora, department=named.works, grade="A",
            proposed_at=NOW, total=95,
        )  # fmt: skip
        refused = send(named.coo, "accept", own)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_your_step")
        assert send(named.gm, "accept", own).json()["state"] == "accepted"
