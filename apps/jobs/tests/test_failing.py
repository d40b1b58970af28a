"""A job that failed for good leaves one message for whoever asked for it; nobody asked, nobody is told."""

from datetime import timedelta

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.core import clock
from apps.core.errors import Refusal
from apps.jobs import services
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun, Outbox
from apps.jobs.services.failing import tell_failed
from apps.jobs.tests.factories import declared_job

pytestmark = pytest.mark.django_db
KIND = "tests.probe"


def refuses(run, now):
    raise Refusal("Row 3 names no department.")


def failed(by):
    with declared_job(KIND, refuses):
        run = services.enqueue(kind=KIND, period="2026-11", by=by, now=clock.now())
        return services.work(run_id=run.pk)


def messages():
    return list(Outbox.objects.filter(topic="notifications.failed_job").values_list("key", "payload"))


class TestFailedJobs:
    def test_are_told_to_the_person_who_asked(self):
        run = failed(UserFactory())
        assert run.state == JobState.FAILED
        assert messages() == [(f"{run.pk}/{run.fence}", {"run": run.pk})]
        tell_failed([run.pk])
        assert len(messages()) == 1

    def test_are_told_again_when_they_fail_again(self):
        run = failed(UserFactory())
        with declared_job(KIND, refuses):
            services.requeue(run=run, by=None, now=clock.now())
            services.work(run_id=run.pk)
        assert len(messages()) == 2

    @pytest.mark.parametrize("is_system", [True, None])
    def test_of_the_calendar_and_of_systems_are_told_nobody(self, is_system):
        failed(None if is_system is None else UserFactory(is_system=True))
        assert messages() == []

    def test_that_were_given_up_by_the_sweep_are_told_too(self):
        person = UserFactory()
        with declared_job(KIND, refuses, attempts=1):
            run = services.enqueue(kind=KIND, period="2026-11", by=person, now=clock.now())
            JobRun.objects.filter(pk=run.pk).update(
                state=JobState.RUNNING, attempt_count=1, lease_until=clock.now() - timedelta(minutes=5)
            )
            services.sweep(now=clock.now())
        run.refresh_from_db()
        assert run.state == JobState.FAILED
        assert len(messages()) == 1
