"""Who is told how an import ended: the person who sent it, and systems that asked. In the transaction of the end, once.

One that failed is told to the person as every failed job is (apps.jobs.services.failing): here systems alone hear of it.
"""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.imports.models import ImportRun
from apps.notifications.services import emit_webhook, notify

COMMITTED, UNDONE, FAILED = "imports.committed", "imports.undone", "imports.failed"


def tell_committed(run: ImportRun, *, now: datetime) -> None:
    """The rows are stored."""
    words = _("New: %(new)s. Changed: %(changed)s. As they were: %(same)s. Left out: %(bad)s.") % {
        "new": run.created_count,
        "changed": run.changed_count,
        "same": run.unchanged_count,
        "bad": run.bad_row_count,
    }
    tell(run, COMMITTED, subject=_("Imported: %(file)s"), body=words, now=now)


def tell_undone(run: ImportRun, *, reason: str, now: datetime) -> None:
    """What was imported is taken back."""
    tell(run, UNDONE, subject=_("Import taken back: %(file)s"), body=reason, now=now)


def tell_failed(run: ImportRun, *, now: datetime) -> None:
    """A check or an import ended without effect. Each try is an event of its own."""
    emit_webhook(event=FAILED, key=f"{run.pk}/{now.isoformat()}", payload=facts_of(run), now=now)


def tell(run: ImportRun, event: str, *, subject: str, body: str, now: datetime) -> None:
    """One line for whoever had it done, and one event."""
    person = run.handled_by or run.started_by
    if person is not None and not person.is_system:
        notify(
            users=[person],
            kind=event,
            subject=subject % {"file": run.file_name},
            body=body,
            url=reverse("imports:detail", args=[run.pk]),
            key=f"{event}/{run.pk}",
            now=now,
        )
    emit_webhook(event=event, key=str(run.pk), payload=facts_of(run), now=now)


def facts_of(run: ImportRun) -> dict[str, Any]:
    """What systems are told: no row of the file."""
    counts = ("row_count", "bad_row_count", "created_count", "changed_count", "unchanged_count")
    return {
        "import": run.pk,
        "target": run.target,
        "state": run.state,
        **{name: getattr(run, name) for name in counts},
    }
