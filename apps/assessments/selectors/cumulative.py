"""Departments' quarters and years on cumulative values, beside the mean of their months and never mixed with it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When

from apps.assessments.choices import LineStatus, Method, RunState
from apps.assessments.models import Indicator, Score, ScoreLine
from apps.assessments.rules.aggregate import mean_of
from apps.assessments.rules.cumulative import CumulativeLine, Sums, cumulative_score, mean_line, summed_line
from apps.assessments.rules.plain import plain_params
from apps.assessments.rules.scoring import ReadMethod, parse_method
from apps.assessments.selectors.stretches import Stretch, StretchLine, within
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import readable_departments
from apps.kpis.choices import Aggregation
from apps.kpis.models import KpiVersion
from apps.kpis.selectors import definitions_of_all

Key = tuple[int, int, str]
"""(number of the period, department, the KPI or, without one, the code)"""
Place = tuple[Stretch, int]
"""(period, department)"""


@dataclass(frozen=True, slots=True)
class CumulativeScore:
    """A department's scorecard over a period on both bases, before difficulty, bonuses and deductions."""

    department: int
    name: str
    code: str
    months_mean: Decimal | None
    """Mean of the months' scorecards."""
    score: Decimal | None
    """On cumulative values."""
    summed_count: int
    """Indicators judged by the sum of their values; of the others the mean share of the weight counts."""
    line_count: int

    @property
    def difference(self) -> Decimal | None:
        """How much more it is on cumulative values."""
        return None if self.score is None or self.months_mean is None else self.score - self.months_mean


def cumulative_scores(scope: Scope, line: StretchLine) -> list[CumulativeScore]:
    """The departments the person may read, by the scorecard of the last published month, the name first in order. Five
    queries, whatever the size; the lines of a month for each department are scored once more."""
    run = line.published[-1]
    rows = Score.objects.filter(run=run).order_by("department__name", "department")
    if not scope.is_company:
        rows = rows.filter(department__in=readable_departments(scope).values("pk"))
    places = {row[0]: row for row in rows.values_list("department", "department__name", "department__code")}
    if not places:
        return []
    bases = within(Score.objects.filter(department__in=places), line.stretch).order_by().values("department")
    means = {row["department"]: mean_of(row["sum"], row["counted"]).score
             for row in bases.annotate(sum=Sum("base", filter=Q(total__isnull=False)),
                                       counted=Count("base", filter=Q(total__isnull=False)))}  # fmt: skip
    found = cumulative_of([line], places)
    nothing = OnSums(None, 0, 0)
    on_sums = {pk: found.get((line.stretch, pk), nothing) for pk in places}
    return [
        CumulativeScore(
            department=pk,
            name=name,
            code=code,
            months_mean=means.get(pk),
            score=on_sums[pk].score,
            summed_count=on_sums[pk].summed_count,
            line_count=on_sums[pk].line_count,
        )
        for pk, name, code in places.values()
    ]


@dataclass(frozen=True, slots=True)
class OnSums:
    """A scorecard on cumulative values: points out of a hundred, and how many of its indicators are judged by their sum."""

    score: Decimal | None
    summed_count: int
    line_count: int


def cumulative_of(lines: Sequence[StretchLine], places: Collection[int] | None = None) -> dict[Place, OnSums]:
    """By period and department the scorecard on cumulative values, by what the last published month of each period asks.

    LINES: periods that share no month. PLACES: these departments, or all. Who was not assessed in that month is left out.
    Four queries, however many of either.
    """
    found = lines_of(lines, places) if lines else {}
    return {
        place: OnSums(cumulative_score(made), sum(one.is_summed for one in made), len(made))
        for place, made in found.items()
    }


