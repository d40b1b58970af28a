"""Pages of the calendar: periods and their cut-offs, the year with its holidays, the rules behind the cut-offs."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http.access import allow
from apps.accounts.http.requests import PersonRequest
from apps.audit.selectors import history_of
from apps.core.clock import now, today
from apps.core.errors import NotFound, Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response
from apps.periods import forms, rules, selectors, services
from apps.periods.choices import FactKind, PeriodKind, PeriodState
from apps.periods.models import CutOff, Period

TONES = {PeriodState.OPEN: "success", PeriodState.UPCOMING: "info", PeriodState.CLOSED: "neutral"}
form_page = require_http_methods(["GET", "POST"])


def state_badge(period: Period) -> Badge:
    """The state of a period as a coloured word."""
    return Badge(period.get_state_display(), TONES[PeriodState(period.state)])


def cut_off_column(kind: FactKind) -> Column:
    """The cut-off of one kind of fact; empty for quarters and years."""

    def read(period: Period) -> Any:
        return next((row.closes_at for row in period.cut_offs.all() if row.kind == kind), None)

    return Column(kind.value, kind.label, value=read, kind="moment")


def year_choices(request: HttpRequest) -> list[tuple[str, str]]:
    """The fiscal years that are laid out, newest first."""
    years = selectors.visible_years(scope=request.scope)  # type: ignore[attr-defined]
    return [(start.isoformat(), rules.fiscal_year_name(start)) for start in years]


def in_year(rows: Any, value: str) -> Any:
    """Periods inside the fiscal year that begins on the day VALUE names."""
    span = rules.span_of(PeriodKind.YEAR, date.fromisoformat(value), settings.FISCAL_YEAR_FIRST_MONTH)
    return rows.within(span.first_day, span.last_day)


SPEC = ListSpec(
    name="periods",
    title=_("Periods"),
    subtitle=_("What may still be entered for which month, and until when."),
    columns=(
        Column("label", _("Period"), kind="link", order_by="first_day", url=lambda row: row.get_absolute_url()),
        Column("kind", _("Kind"), value=lambda row: row.get_kind_display(), order_by="kind"),
        Column("state", _("State"), value=state_badge, kind="badge", order_by="state"),
        Column("first_day", _("First day"), kind="date", is_export_only=True),
        Column("last_day", _("Last day"), kind="date", is_export_only=True),
        *(cut_off_column(kind) for kind in FactKind),
    ),
    filters=(
        Filter("year", _("Fiscal year"), choices=year_choices, apply=in_year),
        Filter(
            "kind",
            _("Kind"),
            choices=PeriodKind.choices,
            apply=lambda rows, value: rows.filter(kind=value),
            default=PeriodKind.MONTH.value,
        ),
        Filter("state", _("State"), choices=PeriodState.choices, apply=lambda rows, value: rows.filter(state=value)),
    ),
    default_order=("is_upcoming", "-first_day", "last_day"),
    page_size=24,
    empty_title=_("No periods here"),
    empty_text=_("The years are laid out by a job that runs every hour. Clear the filters to see all of them."),
    empty_icon="calendar",
)


def tabs_for(current: str) -> list[dict[str, Any]]:
    """The three pages of the calendar."""
    pages = (
        ("list", _("Periods"), "table"),
        ("calendar", _("Year calendar"), "calendar"),
        ("rules", _("Cut-off rules"), "clock"),
    )
    return [
        {"label": label, "url": reverse(f"periods:{name}"), "icon": icon, "is_current": name == current}
        for name, label, icon in pages
    ]


@require_GET
@allow("periods.view")
def list_page(request: PersonRequest) -> HttpResponseBase:
    """Periods with their cut-offs; the next ones stand out above."""
    scope = request.scope
    moment = now()
    coming = [{"row": row, **countdown(row)} for row in selectors.upcoming_cut_offs(scope=scope, now=moment, count=3)]
    context = {"tabs": tabs_for("list"), "coming": coming, "may_manage": scope.may("periods.manage")}
    rows = selectors.visible_periods(scope=scope).current_first()
    return list_response(request, spec=SPEC, queryset=rows, template="periods/list.html", context=context)


def countdown(row: CutOff) -> dict[str, Any]:
    """Working days left until a cut-off, and how urgent that is."""
    left = selectors.public_working_days_left(row.closes_at, today())
    words = ngettext("%(count)s working day left", "%(count)s working days left", left) % {"count": left}
    return {
        "left": words if left > 0 else _("today"),
        "tone": "danger" if left <= 0 else "warning" if left <= 2 else "",
    }


@require_GET
@allow("periods.view")
def detail_page(request: PersonRequest, pk: int) -> HttpResponse:
    """One period: its cut-offs, the periods inside it, what was changed and why."""
    scope = request.scope
    period = selectors.period_for(scope=scope, pk=pk)
    moment = now()
    context = {
        "title": period.label,
        "subtitle": period.get_kind_display(),
        "crumbs": [(_("Periods"), reverse("periods:list")), (period.label, "")],
        "period": period,
        "badge": state_badge(period),
        "cut_offs": [{"row": row, "is_past": moment > row.closes_at} for row in period.cut_offs.all()],
        "parts": selectors.parts_of(scope=scope, period=period),
        "entries": history_of(period, scope=scope, related=period.cut_offs.all()),
        "may_move": scope.may("periods.reopen"),
        "is_closed": period.state == PeriodState.CLOSED,
        "is_month": period.kind == PeriodKind.MONTH,
    }
    return render(request, "periods/detail.html", context)


@form_page
@allow("periods.reopen")
def move_cut_off(request: PersonRequest, pk: int) -> HttpResponse:
    """Put one cut-off at another moment."""
    cut_off = selectors.cut_off_for(scope=request.scope, pk=pk)
    form = forms.CutOffForm(request.POST or None, initial={"closes_at": cut_off.closes_at})
    if request.method == "POST" and form.is_valid():
        try:
            services.move_cut_off(cut_off=cut_off, **form.cleaned_data, by=request.user, now=now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The cut-off was moved."))
            return redirect(cut_off.period)
    return form_response(
        request,
        form=form,
        title=_("Move the cut-off for %(kind)s") % {"kind": cut_off.get_kind_display()},
        submit_label=_("Move the cut-off"),
        back_url=cut_off.period.get_absolute_url(),
        context={"subtitle": cut_off.period.label},
    )


@form_page
@allow("periods.reopen")
def reopen_period(request: PersonRequest, pk: int) -> HttpResponse:
    """Let a closed month take entries again for a while."""
    period = selectors.period_for(scope=request.scope, pk=pk)
    form = forms.ReopenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = {**form.cleaned_data, "kinds": tuple(form.cleaned_data["kinds"])}
        try:
            services.reopen_period(period=period, **chosen, by=request.user, now=now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("%(period)s takes entries again.") % {"period": period.label})
            return redirect(period)
    return form_response(
        request,
        form=form,
        title=_("Reopen %(period)s") % {"period": period.label},
        submit_label=_("Reopen"),
        back_url=period.get_absolute_url(),
        context={"intro": _("Published scores do not move: what is entered now counts from the next version on.")},
    )


@require_GET
@allow("periods.view")
def calendar_page(request: PersonRequest) -> HttpResponse:
    """Twelve months at a glance: what is worked, what is free and why, which cut-offs fall where."""
    scope = request.scope
    start = chosen_year(request)
    months = selectors.year_calendar(scope=scope, start=start, today=today())
    span = rules.span_of(PeriodKind.YEAR, start, settings.FISCAL_YEAR_FIRST_MONTH)
    context = {
        "title": _("Year calendar"),
        "subtitle": _("Working days, holidays and cut-offs."),
        "tabs": tabs_for("calendar"),
        "year_name": rules.fiscal_year_name(start),
        "earlier": start.year - 1,
        "later": start.year + 1,
        "months": months,
        "working_days": sum(month.working_days for month in months),
        "days": list(selectors.visible_days(scope=scope).filter(day__range=(span.first_day, span.last_day))),
        "may_manage": scope.may("periods.manage"),
    }
    return render(request, "periods/calendar.html", context)


def chosen_year(request: PersonRequest) -> date:
    """The fiscal year in the address, today's when there is none; NotFound for what is no year."""
    first_month = settings.FISCAL_YEAR_FIRST_MONTH
    text = request.GET.get("year", "")
    if not text:
        return rules.fiscal_year_start(today(), first_month)
    if not (text.isascii() and text.isdecimal() and 1900 <= int(text) <= 2200):
        raise NotFound(_("There is no such year in the calendar. Choose one between 1900 and 2200."), field="year")
    return date(int(text), first_month, 1)


