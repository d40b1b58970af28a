"""Where a request comes from: the one definition that lockouts, rate limits, keys and the log share."""

from typing import Any

from django.conf import settings

from apps.accounts.rules import is_address


def client_address(request: Any) -> str:
    """The caller's address. X-Forwarded-For counts only as far as our own proxies wrote it: anyone can send one."""
    nearest = str(request.META.get("REMOTE_ADDR") or "")
    if settings.TRUSTED_PROXY_COUNT:
        written = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(written) >= settings.TRUSTED_PROXY_COUNT:
            nearest = written[-settings.TRUSTED_PROXY_COUNT]
    return nearest if is_address(nearest) else ""


def client_device(request: Any) -> str:
    """What the caller says it is."""
    return str(request.META.get("HTTP_USER_AGENT", ""))[:200]
