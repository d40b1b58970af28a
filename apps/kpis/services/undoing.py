"""An import of values taken back: every value says again what it said before, unless somebody has built on it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.core.history import because
from apps.core.scope import Scope
from apps.kpis.choices import ValueSource
from apps.kpis.services.followers import PublishedFigure, followers
from apps.kpis.services.refusals import UndoRefused
from apps.kpis.services.staging import Entry
from apps.kpis.services.summaries import readers_by_kpi
from apps.kpis.services.values import record_values

UNDO_SOURCE = """
SELECT v.id, s.kpi_id, s.department_id, v.month, v.state, former.kind, former.value, former.numerator, former.denominator,
       former.ytd_value
FROM kpis_kpivalue v
JOIN kpis_kpiseries s ON s.id = v.series_id
LEFT JOIN LATERAL (
    SELECT * FROM kpis_kpivalue f WHERE f.series_id = v.series_id AND f.month = v.month AND f.number < v.number
      AND f.state = 'superseded' ORDER BY f.number DESC LIMIT 1
) former ON true
WHERE v.import_run_id = %s
"""
# A value is behind the figures of its own department and of those above it in its month, and of every formula that reads
# it; the owner of a formula may be lent one from elsewhere. Only what was in force by then had a part in a figure.
USED = """
SELECT k.code, d.name, v.month, count(*) OVER ()
FROM kpis_kpivalue v
JOIN kpis_kpiseries s ON s.id = v.series_id
JOIN kpis_kpi k ON k.id = s.kpi_id
JOIN departments_department d ON d.id = s.department_id
WHERE v.import_run_id = %(run)s AND v.state = 'current' AND EXISTS (
    SELECT 1
    FROM unnest(%(reads)s::bigint[], %(readers)s::bigint[]) AS r(kpi, reader)
    JOIN unnest(%(kpis)s::bigint[], %(places)s::bigint[], %(months)s::date[], %(moments)s::timestamptz[])
         AS p(kpi, place, month, moment) ON p.kpi = r.reader AND p.month = v.month
    WHERE r.kpi = s.kpi_id AND coalesce(v.decided_at, v.entered_at) <= p.moment
      AND (EXISTS (SELECT 1 FROM departments_departmentclosure c
                   WHERE c.ancestor_id = p.place AND c.descendant_id = s.department_id
                     AND c.valid @> (v.month + interval '1 month' - interval '1 day')::date)
           OR r.reader <> r.kpi
              AND p.place = (SELECT f.department_id FROM kpis_kpi f WHERE f.id = r.reader)))
ORDER BY v.month, k.code, d.name
LIMIT 1
"""


def restore_former(*, import_run: int, scope: Scope, by: User, now: datetime) -> int:
    """Take an import back: each of its values gets a further version that says what was there before; gives how many.

    Refused when one of them was corrected since, or had a part in a month that was published. Nothing is removed: the
    import's versions stay readable.
    """
    with transaction.atomic(), because("kpis.import_undone", by=by), connection.cursor() as cursor:
        cursor.execute(UNDO_SOURCE, [import_run])
        rows = cursor.fetchall()
        if any(row[4] not in {"current", "waiting"} for row in rows):
            message = _(
                "Some of these values were corrected since this import, so it cannot be undone. Correct them singly."
            )
            raise UndoRefused(message)
        refuse_published(import_run, {row[1] for row in rows}, {row[3] for row in rows})
        reason = _("Import %(number)s undone") % {"number": import_run}
        entries = former_entries(rows)
        record_values(entries=entries, scope=scope, by=by, now=now, reason=reason, source=ValueSource.IMPORTED)
    return len(rows)


def former_entries(rows: Sequence[tuple[Any, ...]]) -> list[Entry]:
    """What UNDO_SOURCE says was there before; withdrawn where nothing was."""
    return [
        Entry(
            kpi=kpi,
            department=department,
            month=month,
            kind=kind or "withdrawn",
            value=value,
            numerator=numerator,
            denominator=denominator,
            ytd_value=ytd,
            line=line,
        )
        for line, (_pk, kpi, department, month, _state, kind, value, numerator, denominator, ytd) in enumerate(rows, 1)
    ]


def refuse_published(import_run: int, kpis: set[int], months: set[date]) -> None:
    """Refuse while a value of the import stands behind a figure in a published month."""
    readers = readers_by_kpi(kpis)
    asked = {reader for found in readers.values() for reader in found}
    figures = [figure for one in followers() for figure in one.published(asked, months)]
    used = first_used(import_run, readers, figures) if figures else None
    if used is None:
        return
    code, department, month, count = used
    more = ngettext(" (and %(count)s more value)", " (and %(count)s more values)", count - 1) if count > 1 else ""
    message = _(
        "%(kpi)s of %(department)s for %(month)s%(more)s had a part in scores that are published, so this import cannot be "
        "undone. Enter a correction with a reason instead."
    )
    words = {"kpi": code, "department": department, "month": date_format(month, "F Y")}
    raise UndoRefused(message % {**words, "more": more % {"count": count - 1} if more else ""})


def first_used(
    import_run: int, readers: dict[int, set[int]], figures: Sequence[PublishedFigure]
) -> tuple[str, str, date, int] | None:
    """(KPI code, department, month, how many) of the first value of the import behind one of these figures. One query."""
    pairs = [(kpi, reader) for kpi, found in readers.items() for reader in sorted(found)]
    given: dict[str, Any] = {
        "run": import_run,
        "reads": [kpi for kpi, _reader in pairs],
        "readers": [reader for _kpi, reader in pairs],
        "kpis": [figure.kpi for figure in figures],
        "places": [figure.department for figure in figures],
        "months": [figure.month for figure in figures],
        "moments": [figure.as_of for figure in figures],
    }
    with connection.cursor() as cursor:
        cursor.execute(USED, given)
        found: tuple[str, str, date, int] | None = cursor.fetchone()
    return found
