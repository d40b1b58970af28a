"""Define an indicator, measure it otherwise from a month on, change what is not dated, retire it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.core import clock
from apps.core.errors import Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.month import Month
from apps.departments.models import Department
from apps.kpis import services
from apps.kpis.forms.definitions import (
    BringBackForm,
    ChangeForm,
    IdentityForm,
    NewForm,
    RetireForm,
    definition_of,
    identity_of,
)
from apps.kpis.models import Kpi
from apps.kpis.selectors import kpi_for, versions_of
from apps.kpis.selectors.defining import formula_words, months_reported, readers_named, version_on
from apps.kpis.services import ALWAYS, doubts_about
from apps.kpis.views.entry import scope_of

MANAGE = "kpis.manage"


def page_of(kpi: Kpi) -> str:
    """Where an indicator is shown; where it is defined, in an installation without that page."""
    try:
        return kpi.get_absolute_url()
    except NoReverseMatch:
        return reverse("kpis:definition", args=[kpi.pk])


def list_address() -> str:
    """Where all of them are listed; home, in an installation without that page."""
    try:
        return reverse("kpis:list")
    except NoReverseMatch:
        return reverse("dashboards:home")


def crumbs_of(kpi: Kpi | None, title: str) -> list[tuple[Any, str]]:
    """The way to a form."""
    way: list[tuple[Any, str]] = [(_("KPIs"), list_address())]
    return [*way, *([(kpi.name, page_of(kpi))] if kpi else []), (title, "")]


def definition_response(
    request: HttpRequest,
    *,
    form: Any,
    kpi: Kpi | None,
    title: str,
    label: str,
    department: Department | None,
    doubts: Sequence[str] = (),
) -> HttpResponse:
    """A form of a definition, with what is doubted about it, the codes a formula may use, and the definitions so far."""
    if doubts:
        words = ngettext(
            "One thing deserves a second look. Change it, or tick that it is meant so.",
            "%(count)s things deserve a second look. Change them, or tick that they are meant so.",
            len(doubts),
        )
        form.add_error(None, words % {"count": len(doubts)})
    return form_response(
        request,
        form=form,
        title=title,
        submit_label=label,
        back_url=page_of(kpi) if kpi else list_address(),
        template="kpis/definition.html",
        context={
            "doubts": doubts,
            "words": formula_words(scope_of(request), department=department, besides=kpi.pk if kpi else 0),
            "versions": versions_of(kpi) if kpi else [],
            "crumbs": crumbs_of(kpi, title),
        },
    )


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def new_page(request: HttpRequest) -> HttpResponse:
    """Define a new indicator."""
    form, doubts = NewForm(request.POST or None, scope=scope_of(request)), []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        doubts = [] if "is_checked" in request.POST else doubts_about(form.definition())
        try:
            if not doubts:
                kpi = services.define_kpi(
                    identity=form.identity(given["department"]),
                    definition=form.definition(),
                    valid_from=given["valid_from"] or ALWAYS,
                    reason=given["reason"],
                    by=acting_user(request),
                    now=clock.now(),
                )
                messages.success(request, _("The KPI is defined. Values can be entered."))
                return redirect(page_of(kpi))
        except Refusal as refusal:
            add_refusal(form, refusal)
    return definition_response(
        request, form=form, kpi=None, title=_("New KPI"), label=_("Define it"), department=None, doubts=doubts
    )


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def definition_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Measure an indicator otherwise, from a month on."""
    kpi = kpi_for(scope_of(request), pk)
    version, doubts = version_on(kpi, clock.today()), []
    start = {} if version is None else definition_of(version)
    form = ChangeForm(request.POST or None, initial={**start, "valid_from": Month.of(clock.today()).first_day})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        doubts = [] if "is_checked" in request.POST else [*doubts_about(form.definition()), *effects_of(kpi, given)]
        try:
            if not doubts:
                services.change_definition(
                    kpi=kpi,
                    definition=form.definition(),
                    valid_from=given["valid_from"],
                    reason=given["reason"],
                    by=acting_user(request),
                    now=clock.now(),
                )
                messages.success(request, _("Saved. Earlier months keep their definition."))
                return redirect(page_of(kpi))
        except Refusal as refusal:
            add_refusal(form, refusal)
    title = _("Change the definition of %(kpi)s") % {"kpi": kpi.name}
    return definition_response(
        request, form=form, kpi=kpi, title=title, label=_("Save"), department=kpi.department, doubts=doubts
    )


def effects_of(kpi: Kpi, given: dict[str, Any]) -> list[str]:
    """What a new definition does to months that are there: sentences to be confirmed."""
    first, found = given["valid_from"], []
    if count := months_reported(kpi, first=first):
        words = ngettext(
            "One reported month will be worked out anew by this definition.",
            "%(count)s reported months will be worked out anew by this definition.",
            count,
        )
        found.append(words % {"count": count})
    for version in versions_of(kpi):
        if version.valid.lower >= first:
            words = _("The definition that holds from %(month)s will be replaced.")
            found.append(words % {"month": date_format(version.valid.lower, "F Y")})
    return found


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def edit_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is not dated: code, family, tags, owner, approval."""
    kpi = kpi_for(scope_of(request), pk)
    form = IdentityForm(request.POST or None, initial=identity_of(kpi), scope=scope_of(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_identity(
                kpi=kpi, identity=form.identity(kpi.department), by=acting_user(request), now=clock.now()
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(page_of(kpi))
    title = _("Edit %(kpi)s") % {"kpi": kpi.name}
    context = {"crumbs": crumbs_of(kpi, title), "subtitle": kpi.department.name}
    return form_response(request, form=form, title=title, back_url=page_of(kpi), context=context)


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def retire_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an indicator out of use from a month on, or bring it back."""
    kpi = kpi_for(scope_of(request), pk)
    is_back = kpi.retired_from is not None
    start = {"retired_from": Month.of(clock.today()).plus(1).first_day}
    form = BringBackForm(request.POST or None) if is_back else RetireForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.retire_kpi(
                kpi=kpi, retired_from=given.get("retired_from"), reason=given["reason"], by=acting_user(request)
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("It is in use again.") if is_back else _("Retired. What was reported stays."))
            return redirect(page_of(kpi))
    words = _("Bring back %(kpi)s") if is_back else _("Retire %(kpi)s")
    title = words % {"kpi": kpi.name}
    return form_response(
        request,
        form=form,
        title=title,
        submit_label=_("Bring it back") if is_back else _("Retire it"),
        back_url=page_of(kpi),
        context={
            "crumbs": crumbs_of(kpi, title),
            "intro": retire_words(kpi, [reader.name for reader in readers_named(kpi, scope_of(request))]),
            "tone": "primary" if is_back else "danger",
        },
    )


def retire_words(kpi: Kpi, readers: Sequence[str]) -> str:
    """What retiring means for this one."""
    if kpi.retired_from is not None:
        return _("It is retired from %(month)s.") % {"month": date_format(kpi.retired_from, "F Y")}
    words = _("Nothing can be entered for the KPI from that month on. What was reported stays.")
    if readers:
        more = _("Its value is missing then in what is worked out from it: %(names)s.")
        return f"{words} {more % {'names': ', '.join(readers)}}"
    return words
