"""What came in since the scores of a month were worked out: figures, reports and ratings that now say something else.

What stands beside the points, and the personal parts of people, are looked at by services.since_beside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Min

from apps.assessments.choices import Presence
from apps.assessments.models import Entry, Indicator, Rating, ScoreLine, ScoreRun
from apps.assessments.selectors.facts import figures_now, reported
from apps.assessments.selectors.parts import kpi_of, parts_of, says_the_same
from apps.assessments.selectors.receipts import ReceiptLine
from apps.core.month import Month
from apps.kpis.selectors import Fact, came_since, month_facts

STORED_WITHIN = timedelta(hours=2)
"""A long import stores its values under the moment at which it began: so far back may lie what was not there yet."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A stored line whose figure or report is another now. FACT: the KPI's figure as it stands; None: it is no KPI's."""

    line: ScoreLine
    fact: Fact | None = None


def moved_since(run: ScoreRun) -> list[Moved]:
    """Lines of RUN, by indicator and department, that were judged by something else than what stands there now.

    Six queries at most where nothing came since; three more, and a look at the lines of what did, where something may have
    moved.
    Targets and rules are no part of it: what is approved is held to those it was judged by. Nor is a line that was approved
    as not applicable: it is left out whatever comes.
    """
    month, at = Month.of(run.month), known_at(run) - STORED_WITHIN
    touched = touched_indicators(run, month, at)
    if not touched:
        return []
    lines = ScoreLine.objects.filter(run=run, month=run.month, indicator__in=touched).select_related("department")
    rows = list(lines.exclude(presence=Presence.EXEMPT).order_by("indicator", "department"))
    for line in rows:
        line.indicator = touched[line.indicator_id]
    return [*moved_figures([line for line in rows if line.indicator.kpi_id], month), *moved_reports(rows, month)]


def moved_on_receipt(lines: Sequence[ReceiptLine], month: Month) -> list[Moved]:
    """The same of the LINES of one receipt, of which what was reported is known. For so few it is cheaper to look than to
    ask first whether anything came. One query."""
    facts, parts = figures_now([one.line for one in lines], month)
    found = []
    for one in (row for row in lines if row.line.presence != Presence.EXEMPT):
        fact = facts.get(one.line.indicator_id)
        now = parts.get(one.line.indicator_id) if one.now is None else one.now
        if is_other(one.line, fact) if fact else not says_the_same(one.line.indicator, now, one.line.reported):
            found.append(Moved(one.line, fact))
    return found


def known_at(run: ScoreRun) -> datetime:
    """The moment since which a line of the run may have been overtaken: a calibrated run keeps the lines of the one it was
    made from, a correction those it does not name. One query."""
    rows = ScoreRun.objects.filter(month=run.month, version__lte=run.version)
    if run.revises_id is None:
        rows = rows.filter(fingerprint=run.fingerprint)
    first = rows.aggregate(first=Min("gathered_at"))["first"]
    return first if isinstance(first, datetime) else run.gathered_at


def touched_indicators(run: ScoreRun, month: Month, at: datetime) -> dict[int, Indicator]:
    """The indicators of the run's scheme of which something may have moved since AT. Five queries at most."""
    indicators = {one.pk: one for one in Indicator.objects.filter(scheme=run.scheme_id)}
    kpis = {pk: kpis_of(one) for pk, one in indicators.items()}
    late = came_since(month=month, kpis={kpi for found in kpis.values() for kpi in found}, at=at)
    others = [pk for pk, one in indicators.items() if one.kpi_id is None]
    said: set[int] = set()
    for model in (Entry, Rating) if others else ():
        rows = model.objects.filter(month=month.first_day, said_at__gt=at, indicator__in=others)
        said.update(rows.values_list("indicator", flat=True).distinct())
    return {pk: one for pk, one in indicators.items() if pk in said or late & kpis[pk]}


def kpis_of(indicator: Indicator) -> set[int]:
    """The KPIs an indicator is judged by: its own, or those of its parts."""
    if indicator.kpi_id is not None:
        return {indicator.kpi_id}
    return {kpi_of(part) for part in parts_of(indicator)} - {0}


def moved_figures(lines: Sequence[ScoreLine], month: Month) -> list[Moved]:
    """Lines of KPIs whose figure is another now. One query."""
    if not lines:
        return []
    sheet = month_facts(
        month=month,
        kpis=[line.indicator.kpi_id or 0 for line in lines],
        departments=[line.department_id for line in lines],
    )
    return [Moved(line, fact) for line, fact in zip(lines, sheet, strict=True) if is_other(line, fact)]


def is_other(line: ScoreLine, fact: Fact) -> bool:
    """Whether the figure that stands there now is another than the one the line was judged by."""
    stored = (line.presence, line.value, line.numerator, line.denominator)
    return stored != (fact.presence, *(number_of(text) for text in (fact.value, fact.numerator, fact.denominator)))


def number_of(text: str | None) -> Decimal | None:
    """A number of the database."""
    return None if text is None else Decimal(text)


def moved_reports(rows: Sequence[ScoreLine], month: Month) -> list[Moved]:
    """Lines of counts, milestones, ratings and parts of which something else is reported now. Three queries at most."""
    lines = [row for row in rows if row.indicator.kpi_id is None]
    known: Mapping[tuple[int, int], Any] = reported([(line.indicator, line.department_id) for line in lines], month)
    return [
        Moved(line)
        for line in lines
        if not says_the_same(line.indicator, known.get((line.indicator_id, line.department_id)), line.reported)
    ]
