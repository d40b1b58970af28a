"""What the home page shows to whom. Everything is read through the scope; the page gets plain values."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.approvals.selectors import waiting_for
from apps.core.http.cells import Badge
from apps.core.scope import Reach, Scope
from apps.dashboards.rules import Place
from apps.dashboards.selectors.figures import Figures, chart_of, figures_for, led_places
from apps.jobs.choices import JobState
from apps.jobs.selectors import JobCounts, job_counts, visible_runs
from apps.jobs.services import label_of
from apps.notifications.selectors import own_notifications
from apps.periods.choices import DayKind
from apps.periods.selectors import upcoming_cut_offs, visible_days
from apps.staff.choices import AppointmentRole, MovementKind
from apps.staff.selectors import leaders_of, own_person, place_of, spell_of, visible_movements
from apps.staff.selectors.people import PLACES

SHOWN_WAITING = 6
SHOWN_GAPS = 6
SHOWN_MOVEMENTS = 8
SHOWN_STAGES = 8
SHOWN_RUNS = 8
RUN_TONES = {
    JobState.DONE: "success",
    JobState.FAILED: "danger",
    JobState.RUNNING: "info",
    JobState.CANCELLED: "warning",
}
MOVEMENT_TONES = {MovementKind.JOIN: "success", MovementKind.LEAVE: "warning", MovementKind.TRANSFER: "info"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One ruling that waits for the person."""

    title: str
    url: str
    kind: Any
    by: str
    due_at: datetime | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Own:
    """The person's own place in the company."""

    name: str
    number: str
    url: str
    department: str
    department_url: str
    position: str
    since: date | None
    head: str
    is_head_self: bool
    way: list["Stage"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One appointment on the person's way through the company."""

    department: str
    role: Any
    position: str
    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class RunLine:
    """One job run, for the administrator."""

    label: Any
    period: str
    url: str
    state: Badge
    at: datetime


@dataclass(frozen=True, slots=True)
class Home:
    """The page above the fold."""

    greeting: str
    day: date
    figures: Figures | None
    chart: dict[str, Any] | None
    branches: list[dict[str, Any]]
    waiting: list[Waiting]
    waiting_count: int
    shows_waiting: bool
    jobs: JobCounts | None
    runs: list[RunLine]
    own: Own | None
    shows_off: bool
    """Whether the block of indicators off target loads after the page."""
    shows_scores: bool
    """Whether the block of scores does."""
    shows_outlook: bool
    """Whether the block of forecasts does."""
    shows_report: bool = False
    """Whether the block of the situation-and-outlook report does."""

    @property
    def more_gaps(self) -> int:
        """Departments off plan beyond those listed."""
        return max(0, len(self.figures.gaps) - SHOWN_GAPS) if self.figures else 0

    @property
    def first_gaps(self) -> list[Any]:
        return list(self.figures.gaps[:SHOWN_GAPS]) if self.figures else []


@dataclass(frozen=True, slots=True)
class Ahead:
    """One day to come that matters: a cut-off or a day off."""

    on: date
    label: str
    note: str
    tone: str
    days: int


@dataclass(frozen=True, slots=True)
class Step:
    """One movement of somebody."""

    on: date
    name: str
    url: str
    kind: Any
    tone: str
    way: str


@dataclass(frozen=True, slots=True)
class Below:
    """The part of the page that loads after the first."""

    ahead: list[Ahead]
    steps: list[Step]
    shows_steps: bool
    told: list[Any]
    headless: list[Place] = field(default_factory=list)


def home_for(*, scope: Scope, user: User, now: datetime, day: date) -> Home:
    """The first screen. At most ten queries besides those of the scope."""
    figures = figures_for(scope=scope, day=day)
    waiting = waiting_steps(scope=scope, user=user, now=now, day=day)
    may_operate = scope.may("jobs.manage")
    return Home(
        greeting=greeting(now, user.name),
        day=day,
        figures=figures,
        chart=chart_of(figures, heads=_("Heads"), plan=_("Plan")) if figures else None,
        branches=[branch_row(row) for row in figures.branches] if figures else [],
        waiting=waiting[:SHOWN_WAITING],
        waiting_count=len(waiting),
        shows_waiting=scope.may("approvals.decide") or bool(waiting),
        jobs=job_counts() if may_operate else None,
        runs=latest_runs(scope) if may_operate else [],
        own=own_place(scope=scope, day=day) if figures is None else None,
        shows_off=scope.may("kpis.view") and scope.reach is not Reach.SELF,
        shows_scores=scope.may("assessments.view"),
        shows_outlook=scope.may("forecasts.view") and scope.reach is not Reach.SELF,
        shows_report=scope.may("forecasts.view"),
    )


def greeting(now: datetime, name: str) -> str:
    """A greeting for the hour in the company's zone."""
    hour = now.astimezone(settings.COMPANY_ZONE).hour
    words = _("Good morning") if hour < 12 else _("Good afternoon") if hour < 18 else _("Good evening")
    return f"{words}, {name.split(maxsplit=1)[0]}" if name.split() else words


def branch_row(row: dict[str, Any]) -> dict[str, Any]:
    """A line of the bar list: heads of a branch with the plan as a mark."""
    planned = row["planned"]
    return {
        "label": row["name"],
        "pk": row["pk"],
        "value": row["heads"],
        "mark": planned,
        "note": _("of %(planned)s") % {"planned": planned} if planned is not None else "",
    }


def waiting_steps(*, scope: Scope, user: User, now: datetime, day: date) -> list[Waiting]:
    """Rulings this person can give now, the most urgent first."""
    if not scope.may("approvals.view"):
        return []
    return [
        Waiting(
            title=step.case.title,
            url=step.case.get_absolute_url(),
            kind=step.case.get_kind_display(),
            by=str(step.case.submitted_by),
            due_at=step.due_at,
            is_late=step.due_at is not None and step.due_at < now,
        )
        for step in waiting_for(scope=scope, user=user, today=day)[:100]
    ]


def own_place(*, scope: Scope, day: date) -> Own | None:
    """Where the person stands in the company, and who leads there."""
    person = own_person(scope=scope)
    place = place_of(person, day) if person else None
    if person is None or place is None:
        return None
    spell = spell_of(person, day)
    heads = [lead for lead in leaders_of([place.department_id], day) if lead.role == AppointmentRole.HEAD]
    return Own(
        name=person.name,
        number=person.number,
        url=person.get_absolute_url(),
        department=place.department.name,
        department_url=place.department.get_absolute_url(),
        position=place.position.title if place.position else "",
        since=spell.hired_on if spell else None,
        head=heads[0].person.name if heads else "",
        is_head_self=bool(heads) and heads[0].person_id == person.pk,
        way=[stage_of(appointment) for appointment in getattr(person, PLACES)[:SHOWN_STAGES]],
    )


def stage_of(appointment: Any) -> Stage:
    """One appointment in words."""
    return Stage(
        department=appointment.department.name,
        role=appointment.get_role_display(),
        position=appointment.position.title if appointment.position else "",
        first=appointment.starts_on,
        last=appointment.ends_on,
    )


def latest_runs(scope: Scope) -> list[RunLine]:
    """The newest job runs."""
    return [
        RunLine(
            label=label_of(run),
            period=run.period,
            url=reverse("jobs:detail", args=[run.pk]),
            state=Badge(run.get_state_display(), RUN_TONES.get(JobState(run.state), "neutral")),
            at=run.created_at,
        )
        for run in visible_runs(scope).order_by("-pk")[:SHOWN_RUNS]
    ]


def below_for(*, scope: Scope, now: datetime, day: date) -> Below:
    """What loads after the first screen: what comes, who moved, what the person was told, who is missing at the top."""
    shows_steps = scope.may("staff.view_movements") and scope.reach is not Reach.SELF
    return Below(
        ahead=ahead(scope=scope, now=now, day=day),
        steps=latest_steps(scope=scope, day=day) if shows_steps else [],
        shows_steps=shows_steps,
        told=list(own_notifications(scope)[:5]),
        headless=headless_places(scope=scope, day=day),
    )


def headless_places(*, scope: Scope, day: date) -> list[Place]:
    """Departments the person answers for that nobody heads today."""
    if scope.reach is Reach.SELF or not scope.may("staff.view_headcount"):
        return []
    places = led_places(scope, day)
    led = leaders_of([place.pk for place in places], day).filter(role=AppointmentRole.HEAD)
    headed = set(led.values_list("department_id", flat=True))
    return [place for place in places if place.pk not in headed]


def ahead(*, scope: Scope, now: datetime, day: date) -> list[Ahead]:
    """The next cut-offs and days off, soonest first."""
    found = [
        Ahead(
            on=(on := cut_off.closes_at.astimezone(settings.COMPANY_ZONE).date()),
            label=str(cut_off.get_kind_display()),
            note=_("%(period)s, until %(time)s")
            % {
                "period": cut_off.period,
                "time": f"{cut_off.closes_at.astimezone(settings.COMPANY_ZONE):%H:%M}",
            },
            tone="warning" if (on - day).days <= 2 else "info",
            days=(on - day).days,
        )
        for cut_off in upcoming_cut_offs(scope=scope, now=now, count=4)
    ]
    for row in visible_days(scope=scope).filter(day__gte=day).order_by("day")[:3]:
        note = _("holiday") if row.kind == DayKind.HOLIDAY else _("working day")
        found.append(Ahead(on=row.day, label=row.name, note=note, tone="neutral", days=(row.day - day).days))
    return sorted(found, key=lambda item: item.on)[:6]


def latest_steps(*, scope: Scope, day: date) -> list[Step]:
    """The latest movements, the coming month included."""
    rows = visible_movements(scope).filter(on__lte=day).order_by("-on", "-pk")[:SHOWN_MOVEMENTS]
    return [
        Step(
            on=row.on,
            name=row.person.name,
            url=row.person.get_absolute_url(),
            kind=row.get_kind_display(),
            tone=MOVEMENT_TONES.get(MovementKind(row.kind), "neutral"),
            way=way_of(row),
        )
        for row in rows
    ]


def way_of(movement: Any) -> str:
    """From where to where, in words."""
    if movement.kind == MovementKind.TRANSFER:
        return f"{movement.from_department} → {movement.to_department}"
    return str(movement.to_department or movement.from_department or "")
