"""A large month in parts: the same digits as in one go, and as whole."""

import pytest
from django.db import InternalError, connection, transaction

from apps.assessments import services
from apps.assessments.models import AssessedMonth, PersonScore, Score, ScoreLine, ScoreRun
from apps.assessments.services import MonthBusy, gathering, parting
from apps.assessments.tests.factories import NOW, approved, draft, for_people, terms
from apps.core.month import Month
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun, JobShard
from apps.jobs.services import enqueue, work, work_shard
from apps.kpis.tests.factories import entry, record

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)
RUN = (
    *(
        "version",
        "digest",
        "fingerprint",
        "line_count",
        "with_data_count",
        "score_count",
        "scored_count",
        "person_count",
    ),
    "mean_total",
)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Every month is a large one, a part is one department."""
    monkeypatch.setattr(parting, "FEW_LINES", 0)
    for module in (parting, gathering):
        monkeypatch.setattr(module, "PART", 1)


def in_one_go(firm):
    """What the month comes to when it is worked out whole; nothing of it stays."""
    with transaction.atomic():
        run = services.compute_month(month=MAY, by=firm.hr, now=NOW).run
        found = {name: getattr(run, name) for name in RUN}, scores()
        transaction.set_rollback(True)
    return found


def scores():
    people = PersonScore.objects.order_by("person").values_list("person", "total", "digest")
    return list(Score.objects.order_by("department").values_list("department", "total", "rank", "digest")), list(people)


def begin(firm, period="2026-05", **params):
    job = enqueue(kind=services.COMPUTE_KIND, period=period, params={"month": str(MAY), **params}, by=firm.hr, now=NOW)
    work(run_id=job.pk)
    job.refresh_from_db()
    return job


def go_on(job, *, but=0):
    """Do the parts; BUT: leave so many of the last."""
    keys = list(job.shards.order_by("number").values_list("pk", flat=True))
    for pk in keys[: len(keys) - but]:
        work_shard(shard_id=pk)
    job.refresh_from_db()
    return job


def test_parts_come_to_the_digits_of_one_go(firm, scheme):
    wanted = in_one_go(firm)
    job = go_on(begin(firm))
    run = ScoreRun.objects.get()
    assert (job.state, job.shard_count, job.result["is_new"]) == (JobState.DONE, 3, True)
    assert ({name: getattr(run, name) for name in RUN}, scores()) == wanted
    assert AssessedMonth.objects.get().draft == run
    assert services.prove_run(run).is_sound


def test_people_are_scored_from_the_parts(firm):
    rules = for_people(
        draft(by=firm.hr, departments=[firm.north, firm.south, firm.works], lines=[terms(firm.revenue, 100)])
    )
    approved(rules, by=firm.hr, deciders=[firm.coo, firm.gm])
    wanted = in_one_go(firm)
    go_on(begin(firm))
    run = ScoreRun.objects.get()
    assert run.person_count > 0
    assert ({name: getattr(run, name) for name in RUN}, scores()) == wanted


def test_nobody_sees_a_month_that_is_half_done(firm, scheme):
    job = go_on(begin(firm), but=1)
    assert (job.state, job.shard_done_count) == (JobState.RUNNING, 2)
    assert ScoreLine.objects.count() == 4
    assert not ScoreRun.objects.exists()
    assert not Score.objects.exists()
    assert AssessedMonth.objects.filter(draft__isnull=False).count() == 0


def test_a_part_done_twice_is_done_once(firm, scheme):
    job = begin(firm)
    first = job.shards.order_by("number").first()
    work_shard(shard_id=first.pk)
    assert work_shard(shard_id=first.pk) is None
    go_on(job)
    assert ScoreLine.objects.count() == ScoreRun.objects.get().line_count == 6


def test_what_changes_meanwhile_counts_and_leaves_no_line_behind(firm, scheme):
    job = go_on(begin(firm), but=1)
    record([entry(firm.revenue, firm.north, "2026-05", 101)], by=firm.coo)
    wanted = in_one_go(firm)
    go_on(job)
    run = ScoreRun.objects.get()
    assert ({name: getattr(run, name) for name in RUN}, scores()) == wanted
    assert set(ScoreLine.objects.values_list("run", flat=True)) == {run.pk}


def test_the_same_facts_change_nothing(firm, scheme):
    go_on(begin(firm))
    again = enqueue_again(firm)
    assert again.result["is_new"] is False
    assert again.shard_count == 0
    assert ScoreRun.objects.count() == 1


def enqueue_again(firm):
    job = services.request_month(month=MAY, by=firm.hr, now=NOW)
    work(run_id=job.pk)
    job.refresh_from_db()
    return job


def test_two_jobs_at_once_give_one_draft(firm, scheme):
    first, second = begin(firm), begin(firm, period="2026-05 again")
    go_on(first)
    assert go_on(second).result["is_new"] is False
    assert ScoreRun.objects.count() == 1
    assert ScoreLine.objects.count() == 6


def test_a_month_that_lies_on_a_desk_by_then_is_refused_and_its_lines_go(firm, scheme):
    job = go_on(begin(firm), but=1)
    services.compute_month(month=MAY, by=firm.hr, now=NOW)
    services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
    assert go_on(job).state == JobState.FAILED
    assert "Under review" in job.error
    assert ScoreLine.objects.count() == 6 + 4
    assert services.forget_abandoned() == 4
    assert services.forget_abandoned() == 0
    assert ScoreLine.objects.count() == 6


def test_lines_of_a_month_under_way_are_not_forgotten(firm, scheme):
    job = go_on(begin(firm), but=1)
    assert services.forget_abandoned() == 0
    assert go_on(job).state == JobState.DONE


def test_a_stored_line_is_never_deleted_or_changed(firm, scheme):
    go_on(begin(firm))
    for statement in ("DELETE FROM assessments_scoreline", "UPDATE assessments_scoreline SET weight = 1"):
        with pytest.raises(InternalError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_month_that_may_not_be_worked_out_is_not_begun(firm, scheme):
    services.compute_month(month=MAY, by=firm.hr, now=NOW)
    services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
    with pytest.raises(MonthBusy):
        services.parts_of(month=MAY, by=firm.hr, now=NOW)
    assert not JobShard.objects.exists()


def test_a_small_month_is_done_in_one_go(firm, scheme, monkeypatch):
    monkeypatch.setattr(parting, "FEW_LINES", 7)
    job = begin(firm)
    assert (job.state, job.shard_count) == (JobState.DONE, 0)
    assert ScoreRun.objects.count() == JobRun.objects.filter(kind=services.COMPUTE_KIND).count() == 1


def test_the_reason_and_the_asker_are_kept(firm, scheme):
    job = go_on(begin(firm, reason="Figures came late"))
    run = ScoreRun.objects.get()
    assert (run.job, run.started_by, run.reason) == (job, firm.hr, "Figures came late")
