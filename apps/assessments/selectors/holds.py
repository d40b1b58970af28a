"""What holds a ruling up: another version of the month under way. The clock of its appeals stands still for that long."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, ScoreRun
from apps.assessments.models.appeals import OPEN_APPEALS
from apps.assessments.selectors.descent import carrying

ON_A_DESK = frozenset({RunState.UNDER_REVIEW, RunState.APPROVED})


def goes_on(draft: ScoreRun, *, is_carrying: bool) -> bool:
    """Whether a draft is gone on from while it is calculated: it corrects the month as an appeal was granted."""
    return is_carrying and draft.revises_id is not None


def held_since(draft: ScoreRun, *, is_carrying: bool) -> datetime | None:
    """Since when nothing can be granted beside this draft; None while it is gone on from."""
    if not goes_on(draft, is_carrying=is_carrying):
        return draft.gathered_at
    return draft.reviewed_at if draft.state in ON_A_DESK else None


def holds_of(months: Collection[date]) -> dict[date, datetime]:
    """Of published MONTHS those in which nothing can be granted now, with since when. Four queries at most."""
    rows = AssessedMonth.objects.filter(month__in=set(months)).exclude(published=None).exclude(draft=None)
    drafts = [row.draft for row in rows.select_related("draft") if row.draft is not None]
    if not drafts:
        return {}
    found = carrying(drafts)
    since = {draft.month: held_since(draft, is_carrying=draft.pk in found) for draft in drafts}
    return {month: moment for month, moment in since.items() if moment is not None}


def public_holds(appeals: Collection[Any]) -> None:
    """Give each of APPEALS (with their runs) `held_since`: since when its clock stands still; None where it runs or is over.
    Four queries at most."""
    waiting = [one for one in appeals if one.state in OPEN_APPEALS]
    holds = holds_of({one.run.month for one in waiting}) if waiting else {}
    for one in appeals:
        since = holds.get(one.run.month) if one.state in OPEN_APPEALS else None
        one.held_since = max(since, one.filed_at) if since else None
