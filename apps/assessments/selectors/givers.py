"""Whose it is to give people the personal part of their score. For notices and for what keeps a month back, not for rights:
who may give it says `appraising.people_to_appraise`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import open_accounts, users_with_capability, users_with_role
from apps.assessments.models import Appeal, Appraisal, PersonScore
from apps.assessments.selectors.appraising import RATE
from apps.departments.selectors import ancestors_of
from apps.notifications.selectors import stand_ins_of
from apps.staff.choices import AppointmentRole
from apps.staff.selectors import leaders_of

REACH = 2
"""A head gives the personal part in the own department and in those directly below: no further up is asked."""


@dataclass(frozen=True, slots=True)
class PersonPlace:
    """Where somebody stood last in the month, and as what. ACCOUNT: the key of their account, if they have one."""

    person: int
    department: int
    role: str
    account: int | None = None


@dataclass(frozen=True, slots=True)
class Giver:
    """Whose turn it is, and who may do it for them while they are away."""

    user: User
    stand_in: User | None = None


def givers_of(places: Iterable[PersonPlace], day: date) -> dict[int, list[Giver]]:
    """By person: whose turn it is on DAY. The nearest head at or directly above the department, for a head only above; where
    there is none the COO, for the COO the GM. Seven queries, however many people."""
    rows = list(places)
    above = ancestors_of({row.department for row in rows}, day)
    heads = heads_of_departments({pk for line in above.values() for pk in line[:REACH]}, day)
    chiefs = {role: [Giver(user) for user in users_with_role(role).order_by("pk")] for role in (Role.COO, Role.GM)}
    return {row.person: givers_for(row, above.get(row.department, [row.department]), heads, chiefs) for row in rows}


def givers_for(
    row: PersonPlace, line: list[int], heads: Mapping[int, Giver], chiefs: Mapping[Role, list[Giver]]
) -> list[Giver]:
    """The same for one person. LINE: the department and what stands above it."""
    is_head = row.role == AppointmentRole.HEAD
    for department in line[1:REACH] if is_head else line[:REACH]:
        head = heads.get(department)
        if head is not None and head.user.pk != row.account:
            return [head]
    is_coo = any(chief.user.pk == row.account for chief in chiefs[Role.COO])
    return list(chiefs[Role.GM if is_coo else Role.COO])


def heads_of_departments(departments: Iterable[int], day: date) -> dict[int, Giver]:
    """Whoever heads each department on the day and can sign in, with their stand-in of that day. Four queries."""
    rows = leaders_of(list(departments), day).filter(role=AppointmentRole.HEAD).exclude(person__user=None)
    accounts = dict(rows.values_list("department", "person__user"))
    users = open_accounts().in_bulk(set(accounts.values()))
    cover = stand_ins_of(users, day)
    able = users_with_capability(RATE).in_bulk(set(cover.values())) if cover else {}
    return {
        department: Giver(users[pk], able.get(cover.get(pk, 0))) for department, pk in accounts.items() if pk in users
    }


def givers_in_appeal(appeal: Appeal, day: date) -> list[User]:
    """Who can give the personal part of the appealed score anew: whoever gave it and whose turn it is. Nine queries."""
    score = PersonScore.objects.filter(run=appeal.run_id, person=appeal.person_id).select_related("person").first()
    if score is None or not score.personal_weight:
        return []
    kept = [row["appraisal"] for row in score.raters]
    raters = open_accounts().filter(pk__in=Appraisal.objects.filter(pk__in=kept).values("said_by"))
    place = PersonPlace(score.person_id, score.department_id, score.role, score.person.user_id)
    turn = [giver.user for giver in givers_of([place], day)[score.person_id]]
    found = {user.pk: user for user in (*raters, *turn)}
    return [user for pk, user in sorted(found.items()) if pk != score.person.user_id]
