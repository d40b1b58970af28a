"""What the rows of a people file ask for, worked out against what is stored: new people, corrections, moves, leavings.

Used twice by the importer: to name every problem, and (under locks) to write. The same number of queries for ten rows and
for ten thousand.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from apps.core.clock import local_date
from apps.core.errors import Refusal
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import find_by_code_or_alias, open_spans, visible_departments
from apps.imports.services.targets import ImportRow, RowError
from apps.staff.choices import AppointmentRole, LeaveKind
from apps.staff.models import Appointment, Person, Position
from apps.staff.rules.acts import CLEAR, Finding, Record, SpellFacts, joining, leaving, moving
from apps.staff.services.movements import FARTHEST
from apps.staff.services.records import records_of
from apps.staff.services.refusals import day_text, refuse_finding
from apps.staff.services.writing import Join, Move

EARLIEST = date(1940, 1, 1)
Head = tuple[date, date | None, int | None]
"""First day, last day, person of an appointment as head."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row asks for. At most one of JOIN and MOVE; LAST_DAY for a leaving of somebody stored."""

    row: ImportRow
    person: Person | None = None
    record: Record = field(default_factory=Record)
    identity: Mapping[str, str] = field(default_factory=dict)
    join: Join | None = None
    move: Move | None = None
    last_day: date | None = None

    @property
    def is_change(self) -> bool:
        return bool(self.identity or self.join or self.move or self.last_day)

    @property
    def is_new(self) -> bool:
        return self.person is None


@dataclass(slots=True)
class Roster:
    """Everything that is known about the people, departments, positions and heads the rows name."""

    people: dict[str, Person]
    records: dict[int, Record]
    departments: dict[str, Department]
    visible: set[int]
    spans: dict[int, list[tuple[date, date | None]]]
    positions: dict[str, Position]
    emails: dict[str, str]
    heads: dict[int, list[Head]]
    latest: date
    errors: list[RowError] = field(default_factory=list)

    def add_error(self, row: ImportRow, name: str, message: str) -> None:
        """One thing wrong with a row."""
        self.errors.append(RowError(row.line, name, message, str(row.get(name) or "")))

    def department_of(self, row: ImportRow) -> Department | None:
        """The department a row names; unknown and out of reach are told alike."""
        text = row.get("department")
        found = self.departments.get(text) if text else None
        if text and (found is None or found.pk not in self.visible):
            self.add_error(row, "department", _("There is no such department. Use a code, name or other name of one."))
            return None
        return found

    def is_open(self, department: Department, day: date) -> bool:
        spans = self.spans.get(department.pk, [])
        return any(first <= day and (until is None or day < until) for first, until in spans)

    def position_of(self, row: ImportRow) -> Position | None:
        """The position a row names by code or title."""
        text = row.get("position")
        found = self.positions.get(text.casefold()) if text else None
        if text and found is None:
            self.add_error(row, "position", _("There is no such position. Add it first, or leave the cell empty."))
        return found


def roster_of(rows: Sequence[ImportRow], *, scope: Scope, now: datetime) -> Roster:
    """Load what the rows need. Nine queries."""
    numbers = {row.values["number"] for row in rows}
    people = {person.number: person for person in Person.objects.filter(number__in=numbers)}
    emails = {str(row.get("email")).lower() for row in rows if row.get("email")}
    known = Person.objects.annotate(low=Lower("email")).filter(low__in=emails)
    departments = find_by_code_or_alias({row.values["department"] for row in rows if row.get("department")})
    ids = {department.pk for department in departments.values()}
    heads: dict[int, list[Head]] = defaultdict(list)
    stored = Appointment.objects.filter(department__in=ids, role=AppointmentRole.HEAD)
    for department, first, last, person in stored.values_list("department", "starts_on", "ends_on", "person"):
        heads[department].append((first, last, person))
    positions = list(Position.objects.all()) if any(row.get("position") for row in rows) else []
    return Roster(
        people=people,
        records=records_of(person.pk for person in people.values()),
        departments=departments,
        visible=set(visible_departments(scope).filter(pk__in=ids).values_list("pk", flat=True)),
        spans=open_spans(ids),
        positions={word.casefold(): position for position in positions for word in (position.title, position.code)},
        emails={person.email.lower(): person.number for person in known},
        heads=heads,
        latest=local_date(now) + FARTHEST,
    )


