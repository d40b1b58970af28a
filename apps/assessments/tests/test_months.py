"""A month from facts to published scores."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import InternalError, connection, transaction

from apps.accounts.tests.factories import UserFactory
from apps.approvals.choices import Verdict
from apps.approvals.services import remind_and_climb
from apps.assessments import services
from apps.assessments.choices import LineStatus, RunState
from apps.assessments.models import AssessedMonth, Publication, Score, ScoreLine, ScoreRun
from apps.assessments.services import MonthBusy, MonthNotComplete, NoScheme
from apps.assessments.tests.factories import NOW, published, rule
from apps.core.month import Month
from apps.jobs.models import Outbox
from apps.kpis.tests.factories import aim, entry, record
from apps.notifications.models import Notification, WebhookDelivery
from apps.notifications.tests.factories import WebhookEndpointFactory

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)


def compute(firm, month=MAY, *, by=None, **given):
    return services.compute_month(month=month, by=by or firm.hr, now=NOW, **given)


def score(department, run=None):
    return Score.objects.filter(department=department, **({"run": run} if run else {})).latest("run__version")


class TestComputeMonth:
    def test_scores_every_department_by_the_scheme(self, firm, scheme):
        run = compute(firm).run
        # 70 x 0.95 = 66.50, 30 x 80 % = 24.00; 70 x 1.2 = 84.00, 30 x 100 % = 30.00.
        assert (score(firm.north).total, score(firm.north).grade) == (Decimal("90.50"), "A")
        assert score(firm.south).total == Decimal("114.00")
        assert (run.version, run.state, run.score_count, run.line_count) == (1, RunState.CALCULATED, 3, 6)

    def test_a_missing_value_after_the_cut_off_is_what_the_scheme_says_and_says_so(self, firm, scheme):
        compute(firm)
        works = score(firm.works)
        line = ScoreLine.objects.get(department=firm.works, indicator__kpi=firm.revenue)
        assert (line.status, line.points, line.presence) == (LineStatus.MISSING_ZERO, Decimal("0.00"), "missing")
        assert (works.total, works.coverage_pct) == (Decimal("0.00"), Decimal("30.00"))

    def test_before_the_cut_off_a_missing_value_is_waited_for(self, firm, scheme):
        record([entry(firm.revenue, firm.north, "2026-06", 99)], by=firm.coo)
        run = compute(firm, Month(2026, 6)).run
        assert (run.is_past_cut_off, run.pending_count) == (False, 3)
        assert score(firm.north).total is None

    def test_ranks_by_total_and_adds_up_over_the_tree(self, firm, scheme):
        compute(firm)
        assert [score(place).rank for place in (firm.south, firm.north, firm.works)] == [1, 2, 3]
        assert (score(firm.north).below_count, score(firm.north).below_points) == (1, Decimal("90.50"))

    def test_the_same_facts_change_nothing(self, firm, scheme):
        first = compute(firm)
        again = compute(firm)
        assert (again.is_new, again.run.pk) == (False, first.run.pk)
        assert ScoreRun.objects.count() == 1

    def test_another_fact_makes_the_next_version_and_keeps_the_former(self, firm, scheme):
        former = compute(firm).run
        record([entry(firm.revenue, firm.works, "2026-05", 50)], by=firm.coo)
        run = compute(firm).run
        former.refresh_from_db()
        assert (run.version, former.state) == (2, RunState.SUPERSEDED)
        assert score(firm.works, former).total == Decimal("0.00")
        assert score(firm.works, run).total == Decimal("35.00")

    def test_refuses_a_month_without_a_scheme(self, firm):
        with pytest.raises(NoScheme, match="No approved scheme is in force for May 2026"):
            compute(firm)

    def test_takes_a_fixed_number_of_queries(self, firm, scheme, django_assert_max_num_queries):
        with django_assert_max_num_queries(32):
            compute(firm)


class TestTheWayToPublication:
    def test_is_calculated_reviewed_approved_published_with_one_event(self, firm, scheme):
        publication = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        place = AssessedMonth.objects.get(month=MAY.first_day)
        assert (place.published_id, place.draft_id) == (publication.run_id, None)
        assert publication.run.state == RunState.PUBLISHED
        assert Outbox.objects.filter(topic="assessments.published").count() == 1

    def test_its_notice_and_the_call_to_other_systems_hold_the_whole_digest(self, firm, scheme):
        """Whoever keeps either finds a silent change in the database: the digest covers every score and every edition."""
        endpoint = WebhookEndpointFactory(wanted_events=["assessments.published"])
        publication = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        told = services.tell_published(publication=publication, now=NOW)
        notices = Notification.objects.filter(kind="assessments.published")
        assert {notice.body for notice in notices} == {f"Edition 1, proof {publication.digest}."}
        assert (notices.count(), told["systems"]) == (told["people"], 1)
        assert WebhookDelivery.objects.get(endpoint=endpoint).payload["data"] == {
            "month": "2026-05",
            "edition": 1,
            "run": 1,
            "departments": 3,
            "scored": publication.run.scored_count,
            "digest": publication.digest,
            "published_at": publication.published_at.isoformat(),
        }

    def test_publishing_again_changes_nothing(self, firm, scheme):
        first = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        assert services.publish_month(month=MAY, by=firm.hr, now=NOW) == first
        assert services.publish_month(month=MAY, by=firm.hr, now=NOW, version=1) == first
        assert Publication.objects.count() == 1

    def test_another_person_is_told_who_has_published_and_when(self, firm, scheme):
        run = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        told = (
            r"May 2026 were published by Hanna HR on 15 June 2026, 0?9:00, as edition 1\. Nothing was published again\."
        )
        again = {"by": UserFactory(roles=["hr"]), "now": NOW}
        for act in (
            partial(services.publish_month, month=MAY, **again),
            partial(services.publish_month, month=MAY, version=1, **again),
            partial(services.publish_run, run=run, **again),
        ):
            with pytest.raises(MonthBusy, match=told) as refused:
                act()
            assert refused.value.details == {"state": RunState.PUBLISHED, "version": 1}
        assert Publication.objects.count() == 1

    def test_a_page_of_another_version_does_not_take_the_published_one_for_its_own(self, firm, scheme):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        with pytest.raises(MonthBusy, match="as edition 1"):
            services.publish_month(month=MAY, by=firm.hr, now=NOW, version=2)

    def test_the_general_manager_rules_on_the_line_of_the_chief_operating_officer(self, firm, scheme):
        compute(firm)
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        rule(case, firm.coo)
        assert ScoreRun.objects.get().state == RunState.UNDER_REVIEW
        rule(case, firm.gm)
        assert ScoreRun.objects.get().state == RunState.APPROVED

    def test_the_only_general_manager_who_answers_for_an_absent_chief_rules_on_both_lines(self, firm, scheme):
        compute(firm)
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        overdue = NOW + timedelta(days=7)
        assert remind_and_climb(now=overdue)["climbed"] == 1
        rule(case, firm.gm, now=overdue)
        assert ScoreRun.objects.get().state == RunState.APPROVED

    def test_a_returned_month_is_worked_on_again_with_the_reason(self, firm, scheme):
        compute(firm)
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        rule(case, firm.coo, ruling=Verdict.RETURN, reason="Works has not reported.")
        run = ScoreRun.objects.get()
        assert (run.state, run.note) == (RunState.CALCULATED, "Works has not reported.")
        record([entry(firm.revenue, firm.works, "2026-05", 50)], by=firm.coo)
        assert compute(firm).is_new

    def test_refuses_to_publish_what_is_not_approved(self, firm, scheme):
        compute(firm)
        with pytest.raises(MonthBusy, match="Only approved scores can be published"):
            services.publish_month(month=MAY, by=firm.hr, now=NOW)

    def test_refuses_to_hand_in_while_values_are_awaited(self, firm, scheme):
        compute(firm, Month(2026, 6))
        with pytest.raises(MonthNotComplete, match="3 departments still wait for values"):
            services.hand_in_month(month=Month(2026, 6), by=firm.hr, now=NOW)

    def test_refuses_to_work_out_a_month_on_somebodys_desk(self, firm, scheme):
        compute(firm)
        services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        with pytest.raises(MonthBusy, match="Send it back first"):
            compute(firm)


class TestWhatIsPublished:
    def test_stays_when_targets_values_and_the_tree_change(self, firm, scheme):
        run = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        before = list(Score.objects.filter(run=run).order_by("pk").values())
        aim(firm.revenue, 200, department=firm.north, first=MAY.first_day)
        record([entry(firm.revenue, firm.north, "2026-05", 10)], by=firm.coo)
        assert list(Score.objects.filter(run=run).order_by("pk").values()) == before
        with pytest.raises(MonthBusy, match="Give the reason for a corrected version"):
            compute(firm, by=firm.gm)

    @pytest.mark.parametrize("who", ["hr", "coo", None])
    def test_is_worked_out_anew_by_nobody_but_the_general_manager(self, firm, scheme, who):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        by = getattr(firm, who) if who else None
        for act in (services.compute_month, services.request_month):
            with pytest.raises(MonthBusy, match="only the general manager"):
                act(month=MAY, by=by, now=NOW, reason="Works reported late.")
        assert AssessedMonth.objects.get(month=MAY.first_day).draft is None

    def test_a_correction_is_another_version_beside_it(self, firm, scheme):
        first = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        record([entry(firm.revenue, firm.works, "2026-05", 50)], by=firm.coo)
        compute(firm, by=firm.gm, reason="Works reported late.")
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        rule(case, firm.coo)
        rule(case, firm.gm)
        second = services.publish_month(month=MAY, by=firm.hr, now=NOW)
        assert (second.number, second.previous) == (2, first)
        assert score(firm.works, first.run).total == Decimal("0.00")
        assert score(firm.works, second.run).total == Decimal("35.00")

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE assessments_score SET total = 100",
            "DELETE FROM assessments_score",
            "UPDATE assessments_scoreline SET points = 100",
            "DELETE FROM assessments_scoreline",
            "UPDATE assessments_scorerun SET mean_total = 100",
            "DELETE FROM assessments_scorerun",
            "UPDATE assessments_publication SET published_at = now()",
        ],
    )
    def test_is_kept_by_the_database(self, firm, scheme, statement):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


class TestProveRun:
    def test_is_sound_when_nothing_was_touched(self, firm, scheme):
        run = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        assert services.prove_run(run).is_sound

    @pytest.mark.parametrize(
        ("statement", "found"),
        [
            ("UPDATE assessments_score SET total = 91 WHERE department_id = %s", "score"),
            ("UPDATE assessments_scoreline SET points = 84.01 WHERE department_id = %s", "line"),
            ("DELETE FROM assessments_scoreline WHERE department_id = %s", "line"),
        ],
    )
    def test_names_the_department_whose_figures_were_changed(self, firm, scheme, statement, found):
        run = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("score", "scoreline"):
                cursor.execute(f"ALTER TABLE assessments_{table} DISABLE TRIGGER USER")
            cursor.execute(statement, [firm.south.pk])
        proof = services.prove_run(run)
        assert (proof.changed, proof.is_sound) == ((firm.south.pk,), False)
