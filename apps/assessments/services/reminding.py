"""Telling people when a step of an assessed month is near, due or missed; and keeping how punctual publication was."""

import logging
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.choices import Role
from apps.accounts.selectors import users_with_role
from apps.assessments.models import Publication
from apps.assessments.rules.calendar import Occasion, Reminder, Step, reminders
from apps.assessments.selectors.calendar import calendars_of, work_days_for
from apps.assessments.selectors.months import months_due, public_deadlines
from apps.core.clock import local_date
from apps.core.errors import Refusal
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.core.wording import month_text
from apps.departments.selectors import ancestors_of
from apps.kpis.selectors import visible_kpis
from apps.kpis.services import Entry, record_values
from apps.notifications.services import notify

logger = logging.getLogger(__name__)

REMIND_KIND = "assessments.remind"
MONTHS_REMINDED = 3
"""Months further back that were never published are not asked for any more: the board shows them as overdue."""
ON_TIME_CODE = "ASSESS-ON-TIME"
"""The KPI of the top department that holds how many working days late scores were published; 0: in time."""
RECORDER = frozenset({"kpis.view", "kpis.record", "kpis.restate"})


@transaction.atomic
def remind_of_months(*, now: datetime) -> dict[str, int]:
    """Remind whose turn it is of steps that are due, and tell the next line too of missed ones. Who may: the daily job.

    Each notice is given once, however often this runs; a deadline that moves is told anew.
    """
    today = local_date(now)
    months = sorted(months_due(today))[-MONTHS_REMINDED:]
    if not months:
        return {"reminded": 0, "climbed": 0}
    days = work_days_for(months, today)
    told = {"reminded": 0, "climbed": 0}
    people = {role: list(users_with_role(role)) for role in (Role.HR, Role.COO, Role.GM)}
    for month, calendar in calendars_of(months, today=today, days=days).items():
        for one in () if calendar.is_published else reminders(calendar.steps, calendar.turn, today=today, days=days):
            notify(
                users=people[Role(one.to)],
                kind="assessments.due",
                subject=subject_of(one, month),
                body=body_of(one),
                url=f"/assessments/{month}/",
                key=f"assessments-{month}-{one.step}-{one.occasion}-{one.due_on}-{one.to}",
                now=now,
            )
            told["reminded" if one.to == one.turn else "climbed"] += 1
    return told


STEP_WORDS: dict[Step, Callable[[], str]] = {
    Step.CALCULATE: lambda: _("working out"),
    Step.REVIEW: lambda: _("approval"),
    Step.PUBLISH: lambda: _("publication"),
}


def subject_of(one: Reminder, month: Month) -> str:
    """What a notice says first."""
    words = {
        Occasion.DAY_BEFORE: _("Scores of %(month)s: %(step)s is due on %(day)s"),
        Occasion.ON_THE_DAY: _("Scores of %(month)s: %(step)s is due today, %(day)s"),
        Occasion.MISSED: _("Scores of %(month)s: %(step)s was due on %(day)s and is missing"),
    }
    facts = {"month": month_text(month), "day": date_format(one.due_on, "j M Y")}
    return words[one.occasion] % {**facts, "step": STEP_WORDS[one.step]()}


def body_of(one: Reminder) -> str:
    """Whose turn it is, and why this person hears of it."""
    role = Role(one.turn).label
    if one.to != one.turn:
        return _("It is the turn of: %(role)s. You are told because the day has passed.") % {"role": role}
    return _("It is your turn. The board says what is still missing, and whose that is.")


def record_punctuality(*, publication: Publication, now: datetime) -> bool:
    """Keep by how many working days the first edition of a month was late, as the value of the company's own KPI for it.

    Called by the job that tells of a publication; safe to repeat. Nothing is stored, and False given, where the top
    department has no such KPI, or where the KPI does not take the value: publication never fails over it. The value belongs
    to the month in which publication was due.
    """
    if publication.number != 1:
        return False
    scope = Scope(user_id=None, reach=Reach.COMPANY, capabilities=RECORDER)
    kpi = visible_kpis(scope).filter(code__iexact=ON_TIME_CODE).order_by("pk").first()
    month, published_on = Month.of(publication.month), local_date(publication.published_at)
    if kpi is None or len(ancestors_of({kpi.department_id}, published_on).get(kpi.department_id, ())) > 1:
        return False
    deadline = public_deadlines([month], published_on)[month]
    entry = Entry(
        kpi=kpi.pk,
        department=kpi.department_id,
        month=deadline.on.replace(day=1),
        value=Decimal(max(0, -deadline.days_left)),
        note=_("Scores of %(month)s") % {"month": month_text(month)},
    )
    reason = _("Publication of the scores of %(month)s") % {"month": month_text(month)}
    try:
        record_values(entries=[entry], scope=scope, by=publication.published_by, now=now, reason=reason)
    except Refusal as refusal:
        logger.warning("Punctuality of %s was not kept: %s", month, refusal)
        return False
    return True
