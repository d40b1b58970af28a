"""The page of one appeal: its clock, the steps taken, the line it is about, old and new score side by side."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.choices import Role
from apps.accounts.http.access import allow
from apps.accounts.selectors import roles_granted
from apps.assessments import services
from apps.assessments.choices import AppealState, RunState
from apps.assessments.models import Appeal, AssessedMonth, PersonScore, ScoreRun
from apps.assessments.selectors.appeals import (
    ADMIT,
    APPEAL,
    RULE,
    appeal_for,
    appeals_about,
    correcting_run,
    is_open,
    leads,
    public_days_left,
    public_work_calendar,
    published_place,
    score_of,
    side_by_side,
)
from apps.assessments.selectors.holds import public_holds
from apps.assessments.selectors.scores import sees_drafts
from apps.assessments.services.placing import corrected_placement
from apps.assessments.views.appeals import about, appeal_badge, clock_badge, is_held, left_badge
from apps.assessments.views.telling import month_name, run_badge, scope_of, shown, url_or_nothing
from apps.core import clock
from apps.core.month import Month
from apps.core.scope import Scope

RULED = frozenset({AppealState.UPHELD, AppealState.PARTLY_UPHELD, AppealState.DISMISSED, AppealState.REJECTED})
SHOWN_RUNS = frozenset({RunState.PUBLISHED, RunState.SUPERSEDED})
NOTHING_TO_APPEAL: dict[str, Any] = {"appeals": [], "disagree_url": "", "appeals_until": None, "lines": frozenset()}


@require_GET
@allow(APPEAL)
def appeal_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One appeal."""
    scope = scope_of(request)
    appeal = appeal_for(scope, pk)
    until, corrected = services.second_level_ends(appeal), correcting_run(appeal)
    context = {
        **head_context(appeal),
        "clock": clock_context(appeal, until),
        "steps": steps_of(appeal, corrected),
        "subject": subject_context(appeal, scope),
        "compared": compared_context(appeal, scope, corrected),
        "acts": acts_of(appeal, scope, until),
    }
    return render(request, "assessments/appeal.html", context)


def head_context(appeal: Appeal) -> dict[str, Any]:
    """Name, state, way here."""
    month = Month.of(appeal.run.month)
    return {
        "title": str(appeal),
        "appeal": appeal,
        "about": about(appeal),
        "month": month,
        "month_name": month_name(month),
        "state": appeal_badge(appeal),
        "former": appeal.former,
        "following": getattr(appeal, "following", None),
        "crumbs": [
            (_("Assessments"), reverse("assessments:list")),
            (_("Appeals"), reverse("assessments:appeals")),
            (str(appeal), ""),
        ],
    }


def clock_context(appeal: Any, until: datetime | None) -> dict[str, Any]:
    """How long there is for the answer, what holds it up, and after it for the second level. Ten queries at most."""
    today = clock.today()
    work_days = public_work_calendar([appeal.due_at, *([until] if until else [])], today)
    public_holds([appeal])
    appeal.left = public_days_left(appeal.due_at, today, work_days) if is_open(appeal) else None
    is_going_on = until is not None and clock.now() <= until and not hasattr(appeal, "following")
    return {
        "badge": left_badge(appeal),
        "held": services.turn_in(appeal.run.month) if is_held(appeal) else "",
        "held_since": appeal.held_since,
        "due_at": appeal.due_at,
        "until": until if is_going_on else None,
        "until_badge": clock_badge(public_days_left(until, today, work_days)) if until and is_going_on else None,
    }


