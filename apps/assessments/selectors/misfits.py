"""What rules cannot judge in a month: lines without the target they need, and other faults of what is laid down.

Such a department has no score whatever is reported. It keeps a run from being handed in as a value does that is awaited.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects

from apps.assessments.choices import OF_ONE_FIGURE, LineStatus, RunState, ScoreStatus
from apps.assessments.models import Score, ScoreLine, ScoreRun
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
    """Those of ROWS that keep their run from being handed in: awaited, or judged by what does not fit (misfit_scores)."""
    was_so = Score.objects.filter(
        run=OuterRef("run__revises"), department=OuterRef("department"), status=ScoreStatus.INVALID_CONFIG
    )
    return rows.filter(Q(status=LineStatus.PENDING) | Q(Q(status=LineStatus.INVALID_CONFIG), ~Exists(was_so)))


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
