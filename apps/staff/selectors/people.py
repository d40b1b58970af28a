"""People, their places and their movements, as far as the scope reaches."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Count, Exists, F, Func, OuterRef, Prefetch, Q, QuerySet, Value
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import accounts
from apps.core.clock import today
from apps.core.errors import NotFound
from apps.core.scope import Reach, Scope
from apps.departments.selectors import visible_departments
from apps.staff.choices import PersonState
from apps.staff.models import Appointment, AppointmentQuerySet, Employment, HeadcountPlan, Movement, Person, Position

SPELLS = "spells"
PLACES = "places"


def reach_for(scope: Scope, capability: str) -> Reach:
    """How far the scope reaches for what this capability opens; without it only oneself, whatever else one may see."""
    return scope.reach if scope.may(capability) else Reach.SELF


def visible_people(scope: Scope, *, department_ids: Iterable[int] | None = None, state: str = "") -> QuerySet[Person]:
    """People this scope reaches by the org chart of today: those appointed in the departments led and below (those who
    left: in their last department, those to come: in their first), or only oneself.

    DEPARTMENT_IDS narrows to those who belong to one of these, STATE to those who stand so today. Reach, departments and
    state are one question: people who are employed are those an appointment of today covers, which spares looking up the
    spell of everybody who ever belonged there.
    """
    reach, day = reach_for(scope, "staff.view"), today()
    people = Person.objects.all()
    if reach is Reach.SELF:
        people = people.filter(pk=scope.person_id) if scope.person_id else people.none()
    if reach is not Reach.DEPARTMENTS and department_ids is None:
        return in_state(people, state, day)
    is_employed = state == PersonState.EMPLOYED
    places = Appointment.objects.on(day) if is_employed else Appointment.objects.belonging_on(day)
    besides = 0
    if reach is Reach.DEPARTMENTS:
        places = places.filter(department__in=visible_departments(scope).values("pk"))
        besides = scope.person_id or 0
    if department_ids is not None:
        places, besides = places.filter(department__in=department_ids), 0
    people = people.filter(among_people_of(places, besides=0 if is_employed else besides))
    return people if is_employed else in_state(people, state, day)


class Among(Func):
    """left = ANY (array)"""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY ("
    output_field = BooleanField()


def among_people_of(places: QuerySet[Appointment], *, besides: int = 0) -> Among:
    """Whether a person has one of these appointments; they are gathered once before the rows of people are read.

    An IN would let the planner walk all people by name and look each of them up, which for a small or empty department
    among many people takes a thousand times longer than gathering its few.
    """
    gathered: Any = ArraySubquery(places.order_by().values("person"))
    return Among(F("pk"), Func(gathered, Value(besides), function="array_append"))


def with_places(people: QuerySet[Person]) -> QuerySet[Person]:
    """The same people with their spells and appointments at hand (two more queries for any number of rows)."""
    places = Appointment.objects.select_related("department", "position").order_by("-starts_on", "-is_main", "pk")
    return people.prefetch_related(
        Prefetch("employments", Employment.objects.order_by("-hired_on"), to_attr=SPELLS),
        Prefetch("appointments", places, to_attr=PLACES),
    )


def person_for(*, scope: Scope, pk: int) -> Person:
    """One person with places; outside the scope is the same as not there."""
    person = with_places(visible_people(scope)).select_related("user").filter(pk=pk).first()
    if person is None:
        raise NotFound(_("There is no such person, or they are outside what you may see."))
    return person


def own_person(*, scope: Scope) -> Person | None:
    """The person behind the account, if there is one."""
    return with_places(Person.objects.filter(pk=scope.person_id)).first() if scope.person_id else None


def place_of(person: Person, day: date) -> Appointment | None:
    """Where a person from `with_places` is counted on the day: the main appointment then, else the last before it, else
    the first to come."""
    mains = [place for place in getattr(person, PLACES) if place.is_main]
    begun = [place for place in mains if place.starts_on <= day]
    return begun[0] if begun else mains[-1] if mains else None


def spell_of(person: Person, day: date) -> Employment | None:
    """The spell of a person from `with_places` on the day, else the last before it, else the first to come."""
    spells: list[Employment] = getattr(person, SPELLS)
    begun = [spell for spell in spells if spell.hired_on <= day]
    return begun[0] if begun else spells[-1] if spells else None


def state_of(person: Person, day: date) -> PersonState:
    """Where a person from `with_places` stands on the day."""
    spell = spell_of(person, day)
    if spell is None or (spell.last_day is not None and spell.last_day < day):
        return PersonState.LEFT
    if spell.hired_on > day:
        return PersonState.COMING
    return PersonState.LEAVING if spell.last_day is not None else PersonState.EMPLOYED


def in_state(people: QuerySet[Person], state: str, day: date) -> QuerySet[Person]:
    """People who stand so on the day, all of them for no state; `employed` takes along who is leaving but still here."""
    if not state:
        return people
    spells = Employment.objects.filter(person=OuterRef("pk"))
    here = spells.on(day)
    match state:
        case PersonState.EMPLOYED:
            return people.filter(Exists(here))
        case PersonState.LEAVING:
            return people.filter(Exists(here.exclude(last_day=None)))
        case PersonState.COMING:
            return people.filter(~Exists(here), Exists(spells.filter(hired_on__gt=day)))
        case _:
            return people.filter(~Exists(spells.filter(Q(last_day=None) | Q(last_day__gte=day))))


def search_people(*, scope: Scope, text: str, limit: int = 10) -> list[Person]:
    """People in the scope whose name, number or e-mail holds every word, with places."""
    people = visible_people(scope)
    for word in text.split()[:5]:
        people = naming(people, word)
    return list(with_places(people.order_by("name", "pk"))[:limit])


def visible_movements(scope: Scope) -> QuerySet[Movement]:
    """Movements into, out of or between the departments of the scope; or only one's own."""
    movements = Movement.objects.select_related("person", "from_department", "to_department", "recorded_by")
    match reach_for(scope, "staff.view_movements"):
        case Reach.COMPANY:
            return movements
        case Reach.DEPARTMENTS:
            mine = visible_departments(scope).values("pk")
            return movements.filter(Q(from_department__in=mine) | Q(to_department__in=mine))
        case _:
            return movements.filter(person=scope.person_id) if scope.person_id else movements.none()


