"""The frame of every API view: one error shape, cursor pages, entity tags, rate headers.

{"error": {"code": "not_found", "message": "…", "field": "", "details": [], "request_id": "…"}}
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db.models import Model, ProtectedError
from django.http import Http404, HttpResponseNotModified
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from apps.core.errors import Refusal
from apps.core.http.cursors import BadCursor, CursorPages
from apps.core.http.errors import request_id

__all__ = [
    "ApiFrame",
    "ApiView",
    "BadCursor",
    "ChangedMeanwhile",
    "CursorPages",
    "ScopedReadView",
    "answer_exception",
    "error_body",
    "etag_for",
    "require_match",
    "with_etag",
]

CODES = {
    400: "invalid",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    412: "changed_meanwhile",
    413: "too_large",
    415: "unsupported_media_type",
    422: "refused",
    428: "precondition_required",
    429: "too_many_requests",
}


class ChangedMeanwhile(exceptions.APIException):
    """If-Match named another version than the present one."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = _(
        "The record has changed since it was read. Read it again, then send the change with its new ETag."
    )
    default_code = "changed_meanwhile"


def error_body(code: str, message: object, *, field: str = "", details: Iterable[Any] = ()) -> dict[str, Any]:
    """The one error shape."""
    return {
        "error": {
            "code": code,
            "message": str(message),
            "field": field,
            "details": list(details),
            "request_id": request_id(),
        },
    }


def flat_details(detail: Any, field: str = "") -> list[dict[str, Any]]:
    """DRF's nested error details as a flat list of {field, code, message}; nested fields are joined by dots."""
    if isinstance(detail, Mapping):
        parts = [(f"{field}.{key}" if field else str(key), inner) for key, inner in detail.items()]
        return [entry for name, inner in parts for entry in flat_details(inner, name)]
    if isinstance(detail, list):
        entries: list[dict[str, Any]] = []
        for index, inner in enumerate(detail):
            name = f"{field}.{index}" if isinstance(inner, (Mapping, list)) and field else field or str(index)
            entries += flat_details(inner, name if isinstance(inner, (Mapping, list)) else field)
        return entries
    name = "" if field == api_settings.NON_FIELD_ERRORS_KEY else field
    return [{"field": name, "code": getattr(detail, "code", "invalid"), "message": str(detail)}]


def refusal_details(refusal: Refusal) -> list[Any]:
    """A refusal's facts as a list: its rows as they are, anything else as {field, message}."""
    rows = refusal.details.get("rows")
    if rows is not None:
        return list(rows)
    return [{"field": key, "code": "present", "message": str(value)} for key, value in refusal.details.items()]


def answer_refusal(refusal: Refusal) -> Response:
    """A service's refusal, with its own status."""
    body = error_body(refusal.code, refusal.message, field=refusal.field, details=refusal_details(refusal))
    retry = {"Retry-After": "5"} if refusal.code == "busy" else None
    return Response(body, status=refusal.status, headers=retry)


def answer_framework(error: exceptions.APIException) -> Response:
    """What DRF itself refuses."""
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    details = flat_details(error.detail) if isinstance(error, exceptions.ValidationError) else []
    first = details[0] if details else {"field": "", "message": error.detail}
    own = error.default_code if error.default_code in {"bad_cursor", "unknown_scope"} else ""
    code = own or CODES.get(error.status_code, "failed")
    body = error_body(code, first["message"], field=str(first["field"]), details=details)
    return Response(body, status=error.status_code, headers=headers)


