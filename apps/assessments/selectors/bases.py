"""Rules that change inside a running year: which ones were left for which, and which counted in a month."""

import itertools
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings

from apps.assessments.models import Scheme
from apps.core.month import Month
from apps.periods.rules import fiscal_year_name, fiscal_year_start, quarter_number, span_of


@dataclass(frozen=True, slots=True)
class Turn:
    """One change of the rules inside a fiscal year: the OLD basis held to the day before FIRST, the NEW one from then on."""

    old: Scheme
    new: Scheme

    @property
    def first(self) -> Month:
        """The first month of the new basis."""
        return Month.of(self.new.valid.lower)

    @property
    def year(self) -> str:
        """The fiscal year it falls into."""
        return fiscal_year_name(fiscal_year_start(self.first.first_day, settings.FISCAL_YEAR_FIRST_MONTH))

    @property
    def quarter(self) -> int | None:
        """The quarter that has begun by the old basis; None where the change falls on the first day of one."""
        quarter = span_of("quarter", self.first.first_day, settings.FISCAL_YEAR_FIRST_MONTH).first_day
        if quarter == self.first.first_day:
            return None
        return quarter_number(quarter, settings.FISCAL_YEAR_FIRST_MONTH)


def public_inside_year(day: date) -> bool:
    """Whether rules that begin on DAY cut a fiscal year in two."""
    return day != fiscal_year_start(day, settings.FISCAL_YEAR_FIRST_MONTH)


def replaced_by(scheme: Scheme) -> Scheme | None:
    """The approved rules that end, or ended, where SCHEME begins. One query."""
    rows = Scheme.objects.on(scheme.valid.lower - timedelta(days=1)).exclude(pk=scheme.pk)
    return rows.select_related("drafted_by").first()


def turn_of(scheme: Scheme) -> Turn | None:
    """The change inside a year that SCHEME makes, or would make once approved; None: it makes none. At most one query."""
    old = replaced_by(scheme) if public_inside_year(scheme.valid.lower) else None
    return Turn(old, scheme) if old is not None else None


def turns_around(scheme: Scheme, month: Month) -> list[Turn]:
    """The changes inside MONTH's fiscal year on whose one side the month was judged by SCHEME. One query.

    Where SCHEME is the new basis the change lies before or in the month; where it is the old one, after it.
    """
    start = settings.FISCAL_YEAR_FIRST_MONTH
    year = span_of("year", month.first_day, start)
    rows = list(Scheme.objects.approved().filter(valid__overlap=(year.first_day, year.last_day + timedelta(days=1))))
    in_order = sorted(rows, key=lambda one: one.valid.lower)
    turns = [Turn(old, new) for old, new in itertools.pairwise(in_order) if new.valid.lower > year.first_day]
    return [turn for turn in turns if scheme.pk in {turn.old.pk, turn.new.pk}]
