"""What the staff views share: the scope, and query parameters that are checked, unknown ones named."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from apps.core.scope import Scope

PAGING = frozenset({"cursor", "limit", "format"})


def scope_of(request: Request) -> Scope:
    """The caller's scope."""
    scope: Scope = request._request.scope  # type: ignore[attr-defined]
    return scope


def asked(request: Request, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """The query parameters, checked; one that is not known is refused by name, so that a slip never widens an answer."""
    known = set(shape().fields) | PAGING
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        message = _("There is no parameter %(names)s. Known: %(known)s.")
        words = {"names": ", ".join(unknown), "known": ", ".join(sorted(known))}
        raise serializers.ValidationError({unknown[0]: message % words})
    query = shape(data=request.query_params)
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


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
