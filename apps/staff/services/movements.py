"""Hire, leave, transfer: the dated acts, and taking the last one back. Needs staff.manage, checked at the door."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.clock import local_date
from apps.core.history import because
from apps.departments.models import Department
from apps.staff.choices import AppointmentRole, ContractKind, LeaveKind, MovementKind
from apps.staff.models import Appointment, Employment, Movement, Person, Position
from apps.staff.rules.acts import joining, leaving, moving, peak_share
from apps.staff.services.belonging import relink_people
from apps.staff.services.records import locked_people, record_of, require_free_head, require_open
from apps.staff.services.refusals import (
    CannotCancel,
    EmailTaken,
    NumberTaken,
    ShareTooLarge,
    WrongInput,
    constraints_in_words,
    day_text,
    refuse_finding,
)
from apps.staff.services.telling import tell_cancelled, tell_movement
from apps.staff.services.writing import ONE_DAY, Join, Leave, Move, write_joins, write_leaves, write_moves

FARTHEST = timedelta(days=731)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is to work, as what, and with which share of their time (None: as before, or all of it)."""

    department: Department
    role: str = AppointmentRole.MEMBER
    position: Position | None = None
    share: int | None = None

    def join(self, person: Person, *, hired_on: date, contract: str, reason: str) -> Join:
        """The spell that starts here."""
        return Join(
            person_id=person.pk,
            department_id=self.department.pk,
            hired_on=hired_on,
            role=self.role,
            position_id=self.position.pk if self.position else None,
            share=100 if self.share is None else self.share,
            contract=contract,
            reason=reason,
        )


def hire_person(
    *,
    number: str,
    name: str,
    place: Place,
    hired_on: date,
    by: User | None,
    now: datetime,
    email: str = "",
    contract: str = ContractKind.PERMANENT,
    reason: str = "",
) -> Person:
    """Take on somebody new: person, spell, first appointment and movement in one go.

    HR (staff.manage). Refuses a number or e-mail in use, a department that is not open on the day, a second head, a
    share over 100, a day more than two years ahead. Whoever was here before is hired again by `rehire_person`.
    """
    number, name, email = number.strip(), " ".join(name.split()), email.strip()
    require_identity(number=number, name=name, email=email)
    with transaction.atomic(), because("staff.hired", by=by, reason=reason), constraints_in_words():
        person = Person.objects.create(number=number, name=name, email=email)
        join = place.join(person, hired_on=hired_on, contract=contract, reason=reason)
        tell_movement(start_spell(person, join, department=place.department, by=by, now=now), now=now)
    return person


def rehire_person(
    *,
    person: Person,
    place: Place,
    hired_on: date,
    by: User | None,
    now: datetime,
    contract: str = ContractKind.PERMANENT,
    reason: str = "",
) -> Movement:
    """Somebody comes back: a new spell of the same person.

    HR (staff.manage). Refuses days that overlap a spell, and what `hire_person` refuses about the place.
    """
    join = place.join(person, hired_on=hired_on, contract=contract, reason=reason)
    with transaction.atomic(), because("staff.hired", by=by, reason=reason), constraints_in_words():
        locked = locked_people([person])[person.pk]
        return tell_movement(start_spell(locked, join, department=place.department, by=by, now=now), now=now)


def start_spell(person: Person, join: Join, *, department: Department, by: User | None, now: datetime) -> Movement:
    """Check and write one spell."""
    require_near(join.hired_on, now=now, field="hired_on")
    require_share(join.share, person=person)
    record = record_of(person)
    refuse_finding(joining(record, hired_on=join.hired_on, last_day=join.last_day), person=person)
    later = [spell for spell in record.spells if spell.hired_on > join.hired_on]
    if later:
        message = _("%(person)s is hired from %(hired)s already. An open spell cannot come before it.")
        raise WrongInput(message % {"person": person, "hired": day_text(later[0].hired_on)}, field="hired_on")
    require_open(department, join.hired_on)
    require_free_head(department, role=join.role, starts_on=join.hired_on, ends_on=join.last_day)
    return write_joins([join], by=by)[0]


def leave_person(
    *, person: Person, last_day: date, leave_kind: str, by: User | None, now: datetime, reason: str = ""
) -> Movement:
    """Record that somebody leaves: the spell and every appointment end on the last day, which is still employed.

    HR (staff.manage). Refuses a day before the first one, somebody who left or is not here, and a day before an
    appointment that starts later.
    """
    if leave_kind not in LeaveKind.values:
        kinds = ", ".join(str(label) for label in LeaveKind.labels)
        raise WrongInput(_("Say how the person leaves. Known kinds: %(kinds)s.") % {"kinds": kinds}, field="leave_kind")
    require_near(last_day, now=now, field="last_day")
    with transaction.atomic(), because("staff.left", by=by, reason=reason), constraints_in_words():
        person = locked_people([person])[person.pk]
        record = record_of(person)
        refuse_finding(leaving(record, last_day=last_day), person=person, field="last_day")
        leave = Leave(person_id=person.pk, record=record, last_day=last_day, leave_kind=leave_kind, reason=reason)
        return tell_movement(write_leaves([leave], by=by)[0], now=now)


