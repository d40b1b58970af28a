"""What came beside the points since the scores of a month were worked out: entries of the register that were confirmed or
lifted, and personal parts that were given anew."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.db.models import Q

from apps.assessments.choices import AdjustmentKind, RunState, VetoScope
from apps.assessments.models import Adjustment, Appraisal, PersonScore, Score, ScoreRun
from apps.assessments.selectors.receipts import BesideSource
from apps.assessments.services.beside import by_department, by_head, head_veto_text, hitting
from apps.assessments.services.peopling import appraised, kept_raters
from apps.assessments.services.since import STORED_WITHIN, known_at
from apps.core.month import Month
from apps.staff.selectors import headed_by

APPRAISAL = "appraisal"
Texts = Iterable[Mapping[str, Any]]
"""What stands beside points, as scores keep it."""


@dataclass(frozen=True, slots=True)
class Came:
    """Something that a stored score was put together without, or that it still holds though it no longer counts."""

    score: Score | PersonScore
    """With its department, or its person."""
    what: Mapping[str, Any]
    """As a score keeps it; of the kind `appraisal` where the personal part was given anew."""
    is_gone: bool
    """The score holds it, and it was lifted since (or hits somebody else now)."""

    @property
    def name(self) -> str:
        """Whose score it is."""
        return self.score.department.name if isinstance(self.score, Score) else self.score.person.name

    @property
    def to_correct(self) -> str:
        """The name of the department to correct, so that the score takes it over."""
        return str(self.what.get("headed") or self.what.get("from") or self.name)

    @property
    def is_veto_lacking(self) -> bool:
        """A confirmed veto that the score lacks: nothing is published without it."""
        return self.what["kind"] == AdjustmentKind.VETO and not self.is_gone


def came_beside(run: ScoreRun) -> list[Came]:
    """All that stands otherwise now than in the scores of RUN: by department, then by person. Two queries where nothing was
    ever confirmed for the month nor given since, ten at most.

    Calibrations are no part of it: a draft takes each over at once.
    """
    return [*came_in_register(run), *came_in_appraisals(run)]


def came_in_register(run: ScoreRun) -> list[Came]:
    """The part of it that the register tells. One query where nothing was ever confirmed for the month, five at most."""
    month = Month.of(run.month)
    rows = list(hitting(month))
    return [*came_to_departments(run, rows, month), *came_to_heads(run, rows)]


def came_to_departments(run: ScoreRun, rows: Sequence[Adjustment], month: Month) -> Iterator[Came]:
    """What of these ROWS of the register the departments' scores do not know. Two queries at most."""
    rows = [row for row in rows if row.scope != VetoScope.HEAD]
    if not rows:
        return
    now = by_department(in_force(rows), month)
    scores = Score.objects.filter(run=run).filter(~Q(extras=[]) | Q(department__in=now)).select_related("department")
    for score in scores.order_by("department__name", "pk"):
        yield from others(score, score.extras, now.get(score.department_id, ()))


def came_to_heads(run: ScoreRun, rows: Sequence[Adjustment]) -> Iterator[Came]:
    """What of these ROWS of the register the scores of people do not know: vetoes of heads alone. Two queries at most."""
    rows = [row for row in rows if row.scope == VetoScope.HEAD]
    if not rows:
        return
    now = by_head(in_force(rows))
    scores = PersonScore.objects.filter(run=run).filter(~Q(vetoes=[]) | Q(person__in=now)).select_related("person")
    for score in scores.order_by("person__name", "pk"):
        yield from others(score, score.vetoes, now.get(score.person_id, ()))


def in_force(rows: Iterable[Any]) -> list[Adjustment]:
    """Those (of `beside.hitting`) that were not lifted."""
    return [row for row in rows if not row.is_lifted]


def others(score: Score | PersonScore, stored: Texts, now: Texts) -> Iterator[Came]:
    """What counts NOW and is not STORED with the score, then what is stored and no longer counts."""
    had, has = by_entry(stored), by_entry(now)
    yield from (Came(score, one, is_gone=False) for key, one in has.items() if key not in had)
    yield from (Came(score, one, is_gone=True) for key, one in had.items() if key not in has)


def by_entry(texts: Texts) -> dict[int, Mapping[str, Any]]:
    """Entries of the register by their keys; without calibrations, and without limits that lines bring."""
    return {int(one["id"]): one for one in texts if one.get("id") and one["kind"] in AdjustmentKind.values}


def came_in_appraisals(run: ScoreRun) -> Iterator[Came]:
    """People whose personal part is another now than the one their score holds. Four queries at most, one where people have
    no scores."""
    month = Month.of(run.month)
    if not run.person_count:
        return
    given = Appraisal.objects.filter(month=run.month, said_at__gt=known_at(run) - STORED_WITHIN)
    people = set(given.order_by().values_list("person", flat=True).distinct())
    if not people:
        return
    now = appraised(month, people)
    scores = PersonScore.objects.filter(run=run, person__in=people).select_related("person")
    for score in scores.order_by("person__name", "pk"):
        yield from came_in_appraisal(score, now)


def came_in_appraisal(score: PersonScore, now: Mapping[int, Any]) -> Iterator[Came]:
    """Whether the personal part of one person is another NOW, by `appraised`."""
    given = kept_raters(now.get(score.person_id, ()))
    if {one["appraisal"] for one in score.raters} != {one["appraisal"] for one in given}:
        yield Came(score, {"kind": APPRAISAL, "id": None, "code": "", "name": ""}, is_gone=False)


def came_to_score(score: Score, sources: Mapping[tuple[str, int], BesideSource]) -> list[Came]:
    """What the score of one department does not know, by the SOURCES of what stands beside it; nothing for a version that
    nobody works on. No query."""
    if score.run.state == RunState.SUPERSEDED:
        return []
    now = [
        {"kind": kind, "id": key, "code": source.code, "name": source.name}
        for (kind, key), source in sorted(sources.items(), key=itemgetter(0))
        if source.counts
    ]
    return list(others(score, score.extras, now))


def came_to_person(score: PersonScore) -> list[Came]:
    """What the score of one person (with its run) does not know; nothing for a version that nobody works on. Two queries."""
    if score.run.state == RunState.SUPERSEDED:
        return []
    month = Month.of(score.run.month)
    hit = headed_by(score.person_id, department="department", day="happened_on")
    rows = hitting(month).filter(hit, scope=VetoScope.HEAD)
    vetoes = others(score, score.vetoes, map(head_veto_text, in_force(rows)))
    return [*vetoes, *came_in_appraisal(score, appraised(month, [score.person_id]))]


def vetoes_lacking(run: ScoreRun) -> list[Came]:
    """Confirmed vetoes that the scores of RUN were put together without. Five queries at most."""
    return [one for one in came_in_register(run) if one.is_veto_lacking]
