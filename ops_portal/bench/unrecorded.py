"""Rows that set-based SQL writes for a bench: without the history of rows and without the guards of kept ones."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction


@contextlib.contextmanager
def unrecorded(*tables: str) -> Iterator[Any]:
    """A cursor in a transaction in which no trigger of these TABLES (full names) fires. They are on again afterwards, once
    every constraint that waits for the end of the transaction has been checked: a table with such checks open cannot be
    altered."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
