"""What beat starts, and when. Beat only nudges: what is due is read from the database and the company's clock.

SCHEDULE is beat's own list, two sweeps of the platform. CALENDAR is the list of periodic runs; add yours there. Each becomes
one visible run for each period, however many beats there are and however long they were away.
"""

from datetime import time
from typing import Any

from apps.jobs.rules import Cadence, Entry

SWEEP_SECONDS = 1
OPEN_SECONDS = 30
EXPIRE_SECONDS = 10

# In a queue of their own: behind sixty jobs in another one they would come when those are done.
# A nudge that waited long is dropped: the next one does the same. Not after a second: clocks of machines may differ by that.
SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep": {
        "task": "jobs.sweep_job",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": EXPIRE_SECONDS, "queue": "sweep"},
    },
    "open-due": {
        "task": "jobs.open_due_job",
        "schedule": OPEN_SECONDS,
        "options": {"expires": OPEN_SECONDS, "queue": "sweep"},
    },
}

CALENDAR: tuple[Entry, ...] = (
    Entry("notifications.send_digests", Cadence.DAILY, at=time(7, 0)),
    Entry("jobs.forget_old", Cadence.DAILY, at=time(3, 30)),
    Entry("departments.refresh_names", Cadence.DAILY, at=time(0, 0)),
    Entry("staff.close_accounts", Cadence.DAILY, at=time(0, 10)),
    Entry("kpis.point_to_today", Cadence.DAILY, at=time(0, 5)),
    Entry("kpis.refresh_months", Cadence.HOURLY, at=time(0, 20)),
    Entry("periods.open_and_close", Cadence.HOURLY),
    Entry("assessments.prove_published", Cadence.DAILY, at=time(2, 30)),
    Entry("assessments.finish_months", Cadence.DAILY, at=time(0, 30)),
    Entry("assessments.remind", Cadence.DAILY, at=time(7, 30)),
    Entry("forecasts.issue_month", Cadence.DAILY, at=time(1, 0)),
    Entry("approvals.remind_and_climb", Cadence.HOURLY, at=time(0, 5)),
)
