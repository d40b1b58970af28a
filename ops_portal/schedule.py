"""What beat starts, and when. Beat may double or miss a message: every entry names a job that is safe to run twice."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {}