def answer_exception(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: everything known becomes the one error shape; the unknown stays a 500 (and is logged)."""
    del context
    match error:
        case Refusal():
            return answer_refusal(error)
        case Http404():
            return answer_framework(
                exceptions.NotFound(_("There is no such thing, or it lies outside what you may see."))
            )
        case DjangoPermissionDenied():
            return answer_framework(exceptions.PermissionDenied())
        case ProtectedError():
            return Response(
                error_body("conflict", _("Other records depend on this one: it cannot be deleted.")), status=409
            )
        case exceptions.APIException():
            return answer_framework(error)
    return None


def row_words(row: Model) -> str:
    """Every column of a row as text."""
    values = [f"{column.attname}={getattr(row, column.attname)!r}" for column in row._meta.concrete_fields]
    return f"{row._meta.label}:{';'.join(values)}"


def etag_for(*parts: object) -> str:
    """A strong entity tag over what identifies a version: model rows (all their columns, since a bulk update leaves
    `updated_at` alone) and any plain values. The same parts give the same tag when it comes back in If-Match."""
    words = [row_words(part) if isinstance(part, Model) else str(part) for part in parts]
    return f'"{hashlib.sha256("|".join(words).encode()).hexdigest()[:32]}"'


def plain_tags(header: str) -> set[str]:
    """The tags of an If-Match or If-None-Match header, without the weak mark that compression adds."""
    return {tag.strip().removeprefix("W/") for tag in header.split(",") if tag.strip()}


def require_match(request: Any, current: str, *, is_required: bool = False) -> None:
    """Refuse (412) when If-Match is sent and does not name CURRENT; 428 when it is required and missing.

    Call it on the row read under lock, so that nothing changes between the check and the act.
    """
    header = request.headers.get("If-Match", "")
    if not header:
        if is_required:
            missing = exceptions.APIException(
                _("Send If-Match with the ETag you read, so that nobody's change is lost.")
            )
            missing.status_code = status.HTTP_428_PRECONDITION_REQUIRED
            raise missing
        return
    tags = plain_tags(header)
    if "*" not in tags and current not in tags:
        raise ChangedMeanwhile


def with_etag(response: Response, tag: str) -> Response:
    """The response under this entity tag."""
    response["ETag"] = tag
    return response


def not_modified(request: Request, response: Any) -> HttpResponseNotModified | None:
    """304 when the caller already has this very content; gives the content its tag first."""
    tag = response.get("ETag") or etag_for(hashlib.sha256(response.content).hexdigest())
    response["ETag"] = tag
    known = plain_tags(request.headers.get("If-None-Match", ""))
    if tag.removeprefix("W/") not in known and "*" not in known:
        return None
    short = HttpResponseNotModified()
    for name in ("ETag", "Cache-Control", "Vary", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"):
        if name in response:
            short[name] = response[name]
    return short


class ApiFrame(APIView):
    """Base of every API view: declares its capability, counts before it judges, answers with entity tags.

    capability: one capability for every method, or {"GET": …, "POST": …}; "public" opens it, "signed_in" asks only who.
    """

    capability: ClassVar[str | Mapping[str, str]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """As DRF does it, but the request is counted before it is refused: guesses at keys cost the caller too."""
        self.format_kwarg = self.get_format_suffix(**kwargs)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        request.version, request.versioning_scheme = self.determine_version(request, *args, **kwargs)
        try:
            self.perform_authentication(request)
        except exceptions.AuthenticationFailed:
            self.check_throttles(request)
            raise
        self.check_throttles(request)
        self.check_permissions(request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final: Any = super().finalize_response(request, response, *args, **kwargs)
        for name, value in getattr(request, "rate_headers", {}).items():
            final[name] = value
        if not final.has_header("Cache-Control"):
            final["Cache-Control"] = "private, no-cache"
        if (
            isinstance(final, Response)
            and request.method in {"GET", "HEAD"}
            and final.status_code == status.HTTP_200_OK
        ):
            final.add_post_render_callback(lambda rendered: not_modified(request, rendered))
        return final


class ApiView(ApiFrame):
    """One address, one or more methods."""


class ScopedReadView(ApiFrame, GenericViewSet[Any]):
    """Reads of one kind of thing: `rows(request)` is the selector call that takes the scope; list and retrieve stand on it.

    `retrieve` answers 404 for what lies outside the scope, and its ETag follows the row, so that it can go into If-Match.
    """

    ordering: ClassVar[str | tuple[str, ...]] = "pk"
    lookup_value_converter = "int"
    if_match: ClassVar[tuple[str, ...]] = ()
    """Actions that read If-Match: for the description; the action itself calls require_match."""
    is_match_required: ClassVar[bool] = False
    """Whether those actions answer 428 without it."""

    def rows(self, request: Request) -> Any:
        """The visible rows: a queryset."""
        raise NotImplementedError

    def get_queryset(self) -> Any:
        return self.rows(self.request)

    def list(self, request: Request) -> Response:
        """One page of the visible rows."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """One visible row."""
        row = self.get_object()
        return with_etag(Response(self.get_serializer(row).data), etag_for(row))
