"""Forms of the register: what happened, and what is ruled on it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.choices import AdjustmentKind
from apps.assessments.forms.rows import Redrawn
from apps.assessments.forms.schemes import MonthField
from apps.assessments.services.adjusting import LONGEST_EVIDENCE, LONGEST_NAME, LONGEST_RULING, Event
from apps.core.month import Month

MOMENT = "%Y-%m-%dT%H:%M"


class DepartmentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A department by name and code."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.code})"


def moment_field(label: Any, help_text: Any) -> forms.DateTimeField:
    """A moment on the company's clock, with the browser's own picker."""
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        required=False,
        input_formats=[MOMENT, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )


class ProposalForm(Redrawn, forms.Form):
    """One event beside the hundred points."""

    item = forms.ChoiceField(label=_("What it falls under"))
    department = DepartmentChoice(label=_("Department"), queryset=None)
    happened_on = forms.DateField(
        label=_("Day it happened"),
        required=False,
        help_text=_("Empty only for a line that does not apply: that holds for the whole month."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    name = forms.CharField(
        label=_("What happened"),
        max_length=LONGEST_NAME,
        required=False,
        help_text=_(
            "In a few words; left empty, the name of the item stands. Of a line that does not apply: why. The "
            "receipt shows it."
        ),
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=LONGEST_EVIDENCE,
        help_text=_("Papers, numbers, links: whoever confirms it checks these."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    count = forms.DecimalField(
        label=_("How often"),
        max_digits=9,
        decimal_places=2,
        required=False,
        help_text=_("Times the points of the item. Of a late report: working days. Empty: once."),
    )
    last_month = MonthField(
        label=_("Last month it hits"), required=False, help_text=_("Of a veto that hits several months; else empty.")
    )
    due_at = moment_field(_("Due at"), _("With this the working days late are worked out."))
    submitted_at = moment_field(_("Came at"), _("Empty: it has not come yet."))

    def __init__(
        self,
        *arguments: Any,
        items: Mapping[str, Sequence[Mapping[str, Any]]],
        departments: Any,
        month: Month,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self.month = month
        field: Any = self.fields["item"]
        field.choices = [("", _("Choose …")), *item_choices(items)]
        place: Any = self.fields["department"]
        place.queryset = departments

    def event(self) -> Event:
        """What the services take."""
        given = self.cleaned_data
        kind, _sign, code = given["item"].partition(":")
        return Event(
            kind=kind,
            code=code,
            month=self.month,
            department=given["department"],
            happened_on=given.get("happened_on"),
            evidence=given["evidence"],
            name=given.get("name", ""),
            count=given["count"] if given.get("count") is not None else Decimal(1),
            last_month=given.get("last_month"),
        )


def item_choices(items: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Any]:
    """The items in groups by kind, each with what it is worth."""
    return [
        (AdjustmentKind(kind).label, [(f"{kind}:{row['code']}", item_label(row)) for row in rows])
        for kind, rows in items.items()
        if rows
    ]


def item_label(row: Mapping[str, Any]) -> str:
    """An item's name with its points."""
    name = str(row.get("name") or row["code"])
    return f"{name} ({row['points_each']})" if row.get("points_each") else name


class LiftForm(forms.Form):
    """From when something confirmed no longer hits, why, and what shows it."""

    from_month = MonthField(label=_("No longer hits from"), help_text=_("The first month in which it does not count."))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_RULING,
        help_text=_("The department and whoever proposed it read this."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=LONGEST_EVIDENCE,
        help_text=_("Papers, numbers, links that show it should not count."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class RulingForm(forms.Form):
    """Why, for whoever proposed it and for the history."""

    ruling = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_RULING,
        required=False,
        help_text=_("Whoever proposed it reads this."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
