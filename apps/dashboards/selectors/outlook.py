"""The block of forecasts on the home page: early warnings, the worst first, and how likely the main targets are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments.selectors import readable_tree_on
from apps.forecasts.choices import SubjectKind, WarningKind
from apps.forecasts.rules.measures import measure_of
from apps.forecasts.rules.sentences import aim_text
from apps.forecasts.selectors import current_issues
from apps.forecasts.selectors.series import (
    LIKELY,
    UNLIKELY,
    main_targets,
    partly_aimed,
    series_counts,
    warned_since,
    warnings_of,
)
from apps.forecasts.services.wording import aimed_from_text

SHOWN_WARNINGS, SHOWN_TARGETS, SHOWN_PARTLY = 5, 5, 3
LOOKED_AT = 200
"""Rows among which those about the same KPI are put together."""
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
    goes_on: bool
    """Every later month too, not this one alone."""
    since: date | None
    others: int
    """Departments with the same warning about the same KPI."""


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
    others: int


@dataclass(frozen=True, slots=True)
class PartlyLine:
    """One target that holds only from a month of the year on, and what that means, in words."""

    name: str
    place: str
    url: str
    words: str
    others: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """The newest issue as far as the person sees it."""

    month: date
    list_url: str
    warnings: tuple[WarnedLine, ...]
    warning_count: int
    warnings_url: str
    targets: tuple[TargetLine, ...]
    partly: tuple[PartlyLine, ...]


def outlook_for(*, scope: Scope, day: date) -> Outlook | None:
    """The block; None for those who see no forecasts, and before anything was issued. Nine queries at most."""
    if scope.reach is Reach.SELF or not scope.may("forecasts.view"):
        return None
    issues = current_issues(scope, until=Month.of(day), limit=ISSUES_LOOKED_AT)
    if not issues:
        return None
    newest, address = issues[0], reverse("forecasts:list")
    warned = one_for_each(warnings_of(scope, newest, limit=LOOKED_AT))[:SHOWN_WARNINGS]
    since = warned_since(scope, [row for row, _others in warned], issues)
    tops = top_departments(scope, Month.of(newest.month).last_day)
    targets = one_for_each(main_targets(scope, newest, tops, limit=LOOKED_AT))
    return Outlook(
        month=newest.month,
        list_url=address,
        warnings=tuple(
            warned_line(row, since.get((row.department_id, row.kind, row.kpi_key)), others) for row, others in warned
        ),
        warning_count=series_counts(scope, newest).warned,
        warnings_url=f"{address}?warning=any",
        targets=tuple(target_line(row, others) for row, others in targets[:SHOWN_TARGETS]),
        partly=partly_lines(partly_aimed(scope, newest, tops, limit=LOOKED_AT)),
    )


def one_for_each(rows: Sequence[Any]) -> list[tuple[Any, int]]:
    """The first of the rows about each KPI (or kind of series) with each warning, and how many more there are."""
    found: dict[Any, list[Any]] = {}
    for row in rows:
        found.setdefault((row.kind, row.kpi_key, row.warning), []).append(row)
    return [(same[0], len(same) - 1) for same in found.values()]


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


def warned_line(row: Any, since: Month | None, others: int) -> WarnedLine:
    """A warning as a line of the block."""
    word = WarningKind(row.warning)
    return WarnedLine(
        name=name_of(row),
        place=row.department.name,
        url=address_of(row),
        word=word.label,
        tone=TONES.get(word, "neutral"),
        month=row.warned_month,
        goes_on=word == WarningKind.STAYS_OFF,
        since=since.first_day if since else None,
        others=others,
    )


def target_line(row: Any, others: int) -> TargetLine:
    """A target as a line of the block; a chance is never told as nought or a hundred."""
    measure = measure_of(row.kind, row.kpi.definition if row.kpi else None)
    expected = aim_text(row.year_mean, None, decimals=measure.decimals, unit=measure.unit)
    target = aim_text(row.year_target, row.year_upper, decimals=measure.decimals, unit=measure.unit)
    tone = "success" if row.chance_year >= LIKELY else "warning" if row.chance_year >= UNLIKELY else "danger"
    chance = min(99, max(1, round(row.chance_year * 100)))
    return TargetLine(name_of(row), row.department.name, address_of(row), chance, tone, expected, target, others)


def partly_lines(found: Sequence[tuple[Any, Month]]) -> tuple[PartlyLine, ...]:
    """Targets that hold only from a month on as lines of the block, each KPI once."""
    since = {(row.department_id, row.kpi_key): month for row, month in found}
    rows = one_for_each([row for row, _month in found])[:SHOWN_PARTLY]
    return tuple(
        PartlyLine(
            name_of(row),
            row.department.name,
            address_of(row),
            aimed_from_text(since[row.department_id, row.kpi_key]),
            others,
        )
        for row, others in rows
    )