def transfer_person(
    *, person: Person, place: Place, on: date, by: User | None, now: datetime, reason: str = ""
) -> Movement:
    """Count somebody in another department from a day on. The share stays unless the place names another.

    HR (staff.manage). Refuses a day outside the employment, the same department, a department not open on the day, a
    second head, and a day before a later move.
    """
    require_near(on, now=now, field="on")
    with transaction.atomic(), because("staff.transferred", by=by, reason=reason), constraints_in_words():
        person = locked_people([person])[person.pk]
        record = record_of(person)
        refuse_finding(
            moving(record, department=place.department.pk, on=on), person=person, department=place.department
        )
        former, spell = record.main_place_on(on), record.spell_on(on)
        if former is None or spell is None:
            raise ValueError(person.pk)
        require_open(place.department, on)
        require_free_head(place.department, role=place.role, starts_on=on, ends_on=former.ends_on)
        share = former.share if place.share is None else place.share
        others = [other for other in record.places if not other.is_main and other.meets(on, former.ends_on)]
        require_share(peak_share(others, on) + share, person=person)
        move = Move(
            person_id=person.pk,
            employment_id=spell.pk,
            place=former,
            department_id=place.department.pk,
            on=on,
            role=place.role,
            position_id=place.position.pk if place.position else None,
            share=share,
            reason=reason,
        )
        return tell_movement(write_moves([move], by=by)[0], now=now)


def cancel_movement(*, movement: Movement, reason: str, by: User | None, now: datetime) -> None:
    """Take back the latest movement of a person, as if it had not been recorded; the history keeps both. Systems are told.

    HR (staff.manage), with a reason. Refuses any but the latest, and one that appointments were built on since.
    """
    if not reason.strip():
        raise WrongInput(_("Say why the movement is taken back."), field="reason")
    with transaction.atomic(), because("staff.movement_cancelled", by=by, reason=reason), constraints_in_words():
        key = movement.pk
        take_back(movement)
        tell_cancelled(movement, key, now=now)


def take_back(movement: Movement) -> None:
    """Undo one movement and tell nobody. For the services, inside their transaction."""
    locked_people([movement.person])
    latest = Movement.objects.filter(person=movement.person).order_by("-on", "-pk").first()
    if latest is None or latest.pk != movement.pk:
        message = _("Only the latest movement of %(person)s can be taken back. Take back the later ones first.")
        raise CannotCancel(message % {"person": movement.person})
    CANCELLERS[MovementKind(latest.kind)](latest)
    relink_people([movement.person_id])


def cancel_join(movement: Movement) -> None:
    """Remove the spell with its appointments; the person goes too when nothing else is known of them."""
    places = Appointment.objects.filter(employment=movement.employment_id)
    if places.count() > 1:
        message = _("%(person)s was given further appointments since. End or remove those first.")
        raise CannotCancel(message % {"person": movement.person})
    places.delete()
    person, spell = movement.person, movement.employment_id
    movement.delete()
    Employment.objects.filter(pk=spell).delete()
    if person.user_id is None and not Employment.objects.filter(person=person).exists():
        person.delete()


def cancel_leave(movement: Movement) -> None:
    """The spell goes on, and so do the appointments that ended with it."""
    Employment.objects.filter(pk=movement.employment_id).update(last_day=None, leave_kind="", leave_reason="")
    ended = Appointment.objects.filter(employment=movement.employment_id, ends_on=movement.on)
    ended.filter(is_main=True).update(ends_on=None)
    further = {int(pk): end for pk, end in movement.undo.get("ended", {}).items()}
    rows = list(ended.filter(is_main=False, pk__in=further))
    for row in rows:
        row.ends_on = date.fromisoformat(further[row.pk]) if further[row.pk] else None
    Appointment.objects.bulk_update(rows, ["ends_on"])
    movement.delete()


def cancel_transfer(movement: Movement) -> None:
    """The appointment in the new department goes, the former one goes on to where the new one would have ended."""
    mains = Appointment.objects.filter(employment=movement.employment_id, is_main=True)
    opened = mains.filter(starts_on=movement.on, department=movement.to_department_id).first()
    if opened is None or mains.filter(starts_on__gt=movement.on).exists():
        message = _("The appointment of %(person)s was changed after this transfer. Undo that change first.")
        raise CannotCancel(message % {"person": movement.person})
    if movement.from_department is not None:
        require_open(movement.from_department, movement.on)
    end = opened.ends_on
    opened.delete()
    mains.filter(ends_on=movement.on - ONE_DAY).update(ends_on=end)
    movement.delete()


CANCELLERS = {
    MovementKind.JOIN: cancel_join,
    MovementKind.LEAVE: cancel_leave,
    MovementKind.TRANSFER: cancel_transfer,
}


def require_identity(*, number: str, name: str, email: str, but: int | None = None) -> None:
    """Refuse an empty name, and a number or e-mail that another person has, naming that person."""
    if not number or not name:
        raise WrongInput(_("A person needs a staff number and a name."), field="name" if number else "number")
    others = Person.objects.all() if but is None else Person.objects.exclude(pk=but)
    other = others.filter(number=number).first()
    if other is not None:
        message = _("The number %(number)s belongs to %(person)s. Enter another number, or hire that person again.")
        raise NumberTaken(message % {"number": number, "person": other}, field="number")
    other = others.filter(email__iexact=email).first() if email else None
    if other is not None:
        message = _("The address %(email)s belongs to %(person)s. Enter another one or leave it empty.")
        raise EmailTaken(message % {"email": email, "person": other}, field="email")


def require_share(total: int, *, person: Person) -> None:
    """Refuse shares that add up to more than a whole person."""
    if not 0 <= total <= 100:
        message = _("The shares of %(person)s would add up to %(total)s %%. They must stay within 0 and 100 %%.")
        raise ShareTooLarge(message % {"person": person, "total": total}, field="share")


def require_near(day: date, *, now: datetime, field: str) -> None:
    """Refuse a day more than two years ahead or before 1940: a slip of the hand, not a plan."""
    if not date(1940, 1, 1) <= day <= local_date(now) + FARTHEST:
        message = _("%(day)s cannot be meant. Enter a day since 1940 and at most two years ahead.")
        raise WrongInput(message % {"day": day_text(day)}, field=field)
