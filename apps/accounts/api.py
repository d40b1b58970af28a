"""Who the caller is, and their API keys: /api/v1/me/, /api/v1/keys/."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import services
from apps.accounts.http.access import acting_user
from apps.accounts.models import ApiKey
from apps.accounts.rules import unknown_capabilities
from apps.accounts.selectors import capabilities_for, key_owners, keys_for, roles_of
from apps.core.clock import now
from apps.core.errors import NotFound
from apps.core.http.api import ApiView, ScopedReadView, etag_for, with_etag


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the description how keys are sent."""

    target_class = "apps.accounts.http.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        del auto_schema
        return {"type": "http", "scheme": "bearer", "description": "An API key: Authorization: Bearer opk_…"}


class MeKeySerializer(serializers.Serializer[ApiKey]):
    """The key the caller uses."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    expires_at = serializers.DateTimeField(allow_null=True)


class MeSerializer(serializers.Serializer[Any]):
    """Who asks, and what they may do."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    roles = serializers.ListField(child=serializers.CharField())
    capabilities = serializers.ListField(child=serializers.CharField())
    reach = serializers.CharField(help_text="How far the caller sees: company, departments or self.")
    key = MeKeySerializer(allow_null=True)


class MeApi(ApiView):
    """The caller."""

    capability = "signed_in"

    @extend_schema(operation_id="me", summary="Who am I", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Account, roles, capabilities and reach of whoever asks; with an API key only what the key may do."""
        user = acting_user(request)
        scope = getattr(request._request, "scope", None)
        body = {
            "id": user.pk,
            "name": user.name,
            "email": user.email,
            "roles": sorted(roles_of(user)),
            "capabilities": sorted(capabilities_for(user)),
            "reach": str(getattr(scope, "reach", "self")),
            "key": request.auth if isinstance(request.auth, ApiKey) else None,
        }
        return Response(MeSerializer(body).data)


class KeySerializer(serializers.Serializer[ApiKey]):
    """An API key, without the key itself."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="The public part: the key begins with opk_ and this.")
    owner = serializers.IntegerField(source="owner_id", help_text="The account it acts for.")
    scopes = serializers.ListField(child=serializers.CharField())
    allowed_networks = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class NewKeySerializer(serializers.Serializer[Any]):
    """What a new key is to be."""

    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(child=serializers.CharField(max_length=60), max_length=200)
    owner = serializers.IntegerField(required=False, help_text="The account it acts for; the caller when left out.")
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    allowed_networks = serializers.ListField(
        child=serializers.CharField(max_length=49), max_length=50, required=False, default=list
    )

    def validate_scopes(self, names: list[str]) -> list[str]:
        """Unknown scopes are named before anything else is looked at."""
        if wrong := unknown_capabilities(names):
            message = _("There is no scope %(names)s. Use names from the list of capabilities.")
            raise services.UnknownScope(message % {"names": ", ".join(wrong)}, field="scopes")
        return names


class IssuedKeySerializer(KeySerializer):
    """A key just issued, with the key itself."""

    key = serializers.CharField(help_text="The key itself: shown now and never again.")


class KeyApi(ScopedReadView):
    """API keys: one's own; all of them for whoever manages keys."""

    capability: ClassVar[str] = "accounts.view_own"
    serializer_class = KeySerializer
    ordering = ("name", "pk")

    def rows(self, request: Request) -> Any:
        return keys_for(request.user)

    @extend_schema(summary="Issue an API key", request=NewKeySerializer, responses={201: IssuedKeySerializer})
    def create(self, request: Request) -> Response:
        """Issue a key that acts for the caller, or for a system account where the caller manages keys. An API key can
        only issue keys that may do no more, and last no longer, than itself.

        It takes no Idempotency-Key: the key itself is shown once and kept nowhere, so no answer can be given again. Was the
        answer lost, list the keys, revoke the one that nobody knows, and issue another.
        """
        given = NewKeySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        user = acting_user(request)
        owner = key_owners(user).filter(pk=values.pop("owner", user.pk)).first()
        if owner is None:
            raise NotFound(_("There is no such account that you may issue keys for."), field="owner")
        key, text = services.issue_key(**values, owner=owner, by=user, now=now())
        body = {**KeySerializer(key).data, "key": text}
        return with_etag(Response(body, status=201), etag_for(key))

    @extend_schema(summary="Revoke an API key", request=None, responses={200: OpenApiResponse(KeySerializer)})
    @action(methods=["post"], detail=True)
    def revoke(self, request: Request, pk: int) -> Response:
        """End a key at once. It needs no Idempotency-Key: revoking it again changes nothing."""
        del pk
        key = self.get_object()
        services.revoke_key(key=key, by=acting_user(request), now=now())
        key.refresh_from_db()
        return with_etag(Response(KeySerializer(key).data), etag_for(key))
