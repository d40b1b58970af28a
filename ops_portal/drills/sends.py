"""R10: one key many times at once; the same form twice; two people doing the same thing in the same moment."""

import itertools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.services import create_account, issue_key
from apps.approvals.choices import Ask, CaseKind
from apps.approvals.models import Step
from apps.approvals.services import AskFor, open_case
from apps.core import clock
from apps.core.month import Month
from apps.departments.models import Department, DepartmentVersion
from apps.departments.services import create_department
from apps.jobs.models import IdempotencyKey
from apps.kpis.models import Kpi, KpiValue
from apps.kpis.services import Definition, Identity, define_kpi
from apps.periods.models import CalendarDay
from apps.periods.services import open_periods
from apps.staff.models import HeadcountPlan, Movement, Person, Position
from apps.staff.services import Place, hire_person, link_account
from ops_portal.drills import DrillReport
from ops_portal.drills.lab import LAB, until
from ops_portal.drills.senders import Send, Sender, Twice, at_once, browser_of, words_of
from ops_portal.drills.static_names import name_plainly
from ops_portal.drills.unguarded import sends as unguarded
from ops_portal.launch.processes import answers
from ops_portal.launch.system import free_port

ABOUT = (
    "R10: one Idempotency-Key many times at once, double clicks, two people at once: one row, one answer, one winner."
)
PROTECTIONS = {
    "key_lock": "the lock of a key while its first request is worked on",
    "answers": "the answers kept under their keys",
    "digest": "the comparison of what is sent under a key",
    "words": "the database's refusals in words",
    "tree_lock": "the lock of the tree, by which its changes happen one after the other",
    "case_lock": "the locks of a case and its step while somebody rules on it",
    "kpi_lock": "the lock of a KPI while somebody compares what was typed with what stands there",
}
ROUNDS = 10
AT_ONCE = 50
READY_SECONDS = 60
START = date(2026, 1, 1)
DEPARTMENTS, VALUES = "/api/v1/departments/", "/api/v1/kpi-values/"
TREE, REPORTING = ("departments.view", "departments.manage"), ("kpis.view", "kpis.record")
numbers = itertools.count(1)


class Company:
    """Who sends, and what they find: two of HR, two deciders, an administrator, a system with a key, a department."""

    def __init__(self, address: str) -> None:
        self.now = clock.now()
        self.people = {
            name: account(name, role)
            for name, role in (
                ("hr", "hr"), ("other_hr", "hr"), ("coo", "coo"), ("other_coo", "coo"), ("manager", "manager"),
                ("administrator", "administrator"), ("head", "manager"), ("deputy", "manager"),
            )
        }  # fmt: skip
        self.browsers = {name: browser_of(user, address) for name, user in self.people.items()}
        self.top = create_department(
            code="TOP", name="Company", parent=None, on=START, by=self.people["hr"], now=self.now
        )
        open_periods(now=self.now)
        for name, role in (("head", "head"), ("deputy", "deputy_head")):
            self.lead(name, role)
        self.system = Sender(address, {"Authorization": f"Bearer {key_of(self.people['hr'], *TREE)}"})
        self.reporter = Sender(address, {"Authorization": f"Bearer {key_of(self.people['head'], *REPORTING)}"})

    def lead(self, name: str, role: str) -> None:
        """Let one of the people lead the company, as head or deputy."""
        place, number = Place(department=self.top, role=role), f"L{next(numbers)}"
        person = hire_person(number=number, name=name.title(), place=place, hired_on=START, by=None, now=self.now)
        link_account(person=person, user=self.people[name], by=None)

    def form(self, who: str, path: str, **values: Any) -> Send:
        """A sending that can be repeated."""
        return lambda: self.browsers[who].send_form(path, **values)

    def twice(self, who: Sequence[str], path: str, **values: Any) -> list[Send]:
        """The same form by one person in two clicks, or by two people."""
        return [self.form(name, path, **values) for name in who]


def account(name: str, role: str) -> User:
    """Somebody with this role."""
    return create_account(
        email=f"{name}-{next(numbers)}@drill.test", name=name.title(), roles=[role], by=None, now=clock.now()
    )


def key_of(user: User, *scopes: str) -> str:
    """A key that may do this."""
    now = clock.now()
    expires = now + timedelta(days=1)
    _key, text = issue_key(
        name="drill", scopes=list(scopes), expires_at=expires, allowed_networks=[], owner=user, by=user, now=now
    )
    return text


def hiring(company: Company, *who: str) -> Twice:
    """The same staff number hired twice."""
    number = f"P{next(numbers)}"
    values = {
        "number": number, "name": "Ada Sample", "department": company.top.pk, "role": "member", "share": 100,
        "hired_on": clock.today(), "contract": "permanent",
    }  # fmt: skip
    sends = company.twice(who, reverse("staff:hire"), **values)
    return Twice("hire", "staff_person", sends, "number", lambda: Person.objects.filter(number=number).count())


