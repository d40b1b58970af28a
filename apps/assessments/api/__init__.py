"""Assessments for other systems: the views that ops_portal/api.py mounts."""

from apps.assessments.api.adjustments import AdjustmentApi
from apps.assessments.api.appeals import AppealApi, CalibrationApi
from apps.assessments.api.awaited import AwaitedApi
from apps.assessments.api.awaited_people import AwaitedPeopleApi
from apps.assessments.api.cumulative import CumulativeScoresApi
from apps.assessments.api.entries import EntryApi, RatingApi
from apps.assessments.api.nominations import NominationApi
from apps.assessments.api.people import AppraisalApi, ImprovementPlanApi, PayBaseApi, PersonScoreApi, RewardApi
from apps.assessments.api.period_people import PeriodPeopleApi
from apps.assessments.api.periods import MonthCalendarApi, PeriodScoresApi
from apps.assessments.api.proofs import PublicationApi
from apps.assessments.api.rehearsals import RehearsalApi
from apps.assessments.api.runs import ScoreRunApi
from apps.assessments.api.schemes import SchemeApi
from apps.assessments.api.scores import ScoreApi, ScoreLineApi
from apps.assessments.api.warnings import AppraiserChecksApi, GradeWarningsApi, StandardisedPartsApi

__all__ = [
    "AdjustmentApi",
    "AppealApi",
    "AppraisalApi",
    "AppraiserChecksApi",
    "AwaitedApi",
    "AwaitedPeopleApi",
    "CalibrationApi",
    "CumulativeScoresApi",
    "EntryApi",
    "GradeWarningsApi",
    "ImprovementPlanApi",
    "MonthCalendarApi",
    "NominationApi",
    "PayBaseApi",
    "PeriodPeopleApi",
    "PeriodScoresApi",
    "PersonScoreApi",
    "PublicationApi",
    "RatingApi",
    "RehearsalApi",
    "RewardApi",
    "SchemeApi",
    "ScoreApi",
    "ScoreLineApi",
    "ScoreRunApi",
    "StandardisedPartsApi",
]
