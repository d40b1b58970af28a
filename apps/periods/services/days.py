"""Holidays and make-up workdays: declared by the administrator, obeyed by every deadline counted in working days."""

from datetime import date, datetime
from typing import ClassVar

from django.db import connection, transaction
from django.utils import formats
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.core.history import because
from apps.periods import rules
from apps.periods.choices import DayKind
from apps.periods.models import CalendarDay, CutOff
from apps.periods.services.cut_offs import refresh_cut_offs

LONGEST_STRETCH = 31


class DayRefused(Refusal):
    """Those days cannot be declared so."""

    code: ClassVar[str] = "day_refused"


def declare_holiday(*, day: date, name: str, by: User | None, now: datetime) -> list[CutOff]:
    """Declare one free day; see declare_days."""
    return declare_days(kind=DayKind.HOLIDAY, first_day=day, last_day=day, name=name, by=by, now=now)


@transaction.atomic
def declare_days(
    *, kind: DayKind | str, first_day: date, last_day: date, name: str, by: User | None, now: datetime
) -> list[CutOff]:
    """Declare a stretch of days as holidays or as make-up workdays; return the coming cut-offs that moved.

    Who may: holders of periods.manage. Adds the days and works out coming cut-offs again.
    Refuses: a stretch that ends before it begins or is longer than 31 days, days already declared, a stretch that
    changes nothing (a make-up workday that is worked anyway, a holiday on days that are free anyway).
    """
    _require_stretch(first_day, last_day)
    if not name.strip():
        raise DayRefused(gettext("Name the day, as it should stand in the calendar."), field="name")
    days = list(rules.days_from(first_day, last_day))
    lock_calendar()
    declared = CalendarDay.objects.filter(day__in=days).order_by("day").first()
    if declared is not None:
        raise DayRefused(
            gettext("%(day)s is already declared as “%(name)s”. Remove it first, or choose other days.")
            % {"day": _say(declared.day), "name": declared.name},
            field="first_day",
        )
    _require_change(DayKind(kind), days)
    with because("periods.days_declared", reason=name, by=by):
        CalendarDay.objects.bulk_create([CalendarDay(day=day, kind=kind, name=name.strip()) for day in days])
        return refresh_cut_offs(now=now)


@transaction.atomic
def withdraw_day(*, declared: CalendarDay, by: User, now: datetime) -> list[CutOff]:
    """Take back a declared day; return the coming cut-offs that moved.

    Who may: holders of periods.manage. Removes the day and works out coming cut-offs again; a cut-off that would land
    in the past stays. A day that is already gone changes nothing.
    """
    lock_calendar()
    with because("periods.day_withdrawn", reason=declared.name, by=by):
        CalendarDay.objects.filter(pk=declared.pk).delete()
        return refresh_cut_offs(now=now)


def lock_calendar() -> None:
    """Changes of the calendar happen one after the other, so that each works the cut-offs out from all the days there are.

    The lock ends with the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('periods.calendar'))")


def _require_stretch(first_day: date, last_day: date) -> None:
    """Refuse days in the wrong order, or suspiciously many of them."""
    if last_day < first_day:
        raise DayRefused(
            gettext("The last day, %(last)s, comes before the first, %(first)s. Swap them.")
            % {"last": _say(last_day), "first": _say(first_day)},
            field="last_day",
        )
    if (last_day - first_day).days >= LONGEST_STRETCH:
        raise DayRefused(
            gettext("More than %(days)s days at once look like a mistyped date. Declare them in parts.")
            % {"days": LONGEST_STRETCH},
            field="last_day",
        )


def _require_change(kind: DayKind, days: list[date]) -> None:
    """Refuse a declaration that would leave every one of the days as it is."""
    plain = rules.WorkDays()
    if kind is DayKind.WORKDAY:
        worked = next((day for day in days if plain.is_working(day)), None)
        if worked is not None:
            raise DayRefused(
                gettext("%(day)s is a working day anyway. A make-up workday falls on a weekend.")
                % {"day": _say(worked)},
                field="first_day",
            )
    elif not any(plain.is_working(day) for day in days):
        raise DayRefused(
            gettext("%(day)s is free anyway: it falls on a weekend.") % {"day": _say(days[0])}, field="first_day"
        )


def _say(day: date) -> str:
    return formats.date_format(day, "j F Y")
