"""A month on its way to publication: handed in by HR, approved by the COO (the GM for the COO's own line), or sent back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.approvals.choices import CaseKind, CaseState
from apps.approvals.models import Case
from apps.approvals.services import open_case
from apps.assessments.choices import RunState, ScoreStatus
from apps.assessments.models import ScoreRun
from apps.assessments.selectors.awaiting_people import public_pending_people
from apps.assessments.services.computing import locked_month
from apps.assessments.services.gathering import gather
from apps.assessments.services.holding import give_time_back
from apps.assessments.services.leading import deciders_on, judges_decider
from apps.assessments.services.misfits import require_fitting
from apps.assessments.services.placing import changes_in
from apps.assessments.services.refusals import MonthBusy, MonthNotComplete, MonthOutdated
from apps.assessments.services.since_beside import Came, vetoes_lacking
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text

DAYS_TO_DECIDE = 2


def locked_draft_run(month: Month, *, states: set[str], version: int | None = None) -> ScoreRun:
    """The run worked on, its month under lock; refused unless it is in one of STATES and, where given, of that VERSION."""
    place = locked_month(month)
    run = place.draft
    if run is None and place.published is not None:
        raise MonthBusy(
            _("%(month)s is “%(state)s”. Correct it first, then go on.")
            % {"month": month_text(month), "state": place.published.get_state_display()},
            details={"state": place.published.state, "version": place.published.version},
        )
    if run is None:
        raise MonthBusy(_("%(month)s has not been worked out yet. Do that first.") % {"month": month_text(month)})
    if run.state not in states:
        raise MonthBusy(
            _("%(month)s is “%(state)s” now. Load the page again.")
            % {"month": month_text(month), "state": run.get_state_display()},
            details={"state": run.state, "version": run.version},
        )
    require_version(run, version)
    return run


def require_version(run: ScoreRun, version: int | None) -> None:
    """Refuse to act on another version than the one that was looked at (None: whichever it is)."""
    if version is None or version == run.version:
        return
    raise MonthBusy(
        _("%(month)s was worked out again meanwhile: it is version %(version)s now. Look at it, then decide.")
        % {"month": month_text(Month.of(run.month)), "version": run.version},
        details={"state": run.state, "version": run.version},
    )


def require_worked_on(run: ScoreRun) -> None:
    """Refuse a run that is no longer its month's draft; the month stays locked. Inside a transaction."""
    place = locked_month(Month.of(run.month))
    if place.draft_id != run.pk:
        state = ScoreRun.objects.get(pk=run.pk)
        raise MonthBusy(
            _("%(run)s is “%(state)s” and no longer worked on. Take the latest version of the month.")
            % {"run": state, "state": state.get_state_display()},
            details={"state": state.state},
        )


def is_published(run: ScoreRun) -> bool:
    """Whether this run is its month's published one; the month stays locked. Inside a transaction."""
    return locked_month(Month.of(run.month)).published_id == run.pk


def require_complete(run: ScoreRun) -> None:
    """Refuse a run with values still awaited, or with departments whose rules do not fit: what is missing is never
    published as if it were nothing."""
    require_fitting(run)
    waiting = public_pending_people(run)
    if waiting and not run.pending_count:
        text = ngettext(
            "One person still has no score: see on the board what is awaited and whose it is; %(then)s then.",
            "%(count)s people still have no score: see on the board what is awaited and whose it is; %(then)s then.",
            waiting,
        )
        then = _("correct the month again") if run.revises_id else _("work the month out again")
        raise MonthNotComplete(text % {"count": waiting, "then": then}, details={"people_pending": waiting})
    if not run.pending_count:
        return
    raise MonthNotComplete(
        _(
            "%(count)s departments still wait for values. See whose on the board: have each entered, or approved as not "
            "applicable; then work the month out again."
        )
        % {"count": run.pending_count},
        details={"pending": run.pending_count},
    )


def require_current(run: ScoreRun, *, at: datetime) -> None:
    """Refuse a run that other figures, targets, rules or people would now be judged by. What a month takes to gather.

    A correction of a published month is not compared: all it does not name stays as it was published.
    """
    if run.revises_id is not None or gather(month=Month.of(run.month), at=at).fingerprint == run.fingerprint:
        return
    raise MonthOutdated(
        _(
            "What %(month)s is judged by has changed since version %(version)s was worked out. Work it out again, look at "
            "what moved, then hand it in."
        )
        % {"month": month_text(Month.of(run.month)), "version": run.version},
        details={"state": run.state, "version": run.version},
    )


def require_vetoes(run: ScoreRun) -> None:
    """Refuse a run that was put together without a veto that is confirmed for its month. Five queries at most."""
    text = lacking_words(run, lacking := vetoes_lacking(run))
    if lacking:
        raise MonthOutdated(
            text,
            details={
                "state": run.state,
                "version": run.version,
                "vetoes": sorted({int(one.what["id"]) for one in lacking}),
            },
        )


