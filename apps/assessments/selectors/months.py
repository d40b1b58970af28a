"""Assessed months one under the other: where each stands, and how long there is until it is to be published."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from apps.assessments.choices import ScoreStatus
from apps.assessments.models import AssessedMonth, Publication, Scheme, Score, ScoreRun
from apps.assessments.rules.calendar import days_to
from apps.assessments.selectors.calendar import plans_of, publication_days, work_days_for
from apps.assessments.selectors.scores import sees_drafts, visible_runs
from apps.core.clock import local_date
from apps.core.month import Month
from apps.core.scope import Scope

LAST_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a month is to be published, and how far that is in working days (negative: it has passed)."""

    on: date
    days_left: int


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One month: the run that is worked on, the one that is published, what is told of it."""

    month: Month
    draft: ScoreRun | None
    published: ScoreRun | None
    publication: Publication | None
    deadline: Deadline
    not_assessed: int

    @property
    def run(self) -> ScoreRun | None:
        """What the line is about: the published scores, else the draft."""
        return self.published or self.draft

    @property
    def days_late(self) -> int:
        """Working days between deadline and publication; 0 when it was in time or is not published."""
        return max(0, -self.deadline.days_left) if self.publication else 0


def public_deadlines(
    months: Iterable[Month], today: date, published: dict[Month, date] | None = None
) -> dict[Month, Deadline]:
    """The publication deadline of each month, seen from TODAY or from the day it was published. Two queries."""
    known = sorted(set(months))
    if not known:
        return {}
    seen = published or {}
    work_days = work_days_for(known, today, *seen.values())
    return {
        month: Deadline(on, days_to(seen.get(month, today), on, work_days))
        for month, on in publication_days(known, work_days).items()
    }


def month_lines(scope: Scope, *, today: date) -> list[MonthLine]:
    """The last months, the newest first: all since the first scheme for those who work on them, else those published.

    Six queries, however many months.
    """
    places = {Month.of(row.month): row for row in assessed_months(scope)}
    months = set(places)
    if sees_drafts(scope):
        months |= months_due(today)
    shown = sorted(months, reverse=True)[: LAST_MONTHS + 1]
    published = {month: places[month].published for month in shown if month in places}
    days = {month: local_day(run.publication) for month, run in published.items() if run is not None}
    deadlines = public_deadlines(shown, today, days)
    counts = not_assessed_counts([run for month in shown if (run := current_run(places.get(month)))])
    return [line_of(month, places.get(month), deadlines[month], counts) for month in shown]


def readable_months(scope: Scope) -> QuerySet[AssessedMonth]:
    """The rows of the months of which the person may read something."""
    rows = AssessedMonth.objects.select_related("draft", "published__publication__published_by")
    return rows if sees_drafts(scope) else rows.filter(published__in=visible_runs(scope))


def assessed_months(scope: Scope) -> list[AssessedMonth]:
    """The rows of the last months of which the person may read something, the newest first. One query."""
    return list(readable_months(scope).order_by("-month")[: LAST_MONTHS + 1])


def months_due(today: date) -> set[Month]:
    """Months that are over and lie in the time of an approved scheme, as far back as is shown. One query."""
    first = Scheme.objects.approved().order_by("valid").values_list("valid", flat=True).first()
    closed = Month.of(today).plus(-1)
    if first is None:
        return set()
    return set(max(Month.of(first.lower), closed.plus(-LAST_MONTHS)).until(closed))


def public_publication_day(today: date) -> int:
    """By which working day after it the month before TODAY is to be published, as its scheme says. One query."""
    month = Month.of(today).plus(-1)
    return plans_of([month])[month].publish


def local_day(publication: Publication) -> date:
    """The day a month was published, by the company's clock."""
    return local_date(publication.published_at)


def current_run(place: AssessedMonth | None) -> ScoreRun | None:
    """The run a line tells about."""
    return (place.published or place.draft) if place else None


def not_assessed_counts(runs: Iterable[ScoreRun]) -> dict[int, int]:
    """By run: how many departments had too little data. One query."""
    rows = Score.objects.filter(run__in=[run.pk for run in runs], status=ScoreStatus.INSUFFICIENT_DATA)
    counts: dict[int, int] = {}
    for run in rows.values_list("run", flat=True):
        counts[run] = counts.get(run, 0) + 1
    return counts


def line_of(month: Month, place: AssessedMonth | None, deadline: Deadline, counts: dict[int, int]) -> MonthLine:
    """One month as a line."""
    draft, published = (place.draft, place.published) if place else (None, None)
    run = published or draft
    return MonthLine(
        month=month,
        draft=draft,
        published=published,
        publication=published.publication if published else None,
        deadline=deadline,
        not_assessed=counts.get(run.pk, 0) if run else 0,
    )


def month_in_work(scope: Scope, *, today: date) -> MonthLine | None:
    """The oldest month with a draft, else the first one after what is published. For those who work on it."""
    if not sees_drafts(scope):
        return None
    lines = month_lines(scope, today=today)
    drafts = [line for line in lines if line.draft is not None]
    newest = max((line.month for line in lines if line.published is not None), default=None)
    later = [line for line in lines if line.run is None and (newest is None or line.month > newest)]
    return next(reversed(drafts or later), None)
