"""What every scoring method offers, so that `scoring` can treat them alike."""

from fractions import Fraction
from typing import Protocol, Self

from apps.assessments.rules.missing import Missing
from apps.assessments.rules.reading import Fields
from apps.assessments.rules.results import Earned, Unearned

PERCENT = Fraction(1, 100)


class Method(Protocol):
    """A method whose parameters were read and found right."""

    @property
    def missing(self) -> Missing | None:
        """What to do without a report; None where the method itself knows what nothing means."""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """The method with these parameters; WrongConfiguration where they are not right."""

    def check(self, target: object) -> None:
        """WrongConfiguration where this target cannot be scored against, whatever the actual is."""

    def is_reported(self, actual: object) -> bool:
        """Whether ACTUAL is a report at all. Nothing is never the same as 0."""

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned | Unearned:
        """The points of a report, not rounded; WrongConfiguration where it cannot be scored."""


class OfOneNumber:
    """For methods that judge a single number: reported when there is one."""

    __slots__ = ()

    def is_reported(self, actual: object) -> bool:
        """Whether there is a number."""
        return actual is not None

    def check(self, target: object) -> None:
        """These methods need no target unless they say so."""


class OfManyThings:
    """For methods that judge a list of their own, in which nothing has a meaning: no claims, no answers, nothing due."""

    __slots__ = ()

    @property
    def missing(self) -> Missing | None:
        """No policy: the method knows what nothing means."""
        return None

    def is_reported(self, actual: object) -> bool:
        """Always: an empty list is a report."""
        del actual
        return True

    def check(self, target: object) -> None:
        """These methods have no target."""
