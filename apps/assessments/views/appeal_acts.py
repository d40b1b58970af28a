"""What is done with an appeal: filed, admitted or not, withdrawn, ruled on, handed up, taken to the second level."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments import services
from apps.assessments.forms.appeals import FileForm, RuleForm, WhyForm
from apps.assessments.forms.schemes import NothingForm
from apps.assessments.models import Appeal, AssessedMonth
from apps.assessments.selectors.appeals import (
    ADMIT,
    APPEAL,
    RULE,
    appeal_for,
    appeals_about,
    leads,
    lines_to_read,
    person_score_for,
    published_place,
)
from apps.assessments.selectors.scores import lines_of, score_for
from apps.assessments.services import Granted, Matter
from apps.assessments.services.placing import placement_words, placements_beside
from apps.assessments.views.appeals import about
from apps.assessments.views.frame import is_done, sent
from apps.assessments.views.telling import month_name, scope_of, shown
from apps.core import clock
from apps.core.errors import NotAllowed, NotFound
from apps.core.http.forms import form_response
from apps.core.month import Month
from apps.core.scope import Scope

BOTH = ["GET", "POST"]
WHOLE = "whole"
"""What is chosen for an appeal against what stands beside the lines."""

LEFT_OUT = gettext_lazy(
    "Lines that are not offered are under appeal, were ruled on and stand as they did then, or stand since an earlier "
    "edition whose days to appeal are over."
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be done with an appeal: its words, what it asks for, and the service that does it."""

    title: Any
    button: Any
    intro: Any
    done: Any
    act: Callable[..., object]
    form: Callable[[Any], Any] = WhyForm
    tone: str = ""


ADMIT_STEP = Step(
    title=gettext_lazy("Admit the appeal"),
    button=gettext_lazy("Admit it"),
    intro=gettext_lazy(
        "A reviewer is named by the portal: somebody who neither rated, calibrated nor approved the score and does not "
        "work in the appellant's department; where there is nobody, the general manager."
    ),
    done=gettext_lazy("Admitted. The reviewer and the appellant were told."),
    act=services.admit_appeal,
    form=NothingForm,
)
REJECT_STEP = Step(
    title=gettext_lazy("Do not admit the appeal"),
    button=gettext_lazy("Send it back"),
    intro=gettext_lazy(
        "For a formal reason only: the matter itself is for the reviewer. It can be filed again in time."
    ),
    done=gettext_lazy("Not admitted. The appellant was told why."),
    act=services.reject_appeal,
    tone="danger",
)
WITHDRAW_STEP = Step(
    title=gettext_lazy("Withdraw the appeal"),
    button=gettext_lazy("Withdraw it"),
    intro=gettext_lazy("The score stays as it is. Until the window closes you can file another one."),
    done=gettext_lazy("Withdrawn."),
    act=services.withdraw_appeal,
    form=NothingForm,
    tone="danger",
)
HAND_UP_STEP = Step(
    title=gettext_lazy("Hand the appeal to the general manager"),
    button=gettext_lazy("Hand it up"),
    intro=gettext_lazy("The general manager rules on it instead of you, and may also lower the score."),
    done=gettext_lazy("Handed to the general manager."),
    act=services.hand_up_appeal,
)
HIGHER_STEP = Step(
    title=gettext_lazy("Take the ruling to the second level"),
    button=gettext_lazy("Ask the general manager"),
    intro=gettext_lazy("The general manager rules on it. That ruling is the last one."),
    done=gettext_lazy("The general manager was asked."),
    act=services.take_to_second_level,
)


def ruled(
    *,
    ruling: str,
    reason: str,
    is_beside: bool = False,
    is_placement: bool = False,
    indicators: Sequence[str] = (),
    **who: Any,
) -> object:
    """The ruling as the form brings it; for the appeal of a person without lines and what stands beside them."""
    chosen = Granted([int(one) for one in indicators], is_beside, is_placement)
    return services.rule_appeal(ruling=ruling, reason=reason, granted=chosen, **who)


RULE_STEP = Step(
    title=gettext_lazy("Rule on the appeal"),
    button=gettext_lazy("Rule"),
    intro=gettext_lazy(
        "What is upheld is worked out again as a corrected version, which is approved and published as usual."
    ),
    done=gettext_lazy("Your ruling is recorded. Everybody concerned was told."),
    act=ruled,
)


