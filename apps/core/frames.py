"""Large answers of the database as frames, and frames into its tables: a million lines become no Python object."""

import io
from collections.abc import Mapping
from typing import Any

import polars as pl
from django.db import connection

from apps.core.blocks import copy_parts
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


def copy_frame(frame: pl.DataFrame, table: str) -> None:
    """Every row of FRAME into TABLE, in binary: no figure is written as text to be read again. The order is not kept.

    Whole numbers take the size of their type (Int16, Int32, Int64 for smallint, int, bigint). Lists of one length (Array of
    Float64) become float8[], and one that is missing an empty one; lists of words varchar[]. Of words and lists of words
    there should be few different ones: rows that have the same are laid down together.
    """
    copy_parts(table, frame.columns, records([piece_of(column) for column in frame]))
