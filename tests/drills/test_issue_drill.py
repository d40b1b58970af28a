"""The drill `issues`, short: a worker dies while it stores the monthly forecast, with and without the one transaction."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection

from apps.core import clock
from apps.forecasts import services
from apps.forecasts.models import ForecastIssue, ForecastMonth
from apps.forecasts.services import issuing
from apps.forecasts.tests.reporting import JUNE, report, seasonal, small_firm
from apps.jobs.choices import JobState
from apps.jobs.services import publishing, sweep, work
from apps.kpis.tests.factories import make_kpi
from ops_portal.drills import issues

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def whole_again():
    """Put every protection back that a test took out."""
    yield
    mock.patch.stopall()


@pytest.fixture
def asked(settings, db):
    """The job of June, asked for and not begun."""
    firm = small_firm(settings)
    report(make_kpi(firm.north), firm.north, seasonal(100, 14), firm)
    return services.request_issue(month=JUNE, by=firm.coo, now=clock.now())


class Killed(BaseException):
    """What nobody catches."""


def killed_while_storing(run):
    """Work the run until its worker is gone, and its connection with it, between the rows of an issue and the pointer.

    Not by SIGKILL of a forked process, as in the drill itself: polars does not live on in a fork.
    """

    def die(*_):
        connection.connection.close()
        raise Killed

    with mock.patch.object(issuing, "store_accuracy", die), pytest.raises(Killed):
        work(run_id=run.pk)
    connection.close()


def taken_up(run):
    """What the sweep finds after the lease is worked on; gives where the run stands then."""
    after = clock.now() + timedelta(seconds=21)
    with mock.patch.object(publishing.current_app, "send_task") as send:
        sweep(now=after)
    with mock.patch("apps.core.clock.now", return_value=after):
        for call in send.call_args_list:
            if call.kwargs["kwargs"].get("run_id") == run.pk:
                work(run_id=run.pk)
    run.refresh_from_db()
    return run.state


def test_a_killed_forecast_leaves_nothing_and_comes_whole_afterwards(asked):
    killed_while_storing(asked)

    assert (issues.half_stored(), ForecastIssue.objects.count()) == (set(), 0)
    assert taken_up(asked) == JobState.DONE
    assert (issues.half_stored(), ForecastMonth.objects.get().current) == (set(), ForecastIssue.objects.get())


def test_without_one_transaction_an_issue_stays_that_nobody_is_told_of(asked):
    issues.take_out("one-transaction")

    killed_while_storing(asked)

    assert "1 issues nobody is told of" in issues.half_stored()


def test_without_the_sweep_the_forecast_stays_lost(asked):
    killed_while_storing(asked)
    issues.take_out("sweep")

    assert taken_up(asked) == JobState.RUNNING
