"""Faults on purpose. `./portal manage drill NAME` proves one protection of RELIABILITY.md section 5 on stores of its own.

A drill is a module here with ABOUT, PROTECTIONS (name → what it is), ROUNDS and `run`. `--without NAME` takes a protection
out, by patching from the drill's own `take_out` only: nothing outside this folder knows that drills exist. A drill counts
once it was seen to fail without its protection.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class DrillReport:
    """How a drill ended: whether it passed, and the figures it rests on."""

    passed: bool
    figures: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


class Drill(Protocol):
    """What a drill module offers."""

    ABOUT: str
    PROTECTIONS: Mapping[str, str]
    ROUNDS: int

    def run(self, *, without: str | None, rounds: int) -> DrillReport:
        """Do it, ROUNDS times over, perhaps WITHOUT a protection."""
        ...
