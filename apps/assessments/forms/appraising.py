"""The grid of the personal part: what stands in its rows, and what was sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.selectors.appraising import Appraisee
from apps.assessments.services.appraising import LONGEST_NOTE, MOST_POINTS, PointsFor

NUMBER = re.compile(r"[0-9]{1,3}([.,][0-9]{1,2})?")


@dataclass(slots=True)
class AppraisalLine:
    """One person of the grid: what is typed, what is wrong with it, and what it would store."""

    row: Appraisee
    points: str
    note: str
    problem: str = ""
    given: PointsFor | None = None
    wrong: set[str] = field(default_factory=set)

    @property
    def is_stored(self) -> bool:
        """Whether the reader gave something for the month."""
        return self.row.given is not None


def shown_lines(rows: Sequence[Appraisee]) -> list[AppraisalLine]:
    """The grid as it is stored."""
    return [AppraisalLine(row, points_text(row), row.given.note if row.given else "") for row in rows]


def points_text(row: Appraisee) -> str:
    """The stored points as one types them."""
    return "" if row.given is None else f"{row.given.points.normalize():f}"


def sent_lines(rows: Sequence[Appraisee], sent: Mapping[str, Any]) -> list[AppraisalLine]:
    """The grid as it was sent; people who are not on the page are left as they are."""
    return [sent_line(row, sent) for row in rows]


def sent_line(row: Appraisee, sent: Mapping[str, Any]) -> AppraisalLine:
    """One row: points that can be read, or the sentence why not."""
    points = str(sent.get(f"points-{row.person.pk}", "")).replace("\x00", "").strip()
    note = str(sent.get(f"note-{row.person.pk}", "")).replace("\x00", "").strip()
    line = AppraisalLine(row, points, note)
    if len(note) > LONGEST_NOTE:
        line.problem = _("Keep the comment to 500 signs.")
        line.wrong.add("note")
    elif not points:
        judge_blank(line)
    else:
        judge_points(line)
    return line


def judge_blank(line: AppraisalLine) -> None:
    """No points: nothing to store, unless some were given before or a comment hangs in the air."""
    if line.row.given is not None:
        line.problem = _("Points that were given can be changed, not taken away. Write the right ones.")
    elif line.note:
        line.problem = _("Give points with the comment.")
    if line.problem:
        line.wrong.add("points")


def judge_points(line: AppraisalLine) -> None:
    """Points from 0 to 100, with at most two decimals after a point or a comma."""
    number = Decimal(line.points.replace(",", ".")) if NUMBER.fullmatch(line.points) else None
    if number is None or number > MOST_POINTS:
        line.problem = _("Give points from 0 to 100, with at most two decimals.")
        line.wrong.add("points")
        return
    line.given = PointsFor(line.row.person.pk, number, line.note)
