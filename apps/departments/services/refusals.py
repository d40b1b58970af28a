"""What the department services refuse, each in one sentence that says what was wrong and how to go on."""

from datetime import date

from django.utils.formats import date_format

from apps.core.errors import Conflict, Refusal


class CodeTaken(Conflict):
    """Another department has this code, or is known by it."""

    code = "department_code_taken"


class AliasTaken(Conflict):
    """The other name leads elsewhere already."""

    code = "alias_taken"


class CycleInTree(Refusal):
    """A department would stand below itself."""

    code = "cycle_in_tree"


class DepartmentNotOpen(Refusal):
    """The department does not exist on that day."""

    code = "department_closed"


class StillHasParts(Refusal):
    """Departments below would be left without the one they belong to."""

    code = "still_has_parts"


class StillInUse(Refusal):
    """Other records stand on the department on or after the day it would close."""

    code = "still_in_use"


class NothingChanges(Refusal):
    """The department is as asked for already."""

    code = "no_change"


class WrongInput(Refusal):
    """A value that cannot be meant."""

    code = "wrong_input"


class TreeChanged(Conflict):
    """Somebody else changed the department since it was shown."""

    code = "changed_meanwhile"


def day_text(day: date) -> str:
    """A day as people read it."""
    return date_format(day, "j M Y")
