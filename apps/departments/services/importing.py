"""Departments from a file: new, renamed, moved, each from a day on. Rows that say what is known change nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.clock import local_date
from apps.core.history import because
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.rules.cycles import members_of_circles
from apps.departments.rules.spans import Span, Spans
from apps.departments.selectors import readable_departments
from apps.departments.services.planning import (
    UNSAID,
    Outcome,
    Wish,
    open_throughout,
    parents_on,
    planned,
    stored_parents_on,
)
from apps.departments.services.refusals import TreeChanged
from apps.departments.services.timeline import lives_of, lock_tree, write_lives
from apps.departments.services.tree import EARLIEST, YEARS_AHEAD
from apps.imports.models import ImportRun
from apps.imports.services.targets import CommitResult, FieldSpec, ImportRow, ImportTarget, RowError

WORDS = {
    "nameless": gettext_lazy("Neither code nor name is given. Fill in at least one of them."),
    "contradicts": gettext_lazy(
        "Line %(value)s says something else about the same department on the same day. Keep one."
    ),
    "unnamed_new": gettext_lazy(
        "There is no department “%(value)s” yet. Give a name to create it, or correct the code."
    ),
    "unknown_parent": gettext_lazy("There is no department “%(value)s”, in the portal or in this file. Correct it."),
    "own_parent": gettext_lazy("A department cannot belong to itself. Leave the cell empty to place it at the top."),
    "not_open": gettext_lazy("The department is not open on %(value)s. Give a day on which it exists."),
    "circle": gettext_lazy("With this row the department would stand below itself. Correct what it belongs to."),
    "parent_closed": gettext_lazy(
        "“%(value)s” is not open on all these days. Choose another department or a later day."
    ),
    "odd_day": gettext_lazy("%(value)s cannot be meant. Give a day between 1900 and ten years from now."),
    "spaced_code": gettext_lazy("The code “%(value)s” has a space in it. Write it in one piece."),
    "outside": gettext_lazy("There is no department “%(value)s”. Correct the code."),
}


class DepartmentTarget(ImportTarget):
    """The tree of departments."""

    name = "departments.departments"
    label = gettext_lazy("Departments")
    help = gettext_lazy(
        "One row a department. Known ones are found by code, name or other name. “From” is the first day on which the row "
        "holds; rows of several days tell a history."
    )
    capability = "departments.manage"
    fields = (
        FieldSpec("code", gettext_lazy("Code"), aliases=("id", "department code", "unit", "number"), max_length=20),
        FieldSpec(
            "name",
            gettext_lazy("Name"),
            aliases=("department", "title", "department name", "department or agency"),
            max_length=150,
        ),
        FieldSpec(
            "parent",
            gettext_lazy("Belongs to"),
            aliases=("parent", "parent code", "reports to", "division", "above"),
            max_length=150,
            help=gettext_lazy("Code or name of the department above; empty: at the top."),
        ),
        FieldSpec(
            "on", gettext_lazy("From"), kind="date", aliases=("valid from", "start", "date", "opened on", "since")
        ),
        FieldSpec("cost_center", gettext_lazy("Cost centre"), aliases=("cost center", "costcenter"), max_length=20),
        FieldSpec("purpose", gettext_lazy("What it is for"), aliases=("purpose", "description"), max_length=500),
    )

    def check(self, rows: Sequence[ImportRow], *, scope: Scope, now: datetime) -> list[RowError]:
        """Unknown parents, contradictions, circles, closed departments, odd days. Nine queries for any number of rows."""
        wishes = wishes_of(rows, now)
        outcome = planned(wishes)
        problems = [*outcome.problems, *odd_values(wishes, now), *outside(outcome, scope)]
        if not problems:
            problems = [*circles(wishes, outcome), *closed_parents(wishes, outcome)]
        return [error_of(*problem) for problem in sorted(problems)]

    def commit(self, rows: Sequence[ImportRow], *, by: User, now: datetime, import_run: ImportRun) -> CommitResult:
        """Write the outcome; the tree's own checks have the last word. About twenty statements for any number of rows."""
        with transaction.atomic(), because("departments.imported", by=by, import_run=import_run.pk):
            lock_tree()
            outcome = planned(wishes_of(rows, now))
            keys = store_new(outcome)
            lives = {keys.get(pk, pk): keyed(life, keys) for pk, life in outcome.changed_lives.items()}
            fields = {keys.get(pk, pk): values for pk, values in outcome.fields.items()}
            undo = undo_entries(outcome, lives, fields, keys)
            write_lives(lives, now=now)
            write_fields(fields, now=now)
        changed = (set(lives) | set(fields)) - set(keys.values())
        touched = {keys.get(pk, pk) for pk in outcome.keys.values()}
        return CommitResult(len(keys), len(changed), len(touched - changed - set(keys.values())), undo)

    def undo(self, entries: Sequence[dict[str, Any]], *, by: User, now: datetime) -> None:
        """Restore lives and fields; remove departments that were new. Refused when any of them was changed since."""
        with transaction.atomic(), because("departments.import_undone", by=by):
            lock_tree()
            refuse_changed(entries)
            lives = {entry["id"]: spans_from(entry["before"]) for entry in entries if entry["before"]}
            write_lives(lives, now=now)
            write_fields({entry["id"]: entry["fields"] for entry in entries if entry["before"]}, now=now)
            new = [entry["id"] for entry in entries if not entry["before"]]
            try:
                Department.objects.filter(pk__in=new).delete()
            except ProtectedError as error:
                message = _("Other records stand on departments of this import already, so it cannot be undone.")
                raise TreeChanged(message) from error


