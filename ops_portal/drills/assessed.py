"""A company with rules in force, so that drills have months to work out, approve and publish."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.accounts.models import User
from apps.approvals.choices import Verdict
from apps.approvals.models import Case
from apps.approvals.services import rule_on
from apps.assessments.models import AssessedMonth, Publication
from apps.assessments.services import (
    Terms,
    add_scorecard,
    compute_month,
    draft_scheme,
    hand_in_month,
    place_departments,
    publish_month,
    revise_departments,
    save_indicator,
    submit_scheme,
)
from apps.core import clock
from apps.core.month import Month
from apps.kpis.models import Kpi
from apps.kpis.services import Aim, set_target
from ops_portal.drills.figures import kpi_with_figures, someone


@dataclass(frozen=True, slots=True)
class Ruled:
    """Who does what in the company, and the KPI it is judged by."""

    kpi: Kpi
    hr: User
    coo: User
    month: Month


def ruled_company() -> Ruled:
    """Rules of one department and one indicator, approved, in force since three months ago."""
    kpi, coo = kpi_with_figures()
    hr, now, today = someone("hr"), clock.now(), Month.of(clock.today())
    set_target(kpi=kpi, department=None, aim=Aim(Decimal(10)), first=date(2000, 1, 1), until=None, by=None, now=now)
    scheme = draft_scheme(name="Rules", first_month=today.plus(-3), by=hr, note="Tried by a drill.")
    card = add_scorecard(scheme=scheme, name="All", by=hr)
    place_departments(scorecard=card, departments={kpi.department: Decimal(1)}, by=hr)
    terms = Terms(code="SOLD", name="Sold", kpi=kpi, method="ratio", weight=Decimal(100), params={"cap": "1.2"})
    save_indicator(scorecard=card, terms=terms, by=hr)
    approve(submit_scheme(scheme=scheme, by=hr, now=now), by=coo)
    return Ruled(kpi=kpi, hr=hr, coo=coo, month=today.plus(-1))


def approve(case: Case, *, by: User) -> Case:
    """The first open step, answered yes."""
    case.refresh_from_db()
    step = case.steps.filter(opened_at__isnull=False, decided_at=None).get()
    return rule_on(case=case, step=step, ruling=Verdict.APPROVE, by=by, now=clock.now(), expected_version=case.version)


def handed_in(firm: Ruled) -> Case:
    """The month, worked out (once it is published: corrected) and waiting for the ruling."""
    place = AssessedMonth.objects.filter(month=firm.month.first_day).first()
    if place is None or place.published_id is None:
        compute_month(month=firm.month, by=firm.hr, now=clock.now())
    elif place.draft_id is None:
        departments = [firm.kpi.department_id]
        revise_departments(month=firm.month, departments=departments, reason="A drill.", by=firm.hr, now=clock.now())
    return hand_in_month(month=firm.month, by=firm.hr, now=clock.now())


def published_month(firm: Ruled) -> Publication:
    """The month, published."""
    approve(handed_in(firm), by=firm.coo)
    return publish_month(month=firm.month, by=firm.hr, now=clock.now())
