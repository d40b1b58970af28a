"""Where the facts of indicators come from: the one list that an app of work is added to (docs/facts.md).

A provider answers for some indicators and is asked for all of them at once, so that a month takes the same number of queries
whatever its size. Receipts ask the same providers what stood behind each line.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.assessments.choices import Method
from apps.assessments.models import Entry, Indicator, Rating, Score, ScoreLine
from apps.assessments.rules.results import Status
from apps.assessments.rules.scoring import parse_method, score
from apps.assessments.selectors.assessed import ENTERED, RATED
from apps.assessments.selectors.figures import as_number, figure_of
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.core.scope import Scope
from apps.kpis.selectors import Behind, FactSheet, month_facts, versions_behind
from apps.kpis.selectors.judging import NOTHING_BEHIND

Key = tuple[int, int]
"""(indicator, department)"""
Pairs = Sequence[tuple[Indicator, int]]
"""Indicators, each with the department that is judged by it."""
RATE_PLACES = 14


@dataclass(frozen=True, slots=True)
class Backing:
    """What stood behind one line, for its receipt."""

    values: Behind = NOTHING_BEHIND
    """Reported values of its KPI."""
    told: Entry | None = None
    """The report of whoever entered it."""


def no_facts(pairs: Pairs, month: Month) -> Mapping[Key, Any]:
    """Nothing known."""
    return {}


def no_backing(score: Score, lines: Sequence[ScoreLine], scope: Scope) -> Mapping[int, Backing]:
    """Nothing to show."""
    return {}


@dataclass(frozen=True, slots=True)
class Provider:
    """One origin of facts."""

    code: str
    answers: Callable[[Indicator], bool]
    """For which indicators it may know something."""
    facts: Callable[[Pairs, Month], Mapping[Key, Any]] = no_facts
    """What the indicators' methods are given; nothing where nothing is known, which is never a zero."""
    behind: Callable[[Score, Sequence[ScoreLine], Scope], Mapping[int, Backing]] = no_backing
    """By indicator, what stood behind the lines of a score as far as the reader may see it."""


def figures(*, month: Month, kpis: Sequence[int], departments: Sequence[int]) -> FactSheet:
    """What KPI_VALUES knows, as columns, for there may be hundreds of thousands: all other providers give facts by pair."""
    return month_facts(month=month, kpis=kpis, departments=departments)


def reported(pairs: Pairs, month: Month) -> dict[Key, Any]:
    """What the methods of indicators without a KPI are given, by indicator and department; nothing for what was not
    reported. The providers are asked in their order, and the first that knows is believed."""
    found: dict[Key, Any] = {}
    others = [pair for pair in pairs if pair[0].kpi_id is None]
    for provider in PROVIDERS:
        asked = [(one, place) for one, place in others if provider.answers(one) and (one.pk, place) not in found]
        if asked:
            found |= provider.facts(asked, month)
    return found


def backing_of(score: Score, lines: Sequence[ScoreLine], scope: Scope) -> dict[int, Backing]:
    """What stood behind the lines of a score (from a scoped selector), by indicator."""
    found: dict[int, Backing] = {}
    for provider in reversed(PROVIDERS):
        asked = [line for line in lines if provider.answers(line.indicator)]
        if asked:
            found |= provider.behind(score, asked, scope)
    return found


# --- KPIs ---


def has_kpi(indicator: Indicator) -> bool:
    """Whether it judges the value of a KPI."""
    return indicator.kpi_id is not None


def values_behind(score: Score, lines: Sequence[ScoreLine], scope: Scope) -> dict[int, Backing]:
    """The versions of values that counted when the facts were gathered."""
    found = versions_behind(
        month=Month.of(score.run.month),
        kpis={line.indicator.kpi_id for line in lines if line.indicator.kpi_id},
        department=score.department_id,
        as_of=score.run.gathered_at,
        scope=scope,
    )
    return {line.indicator_id: Backing(found.get(line.indicator.kpi_id or 0, NOTHING_BEHIND)) for line in lines}


# --- what people enter ---


def is_entered(indicator: Indicator) -> bool:
    """Whether it judges events or milestones."""
    return indicator.kpi_id is None and indicator.method in ENTERED


