"""Values come in: typed, imported or sent. Each becomes a version; nothing that was stored is changed or lost."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from django.db import connection, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.core.errors import NotAllowed
from apps.core.history import because
from apps.core.scope import Scope
from apps.kpis.choices import ValueSource
from apps.kpis.services.doubting import REFUSED, Doubt, found_doubts, refuse_lines
from apps.kpis.services.refusals import FIELD_OF, ValuesRefused, fault_words
from apps.kpis.services.staging import Entry, faulty_lines, fill, judge, staged
from apps.kpis.services.summaries import refresh_touched

KEPT_FAULTS = 10_000
# Whoever stores values of an indicator waits for others who do, so that its months are worked out from all values.
REPORTERS = """
DROP TABLE IF EXISTS kpis_reporter;
CREATE TEMPORARY TABLE kpis_reporter ON COMMIT DROP AS
SELECT kpi_id, department_id, min(month) AS first_month, max(series_id) AS series_id, false AS is_new, false AS is_wider
FROM kpis_judged WHERE fault IS NULL GROUP BY kpi_id, department_id
"""
LOCK = """
SELECT id FROM kpis_kpi WHERE id IN (SELECT kpi_id FROM kpis_reporter) ORDER BY id FOR NO KEY UPDATE
"""
NEW_SERIES = """
WITH made AS (
    INSERT INTO kpis_kpiseries (created_at, updated_at, kpi_id, department_id, first_month)
    SELECT now(), now(), kpi_id, department_id, first_month FROM kpis_reporter WHERE series_id IS NULL
    ORDER BY kpi_id, department_id
    ON CONFLICT (kpi_id, department_id) DO NOTHING
    RETURNING id, kpi_id, department_id
)
UPDATE kpis_reporter r SET series_id = m.id, is_new = true FROM made m
WHERE m.kpi_id = r.kpi_id AND m.department_id = r.department_id
"""
KNOW_SERIES = """
UPDATE kpis_reporter r SET series_id = s.id FROM kpis_kpiseries s
WHERE r.series_id IS NULL AND s.kpi_id = r.kpi_id AND s.department_id = r.department_id
"""
EARLIER = """
WITH moved AS (
    UPDATE kpis_kpiseries s SET first_month = r.first_month, updated_at = now() FROM kpis_reporter r
    WHERE s.id = r.series_id AND s.first_month > r.first_month RETURNING s.id
)
UPDATE kpis_reporter r SET is_wider = true FROM moved WHERE moved.id = r.series_id
"""
# What says what is stored already, or what waits already, is no change; a new note is. A series that was made just now
# holds nothing to compare with: its lines, most of a first load, are not looked up one by one.
COMPARE = """
CREATE TEMPORARY TABLE kpis_change ON COMMIT DROP AS
SELECT j.line, j.kpi_id, j.department_id, j.month, j.kind, j.value, j.numerator, j.denominator, j.ytd_value, j.note,
       j.needs_approval, j.is_late, r.series_id, NULL::bigint AS current_id, 1 AS number
FROM kpis_judged j JOIN kpis_reporter r ON r.kpi_id = j.kpi_id AND r.department_id = j.department_id AND r.is_new
WHERE j.fault IS NULL AND j.kind <> 'withdrawn'
UNION ALL
SELECT j.line, j.kpi_id, j.department_id, j.month, j.kind, j.value, j.numerator, j.denominator, j.ytd_value, j.note,
       j.needs_approval, j.is_late, r.series_id, c.id, coalesce(latest.number, 0) + 1
FROM kpis_judged j
JOIN kpis_reporter r ON r.kpi_id = j.kpi_id AND r.department_id = j.department_id AND NOT r.is_new
LEFT JOIN kpis_kpivalue c ON c.month = j.month AND c.series_id = r.series_id AND c.state = 'current'
LEFT JOIN kpis_kpivalue w ON w.month = j.month AND w.series_id = r.series_id AND w.state = 'waiting' AND j.needs_approval
LEFT JOIN LATERAL (
    SELECT max(v.number) AS number FROM kpis_kpivalue v WHERE v.series_id = r.series_id AND v.month = j.month
) latest ON true
WHERE j.fault IS NULL AND CASE
    WHEN w.id IS NOT NULL THEN
        (w.kind, w.value, w.numerator, w.denominator, w.ytd_value)
            IS DISTINCT FROM (j.kind, j.value, j.numerator, j.denominator, j.ytd_value)
        OR coalesce(j.note, '') <> '' AND j.note <> w.note
    WHEN c.id IS NOT NULL THEN
        (c.kind, c.value, c.numerator, c.denominator, c.ytd_value)
            IS DISTINCT FROM (j.kind, j.value, j.numerator, j.denominator, j.ytd_value)
        OR coalesce(j.note, '') <> '' AND j.note <> c.note
    ELSE j.kind <> 'withdrawn' END
