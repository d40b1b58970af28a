"""What a month that was never worked out would wait for if it were worked out now. Nothing is stored."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from apps.assessments.choices import LineStatus, ScoreStatus
from apps.assessments.models import AssessedDepartment, ScoreLine
from apps.assessments.selectors.misfits import fault_of_whole
from apps.assessments.services.gathering import Gathered, gather
from apps.assessments.services.judging import JudgedMonth, judge_month
from apps.assessments.services.lines import FIGURES
from apps.core.month import Month

HOLDING = [LineStatus.PENDING.value, LineStatus.INVALID_CONFIG.value]


def foreseen_lines(*, month: Month, places: Sequence[AssessedDepartment], at: datetime) -> list[ScoreLine]:
    """The lines of the departments PLACES (with their departments; neighbours by key) that would wait for something, or that
    the rules would not fit, as lines that are not stored, by department and indicator; of a department at fault as a whole
    the first (selectors.misfits.whole_fault). By the same rules and facts as the month itself, in a fixed number of
    queries. Refuses a month without an approved scheme."""
    if not places:
        return []
    known = {place.department_id: place.department for place in places}
    gathered = gather(month=month, at=at, among=(min(known), max(known)))
    indicators = {one.pk: one for card in gathered.indicators.values() for one in card}
    judged = judge_month(gathered)
    lines = judged.lines.filter(pl.col("department_id").is_in(list(known))).sort("department_id", "indicator_id")
    faults = whole_faults(gathered, judged, lines)
    is_first = pl.col("department_id").is_in(list(faults)) & pl.col("department_id").is_first_distinct()
    found = lines.filter(pl.col("status").is_in(HOLDING) | is_first)
    columns = ("department_id", "indicator_id", "status", "presence", "reported", *FIGURES)
    rows: list[Any] = [
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
    for line in rows:
        line.whole_fault = faults.pop(line.department_id, "")
    return rows


def whole_faults(gathered: Gathered, judged: JudgedMonth, lines: pl.DataFrame) -> dict[int, str]:
    """By department what would keep it from its score though none of its LINES is at fault."""
    at_fault = set(lines.filter(pl.col("status") == LineStatus.INVALID_CONFIG.value)["department_id"])
    places = set(lines["department_id"]) - at_fault
    grades = gathered.scheme.grades
    return {
        one.row.department_id: fault_of_whole(
            sum((line.weight for line in gathered.indicators.get(one.row.scorecard_id, ())), Decimal(0)),
            one.extras,
            grades,
        )
        for one in judged.scores
        if one.status == ScoreStatus.INVALID_CONFIG and one.row.department_id in places
    }
