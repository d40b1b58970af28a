"""The one place that writes the dated rows and the closure. Everything here works on many departments at once.

Callers hold a transaction: `locked_lives` takes the lock of the whole tree, because two changes that are each possible can
make a cycle together.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F
from django.utils.translation import gettext as _

from apps.core.clock import local_date
from apps.core.history import because
from apps.departments.models import Department, DepartmentVersion
from apps.departments.rules.spans import Span, Spans, name_around
from apps.departments.services.refusals import CycleInTree, DepartmentNotOpen, StillHasParts, day_text

DEEPEST = 60
"""Levels after which a walk up the tree stops: far beyond any company, and a bound when a cycle is being looked for."""

CYCLES = """
WITH RECURSIVE climb (start, place, days, level) AS (
    SELECT department_id, parent_id, valid, 1 FROM departments_departmentversion
    WHERE department_id = ANY(%(ids)s) AND parent_id IS NOT NULL
    UNION
    SELECT climb.start, above.parent_id, climb.days * above.valid, climb.level + 1
    FROM climb JOIN departments_departmentversion above
        ON above.department_id = climb.place AND above.valid && climb.days
    WHERE above.parent_id IS NOT NULL AND climb.place <> climb.start AND climb.level < %(deepest)s
)
SELECT start, lower(days) FROM climb WHERE place = start ORDER BY lower(days), level, start LIMIT 1
"""
ORPHANS = """
SELECT child.department_id, child.name, child.parent_id, lower(datemultirange(child.valid) - coalesce(
    (SELECT range_agg(above.valid) FROM departments_departmentversion above
     WHERE above.department_id = child.parent_id), '{}'::datemultirange)) AS missing
FROM departments_departmentversion child
WHERE child.parent_id IS NOT NULL
    AND (child.department_id = ANY(%(ids)s) OR child.parent_id = ANY(%(ids)s))
    AND NOT datemultirange(child.valid) <@ coalesce(
        (SELECT range_agg(above.valid) FROM departments_departmentversion above
         WHERE above.department_id = child.parent_id), '{}'::datemultirange)
ORDER BY missing, child.name
LIMIT 6
"""
AFFECTED = """
SELECT DISTINCT descendant_id FROM departments_departmentclosure WHERE ancestor_id = ANY(%(ids)s)
UNION SELECT unnest(%(ids)s)
"""
FORGET = "DELETE FROM departments_departmentclosure WHERE descendant_id = ANY(%(ids)s)"
CLIMB = """
WITH RECURSIVE climb (descendant, ancestor, depth, days) AS (
    SELECT department_id, department_id, 0, valid FROM departments_departmentversion
    WHERE department_id = ANY(%(ids)s)
    UNION ALL
    SELECT climb.descendant, above.parent_id, climb.depth + 1, climb.days * above.valid
    FROM climb JOIN departments_departmentversion above
        ON above.department_id = climb.ancestor AND above.valid && climb.days
    WHERE above.parent_id IS NOT NULL AND climb.depth < %(deepest)s
)
INSERT INTO departments_departmentclosure (ancestor_id, descendant_id, depth, valid)
SELECT ancestor, descendant, depth, unnest(range_agg(days)) FROM climb GROUP BY ancestor, descendant, depth
"""


def lock_tree() -> None:
    """Changes of the tree happen one after the other; the lock ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('departments.tree'))")


def lives_of(ids: Iterable[int]) -> dict[int, Spans]:
    """The spans of these departments, oldest first. One query."""
    wanted = set(ids)
    spans: dict[int, list[Span]] = defaultdict(list)
    rows = DepartmentVersion.objects.filter(department__in=wanted).order_by("department_id", "valid")
    for row in rows:
        spans[row.department_id].append(Span(row.valid.lower, row.valid.upper, row.parent_id, row.name))
    return {pk: tuple(spans[pk]) for pk in wanted}


def locked_lives(ids: Iterable[int]) -> dict[int, Spans]:
    """The spans of these departments, nobody else changing the tree until the transaction ends."""
    lock_tree()
    return lives_of(ids)


def write_lives(lives: Mapping[int, Spans], *, now: datetime) -> None:
    """Make the dated rows of these departments say LIVES, then check the tree and rebuild the closure of what is affected.

    Refuses a department below itself and a department whose parent does not exist on all its days. The same number of
    statements whether one department changes or a thousand.
    """
    if not lives:
        return
    store_rows(lives)
    ids = list(lives)
    refuse_cycle(ids)
    refuse_orphans(ids)
    rebuild_closure(ids)
    refresh_names(lives, now=now)


