"""The board of a month: where it stands and whose turn it is, what keeps it back, how the grades fall, who moved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import acting_user, allow, unattended
from apps.assessments import services
from apps.assessments.choices import RunState, ScoreStatus
from apps.assessments.models import AssessedMonth, ScoreRun
from apps.assessments.selectors.appraisers import people_warning
from apps.assessments.selectors.board import (
    GradeCount,
    Reading,
    Ruling,
    board_of,
    has_scheme,
    last_job,
    place_of,
    ruling_of,
    runs_in,
)
from apps.assessments.selectors.calendar import MonthCalendar, month_calendar
from apps.assessments.selectors.months import Deadline, MonthLine, public_deadlines
from apps.assessments.selectors.scores import number_of, run_for, sees_drafts
from apps.assessments.services.placing import changes_in
from apps.assessments.views.acts import acts_open
from apps.assessments.views.appraisers import warning_lines
from apps.assessments.views.awaited_people import people_context
from apps.assessments.views.beside_board import beside_links
from apps.assessments.views.bundles import publication_context
from apps.assessments.views.calendar import calendar_context, published_words
from apps.assessments.views.foreseen import foreseen_context
from apps.assessments.views.lists import month_tabs, scores_page
from apps.assessments.views.months import covered, hurry_badge
from apps.assessments.views.since import since_context
from apps.assessments.views.telling import asked_version, month_name, run_badge, scope_of, shown
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun

PATH = (RunState.CALCULATED, RunState.UNDER_REVIEW, RunState.APPROVED, RunState.PUBLISHED)
DRAFTS = frozenset(PATH) - {RunState.PUBLISHED}
GRADE_TONES = (3, 1, 6, 2, 4)
JOB_TONES = {
    JobState.RUNNING: "info",
    JobState.FAILED: "danger",
    JobState.CANCELLED: "warning",
    JobState.DONE: "success",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the address shows to those who work on the month."""

    scope: Scope
    month: Month
    place: AssessedMonth | None
    run: ScoreRun | None
    job: JobRun | None
    is_current: bool
    """The run that is worked on, or the published one; not an older version."""


@require_GET
@allow("assessments.view")
def month_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """The board for those who work on the month; the published scores for everybody else."""
    scope = scope_of(request)
    if not sees_drafts(scope):
        return scores_page(request, month)
    seen = seen_month(request, month)
    today = clock.today()
    ruling = ruling_of(seen.run, scope, user=acting_user(request), today=today) if seen.run else None
    reading = board_of(scope, seen.run, today=today) if seen.run else None
    calendar = month_calendar(scope, month, today=today) if seen.is_current else None
    context = {
        **head_context(seen),
        "turn": turn_words(seen, ruling, calendar, reading),
        "case_url": ruling.case.get_absolute_url() if ruling else "",
        **(reading_context(reading) if reading else {}),
        "editions": [edition_row(run, month) for run in runs_in(scope, month)],
        "has_scheme": has_scheme(scope, month),
        "beside": beside_links(scope, month),
        "publication": publication_context(seen.run),
        "people_warnings": warning_lines(people_warning(seen.run)) if seen.run else [],
        "may_compare": scope.may("assessments.compute"),
        "may_propose": scope.may("assessments.propose"),
        "may_aim": scope.may("kpis.manage"),
        "foreseen": None if seen.run else foreseen_context(scope, month, today),
        "job": job_context(seen.job),
        "calendar": calendar_context(calendar),
        "since": since_context(seen.run, scope) if seen.is_current else None,
        "placements": changes_in(seen.run) if seen.run and seen.run.state in DRAFTS else [],
    }
    return render(request, "assessments/board.html", context)


