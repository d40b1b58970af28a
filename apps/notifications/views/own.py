"""What I was told, how I want to hear of it, who stands in for me."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http.access import allow, unattended
from apps.accounts.models import User
from apps.core.clock import now, today
from apps.core.errors import Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response
from apps.notifications import forms, selectors, services
from apps.notifications.choices import Subject
from apps.notifications.models import Notification, StandIn

BELL_SHOWS = 6


def account_of(request: HttpRequest) -> User:
    """The account that asks; the pages below are open to signed-in people only."""
    return cast("User", request.user)


def read_badge(row: Notification) -> Badge | None:
    """Marks what is new."""
    return None if row.read_at else Badge(_("New"), "info")


def note_of(row: Notification) -> Any:
    """The text below the subject; whose work it is, when the person stands in."""
    if row.on_behalf_of:
        return _("You stand in for %(name)s") % {"name": row.on_behalf_of}
    return row.body


OWN = ListSpec(
    name="notifications",
    title=_("Notifications"),
    columns=(
        Column(
            "subject",
            _("What"),
            kind="link",
            url=lambda row: reverse("notifications:open", args=[row.pk]),
            note=note_of,
        ),
        Column("about", _("About"), value=lambda row: row.get_about_display(), order_by="about"),
        Column("state", "", value=read_badge, kind="badge"),
        Column("told_at", _("When"), kind="moment", order_by="told_at"),
    ),
    filters=(
        Filter("about", _("About"), choices=Subject.choices, apply=lambda rows, value: rows.filter(about=value)),
        Filter("unread", _("Only new ones"), apply=lambda rows, _value: rows.filter(read_at=None), kind="flag"),
    ),
    search=("subject__icontains", "body__icontains"),
    default_order="-told_at",
    empty_title=_("Nothing to tell"),
    empty_text=_("What waits for you, and what came of what you started, appears here."),
    empty_icon="bell",
)


def tabs_for(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The pages of notifications this person may open."""
    pages = [
        ("list", _("Notifications"), "bell", "notifications.view"),
        ("preferences", _("Mail"), "mail", "notifications.view"),
    ]
    pages.append(("stand_in", _("Stand-in"), "user-check", "notifications.set_stand_in"))
    scope = request.scope  # type: ignore[attr-defined]
    return [
        {"label": label, "url": reverse(f"notifications:{name}"), "icon": icon, "is_current": name == current}
        for name, label, icon, capability in pages
        if scope.may(capability)
    ]


@require_GET
@allow("notifications.view")
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Everything this person was told."""
    scope = request.scope  # type: ignore[attr-defined]
    context = {"tabs": tabs_for(request, "list"), "unread": selectors.unread_count(scope)}
    rows = selectors.own_notifications(scope)
    return list_response(request, spec=OWN, queryset=rows, template="notifications/list.html", context=context)


@unattended
@require_GET
@allow("notifications.view")
def bell_part(request: HttpRequest) -> HttpResponse:
    """The bell of the top bar: how many are new, the newest of them."""
    scope = request.scope  # type: ignore[attr-defined]
    unread = selectors.unread_count(scope)
    newest = list(selectors.own_notifications(scope).order_by("-told_at", "-pk")[:BELL_SHOWS])
    return render(request, "notifications/_bell.html", {"unread": unread, "is_many": unread > 99, "newest": newest})


@require_http_methods(["GET", "POST"])
@allow("notifications.view")
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read and go where it points; one that points nowhere is shown."""
    row = selectors.notification_for(request.scope, pk)  # type: ignore[attr-defined]
    services.mark_read(notifications=Notification.objects.filter(pk=row.pk), now=now())
    if row.url and url_has_allowed_host_and_scheme(row.url, allowed_hosts=None):
        return redirect(row.url)
    return render(request, "notifications/detail.html", {"row": row, "title": row.subject})


@require_POST
@allow("notifications.view")
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    services.mark_read(notifications=selectors.own_notifications(request.scope), now=now())  # type: ignore[attr-defined]
    return redirect("notifications:list")


@require_http_methods(["GET", "POST"])
@allow("notifications.view")
def preferences_page(request: HttpRequest) -> HttpResponse:
    """What reaches me by mail, and when."""
    chosen = {choice.about: choice.mode for choice in selectors.choices_of(request.scope)}  # type: ignore[attr-defined]
    form = forms.PreferencesForm(request.POST or None, initial=chosen)
    if request.method == "POST" and form.is_valid():
        services.set_preferences(user=account_of(request), modes=form.cleaned_data)
        messages.success(request, _("Your choice was kept."))
        return redirect("notifications:preferences")
    return form_response(
        request,
        form=form,
        title=_("Mail"),
        submit_label=_("Keep this choice"),
        context={
            "tabs": tabs_for(request, "preferences"),
            "subtitle": _("Everything is shown in the portal in any case. Choose what comes by mail as well."),
        },
    )


def stand_in_badge(row: StandIn) -> Badge:
    """Whether a stand-in is at work, to come or over."""
    if row.ended_at or row.last_day < today():
        return Badge(_("Ended"), "neutral")
    return Badge(_("Now"), "success") if row.first_day <= today() else Badge(_("To come"), "info")


@require_GET
@allow("notifications.set_stand_in")
def stand_in_page(request: HttpRequest) -> HttpResponse:
    """Who stood, stands and will stand in for me."""
    rows = [
        {"row": row, "badge": stand_in_badge(row), "may_end": not row.ended_at and row.last_day >= today()}
        for row in selectors.own_stand_ins(request.scope)[:50]  # type: ignore[attr-defined]
    ]
    context = {"title": _("Stand-in"), "tabs": tabs_for(request, "stand_in"), "rows": rows}
    return render(request, "notifications/stand_in.html", context)


@require_http_methods(["GET", "POST"])
@allow("notifications.set_stand_in")
def name_stand_in(request: HttpRequest) -> HttpResponse:
    """Name who acts for me."""
    people = selectors.possible_stand_ins(request.scope)  # type: ignore[attr-defined]
    form = forms.StandInForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            cover = services.name_stand_in(
                user=account_of(request), **form.cleaned_data, by=account_of(request), now=now()
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("%(name)s acts for you in these days.") % {"name": cover.stand_in})
            return redirect("notifications:stand_in")
    return form_response(
        request,
        form=form,
        title=_("Name a stand-in"),
        submit_label=_("Name the stand-in"),
        back_url=reverse("notifications:stand_in"),
        context={
            "intro": _(
                "They decide in your name and get your reminders in these days. You stay able to decide as well."
            )
        },
    )


@require_POST
@allow("notifications.set_stand_in")
def end_stand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """End a stand-in early."""
    cover = selectors.stand_in_entry(request.scope, pk)  # type: ignore[attr-defined]
    services.end_stand_in(cover=cover, by=account_of(request), now=now())
    messages.success(request, _("%(name)s no longer acts for you.") % {"name": cover.stand_in})
    return redirect("notifications:stand_in")
