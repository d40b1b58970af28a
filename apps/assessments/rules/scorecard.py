"""From the points of indicators to a published score (DOMAIN.md section 2, scoring_examples.README.md `assemble`).

The order is fixed: weights, pending, coverage, base, coefficient, bonus, deductions, calibration, limits, vetoes, grade.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from apps.assessments.rules.grades import GradeBand, grade_of, worse_of
from apps.assessments.rules.results import Status
from apps.core.rounding import round_half_up

Number = Decimal | Fraction | int
ALL_WEIGHTS = 100
USUAL_COVERAGE = Decimal(60)
ZERO = Decimal("0.00")


class Outcome(StrEnum):
    """What became of a scorecard; only `ok` has a total."""

    OK = "ok"
    PENDING = "pending"
    INSUFFICIENT_DATA = "insufficient_data"
    INVALID_CONFIG = "invalid_config"


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator's line: its weight and points, both of the hundred."""

    code: str
    weight: Number
    points: Number | None
    status: Status


@dataclass(frozen=True, slots=True)
class Extra:
    """Points added or taken away outside the hundred, at most CAP of them together (None: no cap)."""

    points: Sequence[Number] = ()
    cap: Number | None = None

    def total(self) -> Fraction:
        """What counts of them."""
        found = sum((Fraction(each) for each in self.points), Fraction(0))
        return found if self.cap is None else min(Fraction(self.cap), found)


@dataclass(frozen=True, slots=True)
class Veto:
    """One event that has the last word: `zero` takes everything, `cap` limits the total, `grade_cap` the grade alone."""

    action: Literal["zero", "cap", "grade_cap"]
    value: Number | None = None
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a scheme lays down for all lines together."""

    coefficient: Number = 1
    bonus: Extra = field(default_factory=Extra)
    deductions: Extra = field(default_factory=Extra)
    calibration: Number = 0
    """What a person with the right to moved the computed score by, up or down."""
    min_total: Number = 0
    max_total: Number | None = None
    min_coverage: Number = USUAL_COVERAGE
    is_gated: bool = False
    vetoes: Sequence[Veto] = ()
    grades: Sequence[GradeBand] = ()


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A score with every intermediate line of its receipt; points of the hundred, two places, None where not reached."""

    outcome: Outcome
    kept_weight: Decimal | None = None
    """Weight of the lines that count, so that the base is out of 100 again."""
    points: Decimal | None = None
    """Sum of the published lines that count."""
    base: Decimal | None = None
    coefficient: Number | None = None
    """As applied: 1 where the gate is shut."""
    after_coefficient: Decimal | None = None
    bonus: Decimal | None = None
    deduction: Decimal | None = None
    before_vetoes: Decimal | None = None
    total: Decimal | None = None
    grade: str | None = None
    is_gate_shut: bool = False


def assemble(lines: Sequence[Line], terms: Terms) -> Scorecard:
    """The score of one subject. Never raises for lines in a wrong state: the outcome says what is the matter."""
    if not are_sound(lines, terms):
        return Scorecard(Outcome.INVALID_CONFIG)
    if any(line.status == Status.PENDING for line in lines):
        return Scorecard(Outcome.PENDING)
    kept = [line for line in lines if line.status != Status.EXCLUDED]
    weight = sum((Fraction(line.weight) for line in kept), Fraction(0))
    if not weight or weight < Fraction(terms.min_coverage):
        return Scorecard(Outcome.INSUFFICIENT_DATA, kept_weight=round_half_up(weight, 2))
    is_shut = terms.is_gated and any(published(line) < Fraction(line.weight) for line in kept)
    points = sum((counted(line, is_shut=is_shut) for line in kept), Fraction(0))
    card = Scorecard(
        Outcome.OK,
        kept_weight=round_half_up(weight, 2),
        points=round_half_up(points, 2),
        base=round_half_up(points * ALL_WEIGHTS / weight, 2),
        coefficient=1 if is_shut else terms.coefficient,
        is_gate_shut=is_shut,
    )
    return with_vetoes(with_extras(card, terms), terms)


def are_sound(lines: Sequence[Line], terms: Terms) -> bool:
    """Whether the weights are exactly 100, no line is wrongly configured or has lost its points, and grades are known."""
    if sum((Fraction(line.weight) for line in lines), Fraction(0)) != ALL_WEIGHTS:
        return False
    without_points = {Status.PENDING, Status.EXCLUDED}
    for line in lines:
        if line.weight < 0 or line.status == Status.INVALID_CONFIG:
            return False
        if line.points is None and line.status not in without_points:
            return False
    return all(is_sound_veto(veto, terms.grades) for veto in terms.vetoes)


def is_sound_veto(veto: Veto, grades: Sequence[GradeBand]) -> bool:
    """A cap needs its value, a cap on the grade one of the scheme's grades."""
    if veto.action == "cap":
        return veto.value is not None
    return veto.action == "zero" or veto.grade in {band.grade for band in grades}


def published(line: Line) -> Fraction:
    """The line's points as they are published: the total is a sum of what people can see and add up."""
    return Fraction(round_half_up(line.points or 0, 2))


def counted(line: Line, *, is_shut: bool) -> Fraction:
    """What the line adds; behind a shut gate nothing counts beyond its weight."""
    return min(published(line), Fraction(line.weight)) if is_shut else published(line)


def with_extras(card: Scorecard, terms: Terms) -> Scorecard:
    """Coefficient, bonus, deductions, calibration and the limits of the total."""
    multiplied = round_half_up(Fraction(card.base or 0) * Fraction(card.coefficient or 0), 2)
    bonus, deduction = terms.bonus.total(), terms.deductions.total()
    total = max(Fraction(terms.min_total), Fraction(multiplied) + bonus - deduction + Fraction(terms.calibration))
    if terms.max_total is not None:
        total = min(Fraction(terms.max_total), total)
    return replace(
        card,
        after_coefficient=multiplied,
        bonus=round_half_up(bonus, 2),
        deduction=round_half_up(deduction, 2),
        before_vetoes=round_half_up(total, 2),
    )


def with_vetoes(card: Scorecard, terms: Terms) -> Scorecard:
    """The last word: the strictest veto wins and none ever raises a score; then the grade."""
    total, grade = after_vetoes(card.before_vetoes or ZERO, terms.vetoes, terms.grades)
    return replace(card, total=total, grade=grade)


def after_vetoes(total: Decimal, vetoes: Sequence[Veto], grades: Sequence[GradeBand]) -> tuple[Decimal, str | None]:
    """What vetoes leave of a total, with its grade: of a department's as of a person's."""
    for veto in vetoes:
        if veto.action == "zero":
            total = min(total, ZERO)
        elif veto.action == "cap":
            total = min(total, round_half_up(veto.value or 0, 2))
    grade = grade_of(total, grades)
    for veto in vetoes:
        if veto.action == "grade_cap":
            grade = worse_of(grade, veto.grade, grades)
    return total, grade
