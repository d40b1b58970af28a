"""The months of indicators as pages read them: rolled up over the tree of each month, to date, against the target.

Everything here follows from definitions, targets and current values, so it may be worked out anew at any time. A small
change is worked out at once, in the caller's transaction; a large one is noted as stale and left to the job.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from apps.accounts.models import User
from apps.core.month import Month
from apps.jobs.services import enqueue_next
from apps.kpis.models import Kpi, KpiInput, KpiStale
from apps.kpis.services.formulas import write_formulas
from apps.periods.rules import fiscal_year_start

AT_ONCE = 5_000
REFRESH_KIND = "kpis.refresh_months"
LOCK = "SELECT id FROM kpis_kpi WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
# A department that was not expected before is from now on in every month of the indicator that follows, in later fiscal
# years too, and whether its value counts yet or waits.
TOUCHED = """
WITH known AS MATERIALIZED (
    SELECT kpi_id, max(month) AS last FROM kpis_kpimonth
    WHERE kpi_id IN (SELECT kpi_id FROM kpis_reporter WHERE is_new OR is_wider) GROUP BY kpi_id
)
SELECT kpi_id, min(first), max(last), array_agg(DISTINCT department_id), sum(count)::bigint
FROM (
    SELECT kpi_id, department_id, min(month) AS first, max(month) AS last, count(*)
    FROM kpis_change WHERE NOT needs_approval GROUP BY kpi_id, department_id
    UNION ALL
    SELECT r.kpi_id, r.department_id, r.first_month, known.last, 1
    FROM kpis_reporter r JOIN known ON known.kpi_id = r.kpi_id AND known.last >= r.first_month
    WHERE r.is_new OR r.is_wider
) touched
GROUP BY kpi_id
"""
# A department's month counts every department that reported and belonged to it on the month's last day; whoever was
# closed by then still has its own. Up to the indicator's owner, not beyond. What stands above whom is listed first: joined
# row by row, the departments below the owner were searched for every value. Who was to report and did not is taken along
# without a value: it is counted, and adds nothing.
RECKON = """
DROP TABLE IF EXISTS kpis_reckoned;
CREATE TEMPORARY TABLE kpis_reckoned ON COMMIT DROP AS
WITH picked AS (
    SELECT m.month, (m.month + interval '1 month - 1 day')::date AS last_day, s.kpi_id, s.department_id,
           k.department_id AS owner,
           v.kind, v.value, v.numerator, v.denominator, v.ytd_value, v.is_late, v.is_restated,
           coalesce(t.target, w.target) AS target, CASE WHEN t.id IS NULL THEN w.upper ELSE t.upper END AS upper
    FROM kpis_kpiseries s
    JOIN kpis_kpi k ON k.id = s.kpi_id
    CROSS JOIN unnest(%(months)s::date[]) AS m(month)
    LEFT JOIN kpis_kpivalue v ON v.series_id = s.id AND v.month = m.month AND v.month BETWEEN %(first)s AND %(last)s
         AND v.state = 'current' AND v.kind <> 'withdrawn'
    LEFT JOIN kpis_kpitarget t ON v.id IS NOT NULL AND t.kpi_id = s.kpi_id AND t.department_id = s.department_id
         AND t.valid @> (v.month + interval '1 month - 1 day')::date
    LEFT JOIN kpis_kpitarget w ON v.id IS NOT NULL AND w.kpi_id = s.kpi_id AND w.department_id IS NULL
         AND w.valid @> (v.month + interval '1 month - 1 day')::date
    WHERE s.kpi_id = ANY(%(kpis)s)
      AND (v.id IS NOT NULL OR s.first_month <= m.month AND (s.last_month IS NULL OR s.last_month >= m.month))
), above AS MATERIALIZED (
    SELECT k.department_id AS owner, c.descendant_id, c.ancestor_id AS place, c.valid * o.valid AS valid
    FROM (SELECT DISTINCT department_id FROM kpis_kpi WHERE id = ANY(%(kpis)s)) k
    JOIN departments_departmentclosure o ON o.ancestor_id = k.department_id
         AND (%(places)s::bigint[] IS NULL OR o.descendant_id = ANY(%(places)s))
    JOIN departments_departmentclosure c ON c.ancestor_id = o.descendant_id AND c.descendant_id <> c.ancestor_id
         AND c.valid && o.valid
), placed AS (
    SELECT p.*, a.place
    FROM picked p
    JOIN above a ON a.descendant_id = p.department_id AND a.owner = p.owner AND a.valid @> p.last_day
    UNION ALL
    SELECT p.*, p.department_id FROM picked p
), rolled AS (
    SELECT month, last_day, kpi_id, place, count(kind) AS reporting_count, count(*) AS expected_count,
           coalesce(bool_or(is_late), false) AS is_late, coalesce(bool_or(is_restated), false) AS is_restated,
           sum(value) AS total, avg(value) AS mean, max(value) AS highest, min(value) AS lowest,
           sum(numerator) FILTER (WHERE denominator IS NOT NULL) AS numerator,
           sum(denominator) FILTER (WHERE numerator IS NOT NULL) AS divisor,
           sum(denominator) FILTER (WHERE value IS NOT NULL) AS weight, sum(value * denominator) AS weighed,
           max(value) FILTER (WHERE department_id = place) AS own_value,
           max(ytd_value) FILTER (WHERE department_id = place) AS own_ytd,
           max(kind) FILTER (WHERE department_id = place) AS own_kind, max(kind) AS some_kind,
           sum(target) AS targets, count(target) AS target_count, sum(upper) AS uppers, count(upper) AS upper_count
    FROM placed WHERE %(places)s::bigint[] IS NULL OR place = ANY(%(places)s)
    GROUP BY month, last_day, kpi_id, place HAVING count(kind) > 0
), valued AS (
    SELECT r.*, d.scale, d.over_time, d.over_departments,
           CASE d.over_departments
                WHEN 'sum' THEN r.total WHEN 'mean' THEN r.mean WHEN 'max' THEN r.highest WHEN 'min' THEN r.lowest
                WHEN 'ratio' THEN coalesce(d.scale * r.numerator / nullif(r.divisor, 0),
                                           CASE WHEN r.reporting_count = 1 THEN r.own_value END)
                WHEN 'weighted' THEN coalesce(r.weighed / nullif(r.weight, 0),
                                              CASE WHEN r.reporting_count = 1 THEN r.own_value END)
                ELSE r.own_value END AS value,
           CASE WHEN d.over_departments = 'weighted' THEN r.weight ELSE r.divisor END AS denominator,
           extract(year FROM r.month)::int - (extract(month FROM r.month)::int < %(fiscal)s)::int AS fiscal_year
    FROM rolled r JOIN kpis_kpiversion d ON d.kpi_id = r.kpi_id AND d.valid @> r.last_day AND d.formula = ''
    WHERE d.over_departments NOT IN ('given', 'none') OR r.own_kind IS NOT NULL
)
SELECT month, last_day, kpi_id, place, reporting_count, expected_count, is_late, is_restated,
       round(value, 10) AS value, numerator, denominator,
       CASE WHEN value IS NOT NULL THEN 'number' ELSE coalesce(own_kind, nullif(some_kind, 'number'), 'no_data') END AS kind,
       round(CASE over_time
             WHEN 'sum' THEN sum(value) OVER year WHEN 'mean' THEN avg(value) OVER year WHEN 'last' THEN value
             WHEN 'max' THEN max(value) OVER year WHEN 'min' THEN min(value) OVER year
             WHEN 'ratio' THEN scale * sum(numerator) OVER year / nullif(sum(denominator) OVER year, 0)
             WHEN 'weighted' THEN sum(value * denominator) OVER year / nullif(sum(denominator) OVER year, 0)
             WHEN 'given' THEN own_ytd END, 10) AS ytd_value,
       sum(numerator) OVER year AS ytd_numerator, sum(denominator) OVER year AS ytd_denominator,
       CASE WHEN target_count = reporting_count THEN targets END AS member_target,
       CASE WHEN upper_count = reporting_count THEN uppers END AS member_upper
