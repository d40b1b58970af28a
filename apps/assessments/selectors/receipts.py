"""What a receipt needs besides the stored score: definitions of the month and the reported values behind each figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.assessments.models import Entry, Indicator, Score, ScoreLine
from apps.assessments.selectors.assessed import ENTERED
from apps.assessments.selectors.scores import lines_of
from apps.core.month import Month
from apps.core.scope import Scope
from apps.kpis.models import KpiVersion
from apps.kpis.selectors import Behind, definitions_on, versions_behind
from apps.kpis.selectors.judging import NOTHING_BEHIND


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line with what stood behind it."""

    line: ScoreLine
    definition: KpiVersion | None
    behind: Behind
    told: Entry | None = None
    """The report it was judged by, where it is no KPI's value but counted events or milestones."""


def receipt_of(score: Score, scope: Scope) -> list[ReceiptLine]:
    """The lines of a score (from a scoped selector) with the values behind them as they stood when the facts were gathered.

    Six queries, however many lines and values.
    """
    lines = lines_of(score)
    month = Month.of(score.run.month)
    kpis = {line.indicator.kpi_id for line in lines if line.indicator.kpi_id}
    definitions = definitions_on(kpis, month.last_day)
    behind = versions_behind(
        month=month, kpis=kpis, department=score.department_id, as_of=score.run.gathered_at, scope=scope
    )
    told = reports_behind(score, lines)
    return [
        ReceiptLine(
            line,
            definition_of(line.indicator, definitions),
            behind.get(line.indicator.kpi_id or 0, NOTHING_BEHIND),
            told.get(line.indicator_id),
        )
        for line in lines
    ]


def reports_behind(score: Score, lines: Sequence[ScoreLine]) -> dict[int, Entry]:
    """By indicator: the newest report that says what the line was judged by. One query; none where nothing was reported."""
    judged = {
        line.indicator_id: {key: value for key, value in line.reported.items() if key != "as_of"}
        for line in lines
        if line.indicator.method in ENTERED and line.reported is not None
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
    return {row.indicator_id: row for row in found if row.content == judged[row.indicator_id]}


def definition_of(indicator: Indicator, known: Mapping[int, KpiVersion]) -> KpiVersion | None:
    """How the indicator's KPI was defined in the month; None: it is not the value of one KPI."""
    if indicator.kpi is None:
        return None
    return known.get(indicator.kpi.pk) or indicator.kpi.definition