def wishes_of(rows: Sequence[ImportRow], now: datetime) -> list[Wish]:
    """The rows as wishes. A cell that is not mapped stays unsaid; an empty name too; an empty parent is the top."""
    today = local_date(now)
    return [
        Wish(
            line=row.line,
            on=row.get("on") or today,
            code=row.get("code") or "",
            name=row.get("name") or UNSAID,
            parent=row.get("parent", UNSAID),
            cost_center=row.get("cost_center", UNSAID) or (UNSAID if "cost_center" not in row.values else ""),
            purpose=row.get("purpose", UNSAID) or (UNSAID if "purpose" not in row.values else ""),
        )
        for row in rows
    ]


Problem = tuple[int, str, str, str]


def error_of(line: int, field: str, what: str, value: str) -> RowError:
    """A problem in words."""
    return RowError(line, field, str(WORDS[what]) % {"value": value}, value)


def odd_values(wishes: Sequence[Wish], now: datetime) -> list[Problem]:
    """Days that cannot be meant, codes with spaces."""
    last = date(local_date(now).year + YEARS_AHEAD, 1, 1)
    days = [(wish.line, "on", "odd_day", wish.on.isoformat()) for wish in wishes if not EARLIEST <= wish.on <= last]
    codes = [(wish.line, "code", "spaced_code", wish.code) for wish in wishes if len(wish.code.split()) > 1]
    return [*days, *codes]


def outside(outcome: Outcome, scope: Scope) -> list[Problem]:
    """Departments the person may not know of: told as if they were not there."""
    if scope.is_company:
        return []
    ids = {pk for pk in outcome.known if pk > 0}
    seen = set(readable_departments(scope).filter(pk__in=ids).values_list("pk", flat=True))
    hidden = {line: outcome.known[pk].code for line, pk in outcome.keys.items() if pk > 0 and pk not in seen}
    return [(line, "code", "outside", code) for line, code in hidden.items()]


def circles(wishes: Sequence[Wish], outcome: Outcome) -> list[Problem]:
    """Rows after which a department would stand below itself, looked for on each day a row names."""
    problems: dict[int, Problem] = {}
    for day in sorted({wish.on for wish in wishes}):
        caught = members_of_circles(parents_on(outcome.lives, day, stored_parents_on(day)))
        for wish in wishes:
            if wish.on <= day and outcome.keys.get(wish.line) in caught and wish.parent not in (None, UNSAID):
                problems.setdefault(wish.line, (wish.line, "parent", "circle", str(wish.parent)))
    return list(problems.values())


