"""Quarters and fiscal years with the months of them that are published."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.assessments.choices import RunState
from apps.assessments.models import ScoreRun
from apps.assessments.selectors.scores import visible_runs
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.periods.choices import PeriodKind
from apps.periods.rules import fiscal_year_name, fiscal_year_start, quarter_number, span_of

LONGER = (PeriodKind.QUARTER, PeriodKind.YEAR)
MONTHS_BACK = 36
FIRST_YEAR, LAST_YEAR = 2, 9997
"""Quarters and years of these lie within what a date can say."""


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """A quarter or a fiscal year, by its first and last month."""

    first: Month
    last: Month
    kind: str

    @property
    def name(self) -> str:
        """As people say it: Q2 2026, 2026/27."""
        start = settings.FISCAL_YEAR_FIRST_MONTH
        year = fiscal_year_name(fiscal_year_start(self.first.first_day, start))
        if self.kind == PeriodKind.YEAR:
            return year
        return _("Q%(number)s %(year)s") % {"number": quarter_number(self.first.first_day, start), "year": year}

    @property
    def months(self) -> list[Month]:
        return self.first.until(self.last)


def stretch_of(kind: str, month: Month) -> Stretch:
    """The quarter or year MONTH lies in. NotFound for any other kind."""
    if kind not in LONGER:
        raise NotFound(_("There are scores of quarters and of years. Choose one of these."))
    if not FIRST_YEAR <= month.year <= LAST_YEAR:
        raise NotFound(_("Nothing is published of this period, or it begins with another month."))
    span = span_of(kind, month.first_day, settings.FISCAL_YEAR_FIRST_MONTH)
    return Stretch(Month.of(span.first_day), Month.of(span.last_day), str(PeriodKind(kind).value))


@dataclass(frozen=True, slots=True)
class StretchLine:
    """A quarter or year with its published months."""

    stretch: Stretch
    published: tuple[ScoreRun, ...]

    @property
    def name(self) -> str:
        return self.stretch.name

    @property
    def month_count(self) -> int:
        return len(self.published)


def stretch_lines(scope: Scope) -> list[StretchLine]:
    """The quarters and years with months whose publication the person may read, the newest first. One query."""
    runs = visible_runs(scope).filter(state=RunState.PUBLISHED).order_by("-month")[:MONTHS_BACK]
    found: dict[Stretch, list[ScoreRun]] = {}
    for run in sorted(runs, key=lambda run: run.month):
        for kind in LONGER:
            found.setdefault(stretch_of(kind, Month.of(run.month)), []).append(run)
    return [StretchLine(stretch, tuple(found[stretch])) for stretch in sorted(found, reverse=True)]


def stretch_line(scope: Scope, kind: str, month: Month) -> StretchLine:
    """One quarter or year with its published months, or NotFound where nothing of it may be read. One query."""
    stretch = stretch_of(kind, month)
    runs = within(visible_runs(scope), stretch, prefix="").order_by("month")
    if not runs or month != stretch.first:
        raise NotFound(_("Nothing is published of this period, or it begins with another month."))
    return StretchLine(stretch, tuple(runs))


def within(rows: Any, stretch: Stretch, prefix: str = "run__") -> Any:
    """Of ROWS those that are published and lie in the period."""
    return rows.filter(
        **{
            f"{prefix}state": RunState.PUBLISHED,
            f"{prefix}month__range": (stretch.first.first_day, stretch.last.first_day),
        }
    )
