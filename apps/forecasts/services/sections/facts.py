"""Everything the sections of a report are written from, read once: indicators, scores, people, forecasts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from apps.assessments.models import ScoreRun
from apps.assessments.selectors.board import GradeCount, grade_counts
from apps.assessments.selectors.scores import former_run, former_runs, scores_in, visible_runs
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments.selectors import tree_on
from apps.departments.selectors.tree import TreeNode
from apps.forecasts.choices import SubjectKind, WarningKind
from apps.forecasts.models import ForecastIssue, Override, SeriesForecast
from apps.forecasts.rules.ahead import months_left_in_year
from apps.forecasts.selectors import current_issues, visible_series
from apps.forecasts.selectors.honesty import own_figures
from apps.forecasts.selectors.people import foretold_beside, short_of_people
from apps.forecasts.selectors.scenarios import with_own
from apps.forecasts.selectors.series import Counts, series_counts, targets_from, warnings_of
from apps.forecasts.selectors.shortage_scores import ScoreEffect, score_effects
from apps.forecasts.services.wording import own_text, own_year_text
from apps.kpis.choices import Frequency, Status
from apps.kpis.selectors import calendar_on
from apps.kpis.selectors.months import Calendar, Line, Pair
from apps.kpis.selectors.reporting import (
    Result,
    Standing,
    is_off,
    lines_below,
    missing_count,
    month_standings,
    results_of,
    totals_of,
)
from apps.staff.choices import AppointmentRole
from apps.staff.selectors import heads_by_department, leaders_of, statement
from apps.staff.selectors.numbers import Statement, plans_by_month

COMPANY = Scope(
    user_id=None,
    reach=Reach.COMPANY,
    capabilities=frozenset(
        {"kpis.view", "forecasts.view", "assessments.view", "staff.view_headcount", "departments.view"}
    ),
)
"""The report is about the whole company, whoever has it put together."""
BRIDGED = frozenset({"sum", "ratio", "weighted"})
"""Ways over departments whose change can be told by department: what adds up, and rates by rate and weight."""
MOST_OFF = 60
MOST_TOP = 24
MOST_BEST = 5
MOST_SHORT, MOST_BESIDE = 8, 12
MOST_WARNINGS, MOST_RETURNS = 12, 4


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores a report tells of: those published for its month, or for the last month before."""

    run: ScoreRun
    former: ScoreRun | None
    scores: Sequence[Any]
    """Each with `before_total` and `change`, best first."""
    grades: Sequence[GradeCount]


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """The month as it stands at the moment the report is put together."""

    month: Month
    now: datetime
    calendar: Calendar
    nodes: dict[int, TreeNode]
    standings: Sequence[Standing]
    before: dict[tuple[int, int], str]
    """Lights of the month before, by indicator and department."""
    missing: int
    off: Sequence[Result]
    """Those off target, the worst first, at most MOST_OFF."""
    off_count: int
    top: Sequence[Result]
    """Those of the topmost departments."""
    best: Sequence[Result]
    heads: dict[int, str]
    """Who heads which department."""
    below: dict[Pair, dict[Month, Line]]
    """Months of the topmost departments' indicators in the departments below, for what moved the total."""
    totals: frozenset[int]
    """Formulas among the topmost departments' indicators that are the sum of what they come to in the departments below."""
    scored: Scored | None
    people: Statement
    people_by_department: dict[int, tuple[int, int | None]]
    """Department → heads at the end of the month, plan."""
    issue: ForecastIssue | None
    series: dict[tuple[str, int, int], SeriesForecast]
    """Of the issue: (kind, department, KPI or 0)."""
    aimed_from: Mapping[tuple[int, int], Month]
    """(department, indicator) → the month from which on it has a target, where the year has none for that."""
    own: Mapping[tuple[int, str, int | None], Sequence[Override]]
    """Own figures in force for months ahead, by department, kind and indicator, the nearest first."""
    counts: Counts | None
    """How the series of the issue stand, as its page counts them."""
    warned: Sequence[SeriesForecast]
    """Those that need somebody, the worst first, at most MOST_WARNINGS."""
    returning: Sequence[SeriesForecast]
    """Those off their target that are expected to return to it, the soonest first, at most MOST_RETURNS."""
    short: Sequence[SeriesForecast]
    """Headcount of departments expected below their plan, the surest first."""
    beside: Mapping[int, Sequence[SeriesForecast]]
    """What else is foretold of them."""
    effects: Mapping[int, ScoreEffect] = field(default_factory=dict)
    """What the shortage does to the scores of those that are assessed."""

    @property
    def issue_month(self) -> Month | None:
        return Month.of(self.issue.month) if self.issue else None

    def series_of(self, result: Result) -> SeriesForecast | None:
        """The forecast of an indicator where it is shown."""
        kpi, place = result.pair
        return self.series.get((SubjectKind.KPI, place, kpi))

    @property
    def year_ahead(self) -> int:
        """The place among the months ahead of the last one of the business year the next month lies in."""
        following = self.issue_month.plus(1) if self.issue_month else self.month.plus(1)
        return months_left_in_year(following.number, settings.FISCAL_YEAR_FIRST_MONTH)

    def own_words(self, result: Result) -> str:
        """The own figure that stands beside the forecast of an indicator and what it makes of the year; empty where there is
        none."""
        kpi, place = result.pair
        told, look = self.own.get((place, SubjectKind.KPI, kpi), ()), result.card.facts
        row = self.series_of(result)
        values = {Month.of(one.month): float(one.value or 0) for one in told}
        found = with_own(row, self.issue, values) if row and self.issue and told else None
        words = (
            own_text(told, decimals=look.decimals, unit=look.unit),
            own_year_text(found, decimals=look.decimals, unit=look.unit),
        )
        return "; ".join(part for part in words if part)

    def name_of(self, department: int) -> str:
        """A department's name on the month's last day."""
        node = self.nodes.get(department)
        return node.name if node else ""


