"""Telling of an issue of the forecast: from the outbox, after it is stored."""

from datetime import datetime

from apps.accounts.models import User
from apps.core.month import Month
from apps.forecasts.models import ForecastIssue
from apps.jobs.services import emit
from apps.notifications.services import emit_webhook

ISSUED_TOPIC = "forecasts.issued"


def announce_issue(*, issue: ForecastIssue, by: User | None, now: datetime) -> None:
    """Have people and systems told, after the caller's commit; in the transaction that makes the issue count."""
    del by, now
    emit(topic=ISSUED_TOPIC, key=f"{Month.of(issue.month)}-{issue.version}", payload={"issue": issue.pk})


def tell_issue(*, issue: ForecastIssue, now: datetime) -> int:
    """Tell systems of the issue; safe to repeat."""
    facts = {
        "id": issue.pk,
        "month": str(Month.of(issue.month)),
        "version": issue.version,
        "series": issue.series_count,
        "with_forecast": issue.told_count,
        "warnings": issue.warning_count,
        "issued_at": issue.issued_at.isoformat(),
    }
    key = f"{facts['month']}-{issue.version}"
    return emit_webhook(event=ISSUED_TOPIC, key=key, payload=facts, now=now)
