"""The register beside the hundred points: bonus claims, deductions, vetoes, lines that do not apply. One person proposes,
another confirms."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assessments.choices import AdjustmentKind, AdjustmentState, VetoScope
from apps.assessments.models import Adjustment, AssessedDepartment, Lifting, Scheme
from apps.assessments.selectors.assessed import items_in
from apps.assessments.services.confirming import (
    held_months,
    require_confirmer,
    tell_confirmers,
    tell_proposer,
    tell_revisers,
)
from apps.assessments.services.exempting import require_line, require_no_value
from apps.assessments.services.registers import (
    Decided,
    WrongAdjustment,
    require_assessed,
    require_begun,
    require_scheme,
)
from apps.assessments.services.veto_grades import require_known_grade
from apps.core.clock import local_date
from apps.core.errors import NotAllowed
from apps.core.history import because
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.core.scope import Scope
from apps.core.wording import day_text, month_text
from apps.departments.models import Department
from apps.departments.selectors import department_for

PROPOSE = "assessments.propose"
CONFIRM = "assessments.confirm"
MOST_TIMES = 1_000
MOST_MONTHS = 12
"""A veto hits at most so many months."""
UNCOUNTED = frozenset({AdjustmentKind.VETO, AdjustmentKind.EXEMPTION})
"""What is worth no points by itself."""
LONGEST_EVIDENCE, LONGEST_NAME, LONGEST_RULING = 2_000, 200, 500


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, as it is proposed. NAME: empty for the item's own; LAST_MONTH: of a veto that hits several.

    Of an exemption CODE is that of the line, NAME the reason why it does not apply, and HAPPENED_ON may be None: it holds
    for the whole month.
    """

    kind: str
    code: str
    month: Month
    department: Department
    happened_on: date | None
    evidence: str
    name: str = ""
    count: Decimal = Decimal(1)
    last_month: Month | None = None


@transaction.atomic
def propose_adjustment(*, event: Event, scope: Scope, by: User, now: datetime) -> Adjustment:
    """Put a bonus claim, a deduction, a veto or an exemption into the register. assessments.propose, for departments of the
    scope.

    Nothing counts before somebody else has confirmed it. Refuses an item the scheme does not name, a department it does not
    judge, a day outside the month or to come, missing evidence, the same event twice, an exemption of what has a value.
    """
    if not scope.may(PROPOSE):
        raise NotAllowed(
            _("You may not propose bonuses, deductions, vetoes or exemptions. Ask the head of the department, or HR.")
        )
    department_for(scope, event.department.pk)
    require_begun(event.month, now)
    scheme = require_scheme(event.month)
    place = require_assessed(scheme, event.month, event.department)
    # Whoever proposes for the same department waits here, so that nobody proposes the same event meanwhile.
    AssessedDepartment.objects.select_for_update(no_key=True).get(pk=place.pk)
    item = require_item(scheme, event.kind, event.code, event.month, event.department)
    require_sane(event, today=local_date(now))
    name = " ".join(event.name.split())[:LONGEST_NAME] or str(item.get("name") or event.code)
    require_new(event, name)
    with because("assessments.adjustment_proposed", by=by):
        made = Adjustment.objects.create(
            kind=event.kind,
            month=event.month.first_day,
            last_month=(event.last_month or event.month).first_day,
            department=event.department,
            code=event.code,
            name=name,
            happened_on=event.happened_on or event.month.first_day,
            evidence=event.evidence.strip(),
            count=event.count,
            proposed_by=by,
            proposed_at=now,
            **effect_of(event.kind, item),
        )
    tell_confirmers(adjustment=made, now=now)
    return made


def effect_of(kind: str, item: Any) -> dict[str, Any]:
    """What a veto of the item does; nothing for the others, which are worth points."""
    if kind != AdjustmentKind.VETO:
        return {}
    value = item.get("value")
    return {
        "action": item["action"],
        "value": None if value in (None, "") else Decimal(str(value)),
        "grade": item.get("grade") or "",
        "scope": item.get("scope") or VetoScope.DEPARTMENT,
    }


