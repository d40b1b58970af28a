"""The query parameters of the staff views."""

from typing import Any

from rest_framework import serializers

from apps.core.http.queries import asked, scope_of

__all__ = [
    "BranchQuery",
    "MovementQuery",
    "PeopleQuery",
    "PersonQuery",
    "PlaceQuery",
    "PlanQuery",
    "StatementQuery",
    "asked",
    "scope_of",
]


class BranchQuery(serializers.Serializer[Any]):
    """Narrow by department; everything below it counts."""

    department = serializers.IntegerField(required=False, help_text="Id of a department, with everything below it.")


class PeopleQuery(BranchQuery):
    """Narrow the people."""

    q = serializers.CharField(required=False, max_length=100, help_text="Words of the name or staff number.")
    number = serializers.CharField(required=False, max_length=20, help_text="Exactly this staff number.")
    state = serializers.CharField(required=False, help_text="employed, leaving, coming or left.")
    changed_since = serializers.DateTimeField(required=False, help_text="Whose own fields changed since.")


class PersonQuery(serializers.Serializer[Any]):
    """Narrow by person."""

    person = serializers.IntegerField(required=False, help_text="Id of a person.")


class MovementQuery(PersonQuery, BranchQuery):
    """Narrow the movements."""

    kind = serializers.CharField(required=False, help_text="join, transfer or leave.")
    since = serializers.DateField(required=False, help_text="On this day or later.")
    until = serializers.DateField(required=False, help_text="On this day or earlier.")


class PlaceQuery(PersonQuery, BranchQuery):
    """Narrow the appointments."""

    on = serializers.DateField(required=False, help_text="Those that cover this day.")


class PlanQuery(BranchQuery):
    """Narrow the plan."""

    since = serializers.DateField(required=False, help_text="This month or later.")
    until = serializers.DateField(required=False, help_text="This month or earlier.")


class StatementQuery(BranchQuery):
    """Which months of which branch."""

    month = serializers.RegexField(r"^\d{4}-(0[1-9]|1[0-2])$", required=False, help_text="Last month, YYYY-MM.")
    months = serializers.IntegerField(required=False, default=12, min_value=1, max_value=60)
