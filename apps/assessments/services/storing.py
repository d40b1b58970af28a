"""A judged month into its tables: lines by COPY, then scores with ranks, sums over the tree and digests in one statement.

The digest of a score covers everything stored of it and of its lines, the digest of a run those of its scores.
`services.proving` works both out again with these same statements.
"""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.db import connection
from django.db.models import Max

from apps.accounts.models import User
from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, ScoreRun
from apps.assessments.services.copying import NOTHING, copy_text
from apps.assessments.services.gathering import Gathered
from apps.assessments.services.judging import Judged, JudgedMonth
from apps.assessments.services.lines import LINE_COLUMNS, copy_of, with_data
from apps.assessments.services.peopling import PERSON_COLUMNS, ScoredPerson, person_rows
from apps.core.month import Month
from apps.jobs.models import JobRun

MADE_COLUMNS = (
    *("department_id", "scorecard_id", "status", "coverage_pct", "base", "coefficient", "bonus", "deduction", "total"),
    *("grade", "calibration", "uncalibrated", "extras", "lines"),
)
MADE = """
CREATE TEMPORARY TABLE assessments_made (
    department_id bigint PRIMARY KEY, scorecard_id bigint, status text, coverage_pct numeric(5, 2), base numeric(9, 2),
    coefficient numeric(6, 4), bonus numeric(9, 2), deduction numeric(9, 2), total numeric(9, 2), grade text,
    calibration numeric(9, 2), uncalibrated numeric(9, 2), extras jsonb, lines text
) ON COMMIT DROP
"""
# The digest of a department's lines: all kept of each as one text. A row's text form tells nothing from an empty word.
LINE_DIGESTS = """
SELECT l.department_id,
       encode(sha256(convert_to(string_agg(ROW(l.indicator_id, l.presence, l.value, l.numerator, l.denominator, l.scale,
                                               l.target, l.floor, l.stretch, l.weight, l.rate, l.points, l.status,
                                               l.reported)::text, E'\\n' ORDER BY l.indicator_id), 'UTF8')), 'hex') AS lines
FROM assessments_scoreline l WHERE l.run_id = %(run)s GROUP BY l.department_id
"""
SCORE_DIGEST = """
encode(sha256(convert_to(ROW(%(month)s::date, %(version)s::int, s.department_id, s.scorecard_id, s.status, s.coverage_pct,
                             s.base, s.coefficient, s.bonus, s.deduction, s.calibration, s.uncalibrated, s.extras,
                             s.total, s.grade, s.rank, s.below_count, s.below_points)::text
                         || coalesce(lines, ''), 'UTF8')), 'hex')
"""
# Where a department stands among all that have a score, and what the scored ones at and below it reached together, by the
# tree of the month's last day.
PUT = f"""
INSERT INTO assessments_score (run_id, department_id, scorecard_id, status, coverage_pct, base, coefficient, bonus,
                               deduction, calibration, uncalibrated, extras, total, grade, rank, below_count, below_points,
                               digest)
SELECT %(run)s, s.department_id, s.scorecard_id, s.status, s.coverage_pct, s.base, s.coefficient, s.bonus, s.deduction,
       s.calibration, s.uncalibrated, s.extras, s.total, s.grade, s.rank, s.below_count, s.below_points, {SCORE_DIGEST}
FROM (
    SELECT m.*, CASE WHEN m.total IS NOT NULL THEN rank() OVER (ORDER BY m.total DESC NULLS LAST) END::int AS rank,
           coalesce(b.below_count, 0)::int AS below_count, coalesce(b.below_points, 0)::numeric(14, 2) AS below_points
    FROM assessments_made m
    LEFT JOIN (
        SELECT c.ancestor_id, count(*) AS below_count, sum(d.total) AS below_points
        FROM departments_departmentclosure c JOIN assessments_made d ON d.department_id = c.descendant_id
        WHERE c.valid @> %(last_day)s AND d.total IS NOT NULL GROUP BY c.ancestor_id
    ) b ON b.ancestor_id = m.department_id
) s
"""  # noqa: S608 - our own words
DIGEST_LINES = f"""
UPDATE assessments_made m SET lines = t.lines FROM ({LINE_DIGESTS}) t WHERE t.department_id = m.department_id
"""  # noqa: S608 - our own words
PERSON_DIGEST = """
encode(sha256(convert_to(ROW(%(month)s::date, %(version)s::int, p.person_id, p.department_id, p.role, p.status, p.stays,
                             p.days, p.department_part, p.dept_weight, p.personal, p.raters, p.personal_weight, p.total,
                             p.grade, p.vetoes)::text, 'UTF8')), 'hex')
"""
RUN_DIGEST = """
encode(sha256(convert_to(coalesce(string_agg(digest, '' ORDER BY department_id), '') || (
    SELECT coalesce(string_agg(p.digest, '' ORDER BY p.person_id), '') FROM assessments_personscore p
    WHERE p.run_id = %(run)s), 'UTF8')), 'hex')
"""
COUNTS = f"""
SELECT count(*), count(total), count(*) FILTER (WHERE status = 'pending'), round(avg(total), 2),
       (SELECT count(*) FROM assessments_personscore WHERE run_id = %(run)s), {RUN_DIGEST}
FROM assessments_score WHERE run_id = %(run)s
"""  # noqa: S608 - our own words
MADE_PEOPLE = """
CREATE TEMPORARY TABLE assessments_made_people (
    person_id bigint PRIMARY KEY, department_id bigint, role text, status text, stays jsonb, days int,
    department_part numeric(23, 14), dept_weight numeric(9, 2), personal numeric(23, 14), raters jsonb,
    personal_weight numeric(9, 2), total numeric(9, 2), grade text, vetoes jsonb
) ON COMMIT DROP
"""
PUT_PEOPLE = f"""
INSERT INTO assessments_personscore (run_id, {", ".join(PERSON_COLUMNS)}, digest)
SELECT %(run)s, {", ".join(f"p.{column}" for column in PERSON_COLUMNS)}, {PERSON_DIGEST} FROM assessments_made_people p
"""  # noqa: S608 - our own words
LINES_AT_ONCE = 50_000
"""Lines written out as text at a time: those of a large month would take hundreds of megabytes at once."""
NEXT = "SELECT nextval(pg_get_serial_sequence('assessments_scorerun', 'id'))"


