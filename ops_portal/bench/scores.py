"""Months of up to half a million lines: worked out, stored, summed and ranked, beside one statement of bare SQL.

The limit reads the same figures and writes the same columns into bare twins (same primary key, no other index, no trigger).
It is no second rule book: nothing checks what it writes but its speed.
"""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from apps.accounts.models import User
from apps.approvals.choices import Verdict
from apps.approvals.models import Case
from apps.approvals.services import rule_on
from apps.assessments import services
from apps.assessments.models import Scheme, Score, ScoreRun
from apps.assessments.services import Limits, Terms
from apps.core.clock import now
from apps.core.month import Month
from apps.departments.models import Department
from apps.kpis.models import Kpi
from apps.periods.rules import local_instant
from apps.periods.services import open_periods
from ops_portal.bench.company import Cast, add_departments
from ops_portal.bench.figures import months_back
from ops_portal.bench.memory import forget_peak, peak_mb
from ops_portal.bench.pages import counted, open_page, signed_in
from ops_portal.bench.recording import new_kpis, spent

JUDGED = 5_000
"""The number of departments whose ratio to the limit counts; the others must only be quick enough."""
MOST_TIMES_LIMIT, MOST_TIMES_UNCHANGED = 4.0, 3.0
MOST_MS = {1_000: 1_000, 10_000: 5_000}
MOST_TIMES_TENTH = 11.0
"""Ten times the lines cost at most so many times as much."""
MOST_MB, MOST_QUERIES = 1_024, 15
MONTHS = 6
"""Months on stage: one for each size, one for the workers, one to publish."""
MONTHS_OF = """
INSERT INTO kpis_kpimonth (month, kpi_id, department_id, kind, value, target, floor, stretch, status, reporting_count)
SELECT %(month)s, k.id, d.id, 'number', 60 + ((k.id * 7919 + d.id * 104729) %% 70000) / 1000.0, 95, NULL, NULL, 'green', 1
FROM unnest(%(kpis)s::bigint[]) AS k(id), unnest(%(places)s::bigint[]) AS d(id)
"""
TWINS = """
DROP TABLE IF EXISTS twin_scoreline, twin_score;
CREATE TABLE twin_scoreline (LIKE assessments_scoreline INCLUDING DEFAULTS);
ALTER TABLE twin_scoreline ADD PRIMARY KEY (run_id, department_id, indicator_id);
CREATE TABLE twin_score (LIKE assessments_score INCLUDING DEFAULTS);
ALTER TABLE twin_score ALTER id DROP IDENTITY IF EXISTS;
ALTER TABLE twin_score ALTER id DROP NOT NULL;
ALTER TABLE twin_score DROP COLUMN id, ADD PRIMARY KEY (run_id, department_id)
"""
# Four shares of a target, three bands, three straight lines: as the scheme below.
LINES = """
SELECT a.department_id, a.scorecard_id, a.coefficient, i.id AS indicator_id, i.weight, m.value, m.target,
       CASE i.method
            WHEN 'ratio' THEN greatest(0, least(1.2, 1 + (m.value - m.target) / abs(m.target)))
            WHEN 'interval' THEN CASE WHEN m.value < 70 THEN 0.4 WHEN m.value < 80 THEN 0.6 WHEN m.value < 90 THEN 0.8
                                      ELSE 1 END
            ELSE CASE WHEN m.value < 50 THEN 0 WHEN m.value < m.target THEN 0.6 + 0.4 * (m.value - 50) / (m.target - 50)
                      ELSE least(1.2, 1 + 0.2 * (m.value - m.target) / (120 - m.target)) END
       END AS rate
FROM assessments_assesseddepartment a
JOIN assessments_indicator i ON i.scorecard_id = a.scorecard_id
JOIN kpis_kpimonth m ON m.kpi_id = i.kpi_id AND m.department_id = a.department_id AND m.month = %(month)s
WHERE a.scheme_id = %(scheme)s
"""
BARE = f"""
WITH line AS MATERIALIZED (SELECT found.*, round(weight * rate, 2) AS points FROM ({LINES}) found), kept AS (
    INSERT INTO twin_scoreline (run_id, department_id, indicator_id, month, presence, value, target, weight, rate, points,
                                status)
    SELECT 1, department_id, indicator_id, %(month)s, 'number', value, target, weight, rate, points, 'scored' FROM line
), made AS MATERIALIZED (
    SELECT department_id, min(scorecard_id) AS scorecard_id, min(coefficient) AS coefficient, sum(points) AS base,
           least(120, round(sum(points) * min(coefficient), 2)) AS total FROM line GROUP BY department_id
), below AS (
    SELECT c.ancestor_id, count(*) AS below_count, sum(d.total) AS below_points
    FROM departments_departmentclosure c JOIN made d ON d.department_id = c.descendant_id
    WHERE c.valid @> %(last_day)s::date GROUP BY c.ancestor_id
)
INSERT INTO twin_score (run_id, department_id, scorecard_id, status, coverage_pct, base, coefficient, bonus, deduction,
                        calibration, uncalibrated, extras, total, grade, rank, below_count, below_points, digest)
SELECT 1, m.department_id, m.scorecard_id, 'ok', 100, m.base, m.coefficient, 0, 0, 0, m.total, '[]', m.total,
       CASE WHEN m.total >= 90 THEN 'A' WHEN m.total >= 80 THEN 'B' WHEN m.total >= 70 THEN 'C' WHEN m.total >= 60 THEN 'D'
            ELSE 'E' END,
       rank() OVER (ORDER BY m.total DESC), b.below_count, b.below_points, ''
FROM made m JOIN below b ON b.ancestor_id = m.department_id
"""
# Nothing changed: the same reckoning, compared with what is stored, nothing written.
AGAIN = f"""
SELECT count(*) FROM ({LINES}) found
JOIN twin_scoreline t ON t.run_id = 1 AND t.department_id = found.department_id AND t.indicator_id = found.indicator_id
WHERE t.points IS DISTINCT FROM round(found.weight * found.rate, 2) OR t.value IS DISTINCT FROM found.value
"""


