"""The calendar's job, run as a worker runs it."""

from datetime import UTC, datetime

import pytest

from apps.jobs.services import enqueue
from apps.periods.models import CutOff, Period
from apps.periods.tasks import open_and_close_job

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


class TestOpenAndCloseJob:
    def test_run_twice_does_what_once_does(self):
        run = enqueue(kind="periods.open_and_close", period="2026-11-20T09", by=None, now=NOW)
        open_and_close_job(run_id=run.pk)
        once = list(Period.objects.values()), list(CutOff.objects.values())
        open_and_close_job(run_id=run.pk)
        run.refresh_from_db()
        assert run.state == "done"
        assert run.result["laid_out"] >= 34
        assert (list(Period.objects.values()), list(CutOff.objects.values())) == once