FROM valued
WINDOW year AS (PARTITION BY kpi_id, place, fiscal_year ORDER BY month)
"""
CLEAR = """
DELETE FROM kpis_kpimonth WHERE kpi_id = ANY(%(kpis)s) AND month BETWEEN %(first)s AND %(last)s
   AND (%(places)s::bigint[] IS NULL OR department_id = ANY(%(places)s))
"""
# The light of a value: rules.status in SQL, proved equal to it by a test over random cases.
PUT = """
INSERT INTO kpis_kpimonth (month, kpi_id, department_id, kind, value, numerator, denominator, ytd_value, ytd_numerator,
                           ytd_denominator, floor, target, stretch, upper, reporting_count, expected_count, is_late,
                           is_restated, status)
SELECT month, kpi_id, place, kind, value, numerator, denominator, ytd_value, ytd_numerator, ytd_denominator, floor, target,
       stretch, upper, reporting_count, expected_count, is_late, is_restated,
       CASE WHEN value IS NULL OR target IS NULL OR direction = 'neutral' THEN 'grey'
            WHEN missing <= 0 THEN 'green'
            WHEN edge <> 0 AND missing * 100 <= amber_pct * abs(edge) THEN 'amber' ELSE 'red' END
FROM (
    SELECT found.*,
           CASE WHEN direction = 'lower' THEN value - target
                WHEN direction = 'range' AND value > upper THEN value - upper ELSE target - value END AS missing,
           CASE WHEN direction = 'range' AND value > upper THEN upper ELSE target END AS edge
    FROM (
        SELECT r.*, d.direction, d.amber_pct,
               coalesce(t.target, CASE WHEN s.is_sum THEN r.member_target ELSE w.target END) AS target,
               coalesce(t.floor, CASE WHEN t.id IS NULL AND s.is_one THEN w.floor END) AS floor,
               coalesce(t.stretch, CASE WHEN t.id IS NULL AND s.is_one THEN w.stretch END) AS stretch,
               CASE WHEN t.id IS NOT NULL THEN t.upper WHEN s.is_sum THEN r.member_upper ELSE w.upper END AS upper
        FROM kpis_reckoned r
        JOIN kpis_kpiversion d ON d.kpi_id = r.kpi_id AND d.valid @> r.last_day
        -- A sum over several departments has the sum of their targets; a floor or stretch for all holds for each alone.
        CROSS JOIN LATERAL (SELECT d.over_departments = 'sum' AND d.formula = '' AS is_sum,
                                   d.over_departments <> 'sum' OR d.formula <> '' OR r.reporting_count = 1 AS is_one) s
        LEFT JOIN kpis_kpitarget t ON t.kpi_id = r.kpi_id AND t.department_id = r.place AND t.valid @> r.last_day
        LEFT JOIN kpis_kpitarget w ON w.kpi_id = r.kpi_id AND w.department_id IS NULL AND w.valid @> r.last_day
    ) found
) judged
"""
ABOVE = """
SELECT DISTINCT ancestor_id FROM departments_departmentclosure
WHERE descendant_id = ANY(%s) AND valid && daterange(%s, (%s::date + interval '1 month')::date)
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """Which months of which indicators; PLACES None: all departments."""

    kpis: tuple[int, ...]
    first: date
    last: date
    places: tuple[int, ...] | None = None

    def given(self) -> dict[str, Any]:
        """As the statements take it."""
        return {
            "kpis": list(self.kpis),
            "first": self.first,
            "last": self.last,
            "months": [month.first_day for month in Month.of(self.first).until(Month.of(self.last))],
            "places": None if self.places is None else list(self.places),
            "fiscal": settings.FISCAL_YEAR_FIRST_MONTH,
        }