@dataclass(frozen=True, slots=True)
class Size:
    """A month to assess: so many departments, so many lines each, measured so often."""

    departments: int
    lines_each: int = 10
    rounds: int = 5

    @property
    def lines(self) -> int:
        """Of the whole month."""
        return self.departments * self.lines_each

    def __str__(self) -> str:
        return f"{self.lines:,} lines of {self.departments:,} departments"


SIZES = (Size(1_000), Size(5_000), Size(10_000), Size(5_000, lines_each=100, rounds=2))


@dataclass(frozen=True, slots=True)
class Assessed:
    """One month, ours and the limit's: milliseconds of the wall and of CPU, medians.

    peak_mb: the most memory this process held meanwhile; queries: of the page with the receipt of one department.
    """

    size: Size
    ours_ms: float
    ours_cpu_ms: float
    limit_ms: float
    limit_cpu_ms: float
    peak_mb: float
    queries: int = 0
    is_unchanged: bool = False

    @property
    def name(self) -> str:
        """What was measured, in words."""
        return f"{self.size}, {'nothing changed' if self.is_unchanged else 'worked out'}"

    @property
    def ratio(self) -> float:
        """How many times the limit's CPU ours takes."""
        return round(self.ours_cpu_ms / self.limit_cpu_ms, 2) if self.limit_cpu_ms else 0.0


@dataclass(frozen=True, slots=True)
class Stage:
    """The rules and the month that are assessed."""

    scheme: int
    month: Month
    by: User


def assess_all(cast: Cast) -> list[Assessed]:
    """Months of every size, shown as they come."""
    open_periods(now=now())
    found: list[Assessed] = []
    for size in SIZES:
        for row in assess_beside_limit(cast, size):
            found.append(row)
            receipt = "" if row.is_unchanged else f"; {row.peak_mb:,.0f} MB at most, a receipt {row.queries} queries"
            print(
                f"{row.name}: CPU {row.ours_cpu_ms:,.0f} ms, limit {row.limit_cpu_ms:,.0f} ms ({row.ratio} times; wall "
                f"{row.ours_ms:,.0f} and {row.limit_ms:,.0f} ms{receipt})",
                flush=True,
            )
    return found


