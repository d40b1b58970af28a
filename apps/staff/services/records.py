"""Load what is known of people as plain facts, under a lock when something is about to be written."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.departments.models import Department
from apps.departments.selectors import open_department_ids
from apps.staff.choices import AppointmentRole
from apps.staff.models import Appointment, Employment, Person
from apps.staff.rules.acts import PlaceFacts, Record, SpellFacts
from apps.staff.services.refusals import DepartmentClosed, HeadTaken, day_text


def locked_people(people: Iterable[Person]) -> dict[int, Person]:
    """The rows again, locked in one order: two acts on the same person wait for each other."""
    wanted = [person.pk for person in people]
    return {person.pk: person for person in Person.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}


def records_of(person_ids: Iterable[int]) -> dict[int, Record]:
    """Spells and appointments of these people, oldest first. Two queries, however many people."""
    wanted = list(person_ids)
    spells: dict[int, list[SpellFacts]] = defaultdict(list)
    places: dict[int, list[PlaceFacts]] = defaultdict(list)
    for row in Employment.objects.filter(person__in=wanted).order_by("hired_on"):
        spells[row.person_id].append(SpellFacts(row.pk, row.hired_on, row.last_day))
    for place in Appointment.objects.filter(person__in=wanted).order_by("starts_on", "pk"):
        places[place.person_id].append(place_facts(place))
    return {pk: Record(tuple(spells[pk]), tuple(places[pk])) for pk in wanted}


def place_facts(place: Appointment) -> PlaceFacts:
    """An appointment as plain facts."""
    return PlaceFacts(
        pk=place.pk,
        department=place.department_id,
        starts_on=place.starts_on,
        ends_on=place.ends_on,
        is_main=place.is_main,
        share=place.share,
        role=place.role,
    )


def record_of(person: Person) -> Record:
    """What is known of one person."""
    return records_of([person.pk])[person.pk]


def require_open(department: Department, day: date, *, field: str = "department") -> None:
    """Refuse a department that does not exist on the day."""
    if department.pk not in open_department_ids([department.pk], day):
        message = _(
            "%(department)s is not open on %(day)s. Choose a department that exists on that day, or another day."
        )
        raise DepartmentClosed(message % {"department": department, "day": day_text(day)}, field=field)


def require_free_head(
    department: Department, *, role: str, starts_on: date, ends_on: date | None, but: int | None = None
) -> None:
    """Refuse a second head on any of the days, naming the first."""
    if role != AppointmentRole.HEAD:
        return
    heads = Appointment.objects.filter(department=department, role=AppointmentRole.HEAD)
    heads = heads.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
    if ends_on is not None:
        heads = heads.filter(starts_on__lte=ends_on)
    if but is not None:
        heads = heads.exclude(pk=but)
    head = heads.select_related("person").order_by("starts_on").first()
    if head is not None:
        message = _("%(person)s heads %(department)s from %(start)s to %(end)s. End that appointment first.")
        words: dict[str, object] = {"person": head.person, "department": department}
        words |= {"start": day_text(head.starts_on), "end": day_text(head.ends_on)}
        raise HeadTaken(message % words, field="role")
