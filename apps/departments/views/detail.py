"""One department: overview, people, parts, history, and what of it is not dated."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http.access import allow, may
from apps.audit.selectors import history_of
from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.http.listing import list_response
from apps.departments import selectors, services
from apps.departments.choices import DepartmentState
from apps.departments.forms import AliasForm, ChangeForm
from apps.departments.models import Department
from apps.departments.views.tree import MANAGE, SPEC, VIEW

TONES = {DepartmentState.OPEN: "success", DepartmentState.PLANNED: "info", DepartmentState.CLOSED: "neutral"}


def asked_department(request: HttpRequest, pk: int) -> Department:
    """The department of the address, as far as the person may know of it."""
    return selectors.readable_department_for(request.scope, pk)  # type: ignore[attr-defined]


def people_url(department: Department) -> str:
    """Where the list of its people is; empty when this installation has none."""
    try:
        return f"{reverse('staff:list')}?department={department.pk}"
    except NoReverseMatch:
        return ""


def scores_url(department: Department) -> str:
    """Where its scores are; empty when this installation assesses nobody."""
    try:
        return reverse("assessments:department", args=[department.pk])
    except NoReverseMatch:
        return ""


def outlook_url(department: Department) -> str:
    """Where its forecasts are; empty when this installation foretells nothing."""
    try:
        return reverse("forecasts:department", args=[department.pk])
    except NoReverseMatch:
        return ""


def head_context(request: HttpRequest, department: Department, current: str) -> dict[str, Any]:
    """What every tab of the page shows: the way here, state, tabs, acts."""
    scope, day = request.scope, clock.today()  # type: ignore[attr-defined]
    life = selectors.life_of(department)
    state = selectors.state_of(life, day)
    path = selectors.path_on(department, day, scope)
    is_countable = bool(selectors.countable_ids([department.pk], scope))
    names = [("overview", _("Overview"), "departments:detail"), ("parts", _("Departments below"), "departments:parts")]
    if is_countable and may(request, "staff.view") and people_url(department):
        names.insert(1, ("people", _("People"), "departments:people"))
    if may(request, "assessments.view") and scores_url(department):
        names.append(("scores", _("Scores"), "departments:scores"))
    if may(request, "forecasts.view") and outlook_url(department):
        names.append(("outlook", _("Outlook"), "departments:outlook"))
    if is_countable and may(request, "audit.view_object"):
        names.append(("history", _("History"), "departments:history"))
    return {
        "title": department.name,
        "department": department,
        "life": life,
        "state": state,
        "state_tone": TONES[state],
        "is_countable": is_countable,
        "may_manage": may(request, MANAGE),
        "crumbs": [
            (_("Departments"), reverse("departments:list")),
            *((name, reverse("departments:detail", args=[pk])) for pk, name in path),
            (department.name, ""),
        ],
        "tabs": [
            {"label": label, "url": reverse(name, args=[department.pk]), "is_current": key == current}
            for key, label, name in names
        ],
    }


@require_GET
@allow(VIEW)
def department_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Overview of one department: facts, figures, life, other names."""
    scope, day = request.scope, clock.today()  # type: ignore[attr-defined]
    department = asked_department(request, pk)
    context = head_context(request, department, "overview")
    branch = selectors.subtree_ids(department, day)
    figures = selectors.figures_on(branch, day, scope)
    own = figures.get(department.pk, selectors.NO_FIGURES)
    parent = next((line for line in context["life"] if line.covers(day)), None)
    context |= {
        "own": own,
        "people_below": sum(found.people or 0 for found in figures.values()),
        "branch_count": len(branch) - 1 if branch else 0,
        "parent": parent,
        "aliases": selectors.aliases_of(department),
        "alias_form": AliasForm(),
        "outlook_url": outlook_url(department) if may(request, "forecasts.view") else "",
        "day": day,
    }
    return render(request, "departments/detail.html", context)


@require_GET
@allow("staff.view")
def people_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The people of one department and below: the list of staff, drawn into this page."""
    department = selectors.department_for(request.scope, pk)  # type: ignore[attr-defined]
    context = head_context(request, department, "people") | {"people_url": people_url(department)}
    return render(request, "departments/people.html", context)


@require_GET
@allow(VIEW)
def parts_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The departments directly below one."""
    department = asked_department(request, pk)
    rows = selectors.children_on(department, clock.today(), request.scope)  # type: ignore[attr-defined]
    context = head_context(request, department, "parts")
    return list_response(request, spec=SPEC, queryset=rows, template="departments/parts.html", context=context)


@require_GET
@allow("assessments.view")
def scores_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The published scores of one department: the part that assessments draws, put into this page."""
    department = asked_department(request, pk)
    context = head_context(request, department, "scores") | {"scores_url": scores_url(department)}
    return render(request, "departments/scores.html", context)


@require_GET
@allow("forecasts.view")
def outlook_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What is foretold of one department: the part that forecasts draws, put into this page."""
    department = asked_department(request, pk)
    context = head_context(request, department, "outlook") | {"outlook_url": outlook_url(department)}
    return render(request, "departments/outlook.html", context)


@require_GET
@allow("audit.view_object")
def history_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Who changed what on one department, when and why."""
    department = selectors.department_for(request.scope, pk)  # type: ignore[attr-defined]
    related = [*selectors.kept_versions(department), *selectors.aliases_of(department)]
    entries = history_of(department, scope=request.scope, related=related)  # type: ignore[attr-defined]
    context = head_context(request, department, "history") | {"entries": entries}
    return render(request, "departments/history.html", context)


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def change_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Code, cost centre and purpose: what is not dated."""
    department = asked_department(request, pk)
    initial = {"code": department.code, "cost_center": department.cost_center, "purpose": department.purpose}
    form = ChangeForm(request.POST or None, initial=initial, scope=request.scope, department=department)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            services.change_department(department=department, **form.cleaned_data, by=request.user, now=clock.now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Changed."))
            return redirect("departments:detail", pk)
    return form_response(
        request,
        form=form,
        title=_("Change %(department)s") % {"department": department},
        submit_label=_("Save"),
        back_url=department.get_absolute_url(),
        context={"crumbs": [(_("Departments"), reverse("departments:list")), (department.name, "")]},
    )


@require_POST
@allow(MANAGE)
def add_name(request: HttpRequest, pk: int) -> HttpResponse:
    """Add another name."""
    department = asked_department(request, pk)
    form = AliasForm(request.POST)
    if form.is_valid():
        try:
            services.add_alias(department=department, alias=form.cleaned_data["alias"], by=request.user)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("“%(alias)s” leads here now.") % form.cleaned_data)
            return redirect("departments:detail", pk)
    return form_response(
        request,
        form=form,
        title=_("Another name for %(department)s") % {"department": department},
        submit_label=_("Add"),
        back_url=department.get_absolute_url(),
    )


@require_POST
@allow(MANAGE)
def remove_name(request: HttpRequest, pk: int, alias_pk: int) -> HttpResponse:
    """Remove another name."""
    department = asked_department(request, pk)
    alias = next((row for row in selectors.aliases_of(department) if row.pk == alias_pk), None)
    if alias is None:
        raise NotFound(_("This name was removed already."))
    services.remove_alias(alias=alias, by=request.user)
    messages.success(request, _("“%(alias)s” no longer leads here.") % {"alias": alias.alias})
    return redirect("departments:detail", pk)
