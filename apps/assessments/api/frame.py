"""What the views of assessments share: fields for months, ids and numbers, and the query parameters."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.assessments.choices import RunState, SchemeState
from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.departments.selectors import readable_departments

ID_LIST = r"^[0-9]{1,18}(,[0-9]{1,18}){0,199}$"
MONTH = r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"
STATES = (
    ("published", _("The published edition")),
    ("draft", _("The version worked on, for those who may see drafts")),
)
PLACES = 14


@extend_schema_field({"type": "string", "pattern": MONTH})
class MonthField(serializers.CharField):
    """A month, as YYYY-MM; read as its first day."""

    def to_internal_value(self, data: Any) -> Any:
        text = str(super().to_internal_value(data))
        if not re.fullmatch(MONTH, text):
            raise serializers.ValidationError(_("“%(text)s” is not a month. Write it as YYYY-MM.") % {"text": text})
        return date(int(text[:4]), int(text[5:7]), 1)


@extend_schema_field({"type": "string", "pattern": ID_LIST})
class IdsField(serializers.CharField):
    """One id, or several with commas between."""

    def to_internal_value(self, data: Any) -> Any:
        text = str(super().to_internal_value(data))
        if not re.fullmatch(ID_LIST, text):
            raise serializers.ValidationError(_("Write ids with commas between, at most 200: 1,2,3."))
        return sorted({int(word) for word in text.split(",")})


def id_field(help_text: str, **options: Any) -> serializers.IntegerField:
    """The id of a row."""
    return serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text=help_text, **options)


def plain(number: Decimal | None) -> str | None:
    """A number as it was entered: no zeros that nobody wrote, no exponent."""
    return None if number is None else f"{number.normalize():f}"


def exact_text(number: Any) -> Any:
    """A number of an explanation: decimals where they end, else a fraction such as 19/21; words as they are."""
    if not isinstance(number, Fraction):
        return number
    text = f"{Decimal(number.numerator) / Decimal(number.denominator):.{PLACES}f}".rstrip("0").rstrip(".")
    return text if Fraction(text) == number else f"{number.numerator}/{number.denominator}"


def month_word(day: date) -> str:
    """A month as the API writes it: YYYY-MM."""
    return f"{day:%Y-%m}"


def departments_asked(scope: Scope, ids: Iterable[int]) -> set[int]:
    """These departments; one answer for those that do not exist and those that are not the caller's."""
    wanted = set(ids)
    if readable_departments(scope).filter(pk__in=wanted).count() != len(wanted):
        raise NotFound(_("There is no such department, or it lies outside what you may see."), field="department")
    return wanted


class SchemesQuery(serializers.Serializer[Any]):
    """Narrow the schemes."""

    state = serializers.ChoiceField(required=False, choices=SchemeState.choices, help_text="In this state.")
    month = MonthField(required=False, help_text="Holds, or is meant to hold, in this month.")
    q = serializers.CharField(required=False, max_length=100, help_text="Words of the name.")


class ScoreRunsQuery(serializers.Serializer[Any]):
    """Narrow the runs."""

    month = MonthField(required=False, help_text="Of this month, YYYY-MM.")
    state = serializers.ChoiceField(required=False, choices=RunState.choices, help_text="In this state.")


class ScoresQuery(serializers.Serializer[Any]):
    """Narrow the scores; the published ones unless an edition, a run or a state is asked for."""

    month = MonthField(required=False, help_text="Of this month, YYYY-MM.")
    edition = id_field("Number of a publication of the month.", required=False)
    run = id_field("Id of a run.", required=False)
    state = serializers.ChoiceField(required=False, choices=STATES, help_text="published (usual) or draft.")
    department = IdsField(required=False, help_text="Ids of departments.")
    branch = id_field("Id of a department, with everything below it today.", required=False)


class ScoreLinesQuery(ScoresQuery):
    """Narrow the lines."""

    kpi = id_field("Id of a KPI.", required=False)