def lines_of(lines: Sequence[StretchLine], places: Collection[int] | None) -> dict[Place, list[CumulativeLine]]:
    """The indicators of the last published month of each period, each over all months of it."""
    number_of = {line.published[-1].pk: number for number, line in enumerate(lines)}
    asked = among(ScoreLine.objects.filter(run__in=number_of, weight__gt=0), places).order_by("department", "indicator")
    last = list(asked.values_list("run", "department", "indicator", "weight"))
    indicators = Indicator.objects.in_bulk({indicator for _run, _place, indicator, _weight in last})
    methods = {pk: parse_method(one.method, plain_params(one.method, one.params)) for pk, one in indicators.items()}
    versions = definitions_of_all({one.kpi_id for one in indicators.values() if one.kpi_id})
    adding = [kpis_that_add(versions, Month.of(line.published[-1].month)) for line in lines]
    sums = sums_of(lines, places)
    found: dict[Place, list[CumulativeLine]] = {}
    for run, place, pk, weight in last:
        one, number = indicators[pk], number_of[run]
        known = sums.get((number, place, key_of(one.kpi_id, one.code)))
        if known is not None:
            made = judged(one, methods[pk], known, weight, is_flow=one.kpi_id in adding[number])
            found.setdefault((lines[number].stretch, place), []).append(made)
    return found


def among(rows: QuerySet[ScoreLine], places: Collection[int] | None) -> QuerySet[ScoreLine]:
    """Of ROWS those of some departments; all of them for None."""
    return rows if places is None else rows.filter(department__in=places)


def kpis_that_add(versions: Mapping[int, Iterable[KpiVersion]], month: Month) -> frozenset[int]:
    """The KPIs that add up over time by their definition on the last day of MONTH."""
    day = month.last_day
    return frozenset(
        pk for pk, found in versions.items()
        if any(one.over_time == Aggregation.SUM and day in one.valid for one in found)
    )  # fmt: skip


def judged(one: Indicator, method: ReadMethod, sums: Sums, weight: Decimal, *, is_flow: bool) -> CumulativeLine:
    """One indicator: by its sums where it is a ratio of what adds up, else by the mean of its months."""
    return summed_line(method, sums, weight) if is_flow and one.method == Method.RATIO else mean_line(sums, weight)


def key_of(kpi: int | None, code: str) -> str:
    """What makes indicators of several schemes one: their KPI, else their code."""
    return f"kpi {kpi}" if kpi else f"code {code}"


def sums_of(lines: Sequence[StretchLine], places: Collection[int] | None) -> dict[Key, Sums]:
    """What every indicator came to over its period; months in which it was left out are not counted. One query."""
    spans = [Q(run__month__range=(line.stretch.first.first_day, line.stretch.last.first_day)) for line in lines]
    number = Case(*(When(span, then=Value(n)) for n, span in enumerate(spans)), output_field=IntegerField())
    rows = among(ScoreLine.objects.order_by().filter(reduce(or_, spans), run__state=RunState.PUBLISHED), places)
    grouped = (
        rows.annotate(number=number)
        .exclude(status=LineStatus.EXCLUDED)
        .values("number", "department", "indicator__kpi", "indicator__code")
        .annotate(
            n=Count("month"), values=Count("value"), targets=Count("target"), value_sum=Sum("value"),
            target_sum=Sum("target"), points_sum=Sum("points"), weight_sum=Sum("weight", filter=Q(points__isnull=False)),
        )
    )  # fmt: skip
    parts: dict[Key, list[Mapping[str, Any]]] = {}
    for row in grouped:
        key = (row["number"], row["department"], key_of(row["indicator__kpi"], row["indicator__code"]))
        parts.setdefault(key, []).append(row)
    return {key: merged(found) for key, found in parts.items()}


def merged(rows: list[Mapping[str, Any]]) -> Sums:
    """The same of an indicator that had several codes."""
    is_known = {name: all(row["n"] == row[name] for row in rows) for name in ("values", "targets")}
    total = {name: sum((row[name] or Decimal(0) for row in rows), Decimal(0))
             for name in ("value_sum", "target_sum", "points_sum", "weight_sum")}  # fmt: skip
    has_points = any(row["points_sum"] is not None for row in rows)
    return Sums(
        actual=total["value_sum"] if is_known["values"] else None,
        target=total["target_sum"] if is_known["targets"] else None,
        points=total["points_sum"] if has_points else None,
        weight=total["weight_sum"],
    )
