"""Freeze the months from which the usual range of an indicator in a department is drawn."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.core import clock
from apps.core.errors import Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.month import Month
from apps.departments.models import Department
from apps.kpis import selectors, services
from apps.kpis.forms.baselines import BaselineForm
from apps.kpis.models import Kpi
from apps.kpis.views.definitions import MANAGE, crumbs_of, page_of
from apps.kpis.views.entry import scope_of


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def baseline_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Which months count as usual, why, and which did before."""
    scope = scope_of(request)
    kpi = selectors.placed_kpi_for(scope, pk)
    department = selectors.shown_department(scope, kpi, request.GET.get("department", ""))
    form = BaselineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.freeze_baseline(
                kpi=kpi,
                department=department,
                first=Month.of(given["first"]),
                last=Month.of(given["last"]),
                reason=given["reason"],
                by=acting_user(request),
                now=clock.now(),
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The usual range is drawn from these months now."))
            return redirect(address_of(kpi, department))
    return baseline_response(request, form, kpi, department)


def baseline_response(request: HttpRequest, form: BaselineForm, kpi: Kpi, department: Department) -> HttpResponse:
    """The form beside what was frozen so far."""
    title = _("Baseline of %(kpi)s in %(department)s") % {"kpi": kpi.name, "department": department.name}
    return form_response(
        request,
        form=form,
        title=title,
        submit_label=_("Freeze these months"),
        back_url=address_of(kpi, department),
        template="kpis/baseline.html",
        context={
            "intro": _(
                "The usual range is drawn from months that stay the same, so that a change shows. Freeze other months only "
                "after a change that was verified."
            ),
            "former": selectors.visible_baselines(scope_of(request)).filter(kpi=kpi, department=department),
            "crumbs": crumbs_of(kpi, title),
        },
    )


def address_of(kpi: Kpi, department: Department) -> str:
    """The page of the indicator in the department."""
    return f"{page_of(kpi)}?department={department.pk}"