def closed_parents(wishes: Sequence[Wish], outcome: Outcome) -> list[Problem]:
    """Rows that place a department under one that is not open on all those days."""
    above = {span.parent for life in outcome.changed_lives.values() for span in life} - {None}
    lives = {**lives_of(pk for pk in above if pk and pk > 0), **outcome.lives}
    bad = {
        pk: span.parent
        for pk, life in outcome.changed_lives.items()
        for span in life
        if span.parent is not None and not open_throughout(span, lives.get(span.parent, ()))
    }
    lines = {pk: line for line, pk in outcome.keys.items()}
    return [
        (lines[pk], "parent", "parent_closed", outcome.known[parent].name if parent in outcome.known else str(parent))
        for pk, parent in bad.items()
    ]


def store_new(outcome: Outcome) -> dict[int, int]:
    """Store new departments; provisional key → key."""
    if not outcome.new:
        return {}
    provisional = list(outcome.new)
    rows = [
        Department(code=made.code, name=made.name, **outcome.fields.get(pk, {})) for pk, made in outcome.new.items()
    ]
    stored = Department.objects.bulk_create(rows)
    return {key: row.pk for key, row in zip(provisional, stored, strict=True)}


def keyed(life: Spans, keys: dict[int, int]) -> Spans:
    """The life with provisional parents replaced by stored ones."""
    return tuple(replace(span, parent=keys.get(span.parent, span.parent)) if span.parent else span for span in life)


def write_fields(fields: dict[int, dict[str, str]], *, now: datetime) -> None:
    """Write what is not dated."""
    rows = list(Department.objects.filter(pk__in=list(fields)))
    for row in rows:
        for what, value in fields[row.pk].items():
            setattr(row, what, value)
        row.updated_at = now
    if rows:
        Department.objects.bulk_update(rows, ["cost_center", "purpose", "updated_at"])


def undo_entries(
    outcome: Outcome, lives: dict[int, Spans], fields: dict[int, dict[str, str]], keys: dict[int, int]
) -> list[dict[str, Any]]:
    """For each department that changes: its life and fields before, its life after. Nothing before: it was new."""
    after = {**lives_of(set(fields) - set(lives)), **lives}
    former = {row.pk: row for row in outcome.known.values()}
    new = set(keys.values())
    return [
        {
            "id": pk,
            "before": [] if pk in new else spans_to(outcome.before.get(pk, life)),
            "after": spans_to(life),
            "fields": {} if pk in new else {what: getattr(former[pk], what) for what in fields.get(pk, {})},
        }
        for pk, life in after.items()
    ]


def refuse_changed(entries: Sequence[dict[str, Any]]) -> None:
    """Refuse when a department is no longer as the import left it."""
    present = lives_of(entry["id"] for entry in entries)
    changed = [entry["id"] for entry in entries if spans_to(present[entry["id"]]) != entry["after"]]
    if changed:
        names = ", ".join(Department.objects.filter(pk__in=changed).values_list("name", flat=True)[:3])
        message = _("%(names)s changed since this import, so it cannot be undone. Undo the later changes first.")
        raise TreeChanged(message % {"names": names or _("A department")})


def spans_to(life: Spans) -> list[list[Any]]:
    """A life as JSON can hold it."""
    return [
        [span.first.isoformat(), span.until.isoformat() if span.until else None, span.parent, span.name]
        for span in life
    ]


def spans_from(stored: list[list[Any]]) -> Spans:
    """A life from JSON."""
    return tuple(
        Span(date.fromisoformat(first), date.fromisoformat(until) if until else None, parent, name)
        for first, until, parent, name in stored
    )


DEPARTMENT_TARGET = DepartmentTarget()
