"""R8 for what is published: a correction, a publication and the ruling on an appeal meet over one month."""

from functools import partial
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.assessments.choices import AppealState, RunState
from apps.assessments.models import Appeal, AssessedMonth, Publication, ScoreRun
from apps.assessments.selectors.descent import line_of
from apps.assessments.services import (
    discard_draft,
    publish_month,
    revise_departments,
    rule_appeal,
    send_back_month,
)
from apps.core import clock
from apps.core.errors import Conflict
from apps.core.month import Month
from ops_portal.drills.assessed import Ruled, approve, handed_in, published_month
from ops_portal.drills.figures import someone
from ops_portal.drills.meeting import Act, Outcome, at_once, told

REASON = "A drill."


def publish_revise(firm: Ruled, other: User) -> Outcome:
    """HR publishes a correction while the COO puts it aside and corrects the month otherwise."""
    del other
    edition = corrected(firm)
    publish = partial(publish_month, month=firm.month, by=firm.hr, now=clock.now())
    trouble = told(at_once(publish, partial(correct_otherwise, firm)))
    return Outcome(trouble or correction_trouble(edition))


def publish_publish(firm: Ruled, other: User) -> Outcome:
    """Two of HR publish the month: one does, the other is told who has; the one who did may click twice."""
    del other
    approve(handed_in(firm), by=firm.coo)
    acts = [partial(publish_month, month=firm.month, by=by, now=clock.now()) for by in (firm.hr, someone("hr"))]
    trouble = told(at_once(*acts))
    return Outcome(trouble or publication_trouble())


def rule_revise(firm: Ruled, other: User) -> Outcome:
    """A reviewer upholds an appeal while the COO begins a correction: one goes before the other. The correction then goes on
    from what was granted; a ruling that comes second is told that a correction is under way."""
    edition = published_month(firm).run
    appeal = under_review(edition, firm, reviewer=other)
    ends = at_once(upheld(appeal), revised(firm))
    if ends == [None, None]:
        return Outcome(carrying_trouble(appeal))
    return Outcome(told(ends) or ruling_trouble(appeal, edition))


def rule_publish(firm: Ruled, other: User) -> Outcome:
    """A reviewer upholds an appeal while HR publishes a correction: the ruling stands on the newer edition, or is told that
    the correction is under way. It is never lost behind it."""
    former = corrected(firm)
    appeal = under_review(former, firm, reviewer=other)
    publish = partial(publish_month, month=firm.month, by=firm.hr, now=clock.now())
    published, ruled = at_once(publish, upheld(appeal))
    if published is not None:
        return Outcome(f"the publication failed: {type(published).__name__}")
    if ruled is not None:
        return Outcome("" if is_told(ruled) else f"the reviewer was not told: {type(ruled).__name__}")
    return Outcome(ruling_trouble(appeal, AssessedMonth.objects.get().published))


def corrected(firm: Ruled) -> ScoreRun:
    """The month published, with an approved correction of it; the published run."""
    edition = published_month(firm).run
    approve(handed_in(firm), by=firm.coo)
    return edition


def revised(firm: Ruled) -> Act:
    """A correction of the department begun."""
    given: dict[str, Any] = {
        "month": firm.month,
        "departments": [firm.kpi.department_id],
        "reason": REASON,
        "by": firm.coo,
    }
    return partial(revise_departments, **given, now=clock.now())


@transaction.atomic
def correct_otherwise(firm: Ruled) -> None:
    """The approved correction sent back and put aside, and another one begun: one act for whoever does it."""
    given: dict[str, Any] = {"month": firm.month, "reason": REASON, "by": firm.coo, "now": clock.now()}
    send_back_month(**given)
    discard_draft(**given)
    revised(firm)()


def under_review(edition: ScoreRun, firm: Ruled, *, reviewer: User) -> Appeal:
    """An appeal against the published score that REVIEWER has before them."""
    return Appeal.objects.create(
        run=edition, department=firm.kpi.department, state=AppealState.REVIEWING, reason=REASON,
        filed_by=someone("manager"), filed_at=clock.now(), due_at=clock.now(), reviewer=reviewer,
    )  # fmt: skip


def upheld(appeal: Appeal) -> Act:
    """The appeal granted by its reviewer."""
    given: dict[str, Any] = {"appeal": appeal, "ruling": AppealState.UPHELD, "reason": REASON, "by": appeal.reviewer}
    return partial(rule_appeal, **given, now=clock.now())


def is_told(error: Exception) -> bool:
    """Whether a refusal is a conflict that tells the present state."""
    return isinstance(error, Conflict) and bool((error.details or {}).get("state"))


def publication_trouble() -> str:
    """The month has one publication and no draft, and who published it gets the same one again."""
    place, publications = AssessedMonth.objects.get(), list(Publication.objects.select_related("published_by"))
    if len(publications) != 1:
        return f"{len(publications)} publications"
    one = publications[0]
    again = publish_month(month=Month.of(one.month), by=one.published_by, now=clock.now())
    found = (place.published_id, place.draft_id, again)
    return "" if found == (one.run_id, None, one) else f"run {one.run_id}, but published, draft, again: {found}"


def correction_trouble(edition: ScoreRun) -> str:
    """The correction is the second edition with nothing beside it, or nothing was published and another one is begun."""
    place, count = AssessedMonth.objects.get(), Publication.objects.count()
    if count == 2:
        is_right = place.draft is None and place.published is not None and place.published.revises_id == edition.pk
    else:
        is_right = place.published_id == edition.pk and is_draft_of(place, edition)
    return "" if is_right else f"{count} publications, draft {place.draft_id}"


def ruling_trouble(appeal: Appeal, edition: ScoreRun | None) -> str:
    """One correction of EDITION, that of the ruling if it is given, and else an appeal that is still before its reviewer."""
    appeal.refresh_from_db()
    place = AssessedMonth.objects.get()
    if edition is None or not is_draft_of(place, edition):
        return "the month has no correction of its edition"
    wanted = (AppealState.UPHELD, place.draft_id) if appeal.revision_id else (AppealState.REVIEWING, None)
    found = (appeal.state, appeal.revision_id)
    return "" if found == wanted else f"the appeal is {found}, the correction {place.draft_id}"


def carrying_trouble(appeal: Appeal) -> str:
    """The month's only draft goes on from the correction the appeal was granted."""
    appeal.refresh_from_db()
    drafts = list(ScoreRun.objects.filter(state=RunState.CALCULATED))
    carrying = [draft.pk for draft in drafts if appeal.revision_id in line_of(draft)]
    is_right = carrying == [AssessedMonth.objects.get().draft_id] and len(drafts) == 1
    return "" if is_right and appeal.state == AppealState.UPHELD else f"{len(drafts)} drafts, an appeal {appeal.state}"


def is_draft_of(place: AssessedMonth, edition: ScoreRun) -> bool:
    """Whether the month's only draft corrects EDITION."""
    drafts = ScoreRun.objects.filter(state=RunState.CALCULATED).values_list("pk", "revises")
    return list(drafts) == [(place.draft_id, edition.pk)]