def steps_of(appeal: Appeal, corrected: ScoreRun | None) -> list[dict[str, Any]]:
    """What happened, in the order of time, and what is waited for."""
    title = _("Taken to the second level") if appeal.former_id else _("Filed")
    steps = [step(title, appeal.filed_at, appeal.filed_by.name, tone="success")]
    if appeal.admitted_at and appeal.admitted_by:
        steps.append(step(_("Admitted"), appeal.admitted_at, appeal.admitted_by.name, tone="success"))
    if appeal.ruled_at and appeal.ruled_by:
        tone = "danger" if appeal.state == AppealState.REJECTED else "success"
        steps.append(step(appeal.get_state_display(), appeal.ruled_at, appeal.ruled_by.name, tone=tone))
    elif appeal.state == AppealState.WITHDRAWN:
        steps.append(step(_("Withdrawn"), appeal.updated_at, appeal.filed_by.name, tone="neutral"))
    elif appeal.state == AppealState.FILED:
        steps.append(step(_("Waits for HR to admit it"), None, "", tone="info"))
    elif appeal.reviewer:
        waits = _("Waits for the ruling of %(name)s") % {"name": appeal.reviewer.name}
        steps.append(step(waits, None, "", tone="info"))
    if appeal.revision is not None:
        steps.append(step_of_revision(appeal.revision, corrected))
    return steps


def step(title: str, at: datetime | None, by: str, *, tone: str) -> dict[str, Any]:
    """One line of the steps."""
    return {"title": title, "at": at, "by": by, "tone": tone}


def step_of_revision(revision: ScoreRun, corrected: ScoreRun | None) -> dict[str, Any]:
    """Where the corrected version stands."""
    if corrected is not None:
        words = _("Corrected: version %(version)s is published") % {"version": corrected.version}
        return step(words, corrected.publication.published_at, "", tone="success")
    if revision.state == RunState.SUPERSEDED:
        words = _("Waits for a corrected version: version %(version)s was worked out again")
    else:
        words = _("Waits for version %(version)s to be approved and published")
    return step(words % {"version": revision.version}, None, "", tone="info")


def subject_context(appeal: Appeal, scope: Scope) -> dict[str, Any]:
    """The score and the line the appeal is about, with the way to the receipt."""
    score, line = score_of(appeal)
    return {
        "department": appeal.department.name,
        "person": str(appeal.person) if appeal.person else "",
        "line": appeal.indicator.name if appeal.indicator else "",
        "points": shown(line.points) if line else "",
        "weight": shown(line.weight) if line else "",
        "total": shown(score.total) if score else "–",
        "grade": score.grade if score else "",
        "url": receipt_url(appeal),
    }


def receipt_url(appeal: Appeal) -> str:
    """The receipt the appeal is about, in the version it is about. Empty where it cannot be opened."""
    month = Month.of(appeal.run.month)
    query = f"?version={appeal.run.version}" if appeal.run.state == RunState.SUPERSEDED else ""
    if appeal.person_id:
        address = url_or_nothing("assessments:person_score", month, appeal.person_id)
        return f"{address}{query}" if address else ""
    address = reverse("assessments:score", args=[month, appeal.department_id])
    anchor = f"#line-{appeal.indicator_id}" if appeal.indicator_id else ""
    return f"{address}{query}{anchor}"


def compared_context(appeal: Appeal, scope: Scope, corrected: ScoreRun | None) -> dict[str, Any] | None:
    """Old and new score; while the new one is a draft only for those who read drafts."""
    run = appeal.revision
    if run is None:
        return None
    if corrected is None and not sees_drafts(scope):
        return {"is_hidden": True}
    run = corrected or run
    both = side_by_side(appeal, run)
    if both is None:
        return None
    before, after = both.before, both.after
    totals = before.total, after.total if after else None
    moved = corrected_placement(before, after) if appeal.person_id else None
    return {
        "version": run.version,
        "state": run_badge(run),
        "before": {"total": shown(before.total), "grade": before.grade},
        "after": {"total": shown(after.total), "grade": after.grade}
        if after
        else {"total": _("no score"), "grade": ""},
        "change": totals[1] - totals[0] if None not in totals else None,
        "placements": moved.rows if moved else (),
        "lines": [
            {
                "name": one.name,
                "before": shown(one.before),
                "after": shown(one.after),
                "is_moved": one.is_moved,
                "is_subject": one.is_subject,
            }
            for one in both.lines
        ],
    }


