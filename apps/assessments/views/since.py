"""What has moved since scores were worked out: said on the board, before they are published, and on receipts."""

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.choices import Presence, RunState
from apps.assessments.models import ScoreRun
from apps.assessments.selectors.receipts import ReceiptLine
from apps.assessments.services.since import Moved, moved_on_receipt, moved_since
from apps.assessments.views.figures import in_unit
from apps.core.month import Month
from apps.core.scope import Scope

MOST_NAMED = 5


def since_context(run: ScoreRun | None, scope: Scope) -> dict[str, Any] | None:
    """How many lines of the board's run were judged by what is no longer so, which, and what can be done; None: none, or a
    version that nobody works on."""
    if run is None or run.state == RunState.SUPERSEDED:
        return None
    moved = moved_since(run)
    if not moved:
        return None
    may_correct = run.state == RunState.PUBLISHED and scope.may("assessments.compute")
    return {
        "text": counted(moved),
        "then": what_then(run),
        "lines": [
            {
                "name": f"{one.line.department.name}: {one.line.indicator.name}",
                "url": f"{score_url_of(one, run)}#line-{one.line.indicator_id}",
            }
            for one in moved[:MOST_NAMED]
        ],
        "more": max(0, len(moved) - MOST_NAMED),
        "revise_url": reverse("assessments:revise", args=[Month.of(run.month)]) if may_correct else "",
    }


def score_url_of(one: Moved, run: ScoreRun) -> str:
    """The receipt a line stands on."""
    address = reverse("assessments:score", args=[Month.of(run.month), one.line.department_id])
    return f"{address}?version={run.version}"


def counted(moved: list[Moved]) -> str:
    """How many lines it is about."""
    text = ngettext(
        "One line of these scores was judged by a figure that has changed since.",
        "%(count)s lines of these scores were judged by figures that have changed since.",
        len(moved),
    )
    return text % {"count": len(moved)}


def what_then(run: ScoreRun) -> str:
    """What can be done about it, by where the run stands."""
    if run.state == RunState.PUBLISHED:
        return _("What is published stays: a late figure is a restatement and counts with the next correction.")
    if run.revises_id is not None:
        return _("A correction keeps what it does not name. Name these lines in this one or leave them to the next.")
    words = {
        RunState.CALCULATED: _("Work the month out again, then hand it in."),
        RunState.UNDER_REVIEW: _(
            "Return the scores to have the month worked out again, or approve them as they are: these lines can be "
            "corrected after the publication."
        ),
        RunState.APPROVED: _(
            "Send the scores back to have the month worked out again, or publish them as they are: these lines can be "
            "corrected afterwards."
        ),
    }
    return words[RunState(run.state)]


def publishing_warning(run: ScoreRun | None) -> str:
    """What whoever is about to publish should know of figures that have changed since; empty where none has."""
    moved = moved_since(run) if run is not None and run.state == RunState.APPROVED else []
    return f"{counted(moved)} {_('They are published as they were approved.')}" if moved else ""


def restated(run: ScoreRun, lines: list[ReceiptLine]) -> dict[int, str]:
    """By indicator, what stands there now instead of what a line of the receipt was judged by, in a sentence."""
    if run.state == RunState.SUPERSEDED:
        return {}
    definitions = {one.line.indicator_id: one.definition for one in lines}
    found = {}
    for one in moved_on_receipt(lines, Month.of(run.month)):
        now = ""
        if one.fact is not None and one.fact.presence == Presence.NUMBER and one.fact.value is not None:
            now = in_unit(Decimal(one.fact.value), definitions.get(one.line.indicator_id), is_rounded=True)
        elif one.fact is not None:
            now = str(Presence(one.fact.presence).label)
        found[one.line.indicator_id] = restated_words(run, now)
    return found


def restated_words(run: ScoreRun, now: str) -> str:
    """The sentence for one line. NOW: the figure as it stands; empty for a report."""
    what = _("Restated since: %(now)s.") % {"now": now} if now else _("Something else has been reported since.")
    if run.state == RunState.PUBLISHED:
        return f"{what} {_('The published score stays as it is until it is corrected.')}"
    return f"{what} {_('These scores were worked out before that.')}"