"""
REPLACE = """
UPDATE kpis_kpivalue v SET state = 'superseded' FROM kpis_change n
WHERE n.number > 1 AND v.month = n.month AND v.series_id = n.series_id
  AND v.state = CASE WHEN n.needs_approval THEN 'waiting' ELSE 'current' END
"""
STORE = """
INSERT INTO kpis_kpivalue (month, series_id, number, state, kind, value, numerator, denominator, ytd_value, source, note,
                           is_late, is_restated, entered_by_id, entered_at, import_run_id)
SELECT month, series_id, number, CASE WHEN needs_approval THEN 'waiting' ELSE 'current' END, kind, value, numerator,
       denominator, ytd_value, %(source)s, coalesce(nullif(note, ''), %(reason)s),
       coalesce(is_late, false), current_id IS NOT NULL AND coalesce(is_late, false),
       %(by)s, %(at)s, %(import_run)s
FROM kpis_change
"""
COUNTS = """
SELECT good, bad, created, changed, waiting
FROM (SELECT count(*) FILTER (WHERE fault IS NULL) AS good, count(fault) AS bad FROM kpis_judged) judged,
     (SELECT count(*) FILTER (WHERE current_id IS NULL) AS created, count(current_id) AS changed,
             count(*) FILTER (WHERE needs_approval) AS waiting FROM kpis_change) change
"""
RESULTS = """
SELECT j.line, CASE WHEN c.line IS NULL THEN 'unchanged' WHEN c.needs_approval THEN 'waiting'
                    WHEN c.current_id IS NULL THEN 'created' ELSE 'changed' END
FROM kpis_judged j LEFT JOIN kpis_change c ON c.line = j.line WHERE j.fault IS NULL
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one line: FIELD it belongs to ('' for none) and the sentence with the remedy."""

    line: int
    field: str
    message: str
    code: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of the values: how many were new, replaced another, said nothing new, or wait for approval."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    waiting: int = 0
    faults: tuple[Fault, ...] = ()
    fault_count: int = 0
    results: Mapping[int, str] = field(default_factory=dict)
    """Line → created, changed, unchanged or waiting; filled when it is asked for."""
    doubts: tuple[Doubt, ...] = ()
    """What looks wrong about lines without a fault; looked for when it is asked for."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: what is wrong, and what only looks wrong."""

    faults: list[Fault]
    doubts: list[Doubt]


def check_values(
    *, entries: Sequence[Entry], scope: Scope, reason: str = "", now: datetime, limit: int | None = KEPT_FAULTS
) -> list[Fault]:
    """Everything wrong with these values, storing nothing. A fixed number of statements for any number of them.

    No more than LIMIT faults are told; None: all.
    """
    with transaction.atomic():
        fill(staged(entries))
        judge(scope=scope, reason=reason, at=now)
        found = found_faults(limit)
        transaction.set_rollback(True)
    return found


def check_lines(*, lines: IO[Any], scope: Scope, reason: str = "", now: datetime) -> Checked:
    """All faults of CSV lines in the order of staging.COLUMNS, and what looks wrong about the right ones."""
    with transaction.atomic():
        fill(lines)
        judge(scope=scope, reason=reason, at=now)
        found = Checked(found_faults(), found_doubts())
        transaction.set_rollback(True)
    return found


def record_values(
    *,
    entries: Sequence[Entry],
    scope: Scope,
    by: User,
    now: datetime,
    reason: str = "",
    source: ValueSource | str = ValueSource.TYPED,
    import_run: int | None = None,
    is_partial: bool = False,
    is_detailed: bool = False,
    confirmed: Collection[int] | None = None,
) -> Recorded:
    """Store values: new ones, and new versions of those that changed. The same values again change nothing.

    Who may: kpis.record, for departments of the scope; after a month's cut-off kpis.restate with a reason. Values of an
    indicator that asks for approval wait for it. Refuses all when one is wrong, unless IS_PARTIAL: then the right ones are
    stored and the wrong ones named. IS_DETAILED tells what became of each line and what looks wrong about it. CONFIRMED:
    lines that are meant though they look wrong; all others that do are wrong then. None: nobody is asked.
    """
    return record_lines(
        lines=staged(entries),
        scope=scope,
        by=by,
        now=now,
        reason=reason,
        source=source,
        import_run=import_run,
        is_partial=is_partial,
        is_detailed=is_detailed,
        confirmed=confirmed,
    )


