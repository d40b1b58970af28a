"""What people tried out beside the forecast. Kept apart: nothing else reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import visible_departments
from apps.forecasts.choices import SubjectKind
from apps.forecasts.models import ForecastIssue, Scenario, SeriesForecast
from apps.forecasts.rules.ahead import months_left_in_quarter, months_left_in_year
from apps.forecasts.rules.measures import measure_of
from apps.forecasts.rules.sentences import year_gap
from apps.forecasts.rules.what_if import (
    OPEN,
    WEIGHED,
    Aim,
    Bounds,
    Change,
    aim_of,
    bent,
    chance_of,
    end_bounds,
    end_change,
    end_gap,
    parts_of,
)
from apps.forecasts.selectors.issues import Subject
from apps.forecasts.selectors.series import due_ahead
from apps.kpis.choices import Aggregation
from apps.kpis.models import KpiVersion
from apps.kpis.selectors import visible_kpis

QUARTER, YEAR = 3, 12
OVER_TIME: dict[str, str] = {SubjectKind.SCORE: "mean", SubjectKind.HEADCOUNT: "last", SubjectKind.TURNOVER: "last"}
"""How months of what is no KPI come to a year."""


def visible_scenarios(scope: Scope) -> QuerySet[Scenario]:
    """What ifs about series the person may see."""
    rows = Scenario.objects.select_related("department", "kpi__definition", "made_by")
    if not scope.may("forecasts.view"):
        return rows.none()
    if scope.is_company:
        return rows
    known = Q(kind=SubjectKind.KPI, kpi__in=visible_kpis(scope).values("pk")) | ~Q(kind=SubjectKind.KPI)
    return rows.filter(known, department__in=visible_departments(scope).values("pk"))


def scenarios_of(scope: Scope, subject: Subject) -> list[Scenario]:
    """What was tried of one subject. One query."""
    rows = visible_scenarios(scope).filter(kind=subject.kind, department=subject.department, kpi=subject.kpi)
    return list(rows)


@dataclass(frozen=True, slots=True)
class Side:
    """The next target's chance and the ends of quarter and year, of the forecast or of a what-if; None: cannot be told."""

    chance_month: float | None
    quarter_mean: float | None
    quarter_lo80: float | None
    quarter_hi80: float | None
    chance_quarter: float | None
    year_mean: float | None
    year_lo80: float | None
    year_hi80: float | None
    chance_year: float | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What a change comes to beside the forecast. months: (month, expected, what if) where a figure is due."""

    months: tuple[tuple[Month, float, float], ...]
    plain: Side
    what_if: Side
    next_month: Month
    """The month whose target `chance_month` is about."""
    quarter: Month
    """The last month of the quarter it is about."""
    year: Month
    """The last month of the year."""
    year_gap: str = ""
    """Why the end of the year cannot be told of the what-if (rules.what_if.end_gap) or at all (rules.sentences.year_gap)."""


def tried_of(row: SeriesForecast, issue: ForecastIssue, first: Month, change: Change) -> Tried:
    """The forecast ROW of ISSUE bent by CHANGE from the month FIRST on: ranges move along and keep their width, as far as
    the bounds of the figure let them. Nothing is stored. ROW comes from a selector that took the scope, with its KPI's
    definition, and has a forecast."""
    last, bounds = Month.of(issue.month), bounds_of(row)
    start = next((place for place in range(len(row.mean)) if last.plus(place + 1) >= first), len(row.mean))
    return beside(row, issue, bent(row.mean, change, start=start, lower=bounds.lower, upper=bounds.upper))


def with_own(row: SeriesForecast, issue: ForecastIssue, own: Mapping[Month, float]) -> Tried | None:
    """The forecast ROW of ISSUE with the OWN figures in force in place of its own in their months: what that makes of the
    next target, the quarter and the year, ranges as wide as they were. Nothing is stored; None where no month ahead has
    one. ROW comes from a selector that took the scope, with its KPI's definition."""
    months = [Month.of(issue.month).plus(step) for step in range(1, len(row.mean) + 1)]
    if not any(month in own for month in months):
        return None
    return beside(row, issue, [own.get(month, mean) for month, mean in zip(months, row.mean, strict=True)])


def beside(row: SeriesForecast, issue: ForecastIssue, values: Sequence[float]) -> Tried:
    """What the next target, the quarter and the year come to where VALUES, one for each month ahead, stand in place of the
    forecast ROW of ISSUE. ROW comes from a selector that took the scope."""
    last, bounds = Month.of(issue.month), bounds_of(row)
    due = due_ahead(row, last)
    place, month = due[0]
    chance = moved_chance(
        row,
        Ends(row.mean[place], row.lo80[place], row.hi80[place]),
        values[place] - row.mean[place],
        aim_at(row, at_or_none(row.target, place), at_or_none(row.target_upper, place)),
        row.chance_month,
        bounds,
    )
    following, first = last.plus(1), settings.FISCAL_YEAR_FIRST_MONTH
    quarter, year = (
        Period(name, months, left(following.number, first), shares)
        for name, months, left, shares in (
            ("quarter", QUARTER, months_left_in_quarter, row.quarter_shares),
            ("year", YEAR, months_left_in_year, row.year_shares),
        )
    )
    what_if = Side(chance, *end_side(row, quarter, values, due), *end_side(row, year, values, due))
    plain = Side(row.chance_month, *told_end(row, quarter), *told_end(row, year))
    return Tried(
        tuple((name, row.mean[at], values[at]) for at, name in due),
        plain,
        what_if,
        month,
        following.plus(quarter.left),
        following.plus(year.left),
        gap_of(row) if what_if.year_mean is None else "",
    )


