"""Months of indicators as pages show them: read for many pairs of indicator and department in one query each.

A page of indicators is read in two steps, first the indicators, then the months of exactly these, so that what a page
costs does not follow how much is stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db import connection

from apps.core.clock import local_date
from apps.core.month import Month
from apps.kpis.models import Kpi
from apps.kpis.rules import absence as nothing
from apps.kpis.rules.showing import figure
from apps.periods.choices import FactKind
from apps.periods.selectors import month_answers

Pair = tuple[int, int]
"""Key of an indicator, key of the department it is shown for."""
FIRST, LAST = Month(1900, 1), Month(9998, 12)
"""Before and after every month there is."""
LOOK_BACK = 3
"""In none of the months before these is a cut-off still to come."""
OPEN_ANSWERS = frozenset({"yes", "not_yet"})
LINES = """
SELECT m.kpi_id, m.department_id, m.month, m.kind, m.value, m.numerator, m.denominator, m.ytd_value, m.floor, m.target,
       m.stretch, m.upper, m.status, m.reporting_count
FROM unnest(%(kpis)s::bigint[], %(places)s::bigint[]) AS p(kpi, place)
JOIN kpis_kpimonth m ON m.kpi_id = p.kpi AND m.department_id = p.place AND m.month BETWEEN %(first)s AND %(last)s
ORDER BY m.month
"""
# Who was to report, who did, and how late stands in the month as it was rolled up. Only where nothing has come yet are the
# departments below counted one by one; of values that wait, only those of the month are looked at.
FACTS = """
WITH waiting AS MATERIALIZED (
    SELECT s.kpi_id AS kpi, a.ancestor_id AS place, w.month, count(*) AS count
    FROM kpis_kpivalue w
    JOIN kpis_kpiseries s ON s.id = w.series_id AND s.kpi_id = ANY(%(kpis)s)
    JOIN departments_departmentclosure a ON a.descendant_id = s.department_id AND a.ancestor_id = ANY(%(places)s)
         AND a.valid @> (w.month + interval '1 month' - interval '1 day')::date
    WHERE w.month = ANY(%(months)s) AND w.state = 'waiting'
    GROUP BY 1, 2, 3
)
SELECT p.kpi, p.place, p.month, n.name, d.unit, d.decimals, d.direction, d.frequency, d.over_departments, d.formula <> '',
       k.retired_from <= p.month, coalesce(o.is_open, false), coalesce(o.first > p.last_day, true),
       EXISTS (SELECT 1 FROM kpis_kpiseries r WHERE r.kpi_id = p.kpi AND r.department_id = p.place),
       k.department_id = p.place OR EXISTS (
           SELECT 1 FROM departments_departmentclosure i
           WHERE i.ancestor_id = k.department_id AND i.descendant_id = p.place
             AND i.valid @> CASE WHEN o.is_open THEN p.last_day ELSE least(p.last_day, o.until - 1) END),
       c.expected, c.reported, c.late, c.restated, coalesce(waiting.count, 0),
       CASE WHEN t.id IS NOT NULL THEN t.target WHEN d.over_departments <> 'sum' OR c.expected < 2 THEN w.target END,
       CASE WHEN t.id IS NOT NULL THEN t.upper WHEN d.over_departments <> 'sum' OR c.expected < 2 THEN w.upper END
FROM unnest(%(kpis)s::bigint[], %(places)s::bigint[], %(months)s::date[], %(last_days)s::date[])
     AS p(kpi, place, month, last_day)
