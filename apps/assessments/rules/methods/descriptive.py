"""Descriptive: raters choose a described level or give a percentage (scoring_examples.README.md, `descriptive`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from apps.assessments.rules.methods.method import PERCENT, OfManyThings
from apps.assessments.rules.reading import Fields, exact
from apps.assessments.rules.results import Earned, Explained, Status, Unearned, WrongConfiguration

ENOUGH_TO_TRIM = 5
"""Fewer answers than this cannot spare their highest and lowest."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rater said, in percent, and how heavy it is."""

    rater: str
    weight: Fraction
    pct: Fraction


def percentage(value: object, key: str) -> Fraction:
    """A percentage from 0 to 100."""
    found = exact(value)
    if found is None or not 0 <= found <= 100:
        raise WrongConfiguration("not_a_level", key)
    return found


def trimmed(answers: Sequence[Answer]) -> Sequence[Answer]:
    """The answers without one highest and one lowest. Left as they are when they are few, or not equally heavy: then it
    would matter which of two equal answers goes."""
    if len(answers) < ENOUGH_TO_TRIM or len({answer.weight for answer in answers}) > 1:
        return answers
    return sorted(answers, key=lambda answer: answer.pct)[1:-1]


@dataclass(frozen=True, slots=True)
class Descriptive(OfManyThings):
    """The mean of what the raters said, each as heavy as he is among those who answered."""

    levels: Mapping[str, Fraction]
    raters: Mapping[str, Fraction]
    min_raters: int = 1
    is_trimmed: bool = False

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`levels`, `raters` of `id` and `weight`, `min_raters`, `trim`."""
        fields.ignore("direction", "missing")
        levels, raters = fields.inner("levels"), {}
        for rater in fields.objects("raters"):
            name = rater.text("id")
            if name in raters:
                raise WrongConfiguration("duplicate_code", name)
            raters[name] = rater.number("weight", least=0)
        trim = fields.whole("trim", 0)
        if trim > 1:
            raise WrongConfiguration("out_of_range", "trim")
        return cls(
            levels={}
            if levels is None
            else {str(name): percentage(pct, str(name)) for name, pct in levels.raw.items()},
            raters=raters,
            min_raters=fields.whole("min_raters", 1),
            is_trimmed=trim == 1,
        )

    def answers(self, actual: object) -> list[Answer]:
        """What was said; a rater who said nothing is no answer."""
        if actual is not None and not isinstance(actual, Mapping):
            raise WrongConfiguration("not_answers", "actual")
        said = {} if actual is None else {rater: level for rater, level in actual.items() if level is not None}
        unknown = [str(rater) for rater in said if rater not in self.raters]
        if unknown:
            raise WrongConfiguration("unknown_rater", unknown[0])
        return [
            Answer(name, weight, self.percent(said[name], name)) for name, weight in self.raters.items() if name in said
        ]

    def percent(self, level: object, rater: str) -> Fraction:
        """The percentage of a level's name, or the one that was given."""
        named = self.levels.get(level) if isinstance(level, str) else None
        return percentage(level, rater) if named is None else named

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned | Unearned:
        """W x weighted mean of the answers."""
        del target
        given = self.answers(actual)
        kept = trimmed(given) if self.is_trimmed else given
        heavy = sum((answer.weight for answer in kept), Fraction(0))
        if len(given) < self.min_raters or not heavy:
            few = Explained("descriptive.too_few", {"answers": len(given), "needed": self.min_raters})
            return Unearned(Status.PENDING, (few,))
        pct = sum((answer.weight * answer.pct for answer in kept), Fraction(0)) / heavy
        points = weight * pct * PERCENT
        steps = [
            Explained(
                "descriptive.answer" if answer in kept else "descriptive.trimmed",
                {"rater": answer.rater, "weight": answer.weight, "pct": answer.pct},
            )
            for answer in given
        ]
        return Earned(points, (*steps, Explained("points.pct", {"weight": weight, "pct": pct, "points": points})))
