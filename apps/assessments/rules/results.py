"""What a scoring method answers: points, what became of the report, the exact rate, and the numbers a receipt prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

Figure = Fraction | int | bool | str | None
"""One entry of an explanation: a number as exact as it was reckoned with, or the word that stood for it."""
Figures = Mapping[str, Figure]


class Status(StrEnum):
    """What became of an indicator's line (scoring_examples.README.md, "Indicator")."""

    SCORED = "scored"
    MISSING_ZERO = "missing_zero"
    CARRIED = "carried"
    EXCLUDED = "excluded"
    PENDING = "pending"
    INVALID_CONFIG = "invalid_config"


@dataclass(frozen=True, slots=True)
class Explained:
    """One step of a receipt as data: CODE names the sentence, NUMBERS fill it in. No words of any language."""

    code: str
    numbers: Figures = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConfigError:
    """Why a configuration earns no points: CODE names the fault, KEY the parameter it was found in."""

    code: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.key}" if self.key else self.code


class WrongConfiguration(ValueError):
    """Raised inside the rules, caught once by `scoring`: callers are given the ConfigError it carries."""

    def __init__(self, code: str, key: str = "") -> None:
        self.error = ConfigError(code, key)
        super().__init__(str(self.error))


@dataclass(frozen=True, slots=True)
class Earned:
    """What a formula gives before it is rounded: points, and how they came about."""

    points: Fraction
    steps: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class Unearned:
    """A method's own reason for having no points: nobody has rated yet, nothing was due."""

    status: Status
    steps: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a score.

    POINTS have two places and are None for every status that has none; RATE is the share of the weight that was earned,
    not rounded (1 = all of it), which is what a later month may carry on; None where there is no share.
    """

    status: Status
    points: Decimal | None = None
    rate: Fraction | None = None
    steps: tuple[Explained, ...] = ()
    problem: ConfigError | None = None
