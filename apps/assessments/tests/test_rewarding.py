"""Rewards: reckoned from published scores, decided by somebody else, settled after a correction; and their pay bases."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments.choices import RewardState
from apps.assessments.models import PayBase, Reward
from apps.assessments.services import (
    MonthBusy,
    NoRewardRules,
    ReasonMissing,
    RewardDecided,
    WrongPayBase,
    decide_rewards,
    propose_rewards,
    set_pay_base,
)
from apps.assessments.services.importing_pay import PAY_BASE_TARGET
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.tests.factories import NOW, person_score, published
from apps.assessments.tests.rewards import MAY, TODAY, base, decide, grade_of, propose, republished, reward, stay
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.imports.models import ImportRun
from apps.imports.services.targets import ImportRow
from apps.staff.selectors import scope_of
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


class TestProposeRewards:
    def test_reckons_base_times_both_coefficients_times_days(self, paid):
        done = propose(paid)
        row = reward(paid.nora_person)
        dept = {"A": "1.2", "B": "1.1", "C": "1", "D": "0.8", "E": "0"}[grade_of(paid, paid.north)]
        assert (row.base_amount, row.dept_coef, row.personal_coef) == (3000, Decimal(dept), Decimal("1.1"))
        assert row.amount == 3000 * Decimal(dept) * Decimal("1.1")
        assert (row.days_worked, row.days_in_period, row.state) == (31, 31, "proposed")
        assert (done.new, done.without_base) == (2, 1)

    def test_pays_by_days(self, paid):
        person = PersonFactory(name="Late Lily", department=paid.north, hired_on=date(2026, 5, 12))
        person_score(paid.run, person, paid.north, days=20)
        base(paid, person, 3100)
        propose(paid)
        assert reward(person).amount == (reward(paid.nora_person).amount / 3000 * 3100 * 20 / 31).quantize(
            Decimal("0.01")
        )

    def test_takes_the_grade_of_the_assessed_department_above(self, paid):
        """Who works in a department without a score counts to the nearest one above: the last of the stays."""
        person = PersonFactory(name="Beth Below", department=paid.sales)
        person_score(paid.run, person, paid.sales, **stay(paid.north))
        base(paid, person, 3000)
        propose(paid)
        assert reward(person).dept_coef == reward(paid.nora_person).dept_coef

    def test_uses_the_base_in_force_in_the_month(self, paid):
        base(paid, paid.nora_person, 4000, "2026-05")
        base(paid, paid.nora_person, 5000, "2026-06")
        propose(paid)
        assert reward(paid.nora_person).base_amount == 4000

    def test_changes_nothing_the_second_time(self, paid):
        propose(paid)
        again = propose(paid)
        assert (again.new, again.changed, again.unchanged, again.superseded) == (0, 0, 2, 0)

    def test_brings_undecided_ones_up_to_date_and_adds_those_who_got_a_base(self, paid):
        propose(paid)
        base(paid, paid.nora_person, 3300)
        base(paid, paid.sam, 2000)
        done = propose(paid)
        assert (done.new, done.changed, done.without_base) == (1, 1, 0)
        assert reward(paid.nora_person).base_amount == 3300

    def test_leaves_decided_ones_alone(self, paid):
        propose(paid)
        decide(paid, paid.nora_person)
        base(paid, paid.nora_person, 9999)
        propose(paid)
        assert reward(paid.nora_person).base_amount == 3000

    def test_a_later_edition_supersedes_undecided_ones(self, paid):
        propose(paid)
        republished(paid, nora="A")
        done = propose(paid)
        assert (done.superseded, done.new) == (2, 2)
        assert list(paid.nora_person.rewards.order_by("pk").values_list("state", flat=True)) == [
            "superseded",
            "proposed",
        ]
        assert reward(paid.nora_person).personal_coef == Decimal("1.2")

    def test_and_settles_the_difference_against_decided_ones(self, paid):
        propose(paid)
        decide(paid, paid.nora_person)
        first = reward(paid.nora_person)
        republished(paid, nora="A")
        propose(paid)
        second = reward(paid.nora_person)
        assert second.pk != first.pk
        assert (second.settles_amount, second.difference_amount) == (first.amount, second.amount - first.amount)
        first.refresh_from_db()
        assert first.state == RewardState.APPROVED

    def test_proposes_nothing_where_the_correction_changes_nothing(self, paid):
        propose(paid)
        decide(paid, paid.nora_person)
        republished(paid)
        done = propose(paid)
        assert paid.nora_person.rewards.count() == 1
        assert done.unchanged == 1

    def test_takes_back_what_a_correction_leaves_without_a_grade(self, paid):
        propose(paid)
        decide(paid, paid.nora_person)
        first = reward(paid.nora_person)
        republished(paid, nora="")
        propose(paid)
        row = reward(paid.nora_person)
        assert (row.amount, row.difference_amount) == (0, -first.amount)

    def test_refuses_a_month_that_is_not_published(self, paid):
        with pytest.raises(MonthBusy, match="not published"):
            propose_rewards(month=Month(2026, 4), by=paid.hr, now=NOW)

    def test_refuses_rules_without_rewards(self, firm, scheme):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        with pytest.raises(NoRewardRules):
            propose_rewards(month=MAY, by=firm.hr, now=NOW)


class TestDecideRewards:
    def test_keeps_who_when_and_why(self, paid):
        propose(paid)
        done = decide(paid, paid.nora_person, reason="as the rule says")
        row = reward(paid.nora_person)
        assert (row.state, row.decided_by, row.decided_at, row.ruling) == ("approved", paid.gm, NOW, "as the rule says")
        assert (done.count, done.amount) == (1, row.amount)

    def test_refuses_ones_own(self, paid):
        propose(paid)
        with pytest.raises(NotYourStep, match="own reward"):
            decide(paid, paid.cora, paid.nora_person, by=paid.coo)
        assert not Reward.objects.exclude(state="proposed").exists()

    def test_leaves_the_coos_to_the_gm(self, paid):
        propose(paid)
        from_another = paid.coo.__class__.objects.create(name="Carl Second", email="carl@example.com")
        from_another.role_grants.create(role="coo")
        with pytest.raises(NotYourStep, match="GM decides"):
            decide(paid, paid.cora, by=from_another)
        assert decide(paid, paid.cora, by=paid.gm).count == 1

    def test_refuses_a_second_decision(self, paid):
        propose(paid)
        keys = [reward(paid.nora_person).pk]
        decide_rewards(rewards=keys, is_approved=True, by=paid.gm, now=NOW)
        with pytest.raises(RewardDecided, match="Approved"):
            decide_rewards(rewards=keys, is_approved=False, reason="late", by=paid.gm, now=NOW)

    def test_refuses_proposals_of_an_edition_that_was_replaced(self, paid):
        propose(paid)
        republished(paid)
        with pytest.raises(RewardDecided, match="published anew"):
            decide(paid, paid.nora_person)

    def test_refuses_a_refusal_without_a_reason(self, paid):
        propose(paid)
        with pytest.raises(ReasonMissing):
            decide(paid, paid.nora_person, is_approved=False)
        assert decide(paid, paid.nora_person, is_approved=False, reason="a warning in May").count == 1

    def test_refuses_unknown_ones_and_none(self, paid):
        with pytest.raises(NotFound):
            decide_rewards(rewards=[987654], is_approved=True, by=paid.gm, now=NOW)
        with pytest.raises(ReasonMissing):
            decide_rewards(rewards=[], is_approved=True, by=paid.gm, now=NOW)

    def test_tells_the_person_without_the_amount(self, paid):
        propose(paid)
        decide(paid, paid.nora_person)
        note = paid.nora.notifications.get(kind="assessments.reward_approved")
        assert "people/me" in note.url
        assert str(reward(paid.nora_person).amount) not in note.subject + note.body


class TestSetPayBase:
    def test_holds_from_its_month_on(self, paid):
        base(paid, paid.sam, 2000, "2026-03")
        assert str(PayBase.objects.get(person=paid.sam).valid) == "[2026-03-01, None)"

    def test_ends_the_one_before(self, paid):
        base(paid, paid.nora_person, 3300, "2026-05")
        rows = PayBase.objects.filter(person=paid.nora_person).order_by("valid")
        assert [(row.base_amount, row.valid.upper) for row in rows] == [(3000, date(2026, 5, 1)), (3300, None)]

    def test_goes_up_to_the_next_one_that_is_set(self, paid):
        base(paid, paid.sam, 2500, "2026-06")
        base(paid, paid.sam, 2000, "2026-03")
        rows = PayBase.objects.filter(person=paid.sam).order_by("valid")
        assert [(row.base_amount, row.valid.upper) for row in rows] == [(2000, date(2026, 6, 1)), (2500, None)]

    def test_corrects_the_one_that_begins_in_its_month(self, paid):
        assert base(paid, paid.nora_person, 3100)
        assert not base(paid, paid.nora_person, 3100)
        assert PayBase.objects.get(person=paid.nora_person).base_amount == 3100

    @pytest.mark.parametrize("amount", ["-0.01", "1.005"])
    def test_refuses_what_is_no_amount(self, paid, amount):
        with pytest.raises(WrongPayBase):
            base(paid, paid.sam, amount)

    def test_refuses_ones_own(self, paid):
        own = PersonFactory(name="Hanna Own", number="H1", department=paid.works, user=paid.hr)
        with pytest.raises(NotYourStep, match="somebody else of HR"):
            base(paid, own, 9000)
        assert not PayBase.objects.filter(person=own).exists()
        other = UserFactory(roles=["hr"])
        assert set_pay_base(person=own, month=MAY, amount=Decimal(2500), by=other)


class TestImportedBases:
    """A file of pay bases, through the importer's own frame."""

    @pytest.fixture
    def run(self, paid):
        return ImportRun.objects.create(
            target="assessments.pay_bases", file_name="pay.csv", file_format="csv", started_by=paid.hr,
            handled_by=paid.hr, started_at=NOW, state="ready",
        )  # fmt: skip

    def rows(self, *lines):
        return [
            ImportRow(number, {"number": staff, "month": date(2026, month, 1), "amount": Decimal(amount)})
            for number, (staff, month, amount) in enumerate(lines, start=2)
        ]

    def test_are_written_set_and_can_be_undone(self, paid, run):
        rows = self.rows(("S1", 3, "2000"), ("S1", 5, "2200"), ("N1", 1, "3000"))
        assert PAY_BASE_TARGET.check(rows, scope=scope_of(paid.hr, TODAY), now=NOW) == []
        done = PAY_BASE_TARGET.commit(rows, by=paid.hr, now=NOW, import_run=run)
        assert (done.created, done.changed, done.unchanged) == (2, 0, 1)
        stored = PayBase.objects.filter(person=paid.sam).order_by("valid").values_list("base_amount", flat=True)
        assert list(stored) == [2000, 2200]
        PAY_BASE_TARGET.undo(done.undo, by=paid.hr, now=NOW)
        assert not PayBase.objects.filter(person=paid.sam).exists()
        assert PayBase.objects.filter(person=paid.nora_person).count() == 1

    def test_are_not_undone_once_a_base_was_set_again(self, paid, run):
        done = PAY_BASE_TARGET.commit(self.rows(("S1", 3, "2000")), by=paid.hr, now=NOW, import_run=run)
        base(paid, paid.sam, 2100, "2026-03")
        with pytest.raises(WrongPayBase, match="set again"):
            PAY_BASE_TARGET.undo(done.undo, by=paid.hr, now=NOW)

    def test_refuse_the_row_of_whoever_imports_and_its_undoing(self, paid, run):
        own, other = PersonFactory(number="H1", department=paid.works, user=paid.hr), UserFactory(roles=["hr"])
        rows = self.rows(("S1", 3, "2000"), ("H1", 3, "9000"))
        found = PAY_BASE_TARGET.check(rows, scope=scope_of(paid.hr, TODAY), now=NOW)
        assert [(error.line, error.field) for error in found] == [(3, "number")]
        assert "somebody else of HR" in found[0].message
        assert PAY_BASE_TARGET.check(rows, scope=scope_of(other, TODAY), now=NOW) == []
        done = PAY_BASE_TARGET.commit(rows, by=other, now=NOW, import_run=run)
        with pytest.raises(NotYourStep, match="undo this import"):
            PAY_BASE_TARGET.undo(done.undo, by=paid.hr, now=NOW)
        assert PayBase.objects.filter(person=own).count() == 1

    def test_name_unknown_people_and_odd_amounts(self, paid):
        rows = self.rows(("NOBODY", 3, "2000"), ("S1", 3, "1.005"))
        found = PAY_BASE_TARGET.check(rows, scope=scope_of(paid.hr, TODAY), now=NOW)
        assert [(error.line, error.field) for error in found] == [(2, "number"), (3, "amount")]


