"""Acts on the tree. Each form is sent twice: once to be shown what it would do, once to do it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import allow
from apps.core import clock
from apps.core.errors import Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.scope import Scope
from apps.departments import selectors, services
from apps.departments.forms import CloseForm, CreateForm, MergeForm, MoveForm, RenameForm, ReopenForm, ScopedForm
from apps.departments.models import Department
from apps.departments.views.detail import asked_department
from apps.departments.views.tree import MANAGE

Call = Callable[[dict[str, Any]], Any]


def act_response(
    request: HttpRequest,
    *,
    form: ScopedForm,
    call: Call,
    title: str,
    label: str,
    done: str,
    department: Department | None = None,
    tone: str = "primary",
) -> HttpResponse:
    """Form → effect → act. CALL does the act with the cleaned values; the effect is found by doing it and taking it back."""
    back = department.get_absolute_url() if department else reverse("departments:list")
    context: dict[str, Any] = {"tone": tone, "crumbs": [(_("Departments"), reverse("departments:list")), (title, "")]}
    if department is not None:
        context |= {"department": department, "life": selectors.life_of(department), "day": clock.today()}
    if request.method == "POST" and form.is_valid() and "edit" not in request.POST:
        data = form.cleaned_data if department is None else {**form.cleaned_data, "expected": seen_at(request)}
        try:
            if "confirm" in request.POST:
                made = call(data)
                messages.success(request, done)
                return redirect(made if isinstance(made, Department) else back)
            effect = services.effect_of(
                lambda: call(data), department=department, on=data["on"], scope=scope_of(request), now=clock.now()
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            context |= {"title": title, "effect": effect, "form": form, "submit_label": label, "back_url": back}
            return render(request, "departments/confirm.html", context | {"day": data["on"]})
    return form_response(
        request,
        form=form,
        title=title,
        submit_label=_("See what it does"),
        back_url=back,
        template="departments/form.html",
        context=context,
    )


def scope_of(request: HttpRequest) -> Scope:
    """The caller's scope."""
    scope: Scope = request.scope  # type: ignore[attr-defined]
    return scope


def seen_at(request: HttpRequest) -> datetime | None:
    """When the department was last changed as its effect was shown: what is confirmed must be what was seen."""
    text = request.POST.get("seen", "")
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def bound(form: type[ScopedForm], request: HttpRequest, department: Department | None, **initial: Any) -> ScopedForm:
    """The form with what was sent, or with what to start from."""
    start = {"on": clock.today(), **initial}
    return form(request.POST or None, initial=start, scope=scope_of(request), department=department)


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def create_page(request: HttpRequest) -> HttpResponse:
    """Open a department."""
    above = request.GET.get("parent", "")
    return act_response(
        request,
        form=bound(CreateForm, request, None, parent=above if above.isdecimal() else None),
        call=lambda data: services.create_department(**data, by=request.user, now=clock.now()),
        title=_("New department"),
        label=_("Create it"),
        done=_("The department is there."),
    )


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def rename_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a department another name from a day on."""
    department = asked_department(request, pk)
    return act_response(
        request,
        form=bound(RenameForm, request, department, name=department.name),
        call=lambda data: services.rename_department(department=department, **data, by=request.user, now=clock.now()),
        title=_("Rename %(department)s") % {"department": department},
        label=_("Rename it"),
        done=_("Renamed. The former name leads here still."),
        department=department,
    )


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def move_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Place a department elsewhere from a day on."""
    department = asked_department(request, pk)
    return act_response(
        request,
        form=bound(MoveForm, request, department),
        call=lambda data: services.move_department(department=department, **data, by=request.user, now=clock.now()),
        title=_("Move %(department)s") % {"department": department},
        label=_("Move it"),
        done=_("Moved, with everything below it."),
        department=department,
    )


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def merge_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge a department into another from a day on."""
    department = asked_department(request, pk)
    return act_response(
        request,
        form=bound(MergeForm, request, department),
        call=lambda data: services.merge_departments(sources=[department], **data, by=request.user, now=clock.now()),
        title=_("Merge %(department)s") % {"department": department},
        label=_("Merge it"),
        done=_("Merged. Its code and name lead to the other department."),
        department=department,
        tone="danger",
    )


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def close_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a department from a day on."""
    department = asked_department(request, pk)
    return act_response(
        request,
        form=bound(CloseForm, request, department),
        call=lambda data: services.close_department(department=department, **data, by=request.user, now=clock.now()),
        title=_("Close %(department)s") % {"department": department},
        label=_("Close it"),
        done=_("Closed from that day."),
        department=department,
        tone="danger",
    )


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def reopen_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed department again."""
    department = asked_department(request, pk)
    return act_response(
        request,
        form=bound(ReopenForm, request, department),
        call=lambda data: services.reopen_department(department=department, **data, by=request.user, now=clock.now()),
        title=_("Reopen %(department)s") % {"department": department},
        label=_("Reopen it"),
        done=_("Open again from that day."),
        department=department,
    )
