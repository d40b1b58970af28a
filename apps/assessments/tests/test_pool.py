"""A month's pool: shared by points x weight of the role x days, to the cent; in editor, ledger, rehearsal and API."""

from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.assessments import services
from apps.assessments.models import RehearsedPerson, Reward, Scheme
from apps.assessments.rules.staff import pool_member, pool_share
from apps.assessments.services import change_standing
from apps.assessments.services.pooling import Pool, pool_of, shared_out
from apps.assessments.services.refusals import WrongScheme
from apps.assessments.services.scheme_words import reward_facts
from apps.assessments.services.standing import read_reward_rules
from apps.assessments.tests import rewards
from apps.assessments.tests.factories import NOW, REWARD_RULES, draft, for_people, person_score
from apps.assessments.tests.rewards import MAY, decide, paid_firm, propose, republished, reward
from apps.assessments.tests.teams import published_may

POOL = {"amount": "1000", "head": "2", "deputy_head": "1.5", "member": "1"}


class TestPoolShare:
    @given(
        st.integers(1, 10_000_000),
        st.dictionaries(st.integers(1, 50), st.tuples(st.integers(-500, 12_000), st.integers(1, 31)), min_size=1),
    )
    def test_shares_add_up_to_the_pool(self, cents, people):
        pool = Decimal(cents).scaleb(-2)
        members = {
            key: pool_member(Decimal(points).scaleb(-2), days=days, weight=Decimal(key).scaleb(-1))
            for key, (points, days) in people.items()
        }
        shares = pool_share(pool, members)
        if any(member.product for member in members.values()):
            assert sum(shares.values()) == pool
        assert all(share >= 0 for share in shares.values())

    def test_points_weight_and_days_count(self):
        pool = Pool(Decimal(100), {"head": Decimal(2), "member": Decimal(1)})
        people = [(1, "head", Decimal(80), 31), (2, "member", Decimal(80), 31), (3, "member", Decimal(80), 0)]
        found = shared_out(pool, people)
        assert found.amounts == {1: Decimal("66.67"), 2: Decimal("33.33"), 3: Decimal("0.00")}
        assert found.whole == 2 * 80 * 31 + 80 * 31


class TestReadRewardRules:
    def test_keeps_a_pool_alone_and_beside_coefficients(self):
        assert read_reward_rules({"pool": POOL})["pool"] == POOL
        assert read_reward_rules({**REWARD_RULES, "pool": {"amount": "50.5"}})["pool"] == {
            "amount": "50.5", "head": "1", "deputy_head": "1", "member": "1",
        }  # fmt: skip
        assert "pool" not in read_reward_rules({**REWARD_RULES, "pool": {}})

    @pytest.mark.parametrize(
        ("pool", "said"),
        [
            ({"amount": "0"}, "above 0"),
            ({"amount": "1.001"}, "two places"),
            ({"amount": "5", "head": "11"}, "from 0 to 10"),
            ({"amount": "5", "head": "0", "deputy_head": "0", "member": "0"}, "Nobody would share"),
            ({"amount": "5", "chief": "1"}, "nothing called"),
            ("5", "an amount and a weight"),
        ],
    )
    def test_refuses_what_cannot_be_shared(self, pool, said):
        with pytest.raises(WrongScheme, match=said) as refused:
            read_reward_rules({"pool": pool})
        assert refused.value.field == "reward_rules"

    def test_says_it_in_words(self):
        facts = dict(reward_facts({"pool": POOL}))
        assert facts["Pool"].startswith("1,000.00 each month, shared by points × weight × days: heads × 2")


@pytest.fixture
def pooled(firm):
    """As `paid`, by rules that know a pool alone."""
    return paid_firm(firm, rewards={"dept_coef": {}, "personal_coef": {}, "pool": POOL})


