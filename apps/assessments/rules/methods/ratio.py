"""Ratio: points in proportion to the share of the target that was reached (scoring_examples.README.md, `ratio`)."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Self

from apps.assessments.rules.methods.method import OfOneNumber
from apps.assessments.rules.missing import WAIT, Missing
from apps.assessments.rules.reading import Direction, Fields, number, sign_of
from apps.assessments.rules.results import Earned, Explained, WrongConfiguration

LowerFormula = Literal["complement", "inverse"]


def complement_rate(direction: Direction, actual: Fraction, target: Fraction) -> Fraction:
    """1 + s(A - T) / |T|: A/T or 2 - A/T, and right for negative targets too. A target of 0 is met (1) or missed (0)."""
    gain = actual - target if direction == "higher" else target - actual
    if not target:
        return Fraction(1 if gain.numerator >= 0 else 0)
    return 1 + gain / abs(target)


@dataclass(frozen=True, slots=True)
class Ratio(OfOneNumber):
    """Rate = complement form, or T/A for `inverse`; below THRESHOLD nothing, else held between FLOOR and CAP."""

    direction: Direction = "higher"
    lower_formula: LowerFormula = "complement"
    threshold: Fraction | None = None
    floor: Fraction = Fraction(0)
    cap: Fraction | None = None
    missing: Missing = WAIT

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`direction`, `lower_formula`, `threshold`, `floor`, `cap`, `missing`."""
        found = cls(
            direction=fields.direction(),
            lower_formula=fields.choice("lower_formula", ("complement", "inverse"), "complement"),
            threshold=fields.number_or_none("threshold"),
            floor=fields.number("floor", 0),
            cap=fields.number_or_none("cap"),
            missing=Missing.read(fields),
        )
        if found.cap is not None and found.cap < found.floor:
            raise WrongConfiguration("cap_below_floor", "cap")
        if found.is_inverse and found.cap is None:
            raise WrongConfiguration("inverse_needs_cap", "cap")
        return found

    @property
    def is_inverse(self) -> bool:
        """`inverse` is a formula for lower-is-better; it says nothing about the other direction."""
        return self.direction == "lower" and self.lower_formula == "inverse"

    def check(self, target: object) -> None:
        """A target must be there; `inverse` knows none below 0."""
        self.aim(target)

    def aim(self, target: object) -> Fraction:
        """The target as a number this formula can use."""
        found = number(target, "target")
        if self.is_inverse and found < 0:
            raise WrongConfiguration("inverse_needs_positive_target", "target")
        return found

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned:
        """W x rate."""
        reached, aim = number(actual, "actual"), self.aim(target)
        rate, step = self.rate(reached, aim)
        held, how = self.held(rate)
        points = weight * held
        numbers = {"rate": rate, "held": held, "threshold": self.threshold, "floor": self.floor, "cap": self.cap}
        steps = [step] if how == "as_is" else [step, Explained(f"rate.{how}", numbers)]
        return Earned(points, (*steps, Explained("points.share", {"weight": weight, "rate": held, "points": points})))

    def rate(self, actual: Fraction, target: Fraction) -> tuple[Fraction, Explained]:
        """The share reached, before threshold, floor and cap, and how it came about."""
        if not self.is_inverse:
            rate = complement_rate(self.direction, actual, target)
            code = "ratio.zero_target" if target == 0 else "ratio.complement"
        elif actual <= 0:
            rate = self.cap or Fraction(0)
            code = "ratio.inverse_at_cap"
        else:
            rate = target / actual
            code = "ratio.inverse"
        return rate, Explained(
            code, {"sign": sign_of(self.direction), "actual": actual, "target": target, "rate": rate}
        )

    def held(self, rate: Fraction) -> tuple[Fraction, str]:
        """The rate after threshold, floor and cap, and which of them took hold (`as_is`: none)."""
        if self.threshold is not None and rate < self.threshold:
            return Fraction(0), "below_threshold"
        if rate < self.floor:
            return self.floor, "at_floor"
        if self.cap is not None and rate > self.cap:
            return self.cap, "at_cap"
        return rate, "as_is"
