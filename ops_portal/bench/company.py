"""A company of any size: departments by their services, people by set-based SQL that writes what the services would.

Row history is switched off while people are written: it is not what is measured, and would take most of the time.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from apps.accounts.models import RoleGrant, User
from apps.core.clock import now
from apps.departments import services as departments
from apps.departments.models import Department
from apps.staff import services as staff
from apps.staff.choices import AppointmentRole
from apps.staff.models import Person
from apps.staff.services import Place
from ops_portal.bench.unrecorded import unrecorded

OPENED = date(2010, 1, 1)
BRANCHES, TEAMS = 10, 6
TABLES = ("staff_person", "staff_employment", "staff_appointment", "staff_movement")
PEOPLE = """
INSERT INTO staff_person (created_at, updated_at, number, name, email)
SELECT now(), now(), 'B' || lpad(n::text, 7, '0'),
       (ARRAY['Ada','Bram','Chen','Dana','Emil','Fatou','Goran','Hana','Ines','Jonas','Kaya','Lena'])[1 + n %% 12] || ' '
       || (ARRAY['Abbot','Berger','Costa','Dvorak','Eriksen','Fischer','Garcia','Hansen','Ivanov','Jensen','Kovac',
                 'Larsen','Moreau','Novak','Okafor','Petrov','Quist'])[1 + (n / 12) %% 17] || ' ' || n, ''
FROM generate_series(%(first)s, %(last)s) AS n
"""
# One in seven left, one in eleven moved once; everybody started between 2012 and 2025.
EMPLOYMENTS = """
INSERT INTO staff_employment (created_at, updated_at, person_id, hired_on, last_day, contract, leave_kind, leave_reason)
SELECT now(), now(), p.id, date '2012-01-02' + (n * 7919) %% 4800,
       CASE WHEN n %% 7 = 0 THEN date '2012-01-02' + (n * 7919) %% 4800 + 200 + (n * 31) %% 300 END, 'permanent',
       CASE WHEN n %% 7 = 0 THEN 'voluntary' ELSE '' END, ''
FROM staff_person p, LATERAL (SELECT substr(p.number, 2)::int AS n) AS of
WHERE p.number LIKE 'B%%' AND n BETWEEN %(first)s AND %(last)s
"""
PLACES = """
WITH spell AS (
    SELECT e.id AS employment, e.person_id, e.hired_on, e.last_day, n,
           CASE WHEN n %% 11 = 0 THEN e.hired_on + 100 END AS moved_on,
           (%(teams)s::bigint[])[1 + n %% %(count)s] AS first_place,
           (%(teams)s::bigint[])[1 + (n + 7) %% %(count)s] AS second_place
    FROM staff_employment e JOIN staff_person p ON p.id = e.person_id,
         LATERAL (SELECT substr(p.number, 2)::int AS n) AS of
    WHERE p.number LIKE 'B%%' AND n BETWEEN %(first)s AND %(last)s
), place AS (
    INSERT INTO staff_appointment (created_at, updated_at, employment_id, person_id, department_id, position_id, role,
                                   share, is_main, starts_on, ends_on, shown_from, shown_until)
    SELECT now(), now(), employment, person_id, first_place, NULL::bigint, 'member', 100, true, hired_on,
           coalesce(moved_on - 1, last_day), NULL::date, moved_on - 1 FROM spell
    UNION ALL
    SELECT now(), now(), employment, person_id, second_place, NULL::bigint, 'member', 100, true, moved_on, last_day,
           moved_on, NULL
    FROM spell WHERE moved_on IS NOT NULL
)
INSERT INTO staff_movement (created_at, updated_at, kind, person_id, employment_id, "on", from_department_id,
                            to_department_id, leave_kind, reason, recorded_by_id, undo)
SELECT now(), now(), 'join', person_id, employment, hired_on, NULL::bigint, first_place, '', '', NULL::bigint, '{}'::jsonb
FROM spell
UNION ALL
SELECT now(), now(), 'transfer', person_id, employment, moved_on, first_place, second_place, '', '',
       NULL::bigint, '{}'::jsonb FROM spell WHERE moved_on IS NOT NULL
