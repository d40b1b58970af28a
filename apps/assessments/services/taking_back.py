"""What takes a reward back that an earlier edition of the month gave and the published one no longer does."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.assessments.models import PersonScore, Reward, ScoreRun


def taken_back(last: Any, *, run: ScoreRun, score: PersonScore | None, now: datetime) -> Reward:
    """A proposal of nothing against what was approved LAST (a reward with `given_by`, the key of the rules that gave it).

    Of the person's SCORE in RUN, or of the run alone where it has none.
    """
    none = Decimal(0)
    shared = dict.fromkeys(("points", "weight", "shared_by"), none if last.is_share else None)
    return Reward(
        source=last.source, score=score, run=run if score is None else None, scheme_id=last.given_by,
        month=last.month, person_id=last.person_id, department_id=last.department_id, base_amount=last.base_amount,
        dept_coef=none, personal_coef=none, days_worked=0, days_in_period=last.days_in_period, **shared,
        amount=none, settles_amount=last.amount, proposed_at=now,
    )  # fmt: skip