def acts_of(appeal: Appeal, scope: Scope, until: datetime | None) -> list[dict[str, Any]]:
    """The buttons: what this person may do with the appeal as it stands, the main one last."""
    is_mine = appeal.filed_by_id == scope.user_id
    found: list[tuple[str, Any, str]] = []
    if appeal.state == AppealState.FILED:
        if is_mine:
            found.append(("withdraw_appeal", _("Withdraw"), "arrow-left"))
        elif scope.may(ADMIT):
            found += [("reject_appeal", _("Do not admit"), "x"), ("admit_appeal", _("Admit"), "check")]
    elif appeal.state == AppealState.REVIEWING and appeal.reviewer_id == scope.user_id and scope.may(RULE):
        if appeal.reviewer and Role.GM not in roles_granted(appeal.reviewer):
            found.append(("hand_up_appeal", _("Hand to the general manager"), "arrow-up"))
        found.append(("rule_appeal", _("Rule"), "gavel"))
    if may_go_on(appeal, scope, until):
        found.append(("take_higher", _("Take to the second level"), "arrow-up"))
    last = len(found) - 1
    return [
        {
            "label": label,
            "url": reverse(f"assessments:{name}", args=[appeal.pk]),
            "icon": icon,
            "is_main": place == last and name in {"admit_appeal", "rule_appeal"},
        }
        for place, (name, label, icon) in enumerate(found)
    ]


def may_go_on(appeal: Appeal, scope: Scope, until: datetime | None) -> bool:
    """Whether this person may take the ruling to the second level now."""
    if until is None or clock.now() > until or hasattr(appeal, "following"):
        return False
    if appeal.person_id:
        return appeal.person_id == scope.person_id
    return leads(scope, appeal.department_id, clock.today())


def disagree_context(scope: Scope, score: Any, indicators: Sequence[int], known: Sequence[Any]) -> dict[str, Any]:
    """For the receipt of a score (of `opened_score`, with these lines and KNOWN scores of the month): where to say that one
    disagrees, with which lines, until when; which appeals there are. One query."""
    run, month = score.run, Month.of(score.run.month)
    if not scope.may(APPEAL) or run.state not in SHOWN_RUNS:
        return NOTHING_TO_APPEAL
    appeals = appeals_about(scope, run, department=score.department_id)
    found: Mapping[int | None, datetime] = {}
    if score.is_open and score.is_led:
        place = AssessedMonth(month=run.month, published=run, appeals_until=score.appeals_until)
        at = clock.now()
        found = services.open_matters(
            place, score.department_id, indicators=indicators, appeals=appeals, now=at, known=known
        )
    return disagreeing(appeals, reverse("assessments:file_appeal", args=[month, score.department_id]), found)


def disagree_in_person(scope: Scope, score: PersonScore, known: Sequence[PersonScore]) -> dict[str, Any]:
    """The same for a person's score, against which only they appeal. Two queries at most."""
    run, month = score.run, Month.of(score.run.month)
    if not scope.may(APPEAL) or run.state not in SHOWN_RUNS:
        return NOTHING_TO_APPEAL
    appeals = appeals_about(scope, run, department=score.department_id, person=score.person_id)
    is_own = scope.person_id == score.person_id and run.state == RunState.PUBLISHED
    place = published_place(scope, month) if is_own else None
    until = None
    if place is not None:
        until = services.open_in_person(place, score.person_id, appeals=appeals, now=clock.now(), known=known)
    address = reverse("assessments:file_person_appeal", args=[month, score.person_id])
    return disagreeing(appeals, address, {None: until} if until else {})


def disagreeing(known: Sequence[Appeal], address: str, found: Mapping[int | None, datetime]) -> dict[str, Any]:
    """What _disagree.html draws: the appeals there are, and the way to file one against what is FOUND open, with its end."""
    return {
        "appeals": [{"appeal": one, "about": about(one), "state": appeal_badge(one)} for one in known],
        "appeals_until": max(found.values(), default=None),
        "disagree_url": address if found else "",
        "lines": frozenset(found),
    }
