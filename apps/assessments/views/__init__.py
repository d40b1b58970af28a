"""Pages of assessments, by what they show."""

from apps.assessments.views.acts import compute_page, hand_in_page, publish_page, send_back_page
from apps.assessments.views.board import month_page, progress_part
from apps.assessments.views.comparing import compare_page
from apps.assessments.views.department import department_page
from apps.assessments.views.drafting import (
    add_scorecard_page,
    discard_scheme_page,
    edit_scheme_page,
    new_scheme_page,
    remove_scorecard_page,
    rename_scorecard_page,
    submit_scheme_page,
)
from apps.assessments.views.indicators import add_indicator_page, edit_indicator_page, remove_indicator_page
from apps.assessments.views.lists import scores_page
from apps.assessments.views.months import list_page
from apps.assessments.views.periods import period_page, period_people_page, periods_page
from apps.assessments.views.places import place_departments_page
from apps.assessments.views.receipt import score_page
from apps.assessments.views.rehearsals import (
    rehearsal_page,
    rehearsal_progress_part,
    rehearsals_page,
    rehearse_page,
)
from apps.assessments.views.revising import discard_draft_page, revise_page
from apps.assessments.views.schemes import scheme_page, schemes_page

__all__ = [
    "add_indicator_page",
    "add_scorecard_page",
    "compare_page",
    "compute_page",
    "department_page",
    "discard_draft_page",
    "discard_scheme_page",
    "edit_indicator_page",
    "edit_scheme_page",
    "hand_in_page",
    "list_page",
    "month_page",
    "new_scheme_page",
    "period_page",
    "period_people_page",
    "periods_page",
    "place_departments_page",
    "progress_part",
    "publish_page",
    "rehearsal_page",
    "rehearsal_progress_part",
    "rehearsals_page",
    "rehearse_page",
    "remove_indicator_page",
    "remove_scorecard_page",
    "rename_scorecard_page",
    "revise_page",
    "scheme_page",
    "schemes_page",
    "score_page",
    "scores_page",
    "send_back_page",
    "submit_scheme_page",
]
