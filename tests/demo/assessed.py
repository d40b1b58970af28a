"""What the demo company's assessments show: mixed into the tests of the company, which is made once for all of them."""

from collections import Counter
from datetime import date

from django.db.models import F

from apps.accounts.choices import Role
from apps.accounts.selectors import roles_of, users_with_role
from apps.assessments.choices import Method
from apps.assessments.models import (
    Adjustment,
    Appeal,
    Calibration,
    Indicator,
    PayBase,
    Publication,
    Rehearsal,
    RehearsedScore,
    Reward,
    Score,
    ScoreLine,
    ScoreRun,
)
from apps.core.month import Month

LAST_PUBLISHED = date(2026, 9, 1)
APPEALED = date(2026, 8, 1)
CALIBRATED = date(2026, 7, 1)


class AssessedTests:
    """Tests of months, appeals, vetoes, calibrations, rehearsals and rewards."""

    def test_twelve_months_are_published_each_in_time(self):
        first = Publication.objects.filter(number=1).order_by("month").values_list("month", flat=True)
        assert list(first) == [Month.of(LAST_PUBLISHED).plus(-ago).first_day for ago in range(11, -1, -1)]
        assert ScoreRun.objects.filter(state="published").count() == 12

    def test_an_appeal_was_upheld_and_version_two_stands_beside_the_first(self):
        appeal = Appeal.objects.get()
        assert (appeal.state, appeal.run.month, appeal.department.code) == ("upheld", APPEALED, "ENG")
        editions = Publication.objects.filter(month=APPEALED).order_by("number").select_related("run")
        assert [(one.number, one.run.state) for one in editions] == [(1, "superseded"), (2, "published")]
        before, after = (Score.objects.get(run=one.run, department=appeal.department) for one in editions)
        assert after.total > before.total and after.grade < before.grade, (before, after)

    def test_a_veto_has_the_last_word(self):
        veto = Adjustment.objects.get(kind="veto", state="confirmed")
        assert veto.evidence and veto.decided_by
        score = Score.objects.get(run__month=veto.month, run__state="published", department=veto.department)
        assert [extra["kind"] for extra in score.extras] == ["veto"]
        assert score.grade == "C"

    def test_lines_are_left_out_by_somebodys_word_alone(self):
        rows = Adjustment.objects.filter(kind="exemption").select_related("proposed_by", "decided_by")
        assert {(one.code, one.department.code) for one in rows} == {("TRAIN", "ENG"), ("ENGAGE", "DAT")}
        assert all(one.state == "confirmed" and one.decided_by != one.proposed_by for one in rows)
        left_out = ScoreLine.objects.filter(run__state="published", presence="exempt")
        assert set(left_out.values_list("indicator__code", "department__code")) == {("TRAIN", "ENG"), ("ENGAGE", "DAT")}
        silent = ScoreLine.objects.filter(run__state="published", presence__in=("missing", "suppressed"))
        assert not silent.filter(status="excluded").exists()

    def test_scores_were_calibrated_with_a_reason_the_coos_own_line_by_the_gm(self):
        rows = {one.department.code: one for one in Calibration.objects.select_related("department", "made_by")}
        assert set(rows) == {"SRV", "OPS"}
        assert all(one.month == CALIBRATED and len(one.reason) > 20 for one in rows.values())
        assert Role.COO in roles_of(rows["SRV"].made_by)
        assert Role.GM in roles_of(rows["OPS"].made_by)
        for one in rows.values():
            score = Score.objects.get(run__month=CALIBRATED, run__state="published", department=one.department)
            assert score.total == score.uncalibrated + one.points

    def test_a_rehearsal_of_what_is_thought_of_is_finished(self):
        rehearsal = Rehearsal.objects.get()
        assert (rehearsal.state, rehearsal.problem) == ("done", "")
        assert rehearsal.scheme.state == "draft"
        assert RehearsedScore.objects.filter(rehearsal=rehearsal).count() > 100

    def test_rewards_are_approved_the_large_ones_by_the_gm(self):
        by_rule = Reward.objects.filter(source="rule", state="approved").select_related("decided_by")
        assert by_rule.count() > 200
        large = [one for one in by_rule if max(abs(one.amount), abs(one.difference_amount)) > 1000]
        assert large and all(Role.GM in roles_of(one.decided_by) for one in large)
        assert any(Role.COO in roles_of(one.decided_by) for one in by_rule)
        waiting = Reward.objects.filter(source="rule", state="proposed").values_list("month", flat=True)
        assert set(waiting) >= {LAST_PUBLISHED}, "somebody is to decide on the newest month"

    def test_nobody_decides_on_their_own_reward_and_none_of_an_older_month_waits(self):
        decided = Reward.objects.exclude(decided_by=None)
        assert not decided.filter(decided_by=F("person__user")).exists()
        [gm] = users_with_role(Role.GM)
        own = decided.filter(person__user=gm).select_related("decided_by")
        assert own and all(Role.COO in roles_of(one.decided_by) for one in own)
        waiting = Reward.objects.filter(state="proposed").values_list("month", flat=True)
        assert set(waiting) == {LAST_PUBLISHED}

    def test_everybody_in_hr_has_a_pay_base_that_somebody_else_set(self):
        assert users_with_role(Role.HR).count() == 2
        assert PayBase.objects.filter(person__user__in=users_with_role(Role.HR)).count() == 2

    def test_what_was_paid_is_set_off_after_the_appeal(self):
        again = Reward.objects.filter(month=APPEALED, settles_amount__gt=0, state="approved")
        assert again.exists()
        for one in again.select_related("score__run"):
            assert one.score.run.publication.number == 2
            first = Reward.objects.get(person=one.person, month=APPEALED, score__run__publication__number=1)
            assert (first.state, first.amount) == ("approved", one.settles_amount)
            assert one.difference_amount == one.amount - first.amount != 0

    def test_every_method_is_used_and_earns_points(self):
        used = Counter(Indicator.objects.filter(scheme__state="approved").values_list("method", flat=True))
        assert set(used) == set(Method.values)
        lines = ScoreLine.objects.filter(
            run__month=LAST_PUBLISHED, run__state="published", status="scored", points__gt=0
        )
        assert set(lines.values_list("indicator__method", flat=True)) == set(Method.values)
        assert Adjustment.objects.filter(kind="bonus", state="confirmed", points__gt=0).exists(), "the twelfth: bonus"
