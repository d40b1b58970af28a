"""What an address can point to in the company of world.py, and how to make it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.usersessions.models import UserSession

from apps.accounts.models import User
from apps.accounts.services import issue_key
from apps.accounts.tests.factories import UserFactory
from apps.approvals.models import Case
from apps.approvals.services import AskFor
from apps.approvals.tests.factories import make_case
from apps.assessments.models import (
    Adjustment,
    Appeal,
    Calibration,
    Entry,
    ImprovementPlan,
    Indicator,
    Nomination,
    PayBase,
    PersonScore,
    Rating,
    Rehearsal,
    Reward,
    Scheme,
    Scorecard,
    ScoreRun,
)
from apps.core.month import Month
from apps.forecasts.models import ForecastIssue, Override, ReportReader, Scenario, SituationReport
from apps.imports.models import ImportMapping, ImportRun
from apps.jobs.tests.factories import JobRunFactory, OutboxFactory
from apps.kpis.models import KpiTarget, KpiValue
from apps.notifications.models import WebhookDelivery
from apps.notifications.tests.factories import NotificationFactory, StandInFactory
from apps.periods.models import CutOff
from apps.staff.models import Appointment, Movement
from tests.access.world import BELOW, DRAFT, MARKS, NOW, OTHER, OWN, PUBLISHED, World

ALL_PLACES = (OWN, BELOW, OTHER)
MINE_OR_NOT = (OWN, OTHER)
Maker = Callable[[World, User, str], dict[str, Any]]


def said(model: Any) -> Maker:
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
    "nomination": (ALL_PLACES, partial(of_person, Nomination)),
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
    "publication": ((OWN,), one(lambda world: ScoreRun.objects.get(state="published").publication.pk)),
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
