"""Having a month's forecast made: the month is chosen here, the work is a job's, whose page shows how far it is."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.core import clock
from apps.core.http.forms import form_response
from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.forms.issuing import IssueForm
from apps.forecasts.views.report_acts import FORM, is_done, sent
from apps.jobs.models import JobRun

ISSUE = "forecasts.issue"


@require_http_methods(FORM)
@allow(ISSUE)
def issue_page(request: HttpRequest) -> HttpResponse:
    """Ask for the forecast of a month, or for another version of it with a reason; then the job's page."""
    form = IssueForm(sent(request), current=Month.of(clock.today()), initial={"month": request.GET.get("month", "")})
    if request.method == "POST" and form.is_valid():
        asked: list[JobRun] = []

        def act() -> None:
            given = form.cleaned_data
            asked.append(
                services.request_issue(
                    month=given["month"], reason=given["reason"], by=acting_user(request), now=clock.now()
                )
            )

        if is_done(form, act):
            messages.success(request, _("The forecast is being made. Here you see how far it is."))
            return redirect("jobs:detail", asked[0].pk)
    response = form_response(
        request,
        form=form,
        title=_("Issue a forecast"),
        submit_label=_("Issue it"),
        back_url=reverse("forecasts:list"),
        context={
            "intro": _(
                "Every series is foretold from what is known of the month. Earlier issues stay as they are; where nothing "
                "changed since, no new version is made."
            ),
            "crumbs": [(_("Forecasts"), reverse("forecasts:list")), (_("Issue a forecast"), "")],
        },
    )
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response