class TestRewardPages:
    @pytest.fixture
    def url(self):
        return reverse("assessments:rewards", args=["2026-05"])

    def test_list_everything_with_the_sum_and_who_is_left_out(self, paid, as_, url):
        propose(paid)
        page = as_(paid.hr).get(url).content.decode()
        total = sum(row.amount for row in Reward.objects.all())
        assert f"{total:,.2f}" in page
        assert "Sam South" in page
        assert "no pay base" in page

    def test_can_be_exported(self, paid, as_, url):
        propose(paid)
        answer = as_(paid.auditor).get(url, {"export": "csv"})
        text = b"".join(answer.streaming_content).decode()
        assert "Nora North" in text
        assert "Personal coefficient" in text

    def test_propose_after_a_question(self, paid, as_):
        url = reverse("assessments:propose_rewards", args=["2026-05"])
        assert "Everybody with a grade" in as_(paid.hr).get(url).content.decode()
        assert as_(paid.hr).post(url).status_code == 302
        assert Reward.objects.count() == 2

    def test_refuse_to_propose_from_a_month_that_is_not_published(self, paid, as_):
        answer = as_(paid.hr).post(reverse("assessments:propose_rewards", args=["2026-04"]))
        assert answer.status_code == 409
        assert "not published" in answer.content.decode()

    def test_approve_what_is_ticked(self, paid, as_):
        propose(paid)
        url = reverse("assessments:decide_rewards", args=["2026-05"])
        answer = as_(paid.gm).post(url, {"pick": [reward(paid.nora_person).pk], "act": "approve"})
        assert answer.status_code == 302
        assert (reward(paid.nora_person).state, reward(paid.cora).state) == ("approved", "proposed")

    def test_approve_all_but_ones_own(self, paid, as_):
        propose(paid)
        url = reverse("assessments:decide_rewards", args=["2026-05"])
        as_(paid.coo).post(url, {"all": "1", "act": "approve"})
        assert (reward(paid.nora_person).state, reward(paid.cora).state) == ("approved", "proposed")

    def test_keep_choice_and_ask_for_the_reason_of_a_refusal(self, paid, as_):
        propose(paid)
        url = reverse("assessments:decide_rewards", args=["2026-05"])
        answer = as_(paid.gm).post(url, {"pick": [reward(paid.nora_person).pk], "act": "refuse"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Say why" in page
        assert f'value="{reward(paid.nora_person).pk}" aria-label="Nora North" checked' in page

    def test_show_the_record_of_one(self, paid, as_):
        propose(paid)
        decide(paid, paid.nora_person, reason="fine work")
        page = as_(paid.hr).get(reverse("assessments:reward", args=[reward(paid.nora_person).pk])).content.decode()
        assert "fine work" in page
        assert "Gus General" in page
        assert "3,000.00 ×" in page

    def test_set_a_base(self, paid, as_):
        url = reverse("assessments:set_pay_base", args=[paid.sam.pk])
        assert as_(paid.hr).post(url, {"month": "2026-03", "amount": "2000"}).status_code == 302
        assert PayBase.objects.get(person=paid.sam).base_amount == 2000
        assert as_(paid.hr).post(url, {"month": "March", "amount": "-1"}).status_code == 422

    def test_say_who_sets_ones_own_base(self, paid, as_):
        own = PersonFactory(number="H1", department=paid.works, user=paid.hr)
        url = reverse("assessments:set_pay_base", args=[own.pk])
        page = as_(paid.hr).get(url).content.decode()
        assert "somebody else of HR" in page
        assert 'name="amount"' not in page
        assert as_(paid.hr).post(url, {"month": "2026-03", "amount": "9000"}).status_code == 403
        assert not PayBase.objects.filter(person=own).exists()

    def test_list_people_without_a_base(self, paid, as_):
        page = as_(paid.hr).get(reverse("assessments:pay_bases"), {"has": "no"}).content.decode()
        assert "Sam South" in page
        assert "Nora North" not in page

    def test_only_hr_sets_bases(self, paid, as_):
        url = reverse("assessments:set_pay_base", args=[paid.sam.pk])
        as_(paid.coo).post(url, {"month": "2026-03", "amount": "2000"})
        assert not PayBase.objects.filter(person=paid.sam).exists()


class TestWhoSeesRewards:
    def test_a_person_sees_their_own_once_it_is_approved(self, paid, as_):
        propose(paid)
        url = reverse("assessments:reward", args=[reward(paid.nora_person).pk])
        assert as_(paid.nora).get(url).status_code == 404
        decide(paid, paid.nora_person)
        assert as_(paid.nora).get(url).status_code == 200
        listed = as_(paid.nora).get(reverse("assessments:rewards", args=["2026-05"])).content.decode()
        assert "Nora North" in listed

    def test_and_never_anybody_elses(self, paid, as_):
        propose(paid)
        decide(paid, paid.cora, paid.nora_person)
        hidden = str(reward(paid.cora).base_amount)
        for user in (paid.nora, paid.mia):
            client = as_(user)
            assert client.get(reverse("assessments:reward", args=[reward(paid.cora).pk])).status_code == 404
            url = reverse("assessments:rewards", args=["2026-05"])
            assert "Cora Chief" not in client.get(url, {"q": "Chief"}).content.decode()
            text = b"".join(client.get(url, {"export": "csv"}).streaming_content).decode()
            assert "Cora" not in text
            assert hidden not in text
            assert client.get(reverse("assessments:pay_bases")).status_code == 403
            assert client.get(reverse("assessments:set_pay_base", args=[paid.cora.pk])).status_code == 403
