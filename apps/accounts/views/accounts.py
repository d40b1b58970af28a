"""Accounts, for administrators (auditors may look)."""

from typing import Any

from allauth.account.internal.flows.password_reset import request_password_reset
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors, services
from apps.accounts.choices import Role
from apps.accounts.forms import AccountForm, NewAccountForm, ReasonForm, RolesForm
from apps.accounts.http.access import acting_user, allow, may
from apps.accounts.models import User
from apps.core.clock import now
from apps.core.errors import NotFound, Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response

VIEW, MANAGE = "accounts.view", "accounts.manage"


def state_badge(user: User) -> Badge:
    """Open, closed, or for a system."""
    if not user.is_active:
        return Badge(gettext_lazy("Closed"), "neutral")
    return Badge(gettext_lazy("System"), "info") if user.is_system else Badge(gettext_lazy("Open"), "success")


def role_labels(user: User) -> str:
    """The roles in words."""
    held = {grant.role for grant in user.role_grants.all()}
    return ", ".join(str(label) for value, label in Role.choices if value in held)


SPEC = ListSpec(
    name="accounts",
    title=gettext_lazy("Accounts"),
    subtitle=gettext_lazy("Who may sign in, and as what. Rows a person sees follow from the organisation chart."),
    columns=(
        Column(
            "name",
            gettext_lazy("Name"),
            kind="user",
            order_by="name",
            url=lambda row: reverse("accounts:detail", args=[row.pk]),
        ),
        Column("email", gettext_lazy("E-mail"), order_by="email"),
        Column("roles", gettext_lazy("Roles"), value=role_labels),
        Column("state", gettext_lazy("State"), value=state_badge, kind="badge", order_by="is_active"),
        Column(
            "last_sign_in_at", gettext_lazy("Last sign-in"), kind="moment", order_by="last_sign_in_at", nulls_last=True
        ),
    ),
    filters=(
        Filter(
            "role",
            gettext_lazy("Role"),
            choices=Role.choices,
            apply=lambda rows, value: rows.holding((value,)),
        ),
        Filter(
            "state",
            gettext_lazy("State"),
            choices=(("open", gettext_lazy("Open")), ("closed", gettext_lazy("Closed"))),
            apply=lambda rows, value: rows.filter(is_active=value == "open"),
        ),
    ),
    search=("name__icontains", "email__icontains"),
    default_order="name",
    empty_title=gettext_lazy("No accounts yet"),
    empty_icon="users",
)


def account_or_404(pk: int) -> User:
    """The account."""
    user = selectors.accounts().filter(pk=pk).first()
    if user is None:
        raise NotFound(_("There is no such account."))
    return user


def crumbs_of(user: User | None, last: str = "") -> list[tuple[str, str]]:
    """The way here."""
    way = [(_("Accounts"), reverse("accounts:list"))]
    if user is not None:
        way.append((user.name, reverse("accounts:detail", args=[user.pk]) if last else ""))
    return [*way, (last, "")] if last else way


@require_GET
@allow(VIEW)
def accounts_page(request: HttpRequest) -> HttpResponseBase:
    """All accounts."""
    context = {"may_manage": may(request, MANAGE)}
    return list_response(
        request, spec=SPEC, queryset=selectors.accounts(), template="accounts/list.html", context=context
    )


