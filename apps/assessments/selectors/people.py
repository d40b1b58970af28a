"""Scores of people as they may be read: one's own, those of the people one leads, or all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.assessments.choices import RunState
from apps.assessments.models import Appraisal, PersonScore, Publication, ScoreRun
from apps.assessments.selectors.scores import is_asked, number_of, run_for, sees_drafts
from apps.assessments.selectors.scores import readable_scores as readable_department_scores
from apps.core.clock import today
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments.selectors import names_of, subtree_ids
from apps.staff.choices import AppointmentRole
from apps.staff.models import Person
from apps.staff.selectors import leaders_of, visible_people

MONTHS_SHOWN = 24


def people_led(scope: Scope) -> QuerySet[Person]:
    """Oneself and the people one leads by the chart of today: those in the departments led and below, but not the head
    above a deputy. Whoever leads nobody: oneself. Wide roles do not widen this: finance sees figures, no people's scores."""
    narrow = Scope(
        user_id=scope.user_id,
        reach=Reach.DEPARTMENTS if scope.department_ids else Reach.SELF,
        capabilities=scope.capabilities,
        person_id=scope.person_id,
        department_ids=scope.department_ids,
        home_department_id=scope.home_department_id,
    )
    people = visible_people(narrow)
    if not scope.department_ids:
        return people
    heads = leaders_of(scope.department_ids, today()).filter(role=AppointmentRole.HEAD)
    return people.exclude(pk__in=heads.exclude(person=scope.person_id or 0).values("person"))


def visible_person_scores(scope: Scope) -> QuerySet[PersonScore]:
    """Scores of people: all versions for those who work on the month (HR, COO, GM, auditor); else those that were ever
    published, of oneself and the people one leads."""
    rows = PersonScore.objects.select_related("run__scheme", "run__publication__published_by", "person", "department")
    if not scope.may("assessments.view"):
        return rows.none()
    if sees_drafts(scope):
        return rows
    rows = rows.filter(Exists(Publication.objects.filter(run=OuterRef("run"))))
    return rows.filter(person__in=people_led(scope).order_by().values("pk"))


def people_scores_in(scope: Scope, run: ScoreRun) -> QuerySet[PersonScore]:
    """The scores of people in one run, as far as the person may read them."""
    return visible_person_scores(scope).filter(run=run)


def person_score_for(scope: Scope, pk: int) -> PersonScore:
    """One score by its key; NotFound is the same for what does not exist and what is not theirs."""
    return one_of(visible_person_scores(scope).filter(pk=pk))


def person_month_for(scope: Scope, month: Month, person: int, version: int | None = None) -> PersonScore:
    """Somebody's month: in the run that is worked on or published, or in a VERSION; else NotFound."""
    rows = visible_person_scores(scope).filter(run__month=month.first_day, person=person)
    if version is not None:
        return one_of(rows.filter(run__version=version))
    run = run_for(scope, month)
    return one_of(rows.filter(run=run) if run is not None else rows.none())


def one_of(rows: QuerySet[PersonScore]) -> PersonScore:
    """The one row, or the one answer for all others."""
    found = rows.first()
    if found is None:
        raise nothing_there()
    return found


def nothing_there() -> NotFound:
    """The one answer for what does not exist and what is not theirs."""
    return NotFound(_("There is no such score, or it lies outside what you may see."))


def in_branch(rows: QuerySet[PersonScore], department: int, day: date) -> QuerySet[PersonScore]:
    """ROWS of people in the department and everything under it by the tree of the day."""
    return rows.filter(department__in=subtree_ids(department, day))


@dataclass(frozen=True, slots=True)
class StayLine:
    """Some days in one department, the assessed one at or above it (None: there is none).

    `score`: what it reached, as text; None where it has none. `is_assessed`: whether these days count.
    """

    department: int | None
    name: str
    days: int
    score: str | None
    is_assessed: bool
    may_open: bool
    """Whether the reader may open the department's own receipt."""


@dataclass(frozen=True, slots=True)
class RaterLine:
    """What one rater gave, with their words."""

    name: str
    points: str
    note: str
    at: Any


