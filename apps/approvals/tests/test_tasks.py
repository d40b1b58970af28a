"""The desk's job, run as a worker runs it."""

from datetime import UTC, datetime

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.approvals.models import Step
from apps.approvals.tasks import remind_and_climb_job
from apps.approvals.tests.factories import make_case
from apps.jobs.services import enqueue
from apps.notifications.models import Notification

pytestmark = pytest.mark.django_db


class TestRemindAndClimbJob:
    def test_run_twice_does_what_once_does(self, time_machine):
        UserFactory(roles=["coo"])
        UserFactory(roles=["gm"])
        make_case()
        late = datetime(2026, 11, 20, 9, tzinfo=UTC)
        time_machine.move_to(late, tick=False)
        run = enqueue(kind="approvals.remind_and_climb", period="2026-11-20T09", by=None, now=late)
        remind_and_climb_job(run_id=run.pk)
        once = list(Step.objects.values()), list(Notification.objects.values("user", "key"))
        remind_and_climb_job(run_id=run.pk)
        run.refresh_from_db()
        assert (run.state, run.result) == ("done", {"reminded": 1, "climbed": 1})
        assert (list(Step.objects.values()), list(Notification.objects.values("user", "key"))) == once
