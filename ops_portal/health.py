"""Liveness and readiness, for balancers and the supervisor. Open to anyone: they show no figures."""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from apps.accounts.http.access import public


@public
def live_page(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@public
def ready_page(request: HttpRequest) -> JsonResponse:
    """The database answers; the broker's absence is told but does not take the pages down (the cache fails open)."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return JsonResponse({"status": "database away"}, status=503)
    is_cache_there = cache.add("ready", 1, 1) or cache.get("ready") is not None
    return JsonResponse({"status": "ok", "broker": "ok" if is_cache_there else "away"})
