"""What issues told, laid down month by month for whoever judges it: the same figures as in the series' rows, as blocks.

Judging a month wants one column of each of eighteen issues. Out of the rows that would be every array of each of their
series; out of blocks it is as many short reads as there are issues. A working copy: nothing else reads it, and it goes when
the last month it told of cannot be judged any more.
"""

import zlib
from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl
from django.db import connection
from django.db.models import Q

from apps.core.blocks import copied_blocks, copy_blocks
from apps.core.frames import copy_frame
from apps.core.month import Month
from apps.core.records import json_text, whole_list
from apps.forecasts.choices import SubjectKind
from apps.forecasts.models import ForecastIssue, JudgedMonth
from apps.forecasts.rules.network import HORIZON
from apps.forecasts.rules.record import OFF, TOLD, Horizons, MonthRecord, Rows
from apps.forecasts.rules.series import Floats, Whole

LONGEST_KEPT = 2 * HORIZON
"""Months: what was told of the first of the months that are judged is as old as this."""
ROWS_OF = "SELECT issue_id, figures FROM forecasts_toldmonth WHERE issue_id = ANY(%(issues)s) AND ahead = 0"
TOLD_OF = """
SELECT t.issue_id, t.ahead, t.figures FROM unnest(%(issues)s::bigint[], %(aheads)s::int[]) AS w(issue_id, ahead)
JOIN forecasts_toldmonth t USING (issue_id, ahead) ORDER BY t.ahead
"""
JUDGED = "SELECT id, figures FROM forecasts_judgedmonth WHERE id = ANY(%(keys)s)"
FORGET = """
DELETE FROM forecasts_toldmonth t USING forecasts_forecastissue i WHERE i.id = t.issue_id AND i.month < %(before)s
"""


def kind_number(kind: str) -> int:
    """A kind of series as a number that stays the same for ever."""
    return zlib.crc32(kind.encode())


KINDS = {kind_number(kind): kind for kind in SubjectKind.values}


def kind_numbers(kinds: np.ndarray) -> Floats:
    """[n]: the same for every row."""
    words, which = np.unique(kinds, return_inverse=True)
    return np.array([kind_number(str(word)) for word in words], dtype=np.float64)[which]


def remember(issue: ForecastIssue, rows: Rows, told: Floats) -> None:
    """Lay down what ISSUE told: TOLD [horizon, 7, n], lines record.TOLD of each month ahead. What is too old goes."""
    blocks = enumerate([rows.block, *told])
    lines = ((issue.pk, ahead, block) for ahead, block in blocks)
    copy_blocks("forecasts_toldmonth", ("issue_id", "ahead", "figures"), (8, 2), lines)
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"before": Month.of(issue.month).plus(-LONGEST_KEPT).first_day})


def remembered_rows(issues: Iterable[int]) -> dict[int, Rows]:
    """The series of each of ISSUES, in the order of their blocks. One statement."""
    found = copied_blocks(ROWS_OF, {"issues": sorted(set(issues))})
    return {issue: Rows(*block.reshape(6, -1)) for (issue,), block in found}


def remembered(wanted: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, Floats]]:
    """(issue, months ahead, lines record.TOLD [7, n]) of the pairs WANTED. One statement."""
    pairs = list(wanted)
    given = {"issues": [issue for issue, _ahead in pairs], "aheads": [ahead for _issue, ahead in pairs]}
    for (issue, ahead), block in copied_blocks(TOLD_OF, given):
        yield issue, ahead, block.reshape(len(TOLD), -1)


def judged_months(months: Iterable[Month]) -> dict[Month, tuple[int, MonthRecord]]:
    """The newest record of each of MONTHS and the issue whose rows it has. Two statements."""
    days = [month.first_day for month in months]
    if not days:
        return {}
    lines = JudgedMonth.objects.filter(month__in=days)
    newest = lines.order_by("month", "-pk").distinct("month")
    told = {line[0]: line[1:] for line in newest.values_list("pk", "month", "issue_id", "told_by", "horizons")}
    found = {}
    for (key,), block in copied_blocks(JUDGED, {"keys": list(told)}):
        day, issue, told_by, horizons = told[key]
        figures = block.reshape(1 + len(OFF), -1)
        found[Month.of(day)] = issue, MonthRecord(figures[0], figures[1:], unpacked(horizons), tuple(told_by))
    return found


def keep_records(issue: ForecastIssue, records: dict[Month, MonthRecord]) -> None:
    """Put RECORDS, with the rows of ISSUE, in the place of what was known of their months. What is too old
    goes."""
    if not records:
        return
    months = [month.first_day for month in records]
    former = list(JudgedMonth.objects.filter(month__in=months).values_list("pk", flat=True))
    kept = list(records.values())
    frame = pl.DataFrame(
        {
            "issue_id": [issue.pk] * len(kept),
            "month": months,
            "told_by": [whole_list(record.issues) for record in kept],
            "horizons": [json_text(packed(record.horizons)) for record in kept],
            "figures": [np.concatenate([record.truth[None], record.off]).tobytes() for record in kept],
        }
    )
    copy_frame(frame, "forecasts_judgedmonth")
    too_old = Month.of(issue.month).plus(1 - HORIZON).first_day
    JudgedMonth.objects.filter(Q(pk__in=former) | Q(month__lt=too_old)).delete()


def packed(horizons: Horizons) -> list[list[float]]:
    """Horizons as a list of lines: number of the kind, months ahead, STEPS."""
    return [[kind, ahead, *sums.tolist()] for (kind, ahead), sums in sorted(horizons.items())]


def unpacked(lines: list[list[float]]) -> Horizons:
    """The same back."""
    return {(int(kind), int(ahead)): np.array(sums) for kind, ahead, *sums in lines}


def places_of(rows: Rows, among: Rows) -> Whole | None:
    """[n]: where each of ROWS stands AMONG others, -1 for nowhere; None: they are the same rows in the same order."""
    keys, others = rows.keys, among.keys
    if np.array_equal(keys, others):
        return None
    names = ("department", "kpi", "kind", "is_own")
    table = pl.DataFrame(dict(zip(names, others, strict=True))).with_row_index("place")
    wanted = pl.DataFrame(dict(zip(names, keys, strict=True)))
    joined = wanted.join(table, on=names, how="left", maintain_order="left")
    return np.asarray(joined["place"].cast(pl.Int64).fill_null(-1).to_numpy())
