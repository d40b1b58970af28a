"""People whose score a run still waits for, and whose it is to give their personal part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from apps.assessments.choices import PersonStatus
from apps.assessments.models import AssessedMonth, PersonScore, ScoreRun
from apps.assessments.selectors.givers import Giver, PersonPlace, givers_of
from apps.assessments.selectors.scores import sees_drafts
from apps.core.month import Month
from apps.core.scope import Scope

MOST_PEOPLE = 15


@dataclass(frozen=True, slots=True)
class AwaitedPerson:
    """Somebody without a score: what is awaited, and whose turn it is (nobody's where it is no personal part)."""

    score: PersonScore
    givers: Sequence[Giver]
    """Empty: nobody is there to give it, or what is awaited is the score of a department."""

    @property
    def is_part(self) -> bool:
        """Whether their personal part is awaited; else the score of a department they were in."""
        return waits_for_part(self.score)


@dataclass(frozen=True, slots=True)
class PeopleBlockers:
    """People who keep a run from being handed in: the first of them, and how many there are."""

    people: tuple[AwaitedPerson, ...]
    count: int

    @property
    def more_count(self) -> int:
        """People beyond those listed."""
        return max(0, self.count - len(self.people))


def waits_for_part(score: PersonScore) -> bool:
    """Whether the personal part of a pending score is what is missing."""
    return score.personal is None and bool(score.personal_weight)


def public_pending_people(run: ScoreRun) -> int:
    """How many people of a run have no score yet: it is not handed in while there are any. One query at most."""
    return run.people.filter(status=PersonStatus.PENDING).count() if run.person_count else 0


def people_blockers(run: ScoreRun, today: date) -> PeopleBlockers:
    """The people a run waits for, the first fifteen by department with whose turn it is. Nine queries at most."""
    count = public_pending_people(run)
    if not count:
        return PeopleBlockers((), 0)
    rows = PersonScore.objects.filter(run=run, status=PersonStatus.PENDING).select_related("person", "department")
    first = rows.order_by("department__name", "person__name", "person")[:MOST_PEOPLE]
    return PeopleBlockers(tuple(whose_people(list(first), today)), count)


def awaited_people(scope: Scope, month: Month) -> QuerySet[PersonScore]:
    """People of the draft of MONTH without a score, for those who read drafts; none without a draft."""
    draft = AssessedMonth.objects.filter(month=month.first_day).values("draft")[:1]
    rows = PersonScore.objects.filter(run=draft, status=PersonStatus.PENDING).select_related("person", "department")
    return rows if sees_drafts(scope) else rows.none()


def whose_people(rows: Sequence[PersonScore], today: date) -> list[AwaitedPerson]:
    """ROWS of pending people with whose turn it is to give the part they wait for. Seven queries, however many."""
    places = [
        PersonPlace(row.person_id, row.department_id, row.role, row.person.user_id)
        for row in rows
        if waits_for_part(row)
    ]
    turns = givers_of(places, today) if places else {}
    return [AwaitedPerson(row, turns.get(row.person_id, ())) for row in rows]
