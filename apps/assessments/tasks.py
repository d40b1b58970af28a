"""Jobs of assessments."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.assessments import services
from apps.assessments.models import Publication
from apps.core import clock
from apps.core.errors import Refusal
from apps.core.month import Month
from apps.jobs.models import JobRun, JobShard, Outbox
from apps.jobs.services import Result, job, report_progress, split, topic


def compute_part(shard: JobShard, now: datetime) -> Result:
    """One part of a large month."""
    return services.judge_part(part=shard.params, now=now)


def combine_month(run: JobRun, now: datetime) -> Result:
    """The month from its parts; called once, by whoever did the last of them."""
    month, parts = Month.parse(run.params["month"]), services.results_of(run)
    key = run.shards.values_list("params__run", flat=True)[0]
    origin = services.Origin(run.started_by, now, run, run.params.get("reason", ""))
    return computed(services.combine_parts(month=month, run=key, parts=parts, origin=origin))


@job(
    services.COMPUTE_KIND,
    label=_("Working out the scores of a month"),
    queue="close",
    shard=compute_part,
    combine=combine_month,
)
def compute_month_job(run: JobRun, now: datetime) -> Result:
    """Work out one month, a large one in parts; nothing changes when nothing it rests on has changed."""
    month, reason = Month.parse(run.params["month"]), run.params.get("reason", "")
    parts = services.parts_of(month=month, by=run.started_by, now=now, reason=reason)
    if parts:
        split(run=run, parts=parts, now=now)
        return {}
    return computed(services.compute_month(month=month, by=run.started_by, now=now, job=run, reason=reason))


def computed(found: services.Computed) -> Result:
    """What a run of the job says it came to."""
    return {"version": found.run.version, "is_new": found.is_new, "scored": found.run.scored_count}


@job(services.PROVE_KIND, label=_("Proof of the published scores"), queue="close")
def prove_published_job(run: JobRun, now: datetime) -> Result:
    """Work out what is published again, every digest and by the rules every score; each finding is told once."""
    total, unsound = len(services.published_runs()), 0
    for done, proof in enumerate(services.recounts(), start=1):
        report_progress(run=run, done=done, total=total)
        if not proof.is_sound:
            unsound += 1
            services.tell_unsound(proof=proof, now=now)
    return {"runs": total, "unsound": unsound}


@topic(services.NOTICE_TOPIC, label=_("Published scores"))
def published_job(message: Outbox, now: datetime) -> None:
    """Tell people and systems that a month is published."""
    publication = Publication.objects.select_related("run").get(pk=message.payload["publication"])
    services.tell_published(publication=publication, now=now)
    services.record_punctuality(publication=publication, now=now)


@job(services.FOLLOW_KIND, label=_("Rewards and plans after a publication"), queue="close")
def propose_consequences_job(run: JobRun, now: datetime) -> Result:
    """Propose what follows from the edition of a month that was published."""
    month = Month.parse(run.period)
    return dict(services.propose_consequences(month=month, edition=run.params["edition"], now=now))


# Appeals: when a month becomes final, and what was not answered in time.


@job(services.FINISH_KIND, label=_("Months that become final, appeals that are overdue"), queue="close")
def finish_months_job(run: JobRun, now: datetime) -> Result:
    """Make months final whose appeals are over, tell the GM of appeals that were not answered in time; tidy up."""
    del run
    services.forget_abandoned()
    return {"finished": services.finish_months(now=now), "overdue": services.climb_overdue(now=now)}


@job(services.REMIND_KIND, label=_("Reminders of months that are assessed and of plans"), queue="notify")
def remind_job(run: JobRun, now: datetime) -> Result:
    """Tell whose turn it is of what is due, everybody of what they owe, and the next line of what was missed; of plans those
    they concern."""
    del run
    plans = {f"plans_{word}": count for word, count in services.remind_of_plans(now=now).items()}
    return {**services.remind_of_months(now=now), **services.remind_of_debts(now=now), **plans}


@job(services.REHEARSE_KIND, label=_("Rehearsal of a scheme"), queue="close", is_whole=False)
def rehearse_job(run: JobRun, now: datetime) -> Result:
    """Try a scheme on published months, a step a month; begun again it goes on with the months that are not done."""
    rehearsal = services.rehearsal_of(run)
    done = 0
    try:
        for done, total in services.rehearse_steps(rehearsal=rehearsal, now=now):
            report_progress(run=run, done=done, total=total)
    except Refusal as refusal:
        services.finish_rehearsal(rehearsal=rehearsal, now=clock.now(), problem=str(refusal))
        raise
    services.finish_rehearsal(rehearsal=rehearsal, now=clock.now())
    return {"rehearsal": rehearsal.pk, "months": done}
