"""What the views of assessments share: fields for months, ids and numbers, and the query parameters."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.assessments.choices import RunState, SchemeState
from apps.core.http.fields import IdsField, MonthField, id_field

STATES = (
    ("published", _("The published edition")),
    ("draft", _("The version worked on, for those who may see drafts")),
)
PLACES = 14


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