@require_http_methods(BOTH)
@allow(APPEAL)
def file_appeal_page(request: HttpRequest, month: Month, department: int) -> HttpResponse:
    """Disagree with a line of a department's published month, or with what stands beside the lines."""
    scope = scope_of(request)
    place = place_of(scope, month)
    score = score_for(scope, month, department, place.published.version if place.published else None)
    if not leads(scope, department, clock.today()):
        raise NotAllowed(
            _("Only somebody who leads the department can appeal against its score. Ask its head or deputy to file it.")
        )
    lines = {str(line.indicator_id): line for line in lines_of(score)}
    options = [(WHOLE, _("Bonus, deductions, vetoes or the score as a whole"))]
    options = [*((key, line_words(line)) for key, line in lines.items()), *options]
    known = appeals_about(scope, score.run, department=department)
    indicators = [line.indicator_id for line in lines.values()]
    found = services.open_matters(place, department, indicators=indicators, appeals=known, now=clock.now())
    # What is sent is answered by the service, whatever it is about; offered is what it would take.
    taken_now = {str(key) if key else WHOLE for key in found}
    offered = [one for one in options if request.method == "POST" or not found or one[0] in taken_now]
    form = FileForm(sent(request), lines=offered, initial={"indicator": request.GET.get("line", "")})

    def matter(chosen: str) -> Matter:
        line = lines.get(chosen)
        return Matter(score.run, score.department, indicator=line.indicator if line else None)

    left_out = bool(found) and len(found) < len(options)
    until = max(found.values(), default=None)
    return filed(request, form, matter, Offer(place, score.department.name, until=until, is_part=left_out))


@require_http_methods(BOTH)
@allow(APPEAL)
def file_person_appeal_page(request: HttpRequest, month: Month, person: int) -> HttpResponse:
    """Disagree with one's own published score."""
    scope = scope_of(request)
    score, place = person_score_for(scope, month, person), place_of(scope, month)
    known = appeals_about(scope, score.run, department=score.department_id, person=person)
    until = services.open_in_person(place, person, appeals=known, now=clock.now())
    return filed(
        request,
        FileForm(sent(request)),
        lambda _chosen: Matter(score.run, score.department, person=score.person),
        Offer(place, score.person.name, until=until),
    )


def place_of(scope: Scope, month: Month) -> AssessedMonth:
    """The published month; NotFound before it is."""
    place = published_place(scope, month)
    if place is None:
        raise NotFound(
            _("The scores of %(month)s are not published. Wait for the publication: you are told of it.")
            % {"month": month_name(month)}
        )
    return place


def line_words(line: Any) -> str:
    """A line as it can be chosen: its name and what it earned."""
    return _("%(name)s: %(points)s of %(weight)s points") % {
        "name": line.indicator.name,
        "points": shown(line.points),
        "weight": shown(line.weight),
    }


@dataclass(frozen=True, slots=True)
class Offer:
    """What the form of an appeal says of itself: the month, whose score, until when, whether some lines are left out."""

    place: AssessedMonth
    subject: str
    until: datetime | None = None
    is_part: bool = False


def filed(request: HttpRequest, form: FileForm, matter: Callable[[str], Matter], offer: Offer) -> HttpResponse:
    """The form of an appeal, or the appeal."""
    made: list[Appeal] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        act = lambda: made.append(  # noqa: E731 - told in one place
            services.file_appeal(
                matter=matter(given.get("indicator", "")),
                reason=given["reason"],
                wish=given["wish"],
                by=acting_user(request),
                now=clock.now(),
            )
        )
        if is_done(form, act):
            messages.success(request, _("Your appeal was filed. HR looks at it first; you are told of every step."))
            return redirect(made[0])
    return file_form(request, form, offer)


def file_form(request: HttpRequest, form: FileForm, offer: Offer) -> HttpResponse:
    """The form with its window and what follows."""
    month, until = Month.of(offer.place.month), offer.until or services.window_of(offer.place)
    intro = _(
        "Somebody who had no part in this score looks again. Appeals are taken until %(day)s; your score is not lowered "
        "by one unless the general manager rules so."
    )
    day = date_format(clock.local_date(until), "j M Y") if until else ""
    return answer(
        request,
        form,
        title=_("I disagree with the score of %(subject)s") % {"subject": offer.subject},
        submit_label=_("File the appeal"),
        back_url=reverse("assessments:month", args=[month]),
        context={
            "subtitle": month_name(month),
            "intro": " ".join([intro % {"day": day}, *([str(LEFT_OUT)] if offer.is_part else [])]),
            "crumbs": [
                (_("Assessments"), reverse("assessments:list")),
                (month_name(month), reverse("assessments:month", args=[month])),
                (_("Appeal"), ""),
            ],
        },
    )


