"""Pure rules of the job contract: back-off, when to send again, which periods are due."""

from apps.jobs.rules.backoff import nudge_wait, retry_wait
from apps.jobs.rules.calendar import Cadence, Entry, due_periods

__all__ = ["Cadence", "Entry", "due_periods", "nudge_wait", "retry_wait"]
