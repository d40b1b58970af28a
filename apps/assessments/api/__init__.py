"""Assessments for other systems: the views that ops_portal/api.py mounts."""

from apps.assessments.api.periods import MonthCalendarApi, PeriodScoresApi
from apps.assessments.api.rehearsals import RehearsalApi
from apps.assessments.api.runs import ScoreRunApi
from apps.assessments.api.schemes import SchemeApi
from apps.assessments.api.scores import ScoreApi, ScoreLineApi

__all__ = [
    "MonthCalendarApi",
    "PeriodScoresApi",
    "RehearsalApi",
    "SchemeApi",
    "ScoreApi",
    "ScoreLineApi",
    "ScoreRunApi",
]
