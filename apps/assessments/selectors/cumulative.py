"""Departments' quarters and years on cumulative values, beside the mean of their months and never mixed with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from apps.assessments.choices import LineStatus, Method
from apps.assessments.models import Indicator, Score, ScoreLine
from apps.assessments.rules.aggregate import mean_of
from apps.assessments.rules.cumulative import CumulativeLine, Sums, cumulative_score, mean_line, summed_line
from apps.assessments.rules.plain import plain_params
from apps.assessments.rules.scoring import ReadMethod, parse_method
from apps.assessments.selectors.periods import StretchLine, within
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import readable_departments
from apps.kpis.choices import Aggregation
from apps.kpis.selectors import definitions_on

Key = tuple[int, str]
"""(department, the KPI or, without one, the code)"""


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
    lines = lines_of(line, places)
    return [
        CumulativeScore(
            department=pk,
            name=name,
            code=code,
            months_mean=means.get(pk),
            score=cumulative_score(lines.get(pk, ())),
            summed_count=sum(one.is_summed for one in lines.get(pk, ())),
            line_count=len(lines.get(pk, ())),
        )
        for pk, name, code in places.values()
    ]


def lines_of(line: StretchLine, places: Mapping[int, Any]) -> dict[int, list[CumulativeLine]]:
    """By department the indicators of the last published month, each over all months of the period. Four queries."""
    run = line.published[-1]
    asked = ScoreLine.objects.filter(run=run, department__in=places, weight__gt=0).order_by("department", "indicator")
    last = list(asked.values_list("department", "indicator", "weight"))
    indicators = Indicator.objects.in_bulk({indicator for _place, indicator, _weight in last})
    methods = {pk: parse_method(one.method, plain_params(one.method, one.params)) for pk, one in indicators.items()}
    kpis = {one.kpi_id for one in indicators.values() if one.kpi_id}
    known_kpis = definitions_on(kpis, Month.of(run.month).last_day)
    adding = {pk for pk, version in known_kpis.items() if version.over_time == Aggregation.SUM}
    sums = sums_of(line, places)
    found: dict[int, list[CumulativeLine]] = {}
    for place, pk, weight in last:
        one = indicators[pk]
        known = sums.get((place, key_of(one.kpi_id, one.code)))
        if known is not None:
            made = judged(one, methods[pk], known, weight, is_flow=one.kpi_id in adding)
            found.setdefault(place, []).append(made)
    return found


def judged(one: Indicator, method: ReadMethod, sums: Sums, weight: Decimal, *, is_flow: bool) -> CumulativeLine:
    """One indicator: by its sums where it is a ratio of what adds up, else by the mean of its months."""
    return summed_line(method, sums, weight) if is_flow and one.method == Method.RATIO else mean_line(sums, weight)


def key_of(kpi: int | None, code: str) -> str:
    """What makes indicators of several schemes one: their KPI, else their code."""
    return f"kpi {kpi}" if kpi else f"code {code}"


def sums_of(line: StretchLine, places: Mapping[int, Any]) -> dict[Key, Sums]:
    """What every indicator came to over the period; months in which it was left out are not counted. One query."""
    rows: QuerySet[ScoreLine] = within(ScoreLine.objects.order_by(), line.stretch)
    grouped = (
        rows.filter(department__in=places)
        .exclude(status=LineStatus.EXCLUDED)
        .values("department", "indicator__kpi", "indicator__code")
        .annotate(
            n=Count("month"), values=Count("value"), targets=Count("target"), value_sum=Sum("value"),
            target_sum=Sum("target"), points_sum=Sum("points"), weight_sum=Sum("weight", filter=Q(points__isnull=False)),
        )
    )  # fmt: skip
    parts: dict[Key, list[Mapping[str, Any]]] = {}
    for row in grouped:
        key = (row["department"], key_of(row["indicator__kpi"], row["indicator__code"]))
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