def require_item(scheme: Scheme, kind: str, code: str, month: Month, department: Department) -> Any:
    """The item of the scheme, or the line an exemption is about; refuses one it does not name, and names those it does."""
    if kind not in AdjustmentKind.values:
        raise WrongAdjustment(_("Say whether it is a bonus, a deduction or a veto, or does not apply."), field="kind")
    if kind == AdjustmentKind.EXEMPTION:
        line = require_line(scheme, department, code)
        require_no_value(line, department, month)
        return {"code": line.code, "name": line.name}
    known = items_in(scheme, kind)
    if code not in known:
        words = {
            "code": code,
            "kind": AdjustmentKind(kind).label,
            "month": month_text(month),
            "known": ", ".join(known),
        }
        text = _("The scheme of %(month)s has no “%(code)s” under “%(kind)s”. It has: %(known)s. Choose one of them.")
        none = _("The scheme of %(month)s names nothing under “%(kind)s”. Leave it, or let the next scheme name it.")
        raise WrongAdjustment((text if known else none) % words, field="code")
    return known[code]


def require_sane(event: Event, *, today: date) -> None:
    """Refuse an event that contradicts itself, each by its own field."""
    if not event.evidence.strip():
        raise WrongAdjustment(_("Write the evidence: whoever confirms it must be able to check it."), field="evidence")
    if len(event.evidence.strip()) > LONGEST_EVIDENCE:
        raise WrongAdjustment(
            _("The evidence has at most 2,000 signs. Name the papers, do not copy them."), field="evidence"
        )
    require_day(event, today=today)
    count = event.count
    if not count.is_finite() or not 0 < count <= MOST_TIMES or count != round(count, 2):
        raise WrongAdjustment(
            _("How often is a number above 0 and at most 1,000, with at most two decimals. Write such a number."),
            field="count",
        )
    if event.kind == AdjustmentKind.EXEMPTION:
        require_reason(event)
    require_months(event)


def require_reason(event: Event) -> None:
    """Refuse an exemption that does not say why, or how often."""
    if not event.name.strip():
        raise WrongAdjustment(_("Write why the line does not apply: the receipt shows it."), field="name")
    if event.count != 1:
        raise WrongAdjustment(_("A line is left out once. Leave the number of times empty, or write 1."), field="count")


def require_day(event: Event, *, today: date) -> None:
    """Refuse a day that is none of the month's, or lies ahead."""
    if event.happened_on is None:
        if event.kind != AdjustmentKind.EXEMPTION:
            raise WrongAdjustment(_("Write the day it happened."), field="happened_on")
        return
    if Month.of(event.happened_on) != event.month:
        raise WrongAdjustment(
            _("%(day)s does not lie in %(month)s. Write the day it happened, or choose the month it belongs to.")
            % {"day": day_text(event.happened_on), "month": month_text(event.month)},
            field="happened_on",
        )
    if event.happened_on > today:
        raise WrongAdjustment(
            _("%(day)s is a day to come. Write the day it happened.") % {"day": day_text(event.happened_on)},
            field="happened_on",
        )


def require_months(event: Event) -> None:
    """Refuse a last month that is none of this event's."""
    last = event.last_month or event.month
    if event.kind != AdjustmentKind.VETO:
        if last != event.month:
            raise WrongAdjustment(
                _("Only a veto can hit several months. Leave the last month empty."), field="last_month"
            )
        return
    if event.count != 1:
        raise WrongAdjustment(
            _(
                "A veto holds once: what happened several times is one veto. Write 1, and say in the evidence how often."
            ),
            field="count",
        )
    if last < event.month:
        raise WrongAdjustment(
            _("The last month it hits lies before the first. Choose the first or a later one."), field="last_month"
        )
    if last > event.month.plus(MOST_MONTHS - 1):
        raise WrongAdjustment(
            _(
                "A veto hits at most twelve months. Choose an earlier last month; what must last longer is proposed again."
            ),
            field="last_month",
        )


def require_new(event: Event, name: str) -> None:
    """Refuse an event that stands in the register already: it would count twice."""
    twins = Adjustment.objects.filter(
        kind=event.kind,
        department=event.department,
        code=event.code,
        state__in=(AdjustmentState.PROPOSED, AdjustmentState.CONFIRMED),
    )
    if event.kind == AdjustmentKind.EXEMPTION:
        twins = twins.filter(month=event.month.first_day)
    else:
        twins = twins.filter(happened_on=event.happened_on or event.month.first_day, name__iexact=name)
    # What was lifted altogether may be proposed anew.
    lifted = Lifting.objects.filter(adjustment=OuterRef("pk"), from_month__lte=OuterRef("month"))
    twin = twins.exclude(Exists(lifted)).first()
    if twin is not None and event.kind == AdjustmentKind.EXEMPTION:
        raise Decided(
            _(
                "That this line does not apply in %(month)s stands in the register already, number %(number)s (%(state)s). "
                "Open that entry."
            )
            % {"month": month_text(event.month), "number": twin.pk, "state": twin.get_state_display()},
            field="code",
            details={"id": twin.pk},
        )
    if twin is not None:
        raise Decided(
            _("“%(name)s” of %(day)s stands in the register already, number %(number)s. Say in the name what differs.")
            % {"name": twin.name, "day": day_text(twin.happened_on), "number": twin.pk},
            field="name",
            details={"id": twin.pk},
        )


