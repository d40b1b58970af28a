"""Input of the page of one indicator: the KPI, the method with its own fields, weight, what a missing value is worth."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.assessments.choices import OF_ONE_FIGURE, Method, MissingPolicy, TargetPolicy
from apps.assessments.forms.methods import METHOD_FORMS, PREFIX, MethodForm, params_from, started_from
from apps.assessments.forms.rows import Redrawn
from apps.assessments.models import Indicator
from apps.assessments.rules.plain import plain_params
from apps.assessments.rules.results import ConfigError
from apps.assessments.rules.scoring import parse_method
from apps.assessments.services import Terms, config_words, kpi_fault
from apps.assessments.services.composing import parts_of
from apps.kpis.models import Kpi

UNFINISHED = frozenset({"missing"})
"""What may still be missing in a draft: the list of what is to mend names it."""


WITHOUT_TARGET = frozenset({Method.RANGE, Method.EFFICACY})
"""Methods of one figure that never look at a target."""


@dataclass(frozen=True, slots=True)
class Named:
    """What the lines of a method may name, and how a name is looked up. OPTIONS: (value, label) offered while one types."""

    kpi_options: Sequence[tuple[str, str]] = ()
    find_kpis: Callable[[Sequence[str]], Mapping[str, Kpi]] = lambda codes: {}
    rater_options: Sequence[tuple[str, str]] = ()
    find_accounts: Callable[[Sequence[str]], Mapping[str, User]] = field(default=lambda emails: {})


class KpiChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A KPI by name, code and department: departments may use the same code for KPIs of their own."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.code}), {obj.department.name}"


class IndicatorForm(Redrawn, forms.Form):
    """One line of a scorecard. The fields of the method chosen are added behind its own."""

    kpi = KpiChoice(
        label=_("KPI"),
        queryset=None,
        required=False,
        help_text=_("“None” where points follow from events, milestones, ratings or several KPIs."),
    )
    name = forms.CharField(label=_("Name"), max_length=200, required=False, help_text=_("Empty: as the KPI is called."))
    code = forms.CharField(label=_("Code"), max_length=40, required=False, help_text=_("Empty: the KPI's code."))
    weight = forms.DecimalField(label=_("Weight"), max_digits=6, decimal_places=2, min_value=0, max_value=100)
    missing = forms.ChoiceField(
        label=_("A value that is missing after the cut-off"), choices=MissingPolicy.choices, required=False
    )
    carry_months = forms.IntegerField(
        label=_("Carried for at most, months"),
        min_value=1,
        max_value=12,
        required=False,
        help_text=_("Only where the last published rate is carried. Empty: 1."),
    )
    target_policy = forms.ChoiceField(
        label=_("Target of a month in which it changes"),
        choices=TargetPolicy.choices,
        initial=TargetPolicy.PERIOD_END,
        required=False,
    )
    clause = forms.CharField(
        label=_("Clause of the rules"), max_length=200, required=False, help_text=_("Stands on every receipt.")
    )
    method = forms.ChoiceField(label=_("Method"), choices=Method.choices, initial=Method.RATIO)
    try_at = forms.DecimalField(label=_("Try an actual of"), max_digits=28, decimal_places=10, required=False)
    own = ("kpi", "name", "code", "weight")

    def __init__(self, *arguments: Any, kpis: Any, named: Named | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["kpi"]
        field.queryset = kpis
        self.named = named or Named()
        for name, one in self.method_form.fields.items():
            self.fields[f"{PREFIX}{name}"] = deepcopy(one)
        for name, key, options_ in (
            ("children", "code", self.named.kpi_options),
            ("raters", "id", self.named.rater_options),
        ):
            rows: Any = self.fields.get(f"{PREFIX}{name}")
            if rows is not None:
                rows.options = {key: options_}
        if not self.may_carry:
            absence: Any = self.fields["missing"]
            absence.choices = [one for one in MissingPolicy.choices if one[0] != MissingPolicy.CARRY]

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

    @property
    def absence_fields(self) -> list[Any]:
        """What a missing value is worth, and which target holds: only where the method asks."""
        names = [
            "missing",
            *(["carry_months"] if self.may_carry else []),
            *(["target_policy"] if self.has_target else []),
        ]
        return [self[name] for name in names]

    @property
    def may_carry(self) -> bool:
        """Whether a former rate may stand for a missing value: only the value of a KPI has one."""
        return self.method_name in OF_ONE_FIGURE

    @property
    def has_target(self) -> bool:
        return self.method_name in OF_ONE_FIGURE - WITHOUT_TARGET

    def params(self) -> dict[str, Any]:
        """The parameters with the missing policy, as far as they could be read."""
        given = self.cleaned_data
        found = params_from(self.method_name, given)
        missing: dict[str, Any] = {"policy": given.get("missing") or MissingPolicy.PENDING}
        if missing["policy"] == MissingPolicy.CARRY:
            missing["max_periods"] = str(given.get("carry_months") or 1)
        return {**found, "missing": missing}

    def clean(self) -> dict[str, Any]:
        """Parameters that contradict themselves are refused beside the field they stand in."""
        given = super().clean() or self.cleaned_data
        self.clean_absence(given)
        self.clean_names(given)
        self.clean_children(given)
        self.clean_raters(given)
        read = parse_method(self.method_name, plain_params(self.method_name, self.params()))
        if isinstance(read, ConfigError) and not self.errors and read.code not in UNFINISHED:
            self.add_error(self.field_of(read.key), config_words(read))
        return given

    def field_of(self, key: str) -> str | None:
        """The field a parameter stands in; None for what has none, which is said above the form."""
        whole, first = key.replace(".", "_"), key.split("[", maxsplit=1)[0].split(".", maxsplit=1)[0]
        names = [f"{PREFIX}{name}" for name in (whole, first, "rows")]
        return next((name for name in names if name in self.fields), None)

    def clean_absence(self, given: dict[str, Any]) -> None:
        """What a missing value is worth is said by a person, never supposed."""
        if not given.get("missing") and "missing" not in self.errors:
            self.add_error("missing", _now("Say what a missing value is worth."))
        given["target_policy"] = given.get("target_policy") or TargetPolicy.PERIOD_END.value

    def clean_names(self, given: dict[str, Any]) -> None:
        """A KPI where the method judges one, else a name and a code of its own."""
        kpi = given.get("kpi")
        if "kpi" in self.errors:
            return
        fault = kpi_fault(self.method_name, has_kpi=kpi is not None)
        if fault:
            self.add_error("kpi", fault)
        elif kpi is None:
            for name in ("name", "code"):
                if not given.get(name):
                    self.add_error(name, _now("Write one: there is no KPI it could be taken from."))

    def clean_children(self, given: dict[str, Any]) -> None:
        """The KPIs of a composite, by their codes; each with its way unless another one is chosen."""
        name = f"{PREFIX}children"
        rows = given.get(name) or []
        found = self.named.find_kpis([row["code"] for row in rows]) if rows else {}
        problems = [
            _now(
                "Line %(number)s: there is no KPI of the code “%(code)s” that you may see, or there are several: write "
                "CODE@DEPARTMENT then."
            )
            % {"number": number, "code": row["code"]}
            for number, row in enumerate(rows, 1)
            if row["code"] not in found
        ]
        if problems:
            self.add_error(name, problems)
            return
        if rows:
            parts = parts_of([(found[row["code"]], row["direction"]) for row in rows])
            given[name] = [{**row, **part} for row, part in zip(rows, parts, strict=True)]

    def clean_raters(self, given: dict[str, Any]) -> None:
        """Raters by the e-mail of their account."""
        name = f"{PREFIX}raters"
        rows = given.get(name) or []
        known = self.named.find_accounts([row["id"] for row in rows]) if rows else {}
        problems = [
            _now("Line %(number)s: there is no account of the e-mail “%(email)s”.")
            % {"number": number, "email": row["id"]}
            for number, row in enumerate(rows, 1)
            if row["id"].lower() not in known
        ]
        if problems:
            self.add_error(name, problems)
        elif rows:
            given[name] = [{**row, "id": known[row["id"].lower()].email} for row in rows]

    def terms(self) -> Terms:
        """What the services take."""
        given = self.cleaned_data
        kpi = given["kpi"]
        return Terms(
            code=given["code"] or kpi.code,
            name=given["name"] or kpi.name,
            kpi=kpi,
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
        **started_from(row.method, row.params),
    }


def weight_of(form: IndicatorForm) -> Decimal:
    """The weight as far as it was given; 100 so that a curve can be drawn without it."""
    given: Any = form.cleaned_data.get("weight") if form.is_bound else form.initial.get("weight")
    return Decimal(given) if given else Decimal(100)
