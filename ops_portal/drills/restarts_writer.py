"""The writer of drill `restarts`: commits numbered rows, each with a job, and notes every answer it got."""

import signal
import sys
import time
from pathlib import Path
from types import FrameType

import django

django.setup()

from django.db import DatabaseError, connection, transaction  # noqa: E402

from apps.core import clock  # noqa: E402
from apps.jobs.services import enqueue  # noqa: E402

PAUSE = 0.05
KIND = "jobs.forget_old"


class Ended(BaseException):
    """The drill is over."""


def end(_number: int, _frame: FrameType | None) -> None:
    """What SIGTERM does."""
    raise Ended


def write(number: int) -> None:
    """One row and its job, in one transaction."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO drill_row VALUES (%s)", [number])
        enqueue(kind=KIND, period=f"drill-{number}", by=None, now=clock.now())


def main(notes: Path) -> None:
    """Write until ended. A failed write may have been stored or not: its number is not noted and not used again."""
    number = 0
    signal.signal(signal.SIGTERM, end)
    with notes.open("a", encoding="ascii") as answered:
        try:
            while True:
                number += 1
                try:
                    write(number)
                except DatabaseError:
                    connection.close()
                    time.sleep(0.1)
                else:
                    answered.write(f"{number}\n")
                    answered.flush()
                time.sleep(PAUSE)
        except Ended:
            print(number)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