def entries(pairs: Pairs, month: Month) -> dict[Key, Any]:
    """The newest version of what was entered. Milestones are judged as of the month's last day. One query."""
    kinds = {one.pk: one.method for one, _place in pairs}
    wanted = {(one.pk, place) for one, place in pairs}
    rows = (
        Entry.objects.filter(month=month.first_day, indicator__in=kinds)
        .order_by("indicator_id", "department_id", "-version")
        .distinct("indicator_id", "department_id")
        .values_list("indicator", "department", "content")
    )
    day = month.last_day.isoformat()
    return {
        (one, place): {"as_of": day, **content} if kinds[one] == Method.MILESTONE else content
        for one, place, content in rows
        if (one, place) in wanted
    }


def reports_behind(score: Score, lines: Sequence[ScoreLine], scope: Scope) -> dict[int, Backing]:
    """The newest report that says what each line was judged by. One query; none where nothing was reported."""
    judged = {
        line.indicator_id: {key: value for key, value in line.reported.items() if key != "as_of"}
        for line in lines
        if line.reported is not None
    }
    if not judged:
        return {}
    rows = Entry.objects.filter(
        month=score.run.month,
        department=score.department_id,
        indicator__in=judged,
        said_at__lte=score.run.gathered_at,
    )
    found = rows.select_related("said_by").order_by("version")
    return {row.indicator_id: Backing(told=row) for row in found if row.content == judged[row.indicator_id]}


# --- what raters say ---


def is_rated(indicator: Indicator) -> bool:
    """Whether raters say what it is worth."""
    return indicator.kpi_id is None and indicator.method in RATED


def answers(pairs: Pairs, month: Month) -> dict[Key, Any]:
    """The newest answer of each rater the scheme names. One query."""
    wanted = {(one.pk, place): {str(row.get("id")) for row in one.params.get("raters", ())} for one, place in pairs}
    rows = (
        Rating.objects.filter(month=month.first_day, indicator__in={one.pk for one, _place in pairs})
        .order_by("indicator_id", "department_id", "said_by_id", "-version")
        .distinct("indicator_id", "department_id", "said_by_id")
        .values_list("indicator", "department", "said_by__email", "level")
    )
    found: dict[Key, dict[str, str]] = {}
    for one, place, rater, level in rows:
        if rater in wanted.get((one, place), ()):
            found.setdefault((one, place), {})[rater] = level
    return found


# --- parts of a composite ---


def has_parts(indicator: Indicator) -> bool:
    """Whether it judges several KPIs together."""
    return indicator.kpi_id is None and indicator.method == Method.COMPOSITE


def rates_of_parts(pairs: Pairs, month: Month) -> dict[Key, Any]:
    """What each part of a composite reached of its target (ratio, 1 = all of it), None where it has no value. One query."""
    parts = [(one, place, part) for one, place in pairs for part in one.params.get("children", ())]
    sheet = figures(
        month=month,
        kpis=[int(part.get("kpi") or 0) for _one, _place, part in parts],
        departments=[place for _one, place, _part in parts],
    )
    found: dict[Key, dict[str, str | None]] = {}
    for (one, place, part), fact in zip(parts, sheet, strict=True):
        method = parse_method("ratio", {"direction": part.get("direction") or "higher"})
        result = score(method, figure_of(fact), as_number(fact.target), 1)
        rate = result.rate if result.status == Status.SCORED else None
        text = None if rate is None else f"{round_half_up(rate, RATE_PLACES):f}"
        found.setdefault((one.pk, place), {})[str(part.get("code"))] = text
    return {key: rates for key, rates in found.items() if any(rate is not None for rate in rates.values())}


KPI_VALUES = Provider("kpis", has_kpi, behind=values_behind)
ENTRIES = Provider("entries", is_entered, entries, reports_behind)
RATINGS = Provider("ratings", is_rated, answers)
PARTS = Provider("parts", has_parts, rates_of_parts)
PROVIDERS: tuple[Provider, ...] = (KPI_VALUES, ENTRIES, RATINGS, PARTS)
"""In the order in which they are believed. An app of work goes before ENTRIES: what it knows nobody has to enter, and what
it does not know is entered as before."""
