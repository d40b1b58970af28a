"""What views and API use of jobs."""

from apps.jobs.http.idempotency import idempotent

__all__ = ["idempotent"]
