"""What the services of assessments refuse."""

from typing import ClassVar

from apps.core.errors import Conflict, NotAllowed, Refusal


class SchemeNotDraft(Conflict):
    """Only a draft can be changed."""

    code: ClassVar[str] = "scheme_not_draft"


class Removed(Conflict):
    """What was to be changed is no longer there."""

    code: ClassVar[str] = "removed_meanwhile"


class WrongScheme(Refusal):
    """The rules contradict themselves."""

    code: ClassVar[str] = "wrong_scheme"


class SchemeNotReady(Refusal):
    """The scheme cannot be submitted yet; details list every problem."""

    code: ClassVar[str] = "scheme_not_ready"


class NoScheme(Refusal):
    """No approved scheme is in force for the month."""

    code: ClassVar[str] = "no_scheme"


class MonthBusy(Conflict):
    """The month is not where this step begins."""

    code: ClassVar[str] = "month_not_there"


class MonthNotComplete(Refusal):
    """Values are still awaited, or a rule does not fit; details say how many."""

    code: ClassVar[str] = "month_not_complete"


class MonthOutdated(Conflict):
    """What the month is judged by has changed since it was worked out."""

    code: ClassVar[str] = "month_outdated"


class NothingToRevise(Refusal):
    """A correction names nothing that can be corrected."""

    code: ClassVar[str] = "nothing_to_revise"


class NotYourStep(NotAllowed):
    """The person may not take this step."""

    code: ClassVar[str] = "not_your_step"


# Appeals and calibrations


class AppealRefused(Refusal):
    """An appeal cannot be filed or answered like this."""

    code: ClassVar[str] = "appeal_refused"


class AppealMoved(Conflict):
    """The appeal is no longer where this step begins, or the same line is appealed against already."""

    code: ClassVar[str] = "appeal_not_there"


class CalibrationRefused(Refusal):
    """A score cannot be moved like this."""

    code: ClassVar[str] = "calibration_refused"


class NothingToRehearse(Refusal):
    """There is no published month to try a scheme on."""

    code: ClassVar[str] = "nothing_to_rehearse"


class RehearsalStale(Conflict):
    """The rules were changed while they were rehearsed."""

    code: ClassVar[str] = "rehearsal_stale"
