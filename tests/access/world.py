"""A small company in which everybody can be asked: somebody in each role, and things in three places.

`own` is the department the manager leads and the employee works in, `below` lies under it, `other` beside it. Names in the
last two carry a mark, so that a page which lets one slip through is found by its text.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from allauth.usersessions.models import UserSession
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.backends.postgresql.psycopg_any import DateRange

from apps.accounts.models import User
from apps.accounts.services import issue_key
from apps.accounts.tests.factories import UserFactory
from apps.approvals.models import Case
from apps.approvals.services import AskFor
from apps.approvals.tests.factories import brief, make_case
from apps.assessments.models import (
    Adjustment,
    Appeal,
    Calibration,
    Entry,
    ImprovementPlan,
    Indicator,
    PayBase,
    PersonScore,
    Rating,
    Rehearsal,
    Reward,
    Scheme,
    Scorecard,
    ScoreRun,
)
from apps.assessments.services import compute_month, draft_scheme, request_rehearsal
from apps.assessments.services.adjusting import Event, propose_adjustment
from apps.assessments.services.entries import enter_facts
from apps.assessments.tests.factories import draft as draft_of
from apps.assessments.tests.factories import for_people, in_force, person_score, published, terms
from apps.core.month import Month
from apps.departments.models import Department
from apps.departments.services import add_alias
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts.models import ForecastIssue, Override, ReportReader, Scenario, SituationReport
from apps.forecasts.services import assemble_report
from apps.forecasts.tests.factories import issue_of, series_of
from apps.imports.models import ImportMapping, ImportRun
from apps.imports.services.uploading import start_import
from apps.jobs.tests.factories import JobRunFactory, OutboxFactory
from apps.kpis.models import Kpi, KpiTarget, KpiValue
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.notifications.models import WebhookDelivery
from apps.notifications.tests.factories import NotificationFactory, StandInFactory, WebhookEndpointFactory
from apps.periods.models import CutOff, Period
from apps.periods.tests.factories import CalendarDayFactory, laid_out_calendar
from apps.staff.models import Appointment, HeadcountPlan, Movement, Person, Position
from apps.staff.selectors import scope_of
from apps.staff.tests.factories import PersonFactory
from tests.access.matrix import ROLES

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TODAY = date(2026, 11, 20)
OWN, BELOW, OTHER = "own", "below", "other"
MARKS = {OWN: "", BELOW: "Zzbelow", OTHER: "Zzother"}
PUBLISHED, DRAFT = "2026-09", "2026-10"
ALL_PLACES = (OWN, BELOW, OTHER)
MINE_OR_NOT = (OWN, OTHER)


class World:
    """The company; `World()` stores it."""

    def __init__(self) -> None:
        laid_out_calendar(NOW)
        root = DepartmentFactory(name="Company")
        self.departments: dict[str, Department] = {OWN: DepartmentFactory(name="Works", parent=root)}
        self.departments[BELOW] = DepartmentFactory(name=f"{MARKS[BELOW]} Hall", parent=self.departments[OWN])
        self.departments[OTHER] = DepartmentFactory(name=f"{MARKS[OTHER]} Office", parent=root)
        self.users: dict[str, User] = {role: UserFactory(name=f"Somebody {role}", roles=[role]) for role in ROLES}
        self.stranger = UserFactory(name="Unrelated Account", roles=["employee"])
        PersonFactory(department=self.departments[OWN], role="head", user=self.users["manager"], name="Leader")
        self.people: dict[str, Person] = {
            place: PersonFactory(
                department=department,
                name=f"{MARKS[place]} Worker".strip(),
                user=self.users["employee"] if place == OWN else None,
            )
            for place, department in self.departments.items()
        }
        self.kpis: dict[str, Kpi] = {}
        for place, department in self.departments.items():
            self.add_things(place, department)
            self.add_figures(place, department)
        self.add_scores(root)
        self.add_forecasts()
        self.add_outlook()
        self.position = Position.objects.create(code="FITTER", title="Fitter")
        self.import_run = self.uploaded()
        self.endpoint = WebhookEndpointFactory(owner=self.users["administrator"])
        self.day = CalendarDayFactory()
        self.month = Period.objects.get(kind="month", first_day=Month(2026, 9).first_day)
        self.report = assemble_report(month=Month.parse(DRAFT), by=self.users["coo"], now=NOW).report

    def add_things(self, place: str, department: Department) -> None:
        """A head elsewhere, an alias everywhere, a case that only company-wide roles may see."""
        HeadcountPlan.objects.create(department=department, month=date(2026, 12, 1), planned=12)
        add_alias(department=department, alias=f"{MARKS[place]} alias {place}".strip(), by=None)
        if place != OWN:
            PersonFactory(department=department, role="head", name=f"{MARKS[place]} Head")
            make_case(title=f"{MARKS[place]} request", subject_ref=f"world/{place}", brief=brief(), now=NOW)

    def add_figures(self, place: str, department: Department) -> None:
        """A KPI with a target and values, one of them waiting; name, notes and reasons carry the mark. Elsewhere also one
        that counts this month and takes every value."""
        mark, by = MARKS[place], self.users["coo"]
        names = {"reporting": [department], "now": NOW}
        kpi = make_kpi(department, code=f"SOLD-{place}", name=f"{mark} sold".strip(), needs_approval=True, **names)
        free = make_kpi(department, code=f"FREE-{place}", name=f"{mark} free".strip(), **names)
        aim(kpi, 10, department=department, now=NOW)
        aim(free, 10, now=NOW)
        for one in (kpi, free):
            note = f"{mark} note {one.code}".strip()
            record([entry(one, department, "2026-11", 7, note=note)], by=by, reason=f"{mark} reason", now=NOW)
        Kpi.objects.filter(pk=kpi.pk).update(family=f"kept-{place}", tags=[f"kept-{place}"])
        self.kpis[place] = kpi

    def add_scores(self, root: Department) -> None:
        """A scheme over every department; September is published, October only worked out, the next rules are a draft."""
        hr, coo, places = self.users["hr"], self.users["coo"], list(self.departments.values())
        kpi = make_kpi(root, code="SCORED", name="Scored", reporting=places, now=NOW)
        aim(kpi, 10, now=NOW)
        values = [entry(kpi, place, month, 9) for place in places for month in ("2026-09", "2026-10")]
        record(values, by=coo, now=NOW)
        events = terms(None, 10, code="EVENTS", name="Events", method="deduction",
                       items=[{"code": "accident", "points_each": "5"}])  # fmt: skip
        rules = draft_of(by=hr, departments=places, lines=[events, terms(kpi, 90)])
        rules.bonus_items = [{"code": "patent", "name": "Patent", "points_each": "2", "cap": None, "clause": ""}]
        rules.save()
        rules = in_force(for_people(rules, staff={}))
        draft = draft_scheme(name="Next", first_month=Month(2027, 1), by=hr, basis=rules)
        Scheme.objects.filter(pk=draft.pk).update(reward_rules={})
        published(PUBLISHED, by=hr, deciders=[coo], now=NOW)
        compute_month(month=Month.parse(DRAFT), by=hr, now=NOW)
        self.add_registers(rules)
        self.add_people()
        request_rehearsal(scheme=rules, by=hr, now=NOW)

    def add_registers(self, rules: Scheme) -> None:
        """In each place a report, a rating and a claim whose words carry the mark."""
        hr, coo, month = self.users["hr"], self.users["coo"], Month.parse(PUBLISHED)
        events = rules.indicators.get(code="EVENTS")
        for place, department in self.departments.items():
            words = f"{MARKS[place]} claim".strip()
            about = {"month": month, "department": department}
            enter_facts(indicator=events, content={}, note=words, scope=scope_of(coo, TODAY), by=coo, now=NOW, **about)
            Rating.objects.create(
                month=month.first_day, indicator=events, department=department, level="A", note=words, said_by=coo,
                said_at=NOW,
            )  # fmt: skip
            event = Event("bonus", "patent", happened_on=date(2026, 9, 10), evidence=words, name=words, **about)
            propose_adjustment(event=event, scope=scope_of(hr, TODAY), by=hr, now=NOW)

    def add_people(self) -> None:
        """Everybody has a score in September, a pay base, an approved reward and a plan that runs."""
        run = ScoreRun.objects.get(state="published")
        for place, person in self.people.items():
            made = person_score(run, person, self.departments[place])
            PayBase.objects.create(person=person, valid=DateRange(date(2026, 1, 1), None), base_amount=3000)
            Reward.objects.create(
                score=made, month=run.month, person=person, department=self.departments[place],
                state="approved", base_amount=3000, dept_coef=1,
                personal_coef=1, days_worked=30, days_in_period=30, amount=3000, proposed_at=NOW,
            )  # fmt: skip
            ImprovementPlan.objects.create(
                department=self.departments[place], person=person, month=run.month, trigger="lowest_once", state="running",
                goals=f"{MARKS[place]} goals".strip(),
            )  # fmt: skip

    def add_forecasts(self) -> None:
        """October's issue: in each place the KPI, an own figure and a what-if whose words carry the mark."""
        issue, coo = issue_of(DRAFT, series_count=3, told_count=3), self.users["coo"]
        month = Month(2026, 12).first_day
        for place, department in self.departments.items():
            words, kpi = f"{MARKS[place]} order".strip(), self.kpis[place]
            series_of(
                issue,
                department,
                kpi,
                year_target=90.0,
                chance_year=0.7,
                warning="leaves",
                past_count=4,
                past_error=5.0,
            )
            about = {"department": department, "kind": "kpi", "kpi": kpi}
            told = {"issue": issue, "month": month, "value": 5.0, "reason": words, "told_by": coo, "told_at": NOW}
            Override.objects.create(**about, **told)
            Scenario.objects.create(**about, name=words, from_month=month, level_pct=5, made_by=coo)

    def add_outlook(self) -> None:
        """Headcount, turnover and score foretold for every department, all of them short of people."""
        issue = ForecastIssue.objects.filter(month=Month.parse(DRAFT).first_day).first() or issue_of(DRAFT)
        short = {
            "warning": "below_plan",
            "warned_month": date(2026, 12, 1),
            "warned_chance": 0.9,
            "target": [12.0] * 18,
        }
        for department in self.departments.values():
            series_of(issue, department, kind="headcount", level=2.0, **short)
            series_of(issue, department, kind="turnover", level=10.0)
            series_of(issue, department, kind="score", level=80.0)

    def uploaded(self) -> ImportRun:
        """A file on its way in, and a saved mapping."""
        hr = self.users["hr"]
        ImportMapping.objects.create(target="staff.people", name="Payroll", rules={}, saved_by=hr)
        upload = SimpleUploadedFile("people.csv", b"Number,Name\nP1,Somebody New\n")
        return start_import(target="staff.people", upload=upload, by=hr, scope=scope_of(hr, TODAY), now=NOW)


