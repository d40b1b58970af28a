"""Where the facts of indicators come from: the one list that an app of work is added to (docs/facts.md).

A provider answers for some indicators and is asked for all of them at once, so that a month takes the same number of queries
whatever its size. Receipts ask the same providers what stood behind each line.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, OuterRef, Subquery

from apps.assessments.choices import Method
from apps.assessments.models import Entry, Indicator, IndicatorRater, Rating, Score, ScoreLine
from apps.assessments.selectors.assessed import ENTERED, RATED
from apps.assessments.selectors.parts import Part, code_of, has_parts, kept_part, kpi_of, parts_of
from apps.assessments.selectors.raters import Rater, Raters
from apps.core.month import Month
from apps.core.scope import Scope
from apps.kpis.selectors import Behind, Fact, FactSheet, month_facts, versions_behind
from apps.kpis.selectors.judging import NOTHING_BEHIND

Key = tuple[int, int]
"""(indicator, department)"""
Pairs = Sequence[tuple[Indicator, int]]
"""Indicators, each with the department that is judged by it."""
PlacedPart = tuple[Indicator, int, Part]
"""A composite, the department that is judged by it, and one of its parts."""


@dataclass(frozen=True, slots=True)
class Backing:
    """What stood behind one line, for its receipt."""

    values: Behind = NOTHING_BEHIND
    """Reported values of its KPI."""
    parts: Mapping[int, Behind] = field(default_factory=dict)
    """Of a composite the same by KPI."""
    told: Entry | None = None
    """The report of whoever entered it."""
    now: Any = None
    """What is known of it now, where it is no KPI's value: it may have come since the line was judged."""
    raters: Raters = field(default_factory=dict)
    """Whose answers it was judged by, where raters said what it is worth."""


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
    """What the indicators' methods are given, of composites what their lines keep (selectors.parts); nothing where nothing
    is known, which is never a zero."""
    behind: Callable[[Score, Sequence[ScoreLine], Scope], Mapping[int, Backing]] = no_backing
    """By indicator, what stood behind the lines of a score as far as the reader may see it, and what is known `now`. A
    provider without it is asked for its facts."""


def figures(*, month: Month, kpis: Sequence[int], departments: Sequence[int]) -> FactSheet:
    """What KPI_VALUES knows, as columns, for there may be hundreds of thousands: all other providers give facts by pair."""
    return month_facts(month=month, kpis=kpis, departments=departments)


def reported(pairs: Pairs, month: Month) -> dict[Key, Any]:
    """What the methods of indicators without a KPI are given, by indicator and department; nothing for what was not
    reported, but that a composite always has its parts, each with or without a value. The providers are asked in their
    order, and the first that knows is believed."""
    found: dict[Key, Any] = {}
    others = [pair for pair in pairs if pair[0].kpi_id is None]
    for provider in PROVIDERS:
        asked = [(one, place) for one, place in others if provider.answers(one) and (one.pk, place) not in found]
        if asked:
            found |= provider.facts(asked, month)
    return found


def backing_of(score: Score, lines: Sequence[ScoreLine], scope: Scope) -> dict[int, Backing]:
    """What stood behind the lines of a score (from a scoped selector), by indicator, but for what `figures_now` knows.

    KPI_VALUES answers for the values behind parts of composites too, so that they take no query more.
    """
    found: dict[int, Backing] = {}
    for provider in reversed(PROVIDERS):
        answers = rests_on_kpis if provider is KPI_VALUES else provider.answers
        asked = [line for line in lines if answers(line.indicator)]
        if not asked or provider is PARTS:
            continue
        if provider.behind is not no_backing:
            found |= provider.behind(score, asked, scope)
            continue
        known = provider.facts([(line.indicator, line.department_id) for line in asked], Month.of(score.run.month))
        found |= {one: Backing(now=fact) for (one, _place), fact in known.items()}
    return found


def figures_now(lines: Sequence[ScoreLine], month: Month) -> tuple[dict[int, Fact], dict[int, Any]]:
    """What stands there now of the lines of a score, by indicator: the figure of each KPI, and the parts of each composite.
    One query."""
    own = [line for line in lines if has_kpi(line.indicator)]
    parts = all_parts([(line.indicator, line.department_id) for line in lines])
    asked = [(line.indicator.kpi_id or 0, line.department_id) for line in own]
    asked += [(kpi_of(part), place) for _one, place, part in parts]
    sheet = list(
        figures(month=month, kpis=[kpi for kpi, _place in asked], departments=[place for _kpi, place in asked])
    )
    known = kept_from(parts, sheet[len(own) :])
    return (
        {line.indicator_id: fact for line, fact in zip(own, sheet, strict=False)},
        {one: kept for (one, _place), kept in known.items()},
    )


# --- KPIs ---


def has_kpi(indicator: Indicator) -> bool:
    """Whether it judges the value of a KPI."""
    return indicator.kpi_id is not None


def rests_on_kpis(indicator: Indicator) -> bool:
    """Whether it judges the value of a KPI, or those of several."""
    return has_kpi(indicator) or has_parts(indicator)


