"""Large answers of the database as frames: a million lines become no Python object."""

import io
from collections.abc import Mapping
from typing import Any

import polars as pl
from django.db import connection

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