def entries_of(rows: Sequence[ImportRow], roster: Roster) -> list[Entry]:
    """What the rows ask for. Problems are collected in ROSTER.errors; rows with one yield nothing."""
    entries = []
    for row in rows:
        before = len(roster.errors)
        check_days(row, roster)
        check_email(row, roster)
        person = roster.people.get(row.values["number"])
        entry = new_entry(row, roster) if person is None else known_entry(row, person, roster)
        if entry is not None:
            check_head(entry, roster)
        if entry is not None and len(roster.errors) == before:
            entries.append(entry)
    return entries


def check_days(row: ImportRow, roster: Roster) -> None:
    """Days that cannot be meant, and a last day without a day it could follow."""
    for name in ("hired_on", "last_day", "changed_on"):
        day = row.get(name)
        if day is not None and not EARLIEST <= day <= roster.latest:
            message = _("%(day)s cannot be meant. Enter a day since 1940 and at most two years ahead.")
            roster.add_error(row, name, message % {"day": day_text(day)})


def check_email(row: ImportRow, roster: Roster) -> None:
    """An address that another person, stored or earlier in the file, has."""
    email = (row.get("email") or "").lower()
    if not email:
        return
    holder = roster.emails.setdefault(email, row.values["number"])
    if holder != row.values["number"]:
        message = _("This address belongs to number %(number)s. Enter another one or leave the cell empty.")
        roster.add_error(row, "email", message % {"number": holder})


def check_head(entry: Entry, roster: Roster) -> None:
    """A second head, stored or earlier in the file."""
    place = entry.join or entry.move
    if place is None or place.role != AppointmentRole.HEAD:
        return
    first = entry.join.hired_on if entry.join else entry.move.on if entry.move else EARLIEST
    last = entry.join.last_day if entry.join else entry.last_day
    person = entry.person.pk if entry.person else None
    heads = roster.heads.setdefault(place.department_id, [])
    for start, end, other in heads:
        is_apart = (end is not None and end < first) or (last is not None and last < start)
        if not is_apart and (other is None or other != person):
            message = _("The department has a head from %(start)s to %(end)s. End that appointment first.")
            roster.add_error(entry.row, "role", message % {"start": day_text(start), "end": day_text(end)})
            return
    heads.append((first, last, person))


def blame(roster: Roster, row: ImportRow, finding: Finding, *, person: Any, name: str) -> None:
    """Put a finding into words, as the services do."""
    try:
        refuse_finding(finding, person=person, department=row.get("department"), field=name)
    except Refusal as refusal:
        roster.add_error(row, refusal.field, str(refusal))


def new_entry(row: ImportRow, roster: Roster) -> Entry | None:
    """Somebody who is not stored yet: needs a name, a department and a first day."""
    missing = [name for name in ("name", "department", "hired_on") if not row.get(name)]
    for name in missing:
        roster.add_error(row, name, _("A person who is not in the portal yet needs this. Fill it in."))
    join = None if missing else join_of(row, roster, record=Record(), person=None)
    if join is None:
        return None
    identity = {"name": " ".join(row.values["name"].split()), "email": row.get("email") or ""}
    return Entry(row=row, identity=identity, join=join)


def join_of(row: ImportRow, roster: Roster, *, record: Record, person: Person | None) -> Join | None:
    """The spell a row asks for; None when it cannot be."""
    department, position = roster.department_of(row), roster.position_of(row)
    hired_on, last_day = row.values["hired_on"], row.get("last_day")
    if department is None:
        if not row.get("department"):
            roster.add_error(row, "department", _("Say in which department the person starts."))
        return None
    if not roster.is_open(department, hired_on):
        message = _("%(department)s is not open on %(day)s. Choose another department or day.")
        words = {"department": department, "day": day_text(hired_on)}
        roster.add_error(row, "department", message % words)
    finding = joining(record, hired_on=hired_on, last_day=last_day)
    if not finding and any(spell.hired_on > hired_on for spell in record.spells):
        finding = joining(record, hired_on=hired_on)
    blame(roster, row, finding, person=person or row.get("name"), name="")
    return Join(
        person_id=person.pk if person else 0,
        department_id=department.pk,
        hired_on=hired_on,
        role=row.get("role") or AppointmentRole.MEMBER,
        position_id=position.pk if position else None,
        share=100 if row.get("share") is None else row.values["share"],
        contract=row.get("contract") or "permanent",
        reason=row.get("reason") or "",
        last_day=last_day,
        leave_kind=(row.get("leave_kind") or LeaveKind.OTHER) if last_day else "",
        leave_reason=row.get("reason") or "" if last_day else "",
    )


