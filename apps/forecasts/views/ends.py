"""How good forecasts of the ends of quarters and years were: a part of the honesty board."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.http.cells import Badge
from apps.core.month import Month
from apps.core.wording import month_text
from apps.forecasts.choices import SubjectKind
from apps.forecasts.models import ForecastIssue, PeriodAccuracy
from apps.forecasts.rules.ahead import FEWEST_PERIODS, WORSE_THAN_NAIVE, Record, period_record
from apps.forecasts.views.words import ends_ahead, percent, plain_number, verdict_badge

QUARTER, YEAR = 3, 12
BANDS = {QUARTER: ((1, 1), (2, 2), (3, 3)), YEAR: ((1, 3), (4, 6), (7, 9), (10, 12))}
"""Months before the end that stand on one line: (from, to)."""


def ends_blocks(rows: Sequence[PeriodAccuracy], issue: ForecastIssue) -> list[dict[str, Any]]:
    """Quarters, then years: their lines, and what has to be said beside them."""
    return [
        ends_block(step, [row for row in rows if row.step == step], Month.of(issue.month), due)
        for step, due in zip(BANDS, ends_ahead(issue), strict=True)
    ]


def ends_block(step: int, rows: Sequence[PeriodAccuracy], month: Month, due: Month) -> dict[str, Any]:
    """One of them; DUE: the last month of the period that runs after MONTH, the last one known."""
    is_year = step == YEAR
    return {
        "code": "year" if is_year else "quarter",
        "title": _("Ends of years") if is_year else _("Ends of quarters"),
        "note": _("mean error, in usual changes from year to year")
        if is_year
        else _("mean error, in usual changes from quarter to quarter"),
        "is_year": is_year,
        "words": block_words(rows, is_year=is_year, due=due),
        "lines": [
            line
            for kind in SubjectKind
            for first, last in BANDS[step]
            if (line := line_of([row for row in rows if row.kind == kind and first <= row.ahead <= last], kind))
        ],
    }


def block_words(rows: Sequence[PeriodAccuracy], *, is_year: bool, due: Month) -> str:
    """What has to be said of the whole block: that nothing is over yet, that one alone says little, or how many are."""
    count = max((row.period_count for row in rows), default=0)
    if not count:
        words = (
            _("No year whose end was foretold is over yet. The running one is judged once %(month)s is known.")
            if is_year
            else _("No quarter whose end was foretold is over yet. The running one is judged once %(month)s is known.")
        )
        return words % {"month": month_text(due)}
    if count < FEWEST_PERIODS:
        return (
            _("Only one year that was foretold is over. All series share what happened in it: too few to say.")
            if is_year
            else _("Only one quarter that was foretold is over. All series share what happened in it: too few to say.")
        )
    if is_year:
        return ngettext("%(n)s year that was foretold is over.", "%(n)s years that were foretold are over.", count) % {
            "n": count
        }
    words = ngettext("%(n)s quarter that was foretold is over.", "%(n)s quarters that were foretold are over.", count)
    return words % {"n": count}


def line_of(rows: Sequence[PeriodAccuracy], kind: SubjectKind) -> dict[str, Any] | None:
    """ROWS of one kind at neighbouring distances before the end, as a line; nothing where there are none."""
    if not rows:
        return None
    record = period_record(rows)
    aheads = sorted(row.ahead for row in rows)
    return {
        "kind": kind.label,
        "ahead": f"{aheads[0]}–{aheads[-1]}" if len(aheads) > 1 else f"{aheads[0]}",
        "periods": max(row.period_count for row in rows),
        "count": record.count,
        "error": plain_number(record.error),
        "naive": plain_number(record.naive),
        "seasonal": plain_number(record.seasonal),
        "in80": percent(record.share80) if record.error is not None else "",
        "badge": end_badge(record, rows[0].step),
    }


def end_badge(record: Record, step: int) -> Badge:
    """The verdict; a quarter is compared with the one before, not with a month. (Of years that is last year.)"""
    if record.verdict == WORSE_THAN_NAIVE:
        label = _("“Same as last year” came closer") if step == YEAR else _("“Same as last quarter” came closer")
        return Badge(label, verdict_badge(record).tone)
    return verdict_badge(record)
