"""What is done to a month: worked out, handed in, sent back, published. Each is asked once more before it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments import services
from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, ScoreRun
from apps.assessments.selectors.awaiting_people import public_pending_people
from apps.assessments.selectors.board import place_of
from apps.assessments.selectors.descent import appeals_carried
from apps.assessments.selectors.misfits import public_misfit_count
from apps.assessments.services.refusals import MonthBusy
from apps.assessments.views.since import publishing_warning
from apps.assessments.views.telling import month_name, run_badge, scope_of, shown
from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.month import Month
from apps.core.scope import Scope

MOST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A way from the board to something that is done to the month."""

    name: str
    capability: str
    button: Any
    icon: str
    is_main: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Button):
    """Something that is asked once more on the page below: its words, and what it asks for."""

    question: Any
    effect: Any
    done: Any
    ask: str = ""
    """`reason` (must be given), `note` (may be given) or nothing."""
    is_of_version: bool = True
    """It is done to the version that was looked at, not to whatever there is."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the form brought."""

    month: Month
    version: int | None
    text: str
    by: Any
    now: Any


COMPUTE = Act(
    name="compute",
    capability="assessments.compute",
    button=gettext_lazy("Work out"),
    question=gettext_lazy("Work out the scores of this month?"),
    effect=gettext_lazy(
        "Every department is scored from what is reported now. A former draft is kept and put aside; if nothing has "
        "changed, it stays the draft."
    ),
    done=gettext_lazy("The scores are being worked out."),
    icon="refresh",
    is_of_version=False,
)
RECOMPUTE = Act(
    name="recompute",
    capability=services.RECOMPUTE,
    button=gettext_lazy("Work out anew"),
    question=gettext_lazy("Work the whole published month out anew?"),
    effect=gettext_lazy(
        "Every score is reckoned from what holds today: targets, weights and departments that changed since then may "
        "move scores nobody complained about. Where single departments were wrong, let HR or the COO correct those. The "
        "published scores stay until the new ones are approved and published beside them."
    ),
    done=gettext_lazy("The corrected scores are being worked out."),
    icon="refresh",
    ask="reason",
    is_main=False,
    is_of_version=False,
)
REVISE = Button(
    name="revise",
    capability="assessments.compute",
    button=gettext_lazy("Correct"),
    icon="pencil",
    is_main=False,
)
DISCARD = Button(
    name="discard_draft",
    capability="assessments.compute",
    button=gettext_lazy("Put aside"),
    icon="trash",
    is_main=False,
)
HAND_IN = Act(
    name="hand_in",
    capability="assessments.publish",
    button=gettext_lazy("Hand in for approval"),
    question=gettext_lazy("Hand these scores in for approval?"),
    effect=gettext_lazy(
        "The COO is asked to approve them, and the GM as well where the COO's own line is assessed. They are not worked "
        "out again while they are under review."
    ),
    done=gettext_lazy("Handed in. Whoever decides has been told."),
    icon="send",
    ask="note",
)
SEND_BACK = Act(
    name="send_back",
    capability="assessments.review",
    button=gettext_lazy("Send back"),
    question=gettext_lazy("Take the approval back?"),
    effect=gettext_lazy("The scores are a draft again: they can be worked out anew and must be approved anew."),
    done=gettext_lazy("Sent back. HR sees the reason on the board."),
    icon="arrow-left",
    ask="reason",
    is_main=False,
)
PUBLISH = Act(
    name="publish",
    capability="assessments.publish",
    button=gettext_lazy("Publish"),
    question=gettext_lazy("Publish these scores?"),
    effect=gettext_lazy(
        "All departments see their scores at the same moment, and everybody is told. The month is closed: a figure that "
        "comes later is a restatement with a reason. What is published is never changed: a correction is another edition "
        "beside it."
    ),
    done=gettext_lazy("Published. All departments see their scores now."),
    icon="upload",
)


def acts_open(scope: Scope, place: AssessedMonth | None, month: Month) -> list[dict[str, Any]]:
    """The buttons of the board: what this person may do with the month as it stands, the main one last."""
    draft, published = (place.draft, place.published) if place else (None, None)
    found: list[Button] = []
    if draft is None:
        found += [RECOMPUTE, REVISE] if published else [COMPUTE]
    elif draft.state == RunState.CALCULATED:
        again = RECOMPUTE if published else COMPUTE
        if published:
            # What an appeal was granted is not put aside: it is corrected once more where it stands.
            further = [REVISE] if draft.revises_id else []
            found += further if appeals_carried(draft) else [DISCARD]
        is_held = draft.pending_count or public_misfit_count(draft) or public_pending_people(draft)
        found += [again] if is_held else [again, HAND_IN]
    elif draft.state == RunState.APPROVED:
        found += [SEND_BACK, PUBLISH]
    allowed = [act for act in found if scope.may(act.capability)]
    return [
        {
            "label": _("Work out again") if act is COMPUTE and draft else act.button,
            "url": reverse(f"assessments:{act.name}", args=[month]),
            "icon": act.icon,
            "is_main": act is allowed[-1] and act.is_main,
        }
        for act in allowed
    ]