@require_http_methods(BOTH)
@allow(ADMIT)
def admit_appeal_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an appeal up."""
    return taken(request, appeal_for(scope_of(request), pk), ADMIT_STEP)


@require_http_methods(BOTH)
@allow(ADMIT)
def reject_appeal_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an appeal back for a formal reason."""
    return taken(request, appeal_for(scope_of(request), pk), REJECT_STEP)


@require_http_methods(BOTH)
@allow(APPEAL)
def withdraw_appeal_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the own appeal back."""
    appeal = appeal_for(scope_of(request), pk)
    if appeal.filed_by_id != acting_user(request).pk:
        raise NotAllowed(_("Only whoever filed an appeal withdraws it. Ask them; the reviewer can dismiss it."))
    return taken(request, appeal, WITHDRAW_STEP)


@require_http_methods(BOTH)
@allow(APPEAL)
def take_higher_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a ruling to the second level."""
    scope = scope_of(request)
    appeal = appeal_for(scope, pk)
    is_concerned = appeal.person_id == scope.person_id if appeal.person_id else True
    if not is_concerned or (not appeal.person_id and not leads(scope, appeal.department_id, clock.today())):
        raise NotAllowed(
            _("Only the person concerned, or who leads the department, takes a ruling higher. Ask them to.")
        )
    return taken(request, appeal, HIGHER_STEP)


@require_http_methods(BOTH)
@allow(RULE)
def hand_up_appeal_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the GM rule instead."""
    return taken(request, reviewed(request, pk), HAND_UP_STEP)


@require_http_methods(BOTH)
@allow(RULE)
def rule_appeal_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Uphold, uphold in part, dismiss."""
    appeal = reviewed(request, pk)
    is_line = appeal.indicator_id is not None
    form = RuleForm(
        sent(request),
        is_personal=appeal.person_id is not None,
        lines=[] if appeal.person_id else [(str(row.indicator_id), line_words(row)) for row in lines_to_read(appeal)],
        placement=placement_beside(appeal),
        initial={"indicators": [str(appeal.indicator_id)] if is_line else [], "is_beside": not is_line},
    )

    return taken(request, appeal, RULE_STEP, form, aside="assessments/_appeal_words.html")


def placement_beside(appeal: Appeal) -> str:
    """Where the person of an appeal was counted and where the records have them now; empty for a department's."""
    if appeal.person_id is None:
        return ""
    sides, names = placements_beside(appeal.run, [appeal.person_id])
    before, now = sides[appeal.person_id]
    words = {"before": placement_words(before, names), "now": placement_words(now, names)}
    if before == now:
        return _("The records say what was counted: %(now)s.") % words
    return _("Counted: %(before)s. In the records now: %(now)s.") % words


def reviewed(request: HttpRequest, pk: int) -> Appeal:
    """An appeal for its reviewer; everybody else is refused before they write anything."""
    appeal = appeal_for(scope_of(request), pk)
    if appeal.reviewer_id != acting_user(request).pk:
        raise NotAllowed(_("Only the reviewer rules on this appeal. Leave it to them."))
    return appeal


def taken(request: HttpRequest, appeal: Appeal, words: Step, asked: Any = None, *, aside: str = "") -> HttpResponse:
    """The form of a step (ASKED, or the step's own), or the step."""
    form = asked or words.form(sent(request))

    def act() -> object:
        return words.act(appeal=appeal, **form.cleaned_data, by=acting_user(request), now=clock.now())

    if request.method == "POST" and form.is_valid() and is_done(form, act):
        messages.success(request, words.done)
        return redirect(appeal)
    context = {
        "appeal": appeal,
        "subtitle": f"{appeal.department.name} · {about(appeal)} · {month_name(Month.of(appeal.run.month))}",
        "intro": words.intro,
        "tone": words.tone,
        "aside_template": aside,
        "crumbs": [
            (_("Appeals"), reverse("assessments:appeals")),
            (str(appeal), appeal.get_absolute_url()),
            (words.button, ""),
        ],
    }
    return answer(
        request,
        form,
        title=words.title,
        submit_label=words.button,
        back_url=appeal.get_absolute_url(),
        context=context,
    )


def answer(request: HttpRequest, form: Any, **options: Any) -> HttpResponse:
    """The form; with the status of the refusal where there was one."""
    response = form_response(request, form=form, **options)
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response
