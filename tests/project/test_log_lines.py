import logging

import pytest

from ops_portal.celery import SWEEP, is_worth_a_line
from ops_portal.schedule import SCHEDULE


def line(level, args):
    return logging.LogRecord("celery.worker.strategy", level, "", 0, "Task %(name)s received", args, None)


@pytest.mark.parametrize(
    ("level", "args", "is_kept"),
    [
        (logging.INFO, ({"name": SWEEP, "id": "1"},), False),
        (logging.INFO, ("sweep", SWEEP), False),
        (logging.ERROR, ({"name": SWEEP, "id": "1"},), True),
        (logging.INFO, ({"name": "assessments.compute_month_job", "id": "1"},), True),
        (logging.INFO, (), True),
    ],
)
def test_of_the_sweep_only_faults_are_news(level, args, is_kept):
    assert is_worth_a_line(line(level, args)) is is_kept


def test_the_sweep_is_called_so():
    assert SCHEDULE["sweep"]["task"] == SWEEP