def broken_scores(rows: list[Assessed]) -> list[str]:
    """Every limit that does not hold, in words. On a busy machine the wall clock is not only ours: CPU is judged."""
    broken = []
    for row in rows:
        most = MOST_TIMES_UNCHANGED if row.is_unchanged else MOST_TIMES_LIMIT
        if row.size.departments == JUDGED and row.ratio > most:
            broken.append(f"{row.name}: {row.ratio} times the limit, more than {most:.0f}.")
        if row.ours_cpu_ms > MOST_MS.get(row.size.departments, row.ours_cpu_ms):
            broken.append(f"{row.name}: {row.ours_cpu_ms:,.0f} ms are more than {MOST_MS[row.size.departments]:,}.")
        if row.peak_mb > MOST_MB or row.queries > MOST_QUERIES:
            broken.append(f"{row.name}: {row.peak_mb:,.0f} MB, {row.queries} queries for a receipt.")
    first = {row.size: row.ours_cpu_ms for row in rows if not row.is_unchanged}
    for size, took in first.items():
        tenth = first.get(Size(size.departments, size.lines_each // 10))
        if tenth and took > tenth * MOST_TIMES_TENTH:
            broken.append(f"{size}: {took / tenth:.1f} times a tenth of the lines, more than {MOST_TIMES_TENTH:.0f}.")
    return broken


def assess_beside_limit(cast: Cast, size: Size) -> list[Assessed]:
    """A month of this size: the first run, and the run that finds nothing changed."""
    stage = set_up(cast, size, place=SIZES.index(size))
    given = {"scheme": stage.scheme, "month": stage.month.first_day, "last_day": stage.month.last_day}
    forget_peak()
    first = beside(size.rounds, lambda: compute(stage), lambda: execute(BARE, given))
    with transaction.atomic():
        run = compute(stage)
        execute(BARE, given)
        queries = queries_of_receipt(cast, run)
        again = beside(size.rounds, lambda: compute(stage), lambda: execute(AGAIN, given))
        transaction.set_rollback(True)
    return [
        Assessed(size, *first, peak_mb=peak_mb(), queries=queries),
        Assessed(size, *again, peak_mb=peak_mb(), is_unchanged=True),
    ]


def queries_of_receipt(cast: Cast, run: ScoreRun) -> int:
    """Statements that the page with everything about one department's score takes."""
    department = Score.objects.filter(run=run).values_list("department", flat=True).order_by("-department")[0]
    path = reverse("assessments:score", args=[Month.of(run.month), department])
    client = signed_in(cast.hr)
    return min(counted(lambda: open_page(client, f"{path}?version={run.version}")) for _number in range(2))


def beside(rounds: int, ours: Callable[[], Any], limit: Callable[[], Any]) -> tuple[float, float, float, float]:
    """Both in turn, the order alternated: (our wall, our CPU, the limit's wall, its CPU), medians in milliseconds."""
    kept: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for number in range(rounds):
        turns = [(kept[0], ours), (kept[1], limit)]
        for times, do in turns if number % 2 else turns[::-1]:
            wall, python, database = spent(do)
            times.append((wall, python + database))
    middle = [[round(statistics.median(row[place] for row in times), 1) for place in (0, 1)] for times in kept]
    return middle[0][0], middle[0][1], middle[1][0], middle[1][1]


def compute(stage: Stage) -> ScoreRun:
    """As the job does it."""
    return services.compute_month(month=stage.month, by=stage.by, now=now()).run


def execute(sql: str, given: dict[str, Any]) -> None:
    """One statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)


def set_up(cast: Cast, size: Size, *, place: int = 0, limits: Limits | None = None) -> Stage:
    """A month with everything it is judged by. PLACE: which of the months on stage; each is set up once."""
    return set_up_months(cast, size, [Month.of(months_back(MONTHS)[place])], mark=f"S{place}-", limits=limits)


def set_up_months(cast: Cast, size: Size, months: Sequence[Month], *, mark: str, limits: Limits | None = None) -> Stage:
    """Departments under the first branch whose codes begin with MARK, indicators with a figure in each of the MONTHS, an
    approved scheme over all of them from the first month on, with LIMITS where not the usual ones."""
    keys = {
        "kpis": new_kpis(cast, size.lines_each),
        "places": add_departments(cast, size.departments, mark=mark),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        for month in months:
            cursor.execute(MONTHS_OF, {"month": month.first_day, **keys})
        cursor.execute(TWINS)
    kpis = list(Kpi.objects.filter(pk__in=keys["kpis"]).order_by("-pk"))
    places = list(Department.objects.filter(pk__in=keys["places"]).order_by("pk"))
    scheme = services.draft_scheme(
        name="Bench", first_month=months[0], by=cast.hr, limits=limits, note="The next stage."
    )
    card = services.add_scorecard(scheme=scheme, name="All", by=cast.hr)
    services.place_departments(scorecard=card, departments=dict.fromkeys(places, Decimal(1)), by=cast.hr)
    for number, kpi in enumerate(kpis):
        services.save_indicator(scorecard=card, terms=terms_of(kpi, number, Decimal(100) / size.lines_each), by=cast.hr)
    put_in_force(scheme, cast, months[0])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Stage(scheme.pk, months[0], cast.hr)


def put_in_force(scheme: Scheme, cast: Cast, first: Month) -> None:
    """Handed in and approved on the first day of its FIRST month: once its figures are known it would be refused."""
    at = local_instant(first.first_day, time(9), settings.COMPANY_ZONE)
    approve(services.submit_scheme(scheme=scheme, by=cast.hr, now=at), by=cast.coo, at=at)


def approve(case: Case, *, by: User, at: datetime | None = None) -> None:
    """The one who is asked says yes, now or AT that moment."""
    step = case.steps.get()
    rule_on(case=case, step=step, ruling=Verdict.APPROVE, by=by, now=at or now(), expected_version=case.version)


def terms_of(kpi: Kpi, number: int, weight: Decimal) -> Terms:
    """Four shares of a target, three bands, three straight lines."""
    zero = {"policy": "zero"}
    bands = [
        {"min": low, "max": high, "pct": pct}
        for low, high, pct in ((None, "70", "40"), ("70", "80", "60"), ("80", "90", "80"), ("90", None, "100"))
    ]
    choices: list[tuple[str, dict[str, Any]]] = [
        ("ratio", {"cap": "1.2", "missing": zero}),
        ("interval", {"basis": "actual", "bounds": "[)", "bands": bands, "missing": zero}),
        ("linear", {"floor": "50", "floor_pct": "60", "stretch": "120", "stretch_pct": "120", "missing": zero}),
    ]
    method, params = choices[number % 3]
    return Terms(kpi.code, kpi.name, kpi, method, weight, params)
