"""What staff answers when a department is to close or to be merged: its people stand on it, and go along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.departments.models import Department
from apps.departments.services.followers import Follower, Standing
from apps.staff.choices import MovementKind
from apps.staff.models import Appointment, Movement
from apps.staff.services.records import locked_people, place_facts
from apps.staff.services.refusals import LaterEntry, constraints_in_words, day_text
from apps.staff.services.writing import ONE_DAY, Move, write_moves


@dataclass(frozen=True, slots=True)
class StaffFollower(Follower):
    """People of a department."""

    def standing(self, department: Department, *, since: date) -> Sequence[Standing]:
        """People appointed there on that day or later."""
        places = Appointment.objects.filter(department=department).filter(Q(ends_on=None) | Q(ends_on__gte=since))
        count = places.values("person").distinct().count()
        words = ngettext("%(count)s person is appointed there.", "%(count)s people are appointed there.", count)
        return [Standing(count, words % {"count": count})] if count else []

    def merge(
        self, source: Department, into: Department, *, on: date, reason: str, by: User | None, now: datetime
    ) -> Sequence[Standing]:
        """Transfer everybody on the day, as members: the new department's head stays its head.

        Refuses while somebody is recorded to come later, or to go from one of the two to the other later.
        """
        places = list(
            Appointment.objects.filter(department=source)
            .filter(Q(ends_on=None) | Q(ends_on__gte=on))
            .select_related("person")
        )
        locked_people([place.person for place in places])
        self.require_nothing_ahead(places, source=source, into=into, on=on)
        mains = [place for place in places if place.is_main]
        with constraints_in_words():
            shares = self.end_parts(into, people=[place.person_id for place in mains], on=on)
            self.carry_further([place for place in places if not place.is_main], into=into, on=on)
            moves = [
                self.move(place, into=into, on=on, share=shares.get(place.person_id, 0), reason=reason)
                for place in mains
            ]
            write_moves(moves, by=by)
        later = Movement.objects.filter(from_department=source, person__in=[place.person_id for place in mains])
        later.filter(Q(on__gt=on) | Q(on=on, kind=MovementKind.LEAVE)).update(from_department=into)
        words = ngettext("%(count)s person was transferred.", "%(count)s people were transferred.", len(mains))
        return [Standing(len(mains), words % {"count": len(mains)})] if mains else []

    def end_parts(self, into: Department, *, people: Sequence[int], on: date) -> dict[int, int]:
        """End the further appointments these people have in the new department already: {person: share set free}."""
        parts = Appointment.objects.filter(department=into, person__in=people, is_main=False, starts_on__lt=on)
        parts = parts.filter(Q(ends_on=None) | Q(ends_on__gte=on))
        shares = dict(parts.values_list("person", "share"))
        parts.update(ends_on=on - ONE_DAY)
        return shares

    def move(self, place: Appointment, *, into: Department, on: date, share: int, reason: str) -> Move:
        """The transfer of one person; the position stays, the share grows by what was set free."""
        return Move(
            person_id=place.person_id,
            employment_id=place.employment_id,
            place=place_facts(place),
            department_id=into.pk,
            on=on,
            position_id=place.position_id,
            share=place.share + share,
            reason=reason,
        )

    def carry_further(self, places: Sequence[Appointment], *, into: Department, on: date) -> None:
        """End further appointments, and open them again in the new department where the person is not there already."""
        there = set(
            Appointment.objects.filter(department=into, person__in=[place.person_id for place in places])
            .filter(Q(ends_on=None) | Q(ends_on__gte=on))
            .values_list("person", flat=True)
        )
        Appointment.objects.filter(pk__in=[place.pk for place in places]).update(ends_on=on - ONE_DAY)
        Appointment.objects.bulk_create(
            Appointment(
                employment_id=place.employment_id,
                person_id=place.person_id,
                department=into,
                position_id=place.position_id,
                share=place.share,
                is_main=False,
                starts_on=on,
                ends_on=place.ends_on,
            )
            for place in places
            if place.person_id not in there
        )

    def require_nothing_ahead(
        self, places: Sequence[Appointment], *, source: Department, into: Department, on: date
    ) -> None:
        """Refuse what would have to be re-written: people who come on the day or later, and moves between the two."""
        coming = [place for place in places if place.starts_on >= on]
        if coming:
            message = _("%(person)s is to start in %(department)s on %(day)s. Take that back first, or merge later.")
            first = min(coming, key=lambda place: place.starts_on)
            words = {"person": first.person, "department": source, "day": day_text(first.starts_on)}
            raise LaterEntry(message % words, field="on")
        between = Movement.objects.filter(on__gt=on, from_department=source, to_department=into)
        move = between.select_related("person").order_by(F("on")).first()
        if move is not None:
            message = _("%(person)s is to move to %(department)s on %(day)s anyway. Take that transfer back first.")
            raise LaterEntry(
                message % {"person": move.person, "department": into, "day": day_text(move.on)}, field="on"
            )


STAFF_FOLLOWER = StaffFollower()
