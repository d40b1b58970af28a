"""Large answers of the database as frames, and frames into its tables: a million lines become no Python object."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from django.db import connection

from apps.core.records import piece_of, records

NOTHING = "\\N"


def copied(select: str, given: Mapping[str, Any], shape: Mapping[str, Any]) -> pl.DataFrame:
    """What the statement SELECT gives, its columns named and typed by SHAPE, in their order."""
    out = io.BytesIO()
    with connection.cursor() as cursor:
        query = cursor.mogrify(select, given).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv, NULL '{NOTHING}')", out)
    if not out.tell():
        return pl.DataFrame(schema=dict(shape))
    out.seek(0)
    return pl.read_csv(out, has_header=False, schema=dict(shape), null_values=NOTHING)


AT_ONCE = 1 << 16
"""Bytes that are handed over at one time: few enough for memory that is at hand."""


def copy_frame(frame: pl.DataFrame, table: str) -> None:
    """Every row of FRAME into TABLE, in binary: no figure is written as text to be read again. The order is not kept.

    Whole numbers take the size of their type (Int16, Int32, Int64 for smallint, int, bigint). Lists of one length (Array of
    Float64) become float8[], and one that is missing an empty one; lists of words varchar[]. Of words and lists of words
    there should be few different ones: rows that have the same are laid down together.
    """
    parts = Parts(records([piece_of(column) for column in frame]))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({', '.join(frame.columns)}) FROM STDIN (FORMAT binary)", parts, AT_ONCE)


class Parts:
    """Parts one after the other as a file that is read once: they are never put together."""

    def __init__(self, parts: Iterator[bytes | memoryview]) -> None:
        self.parts = parts
        self.part = memoryview(b"")

    def read(self, size: int) -> bytes:
        """The next bytes, at most so many; none at the end."""
        while not self.part:
            try:
                self.part = memoryview(next(self.parts))
            except StopIteration:
                return b""
        told, self.part = self.part[:size], self.part[size:]
        return bytes(told)