def facts_of(month: Month, *, now: datetime) -> MonthFacts:
    """Read the month. Some forty queries, however large the company."""
    calendar = calendar_on(now, [month])
    nodes = {node.pk: node for node in tree_on(month.last_day, COMPANY)}
    standings = month_standings(COMPANY, month)
    listed = listed_in(standings, nodes, month=month, calendar=calendar)
    told = {one.row.pk: one for results in listed.values() for one in results}.values()
    totals = totals_of(listed["top"], month)
    issue = next(iter(current_issues(COMPANY, until=month, limit=1)), None)
    short = short_of_people(COMPANY, issue, limit=MOST_SHORT) if issue else []
    series = series_in(issue, told)
    return MonthFacts(
        month=month,
        now=now,
        calendar=calendar,
        nodes=nodes,
        standings=standings,
        before={(one.kpi, one.place): one.status for one in month_standings(COMPANY, month.plus(-1))},
        missing=missing_count(COMPANY, month),
        off=listed["off"],
        off_count=sum(is_off(one) for one in standings),
        top=listed["top"],
        best=listed["best"],
        heads=heads_of({one.row.place_id for one in told}, month),
        below=below_of([one for one in listed["top"] if is_bridged(one, totals)], nodes, month),
        totals=totals,
        scored=scored_in(month),
        people=statement(scope=COMPANY, first=month.plus(-11), last=month),
        people_by_department=people_in(month),
        issue=issue,
        series=series,
        aimed_from=targets_from(COMPANY, series.values(), Month.of(issue.month)) if issue else {},
        own=own_figures(COMPANY, list(series.values()), after=issue.month) if issue else {},
        counts=series_counts(COMPANY, issue) if issue else None,
        warned=warnings_of(COMPANY, issue, limit=MOST_WARNINGS) if issue else [],
        returning=returning_in(issue),
        short=short,
        beside=beside_short(issue, short),
        effects=score_effects(COMPANY, issue, short) if issue and short else {},
    )


def listed_in(
    standings: Sequence[Standing], nodes: dict[int, TreeNode], *, month: Month, calendar: Calendar
) -> dict[str, list[Result]]:
    """The indicators the report names: `off`, `top` and `best`. Four queries."""
    chosen = {
        "off": [one.kpi for one in standings if is_off(one)][:MOST_OFF],
        "top": top_keys(standings, nodes),
        "best": best_keys(standings),
    }
    keys = [pk for group in chosen.values() for pk in group]
    found = results_of(COMPANY, keys, month=month, calendar=calendar, standings=standings)
    results = {one.row.pk: one for one in found}
    return {name: [results[pk] for pk in group if pk in results] for name, group in chosen.items()}


