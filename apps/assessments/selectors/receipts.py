"""What a receipt needs besides the stored score: definitions of the month and the reported values behind each figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, CharField, Exists, ExpressionWrapper, IntegerField, OuterRef, Q, Value

from apps.accounts.models import User
from apps.approvals.selectors import rulings_in
from apps.assessments.choices import AdjustmentState, VetoScope
from apps.assessments.models import (
    Adjustment,
    Calibration,
    Entry,
    Lifting,
    Publication,
    Score,
    ScoreLine,
    ScoreRun,
)
from apps.assessments.selectors.adjustments import visible_adjustments
from apps.assessments.selectors.facts import Backing, backing_of
from apps.assessments.selectors.parts import code_of, fact_in, kpi_of, parts_of, share_of
from apps.assessments.selectors.raters import Raters
from apps.assessments.selectors.scores import lines_of, sees_drafts
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import subtree_on
from apps.kpis.models import KpiVersion
from apps.kpis.selectors import Behind, Fact
from apps.kpis.selectors.judging import NOTHING_BEHIND

MOVED = "calibration"


@dataclass(frozen=True, slots=True)
class ReceiptPart:
    """One KPI of a composite as the line was judged by it."""

    code: str
    name: str
    """Of the KPI in the month; of one that was not defined then as the rule has it."""
    kpi: int
    weight: str
    """Of the hundred, as the rule writes it."""
    direction: str
    fact: Fact
    """Its figure and its target."""
    rate: str | None
    """The share of the target that was reached, 1 = all of it; None: no value, or no target."""
    behind: Behind
    """Its reported values, and how the KPI was defined in the month."""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line with what stood behind it."""

    line: ScoreLine
    definition: KpiVersion | None
    behind: Behind
    told: Entry | None = None
    """The report it was judged by, where it is no KPI's value but counted events or milestones."""
    now: Any = None
    """What is reported of it now, where it is neither a KPI's value nor a composite."""
    parts: Sequence[ReceiptPart] = ()
    """Of a composite."""
    raters: Raters = field(default_factory=dict)
    """Whose answers it was judged by, by the names the answers stand under."""


def receipt_of(score: Score, scope: Scope) -> list[ReceiptLine]:
    """The lines of a score (from a scoped selector) with the values behind them as they stood when the facts were gathered.

    Five queries, however many lines and values.
    """
    lines = lines_of(score)
    backing = backing_of(score, lines, scope)
    return [
        ReceiptLine(
            line,
            definition_of(line),
            known.values,
            told=known.told,
            now=known.now,
            parts=parts_on(line, known.parts),
            raters=known.raters,
        )
        for line in lines
        for known in [backing.get(line.indicator_id, Backing())]
    ]


def parts_on(line: ScoreLine, backing: Mapping[int, Behind]) -> tuple[ReceiptPart, ...]:
    """The parts of a composite with what the line keeps of each. BACKING: what stood behind them, by KPI."""
    return tuple(
        ReceiptPart(
            code=code_of(part),
            name=behind.definition.name if behind.definition else str(part.get("name") or code_of(part)),
            kpi=kpi_of(part),
            weight=str(part.get("weight")),
            direction=str(part.get("direction") or "higher"),
            fact=fact,
            rate=share_of(part, fact),
            behind=behind,
        )
        for part in parts_of(line.indicator)
        for fact, behind in [(fact_in(line.reported, part), backing.get(kpi_of(part), NOTHING_BEHIND))]
    )


class Account(NamedTuple):
    """Somebody in short."""

    pk: int
    name: str


@dataclass(frozen=True, slots=True)
class BesideSource:
    """Where something beside the hundred points came from: who told of it, who confirmed it, on what evidence."""

    told_by: Account
    confirmed_by: Account | None
    """None: a calibration, which the approval of the month confirms."""
    evidence: str
    """Empty for whoever may not read the register."""
    may_open: bool
    """Whether the reader may open its page: the entry of the register, or the calibrations of the month."""
    code: str
    name: str
    counts: bool
    """An entry of the register that counts for the score as the register stands now, whether the score knows it or not."""


def beside_sources(score: Score, scope: Scope) -> dict[tuple[str, int], BesideSource]:
    """By (kind, key): what stands beside the points of a score, and entries of the register that would by now. One query."""
    keys = [(extra["kind"], int(extra["id"])) for extra in score.extras if extra.get("id")]
    register = Adjustment.objects.annotate(counts=ExpressionWrapper(counting_for(score), BooleanField())).order_by()
    register = register.filter(Q(pk__in=[key for kind, key in keys if kind != MOVED]) | Q(counts=True))
    told = register.annotate(is_open=Exists(visible_adjustments(scope).filter(pk=OuterRef("pk")))).values_list(
        *("kind", "pk", "proposed_by", "proposed_by__name", "decided_by", "decided_by__name", "evidence", "is_open"),
        *("code", "name", "counts"),
    )
    moved = Calibration.objects.filter(pk__in=[key for kind, key in keys if kind == MOVED]).order_by()
    nobody = (Value(None, IntegerField()), Value(None, CharField()), Value("", CharField()))
    plain = (Value("", CharField()), Value("", CharField()), Value(value=False, output_field=BooleanField()))
    may_open = Value(sees_drafts(scope), BooleanField())
    made = moved.values_list(Value(MOVED), "pk", "made_by", "made_by__name", *nobody, may_open, *plain)
    return {
        (kind, key): BesideSource(
            Account(by, name),
            Account(decider, its_name) if decider else None,
            evidence if is_open else "",
            is_open,
            *more,
        )
        for kind, key, by, name, decider, its_name, evidence, is_open, *more in told.union(made, all=True)
    }


def counting_for(score: Score) -> Q:
    """Which entries of the register count for a score (with its run): confirmed for its month and not lifted from it, of its
    department, or vetoes of a whole line from below it (services.beside.by_department)."""
    month = Month.of(score.run.month)
    first = month.first_day
    below = Q(scope=VetoScope.LINE, department__in=subtree_on(score.department_id, month.last_day))
    lifted = Exists(Lifting.objects.filter(adjustment=OuterRef("pk"), from_month__lte=first))
    hits = Q(state=AdjustmentState.CONFIRMED, month__lte=first, last_month__gte=first)
    return hits & ~Q(scope=VetoScope.HEAD) & (Q(department=score.department_id) | below) & ~Q(lifted)


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


def definition_of(line: Any) -> KpiVersion | None:
    """How the KPI of a line (of `lines_of`) was defined in the month; None: it is not the value of one KPI."""
    kpi = line.indicator.kpi
    return None if kpi is None else line.defined or kpi.definition