@dataclass(frozen=True, slots=True)
class Origin:
    """On whose account a run is made: by whom, when, and by which job."""

    by: User | None
    now: datetime
    job: JobRun | None = None
    reason: str = ""
    revises: ScoreRun | None = None
    fingerprint: str = ""
    """Of a run that is another with its calibrations: that one's, whose facts it stands on. Else its own."""


def store_run(
    *, gathered: Gathered, judged: JudgedMonth, origin: Origin, people: Iterable[ScoredPerson] = ()
) -> ScoreRun:
    """Write one new version of the month. Inside the caller's transaction, under the lock of the month's row."""
    run = run_to_store(gathered, origin, lines=judged.lines.height, with_data=with_data(judged.lines))
    with connection.cursor() as cursor:
        run.pk = next_key(cursor)
        copy_lines(cursor, run.pk, gathered.month, judged.lines)
        cursor.execute(MADE)
        copy_rows(cursor, "assessments_made", MADE_COLUMNS, score_rows(judged.scores))
        cursor.execute(DIGEST_LINES, {"run": run.pk})
        put_scores(cursor, run, people)
    run.save(force_insert=True)
    return run


def run_to_store(gathered: Gathered, origin: Origin, *, lines: int, with_data: int) -> ScoreRun:
    """The next version of the month as a row without key, counts of scores or digest; two queries."""
    month = gathered.month.first_day
    newest = ScoreRun.objects.filter(month=month).aggregate(newest=Max("version"))["newest"]
    place = AssessedMonth.objects.filter(month=month).values_list("draft", "published").first()
    draft, published = place or (None, None)
    return ScoreRun(
        month=month,
        version=(newest or 0) + 1,
        former_id=draft or published,
        scheme=gathered.scheme,
        state=RunState.CALCULATED,
        job=origin.job,
        started_by=origin.by,
        reason=origin.reason.strip()[:500],
        revises=origin.revises,
        gathered_at=gathered.at,
        is_past_cut_off=gathered.is_past_cut_off,
        is_past_reports=gathered.is_past_reports,
        fingerprint=origin.fingerprint or gathered.fingerprint,
        line_count=lines,
        with_data_count=with_data,
    )


def next_key(cursor: Any) -> int:
    """The key of a run to come."""
    cursor.execute(NEXT)
    return int(cursor.fetchone()[0])


def copy_lines(cursor: Any, run: int, month: Month, lines: pl.DataFrame) -> None:
    """Lines of a run that is not stored yet; nobody sees them before it is."""
    for part in lines.iter_slices(LINES_AT_ONCE):
        copy_rows(cursor, "assessments_scoreline", LINE_COLUMNS, [copy_of(part, run, month)])


def put_scores(cursor: Any, run: ScoreRun, people: Iterable[ScoredPerson]) -> None:
    """Scores of departments and people from what was made of them; the run gets its counts and its digest here."""
    last_day = Month.of(run.month).last_day
    given: dict[str, Any] = {"run": run.pk, "version": run.version, "month": run.month, "last_day": last_day}
    cursor.execute(PUT, given)
    cursor.execute(MADE_PEOPLE)
    copy_rows(cursor, "assessments_made_people", PERSON_COLUMNS, person_rows(people))
    cursor.execute(PUT_PEOPLE, given)
    cursor.execute(COUNTS, given)
    counted = cursor.fetchone()
    run.score_count, run.scored_count, run.pending_count, run.mean_total, run.person_count, run.digest = counted
    cursor.execute("DROP TABLE assessments_made, assessments_made_people")


def copy_rows(cursor: Any, table: str, columns: tuple[str, ...], rows: Iterable[str]) -> None:
    """Text of rows, columns parted by tabs, into TABLE."""
    text = io.BytesIO()
    text.writelines(row.encode() for row in rows)
    text.seek(0)
    cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", text)


def hundredths(number: int | None) -> str:
    """Points as COPY wants them."""
    return NOTHING if number is None else f"{number}e-2"


def score_rows(scores: Iterable[Judged]) -> Iterable[str]:
    """Every score as COPY wants it."""
    for one in scores:
        head = (
            f"{one.row.department_id}\t{one.row.scorecard_id}\t{one.status}\t{one.coverage}e-2\t{hundredths(one.base)}"
        )
        tail = f"{one.row.coefficient}\t{one.bonus}e-2\t{one.deduction}e-2\t{hundredths(one.total)}"
        moved = f"{one.calibration}e-2\t{hundredths(one.uncalibrated)}"
        extras = copy_text(list(one.extras)) if one.extras else "[]"
        yield f"{head}\t{tail}\t{copy_text(one.grade)}\t{moved}\t{extras}\t{NOTHING}\n"


def chained(previous: str, digest: str) -> str:
    """The digest of a publication: covers its run's and the one before."""
    return hashlib.sha256(f"{previous}{digest}".encode()).hexdigest()
