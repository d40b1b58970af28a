"""What an earlier edition gave and a corrected one no longer does is taken back: proposed, decided, and given again."""

from decimal import Decimal

import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments.models import Reward, Scheme
from apps.assessments.selectors.rewards import waiting_rewards
from apps.assessments.services import NoRewardRules, RewardDecided, propose_consequences
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.tests.factories import NOW, REWARD_RULES, person_score
from apps.assessments.tests.rewards import (
    MAY,
    TODAY,
    decide,
    give_scores,
    paid_firm,
    propose,
    republished,
    reward,
    stay,
)
from apps.staff.selectors import scope_of

pytestmark = pytest.mark.django_db
POOL = {"amount": "1000", "head": "1", "deputy_head": "1", "member": "1"}


def paid_out(firm, **rules):
    """May's rewards of Nora and Cora are proposed, Nora's is approved."""
    firm = paid_firm(firm, **rules)
    propose(firm)
    decide(firm, firm.nora_person)
    firm.first = reward(firm.nora_person)
    return firm


@pytest.fixture
def given(firm):
    return paid_out(firm)


def without_nora(firm):
    """The corrected edition scores Cora and Sam alone."""
    republished(firm, is_scored=False)
    person_score(firm.run, firm.cora, firm.works, grade="A", **stay(firm.works))
    person_score(firm.run, firm.sam, firm.south, **stay(firm.south))


def without_rules(firm):
    """The rules of the month know no rewards any more."""
    with pgtrigger.ignore("assessments.Scheme:keep_approved_scheme"):
        Scheme.objects.filter(pk=firm.run.scheme_id).update(reward_rules={})


class TestWhoDropsOut:
    def test_is_proposed_nothing_against_what_was_approved(self, given):
        without_nora(given)
        done = propose(given)
        assert (done.new, done.superseded) == (2, 1)
        row = reward(given.nora_person)
        assert (row.amount, row.settles_amount, row.state) == (0, given.first.amount, "proposed")
        assert (row.score, row.run, row.department, row.rules) == (None, given.run, given.north, given.run.scheme)
        assert propose(given).unchanged == 2
        assert Reward.objects.filter(person=given.nora_person).count() == 2

    def test_hears_that_it_was_reduced_once_it_is_decided(self, given):
        without_nora(given)
        propose(given)
        assert decide(given, given.nora_person).amount == -given.first.amount
        assert given.nora.notifications.filter(kind="assessments.reward_reduced").count() == 1
        assert propose(given).new == 0

    def test_is_given_anew_by_the_edition_that_scores_them_again(self, given):
        without_nora(given)
        propose(given)
        decide(given, given.nora_person)
        republished(given)
        propose(given)
        row = reward(given.nora_person)
        assert (row.amount, row.settles_amount, row.state) == (given.first.amount, 0, "proposed")

    def test_keeps_it_where_an_undecided_one_is_overtaken(self, given):
        without_nora(given)
        propose(given)
        taking = reward(given.nora_person)
        republished(given, nora="B")
        with pytest.raises(RewardDecided, match="published anew"):
            decide(given, given.nora_person)
        propose(given)
        taking.refresh_from_db()
        assert taking.state == "superseded"
        assert not Reward.objects.filter(person=given.nora_person, state="proposed").exists()

    def test_keeps_it_where_taking_back_was_refused(self, given):
        without_nora(given)
        propose(given)
        decide(given, given.nora_person, is_approved=False, reason="Paid in good faith")
        assert propose(given).new == 0

    def test_is_not_asked_for_what_nobody_approved(self, firm):
        firm = paid_firm(firm)
        propose(firm)
        without_nora(firm)
        propose(firm)
        assert reward(firm.nora_person).state == "superseded"

    def test_needs_no_pay_base_any_more(self, given):
        given.nora_person.pay_bases.all().delete()
        republished(given, nora="")
        propose(given)
        assert (reward(given.nora_person).amount, reward(given.nora_person).settles_amount) == (0, given.first.amount)

    def test_is_asked_for_once(self, given):
        without_nora(given)
        propose(given)
        row = reward(given.nora_person)
        row.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)

    def test_waits_on_the_pages_and_is_told_by_the_api(self, given, as_):
        without_nora(given)
        propose(given)
        row = reward(given.nora_person)
        assert row in waiting_rewards(scope_of(given.gm, TODAY), MAY)
        words = "Nothing any more in the corrected edition"
        page = as_(given.gm).get(reverse("assessments:decide_rewards", args=[MAY])).content.decode()
        assert words in page
        page = as_(given.hr).get(reverse("assessments:reward", args=[row.pk])).content.decode()
        assert "what was approved is taken back" in page
        body = as_(given.hr).get(f"/api/v1/rewards/{row.pk}/").json()
        assert (body["score"], body["grade"], body["difference_amount"]) == (None, "", f"-{given.first.amount}")
        export = as_(given.hr).get(reverse("assessments:rewards", args=[MAY]), {"export": "csv"})
        assert b"Nora North" in b"".join(export.streaming_content)