JOIN kpis_kpi k ON k.id = p.kpi
JOIN departments_department n ON n.id = p.place
JOIN LATERAL (
    SELECT * FROM kpis_kpiversion d WHERE d.kpi_id = p.kpi ORDER BY d.valid @> p.last_day DESC, d.valid LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT min(lower(v.valid)) AS first, max(upper(v.valid)) AS until, bool_or(v.valid @> p.last_day) AS is_open
    FROM departments_departmentversion v WHERE v.department_id = p.place
) o ON true
LEFT JOIN kpis_kpimonth m ON m.kpi_id = p.kpi AND m.department_id = p.place AND m.month = p.month
CROSS JOIN LATERAL (
    SELECT coalesce(m.expected_count, count(*)) AS expected,
           CASE WHEN m.id IS NULL THEN count(v.id) WHEN d.formula = '' THEN m.reporting_count ELSE 0 END AS reported,
           coalesce(m.is_late, bool_or(v.is_late), false) AS late,
           coalesce(m.is_restated, bool_or(v.is_restated), false) AS restated
    FROM kpis_kpiseries s
    JOIN departments_departmentclosure a ON a.descendant_id = s.department_id AND a.ancestor_id = p.place
         AND a.valid @> p.last_day
    LEFT JOIN kpis_kpivalue v ON v.month = p.month AND v.series_id = s.id AND v.state = 'current'
         AND v.kind <> 'withdrawn'
    WHERE m.id IS NULL AND d.formula = '' AND s.kpi_id = p.kpi
      AND (v.id IS NOT NULL OR s.first_month <= p.month AND (s.last_month IS NULL OR s.last_month >= p.month))
) c
LEFT JOIN waiting ON waiting.kpi = p.kpi AND waiting.place = p.place AND waiting.month = p.month
LEFT JOIN kpis_kpitarget t ON t.kpi_id = p.kpi AND t.department_id = p.place AND t.valid @> p.last_day
LEFT JOIN kpis_kpitarget w ON w.kpi_id = p.kpi AND w.department_id IS NULL AND w.valid @> p.last_day
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One month of one indicator in one department, as services.summaries rolled it up."""

    month: date
    kind: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    ytd: Decimal | None
    floor: Decimal | None
    target: Decimal | None
    stretch: Decimal | None
    upper: Decimal | None
    status: str
    reporting_count: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an indicator and department holds for a month, whether a figure is there or not."""

    place: int
    place_name: str
    unit: str
    decimals: int
    direction: str
    frequency: str
    over_departments: str
    is_formula: bool
    is_retired: bool
    is_open: bool
    is_before_opening: bool
    is_reporter: bool
    is_inside: bool
    """The department is the indicator's owner or stood below it (a closed one: on its last day): figures roll up to the
    owner, not beyond."""
    expected: int
    reported: int
    is_late: bool
    is_restated: bool
    waiting: int
    aim: Decimal | None
    """What is aimed at while nothing is reported; None where it follows from who reports, or where there is no target."""
    aim_upper: Decimal | None

    def shown(self, value: Decimal | Fraction | None) -> str:
        """A figure with the indicator's places and unit."""
        return figure(value, decimals=self.decimals, unit=self.unit)

    def absence(self, month: Month, line: Line | None, *, is_past_cut_off: bool) -> str:
        """Which kind of nothing the month is; empty when it has a figure."""
        if line is not None and line.value is not None:
            return ""
        return self.kind_of_nothing(line.kind if line else "", month, is_past_cut_off=is_past_cut_off)

    def kind_of_nothing(self, kind: str, month: Month, *, is_past_cut_off: bool) -> str:
        """Which kind of nothing the month is where KIND was reported (empty: nothing at all) and no figure stands."""
        facts = nothing.Facts(
            kind=kind,
            is_reporter=self.is_reporter,
            adds_up=self.over_departments not in {"none", "given"},
            is_formula=self.is_formula,
            expected_count=self.expected,
            is_open=self.is_open,
            is_before_opening=self.is_before_opening,
            is_in_use=self.is_inside and not self.is_retired,
            is_last_of_period=self.is_due_in(month),
            is_past_cut_off=is_past_cut_off,
        )
        return nothing.absence(facts)

    def is_due_in(self, month: Month) -> bool:
        """Whether a figure of this frequency sits on the month."""
        return nothing.is_last_of_period(month.first_day, self.frequency, settings.FISCAL_YEAR_FIRST_MONTH)


def split(pairs: Iterable[Pair]) -> dict[str, list[int]]:
    """Pairs as the two arrays the statements take."""
    kept = sorted(set(pairs))
    return {"kpis": [kpi for kpi, _place in kept], "places": [place for _kpi, place in kept]}


def lines_of(pairs: Iterable[Pair], *, first: Month, last: Month) -> dict[Pair, dict[Month, Line]]:
    """The months that are there for each pair, oldest first. One query."""
    found: dict[Pair, dict[Month, Line]] = {}
    given: dict[str, Any] = {**split(pairs), "first": first.first_day, "last": last.first_day}
    if not given["kpis"]:
        return found
    with connection.cursor() as cursor:
        cursor.execute(LINES, given)
        for kpi, place, *rest in cursor.fetchall():
            line = Line(*rest)
            found.setdefault((kpi, place), {})[Month.of(line.month)] = line
    return found


def facts_of(pairs: Iterable[Pair], month: Month) -> dict[Pair, Facts]:
    """What holds for each pair in the month: definition, who was to report, who did, the department's life. One query."""
    found = facts_at((kpi, place, month) for kpi, place in pairs)
    return {(kpi, place): facts for (kpi, place, _month), facts in found.items()}


def facts_at(keys: Iterable[tuple[int, int, Month]]) -> dict[tuple[int, int, Month], Facts]:
    """The same for indicators and departments each in a month of its own. One query."""
    kept = sorted(set(keys))
    if not kept:
        return {}
    given: dict[str, Any] = {
        "kpis": [kpi for kpi, _place, _month in kept],
        "places": [place for _kpi, place, _month in kept],
        "months": [month.first_day for _kpi, _place, month in kept],
        "last_days": [month.last_day for _kpi, _place, month in kept],
    }
    with connection.cursor() as cursor:
        cursor.execute(FACTS, given)
        return {(kpi, place, Month.of(day)): Facts(place, *rest) for kpi, place, day, *rest in cursor.fetchall()}


def all_lines(kpi: Kpi, place: int) -> dict[Month, Line]:
    """Every month of one indicator in one department. One query."""
    return lines_of([(kpi.pk, place)], first=FIRST, last=LAST).get((kpi.pk, place), {})


@dataclass(frozen=True, slots=True)
class Calendar:
    """The month that is shown when none is asked for, and which months still take values."""

    closed: Month
    """The last month whose cut-off has passed."""
    open: frozenset[Month]
    current: Month

    def is_past_cut_off(self, month: Month) -> bool:
        return month not in self.open and month < self.current


def calendar_on(now: datetime, asked: Sequence[Month] = ()) -> Calendar:
    """Where the months stand at that moment; ASKED besides the last few. One query, or two."""
    current = Month.of(local_date(now))
    recent = [current.plus(-back) for back in range(1, LOOK_BACK + 1)]
    answers = month_answers(FactKind.KPI_VALUES, sorted({*recent, *asked}), now)
    open_months = frozenset(month for month, answer in answers.items() if answer in OPEN_ANSWERS)
    closed = next((month for month in recent if month not in open_months), recent[-1])
    return Calendar(closed, open_months, current)
