"""What the registers beside KPI values share: the scheme in force, the department in it, and what they refuse."""

from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from apps.assessments.models import AssessedDepartment, Indicator, Scheme
from apps.assessments.selectors.assessed import assessed_place, scheme_in_force
from apps.assessments.services.refusals import NoScheme
from apps.core.clock import local_date
from apps.core.errors import Conflict, NotAllowed, NotFound, Refusal
from apps.core.month import Month
from apps.core.wording import month_text


class WrongEntry(Refusal):
    """What was reported cannot be read, or does not fit the indicator."""

    code: ClassVar[str] = "wrong_entry"


class WrongRating(Refusal):
    """A rating that does not fit the indicator."""

    code: ClassVar[str] = "wrong_rating"


class WrongAdjustment(Refusal):
    """A claim, deduction, veto or exemption that cannot stand in the register."""

    code: ClassVar[str] = "wrong_adjustment"


class NotAssessed(Refusal):
    """The department is not judged in the month."""

    code: ClassVar[str] = "not_assessed"


class SaidMeanwhile(Conflict):
    """Somebody else said something newer."""

    code: ClassVar[str] = "said_meanwhile"


class Decided(Conflict):
    """It is no longer open."""

    code: ClassVar[str] = "decided_already"


class OwnDepartment(NotAllowed):
    """Nobody judges what they lead or belong to."""

    code: ClassVar[str] = "own_department"


class MonthNotBegun(Refusal):
    """The month lies ahead."""

    code: ClassVar[str] = "month_not_begun"


def require_scheme(month: Month) -> Scheme:
    """The scheme in force for the month; refuses a month that has none."""
    scheme = scheme_in_force(month)
    if scheme is None:
        raise NoScheme(
            _("No approved scheme is in force for %(month)s. Approve one that begins in or before it.")
            % {"month": month_text(month)},
            field="month",
        )
    return scheme


def require_begun(month: Month, now: datetime) -> None:
    """Refuse a month that has not begun."""
    if month.first_day > local_date(now):
        raise MonthNotBegun(
            _("%(month)s has not begun: nothing can be said of it yet. Choose a month that has begun.")
            % {"month": month_text(month)},
            field="month",
        )


def require_assessed(scheme: Scheme, month: Month, department: Any) -> AssessedDepartment:
    """How the scheme judges the department; refuses one it does not judge in the month."""
    row = assessed_place(scheme, month, department.pk)
    if row is None:
        raise NotAssessed(
            _(
                "%(place)s is not assessed in %(month)s: it stands in no scorecard of %(scheme)s. Choose one "
                "that does; the next scheme can place it."
            )
            % {"place": department.name, "month": month_text(month), "scheme": scheme},
            field="department",
        )
    return row


def require_indicator(row: AssessedDepartment, indicator: Indicator, methods: frozenset[str]) -> None:
    """Refuse an indicator that does not judge the department in the month, or is judged by something else."""
    if indicator.scorecard_id != row.scorecard_id:
        raise NotFound(
            _("%(indicator)s does not judge %(place)s in this month. Choose an indicator of its scorecard.")
            % {"indicator": indicator.name, "place": row.department.name},
            field="indicator",
        )
    if indicator.method not in methods or indicator.kpi_id is not None:
        raise NotFound(
            _(
                "%(indicator)s is not reported here: it is judged by “%(method)s”. Report KPI values on the "
                "pages of KPIs, ratings under Ratings."
            )
            % {"indicator": indicator.name, "method": indicator.get_method_display()},
            field="indicator",
        )
