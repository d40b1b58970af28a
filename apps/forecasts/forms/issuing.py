"""The form by which somebody has a month's forecast made: which month, and why again."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.forecasts.forms.reports import BeginForm, reason_field


class IssueForm(BeginForm):
    """The month that is foretold from; the newest that is over stands first."""

    reason = reason_field(
        is_required=False, help_text=_("Only for a month that has a forecast already: why it is made again.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["month"].label = _("Last known month")
        self.fields["month"].help_text = _("The forecast begins with the month after it.")
