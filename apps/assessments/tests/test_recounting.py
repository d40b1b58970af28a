"""What was changed together with every digest is found by the rules; so are rules that give something else than they did."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.assessments import services
from apps.assessments.choices import TargetPolicy
from apps.assessments.models import PersonScore, Publication, Scheme, Score, ScoreLine, ScoreRun
from apps.assessments.rules.methods.ratio import Ratio
from apps.assessments.services import recounting
from apps.assessments.services.storing import COUNTS, LINE_DIGESTS, PERSON_DIGEST, SCORE_DIGEST, chained
from apps.assessments.tests.appeals import MAY
from apps.assessments.tests.factories import approved, draft, published, terms
from apps.core import clock
from apps.jobs.services import enqueue, work
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.notifications.models import Notification

pytestmark = pytest.mark.django_db
OF_DEPARTMENTS = {
    role: {"dept_weight": "100", "personal_weight": "0"} for role in ("head", "deputy_head", "member")
} | {"min_days": "1"}
RESEAL = f"""
UPDATE assessments_score w SET digest = {SCORE_DIGEST}
FROM assessments_score s LEFT JOIN ({LINE_DIGESTS}) t ON t.department_id = s.department_id
WHERE s.run_id = %(run)s AND w.id = s.id
"""
RESEAL_PEOPLE = f"UPDATE assessments_personscore p SET digest = {PERSON_DIGEST} WHERE p.run_id = %(run)s"


@pytest.fixture
def may(firm):
    """May, published by rules that score people too."""
    made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
    Scheme.objects.filter(pk=made.pk).update(staff_rules=OF_DEPARTMENTS)
    approved(Scheme.objects.get(pk=made.pk), by=firm.hr, deciders=[firm.coo, firm.gm])
    return published("2026-05", by=firm.hr, deciders=[firm.coo, firm.gm]).run


def forge(run, change):
    """Change rows as the owner with triggers off, and every digest with them: what a thorough forger does."""
    given = {"run": run.pk, "month": run.month, "version": run.version}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("score", "scoreline", "personscore", "scorerun", "publication"):
            cursor.execute(f"ALTER TABLE assessments_{table} DISABLE TRIGGER USER")
        cursor.execute(change)
        cursor.execute(RESEAL, given)
        cursor.execute(RESEAL_PEOPLE, given)
        cursor.execute(COUNTS, given)
        counted = cursor.fetchone()
    names = ("score_count", "scored_count", "pending_count", "mean_total", "person_count", "digest")
    ScoreRun.objects.filter(pk=run.pk).update(**dict(zip(names, counted, strict=True)))
    run.refresh_from_db()
    Publication.objects.filter(run=run).update(digest=chained("", run.digest))


class TestRecount:
    def test_what_the_rules_give_again_is_sound(self, may):
        (proof,) = services.recounts()
        assert may.person_count > 0
        assert (proof.is_recounted, proof.is_sound, services.words_of(proof)) == (True, True, "")

    def test_a_total_changed_with_all_digests_is_found_by_the_rules_alone(self, firm, may):
        forge(may, f"UPDATE assessments_score SET total = 99, uncalibrated = 99 WHERE department_id = {firm.north.pk}")
        assert services.prove_run(may).is_sound
        proof = services.recount_run(may)
        assert (proof.changed, firm.north.pk in proof.otherwise, proof.is_sound) == ((), True, False)
        assert "something else comes out than is stored: North (NORTH)" in services.words_of(proof)

    def test_points_of_a_line_changed_with_all_digests_are_found(self, firm, may):
        forge(
            may,
            "UPDATE assessments_scoreline SET points = points + 1"
            f" WHERE department_id = {firm.south.pk} AND points IS NOT NULL",
        )
        assert services.prove_run(may).is_sound
        assert services.recount_run(may).otherwise == (firm.south.pk,)

    def test_a_rank_changed_with_all_digests_is_found(self, firm, may):
        forge(may, f"UPDATE assessments_score SET rank = 7 WHERE department_id = {firm.south.pk}")
        assert services.prove_run(may).is_sound
        assert services.recount_run(may).otherwise == (firm.south.pk,)

    def test_a_person_changed_with_all_digests_is_found(self, may):
        person = PersonScore.objects.filter(run=may).first()
        forge(may, f"UPDATE assessments_personscore SET status = 'ok', total = 1.23 WHERE id = {person.pk}")
        assert services.prove_run(may).is_sound
        proof = services.recount_run(may)
        assert (proof.otherwise, proof.otherwise_people) == ((), (person.person_id,))
        assert "for 1 people" in services.words_of(proof)

    def test_days_in_a_department_at_another_score_than_its_own_are_found(self, firm, may):
        nora = PersonScore.objects.get(run=may, person__number="N1")
        stays = f"""jsonb_build_array(jsonb_build_object(
            'department', {firm.north.pk}, 'days', 31, 'score', '12.00', 'is_assessed', true))"""
        forge(may, f"UPDATE assessments_personscore SET stays = {stays} WHERE id = {nora.pk}")
        assert nora.person_id in services.recount_run(may).otherwise_people

    def test_rules_that_give_something_else_are_found(self, firm, may, monkeypatch):
        earned = Ratio.earn

        def generous(self, actual, target, weight):
            found = earned(self, actual, target, weight)
            return type(found)(found.points + 1, found.steps)

        monkeypatch.setattr(Ratio, "earn", generous)
        proof = services.recount_run(may)
        assert {firm.north.pk, firm.south.pk} <= set(proof.otherwise)
        assert services.prove_run(may).is_sound

    def test_lines_that_vanished_with_their_digests_are_found(self, firm, may):
        forge(may, f"DELETE FROM assessments_scoreline WHERE department_id = {firm.north.pk}")
        assert firm.north.pk in services.recount_run(may).otherwise

    def test_a_few_rows_at_a_time_come_to_the_same(self, may, monkeypatch):
        monkeypatch.setattr(recounting, "AT_ONCE", 1)
        assert services.recount_run(may).is_sound

    def test_asks_as_many_times_whatever_the_size(self, may, django_assert_max_num_queries):
        with django_assert_max_num_queries(20):
            services.recount_run(may)


class TestCarriedLine:
    def test_of_a_tie_earns_the_same_again_and_comes_out_again(self, firm):
        orders = make_kpi(firm.company, code="ORD", name="Orders", reporting=firm.assessed)
        aim(orders, 120)
        record([entry(orders, place, "2026-04", 121) for place in firm.assessed], by=firm.coo)
        record([entry(firm.complaints, place, "2026-04", 0) for place in firm.assessed], by=firm.coo)
        carry = terms(orders, 9, cap="1.2", missing={"policy": "carry", "max_periods": "2"})
        made = draft(by=firm.hr, departments=firm.assessed, lines=[carry, replace(firm.lines[1], weight=Decimal(91))])
        approved(made, by=firm.hr, deciders=[firm.coo, firm.gm])
        for month in ("2026-04", "2026-05"):
            published(month, by=firm.hr, deciders=[firm.coo, firm.gm])
        found = ScoreLine.objects.filter(indicator__kpi=orders).order_by("month").values_list("status", "points")
        assert list(found) == [("scored", Decimal("9.08"))] * 3 + [("carried", Decimal("9.08"))] * 3
        assert [proof.is_sound for proof in services.recounts()] == [True, True]
        # A correction of something else carries the same rate again.
        record([entry(firm.complaints, firm.north, "2026-05", 1)], by=firm.coo)
        run = services.revise_departments(
            month=MAY, departments=[firm.north.pk], reason="Counted again.", by=firm.hr, now=clock.now()
        )
        again = ScoreLine.objects.get(run=run, department=firm.north, indicator__kpi=orders)
        assert (again.status, again.points) == ("carried", Decimal("9.08"))
        assert services.recount_run(run).is_sound


class TestNight:
    def test_the_nightly_job_tells_what_the_rules_find(self, firm, may):
        forge(may, f"UPDATE assessments_score SET total = 99, uncalibrated = 99 WHERE department_id = {firm.north.pk}")
        run = enqueue(kind=services.PROVE_KIND, period="2026-06-15", by=None, now=clock.now())
        assert work(run_id=run.pk).result == {"runs": 1, "unsound": 1}
        told = Notification.objects.filter(kind="assessments.unsound")
        assert "Worked out again by the rules" in told.first().body

    def test_the_command_asks_the_rules_unless_told_not_to(self, firm, may):
        out = StringIO()
        call_command("prove_scores", stdout=out)
        assert "as it was stored, and as the rules give it" in out.getvalue()
        forge(may, f"UPDATE assessments_score SET total = 99, uncalibrated = 99 WHERE department_id = {firm.north.pk}")
        call_command("prove_scores", digests=True, stdout=out)
        with pytest.raises(CommandError, match="1 published runs"):
            call_command("prove_scores", stdout=out)
        assert Score.objects.get(run=may, department=firm.north).total == Decimal(99)


class TestMeanOverDays:
    @pytest.mark.parametrize(
        ("before", "after", "actual", "points"),
        [
            # 800 / 31 has no end of places; by its first fourteen 25 x 16.8 / (800 / 31) = 16.275 is a hair less.
            (32, 20, "16.8", "16.27"),
            # 2,000 / 31 is cut downwards: a hair more.
            (80, 50, "62", "24.03"),
        ],
    )
    def test_a_target_of_many_places_gives_the_same_cent_again(self, firm, before, after, actual, points):
        kpi = make_kpi(firm.company, code="DAYS", reporting=firm.assessed)
        aim(kpi, before, until=date(2026, 5, 16))
        aim(kpi, after, first=date(2026, 5, 16))
        record([entry(kpi, place, "2026-05", actual) for place in firm.assessed], by=firm.coo)
        lines = [replace(terms(kpi, 25), target_policy=TargetPolicy.PRO_RATA_DAYS), terms(firm.revenue, 75)]
        approved(draft(by=firm.hr, departments=firm.assessed, lines=lines), by=firm.hr, deciders=[firm.coo, firm.gm])

        run = published("2026-05", by=firm.hr, deciders=[firm.coo, firm.gm]).run

        assert {line.points for line in ScoreLine.objects.filter(run=run, indicator__code="DAYS")} == {Decimal(points)}
        assert services.recount_run(run).is_sound