UNION ALL
SELECT now(), now(), 'leave', person_id, employment, last_day,
       CASE WHEN moved_on IS NULL THEN first_place ELSE second_place END,
       NULL::bigint, 'voluntary', '', NULL::bigint, '{}'::jsonb
FROM spell WHERE last_day IS NOT NULL
"""

# Departments under the first branch, with what their services would write.
DEPARTMENTS = """
WITH made AS (
    INSERT INTO departments_department (created_at, updated_at, code, name, cost_center, purpose)
    SELECT now(), now(), %(mark)s || n, 'Site ' || n, '', '' FROM generate_series(1, %(count)s) AS n RETURNING id, name
), version AS (
    INSERT INTO departments_departmentversion (created_at, updated_at, department_id, parent_id, name, valid)
    SELECT now(), now(), id, %(branch)s, name, daterange(%(opened)s, NULL) FROM made
)
INSERT INTO departments_departmentclosure (ancestor_id, descendant_id, depth, valid)
SELECT id, id, 0, daterange(%(opened)s, NULL) FROM made
UNION ALL
SELECT c.ancestor_id, made.id, c.depth + 1, daterange(%(opened)s, NULL)
FROM made, departments_departmentclosure c WHERE c.descendant_id = %(branch)s
"""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who asks: Human Resources and the chief operating officer, who see all, and the head of a branch."""

    hr: User
    coo: User
    manager: User
    branch: Department
    teams: list[Department]


def make_company() -> Cast:
    """Departments in three levels (1, 10, 60), an HR account, and a manager who heads the first branch."""
    moment = now()
    top = departments.create_department(code="TOP", name="Company", parent=None, on=OPENED, by=None, now=moment)
    branches, teams = [], []
    for number in range(BRANCHES):
        name = f"Branch {number:02d}"
        branches.append(
            departments.create_department(code=f"B{number:02d}", name=name, parent=top, on=OPENED, by=None, now=moment)
        )
        for team in range(TEAMS):
            code = f"B{number:02d}-{team}"
            made = departments.create_department(
                code=code, name=f"Team {code}", parent=branches[-1], on=OPENED, by=None, now=moment
            )
            teams.append(made)
    hr, coo = account("Hanna HR", "hr"), account("Cora COO", "coo")
    manager = account("Mia Manager", "manager")
    person = staff.hire_person(
        number="M1",
        name="Mia Manager",
        place=Place(branches[0], role=AppointmentRole.HEAD),
        hired_on=date(2020, 1, 1),
        by=None,
        now=moment,
    )
    staff.link_account(person=person, user=manager, by=None)
    return Cast(hr=hr, coo=coo, manager=manager, branch=branches[0], teams=teams)


def account(name: str, role: str, *, email: str = "") -> User:
    """An account with one role; nobody signs in with its password."""
    email = email or f"{role}@bench.example"
    user = User.objects.create(name=name, email=email, password="!")  # noqa: S106 - unusable
    RoleGrant.objects.create(user=user, role=role)
    return user


def grow(cast: Cast, size: int) -> None:
    """Add people until there are SIZE, then let the planner count them."""
    first = Person.objects.filter(number__startswith="B").count() + 1
    given: dict[str, Any] = {
        "first": first,
        "last": size - 1,
        "teams": [team.pk for team in cast.teams],
        "count": len(cast.teams),
    }
    with unrecorded(*TABLES) as cursor:
        for statement in (PEOPLE, EMPLOYMENTS, PLACES):
            cursor.execute(statement, given)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def add_departments(cast: Cast, count: int, *, mark: str) -> list[int]:
    """COUNT more departments under the first branch, their codes beginning with MARK; gives their keys."""
    with unrecorded("departments_department", "departments_departmentversion") as cursor:
        cursor.execute(DEPARTMENTS, {"count": count, "branch": cast.branch.pk, "opened": OPENED, "mark": mark})
    return list(Department.objects.filter(code__startswith=mark).order_by("pk").values_list("pk", flat=True))
