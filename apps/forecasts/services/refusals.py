"""What the services of forecasts refuse."""

from typing import ClassVar

from apps.core.errors import Refusal


class MonthNotOver(Refusal):
    """A forecast begins where what is known ends: the month has to be over."""

    code: ClassVar[str] = "month_not_over"


class ReasonWanted(Refusal):
    """Somebody has read the issue there is: whoever makes another one says why."""

    code: ClassVar[str] = "reason_wanted"


class NothingKnown(Refusal):
    """There is no figure, score or person yet, so there is nothing a forecast could begin with."""

    code: ClassVar[str] = "nothing_known"
