"""Whose days, departments or role are otherwise in one version of a month than in the one it corrects."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from apps.assessments.models import PersonScore, ScoreRun
from apps.assessments.rules.placements import Placement, placement_of
from apps.departments.selectors import names_of
from apps.staff.models import Person

MOST_MOVED = 150
MOVED = """
SELECT coalesce(a.person_id, b.person_id), count(*) OVER ()
FROM (SELECT person_id, role, stays FROM assessments_personscore WHERE run_id = %(before)s) a
FULL JOIN (SELECT person_id, role, stays FROM assessments_personscore WHERE run_id = %(after)s) b USING (person_id)
WHERE a.role IS DISTINCT FROM b.role
   OR jsonb_path_query_array(a.stays, '$[*].days') IS DISTINCT FROM jsonb_path_query_array(b.stays, '$[*].days')
   OR jsonb_path_query_array(a.stays, '$[*].department') IS DISTINCT FROM jsonb_path_query_array(b.stays, '$[*].department')
ORDER BY 1 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class MovedPerson:
    """Somebody's month before and after; None: no day in it."""

    person: Person
    before: Placement | None
    after: Placement | None


@dataclass(frozen=True, slots=True)
class MovedPeople:
    """Those whose placement is otherwise, by name; NAMES of the departments, and how many more there are than are named."""

    people: Sequence[MovedPerson]
    names: dict[int, str]
    more: int = 0


def placement_in(score: PersonScore | None) -> Placement | None:
    """Days by assessed department and role as a stored score holds them."""
    if score is None:
        return None
    return placement_of(score.role, ((stay["department"], int(stay["days"])) for stay in score.stays))


def names_in(*placements: Placement | None) -> dict[int, str]:
    """The departments of PLACEMENTS, by key. One query, none where nobody was anywhere."""
    keys = {key for one in placements if one for key, _days in one.days} - {None}
    return names_of(key for key in keys if key is not None) if keys else {}


def people_moved(run: ScoreRun) -> MovedPeople:
    """Whose days, departments or role are otherwise in RUN than in the published one it corrects. Three queries at most,
    none for a run that corrects nothing. No scope: for those who work on the month."""
    if run.revises_id is None:
        return MovedPeople((), {})
    with connection.cursor() as cursor:
        cursor.execute(MOVED, {"before": run.revises_id, "after": run.pk, "most": MOST_MOVED})
        found = cursor.fetchall()
    if not found:
        return MovedPeople((), {})
    scores = PersonScore.objects.filter(run__in=[run.revises_id, run.pk], person__in=[key for key, _count in found])
    sides: dict[int, dict[int, PersonScore]] = {}
    for score in scores.select_related("person").order_by("person__name", "person"):
        sides.setdefault(score.person_id, {})[score.run_id] = score
    rows = [
        MovedPerson(
            next(iter(both.values())).person,
            placement_in(both.get(run.revises_id)),
            placement_in(both.get(run.pk)),
        )
        for both in sides.values()
    ]
    rows = [row for row in rows if row.before != row.after]
    names = names_in(*(side for row in rows for side in (row.before, row.after)))
    return MovedPeople(rows, names, found[0][1] - len(found))
