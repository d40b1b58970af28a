"""From the org chart of today to the rows a person may see."""

from datetime import date
from typing import Any

from django.db import connection

from apps.accounts.rules import COMPANY_WIDE_ROLES
from apps.accounts.selectors import capabilities_for, roles_of
from apps.core.scope import Reach, Scope
from apps.staff.models import LEADING_ROLES

# Every request asks this: one plain statement, where the person and the places by two querysets would cost a tenth of a
# small page.
PLACES = """
SELECT p.id, a.department_id, a.role, a.is_main
FROM staff_person p
LEFT JOIN staff_appointment a
     ON a.person_id = p.id AND a.starts_on <= %(day)s AND (a.ends_on IS NULL OR a.ends_on >= %(day)s)
WHERE p.user_id = %(user)s
"""
NOBODY = Scope(user_id=None, reach=Reach.SELF)


def scope_of(user: Any, today: date) -> Scope:
    """What this account may do and how far it sees today. At most two queries: roles, and the person's places.

    Company-wide roles see all; whoever heads or deputises a department today sees it and everything below; everyone else
    sees their own record. Nobody signed in: nothing.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return NOBODY
    roles = roles_of(user)
    with connection.cursor() as cursor:
        cursor.execute(PLACES, {"user": user.pk, "day": today})
        rows = cursor.fetchall()
    led = tuple(sorted(department for _person, department, role, _is_main in rows if role in LEADING_ROLES))
    return Scope(
        user_id=user.pk,
        reach=reach_of(roles, led),
        capabilities=capabilities_for(user),
        person_id=rows[0][0] if rows else None,
        department_ids=led,
        home_department_id=next((department for _person, department, _role, is_main in rows if is_main), None),
    )


def reach_of(roles: frozenset[str], led: tuple[int, ...]) -> Reach:
    """The widest of what the roles and the appointments give."""
    if roles & COMPANY_WIDE_ROLES:
        return Reach.COMPANY
    return Reach.DEPARTMENTS if led else Reach.SELF