def values_behind(score: Score, lines: Sequence[ScoreLine], scope: Scope) -> dict[int, Backing]:
    """The versions of values that counted when the facts were gathered. Two queries."""
    parts = {line.indicator_id: [kpi_of(part) for part in parts_of(line.indicator)] for line in lines}
    found = versions_behind(
        month=Month.of(score.run.month),
        kpis={line.indicator.kpi_id for line in lines if line.indicator.kpi_id}.union(*parts.values()),
        department=score.department_id,
        as_of=score.run.gathered_at,
        scope=scope,
    )
    return {
        line.indicator_id: Backing(
            found.get(line.indicator.kpi_id or 0, NOTHING_BEHIND),
            {kpi: found[kpi] for kpi in parts[line.indicator_id]},
        )
        for line in lines
    }


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
    return {
        (one, place): as_judged(kinds[one], content, month) for one, place, content in rows if (one, place) in wanted
    }


def as_judged(method: str, content: Any, month: Month) -> Any:
    """What was entered as its method takes it."""
    return {"as_of": month.last_day.isoformat(), **content} if method == Method.MILESTONE else content


def reports_behind(score: Score, lines: Sequence[ScoreLine], scope: Scope) -> dict[int, Backing]:
    """The newest report that says what each line was judged by, and what the newest of all says. One query."""
    month, judged = Month.of(score.run.month), {line.indicator_id: line for line in lines}
    rows = Entry.objects.filter(month=month.first_day, department=score.department_id, indicator__in=judged)
    found: dict[int, Backing] = {}
    for row in rows.select_related("said_by").order_by("version"):
        line, former = judged[row.indicator_id], found.get(row.indicator_id, Backing())
        content = as_judged(line.indicator.method, row.content, month)
        is_told = row.said_at <= score.run.gathered_at and content == line.reported
        found[row.indicator_id] = Backing(told=row if is_told else former.told, now=content)
    return found


# --- what raters say ---


def is_rated(indicator: Indicator) -> bool:
    """Whether raters say what it is worth."""
    return indicator.kpi_id is None and indicator.method in RATED


def answers(pairs: Pairs, month: Month) -> dict[Key, Any]:
    """The newest answer of each rater the scheme names, by the name it has for them, whatever their address is now. One
    query. Nobody has answered for a draft: of its raters nothing is fixed."""
    wanted = {(one.pk, place) for one, place in pairs}
    places = {place for _one, place in pairs}
    # In one filter, so that the name that is read is that of the account that said it.
    said = Rating.objects.filter(
        month=month.first_day,
        indicator__in={one.pk for one, _place in pairs},
        indicator__raters__user=F("said_by"),
    )
    rows = (
        (said.filter(department__in=places) if len(places) == 1 else said)
        .order_by("indicator_id", "department_id", "said_by_id", "-version")
        .distinct("indicator_id", "department_id", "said_by_id")
        .values_list("indicator", "department", "indicator__raters__name", "level")
    )
    found: dict[Key, dict[str, str]] = {}
    for one, place, rater, level in rows:
        if (one, place) in wanted:
            found.setdefault((one, place), {})[rater] = level
    return found


def answers_behind(score: Score, lines: Sequence[ScoreLine], scope: Scope) -> dict[int, Backing]:
    """Whose answers the lines of one department were judged by, and what the raters say now. One query."""
    said = Rating.objects.filter(
        month=score.run.month, department=score.department_id, indicator=OuterRef("indicator"), said_by=OuterRef("user")
    )
    rows = IndicatorRater.objects.filter(indicator__in=[line.indicator_id for line in lines])
    rows = rows.annotate(level=Subquery(said.order_by("-version").values("level")[:1])).order_by("pk")
    told: Any = rows.values_list("indicator", "name", "level", "user", "user__name", "user__email")
    now: dict[int, dict[str, str]] = {}
    raters: dict[int, dict[str, Rater]] = {}
    for one, name, level, *account in told:
        raters.setdefault(one, {})[name] = Rater(*account)
        if level is not None:
            now.setdefault(one, {})[name] = level
    return {one: Backing(now=now.get(one), raters=found) for one, found in raters.items()}


# --- parts of a composite ---


def figures_of_parts(pairs: Pairs, month: Month) -> dict[Key, Any]:
    """Of each composite the figures of its parts with their targets, as its line keeps them (selectors.parts). One query."""
    parts = all_parts(pairs)
    sheet = figures(
        month=month,
        kpis=[kpi_of(part) for _one, _place, part in parts],
        departments=[place for _one, place, _part in parts],
    )
    return kept_from(parts, sheet)


def all_parts(pairs: Pairs) -> list[PlacedPart]:
    """Every part of these."""
    return [(one, place, part) for one, place in pairs for part in parts_of(one)]


def kept_from(parts: Sequence[PlacedPart], sheet: Iterable[Fact]) -> dict[Key, Any]:
    """The figures of these parts, in their order, as lines keep them."""
    found: dict[Key, dict[str, dict[str, str]]] = {}
    for (one, place, part), fact in zip(parts, sheet, strict=True):
        found.setdefault((one.pk, place), {})[code_of(part)] = kept_part(part, fact)
    return found


KPI_VALUES = Provider("kpis", has_kpi, behind=values_behind)
ENTRIES = Provider("entries", is_entered, entries, reports_behind)
RATINGS = Provider("ratings", is_rated, answers, answers_behind)
PARTS = Provider("parts", has_parts, figures_of_parts)
PROVIDERS: tuple[Provider, ...] = (KPI_VALUES, ENTRIES, RATINGS, PARTS)
"""In the order in which they are believed. An app of work goes before ENTRIES: what it knows nobody has to enter, and what
it does not know is entered as before."""
