"""Interval: a fixed percentage of the weight for each band (scoring_examples.README.md, `interval`)."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Self

from apps.assessments.rules.methods.method import PERCENT, OfOneNumber
from apps.assessments.rules.methods.ratio import complement_rate
from apps.assessments.rules.missing import WAIT, Missing
from apps.assessments.rules.reading import Direction, Fields, number, sign_of
from apps.assessments.rules.results import Earned, Explained, Figures, WrongConfiguration

Basis = Literal["actual", "rate_pct"]
Bounds = Literal["[)", "(]"]


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the number line, open where an end is None, and the percentage of the weight it earns."""

    least: Fraction | None
    most: Fraction | None
    pct: Fraction

    def holds(self, value: Fraction, bounds: Bounds) -> bool:
        """Whether the value lies in it: `[)` counts the lower edge in, `(]` the upper."""
        if bounds == "[)":
            return (self.least is None or self.least <= value) and (self.most is None or value < self.most)
        return (self.least is None or self.least < value) and (self.most is None or value <= self.most)


@dataclass(frozen=True, slots=True)
class Interval(OfOneNumber):
    """The one band in which the actual, or its share of the target in percent, lies. Nothing is rounded before."""

    bands: tuple[Band, ...]
    basis: Basis = "actual"
    bounds: Bounds = "[)"
    direction: Direction = "higher"
    missing: Missing = WAIT

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`basis`, `bounds`, `bands`, `direction`, `missing`. An edge is the better band's unless `bounds` says so."""
        basis: Basis = fields.choice("basis", ("actual", "rate_pct"), "actual")
        direction = fields.direction()
        better: Bounds = "(]" if basis == "actual" and direction == "lower" else "[)"
        return cls(
            bands=tuple(
                Band(band.number_or_none("min"), band.number_or_none("max"), band.number("pct"))
                for band in fields.objects("bands")
            ),
            basis=basis,
            bounds=fields.choice("bounds", ("[)", "(]"), better),
            direction=direction,
            missing=Missing.read(fields),
        )

    def check(self, target: object) -> None:
        """Only `rate_pct` looks at the target, and then it must be there and not 0."""
        if self.basis == "rate_pct" and number(target, "target") == 0:
            raise WrongConfiguration("zero_target", "target")

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned:
        """W x percentage of the band."""
        self.check(target)
        value, steps = number(actual, "actual"), []
        if self.basis == "rate_pct":
            aim = number(target, "target")
            rate = complement_rate(self.direction, value, aim)
            told: Figures = {"sign": sign_of(self.direction), "actual": value, "target": aim, "rate": rate}
            steps.append(Explained("ratio.complement", told))
            value = 100 * rate
        found = [band for band in self.bands if band.holds(value, self.bounds)]
        if len(found) != 1:
            raise WrongConfiguration("several_bands" if found else "no_band", "bands")
        band = found[0]
        points = weight * band.pct * PERCENT
        numbers: Figures = {"value": value, "min": band.least, "max": band.most, "pct": band.pct, "bounds": self.bounds}
        share = Explained("points.pct", {"weight": weight, "pct": band.pct, "points": points})
        return Earned(points, (*steps, Explained("interval.band", numbers), share))
