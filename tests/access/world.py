"""A small company in which everybody can be asked: somebody in each role, and things in three places.

`own` is the department the manager leads and the employee works in, `below` lies under it, `other` beside it. Names in the
last two carry a mark, so that a page which lets one slip through is found by its text.
"""

from datetime import UTC, date, datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.backends.postgresql.psycopg_any import DateRange

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory
from apps.approvals.tests.factories import brief, make_case
from apps.assessments.models import (
    ImprovementPlan,
    Nomination,
    PayBase,
    Rating,
    Reward,
    Scheme,
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
from apps.forecasts.models import ForecastIssue, Override, Scenario
from apps.forecasts.services import assemble_report
from apps.forecasts.tests.factories import issue_of, series_of
from apps.imports.models import ImportMapping, ImportRun
from apps.imports.services.uploading import start_import
from apps.kpis.models import Kpi
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.notifications.tests.factories import WebhookEndpointFactory
from apps.periods.models import Period
from apps.periods.tests.factories import CalendarDayFactory, laid_out_calendar
from apps.staff.models import HeadcountPlan, Person, Position
from apps.staff.selectors import scope_of
from apps.staff.tests.factories import PersonFactory
from tests.access.matrix import ROLES

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TODAY = date(2026, 11, 20)
OWN, BELOW, OTHER = "own", "below", "other"
MARKS = {OWN: "", BELOW: "Zzbelow", OTHER: "Zzother"}
PUBLISHED, DRAFT = "2026-09", "2026-10"


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
            enter_facts(
                indicator=events, content={}, note=words, evidence=words or "File 12", scope=scope_of(coo, TODAY), by=coo,
                now=NOW, **about,
            )  # fmt: skip
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
            Nomination.objects.create(
                kind="talent_pool", month=run.month, department=self.departments[place], person=person, grade="A", total=95,
                state="accepted", proposed_at=NOW, decided_by=self.users["gm"], decided_at=NOW,
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