@unattended
@require_GET
@allow("assessments.view_drafts")
def progress_part(request: HttpRequest, month: Month) -> HttpResponse:
    """The live part of the board while the month is worked out; once that is over the whole board is fetched anew."""
    job = last_job(scope_of(request), month, kind=services.COMPUTE_KIND)
    response = render(request, "assessments/_job.html", {"job": job_context(job), "month": month})
    if job is None or not job.is_open:
        response["HX-Refresh"] = "true"
    return response


def seen_month(request: HttpRequest, month: Month) -> Seen:
    """Read the address. NotFound for a month to come and for a version that is none."""
    scope, version = scope_of(request), asked_version(request)
    if month > Month.of(clock.today()):
        raise NotFound(_("%(month)s has not begun. Choose a month that has.") % {"month": month_name(month)})
    run, place = run_for(scope, month, version), place_of(scope, month)
    current = {place.draft_id, place.published_id} if place else set()
    return Seen(
        scope, month, place, run, last_job(scope, month, kind=services.COMPUTE_KIND), run is None or run.pk in current
    )


def head_context(seen: Seen) -> dict[str, Any]:
    """Name, state, path, deadline, acts."""
    month, run = seen.month, seen.run
    line = month_line(seen)
    is_open = seen.job is not None and seen.job.is_open
    return {
        "title": month_name(month),
        "subtitle": _("Version %(version)s of the scores, by %(scheme)s.")
        % {"scheme": run.scheme, "version": run.version}
        if run
        else "",
        "month": month,
        "month_words": month_name(month),
        "run": run,
        "state": run_badge(run) if run else None,
        "crumbs": [(_("Assessments"), reverse("assessments:list")), (month_name(month), "")],
        "tabs": month_tabs(month, "board", run),
        "path": path_of(run),
        "deadline": line.deadline.on,
        "hurry": hurry_badge(line),
        "is_current": seen.is_current,
        "suffix": "" if run is None or seen.is_current else f"?version={run.version}",
        "acts": [] if is_open or not seen.is_current else acts_open(seen.scope, seen.place, month),
    }


def month_line(seen: Seen) -> MonthLine:
    """The month as the list of months has it."""
    published = seen.place.published if seen.place else None
    publication = published.publication if published else None
    days = {seen.month: clock.local_date(publication.published_at)} if publication else {}
    deadline: Deadline = public_deadlines([seen.month], clock.today(), days)[seen.month]
    draft = seen.place.draft if seen.place else None
    return MonthLine(seen.month, draft, published, publication, deadline, 0)


def path_of(run: ScoreRun | None) -> list[dict[str, Any]]:
    """The four states with which are behind, which one is now, and when each was reached."""
    if run is None or run.state == RunState.SUPERSEDED:
        return [{"label": state.label, "state": "ahead", "at": None, "by": ""} for state in PATH]
    here = PATH.index(RunState(run.state))
    publication = getattr(run, "publication", None)
    facts: list[tuple[datetime | None, Any]] = [
        (run.gathered_at, run.started_by),
        (run.reviewed_at, run.reviewed_by),
        (run.approved_at, None),
        (publication.published_at if publication else None, publication.published_by if publication else None),
    ]
    steps = []
    for place, (state, (at, by)) in enumerate(zip(PATH, facts, strict=True)):
        word = "done" if place < here or run.state == RunState.PUBLISHED else "now" if place == here else "ahead"
        steps.append(
            {"label": state.label, "state": word, "at": at if place <= here else None, "by": by.name if by else ""}
        )
    return steps


