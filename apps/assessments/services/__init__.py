"""What may be done with schemes and assessed months. Doors import from here."""

from apps.assessments.services.checking import Problem, problems_of
from apps.assessments.services.computing import COMPUTE_KIND, Computed, compute_month, request_month
from apps.assessments.services.proving import Proof, prove_published, prove_run
from apps.assessments.services.publishing import NOTICE_TOPIC, publish_month, tell_published
from apps.assessments.services.refusals import (
    MonthBusy,
    MonthNotComplete,
    NoScheme,
    SchemeNotDraft,
    SchemeNotReady,
    WrongScheme,
)
from apps.assessments.services.rejudging import Rejudged, ScoreProof, prove_score, rejudged, rejudged_score
from apps.assessments.services.reviewing import hand_in_month, send_back_month, settle_run
from apps.assessments.services.schemes import (
    Limits,
    Terms,
    add_scorecard,
    change_scheme,
    discard_scheme,
    draft_scheme,
    limits_of,
    place_departments,
    remove_indicator,
    remove_scorecard,
    rename_scorecard,
    save_indicator,
)
from apps.assessments.services.submitting import settle_scheme, submit_scheme

__all__ = [
    "COMPUTE_KIND",
    "NOTICE_TOPIC",
    "Computed",
    "Limits",
    "MonthBusy",
    "MonthNotComplete",
    "NoScheme",
    "Problem",
    "Proof",
    "Rejudged",
    "SchemeNotDraft",
    "SchemeNotReady",
    "ScoreProof",
    "Terms",
    "WrongScheme",
    "add_scorecard",
    "change_scheme",
    "compute_month",
    "discard_scheme",
    "draft_scheme",
    "hand_in_month",
    "limits_of",
    "place_departments",
    "problems_of",
    "prove_published",
    "prove_run",
    "prove_score",
    "publish_month",
    "rejudged",
    "rejudged_score",
    "remove_indicator",
    "remove_scorecard",
    "rename_scorecard",
    "request_month",
    "save_indicator",
    "send_back_month",
    "settle_run",
    "settle_scheme",
    "submit_scheme",
    "tell_published",
]