@dataclass(frozen=True, slots=True)
class PersonEdition:
    """One version of somebody's month."""

    score: PersonScore
    number: int | None
    """Which edition, if it was ever published."""


@dataclass(frozen=True, slots=True)
class PersonReceipt:
    """Everything a person's score came from."""

    score: PersonScore
    stays: tuple[StayLine, ...]
    raters: tuple[RaterLine, ...]
    former: PersonScore | None
    """The last version before it that was ever published, with its run."""


def person_receipt(score: PersonScore, scope: Scope, known: Iterable[PersonScore] | None = None) -> PersonReceipt:
    """The receipt of a score from a scoped selector. KNOWN: its month in other versions, if they are at hand. Three queries,
    one more if they are not."""
    keys = {row["department"] for row in score.stays} - {None}
    names = names_of(keys)
    readable = readable_department_scores(scope).filter(run=score.run_id, department__in=keys)
    openable = set(readable.values_list("department", flat=True))
    stays = tuple(
        StayLine(
            department=row["department"],
            name=names.get(row["department"], ""),
            days=int(row["days"]),
            score=row.get("score"),
            is_assessed=row.get("is_assessed", row["department"] is not None),
            may_open=row["department"] in openable,
        )
        for row in score.stays
    )
    return PersonReceipt(score, stays, tuple(raters_of(score)), published_before(scope, score, known))


def published_before(
    scope: Scope, score: PersonScore, known: Iterable[PersonScore] | None = None
) -> PersonScore | None:
    """The last version of a person's month before SCORE (from a scoped selector) that was ever published, of KNOWN ones if
    they are given. One query; none then, nor for the first version."""
    if score.run.version == 1:
        return None
    if known is not None:
        earlier = [row for row in known if row.run.version < score.run.version and number_of(row.run) is not None]
        return max(earlier, key=lambda row: row.run.version, default=None)
    rows = visible_person_scores(scope).filter(run__month=score.run.month, person=score.person_id)
    rows = rows.filter(run__version__lt=score.run.version, run__publication__isnull=False)
    return rows.order_by("-run__version").first()


def raters_of(score: PersonScore) -> Iterable[RaterLine]:
    """Who gave the personal part, as it was kept on the score. One query."""
    wanted = {int(row["appraisal"]): str(row["points"]) for row in score.raters}
    rows = Appraisal.objects.filter(pk__in=wanted, person=score.person_id).select_related("said_by").order_by("pk")
    return [RaterLine(row.said_by.name, wanted[row.pk], row.note, row.said_at) for row in rows]


@dataclass(frozen=True, slots=True)
class OpenedPerson:
    """Somebody's score that is opened, the versions of its month, the newest first, and what was published of the two years
    up to it, the oldest first."""

    score: PersonScore
    editions: tuple[PersonEdition, ...]
    history: tuple[PersonScore, ...]


def opened_person(scope: Scope, month: Month, person: int, version: int | None = None) -> OpenedPerson:
    """Somebody's month: in the run that is worked on or published, or in a VERSION; else NotFound. One query."""
    span = Q(run__month__gt=month.plus(-MONTHS_SHOWN).first_day, run__month__lte=month.first_day)
    rows = visible_person_scores(scope).filter(
        Q(run__month=month.first_day) | span & Q(run__state=RunState.PUBLISHED), person=person
    )
    found = list(rows.order_by("run__month", "-run__version"))
    own = [row for row in found if row.run.month == month.first_day]
    score = next((row for row in own if is_asked(row.run, scope, version)), None)
    if score is None:
        if version is None:
            run_for(scope, month)
        raise nothing_there()
    history = tuple(row for row in found if row.run.state == RunState.PUBLISHED)
    return OpenedPerson(score, tuple(PersonEdition(row, number_of(row.run)) for row in own), history)


def own_last_scores(scope: Scope, *, since: date) -> list[PersonScore]:
    """One's own last published score of a month from SINCE on, and the one before it. One query."""
    if scope.person_id is None:
        return []
    rows = visible_person_scores(scope).filter(person=scope.person_id, run__state=RunState.PUBLISHED)
    return list(rows.filter(run__month__gte=since).order_by("-run__month")[:2])