@transaction.atomic
def confirm_adjustment(*, adjustment: Adjustment, by: User, now: datetime, ruling: str = "") -> Adjustment:
    """Let a proposal count, with the points the scheme's item gives it. assessments.confirm.

    Refuses the proposer, whoever leads or belongs to the department, and for the COO's own line everybody but the GM; what a
    veto of the line hits above counts as well, and for one of the head alone its day. A confirmed one is never changed; a
    month that is published changes only by a revision, and those who make it are told. An exemption is refused where a value
    has come meanwhile, a veto where the rules of one of its months do not have the grade it leaves.
    """
    row = locked_open(adjustment)
    require_confirmer(adjustment=row, user=by, now=now)
    month = Month.of(row.month)
    item = require_item(require_scheme(month), row.kind, row.code, month, row.department)
    held = held_months(row)
    row.points = points_of(row.kind, item, row.count)
    before = row.scope
    for name, value in effect_of(row.kind, item).items():
        setattr(row, name, value)
    require_known_grade(row)
    if row.scope != before:
        # The rules that are in force by now hit somebody else than those it was proposed under.
        require_confirmer(adjustment=row, user=by, now=now)
    made = decided(row, AdjustmentState.CONFIRMED, by=by, now=now, ruling=ruling)
    tell_revisers(adjustment=made, held=held, now=now)
    return made


@transaction.atomic
def refuse_adjustment(*, adjustment: Adjustment, ruling: str, by: User, now: datetime) -> Adjustment:
    """Turn a proposal down, with the reason. assessments.confirm, by those who might have confirmed it."""
    if not ruling.strip():
        raise WrongAdjustment(_("Write why: whoever proposed it must know."), field="ruling")
    row = locked_open(adjustment)
    require_confirmer(adjustment=row, user=by, now=now)
    return decided(row, AdjustmentState.REFUSED, by=by, now=now, ruling=ruling)


@transaction.atomic
def withdraw_adjustment(*, adjustment: Adjustment, by: User, now: datetime, reason: str = "") -> Adjustment:
    """Take the own proposal back before it is decided. assessments.propose, by whoever proposed it."""
    row = locked_open(adjustment)
    if row.proposed_by_id != by.pk:
        raise NotAllowed(
            _("%(who)s proposed this: only they can take it back. Ask them to, or refuse it.")
            % {"who": row.proposed_by.name}
        )
    return decided(row, AdjustmentState.WITHDRAWN, by=by, now=now, ruling=reason)


def points_of(kind: str, item: Any, count: Decimal) -> Decimal | None:
    """COUNT x the item's points each, rounded once; None for a veto or an exemption. The item's cap holds over
    all its claims together: it is applied where they are added up, in the score."""
    if kind in UNCOUNTED:
        return None
    return round_half_up(Fraction(str(item["points_each"])) * Fraction(count), 2)


def locked_open(adjustment: Adjustment) -> Adjustment:
    """The row under lock; refused once it is decided."""
    row = (
        Adjustment.objects.select_for_update(of=("self",))
        .select_related("department", "proposed_by")
        .get(pk=adjustment.pk)
    )
    if row.state != AdjustmentState.PROPOSED:
        raise Decided(
            _(
                "This is “%(state)s” already: nothing more is done with it. If it was confirmed wrongly, lift "
                "it; else propose it anew."
            )
            % {"state": row.get_state_display()},
            details={"state": row.state},
        )
    return row


def decided(row: Adjustment, state: AdjustmentState, *, by: User, now: datetime, ruling: str) -> Adjustment:
    """Store what became of it, and tell whoever proposed it."""
    row.state, row.decided_by, row.decided_at = state, by, now
    row.ruling = " ".join(ruling.split())[:LONGEST_RULING]
    with because(f"assessments.adjustment_{state}", reason=row.ruling, by=by):
        row.save()
    if by.pk != row.proposed_by_id:
        tell_proposer(adjustment=row, now=now)
    return row