def said(model: Any) -> "Maker":
    """What the registers hold of a department."""
    return lambda world, user, place: {"pk": model.objects.filter(department=world.departments[place]).latest("pk").pk}


def entry_line(world: World, user: User, place: str) -> dict[str, Any]:
    """What a department reports for a month."""
    events = Indicator.objects.get(scheme__state="approved", code="EVENTS")
    return {"month": PUBLISHED, "department": world.departments[place].pk, "indicator": events.pk}


def of_draft(model: Any, world: World, user: User, place: str) -> dict[str, Any]:
    """A part of the draft of the rules."""
    return {"pk": model.objects.filter(scheme__state="draft").latest("pk").pk}


def of_person(model: Any, world: World, user: User, place: str) -> dict[str, Any]:
    """What there is of the person in a place."""
    return {"pk": model.objects.filter(person=world.people[place]).latest("pk").pk}


def score(world: World, user: User, place: str) -> dict[str, Any]:
    return {"pk": ScoreRun.objects.get(state="published").scores.get(department=world.departments[place]).pk}


Maker = Callable[[World, User, str], dict[str, Any]]


def appointment(world: World, user: User, place: str) -> dict[str, Any]:
    return {"pk": Appointment.objects.filter(person=world.people[place]).latest("pk").pk}


