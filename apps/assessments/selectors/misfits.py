"""What rules cannot judge in a month: lines without the target they need, and other faults of what is laid down.

Such a department has no score whatever is reported. It keeps a run from being handed in as a value does that is awaited.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Exists,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
    prefetch_related_objects,
)
from django.utils.translation import gettext as _

from apps.assessments.choices import OF_ONE_FIGURE, LineStatus, RunState, ScoreStatus
from apps.assessments.models import Indicator, Score, ScoreLine, ScoreRun
from apps.assessments.rules.extras import Extras, vetoes
from apps.assessments.rules.grades import GradeBand
from apps.assessments.rules.scorecard import ALL_WEIGHTS, is_sound_veto
from apps.assessments.selectors.parts import Part, code_of, has_parts, kpi_of, parts_without_target
from apps.kpis.models import Kpi
from apps.kpis.selectors import owned_kpis
from apps.staff.models import Person

Key = tuple[int, int]
"""(indicator, department)"""


def misfit_scores(run: ScoreRun) -> QuerySet[Score]:
    """Scores of RUN that do not come about because the rules do not fit; but for departments of which the version that it
    corrects was published so: a correction keeps the targets of that version, and shall not wait for what it cannot mend."""
    found = Score.objects.filter(run=run, status=ScoreStatus.INVALID_CONFIG)
    if run.revises_id is None:
        return found
    was_so = Score.objects.filter(run=run.revises_id, status=ScoreStatus.INVALID_CONFIG)
    return found.exclude(department__in=was_so.values("department"))


def public_misfit_count(run: ScoreRun) -> int:
    """How many departments keep RUN back so; none of a published one. One query at most, none where every department has
    its score or waits for values."""
    if run.state == RunState.PUBLISHED or run.score_count == run.scored_count + run.pending_count:
        return 0
    return misfit_scores(run).count()


def holding_back(rows: QuerySet[ScoreLine]) -> QuerySet[ScoreLine]:
    """Those of ROWS that keep their run from being handed in: awaited, or judged by what does not fit (misfit_scores). A
    department that has no score though none of its lines is at fault is stood for by the first of them: `is_for_all`."""
    was_so = Score.objects.filter(
        run=OuterRef("run__revises"), department=OuterRef("department"), status=ScoreStatus.INVALID_CONFIG
    )
    whole = faulty_as_a_whole(Score.objects.filter(run=OuterRef("run"), department=OuterRef("department")))
    first = Indicator.objects.order_by().values("scorecard").annotate(first=Min("pk")).values("first")
    is_for_all = Case(When(Q(Q(indicator__in=first), Exists(whole), ~Exists(was_so)), then=True), default=False)
    return rows.annotate(is_for_all=is_for_all).filter(
        Q(status=LineStatus.PENDING) | Q(Q(status=LineStatus.INVALID_CONFIG), ~Exists(was_so)) | Q(is_for_all=True)
    )


def faulty_as_a_whole(scores: QuerySet[Score]) -> QuerySet[Score]:
    """Those of SCORES that do not come about though the rules fit each line: the weights, or a veto, do not fit."""
    lines = ScoreLine.objects.filter(
        run=OuterRef("run"), department=OuterRef("department"), status=LineStatus.INVALID_CONFIG
    )
    return scores.filter(~Exists(lines), status=ScoreStatus.INVALID_CONFIG)


def fault_of_whole(weights: Decimal | None, extras: Extras, grades: Iterable[Mapping[str, Any]]) -> str:
    """What keeps a department from its score when no line does, as a sentence. WEIGHTS: of its lines together; EXTRAS: what
    stands beside its points; GRADES: of the scheme."""
    total = weights or Decimal(0)
    if total != ALL_WEIGHTS:
        text = _("The weights add up to %(total)s instead of 100: have the rules of the scorecard mended.")
        return text % {"total": f"{total.normalize():f}"}
    bands = [GradeBand(str(row["grade"]), Decimal(row["min"])) for row in grades]
    for extra in extras:
        if not all(is_sound_veto(veto, bands) for veto in vetoes([extra])):
            text = _(
                "The veto “%(name)s” leaves what these rules do not know (%(what)s): have it lifted and confirmed anew."
            )
            return text % {"name": extra.get("name", ""), "what": extra.get("grade") or extra.get("value") or "–"}
    return _("The weights, or a veto, do not fit the rules.")


def read_faults(lines: Iterable[Any]) -> None:
    """Let those of LINES of one run that stand for a department as a whole (holding_back) know its `whole_fault`. One query
    where there are any."""
    rows = [line for line in lines if getattr(line, "is_for_all", False)]
    if not rows:
        return
    asked = Score.objects.filter(run=rows[0].run_id, department__in=[line.department_id for line in rows])
    faults = dict(faults_of(asked))
    for line in rows:
        line.whole_fault = faults.get(line.department_id, "")


def faults_of(scores: QuerySet[Score]) -> Iterator[tuple[int, str]]:
    """(department, what keeps it from its score as a whole) of SCORES. One query."""
    lines = Indicator.objects.filter(scorecard=OuterRef("scorecard")).order_by().values("scorecard")
    weights = Subquery(lines.annotate(total=Sum("weight")).values("total"))
    rows = scores.annotate(weights=weights).values_list("department", "weights", "extras", "run__scheme__grades")
    for department, *found in rows:
        yield department, fault_of_whole(*found)


def whole_fault(line: ScoreLine) -> str:
    """What is wrong with the department as a whole that a line stands for; empty of any other (read_faults)."""
    return str(getattr(line, "whole_fault", ""))


def holds_back_itself(line: ScoreLine) -> bool:
    """Whether a line (of holding_back) is awaited or a misfit, and does not merely stand for its department."""
    return line.status in {LineStatus.PENDING, LineStatus.INVALID_CONFIG}


def is_misfit(line: ScoreLine) -> bool:
    """Whether a line cannot be judged by what is laid down, whatever is reported."""
    return line.status == LineStatus.INVALID_CONFIG


def lacks_target(line: ScoreLine) -> bool:
    """Whether a line that is a misfit is one because its KPI, or that of a part of it, has no target in its month."""
    if has_parts(line.indicator):
        return bool(parts_without_target(line.indicator, line.reported))
    return line.target is None and line.indicator.kpi_id is not None and line.indicator.method in OF_ONE_FIGURE


def read_owners(lines: Iterable[ScoreLine]) -> None:
    """Let the misfits among LINES know their KPI and its owner. Two queries at most, however many."""
    found = [line.indicator for line in lines if is_misfit(line) and line.indicator.kpi_id is not None]
    prefetch_related_objects(found, "kpi__owner")


@dataclass(frozen=True, slots=True)
class UnaimedPart:
    """A part of a composite without a target, and who answers for its KPI (None: nobody, the COO sets it)."""

    name: str
    kpi: int
    owner: Person | None = None


Unaimed = Mapping[Key, Sequence[UnaimedPart]]


def unaimed_parts(lines: Iterable[ScoreLine]) -> Unaimed:
    """By (indicator, department) of the composites among LINES (with indicators) that are misfits: their parts without a
    target. One query where there are any."""
    rows = (line for line in lines if is_misfit(line) and has_parts(line.indicator))
    found = {key_of(line): parts_without_target(line.indicator, line.reported) for line in rows}
    asked = {kpi_of(part) for parts in found.values() for part in parts}
    kpis = owned_kpis(asked)
    return {key: tuple(unaimed(part, kpis.get(kpi_of(part))) for part in parts) for key, parts in found.items()}


def unaimed(part: Part, kpi: Kpi | None) -> UnaimedPart:
    """A part without a target, by the name of its KPI."""
    return UnaimedPart(kpi.name if kpi else code_of(part), kpi_of(part), kpi.owner if kpi else None)


def key_of(line: ScoreLine) -> Key:
    """(indicator, department) of a line."""
    return line.indicator_id, line.department_id