def movement_for(*, scope: Scope, pk: int) -> Movement:
    """One movement; outside the scope is the same as not there."""
    movement = visible_movements(scope).filter(pk=pk).first()
    if movement is None:
        raise NotFound(_("There is no such movement, or it is outside what you may see."))
    return movement


def visible_appointments(scope: Scope) -> AppointmentQuerySet:
    """Appointments in the departments of the scope; or only one's own."""
    places = Appointment.objects.select_related("person", "department", "position")
    match reach_for(scope, "staff.view"):
        case Reach.COMPANY:
            return places
        case Reach.DEPARTMENTS:
            mine = visible_departments(scope).values("pk")
            return places.filter(Q(department__in=mine) | Q(person=scope.person_id))
        case _:
            return places.filter(person=scope.person_id) if scope.person_id else places.none()


def appointment_for(*, scope: Scope, pk: int) -> Appointment:
    """One appointment; outside the scope is the same as not there."""
    place = visible_appointments(scope).filter(pk=pk).first()
    if place is None:
        raise NotFound(_("There is no such appointment, or it is outside what you may see."))
    return place


def visible_employments(scope: Scope) -> QuerySet[Employment]:
    """Spells of the people in the scope."""
    return Employment.objects.select_related("person").filter(person__in=visible_people(scope).values("pk"))


def leaders_of(department_ids: Any, day: date) -> QuerySet[Appointment]:
    """Who heads or deputises these departments on the day, heads first. Who leads is no secret: no scope."""
    places = Appointment.objects.on(day).leading().filter(department__in=department_ids)
    return places.select_related("person", "department").order_by("department_id", F("role").desc(), "person__name")


