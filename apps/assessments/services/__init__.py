"""What may be done with schemes and assessed months. Doors import from here."""

from apps.assessments.services.checking import Problem, config_words, problems_of
from apps.assessments.services.computing import COMPUTE_KIND, Computed, compute_month, request_month
from apps.assessments.services.documents import CardText, SchemeText, draft_document, replace_document
from apps.assessments.services.proving import Proof, prove_published, prove_run
from apps.assessments.services.publishing import NOTICE_TOPIC, publish_month, tell_published
from apps.assessments.services.refusals import (
    MonthBusy,
    MonthNotComplete,
    NoScheme,
    Removed,
    SchemeNotDraft,
    SchemeNotReady,
    WrongScheme,
)
from apps.assessments.services.rejudging import Rejudged, ScoreProof, prove_score, rejudged, rejudged_score
from apps.assessments.services.retelling import retold_line
from apps.assessments.services.reviewing import (
    hand_in_month,
    is_published,
    require_worked_on,
    send_back_month,
    settle_run,
)
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
    require_draft,
    save_indicator,
)
from apps.assessments.services.submitting import settle_scheme, start_problems, submit_scheme

__all__ = [
    "COMPUTE_KIND",
    "NOTICE_TOPIC",
    "CardText",
    "Computed",
    "Limits",
    "MonthBusy",
    "MonthNotComplete",
    "NoScheme",
    "Problem",
    "Proof",
    "Rejudged",
    "Removed",
    "SchemeNotDraft",
    "SchemeNotReady",
    "SchemeText",
    "ScoreProof",
    "Terms",
    "WrongScheme",
    "add_scorecard",
    "change_scheme",
    "compute_month",
    "config_words",
    "discard_scheme",
    "draft_document",
    "draft_scheme",
    "hand_in_month",
    "is_published",
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
    "replace_document",
    "request_month",
    "require_draft",
    "require_worked_on",
    "retold_line",
    "save_indicator",
    "send_back_month",
    "settle_run",
    "settle_scheme",
    "start_problems",
    "submit_scheme",
    "tell_published",
]
