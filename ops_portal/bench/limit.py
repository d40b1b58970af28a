"""The least it could cost: bare SQL for the same rows, and hiring many beside inserts into bare twin tables.

The twins have the same columns and primary key, no triggers and no other indexes.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from apps.staff.models import Person
from apps.staff.services.writing import Join, write_joins
from ops_portal.bench.company import Cast
from ops_portal.bench.pages import backend_seconds

ROUNDS = 5
HIRED = 5_000
PAGE = """
SELECT p.id, p.number, p.name, d.name, a.role, a.share, e.hired_on, e.last_day
FROM staff_person p
JOIN staff_employment e ON e.person_id = p.id AND e.hired_on <= %(day)s AND (e.last_day IS NULL OR e.last_day >= %(day)s)
JOIN staff_appointment a ON a.employment_id = e.id AND a.is_main AND a.starts_on <= %(day)s
     AND (a.ends_on IS NULL OR a.ends_on >= %(day)s)
JOIN departments_department d ON d.id = a.department_id
ORDER BY p.name, p.id LIMIT 50
"""
TWINS = ("person", "employment", "appointment", "movement")
BARE = """
WITH person AS (
    INSERT INTO twin_person (id, created_at, updated_at, number, name, email)
    SELECT n, now(), now(), 'T' || n, 'Twin ' || n, '' FROM generate_series(1, %(count)s) AS n
), employment AS (
    INSERT INTO twin_employment (id, created_at, updated_at, person_id, hired_on, contract, leave_kind, leave_reason)
    SELECT n, now(), now(), n, %(day)s, 'permanent', '', '' FROM generate_series(1, %(count)s) AS n
), appointment AS (
    INSERT INTO twin_appointment (id, created_at, updated_at, employment_id, person_id, department_id, role, share, is_main,
                                  starts_on)
    SELECT n, now(), now(), n, n, %(place)s, 'member', 100, true, %(day)s FROM generate_series(1, %(count)s) AS n
)
INSERT INTO twin_movement (id, created_at, updated_at, kind, person_id, employment_id, "on", to_department_id, leave_kind,
                           reason, undo)
SELECT n, now(), now(), 'join', n, n, %(day)s, %(place)s, '', '', '{}'::jsonb FROM generate_series(1, %(count)s) AS n
"""


@dataclass(frozen=True, slots=True)
class Beside:
    """Ours and the limit, median of five, the order alternated."""

    name: str
    ours_ms: float
    limit_ms: float
    ours_database_ms: float
    limit_database_ms: float

    @property
    def ratio(self) -> float:
        return round(self.ours_ms / self.limit_ms, 1) if self.limit_ms else 0.0


def page_limit(day: date) -> float:
    """Milliseconds of the bare statement for a page of 50 people, its rows fetched; median of five."""
    times = []
    for _number in range(ROUNDS):
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(PAGE, {"day": day})
            cursor.fetchall()
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 2)


def hiring_beside_limit(cast: Cast, day: date) -> Beside:
    """Hiring 5,000 people with history and constraints, beside the same rows into bare twins. Everything is rolled back."""
    with connection.cursor() as cursor:
        for table in TWINS:
            cursor.execute(f"CREATE UNLOGGED TABLE twin_{table} (LIKE staff_{table} INCLUDING DEFAULTS)")
            cursor.execute(f"ALTER TABLE twin_{table} SET LOGGED, ADD PRIMARY KEY (id)")
            cursor.execute(f"ALTER TABLE twin_{table} ALTER id DROP IDENTITY IF EXISTS")
    ours: list[tuple[float, float]] = []
    limit: list[tuple[float, float]] = []
    turns: list[tuple[list[tuple[float, float]], Callable[[], None]]] = [
        (ours, lambda: hire_many(cast, day)),
        (limit, lambda: hire_bare(cast, day)),
    ]
    for number in range(ROUNDS):
        for kept, do in turns if number % 2 else turns[::-1]:
            kept.append(timed(do))
    return Beside(
        name=f"hire {HIRED:,} people",
        ours_ms=round(statistics.median(wall for wall, _cpu in ours), 1),
        limit_ms=round(statistics.median(wall for wall, _cpu in limit), 1),
        ours_database_ms=round(statistics.median(cpu for _wall, cpu in ours), 1),
        limit_database_ms=round(statistics.median(cpu for _wall, cpu in limit), 1),
    )


def timed(do: Callable[[], object]) -> tuple[float, float]:
    """Wall and database CPU milliseconds of DO in a transaction that is rolled back."""
    database, began = backend_seconds(), time.perf_counter()
    with transaction.atomic():
        do()
        wall = time.perf_counter() - began
        transaction.set_rollback(True)
    return wall * 1000, (backend_seconds() - database) * 1000


def hire_many(cast: Cast, day: date) -> None:
    """As the importer does it."""
    people = Person.objects.bulk_create(
        [Person(number=f"T{number}", name=f"Twin {number}", email="") for number in range(HIRED)], batch_size=2_000
    )
    write_joins([Join(person.pk, cast.teams[0].pk, day) for person in people], by=None)


def hire_bare(cast: Cast, day: date) -> None:
    """The same rows by one statement into tables without indexes, constraints or triggers."""
    with connection.cursor() as cursor:
        cursor.execute(BARE, {"count": HIRED, "day": day, "place": cast.teams[0].pk})
