"""What is done in the register: proposed, confirmed, refused, taken back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments.choices import AdjustmentKind, AdjustmentState
from apps.assessments.forms.adjusting import ProposalForm, RulingForm
from apps.assessments.models import Adjustment
from apps.assessments.selectors.adjustments import (
    adjustment_for,
    claimable_departments,
    claimable_items,
    item_of,
    months_to_revise,
)
from apps.assessments.services.adjusting import (
    CONFIRM,
    PROPOSE,
    confirm_adjustment,
    points_of,
    propose_adjustment,
    refuse_adjustment,
    withdraw_adjustment,
)
from apps.assessments.services.confirming import require_confirmer
from apps.assessments.services.lateness import is_late, late_days, lateness_words, with_lateness
from apps.assessments.services.registers import Decided
from apps.assessments.views.adjustments import register_crumbs
from apps.assessments.views.frame import is_done, sent
from apps.assessments.views.telling import month_name, scope_of, shown
from apps.core import clock
from apps.core.errors import NotAllowed, NotFound, Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.month import Month

BOTH = ["GET", "POST"]


@require_http_methods(BOTH)
@allow(PROPOSE)
def propose_page(request: HttpRequest) -> HttpResponse:
    """Put an event into the register; the days of a late report can be worked out before."""
    month, scope = asked_month(request), scope_of(request)
    items = claimable_items(scope, month)
    form = ProposalForm(
        sent(request),
        items=items,
        departments=claimable_departments(scope, month),
        month=month,
        initial={"happened_on": "", **{name: request.GET.get(name, "") for name in ("department", "item")}},
    )
    worked_out = ""
    if "show" in request.POST:
        form, worked_out = with_days(form, request)
    elif request.method == "POST" and form.is_valid():
        made: list[Adjustment] = []
        if is_done(form, lambda: made.append(proposed(form, request))):
            messages.success(
                request, _("Proposed. Whoever may confirm it has been told; until then it does not count.")
            )
            return redirect(made[0])
    context = {
        "month": month,
        "has_items": any(items.values()),
        "worked_out": worked_out,
        "crumbs": register_crumbs(_("Propose")),
        "subtitle": month_name(month),
        **months_beside(month),
    }
    return answered(
        request,
        form,
        title=_("Propose a bonus, a deduction, a veto or an exemption"),
        submit_label=_("Propose"),
        back_url=reverse("assessments:adjustments"),
        template="assessments/propose.html",
        context=context,
    )


def proposed(form: ProposalForm, request: HttpRequest) -> Adjustment:
    """Store what the form says."""
    given, now = form.cleaned_data, clock.now()
    event = with_lateness(form.event(), due_at=given.get("due_at"), submitted_at=given.get("submitted_at"), now=now)
    return propose_adjustment(event=event, scope=scope_of(request), by=acting_user(request), now=now)


def with_days(form: ProposalForm, request: HttpRequest) -> tuple[ProposalForm, str]:
    """The form again with the working days late filled in, and the sentence that says how they came about."""
    form.full_clean()
    given = form.cleaned_data
    kind, _sign, code = given.get("item", "").partition(":")
    due_at, submitted_at = given.get("due_at"), given.get("submitted_at")
    if not is_late(kind, code) or due_at is None:
        form.add_error("due_at", _("Choose the item for late reports and write when the report was due."))
        return form, ""
    item = next(row for row in claimable_items(scope_of(request), form.month)[kind] if row["code"] == code)
    return filled(form, item, due_at, submitted_at)


def filled(form: ProposalForm, item: Any, due_at: Any, submitted_at: Any) -> tuple[ProposalForm, str]:
    """The days worked out and written into the form; a refusal stands at its field."""
    try:
        found = late_days(due_at=due_at, submitted_at=submitted_at, item=item, now=clock.now())
    except Refusal as refusal:
        add_refusal(form, refusal)
        return form, ""
    typed: Any = form.data
    data = typed.copy()
    data["count"] = str(found.days)
    form.data = data
    words = lateness_words(found, due_at=due_at, submitted_at=submitted_at)
    return form.redrawn(), f"{words} {_('Points: %(points)s.') % {'points': shown(found.penalty)}}"


@require_http_methods(BOTH)
@allow(CONFIRM)
def confirm_adjustment_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a proposal count."""
    row = open_one(request, pk)
    require_confirmer(adjustment=row, user=acting_user(request), now=clock.now())
    item = item_of(row)
    points = points_of(row.kind, item, row.count) if item else None
    words = _("From then on it counts and is never changed.")
    if row.kind == AdjustmentKind.EXEMPTION:
        text = _(
            "From then on “%(line)s” is left out of %(month)s, whatever is reported of it, and the other lines share "
            "its weight."
        )
        words = text % {"line": item.get("name") or row.code, "month": month_name(Month.of(row.month))}
    if points is not None:
        worth = _("It is worth %(points)s points; the cap of the item holds over all its claims.")
        words = f"{worth % {'points': shown(points)}} {words}"
    if months := months_to_revise(row):
        named = ", ".join(map(month_name, months))
        words = f"{words} {_('Published already: %(months)s. A revision is needed there.') % {'months': named}}"
    return ruled(
        request,
        row,
        lambda text: confirm_adjustment(adjustment=row, ruling=text, by=acting_user(request), now=clock.now()),
        title=_("Confirm: %(name)s") % {"name": row.name},
        submit_label=_("Confirm"),
        done=_("Confirmed. Whoever proposed it has been told."),
        context={"intro": words},
    )


