"""What-ifs: kept under a name, thrown away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.http.access import acting_user, allow
from apps.core import clock
from apps.core.errors import Refusal
from apps.forecasts import services
from apps.forecasts.forms.judgements import ScenarioForm
from apps.forecasts.selectors.scenarios import scenario_for
from apps.forecasts.views.overrides import ADJUST, BOTH, adjusted, answered, refused
from apps.forecasts.views.trying import FIELDS, open_months
from apps.forecasts.views.words import scope_of, url_of


@require_http_methods(BOTH)
@allow(ADJUST)
def scenario_page(request: HttpRequest, kind: str, department: int, kpi: int | None = None) -> HttpResponse:
    """Keep a what-if; what was tried on the series' page is filled in already."""
    seen = adjusted(request, kind, department, kpi)
    tried = {name: request.GET[name] for name in FIELDS if request.GET.get(name)}
    given = request.POST if request.method == "POST" else None
    form = ScenarioForm(given, months=open_months(seen), initial=tried)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.save_scenario(
                subject=seen.subject,
                name=form.cleaned_data["name"],
                from_month=form.first_month(),
                change=form.change(),
                scope=seen.scope,
                by=acting_user(request),
                now=clock.now(),
            )
        except Refusal as refusal:
            refused(form, refusal)
        else:
            messages.success(request, _("Kept. It stands apart: the forecast stays as it is."))
            return redirect(f"{seen.address}?scenario={made.pk}#what-if")
    return answered(request, form, seen, title=_("Keep a what-if"), submit_label=_("Keep it"))


@require_POST
@allow(ADJUST)
def delete_scenario(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a what-if away."""
    scope = scope_of(request)
    row = scenario_for(scope, pk)
    address = url_of(row)
    services.delete_scenario(scenario=row, scope=scope, by=acting_user(request), now=clock.now())
    messages.success(request, _("Thrown away."))
    return redirect(f"{address}#what-if")
