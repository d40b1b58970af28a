"""Cut-offs: laid out by rule, recalculated when the calendar changes, moved by hand with a reason."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.core.errors import Conflict, Refusal
from apps.core.history import because
from apps.periods import rules
from apps.periods.choices import FactKind, PeriodState
from apps.periods.models import CutOff, CutOffRule, Period
from apps.periods.selectors import calendar_between
from apps.periods.services.entry import say_moment
from apps.periods.services.telling import tell_moved, tell_rule_changed


class CutOffRefused(Refusal):
    """The cut-off cannot be put there."""

    code: ClassVar[str] = "cut_off_refused"


def ensure_rules() -> dict[str, rules.CutOffPlan]:
    """The plan of every kind of fact; kinds without one get the usual plan."""
    CutOffRule.objects.bulk_create(
        [
            CutOffRule(kind=kind, working_day=plan.working_day, closes_time=plan.closes_time)
            for kind, plan in rules.DEFAULT_CUT_OFFS.items()
        ],
        ignore_conflicts=True,
    )
    return {row.kind: row.plan for row in CutOffRule.objects.all()}


def planned_moment(period: Period, plan: rules.CutOffPlan, work_days: rules.WorkDays) -> datetime:
    """When PLAN closes PERIOD, on the company's clock."""
    day = rules.cut_off_day(period.month, plan.working_day, work_days)
    return rules.deadline_instant(day, plan.closes_time, settings.COMPANY_ZONE)


def calendar_for(periods: Iterable[Period]) -> rules.WorkDays:
    """The declared days in which the cut-offs of these periods may fall."""
    ends = [period.last_day for period in periods]
    if not ends:
        return rules.WorkDays()
    return calendar_between(min(ends), max(ends) + timedelta(days=120))


def lay_out_cut_offs() -> int:
    """Give every month without cut-offs its own by the rules; how many were made. Safe to run twice."""
    plans = ensure_rules()
    have = set(CutOff.objects.values_list("period_id", "kind"))
    months = list(Period.objects.months())
    work_days = calendar_for(months)
    made = [
        CutOff(period=period, kind=kind, closes_at=planned_moment(period, plan, work_days))
        for period in months
        for kind, plan in plans.items()
        if (period.pk, kind) not in have
    ]
    CutOff.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


@transaction.atomic
def refresh_cut_offs(*, now: datetime) -> list[CutOff]:
    """Work out the coming cut-offs again after the calendar or a rule changed; return those that moved.

    Who may: the services of the calendar. Leaves alone what has passed, what was moved by hand, and what the new
    calendar would put into the past: a deadline never slips away behind somebody's back.
    """
    plans = ensure_rules()
    rows = list(
        CutOff.objects.select_for_update(of=("self",))
        .select_related("period")
        .filter(closes_at__gt=now, is_moved=False)
        .order_by("pk")
    )
    work_days = calendar_for([row.period for row in rows])
    changed = []
    for row in rows:
        moment = planned_moment(row.period, plans[row.kind], work_days)
        if moment != row.closes_at and moment > now:
            row.closes_at = moment
            changed.append(row)
    CutOff.objects.bulk_update(changed, ["closes_at"])
    return changed


@transaction.atomic
def move_cut_off(*, cut_off: CutOff, closes_at: datetime, reason: str, by: User, now: datetime) -> CutOff:
    """Put one cut-off of one month at another moment, and tell those who enter that kind of fact.

    Who may: holders of periods.reopen. Changes that cut-off only; the calendar no longer recalculates it.
    Refuses: without a reason, into the past, before the month ends, for a month that is closed (reopen it instead).
    """
    period = Period.objects.select_for_update().get(pk=cut_off.period_id)
    row = CutOff.objects.select_for_update().get(pk=cut_off.pk)
    require_reason(reason)
    if period.state == PeriodState.CLOSED:
        raise Conflict(
            gettext("%(month)s is closed. Reopen it to give it a new cut-off.") % {"month": period.label},
            details={"state": period.state},
        )
    require_later(closes_at, now, period)
    former, row.closes_at = row.closes_at, closes_at
    row.is_moved = True
    with because("periods.cut_off_moved", reason=reason, by=by):
        row.save(update_fields=["closes_at", "is_moved", "updated_at"])
    if former != closes_at:
        row.period = period
        tell_moved(row, former=former, reason=reason, by=by, now=now)
    return row


def require_reason(reason: str) -> None:
    """Refuse an empty reason."""
    if not reason.strip():
        raise CutOffRefused(gettext("Give a reason: it is kept in the history of the period."), field="reason")


def require_later(closes_at: datetime, now: datetime, period: Period) -> None:
    """Refuse a moment that has passed or lies inside the month itself."""
    if closes_at <= now:
        raise CutOffRefused(
            gettext("%(moment)s has passed. Choose a moment after now.") % {"moment": say_moment(closes_at)},
            field="closes_at",
        )
    if closes_at <= rules.local_instant(period.last_day, time.max, settings.COMPANY_ZONE):
        raise CutOffRefused(
            gettext("%(month)s has not ended by %(moment)s. Choose a moment after its last day.")
            % {"month": period.label, "moment": say_moment(closes_at)},
            field="closes_at",
        )


@transaction.atomic
def change_cut_off_rule(
    *, kind: FactKind | str, working_day: int, closes_time: time, reason: str, by: User, now: datetime
) -> list[CutOff]:
    """Change on which working day, and when, a kind of fact closes; return the cut-offs that moved.

    Who may: holders of periods.manage. Changes the rule and the coming cut-offs not moved by hand.
    Refuses: without a reason, a working day outside 1 to 20.
    """
    require_reason(reason)
    if not 1 <= working_day <= 20:
        raise CutOffRefused(
            gettext("A cut-off falls on working day 1 to 20 after the month; %(day)s was given.")
            % {"day": working_day},
            field="working_day",
        )
    ensure_rules()
    row = CutOffRule.objects.select_for_update().get(kind=kind)
    row.working_day, row.closes_time = working_day, closes_time
    with because("periods.cut_off_rule_changed", reason=reason, by=by):
        row.save(update_fields=["working_day", "closes_time", "updated_at"])
        moved = refresh_cut_offs(now=now)
    tell_rule_changed(row, moved, reason=reason, by=by, now=now)
    return moved
