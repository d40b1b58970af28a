"""What a receipt needs besides the stored score: definitions of the month and the reported values behind each figure."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.assessments.models import Indicator, Score, ScoreLine
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


def receipt_of(score: Score, scope: Scope) -> list[ReceiptLine]:
    """The lines of a score (from a scoped selector) with the values behind them as they stood when the facts were gathered.

    Five queries, however many lines and values.
    """
    lines = lines_of(score)
    month = Month.of(score.run.month)
    kpis = {line.indicator.kpi_id for line in lines if line.indicator.kpi_id}
    definitions = definitions_on(kpis, month.last_day)
    behind = versions_behind(
        month=month, kpis=kpis, department=score.department_id, as_of=score.run.gathered_at, scope=scope
    )
    return [
        ReceiptLine(
            line,
            definition_of(line.indicator, definitions),
            behind.get(line.indicator.kpi_id or 0, NOTHING_BEHIND),
        )
        for line in lines
    ]


def definition_of(indicator: Indicator, known: Mapping[int, KpiVersion]) -> KpiVersion | None:
    """How the indicator's KPI was defined in the month; None: it is not the value of one KPI."""
    if indicator.kpi is None:
        return None
    return known.get(indicator.kpi.pk) or indicator.kpi.definition
