"""Where assessed months stand in their calendar: what is done, what is due next, whose turn it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, Q

from apps.accounts.choices import Role
from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, Scheme, ScoreRun
from apps.assessments.models.appeals import OPEN_APPEALS, Appeal
from apps.assessments.rules.calendar import (
    Due,
    Happened,
    Plan,
    Step,
    Turn,
    current,
    plan_of,
    publication_day,
    steps_of,
    turn_of,
)
from apps.core.clock import local_date
from apps.core.month import Month
from apps.core.scope import Scope
from apps.periods.choices import FactKind
from apps.periods.rules import WorkDays
from apps.periods.selectors import calendar_between, cut_offs_of

MONTHS_AHEAD = 4
"""Working days are read so many months beyond the last one: sixty of them lie within."""


@dataclass(frozen=True, slots=True)
class MonthCalendar:
    """One month's steps, and who takes the next one."""

    month: Month
    steps: tuple[Due, ...]
    turn: Turn
    is_published: bool

    @property
    def now(self) -> Due | None:
        """The first step that is not done."""
        return current(self.steps)

    def step(self, step: Step) -> Due:
        """One of the steps."""
        return next(one for one in self.steps if one.step == step)


def month_calendar(scope: Scope, month: Month, *, today: date) -> MonthCalendar | None:
    """The calendar of one month, for those who work on it. Eight queries."""
    return calendars_of([month], today=today)[month] if scope.may("assessments.view_drafts") else None


def calendars_of(months: Iterable[Month], *, today: date, days: WorkDays | None = None) -> dict[Month, MonthCalendar]:
    """The calendar of each of these months. At most eight queries, however many. DAYS: read already for all of them."""
    known = sorted(set(months))
    if not known:
        return {}
    plans, work_days = plans_of(known), days or work_days_for(known, today)
    happened, turns = happened_in(known), turns_in(known)
    found = {}
    for month in known:
        facts = happened[month]
        steps = steps_of(month, plans[month], facts, today=today, days=work_days)
        now = current(steps)
        is_under_review, is_gm_asked = turns.get(month, (False, False))
        turn = turn_of(now.step if now else Step.PUBLISH, is_under_review=is_under_review, is_gm_asked=is_gm_asked)
        found[month] = MonthCalendar(month, steps, turn, facts.published_on is not None)
    return found


def plans_of(months: Iterable[Month]) -> dict[Month, Plan]:
    """What the scheme in force says of each month's calendar; the usual one where none is. One query."""
    schemes = list(Scheme.objects.approved().values_list("valid", "calendar"))
    return {
        month: plan_of(next((plan for valid, plan in schemes if month.last_day in valid), None)) for month in months
    }


def work_days_for(months: Iterable[Month], today: date, *further: date) -> WorkDays:
    """The declared days that the steps of these months may fall on, and those up to TODAY. One query."""
    known = sorted(months)
    return calendar_between(known[0].first_day, max(today, known[-1].plus(MONTHS_AHEAD).last_day, *further))


def publication_days(months: Iterable[Month], days: WorkDays) -> dict[Month, date]:
    """By which day each month is to be published. One query."""
    return {month: publication_day(month, plan, days) for month, plan in plans_of(list(months)).items()}


def happened_in(months: Iterable[Month]) -> dict[Month, Happened]:
    """On which days the steps of each month were first taken. Five queries."""
    known = list(months)
    firsts = [month.first_day for month in known]
    values, reports = cut_offs_of(FactKind.KPI_VALUES, known), cut_offs_of(FactKind.REPORTS, known)
    runs = {row["month"]: row for row in first_moments(firsts)}
    places = {row.month: row for row in AssessedMonth.objects.filter(month__in=firsts)}
    open_appeals = open_appeals_in(firsts)
    return {
        month: replace(
            happened(runs.get(month.first_day), places.get(month.first_day), open_appeals),
            cut_off_on=local_day(values.get(month)),
            reports_on=local_day(reports.get(month)),
        )
        for month in known
    }


def first_moments(firsts: list[date]) -> Any:
    """By month: when it was first worked out with everything in (what was handed in is), first approved, first published."""
    rows = ScoreRun.objects.filter(month__in=firsts).order_by().values("month")
    return rows.annotate(
        calculated=Min(
            "gathered_at", filter=Q(is_past_cut_off=True, is_past_reports=True) | Q(reviewed_at__isnull=False)
        ),
        approved=Min("approved_at"),
        published=Min("publication__published_at"),
    )


def open_appeals_in(firsts: list[date]) -> dict[date, int]:
    """By month: appeals that nobody has ruled on yet."""
    rows = Appeal.objects.filter(run__month__in=firsts, state__in=OPEN_APPEALS).order_by().values("run__month")
    return dict(rows.annotate(count=Count("pk")).values_list("run__month", "count"))


def happened(runs: Mapping[str, Any] | None, place: AssessedMonth | None, appeals: Mapping[date, int]) -> Happened:
    """What was done of one month, as days of the company's clock."""
    moments = runs or {}
    return Happened(
        calculated_on=local_day(moments.get("calculated")),
        approved_on=local_day(moments.get("approved")),
        published_on=local_day(moments.get("published")),
        appeals_end_on=local_day(place.appeals_until) if place else None,
        final_on=local_day(place.final_at) if place else None,
        open_appeals=appeals.get(place.month, 0) if place else 0,
    )


def local_day(moment: datetime | None) -> date | None:
    """The day of a moment by the company's clock."""
    return local_date(moment) if moment else None


def turns_in(months: Iterable[Month]) -> dict[Month, tuple[bool, bool]]:
    """Months under review: whether they are, and whether the GM is the one asked now. One query."""
    firsts = [month.first_day for month in months]
    rows = ScoreRun.objects.filter(
        month__in=firsts,
        state=RunState.UNDER_REVIEW,
        case__steps__opened_at__isnull=False,
        case__steps__decided_at__isnull=True,
    )
    return {Month.of(month): (True, role == Role.GM) for month, role in rows.values_list("month", "case__steps__role")}