def movement(world: World, user: User, place: str) -> dict[str, Any]:
    return {"pk": Movement.objects.filter(person=world.people[place]).latest("pk").pk}


def alias(world: World, user: User, place: str) -> dict[str, Any]:
    department = world.departments[place]
    return {"pk": department.pk, "alias_pk": department.aliases.latest("pk").pk}


def owner(world: World, user: User, place: str) -> User:
    """The person who asks, or somebody else."""
    return user if place == OWN else world.stranger


def session(world: World, user: User, place: str) -> dict[str, Any]:
    row = UserSession.objects.create(
        user=owner(world, user, place), ip="127.0.0.1", session_key=f"session-{place}", user_agent="test", data={}
    )
    return {"pk": row.pk}


def key(world: World, user: User, place: str) -> dict[str, Any]:
    row, _ = issue_key(
        name="key", scopes=["dashboards.view"], expires_at=None, allowed_networks=[], owner=world.users["administrator"],
        by=world.users["administrator"], now=NOW,
    )  # fmt: skip
    type(row).objects.filter(pk=row.pk).update(owner=owner(world, user, place))
    return {"pk": row.pk}


def import_run(world: World, user: User, place: str) -> dict[str, Any]:
    person = owner(world, user, place)
    ImportRun.objects.filter(pk=world.import_run.pk).update(started_by=person, handled_by=person)
    return {"pk": world.import_run.pk}


