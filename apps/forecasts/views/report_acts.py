"""What the COO does with a report: begins it, brings it up to date, writes in it, approves, takes back, issues."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.http.access import acting_user, allow
from apps.core import clock
from apps.core.errors import Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.forms.reports import BeginForm, ReadersForm, ReasonForm, SaidForm
from apps.forecasts.models import SituationReport
from apps.forecasts.selectors.reports import WRITE, possible_readers, report_for, usual_readers
from apps.forecasts.views.reports import frame_of, report_url
from apps.forecasts.views.words import scope_of

FORM = ["GET", "POST"]


def sent(request: HttpRequest) -> Any:
    """What a form is filled with: what was sent, even if it is nothing; None when the page is only opened."""
    return request.POST if request.method == "POST" else None


def is_done(form: Any, act: Callable[[], Any]) -> bool:
    """Whether ACT went through; else its refusal stands in the form, beside what was typed."""
    try:
        act()
    except Refusal as refusal:
        add_refusal(form, refusal)
        form.refused_with = refusal.status
        return False
    return True


def act_form(request: HttpRequest, report: SituationReport, *, form: Any, title: str, **options: Any) -> HttpResponse:
    """A form about one report; 422 where something must be mended, 409 where somebody was faster."""
    context = {**frame_of(report, (title, "")), "title": title, **options.pop("context", {})}
    response = form_response(request, form=form, title=title, back_url=report_url(report), context=context, **options)
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response


@require_http_methods(FORM)
@allow(WRITE)
def begin_report_page(request: HttpRequest) -> HttpResponse:
    """Choose a month and have its report put together."""
    current = Month.of(clock.today())
    form = BeginForm(sent(request), current=current)
    if request.method == "POST" and form.is_valid():
        made: list[services.Assembled] = []

        def act() -> None:
            given = form.cleaned_data
            made.append(
                services.assemble_report(
                    month=given["month"], reason=given["reason"], by=acting_user(request), now=clock.now()
                )
            )

        if is_done(form, act):
            words = _("The report was put together.") if made[0].is_new else _("Its figures were put together anew.")
            messages.success(request, words)
            return redirect(report_url(made[0].report))
    response = form_response(
        request,
        form=form,
        title=_("Put a report together"),
        submit_label=_("Put together"),
        back_url=reverse("forecasts:reports"),
        context={
            "intro": _(
                "Everything the portal knows of the month is gathered and written out; you add what you want to say."
            ),
            "crumbs": [(_("Situation and outlook"), reverse("forecasts:reports")), (_("Put a report together"), "")],
        },
    )
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response


@require_POST
@allow(WRITE)
def assemble_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring the figures of a draft up to date; what was written stays."""
    report = report_for(scope_of(request), pk)
    return acted(
        request,
        report,
        lambda: services.reassemble(report=report, by=acting_user(request), now=clock.now()),
        gettext_now("The figures are those of this moment. What was written stayed as it was."),
    )


@require_POST
@allow(WRITE)
def approve_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve the draft that was looked at."""
    report = report_for(scope_of(request), pk)
    seen = request.POST.get("seen") or None
    return acted(
        request,
        report,
        lambda: services.approve_report(report=report, by=acting_user(request), now=clock.now(), seen=seen),
        gettext_now("The report is approved. Issue it to send it to its readers."),
    )


def acted(request: HttpRequest, report: SituationReport, act: Callable[[], Any], words: str) -> HttpResponse:
    """Back to the page of the report, which says what was done or why not."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)
    return redirect(report_url(report))


@require_http_methods(FORM)
@allow(WRITE)
def edit_report_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Write in a draft. What is typed is kept in the browser until the portal has it."""
    report = report_for(scope_of(request), pk)
    form: Any = SaidForm(sent(request), said=report.said, initial={"seen": services.stamp_of(report.said)})

    def act() -> None:
        seen = form.cleaned_data["seen"] or None
        services.say(report=report, said=form.said(), seen=seen, by=acting_user(request), now=clock.now())

    if request.method == "POST" and form.is_valid() and is_done(form, act):
        messages.success(request, _("What you wrote stands in the report."))
        return redirect(report_url(report))
    intro = _("The figures and their sentences are written by the portal; here is what only you can say.")
    context: dict[str, Any] = {"intro": intro}
    template = "forecasts/report_edit.html"
    if getattr(form, "refused_with", 0) == services.ReportChanged.status:
        # The stored words stand beside the typed ones, and sending the form again means: mine, having seen yours.
        fresh = report_for(scope_of(request), pk)
        form.data = {**form.data.dict(), "seen": services.stamp_of(fresh.said)}
        context["others"] = [
            (form.fields[code].label, text) for code, text in fresh.said.items() if code in form.fields
        ]
    return act_form(
        request, report, form=form, title=gettext_now("Write in the report"), template=template, context=context
    )


@require_http_methods(FORM)
@allow(WRITE)
def reopen_report_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an approved report back to draft, with the reason."""
    report = report_for(scope_of(request), pk)
    form = ReasonForm(sent(request))

    def act() -> None:
        reason = form.cleaned_data["reason"]
        services.reopen_report(report=report, reason=reason, by=acting_user(request), now=clock.now())

    if request.method == "POST" and form.is_valid() and is_done(form, act):
        messages.success(request, _("The report is a draft again."))
        return redirect(report_url(report))
    return act_form(request, report, form=form, title=gettext_now("Take back to draft"), submit_label=_("Take back"))


@require_http_methods(FORM)
@allow(WRITE)
def issue_report_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue an approved report to those who are chosen, or name more readers of an issued one."""
    scope = scope_of(request)
    report = report_for(scope, pk)
    is_issued = report.issued_at is not None
    form = ReadersForm(sent(request), accounts=possible_readers(scope),
                       chosen=() if is_issued else usual_readers(scope))  # fmt: skip
    told: list[int] = []

    def act() -> None:
        given: dict[str, Any] = {"report": report, "by": acting_user(request), "now": clock.now()}
        readers = list(form.cleaned_data["readers"])
        if is_issued:
            told.append(services.name_readers(readers=readers, **given))
        else:
            services.issue_report(readers=readers, **given)
            told.append(len(readers))

    if request.method == "POST" and form.is_valid() and is_done(form, act):
        words = ngettext("One reader is told.", "%(count)s readers are told.", told[0])
        messages.success(request, words % {"count": told[0]})
        return redirect(report_url(report))
    title = gettext_now("Name more readers") if is_issued else gettext_now("Issue the report")
    intro = "" if is_issued else _("Once issued the report never changes. Later corrections are listed beside it.")
    label = _("Name them") if is_issued else _("Issue")
    return act_form(request, report, form=form, title=title, submit_label=label, context={"intro": intro})
