"""Versions of a department's or a person's month, as a receipt lists them."""

from typing import Any

from apps.assessments.models import PersonScore, Score
from apps.assessments.views.telling import run_badge, shown


def edition_row(score: Score | PersonScore, *, number: int | None, url: str, is_this: bool) -> dict[str, Any]:
    """One version. NUMBER: which edition, if it was ever published; IS_THIS: the one the page shows."""
    return {
        "version": score.run.version,
        "number": number,
        "state": run_badge(score.run),
        "total": shown(score.total),
        "grade": score.grade,
        "at": score.run.gathered_at,
        "is_this": is_this,
        "url": url,
    }
