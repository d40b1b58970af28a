"""What an entry would change, found by doing it and taking it back: the preview can never disagree with the act."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import User
from apps.core.scope import Scope
from apps.departments.selectors import visible_departments
from apps.kpis.choices import ValueState
from apps.kpis.models import Kpi, KpiValue
from apps.kpis.selectors import visible_kpis
from apps.kpis.services.deciding import put_in_force
from apps.kpis.services.staging import Entry
from apps.kpis.services.summaries import places_touched, readers_of, whole_years
from apps.kpis.services.values import record_values

BEFORE = """
DROP TABLE IF EXISTS kpis_before;
CREATE TEMPORARY TABLE kpis_before ON COMMIT DROP AS
SELECT * FROM kpis_kpimonth
WHERE kpi_id = ANY(%(kpis)s) AND month BETWEEN %(first)s AND %(last)s AND department_id = ANY(%(places)s)
"""
DIFFERENCE = """
SELECT kpi_id, department_id, month, b.value, a.value, b.status, a.status, b.kind, a.kind, a.target,
       (b.value, b.status, b.kind) IS NOT DISTINCT FROM (a.value, a.status, a.kind) AS is_only_to_date
FROM (
    SELECT * FROM kpis_kpimonth
    WHERE kpi_id = ANY(%(kpis)s) AND month BETWEEN %(first)s AND %(last)s AND department_id = ANY(%(places)s)
) a
FULL JOIN kpis_before b USING (kpi_id, department_id, month)
WHERE (a.value, a.status, a.kind, a.ytd_value) IS DISTINCT FROM (b.value, b.status, b.kind, b.ytd_value)
ORDER BY month, kpi_id, department_id
"""


@dataclass(frozen=True, slots=True)
class Side:
    """A month before or after: number, traffic light, kind of nothing. All empty: there was no such month."""

    value: Decimal | None
    status: str
    kind: str


@dataclass(frozen=True, slots=True)
class RollUp:
    """One month of an indicator in a department that would change."""

    kpi: Kpi
    department_id: int
    department: str
    month: date
    before: Side
    after: Side
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change: ROLL_UPS the person may see; how many more there are above that; in how many months only the year
    to date moves; how many values would wait for approval (the roll-ups are those after it)."""

    roll_ups: tuple[RollUp, ...] = ()
    hidden_count: int = 0
    to_date_count: int = 0
    waiting_count: int = 0


def preview_values(*, entries: Sequence[Entry], scope: Scope, by: User, now: datetime, reason: str = "") -> Preview:
    """What recording these values would change, once those that need approval are approved. Nothing is kept.

    Raises the refusal that recording itself would raise.
    """

    def act() -> int:
        record_values(entries=entries, scope=scope, by=by, now=now, reason=reason)
        rows = list(
            KpiValue.objects.select_related("series").filter(
                state=ValueState.WAITING,
                entered_at=now,
                entered_by=by,
                series__kpi__in={entry.kpi for entry in entries},
                series__department__in={entry.department for entry in entries},
                month__in={entry.month for entry in entries},
            )
        )
        put_in_force(rows, by=by, now=now)
        return len(rows)

    return found_by(
        act,
        kpis={entry.kpi for entry in entries if entry.kpi},
        departments={entry.department for entry in entries if entry.department},
        months=[entry.month for entry in entries],
        scope=scope,
    )


def preview_approval(*, values: Sequence[KpiValue], scope: Scope, by: User, now: datetime) -> Preview:
    """What approving all these waiting values would change. VALUES come with their series. Nothing is kept."""

    def act() -> int:
        put_in_force(values, by=by, now=now)
        return 0

    return found_by(
        act,
        kpis={value.series.kpi_id for value in values},
        departments={value.series.department_id for value in values},
        months=[value.month for value in values],
        scope=scope,
    )


def found_by(
    act: Callable[[], int], *, kpis: set[int], departments: set[int], months: Sequence[date], scope: Scope
) -> Preview:
    """Do it inside a savepoint, compare the months of everything it may touch, and take it back."""
    if not months:
        return Preview()
    first, last = whole_years(min(months), max(months))
    readers = readers_of(kpis)
    given: dict[str, Any] = {
        "kpis": sorted(kpis | readers),
        "first": first,
        "last": last,
        "places": list(places_touched(departments, readers, first=first, last=last)),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BEFORE, given)
        waiting_count = act()
        cursor.execute(DIFFERENCE, given)
        lines = cursor.fetchall()
        transaction.set_rollback(True)
    return told(lines, entered=kpis, scope=scope, waiting_count=waiting_count)


def told(lines: Sequence[tuple[Any, ...]], *, entered: set[int], scope: Scope, waiting_count: int) -> Preview:
    """The differences in words of the portal, as far as the person may see them: of the indicators ENTERED, and others
    they see, in departments they see. Three queries."""
    moved = [line for line in lines if not line[-1]]
    moved_kpis = {line[0] for line in moved}
    seen_kpis = set(visible_kpis(scope).filter(pk__in=moved_kpis).values_list("pk", flat=True)) | entered
    kpis = Kpi.objects.select_related("definition").in_bulk(moved_kpis & seen_kpis)
    names = dict(visible_departments(scope).filter(pk__in={line[1] for line in moved}).values_list("pk", "name"))
    seen = [line for line in moved if line[0] in kpis and line[1] in names]
    return Preview(
        roll_ups=tuple(roll_up(line, kpis[line[0]], names[line[1]]) for line in seen),
        hidden_count=len(moved) - len(seen),
        to_date_count=len(lines) - len(moved),
        waiting_count=waiting_count,
    )


def roll_up(line: tuple[Any, ...], kpi: Kpi, department: str) -> RollUp:
    """One line of the difference."""
    _kpi, department_id, month, old, new, old_status, new_status, old_kind, new_kind, target, _only = line
    return RollUp(
        kpi=kpi,
        department_id=department_id,
        department=department,
        month=month,
        before=Side(old, old_status or "", old_kind or ""),
        after=Side(new, new_status or "", new_kind or ""),
        target=target,
    )