@pytest.mark.django_db
class TestProposeShares:
    def test_the_shares_add_up_to_the_pool(self, pooled):
        done = propose(pooled)
        rows = list(Reward.objects.order_by("person"))
        assert (done.new, {row.source for row in rows}) == (3, {"pool"})
        assert sum(row.amount for row in rows) == 1000
        for row in rows:
            assert row.shared_by == sum(one.points * one.weight * one.days_worked for one in rows)
            exact = row.base_amount * row.points * row.weight * row.days_worked / row.shared_by
            assert abs(row.amount - exact) < Decimal("0.01")
        assert propose(pooled).new == 0

    def test_both_kinds_stand_side_by_side(self, firm):
        both = paid_firm(firm, rewards={**REWARD_RULES, "pool": POOL})
        propose(both)
        assert set(both.nora_person.rewards.values_list("source", flat=True)) == {"rule", "pool"}
        decide(both, both.nora_person)
        assert firm.nora.notifications.filter(kind="assessments.reward_approved").count() == 2

    def test_a_correction_that_changes_no_points_leaves_what_was_decided(self, pooled):
        propose(pooled)
        decide(pooled, pooled.nora_person, pooled.sam)
        first = reward(pooled.nora_person)
        republished(pooled, nora="E")
        assert propose(pooled).superseded == 1
        assert reward(pooled.nora_person).pk == first.pk
        assert sum(reward(one).amount for one in (pooled.nora_person, pooled.sam, pooled.cora)) == 1000

    def test_whoever_loses_the_score_gives_the_share_back(self, pooled, monkeypatch):
        propose(pooled)
        decide(pooled, pooled.nora_person, pooled.sam)
        first = reward(pooled.nora_person)
        monkeypatch.setattr(rewards, "give_scores", without_nora)
        republished(pooled)
        propose(pooled)
        row = reward(pooled.nora_person)
        assert (row.amount, row.difference_amount) == (0, -first.amount)
        assert reward(pooled.sam).amount + reward(pooled.cora).amount == 1000


def without_nora(firm, run, **_given):
    """Scores of the others in a corrected edition; Nora's is none."""
    person_score(run, firm.nora_person, firm.north, status="not_assessed", total=None, grade="")
    person_score(run, firm.cora, firm.works, grade="A")
    person_score(run, firm.sam, firm.south)


@pytest.mark.django_db
class TestRehearsal:
    @pytest.mark.usefixtures("mid_june")
    def test_says_what_a_pool_would_cost(self, team):
        published_may(team)
        scheme = draft(by=team.hr, departments=team.assessed, lines=team.lines, first="2026-07", name="Next")
        scheme = for_people(scheme, rewards={"pool": POOL})
        made = services.request_rehearsal(scheme=scheme, by=team.hr, now=NOW)
        list(services.rehearse_steps(rehearsal=made, now=NOW))
        services.finish_rehearsal(rehearsal=made, now=NOW)
        rows = RehearsedPerson.objects.filter(rehearsal=made).exclude(new_amount=None)
        assert sum(row.new_amount for row in rows) == 1000
        assert [row.new_amount for row in rows] == [row.new_over_amount for row in rows]


@pytest.mark.django_db
class TestPages:
    def test_the_receipt_says_how_it_came_about(self, pooled, as_):
        propose(pooled)
        row = reward(pooled.nora_person)
        page = as_(pooled.hr).get(reverse("assessments:reward", args=[row.pk])).content.decode()
        assert "Share of the pool" in page
        assert "1,000.00 × 87.62 × 1 × 31 ÷" in page
        assert "largest remainders" in page

    def test_the_list_and_its_export_name_it(self, pooled, as_):
        propose(pooled)
        address = reverse("assessments:rewards", args=[MAY])
        assert "Share of the pool" in as_(pooled.hr).get(address).content.decode()
        text = as_(pooled.hr).get(f"{address}?export=csv&source=pool")
        text = b"".join(text.streaming_content).decode("utf-8-sig")
        assert "Points in the pool" in text
        assert "87.62" in text

    def test_the_decision_names_it(self, pooled, as_):
        propose(pooled)
        page = as_(pooled.coo).get(reverse("assessments:decide_rewards", args=[MAY])).content.decode()
        assert "Share of the pool" in page

    def test_the_api_sends_it(self, pooled, as_):
        propose(pooled)
        rows = as_(pooled.hr).get("/api/v1/rewards/?source=pool").json()["results"]
        assert {row["base_amount"] for row in rows} == {"1000.00"}
        assert rows[0]["shared_by"] is not None

    def test_the_editor_stores_it(self, firm, as_):
        scheme_draft = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        address = reverse("assessments:edit_people", args=[scheme_draft.pk])
        assert "Pool to be shared each month" in as_(firm.hr).get(address).content.decode()
        sent = {"head": "100", "deputy_head": "60", "member": "30", "pool_amount": "1000", "pool_head": "2"}
        answer = as_(firm.hr).post(address, sent)
        assert answer.status_code == 302
        stored = Scheme.objects.get(pk=scheme_draft.pk).reward_rules["pool"]
        assert stored == {"amount": "1000", "head": "2", "deputy_head": "1", "member": "1"}
        assert pool_of({"pool": stored}).weight_of("head") == 2
        refused = as_(firm.hr).post(address, {**sent, "pool_amount": ""})
        assert "Write the amount that is shared" in refused.content.decode()

    def test_change_standing_takes_it(self, firm):
        scheme_draft = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        change_standing(scheme=scheme_draft, parts={"reward_rules": {"pool": POOL}}, by=firm.hr)
        scheme_draft.refresh_from_db()
        assert scheme_draft.reward_rules["pool"] == POOL
