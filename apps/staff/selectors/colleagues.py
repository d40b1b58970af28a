"""Who works beside whom. For checks of who may judge what, not for pages: no scope."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Q

from apps.staff.models import Appointment


def accounts_around(
    *, day: date, departments: Iterable[int] = (), users: Iterable[int] = (), people: Iterable[int] = ()
) -> set[int]:
    """Accounts of everybody appointed on the DAY in one of DEPARTMENTS, or in a department in which one of the accounts
    USERS or of PEOPLE is appointed then. One query."""
    places = Appointment.objects.on(day)
    shared = places.filter(Q(person__user__in=list(users)) | Q(person__in=list(people))).values("department")
    near = places.filter(Q(department__in=list(departments)) | Q(department__in=shared))
    return set(near.exclude(person__user=None).values_list("person__user", flat=True))


def is_leading(*, user: int, departments: Iterable[int], day: date) -> bool:
    """Whether the account is that of somebody who heads or deputises one of DEPARTMENTS on the day. One query."""
    places = Appointment.objects.on(day).leading().filter(department__in=list(departments))
    return places.filter(person__user=user).exists()


def accounts_leading(departments: Iterable[int], day: date) -> set[int]:
    """Accounts of those who head or deputise one of DEPARTMENTS on the day. One query."""
    places = Appointment.objects.on(day).leading().filter(department__in=list(departments))
    return set(places.exclude(person__user=None).values_list("person__user", flat=True))


def places_of_accounts(users: Collection[int], *, first: date, last: date) -> dict[int, set[int]]:
    """Account → departments in which its person has a place on some day from FIRST to LAST, as whatever. One query."""
    places = Appointment.objects.filter(person__user__in=users, starts_on__lte=last)
    found: dict[int, set[int]] = {}
    for user, department in places.filter(Q(ends_on=None) | Q(ends_on__gte=first)).values_list(
        "person__user", "department"
    ):
        if user is not None:
            found.setdefault(user, set()).add(department)
    return found