@require_http_methods(BOTH)
@allow(CONFIRM)
def refuse_adjustment_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn a proposal down."""
    row = open_one(request, pk)
    require_confirmer(adjustment=row, user=acting_user(request), now=clock.now())
    return ruled(
        request,
        row,
        lambda text: refuse_adjustment(adjustment=row, ruling=text, by=acting_user(request), now=clock.now()),
        title=_("Refuse: %(name)s") % {"name": row.name},
        submit_label=_("Refuse"),
        done=_("Refused. Whoever proposed it has been told why."),
        context={"intro": _("It stays readable and does not count. Write the reason."), "tone": "danger"},
    )


@require_http_methods(BOTH)
@allow(PROPOSE)
def withdraw_adjustment_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the own proposal back."""
    row = open_one(request, pk)
    if row.proposed_by_id != acting_user(request).pk:
        raise NotAllowed(
            _("%(who)s proposed this: only they can take it back. You can refuse it if you may confirm it.")
            % {"who": row.proposed_by.name}
        )
    return ruled(
        request,
        row,
        lambda text: withdraw_adjustment(adjustment=row, reason=text, by=acting_user(request), now=clock.now()),
        title=_("Take back: %(name)s") % {"name": row.name},
        submit_label=_("Take it back"),
        done=_("Taken back. It stays readable and does not count."),
        context={"intro": _("It stays readable and does not count."), "tone": "danger"},
    )


def open_one(request: HttpRequest, pk: int) -> Adjustment:
    """A proposal that is still open; 409 once it is decided."""
    row = adjustment_for(scope_of(request), pk)
    if row.state != AdjustmentState.PROPOSED:
        text = _(
            "This is “%(state)s” already: nothing more is done with it. If it was confirmed wrongly, lift "
            "it; else propose it anew."
        )
        raise Decided(text % {"state": row.get_state_display()}, details={"state": row.state})
    return row


def ruled(
    request: HttpRequest, row: Adjustment, act: Callable[[str], object], *, title: str, done: str, **options: Any
) -> HttpResponse:
    """Ask once more, then do it; a refusal comes back with what was written."""
    form = RulingForm(sent(request))
    if request.method == "POST" and form.is_valid() and is_done(form, lambda: act(form.cleaned_data["ruling"])):
        messages.success(request, done)
        return redirect(row)
    context = {"crumbs": [*register_crumbs(), (row.name, row.get_absolute_url()), (options["submit_label"], "")]}
    options["context"] = context | options["context"]
    return answered(request, form, title=title, back_url=row.get_absolute_url(), **options)


def answered(request: HttpRequest, form: Any, **options: Any) -> HttpResponse:
    """A form of the register; 409 and 403 where a refusal says so."""
    response = form_response(request, form=form, **options)
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response


def asked_month(request: HttpRequest) -> Month:
    """The month of the address; the one before the present where it names none."""
    text, present = request.GET.get("month", ""), Month.of(clock.today())
    if not text:
        return present.plus(-1)
    try:
        month = Month.parse(text)
    except ValueError as error:
        raise NotFound(_("“%(text)s” is no month. Write it as YYYY-MM.") % {"text": text[:40]}) from error
    if month > present:
        raise NotFound(_("%(month)s has not begun. Choose a month that has.") % {"month": month_name(month)})
    return month


def months_beside(month: Month) -> dict[str, Any]:
    """The ways to the form for the month before and after."""
    before, after = month.plus(-1), month.plus(1)
    address = reverse("assessments:propose")
    is_ahead = after > Month.of(clock.today())
    return {
        "before": before,
        "before_url": f"{address}?month={before}",
        "after": None if is_ahead else after,
        "after_url": f"{address}?month={after}",
    }