@form_page
@allow("periods.manage")
def declare_days(request: PersonRequest) -> HttpResponse:
    """Declare holidays or make-up workdays."""
    form = forms.DaysForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            moved = services.declare_days(**form.cleaned_data, by=request.user, now=now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, told(_("The calendar was changed."), moved))
            year = rules.fiscal_year_start(form.cleaned_data["first_day"], settings.FISCAL_YEAR_FIRST_MONTH).year
            return redirect(f"{reverse('periods:calendar')}?year={year}")
    return form_response(
        request,
        form=form,
        title=_("Declare days"),
        submit_label=_("Declare"),
        back_url=reverse("periods:calendar"),
        context={"intro": _("Coming cut-offs that are counted in working days move with the calendar.")},
    )


@require_POST
@allow("periods.manage")
def withdraw_day(request: PersonRequest, pk: int) -> HttpResponse:
    """Take back a declared day."""
    declared = selectors.declared_day_for(scope=request.scope, pk=pk)
    moved = services.withdraw_day(declared=declared, by=request.user, now=now())
    messages.success(request, told(_("The day was removed from the calendar."), moved))
    year = rules.fiscal_year_start(declared.day, settings.FISCAL_YEAR_FIRST_MONTH).year
    return redirect(f"{reverse('periods:calendar')}?year={year}")


