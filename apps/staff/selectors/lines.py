"""Who leads whom: the departments somebody heads, and where people were counted last within some days."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q

from apps.staff.choices import AppointmentRole
from apps.staff.models import Appointment, AppointmentQuerySet


def headed_departments(person: int | None, day: date) -> list[int]:
    """The departments the person heads on the day (not those they deputise in). Who heads what is no secret: no scope."""
    if person is None:
        return []
    places = Appointment.objects.on(day).filter(person=person, role=AppointmentRole.HEAD)
    return sorted(places.values_list("department", flat=True))


def headed_by(person: int, *, department: str, day: str) -> Exists:
    """Of rows with these two columns: whether the person headed that department on that day, as `heads_on` says. Who heads
    what is no secret: no scope."""
    places = Appointment.objects.filter(
        person=person, role=AppointmentRole.HEAD, department=OuterRef(department), starts_on__lte=OuterRef(day)
    )
    places = places.filter(Q(ends_on=None) | Q(ends_on__gte=OuterRef(day)))
    return Exists(places.filter(Q(employment__last_day=None) | Q(employment__last_day__gte=OuterRef(day))))


def departments_headed_by(users: Collection[int], day: date) -> set[int]:
    """The departments that the people of these accounts head on the day. No secret: no scope. One query."""
    places = Appointment.objects.on(day).filter(person__user__in=users, role=AppointmentRole.HEAD)
    return set(places.values_list("department", flat=True))


def departments_with_head(day: date) -> set[int]:
    """The departments headed on the day by somebody whose account is open. No secret: no scope. One query."""
    places = Appointment.objects.on(day).filter(role=AppointmentRole.HEAD, person__user__is_active=True)
    return set(places.values_list("department", flat=True))


def heads_on(places: Collection[tuple[int, date]]) -> dict[tuple[int, date], int]:
    """Who headed what: by (department, day), the person. Deputies are none. Who heads what is no secret: no scope. One
    query, none for no PLACES."""
    if not places:
        return {}
    days = {day for _department, day in places}
    rows = Appointment.objects.filter(
        role=AppointmentRole.HEAD, department__in={place for place, _day in places}, starts_on__lte=max(days)
    ).filter(Q(ends_on=None) | Q(ends_on__gte=min(days)))
    stays = list(rows.values_list("department", "person", "starts_on", "ends_on", "employment__last_day"))
    return {
        (place, day): person
        for place, day in places
        for department, person, starts_on, ends_on, left_on in stays
        if department == place and starts_on <= day <= min(end for end in (ends_on, left_on, day) if end is not None)
    }


def last_places(department_ids: Any, first: date, last: date) -> AppointmentQuerySet:
    """The main appointments in these departments that are their person's last one between the two days, with person and
    department. Whoever asks has made sure that they may know of these people."""
    mains = Appointment.objects.main()
    later = mains.filter(person=OuterRef("person"), starts_on__gt=OuterRef("starts_on"), starts_on__lte=last)
    found = mains.filter(department__in=department_ids, starts_on__lte=last)
    found = found.filter(Q(ends_on=None) | Q(ends_on__gte=first)).filter(~Exists(later))
    return found.select_related("person", "department").order_by("department__name", "person__name", "pk")
