"""KPI values in any number: set-based SQL that writes what the services would, rolled-up months included.

Row history and the guards of kept values are switched off meanwhile. Every indicator is a sum, owned by the top and
reported by teams; the first sixty exist at every size, so that the same page can be compared.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from apps.core.clock import today
from apps.core.month import Month
from apps.kpis.models import Kpi, KpiValue
from ops_portal.bench.company import Cast
from ops_portal.bench.unrecorded import unrecorded

MONTHS = 120
SMALLEST = 10_000
TABLES = ("kpis_kpi", "kpis_kpiversion", "kpis_kpitarget", "kpis_kpiseries", "kpis_kpivalue")
BATCH = 60
KPIS = """
WITH made AS (
    INSERT INTO kpis_kpi (created_at, updated_at, department_id, code, name, family, tags, needs_approval)
    SELECT now(), now(), %(owner)s, 'K' || lpad(n::text, 5, '0'), 'Indicator ' || lpad(n::text, 5, '0'),
           (ARRAY['Delivery','Quality','Finance','People'])[1 + n %% 4], '{}', false
    FROM generate_series(%(first)s, %(last)s) AS n RETURNING id, name
), version AS (
    INSERT INTO kpis_kpiversion (created_at, updated_at, kpi_id, valid, name, description, unit, decimals, direction,
                                 frequency, over_time, over_departments, scale, amber_pct, formula, source, note)
    SELECT now(), now(), id, daterange('1900-01-01', NULL), name, '', 'pieces', 1, 'higher', 'month', 'sum', 'sum', 1, 5,
           '', '', '' FROM made RETURNING id
)
INSERT INTO kpis_kpitarget (created_at, updated_at, kpi_id, valid, target, reason)
SELECT now(), now(), id, daterange('1900-01-01', NULL), 95, '' FROM made
"""
POINT = "UPDATE kpis_kpi k SET definition_id = v.id FROM kpis_kpiversion v WHERE v.kpi_id = k.id AND k.definition_id IS NULL"
SERIES = """
INSERT INTO kpis_kpiseries (created_at, updated_at, kpi_id, department_id, first_month)
SELECT now(), now(), k.id, d.id, %(first_month)s FROM kpis_kpi k, unnest(%(teams)s::bigint[]) AS d(id)
WHERE k.id BETWEEN %(low)s AND %(high)s ON CONFLICT DO NOTHING
"""
# One number for each series and month, around 100; the same again at every size.
VALUES = """
INSERT INTO kpis_kpivalue (month, series_id, number, state, kind, value, source, note, is_late, is_restated, entered_at,
                           decision_note)
SELECT m.month, s.id, 1, 'current', 'number',
       80 + ((s.kpi_id * 31 + s.department_id * 17 + extract(epoch FROM m.month)::bigint / 86400) %% 400) / 10.0,
       'pushed', '', false, false, now(), ''
FROM kpis_kpiseries s, unnest(%(months)s::date[]) AS m(month)
WHERE s.kpi_id BETWEEN %(low)s AND %(high)s
  AND NOT EXISTS (SELECT 1 FROM kpis_kpivalue v WHERE v.series_id = s.id AND v.month = m.month)
"""
CLEAR = "DELETE FROM kpis_kpimonth WHERE kpi_id BETWEEN %(low)s AND %(high)s"
ROLLED = """
INSERT INTO kpis_kpimonth (month, kpi_id, department_id, kind, value, ytd_value, target, status, reporting_count,
                           expected_count, is_late, is_restated)
SELECT month, kpi_id, place, 'number', total,
       sum(total) OVER (PARTITION BY kpi_id, place, extract(year FROM month) ORDER BY month), 95 * count,
       CASE WHEN total >= 95 * count THEN 'green'
            WHEN (95 * count - total) * 100 <= 5 * 95 * count THEN 'amber' ELSE 'red' END,
       count, expected, false, false
FROM (
    SELECT m.month, s.kpi_id, c.ancestor_id AS place, sum(v.value) AS total, count(v.id) AS count, count(*) AS expected
    FROM kpis_kpiseries s
    CROSS JOIN unnest(%(months)s::date[]) AS m(month)
    JOIN departments_departmentclosure c ON c.descendant_id = s.department_id
    LEFT JOIN kpis_kpivalue v ON v.series_id = s.id AND v.month = m.month AND v.state = 'current'
    WHERE s.kpi_id BETWEEN %(low)s AND %(high)s AND (v.id IS NOT NULL OR s.first_month <= m.month)
    GROUP BY 1, 2, 3 HAVING count(v.id) > 0
) found
"""

FOREIGN_KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'kpis_kpivalue'::regclass
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """Which departments report which months of how many indicators."""

    kpis: int
    teams: tuple[int, ...]
    months: tuple[date, ...]


def months_back(count: int) -> tuple[date, ...]:
    """First days of the last complete months, the earliest first."""
    last = Month.of(today()).plus(-1)
    return tuple(month.first_day for month in last.plus(1 - count).until(last))


def extents_of(cast: Cast, values: int) -> list[Extent]:
    """What makes about so many VALUES: sixty indicators at least, the first of them reported by every team."""
    teams = tuple(team.pk for team in cast.teams)
    if values <= SMALLEST:
        return [Extent(1, teams, months_back(36)), Extent(BATCH, teams[::6], months_back(13))]
    return [Extent(max(BATCH, round(values / (len(teams) * MONTHS))), teams, months_back(MONTHS))]


def grow_figures(cast: Cast, values: int) -> int:
    """Add values until there are about so many; gives how many there are."""
    owner = cast.branch.versions.get().parent_id
    for extent in extents_of(cast, values):
        with unrecorded(*TABLES) as cursor:
            known = Kpi.objects.filter(department=owner).count()
            if known < extent.kpis:
                cursor.execute(KPIS, {"owner": owner, "first": known + 1, "last": extent.kpis})
                cursor.execute(POINT)
        keys = list(Kpi.objects.filter(department=owner).order_by("pk").values_list("pk", flat=True)[: extent.kpis])
        with keys_checked_at_the_end():
            for at in range(0, len(keys), BATCH):
                write_batch(extent, low=keys[at], high=keys[min(at + BATCH, len(keys)) - 1])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return KpiValue.objects.count()


@contextlib.contextmanager
def keys_checked_at_the_end() -> Iterator[None]:
    """Foreign keys of values are checked in one go once all are written: row by row it takes as long as the writing."""
    with connection.cursor() as cursor:
        cursor.execute(FOREIGN_KEYS)
        found = cursor.fetchall()
        for name, _rule in found:
            cursor.execute(f"ALTER TABLE kpis_kpivalue DROP CONSTRAINT {name}")
        yield
        for name, rule in found:
            cursor.execute(f"ALTER TABLE kpis_kpivalue ADD CONSTRAINT {name} {rule}")


def write_batch(extent: Extent, *, low: int, high: int) -> None:
    """Series, values and months of the indicators from LOW to HIGH."""
    given: dict[str, Any] = {
        "low": low,
        "high": high,
        "teams": list(extent.teams),
        "months": list(extent.months),
        "first_month": extent.months[0],
    }
    with unrecorded(*TABLES) as cursor:
        for statement in (SERIES, VALUES, CLEAR, ROLLED):
            cursor.execute(statement, given)
