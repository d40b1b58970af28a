"""Rewards above the limit of the rules: only the GM decides on them, or whoever stands in for the GM."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.models import Reward
from apps.assessments.rules.consequences import is_above
from apps.assessments.services import WrongScheme
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.services.standing import read_reward_rules
from apps.assessments.tests.factories import NOW, REWARD_RULES
from apps.assessments.tests.rewards import TODAY, decide, paid_firm, propose, reward
from apps.assessments.tests.standing_rows import REWARDS
from apps.core.month import Month
from apps.notifications.models import StandIn
from apps.staff.selectors import scope_of
from apps.staff.tests.factories import PersonFactory

LIMIT = Decimal(3000)


class TestIsAbove:
    @pytest.mark.parametrize(
        ("amount", "settles", "limit", "found"),
        [
            ("3000", "0", "3000", False),
            ("3000.01", "0", "3000", True),
            ("3000.01", "3000", "3000", True),
            ("0", "3000.01", "3000", True),
            ("100", "3000", "3000", False),
            ("99999", "0", None, False),
            ("0.01", "0", "0", True),
        ],
    )
    def test_looks_at_the_whole_amount_and_at_what_it_moves(self, amount, settles, limit, found):
        assert is_above(Decimal(amount), Decimal(settles), limit and Decimal(limit)) is found


class TestReadRewardRules:
    def test_keeps_the_limit_as_text_and_nothing_for_none(self):
        assert read_reward_rules({**REWARDS, "gm_limit": "5000.50"})["gm_limit"] == "5000.5"
        assert "gm_limit" not in read_reward_rules({**REWARDS, "gm_limit": ""})

    @pytest.mark.parametrize(
        ("rules", "said"),
        [
            ({**REWARDS, "gm_limit": "-1"}, "a number from 0 up"),
            ({**REWARDS, "gm_limit": "1.005"}, "at most two places"),
            ({**REWARDS, "gm_limit": "much"}, "a number from 0 up"),
            ({"gm_limit": "5000"}, "no reward that the limit could hold for"),
        ],
    )
    def test_refuses_what_limits_nothing(self, rules, said):
        with pytest.raises(WrongScheme, match=said) as refused:
            read_reward_rules(rules)
        assert refused.value.field == "reward_rules"


@pytest.fixture
def limited(firm):
    """Rewards above 3,000 are the GM's; Nora's of May lies above, Zoe's below."""
    firm = paid_firm(firm, rewards={**REWARD_RULES, "gm_limit": str(LIMIT)})
    propose(firm)
    assert reward(firm.nora_person).amount > LIMIT
    firm.other_coo = UserFactory(roles=["coo"], name="Carl Second")
    return firm


@pytest.mark.django_db
class TestDecideRewards:
    def test_leaves_large_ones_to_the_gm(self, limited):
        with pytest.raises(NotYourStep, match="above 3,000") as refused:
            decide(limited, limited.nora_person, by=limited.coo)
        assert "Nora North" in str(refused.value)
        assert refused.value.details == {"rewards": [reward(limited.nora_person).pk]}
        assert reward(limited.nora_person).state == "proposed"
        assert decide(limited, limited.nora_person, by=limited.gm).count == 1

    def test_refusing_one_is_the_gms_too(self, limited):
        with pytest.raises(NotYourStep):
            decide(limited, limited.nora_person, by=limited.coo, is_approved=False, reason="too much")

    def test_lets_whoever_stands_in_for_the_gm(self, limited):
        cover = StandIn.objects.create(
            user=limited.gm, stand_in=limited.other_coo, first_day=date(2026, 6, 10), last_day=date(2026, 6, 14)
        )
        with pytest.raises(NotYourStep):
            decide(limited, limited.nora_person, by=limited.other_coo)
        StandIn.objects.filter(pk=cover.pk).update(last_day=date(2026, 6, 15))
        assert decide(limited, limited.nora_person, by=limited.other_coo).count == 1

    def test_lets_the_coo_decide_up_to_the_limit(self, limited):
        Reward.objects.filter(person=limited.nora_person).update(amount=LIMIT)
        assert decide(limited, limited.nora_person, by=limited.coo).count == 1

    def test_and_take_back_only_up_to_it(self, limited):
        Reward.objects.filter(person=limited.nora_person).update(amount=0, settles_amount=LIMIT + 1)
        with pytest.raises(NotYourStep):
            decide(limited, limited.nora_person, by=limited.coo)


@pytest.fixture
def gus(limited):
    """The GM's own reward of May, above the limit."""
    person = PersonFactory(name="Gus General", number="G1", department=limited.works, user=limited.gm)
    row = reward(limited.nora_person)
    row.pk, row.score, row.source, row.person = None, None, "spot", person
    row.scheme, row.proposed_by, row.evidence, row.occasion = limited.run.scheme, limited.hr, "Seen", "A large order"
    row.happened_on = date(2026, 5, 20)
    row.save(force_insert=True)
    return person


