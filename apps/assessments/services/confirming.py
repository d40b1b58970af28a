"""Who may confirm what stands beside the hundred points, and who is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import capabilities_for, open_accounts, users_with_capability
from apps.assessments.choices import RunState
from apps.assessments.models import Adjustment, AssessedMonth, Lifting, ScoreRun
from apps.assessments.selectors.deciders import Bar, Why, bars_of
from apps.assessments.services.registers import OwnDepartment
from apps.core.clock import local_date
from apps.core.errors import NotAllowed
from apps.core.month import Month
from apps.core.wording import day_text, month_text
from apps.departments.selectors import names_of
from apps.notifications.services import notify
from apps.staff.selectors.colleagues import accounts_leading

CONFIRM = "assessments.confirm"
REVISE = "assessments.compute"


def bar_to_confirming(*, adjustment: Adjustment, user: User, now: datetime) -> NotAllowed | None:
    """Why this person may not decide on the proposal, as the refusal it would be; None where they may."""
    if CONFIRM not in capabilities_for(user):
        return NotAllowed(
            _("You may not confirm bonuses, deductions, vetoes or exemptions. The COO and the GM do: leave it to them.")
        )
    bar = bars_of([adjustment], [user.pk], local_date(now)).get((adjustment.pk, user.pk))
    return None if bar is None else refusal_of(bar, adjustment)


def refusal_of(bar: Bar, adjustment: Adjustment) -> NotAllowed:
    """What somebody reads who may not decide: why, and who does instead. A query for a department above."""
    name = adjustment.department.name
    is_above = bar.place != adjustment.department_id
    words = {
        "place": name,
        "above": names_of([bar.place]).get(bar.place, name) if is_above else name,
        "day": day_text(adjustment.happened_on),
    }
    if bar.why == Why.PROPOSED:
        return NotAllowed(_("You proposed this yourself: somebody else must decide on it."))
    if bar.why == Why.OWN:
        return OwnDepartment(_("You lead or belong to %(place)s: somebody else must decide on it.") % words)
    if bar.why == Why.OWN_THEN:
        text = _("You led or belonged to %(place)s on %(day)s, the day of this veto: somebody else must decide on it.")
        return OwnDepartment(text % words)
    if bar.why == Why.OWN_ABOVE:
        text = _(
            "This veto hits %(above)s too, above %(place)s, and you lead or belong to it or to a department below it: the "
            "general manager decides on it."
        )
        return OwnDepartment(text % words)
    if bar.why == Why.CHIEF_THEN:
        text = _(
            "%(place)s was the COO's own line on %(day)s, the day of this veto: the general manager decides on it."
        )
    elif is_above:
        text = _(
            "This veto hits %(above)s too, above %(place)s, and that is the COO's own line: the general manager decides "
            "on it."
        )
    else:
        text = _("%(place)s is the COO's own line: the general manager decides on it.")
    return NotAllowed(text % words)


def require_confirmer(*, adjustment: Adjustment, user: User, now: datetime) -> None:
    """Refuse somebody who may not decide on the proposal."""
    bar = bar_to_confirming(adjustment=adjustment, user=user, now=now)
    if bar is not None:
        raise bar


def tell_confirmers(*, adjustment: Adjustment, now: datetime) -> None:
    """Tell everybody who may decide on it. A handful of people: the COO and the GM."""
    people = {user.pk: user for user in users_with_capability(CONFIRM)}
    bars = bars_of([adjustment], people, local_date(now))
    notify(
        users=[user for pk, user in people.items() if (adjustment.pk, pk) not in bars],
        kind="assessments.adjustment_proposed",
        subject=_("%(kind)s to decide on: %(name)s, %(place)s")
        % {"kind": adjustment.get_kind_display(), "name": adjustment.name, "place": adjustment.department.name},
        body=_("Proposed by %(who)s for %(month)s. It counts only once it is confirmed.")
        % {"who": adjustment.proposed_by.name, "month": month_text(Month.of(adjustment.month))},
        url=adjustment.get_absolute_url(),
        key=f"assessments-adjustment-{adjustment.pk}",
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Held:
    """Months an entry of the register comes too late for to be taken over by itself."""

    published: tuple[Month, ...] = ()
    on_desks: tuple[Month, ...] = ()
    """Their scores are under review or approved, for the first time."""


def held_months(adjustment: Adjustment) -> Held:
    """Where the months stand that it hits. They stay locked: nothing of them is published while it is confirmed, so that
    what it comes too late for is told, and what is published later knows of it. Two queries. Inside a transaction."""
    rows = AssessedMonth.objects.select_for_update(of=("self",)).filter(
        month__gte=adjustment.month, month__lte=adjustment.last_month
    )
    places = list(rows.order_by("month"))
    on_desk = ScoreRun.objects.filter(
        pk__in=[place.draft_id for place in places], state__in=(RunState.UNDER_REVIEW, RunState.APPROVED)
    )
    desks = set(on_desk.values_list("pk", flat=True))
    return Held(
        tuple(Month.of(place.month) for place in places if place.published_id is not None),
        tuple(Month.of(place.month) for place in places if place.draft_id in desks and not place.published_id),
    )


def tell_revisers(*, adjustment: Adjustment, held: Held, now: datetime) -> None:
    """Tell those who work months out that it was confirmed too late for some, and what they can do."""
    if not held.published and not held.on_desks:
        return
    words = {"place": adjustment.department.name}
    body = []
    if held.published:
        text = _(
            "Published without it: %(months)s. The scores stay as they are until you correct them: open the month, choose "
            "“Correct” and name %(place)s."
        )
        body.append(text % {**words, "months": months_text(held.published)})
    if held.on_desks:
        text = _("On the way to publication without it: %(months)s. Have the scores sent back and work them out again.")
        body.append(text % {"months": months_text(held.on_desks)})
    notify(
        users=[user for user in users_with_capability(REVISE) if user.pk != adjustment.decided_by_id],
        kind="assessments.adjustment_decided",
        subject=_("%(kind)s confirmed too late: %(name)s, %(place)s")
        % {"kind": adjustment.get_kind_display(), "name": adjustment.name, **words},
        body=" ".join(body),
        url=adjustment.get_absolute_url(),
        key=f"assessments-adjustment-{adjustment.pk}-late",
        now=now,
    )


def months_text(months: Sequence[Month]) -> str:
    """Months in words, one after the other."""
    return ", ".join(month_text(month) for month in months)


def tell_lifted(*, lifting: Lifting, now: datetime) -> None:
    """Tell whoever proposed it, those who lead the department, and those who work months out and so revise them."""
    row = lifting.adjustment
    leaders = open_accounts().filter(pk__in=accounts_leading([row.department_id], local_date(now)))
    people = {user.pk: user for user in (row.proposed_by, *leaders, *users_with_capability(REVISE))}
    notify(
        users=[user for pk, user in people.items() if pk != lifting.lifted_by_id],
        kind="assessments.adjustment_decided",
        subject=_("%(name)s, %(place)s: lifted") % {"name": row.name, "place": row.department.name},
        body=_("%(who)s lifted it from %(month)s on: %(reason)s Published months keep it until they are revised.")
        % {
            "who": lifting.lifted_by.name,
            "month": month_text(Month.of(lifting.from_month)),
            "reason": lifting.reason,
        },
        url=row.get_absolute_url(),
        key=f"assessments-lifting-{lifting.pk}",
        now=now,
    )


def tell_proposer(*, adjustment: Adjustment, now: datetime) -> None:
    """Tell whoever proposed it what became of it, and why."""
    words = {"name": adjustment.name, "state": adjustment.get_state_display(), "place": adjustment.department.name}
    notify(
        users=[adjustment.proposed_by],
        kind="assessments.adjustment_decided",
        subject=_("%(name)s, %(place)s: %(state)s") % words,
        body=adjustment.ruling,
        url=adjustment.get_absolute_url(),
        key=f"assessments-adjustment-{adjustment.pk}-{adjustment.state}",
        now=now,
    )
