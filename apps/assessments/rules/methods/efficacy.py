"""Efficacy coefficient: interpolated between standard values (scoring_examples.README.md, `efficacy`)."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Self

from apps.assessments.rules.methods.linear import between
from apps.assessments.rules.methods.method import OfOneNumber
from apps.assessments.rules.missing import WAIT, Missing
from apps.assessments.rules.reading import Direction, Fields, number, rows, sign_of
from apps.assessments.rules.results import Earned, Explained, WrongConfiguration


@dataclass(frozen=True, slots=True)
class Efficacy(OfOneNumber):
    """STANDARDS from poor to excellent, each with its coefficient; nothing below poor, flat from excellent on."""

    standards: tuple[Fraction, ...]
    coefficients: tuple[Fraction, ...]
    direction: Direction = "higher"
    missing: Missing = WAIT

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`direction`, `standards`, `coefs`, `missing`."""
        found = cls(
            standards=tuple(number(each, "standards") for each in rows(fields.get("standards"), "standards")),
            coefficients=tuple(number(each, "coefs") for each in rows(fields.get("coefs"), "coefs")),
            direction=fields.direction(),
            missing=Missing.read(fields),
        )
        if not found.standards or len(found.standards) != len(found.coefficients):
            raise WrongConfiguration("not_as_many", "coefs")
        sign = sign_of(found.direction)
        if any(worse * sign >= better * sign for worse, better in pairwise(found.standards)):
            raise WrongConfiguration("not_in_order", "standards")
        if any(worse > better for worse, better in pairwise(found.coefficients)):
            raise WrongConfiguration("better_earns_less", "coefs")
        return found

    def coefficient(self, actual: Fraction) -> Fraction:
        """The share of the weight."""
        sign = sign_of(self.direction)
        points = [(place * sign, height) for place, height in zip(self.standards, self.coefficients, strict=True)]
        value = actual * sign
        if value < points[0][0]:
            return Fraction(0)
        for worse, better in pairwise(points):
            if value < better[0]:
                return between(value, worse, better)
        return points[-1][1]

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned:
        """W x coefficient; the standards stand in for a target."""
        del target
        reached = number(actual, "actual")
        rate = self.coefficient(reached)
        points = weight * rate
        step = Explained("efficacy.coefficient", {"actual": reached, "coefficient": rate})
        return Earned(points, (step, Explained("points.share", {"weight": weight, "rate": rate, "points": points})))
