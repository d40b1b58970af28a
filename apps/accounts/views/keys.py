"""API keys: list, issue (the key is shown once), revoke."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import services
from apps.accounts.forms import NewKeyForm
from apps.accounts.http.access import acting_user, allow, may
from apps.accounts.models import ApiKey
from apps.accounts.selectors import capabilities_for, key_owners, keys_for
from apps.core.clock import now
from apps.core.errors import NotFound, Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response

OWN, ALL = "accounts.view_own", "accounts.manage_keys"


def state_badge(key: ApiKey) -> Badge:
    """Whether the key works."""
    if key.revoked_at is not None:
        return Badge(gettext_lazy("Revoked"), "neutral")
    if key.expires_at is not None and key.expires_at <= now():
        return Badge(gettext_lazy("Expired"), "warning")
    return Badge(gettext_lazy("Valid"), "success")


SPEC = ListSpec(
    name="accounts-keys",
    title=gettext_lazy("API keys"),
    subtitle=gettext_lazy(
        "Each key acts for one account, within its scopes. The key itself is shown once, when it is issued."
    ),
    columns=(
        Column("name", gettext_lazy("Name"), order_by="name", url=lambda row: reverse("accounts:key", args=[row.pk])),
        Column("prefix", gettext_lazy("Begins with"), value=lambda row: f"opk_{row.prefix}_…"),
        Column("owner", gettext_lazy("Acts for"), value="owner.name", order_by="owner__name", kind="user"),
        Column("scopes", gettext_lazy("Scopes"), value=lambda row: len(row.scopes), kind="number"),
        Column("state", gettext_lazy("State"), value=state_badge, kind="badge"),
        Column("expires_at", gettext_lazy("Expires"), order_by="expires_at", kind="moment"),
        Column("last_used_at", gettext_lazy("Last used"), order_by="last_used_at", kind="moment", nulls_last=True),
    ),
    filters=(
        Filter(
            "state",
            gettext_lazy("State"),
            choices=(("valid", gettext_lazy("Valid")), ("ended", gettext_lazy("Revoked or expired"))),
            apply=lambda rows, value: rows.usable(now()) if value == "valid" else rows.ended(now()),
        ),
    ),
    search=("name__icontains", "prefix__istartswith", "owner__name__icontains"),
    default_order="name",
    empty_title=gettext_lazy("No API keys yet"),
    empty_text=gettext_lazy("Issue one for each system that reads or writes here, with no more scopes than it needs."),
    empty_icon="key",
)


def visible_key(request: HttpRequest, pk: int) -> ApiKey:
    """The key, if it is the person's own or they manage keys."""
    key = keys_for(request.user).filter(pk=pk).first()
    if key is None:
        raise NotFound(_("There is no such API key, or it is not yours to see."))
    return key


@require_GET
@allow(OWN, ALL)
def keys_page(request: HttpRequest) -> HttpResponseBase:
    """My keys; all of them for whoever manages keys."""
    return list_response(request, spec=SPEC, queryset=keys_for(request.user), template="accounts/keys.html")


@require_http_methods(["GET", "POST"])
@allow(OWN, ALL)
def issue_key_page(request: HttpRequest) -> HttpResponse:
    """Issue a key and show it, once."""
    owners = key_owners(request.user)
    held = capabilities_for(request.user)
    form = NewKeyForm(request.POST or None, owners=owners, held=held, initial={"owner": request.user.pk})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            key, text = services.issue_key(
                name=given["name"],
                scopes=given["scopes"],
                expires_at=given["expires_at"],
                allowed_networks=given["allowed_networks"],
                owner=given["owner"],
                by=acting_user(request),
                now=now(),
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            context = {"title": _("Key issued"), "key": key, "text": text}
            return render(request, "accounts/key_issued.html", context, status=201)
    title = _("Issue an API key")
    return form_response(
        request,
        form=form,
        title=title,
        submit_label=_("Issue the key"),
        back_url=reverse("accounts:keys"),
        template="accounts/key_form.html",
        context={"crumbs": [(_("API keys"), reverse("accounts:keys")), (_("New"), "")]},
    )


@require_GET
@allow(OWN, ALL)
def key_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One key: what it may do, whether it works, when it was used."""
    key = visible_key(request, pk)
    context = {
        "title": key.name,
        "key": key,
        "state": state_badge(key),
        "is_ended": key.revoked_at is not None,
        "crumbs": [(_("API keys"), reverse("accounts:keys")), (key.name, "")],
        "owner_url": reverse("accounts:detail", args=[key.owner_id]) if may(request, "accounts.view") else "",
    }
    return render(request, "accounts/key.html", context)


@require_POST
@allow(OWN, ALL)
def revoke_key(request: HttpRequest, pk: int) -> HttpResponse:
    """End a key now."""
    key = visible_key(request, pk)
    services.revoke_key(key=key, by=acting_user(request), now=now())
    messages.success(request, _("%(name)s has been revoked. It stops working at once.") % {"name": key.name})
    return redirect("accounts:key", pk)
