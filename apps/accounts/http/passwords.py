"""What Django's password rules leave open."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts.rules import weakness_of

SENTENCES = {
    "repeats": _("The password repeats itself. Use several different words."),
    "runs": _("The password runs along the keyboard or the alphabet. Use several different words."),
    "word": _("The password is little more than a name everyone here knows. Add words of your own."),
}
FIRST_TRIED = ("password", "welcome", "passphrase", "operations", "portal", "letmein", "qwerty", "admin")


class PatternValidator:
    """Refuses repetition, runs and the company's own name."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise with the reason."""
        words = [*settings.COMPANY_NAME.split(), *FIRST_TRIED]
        if user is not None:
            words += [*user.name.split(), *user.email.split("@")]
        if reason := weakness_of(password, words):
            raise ValidationError(str(SENTENCES[reason]), code=reason)

    def get_help_text(self) -> str:
        """For forms that show the rules."""
        return str(_("A few words that do not belong together are best."))
