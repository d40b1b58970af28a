"""A draft of the rules: begun, copied, changed as a whole, its scorecards, handed in, given up."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments import selectors, services
from apps.assessments.choices import SchemeState
from apps.assessments.forms.schemes import CardForm, DiscardForm, NewSchemeForm, NothingForm, SchemeForm, start_of
from apps.assessments.models import Scheme
from apps.assessments.views.frame import EDIT, draft_of, is_done, months_words, place_in, scheme_form, scope_of, sent
from apps.core import clock
from apps.core.month import Month
from apps.core.scope import Scope

BOTH = ["GET", "POST"]


@require_http_methods(BOTH)
@allow(EDIT)
def new_scheme_page(request: HttpRequest) -> HttpResponse:
    """Begin the next scheme, empty or as a copy."""
    schemes = selectors.visible_schemes(scope_of(request)).exclude(state=SchemeState.DISCARDED)
    form = NewSchemeForm(sent(request), schemes=schemes, initial=new_start(request, schemes))
    made: list[Scheme] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if is_done(form, lambda: made.append(services.draft_scheme(**given, by=acting_user(request)))):
            messages.success(request, _("The draft is there. Nothing holds before it is approved."))
            return redirect(made[0])
    return scheme_form(
        request, form=form, title=_("New scheme"), scheme=None, submit_label=_("Begin the draft"), context={}
    )


def new_start(request: HttpRequest, schemes: Any) -> dict[str, Any]:
    """What the fields start from: the scheme asked for, else the one in force; the month after this one."""
    today = clock.today()
    asked = request.GET.get("basis", "")
    basis = schemes.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None
    basis = basis or schemes.on(today).first()
    return {
        "basis": basis.pk if basis else None,
        "name": basis.name if basis else _("Assessment"),
        "first_month": str(Month.of(today).plus(1)),
    }


@require_http_methods(BOTH)
@allow(EDIT)
def edit_scheme_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Change name, months, limits and grades of a draft."""
    scheme = draft_of(selectors.scheme_for(scope_of(request), pk))
    form = SchemeForm(sent(request), initial=start_of(scheme))
    if "show" in request.POST:
        form = form.redrawn()
    elif request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        what = {name: given[name] for name in ("name", "first_month", "note")}
        if is_done(
            form,
            lambda: services.change_scheme(scheme=scheme, limits=form.limits(), by=acting_user(request), **what),
        ):
            messages.success(request, _("Saved."))
            return redirect(scheme)
    title = _("Limits and grades")
    return scheme_form(request, form=form, title=title, scheme=scheme, template="assessments/limits.html", context={})


@require_http_methods(BOTH)
@allow(EDIT)
def submit_scheme_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a draft in for the ruling."""
    scheme = draft_of(selectors.scheme_for(scope_of(request), pk))
    form = NothingForm(sent(request))
    if (
        request.method == "POST"
        and form.is_valid()
        and is_done(form, lambda: services.submit_scheme(scheme=scheme, by=acting_user(request), now=clock.now()))
    ):
        messages.success(request, _("Submitted. It holds once everybody who is asked has approved it."))
        return redirect(scheme)
    words = _("The COO is asked to approve it; the general manager too, where the COO's own line is assessed. "
              "It is meant to hold %(months)s and cannot be changed while it waits.")  # fmt: skip
    return scheme_form(
        request,
        form=form,
        title=_("Submit for approval"),
        scheme=scheme,
        submit_label=_("Submit it"),
        template="assessments/submit_scheme.html",
        context={
            "intro": words % {"months": months_words(scheme)},
            "warnings": [f"{one.where}: {one.text}" for one in services.warnings_of(scheme)],
        },
    )


@require_http_methods(BOTH)
@allow(EDIT)
def discard_scheme_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a draft up."""
    scheme = draft_of(selectors.scheme_for(scope_of(request), pk))
    form = DiscardForm(sent(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if is_done(form, lambda: services.discard_scheme(scheme=scheme, reason=reason, by=acting_user(request))):
            messages.success(request, _("Discarded. It stays readable."))
            return redirect(scheme)
    return scheme_form(
        request,
        form=form,
        title=_("Discard the draft"),
        scheme=scheme,
        submit_label=_("Discard it"),
        context={"intro": _("It can still be read and copied, never changed or submitted."), "tone": "danger"},
    )


@require_http_methods(BOTH)
@allow(EDIT)
def add_scorecard_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One more group of departments that are judged alike."""
    scheme = draft_of(selectors.scheme_for(scope_of(request), pk))
    form = CardForm(sent(request))
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if is_done(form, lambda: services.add_scorecard(scheme=scheme, name=name, by=acting_user(request))):
            messages.success(request, _("Added. Place departments in it and write its indicators."))
            return redirect(scheme)
    return scheme_form(
        request, form=form, title=_("New scorecard"), scheme=scheme, submit_label=_("Add it"), context={}
    )


@require_http_methods(BOTH)
@allow(EDIT)
def rename_scorecard_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name for a scorecard."""
    card = card_for(scope_of(request), pk)
    form = CardForm(sent(request), initial={"name": card.name})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if is_done(form, lambda: services.rename_scorecard(scorecard=card, name=name, by=acting_user(request))):
            messages.success(request, _("Saved."))
            return redirect(place_in(card))
    title = _("Rename %(card)s") % {"card": card.name}
    return scheme_form(request, form=form, title=title, scheme=card.scheme, context={})


@require_http_methods(BOTH)
@allow(EDIT)
def remove_scorecard_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a scorecard out of a draft."""
    card = card_for(scope_of(request), pk)
    form = NothingForm(sent(request))
    if (
        request.method == "POST"
        and form.is_valid()
        and is_done(form, lambda: services.remove_scorecard(scorecard=card, by=acting_user(request)))
    ):
        messages.success(request, _("Removed."))
        return redirect(card.scheme)
    title = _("Remove %(card)s") % {"card": card.name}
    words = _("Its indicators go with it, and its departments are judged by nothing until they are placed elsewhere.")
    return scheme_form(
        request,
        form=form,
        title=title,
        scheme=card.scheme,
        submit_label=_("Remove it"),
        back_url=place_in(card),
        context={"intro": words, "tone": "danger"},
    )


def card_for(scope: Scope, pk: int) -> Any:
    """A scorecard of a draft."""
    card = selectors.scorecard_for(scope, pk)
    draft_of(card.scheme)
    return card
