"""How the OpenAPI description is made: what every operation has in common is said once, here."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

PREFIX = "/api/v1/"
READS = {"GET", "HEAD", "OPTIONS"}
REASONS = {
    "400": "The request cannot be read, or a field has the wrong form.",
    "401": "No API key and no session, or the key is not valid.",
    "403": "The role, or the scopes of the key, do not include this.",
    "404": "There is no such thing, or it lies outside what the caller may see.",
    "409": "Somebody was first, or the same request is being worked on.",
    "412": "If-Match names another version than the present one.",
    "422": "A rule refuses it; the message says which and what to do.",
    "428": "If-Match is missing: read the thing first and send its ETag.",
    "429": "Too many requests; Retry-After says when to go on.",
}


class ErrorDetailSerializer(serializers.Serializer[Any]):
    """One thing that was wrong."""

    field = serializers.CharField(help_text="The field, with dots for nested ones; empty when it is none.")
    code = serializers.CharField(required=False)
    message = serializers.CharField()


class ErrorBodySerializer(serializers.Serializer[Any]):
    """What went wrong, and what to do."""

    code = serializers.CharField(help_text="A word for programs: not_found, invalid, conflict and so on.")
    message = serializers.CharField(help_text="A sentence for people.")
    field = serializers.CharField(allow_blank=True)
    details = ErrorDetailSerializer(many=True)
    request_id = serializers.CharField(allow_blank=True, help_text="Under this number the request stands in the log.")


class ErrorSerializer(serializers.Serializer[Any]):
    """The one shape of every error."""

    error = ErrorBodySerializer()


class PortalSchema(AutoSchema):
    """Adds to each operation: its tag, the capability it needs, the errors it may answer, the headers it reads."""

    def get_tags(self) -> list[str]:
        """The first word of the path."""
        return [self.path.removeprefix(PREFIX).split("/")[0] or "portal"]

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """The operation, with the capability it asks for."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is not None:
            operation["x-capability"] = self.capability()
        return operation

    def capability(self) -> str:
        """What the view declares for this action or method."""
        word = getattr(self.view, "capability", "")
        if isinstance(word, str):
            return word
        return str(word.get(getattr(self.view, "action", None)) or word.get(self.method) or "")

    def is_match_required(self) -> bool:
        """Whether the view refuses writes without If-Match."""
        return bool(getattr(self.view, "is_match_required", False))

    def handler(self) -> Any:
        """The view's method behind this operation."""
        name = getattr(self.view, "action", None) or self.method.lower()
        return getattr(self.view, name, None)

    def get_override_parameters(self) -> list[Any]:
        """Headers: If-None-Match on reads of one thing, Idempotency-Key and If-Match on the writes that take them."""
        found = []
        if getattr(self.handler(), "is_idempotent", False):
            words = "Sent again under the same key, the request takes effect once and gets the same answer."
            found.append(OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description=words))
        if getattr(self.view, "action", "") in getattr(self.view, "if_match", ()):
            words = "The ETag that was read: the change is refused (412) when somebody else was faster."
            is_required = self.is_match_required()
            header = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=is_required, description=words)
            found.append(header)
        return found

    def refusals(self) -> list[str]:
        """Which errors this operation may answer."""
        found = {"401", "403", "429"}
        if "{" in self.path:
            found.add("404")
        if self._get_parameters() or self.method not in READS:
            # Ids of others may also stand in a filter or in a body; they answer like ids that do not exist.
            found |= {"400", "404", "422"}
        if self.method not in READS:
            found.add("409")
        if getattr(self.view, "action", "") in getattr(self.view, "if_match", ()):
            found |= {"412", "428"} if self.is_match_required() else {"412"}
        return sorted(found)

    def _get_response_bodies(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(*args, **kwargs)
        for code in self.refusals():
            if code not in bodies:
                body: dict[str, Any] = self._get_response_for_code(ErrorSerializer, code)  # type: ignore[no-untyped-call]
                bodies[code] = {**body, "description": REASONS[code]}
        return dict(sorted(bodies.items()))
