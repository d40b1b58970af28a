"""Row history of what jobs change: each change names its run and who asked for it."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from apps.core.history import at_work
from apps.jobs.models import JobRun, JobShard
from apps.jobs.services.registry import Result

WorkT = TypeVar("WorkT", JobRun, JobShard)


def recorded(body: Callable[[WorkT, datetime], Result]) -> Callable[[WorkT, datetime], Result]:
    """BODY of a run or of one of its parts, in a history context that names the run."""

    @wraps(body)
    def named_body(work: WorkT, now: datetime) -> Result:
        run: Any = getattr(work, "run", work)
        with at_work(job=run.pk, kind=run.kind, asked_by=run.started_by):
            return body(work, now)

    return named_body
