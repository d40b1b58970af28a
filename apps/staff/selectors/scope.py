"""From the org chart of today to the rows a person may see."""

from datetime import date
from typing import Any

from apps.accounts.rules import COMPANY_WIDE_ROLES
from apps.accounts.selectors import capabilities_for, roles_of
from apps.core.scope import Reach, Scope
from apps.staff.models import LEADING_ROLES, Appointment, Person

NOBODY = Scope(user_id=None, reach=Reach.SELF)


def scope_of(user: Any, today: date) -> Scope:
    """What this account may do and how far it sees today. At most three queries: roles, person, appointments.

    Company-wide roles see all; whoever heads or deputises a department today sees it and everything below; everyone else
    sees their own record. Nobody signed in: nothing.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return NOBODY
    roles = roles_of(user)
    person_id = Person.objects.filter(user=user).values_list("pk", flat=True).first()
    led: tuple[int, ...] = ()
    home = None
    if person_id is not None:
        places = Appointment.objects.filter(person=person_id).on(today)
        rows = list(places.values_list("department", "role", "is_main"))
        led = tuple(sorted(department for department, role, _is_main in rows if role in LEADING_ROLES))
        home = next((department for department, _role, is_main in rows if is_main), None)
    return Scope(
        user_id=user.pk,
        reach=reach_of(roles, led),
        capabilities=capabilities_for(user),
        person_id=person_id,
        department_ids=led,
        home_department_id=home,
    )


def reach_of(roles: frozenset[str], led: tuple[int, ...]) -> Reach:
    """The widest of what the roles and the appointments give."""
    if roles & COMPANY_WIDE_ROLES:
        return Reach.COMPANY
    return Reach.DEPARTMENTS if led else Reach.SELF