def top_keys(standings: Sequence[Standing], nodes: dict[int, TreeNode]) -> list[int]:
    """The indicators of the topmost departments that have some, in the order of their keys."""
    levels = {one.kpi: nodes[one.place].level for one in standings if one.place in nodes}
    top = min(levels.values(), default=0)
    return sorted(kpi for kpi, level in levels.items() if level == top)[:MOST_TOP]


def best_keys(standings: Sequence[Standing]) -> list[int]:
    """The indicators that are furthest on the right side of their target; those inside a range have no such distance."""
    judged = [one for one in standings if one.status == Status.GREEN and one.off_pct is not None]
    return [one.kpi for one in sorted(judged, key=lambda one: (one.off_pct or Decimal(0), one.kpi))[:MOST_BEST]]


def heads_of(departments: Iterable[int], month: Month) -> dict[int, str]:
    """Who heads these departments on the month's last day. One query."""
    rows = leaders_of(list(departments), month.last_day).filter(role=AppointmentRole.HEAD)
    return {row.department_id: row.person.name for row in rows}


def is_bridged(result: Result, totals: frozenset[int]) -> bool:
    """Whether the change of a monthly indicator can be told by department; of formulas only of those that are TOTALS."""
    look = result.card.facts
    is_made_up = result.row.pk in totals if result.formula else look.over_departments in BRIDGED
    return is_made_up and look.frequency == Frequency.MONTH


def below_of(told: Sequence[Result], nodes: dict[int, TreeNode], month: Month) -> dict[Pair, dict[Month, Line]]:
    """The months of what can be bridged, in the departments directly below. One query."""
    parents = {one.row.place_id for one in told}
    children = [node.pk for node in nodes.values() if node.parent in parents]
    return lines_below([one.row.pk for one in told], children, first=month.plus(-12), last=month)


def scored_in(month: Month) -> Scored | None:
    """The newest published scores of the month or of one before. Four queries."""
    rows = visible_runs(COMPANY).filter(state="published", month__lte=month.first_day)
    run = rows.order_by("-month").first()
    if run is None:
        return None
    month = Month.of(run.month)
    former = former_run(COMPANY, month)
    scores = (
        scores_in(COMPANY, run, former_runs(COMPANY, month)).exclude(total=None).order_by("-total", "department__name")
    )
    return Scored(run, former, list(scores), grade_counts(run))


def people_in(month: Month) -> dict[int, tuple[int, int | None]]:
    """Heads and plan of every department at the end of the month, own heads only. Three queries."""
    heads = heads_by_department(month.last_day)
    planned = plans_by_month(month, month).get(month, {})
    return {pk: (heads.get(pk, 0), planned.get(pk)) for pk in {*heads, *planned}}


def series_in(issue: ForecastIssue | None, results: Iterable[Result]) -> dict[tuple[str, int, int], SeriesForecast]:
    """The forecasts of these indicators, and all of scores and on people. One query."""
    if issue is None:
        return {}
    pairs = {one.pair for one in results}
    rows = visible_series(COMPANY, issue)
    of_kpis = rows.filter(kind=SubjectKind.KPI, kpi_key__in=[kpi for kpi, _place in pairs])
    of_departments = rows.exclude(kind=SubjectKind.KPI)
    found = {
        (row.kind, row.department_id, row.kpi_key): row for row in of_kpis if (row.kpi_key, row.department_id) in pairs
    }
    return found | {(row.kind, row.department_id, row.kpi_key): row for row in of_departments}


def beside_short(
    issue: ForecastIssue | None, short: Sequence[SeriesForecast]
) -> Mapping[int, Sequence[SeriesForecast]]:
    """KPIs and scores foretold of departments that are SHORT of people, the least likely first. One query."""
    if issue is None or not short:
        return {}
    return foretold_beside(COMPANY, issue, [row.department_id for row in short], each=MOST_BESIDE)


def returning_in(issue: ForecastIssue | None) -> list[SeriesForecast]:
    """The good news of an issue. One query."""
    return warnings_of(COMPANY, issue, limit=MOST_RETURNS, kinds=[WarningKind.RETURNS]) if issue else []


def horizon_months(issue: ForecastIssue) -> list[Month]:
    """The months an issue foretells."""
    first = Month.of(issue.month).plus(1)
    return [first.plus(step) for step in range(issue.horizon)]
