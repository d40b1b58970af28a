"""A person's own figure beside the forecast: told with a reason, taken back with a reason, judged like any forecast."""

import math
from datetime import datetime
from fractions import Fraction

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.clock import local_date
from apps.core.errors import Conflict, NotAllowed, NotFound, Refusal
from apps.core.history import because
from apps.core.month import Month
from apps.core.scope import Scope
from apps.forecasts.models import ForecastIssue, ForecastMonth, Override, SeriesForecast
from apps.forecasts.rules.measures import measure_of
from apps.forecasts.selectors import Subject, current_issue, series_for
from apps.forecasts.selectors.honesty import adjustable
from apps.forecasts.selectors.series import is_due
from apps.forecasts.services.refusals import ReasonMissing
from apps.kpis.rules.showing import figure
from apps.kpis.selectors import definition_on

LONGEST_REASON = 500


class NothingForetold(Refusal):
    """There is no forecast of the series that an own figure could stand beside."""

    code = "nothing_foretold"


class MonthNotAhead(Refusal):
    """The month is over, or lies farther ahead than the forecast."""

    code = "month_not_ahead"


class OutsideBounds(Refusal):
    """The figure lies where the KPI's definition or the rules of assessment say it cannot lie."""

    code = "outside_bounds"


class NothingToTakeBack(Conflict):
    """No own figure of the month is in force."""

    code = "nothing_to_take_back"


@transaction.atomic
def tell_override(
    *, subject: Subject, month: Month, value: float, reason: str, scope: Scope, by: User, now: datetime
) -> Override:
    """Put BY's own figure for a month ahead beside the forecast. forecasts.adjust, for departments of the scope.

    Adds a row; the newest of a month counts. The forecast itself is never changed. Refuses a month that is not ahead or
    beyond the forecast, a value outside the bounds of the series, an empty reason. The same word again is no new row.
    """
    require_adjustable(scope, subject)
    words = reason_given(reason)
    issue, row = newest_forecast(scope, subject)
    require_ahead(month, issue, row, now)
    require_possible(subject, row, month, value)
    last = lock_and_find(issue, subject, month)
    if last is not None and (last.value, last.reason, last.told_by_id) == (value, words, by.pk):
        return last
    with because("forecasts.override_told", reason=words, by=by):
        return Override.objects.create(
            issue=issue, value=value, reason=words, told_by=by, told_at=now, **about(subject, month)
        )


@transaction.atomic
def take_back_override(
    *, subject: Subject, month: Month, reason: str, scope: Scope, by: User, now: datetime
) -> Override:
    """Let the forecast count again for a month, ahead or past. forecasts.adjust, for departments of the scope.

    Adds a row without a value; what was told before stays readable. What stood when its month ended, or when a later
    issue came, is judged all the same: nobody improves their record afterwards. Refuses an empty reason, and a month
    without an own figure in force.
    """
    require_adjustable(scope, subject)
    words = reason_given(reason)
    issue = current_issue(scope)
    if issue is None:
        raise NothingForetold(_("There is no forecast yet, so nothing stands beside it."))
    last = lock_and_find(issue, subject, month)
    if last is None or last.value is None:
        raise NothingToTakeBack(
            _("There is no own figure for %(month)s: the forecast counts already.") % {"month": month_words(month)},
            field="month",
        )
    with because("forecasts.override_taken_back", reason=words, by=by):
        return Override.objects.create(
            issue=issue, value=None, reason=words, told_by=by, told_at=now, **about(subject, month)
        )


def about(subject: Subject, month: Month) -> dict[str, object]:
    """What an own figure is about, as it is stored."""
    return {"department": subject.department, "kind": subject.kind, "kpi": subject.kpi, "month": month.first_day}


def lock_and_find(issue: ForecastIssue, subject: Subject, month: Month) -> Override | None:
    """The newest word on the month; whoever tells another of the same issue waits until this transaction ends."""
    ForecastMonth.objects.select_for_update(no_key=True).get(month=issue.month)
    return Override.objects.filter(**about(subject, month)).order_by("-told_at", "-pk").first()


def require_adjustable(scope: Scope, subject: Subject) -> None:
    """Refuse those who may not, and departments they do not answer for."""
    if not scope.may("forecasts.adjust"):
        raise NotAllowed(_("You may not put own figures beside the forecast. Ask the head of the department."))
    if not adjustable(scope, subject):
        raise NotFound(_("There is no such department, or it lies outside what you answer for."), field="department")


def reason_given(reason: str) -> str:
    """The reason, without spaces around it."""
    words = reason.strip()
    if not words:
        raise ReasonMissing(_("Say why: whoever reads the figure later will ask."), field="reason")
    if len(words) > LONGEST_REASON:
        raise ReasonMissing(_("Say it in at most %(n)s signs.") % {"n": LONGEST_REASON}, field="reason")
    return words


def newest_forecast(scope: Scope, subject: Subject) -> tuple[ForecastIssue, SeriesForecast]:
    """The newest issue that counts, and what it foretells of the subject."""
    issue = current_issue(scope)
    row = series_for(scope, issue, subject) if issue is not None else None
    if issue is None or row is None or not row.mean:
        raise NothingForetold(_("There is no forecast of this series yet, so nothing can be put beside it."))
    return issue, row


def require_ahead(month: Month, issue: ForecastIssue, row: SeriesForecast, now: datetime) -> None:
    """Refuse months that are known or over, and those the forecast does not reach."""
    first = max(Month.of(issue.month).plus(1), Month.of(local_date(now)))
    last = Month.of(issue.month).plus(len(row.mean))
    if first <= month <= last and not is_due(row, month):
        message = _(
            "Nothing is due in %(month)s: the figure comes once a quarter or year. Choose the last month of one."
        )
        raise MonthNotAhead(message % {"month": month_words(month)}, field="month")
    if not first <= month <= last:
        message = _("%(month)s is not ahead. Choose a month from %(first)s to %(last)s.")
        words = {"month": month_words(month), "first": month_words(first), "last": month_words(last)}
        raise MonthNotAhead(message % words, field="month")


def require_possible(subject: Subject, row: SeriesForecast, month: Month, value: float) -> None:
    """Refuse what is no number and what lies outside the bounds of the forecast."""
    definition = definition_on(subject.kpi, month.last_day) if subject.kpi else None
    measure = measure_of(subject.kind, definition, lower=row.lower, upper=row.upper)
    if math.isfinite(value) and measure.holds(value):
        return
    low, high = (
        "" if end is None else figure(Fraction(end), decimals=measure.decimals, unit=measure.unit)
        for end in (measure.lower, measure.upper)
    )
    message = (
        _("It cannot be so: the figure lies between %(low)s and %(high)s.")
        if low and high
        else _("It cannot be so: the figure is %(low)s or more.")
        if low
        else _("It cannot be so: the figure is %(high)s or less.")
        if high
        else _("Write a number.")
    )
    raise OutsideBounds(message % {"low": low, "high": high}, field="value")


def month_words(month: Month) -> str:
    """Jul 2026."""
    return date_format(month.first_day, "M Y")
