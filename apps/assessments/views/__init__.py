"""Pages of assessments, by what they show."""

from apps.assessments.views.acts import compute_page, hand_in_page, publish_page, send_back_page
from apps.assessments.views.board import month_page, progress_part
from apps.assessments.views.department import department_page
from apps.assessments.views.lists import scores_page
from apps.assessments.views.months import list_page
from apps.assessments.views.receipt import score_page
from apps.assessments.views.schemes import scheme_page

__all__ = [
    "compute_page",
    "department_page",
    "hand_in_page",
    "list_page",
    "month_page",
    "progress_part",
    "publish_page",
    "scheme_page",
    "score_page",
    "scores_page",
    "send_back_page",
]
