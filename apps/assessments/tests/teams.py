"""A company whose rules score people: who leads whom, and what each of them is given for May."""

from datetime import date
from decimal import Decimal

from apps.accounts.tests.factories import UserFactory
from apps.assessments.services import PointsFor, appraise_people
from apps.assessments.tests.factories import NOW, STAFF_RULES, approved, draft, for_people, published
from apps.core.month import Month
from apps.staff.selectors import own_person, scope_of
from apps.staff.tests.factories import PersonFactory

MAY = Month(2026, 5)
TODAY = date(2026, 6, 15)


def team_of(firm, *, staff=STAFF_RULES):
    """Ned heads North, with Nora and Dora, his deputy; Sam is in South, which nobody heads but Mia above it; Will is in the
    works of the COO."""
    scheme = for_people(draft(by=firm.hr, departments=firm.assessed, lines=firm.lines), staff=staff)
    approved(scheme, by=firm.hr, deciders=[firm.coo, firm.gm])
    firm.ned = UserFactory(roles=["manager"], name="Ned North")
    firm.head = PersonFactory(name="Ned North", number="N0", department=firm.north, role="head", user=firm.ned)
    firm.dora = PersonFactory(name="Dora Deputy", number="N2", department=firm.north, role="deputy_head")
    firm.sam = PersonFactory(name="Sam South", number="S1", department=firm.south)
    firm.worker = PersonFactory(name="Will Works", number="W1", department=firm.works)
    firm.nora_person = own_person(scope=scope_of(firm.nora, TODAY))
    return firm


def give(user, *rows, month=MAY, now=NOW):
    """USER gives points: (person, points)."""
    given = [PointsFor(person.pk, Decimal(str(points)), "") for person, points in rows]
    return appraise_people(month=month, given=given, scope=scope_of(user, TODAY), by=user, now=now)


def all_given(firm):
    """Everybody has a personal part of May: Nora 60, the others 80."""
    give(firm.ned, (firm.nora_person, 60), (firm.dora, 80))
    give(firm.mia, (firm.sam, 80))
    give(firm.coo, (firm.worker, 80))


def published_may(firm):
    """May with everybody's score."""
    all_given(firm)
    return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