def lacking_words(run: ScoreRun, lacking: Sequence[Came]) -> str:
    """Which vetoes the scores lack, and what mends it; empty where they lack none."""
    if not lacking:
        return ""
    first, others = lacking[0], len(lacking) - 1
    words = {"veto": first.what["name"], "who": first.name, "month": month_text(Month.of(run.month)), "count": others}
    said = _(
        "The veto “%(veto)s” on %(who)s is confirmed for %(month)s, and these scores were put together without it."
    )
    if others:
        said = ngettext(
            "The veto “%(veto)s” on %(who)s and one more are confirmed for %(month)s, and these scores were put together "
            "without them.",
            "The veto “%(veto)s” on %(who)s and %(count)s more are confirmed for %(month)s, and these scores were put "
            "together without them.",
            others,
        )
    if run.revises_id is None:
        then = _("Whoever approves sends them back to be worked out again; then they can be published.")
    else:
        place = {"departments": ", ".join(dict.fromkeys(one.to_correct for one in lacking))}
        then = _("Send them back, then correct the month again and name there too: %(departments)s.") % place
    return f"{said % words} {then}"


@transaction.atomic
def hand_in_month(*, month: Month, by: User, now: datetime, note: str = "", version: int | None = None) -> Case:
    """Ask for approval of the calculated scores. assessments.publish (HR).

    Refuses a month with values still awaited, one whose figures have changed since it was worked out, a correction that
    lacks a confirmed veto, and another VERSION than the one that was looked at.
    """
    run = locked_draft_run(month, states={RunState.CALCULATED}, version=version)
    require_complete(run)
    require_current(run, at=now)
    if run.revises_id is not None:
        require_vetoes(run)
    return hand_in_run(run=run, by=by, now=now, note=note)


def hand_in_run(*, run: ScoreRun, by: User, now: datetime, note: str) -> Case:
    """The calculated run, which is complete, on the desk of whoever decides. Inside the month's lock."""
    month = Month.of(run.month)
    case = open_case(
        kind=CaseKind.SCORES,
        title=_("Scores of %(month)s, version %(version)s") % {"month": month_text(month), "version": run.version},
        subject_ref=f"assessments.run:{run.pk}",
        subject_url=f"/assessments/{month}/",
        subject_version=run.version,
        brief=brief_of(run, note),
        steps=deciders_on(
            run.scores.values_list("department", flat=True),
            day=month.last_day,
            working_days=DAYS_TO_DECIDE,
            is_judged=judges_decider(run),
        ),
        submitted_by=by,
        now=now,
    )
    run.state, run.case, run.reviewed_at, run.reviewed_by, run.note = RunState.UNDER_REVIEW, case, now, by, ""
    run.save(update_fields=["state", "case", "reviewed_at", "reviewed_by", "note"])
    return case


def brief_of(run: ScoreRun, note: str) -> dict[str, Any]:
    """What the deciders read; of a correction whose days, departments and role are otherwise."""
    graded = run.scores.exclude(grade="").order_by("grade").values_list("grade")
    not_assessed = run.scores.filter(status=ScoreStatus.INSUFFICIENT_DATA).count()
    facts = [
        (_("Departments with a score"), f"{run.scored_count} / {run.score_count}"),
        (_("Not assessed for want of data"), str(not_assessed)),
        (_("Mean score"), "–" if run.mean_total is None else str(run.mean_total)),
        (_("Lines with data"), f"{run.with_data_count} / {run.line_count}"),
        *((_("Grade %(grade)s") % {"grade": grade}, str(count)) for grade, count in graded.annotate(count=Count("pk"))),
    ]
    return {
        "summary": note.strip()
        or _("The scores of %(month)s by %(scheme)s, ready for approval.")
        % {"month": month_text(Month.of(run.month)), "scheme": run.scheme},
        "effect": _("Once approved, HR publishes them to all departments at once."),
        "facts": [{"label": label, "value": value} for label, value in facts],
        "changes": list(changes_in(run)),
    }


def settle_run(case: Case, *, by: User, now: datetime) -> None:
    """What a closed case does to its run; called by approvals in the transaction of the ruling."""
    month = Month.of(ScoreRun.objects.values_list("month", flat=True).get(case=case))
    run = locked_draft_run(month, states={RunState.UNDER_REVIEW})
    with because("assessments.run_ruled", by=by):
        if case.state == CaseState.APPROVED:
            run.state, run.approved_at = RunState.APPROVED, now
        else:
            give_time_back(run, now=now, is_put_back=True)
            last = case.steps.exclude(reason="").order_by("-decided_at").first()
            run.state, run.case, run.note = RunState.CALCULATED, None, (last.reason if last else "")[:500]
        run.save(update_fields=["state", "case", "approved_at", "note"])


@transaction.atomic
def send_back_month(*, month: Month, reason: str, by: User, now: datetime, version: int | None = None) -> ScoreRun:
    """Take an approval back before publication, so that the month can be worked out again. assessments.review (COO)."""
    if not reason.strip():
        raise MonthNotComplete(_("Say why: whoever prepared the month must know what to mend."), field="reason")
    run = locked_draft_run(month, states={RunState.APPROVED}, version=version)
    give_time_back(run, now=now, is_put_back=True)
    run.state, run.case, run.approved_at, run.note = RunState.CALCULATED, None, None, reason.strip()[:500]
    with because("assessments.sent_back", reason=reason, by=by):
        run.save(update_fields=["state", "case", "approved_at", "note"])
    return run
