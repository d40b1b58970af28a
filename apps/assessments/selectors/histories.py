"""Published scores of many months in bulk, for whoever looks ahead. No scope: never for pages."""

import polars as pl

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
