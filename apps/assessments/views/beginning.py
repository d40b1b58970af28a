"""The page on which an improvement plan is begun that no grade asked for."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments import services
from apps.assessments.forms.consequences import BeginPlanForm
from apps.assessments.models import ImprovementPlan
from apps.assessments.selectors.improving import DECIDE_PLANS, plan_departments, plan_owners, plan_people
from apps.assessments.views.frame import is_done, sent
from apps.assessments.views.improving import first_days, plan_crumbs
from apps.assessments.views.telling import scope_of
from apps.core import clock
from apps.core.http.forms import form_response


@require_http_methods(["GET", "POST"])
@allow(DECIDE_PLANS)
def begin_plan_page(request: HttpRequest) -> HttpResponse:
    """For whom, goals, support, owner and dates: then it runs."""
    scope = scope_of(request)
    form = BeginPlanForm(
        sent(request),
        people=plan_people(scope),
        departments=plan_departments(scope),
        owners=plan_owners(scope),
        initial=first_days(clock.today()),
    )
    made: list[ImprovementPlan] = []

    def act() -> None:
        given = form.cleaned_data
        about = {"person": given["person"], "department": given["department"]}
        made.append(services.begin_plan(**about, terms=form.terms(), by=acting_user(request), now=clock.now()))

    if request.method == "POST" and form.is_valid() and is_done(form, act):
        messages.success(request, _("The plan runs."))
        return redirect(made[0].get_absolute_url())
    title = _("Begin a plan")
    response = form_response(
        request,
        form=form,
        title=title,
        submit_label=title,
        back_url=reverse("assessments:improvement_plans"),
        context={
            "subtitle": _("An improvement plan that no grade asked for"),
            "crumbs": plan_crumbs(title),
        },
    )
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response