@pytest.mark.django_db
class TestOwnOfTheGm:
    def test_is_decided_by_the_coo_however_large(self, limited, gus):
        with pytest.raises(NotYourStep, match="the COO decides on the GM's"):
            decide(limited, gus, by=limited.gm)
        assert decide(limited, gus, by=limited.coo).count == 1
        assert reward(gus).state == "approved"

    def test_also_where_the_gm_is_the_coo_too(self, limited, gus):
        limited.gm.role_grants.create(role="coo")
        assert decide(limited, gus, by=limited.other_coo).count == 1

    def test_of_somebody_who_was_the_gm_is_the_gms(self, limited, gus):
        limited.gm.role_grants.all().delete()
        with pytest.raises(NotYourStep, match="above 3,000"):
            decide(limited, gus, by=limited.coo)

    def test_pages_and_the_api_say_so(self, limited, gus, as_):
        row, url = reward(gus), reverse("assessments:decide_rewards", args=["2026-05"])
        assert f'value="{row.pk}"' in as_(limited.coo).get(url).content.decode()
        assert f'value="{row.pk}"' not in as_(limited.gm).get(url).content.decode()
        page = as_(limited.hr).get(reverse("assessments:reward", args=[row.pk])).content.decode()
        assert "The COO: nobody decides on their own reward" in page
        assert as_(limited.coo).get(f"/api/v1/rewards/{row.pk}/").json()["is_for_gm"] is False
        Reward.objects.filter(person=limited.cora).update(state="superseded")
        assert as_(limited.coo).post(url, {"all": "1", "act": "approve"}).status_code == 302
        assert (reward(gus).state, reward(limited.nora_person).state) == ("approved", "proposed")


@pytest.mark.django_db
class TestPages:
    def test_say_whose_it_is_and_leave_it_out_of_all(self, limited, as_):
        Reward.objects.filter(person=limited.cora).update(amount=10)
        page = as_(limited.other_coo).get(reverse("assessments:decide_rewards", args=["2026-05"])).content.decode()
        assert "the GM’s" in page
        assert f'value="{reward(limited.nora_person).pk}"' not in page
        answer = as_(limited.coo).post(
            reverse("assessments:decide_rewards", args=["2026-05"]), {"all": "1", "act": "approve"}
        )
        assert answer.status_code == 422
        as_(limited.gm).post(reverse("assessments:decide_rewards", args=["2026-05"]), {"all": "1", "act": "approve"})
        assert reward(limited.nora_person).state == "approved"

    def test_all_are_those_that_the_reader_may_decide_on(self, limited, gus, as_):
        """Of two COOs: neither the one's own nor the other's, nor what lies above the limit, nor what one proposed."""
        Reward.objects.filter(person=limited.nora_person).update(amount=10)
        sam = services.Deed(limited.sam.pk, date(2026, 5, 12), Decimal(50), "Kept the line running", "Report 12")
        own = services.propose_spot_reward(
            deed=sam, scope=scope_of(limited.other_coo, TODAY), by=limited.other_coo, now=NOW
        )
        url = reverse("assessments:decide_rewards", args=["2026-05"])
        page = as_(limited.other_coo).get(url).content.decode()
        assert [f'value="{row.pk}"' in page for row in (reward(limited.cora), own)] == [False, False]
        assert "proposed by you" in page
        answer = as_(limited.other_coo).post(url, {"all": "1", "act": "approve"})
        assert answer.status_code == 302
        states = [reward(one).state for one in (limited.nora_person, gus, limited.cora, limited.sam)]
        assert states == ["approved", "approved", "proposed", "proposed"]
        assert as_(limited.gm).post(url, {"all": "1", "act": "approve"}).status_code == 302
        assert (reward(limited.cora).decided_by, reward(limited.sam).decided_by) == (limited.gm, limited.gm)

    def test_a_refusal_keeps_the_choice(self, limited, as_):
        pk = reward(limited.nora_person).pk
        answer = as_(limited.coo).post(
            reverse("assessments:decide_rewards", args=["2026-05"]), {"pick": [pk], "act": "approve", "reason": "ok"}
        )
        assert answer.status_code == 403
        assert "above 3,000.00" in answer.content.decode()
        assert 'value="ok"' in answer.content.decode()

    def test_the_record_says_who_decides(self, limited, as_):
        page = as_(limited.hr).get(reverse("assessments:reward", args=[reward(limited.nora_person).pk]))
        assert "above the limit of the rules" in page.content.decode()

    def test_the_api_says_so_and_refuses(self, limited, as_):
        pk = reward(limited.nora_person).pk
        body = as_(limited.coo).get(f"/api/v1/rewards/{pk}/").json()
        assert body["is_for_gm"] is True
        answer = as_(limited.coo).post("/api/v1/rewards/approve/", {"ids": [pk]}, content_type="application/json")
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "not_your_step"


@pytest.mark.django_db
class TestEditor:
    @pytest.fixture
    def given(self):
        rows = {"head": "100", "deputy_head": "60", "member": "30"}
        for number, grade in enumerate("ABCDE"):
            for key in ("dept_coef", "personal_coef"):
                rows[f"reward_rules-{number}-{key}"] = REWARDS[key][grade]
            rows[f"reward_rules-{number}-grade"] = grade
        return rows

    @pytest.fixture
    def page(self, firm):
        from_scratch = services.draft_scheme(name="Next", first_month=Month(2027, 1), by=firm.hr)
        return from_scratch, reverse("assessments:edit_people", args=[from_scratch.pk])

    def test_writes_the_limit_and_takes_it_back(self, firm, as_, given, page):
        scheme, url = page
        assert as_(firm.hr).post(url, {**given, "gm_limit": "5000"}).status_code == 302
        scheme.refresh_from_db()
        assert scheme.reward_rules == {**REWARDS, "gm_limit": "5000"}
        assert 'value="5000"' in as_(firm.hr).get(url).content.decode()
        assert "The GM decides above" in as_(firm.hr).get(scheme.get_absolute_url()).content.decode()
        as_(firm.hr).post(url, {**given, "gm_limit": ""})
        scheme.refresh_from_db()
        assert scheme.reward_rules == REWARDS

    def test_refuses_a_limit_without_rewards(self, firm, as_, page):
        answer = as_(firm.hr).post(page[1], {"gm_limit": "5000"})
        assert answer.status_code == 422
        assert "no rewards it could limit" in answer.content.decode()
