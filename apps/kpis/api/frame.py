"""What the KPI views share: fields for numbers, months and ids, and the query parameters."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.errors import NotFound
from apps.core.http.fields import IdsField
from apps.core.http.fields import MonthField as PlainMonthField
from apps.core.scope import Scope
from apps.departments.selectors import visible_departments
from apps.kpis.choices import Status, ValueState
from apps.kpis.selectors import visible_kpis

MONTH = r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])(-[0-9]{2})?$"
VERSIONS = (("current", _("Only those in force or in the state asked for")), ("all", _("Every version")))


def plain(number: Decimal | None) -> str | None:
    """A number as it was entered: no zeros that nobody wrote, no exponent."""
    return None if number is None else f"{number.normalize():f}"


def month_word(day: date) -> str:
    """A month as the API writes it: YYYY-MM."""
    return f"{day:%Y-%m}"


class NumberField(serializers.DecimalField):
    """A number with up to 18 digits before and 10 after the point; sent as text, so that no digit is lost."""

    def __init__(self, **given: Any) -> None:
        super().__init__(max_digits=28, decimal_places=10, **given)


@extend_schema_field({"type": "string", "pattern": MONTH})
class MonthField(PlainMonthField):
    """A month, as YYYY-MM or as one of its days; read as its first day."""

    pattern = MONTH


def kpis_asked(scope: Scope, ids: Iterable[int]) -> set[int]:
    """These indicators; one answer for those that do not exist and those that are not the caller's."""
    wanted = set(ids)
    if visible_kpis(scope).filter(pk__in=wanted).count() != len(wanted):
        raise NotFound(_("There is no such KPI, or it lies outside what you may see."), field="kpi")
    return wanted


def departments_asked(scope: Scope, ids: Iterable[int]) -> set[int]:
    """These departments; one answer for those that do not exist and those that are not the caller's."""
    wanted = set(ids)
    if visible_departments(scope).filter(pk__in=wanted).count() != len(wanted):
        raise NotFound(_("There is no such department, or it lies outside what you may see."), field="department")
    return wanted


class KpisQuery(serializers.Serializer[Any]):
    """Narrow the KPIs."""

    department = serializers.IntegerField(
        required=False, help_text="Id of a department that owns or reports it, with everything below it."
    )
    code = serializers.CharField(required=False, max_length=40, help_text="Exactly this code, in any case.")
    family = serializers.CharField(required=False, max_length=60, help_text="Exactly this family.")
    tag = serializers.CharField(required=False, max_length=40, help_text="Carries this tag.")
    status = serializers.ChoiceField(
        required=False, choices=(("active", _("In use")), ("retired", _("Retired"))), help_text="active or retired."
    )
    q = serializers.CharField(required=False, max_length=100, help_text="Words of name, code, family or tag.")


class TargetsQuery(serializers.Serializer[Any]):
    """Narrow the targets."""

    kpi = IdsField(required=False, help_text="Ids of KPIs.")
    department = IdsField(required=False, help_text="Ids of departments the target is for.")
    on = serializers.DateField(required=False, help_text="Those that hold on this day.")


class ValuesQuery(serializers.Serializer[Any]):
    """Narrow the values."""

    kpi = IdsField(required=False, help_text="Ids of KPIs.")
    department = serializers.IntegerField(required=False, help_text="Id of a department, with everything below it.")
    since = MonthField(required=False, help_text="This month or later, YYYY-MM.")
    until = MonthField(required=False, help_text="This month or earlier, YYYY-MM.")
    state = serializers.ChoiceField(required=False, choices=ValueState.choices, help_text="In this state.")
    versions = serializers.ChoiceField(
        required=False, choices=VERSIONS, default="current", help_text="all: every version, not only those in force."
    )


class MonthsQuery(serializers.Serializer[Any]):
    """Narrow the months."""

    kpi = IdsField(required=False, help_text="Ids of KPIs.")
    department = IdsField(required=False, help_text="Ids of departments; each row holds what is below it as well.")
    since = MonthField(required=False, help_text="This month or later, YYYY-MM.")
    until = MonthField(required=False, help_text="This month or earlier, YYYY-MM.")
    status = serializers.ChoiceField(
        required=False, choices=Status.choices, help_text="Only reported months with this light."
    )
    reported = serializers.BooleanField(
        required=False, default=False, help_text="true: only months for which something was reported."
    )
