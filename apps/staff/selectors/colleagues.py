"""Who works beside whom. For checks of who may judge what, not for pages: no scope."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from apps.staff.models import LEADING_ROLES, Appointment


@dataclass(frozen=True, slots=True)
class Seat:
    """A place of an account's person in a department, from a day to a day (None: it goes on)."""

    department: int
    starts_on: date
    ends_on: date | None
    is_leading: bool
    """As head or deputy."""

    def touches(self, first: date, last: date) -> bool:
        """Whether it covers some day from FIRST to LAST."""
        return self.starts_on <= last and (self.ends_on is None or self.ends_on >= first)


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


def seats_of_accounts(users: Collection[int]) -> dict[int, list[Seat]]:
    """Account → every place its person ever had or will have. One query."""
    rows = Appointment.objects.filter(person__user__in=users).order_by("starts_on", "pk")
    found: dict[int, list[Seat]] = {}
    for user, department, starts_on, ends_on, role in rows.values_list(
        "person__user", "department", "starts_on", "ends_on", "role"
    ):
        if user is not None:
            found.setdefault(user, []).append(Seat(department, starts_on, ends_on, is_leading=role in LEADING_ROLES))
    return found


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
