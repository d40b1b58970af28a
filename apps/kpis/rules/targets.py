"""Which target holds for a period when targets changed inside it (group effective_target of the scoring examples)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Policy = Literal["period_end", "period_start", "pro_rata_days"]


@dataclass(frozen=True, slots=True)
class TargetVersion:
    """A target from a day until, not including, another (None: open end)."""

    first: date
    until: date | None
    target: Decimal

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.until is None or day < self.until)


def dated(steps: Sequence[tuple[date, date | None, Decimal]]) -> list[TargetVersion]:
    """Versions in order of time; one that names no end lasts until the next begins."""
    ordered = sorted(steps)
    starts: list[date | None] = [first for first, _until, _target in ordered[1:]]
    return [
        TargetVersion(first, until if until is not None else following, target)
        for (first, until, target), following in zip(ordered, [*starts, None], strict=True)
    ]


def effective_target(versions: Sequence[TargetVersion], *, start: date, end: date, policy: Policy) -> Fraction | None:
    """The target for START to END (both included): the one in force on the last day, on the first, or the mean of the days
    that have one. None when no day in question has one."""
    if policy != "pro_rata_days":
        day = end if policy == "period_end" else start
        return next((Fraction(version.target) for version in versions if version.covers(day)), None)
    days = total = Fraction(0)
    for version in versions:
        first = max(version.first, start)
        last = end if version.until is None else min(version.until - timedelta(days=1), end)
        covered = max((last - first).days + 1, 0)
        days += covered
        total += Fraction(version.target) * covered
    return total / days if days else None
