"""Matrices of floats in the database, one a line: millions of figures move in and out without a word of text."""

import io
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

Block = NDArray[np.float64]
SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
"""How every COPY in binary begins: no flags, no extension."""
END = struct.pack("!h", -1)
NOTHING = -1
AT_ONCE = 1 << 16
"""Bytes that are handed over at one time: few enough for memory that is at hand."""
SIZES = {2: "!h", 4: "!i", 8: "!q"}


def copied_blocks(select: str, given: Mapping[str, Any]) -> Iterator[tuple[tuple[int, ...], Block]]:
    """Lines of the statement SELECT: whole numbers, and in the last column a block as a flat array."""
    out = io.BytesIO()
    with connection.cursor() as cursor:
        query = cursor.mogrify(select, given).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", out)
    held, at = out.getbuffer(), len(SIGNATURE)
    while (count := struct.unpack_from("!h", held, at)[0]) != NOTHING:
        at += 2
        numbers: list[int] = []
        for _column in range(count - 1):
            size = struct.unpack_from("!i", held, at)[0]
            numbers.append(struct.unpack_from(SIZES[size], held, at + 4)[0])
            at += 4 + size
        size = struct.unpack_from("!i", held, at)[0]
        yield tuple(numbers), np.frombuffer(held, dtype="<f8", count=size // 8, offset=at + 4).copy()
        at += 4 + size


def copy_blocks(table: str, columns: Sequence[str], sizes: Sequence[int], lines: Iterator[Sequence[Any]]) -> None:
    """LINES into TABLE: whole numbers of so many bytes each (SIZES: 2, 4 or 8), then a matrix, in the order of COLUMNS."""
    copy_parts(table, columns, block_lines(columns, sizes, lines))


def block_lines(
    columns: Sequence[str], sizes: Sequence[int], lines: Iterator[Sequence[Any]]
) -> Iterator[bytes | memoryview]:
    """The whole of what COPY reads, part by part."""
    yield SIGNATURE
    for *numbers, matrix in lines:
        yield struct.pack("!h", len(columns))
        for number, size in zip(numbers, sizes, strict=True):
            yield struct.pack("!i", size) + struct.pack(SIZES[size], number)
        told = np.ascontiguousarray(matrix, dtype="<f8")
        yield struct.pack("!i", told.nbytes)
        yield told.data.cast("B") if told.size else b""
    yield END


def copy_parts(table: str, columns: Sequence[str], parts: Iterator[bytes | memoryview]) -> None:
    """What PARTS come to, by COPY in binary into the COLUMNS of TABLE."""
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)", Parts(parts), AT_ONCE)


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
