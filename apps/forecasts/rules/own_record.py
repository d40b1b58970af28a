"""How people's own figures did beside our forecast and the two plain ones: means over the same figures, to be fair."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.forecasts.rules.ahead import BETTER, FEWEST, TOO_FEW, WORSE_THAN_NAIVE, WORSE_THAN_SEASONAL

WORSE_THAN_FORECAST = "forecast"


@dataclass(frozen=True, slots=True)
class Errors:
    """How far off an own figure was, and what stood beside it when it was told: our forecast, “same as last month”, “same as
    last year”; in the unit of the series. SCALE: its usual change of a month, by which figures of any size are added up."""

    own: float
    forecast: float | None
    naive: float | None
    seasonal: float | None
    scale: float | None


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """Mean errors in usual changes of a month; COUNT figures of which CLOSER came closer than our forecast. None: nothing
    to judge by."""

    count: int
    closer: int
    own: float | None
    forecast: float | None
    naive: float | None
    seasonal: float | None

    @property
    def verdict(self) -> str:
        """`better` than all three, or which of them came closest; `few` where there is too little to judge by."""
        if self.count < FEWEST or self.own is None:
            return TOO_FEW
        others = {
            WORSE_THAN_FORECAST: self.forecast, WORSE_THAN_NAIVE: self.naive, WORSE_THAN_SEASONAL: self.seasonal,
        }  # fmt: skip
        closer = {word: error for word, error in others.items() if error is not None and error < self.own}
        return min(closer, key=closer.__getitem__) if closer else BETTER


def own_record(rows: Iterable[Errors]) -> OwnRecord:
    """The record of these figures. Those of which one of the four errors is not known, or whose series never changes, say
    nothing and do not count."""
    known = [
        tuple(error / row.scale for error in (row.own, row.forecast, row.naive, row.seasonal))
        for row in rows
        if row.scale and row.forecast is not None and row.naive is not None and row.seasonal is not None
    ]
    if not known:
        return OwnRecord(0, 0, None, None, None, None)
    means = (sum(line[place] for line in known) / len(known) for place in range(4))
    return OwnRecord(len(known), sum(line[0] < line[1] for line in known), *means)
