"""What a shortage of people does to the scores of departments, by the published rule of each line of their scorecards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.assessments.selectors.lines_ahead import LineAhead, lines_ahead
from apps.core.month import Month
from apps.core.scope import Scope
from apps.forecasts.choices import SubjectKind
from apps.forecasts.models import ForecastIssue, SeriesForecast
from apps.forecasts.rules.heads import per_head
from apps.forecasts.selectors.issues import visible_series
from apps.forecasts.selectors.series import is_due
from apps.forecasts.selectors.shortage import public_per_head

UNIT_FIGURES = (1.0,) * 5


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the scorecard that follows the number of people: its weight, and by how much it moves the score."""

    name: str
    kpi: int
    weight: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class ScoreEffect:
    """What a shortage does to a department's score of MONTH if each figure per head stays. UNTOLD_WEIGHT: of the lines of
    which nobody can tell; all of them where there are no PARTS."""

    month: Month
    parts: tuple[Part, ...]
    untold_weight: Decimal

    @property
    def points(self) -> Decimal | None:
        """By how many points of the score; None where no line can be told."""
        return sum((part.points for part in self.parts), Decimal(0)) if self.parts else None

    @property
    def told_weight(self) -> Decimal:
        """Weight of the lines that can be told."""
        return sum((part.weight for part in self.parts), Decimal(0))

    def of_kpi(self, kpi: int | None) -> Decimal | None:
        """By how many points one KPI moves the score; None where that cannot be told."""
        found = [part.points for part in self.parts if part.kpi == kpi]
        return sum(found, Decimal(0)) if found else None


def score_effects(scope: Scope, issue: ForecastIssue, short: Sequence[SeriesForecast]) -> dict[int, ScoreEffect]:
    """By department what the shortage that SHORT (headcounts of ISSUE) warn of does to its score in the month that is warned
    of. Departments that are not assessed then, and those that keep the people they have, are not in it: who is missing
    already is in the forecast. Six queries at most, and one for each month warned of.
    """
    issued = Month.of(issue.month)
    moving = {row.department_id: row for row in short if is_moving(row, issued)}
    places = {place: Month.of(row.warned_month) for place, row in moving.items() if row.warned_month}
    lines = lines_ahead(scope, places) if places else {}
    kpis = {line.kpi for found in lines.values() for line in found if line.kpi is not None}
    rows = visible_series(scope, issue).filter(kind=SubjectKind.KPI, department__in=lines, kpi_key__in=kpis)
    series = {(row.department_id, row.kpi_key): row for row in rows} if kpis else {}
    return {
        place: effect_of(moving[place], found, series, issued, places[place]) for place, found in lines.items() if found
    }


def is_moving(heads: SeriesForecast, issued: Month) -> bool:
    """Whether more or fewer people than now are expected in the month that is warned of."""
    if not heads.warned_month:
        return False
    at = len(issued.until(Month.of(heads.warned_month))) - 2
    return 0 <= at < len(heads.mean) and per_head(UNIT_FIGURES, now=heads.actual, then=heads.mean[at]) is not None


def effect_of(
    heads: SeriesForecast,
    lines: Sequence[LineAhead],
    series: Mapping[tuple[int, int], SeriesForecast],
    issued: Month,
    month: Month,
) -> ScoreEffect:
    """The lines of one department that follow the number of people, and the weight of those that cannot be told."""
    parts, untold = [], Decimal(0)
    for line in lines:
        row = series.get((heads.department_id, line.kpi or 0))
        found = public_per_head(heads, row, issued) if row is not None and is_due(row, month) else None
        moved = None
        if found is not None:
            before, after = (Decimal(repr(figure)) for figure in (found[1].expected, found[1].then))
            moved = line.rule.points_moved(before, after)
        if moved is None or line.kpi is None:
            untold += line.weight
        else:
            parts.append(Part(line.name, line.kpi, line.weight, moved))
    return ScoreEffect(month, tuple(parts), untold)