def told(sentence: Any, moved: list[CutOff]) -> str:
    """What was done, and how many cut-offs moved with it."""
    if not moved:
        return str(sentence)
    count = len(moved)
    more = ngettext("%(count)s cut-off moved with it.", "%(count)s cut-offs moved with it.", count) % {"count": count}
    return f"{sentence} {more}"


@require_GET
@allow("periods.view")
def rules_page(request: PersonRequest) -> HttpResponse:
    """When each kind of fact closes, and the years laid out so far."""
    scope = request.scope
    context = {
        "title": _("Cut-off rules"),
        "subtitle": _("The working day after the month on which each kind of entry closes."),
        "tabs": tabs_for("rules"),
        "cut_off_rules": list(selectors.visible_cut_off_rules(scope=scope)),
        "years": [rules.fiscal_year_name(start) for start in selectors.visible_years(scope=scope)],
        "may_manage": scope.may("periods.manage"),
    }
    return render(request, "periods/rules.html", context)


@form_page
@allow("periods.manage")
def change_rule(request: PersonRequest, kind: str) -> HttpResponse:
    """Change on which working day a kind of fact closes."""
    row = selectors.cut_off_rule_for(scope=request.scope, kind=kind)
    initial = {"working_day": row.working_day, "closes_time": row.closes_time}
    form = forms.CutOffRuleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            moved = services.change_cut_off_rule(kind=row.kind, **form.cleaned_data, by=request.user, now=now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, told(_("The rule was changed."), moved))
            return redirect("periods:rules")
    return form_response(
        request,
        form=form,
        title=_("Cut-off of %(kind)s") % {"kind": row.get_kind_display()},
        submit_label=_("Change the rule"),
        back_url=reverse("periods:rules"),
        context={"intro": _("Cut-offs that have passed, or were moved by hand, stay where they are.")},
    )


@form_page
@allow("periods.manage")
def lay_out_year(request: PersonRequest) -> HttpResponse:
    """Lay out an earlier or later fiscal year."""
    form = forms.YearForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        start = date(form.cleaned_data["year"], settings.FISCAL_YEAR_FIRST_MONTH, 1)
        try:
            services.lay_out_year(start=start, by=request.user, now=now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The year was laid out."))
            return redirect("periods:rules")
    return form_response(
        request,
        form=form,
        title=_("Lay out a year"),
        submit_label=_("Lay out"),
        back_url=reverse("periods:rules"),
        context={"intro": _("Months whose cut-offs have passed are closed at once; reopening one takes a reason.")},
    )
