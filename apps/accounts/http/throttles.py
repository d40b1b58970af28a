"""Rate limit of the API, counted in PostgreSQL by one atomic statement: no race, no reset when the cache is away."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.accounts.http.addresses import client_address
from apps.accounts.models import ApiKey
from apps.accounts.services import WINDOW_SECONDS, Count, count_request
from apps.core.clock import now


def caller_of(request: Request) -> str:
    """Whose budget a request uses: the key's, the signed-in person's, else the address's."""
    if isinstance(request.auth, ApiKey):
        return f"key:{request.auth.pk}"
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{client_address(request)}"


class PostgresThrottle(BaseThrottle):
    """`PORTAL_API_RATE_PER_MINUTE` requests a minute for each caller; what is left stands in the answer's headers."""

    result: Count | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        limit = settings.API_RATE_PER_MINUTE
        if not limit:
            return True
        self.result = count_request(caller=caller_of(request), now=now())
        left = max(0, limit - self.result.count)
        headers: dict[str, Any] = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(self.result.seconds_left),
        }
        request.rate_headers = headers  # type: ignore[attr-defined]
        return self.result.count <= limit

    def wait(self) -> float:
        return float(self.result.seconds_left if self.result else WINDOW_SECONDS)
