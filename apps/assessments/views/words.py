"""How schemes are said on every page: the words of services.scheme_words, with the pages on which they are changed."""

from typing import Any

from apps.assessments.models import Scheme
from apps.assessments.services.scheme_words import (
    grade_facts,
    kpi_words,
    limit_facts,
    missing_words,
    standing_parts,
    weight_text,
)

__all__ = ["grade_facts", "kpi_words", "limit_facts", "missing_words", "standing_facts", "weight_text"]

PAGES = {
    "bonus": "assessments:edit_items",
    "deductions": "assessments:edit_items",
    "vetoes": "assessments:edit_items",
    "people": "assessments:edit_people",
    "rewards": "assessments:edit_people",
    "calendar": "assessments:edit_calendar",
    "year": "assessments:edit_calendar",
}


def standing_facts(scheme: Scheme) -> list[dict[str, Any]]:
    """What the scheme lays down beside its scorecards: one group for each part, with the page it is changed on."""
    return [{"title": one.title, "url": PAGES[one.code], "facts": one.facts} for one in standing_parts(scheme)]
