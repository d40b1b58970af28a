"""What people are told of an improvement plan: that it was set, changed or closed, that a review is near or was missed."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from apps.accounts.selectors import users_with_capability
from apps.assessments.choices import PlanState
from apps.assessments.models import ImprovementPlan
from apps.assessments.selectors.improving import DECIDE_PLANS
from apps.core.clock import local_date
from apps.core.wording import day_text
from apps.notifications.services import notify
from apps.periods.rules import add_working_days
from apps.periods.selectors import calendar_around
from apps.staff.selectors import leaders_of

READ = "assessments.view"
Words = Mapping[str, str]
ENDED: Mapping[str, Callable[[], str]] = {
    PlanState.REACHED: lambda: _("The goals were reached."),
    PlanState.MISSED: lambda: _("The goals were missed."),
    PlanState.DROPPED: lambda: _("It was dropped."),
}


def tell_started(plan: ImprovementPlan, now: datetime) -> None:
    """Tell those concerned that a plan has begun."""
    words = {"day": plan.ends_on and day_text(plan.ends_on), "review": plan.review_on and day_text(plan.review_on)}
    tell(
        plan,
        now,
        kind="assessments.plan_started",
        subject=_("An improvement plan has begun"),
        body=_("It runs until %(day)s; the first review is on %(review)s.") % words,
        key=f"plan-{plan.pk}",
    )


def tell_reviewed(plan: ImprovementPlan, now: datetime) -> None:
    """Tell those concerned that a plan was reviewed, and when the next review is."""
    next_day = plan.review_on or plan.ends_on
    words = {"day": day_text(next_day) if next_day else ""}
    tell(
        plan,
        now,
        kind="assessments.plan_reviewed",
        subject=_("An improvement plan was reviewed"),
        body=(
            _("The next review is on %(day)s.") if plan.review_on else _("No further review before it ends on %(day)s.")
        )
        % words,
        key=f"plan-{plan.pk}-reviewed-{now.isoformat()}",
    )


def tell_closed(plan: ImprovementPlan, was: str, now: datetime) -> None:
    """Tell those concerned how a plan ended; WAS its state before: nobody ever heard of one that was only proposed."""
    if was != PlanState.RUNNING:
        return
    tell(
        plan,
        now,
        kind="assessments.plan_closed",
        subject=_("An improvement plan was closed"),
        body=ENDED[plan.state]() + " " + _("What was reached and what follows stands on its page."),
        key=f"plan-{plan.pk}-closed",
    )


def tell(plan: ImprovementPlan, now: datetime, **words: str) -> None:
    """One notice to everybody a plan concerns."""
    wanted = concerned([plan], local_date(now))[plan.pk]
    users = users_with_capability(READ).filter(pk__in=wanted)
    notify(users=users, url=plan.get_absolute_url(), now=now, **words)


def concerned(plans: Iterable[ImprovementPlan], day: date) -> dict[int, set[int]]:
    """By plan the accounts it concerns: who owns it, whom it is for, and who leads their department on DAY. One query."""
    known = list(plans)
    leading: dict[int, set[int]] = {}
    for row in leaders_of({plan.department_id for plan in known}, day):
        if row.person.user_id is not None:
            leading.setdefault(row.department_id, set()).add(row.person.user_id)
    found = {}
    for plan in known:
        own = {plan.owner_id, plan.person.user_id if plan.person else None} - {None}
        found[plan.pk] = {pk for pk in own if pk is not None} | leading.get(plan.department_id, set())
    return found


@transaction.atomic
def remind_of_plans(*, now: datetime) -> dict[str, int]:
    """Remind those a running plan concerns one working day before a review (or the end, where no review is left), and once
    it was missed, then with whoever decides on plans. Who may: the daily job. Each notice is given once, however often this
    runs; another day is told anew.
    """
    today = local_date(now)
    days = calendar_around(today)
    rows = ImprovementPlan.objects.filter(state=PlanState.RUNNING).annotate(due_on=Coalesce("review_on", "ends_on"))
    near = list(rows.filter(due_on__lte=add_working_days(today, 1, days)).select_related("person").order_by("pk"))
    if not near:
        return {"near": 0, "missed": 0}
    people, deciders = concerned(near, today), set(users_with_capability(DECIDE_PLANS).values_list("pk", flat=True))
    readers = {user.pk: user for user in users_with_capability(READ).filter(pk__in=deciders.union(*people.values()))}
    told = {"near": 0, "missed": 0}
    for plan in near:
        is_missed = plan.due_on < today
        wanted = people[plan.pk] | (deciders if is_missed else set())
        notify(
            users=[readers[pk] for pk in sorted(wanted) if pk in readers],
            url=plan.get_absolute_url(),
            now=now,
            **due_words(plan, plan.due_on, is_missed=is_missed),
        )
        told["missed" if is_missed else "near"] += 1
    return told


def due_words(plan: ImprovementPlan, due_on: date, *, is_missed: bool) -> dict[str, str]:
    """What is said of a review, or of the end, that is near or was missed."""
    day = {"day": day_text(due_on)}
    is_review = plan.review_on is not None
    if is_missed:
        subject = _("The review of an improvement plan was due on %(day)s") if is_review else _(
            "An improvement plan ended on %(day)s and was not closed"
        )  # fmt: skip
        body = _("Its owner, the COO or the GM write down what was found, and set the next day or close it.")
    else:
        subject = (
            _("An improvement plan is reviewed on %(day)s") if is_review else _("An improvement plan ends on %(day)s")
        )
        body = _("Bring how far each goal is, and what still helps.")
    word = "missed" if is_missed else "near"
    return {
        "kind": f"assessments.plan_{word}",
        "subject": subject % day,
        "body": body,
        "key": f"plan-{plan.pk}-{word}-{due_on.isoformat()}",
    }
