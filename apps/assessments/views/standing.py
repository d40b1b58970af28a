"""What a draft lays down beside its scorecards, a page for each part."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments import selectors, services
from apps.assessments.forms.standing import CalendarForm, ItemsForm, PeopleForm, StandingForm
from apps.assessments.views.drafting import BOTH
from apps.assessments.views.frame import EDIT, draft_of, is_done, scheme_form, scope_of, sent


@require_http_methods(BOTH)
@allow(EDIT)
def edit_items_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Bonus items, deductions, vetoes."""
    return standing_response(request, pk, ItemsForm, _("Bonus, deductions and vetoes"))


@require_http_methods(BOTH)
@allow(EDIT)
def edit_people_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Scores of people and rewards."""
    return standing_response(request, pk, PeopleForm, _("People and rewards"))


@require_http_methods(BOTH)
@allow(EDIT)
def edit_calendar_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The calendar, the band of calibration, what a year's score stands on."""
    return standing_response(request, pk, CalendarForm, _("Calendar, calibration and years"))


def standing_response(request: HttpRequest, pk: int, kind: type[StandingForm], title: str) -> HttpResponse:
    """The form with what holds now, or the way back once it is stored."""
    scheme = draft_of(selectors.scheme_for(scope_of(request), pk))
    form = kind(sent(request), initial=kind.start(scheme))
    if "show" in request.POST:
        # More lines were asked for: they appear, nothing is stored or refused.
        form = form.redrawn()
    elif request.method == "POST" and form.is_valid():
        parts = form.parts()
        if is_done(form, lambda: services.change_standing(scheme=scheme, parts=parts, by=acting_user(request))):
            messages.success(request, _("Saved."))
            return redirect(scheme)
    return scheme_form(request, form=form, title=title, scheme=scheme, template="assessments/limits.html", context={})