def store_rows(lives: Mapping[int, Spans]) -> None:
    """Delete what is gone, change what begins on the same day, add the rest: in this order no two rows ever overlap."""
    stored: dict[tuple[int, date], DepartmentVersion] = {
        (row.department_id, row.valid.lower): row
        for row in DepartmentVersion.objects.filter(department__in=list(lives))
    }
    wanted = {(pk, span.first): span for pk, spans in lives.items() for span in spans}
    gone = [row.pk for key, row in stored.items() if key not in wanted]
    changed, added = [], []
    for (pk, first), span in wanted.items():
        row = stored.get((pk, first))
        days = DateRange(span.first, span.until)
        if row is None:
            added.append(DepartmentVersion(department_id=pk, parent_id=span.parent, name=span.name, valid=days))
        elif (row.parent_id, row.name, row.valid.upper) != (span.parent, span.name, span.until):
            row.parent_id, row.name, row.valid = span.parent, span.name, days
            changed.append(row)
    if gone:
        DepartmentVersion.objects.filter(pk__in=gone).delete()
    if changed:
        DepartmentVersion.objects.bulk_update(changed, ["parent", "name", "valid"])
    if added:
        DepartmentVersion.objects.bulk_create(added)


def refuse_cycle(ids: list[int]) -> None:
    """Refuse when one of these departments would stand below itself on some day, naming both and the day."""
    with connection.cursor() as cursor:
        cursor.execute(CYCLES, {"ids": ids, "deepest": DEEPEST})
        found = cursor.fetchone()
    if not found:
        return
    department, day = found
    span = DepartmentVersion.objects.filter(department=department).on(day).select_related("parent").get()
    message = _(
        "%(department)s cannot belong to %(parent)s: from %(day)s %(parent)s would stand below %(department)s. "
        "Choose a department outside its own branch."
    )
    words = {"department": span.name, "parent": span.parent, "day": day_text(day)}
    raise CycleInTree(message % words, field="parent")


def refuse_orphans(ids: list[int]) -> None:
    """Refuse when a department would exist on a day on which the one it belongs to does not."""
    with connection.cursor() as cursor:
        cursor.execute(ORPHANS, {"ids": ids})
        found = cursor.fetchall()
    if not found:
        return
    child, name, parent, day = found[0]
    above = Department.objects.get(pk=parent)
    words = {"parent": above, "name": name, "day": day_text(day)}
    if child in ids:
        message = _(
            "%(parent)s is not open on %(day)s, so %(name)s cannot belong to it. Choose another department or day."
        )
        raise DepartmentNotOpen(message % words, field="parent")
    words["names"] = ", ".join(dict.fromkeys(row[1] for row in found if row[2] == parent))
    message = _("%(parent)s still has departments on %(day)s: %(names)s. Move, merge or close them by that day first.")
    raise StillHasParts(message % words, field="on")


def rebuild_closure(ids: list[int]) -> None:
    """Work out anew who stands above these departments and everything that is or was below them."""
    with connection.cursor() as cursor:
        cursor.execute(AFFECTED, {"ids": ids})
        affected = [row[0] for row in cursor.fetchall()]
        cursor.execute(FORGET, {"ids": affected})
        cursor.execute(CLIMB, {"ids": affected, "deepest": DEEPEST})


def refresh_today(*, now: datetime) -> int:
    """Write the name of today onto departments whose planned rename has come; how many. Safe to repeat."""
    stale = DepartmentVersion.objects.on(local_date(now)).exclude(name=F("department__name"))
    with transaction.atomic(), because("departments.renamed", reason=_("A planned name came into force.")):
        lock_tree()
        rows = dict(stale.values_list("department", "name"))
        departments = list(Department.objects.filter(pk__in=rows))
        for department in departments:
            department.name = rows[department.pk]
            department.updated_at = now
        Department.objects.bulk_update(departments, ["name", "updated_at"])
    return len(departments)


def refresh_names(lives: Mapping[int, Spans], *, now: datetime) -> None:
    """Write the name of today onto the departments, and that they have changed."""
    today = local_date(now)
    rows = list(Department.objects.filter(pk__in=list(lives)))
    for row in rows:
        row.name = name_around(lives[row.pk], today) or row.name
        row.updated_at = now
    Department.objects.bulk_update(rows, ["name", "updated_at"])
