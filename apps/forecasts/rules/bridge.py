"""What moved a total: the share of each part in the change, so that the shares and the rest sum to it exactly."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Generic, TypeVar

from apps.core.rounding import round_half_up

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Step(Generic[Key]):
    """What one part added to the change, in the unit of the total."""

    key: Key
    amount: Decimal
    is_new: bool = False
    """It had no figure before."""
    is_gone: bool = False
    """It has none any more."""


@dataclass(frozen=True, slots=True)
class Bridge(Generic[Key]):
    """START + every step + others + rest = END, to the last digit."""

    start: Decimal
    end: Decimal
    steps: tuple[Step[Key], ...]
    """The largest first, whichever way they go."""
    others: Decimal = Decimal(0)
    """Parts too small to be named."""
    others_count: int = 0
    rest: Decimal = Decimal(0)
    """What the parts do not explain: own figures of the whole, parts that stood elsewhere then."""

    @property
    def change(self) -> Decimal:
        return self.end - self.start

    @property
    def for_it(self) -> tuple[Step[Key], ...]:
        """Steps that go the way the total went."""
        return tuple(step for step in self.steps if step.amount * self.change > 0)

    @property
    def against_it(self) -> tuple[Step[Key], ...]:
        """Steps that go the other way."""
        return tuple(step for step in self.steps if step.amount * self.change < 0)


def sum_bridge(
    start: Decimal, end: Decimal, *, then: Mapping[Key, Decimal], now: Mapping[Key, Decimal], most: int = 8
) -> Bridge[Key]:
    """The bridge of a total that is the sum of its parts. A part without a figure counts as 0 and is marked."""
    steps = [
        Step(key, now.get(key, Decimal(0)) - then.get(key, Decimal(0)), key not in then, key not in now)
        for key in {**then, **now}
    ]
    return shortened(start, end, steps, most=most)


def mean_bridge(
    start: Decimal,
    end: Decimal,
    *,
    then: Mapping[Key, Decimal],
    now: Mapping[Key, Decimal],
    most: int = 8,
    places: int = 2,
) -> Bridge[Key]:
    """The bridge of a mean: who is in both months adds a share of their own change, rounded to PLACES.

    Who came or went, and what rounding leaves, stands in the rest: their share is no movement of theirs.
    """
    both = [key for key in now if key in then]
    steps = [Step(key, round_half_up(Fraction(now[key] - then[key]) / max(len(now), 1), places)) for key in both]
    return shortened(start, end, steps, most=most)


def shortened(start: Decimal, end: Decimal, steps: list[Step[Key]], *, most: int) -> Bridge[Key]:
    """The MOST largest steps by name, the others as one sum, what is left as the rest."""
    moved = sorted((step for step in steps if step.amount), key=lambda step: -abs(step.amount))
    named, small = moved[:most], moved[most:]
    total = sum((step.amount for step in moved), Decimal(0))
    return Bridge(
        start=start,
        end=end,
        steps=tuple(named),
        others=sum((step.amount for step in small), Decimal(0)),
        others_count=len(small),
        rest=end - start - total,
    )
