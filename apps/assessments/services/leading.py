"""Whose line a department is: who decides on their own line is decided on by somebody else (DOMAIN.md section 11, 10)."""

from collections.abc import Iterable
from datetime import date

from apps.accounts.choices import Role
from apps.approvals.choices import Ask
from apps.approvals.services import AskFor
from apps.staff.choices import AppointmentRole
from apps.staff.selectors import leaders_of


def own_line_of(departments: Iterable[int], *, day: date, role: str = Role.COO) -> list[int]:
    """Those of DEPARTMENTS that somebody with the ROLE heads on the day. One query."""
    heads = leaders_of(departments, day).filter(
        role=AppointmentRole.HEAD, person__user__is_active=True, person__user__role_grants__role=role
    )
    return sorted(set(heads.values_list("department", flat=True)))


def deciders_on(departments: Iterable[int], *, day: date, working_days: int) -> list[AskFor]:
    """Who decides on what assesses DEPARTMENTS: the COO; then the GM, when the COO heads one of them on the day."""
    steps = [AskFor(ask=Ask.DECIDE, role=Role.COO, working_days=working_days, climb_role=Role.GM)]
    if own_line_of(departments, day=day):
        steps.append(AskFor(ask=Ask.DECIDE, role=Role.GM, working_days=working_days))
    return steps
