"""Periods, cut-offs and declared days for tests."""

from datetime import date, datetime, time

import factory

from apps.core.month import Month
from apps.periods import rules
from apps.periods.choices import DayKind, FactKind, PeriodKind, PeriodState
from apps.periods.models import CalendarDay, CutOff, CutOffRule, Period
from apps.periods.services import open_periods


class PeriodFactory(factory.django.DjangoModelFactory):
    """An open month, November 2026 unless said otherwise."""

    class Meta:
        model = Period

    class Params:
        month = Month(2026, 11)

    kind = PeriodKind.MONTH
    state = PeriodState.OPEN
    first_day = factory.LazyAttribute(lambda me: me.month.first_day)
    last_day = factory.LazyAttribute(lambda me: me.month.last_day)


class CutOffFactory(factory.django.DjangoModelFactory):
    """The cut-off of a month, on its usual day."""

    class Meta:
        model = CutOff

    period = factory.SubFactory(PeriodFactory)
    kind = FactKind.REPORTS
    closes_at = factory.LazyAttribute(
        lambda me: rules.deadline_instant(
            rules.cut_off_day(me.period.month, 5, rules.WorkDays()), time(18), rules.ZoneInfo("UTC")
        )
    )


class CutOffRuleFactory(factory.django.DjangoModelFactory):
    """When a kind of fact closes."""

    class Meta:
        model = CutOffRule
        django_get_or_create = ("kind",)

    kind = FactKind.REPORTS
    working_day = 5
    closes_time = time(18)


class CalendarDayFactory(factory.django.DjangoModelFactory):
    """A holiday."""

    class Meta:
        model = CalendarDay

    day = date(2026, 12, 25)
    kind = DayKind.HOLIDAY
    name = "Christmas Day"


def laid_out_calendar(moment: datetime):
    """The years around MOMENT with every period and cut-off, as the job leaves them."""
    return open_periods(now=moment)
