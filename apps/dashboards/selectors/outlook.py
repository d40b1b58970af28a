"""The block of forecasts on the home page: early warnings, the worst first, and how likely the main targets are."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.urls import reverse

from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments.selectors import readable_tree_on
from apps.forecasts.choices import SubjectKind, WarningKind
from apps.forecasts.rules.measures import measure_of
from apps.forecasts.selectors import current_issues
from apps.forecasts.selectors.series import LIKELY, UNLIKELY, main_targets, series_counts, warned_since, warnings_of
from apps.kpis.rules.showing import figure

SHOWN_WARNINGS, SHOWN_TARGETS = 5, 5
ISSUES_LOOKED_AT = 12
TONES = {WarningKind.LEAVES: "danger", WarningKind.STAYS_OFF: "danger", WarningKind.BELOW_PLAN: "warning"}


@dataclass(frozen=True, slots=True)
class WarnedLine:
    """One series that needs somebody."""

    name: str
    place: str
    url: str
    word: Any
    tone: str
    month: date | None
    since: date | None


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One target of the year."""

    name: str
    place: str
    url: str
    chance: int
    tone: str
    expected: str
    target: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """The newest issue as far as the person sees it."""

    month: date
    list_url: str
    warnings: tuple[WarnedLine, ...]
    warning_count: int
    warnings_url: str
    targets: tuple[TargetLine, ...]


def outlook_for(*, scope: Scope, day: date) -> Outlook | None:
    """The block; None for those who see no forecasts, and before anything was issued. Seven queries at most."""
    if scope.reach is Reach.SELF or not scope.may("forecasts.view"):
        return None
    issues = current_issues(scope, until=Month.of(day), limit=ISSUES_LOOKED_AT)
    if not issues:
        return None
    newest, address = issues[0], reverse("forecasts:list")
    warned = warnings_of(scope, newest, limit=SHOWN_WARNINGS)
    since = warned_since(scope, warned, issues)
    tops = top_departments(scope, Month.of(newest.month).last_day)
    return Outlook(
        month=newest.month,
        list_url=address,
        warnings=tuple(warned_line(row, since.get((row.department_id, row.kind, row.kpi_key))) for row in warned),
        warning_count=series_counts(scope, newest).warned,
        warnings_url=f"{address}?warning=any",
        targets=tuple(target_line(row) for row in main_targets(scope, newest, tops, limit=SHOWN_TARGETS)),
    )


def top_departments(scope: Scope, day: date) -> tuple[int, ...]:
    """Where the main targets lie: the departments led, or the tops of the company."""
    if scope.department_ids:
        return scope.department_ids
    return tuple(node.pk for node in readable_tree_on(day, scope) if node.level == 0)


def address_of(row: Any) -> str:
    """The page of a series."""
    return reverse("forecasts:series", args=[row.kind, row.department_id, *([row.kpi_id] if row.kpi_id else [])])


def name_of(row: Any) -> str:
    """The KPI's name, else what kind of series it is."""
    return str(row.kpi.name if row.kpi else SubjectKind(row.kind).label)


def warned_line(row: Any, since: Month | None) -> WarnedLine:
    """A warning as a line of the block."""
    word = WarningKind(row.warning)
    return WarnedLine(
        name=name_of(row),
        place=row.department.name,
        url=address_of(row),
        word=word.label,
        tone=TONES.get(word, "neutral"),
        month=row.warned_month,
        since=since.first_day if since else None,
    )


def target_line(row: Any) -> TargetLine:
    """A target as a line of the block; a chance is never told as nought or a hundred."""
    measure = measure_of(row.kind, row.kpi.definition if row.kpi else None)
    expected, target = (
        "" if value is None else figure(Fraction(value), decimals=measure.decimals, unit=measure.unit)
        for value in (row.year_mean, row.year_target)
    )
    tone = "success" if row.chance_year >= LIKELY else "warning" if row.chance_year >= UNLIKELY else "danger"
    chance = min(99, max(1, round(row.chance_year * 100)))
    return TargetLine(name_of(row), row.department.name, address_of(row), chance, tone, expected, target)
