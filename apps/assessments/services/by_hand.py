"""An improvement plan that no grade asked for: a person decides on it, and it runs at once."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assessments.choices import PlanState, PlanTrigger
from apps.assessments.models import ImprovementPlan
from apps.assessments.selectors.improving import OPEN_PLANS
from apps.assessments.services.improving import (
    PlanBusy,
    PlanTerms,
    WrongPlan,
    require_not_own,
    require_owner,
    require_terms,
    write_terms,
)
from apps.assessments.services.telling_plans import tell_started
from apps.core.clock import local_date
from apps.core.history import because
from apps.core.month import Month
from apps.departments.models import Department
from apps.staff.models import Person
from apps.staff.selectors import place_of


@transaction.atomic
def begin_plan(
    *, department: Department | None = None, person: Person | None = None, terms: PlanTerms, by: User, now: datetime
) -> ImprovementPlan:
    """Begin a plan for a PERSON (with their places), or for a DEPARTMENT as a whole; it runs at once. For the COO and the GM
    (assessments.decide_rewards).

    Refuses neither or both of them, somebody who works in no department now, one's own plan or that of a department one
    heads, whoever has an open plan or had one from this month, terms that make no plan, and an owner whom it is about.
    """
    place = subject_place(department, person, now)
    plan = ImprovementPlan(
        department=place,
        person=person,
        month=Month.of(local_date(now)).first_day,
        trigger=PlanTrigger.BY_HAND,
        state=PlanState.RUNNING,
        decided_by=by,
    )
    require_not_own(plan, by, now)
    require_no_open(plan)
    require_terms(terms)
    require_owner(plan, terms.owner, now)
    write_terms(plan, terms)
    try:
        with transaction.atomic(), because("assessments.plan_started", by=by):
            plan.save()
    except IntegrityError as error:
        raise PlanBusy(
            _("%(name)s had a plan from this month already. Let another one begin next month.") % {"name": named(plan)},
        ) from error
    tell_started(plan, now)
    return plan


def subject_place(department: Department | None, person: Person | None, now: datetime) -> Department:
    """The department a plan belongs to: the one it is for, or the one the person works in today."""
    if (department is None) == (person is None):
        raise WrongPlan(_("Name a person, or a department as a whole: one of the two."), field="person")
    if department is not None:
        return department
    assert person is not None
    today = local_date(now)
    place = place_of(person, today)
    if place is None or place.starts_on > today or (place.ends_on is not None and place.ends_on < today):
        raise WrongPlan(
            _(
                "%(name)s works in no department today: a plan needs one. Let HR appoint them first, or choose "
                "somebody else."
            )
            % {"name": person.name},
            field="person",
        )
    return place.department


def require_no_open(plan: ImprovementPlan) -> None:
    """Refuse a second plan beside an open one."""
    about = {"person": plan.person} if plan.person else {"person": None, "department": plan.department}
    open_one = ImprovementPlan.objects.filter(**about, state__in=OPEN_PLANS).order_by("pk").first()
    if open_one is not None:
        words = {"name": named(plan), "state": open_one.get_state_display(), "plan": open_one}
        raise PlanBusy(
            _("%(name)s has one already: %(plan)s is “%(state)s”. Start, review or close that one.") % words,
            details={"plan": open_one.pk, "state": open_one.state},
        )


def named(plan: ImprovementPlan) -> str:
    """Whom a plan is for."""
    return plan.person.name if plan.person else plan.department.name
