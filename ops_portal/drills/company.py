"""A company with months to assess, made by the bench's set-based SQL: for the drills `close` and `tamper`."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection

from apps.accounts.models import User
from apps.approvals.choices import CaseState, Verdict
from apps.approvals.models import Case
from apps.approvals.services import rule_on
from apps.assessments import services
from apps.assessments.choices import RunState
from apps.assessments.models import AssessedDepartment, AssessedMonth, PersonScore, Publication, ScoreRun
from apps.assessments.services import Deed, Limits
from apps.core.clock import now, today
from apps.core.month import Month
from apps.departments.models import Department
from apps.periods.services import open_periods
from apps.staff.selectors import scope_of
from ops_portal.bench.company import account, make_company
from ops_portal.bench.scored_people import STAFF_RULES, write_people
from ops_portal.bench.scores import Size, set_up

LARGE, SMALL = Size(5_000), Size(1_000)
PEOPLE = {LARGE: 1_000, SMALL: 200}
"""How many people are scored, in as many of the departments."""


@dataclass(frozen=True, slots=True)
class Firm:
    """Who takes part in a month, and which month it is."""

    month: Month
    hr: User
    coo: User
    gm: User
    administrator: User
    outside: Department | None = None
    """A department that is not assessed."""


def make_firm(size: Size) -> Firm:
    """Departments with indicators, figures for one month, people with what two raters gave, and an approved scheme that
    scores both."""
    cast = make_company()
    gm, administrator = account("Gus GM", "gm"), account("Ada Administrator", "administrator")
    account("Alf Auditor", "auditor")
    open_periods(now=now())
    stage = set_up(cast, size, limits=Limits(max_total=Decimal(120), staff_rules=STAFF_RULES))
    places = AssessedDepartment.objects.filter(scheme=stage.scheme).order_by("department").select_related("department")
    staffed = replace(cast, teams=[one.department for one in places[: PEOPLE[size]]])
    write_people(staffed, PEOPLE[size], stage.month)
    return Firm(stage.month, cast.hr, cast.coo, gm, administrator, cast.branch)


def hand_in(firm: Firm) -> None:
    """Ask for approval, unless that was done."""
    if draft_state(firm) == RunState.CALCULATED:
        services.hand_in_month(month=firm.month, by=firm.hr, now=now())


def approve(firm: Firm) -> None:
    """Whoever is asked approves, as far as that was not done."""
    people = {"coo": firm.coo, "gm": firm.gm}
    while draft_state(firm) == RunState.UNDER_REVIEW:
        case = Case.objects.get(pk=AssessedMonth.objects.values_list("draft__case").get(month=firm.month.first_day)[0])
        step = case.steps.filter(opened_at__isnull=False, decided_at=None).first()
        if step is None or case.state != CaseState.OPEN:
            return
        by = people[step.role]
        rule_on(case=case, step=step, ruling=Verdict.APPROVE, by=by, now=now(), expected_version=case.version)


def publish(firm: Firm) -> Publication:
    """Publish; what is published already stays as it is."""
    return services.publish_month(month=firm.month, by=firm.hr, now=now())


def give_reward(run: ScoreRun, *, hr: User, gm: User) -> None:
    """An approved reward in the month of a published run: a posted row of the ledger."""
    person = (
        PersonScore.objects.filter(run=run, total__isnull=False).order_by("person_id").values_list("person", flat=True)
    )
    deed = Deed(person[0], Month.of(run.month).last_day, Decimal(100), "Kept the line running", "Report 12")
    given = services.propose_spot_reward(deed=deed, scope=scope_of(hr, today()), by=hr, now=now())
    services.decide_rewards(rewards=[given.pk], is_approved=True, by=gm, now=now())


def close_at_once(firm: Firm) -> Publication:
    """Everything from facts to publication, undisturbed and in this process."""
    services.compute_month(month=firm.month, by=firm.hr, now=now())
    hand_in(firm)
    approve(firm)
    return publish(firm)


def draft_state(firm: Firm) -> str | None:
    """Where the run stands that is worked on; None when there is none."""
    place = AssessedMonth.objects.select_related("draft").filter(month=firm.month.first_day).first()
    return place.draft.state if place and place.draft else None


def ask(sql: str, given: Any = None) -> list[tuple[Any, ...]]:
    """Rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall()) if cursor.description else []
