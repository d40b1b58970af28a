"""A draft put aside: it stays readable, and nothing of it counts."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assessments.choices import RunState
from apps.assessments.models import ScoreRun
from apps.assessments.selectors.descent import appeals_carried
from apps.assessments.services.computing import locked_month
from apps.assessments.services.holding import give_time_back
from apps.assessments.services.refusals import MonthBusy, NothingToRevise
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text


@transaction.atomic
def discard_draft(*, month: Month, reason: str, by: User, now: datetime) -> ScoreRun:
    """Put the calculated draft of MONTH aside; it stays readable. assessments.compute.

    Refuses one that is ruled on, and one that corrects what an appeal was granted: a ruling is carried out, not put aside.
    """
    place = locked_month(month)
    draft = place.draft
    if draft is None or draft.state != RunState.CALCULATED:
        state = draft.get_state_display() if draft else _("not worked out")
        raise MonthBusy(
            _("%(month)s is “%(state)s”. Only a calculated draft can be put aside: send it back first.")
            % {"month": month_text(month), "state": state},
            details={"state": draft.state if draft else ""},
        )
    if not reason.strip():
        raise NothingToRevise(_("Say why the draft is put aside."), field="reason")
    refuse_granted(draft)
    give_time_back(draft, now=now)
    with because("assessments.draft_discarded", reason=reason, by=by):
        draft.state, draft.note = RunState.SUPERSEDED, reason.strip()[:500]
        draft.save(update_fields=["state", "note"])
        place.draft = None
        place.save(update_fields=["draft", "updated_at"])
    return draft


def refuse_granted(draft: ScoreRun) -> None:
    """Refuse to put aside what corrects a month as an appeal was granted."""
    appeals = appeals_carried(draft)
    if not appeals:
        return
    words = (
        _(
            "%(run)s carries out the ruling on %(appeals)s and cannot be put aside. Hand it in; where its figures are "
            "wrong, have them entered and correct it once more first."
        )
        if draft.revises_id is not None
        else _(
            "%(run)s carries out the ruling on %(appeals)s and cannot be put aside. Hand it in; where its figures are "
            "wrong, have them entered and let the general manager have the month worked out anew."
        )
    )
    raise MonthBusy(
        words % {"run": draft, "appeals": ", ".join(str(one) for one in appeals)},
        details={"state": draft.state, "appeals": [one.pk for one in appeals]},
    )
