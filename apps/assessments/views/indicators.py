"""One indicator of a draft: KPI, method, parameters; beside it what its points look like over the actual."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.accounts.selectors import accounts_by_email
from apps.assessments import selectors, services
from apps.assessments.choices import Method
from apps.assessments.forms.indicators import IndicatorForm, Named, indicator_start
from apps.assessments.forms.methods import METHOD_FORMS, PREFIX
from apps.assessments.forms.schemes import NothingForm
from apps.assessments.models import Indicator, Scorecard
from apps.assessments.selectors.rating import public_raters
from apps.assessments.services.composing import shared_codes
from apps.assessments.views.curve import curve_context
from apps.assessments.views.drafting import BOTH, card_for
from apps.assessments.views.frame import EDIT, draft_of, is_done, place_in, scheme_form, scope_of, sent
from apps.core.http.forms import with_helper
from apps.core.scope import Scope
from apps.kpis.models import Kpi
from apps.kpis.selectors import full_code, resolve_kpis, visible_kpis

CHILDREN = f"{PREFIX}children"
MOST_OFFERED = 2_000
"""More would make the page heavy; anything else can still be typed."""


@require_http_methods(BOTH)
@allow(EDIT)
def add_indicator_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One more line of a scorecard."""
    card = card_for(scope_of(request), pk)
    start = {"missing": "zero", "method": request.GET.get("method", "ratio"), "direction": "higher"}
    return indicator_response(request, card=card, row=None, start=start)


@require_http_methods(BOTH)
@allow(EDIT)
def edit_indicator_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a line."""
    row = indicator_for(scope_of(request), pk)
    start = with_full_codes(indicator_start(row), scope_of(request))
    return indicator_response(request, card=row.scorecard, row=row, start=start)


def indicator_response(
    request: HttpRequest, *, card: Scorecard, row: Indicator | None, start: dict[str, Any]
) -> HttpResponse:
    """The form, a part of it for htmx (`?part=method`, `?part=curve`), or the way back once it is stored."""
    scope = scope_of(request)
    kpis = visible_kpis(scope).filter(retired_from=None).select_related("department")
    kpis = kpis.order_by("name", "code", "department__name")
    named = named_for(
        scope, card, kpis, method=str(request.GET.get("method") or request.POST.get("method") or start["method"])
    )
    if request.GET.get("part"):
        form = IndicatorForm(with_usual(request.GET), kpis=kpis, named=named)
        return part_response(request, card=card, row=row, form=form)
    is_shown = "show" in request.POST
    given = with_usual(request.POST) if is_shown else sent(request)
    form = IndicatorForm(given, kpis=kpis, named=named, initial=start)
    if request.method == "POST" and not is_shown and form.is_valid():
        by = acting_user(request)
        if is_done(form, lambda: services.save_indicator(scorecard=card, terms=form.terms(), by=by, indicator=row)):
            messages.success(request, _("Saved."))
            return redirect(place_in(card))
    if is_shown:
        # Another method was chosen without a script: its fields appear, nothing is stored or refused.
        form = form.redrawn()
    title = _("Change %(name)s") % {"name": row.name} if row else _("New indicator in %(card)s") % {"card": card.name}
    return scheme_form(
        request,
        form=form,
        title=title,
        scheme=card.scheme,
        back_url=place_in(card),
        template="assessments/indicator.html",
        context={"form_id": "indicator-form", **curve_context(form, card=card, row=row)},
    )


def with_usual(given: QueryDict) -> QueryDict:
    """What is typed, and for fields of the method that have just appeared what is usual."""
    full = given.copy()
    kind = METHOD_FORMS.get(str(given.get("method")))
    for name, field in (kind.fields if kind else {}).items():
        if field.initial is not None:
            full.setdefault(f"{PREFIX}{name}", str(field.initial))
    return full


def named_for(scope: Scope, card: Scorecard, kpis: Any, *, method: str) -> Named:
    """What the lines of the method may name: KPIs of the scorecard's first department first, accounts that may rate."""
    place = selectors.places_of(card).values_list("department", flat=True).first() or 0

    def find_kpis(codes: Sequence[str]) -> Mapping[str, Kpi]:
        return {code: kpi for (code, _place), kpi in resolve_kpis(scope, [(code, place) for code in codes]).items()}

    kpi_options, rater_options = [], []
    if method == Method.COMPOSITE:
        kpi_options = offered(list(kpis[:MOST_OFFERED]))
    if method == Method.DESCRIPTIVE:
        rater_options = public_raters(MOST_OFFERED)
    return Named(kpi_options, find_kpis, rater_options, accounts_by_email)


def offered(kpis: Sequence[Kpi]) -> list[tuple[str, str]]:
    """KPIs to choose from while one types: by code, and with the department where several use it."""
    shared = shared_codes((kpi.code, kpi.department_id) for kpi in kpis)
    return [
        (full_code(kpi), f"{kpi.name}, {kpi.department.name}") if kpi.code in shared else (kpi.code, kpi.name)
        for kpi in kpis
    ]


def with_full_codes(start: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """What the fields start from, the parts of a composite named beyond doubt: a bare code might be read as another
    department's KPI when the page is saved. One query, for a composite alone."""
    rows = start.get(CHILDREN) or []
    keys = [row["kpi"] for row in rows if isinstance(row, Mapping) and str(row.get("kpi")).isdecimal()]
    if not keys:
        return start
    known = visible_kpis(scope).filter(pk__in=keys).select_related("department")
    codes = {str(kpi.pk): kpi for kpi in known}
    pairs = visible_kpis(scope).filter(code__in=[kpi.code for kpi in codes.values()]).values_list("code", "department")
    shared = shared_codes(pairs)
    return {**start, CHILDREN: [named_row(row, codes.get(str(row.get("kpi"))), shared) for row in rows]}


def named_row(row: Mapping[str, Any], kpi: Kpi | None, shared: Collection[str]) -> dict[str, Any]:
    """A part of a composite with the full code of its KPI where departments share the code."""
    return {**row, "code": full_code(kpi)} if kpi is not None and kpi.code in shared else dict(row)


def part_response(request: HttpRequest, *, card: Scorecard, row: Indicator | None, form: IndicatorForm) -> HttpResponse:
    """The fields of the method, or the curve: what changes while one types. Stores nothing, refuses nothing."""
    form = form.redrawn()
    if request.GET["part"] == "method":
        return render(request, "assessments/_method.html", {"form": with_helper(form)})
    return render(request, "assessments/_curve.html", curve_context(form, card=card, row=row))


@require_http_methods(BOTH)
@allow(EDIT)
def remove_indicator_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a line out."""
    row = indicator_for(scope_of(request), pk)
    form = NothingForm(sent(request))
    card = row.scorecard
    if (
        request.method == "POST"
        and form.is_valid()
        and is_done(form, lambda: services.remove_indicator(indicator=row, by=acting_user(request)))
    ):
        messages.success(request, _("Removed. The weights of the scorecard no longer add up to 100."))
        return redirect(place_in(card))
    title = _("Remove %(name)s") % {"name": row.name}
    return scheme_form(
        request,
        form=form,
        title=title,
        scheme=card.scheme,
        submit_label=_("Remove it"),
        back_url=place_in(card),
        context={
            "intro": _("The other weights stay as they are: spread its weight over them afterwards."),
            "tone": "danger",
        },
    )


def indicator_for(scope: Scope, pk: int) -> Indicator:
    """An indicator of a draft."""
    row = selectors.indicator_for(scope, pk)
    draft_of(row.scheme)
    return row
