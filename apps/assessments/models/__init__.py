"""Assessed months: the company's rules (Scheme), what they made of a month (ScoreRun, Score, ScoreLine), what is published.

A scheme is one version of the rules, a run one version of a whole month. Scores and lines are never changed, by nobody;
AssessedMonth points to the run that is worked on and to the one that is published (docs/adr/0010-assessed-months.md).
"""

from apps.assessments.models.months import AssessedMonth, Publication, Score, ScoreLine, ScoreRun
from apps.assessments.models.schemes import AssessedDepartment, Indicator, Scheme, Scorecard

__all__ = [
    "AssessedDepartment",
    "AssessedMonth",
    "Indicator",
    "Publication",
    "Scheme",
    "Score",
    "ScoreLine",
    "ScoreRun",
    "Scorecard",
]
