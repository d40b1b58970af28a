"""Query parameters of the API: checked, unknown ones named."""

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


def cleaned(request: Request, shape: type[serializers.Serializer[Any]], *, is_partial: bool = False) -> dict[str, Any]:
    """The body, checked; with IS_PARTIAL only what was sent."""
    given = shape(data=request.data, partial=is_partial)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