@require_GET
@allow(VIEW)
def account_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: roles, sessions, keys, sign-ins."""
    user = account_or_404(pk)
    context = {
        "title": user.name,
        "account": user,
        "state": state_badge(user),
        "roles": role_labels(user),
        "has_code": selectors.has_second_factor(user),
        "sessions": selectors.sessions_of(user),
        "sign_ins": selectors.sign_ins_of(user, count=20),
        "keys": selectors.keys_of(user),
        "may_manage": may(request, MANAGE) and user.pk != request.user.pk,
        "crumbs": crumbs_of(user),
    }
    return render(request, "accounts/detail.html", context)


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def create_account_page(request: HttpRequest) -> HttpResponse:
    """Open an account; the person sets a password by the link in the mail."""
    form = NewAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            user = services.create_account(
                email=given["email"],
                name=given["name"],
                roles=given["roles"],
                is_system=given["is_system"],
                by=acting_user(request),
                now=now(),
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            if not user.is_system:
                invite(request, user)
            messages.success(request, _("The account of %(name)s is open.") % {"name": user})
            return redirect("accounts:detail", user.pk)
    return form_response(
        request,
        form=form,
        title=_("Open an account"),
        submit_label=_("Open the account"),
        back_url=reverse("accounts:list"),
        context={
            "crumbs": crumbs_of(None, _("New")),
            "intro": _("The person gets a mail with a link to set a password."),
        },
    )


def invite(request: HttpRequest, user: User) -> None:
    """Mail the link by which a password is set."""
    request_password_reset(request, user.email, [user], token_generator=None)


@require_POST
@allow(MANAGE)
def send_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the link to set a password again."""
    user = account_or_404(pk)
    if services.may_sign_in(user):
        invite(request, user)
        messages.success(request, _("A link to set a password is on its way to %(email)s.") % {"email": user.email})
    else:
        messages.error(request, _("This account cannot sign in, so no link was sent. Reopen it first."))
    return redirect("accounts:detail", pk)


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def change_account_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct name or e-mail."""
    user = account_or_404(pk)
    form = AccountForm(request.POST or None, initial={"name": user.name, "email": user.email})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_account(user=user, by=acting_user(request), **form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:detail", pk)
    return account_form(request, form, user, title=_("Change %(name)s") % {"name": user}, last=_("Change"))


def account_form(request: HttpRequest, form: Any, user: User, **given: Any) -> HttpResponse:
    """A form about one account."""
    last = given.pop("last")
    back = reverse("accounts:detail", args=[user.pk])
    context = {"crumbs": crumbs_of(user, last), **given.pop("context", {})}
    return form_response(request, form=form, back_url=back, context=context, **given)


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def change_roles_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant and revoke roles, with a reason."""
    user = account_or_404(pk)
    form = RolesForm(request.POST or None, initial={"roles": sorted(selectors.roles_granted(user))})
    if request.method == "POST" and form.is_valid():
        try:
            services.set_roles(user=user, by=acting_user(request), now=now(), **form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The roles of %(name)s are changed.") % {"name": user})
            return redirect("accounts:detail", pk)
    return account_form(request, form, user, title=_("Roles of %(name)s") % {"name": user}, last=_("Roles"))


@require_http_methods(["GET", "POST"])
@allow(MANAGE)
def close_account_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an account, with a reason: its sessions and keys end at once."""
    user = account_or_404(pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.close_account(user=user, by=acting_user(request), now=now(), reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The account of %(name)s is closed.") % {"name": user})
            return redirect("accounts:detail", pk)
    intro = _("All sessions and API keys of this account end at once. The record and its history stay.")
    title = _("Close the account of %(name)s") % {"name": user}
    context = {"tone": "danger", "intro": intro}
    return account_form(
        request, form, user, title=title, last=_("Close"), submit_label=_("Close the account"), context=context
    )


@require_POST
@allow(MANAGE)
def reopen_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a closed account sign in again."""
    user = account_or_404(pk)
    services.reopen_account(user=user, by=acting_user(request), now=now())
    messages.success(
        request, _("The account of %(name)s is open again. Its old API keys stay revoked.") % {"name": user}
    )
    return redirect("accounts:detail", pk)


@require_POST
@allow(MANAGE)
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the sign-in code away from somebody whose device is lost."""
    user = account_or_404(pk)
    services.reset_second_factor(user=user, by=acting_user(request), now=now())
    messages.success(request, _("%(name)s has no sign-in code any more and is signed out everywhere.") % {"name": user})
    return redirect("accounts:detail", pk)


@require_POST
@allow(MANAGE)
def end_account_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign an account out everywhere."""
    user = account_or_404(pk)
    services.end_sessions(user=user, by=acting_user(request), now=now())
    messages.success(request, _("%(name)s is signed out everywhere.") % {"name": user})
    return redirect("accounts:detail", pk)