class Period(NamedTuple):
    """A quarter or year the next month lies in: what its columns are called, how many months it has, how many of them come
    after the next one, what each month ahead counts in it, as stored."""

    name: str
    months: int
    left: int
    shares: Sequence[float]


def over_time_of(row: SeriesForecast) -> str:
    """How months of the series are put together."""
    definition = row.kpi.definition if row.kpi else None
    return definition.over_time if definition else OVER_TIME.get(row.kind, "")


def gap_of(row: SeriesForecast) -> str:
    """Why the end of the year cannot be told: at all, or where something changes."""
    return year_gap(over_time_of(row)) if row.year_mean is None else end_gap(over_time_of(row))


def bounds_of(row: SeriesForecast) -> Bounds:
    """Within what a figure of the series lies: what its definition says, else what the forecast kept to."""
    definition = row.kpi.definition if row.kpi else None
    measure = measure_of(row.kind, definition, lower=row.lower, upper=row.upper)
    return Bounds(measure.lower, measure.upper)


class Ends(NamedTuple):
    """A figure and its 80 % range."""

    mean: float
    lo80: float
    hi80: float


def told_end(row: SeriesForecast, period: Period) -> tuple[float | None, float | None, float | None, float | None]:
    """(expected, its 80 % range, chance of the target) of the end of the period, as the forecast has it."""
    mean, lo80, hi80 = (getattr(row, f"{period.name}_{part}") for part in Ends._fields)
    return mean, lo80, hi80, getattr(row, f"chance_{period.name}")


def end_side(
    row: SeriesForecast, period: Period, values: Sequence[float], due: Sequence[tuple[int, Month]]
) -> tuple[float | None, float | None, float | None, float | None]:
    """The same where VALUES stand in place of the forecast in its DUE months; all None: cannot be told."""
    over_time, (mean, lo80, hi80, told) = over_time_of(row), told_end(row, period)
    places = [at for at, _month in due if at <= period.left]
    ahead, changed = ([figures[at] for at in places] for figures in (row.mean, values))
    shares = [period.shares[at] for at in places if at < len(period.shares)]
    parts = parts_of(over_time, len(places), whole=max(period.months // row.step, 1), shares=shares)
    if mean is None or lo80 is None or hi80 is None or (parts is None and changed != ahead):
        return None, None, None, None
    moved = 0.0 if parts is None else end_change(ahead, changed, parts)
    bounds = OPEN if parts is None else end_bounds(mean, ahead, parts, bounds_of(row))
    ends, aims = Ends(mean, lo80, hi80), (getattr(row, f"{period.name}_{part}") for part in ("target", "upper"))
    chance = moved_chance(row, ends, moved, aim_at(row, *aims), told, bounds)
    if moved == 0:
        return *ends, chance
    mean, lo80, hi80 = (bounds.holding(end + moved) for end in ends)
    return mean, lo80, hi80, chance


def moved_chance(
    row: SeriesForecast, ends: Ends, moved: float, aim: Aim | None, told: float | None, bounds: Bounds = OPEN
) -> float | None:
    """The chance of AIM where what was expected MOVED by so much; where it did not, what the forecast TOLD."""
    if aim is None or told is None or moved == 0:
        return told
    definition = row.kpi.definition if row.kpi else None
    is_count = row.kind == SubjectKind.HEADCOUNT if definition is None else is_counted(definition)
    mean, lo80, hi80 = (end + moved for end in ends)
    return chance_of(aim.of_counts() if is_count else aim, mean, lo80, hi80, bounds)


def is_counted(definition: KpiVersion) -> bool:
    """Whether whole things are added up, as the engine sees it."""
    is_measured = definition.over_time in {Aggregation.MEAN, *WEIGHED}
    return definition.decimals == 0 and definition.over_departments == Aggregation.SUM and not is_measured


def aim_at(row: SeriesForecast, target: float | None, upper: float | None) -> Aim | None:
    """What is aimed at; a planned headcount is to be reached."""
    return aim_of(row.kpi.definition.direction if row.kpi and row.kpi.definition else "higher", target, upper)


def at_or_none(values: Sequence[float], place: int) -> float | None:
    """The figure of a month ahead."""
    return values[place] if place < len(values) else None


def scenario_for(scope: Scope, pk: int) -> Scenario:
    """One what if; NotFound is the same for what does not exist and what is not theirs."""
    found = visible_scenarios(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such what-if, or it lies outside what you may see."))
    return found