class TestRulesWithoutRewards:
    def test_take_back_what_was_approved_of_everybody(self, given):
        republished(given)
        without_rules(given)
        told = propose_consequences(month=MAY, edition=2, now=NOW)
        assert (told["rewards"], told["superseded"]) == (1, 1)
        row = reward(given.nora_person)
        assert (row.amount, row.settles_amount, row.score.run) == (0, given.first.amount, given.run)

    def test_of_those_who_dropped_out_too(self, given):
        without_nora(given)
        without_rules(given)
        assert propose(given).new == 1
        assert reward(given.nora_person).run == given.run

    def test_are_refused_where_nothing_was_ever_given(self, firm):
        firm = paid_firm(firm)
        without_rules(firm)
        with pytest.raises(NoRewardRules):
            propose(firm)

    def test_let_hr_propose_it_by_hand(self, given, as_):
        republished(given)
        without_rules(given)
        page = as_(given.hr).get(reverse("assessments:rewards", args=[MAY])).content.decode()
        assert reverse("assessments:propose_rewards", args=[MAY]) in page

    def test_keep_the_limit_of_those_that_gave_it(self, firm):
        firm = paid_out(firm, rewards={**REWARD_RULES, "gm_limit": "1000"})
        republished(firm)
        with pgtrigger.ignore("assessments.Scheme:keep_approved_scheme"):
            Scheme.objects.filter(pk=firm.run.scheme_id).update(reward_rules={"gm_limit": "1000"})
        propose(firm)
        with pytest.raises(NotYourStep, match="above 1,000"):
            decide(firm, firm.nora_person, by=UserFactory(roles=["coo"]))


class TestPool:
    def test_shares_of_those_who_drop_out_are_taken_back(self, firm):
        firm = paid_out(firm, rewards={"pool": POOL})
        assert firm.first.source == "pool"
        without_nora(firm)
        propose(firm)
        row = reward(firm.nora_person)
        assert (row.source, row.amount, row.settles_amount) == ("pool", 0, firm.first.amount)
        others = Reward.objects.filter(run=None, score__run=firm.run)
        assert sum((one.amount for one in others), Decimal(0)) == 1000

    def test_and_of_a_pool_that_the_rules_no_longer_know(self, firm):
        firm = paid_out(firm, rewards={"pool": POOL})
        republished(firm, is_scored=False)
        give_scores(firm, firm.run)
        with pgtrigger.ignore("assessments.Scheme:keep_approved_scheme"):
            Scheme.objects.filter(pk=firm.run.scheme_id).update(reward_rules=REWARD_RULES)
        propose(firm)
        rows = Reward.objects.filter(person=firm.nora_person, state="proposed").values_list("source", "amount")
        assert ("pool", Decimal(0)) in rows
        assert len(rows) == 2
