"""Columns as the records that COPY takes in binary (PostgreSQL, "Binary Format" of COPY).

A record is laid down as one numpy row of fixed size. So rows are sorted by form: those that have a figure in the same
columns, and the same words, follow one another.
"""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from apps.core.blocks import END, SIGNATURE

NULL = struct.pack("!i", -1)
INT8, FLOAT8, VARCHAR = 20, 701, 1043
"""How the database numbers these types."""
EMPTY = struct.pack("!iiii", 12, 0, 0, FLOAT8)
"""A list of float8 without any."""
ITEM = np.dtype([("size", ">i4"), ("figure", ">f8")])
FIRST_DAY = 10_957
"""The database counts days from 1 January 2000, everybody else from 1970."""
OWN = 0
SCALARS = {
    pl.Float64: ">f8",
    pl.Int16: ">i2",
    pl.Int32: ">i4",
    pl.Int64: ">i8",
    pl.Boolean: "i1",
    pl.Date: ">i4",
}
FULL = 1 << 40


@dataclass(frozen=True, slots=True)
class Piece:
    """One column. form [n]: OWN for rows that have a figure of their own, else 1 + which of `fixed` they have; head: what
    stands before each figure; figures [n] or [n, k]."""

    form: NDArray[np.int64]
    fixed: tuple[bytes, ...]
    head: bytes = b""
    figures: NDArray[Any] | None = None

    @property
    def item(self) -> np.dtype[Any]:
        """What a row holds after the head."""
        assert self.figures is not None
        return np.dtype((ITEM, self.figures.shape[1:])) if self.figures.ndim > 1 else self.figures.dtype


def piece_of(column: pl.Series) -> Piece:
    """A column of a frame; refuses types that are not named above."""
    if isinstance(column.dtype, pl.Array):
        return lists_piece(column)
    if column.dtype == pl.List(pl.String):
        return words_piece(column.list.join("\0"), lambda text: word_list(text.split("\0") if text else []))
    if column.dtype == pl.String:
        return words_piece(column, lambda word: sized(word.encode()))
    if column.dtype == pl.Binary:
        return Piece(np.arange(1, len(column) + 1), tuple(map(sized, column)))
    shape = np.dtype(SCALARS[type(column.dtype)])
    is_missing = column.is_null().to_numpy()
    figures = column.to_physical().fill_null(0).to_numpy()
    if column.dtype == pl.Date:
        figures = figures - FIRST_DAY
    return Piece(is_missing.astype(np.int64), (NULL,), struct.pack("!i", shape.itemsize), figures.astype(shape))


def lists_piece(column: pl.Series) -> Piece:
    """Lists of as many figures each; a missing one is an empty one."""
    figures = column.to_numpy()
    length = figures.shape[1]
    head = struct.pack("!iiiiii", 20 + ITEM.itemsize * length, 1, 0, FLOAT8, length, 1)
    return Piece(column.is_null().to_numpy().astype(np.int64), (EMPTY,), head, figures)


def words_piece(column: pl.Series, encoded: Any) -> Piece:
    """Words, each ENCODED once."""
    words = column.drop_nulls().unique(maintain_order=True)
    numbers = pl.Series(range(2, len(words) + 2), dtype=pl.Int64)
    form = column.replace_strict(words, numbers, default=1, return_dtype=pl.Int64)
    return Piece(form.to_numpy(), (NULL, *(encoded(word) for word in words)))


def sized(told: bytes) -> bytes:
    """What is TOLD with its length before it."""
    return struct.pack("!i", len(told)) + told


def word_list(words: Sequence[str]) -> bytes:
    """A list of words as varchar[]."""
    return sized(listed(VARCHAR, [word.encode() for word in words]))


def whole_list(numbers: Sequence[int]) -> bytes:
    """Whole numbers as bigint[], for a column of Binary."""
    return listed(INT8, [struct.pack("!q", number) for number in numbers])


def json_text(told: Any) -> bytes:
    """What is TOLD as jsonb, for a column of Binary."""
    return b"\x01" + json.dumps(told).encode()


def listed(kind: int, items: Sequence[bytes]) -> bytes:
    """ITEMS of a KIND as a list."""
    dimensions = struct.pack("!ii", len(items), 1) if items else b""
    return struct.pack("!iii", int(bool(items)), 0, kind) + dimensions + b"".join(map(sized, items))


def records(pieces: Sequence[Piece]) -> Iterator[bytes | memoryview]:
    """The whole of what COPY reads, part by part."""
    yield SIGNATURE
    for rows in alike(pieces):
        if len(rows):
            yield laid_down(pieces, rows)
    yield END


def alike(pieces: Sequence[Piece]) -> list[NDArray[np.int64]]:
    """The rows of each form."""
    key, most = np.zeros(len(pieces[0].form), dtype=np.int64), 1
    for piece in pieces:
        if len(piece.form) and (piece.form != piece.form[0]).any():
            kinds = len(piece.fixed) + 1
            if most * kinds > FULL:
                key = np.unique(key, return_inverse=True)[1]
                most = len(key)
            key, most = key * kinds + piece.form, most * kinds
    order = np.argsort(key, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(key[order])) + 1)


def laid_down(pieces: Sequence[Piece], rows: NDArray[np.int64]) -> memoryview:
    """ROWS, all of one form, as records."""
    shape: list[tuple[str, Any]] = []
    fixed: dict[str, bytes] = {}
    own: dict[str, Piece] = {}
    text = struct.pack("!h", len(pieces))
    for number, piece in enumerate(pieces):
        form = piece.form[rows[0]]
        text += piece.head if form == OWN else piece.fixed[form - 1]
        if form == OWN:
            fixed[f"text{number}"], own[f"own{number}"] = text, piece
            shape += [(f"text{number}", f"V{len(text)}"), (f"own{number}", piece.item)]
            text = b""
    if text:
        fixed["end"] = text
        shape.append(("end", f"V{len(text)}"))
    found = np.empty(len(rows), dtype=shape)
    for name, told in fixed.items():
        found[name] = np.void(told)
    for name, piece in own.items():
        fill(found[name], piece, rows)
    return found.view(np.uint8).data


def fill(places: NDArray[Any], piece: Piece, rows: NDArray[np.int64]) -> None:
    """The figures of ROWS into their PLACES."""
    assert piece.figures is not None
    figures = piece.figures if len(rows) == len(piece.figures) else piece.figures[rows]
    if figures.ndim > 1:
        places["size"], places["figure"] = 8, figures
    else:
        places[...] = figures
