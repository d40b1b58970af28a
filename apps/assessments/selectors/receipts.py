"""What a receipt needs besides the stored score: definitions of the month and the reported values behind each figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import User
from apps.approvals.selectors import rulings_in
from apps.assessments.models import (
    Adjustment,
    Calibration,
    Entry,
    Indicator,
    Publication,
    Score,
    ScoreLine,
    ScoreRun,
)
from apps.assessments.selectors.adjustments import visible_adjustments
from apps.assessments.selectors.facts import Backing, backing_of
from apps.assessments.selectors.scores import lines_of, sees_drafts
from apps.core.month import Month
from apps.core.scope import Scope
from apps.kpis.models import KpiVersion
from apps.kpis.selectors import Behind, definitions_on


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
    kpis = {line.indicator.kpi_id for line in lines if line.indicator.kpi_id}
    definitions = definitions_on(kpis, Month.of(score.run.month).last_day)
    backing = backing_of(score, lines, scope)
    return [
        ReceiptLine(line, definition_of(line.indicator, definitions), known.values, known.told)
        for line in lines
        for known in [backing.get(line.indicator_id, Backing())]
    ]


@dataclass(frozen=True, slots=True)
class BesideSource:
    """Where something beside the hundred points came from: who told of it, who confirmed it, on what evidence."""

    told_by: User
    confirmed_by: User | None
    """None: a calibration, which the approval of the month confirms."""
    evidence: str
    """Empty for whoever may not read the register."""
    may_open: bool
    """Whether the reader may open its page: the entry of the register, or the calibrations of the month."""


def beside_sources(score: Score, scope: Scope) -> dict[tuple[str, int], BesideSource]:
    """By (kind, key) of what stands beside the points of a score. At most three queries, none where nothing does."""
    keys = [(extra["kind"], int(extra["id"])) for extra in score.extras if extra.get("id")]
    register = [key for kind, key in keys if kind != "calibration"]
    moved = [key for kind, key in keys if kind == "calibration"]
    found: dict[tuple[str, int], BesideSource] = {}
    if register:
        open_to = set(visible_adjustments(scope).filter(pk__in=register).values_list("pk", flat=True))
        for row in Adjustment.objects.filter(pk__in=register).select_related("proposed_by", "decided_by"):
            evidence = row.evidence if row.pk in open_to else ""
            found[row.kind, row.pk] = BesideSource(row.proposed_by, row.decided_by, evidence, row.pk in open_to)
    if moved:
        for one in Calibration.objects.filter(pk__in=moved).select_related("made_by"):
            found["calibration", one.pk] = BesideSource(one.made_by, None, "", sees_drafts(scope))
    return found


@dataclass(frozen=True, slots=True)
class Hands:
    """Through whose hands a run went: who approved it, with the moments, and its publication."""

    rulings: tuple[tuple[User, datetime | None], ...]
    publication: Publication | None


def hands_of(run: ScoreRun) -> Hands:
    """Who approved and who published a run (of a score from a scoped selector). One query where its publication is read."""
    rulings = tuple((step.decided_by, step.decided_at) for step in rulings_in(run.case_id) if step.decided_by)
    publication = getattr(run, "publication", None)
    return Hands(rulings if run.approved_at else (), publication)


def definition_of(indicator: Indicator, known: Mapping[int, KpiVersion]) -> KpiVersion | None:
    """How the indicator's KPI was defined in the month; None: it is not the value of one KPI."""
    if indicator.kpi is None:
        return None
    return known.get(indicator.kpi.pk) or indicator.kpi.definition
