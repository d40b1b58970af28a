"""What the importer takes for people and for headcount plans."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.clock import local_date
from apps.core.history import because
from apps.core.scope import Scope
from apps.departments.selectors import find_by_code_or_alias, visible_departments
from apps.imports.models import ImportRun
from apps.imports.services.targets import CommitResult, FieldSpec, ImportRow, ImportTarget, RowError
from apps.staff.choices import AppointmentRole, ContractKind, LeaveKind, MovementKind
from apps.staff.models import Appointment, Employment, HeadcountPlan, Movement, Person
from apps.staff.selectors.scope import scope_of
from apps.staff.services.movements import take_back
from apps.staff.services.planning import LARGEST_PLAN
from apps.staff.services.records import locked_people, records_of
from apps.staff.services.refusals import CannotCancel, constraints_in_words
from apps.staff.services.roster import Entry, entries_of, people_of, roster_of
from apps.staff.services.writing import BATCH, Join, Leave, write_joins, write_leaves, write_moves


class PersonTarget(ImportTarget):
    """People: new ones are hired, stored ones corrected, transferred (with the day of the move) or recorded as leaving."""

    name: ClassVar[str] = "staff.people"
    label: ClassVar[Any] = gettext_lazy("People")
    help: ClassVar[Any] = gettext_lazy(
        "One row a person. New numbers are hired; for known ones a new name, another department (with the day of the "
        "move) or a last day is recorded. Rows that say what is stored change nothing."
    )
    capability: ClassVar[str] = "staff.manage"
    key_fields: ClassVar[tuple[str, ...]] = ("number",)
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        FieldSpec(
            "number",
            gettext_lazy("Staff number"),
            is_required=True,
            max_length=20,
            aliases=(
                "personnel number",
                "employee number",
                "employee id",
                "staff id",
                "personnel id",
                "person number",
                "payroll number",
                "number",
                "id",
            ),
        ),
        FieldSpec(
            "name", gettext_lazy("Name"), max_length=150, aliases=("full name", "employee name", "person", "employee")
        ),
        FieldSpec("email", gettext_lazy("E-mail"), max_length=254, aliases=("email", "mail", "e-mail address")),
        FieldSpec(
            "department",
            gettext_lazy("Department"),
            max_length=150,
            aliases=("dept", "department code", "unit", "division", "organisation", "organization"),
            help=gettext_lazy("Code, name or another name of a department."),
        ),
        FieldSpec(
            "hired_on",
            gettext_lazy("First day"),
            kind="date",
            aliases=("hired on", "hire date", "start date", "joined", "date of joining", "entry date"),
        ),
        FieldSpec(
            "last_day",
            gettext_lazy("Last day"),
            kind="date",
            aliases=("leave date", "end date", "left", "date of leaving", "exit date", "termination date"),
        ),
        FieldSpec(
            "leave_kind",
            gettext_lazy("How they leave"),
            kind="choice",
            choices=tuple(LeaveKind.choices),
            aliases=("kind of leaving", "reason for leaving", "exit reason"),
        ),
        FieldSpec(
            "changed_on",
            gettext_lazy("Moved on"),
            kind="date",
            aliases=("transfer date", "moved", "effective date", "effective from"),
            help=gettext_lazy("From which day a known person counts in another department."),
        ),
        FieldSpec("role", gettext_lazy("Role"), kind="choice", choices=tuple(AppointmentRole.choices)),
        FieldSpec("position", gettext_lazy("Position"), max_length=150, aliases=("job title", "title", "job", "post")),
        FieldSpec(
            "share",
            gettext_lazy("Share of working time, %"),
            kind="whole",
            minimum=0,
            maximum=100,
            aliases=("share", "workload", "percent", "fte percent"),
        ),
        FieldSpec("contract", gettext_lazy("Contract"), kind="choice", choices=tuple(ContractKind.choices)),
        FieldSpec("reason", gettext_lazy("Reason"), max_length=500, aliases=("note", "remark", "comment")),
    )

    def check(self, rows: Sequence[ImportRow], *, scope: Scope, now: datetime) -> list[RowError]:
        """Every problem of these rows, in the words the services use."""
        roster = roster_of(rows, scope=scope, now=now)
        entries_of(rows, roster)
        return roster.errors

    def commit(self, rows: Sequence[ImportRow], *, by: User, now: datetime, import_run: ImportRun) -> CommitResult:
        """Hire, correct, move and let go, set-based, under locks on everybody stored."""
        locked_people(Person.objects.filter(number__in=[row.values["number"] for row in rows]))
        roster = roster_of(rows, scope=scope_of(by, local_date(now)), now=now)
        entries = entries_of(rows, roster)
        if roster.errors:
            first = roster.errors[0]
            message = _("Line %(line)s: %(message)s") % {"line": first.line, "message": first.message}
            raise CannotCancel(message)
        changes = [entry for entry in entries if entry.is_change]
        with because("staff.imported", by=by, import_run=import_run.pk), constraints_in_words():
            undo = self.write(changes, by=by)
        created = sum(entry.is_new for entry in changes)
        return CommitResult(created, len(changes) - created, len(entries) - len(changes), undo)

    def write(self, changes: Sequence[Entry], *, by: User) -> list[dict[str, Any]]:
        """Write the entries; what was done, in order."""
        undo = correct_people([entry for entry in changes if entry.person is not None and entry.identity])
        movements = write_joins(joins_of(changes), by=by)
        movements += write_moves([entry.move for entry in changes if entry.move is not None], by=by)
        leaving = [entry for entry in changes if entry.last_day is not None]
        records = records_of(person.pk for person in people_of(leaving))
        leaves = [
            Leave(
                person_id=entry.person.pk,
                record=records[entry.person.pk],
                last_day=entry.last_day,
                leave_kind=entry.row.get("leave_kind") or LeaveKind.OTHER,
                reason=entry.row.get("reason") or "",
            )
            for entry in leaving
            if entry.person is not None and entry.last_day is not None
        ]
        movements += write_leaves(leaves, by=by)
        return undo + [{"movement": movement.pk} for movement in movements]

    def undo(self, entries: Sequence[dict[str, Any]], *, by: User, now: datetime) -> None:
        """Take the movements back and restore names; refused where somebody's record went on since."""
        wanted = [entry["movement"] for entry in entries if "movement" in entry]
        with because("staff.import_undone", by=by), constraints_in_words():
            left = remove_whole_people(wanted)
            movements = {row.pk: row for row in Movement.objects.filter(pk__in=left).select_related("person")}
            for pk in left:
                if pk not in movements:
                    raise CannotCancel(_("One of the movements was taken back since. The import cannot be undone."))
                take_back(movements[pk])
            restore_people([entry for entry in entries if "person" in entry])