def stored_file(world: World, user: User, place: str) -> dict[str, Any]:
    import_run(world, user, place)
    return {"pk": world.import_run.attachment_id}


def delivery(world: World, user: User, place: str) -> dict[str, Any]:
    row = WebhookDelivery.objects.create(
        endpoint=world.endpoint, event="staff.hired", event_id="00000000-0000-0000-0000-000000000001", payload={},
        message=OutboxFactory(topic="notifications.webhook", state="failed"),
    )  # fmt: skip
    return {"pk": row.pk}


def case(world: World, user: User, place: str) -> dict[str, Any]:
    made = make_case(
        title="Asked here",
        subject_ref="world/asked",
        submitted_by=owner(world, user, place),
        steps=(AskFor(role="gm"),),
    )
    return {"pk": made.pk}


def step(world: World, user: User, place: str) -> dict[str, Any]:
    pk = case(world, user, place)["pk"]
    return {"pk": pk, "step_pk": Case.objects.get(pk=pk).steps.get().pk}


def one(pk: Callable[[World], Any]) -> Maker:
    """A thing that is the same wherever one asks from."""
    return lambda world, user, place: {"pk": pk(world)}


# appeals and calibrations


def appeal(world: World, user: User, place: str) -> dict[str, Any]:
    """One against the score of a department, filed by who leads it; its words carry the mark."""
    return {"pk": made_appeal(world, place, reason=f"{MARKS[place]} wrong".strip()).pk}


def own_appeal(world: World, user: User, place: str) -> dict[str, Any]:
    """Filed by whoever asks, or by somebody else, about the own department."""
    return {"pk": made_appeal(world, OWN, filed_by=owner(world, user, place)).pk}


def reviewed_appeal(world: World, user: User, place: str) -> dict[str, Any]:
    """Given to whoever asks, or to somebody else."""
    return {"pk": made_appeal(world, OWN, state="reviewing", reviewer=owner(world, user, place)).pk}


def made_appeal(world: World, place: str, **given: Any) -> Appeal:
    """An appeal against the published score of the department in that place."""
    by = world.users["manager"] if place != OTHER else world.stranger
    facts = {"filed_by": by, "filed_at": NOW, "due_at": NOW, "reason": "Wrong.", **given}
    run = ScoreRun.objects.get(state="published")
    return Appeal.objects.create(run=run, department=world.departments[place], **facts)


def own_person_score(world: World, user: User, place: str) -> dict[str, Any]:
    """The published score of the employee, or of somebody elsewhere."""
    return {"month": PUBLISHED, "person": world.people[place].pk}


