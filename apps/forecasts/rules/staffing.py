"""Staff numbers carried forward: H of the next month = H x (1 - r) + hires, by department (DOMAIN.md section 7).

What is known to come (joiners, last days set, retirements, transfers) is counted exactly. It is not counted twice: the rates
speak of everybody who leaves or joins, so the known ones come out of what the rates expect, and only the rest is chance.
Ranges: leavers by chance are binomial, hires Poisson, both wider where a row's own months were more uneven than that, and
wider again because the rates themselves are only estimates from twelve months.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.core.month import Month

HEADCOUNT = "headcount"
TURNOVER = "turnover"
METHOD = "staffing"
KNOWN_MOVES = "known_moves"
BELOW_PLAN = "below_plan"


@dataclass(frozen=True, slots=True)
class StaffSeries:
    """One series of staff numbers after a month, in the shape forecasts are stored in. Lists hold one figure a month ahead.

    HEADCOUNT rows are heads at month ends, TURNOVER rows leavers of twelve months in percent of the mean headcount. A
    department stands with everything below it; `is_own` rows are its own heads alone, there only where others stand below.
    """

    department: int
    """Key of the department."""
    kind: str
    is_own: bool
    history: Sequence[float]
    """60 months up to the issue's, the last one on the right; NaN before anybody was there."""
    actual: float | None
    """Value of the issue's month."""
    mean: list[float]
    lo80: list[float]
    hi80: list[float]
    lo95: list[float]
    hi95: list[float]
    method: str = METHOD
    remarks: list[str] = field(default_factory=list)
    target: list[float] = field(default_factory=list)
    """Planned heads of all months ahead; empty where some month has no plan, as it is stored."""
    planned: list[float] = field(default_factory=list)
    """Planned heads month by month, NaN where there is no plan: what the chances and the warning go by."""
    chance_month: float | None = None
    """Chance of at least the planned heads next month."""
    chance_quarter: float | None = None
    """The same at the end of the quarter the next month lies in."""
    chance_year: float | None = None
    quarter_mean: float | None = None
    year_mean: float | None = None
    year_lo80: float | None = None
    year_hi80: float | None = None
    quarter_target: float | None = None
    year_target: float | None = None
    warning: str = ""
    """`below_plan` where the heads expected, in whole heads, are fewer than planned in some month ahead."""
    warned_month: Month | None = None
    """The first such month."""
    warned_chance: float | None = None
    """Chance of fewer heads than planned in that month."""
