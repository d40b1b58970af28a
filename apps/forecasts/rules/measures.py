"""What the figures of a series are measured in, which way is better, and between what they must lie."""

from dataclasses import dataclass, replace
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
    "headcount": Measure("", 1, "none"),
    "turnover": Measure("%", 1, "lower"),
}
NEVER_NEGATIVE = frozenset({"headcount", "turnover"})


def measure_of(kind: str, definition: Any, *, lower: float | None = None, upper: float | None = None) -> Measure:
    """The measure of a series: a KPI's by its DEFINITION (unit, decimals, direction), else by its kind.

    LOWER and UPPER: as they are stored with its forecast. Those of the definition are one entry's: a department that is
    made up of many entries can be so many times as large.
    """
    if definition is None:
        found = PLAIN.get(kind, Measure("", 2, "none"))
        return replace(found, lower=0.0 if lower is None and kind in NEVER_NEGATIVE else lower, upper=upper)
    return Measure(definition.unit, definition.decimals, definition.direction, lower, upper)
