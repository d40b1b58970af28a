"""What a figure of the demo company is made of: words for the tables in figures_making and figures_running."""

from dataclasses import dataclass

from apps.kpis.choices import Aggregation, Direction, Frequency

SUM, LAST, MEAN, RATIO = Aggregation.SUM, Aggregation.LAST, Aggregation.MEAN, Aggregation.RATIO
WEIGHTED, GIVEN, NONE = Aggregation.WEIGHTED, Aggregation.GIVEN, Aggregation.NONE
HIGHER, LOWER, RANGE, NEUTRAL = Direction.HIGHER, Direction.LOWER, Direction.RANGE, Direction.NEUTRAL
QUARTER, YEAR = Frequency.QUARTER, Frequency.YEAR
Parts = tuple[tuple[str, float], ...]
"""Who reports, and which part of the whole is theirs."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The course of a figure over the story: from START to END, with its season and noise (a part of its size).

    LATELY: what it came to in the last months instead, the latest last; these hardly vary.
    """

    start: float
    end: float
    season: str = "even"
    noise: float = 0.02
    lately: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be reached. IS_SHARED: each who reports has a part of it by its share. EARLIER: what it was before it
    was changed in the middle of a year, and why it changed."""

    target: str
    floor: str = ""
    stretch: str = ""
    upper: str = ""
    is_shared: bool = False
    earlier: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator: what it is, who answers for it, how it went. VOLUME: the course of a ratio's denominator."""

    code: str
    name: str
    family: str
    owner: str
    unit: str
    direction: str
    reports: Parts = ()
    curve: Curve | None = None
    volume: Curve | None = None
    goal: Goal | None = None
    text: str = ""
    decimals: int = 1
    frequency: str = Frequency.MONTH
    over_time: str = SUM
    over_departments: str = SUM
    scale: str = "1"
    minimum: str = ""
    maximum: str = ""
    amber: str = "5"
    formula: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()


def percent(code: str, name: str, family: str, owner: str, direction: str, **given: object) -> Figure:
    """A share in percent, from numerators and denominators."""
    shape = {"over_time": RATIO, "over_departments": RATIO, "scale": "100", "minimum": "0", "maximum": "100"}
    return Figure(code, name, family, owner, "%", direction, **{**shape, **given})  # type: ignore[arg-type]