def whole_years(first: date, last: date) -> tuple[date, date]:
    """The months of every fiscal year that is touched: what came to date follows from all of them."""
    month = settings.FISCAL_YEAR_FIRST_MONTH
    end = Month.of(fiscal_year_start(last, month)).plus(11)
    return fiscal_year_start(first, month), end.first_day


def readers_of(kpis: Iterable[int]) -> set[int]:
    """Formula indicators that read one of these, directly or through others."""
    edges = read_by()
    return {reader for kpi in kpis for reader in reached(kpi, edges)}


def readers_by_kpi(kpis: Iterable[int]) -> dict[int, set[int]]:
    """Each of these indicators → itself and every formula indicator that reads it, directly or through others. One query."""
    edges = read_by()
    return {kpi: {kpi, *reached(kpi, edges)} for kpi in kpis}


def read_by() -> dict[int, set[int]]:
    """Each indicator that a formula reads → the indicators of these formulas. One query."""
    edges: dict[int, set[int]] = {}
    for read, reader in KpiInput.objects.values_list("kpi", "version__kpi"):
        edges.setdefault(read, set()).add(reader)
    return edges


def reached(kpi: int, edges: Mapping[int, set[int]]) -> set[int]:
    """Everything that can be reached from KPI."""
    found: set[int] = set()
    waiting = [kpi]
    while waiting:
        new = edges.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def places_touched(departments: Iterable[int], formulas: Iterable[int], *, first: date, last: date) -> tuple[int, ...]:
    """The departments whose months change with those of DEPARTMENTS: themselves, what stands above them, and the owners of
    FORMULAS, to whom an input of another department may be lent."""
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, [list(departments), first, last])
        above = {pk for (pk,) in cursor.fetchall()}
    owners = Kpi.objects.filter(pk__in=list(formulas)).values_list("department", flat=True)
    return tuple(sorted({*departments, *above, *owners}))


