"""Every month of an indicator in a department, reported or not, in pages: what the API tells where pages draw an empty cell.

A page costs what its rows cost, however much is stored: indicators are walked in order, and the walk ends with the page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import visible_departments
from apps.kpis.choices import Status
from apps.kpis.selectors.finding import visible_kpis
from apps.kpis.selectors.months import Calendar, Facts, calendar_on, facts_at

MONTH_NUMBERS = (
    "value",
    "numerator",
    "denominator",
    "ytd_value",
    "ytd_numerator",
    "ytd_denominator",
    "floor",
    "target",
    "stretch",
    "upper",
)
MONTH_COUNTS = ("reporting_count", "expected_count", "is_late", "is_restated")
LINE_COLUMNS = ("kind", *MONTH_NUMBERS, "status", *MONTH_COUNTS)
MONTH_COLUMNS = (
    "kpi_id", "kpi__code", "kpi__name", "department_id", "department__code", "department__name", "month", *LINE_COLUMNS
)  # fmt: skip
# The places of an indicator: whoever reports it, and what stood above them up to its owner; those of a formula are where
# its months were worked out. Its months: from the first that is there or was to be reported until the last asked for.
WALK = """
SELECT k.id, k.code, k.name, p.place, n.code, n.name, t.month, {columns}
FROM kpis_kpi k
CROSS JOIN LATERAL (
    SELECT place, min(first) AS first FROM (
        SELECT a.ancestor_id AS place, s.first_month AS first
        FROM kpis_kpiseries s
        JOIN departments_departmentclosure a ON a.descendant_id = s.department_id
        JOIN departments_departmentclosure o ON o.descendant_id = a.ancestor_id AND o.ancestor_id = k.department_id
        WHERE s.kpi_id = k.id
        UNION ALL SELECT s.department_id, s.first_month FROM kpis_kpiseries s WHERE s.kpi_id = k.id
        UNION ALL
        SELECT m.department_id, min(m.month) FROM kpis_kpimonth m
        JOIN kpis_kpiversion d ON d.id = k.definition_id AND d.formula <> ''
        WHERE m.kpi_id = k.id GROUP BY 1
    ) every
    WHERE {places} GROUP BY place
) p
JOIN departments_department n ON n.id = p.place
CROSS JOIN LATERAL (
    SELECT least(p.first, (SELECT min(m.month) FROM kpis_kpimonth m WHERE m.kpi_id = k.id AND m.department_id = p.place))
) f(first)
CROSS JOIN LATERAL (
    SELECT generate_series(greatest(f.first, %(since)s::date), %(until)s::date, interval '1 month')::date AS month
    WHERE f.first IS NOT NULL
) t
LEFT JOIN LATERAL (
    SELECT * FROM kpis_kpimonth m WHERE m.kpi_id = k.id AND m.department_id = p.place AND m.month = t.month LIMIT 1
) l ON true
WHERE {kpis} AND {beside}
ORDER BY k.id {order}, p.place {order}, t.month {order}
LIMIT %(limit)s
"""
EARLIEST = date(1900, 1, 1)
MONTHS_AHEAD = 12
"""Later months are the same for every indicator: none of them is due."""


class MonthRow(dict[str, Any]):
    """A month of an indicator in a department, by MONTH_COLUMNS; those of the line are None where nothing was reported."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """Which months are asked for. KPIS and PLACES are keys the person may see; None: all."""

    kpis: tuple[int, ...] | None
    places: tuple[int, ...] | None
    since: date
    until: date

    def beside(self, position: Sequence[Any] | None, *, is_back: bool, limit: int) -> list[MonthRow]:
        """The rows after (or before) the POSITION of indicator, department and month, the nearest first. One query."""
        sign, order = ("<", "DESC") if is_back else (">", "ASC")
        known: dict[str, Any] = {"since": self.since, "until": self.until, "limit": limit}
        bounds = {"kpis": "true", "places": "true", "beside": "true"}
        if self.kpis is not None:
            bounds["kpis"] = "k.id = ANY(%(kpis)s)"
            known["kpis"] = list(self.kpis)
        if self.places is not None:
            bounds["places"] = "place = ANY(%(places)s)"
            known["places"] = list(self.places)
        if position is not None:
            bounds["beside"] = (
                f"k.id {sign}= %(kpi)s AND (k.id, p.place, t.month) {sign} (%(kpi)s, %(place)s, %(month)s::date)"
            )
            known |= dict(zip(("kpi", "place", "month"), position, strict=True))
        columns = ", ".join(f"l.{name}" for name in LINE_COLUMNS)
        with connection.cursor() as cursor:
            cursor.execute(WALK.format(columns=columns, order=order, **bounds), known)
            return [MonthRow(zip(MONTH_COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def timetable(
    scope: Scope,
    *,
    kpis: Iterable[int] | None = None,
    places: Iterable[int] | None = None,
    since: date | None = None,
    until: date | None = None,
    current: Month,
) -> Timetable:
    """The months of what the person may see; KPIS and PLACES, where given, were looked up for them. Two queries at most."""
    if not scope.may("kpis.view"):
        return Timetable((), (), EARLIEST, EARLIEST)
    if not scope.is_company:
        kpis = visible_kpis(scope).values_list("pk", flat=True) if kpis is None else kpis
        places = visible_departments(scope).values_list("pk", flat=True) if places is None else places
    return Timetable(
        None if kpis is None else tuple(sorted(set(kpis))),
        None if places is None else tuple(sorted(set(places))),
        since or EARLIEST,
        min(until or current.first_day, current.plus(MONTHS_AHEAD).first_day),
    )


def with_absences(rows: Sequence[MonthRow], *, now: datetime) -> list[dict[str, Any]]:
    """Rows of MONTH_COLUMNS, each with `absence`: which kind of nothing it is, empty for a figure. Three queries at most.

    Months nobody reported also get what was aimed at, who was to report, and the light of what is not judged.
    """
    bare = {(row["kpi_id"], row["department_id"], Month.of(row["month"])) for row in rows if row["value"] is None}
    calendar = calendar_on(now, sorted({month for _kpi, _place, month in bare})) if bare else None
    facts = facts_at(bare)
    return [told(row, facts, calendar) for row in rows]


def told(row: MonthRow, facts: dict[tuple[int, int, Month], Facts], calendar: Calendar | None) -> dict[str, Any]:
    """One row as it is sent."""
    if row["value"] is not None or calendar is None:
        return {**row, "absence": ""}
    month = Month.of(row["month"])
    known = facts[row["kpi_id"], row["department_id"], month]
    kind = known.kind_of_nothing(row["kind"] or "", month, is_past_cut_off=calendar.is_past_cut_off(month))
    if row["kind"] is not None:
        return {**row, "absence": kind}
    counts = {"reporting_count": known.reported, "expected_count": known.expected}
    late = {"is_late": known.is_late, "is_restated": known.is_restated}
    aims = {"target": known.aim, "upper": known.aim_upper}
    return {**row, **counts, **late, **aims, "status": Status.GREY, "absence": kind}