def departments_of(user: User, *, first: date, last: date) -> frozenset[int]:
    """Departments in which the account's person has a place on some day from FIRST to LAST, as whatever. One query."""
    places = Appointment.objects.filter(person__user=user, starts_on__lte=last)
    found = places.filter(Q(ends_on=None) | Q(ends_on__gte=first))
    return frozenset(found.values_list("department", flat=True))


def public_positions() -> QuerySet[Position]:
    """All positions: the company's job names are no secret."""
    return Position.objects.all()


def free_accounts(person: Person) -> QuerySet[User]:
    """Open accounts of people that nobody else is linked to."""
    return accounts().filter(Q(person=None) | Q(person=person), is_active=True, is_system=False).order_by("name", "pk")


def in_role(people: QuerySet[Person], role: str, day: date) -> QuerySet[Person]:
    """People who have this role anywhere on the day."""
    return people.filter(Exists(Appointment.objects.on(day).filter(person=OuterRef("pk"), role=role)))


def movements_of(person: Person) -> QuerySet[Movement]:
    """Everything that happened to a person from `person_for`, the latest first."""
    rows = Movement.objects.filter(person=person).select_related("from_department", "to_department", "recorded_by")
    return rows.order_by("-on", "-pk")


def touching_departments(movements: QuerySet[Movement], department_ids: Any) -> QuerySet[Movement]:
    """Movements into, out of or within these departments."""
    return movements.filter(Q(from_department__in=department_ids) | Q(to_department__in=department_ids))


def held_positions(scope: Scope) -> QuerySet[Position]:
    """All positions, with how many people in the scope hold each today."""
    held = Q(appointments__in=visible_appointments(scope).on(today()))
    return Position.objects.annotate(holders=Count("appointments__person", filter=held, distinct=True))


def naming(people: QuerySet[Person], word: str) -> QuerySet[Person]:
    """People whose name or number holds the word, or whose e-mail begins with it."""
    return people.filter(Q(name__icontains=word) | Q(number__icontains=word) | Q(email__istartswith=word))


def visible_plans(scope: Scope) -> QuerySet[HeadcountPlan]:
    """Planned heads of the departments in the scope."""
    plans = HeadcountPlan.objects.select_related("department")
    return plans if scope.is_company else plans.filter(department__in=visible_departments(scope).values("pk"))


def leavers_with_open_account(day: date) -> QuerySet[Person]:
    """People with an open account who are employed neither on the day nor later, and were once."""
    spells = Employment.objects.filter(person=OuterRef("pk"))
    known = Person.objects.filter(user__is_active=True).select_related("user")
    return known.filter(Exists(spells), ~Exists(spells.filter(Q(last_day=None) | Q(last_day__gte=day)))).order_by("pk")


def people_named(ids: Iterable[int]) -> dict[int, str]:
    """Names of these people by key, for messages; those that are not there are left out. Takes no scope. One query."""
    return dict(Person.objects.filter(pk__in=set(ids)).order_by("name", "pk").values_list("pk", "name"))


class Stay(NamedTuple):
    """Days in a month somebody was counted in a department."""

    person: int
    department: int
    role: str
    days: int


def stays_within(first: date, last: date, people: Iterable[int] | None = None) -> list[Stay]:
    """Main places of these PEOPLE (None: of everybody) from FIRST to LAST, in the order of person and time; days of both
    ends count. One query.

    For jobs that go over the whole company: it takes no scope, and pages must not call it.
    """
    places = Appointment.objects.main()
    rows = (
        (places if people is None else places.filter(person__in=list(people)))
        .filter(starts_on__lte=last, employment__hired_on__lte=last)
        .filter(Q(ends_on=None) | Q(ends_on__gte=first))
        .filter(Q(employment__last_day=None) | Q(employment__last_day__gte=first))
        .order_by("person", "starts_on")
        .values_list("person", "department", "role", "starts_on", "ends_on", "employment__last_day")
    )
    found = []
    for person, department, role, starts_on, ends_on, left_on in rows:
        end = min(day for day in (ends_on, left_on, last) if day is not None)
        days = (end - max(starts_on, first)).days + 1
        if days > 0:
            found.append(Stay(person, department, role, days))
    return found