@require_http_methods(["GET", "POST"])
@allow("assessments.compute")
def compute_page(request: HttpRequest, month: Month) -> HttpResponse:
    """Ask for the scores of a month. What is published is not worked out anew here."""
    return asked(request, COMPUTE, month, lambda given: services.request_month(month=month, by=given.by, now=given.now))


@require_http_methods(["GET", "POST"])
@allow(services.RECOMPUTE)
def recompute_page(request: HttpRequest, month: Month) -> HttpResponse:
    """Have a whole published month worked out anew, with the reason."""
    place = place_of(scope_of(request), month)
    if place is None or place.published is None:
        raise NotFound(
            _("%(month)s is not published: there is nothing to correct. Work it out again instead.")
            % {"month": month_name(month)}
        )
    return asked(
        request,
        RECOMPUTE,
        month,
        lambda given: services.request_month(month=month, by=given.by, now=given.now, reason=given.text),
    )


@require_http_methods(["GET", "POST"])
@allow("assessments.publish")
def hand_in_page(request: HttpRequest, month: Month) -> HttpResponse:
    """Hand the calculated scores in for approval."""
    return asked(
        request,
        HAND_IN,
        month,
        lambda given: services.hand_in_month(
            month=month, by=given.by, now=given.now, note=given.text, version=given.version
        ),
    )


@require_http_methods(["GET", "POST"])
@allow("assessments.review")
def send_back_page(request: HttpRequest, month: Month) -> HttpResponse:
    """Take an approval back before publication, with the reason."""
    return asked(
        request,
        SEND_BACK,
        month,
        lambda given: services.send_back_month(
            month=month, by=given.by, now=given.now, reason=given.text, version=given.version
        ),
    )


@require_http_methods(["GET", "POST"])
@allow("assessments.publish")
def publish_page(request: HttpRequest, month: Month) -> HttpResponse:
    """Publish the approved scores."""
    return asked(
        request,
        PUBLISH,
        month,
        lambda given: services.publish_month(month=month, by=given.by, now=given.now, version=given.version),
    )


def asked(request: HttpRequest, act: Act, month: Month, do: Callable[[Given], object]) -> HttpResponse:
    """Show what an act would do, or do it. A refusal comes back on the same page with what was written."""
    if month > Month.of(clock.today()):
        raise NotFound(_("%(month)s has not begun. Choose a month that has.") % {"month": month_name(month)})
    if request.method != "POST":
        return confirm_page(request, act, month)
    text = request.POST.get("text", "").strip()[:MOST_REASON]
    try:
        do(Given(month, seen_version(request, act), text, acting_user(request), clock.now()))
    except Refusal as refusal:
        return confirm_page(request, act, month, text=text, problem=refusal)
    messages.success(request, act.done)
    return redirect("assessments:month", month)


def seen_version(request: HttpRequest, act: Act) -> int | None:
    """The version the person looked at. A form without it is refused: nobody decides on what they did not see."""
    if not act.is_of_version:
        return None
    text = request.POST.get("seen", "")
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise MonthBusy(_("This form does not say which version it is about. Open it again from the board."))
    return int(text)


def confirm_page(
    request: HttpRequest, act: Act, month: Month, *, text: str = "", problem: Refusal | None = None
) -> HttpResponse:
    """The question, with the run it is about."""
    place = place_of(scope_of(request), month)
    run = (place.draft or place.published) if place else None
    context = {
        "title": act.question,
        "subtitle": month_name(month),
        "act": act,
        "month": month,
        "run": run,
        "facts": run_facts(run) if run and act.is_of_version else [],
        "warning": publishing_warning(run) if act is PUBLISH else "",
        "text": text,
        "problem": str(problem) if problem else "",
        "crumbs": [
            (_("Assessments"), reverse("assessments:list")),
            (month_name(month), reverse("assessments:month", args=[month])),
            (act.button, ""),
        ],
    }
    return render(request, "assessments/act.html", context, status=problem.status if problem else 200)


def run_facts(run: ScoreRun) -> list[tuple[Any, Any]]:
    """What is decided on, in short."""
    return [
        (_("Version"), run.version),
        (_("State"), run_badge(run).label),
        (_("Departments with a score"), f"{run.scored_count} / {run.score_count}"),
        (_("Mean score"), shown(run.mean_total)),
        (_("Lines with data"), f"{run.with_data_count} / {run.line_count}"),
    ]
