"""Published months worked out again by the rules, from what is stored of them and from nothing else.

`proving` finds rows that are not what their digests say. This finds rows that were changed together with every digest, and
rules that no longer give what they gave: each line, total and grade, each rank and each person's score is reckoned anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from django.db import connection

from apps.assessments.models import Indicator, PersonScore, Score, ScoreLine, ScoreRun
from apps.assessments.services.proving import Proof, prove_run, published_runs
from apps.assessments.services.rejudging import is_same_person, rejudged_score

AT_ONCE = 2_000
"""Rows that are held in memory at one time."""
RANKED_OTHERWISE = """
SELECT department_id FROM (
    SELECT department_id, rank, CASE WHEN total IS NOT NULL THEN rank() OVER (ORDER BY total DESC NULLS LAST) END AS again
    FROM assessments_score WHERE run_id = %(run)s
) s WHERE rank IS DISTINCT FROM again
"""
# The departments' scores that a person's score was made of are those of its run, wherever the run still has them.
STAYED_OTHERWISE = """
SELECT DISTINCT p.person_id FROM assessments_personscore p
CROSS JOIN LATERAL jsonb_to_recordset(p.stays) AS stay(department bigint, score numeric)
JOIN assessments_score s ON s.run_id = p.run_id AND s.department_id = stay.department
WHERE p.run_id = %(run)s AND s.total IS DISTINCT FROM stay.score
"""


def recount_run(run: ScoreRun) -> Proof:
    """What `prove_run` finds of a run, and besides what the rules do not give again. Memory is bounded by AT_ONCE.

    Five statements more than the proof, however many lines.
    """
    departments = set(judged_otherwise(run)) | set(keys_found(RANKED_OTHERWISE, run))
    people = {score.person_id for score in people_of(run) if not is_same_person(score)}
    people |= set(keys_found(STAYED_OTHERWISE, run))
    return replace(
        prove_run(run),
        is_recounted=True,
        otherwise=tuple(sorted(departments)),
        otherwise_people=tuple(sorted(people)),
    )


def recounts() -> Iterator[Proof]:
    """Every run that was ever published, one after the other, so that whoever asks can say how far it is."""
    return (recount_run(run) for run in published_runs())


def judged_otherwise(run: ScoreRun) -> Iterator[int]:
    """Departments of which the rules give other points, another total or another grade than are stored. Three queries."""
    indicators = Indicator.objects.filter(scheme=run.scheme_id).in_bulk()
    scores = Score.objects.filter(run=run).order_by("department_id").iterator(chunk_size=AT_ONCE)
    lines = ScoreLine.objects.filter(run=run).order_by("department_id", "indicator_id").iterator(chunk_size=AT_ONCE)
    for score, found in matched(scores, lines):
        if all(line.indicator_id in indicators for line in found):
            for line in found:
                line.indicator = indicators[line.indicator_id]
            score.run = run
            if rejudged_score(score, sorted(found, key=in_scheme)).is_same:
                continue
        yield score.department_id


def in_scheme(line: ScoreLine) -> tuple[int, int]:
    """The place of a line among those of its score."""
    return line.indicator.position, line.indicator_id


def matched(scores: Iterable[Score], lines: Iterable[ScoreLine]) -> Iterator[tuple[Score, list[ScoreLine]]]:
    """Each score with its lines; both come in the order of departments. Lines without a score are left to the proof."""
    groups = groupby(lines, key=attrgetter("department_id"))
    department, found = next(groups, (None, None))
    for score in scores:
        while department is not None and department < score.department_id:
            department, found = next(groups, (None, None))
        yield score, list(found or ()) if department == score.department_id else []


def people_of(run: ScoreRun) -> Iterator[PersonScore]:
    """The people's scores of a run, a few at a time. One query."""
    for score in PersonScore.objects.filter(run=run).order_by("person_id").iterator(chunk_size=AT_ONCE):
        score.run = run
        yield score


def keys_found(statement: str, run: ScoreRun) -> list[int]:
    """The keys a STATEMENT about the run comes to."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {"run": run.pk})
        return [key for (key,) in cursor.fetchall()]