def turn_words(seen: Seen, ruling: Ruling | None, calendar: MonthCalendar | None, reading: Reading | None) -> str:
    """Whose turn it is, or what comes next, in a sentence."""
    run = seen.run
    if run is None:
        return _("The COO or HR works the month out; it costs nothing to do that again.")
    if run.state == RunState.CALCULATED and run.pending_count:
        return _("Waits for values: whose they are stands below.")
    if run.state == RunState.CALCULATED and reading is not None and reading.misfit_count:
        return _("Waits for targets or rules that fit: whose they are stands below.")
    if run.state == RunState.CALCULATED and reading is not None and reading.people.count:
        return _("Waits for scores of people: whose turn it is stands below.")
    if ruling is not None and ruling.step is not None:
        asked = ruling.step.user.name if ruling.step.user else ruling.step.get_role_display()
        return _("It is the turn of: %(who)s.") % {"who": asked}
    words = {
        RunState.CALCULATED: _("HR checks the scores and hands them in for approval."),
        RunState.APPROVED: _("HR publishes the scores to all departments at once."),
        RunState.PUBLISHED: published_words(calendar, seen.place.final_at if seen.place else None),
        RunState.SUPERSEDED: _("An older version, kept as it was. A newer one has taken its place."),
    }
    return words.get(RunState(run.state), "")


def reading_context(reading: Reading) -> dict[str, Any]:
    """Figures and blocks of the board."""
    run, moves = reading.run, reading.moves
    mean_change = (
        run.mean_total - moves.former_mean if run.mean_total is not None and moves.former_mean is not None else None
    )
    return {
        "figures": {
            "mean": shown(run.mean_total),
            "mean_change": mean_change,
            "scored": run.scored_count,
            "all": run.score_count,
            "coverage": covered(run.with_data_count, run.line_count),
            "with_data": run.with_data_count,
            "lines": run.line_count,
            "unassessed": reading.unassessed_count,
            "pending": run.pending_count,
        },
        "blockers": reading.blockers,
        "misfit_count": reading.misfit_count,
        "people_blockers": people_context(reading.people),
        "grades": grade_rows(reading.grades),
        "too_many": reading.too_many,
        "moves": moves,
        "unassessed": [{"score": row, "why": why_short(row)} for row in reading.unassessed],
        "unassessed_more": max(0, reading.unassessed_count - len(reading.unassessed)),
        "is_complete": not run.pending_count and not reading.people.count and not reading.misfit_count,
    }


def why_short(score: Any) -> str:
    """Why a department is not assessed, on the board."""
    if score.status == ScoreStatus.INSUFFICIENT_DATA:
        return _("too little data")
    return _("a rule does not fit its figures") if score.status == ScoreStatus.INVALID_CONFIG else ""


def grade_rows(grades: tuple[GradeCount, ...]) -> list[dict[str, Any]]:
    """Bars of the distribution: one for each grade, one for each kind of nothing."""
    rows = []
    for place, one in enumerate(grades):
        label = one.code if one.is_grade else ScoreStatus(one.code).label
        if one.is_grade and not one.code:
            label = _("Below every grade")
        tone = GRADE_TONES[min(place, len(GRADE_TONES) - 1)] if one.is_grade else 5
        rows.append({"label": label, "value": one.count, "tone": tone})
    return rows


def edition_row(run: ScoreRun, month: Month) -> dict[str, Any]:
    """One version of the month."""
    return {
        "version": run.version,
        "url": f"{reverse('assessments:month', args=[month])}?version={run.version}",
        "state": run_badge(run),
        "number": number_of(run),
        "at": run.gathered_at,
        "by": run.started_by.name if run.started_by else _("The portal"),
        "mean": shown(run.mean_total),
        "note": run.note,
    }


def job_context(job: JobRun | None) -> dict[str, Any] | None:
    """The job that works the month out, while it runs or when it failed."""
    if job is None or not (job.is_open or job.state == JobState.FAILED):
        return None
    words = {
        JobState.QUEUED: _("Waits for a free worker."),
        JobState.RUNNING: _("The scores are being worked out. This page shows them as soon as they are there."),
    }
    return {
        "is_open": job.is_open,
        "label": job.get_state_display(),
        "tone": JOB_TONES.get(JobState(job.state), "neutral"),
        "text": words.get(JobState(job.state), ""),
        "error": job.error,
        "done": job.done_count,
        "total": job.total_count,
        "url": reverse("jobs:detail", args=[job.pk]),
    }
