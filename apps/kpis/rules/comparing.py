"""An indicator against itself: the month before, the quarter before, a year before; and what its usual range says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from apps.core.month import Month
from apps.kpis.rules.aggregation import Part, aggregate
from apps.kpis.rules.monitoring import Comparison, Xmr, compare, xmr
from apps.kpis.rules.status import shortfall

ENOUGH = 12
"""Fewer points give provisional limits only. Limits stay those of the first twelve: a point must not set its own limits."""
FEWEST = 4
"""Fewer points tell neither limits nor what a usual change is; from these up to ENOUGH both are provisional."""
Reach = Literal["never", "always", "chance", ""]


@dataclass(frozen=True, slots=True)
class Aim:
    """Which way is better; for a range its lower and upper end."""

    direction: str
    target: Decimal | None = None
    upper: Decimal | None = None

    @property
    def is_judged(self) -> bool:
        """Whether there is a better and a worse at all."""
        return self.direction in {"higher", "lower"} or (self.direction == "range" and self.target is not None)


def verdict_of(
    aim: Aim, *, current: Decimal | Fraction, before: Decimal | Fraction, noise_pct: Decimal, comparison: Comparison
) -> str:
    """`improved`, `worsened`, `no_clear_change` or `no_base`; empty where neither way is better."""
    if not aim.is_judged:
        return ""
    if aim.direction != "range":
        return comparison.verdict
    now, then = (distance(aim, value) for value in (current, before))
    is_small = comparison.raw_pct is not None and abs(comparison.raw_pct) < Fraction(noise_pct)
    return "no_clear_change" if now == then or is_small else "improved" if now < then else "worsened"


def distance(aim: Aim, value: Decimal | Fraction) -> Fraction:
    """How far outside its range a value lies; 0 inside."""
    assert aim.target is not None
    upper = None if aim.upper is None else Fraction(aim.upper)
    return max(shortfall("range", Fraction(value), Fraction(aim.target), upper)[0], Fraction(0))


def noise_of(values: Sequence[Decimal]) -> Decimal | None:
    """The usual change from point to point in percent of the mean; None while there are too few points to know it."""
    if len(values) < FEWEST:
        return None
    mean = sum((Fraction(value) for value in values), Fraction(0)) / len(values)
    moved = sum((abs(Fraction(after) - Fraction(before)) for before, after in pairwise(values)), Fraction(0))
    if not mean:
        return Decimal(0)
    share = moved / (len(values) - 1) * 100 / abs(mean)
    return Decimal(share.numerator) / Decimal(share.denominator)


def against(
    aim: Aim,
    *,
    current: Decimal | Fraction,
    before: Decimal | Fraction | None,
    noise_pct: Decimal | None,
    indexes: tuple[Decimal | None, Decimal | None] = (None, None),
) -> tuple[Comparison, str]:
    """(changes, verdict) of CURRENT against one earlier figure. INDEXES of the two: what they usually are.

    Where nobody knows yet what a usual change is (NOISE_PCT of None), the verdict is `too_few`: whatever there is a base for
    would be called a change.
    """
    found = compare(
        direction=aim.direction,
        current=current,
        previous=before,
        index_current=indexes[0],
        index_previous=indexes[1],
        noise_pct=noise_pct or Decimal(0),
    )
    if before is None:
        return found, "no_base"
    if noise_pct is None:
        return found, "" if not aim.is_judged else "no_base" if found.raw_pct is None else "too_few"
    return found, verdict_of(aim, current=current, before=before, noise_pct=noise_pct, comparison=found)


def quarters(parts: Mapping[Month, Part], month: Month, method: str, scale: Decimal) -> tuple[Fraction | None, ...]:
    """(the three months up to MONTH, the three before them), each as one figure by METHOD; None where one is missing."""
    found: list[Fraction | None] = []
    for last in (month, month.plus(-3)):
        three = [parts.get(last.plus(-back)) for back in (2, 1, 0)]
        whole = [part for part in three if part is not None]
        found.append(aggregate(method, whole, scale=scale) if len(whole) == 3 else None)
    return tuple(found)


def usual_range(values: Sequence[Decimal], *, floor_zero: bool, base: int | None = None) -> Xmr | None:
    """Limits of the usual, from a baseline that stays as it is: the first BASE points, where somebody froze them, else the
    first ENOUGH. None for fewer than FEWEST points."""
    if len(values) < FEWEST:
        return None
    return xmr(values, baseline_n=base or ENOUGH, floor_zero=floor_zero)


def of_quarters(noise_pct: Decimal | None) -> Decimal | None:
    """The usual change between figures of three months, from that between months: by the root of three."""
    return None if noise_pct is None else noise_pct / Decimal(3).sqrt()


def reach_of(limits: Xmr, aim: Aim) -> Reach:
    """Whether the target is met as things run: `never`, `always`, by `chance` (DOMAIN.md section 9)."""
    if aim.target is None or aim.direction not in {"higher", "lower"}:
        return ""
    target = Fraction(aim.target)
    is_above, is_below = target > limits.upper, target < limits.lower
    if not (is_above or is_below):
        return "chance"
    return "never" if is_above == (aim.direction == "higher") else "always"
