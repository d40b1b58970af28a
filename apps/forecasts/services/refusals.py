"""What the services of forecasts refuse."""

from typing import ClassVar

from apps.core.errors import Conflict, Refusal


class MonthNotOver(Refusal):
    """A forecast begins where what is known ends: the month has to be over."""

    code: ClassVar[str] = "month_not_over"


class ReasonWanted(Refusal):
    """Somebody has read the issue there is: whoever makes another one says why."""

    code: ClassVar[str] = "reason_wanted"


class NothingKnown(Refusal):
    """There is no figure, score or person yet, so there is nothing a forecast could begin with."""

    code: ClassVar[str] = "nothing_known"


# The situation-and-outlook report.


class ReportBusy(Conflict):
    """The report is not in the state this was asked for."""

    code: ClassVar[str] = "report_busy"


class ReportChanged(Conflict):
    """Somebody else wrote meanwhile."""

    code: ClassVar[str] = "report_changed"


class ReasonMissing(Refusal):
    """This is done only with a reason."""

    code: ClassVar[str] = "reason_missing"


class WrongMonth(Refusal):
    """There can be no report of that month yet."""

    code: ClassVar[str] = "wrong_month"


class WrongWords(Refusal):
    """What was written does not fit."""

    code: ClassVar[str] = "wrong_words"


class WrongReaders(Refusal):
    """One of the readers could not open it."""

    code: ClassVar[str] = "wrong_readers"
