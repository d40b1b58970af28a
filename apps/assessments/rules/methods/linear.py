"""Straight lines: through floor, target and stretch, or outward from a range (methods `linear` and `range`)."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from apps.assessments.rules.methods.method import PERCENT, OfOneNumber
from apps.assessments.rules.missing import WAIT, Missing
from apps.assessments.rules.reading import Direction, Fields, number
from apps.assessments.rules.results import Earned, Explained, WrongConfiguration

FULL = Fraction(100)


def between(value: Fraction, low: tuple[Fraction, Fraction], high: tuple[Fraction, Fraction]) -> Fraction:
    """The height at VALUE of the straight line through two points (place, height) of different places."""
    return low[1] + (value - low[0]) * (high[1] - low[1]) / (high[0] - low[0])


def by_percent(weight: Fraction, pct: Fraction, step: Explained) -> Earned:
    """W x percentage, explained by STEP."""
    points = weight * pct * PERCENT
    return Earned(points, (step, Explained("points.pct", {"weight": weight, "pct": pct, "points": points})))


@dataclass(frozen=True, slots=True)
class Linear(OfOneNumber):
    """Worse than FLOOR nothing, at FLOOR its percentage, at the target 100, at STRETCH its percentage and flat beyond.

    Only differences appear, so it is right for targets of zero and below. No STRETCH: flat above the target.
    """

    floor: Fraction
    floor_pct: Fraction = Fraction(0)
    stretch: Fraction | None = None
    stretch_pct: Fraction = FULL
    direction: Direction = "higher"
    missing: Missing = WAIT

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`direction`, `floor`, `floor_pct`, `stretch`, `stretch_pct`, `missing`."""
        stretch, stretch_pct = fields.number_or_none("stretch"), fields.number_or_none("stretch_pct")
        found = cls(
            floor=fields.number("floor"),
            floor_pct=fields.number("floor_pct", 0, least=0),
            stretch=stretch,
            stretch_pct=FULL if stretch is None else number(stretch_pct, "stretch_pct"),
            direction=fields.direction(),
            missing=Missing.read(fields),
        )
        if found.floor_pct > FULL or found.stretch_pct < FULL:
            raise WrongConfiguration("better_earns_less", "floor_pct" if found.floor_pct > FULL else "stretch_pct")
        return found

    def check(self, target: object) -> None:
        """Floor, target and stretch must get better in this order."""
        aim = self.along(number(target, "target"))
        if self.along(self.floor) >= aim:
            raise WrongConfiguration("not_in_order", "floor")
        if self.stretch is not None and aim >= self.along(self.stretch):
            raise WrongConfiguration("not_in_order", "stretch")

    def along(self, place: Fraction) -> Fraction:
        """The place on a line that rises in the better direction, so that one formula does for both."""
        return place if self.direction == "higher" else -place

    def percent(self, actual: Fraction, target: Fraction) -> Fraction:
        """The percentage of the weight."""
        value, floor, aim = self.along(actual), self.along(self.floor), self.along(target)
        if value < floor:
            return Fraction(0)
        if value < aim:
            return between(value, (floor, self.floor_pct), (aim, FULL))
        if self.stretch is None:
            return FULL
        stretch = self.along(self.stretch)
        return between(min(value, stretch), (aim, FULL), (stretch, self.stretch_pct))

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned:
        """W x percentage on the line."""
        self.check(target)
        reached, aim = number(actual, "actual"), number(target, "target")
        pct = self.percent(reached, aim)
        numbers = {
            **{"actual": reached, "target": aim, "pct": pct, "floor": self.floor, "floor_pct": self.floor_pct},
            **{"stretch": self.stretch, "stretch_pct": self.stretch_pct},
        }
        return by_percent(weight, pct, Explained("linear.percent", numbers))


@dataclass(frozen=True, slots=True)
class Range(OfOneNumber):
    """100 % from LO to HI, straight down to 0 at OUTER_LO and OUTER_HI, which may lie differently far away."""

    outer_lo: Fraction
    lo: Fraction
    hi: Fraction
    outer_hi: Fraction
    missing: Missing = WAIT

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`lo`, `hi`, `outer_lo`, `outer_hi`, `missing`."""
        fields.ignore("direction")
        found = cls(
            outer_lo=fields.number("outer_lo"),
            lo=fields.number("lo"),
            hi=fields.number("hi"),
            outer_hi=fields.number("outer_hi"),
            missing=Missing.read(fields),
        )
        if not found.outer_lo < found.lo <= found.hi < found.outer_hi:
            raise WrongConfiguration("not_in_order", "lo")
        return found

    def percent(self, actual: Fraction) -> Fraction:
        """The percentage of the weight."""
        if not self.outer_lo < actual < self.outer_hi:
            return Fraction(0)
        if actual < self.lo:
            return between(actual, (self.outer_lo, Fraction(0)), (self.lo, FULL))
        return FULL if actual <= self.hi else between(actual, (self.hi, FULL), (self.outer_hi, Fraction(0)))

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned:
        """W x percentage; a range needs no target."""
        del target
        reached = number(actual, "actual")
        pct = self.percent(reached)
        numbers = {
            **{"actual": reached, "pct": pct, "lo": self.lo, "hi": self.hi},
            **{"outer_lo": self.outer_lo, "outer_hi": self.outer_hi},
        }
        return by_percent(weight, pct, Explained("range.percent", numbers))
