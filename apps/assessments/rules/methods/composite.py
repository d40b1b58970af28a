"""Composite: the weighted rates of children (scoring_examples.README.md, `composite`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Self

from apps.assessments.rules.methods.method import OfManyThings
from apps.assessments.rules.reading import Fields, number
from apps.assessments.rules.results import Earned, Explained, Status, Unearned, WrongConfiguration

MissingChild = Literal["pending", "exclude", "zero"]
NOT_DUE = "not_due"
"""Given instead of a rate: nothing is asked of the child this time. It is left out, whatever `missing_child` says."""


@dataclass(frozen=True, slots=True)
class Child:
    """A part with its weight of the hundred and the rate it reached (1 = all of it; None = not known)."""

    code: str
    weight: Fraction
    rate: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Composite(OfManyThings):
    """W x the weighted mean of the children's rates, each held at CHILD_CAP."""

    children: tuple[Child, ...]
    child_cap: Fraction | None = None
    missing_child: MissingChild = "pending"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`children` of `code`, `weight`, `rate`; `child_cap`, `missing_child`."""
        fields.ignore("direction", "missing")
        found = cls(
            children=tuple(
                Child(str(child.get("code") or ""), child.number("weight", least=0), child.number_or_none("rate"))
                for child in fields.objects("children")
            ),
            child_cap=fields.number_or_none("child_cap", least=0),
            missing_child=fields.choice("missing_child", ("pending", "exclude", "zero"), "pending"),
        )
        if sum(child.weight for child in found.children) != 100:
            raise WrongConfiguration("weights_sum", "children")
        return found

    def is_due(self, child: Child, actual: object) -> bool:
        """Whether anything is asked of a child this time."""
        return not isinstance(actual, Mapping) or actual.get(child.code) != NOT_DUE

    def rate_of(self, child: Child, actual: object) -> Fraction | None:
        """What a child reached: reported under its code, else as the parameters say."""
        if actual is None:
            return child.rate
        if not isinstance(actual, Mapping):
            raise WrongConfiguration("not_rates", "actual")
        reported = actual.get(child.code)
        return None if reported is None else number(reported, child.code)

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned | Unearned:
        """W x sum(weight x min(cap, rate)) / sum(weight)."""
        del target
        heavy = total = Fraction(0)
        steps: list[Explained] = []
        for child in self.children:
            if not self.is_due(child, actual):
                steps.append(Explained("composite.child_not_due", {"child": child.code, "weight": child.weight}))
                continue
            rate = self.rate_of(child, actual)
            steps.append(Explained("composite.child", {"child": child.code, "weight": child.weight, "rate": rate}))
            if rate is None and self.missing_child == "pending":
                return Unearned(Status.PENDING, (Explained("composite.child_missing", {"child": child.code}),))
            if rate is None and self.missing_child == "exclude":
                continue
            reached = rate or Fraction(0)
            heavy += child.weight
            total += child.weight * (reached if self.child_cap is None else min(self.child_cap, reached))
        if not heavy:
            return Unearned(Status.EXCLUDED, tuple(steps))
        mean = total / heavy
        points = weight * mean
        share = Explained("points.share", {"weight": weight, "rate": mean, "points": points})
        return Earned(points, (*steps, share))
