"""The one place where values are judged: a staging table, whether one value was typed or a million imported.

`staged` fills it; `judge` adds to every line the series it belongs to, its number, and what is wrong with it. Both tables
last until the caller's transaction ends.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from django.conf import settings
from django.db import connection

from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import visible_departments
from apps.kpis.choices import ValueKind
from apps.periods.choices import FactKind
from apps.periods.selectors import month_answers
from apps.periods.services import hold_months

COLUMNS = ("line", "kpi_id", "department_id", "month", "kind", "value", "numerator", "denominator", "ytd_value", "note")
CREATE = """
DROP TABLE IF EXISTS kpis_incoming, kpis_judged, kpis_answer;
CREATE TEMPORARY TABLE kpis_incoming (
    line integer, kpi_id bigint, department_id bigint, month date, kind text, value numeric, numerator numeric,
    denominator numeric, ytd_value numeric, note text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE kpis_answer (month date PRIMARY KEY, answer text, last_day date, days daterange) ON COMMIT DROP;
"""
COPY = f"COPY kpis_incoming ({', '.join(COLUMNS)}) FROM STDIN WITH (FORMAT csv, NULL '')"
# What follows from the month alone is worked out once a month, not once a line.
ANSWERS = """
INSERT INTO kpis_answer
SELECT month, answer, next - 1, daterange(month, next)
FROM unnest(%s::date[], %s::text[]) AS given (month, answer),
     LATERAL (SELECT (month + interval '1 month')::date AS next) AS following
"""
# A number is the quotient where only its parts were given, rounded once at the ten places a value has.
JUDGE = """
CREATE TEMPORARY TABLE kpis_judged ON COMMIT DROP AS
WITH place AS (
    SELECT ancestor_id, descendant_id, range_agg(valid) AS valid FROM departments_departmentclosure
    WHERE ancestor_id IN (SELECT department_id FROM kpis_kpi WHERE id IN (SELECT DISTINCT kpi_id FROM kpis_incoming))
    GROUP BY 1, 2
), repeated AS (
    SELECT kpi_id, department_id, month, min(line) AS first FROM kpis_incoming GROUP BY 1, 2, 3 HAVING count(*) > 1
), numbered AS (
    SELECT i.line, i.kpi_id, i.department_id, i.month, i.kind, i.value, left(i.note, 500) AS note,
           round(i.numerator, 10) AS numerator, round(i.denominator, 10) AS denominator,
           round(i.ytd_value, 10) AS ytd_value, d.id AS version_id, d.formula, d.frequency, d.minimum, d.maximum,
           d.over_departments, a.answer, a.days,
           CASE WHEN i.kind = 'number' AND i.value IS NULL AND i.denominator = 0 THEN 'no_data' ELSE i.kind END AS real_kind,
           CASE WHEN i.kind <> 'number' THEN NULL
                WHEN i.value IS NOT NULL THEN round(i.value, 10)
                WHEN i.denominator <> 0 THEN round(d.scale * i.numerator / i.denominator, 10) END AS real_value
    FROM kpis_incoming i
    LEFT JOIN kpis_answer a ON a.month = i.month
    LEFT JOIN kpis_kpiversion d ON d.kpi_id = i.kpi_id AND d.valid @> a.last_day
)
SELECT n.line, n.kpi_id, n.department_id, n.month, n.real_kind AS kind, n.real_value AS value, n.numerator, n.denominator,
       n.ytd_value, n.note, n.minimum, n.maximum, r.first, k.retired_from, k.needs_approval, s.id AS series_id,
       n.answer IN ('past_cut_off', 'closed') AS is_late,
       CASE WHEN k.id IS NULL OR NOT (%(is_company)s OR p.valid IS NOT NULL OR k.department_id = ANY(%(seen)s))
                THEN 'unknown_kpi'
            WHEN n.department_id IS NULL OR NOT (%(is_company)s OR n.department_id = ANY(%(seen)s))
                THEN 'unknown_department'
            WHEN k.retired_from <= n.month THEN 'retired'
            WHEN n.version_id IS NULL THEN 'undefined'
            WHEN n.formula <> '' THEN 'formula'
            WHEN p.valid IS NULL OR NOT p.valid && n.days THEN 'outside_owner'
            WHEN n.frequency = 'quarter' AND (extract(month FROM n.month)::int - %(fiscal)s + 12) %% 3 <> 2
              OR n.frequency = 'year' AND (extract(month FROM n.month)::int - %(fiscal)s + 12) %% 12 <> 11
                THEN 'not_last_month'
            WHEN n.answer IN ('not_yet', 'unknown_month') THEN n.answer
            WHEN n.answer IN ('past_cut_off', 'closed') AND NOT %(may_restate)s THEN n.answer
            WHEN n.answer IN ('past_cut_off', 'closed') AND NOT %(has_reason)s THEN 'no_reason'
            WHEN greatest(abs(n.real_value), abs(n.numerator), abs(n.denominator), abs(n.ytd_value)) >= 1e18
                THEN 'too_large'
            WHEN n.kind <> 'number' THEN NULL
            WHEN n.value IS NULL AND n.numerator IS NULL AND n.denominator IS NULL THEN 'empty'
            WHEN n.over_departments <> 'weighted' AND (n.numerator IS NULL) <> (n.denominator IS NULL) THEN 'half_ratio'
            WHEN n.value IS NULL AND n.numerator IS NULL THEN 'half_ratio'
            WHEN n.denominator < 0 THEN 'negative_denominator'
            WHEN n.real_value < n.minimum THEN 'too_low'
            WHEN n.real_value > n.maximum THEN 'too_high'
            WHEN r.first < n.line THEN 'repeated' END AS fault
FROM numbered n
LEFT JOIN kpis_kpi k ON k.id = n.kpi_id
LEFT JOIN place p ON p.ancestor_id = k.department_id AND p.descendant_id = n.department_id
LEFT JOIN kpis_kpiseries s ON s.kpi_id = n.kpi_id AND s.department_id = n.department_id
LEFT JOIN repeated r ON r.kpi_id = n.kpi_id AND r.department_id = n.department_id AND r.month = n.month
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value to be stored. KPI and DEPARTMENT are keys; None: nothing was found for what the file or person wrote."""

    kpi: int | None
    department: int | None
    month: date
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    ytd_value: Decimal | None = None
    kind: str = ValueKind.NUMBER
    note: str = ""
    line: int = 1


def staged(entries: Iterable[Entry]) -> IO[str]:
    """The entries as the text COPY reads. Every line ends alike, those inside notes too: COPY takes no mixture."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for entry in entries:
        writer.writerow(
            [
                entry.line,
                entry.kpi,
                entry.department,
                entry.month,
                entry.kind,
                entry.value,
                entry.numerator,
                entry.denominator,
                entry.ytd_value,
                entry.note.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n"),
            ]
        )
    text.seek(0)
    return text


def fill(lines: IO[Any]) -> None:
    """Make the staging tables and fill the first from LINES, CSV in the order of COLUMNS."""
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
        cursor.copy_expert(COPY, lines)
        cursor.execute("ANALYZE kpis_incoming (kpi_id, department_id, month)")


def staged_months() -> list[date]:
    """The months that values came for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT month FROM kpis_incoming ORDER BY month")
        return [month for (month,) in cursor.fetchall()]


def judge(*, scope: Scope, reason: str, at: datetime, is_stored: bool = False) -> None:
    """Judge every staged line for somebody with SCOPE at that moment. One statement and two small reads, whatever came.

    IS_STORED: what is right will be stored, so its months stay held until then: one that is being closed or published
    waits for it, or closes it out. Months before the first that is laid out are history: whoever may correct may load them.
    """
    may_restate = scope.may("kpis.restate")
    given = [Month.of(month) for month in staged_months()]
    if is_stored:
        hold_months(given)
    answers = month_answers(FactKind.KPI_VALUES, given, at)
    rows = [(month.first_day, answer_word(answer, may_restate=may_restate)) for month, answer in answers.items()]
    seen = [] if scope.is_company else list(visible_departments(scope).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        if rows:
            months, words = zip(*rows, strict=True)
            cursor.execute(ANSWERS, [[*months], [*words]])
        cursor.execute(
            JUDGE,
            {
                "is_company": scope.is_company,
                "seen": seen,
                "fiscal": settings.FISCAL_YEAR_FIRST_MONTH,
                "may_restate": may_restate,
                "has_reason": bool(reason.strip()),
            },
        )
        cursor.execute("ANALYZE kpis_judged (kpi_id, department_id, month, series_id, fault)")


def answer_word(answer: str, *, may_restate: bool) -> str:
    """The answer for a month, as the judging statement knows it."""
    if answer == "before_all":
        return "yes" if may_restate else "unknown_month"
    return "unknown_month" if answer == "unknown" else answer


def faulty_lines(limit: int | None) -> Sequence[dict[str, Any]]:
    """The lines with a fault and the facts of its sentence, in order; LIMIT None: all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line, fault, month, value, minimum, maximum, first, retired_from FROM kpis_judged "
            "WHERE fault IS NOT NULL ORDER BY line LIMIT %s",
            [limit],
        )
        names = ("line", "fault", "month", "value", "minimum", "maximum", "first", "since")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
