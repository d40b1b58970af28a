"""When the story is told: the headcount plan, and an account for everybody who is still there."""

from datetime import datetime

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services import create_account
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.staff.services import PlanCell, link_account, plan_headcount
from ops_portal.demo.cast import MEMBER, Cast
from ops_portal.demo.company import UNITS

COMPANY = Scope(user_id=None, reach=Reach.COMPANY, capabilities=frozenset({"staff.plan_headcount"}))
MERGED = frozenset({"SAL-N", "SAL-S"})
OPENED = frozenset({"REG", "DAT"})
GROWTH = {"PRD": 3, "ENG": 2, "SRV": 2, "DAT": 1}
"""What next year's plan adds, from January on."""


def plan_heads(cast: Cast, sizes: dict[str, int], *, first: Month, reorganised_in: Month) -> None:
    """Planned heads for every month from the beginning of the story to the end of next year."""
    at_first = {unit.code: unit.size for unit in UNITS}
    cells = []
    for month in first.until(Month(cast.today.year + 1, 12)):
        is_new = month >= reorganised_in
        for code in cast.departments:
            if code in (MERGED if is_new else OPENED):
                continue
            planned = sizes[code] if is_new else at_first[code]
            planned += GROWTH.get(code, 0) if month.year > cast.today.year else 0
            cells.append(PlanCell(cast.departments[code].pk, month, planned))
    plan_headcount(cells=cells, scope=COMPANY, by=cast.by, reason="Yearly plan")
    cast.counts["plan_cells"] = len(cells)


def give_accounts(cast: Cast, *, now: datetime) -> int:
    """Everybody gets an account; only those of the sign-ins have a password. All are marked as the demo's."""
    known = cast.accounts()
    made = []
    for member in cast.members:
        user = known.get(member.person.email)
        if user is None:
            role = Role.EMPLOYEE if member.role == MEMBER else Role.MANAGER
            user = create_account(email=member.person.email, name=member.person.name, roles=[role], by=None, now=now)
            made.append(user.pk)
        link_account(person=member.person, user=user, by=cast.by)
    User.objects.get_queryset().filter(pk__in=made).update(is_demo=True)
    return len(made) + len(known)