def known_entry(row: ImportRow, person: Person, roster: Roster) -> Entry | None:
    """Somebody stored: corrections, and one of a new spell, a move, a leaving (a move and a leaving go together)."""
    record = roster.records[person.pk]
    identity = changed_identity(row, person)
    hired_on = row.get("hired_on")
    if hired_on is not None and not any(spell.hired_on == hired_on for spell in record.spells):
        join = join_of(row, roster, record=record, person=person)
        return None if join is None else Entry(row, person, record, identity, join=join)
    spell = spell_meant(record, hired_on)
    move = move_of(row, person, roster, record=record, spell=spell)
    last_day = leave_of(row, person, roster, record=record, spell=spell, move=move)
    return Entry(row, person, record, identity, move=move, last_day=last_day)


def changed_identity(row: ImportRow, person: Person) -> dict[str, str]:
    """Name and e-mail where the file has another one. An empty name is no name; an empty e-mail takes it away."""
    wanted: dict[str, str] = {}
    if row.get("name") and " ".join(row.values["name"].split()) != person.name:
        wanted["name"] = " ".join(row.values["name"].split())
    if "email" in row.values and (row.get("email") or "") != person.email:
        wanted["email"] = row.get("email") or ""
    return wanted


def spell_meant(record: Record, hired_on: date | None) -> SpellFacts | None:
    """The spell a row is about: that of its first day, else the last one."""
    if hired_on is not None:
        return next((spell for spell in record.spells if spell.hired_on == hired_on), None)
    return record.spells[-1] if record.spells else None


def move_of(row: ImportRow, person: Person, roster: Roster, *, record: Record, spell: SpellFacts | None) -> Move | None:
    """The transfer a row asks for: another department than the one the spell is or was in last, from `changed_on`."""
    department = roster.department_of(row)
    mains = [place for place in record.places if place.is_main and spell and spell.covers(place.starts_on)]
    if department is None or not mains or mains[-1].department == department.pk:
        return None
    day = row.get("changed_on")
    if day is None:
        message = _("%(person)s is in another department. Say from which day they move (“Moved on”), or correct it.")
        roster.add_error(row, "changed_on", message % {"person": person})
        return None
    if not roster.is_open(department, day):
        message = _("%(department)s is not open on %(day)s. Choose another department or day.")
        roster.add_error(row, "department", message % {"department": department, "day": day_text(day)})
    finding = moving(record, department=department.pk, on=day)
    blame(roster, row, finding, person=person, name="changed_on")
    former, position = record.main_place_on(day), roster.position_of(row)
    if finding or former is None or spell is None:
        return None
    return Move(
        person_id=person.pk,
        employment_id=spell.pk,
        place=former,
        department_id=department.pk,
        on=day,
        role=row.get("role") or AppointmentRole.MEMBER,
        position_id=position.pk if position else None,
        share=former.share if row.get("share") is None else row.values["share"],
        reason=row.get("reason") or "",
    )


def leave_of(
    row: ImportRow,
    person: Person,
    roster: Roster,
    *,
    record: Record,
    spell: SpellFacts | None,
    move: Move | None,
) -> date | None:
    """The leaving a row asks for; None where the last day is stored already."""
    last_day: date | None = row.get("last_day")
    if last_day is None or (spell is not None and spell.last_day == last_day):
        return None
    finding = leaving(record, last_day=last_day)
    if not finding and move is not None and last_day < move.on:
        message = _("%(person)s would leave before moving on %(day)s. Correct one of the two days.")
        roster.add_error(row, "last_day", message % {"person": person, "day": day_text(move.on)})
    blame(roster, row, finding if finding else CLEAR, person=person, name="last_day")
    return last_day


def people_of(entries: Iterable[Entry]) -> list[Person]:
    """The stored people the entries are about."""
    return [entry.person for entry in entries if entry.person is not None]
