"""The set-based writers under the services and the importer: they write what was found possible, and decide nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from apps.accounts.models import User
from apps.staff.choices import AppointmentRole, ContractKind, MovementKind
from apps.staff.models import Appointment, Employment, Movement
from apps.staff.rules.acts import PlaceFacts, Record
from apps.staff.services.belonging import relink_people

ONE_DAY = timedelta(days=1)
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Join:
    """A spell to be written, with its first appointment (and its last day, if that is known already)."""

    person_id: int
    department_id: int
    hired_on: date
    role: str = AppointmentRole.MEMBER
    position_id: int | None = None
    share: int = 100
    contract: str = ContractKind.PERMANENT
    reason: str = ""
    last_day: date | None = None
    leave_kind: str = ""
    leave_reason: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """The end of an open spell, with the appointments that end with it."""

    person_id: int
    record: Record = field(repr=False)
    last_day: date
    leave_kind: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """The main appointment goes on in another department."""

    person_id: int
    employment_id: int
    place: PlaceFacts
    department_id: int
    on: date
    role: str = AppointmentRole.MEMBER
    position_id: int | None = None
    share: int = 100
    reason: str = ""


def write_joins(joins: Sequence[Join], *, by: User | None) -> list[Movement]:
    """Spells, first appointments and movements. Three queries for any number of people; five where some leave again."""
    spells = Employment.objects.bulk_create(
        [
            Employment(
                person_id=join.person_id,
                hired_on=join.hired_on,
                last_day=join.last_day,
                contract=join.contract,
                leave_kind=join.leave_kind if join.last_day else "",
                leave_reason=join.leave_reason if join.last_day else "",
            )
            for join in joins
        ],
        batch_size=BATCH,
    )
    pairs = list(zip(joins, spells, strict=True))
    Appointment.objects.bulk_create([first_place(join, spell) for join, spell in pairs], batch_size=BATCH)
    relink_people(join.person_id for join in joins)
    return Movement.objects.bulk_create(join_acts(pairs, by=by), batch_size=BATCH)


def join_acts(pairs: Sequence[tuple[Join, Employment]], *, by: User | None) -> list[Movement]:
    """The movements of these spells: that they began, and for some that they ended."""
    acts = [
        Movement(
            kind=MovementKind.JOIN,
            person_id=join.person_id,
            employment=spell,
            on=join.hired_on,
            to_department_id=join.department_id,
            reason=join.reason,
            recorded_by=by,
        )
        for join, spell in pairs
    ]
    acts += [
        Movement(
            kind=MovementKind.LEAVE,
            person_id=join.person_id,
            employment=spell,
            on=join.last_day,
            from_department_id=join.department_id,
            leave_kind=join.leave_kind,
            reason=join.leave_reason,
            recorded_by=by,
        )
        for join, spell in pairs
        if join.last_day is not None
    ]
    return acts


def first_place(join: Join, spell: Employment) -> Appointment:
    """The main appointment a spell starts with."""
    return Appointment(
        employment=spell,
        person_id=join.person_id,
        department_id=join.department_id,
        position_id=join.position_id,
        role=join.role,
        share=join.share,
        is_main=True,
        starts_on=join.hired_on,
        ends_on=join.last_day,
    )


def write_leaves(leaves: Sequence[Leave], *, by: User | None) -> list[Movement]:
    """End the open spells and every appointment that would outlast them."""
    spells, places, acts = [], [], []
    for leave in leaves:
        spell = leave.record.open_spell()
        main = leave.record.main_place_on(leave.last_day)
        if spell is None or main is None:
            raise ValueError(leave)
        ended = [place for place in leave.record.places if place.ends_on is None or place.ends_on > leave.last_day]
        spells.append(
            Employment(pk=spell.pk, last_day=leave.last_day, leave_kind=leave.leave_kind, leave_reason=leave.reason)
        )
        places += [Appointment(pk=place.pk, ends_on=leave.last_day) for place in ended]
        acts.append(
            Movement(
                kind=MovementKind.LEAVE,
                person_id=leave.person_id,
                employment_id=spell.pk,
                on=leave.last_day,
                from_department_id=main.department,
                leave_kind=leave.leave_kind,
                reason=leave.reason,
                recorded_by=by,
                undo={
                    "ended": {
                        str(place.pk): place.ends_on and place.ends_on.isoformat()
                        for place in ended
                        if not place.is_main
                    }
                },
            )
        )
    Employment.objects.bulk_update(spells, ["last_day", "leave_kind", "leave_reason"], batch_size=BATCH)
    Appointment.objects.bulk_update(places, ["ends_on"], batch_size=BATCH)
    relink_people(leave.person_id for leave in leaves)
    return Movement.objects.bulk_create(acts, batch_size=BATCH)


def write_moves(moves: Sequence[Move], *, by: User | None) -> list[Movement]:
    """End each main appointment on the day before, and go on in the new department to where the old one would have ended."""
    Appointment.objects.bulk_update(
        [Appointment(pk=move.place.pk, ends_on=move.on - ONE_DAY) for move in moves], ["ends_on"], batch_size=BATCH
    )
    Appointment.objects.bulk_create(
        [
            Appointment(
                employment_id=move.employment_id,
                person_id=move.person_id,
                department_id=move.department_id,
                position_id=move.position_id,
                role=move.role,
                share=move.share,
                is_main=True,
                starts_on=move.on,
                ends_on=move.place.ends_on,
            )
            for move in moves
        ],
        batch_size=BATCH,
    )
    relink_people(move.person_id for move in moves)
    acts = [
        Movement(
            kind=MovementKind.TRANSFER,
            person_id=move.person_id,
            employment_id=move.employment_id,
            on=move.on,
            from_department_id=move.place.department,
            to_department_id=move.department_id,
            reason=move.reason,
            recorded_by=by,
        )
        for move in moves
    ]
    return Movement.objects.bulk_create(acts, batch_size=BATCH)
