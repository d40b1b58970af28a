"""What opening a receipt takes once a month is published and corrected, with everything beside the hundred points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import transaction
from django.urls import reverse

from apps.accounts.models import User
from apps.assessments import services
from apps.assessments.models import PersonScore
from apps.assessments.services import Limits
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment
from apps.core.clock import now, today
from apps.core.month import Month
from apps.departments.models import Department
from apps.periods.services import open_periods
from apps.staff import services as staff
from apps.staff.choices import AppointmentRole
from apps.staff.selectors import scope_of
from apps.staff.services import Place
from ops_portal.bench.company import Cast, account
from ops_portal.bench.figures import months_back
from ops_portal.bench.pages import counted, open_page, signed_in
from ops_portal.bench.scored_people import STAFF_RULES, write_people
from ops_portal.bench.scores import Size, approve, execute, set_up_months

MOST_QUERIES = 15
SIZES = (Size(10), Size(500))
PEOPLE = 200
ITEMS = ({"code": "idea", "name": "Idea", "points_each": "2", "clause": "Rules, 7"},)


@dataclass(frozen=True, slots=True)
class Opened:
    """Statements that each receipt takes, the second time somebody opens it, in a month of so many departments."""

    departments: int
    queries: dict[str, int]

    def __str__(self) -> str:
        told = ", ".join(f"{name} {count}" for name, count in self.queries.items())
        return f"receipts of {self.departments:,} departments, published and corrected, queries: {told}"

    def broken(self) -> list[str]:
        """The limit, wherever it does not hold, in words."""
        return [
            f"Receipt, {name}: {count} queries are more than {MOST_QUERIES}."
            for name, count in self.queries.items()
            if count > MOST_QUERIES
        ]


def open_receipts(cast: Cast, sizes: Sequence[Size] = SIZES) -> list[Opened]:
    """A month of each size, printed as it comes. Everything is rolled back."""
    open_periods(now=now())
    found = []
    for size in sizes:
        with transaction.atomic():
            found.append(open_so_many(cast, size))
            transaction.set_rollback(True)
        print(found[-1], flush=True)
    return found


def open_so_many(cast: Cast, size: Size) -> Opened:
    """The receipts of one department and of one person of it, each as human resources and as the head above them."""
    month = Month.of(months_back(1)[0])
    limits = Limits(staff_rules=STAFF_RULES, bonus_items=ITEMS, penalty_items=ITEMS, calibration_band=Decimal(5))
    set_up_months(cast, size, [month], mark="R-", limits=limits)
    places = list(Department.objects.filter(code__startswith="R-").order_by("pk"))
    write_people(replace(cast, teams=places), PEOPLE, month)
    # Writing without history checks at once what else waits for the end of the transaction: here that is all of it.
    execute("SET CONSTRAINTS ALL DEFERRED", {})
    # The second one: people are dealt out to departments from there on, so that somebody is in it at any size.
    place = places[1]
    corrected(cast, place, month)
    person = PersonScore.objects.filter(run__state="published", department=place).order_by("person_id")[0].person_id
    paths = {
        "department": reverse("assessments:score", args=[month, place.pk]),
        "person": reverse("assessments:person_score", args=[month, person]),
    }
    users = {"human resources": cast.hr, "head": head_of(cast)}
    return Opened(
        size.departments,
        {f"{what} as {who}": queries_of(user, path) for what, path in paths.items() for who, user in users.items()},
    )


def queries_of(user: User, path: str) -> int:
    """Statements of a page that was opened before."""
    client = signed_in(user)
    return min(counted(lambda: open_page(client, path)) for _number in range(2))


def corrected(cast: Cast, place: Department, month: Month) -> None:
    """A month with a bonus, a deduction and a calibration of PLACE, published, corrected and published once more."""
    for kind in ("bonus", "penalty"):
        event = Event(kind, "idea", month, place, month.first_day.replace(day=20), "File 12")
        made = propose_adjustment(event=event, scope=scope_of(cast.hr, today()), by=cast.hr, now=now())
        confirm_adjustment(adjustment=made, by=cast.coo, now=now())
    services.compute_month(month=month, by=cast.hr, now=now())
    services.calibrate_score(
        month=month, department=place, points=Decimal(1), reason="A flood hit the shop.", by=cast.coo, now=now()
    )
    publish(cast, month)
    services.revise_departments(
        month=month, departments=[place.pk], reason="A figure was wrong.", by=cast.hr, now=now()
    )
    publish(cast, month)


def publish(cast: Cast, month: Month) -> None:
    """Hand in, approve, publish."""
    approve(services.hand_in_month(month=month, by=cast.hr, now=now()), by=cast.coo)
    services.publish_month(month=month, by=cast.hr, now=now())


def head_of(cast: Cast) -> User:
    """Somebody who heads the branch all these departments are in, since today."""
    user = account("Hedda Head", "manager", email="head@bench.example")
    place = Place(cast.branch, role=AppointmentRole.HEAD)
    person = staff.hire_person(number="H1", name=user.name, place=place, hired_on=today(), by=None, now=now())
    staff.link_account(person=person, user=user, by=None)
    return user
