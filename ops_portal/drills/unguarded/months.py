"""Assessed months with one protection taken out of this process. Used by the drills `close` and `tamper` alone."""

from collections.abc import Callable
from typing import Any
from unittest import mock

from django.db import connection

from apps.assessments.models import AssessedMonth
from apps.assessments.services import computing, proving, publishing, storing
from apps.core.month import Month
from ops_portal.drills import workers

KEPT_TABLES = (
    "score",
    "scoreline",
    "personscore",
    "scorerun",
    "publication",
    "reward",
    "indicator",
    "scheme",
    "assessedmonthevent",
)


def take_out(name: str) -> None:
    """Take the protection of that name out until the process ends."""
    OUT[name]()


def no_triggers() -> None:
    """What is kept for ever is rows like any others. In the database: for every process."""
    with connection.cursor() as cursor:
        for table in KEPT_TABLES:
            cursor.execute(f"ALTER TABLE assessments_{table} DISABLE TRIGGER USER")


def no_digests() -> None:
    """The digest that stands beside a score is believed."""
    for name, digest in (("DIFFERENT", "s.digest <>"), ("DIFFERENT_PEOPLE", "p.digest <>")):
        believed = getattr(proving, name).replace(digest, digest.replace("<>", "IS NULL AND ") + digest)
        mock.patch.object(proving, name, believed).start()


def no_one_transaction() -> None:
    """Lines are committed as soon as they are written, and scores after them: the run itself comes later."""
    copy_rows = storing.copy_rows

    def commit_first(cursor: Any, table: str, *rows: Any) -> None:
        if table == "assessments_made":
            connection.connection.commit()
            cursor.execute(storing.MADE)
        copy_rows(cursor, table, *rows)
        if table == "assessments_scoreline":
            connection.connection.commit()

    mock.patch.object(storing, "copy_rows", commit_first).start()
    # Without the inner transaction, whose savepoint would be gone by its end.
    whole: Any = computing.compute_month
    mock.patch("apps.assessments.services.compute_month", whole.__wrapped__).start()


def no_month_lock() -> None:
    """The month's row is read, not held."""

    def unlocked(month: Month) -> AssessedMonth:
        AssessedMonth.objects.get_or_create(month=month.first_day)
        return AssessedMonth.objects.get(month=month.first_day)

    for module in (computing, publishing):
        mock.patch.object(module, "locked_month", unlocked).start()


OUT: dict[str, Callable[[], None]] = {
    "triggers": no_triggers,
    "digests": no_digests,
    "one-transaction": no_one_transaction,
    "month-lock": no_month_lock,
    "sweep": lambda: workers.take_out("sweep"),
}
