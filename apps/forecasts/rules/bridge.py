"""What moved a total: the share of each part in the change, so that the shares and the rest sum to it exactly."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Generic, TypeVar

from apps.core.rounding import round_half_up

Key = TypeVar("Key", bound=Hashable)
STORED_PLACES = 10
"""Places of a stored value: what a rate's steps are rounded to."""


@dataclass(frozen=True, slots=True)
class Step(Generic[Key]):
    """What one part added to the change, in the unit of the total."""

    key: Key
    amount: Decimal
    is_new: bool = False
    """It had no figure before."""
    is_gone: bool = False
    """It has none any more."""
    rate: Decimal = Decimal(0)
    """Of a rate: the part of AMOUNT that came from another rate of its own."""
    mix: Decimal = Decimal(0)
    """Of a rate: the part that came from its weighing more or less in the whole. AMOUNT = RATE + MIX."""


@dataclass(frozen=True, slots=True)
class Bridge(Generic[Key]):
    """START + every step + others + rest = END, to the last digit."""

    start: Decimal
    end: Decimal
    steps: tuple[Step[Key], ...]
    """The largest first, whichever way they go."""
    others: Decimal = Decimal(0)
    """Parts too small to be named."""
    others_rate: Decimal = Decimal(0)
    others_mix: Decimal = Decimal(0)
    others_count: int = 0
    rest: Decimal = Decimal(0)
    """What the parts do not explain: own figures of the whole, parts that stood elsewhere then."""

    @property
    def change(self) -> Decimal:
        return self.end - self.start

    @property
    def rates(self) -> Decimal:
        """What other rates of the parts come to."""
        return sum((step.rate for step in self.steps), self.others_rate)

    @property
    def mixes(self) -> Decimal:
        """What other weights of the parts come to."""
        return sum((step.mix for step in self.steps), self.others_mix)

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


@dataclass(frozen=True, slots=True)
class Rated:
    """A rate and what it weighs: a numerator over its denominator, or a value and its weight."""

    rate: Decimal
    weight: Decimal


def rate_bridge(
    start: Rated, end: Rated, *, then: Mapping[Key, Rated], now: Mapping[Key, Rated], most: int = 8
) -> Bridge[Key]:
    """The bridge of a rate that is the mean of its parts' rates by their weights (ratio of sums, weighted mean).

    Of each part: rate effect = mean share of both months x change of its rate; mix effect = change of its share x (mean of
    its two rates less mean of the whole's two). Midpoints leave no cross term, so that all effects sum to the change
    exactly; who gains weight lifts the whole only with a better rate than the whole's. Who came or went has a mix effect
    only. START and END weigh what the whole weighs, above 0; parts that weigh less together leave the rest open.
    """
    middle = Fraction(start.rate + end.rate) / 2
    steps = []
    for key in {**then, **now}:
        known = then.get(key), now.get(key)
        before, after = known[0] or known[1], known[1] or known[0]
        assert before is not None and after is not None
        shares = [
            Fraction(part.weight) / Fraction(whole.weight) if part else Fraction(0)
            for part, whole in zip(known, (start, end), strict=True)
        ]
        rate = round_half_up((shares[0] + shares[1]) / 2 * Fraction(after.rate - before.rate), STORED_PLACES)
        gap = Fraction(before.rate + after.rate) / 2 - middle
        mix = round_half_up((shares[1] - shares[0]) * gap, STORED_PLACES)
        steps.append(Step(key, rate + mix, key not in then, key not in now, rate, mix))
    return shortened(start.rate, end.rate, squared(steps, end.rate - start.rate), most=most)


def squared(steps: list[Step[Key]], moved: Decimal) -> list[Step[Key]]:
    """The steps with what rounding left of MOVED given to the largest, so that no rest of rounding stands beside them."""
    left = moved - sum((step.amount for step in steps), Decimal(0))
    if not steps or abs(left) > Decimal(2 * len(steps) + 2).scaleb(-STORED_PLACES):
        return steps
    largest = max(range(len(steps)), key=lambda place: abs(steps[place].amount))
    step = steps[largest]
    steps[largest] = replace(step, amount=step.amount + left, rate=step.rate + left)
    return steps


def shortened(start: Decimal, end: Decimal, steps: list[Step[Key]], *, most: int) -> Bridge[Key]:
    """The MOST largest steps by name, the others as one sum, what is left as the rest."""
    moved = sorted((step for step in steps if step.amount or step.rate or step.mix), key=lambda step: -abs(step.amount))
    named, small = moved[:most], moved[most:]
    total = sum((step.amount for step in moved), Decimal(0))
    return Bridge(
        start=start,
        end=end,
        steps=tuple(named),
        others=sum((step.amount for step in small), Decimal(0)),
        others_rate=sum((step.rate for step in small), Decimal(0)),
        others_mix=sum((step.mix for step in small), Decimal(0)),
        others_count=len(small),
        rest=end - start - total,
    )