def calibration(world: World, user: User, place: str) -> dict[str, Any]:
    """A score of the draft, moved."""
    run = ScoreRun.objects.get(state="calculated")
    row = Calibration.objects.create(
        month=run.month, department=world.departments[OWN], run=run, points=1, reason="A flood.",
        made_by=world.users["coo"], made_at=NOW,
    )  # fmt: skip
    return {"pk": row.pk}


def series(world: World, user: User, place: str) -> dict[str, Any]:
    """The forecast of the KPI in a place."""
    return {"kind": "kpi", **foretold_kpi(world, user, place)}


def series_of_kind(kind: str, world: World, user: User, place: str) -> dict[str, Any]:
    """The forecast of a place's score or staff numbers."""
    return {"kind": kind, "department": world.departments[place].pk}


def foretold_kpi(world: World, user: User, place: str) -> dict[str, Any]:
    """The KPI in a place."""
    return {"department": world.departments[place].pk, "kpi": world.kpis[place].pk}


# situation-and-outlook reports


def issued_report(world: World, user: User, place: str) -> dict[str, Any]:
    """One of September, and one of August to compare it with, issued to whoever asks or to nobody."""
    made = {"state": "issued", "content": world.report.content, "assembled_at": NOW, "issued_at": NOW, "version": 1}
    for month in ("2026-08", PUBLISHED):
        report = SituationReport.objects.create(month=Month.parse(month).first_day, **made)
        if place == OWN:
            ReportReader.objects.create(report=report, user=user, named_at=NOW)
    return {"pk": report.pk}


def approved_report(world: World, user: User, place: str) -> dict[str, Any]:
    """The draft, approved."""
    SituationReport.objects.filter(pk=world.report.pk).update(state="approved", approved_at=NOW)
    return {"pk": world.report.pk}


