"""Input for the account and key pages. They tidy; services decide."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.http.addresses import client_address, client_device
from apps.accounts.models import User
from apps.accounts.rules import CAPABILITIES
from apps.accounts.services import CodesExhausted, check_code
from apps.core.clock import now, today


class CountedCode(forms.Form):
    """A code may be wrong five times in a quarter of an hour, counted in PostgreSQL."""

    user: Any
    authenticator: Any

    def clean_code(self) -> str:
        """Ask every authenticator of the account, under the count."""
        code = str(self.cleaned_data["code"]).strip()
        try:
            is_right = check_code(
                user=self.user,
                is_right=lambda: self.matches(code),
                address=client_address(context.request),
                device=client_device(context.request),
                now=now(),
            )
        except CodesExhausted as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        if not is_right:
            raise get_adapter().validation_error("incorrect_code")
        return code

    def matches(self, code: str) -> bool:
        """Whether the app's code or a recovery code fits; remembers which."""
        for authenticator in Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN):
            if authenticator.wrap().validate_code(code):
                authenticator.user = self.user
                self.authenticator = authenticator
                return True
        return False


class CodeForm(CountedCode, AuthenticateForm):  # type: ignore[misc]
    """The code at sign-in."""


class ConfirmCodeForm(CountedCode, ReauthenticateForm):  # type: ignore[misc]
    """The code before a sensitive change."""


class AccountForm(forms.Form):
    """Name and e-mail."""

    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), max_length=254, help_text=_("The person signs in with it."))


class RolesField(forms.MultipleChoiceField):
    """Roles as check boxes."""

    def __init__(self, **given: Any) -> None:
        super().__init__(choices=Role.choices, widget=forms.CheckboxSelectMultiple, label=_("Roles"), **given)


class NewAccountForm(AccountForm):
    """An account to open."""

    roles = RolesField(help_text=_("What each role may do stands in the documentation."))
    is_system = forms.BooleanField(
        label=_("For a system, not a person"),
        required=False,
        help_text=_("Cannot sign in; works through API keys only."),
    )


class RolesForm(forms.Form):
    """The roles of an account."""

    roles = RolesField(required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("Stands in the history."))


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("Stands in the history."))


LIVES: tuple[tuple[str, Any], ...] = (
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("One year")),
    ("date", _("Until a date")),
    ("never", _("No end (not advised)")),
)


class NewKeyForm(forms.Form):
    """An API key to issue. OWNERS: accounts it may act for; HELD: what the person who asks may do."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Which system will use it, and what for."))
    owner: "forms.ModelChoiceField[User]" = forms.ModelChoiceField(label=_("Acts for"), queryset=None, empty_label=None)
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The key can do these and nothing else, and only what the account it acts for may do."),
    )
    life = forms.ChoiceField(label=_("Valid for"), choices=LIVES, initial="90")
    last_day = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    allowed_networks = forms.CharField(
        label=_("Allowed networks"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("One on each line, such as 10.20.0.0/16 or 192.0.2.7. Empty: from anywhere."),
    )
    no_draft: ClassVar[bool] = True

    def __init__(self, *args: Any, owners: Any, held: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners  # type: ignore[attr-defined]
        integration = CAPABILITIES["integration"]
        offered = sorted(held | integration if owners.count() > 1 else held)
        self.fields["scopes"].choices = [(name, name) for name in offered]  # type: ignore[attr-defined]

    def clean_allowed_networks(self) -> list[str]:
        """One network a line."""
        return [line.strip() for line in self.cleaned_data["allowed_networks"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        """When the key ends."""
        cleaned = super().clean() or {}
        life, last_day = cleaned.get("life"), cleaned.get("last_day")
        if life == "date":
            if last_day is None or last_day < today():
                self.add_error("last_day", _("Choose the last day, today or later."))
            else:
                cleaned["expires_at"] = end_of(last_day)
        else:
            cleaned["expires_at"] = None if life in {None, "never"} else now() + timedelta(days=int(str(life)))
        return cleaned


def end_of(day: Any) -> datetime:
    """Midnight after the day, in the company's zone."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=settings.COMPANY_ZONE).astimezone(UTC)