def record_lines(
    *,
    lines: IO[Any],
    scope: Scope,
    by: User,
    now: datetime,
    reason: str = "",
    source: ValueSource | str = ValueSource.TYPED,
    import_run: int | None = None,
    is_partial: bool = False,
    is_detailed: bool = False,
    confirmed: Collection[int] | None = None,
) -> Recorded:
    """`record_values` for CSV lines in the order of staging.COLUMNS: for files too long to be held."""
    if not scope.may("kpis.record"):
        raise NotAllowed(_("You may not enter KPI values. Ask the head of the department, or the administrator."))
    with transaction.atomic(), because("kpis.values_recorded", reason=reason, by=by):
        fill(lines)
        judge(scope=scope, reason=reason, at=now, is_stored=True)
        faults, doubts = found_faults(), found_doubts() if is_detailed or confirmed is not None else []
        if confirmed is not None:
            faults = refused_as_odd(faults, doubts, confirmed)
        if faults and not is_partial:
            raise refusal_of(faults)
        stored = store_judged(by=by, now=now, reason=reason, source=source, import_run=import_run)
        results = line_results() if is_detailed else {}
        refresh_touched(now=now, by=by)
    good, bad, created, changed, waiting = stored
    kept = tuple(doubt for doubt in doubts if confirmed is None or doubt.line in confirmed)
    return Recorded(created, changed, good - created - changed, waiting, tuple(faults), bad, results, kept)


def refused_as_odd(faults: Sequence[Fault], doubts: Sequence[Doubt], confirmed: Collection[int]) -> list[Fault]:
    """The faults with those of lines that look wrong and were not CONFIRMED, in order; such lines are not stored."""
    odd = {doubt.line: doubt for doubt in doubts if doubt.line not in confirmed}
    if odd:
        refuse_lines(odd)
    words = _("%(doubt)s Correct it, or confirm it.")
    found = [Fault(line, "value", words % {"doubt": doubt.message}, REFUSED) for line, doubt in odd.items()]
    return sorted([*faults, *found], key=lambda fault: fault.line)


def line_results() -> dict[int, str]:
    """What became of each line that was right, in the words of the answer."""
    with connection.cursor() as cursor:
        cursor.execute(RESULTS)
        return dict(cursor.fetchall())


def store_judged(
    *, by: User | None, now: datetime, reason: str, source: str, import_run: int | None
) -> tuple[int, int, int, int, int]:
    """Store what was judged right; gives (right, wrong, new, changed, waiting)."""
    with connection.cursor() as cursor:
        cursor.execute(REPORTERS)
        cursor.execute(LOCK)
        cursor.execute(NEW_SERIES)
        cursor.execute(KNOW_SERIES)
        cursor.execute(EARLIER)
        cursor.execute("ANALYZE kpis_reporter")
        cursor.execute("DROP TABLE IF EXISTS kpis_change")
        cursor.execute(COMPARE)
        cursor.execute(REPLACE)
        given = {
            "source": source,
            "reason": reason[:500],
            "by": by.pk if by else None,
            "at": now,
            "import_run": import_run,
        }
        cursor.execute(STORE, given)
        cursor.execute(COUNTS)
        row: tuple[int, int, int, int, int] = cursor.fetchone()
    return row


def found_faults(limit: int | None = None) -> list[Fault]:
    """The faults of the judged lines, in words."""
    return [
        Fault(row["line"], FIELD_OF.get(row["fault"], "value"), fault_words(row["fault"], said(row)), row["fault"])
        for row in faulty_lines(limit)
    ]


def said(row: dict[str, Any]) -> dict[str, Any]:
    """The facts of a fault as people write them."""
    facts = dict(row)
    facts["month"] = date_format(row["month"], "F Y") if row["month"] else ""
    facts["since"] = date_format(row["since"], "j F Y") if row["since"] else ""
    for name in ("value", "minimum", "maximum"):
        facts[name] = "" if row[name] is None else f"{row[name].normalize():f}"
    return facts


def refusal_of(faults: Sequence[Fault]) -> ValuesRefused:
    """All of them refused: the first in full, how many more, each in the details."""
    first = faults[0]
    message = first.message
    if len(faults) > 1:
        more = ngettext("(and %(count)s more)", "(and %(count)s more)", len(faults) - 1) % {"count": len(faults) - 1}
        message = f"{message} {more}"
    rows = [{"row": fault.line, "field": fault.field, "message": fault.message} for fault in faults]
    return ValuesRefused(message, field=first.field, details={"rows": rows})
