"""Pages of assessments, by what they show."""

from apps.assessments.views.comparing import compare_page
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
from apps.assessments.views.places import place_departments_page
from apps.assessments.views.schemes import scheme_page, schemes_page

__all__ = [
    "add_indicator_page",
    "add_scorecard_page",
    "compare_page",
    "discard_scheme_page",
    "edit_indicator_page",
    "edit_scheme_page",
    "new_scheme_page",
    "place_departments_page",
    "remove_indicator_page",
    "remove_scorecard_page",
    "rename_scorecard_page",
    "scheme_page",
    "schemes_page",
    "submit_scheme_page",
]
