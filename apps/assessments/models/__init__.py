"""Assessed months: the company's rules (Scheme), what they made of a month (ScoreRun, Score, ScoreLine), what is published.

A scheme is one version of the rules, a run one version of a whole month. Scores and lines are never changed, by nobody;
AssessedMonth points to the run that is worked on and to the one that is published (docs/adr/0010-assessed-months.md).
Around them: what is entered and rated (entries), what stands beside the hundred points (adjustments), scores of people,
appeals, rehearsals, and what follows from scores (rewards); docs/adr/0012-beside-the-hundred.md.
"""

from apps.assessments.models.adjustments import Adjustment, Calibration, Lifting
from apps.assessments.models.appeals import Appeal
from apps.assessments.models.entries import Appraisal, Entry, Rating
from apps.assessments.models.months import AssessedMonth, Publication, Score, ScoreLine, ScoreRun
from apps.assessments.models.people import PersonScore
from apps.assessments.models.rehearsals import Rehearsal, RehearsedPerson, RehearsedScore
from apps.assessments.models.rewards import ImprovementPlan, Nomination, PayBase, Reward
from apps.assessments.models.schemes import (
    AssessedDepartment,
    Indicator,
    IndicatorRater,
    Scheme,
    Scorecard,
)

__all__ = [
    "Adjustment",
    "Appeal",
    "Appraisal",
    "AssessedDepartment",
    "AssessedMonth",
    "Calibration",
    "Entry",
    "ImprovementPlan",
    "Indicator",
    "IndicatorRater",
    "Lifting",
    "Nomination",
    "PayBase",
    "PersonScore",
    "Publication",
    "Rating",
    "Rehearsal",
    "RehearsedPerson",
    "RehearsedScore",
    "Reward",
    "Scheme",
    "Score",
    "ScoreLine",
    "ScoreRun",
    "Scorecard",
]