def refresh_months(*, kpis: Sequence[int], first: date, last: date, departments: Sequence[int] | None = None) -> None:
    """Work out anew the months from FIRST to LAST (and the rest of their fiscal years) of these indicators and of the
    formulas that read them. DEPARTMENTS: only for these and what stands above them. Inside the caller's transaction."""
    if not kpis:
        return
    first, last = whole_years(first, last)
    with transaction.atomic(), connection.cursor() as cursor:
        formulas = readers_of(kpis)
        cursor.execute(LOCK, [sorted({*kpis, *formulas})])
        places = None if departments is None else places_touched(departments, formulas, first=first, last=last)
        extent = Extent(tuple(kpis), first, last, places)
        cursor.execute(RECKON, extent.given())
        cursor.execute(CLEAR, extent.given())
        cursor.execute(PUT)
        own = set(KpiInput.objects.filter(version__kpi__in=kpis).values_list("version__kpi", flat=True))
        write_formulas(kpis=formulas | own, first=first, last=last, places=places, put=PUT)


def refresh_touched(*, now: datetime, by: User | None) -> None:
    """After values were stored: work out what they touch, or leave it to the job when that is much."""
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED)
        touched = cursor.fetchall()
    if not touched:
        return
    count = sum(row[4] for row in touched)
    if count > AT_ONCE:
        note_stale([(kpi, first, last) for kpi, first, last, _places, _count in touched], now=now, by=by)
        return
    groups: dict[tuple[date, date], tuple[set[int], set[int]]] = {}
    for kpi, first, last, places, _count in touched:
        kpis, departments = groups.setdefault(whole_years(first, last), (set(), set()))
        kpis.add(kpi)
        departments.update(places)
    for (first, last), (kpis, departments) in sorted(groups.items()):
        refresh_months(kpis=sorted(kpis), first=first, last=last, departments=sorted(departments))


def note_stale(extents: Iterable[tuple[int, date, date]], *, now: datetime, by: User | None) -> None:
    """Leave months to the job."""
    KpiStale.objects.bulk_create(
        [KpiStale(kpi_id=kpi, first_month=first, last_month=last, noted_at=now) for kpi, first, last in extents],
        batch_size=5_000,
    )
    enqueue_next(kind=REFRESH_KIND, period="all", by=by, now=now)


def refresh_stale(*, limit: int = 200) -> int:
    """Work out some of the months that were left to the job; gives how many indicators, 0 when nothing is left."""
    with transaction.atomic():
        rows = list(KpiStale.objects.select_for_update(skip_locked=True).order_by("kpi_id", "pk")[:limit])
        if not rows:
            return 0
        years: dict[tuple[date, date], set[int]] = {}
        for row in rows:
            years.setdefault(whole_years(row.first_month, row.last_month), set()).add(row.kpi_id)
        for (first, last), kpis in sorted(years.items()):
            refresh_months(kpis=sorted(kpis), first=first, last=last)
        KpiStale.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
