"""All or nothing: the weight if a condition holds, else 0 (scoring_examples.README.md, `all_or_nothing`)."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Self

from apps.assessments.rules.methods.method import OfOneNumber
from apps.assessments.rules.missing import WAIT, Missing
from apps.assessments.rules.reading import Fields, number, rows
from apps.assessments.rules.results import Earned, Explained, Figure, WrongConfiguration

Operator = Literal[">=", ">", "<=", "<", "==", "in", "is_true"]
OPERATORS: tuple[Operator, ...] = (">=", ">", "<=", "<", "==", "in", "is_true")
COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    **{">=": operator.ge, ">": operator.gt},
    **{"<=": operator.le, "<": operator.lt, "==": operator.eq},
}
TRUTHS: dict[object, bool] = {"true": True, "1": True, "false": False, "0": False, 1: True, 0: False}
"""How a yes and a no may be written; True and False themselves are the keys 1 and 0."""


def truth(actual: object) -> bool:
    """A reported yes or no."""
    word = actual.strip().lower() if isinstance(actual, str) else actual
    if not isinstance(word, str | int | Fraction) or word not in TRUTHS:
        raise WrongConfiguration("not_yes_or_no", "actual")
    return TRUTHS[word]


def ends(raw: object, key: str) -> tuple[Fraction, Fraction]:
    """Both ends of an inclusive range, as [lo, hi] or {lo, hi}."""
    both = [raw.get("lo"), raw.get("hi")] if isinstance(raw, Mapping) else list(rows(raw, key))
    if len(both) != 2:
        raise WrongConfiguration("not_a_range", key)
    low, high = (number(end, key) for end in both)
    if low > high:
        raise WrongConfiguration("not_in_order", key)
    return low, high


@dataclass(frozen=True, slots=True)
class AllOrNothing(OfOneNumber):
    """OPERATOR compares the actual with the target; `in` with a range (the target's, or SPAN), `is_true` with nothing."""

    operator: Operator
    span: tuple[Fraction, Fraction] | None = None
    missing: Missing = WAIT

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`op`, for `in` also `lo` and `hi` where the target is not the range, `missing`."""
        fields.ignore("direction")
        found = fields.choice("op", OPERATORS)
        written = [fields.get("lo"), fields.get("hi")]
        has_span = found == "in" and any(end is not None for end in written)
        return cls(found, ends(written, "lo") if has_span else None, Missing.read(fields))

    def check(self, target: object) -> None:
        """Every operator but `is_true` needs something to compare with."""
        self.aim(target)

    def aim(self, target: object) -> tuple[Fraction, Fraction] | None:
        """What to compare with: both ends of a range, the one target twice, or None."""
        if self.operator == "is_true":
            return None
        if self.operator == "in":
            return self.span or ends(target, "target")
        aim = number(target, "target")
        return aim, aim

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned:
        """W or 0."""
        aim = self.aim(target)
        reached: Fraction | bool
        if aim is None:
            reached = is_met = truth(actual)
        else:
            reached = number(actual, "actual")
            is_met = aim[0] <= reached <= aim[1] if self.operator == "in" else COMPARE[self.operator](reached, aim[0])
        points = weight if is_met else Fraction(0)
        numbers: dict[str, Figure] = {"operator": self.operator, "actual": reached, "is_met": is_met, "points": points}
        if aim is not None:
            numbers |= {"low": aim[0], "high": aim[1]}
        return Earned(points, (Explained("all_or_nothing.condition", numbers),))
