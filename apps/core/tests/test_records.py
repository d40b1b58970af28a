"""Frames go into tables as they are: to the bit, with nothing where there is nothing."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from django.db import connection

from apps.core.frames import copy_frame
from apps.core.records import json_text, whole_list

pytestmark = pytest.mark.django_db
COLUMNS = "number, small, middle, large, is_so, day, word, words, list, keys, told, raw"


@pytest.fixture
def _table():
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE records (number float8, small smallint, middle int, large bigint, is_so boolean, "
            "day date, word varchar(20), words varchar(20)[], list float8[], keys bigint[], told jsonb, raw bytea)"
        )


def stored() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM records ORDER BY large")
        return cursor.fetchall()


def frame_of(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    kinds = (
        *(pl.Float64, pl.Int16, pl.Int32, pl.Int64, pl.Boolean, pl.Date, pl.String, pl.List(pl.String)),
        *(pl.Array(pl.Float64, 2), pl.Binary, pl.Binary, pl.Binary),
    )
    return pl.DataFrame(rows, schema=dict(zip(COLUMNS.split(", "), kinds, strict=True)), orient="row")


@pytest.mark.usefixtures("_table")
def test_every_type_comes_back():
    day = date(1999, 12, 31)
    rows = [
        (1 / 3, -7, 70_000, 1, True, day, "ünd", ["a", "b c"], [1e-320, -0.0], whole_list([9, -1]), json_text([1.5]), b"\0"),
        (None, None, None, 2, None, None, None, [], None, whole_list([]), json_text({}), b""),
        (np.inf, 0, -1, 3, False, date(2026, 5, 1), "", ["b c"], [0.1, 2.0], whole_list([3]), json_text(None), b"x" * 999),
        (-2.5, None, 4, 4, True, day, "ünd", ["a", "b c"], None, whole_list([]), json_text("é"), b"\xff"),
    ]  # fmt: skip

    copy_frame(frame_of(rows), "records")

    found = stored()
    assert [line[:10] for line in found] == [
        (1 / 3, -7, 70_000, 1, True, day, "ünd", ["a", "b c"], [1e-320, -0.0], [9, -1]),
        (None, None, None, 2, None, None, None, [], [], []),
        (np.inf, 0, -1, 3, False, date(2026, 5, 1), "", ["b c"], [0.1, 2.0], [3]),
        (-2.5, None, 4, 4, True, day, "ünd", ["a", "b c"], [], []),
    ]
    assert [line[10] for line in found] == ["[1.5]", "{}", "null", '"é"']
    assert [bytes(line[11]) for line in found] == [b"\0", b"", b"x" * 999, b"\xff"]


@pytest.mark.usefixtures("_table")
def test_rows_of_many_forms_keep_what_is_theirs():
    """Nothing in columns that differ from row to row, more forms than one number could tell apart."""
    dice = np.random.default_rng(7)
    rows = [
        (
            *(None if dice.random() < 0.5 else float(number), None if dice.random() < 0.5 else number % 100),
            *(None if dice.random() < 0.5 else number, number, None, None, str(number % 50), [str(number % 7)]),
            *([float(number), 0.5] if dice.random() < 0.5 else None, whole_list([number]), json_text(number), b""),
        )
        for number in range(300)
    ]

    copy_frame(frame_of(rows), "records")

    expected = [(*row[:8], list(row[8]) if row[8] else [], [number]) for number, row in enumerate(rows)]
    assert [line[:10] for line in stored()] == expected


@pytest.mark.usefixtures("_table")
def test_nothing_is_nothing():
    copy_frame(frame_of([]), "records")

    assert stored() == []