def correct_people(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """New names and addresses; what they were."""
    undo, people = [], []
    for entry in entries:
        person = entry.person
        if person is None:
            continue
        undo.append({"person": person.pk, "was": {name: getattr(person, name) for name in entry.identity}})
        person.name = entry.identity.get("name", person.name)
        person.email = entry.identity.get("email", person.email)
        undo[-1]["now"] = dict(entry.identity)
        people.append(person)
    Person.objects.bulk_update(people, ["name", "email"], batch_size=BATCH)
    return undo


def joins_of(changes: Sequence[Entry]) -> list[Join]:
    """The spells to write, of people made for it where they are new."""
    new = [entry for entry in changes if entry.is_new]
    made = Person.objects.bulk_create(
        [
            Person(number=entry.row.values["number"], name=entry.identity["name"], email=entry.identity["email"])
            for entry in new
        ],
        batch_size=BATCH,
    )
    joins = [replace(entry.join, person_id=person.pk) for entry, person in zip(new, made, strict=True) if entry.join]
    return joins + [entry.join for entry in changes if entry.join and not entry.is_new]


def remove_whole_people(wanted: Sequence[int]) -> list[int]:
    """Remove people of whom nothing is known but these movements, set-based; the movements left to take back one by one."""
    joined = Movement.objects.filter(pk__in=wanted, kind=MovementKind.JOIN).values("person")
    others = Movement.objects.filter(person__in=joined).exclude(pk__in=wanted).values("person")
    people = Person.objects.filter(pk__in=joined, user=None).exclude(pk__in=others)
    moved = Movement.objects.filter(pk__in=wanted, kind=MovementKind.TRANSFER).values("person")
    further = Appointment.objects.filter(person__in=joined, is_main=False).values("person")
    gone = list(people.exclude(pk__in=moved).exclude(pk__in=further).values_list("pk", flat=True))
    removed = set(Movement.objects.filter(person__in=gone).values_list("pk", flat=True))
    Movement.objects.filter(person__in=gone).delete()
    Appointment.objects.filter(person__in=gone).delete()
    Employment.objects.filter(person__in=gone).delete()
    Person.objects.filter(pk__in=gone).delete()
    return [pk for pk in wanted if pk not in removed]


def restore_people(entries: Sequence[dict[str, Any]]) -> None:
    """Former names and addresses; refused where they were changed again."""
    people = Person.objects.in_bulk([entry["person"] for entry in entries])
    for entry in entries:
        person = people.get(entry["person"])
        if person is None or any(getattr(person, name) != value for name, value in entry["now"].items()):
            raise CannotCancel(_("One of the people was changed since. The import cannot be undone."))
        person.name = entry["was"].get("name", person.name)
        person.email = entry["was"].get("email", person.email)
    Person.objects.bulk_update(people.values(), ["name", "email"], batch_size=BATCH)


class HeadcountPlanTarget(ImportTarget):
    """Planned heads of departments at the end of months."""

    name: ClassVar[str] = "staff.headcount_plan"
    label: ClassVar[Any] = gettext_lazy("Headcount plan")
    help: ClassVar[Any] = gettext_lazy(
        "One row a department and month: how many heads it is to have at the month's end."
    )
    capability: ClassVar[str] = "staff.plan_headcount"
    key_fields: ClassVar[tuple[str, ...]] = ("department", "month")
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        FieldSpec(
            "department",
            gettext_lazy("Department"),
            is_required=True,
            max_length=150,
            aliases=("dept", "department code", "unit", "department or agency", "organisation", "organization"),
        ),
        FieldSpec("month", gettext_lazy("Month"), kind="month", is_required=True, aliases=("period",)),
        FieldSpec(
            "planned",
            gettext_lazy("Planned heads"),
            kind="whole",
            is_required=True,
            minimum=0,
            maximum=LARGEST_PLAN,
            aliases=("heads", "headcount", "plan", "number of employees", "employees", "staff"),
        ),
    )

    def check(self, rows: Sequence[ImportRow], *, scope: Scope, now: datetime) -> list[RowError]:
        """Unknown departments, and one that two rows of a month name in different words."""
        found = find_by_code_or_alias({row.values["department"] for row in rows})
        ids = {department.pk for department in found.values()}
        visible = set(visible_departments(scope).filter(pk__in=ids).values_list("pk", flat=True))
        errors, seen = [], dict[tuple[int, date], int]()
        for row in rows:
            text = row.values["department"]
            department = found.get(text)
            if department is None or department.pk not in visible:
                message = _("There is no such department. Use a code, name or other name of one.")
                errors.append(RowError(row.line, "department", message, text))
                continue
            first = seen.setdefault((department.pk, row.values["month"]), row.line)
            if first != row.line:
                message = _("Line %(line)s names the same department and month. Leave one of the two out.")
                errors.append(RowError(row.line, "department", message % {"line": first}, text))
        return errors

    def commit(self, rows: Sequence[ImportRow], *, by: User, now: datetime, import_run: ImportRun) -> CommitResult:
        """Write the cells that differ from what is stored."""
        found = find_by_code_or_alias({row.values["department"] for row in rows})
        wanted = {(found[row.values["department"]].pk, row.values["month"]): row.values["planned"] for row in rows}
        with because("staff.headcount_planned", by=by, import_run=import_run.pk):
            stored = stored_cells(wanted)
            new = [key for key in wanted if key not in stored]
            changed = [row for key, row in stored.items() if row.planned != wanted[key]]
            undo: list[dict[str, Any]] = [
                {"department": row.department_id, "month": row.month.isoformat(), "was": row.planned} for row in changed
            ]
            undo += [{"department": key[0], "month": key[1].isoformat(), "was": None} for key in new]
            for row in changed:
                row.planned = wanted[row.department_id, row.month]
            HeadcountPlan.objects.bulk_update(changed, ["planned"], batch_size=BATCH)
            HeadcountPlan.objects.bulk_create(
                [HeadcountPlan(department_id=key[0], month=key[1], planned=wanted[key]) for key in new],
                batch_size=BATCH,
            )
        for entry in undo:
            entry["now"] = wanted[entry["department"], date.fromisoformat(entry["month"])]
        return CommitResult(len(new), len(changed), len(wanted) - len(new) - len(changed), undo)

    def undo(self, entries: Sequence[dict[str, Any]], *, by: User, now: datetime) -> None:
        """Restore the former plan; refused where a cell was changed again."""
        cells = {(entry["department"], date.fromisoformat(entry["month"])): entry for entry in entries}
        with because("staff.import_undone", by=by):
            stored = stored_cells(cells)
            if len(stored) < len(cells) or any(row.planned != cells[key]["now"] for key, row in stored.items()):
                raise CannotCancel(_("Part of the plan was changed since. The import cannot be undone."))
            kept = [(row, cells[key]["was"]) for key, row in stored.items() if cells[key]["was"] is not None]
            for row, former in kept:
                row.planned = former
            HeadcountPlan.objects.bulk_update([row for row, _former in kept], ["planned"], batch_size=BATCH)
            gone = [row.pk for key, row in stored.items() if cells[key]["was"] is None]
            HeadcountPlan.objects.filter(pk__in=gone).delete()


def stored_cells(keys: Any) -> dict[tuple[int, date], HeadcountPlan]:
    """The stored plan of these (department, month) pairs, locked. One query."""
    wanted = set(keys)
    rows = HeadcountPlan.objects.select_for_update().filter(
        department__in={key[0] for key in wanted}, month__in={key[1] for key in wanted}
    )
    return {(row.department_id, row.month): row for row in rows if (row.department_id, row.month) in wanted}


PERSON_TARGET = PersonTarget()
HEADCOUNT_PLAN_TARGET = HeadcountPlanTarget()
