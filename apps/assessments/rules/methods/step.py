"""Step bonus and deduction: so many points for each step away from the target (scoring_examples.README.md, `step`)."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Self

from apps.assessments.rules.methods.method import PERCENT, OfOneNumber
from apps.assessments.rules.missing import WAIT, Missing
from apps.assessments.rules.reading import Direction, Fields, number, sign_of
from apps.assessments.rules.results import Earned, Explained, Figures, WrongConfiguration

Unit = Literal["percent", "absolute"]
Partial = Literal["floor", "ceil", "linear"]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the target: POINTS for every PER (percent of the target's size, or units), CAP at most (None: no cap)."""

    per: Fraction
    points: Fraction
    cap: Fraction | None

    @classmethod
    def read(cls, fields: Fields | None) -> Self | None:
        """`per`, `points`, `cap`; nothing written: this side has no effect."""
        if fields is None:
            return None
        found = cls(
            fields.number("per", above=0), fields.number("points", least=0), fields.number_or_none("cap", least=0)
        )
        fields.refuse_unknown()
        return found

    def worth(self, steps: Fraction) -> Fraction:
        """Points of so many steps."""
        earned = steps * self.points
        return earned if self.cap is None else min(self.cap, earned)


def whole_steps(steps: Fraction, partial: Partial) -> Fraction:
    """Steps begun as the scheme counts them: only full ones, every one begun, or in proportion."""
    if partial == "floor":
        return Fraction(math.floor(steps))
    return Fraction(math.ceil(steps)) if partial == "ceil" else steps


@dataclass(frozen=True, slots=True)
class Step(OfOneNumber):
    """BASE points (the weight where None) plus or minus steps, never below MIN_POINTS."""

    unit: Unit
    partial: Partial = "floor"
    direction: Direction = "higher"
    up: Side | None = None
    down: Side | None = None
    base: Fraction | None = None
    min_points: Fraction = Fraction(0)
    loss_half: bool = False
    loss_grade: str = ""
    profit_grade: str = ""
    """Of a planned loss (a target below 0, more is better): the best grade the department keeps while it is still in loss,
    and once it has turned it to profit (DOMAIN.md section 1). Empty: any."""
    missing: Missing = WAIT

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`direction`, `unit`, `partial`, `up`, `down`, `base`, `min_points`, `loss_half`, `loss_grade`,
        `profit_grade`, `missing`."""
        return cls(
            unit=fields.choice("unit", ("percent", "absolute")),
            partial=fields.choice("partial", ("floor", "ceil", "linear"), "floor"),
            direction=fields.direction(),
            up=Side.read(fields.inner("up")),
            down=Side.read(fields.inner("down")),
            base=fields.number_or_none("base"),
            min_points=fields.number("min_points", 0),
            loss_half=fields.flag("loss_half"),
            loss_grade=fields.word_or_nothing("loss_grade"),
            profit_grade=fields.word_or_nothing("profit_grade"),
            missing=Missing.read(fields),
        )

    def check(self, target: object) -> None:
        """A target must be there; there is no percentage of 0."""
        if number(target, "target") == 0 and self.unit == "percent":
            raise WrongConfiguration("zero_target", "target")

    def best_grade(self, actual: Fraction, target: Fraction) -> str:
        """The best grade a department keeps with this figure; empty where nothing limits it."""
        if target >= 0 or self.direction != "higher":
            return ""
        return self.loss_grade if actual < 0 else self.profit_grade

    def deviation(self, actual: Fraction, target: Fraction) -> tuple[Fraction, str]:
        """How far the actual lies on the better (positive) or worse side, and by which formula.

        `loss_half`: of a loss that was planned, what it shrank counts half and what became profit counts in full.
        """
        if self.loss_half and self.direction == "higher" and target < 0 and actual > target:
            return (min(actual, Fraction(0)) - target) / 2 + max(actual, Fraction(0)), "step.loss_half"
        return (actual - target) * sign_of(self.direction), "step.deviation"

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned:
        """Base + or - min(cap, n x points)."""
        self.check(target)
        reached, aim = number(actual, "actual"), number(target, "target")
        away, how = self.deviation(reached, aim)
        numbers: Figures = {"sign": sign_of(self.direction), "actual": reached, "target": aim, "deviation": away}
        side, sign = (self.up, 1) if away >= 0 else (self.down, -1)
        base = weight if self.base is None else self.base
        counted, steps = Fraction(0), [Explained(how, numbers)]
        if side is not None:
            size = side.per * PERCENT * abs(aim) if self.unit == "percent" else side.per
            taken = whole_steps(abs(away) / size, self.partial)
            counted = sign * side.worth(taken)
            steps.append(Explained("step.steps", {"size": size, "steps": taken, "each": side.points, "cap": side.cap}))
        points = max(self.min_points, base + counted)
        total = {"base": base, "steps": counted, "least": self.min_points, "points": points}
        return Earned(points, (*steps, Explained("points.base_and_steps", total)))