def leaving(company: Company, *who: str) -> Twice:
    """The same person leaves twice."""
    place, day = Place(department=company.top), clock.today()
    person = hire_person(
        number=f"P{next(numbers)}", name="Leaver", place=place, hired_on=START, by=None, now=company.now
    )
    sends = company.twice(who, reverse("staff:leave", args=[person.pk]), last_day=day, leave_kind="voluntary")
    rows = Movement.objects.filter(person=person, kind="leave")
    return Twice("leave", "staff_employment", sends, "leaves", rows.count)


def naming_position(company: Company, *who: str) -> Twice:
    """The same position named twice."""
    code = f"POS{next(numbers)}"
    sends = company.twice(who, reverse("staff:create_position"), code=code, title="Fitter")
    return Twice(
        "position", "staff_position", sends, "Enter another", lambda: Position.objects.filter(code=code).count()
    )


def planning(company: Company, *who: str) -> Twice:
    """The same cell of the headcount plan filled twice."""
    made = new_department(company)
    month = f"{clock.today():%Y-%m}"
    sends = company.twice(who, reverse("staff:plan"), **{f"cell-{made.pk}-{month}": 7, f"was-{made.pk}-{month}": ""})
    rows = HeadcountPlan.objects.filter(department=made)
    return Twice("headcount plan", "staff_headcountplan", sends, "a moment ago", rows.count, is_repeatable=True)


def opening(company: Company, *who: str) -> Twice:
    """The same department opened twice."""
    code = f"D{next(numbers)}"
    values = {"code": code, "name": "New", "parent": company.top.pk, "on": clock.today(), "confirm": 1}
    sends = company.twice(who, reverse("departments:create"), **values)
    rows = Department.objects.filter(code=code)
    return Twice("open a department", "departments_department", sends, "Choose another one", rows.count)


def closing(company: Company, *who: str) -> Twice:
    """The same department closed twice, from different days."""
    made = new_department(company)
    path, seen = reverse("departments:close", args=[made.pk]), made.updated_at.isoformat()
    days = [clock.today() + timedelta(days=10 + number) for number in range(len(who))]
    sends = [
        company.form(name, path, on=day, reason="No longer needed", seen=seen, confirm=1)
        for name, day in zip(who, days, strict=True)
    ]
    rows = DepartmentVersion.objects.filter(department=made, valid__endswith__in=days)
    return Twice("close a department", "departments_departmentversion", sends, "Look at it again", rows.count)


def declaring(company: Company, *who: str) -> Twice:
    """The same holiday declared twice."""
    # A Monday of a year of its own, which no calendar of ours calls free.
    day = date(2031, 1, 6) + timedelta(weeks=next(numbers))
    sends = company.twice(who, reverse("periods:declare_days"), kind="holiday", first_day=day, name="Founders' day")
    rows = CalendarDay.objects.filter(day=day)
    return Twice("declare a holiday", "periods_calendarday", sends, "already declared", rows.count)


def ruling(company: Company, *who: str) -> Twice:
    """The same case ruled on twice: the first approves, the second vetoes."""
    case = open_case(
        kind=CaseKind.REQUEST, title=f"Case {next(numbers)}", subject_ref=f"drill/{next(numbers)}",
        brief={"summary": "Two more people for the night shift."}, steps=[AskFor(Ask.DECIDE, role="coo")],
        submitted_by=company.people["manager"], now=company.now,
    )  # fmt: skip
    step = case.steps.get()
    path = reverse("approvals:rule", args=[case.pk, step.pk])
    verdicts = itertools.cycle(("approve", "veto"))
    sends = [
        company.form(name, path, ruling=verdict, reason="As discussed", version=case.version)
        for name, verdict in zip(who, verdicts, strict=False)
    ]
    rows = Step.objects.filter(case=case, decided_at__isnull=False)
    return Twice("rule on a case", "approvals_step", sends, "was faster", rows.count)


def reporting(company: Company, *who: str) -> Twice:
    """The same month of a KPI reported twice: the same value by two clicks of one person, other values by two people."""
    kpi, month = new_kpi(company), Month.of(clock.today())
    path = f"{reverse('kpis:entry')}?department={company.top.pk}&month={month}&all=1"
    is_same = len(set(who)) == 1
    sends = [
        company.form(name, path, **{f"value-{kpi.pk}": 5 if is_same else 5 + place}) for place, name in enumerate(who)
    ]
    late = company.form(who[0], path, **{f"value-{kpi.pk}": 99})
    rows = KpiValue.objects.filter(series__kpi=kpi)
    told = "Somebody else entered another value meanwhile"
    return Twice("report a month", "kpis_kpivalue", sends, told, rows.count, is_same=is_same, late=late)


def new_kpi(company: Company) -> Kpi:
    """A KPI of its own for one try."""
    identity = Identity(department=company.top, code=f"K{next(numbers)}")
    return define_kpi(
        identity=identity, definition=Definition(name="Sold", direction="higher"), by=None, now=company.now
    )


