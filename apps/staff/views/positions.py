"""The company's job names."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.core.errors import Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response
from apps.staff import selectors, services
from apps.staff.forms import PositionForm
from apps.staff.views.people import scope_of

POSITIONS = ListSpec(
    name="positions",
    title=_("Positions"),
    subtitle=_("Jobs as the company names them."),
    columns=(
        Column(
            "title",
            _("Title"),
            order_by="title",
            url=lambda row: reverse("staff:change_position", args=[row.pk]),
            note="code",
        ),
        Column("code", _("Code"), order_by="code", is_export_only=True),
        Column("grade", _("Grade"), order_by="grade"),
        Column("holders", _("Holders today"), kind="number", order_by="holders"),
        Column(
            "is_key",
            _("Key position"),
            value=lambda row: Badge(_("Key position"), "info") if row.is_key else None,
            kind="badge",
            order_by="is_key",
        ),
    ),
    filters=(Filter("key", _("Key positions only"), kind="flag", apply=lambda rows, value: rows.filter(is_key=True)),),
    search=("title__icontains", "code__istartswith"),
    default_order="title",
    empty_title=_("No positions yet"),
    empty_text=_("Name the jobs of the company, then choose them when you hire or transfer."),
    empty_icon="id-badge-2",
)


@require_GET
@allow("staff.manage")
def positions_page(request: HttpRequest) -> HttpResponseBase:
    """All positions with how many hold them."""
    return list_response(
        request, spec=POSITIONS, queryset=selectors.held_positions(scope_of(request)), template="staff/positions.html"
    )


@require_http_methods(["GET", "POST"])
@allow("staff.manage")
def create_position_page(request: HttpRequest) -> HttpResponse:
    """Name a job."""
    form = PositionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            position = services.create_position(**form.cleaned_data, by=acting_user(request))
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("“%(title)s” can be chosen now.") % {"title": position.title})
            return redirect("staff:positions")
    return form_response(
        request, form=form, title=_("New position"), submit_label=_("Add"), back_url=reverse("staff:positions")
    )


@require_http_methods(["GET", "POST"])
@allow("staff.manage")
def change_position_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a job, or say that it is a key position. Its code stays."""
    position = get_object_or_404(selectors.public_positions(), pk=pk)
    initial = {name: getattr(position, name) for name in ("code", "title", "grade", "is_key")}
    form = PositionForm(request.POST or None, initial=initial)
    form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("title", "grade", "is_key")}
        try:
            services.change_position(position=position, **given, by=acting_user(request))
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Changed."))
            return redirect("staff:positions")
    return form_response(
        request, form=form, title=position.title, submit_label=_("Save"), back_url=reverse("staff:positions")
    )
