"""Reads of schemes, months and scores. Those that take a scope give only what the person may see."""

from apps.assessments.selectors.histories import score_bounds, score_histories
from apps.assessments.selectors.records import (
    lines_of_score,
    run_for,
    score_for,
    visible_lines,
    visible_runs,
    visible_scores,
)
from apps.assessments.selectors.schemes import (
    Sheet,
    first_fact,
    indicator_for,
    listed_schemes,
    others_than,
    places_of,
    scheme_for,
    scorecard_for,
    sheets_of,
    visible_schemes,
    weight_of_others,
)

__all__ = [
    "Sheet",
    "first_fact",
    "indicator_for",
    "lines_of_score",
    "listed_schemes",
    "others_than",
    "places_of",
    "run_for",
    "scheme_for",
    "score_bounds",
    "score_for",
    "score_histories",
    "scorecard_for",
    "sheets_of",
    "visible_lines",
    "visible_runs",
    "visible_schemes",
    "visible_scores",
    "weight_of_others",
]
