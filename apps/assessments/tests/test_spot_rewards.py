"""Rewards for one deed: proposed with evidence, decided by somebody else, in the same ledger, taken back by a second row."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.assessments.models import Reward
from apps.assessments.selectors.rewards import visible_rewards, waiting_rewards
from apps.assessments.selectors.rewards_over_time import MonthSpan, reward_months
from apps.assessments.services import (
    Deed,
    RewardDecided,
    SpotRewardTwice,
    WrongSpotReward,
    decide_rewards,
    propose_spot_reward,
    reverse_spot_reward,
)
from apps.assessments.services.refusals import NoScheme, NotYourStep
from apps.assessments.tests.factories import NOW, REWARD_RULES
from apps.assessments.tests.rewards import MAY, TODAY, decide, paid_firm, propose, republished
from apps.core.errors import NotAllowed, NotFound
from apps.core.month import Month
from apps.staff.models import Employment
from apps.staff.selectors import scope_of

pytestmark = pytest.mark.django_db
DAY = date(2026, 5, 12)


def deed_of(person, **given):
    said = {"happened_on": DAY, "amount": Decimal(500), "occasion": "Kept the line running", "evidence": "Report 12"}
    return Deed(person=person.pk, **{**said, **given})


def give(firm, person, by, **given):
    """A proposal for PERSON."""
    return propose_spot_reward(deed=deed_of(person, **given), scope=scope_of(by, TODAY), by=by, now=NOW)


def rule(row, by, *, is_approved=True, reason=""):
    decide_rewards(rewards=[row.pk], is_approved=is_approved, by=by, now=NOW, reason=reason)
    row.refresh_from_db()
    return row


def take_back(firm, row, reason="Report 12 was wrong", by=None):
    by = by or firm.hr
    return reverse_spot_reward(reward=row.pk, reason=reason, scope=scope_of(by, TODAY), by=by, now=NOW)


class TestPropose:
    def test_stands_in_the_ledger_of_its_month_and_waits(self, paid):
        row = give(paid, paid.nora_person, paid.mia)
        assert (row.source, row.state, row.month, row.department) == ("spot", "proposed", date(2026, 5, 1), paid.north)
        assert (row.amount, row.difference_amount, row.proposed_by, row.score) == (500, 500, paid.mia, None)
        assert row.scheme == paid.run.scheme
        assert row in waiting_rewards(scope_of(paid.coo, TODAY), MAY)

    def test_tells_those_who_decide_without_the_amount(self, paid):
        row = give(paid, paid.nora_person, paid.coo)
        note = paid.gm.notifications.get(kind="assessments.spot_reward_proposed")
        assert note.url == f"/assessments/rewards/{row.pk}/"
        assert "500" not in note.subject + note.body
        assert not paid.coo.notifications.filter(kind="assessments.spot_reward_proposed").exists()

    @pytest.mark.parametrize(
        ("given", "field", "words"),
        [
            ({"amount": Decimal(0)}, "amount", "above 0"),
            ({"amount": Decimal("1.005")}, "amount", "two decimals"),
            ({"amount": Decimal("NaN")}, "amount", "above 0"),
            ({"occasion": "  "}, "occasion", "what the reward is for"),
            ({"evidence": " "}, "evidence", "able to check"),
            ({"happened_on": date(2026, 6, 16)}, "happened_on", "a day to come"),
            ({"happened_on": date(1999, 1, 1)}, "happened_on", "not employed"),
        ],
    )
    def test_refuses_what_nobody_could_decide_on(self, paid, given, field, words):
        with pytest.raises(WrongSpotReward, match=words) as refused:
            give(paid, paid.nora_person, paid.hr, **given)
        assert refused.value.field == field
        assert not Reward.objects.exists()

    def test_refuses_oneself_others_lines_and_those_who_may_not(self, paid):
        with pytest.raises(NotYourStep, match="for themselves"):
            give(paid, paid.cora, paid.coo)
        with pytest.raises(NotFound):
            give(paid, paid.cora, paid.mia)
        for user in (paid.nora, paid.auditor, paid.gm):
            with pytest.raises(NotAllowed):
                give(paid, paid.nora_person, user)

    def test_refuses_the_same_deed_twice_unless_it_was_refused(self, paid):
        first = give(paid, paid.nora_person, paid.mia)
        with pytest.raises(SpotRewardTwice, match="12 May 2026"):
            give(paid, paid.nora_person, paid.hr, occasion="kept  the line running")
        rule(first, paid.coo, is_approved=False, reason="not yet shown")
        assert give(paid, paid.nora_person, paid.hr).pk != first.pk

    def test_refuses_a_month_without_rules(self, paid):
        Employment.objects.filter(person=paid.nora_person).update(hired_on=date(2020, 1, 1))
        with pytest.raises(NoScheme):
            give(paid, paid.nora_person, paid.hr, happened_on=date(2020, 2, 1))

    def test_the_database_refuses_one_without_evidence(self, paid):
        row = give(paid, paid.nora_person, paid.hr)
        with pytest.raises(IntegrityError), transaction.atomic():
            Reward.objects.filter(pk=row.pk).update(evidence="")


class TestDecide:
    def test_somebody_else_approves_and_the_person_reads_it(self, paid):
        row = give(paid, paid.nora_person, paid.mia)
        assert not visible_rewards(scope_of(paid.nora, TODAY)).exists()
        rule(row, paid.coo)
        assert (row.state, row.decided_by) == ("approved", paid.coo)
        assert visible_rewards(scope_of(paid.nora, TODAY)).get() == row
        for user in (paid.nora, paid.mia):
            assert "approved" in user.notifications.get(kind="assessments.spot_reward_decided").subject

    def test_refuses_whoever_proposed_it(self, paid):
        row = give(paid, paid.nora_person, paid.coo)
        with pytest.raises(NotYourStep, match="proposed one of these yourself"):
            rule(row, paid.coo)
        assert rule(row, paid.gm).state == "approved"

    def test_refuses_ones_own(self, paid):
        row = give(paid, paid.cora, paid.hr)
        with pytest.raises(NotYourStep, match="own reward"):
            rule(row, paid.coo)

    def test_leaves_large_ones_to_the_gm(self, firm):
        paid_firm(firm, rewards={**REWARD_RULES, "gm_limit": "400"})
        row = give(firm, firm.nora_person, firm.hr)
        with pytest.raises(NotYourStep, match="decided on by the GM"):
            rule(row, firm.coo)
        small = give(firm, firm.nora_person, firm.hr, amount=Decimal(400), occasion="A small thing")
        assert rule(small, firm.coo).state == "approved"
        assert rule(row, firm.gm).state == "approved"
        with pytest.raises(NotYourStep, match="decided on by the GM"):
            rule(take_back(firm, row), firm.coo)

    def test_is_left_alone_by_the_rules_of_the_month(self, paid):
        row = rule(give(paid, paid.nora_person, paid.hr), paid.gm)
        waiting = give(paid, paid.nora_person, paid.hr, occasion="Another")
        propose(paid)
        by_rule = paid.nora_person.rewards.get(source="rule")
        assert by_rule.settles_amount == 0
        decide(paid, paid.nora_person)
        republished(paid, nora="A")
        assert propose(paid).superseded == 1
        waiting.refresh_from_db()
        row.refresh_from_db()
        assert (row.state, waiting.state) == ("approved", "approved")
        assert paid.nora_person.rewards.filter(source="rule").latest("pk").settles_amount == by_rule.amount


class TestTakeBack:
    def test_sets_the_amount_off_by_a_second_row(self, paid):
        row = rule(give(paid, paid.nora_person, paid.mia), paid.coo)
        back = take_back(paid, row)
        assert (back.amount, back.difference_amount, back.reverses, back.month) == (0, -500, row, date(2026, 6, 1))
        rule(back, paid.gm)
        june, may = reward_months(visible_rewards(scope_of(paid.hr, TODAY)), MonthSpan(MAY, Month(2026, 6)))
        assert (may.given, may.taken, june.given, june.taken, june.year_paid) == (500, 0, 0, -500, 0)
        row.refresh_from_db()
        assert row.state == "approved"
        assert "Taking back" in paid.nora.notifications.filter(url__endswith=f"/{back.pk}/").get().subject

    def test_only_once_but_again_after_a_refusal(self, paid):
        row = rule(give(paid, paid.nora_person, paid.mia), paid.coo)
        back = take_back(paid, row)
        with pytest.raises(SpotRewardTwice, match="taken back already"):
            take_back(paid, row)
        rule(back, paid.coo, is_approved=False, reason="the report holds")
        again = take_back(paid, row)
        assert again.pk != back.pk
        again.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save(force_insert=True)

    def test_refuses_what_is_not_approved_follows_from_a_score_or_has_no_reason(self, paid):
        row = give(paid, paid.nora_person, paid.mia)
        with pytest.raises(SpotRewardTwice, match="Proposed"):
            take_back(paid, row)
        rule(row, paid.coo)
        with pytest.raises(WrongSpotReward, match="Say why"):
            take_back(paid, row, reason=" ")
        with pytest.raises(NotAllowed):
            take_back(paid, row, by=paid.coo)
        propose(paid)
        decide(paid, paid.nora_person)
        with pytest.raises(WrongSpotReward, match="follows from a score"):
            take_back(paid, paid.nora_person.rewards.get(source="rule"))
        with pytest.raises(RewardDecided):
            rule(row, paid.gm)


class TestPages:
    def test_a_head_proposes_the_coo_decides_the_person_reads(self, paid, as_):
        form = {"person": "N1", "happened_on": "2026-05-12", "amount": "500", "occasion": "Kept it", "evidence": "R 12"}
        assert b"Reward a deed" in as_(paid.mia).get(reverse("assessments:rewards", args=["2026-05"])).content
        answer = as_(paid.mia).post("/assessments/rewards/new/", form)
        row = Reward.objects.get()
        assert answer.url == f"/assessments/rewards/{row.pk}/"
        assert b"R 12" in as_(paid.mia).get(answer.url).content
        assert as_(paid.nora).get(answer.url).status_code == 404
        assert b"Kept it" in as_(paid.coo).get(reverse("assessments:decide_rewards", args=["2026-05"])).content
        as_(paid.coo).post(reverse("assessments:decide_rewards", args=["2026-05"]), {"pick": row.pk, "act": "approve"})
        assert b"500.00" in as_(paid.nora).get(answer.url).content
        assert b"Take back" in as_(paid.hr).get(answer.url).content
        answer = as_(paid.hr).post(f"{answer.url}reverse/", {"reason": "It was not so"})
        assert answer.status_code == 302
        assert b"It was not so" in as_(paid.hr).get(answer.url).content

    def test_keeps_what_was_typed_and_says_what_is_wrong(self, paid, as_):
        form = {"person": "N1", "happened_on": "2026-07-12", "amount": "500", "occasion": "Kept it", "evidence": "R 12"}
        answer = as_(paid.hr).post("/assessments/rewards/new/", form)
        assert answer.status_code == 422
        assert b"a day to come" in answer.content
        assert b"Kept it" in answer.content
        assert (
            b"nobody with this staff number"
            in as_(paid.mia).post("/assessments/rewards/new/", {**form, "person": "C1"}).content
        )
