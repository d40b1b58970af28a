"""Something confirmed in the register taken back from a month on. The register keeps what was confirmed; the lifting stands
beside it, and a published month changes only by a revision (DOMAIN.md section 2)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assessments.choices import AdjustmentState
from apps.assessments.models import Adjustment, Lifting
from apps.assessments.services.adjusting import LONGEST_EVIDENCE, LONGEST_RULING
from apps.assessments.services.confirming import require_confirmer, tell_lifted
from apps.assessments.services.registers import Decided, WrongAdjustment
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text


@dataclass(frozen=True, slots=True)
class Lift:
    """What is said when something confirmed is taken back. FROM_MONTH: the first month it no longer hits."""

    from_month: Month
    reason: str
    evidence: str


@transaction.atomic
def lift_adjustment(*, adjustment: Adjustment, lift: Lift, by: User, now: datetime) -> Lifting:
    """Take a confirmed bonus, deduction, veto or exemption back, from a month on. assessments.confirm.

    Refuses whom `confirm_adjustment` refuses, the proposer among them; what is not confirmed; missing reason and evidence;
    and a month it does not hit, or no longer hits. Nothing published changes before it is revised.
    """
    row = locked_confirmed(adjustment)
    require_confirmer(adjustment=row, user=by, now=now)
    require_said(lift)
    require_hit(row, lift.from_month)
    with because("assessments.adjustment_lifted", reason=lift.reason.strip()[:LONGEST_RULING], by=by):
        made = Lifting.objects.create(
            adjustment=row,
            from_month=lift.from_month.first_day,
            reason=" ".join(lift.reason.split()),
            evidence=lift.evidence.strip(),
            lifted_by=by,
            lifted_at=now,
        )
    tell_lifted(lifting=made, now=now)
    return made


def locked_confirmed(adjustment: Adjustment) -> Adjustment:
    """The row under lock; refused unless it is confirmed."""
    rows = Adjustment.objects.select_for_update(of=("self",)).select_related("department", "proposed_by")
    row = rows.get(pk=adjustment.pk)
    if row.state != AdjustmentState.CONFIRMED:
        raise Decided(
            _(
                "This is “%(state)s”: only what is confirmed, and so counts, is lifted. Refuse it, or let "
                "whoever proposed it take it back, while it still waits."
            )
            % {"state": row.get_state_display()},
            details={"state": row.state},
        )
    return row


def require_said(lift: Lift) -> None:
    """Refuse a lifting without its reason or its evidence, or with more than is kept."""
    if not lift.reason.strip():
        raise WrongAdjustment(_("Write why it is lifted: the department reads it."), field="reason")
    if len(lift.reason.strip()) > LONGEST_RULING:
        raise WrongAdjustment(
            _("The reason has at most 500 signs. Shorten it: papers belong into the evidence."), field="reason"
        )
    if not lift.evidence.strip():
        raise WrongAdjustment(_("Write the evidence: what shows that it should not have counted?"), field="evidence")
    if len(lift.evidence.strip()) > LONGEST_EVIDENCE:
        raise WrongAdjustment(
            _("The evidence has at most 2,000 signs. Name the papers, do not copy them."), field="evidence"
        )


def require_hit(row: Adjustment, month: Month) -> None:
    """Refuse a month it does not hit, or no longer hits."""
    first, last = Month.of(row.month), last_month_hit(row)
    if last is None:
        raise Decided(
            _(
                "This is lifted altogether already: nothing more is done with it. Propose it anew if it should "
                "count after all."
            ),
            details={"state": "lifted"},
        )
    if not first <= month <= last:
        raise WrongAdjustment(
            _("It hits %(first)s to %(last)s. Choose the first of these months that it should no longer hit.")
            % {"first": month_text(first), "last": month_text(last)},
            field="from_month",
        )


def last_month_hit(row: Adjustment) -> Month | None:
    """The last month a confirmed row still hits; None where it was lifted from its first month on. One query."""
    lifted = Lifting.objects.filter(adjustment=row).order_by("from_month").values_list("from_month", flat=True).first()
    last = Month.of(row.last_month) if lifted is None else Month.of(lifted).plus(-1)
    return None if last < Month.of(row.month) else last