THINGS: dict[str, tuple[tuple[str, ...], Maker]] = {
    "": ((OWN,), lambda world, user, place: {}),
    # of a department
    "person": (ALL_PLACES, lambda world, user, place: {"pk": world.people[place].pk}),
    "appointment": (ALL_PLACES, appointment),
    "employment": (ALL_PLACES, lambda world, user, place: {"pk": world.people[place].employments.latest("pk").pk}),
    "movement": (ALL_PLACES, movement),
    "department": (ALL_PLACES, lambda world, user, place: {"pk": world.departments[place].pk}),
    "plan line": (
        ALL_PLACES,
        lambda world, user, place: {"pk": world.departments[place].headcount_plans.latest("pk").pk},
    ),
    "alias": (ALL_PLACES, alias),
    "kpi": (ALL_PLACES, lambda world, user, place: {"pk": world.kpis[place].pk}),
    "kpi target": (
        ALL_PLACES,
        lambda world, user, place: {"pk": KpiTarget.objects.filter(kpi=world.kpis[place]).latest("pk").pk},
    ),
    "kpi value": (
        ALL_PLACES,
        lambda world, user, place: {"pk": KpiValue.objects.filter(series__kpi=world.kpis[place]).latest("pk").pk},
    ),
    "score": (
        ALL_PLACES,
        lambda world, user, place: {"month": PUBLISHED, "department": world.departments[place].pk},
    ),
    "assessed department": (ALL_PLACES, lambda world, user, place: {"department": world.departments[place].pk}),
    "month": (MINE_OR_NOT, lambda world, user, place: {"month": PUBLISHED if place == OWN else DRAFT}),
    "published score": (ALL_PLACES, score),
    # registers of assessments
    "entry": (ALL_PLACES, said(Entry)),
    "entry line": (ALL_PLACES, entry_line),
    "rating": (ALL_PLACES, said(Rating)),
    "adjustment": (ALL_PLACES, said(Adjustment)),
    "appeal": (ALL_PLACES, appeal),
    "own appeal": (MINE_OR_NOT, own_appeal),
    "reviewed appeal": (MINE_OR_NOT, reviewed_appeal),
    "own person score": (MINE_OR_NOT, own_person_score),
    "draft score": ((OWN,), lambda world, user, place: {"month": DRAFT, "department": world.departments[OWN].pk}),
    "calibration": ((OWN,), calibration),
    # forecasts
    "series": (ALL_PLACES, series),
    "score series": (ALL_PLACES, partial(series_of_kind, "score")),
    "headcount series": (ALL_PLACES, partial(series_of_kind, "headcount")),
    "turnover series": (ALL_PLACES, partial(series_of_kind, "turnover")),
    "foretold kpi": (ALL_PLACES, foretold_kpi),
    "own figure": (ALL_PLACES, said(Override)),
    "what-if": (ALL_PLACES, said(Scenario)),
    "forecast issue": ((OWN,), one(lambda world: ForecastIssue.objects.get().pk)),
    # people: their scores, what follows from them
    "person score": (ALL_PLACES, lambda world, user, place: {"month": PUBLISHED, "person": world.people[place].pk}),
    "stored person score": (ALL_PLACES, partial(of_person, PersonScore)),
    "reward": (ALL_PLACES, partial(of_person, Reward)),
    "pay base": (ALL_PLACES, partial(of_person, PayBase)),
    "improvement plan": (ALL_PLACES, partial(of_person, ImprovementPlan)),
    # of a person: mine, somebody else's
    "session": (MINE_OR_NOT, session),
    "key": (MINE_OR_NOT, key),
    "notification": (
        MINE_OR_NOT,
        lambda world, user, place: {"pk": NotificationFactory(user=owner(world, user, place)).pk},
    ),
    "stand-in": (MINE_OR_NOT, lambda world, user, place: {"pk": StandInFactory(user=owner(world, user, place)).pk}),
    "run": (MINE_OR_NOT, lambda world, user, place: {"pk": JobRunFactory(started_by=owner(world, user, place)).pk}),
    "failed run": (
        MINE_OR_NOT,
        lambda world, user, place: {"pk": JobRunFactory(started_by=owner(world, user, place), state="failed").pk},
    ),
    "import": (MINE_OR_NOT, import_run),
    "file": (MINE_OR_NOT, stored_file),
    "case": (MINE_OR_NOT, case),
    "step": (MINE_OR_NOT, step),
    # of the company
    "account": ((OWN,), one(lambda world: world.stranger.pk)),
    "closed account": ((OWN,), one(lambda world: UserFactory(is_active=False, closed_at=NOW).pk)),
    "message": ((OWN,), one(lambda world: OutboxFactory(topic="notifications.mail", state="failed").pk)),
    "webhook": ((OWN,), one(lambda world: world.endpoint.pk)),
    "delivery": ((OWN,), delivery),
    "mapping": ((OWN,), one(lambda world: ImportMapping.objects.get(name="Payroll").pk)),
    "target": ((OWN,), lambda world, user, place: {"target": "staff.people"}),
    "period": ((OWN,), one(lambda world: world.month.pk)),
    "cut-off": ((OWN,), one(lambda world: CutOff.objects.latest("closes_at").pk)),
    "day": ((OWN,), one(lambda world: world.day.pk)),
    "fact": ((OWN,), lambda world, user, place: {"kind": "reports"}),
    "position": ((OWN,), one(lambda world: world.position.pk)),
    "scheme": ((OWN,), one(lambda world: Scheme.objects.get(state="draft").pk)),
    "scorecard": ((OWN,), partial(of_draft, Scorecard)),
    "indicator": ((OWN,), partial(of_draft, Indicator)),
    "score run": ((OWN,), one(lambda world: ScoreRun.objects.get(state="published").pk)),
    # rehearsals, quarters and years
    "rehearsal": ((OWN,), one(lambda world: Rehearsal.objects.get().pk)),
    "quarter": ((OWN,), lambda world, user, place: {"kind": "quarter", "month": "2026-07"}),
    # situation-and-outlook reports
    "issued report": (MINE_OR_NOT, issued_report),
    "draft report": ((OWN,), one(lambda world: world.report.pk)),
    "approved report": ((OWN,), approved_report),
    "provider": ((OWN,), lambda world, user, place: {"provider_id": "nobody"}),
    "reset": ((OWN,), lambda world, user, place: {"uidb36": "1", "key": "wrong-key"}),
}
"""What an address can point to: the places it can lie in, and how to make it."""
