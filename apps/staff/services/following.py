"""People follow their department: what stands on one that closes, and where people go when it is merged.

Called through settings.DEPARTMENT_FOLLOWERS by the services of departments, inside their transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.month import Month
from apps.departments.models import Department
from apps.departments.services.followers import Follower, Standing
from apps.staff.choices import AppointmentRole, MovementKind
from apps.staff.models import Appointment, HeadcountPlan, Movement
from apps.staff.rules.acts import Record
from apps.staff.services.belonging import relink_people
from apps.staff.services.records import locked_people, records_of, require_open
from apps.staff.services.refusals import LaterEntry, constraints_in_words, day_text
from apps.staff.services.writing import ONE_DAY, Move, write_moves

NAMED = 3


class StaffFollower(Follower):
    """Appointments and the headcount plan."""

    def standing(self, department: Department, *, since: date) -> Sequence[Standing]:
        """Appointments that reach beyond the day, and heads planned for later months."""
        places = Appointment.objects.filter(department=department).filter(Q(ends_on=None) | Q(ends_on__gte=since))
        names = list(places.order_by("person__name").values_list("person__name", flat=True).distinct())
        found = []
        if names:
            text = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
            words = ngettext(
                "%(count)s person is appointed there from that day: %(names)s.",
                "%(count)s people are appointed there from that day: %(names)s.",
                len(names),
            )
            found.append(Standing(len(names), words % {"count": len(names), "names": text}))
        planned = HeadcountPlan.objects.filter(department=department, month__gte=since, planned__gt=0).count()
        if planned:
            words = ngettext(
                "Heads are planned for %(count)s later month.", "Heads are planned for %(count)s later months.", planned
            )
            found.append(Standing(planned, words % {"count": planned}))
        return found

    def merge(
        self, source: Department, into: Department, *, on: date, reason: str, by: Any, now: datetime
    ) -> Sequence[Standing]:
        """Transfer everybody, end further appointments, add the planned heads. A head becomes a deputy in the new place."""
        del now
        with constraints_in_words():
            moved = transfer_all(source, into, on=on, reason=reason, by=by)
            carry_plan(source, into, on=on)
        words = ngettext(
            "%(count)s person is transferred to %(into)s.", "%(count)s people are transferred to %(into)s.", moved
        )
        return [Standing(moved, words % {"count": moved, "into": into})] if moved else []


def transfer_all(source: Department, into: Department, *, on: date, reason: str, by: Any) -> int:
    """Everybody counted in SOURCE on the day is counted in INTO from then on. How many. A fixed number of queries."""
    require_open(into, on, field="into")
    places = Appointment.objects.filter(department=source).filter(Q(ends_on=None) | Q(ends_on__gte=on))
    people = locked_people([place.person for place in places.select_related("person")])
    refuse_starts(source, on)
    refuse_moves_between(source, into, on)
    end_further(Appointment.objects.filter(department=source, is_main=False), on)
    records = records_of(people)
    ids = list(places.filter(is_main=True).values_list("person", flat=True))
    also_there = Appointment.objects.filter(department=into, is_main=False, person__in=ids)
    parts = dict(
        also_there.filter(starts_on__lt=on).filter(Q(ends_on=None) | Q(ends_on__gte=on)).values_list("person", "share")
    )
    end_further(also_there, on)
    titles = dict(places.filter(is_main=True).values_list("pk", "position"))
    moves = [move for pk in ids for move in moves_of(pk, records[pk], source, into, on, reason, titles)]
    # Whoever worked part of their time in the new department already goes on there with both parts.
    write_moves([replace(move, share=move.share + parts.get(move.person_id, 0)) for move in moves], by=by)
    relink_people(people)
    # What was recorded for later happens from the new department: else its statement would miss a leaver.
    later = Movement.objects.filter(from_department=source, person__in=ids)
    later.filter(Q(on__gt=on) | Q(on=on, kind=MovementKind.LEAVE)).update(from_department=into)
    return len(moves)


def moves_of(
    person: int, record: Record, source: Department, into: Department, on: date, reason: str, titles: dict[int, Any]
) -> list[Move]:
    """The transfer of one person, if they are counted in SOURCE on the day."""
    place, spell = record.main_place_on(on), record.spell_on(on)
    if place is None or spell is None or place.department != source.pk:
        return []
    was_head = place.role == AppointmentRole.HEAD
    role = AppointmentRole.DEPUTY_HEAD if was_head else place.role
    return [
        Move(person, spell.pk, place, into.pk, on, role, titles.get(place.pk), place.share, reason or _("Merger")),
    ]


def refuse_starts(source: Department, on: date) -> None:
    """Refuse while somebody is to start in SOURCE on the day or later: nobody can follow from a place they never had."""
    start = (
        Appointment.objects.filter(department=source, starts_on__gte=on)
        .select_related("person")
        .order_by("starts_on")
        .first()
    )
    if start is not None:
        message = _("%(person)s starts in %(department)s on %(day)s. Move that start to another department first.")
        words = {"person": start.person, "department": source, "day": day_text(start.starts_on)}
        raise LaterEntry(message % words, field="on")


def refuse_moves_between(source: Department, into: Department, on: date) -> None:
    """Refuse while somebody is to move from SOURCE to INTO later anyway: that move would lead from INTO to itself."""
    moves = Movement.objects.filter(from_department=source, to_department=into, on__gt=on)
    move = moves.select_related("person").order_by("on").first()
    if move is not None:
        message = _("%(person)s is to move to %(department)s on %(day)s anyway. Take that transfer back first.")
        raise LaterEntry(message % {"person": move.person, "department": into, "day": day_text(move.on)}, field="on")


def end_further(places: Any, on: date) -> None:
    """End these appointments on the day before; those that start later go."""
    places.filter(starts_on__gte=on).delete()
    places.filter(Q(ends_on=None) | Q(ends_on__gte=on)).update(ends_on=on - ONE_DAY)


def carry_plan(source: Department, into: Department, *, on: date) -> None:
    """Planned heads of every month that ends in the new tree are added to INTO."""
    rows = list(HeadcountPlan.objects.filter(department=source, month__gte=Month.of(on).first_day))
    planned = {row.month: row.planned for row in rows}
    there = HeadcountPlan.objects.filter(department=into, month__in=planned)
    known = list(there.select_for_update())
    for row in known:
        row.planned += planned.pop(row.month)
    HeadcountPlan.objects.bulk_update(known, ["planned"])
    HeadcountPlan.objects.bulk_create(
        [HeadcountPlan(department=into, month=month, planned=count) for month, count in planned.items()]
    )
    HeadcountPlan.objects.filter(pk__in=[row.pk for row in rows]).delete()


STAFF_FOLLOWER = StaffFollower()
