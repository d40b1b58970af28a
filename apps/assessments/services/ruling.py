"""The ruling on an appeal. What it grants is read afresh and worked out as a corrected version of the month."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assessments.choices import AppealState
from apps.assessments.models import Appeal, AssessedMonth, PersonScore, Score, ScoreLine, ScoreRun
from apps.assessments.rules.appeals import GRANTED, RULINGS
from apps.assessments.selectors.placements import placement_in
from apps.assessments.services import telling_appeals as telling
from apps.assessments.services.appealing import locked_appeal, refuse_own, require_step, required
from apps.assessments.services.holding import may_go_on, under_way
from apps.assessments.services.refusals import AppealRefused, MonthBusy, NotYourStep
from apps.assessments.services.reviewers import higher_reviewer, is_gm
from apps.assessments.services.revising import revise_month
from apps.core.history import because
from apps.core.month import Month


@dataclass(frozen=True, slots=True)
class Granted:
    """What is read afresh: lines of the appeal's department by their indicators, and what stands beside the lines.

    An appeal of a person grants neither: their own personal part is read afresh, and where it is so chosen where they were
    counted; nothing of the department.
    """

    indicators: Collection[int] = ()
    is_beside: bool = False
    """Bonuses, deductions, vetoes and exemptions of the department."""
    is_placement: bool = False
    """The person's days, departments and role, as the staff's records stand now."""

    @property
    def is_nothing(self) -> bool:
        """Nothing of a department."""
        return not self.indicators and not self.is_beside


@transaction.atomic
def rule_appeal(
    *, appeal: Appeal, ruling: str, reason: str, by: User, now: datetime, granted: Granted | None = None
) -> Appeal:
    """Uphold an appeal, wholly or in part, or dismiss it. assessments.rule_appeals; only its reviewer.

    What is GRANTED (usually the line it is about) is read afresh into a draft that corrects the published month, which is
    approved and published as any other. Refuses without a reason, and a ruling that would lower the score unless the GM's.
    """
    words = required(reason, _("Give the reason of the ruling: it is what the appellant reads."))
    found = locked_appeal(appeal)
    if ruling not in RULINGS:
        raise AppealRefused(_("Choose a ruling: upheld, partly upheld or dismissed."), field="ruling")
    require_step(found, AppealState(ruling))
    require_reviewer(found, by)
    found.state, found.ruling, found.ruled_by, found.ruled_at = AppealState(ruling), words, by, now
    with because("assessments.appeal_ruled", reason=words[:500], by=by):
        if found.state in GRANTED:
            found.revision = corrected(found, what_is_granted(found, granted), by=by, now=now)
        found.save(update_fields=["state", "ruling", "ruled_by", "ruled_at", "revision", "updated_at"])
    telling.ruled(found, now=now)
    return found


@transaction.atomic
def hand_up_appeal(*, appeal: Appeal, reason: str, by: User, now: datetime) -> Appeal:
    """Give an appeal that one may not or cannot rule on to the GM. assessments.rule_appeals; only its reviewer."""
    words = required(reason, _("Say why the general manager should rule on it."))
    found = locked_appeal(appeal)
    require_reviewer(found, by)
    require_step(found, AppealState.DISMISSED)
    if is_gm(by):
        raise AppealRefused(_("You are the general manager: there is nobody above to ask. Rule on it yourself."))
    found.reviewer = higher_reviewer(found)
    with because("assessments.appeal_handed_up", reason=words[:500], by=by):
        found.save(update_fields=["reviewer", "updated_at"])
    telling.handed_up(found, by=by, reason=words, now=now)
    return found


def require_reviewer(appeal: Appeal, by: User) -> None:
    """Refuse everybody but the reviewer, and the reviewer for an appeal of their own."""
    refuse_own(appeal, by)
    if appeal.reviewer_id != by.pk:
        who = appeal.reviewer.name if appeal.reviewer else _("nobody yet: HR admits it first")
        raise NotYourStep(_("Only the reviewer rules on this appeal: %(who)s. Leave it to them.") % {"who": who})


def what_is_granted(appeal: Appeal, granted: Granted | None) -> Granted:
    """What is read afresh: as it was chosen, else what the appeal is about. Refuses lines the department does not have, and
    anything of the department for the appeal of a person: its score is for those who lead it to appeal against."""
    chosen = granted or Granted()
    if appeal.person_id:
        if not chosen.is_nothing:
            raise AppealRefused(
                _(
                    "This appeal is about the score of %(person)s: only the personal part, and where you say so the days, "
                    "departments and role, are read afresh. Leave out the lines, bonuses, deductions and vetoes of the "
                    "department."
                )
                % {"person": appeal.person},
                field="indicators" if chosen.indicators else "is_beside",
            )
        return chosen
    if chosen.is_placement:
        raise AppealRefused(
            _(
                "This appeal is about the score of %(department)s: days, departments and role are those of a person. Leave "
                "them out; people’s days are corrected by their own appeal, or by HR with the month."
            )
            % {"department": appeal.department},
            field="is_placement",
        )
    if chosen.is_nothing:
        own = [appeal.indicator_id] if appeal.indicator_id else []
        return Granted(indicators=own, is_beside=not own)
    lines = ScoreLine.objects.filter(run=appeal.run_id, department=appeal.department_id)
    if not set(chosen.indicators) <= set(lines.values_list("indicator", flat=True)):
        raise AppealRefused(
            _("One of the lines to read afresh is not among those of the department. Choose from its receipt."),
            field="indicators",
        )
    return chosen


def corrected(appeal: Appeal, granted: Granted, *, by: User, now: datetime) -> ScoreRun:
    """The corrected version of the month; what another appeal was granted in a draft that is not handed in yet stays in it.

    Refuses one that lowers what is appealed against, unless the GM rules, and one beside a draft that is not gone on from.
    """
    month = Month.of(appeal.run.month)
    place = AssessedMonth.objects.select_related("draft").get(month=month.first_day)
    require_free(place.draft)
    before = place.draft_id or place.published_id
    run = revise_month(
        month=month,
        afresh=[(appeal.department_id, indicator) for indicator in sorted(granted.indicators)],
        departments=[appeal.department_id] if granted.is_beside else [],
        people=[appeal.person_id] if appeal.person_id else [],
        placements=[appeal.person_id] if appeal.person_id and granted.is_placement else [],
        reason=_("%(appeal)s: %(ruling)s") % {"appeal": appeal, "ruling": appeal.ruling[:400]},
        by=by,
        now=now,
        is_further=True,
    )
    if granted.is_placement:
        require_moved(appeal, before, run)
    require_not_lower(appeal, before=total_in(before, appeal), after=total_in(run.pk, appeal), by=by)
    return run


def require_moved(appeal: Appeal, before: int | None, run: ScoreRun) -> None:
    """Refuse to grant days, departments and role that RUN has just as the version BEFORE it: nothing would be mended. One
    query."""
    rows = {one.run_id: one for one in PersonScore.objects.filter(run__in=[before, run.pk], person=appeal.person_id)}
    if placement_in(rows.get(before or 0)) != placement_in(rows.get(run.pk)):
        return
    raise AppealRefused(
        _(
            "The records give %(person)s the same days, departments and role as before: correct the movements first, or "
            "have the personal part alone read afresh."
        )
        % {"person": appeal.person},
        field="is_placement",
    )


def require_free(draft: ScoreRun | None) -> None:
    """Refuse to grant anything beside a draft that is not gone on from: whose turn it is, and what becomes of the clock."""
    if draft is None or may_go_on(draft):
        return
    refusal = under_way(draft)
    raise MonthBusy(
        f"{refusal} " + _("Rule then: the clock of the appeal stands still until that version is out of the way."),
        details=refusal.details,
    )


def total_in(run: int | None, appeal: Appeal) -> Decimal | None:
    """The total of what the appeal is about in a run."""
    if appeal.person_id:
        rows = PersonScore.objects.filter(run=run, person=appeal.person_id)
        return rows.values_list("total", flat=True).first()
    return Score.objects.filter(run=run, department=appeal.department_id).values_list("total", flat=True).first()


def require_not_lower(appeal: Appeal, *, before: Decimal | None, after: Decimal | None, by: User) -> None:
    """An appeal does not lower the score it is about (none at all is lower than any) unless the GM rules so."""
    if before is None or (after is not None and after >= before) or is_gm(by):
        return
    raise AppealRefused(
        _(
            "Read afresh, the score of %(subject)s would fall from %(before)s to %(after)s. An appeal may not lower a score "
            "unless the general manager rules so: dismiss it, or hand it to the general manager."
        )
        % {
            "subject": appeal.person or appeal.department,
            "before": before,
            "after": _("no score") if after is None else after,
        },
        details={"before": str(before), "after": "" if after is None else str(after)},
    )
