"""The lines of a department's published scores, month by month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.assessments.models import Indicator, Score, ScoreLine
from apps.assessments.selectors.scores import published_over_time
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.kpis.models import KpiVersion
from apps.kpis.selectors import definitions_of_all


@dataclass(frozen=True, slots=True)
class LinesOverTime:
    """Published months and their lines. An indicator is the same over months and versions of the rules by its code."""

    history: Sequence[Score]
    """The published scores, the oldest first."""
    indicators: Sequence[Indicator]
    """Each as the newest month has it, in its order; those that only earlier months had come after."""
    lines: Mapping[tuple[int, str], ScoreLine]
    """By run and code."""
    definitions: Mapping[int, Sequence[KpiVersion]]
    """By KPI, the oldest first."""

    def line_in(self, score: Score, code: str) -> ScoreLine | None:
        """The line of a month; None where its rules had no such indicator."""
        return self.lines.get((score.run_id, code))

    def definition_in(self, score: Score, line: ScoreLine) -> KpiVersion | None:
        """How the line's KPI was defined in the month; None where it is not the value of one KPI."""
        day = Month.of(score.run.month).last_day
        known = self.definitions.get(line.indicator.kpi_id or 0, ())
        return next((version for version in known if day in version.valid), None)


def lines_over_time(scope: Scope, department: Department) -> LinesOverTime:
    """The department's published months with their lines, as far as the person may read them.

    Only what is published now: of a month that was published anew, the new version. Three queries for any number of months.
    """
    history = published_over_time(scope, department)
    rows = list(
        ScoreLine.objects.filter(run__in=[score.run_id for score in history], department=department).select_related(
            "indicator"
        )
    )
    return LinesOverTime(
        history=history,
        indicators=indicators_of(rows),
        lines={(row.run_id, row.indicator.code): row for row in rows},
        definitions=definitions_of_all({row.indicator.kpi_id for row in rows if row.indicator.kpi_id}),
    )


def indicators_of(rows: Sequence[ScoreLine]) -> list[Indicator]:
    """Every indicator once, by its code: the newest month's first, in the order of its rules."""
    found: dict[str, Indicator] = {}
    for row in sorted(rows, key=lambda row: (-row.month.toordinal(), row.indicator.position, row.indicator_id)):
        found.setdefault(row.indicator.code, row.indicator)
    return list(found.values())
