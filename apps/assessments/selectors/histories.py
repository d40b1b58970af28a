"""Published scores of many months in bulk, for whoever looks ahead. No scope: never for pages."""

import polars as pl

from apps.assessments.selectors.assessed import scheme_in_force
from apps.core.frames import copied
from apps.core.month import Month

SCORES = """
SELECT s.department_id, r.month, s.total::float8
FROM assessments_score s JOIN assessments_scorerun r ON r.id = s.run_id
WHERE r.state = 'published' AND r.month BETWEEN %(first)s AND %(last)s AND s.total IS NOT NULL
"""
SHAPE = {"place": pl.Int64, "month": pl.Date, "value": pl.Float64}


def score_histories(*, month: Month, months: int) -> pl.DataFrame:
    """Scores of departments published for the last MONTHS months up to MONTH: place, month, value. One statement."""
    return copied(SCORES, {"first": month.plus(1 - months).first_day, "last": month.first_day}, SHAPE)


def score_bounds(month: Month) -> tuple[float, float] | None:
    """(lowest, highest) total by the scheme in force in MONTH; None where none is. One query."""
    scheme = scheme_in_force(month)
    return (float(scheme.min_total), float(scheme.max_total)) if scheme else None
