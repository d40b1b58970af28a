"""What the figures of a series are measured in, which way is better, and between what they must lie."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Measure:
    """Unit, places shown, direction (higher, lower, range or none), bounds (None: open)."""

    unit: str
    decimals: int
    direction: str
    lower: float | None = None
    upper: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a figure may be so large or so small at all."""
        return (self.lower is None or value >= self.lower) and (self.upper is None or value <= self.upper)


PLAIN = {
    "score": Measure("", 2, "higher"),
    "headcount": Measure("", 1, "none", lower=0.0),
    "turnover": Measure("%", 1, "lower", lower=0.0),
}


def measure_of(kind: str, definition: Any) -> Measure:
    """The measure of a series: a KPI's by its DEFINITION (unit, decimals, direction, minimum, maximum), else by its kind."""
    if definition is None:
        return PLAIN.get(kind, Measure("", 2, "none"))
    low, high = definition.minimum, definition.maximum
    return Measure(
        definition.unit,
        definition.decimals,
        definition.direction,
        None if low is None else float(low),
        None if high is None else float(high),
    )
