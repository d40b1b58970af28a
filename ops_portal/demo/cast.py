"""The people of the story while it is told: who is where, what may happen to whom, and the services that make it so."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from random import Random

from django.conf import settings

from apps.accounts.models import User
from apps.accounts.selectors import account_for
from apps.departments.models import Department
from apps.staff.choices import AppointmentRole, ContractKind, LeaveKind
from apps.staff.models import Appointment, Person, Position
from apps.staff.services import Place, change_appointment, hire_person, leave_person, transfer_person
from ops_portal.demo.company import DOMAIN, FAMILY_NAMES, GIVEN_NAMES
from ops_portal.demo.sign_ins import SIGN_INS, SignIn

HEAD, DEPUTY, MEMBER = AppointmentRole.HEAD, AppointmentRole.DEPUTY_HEAD, AppointmentRole.MEMBER


@dataclass(slots=True)
class Member:
    """Somebody who works in the company at this point of the story."""

    person: Person
    unit: str
    job: str
    role: str
    hired_on: date
    since: date
    """Day of the last thing that happened to them: the next must come later."""
    is_lasting: bool = False
    """Has a sign-in: stays to the end."""
    contract: str = ContractKind.PERMANENT


@dataclass
class Cast:
    """Everybody, and the means to let things happen to them. TODAY: later days are planned, not past."""

    rng: Random
    today: date
    departments: dict[str, Department]
    positions: dict[str, Position]
    by: User | None
    members: list[Member] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    names: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = fresh_names(self.rng)

    def moment(self, day: date) -> datetime:
        """When an act of the day was recorded: that morning, or this one when it lies ahead."""
        return datetime.combine(min(day, self.today), time(10), tzinfo=settings.COMPANY_ZONE)

    def of(self, unit: str) -> list[Member]:
        """The members of a unit."""
        return [member for member in self.members if member.unit == unit]

    def head_of(self, unit: str) -> Member:
        """The head of a unit."""
        return next(member for member in self.of(unit) if member.role == HEAD)

    def hire(self, unit: str, job: str, on: date, *, role: str = MEMBER, known: SignIn | None = None) -> Member:
        """Somebody new, or the person of a sign-in."""
        self.counts["hired"] += 1
        name = known.name if known else next(self.names)
        email = known.email if known else address_of(name)
        trial = ContractKind.FIXED_TERM if self.rng.random() < 0.12 and role == MEMBER else ContractKind.PERMANENT
        contract = ContractKind.PERMANENT if known else trial
        person = hire_person(
            number=f"B{1000 + self.counts['hired']}",
            name=name,
            email=email,
            place=Place(self.departments[unit], role=role, position=self.positions[job]),
            hired_on=on,
            contract=contract,
            by=self.by,
            now=self.moment(on),
        )
        member = Member(person, unit, job, role, on, on, known is not None, contract)
        self.members.append(member)
        return member

    def leave(self, member: Member, last_day: date, kind: str, reason: str = "") -> None:
        """Somebody goes."""
        leave_person(
            person=member.person,
            last_day=last_day,
            leave_kind=kind,
            reason=reason,
            by=self.by,
            now=self.moment(last_day),
        )
        self.members.remove(member)
        self.counts["left"] += 1

    def transfer(self, member: Member, unit: str, job: str, on: date, *, role: str = MEMBER, reason: str = "") -> None:
        """Somebody goes to another department."""
        place = Place(self.departments[unit], role=role, position=self.positions[job])
        transfer_person(person=member.person, place=place, on=on, reason=reason, by=self.by, now=self.moment(on))
        member.unit, member.job, member.role, member.since = unit, job, role, on
        self.counts["transferred"] += 1

    def promote(self, member: Member, job: str, on: date, reason: str) -> None:
        """Somebody becomes head of the department they are in."""
        main = Appointment.objects.filter(person=member.person, is_main=True).order_by("-starts_on").first()
        if main is None:
            raise ValueError(member)
        place = Place(self.departments[member.unit], role=HEAD, position=self.positions[job])
        change_appointment(appointment=main, place=place, on=on, reason=reason, by=self.by, now=self.moment(on))
        member.role, member.job, member.since = HEAD, job, on
        self.counts["promoted"] += 1

    def leave_kind(self, member: Member, day: date) -> str:
        """How somebody of this standing would go."""
        years = (day - member.hired_on).days / 365
        if member.contract == ContractKind.FIXED_TERM:
            return LeaveKind.CONTRACT_END
        weights = (66, 14, 30 if years > 10 else 0, 6)
        kinds = (LeaveKind.VOLUNTARY, LeaveKind.INVOLUNTARY, LeaveKind.RETIREMENT, LeaveKind.OTHER)
        return self.rng.choices(kinds, weights)[0]

    def accounts(self) -> dict[str, User]:
        """The accounts of the sign-ins, by e-mail."""
        found = {known.email: account_for(email=known.email) for known in SIGN_INS}
        return {email: user for email, user in found.items() if user is not None}


def fresh_names(rng: Random) -> Iterator[str]:
    """Names nobody bears yet, without end."""
    used = {known.name for known in SIGN_INS}
    while True:
        name = f"{rng.choice(GIVEN_NAMES)} {rng.choice(FAMILY_NAMES)}"
        if name not in used:
            used.add(name)
            yield name


def address_of(name: str) -> str:
    """The mail address of a name, at a domain that cannot exist."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{'.'.join(plain.lower().split())}@{DOMAIN}"