def new_department(company: Company) -> Department:
    """A department of its own for one try."""
    return create_department(
        code=f"D{next(numbers)}", name="Part", parent=company.top, on=START, by=None, now=company.now
    )


CLICKED_TWICE = {
    "hr": (hiring, leaving, naming_position, planning, opening, closing),
    "administrator": (declaring,),
    "coo": (ruling,),
    "head": (reporting,),
}
BY_TWO = {
    ("hr", "other_hr"): (hiring, leaving, naming_position, planning, opening, closing),
    ("coo", "other_coo"): (ruling,),
    ("head", "deputy"): (reporting,),
}


def tries(company: Company) -> list[Twice]:
    """Everything that is sent twice: by one person in two clicks, and by two people."""
    clicked = [make(company, who, who) for who, makers in CLICKED_TWICE.items() for make in makers]
    return clicked + [make(company, *who) for who, makers in BY_TWO.items() for make in makers]


@dataclass(frozen=True, slots=True)
class Keyed:
    """What is sent under a key: where to, as what, what else is not the same, and how many rows it left."""

    title: str
    system: Sender
    path: str
    table: str
    body: dict[str, Any]
    other: dict[str, Any]
    status: int
    rows: Callable[[], int]


def keyed_department(company: Company) -> Keyed:
    """A department opened by a system."""
    body = {"code": f"K{next(numbers)}", "name": "By key", "on": START.isoformat()}
    rows = Department.objects.filter(code=body["code"])
    other = {**body, "name": "Another"}
    return Keyed("a department", company.system, DEPARTMENTS, "departments_department", body, other, 201, rows.count)


def keyed_value(company: Company) -> Keyed:
    """A KPI value reported by a system."""
    kpi = new_kpi(company)
    row = {"kpi": kpi.pk, "department": company.top.pk, "month": str(Month.of(clock.today())), "value": "7.5"}
    body, other = {"rows": [row]}, {"rows": [{**row, "value": "8.5"}]}
    rows = KpiValue.objects.filter(series__kpi=kpi)
    return Keyed("a value", company.reporter, VALUES, "kpis_kpivalue", body, other, 200, rows.count)


def key_faults(sent: Keyed, *, times: int = AT_ONCE) -> list[str]:
    """What is wrong with one key sent TIMES at once, then with another body, then once more."""
    system, path, key = sent.system, sent.path, f"key-{next(numbers)}"
    found = at_once([lambda: system.send_patiently(path, sent.body, key=key) for _ in range(times)], table=sent.table)
    faults = [f"{times} times at once: {words_of(one)}" for one in found if one.status != sent.status][:1]
    # A kept answer has its members in another order, which says nothing in JSON.
    kinds = {json.dumps(answer.body, sort_keys=True) for answer in found}
    if len(found) != times or len(kinds) != 1:
        faults.append(f"{times} times at once: {len(found)} answers of {len(kinds)} kinds")
    rows = sent.rows(), IdempotencyKey.objects.filter(key=key).count()
    if rows != (1, 1):
        faults.append(f"{times} times at once: {rows[0]} rows, {rows[1]} answers kept")
    other = system.send_body(path, sent.other, key=key)
    if other.status != 422 or other.body["error"]["code"] != "idempotency_key_reused":
        faults.append(f"with another body: {words_of(other)}")
    again = system.send_body(path, sent.body, key=key)
    if again.headers.get("idempotent-replay") != "true":
        faults.append(f"in turn: {words_of(again)}")
    return [f"a key for {sent.title}, {fault}" for fault in faults]


KEYED = (keyed_department, keyed_value)


def prepare_process() -> None:
    """The web process of this drill: static files under the names they have in the checkout."""
    name_plainly()


def take_out(name: str) -> None:
    """Take a protection out of this process."""
    unguarded.take_out(name)


def run(*, without: str | None, rounds: int) -> DrillReport:
    """A portal of its own with the usual number of processes and threads; everything ROUNDS times."""
    started = time.monotonic()
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    LAB.start(
        "web", drill="sends", without=without, wait=False, PORTAL_PORT=str(port), PORTAL_API_RATE_PER_MINUTE="1000000"
    )
    if until(answers(f"{address}/ready/"), seconds=READY_SECONDS) is None:
        message = f"The drill's own portal did not answer at {address}."
        raise RuntimeError(message)
    company = Company(address)
    faults: list[str] = []
    count = 0
    for _round in range(rounds):
        faults += [fault for make in KEYED for fault in key_faults(make(company))]
        for one in tries(company):
            faults += one.faults_at_once()
            count += 1
    figures: dict[str, Any] = {
        "keys": rounds * len(KEYED),
        "times_each": AT_ONCE,
        "acts_sent_twice": count,
        "faults": len(faults),
        "first_faults": list(dict.fromkeys(faults))[:6] or "none",
    }
    return DrillReport(passed=not faults, figures=figures, seconds=time.monotonic() - started)
