"""Places besides the main one, and changes of role, position or share. Needs staff.manage, checked at the door."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.history import because
from apps.staff.models import Appointment, Person
from apps.staff.rules.acts import SpellFacts, appointing, changing
from apps.staff.services.belonging import relink_people
from apps.staff.services.movements import Place, require_near, require_share
from apps.staff.services.records import (
    locked_people,
    place_facts,
    record_of,
    require_free_head,
    require_open,
)
from apps.staff.services.refusals import (
    CannotCancel,
    LaterEntry,
    NotEmployed,
    WrongInput,
    constraints_in_words,
    day_text,
    refuse_finding,
)
from apps.staff.services.writing import ONE_DAY


def appoint(
    *,
    person: Person,
    place: Place,
    starts_on: date,
    by: User | None,
    now: datetime,
    ends_on: date | None = None,
    reason: str = "",
) -> Appointment:
    """Give somebody a further appointment: a second department to lead, or part of their time elsewhere.

    HR (staff.manage). An appointment without an end ends with the employment. Refuses days outside the employment, a
    department not open then or where the person is appointed already, a second head, shares over 100.
    """
    require_near(starts_on, now=now, field="starts_on")
    with transaction.atomic(), because("staff.appointed", by=by, reason=reason), constraints_in_words():
        person = locked_people([person])[person.pk]
        spell, last = require_appointable(person, place, starts_on=starts_on, ends_on=ends_on)
        made = Appointment.objects.create(
            employment_id=spell.pk,
            person=person,
            department=place.department,
            position=place.position,
            role=place.role,
            share=place.share or 0,
            is_main=False,
            starts_on=starts_on,
            ends_on=last,
        )
        relink_people([person.pk])
        return made


def require_appointable(
    person: Person, place: Place, *, starts_on: date, ends_on: date | None
) -> tuple[SpellFacts, date | None]:
    """The spell a further appointment lies in and its last day; a refusal when it cannot be."""
    record, share = record_of(person), place.share or 0
    spell = record.spell_on(starts_on)
    last = spell.last_day if spell and ends_on is None else ends_on
    require_share(share, person=person)
    finding = appointing(record, department=place.department.pk, starts_on=starts_on, ends_on=last, share=share)
    refuse_finding(finding, person=person, department=place.department)
    if spell is None:
        raise ValueError(person.pk)
    require_open(place.department, starts_on)
    require_free_head(place.department, role=place.role, starts_on=starts_on, ends_on=last)
    return spell, last


def change_appointment(
    *, appointment: Appointment, place: Place, on: date, by: User | None, now: datetime, reason: str = ""
) -> Appointment:
    """Go on in the same department with another role, position or share, from a day on.

    HR (staff.manage). On the appointment's own first day the row is corrected; later, it ends the day before and a new
    one begins. Refuses a day outside the appointment, a second head, shares over 100. Moving elsewhere is a transfer.
    """
    require_near(on, now=now, field="on")
    with transaction.atomic(), because("staff.appointment_changed", by=by, reason=reason), constraints_in_words():
        person = locked_people([appointment.person])[appointment.person_id]
        current = Appointment.objects.select_related("department").get(pk=appointment.pk)
        share = current.share if place.share is None else place.share
        require_share(share, person=person)
        finding = changing(record_of(person), place=place_facts(current), on=on, share=share)
        refuse_finding(finding, person=person, department=current.department)
        require_free_head(current.department, role=place.role, starts_on=on, ends_on=current.ends_on, but=current.pk)
        last = current.ends_on
        if on > current.starts_on:
            current.ends_on = on - ONE_DAY
            current.save(update_fields=["ends_on", "updated_at"])
            current.pk, current._state.adding = None, True
            current.starts_on, current.ends_on = on, last
        current.role, current.position, current.share = place.role, place.position, share
        current.save()
        relink_people([person.pk])
        return current


def end_appointment(
    *, appointment: Appointment, last_day: date, by: User | None, now: datetime, reason: str = ""
) -> Appointment:
    """End a further appointment on a day, which still belongs to it.

    HR (staff.manage). Refuses the main appointment (it ends by a transfer or by leaving), a day before the appointment's
    first one, and one that ended earlier already.
    """
    require_near(last_day, now=now, field="last_day")
    with transaction.atomic(), because("staff.appointment_ended", by=by, reason=reason), constraints_in_words():
        person = locked_people([appointment.person])[appointment.person_id]
        current = Appointment.objects.get(pk=appointment.pk)
        if current.is_main:
            message = _("This is the main appointment of %(person)s. It ends by a transfer or by leaving.")
            raise LaterEntry(message % {"person": person})
        if last_day < current.starts_on:
            message = _("The appointment starts on %(start)s. Choose that day or a later one.")
            raise WrongInput(message % {"start": day_text(current.starts_on)}, field="last_day")
        if current.ends_on is not None and current.ends_on < last_day:
            message = _("The appointment ends on %(end)s already. Choose an earlier day.")
            raise NotEmployed(message % {"end": day_text(current.ends_on)}, field="last_day")
        current.ends_on = last_day
        current.save(update_fields=["ends_on", "updated_at"])
        relink_people([person.pk])
        return current


def remove_appointment(*, appointment: Appointment, reason: str, by: User | None) -> None:
    """Take back a further appointment that was recorded by mistake; the history keeps it.

    HR (staff.manage), with a reason. Refuses the main appointment.
    """
    if not reason.strip():
        raise WrongInput(_("Say why the appointment is removed."), field="reason")
    with transaction.atomic(), because("staff.appointment_removed", by=by, reason=reason):
        locked_people([appointment.person])
        if appointment.is_main:
            raise CannotCancel(_("The main appointment cannot be removed. Take back the movement that made it."))
        Appointment.objects.filter(pk=appointment.pk, is_main=False).delete()
