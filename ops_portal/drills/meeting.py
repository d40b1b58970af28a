"""Two who act at the same moment, each on a connection of their own, and whether it ended as it should."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from apps.core.errors import Conflict

WAIT_SECONDS = 30.0
Act = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one race ended. Empty TROUBLE: as it should."""

    trouble: str = ""


def at_once(*acts: Act) -> list[Exception | None]:
    """What each act ended with, all let go together on connections of their own."""
    barrier = threading.Barrier(len(acts))
    ends: list[Exception | None] = [None] * len(acts)

    def go(number: int, act: Act) -> None:
        try:
            barrier.wait(WAIT_SECONDS)
            act()
        except Exception as error:  # noqa: BLE001 - whatever it is, the race is judged by it
            ends[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def told(ends: list[Exception | None]) -> str:
    """What is wrong with how the acts ended: one goes through, every other is a conflict that tells the present state."""
    winners = ends.count(None)
    if winners != 1:
        return f"{winners} winners"
    losers = [error for error in ends if error is not None]
    if any(not isinstance(error, Conflict) for error in losers):
        return f"the second was not told: {type(losers[0]).__name__}"
    if any(not getattr(error, "details", {}).get("state") for error in losers):
        return "the second was not told the present state"
    return ""
