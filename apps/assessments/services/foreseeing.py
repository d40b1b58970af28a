"""What a month that was never worked out would wait for if it were worked out now. Nothing is stored."""

from collections.abc import Sequence
from datetime import datetime

from apps.assessments.choices import LineStatus
from apps.assessments.models import AssessedDepartment, ScoreLine
from apps.assessments.services.gathering import gather
from apps.assessments.services.judging import judge_month
from apps.core.month import Month


def foreseen_lines(*, month: Month, places: Sequence[AssessedDepartment], at: datetime) -> list[ScoreLine]:
    """The lines of the departments PLACES (with their departments; neighbours by key) that would wait for something, as
    lines that are not stored, by department and indicator. By the same rules and facts as the month itself, in a fixed
    number of queries. Refuses a month without an approved scheme."""
    if not places:
        return []
    known = {place.department_id: place.department for place in places}
    gathered = gather(month=month, at=at, among=(min(known), max(known)))
    return [
        ScoreLine(
            month=month.first_day,
            department=known[judged.row.department_id],
            indicator=line.measure.indicator,
            status=line.status,
            reported=line.reported,
        )
        for judged in judge_month(gathered)
        if judged.row.department_id in known
        for line in sorted(judged.lines, key=lambda one: one.measure.indicator.pk)
        if line.status == LineStatus.PENDING
    ]
