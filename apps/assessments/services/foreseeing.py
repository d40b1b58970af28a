"""What a month that was never worked out would wait for if it were worked out now. Nothing is stored."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import polars as pl

from apps.assessments.choices import LineStatus
from apps.assessments.models import AssessedDepartment, ScoreLine
from apps.assessments.services.gathering import gather
from apps.assessments.services.judging import judge_month
from apps.assessments.services.lines import FIGURES
from apps.core.month import Month


def foreseen_lines(*, month: Month, places: Sequence[AssessedDepartment], at: datetime) -> list[ScoreLine]:
    """The lines of the departments PLACES (with their departments; neighbours by key) that would wait for something, or that
    the rules would not fit, as lines that are not stored, by department and indicator. By the same rules and facts as the
    month itself, in a fixed number of queries. Refuses a month without an approved scheme."""
    if not places:
        return []
    known = {place.department_id: place.department for place in places}
    gathered = gather(month=month, at=at, among=(min(known), max(known)))
    indicators = {one.pk: one for card in gathered.indicators.values() for one in card}
    lines = judge_month(gathered).lines.filter(
        pl.col("department_id").is_in(list(known)),
        pl.col("status").is_in([LineStatus.PENDING.value, LineStatus.INVALID_CONFIG.value]),
    )
    found = lines.sort("department_id", "indicator_id")
    columns = ("department_id", "indicator_id", "status", "presence", "reported", *FIGURES)
    return [
        ScoreLine(
            month=month.first_day,
            department=known[place],
            indicator=indicators[indicator],
            status=status,
            presence=presence,
            weight=indicators[indicator].weight,
            reported=None if reported is None else json.loads(reported),
            **{name: None if text is None else Decimal(text) for name, text in zip(FIGURES, figures, strict=True)},
        )
        for place, indicator, status, presence, reported, *figures in found.select(columns).iter_rows()
    ]
