"""Published months in any number: one that was really worked out, copied set-based with shifted figures and true digests."""

from typing import Any

from django.db import connection, transaction

from apps.accounts.models import User
from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, ScoreRun
from apps.assessments.services.lines import LINE_COLUMNS
from apps.assessments.services.peopling import PERSON_COLUMNS
from apps.assessments.services.publishing import add_publication
from apps.assessments.services.storing import COUNTS, LINE_DIGESTS, NEXT, PERSON_DIGEST, SCORE_DIGEST
from apps.core.clock import now
from apps.core.month import Month

COLUMNS = ", ".join(LINE_COLUMNS)
TAKEN = (
    COLUMNS.replace("run_id", "%(run)s").replace("month", "%(month)s::date").replace("value", "value + %(shift)s", 1)
)
LINES = (
    f"INSERT INTO assessments_scoreline ({COLUMNS}) SELECT {TAKEN} FROM assessments_scoreline WHERE run_id = %(source)s"  # noqa: S608
)
SCORES = f"""
INSERT INTO assessments_score (run_id, department_id, scorecard_id, status, coverage_pct, base, coefficient, bonus,
                               deduction, calibration, uncalibrated, extras, total, grade, rank, below_count, below_points,
                               digest)
SELECT %(run)s, s.department_id, s.scorecard_id, s.status, s.coverage_pct, s.base, s.coefficient, s.bonus, s.deduction,
       s.calibration, s.uncalibrated, s.extras, s.total, s.grade, s.rank, s.below_count, s.below_points, {SCORE_DIGEST}
FROM assessments_score s LEFT JOIN ({LINE_DIGESTS}) t ON t.department_id = s.department_id WHERE s.run_id = %(source)s
"""  # noqa: S608

PEOPLE = f"""
INSERT INTO assessments_personscore (run_id, {", ".join(PERSON_COLUMNS)}, digest)
SELECT %(run)s, {", ".join(f"p.{column}" for column in PERSON_COLUMNS)}, {PERSON_DIGEST}
FROM assessments_personscore p WHERE p.run_id = %(source)s
"""  # noqa: S608


@transaction.atomic
def copy_month(source: ScoreRun, *, shift: int, by: User) -> ScoreRun:
    """The month SHIFT months before SOURCE, every figure by SHIFT more: stored and published with the services' own SQL."""
    month = Month.of(source.month).plus(-shift)
    with connection.cursor() as cursor:
        cursor.execute(NEXT)
        given: dict[str, Any] = {
            "run": cursor.fetchone()[0],
            "version": source.version,
            "month": month.first_day,
            "shift": shift,
            "source": source.pk,
        }
        cursor.execute(LINES, given)
        cursor.execute(SCORES, given)
        cursor.execute(PEOPLE, given)
        cursor.execute(COUNTS, given)
        score_count, scored_count, pending_count, mean_total, person_count, digest = cursor.fetchone()
    run = ScoreRun.objects.create(
        pk=given["run"],
        month=month.first_day,
        version=source.version,
        scheme=source.scheme,
        state=RunState.PUBLISHED,
        gathered_at=source.gathered_at,
        is_past_cut_off=source.is_past_cut_off,
        is_past_reports=source.is_past_reports,
        fingerprint=source.fingerprint,
        score_count=score_count,
        scored_count=scored_count,
        pending_count=pending_count,
        person_count=person_count,
        line_count=source.line_count,
        with_data_count=source.with_data_count,
        mean_total=mean_total,
        digest=digest,
    )
    AssessedMonth.objects.create(month=month.first_day, published=run)
    add_publication(run, by=by, now=now())
    return run
