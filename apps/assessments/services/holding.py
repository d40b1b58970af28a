"""The clock of an appeal stands still while another version of its month keeps it from being granted (selectors.holds)."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.choices import Role
from apps.approvals.selectors import current_step, users_asked
from apps.assessments.choices import RunState
from apps.assessments.models import Appeal, AssessedMonth, ScoreRun
from apps.assessments.models.appeals import OPEN_APPEALS
from apps.assessments.rules.appeals import held_over
from apps.assessments.selectors.descent import appeals_carried
from apps.assessments.selectors.holds import goes_on, held_since
from apps.assessments.services.finishing import CLOSES, LONG_ENOUGH
from apps.assessments.services.refusals import MonthBusy
from apps.core.clock import local_date
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text
from apps.periods.rules import deadline_instant
from apps.periods.selectors import calendar_between


def give_time_back(draft: ScoreRun | None, *, now: datetime, is_put_back: bool = False) -> int:
    """Before DRAFT leaves the desk or the month: move the answers it held up; gives how many. Inside the month's lock.

    IS_PUT_BACK: it is calculated again and stays, so it sets nothing free unless it is gone on from then. What was overdue
    before it was held up stays so. Six queries at most.
    """
    if draft is None:
        return 0
    rows = Appeal.objects.filter(run__month=draft.month, state__in=OPEN_APPEALS).select_for_update(of=("self",))
    waiting = list(rows.order_by("pk"))
    is_carrying = bool(waiting) and bool(appeals_carried(draft))
    since = held_since(draft, is_carrying=is_carrying) if waiting else None
    if since is None or (is_put_back and not goes_on(draft, is_carrying=is_carrying)):
        return 0
    held = [one for one in waiting if one.due_at >= since]
    first = local_date(since)
    last = max([local_date(now), *(local_date(one.due_at) for one in held)])
    work_days = calendar_between(first, last + LONG_ENOUGH + timedelta(days=(last - first).days))
    for one in held:
        due = held_over(
            local_date(one.due_at),
            held_on=local_date(max(since, one.filed_at)),
            freed_on=local_date(now),
            work_calendar=work_days,
        )
        one.due_at = deadline_instant(due, CLOSES, settings.COMPANY_ZONE)
    with because("assessments.appeal_clock_moved"):
        Appeal.objects.bulk_update(held, ["due_at"])
    return len(held)


def turn_in(month: date) -> str:
    """Who takes the next step with the version of a MONTH under way; empty where there is none. Eight queries at most."""
    place = AssessedMonth.objects.select_related("draft__case").filter(month=month).first()
    draft = place.draft if place else None
    return "" if draft is None else whose_turn(draft, is_carrying=bool(appeals_carried(draft)))


def whose_turn(draft: ScoreRun, *, is_carrying: bool) -> str:
    """Who takes the next step with a version under way, as a sentence. Four queries at most."""
    if draft.state == RunState.APPROVED:
        return _("It is approved: HR publishes it next.")
    step = current_step(draft.case) if draft.state == RunState.UNDER_REVIEW and draft.case is not None else None
    if step is not None:
        names = ", ".join(user.name for user in users_asked(step)) or Role(step.role).label
        return _("It is under review: %(names)s decides on it next.") % {"names": names}
    if is_carrying:
        return _("It is calculated: HR hands it in next.")
    return _("It is calculated: HR hands it in next, or puts it aside.")


def may_go_on(draft: ScoreRun) -> bool:
    """Whether a draft is read again where it stands: it corrects what an appeal was granted, and lies on nobody's desk."""
    return draft.state == RunState.CALCULATED and goes_on(draft, is_carrying=bool(appeals_carried(draft)))


def under_way(draft: ScoreRun) -> MonthBusy:
    """The refusal of a second correction beside this one, with whose turn it is."""
    is_carrying = bool(appeals_carried(draft))
    granted = _(
        "A corrected version of %(month)s that carries out the ruling on an appeal is under way already. Publish it "
        "first."
    )
    words = (
        granted
        if is_carrying
        else _("A corrected version of %(month)s is under way already. Publish or discard it first.")
    )
    said = words % {"month": month_text(Month.of(draft.month))}
    return MonthBusy(
        f"{said} {whose_turn(draft, is_carrying=is_carrying)}", details={"state": draft.state, "version": draft.version}
    )
