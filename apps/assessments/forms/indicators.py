"""Input of the page of one indicator: the KPI, the method with its own fields, weight, what a missing value is worth."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.assessments.choices import Method, MissingPolicy, TargetPolicy
from apps.assessments.forms.methods import METHOD_FORMS, PREFIX, MethodForm, params_from
from apps.assessments.forms.rows import Redrawn
from apps.assessments.models import Indicator
from apps.assessments.rules.results import ConfigError
from apps.assessments.rules.scoring import parse_method
from apps.assessments.services import Terms, config_words

UNFINISHED = frozenset({"missing"})
"""What may still be missing in a draft: the list of what is to mend names it."""


class KpiChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A KPI by name and code."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.code})"


class IndicatorForm(Redrawn, forms.Form):
    """One line of a scorecard. The fields of the method chosen are added behind its own."""

    kpi = KpiChoice(label=_("KPI"), queryset=None)
    name = forms.CharField(label=_("Name"), max_length=200, required=False, help_text=_("Empty: as the KPI is called."))
    code = forms.CharField(label=_("Code"), max_length=40, required=False, help_text=_("Empty: the KPI's code."))
    weight = forms.DecimalField(label=_("Weight"), max_digits=6, decimal_places=2, min_value=0, max_value=100)
    missing = forms.ChoiceField(label=_("A value that is missing after the cut-off"), choices=MissingPolicy.choices)
    carry_months = forms.IntegerField(
        label=_("Carried for at most, months"),
        min_value=1,
        max_value=12,
        required=False,
        help_text=_("Only where the last published rate is carried. Empty: 1."),
    )
    target_policy = forms.ChoiceField(
        label=_("Target of a month in which it changes"), choices=TargetPolicy.choices, initial=TargetPolicy.PERIOD_END
    )
    clause = forms.CharField(
        label=_("Clause of the rules"), max_length=200, required=False, help_text=_("Stands on every receipt.")
    )
    method = forms.ChoiceField(label=_("Method"), choices=Method.choices, initial=Method.RATIO)
    try_at = forms.DecimalField(label=_("Try an actual of"), max_digits=28, decimal_places=10, required=False)
    own = ("kpi", "name", "code", "weight", "missing", "carry_months", "target_policy", "clause")

    def __init__(self, *arguments: Any, kpis: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["kpi"]
        field.queryset = kpis
        for name, one in self.method_form.fields.items():
            self.fields[f"{PREFIX}{name}"] = deepcopy(one)

    @property
    def method_name(self) -> str:
        """The method chosen, or the first of all."""
        chosen = str(self.data.get("method") if self.is_bound else self.initial.get("method"))
        return chosen if chosen in METHOD_FORMS else Method.RATIO.value

    @property
    def method_form(self) -> type[MethodForm]:
        return METHOD_FORMS[self.method_name]

    @property
    def common_fields(self) -> list[Any]:
        return [self[name] for name in self.own]

    @property
    def method_fields(self) -> list[Any]:
        return [self[f"{PREFIX}{name}"] for name in self.method_form.fields]

    def params(self) -> dict[str, Any]:
        """The parameters with the missing policy, as far as they could be read."""
        given = self.cleaned_data
        missing: dict[str, Any] = {"policy": given.get("missing", MissingPolicy.PENDING)}
        if missing["policy"] == MissingPolicy.CARRY:
            missing["max_periods"] = str(given.get("carry_months") or 1)
        return {**params_from(self.method_name, given), "missing": missing}

    def clean(self) -> dict[str, Any]:
        """Parameters that contradict themselves are refused beside the field they stand in."""
        given = super().clean() or self.cleaned_data
        read = parse_method(self.method_name, self.params())
        if isinstance(read, ConfigError) and not self.errors and read.code not in UNFINISHED:
            name = f"{PREFIX}{read.key.split('[')[0].split('.')[0]}"
            self.add_error(name if name in self.fields else None, config_words(read).replace("%%", "%"))
        return given

    def terms(self) -> Terms:
        """What the services take."""
        given = self.cleaned_data
        return Terms(
            code=given["code"] or given["kpi"].code,
            name=given["name"] or given["kpi"].name,
            kpi=given["kpi"],
            method=self.method_name,
            weight=given["weight"],
            params=self.params(),
            target_policy=given["target_policy"],
            clause=given["clause"],
        )


def indicator_start(row: Indicator) -> dict[str, Any]:
    """What the fields start from."""
    missing = row.params.get("missing") or {}
    return {
        "kpi": row.kpi_id,
        "name": row.name,
        "code": row.code,
        "weight": f"{row.weight.normalize():f}",
        "missing": missing.get("policy", MissingPolicy.PENDING),
        "carry_months": missing.get("max_periods"),
        "target_policy": row.target_policy,
        "clause": row.clause,
        "method": row.method,
        **{f"{PREFIX}{name}": value for name, value in row.params.items() if name != "missing"},
    }


def weight_of(form: IndicatorForm) -> Decimal:
    """The weight as far as it was given; 100 so that a curve can be drawn without it."""
    given: Any = form.cleaned_data.get("weight") if form.is_bound else form.initial.get("weight")
    return Decimal(given) if given else Decimal(100)
