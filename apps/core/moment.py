"""Several reads that see the database as it was at one moment, whatever others write meanwhile."""

import contextlib
from collections.abc import Iterator

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
HAS_WRITTEN = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL"


def has_written() -> bool:
    """Whether the transaction we are in wrote or locked anything: others cannot see that yet, another connection of ours
    neither."""
    with connection.cursor() as cursor:
        cursor.execute(HAS_WRITTEN)
        return bool(cursor.fetchone()[0])


@contextlib.contextmanager
def one_moment() -> Iterator[None]:
    """Read inside only: through a connection of its own, whose first statement fixes the moment for all that follow.

    The transaction around it could not be made so: a row that another one has changed since that moment (the lease of a job,
    renewed every few seconds) could not be written in it any more. What the caller has not committed is not seen.
    """
    ours = connections[DEFAULT_DB_ALIAS]
    reader = ours.copy()
    connections[DEFAULT_DB_ALIAS] = reader
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(ONE_MOMENT)
            yield
    finally:
        reader.close()
        connections[DEFAULT_DB_ALIAS] = ours
