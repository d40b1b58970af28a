"""Whom somebody gives the personal part of a month: the people they lead, and what they gave them so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db.models import Exists, Q, QuerySet, Subquery

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import roles_of
from apps.assessments.choices import AppealState, PersonStatus, RunState
from apps.assessments.models import Appeal, Appraisal, AssessedMonth, PersonScore, Scheme, ScoreRun
from apps.core.clock import today
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import ids_directly_below, nearest_above, visible_departments
from apps.notifications.selectors import covered_by
from apps.staff.choices import AppointmentRole
from apps.staff.models import Appointment, Person
from apps.staff.selectors import departments_headed_by, departments_with_head, headed_departments, last_places

RATE = "assessments.rate"
HANDED_IN = frozenset({RunState.UNDER_REVIEW, RunState.APPROVED})


@dataclass(frozen=True, slots=True)
class Appraisee:
    """Somebody whose personal part the reader gives, with the reader's newest appraisal and that of the month before."""

    person: Person
    department: str
    role: str
    given: Appraisal | None
    former: Decimal | None


def weighing_roles(scheme: Scheme | None) -> frozenset[str]:
    """The roles whose personal part weighs something in a scheme; none where people have no scores."""
    rules = scheme.staff_rules if scheme else {}
    return frozenset(
        role for role in AppointmentRole.values if Decimal(str(rules.get(role, {}).get("personal_weight", 0))) > 0
    )


def scheme_of_people(scope: Scope, month: Month) -> Scheme | None:
    """The approved rules of the month, if they score people; for those who appraise. One query."""
    found = Scheme.objects.on(month.last_day).first() if scope.may(RATE) else None
    return found if weighing_roles(found) else None


def takes_appraisals(place: AssessedMonth | None) -> bool:
    """Whether a month still takes appraisals: its scores are neither handed in nor published."""
    if place is None:
        return True
    is_handed_in = place.draft is not None and place.draft.state in HANDED_IN
    return not is_handed_in and place.published_id is None


def given_anew(month: Month) -> set[int]:
    """People who may be appraised though the month is published: their own score is under review after an appeal, or was
    granted one that still lies in a calculated draft; or a calculated correction waits for their personal part, because they
    had no score before, or in a role without one. Two queries."""
    found = set(appeals_in_hand(month).exclude(person=None).values_list("person", flat=True))
    waiting = PersonScore.objects.filter(
        run__month=month.first_day, run__state=RunState.CALCULATED, run__revises__isnull=False, personal=None
    )
    return found | set(waiting.filter(status=PersonStatus.PENDING).values_list("person", flat=True))


def public_lines_under_appeal(month: Month) -> set[tuple[int, int | None]]:
    """(department, indicator) of the lines of which the same holds: they may be rated anew. The indicator is None where the
    appeal is about the score as a whole. One query."""
    return set(appeals_in_hand(month).filter(person=None).values_list("department", "indicator"))


def appeals_in_hand(month: Month) -> QuerySet[Appeal]:
    """Appeals of the month that are under review, or were granted in a draft that is still calculated."""
    runs = ScoreRun.objects.filter(month=month.first_day)
    published = runs.filter(state=RunState.PUBLISHED).values("version")
    in_a_draft = Q(revision__version__gt=Subquery(published)) & Exists(runs.filter(state=RunState.CALCULATED))
    return Appeal.objects.filter(Q(state=AppealState.REVIEWING) | in_a_draft, run__month=month.first_day)


def month_takes_appraisals(scope: Scope, month: Month) -> bool:
    """Whether the page of a month may be filled in. Two queries."""
    if not scope.may(RATE):
        return False
    place = AssessedMonth.objects.select_related("draft").filter(month=month.first_day).first()
    return takes_appraisals(place) or bool(given_anew(month))


def people_to_appraise(scope: Scope, *, user: User, month: Month) -> list[Appraisee]:
    """The people to whom USER gives the personal part, by department and name; never the user.

    Whoever heads a department today, or stands in for an absent head, gives it to its deputies and members and to everybody
    in the departments directly below; the COO to every head, and to people whose department and the one above it nobody
    heads; the GM to the heads who are the COO. Where people stand is where they were last in the month. Only at or below
    departments the month's scheme assesses, and roles whose personal part weighs. At most fifteen queries.
    """
    scheme = scheme_of_people(scope, month)
    if scheme is None:
        return []
    roles = weighing_roles(scheme)
    found: dict[int, Appointment] = {}
    led = (places_led(scope, user, month), places_of_heads(scope, user, month), places_without_head(scope, user, month))
    for place in chain.from_iterable(led):
        if place.role in roles and place.person_id != scope.person_id and place.person.user_id != user.pk:
            found[place.person_id] = place
    found = at_assessed(found, scheme, month)
    given = newest_given(user, month, found)
    former = newest_given(user, month.plus(-1), found)
    rows = [
        Appraisee(
            person=place.person,
            department=place.department.name,
            role=place.role,
            given=given.get(pk),
            former=former[pk].points if pk in former else None,
        )
        for pk, place in found.items()
    ]
    return sorted(rows, key=lambda row: (row.department, row.person.name, row.person.pk))


def at_assessed(found: dict[int, Appointment], scheme: Scheme, month: Month) -> dict[int, Appointment]:
    """Of these places those at or below a department the scheme assesses: nobody else has a score. Two queries."""
    among = list(scheme.assessed.values_list("department", flat=True)) if found else []
    places = {place.department_id for place in found.values()}
    above = nearest_above(places, among=among, day=month.last_day) if found else {}
    return {pk: place for pk, place in found.items() if place.department_id in above}


def places_led(scope: Scope, user: User, month: Month) -> list[Appointment]:
    """Places in the departments that the reader, or an absent head for whom they stand in, heads today (their heads left
    out) and in those directly below. Five queries."""
    absent = covered_by(user.pk, today())
    own = set(headed_departments(scope.person_id, today()))
    own |= departments_headed_by(absent, today()) if absent else set()
    if not own:
        return []
    wanted = own | ids_directly_below(own, today())
    return [
        place
        for place in last_places(wanted, month.first_day, month.last_day)
        if not (place.role == AppointmentRole.HEAD and place.department_id in own)
    ]


def places_of_heads(scope: Scope, user: User, month: Month) -> Iterable[Appointment]:
    """Heads of departments: all for the COO, those who are the COO for the GM. At most two queries."""
    held = roles_of(user)
    if not held & {Role.COO, Role.GM}:
        return []
    heads: Any = last_places(visible_departments(scope).values("pk"), month.first_day, month.last_day)
    heads = heads.filter(role=AppointmentRole.HEAD)
    if Role.COO in held:
        return list(heads)
    return list(heads.filter(person__user__role_grants__role=Role.COO))


def places_without_head(scope: Scope, user: User, month: Month) -> Iterable[Appointment]:
    """For the COO: places of deputies and members where nobody heads the department or the one directly above it today, so
    that nobody else could give them their part. Three queries."""
    if Role.COO not in roles_of(user):
        return []
    headed = departments_with_head(today())
    headed |= ids_directly_below(headed, today())
    open_places = visible_departments(scope).exclude(pk__in=headed).values("pk")
    return last_places(open_places, month.first_day, month.last_day).exclude(role=AppointmentRole.HEAD)


def newest_given(user: User, month: Month, people: Iterable[int]) -> dict[int, Appraisal]:
    """By person: the newest appraisal USER gave for the month. One query."""
    rows = Appraisal.objects.filter(month=month.first_day, said_by=user, person__in=list(people))
    return {row.person_id: row for row in rows.order_by("person_id", "-version").distinct("person_id")}
