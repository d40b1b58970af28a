"""Cases opened, ruled on, withdrawn, reminded; what the database itself refuses."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from apps.accounts.tests.factories import UserFactory
from apps.approvals import services
from apps.approvals.choices import Ask, CaseState, Verdict
from apps.approvals.models import Case, Step
from apps.approvals.services import AskFor
from apps.approvals.tests.factories import SUBMITTED, brief, make_case, rule, waiting
from apps.audit.selectors import history_of
from apps.core.errors import Conflict
from apps.notifications.models import Notification, StandIn
from apps.periods.tests.factories import CalendarDayFactory

NOW = SUBMITTED + timedelta(hours=3)
pytestmark = pytest.mark.django_db


@pytest.fixture
def coo():
    return UserFactory(name="Cora Oland", roles=["coo"])


@pytest.fixture
def gm():
    return UserFactory(name="Gil Marsh", roles=["gm"])


class TestOpenCase:
    def test_asks_the_first_step_only_with_a_deadline_in_working_days(self):
        CalendarDayFactory(day=date(2026, 11, 18), name="Day of repentance")
        first, second = make_case().steps.order_by("position")
        assert first.due_at == datetime(2026, 11, 20, 18, tzinfo=UTC)
        assert (second.opened_at, second.due_at) == (None, None)

    def test_tells_those_who_are_asked(self, coo, gm):
        make_case()
        assert list(Notification.objects.values_list("user", "subject")) == [
            (coo.pk, "Your ruling is asked: Night shift in the warehouse")
        ]

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"brief": {}}, "“summary” is missing"),
            ({"steps": ()}, "at least one step"),
            ({"steps": (AskFor(),)}, "Step 1 must ask either a role or a person"),
            ({"steps": (AskFor(role="king"),)}, "unknown role"),
        ],
    )
    def test_refuses_and_stores_nothing(self, changes, says):
        with pytest.raises(services.CaseRefused, match=says):
            make_case(**changes)
        assert not Case.objects.exists()

    def test_refuses_a_step_that_asks_the_submitter_or_an_author(self):
        me, author = UserFactory(roles=["coo"]), UserFactory(roles=["gm"])
        for person in (me, author):
            with pytest.raises(services.CaseRefused, match="may not rule on their own matter"):
                make_case(submitted_by=me, authors=[author], steps=(AskFor(user=person),))

    def test_refuses_a_second_open_case_for_the_same_subject(self, coo):
        case = make_case(subject_ref="plans.plan/12")
        with pytest.raises(Conflict, match="already being asked"):
            make_case(subject_ref="plans.plan/12")
        rule(case, coo, Verdict.RETURN, reason="Numbers are missing")
        assert make_case(subject_ref="plans.plan/12", subject_version=2).state == CaseState.OPEN


class TestRuleOn:
    def test_walks_to_approval_step_by_step(self, coo, gm):
        case = make_case()
        assert rule(case, coo).state == CaseState.OPEN
        closed = rule(case, gm, Verdict.CONDITIONS, conditions="Only until June")
        assert (closed.state, closed.version, closed.closed_at) == (CaseState.APPROVED, 3, NOW)
        assert list(case.steps.values_list("decided_by", "ruling")) == [(coo.pk, "approve"), (gm.pk, "conditions")]

    def test_gives_the_next_step_its_own_deadline(self, coo, gm):
        case = make_case()
        rule(case, coo, now=datetime(2026, 11, 19, 8, tzinfo=UTC))
        assert waiting(case).due_at == datetime(2026, 11, 24, 18, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("verdict", "state"), [(Verdict.RETURN, CaseState.RETURNED), (Verdict.VETO, CaseState.VETOED)]
    )
    def test_a_return_or_veto_ends_it_and_tells_the_submitter(self, coo, gm, verdict, state):
        case = make_case()
        assert rule(case, coo, verdict, reason="Not this year").state == state
        assert Notification.objects.filter(user=case.submitted_by).count() == 1
        assert not Notification.objects.filter(user=gm).exists()

    @pytest.mark.parametrize(
        ("verdict", "words", "field"),
        [
            (Verdict.RETURN, {}, "reason"),
            (Verdict.VETO, {"reason": "  "}, "reason"),
            (Verdict.CONDITIONS, {"reason": "ok"}, "conditions"),
            ("burn", {}, "ruling"),
        ],
    )
    def test_refuses_an_answer_without_its_words(self, coo, verdict, words, field):
        case = make_case()
        with pytest.raises(services.RulingRefused) as refused:
            rule(case, coo, verdict, **words)
        assert refused.value.field == field
        assert waiting(case).position == 1

    def test_a_check_cannot_veto(self):
        checker = UserFactory(roles=["finance"])
        case = make_case(steps=(AskFor(Ask.REVIEW, user=checker), AskFor(role="gm")))
        with pytest.raises(services.RulingRefused, match="Choose one of: Approve, Return"):
            rule(case, checker, Verdict.VETO, reason="No money")

    def test_somebody_not_asked_is_refused(self, coo, gm):
        case = make_case()
        for person in (gm, UserFactory(roles=["manager"]), UserFactory(roles=["administrator", "auditor"])):
            with pytest.raises(services.RulingNotYours, match="does not ask you"):
                rule(case, person)

    def test_nobody_rules_on_what_they_submitted_or_wrote(self, coo):
        own = make_case(submitted_by=coo)
        wrote = make_case(authors=[coo])
        with pytest.raises(services.RulingNotYours, match="submitted this yourself"):
            rule(own, coo)
        with pytest.raises(services.RulingNotYours, match="wrote or own"):
            rule(wrote, coo)
        other = UserFactory(roles=["coo"])
        assert rule(own, other).version == 2

    def test_nobody_rules_twice_in_one_case_where_somebody_else_can(self, gm):
        both = UserFactory(roles=["coo", "gm"])
        case = make_case()
        rule(case, both)
        with pytest.raises(services.RulingNotYours, match="earlier step"):
            rule(case, both)

    def test_a_later_step_cannot_be_answered_first(self, gm):
        case = make_case()
        with pytest.raises(Conflict):
            rule(case, gm, step=case.steps.get(position=2))

    def test_a_stale_version_gets_the_present_state(self, coo, gm):
        case = make_case()
        rule(case, coo)
        with pytest.raises(Conflict, match="Cora Oland was faster: “Approve”") as refused:
            rule(case, gm, version=1)
        assert refused.value.details["version"] == 2

    def test_the_second_click_gets_a_conflict_and_changes_nothing(self, coo, gm):
        case = make_case()
        step = waiting(case)
        rule(case, coo, step=step)
        before = list(case.steps.values())
        with pytest.raises(Conflict):
            rule(case, coo, step=step)
        assert list(case.steps.values()) == before


class TestStandIn:
    def cover(self, absent, stand_in):
        StandIn.objects.create(
            user=absent, stand_in=stand_in, first_day=date(2026, 11, 10), last_day=date(2026, 11, 30)
        )

    def test_rules_for_the_absent_and_both_names_are_kept(self, coo, gm):
        deputy = UserFactory(roles=["manager"])
        self.cover(coo, deputy)
        case = make_case()
        rule(case, deputy)
        step = case.steps.get(position=1)
        assert (step.decided_by, step.decided_for) == (deputy, coo)
        assert Notification.objects.filter(user=deputy, on_behalf_of=coo).exists()

    def test_not_before_or_after_the_absence(self, coo):
        deputy = UserFactory(roles=["manager"])
        self.cover(coo, deputy)
        with pytest.raises(services.RulingNotYours):
            rule(make_case(), deputy, now=datetime(2026, 12, 1, 9, tzinfo=UTC))

    def test_not_on_what_the_absent_person_submitted(self, coo):
        deputy = UserFactory(roles=["manager"])
        self.cover(coo, deputy)
        with pytest.raises(services.RulingNotYours):
            rule(make_case(submitted_by=coo), deputy)

    def test_not_for_the_second_step_after_ruling_on_the_first(self, coo, gm):
        self.cover(gm, coo)
        case = make_case()
        rule(case, coo)
        with pytest.raises(services.RulingNotYours, match="earlier step"):
            rule(case, coo)

    def test_does_not_lend_a_role_that_may_not_decide(self):
        head, deputy = UserFactory(roles=["hr"]), UserFactory(roles=["employee"])
        self.cover(head, deputy)
        with pytest.raises(services.RulingNotYours):
            rule(make_case(steps=(AskFor(role="hr"),)), deputy)


class TestWithdrawCase:
    def withdraw(self, case, by, reason="No longer needed", version=1):
        return services.withdraw_case(case=case, reason=reason, by=by, now=NOW, expected_version=version)

    def test_ends_the_case(self, coo):
        case = make_case()
        assert self.withdraw(case, case.submitted_by).state == CaseState.WITHDRAWN
        with pytest.raises(Conflict):
            rule(case, coo, step=case.steps.get(position=1))

    def test_is_refused_to_others_without_reason_and_when_stale(self, coo, gm):
        case = make_case()
        with pytest.raises(services.RulingNotYours, match="Only"):
            self.withdraw(case, coo)
        with pytest.raises(services.RulingRefused, match="Say why"):
            self.withdraw(case, case.submitted_by, reason=" ")
        rule(case, coo)
        with pytest.raises(Conflict):
            self.withdraw(case, case.submitted_by)


class TestRemindAndClimb:
    DUE = datetime(2026, 11, 19, 18, tzinfo=UTC)

    def test_reminds_once_a_day_before(self, coo, gm):
        make_case()
        assert services.remind_and_climb(now=self.DUE - timedelta(hours=25)) == {"reminded": 0, "climbed": 0}
        assert services.remind_and_climb(now=self.DUE - timedelta(hours=24)) == {"reminded": 1, "climbed": 0}
        assert services.remind_and_climb(now=self.DUE) == {"reminded": 0, "climbed": 0}
        assert Notification.objects.filter(user=coo, subject__startswith="Please rule").count() == 1

    def test_climbs_once_after_the_deadline_and_the_next_role_may_answer(self, coo, gm):
        case = make_case()
        after = self.DUE + timedelta(seconds=1)
        assert services.remind_and_climb(now=after)["climbed"] == 1
        assert services.remind_and_climb(now=after + timedelta(hours=1)) == {"reminded": 0, "climbed": 0}
        assert Notification.objects.filter(user=gm, subject__startswith="Overdue").count() == 1
        assert rule(case, gm, now=after).version == 2

    def test_leaves_closed_cases_alone(self, coo, gm):
        rule(make_case(), coo, Verdict.VETO, reason="No")
        assert services.remind_and_climb(now=self.DUE + timedelta(days=9)) == {"reminded": 0, "climbed": 0}


class TestDatabaseWalls:
    @pytest.mark.parametrize(
        "change",
        [
            lambda case: Case.objects.filter(pk=case.pk).update(brief={"summary": "other"}),
            lambda case: Case.objects.filter(pk=case.pk).update(title="other"),
            lambda case: Case.objects.filter(pk=case.pk).delete(),
            lambda case: Step.objects.filter(case=case, position=1).update(reason="other"),
            lambda case: Step.objects.filter(case=case, position=1).update(ruling="veto"),
            lambda case: Step.objects.filter(case=case).delete(),
            lambda case: case.author_rows.all().delete(),
        ],
    )
    def test_what_was_frozen_or_ruled_cannot_be_changed(self, coo, change):
        case = make_case(authors=[UserFactory()])
        rule(case, coo, reason="Fits the plan")
        before = list(Case.objects.values()), list(Step.objects.values()), case.author_rows.count()
        with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
            change(case)
        assert (list(Case.objects.values()), list(Step.objects.values()), case.author_rows.count()) == before

    def test_a_closed_case_cannot_be_opened_again(self, coo):
        case = make_case()
        rule(case, coo, Verdict.VETO, reason="No")
        with pytest.raises(InternalError), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(state="open", closed_at=None)

    def test_one_person_rules_once_in_a_case(self, coo, gm):
        case = make_case()
        rule(case, coo)
        with pytest.raises(IntegrityError, match="approvals_one_ruling_per_person"), transaction.atomic():
            Step.objects.filter(case=case, position=2).update(ruling="approve", decided_by=coo, decided_at=NOW)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    """R8 in its short form: many rulings at the same moment, one winner each time."""

    @pytest.mark.parametrize("verdicts", [("approve", "approve"), ("approve", "veto"), ("veto", "withdraw")])
    def test_one_wins_and_the_others_are_told_the_present_state(self, verdicts):
        people = [UserFactory(roles=["gm"]) for _ in range(6)]
        for round_number in range(5):
            case = make_case(subject_ref=f"race/{round_number}", steps=(AskFor(role="gm"),))
            outcomes = self.race(case, people, verdicts)
            assert sorted(outcomes) == ["conflict"] * 5 + ["won"]
            case.refresh_from_db()
            assert case.version == 2
            assert Step.objects.filter(case=case, decided_at__isnull=False).count() == (case.state != "withdrawn")

    def race(self, case, people, verdicts):
        step, outcomes, barrier = waiting(case), [], threading.Barrier(len(people))

        def act(person, verdict):
            barrier.wait()
            given = {"case": case, "reason": "now", "now": NOW, "expected_version": 1}
            try:
                if verdict == "withdraw":
                    services.withdraw_case(by=case.submitted_by, **given)
                else:
                    services.rule_on(step=step, ruling=verdict, by=person, **given)
                outcomes.append("won")
            except Conflict as conflict:
                outcomes.append("conflict" if conflict.details["state"] != "open" else "no state told")
            finally:
                connection.close()

        threads = [
            threading.Thread(target=act, args=(person, verdicts[number % 2])) for number, person in enumerate(people)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes


class TestHistory:
    def test_each_ruling_leaves_one_entry_with_its_reason(self, coo):
        case = make_case()
        rule(case, coo, Verdict.RETURN, reason="Numbers are missing")
        entries = [entry for entry in history_of(case, related=case.steps.all()) if entry.verb == "approvals.ruled"]
        assert {entry.reason for entry in entries} == {"Numbers are missing"}
        assert {entry.who for entry in entries} == {"Cora Oland"}
        assert len(entries) == 2


def test_brief_is_stored_as_it_was_given():
    assert make_case().brief == brief()
