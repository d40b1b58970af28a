"""What has moved or come since scores were worked out: said on the board, before they are published, and on receipts."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.choices import AdjustmentKind, Presence, RunState
from apps.assessments.models import PersonScore, ScoreRun
from apps.assessments.selectors.receipts import ReceiptLine
from apps.assessments.services.reviewing import lacking_words
from apps.assessments.services.since import Moved, moved_on_receipt, moved_since
from apps.assessments.services.since_beside import APPRAISAL, Came, came_beside
from apps.assessments.views.figures import in_unit
from apps.core.month import Month
from apps.core.scope import Scope

MOST_NAMED = 5


def since_context(run: ScoreRun | None, scope: Scope) -> dict[str, Any] | None:
    """How many lines of the board's run were judged by what is no longer so, which, and what can be done; None: none, or a
    version that nobody works on."""
    if run is None or run.state == RunState.SUPERSEDED:
        return None
    moved, came = moved_since(run), came_beside(run)
    if not moved and not came:
        return None
    may_correct = run.state == RunState.PUBLISHED and scope.may("assessments.compute")
    return {
        "text": " ".join(text for text in (counted(moved), counted_beside(came)) if text),
        "then": what_then(run, is_veto_lacking=any(one.is_veto_lacking for one in came)),
        "lines": [
            *({"name": came_name(one), "url": came_url(one, run)} for one in vetoes_first(came)[:MOST_NAMED]),
            *(
                {
                    "name": f"{one.line.department.name}: {one.line.indicator.name}",
                    "url": f"{score_url_of(one, run)}#line-{one.line.indicator_id}",
                }
                for one in moved[:MOST_NAMED]
            ),
        ],
        "more": sum(max(0, len(found) - MOST_NAMED) for found in (moved, came)),
        "revise_url": reverse("assessments:revise", args=[Month.of(run.month)]) if may_correct else "",
    }


def score_url_of(one: Moved, run: ScoreRun) -> str:
    """The receipt a line stands on."""
    address = reverse("assessments:score", args=[Month.of(run.month), one.line.department_id])
    return f"{address}?version={run.version}"


def counted(moved: Sequence[Moved]) -> str:
    """How many lines it is about; empty for none."""
    if not moved:
        return ""
    text = ngettext(
        "One line of these scores was judged by a figure that has changed since.",
        "%(count)s lines of these scores were judged by figures that have changed since.",
        len(moved),
    )
    return text % {"count": len(moved)}


def counted_beside(came: Sequence[Came]) -> str:
    """How much stands beside the points, or in personal parts, that the scores do not know; empty for none."""
    if not came:
        return ""
    text = ngettext(
        "One thing beside the points has been confirmed, lifted or given anew since, and the scores do not know it.",
        "%(count)s things beside the points have been confirmed, lifted or given anew since, and the scores do not know "
        "them.",
        len(came),
    )
    return text % {"count": len(came)}


def vetoes_first(came: Sequence[Came]) -> list[Came]:
    """What must not be published without comes first."""
    return sorted(came, key=lambda one: not one.is_veto_lacking)


def came_name(one: Came) -> str:
    """Whose score it is about, and what became of what."""
    return f"{one.name}: {came_what(one)}"


def came_what(one: Came) -> str:
    """What became of what."""
    if one.what["kind"] == APPRAISAL:
        return _("personal part given anew")
    words = {"kind": AdjustmentKind(one.what["kind"]).label, "name": one.what["name"]}
    return (_("%(kind)s “%(name)s” no longer counts") if one.is_gone else _("%(kind)s “%(name)s” confirmed")) % words


def came_url(one: Came, run: ScoreRun) -> str:
    """The receipt it is about."""
    month = Month.of(run.month)
    if isinstance(one.score, PersonScore):
        address = reverse("assessments:person_score", args=[month, one.score.person_id])
    else:
        address = reverse("assessments:score", args=[month, one.score.department_id])
    return f"{address}?version={run.version}"


def came_words(came: Sequence[Came], run: ScoreRun) -> str:
    """What a receipt says of it; empty for nothing, and for a version that nobody works on."""
    if not came or run.state == RunState.SUPERSEDED:
        return ""
    what = _("Since these scores were worked out: %(what)s.") % {"what": "; ".join(map(came_what, came))}
    if run.state == RunState.PUBLISHED:
        return f"{what} {_('The published score stays as it is until it is corrected.')}"
    return f"{what} {_('This score does not know it.')}"


def what_then(run: ScoreRun, *, is_veto_lacking: bool = False) -> str:
    """What can be done about it, by where the run stands. IS_VETO_LACKING: so it cannot be published."""
    if run.state == RunState.PUBLISHED:
        return _("What is published stays: what came late is a restatement and counts with the next correction.")
    if is_veto_lacking:
        return lacking_then(run)
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


def lacking_then(run: ScoreRun) -> str:
    """What can be done about scores that lack a confirmed veto, by where they stand."""
    if run.revises_id is not None:
        return _(
            "A confirmed veto is among it: this correction cannot be published before it names the department too."
        )
    words = {
        RunState.CALCULATED: _("A confirmed veto is among it: work the month out again, then hand it in."),
        RunState.UNDER_REVIEW: _(
            "A confirmed veto is among it: return the scores to have the month worked out again. They cannot be published "
            "without it."
        ),
        RunState.APPROVED: _(
            "A confirmed veto is among it: whoever approves sends the scores back to have the month worked out again. They "
            "cannot be published without it."
        ),
    }
    return words[RunState(run.state)]


def publishing_warning(run: ScoreRun | None) -> str:
    """What whoever is about to publish should know of what has come since; empty where nothing has."""
    if run is None or run.state != RunState.APPROVED:
        return ""
    moved, came = moved_since(run), came_beside(run)
    lacking = [one for one in came if one.is_veto_lacking]
    if lacking:
        return lacking_words(run, lacking)
    if not moved and not came:
        return ""
    named = "; ".join(came_name(one) for one in came[:MOST_NAMED])
    said = [counted(moved), counted_beside(came), f"{named}." if named else ""]
    return " ".join([*filter(None, said), _("They are published as they were approved.")])


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
