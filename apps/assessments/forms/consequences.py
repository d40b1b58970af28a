"""Input of the pages of pay bases and improvement plans: they clean it, the services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.choices import PlanState
from apps.assessments.forms.adjusting import DepartmentChoice
from apps.assessments.services.improving import PlanTerms
from apps.assessments.services.spotting import Deed
from apps.core.month import Month

ENDS = [(state.value, state.label) for state in (PlanState.REACHED, PlanState.MISSED, PlanState.DROPPED)]


class DayField(forms.DateField):
    """A day, with the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class MonthField(forms.CharField):
    """A month, with the browser's own picker."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"type": "month"}), max_length=7, **options)

    def clean(self, value: Any) -> Any:
        """The month; refused with how to write it."""
        text = super().clean(value)
        try:
            return Month.parse(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(_("Write the month as YYYY-MM.")) from error


class OwnerChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """An account by the person's name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


def text_field(
    label: Any, help_text: Any, *, is_required: bool = True, rows: int = 4, most: int = 2000
) -> forms.CharField:
    """Some sentences."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=is_required,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class PayBaseForm(forms.Form):
    """From which month on a person's rewards are reckoned from which amount."""

    month = MonthField(label=_("From"))
    amount = forms.DecimalField(
        label=_("Monthly base"),
        min_value=0,
        max_digits=18,
        decimal_places=2,
        help_text=_("In the company’s currency. It stays until a later base begins."),
    )
    reason = text_field(_("Reason"), _("Stands in the history."), is_required=False, rows=2, most=500)


class StartPlanForm(forms.Form):
    """Goals, support, owner and dates."""

    goals = text_field(_("Goals"), _("What is to be reached, and how it is measured."))
    support = text_field(_("Support"), _("What the company does for it: training, time, people."), is_required=False)
    owner = OwnerChoice(label=_("Owner"), queryset=None, help_text=_("Sees to it between the reviews, and keeps them."))
    starts_on = DayField(label=_("From"))
    review_on = DayField(label=_("First review"))
    ends_on = DayField(label=_("Until"), help_text=_("60 to 90 days are usual."))

    def __init__(self, *arguments: Any, owners: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        owner: Any = self.fields["owner"]
        owner.queryset = owners

    def terms(self) -> PlanTerms:
        """What was written, as the service takes it."""
        names = ("goals", "support", "owner", "starts_on", "review_on", "ends_on")
        return PlanTerms(**{name: self.cleaned_data[name] for name in names})


class PersonByNumber(forms.Form):
    """Somebody by their staff number, as far as the reader (PEOPLE) may see them."""

    person = forms.CharField(label=_("Staff number"), max_length=40)

    def __init__(self, *arguments: Any, people: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.people = people

    def clean_person(self) -> Any:
        """The person with this staff number; None for an empty field."""
        number = self.cleaned_data["person"].strip()
        if not number:
            return None
        found = self.people.filter(number__iexact=number).first()
        if found is None:
            raise forms.ValidationError(
                _("There is nobody with this staff number, or they lie outside what you may see.")
            )
        return found


class SpotRewardForm(PersonByNumber):
    """One deed, and what it is worth."""

    happened_on = DayField(label=_("Day it happened"))
    occasion = forms.CharField(
        label=_("What for"), max_length=200, help_text=_("The deed in a few words. The person reads it.")
    )
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=18, decimal_places=2, help_text=_("In the company’s currency.")
    )
    evidence = text_field(_("Evidence"), _("Papers, numbers, links: whoever decides checks these."))

    def deed(self) -> Deed:
        """What was written, as the service takes it."""
        given = {name: self.cleaned_data[name] for name in ("happened_on", "amount", "occasion", "evidence")}
        return Deed(person=self.cleaned_data["person"].pk, **given)


class ReverseForm(forms.Form):
    """Why a reward is taken back."""

    reason = text_field(_("Reason"), _("The person and whoever decides read it."), rows=3, most=500)


class NominationForm(forms.Form):
    """Whether a nomination is accepted."""

    decision = forms.ChoiceField(
        label=_("Decision"), choices=(("accept", _("Accept")), ("decline", _("Decline"))), widget=forms.RadioSelect
    )
    reason = text_field(_("Reason"), _("Needed to decline. HR reads it."), is_required=False, rows=3, most=500)


class BeginPlanForm(PersonByNumber, StartPlanForm):
    """The same for a plan that no grade asked for: for whom it is comes first."""

    field_order = ("person", "department", "goals", "support", "owner", "starts_on", "review_on", "ends_on")
    person = forms.CharField(
        label=_("Staff number"), max_length=40, required=False, help_text=_("Of the person the plan is for; or else:")
    )
    department = DepartmentChoice(
        label=_("Department"), queryset=None, required=False, help_text=_("For a department as a whole.")
    )

    def __init__(self, *arguments: Any, departments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        place: Any = self.fields["department"]
        place.queryset = departments


class ReviewPlanForm(forms.Form):
    """What a review found."""

    note = text_field(_("What the review found"), _("How far each goal is, and what comes next."), rows=3, most=500)
    review_on = DayField(label=_("Next review"), required=False, help_text=_("Left empty: no further one."))


class ClosePlanForm(forms.Form):
    """How a plan ended."""

    state = forms.ChoiceField(label=_("How it ended"), choices=ENDS)
    outcome = text_field(_("Outcome"), _("What was reached, and what follows."))
