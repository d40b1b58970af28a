"""A month with departments that its rules cannot judge is not handed in, approved or published."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.choices import LineStatus
from apps.assessments.models import Score, ScoreLine, ScoreRun
from apps.assessments.selectors.misfits import (
    UnaimedPart,
    faults_of,
    key_of,
    lacks_target,
    misfit_scores,
    public_misfit_count,
    unaimed_parts,
)
from apps.assessments.selectors.parts import has_parts
from apps.assessments.services.faults import config_words
from apps.assessments.services.lines import WITH_DATA
from apps.assessments.services.refusals import MonthNotComplete
from apps.assessments.services.rejudging import rejudged
from apps.core.month import Month
from apps.core.wording import month_text

MOST_NAMED = 50


def fault_words(line: ScoreLine, parts: Sequence[UnaimedPart] = ()) -> str:
    """What is wrong with a line (with its indicator) that cannot be judged, as a sentence. PARTS: of a composite, those that
    lack a target. No database, no clock."""
    if parts:
        text = ngettext(
            "“%(parts)s” of “%(indicator)s” has no target for %(month)s.",
            "“%(parts)s” of “%(indicator)s” have no target for %(month)s.",
            len(parts),
        )
        return text % part_words(line, parts)
    if lacks_target(line):
        return _("There is no target for %(month)s.") % {"month": month_text(Month.of(line.month))}
    problem = rejudged(line, is_over=True).problem
    return config_words(problem) if problem else _("The rule does not fit its figures.")


def part_words(line: ScoreLine, parts: Sequence[UnaimedPart]) -> dict[str, str]:
    """What stands in a sentence about parts of a composite."""
    return {
        "parts": "”, “".join(part.name for part in parts),
        "indicator": line.indicator.name,
        "month": month_text(Month.of(line.month)),
    }


def require_fitting(run: ScoreRun) -> None:
    """Refuse a run with departments that have no score because the rules do not fit: they would silently have none.

    One query, where everybody else has a score or waits; four where it refuses.
    """
    count = public_misfit_count(run)
    if not count:
        return
    scores = misfit_scores(run)
    rows = ScoreLine.objects.filter(run=run, month=run.month, status=LineStatus.INVALID_CONFIG)
    rows = rows.filter(department__in=scores.values("department"))
    ordered = rows.select_related("department", "indicator").order_by("department__name", "department", "indicator")
    lines = list(ordered[:MOST_NAMED])
    if not lines:
        raise whole_refusal(run, scores, count)
    unaimed = unaimed_parts(lines)
    first = first_words(lines[0], unaimed.get(key_of(lines[0]), ()))
    raise MonthNotComplete(
        f"{first} {mending_words(run, lines[0])} {others_words(rows.count() - 1)}".strip(),
        details={
            "invalid": count,
            "pending": run.pending_count,
            "lines": [told(line, unaimed.get(key_of(line), ())) for line in lines],
        },
    )


def whole_refusal(run: ScoreRun, scores: QuerySet[Score], count: int) -> MonthNotComplete:
    """What is said of SCORES, COUNT of them, that do not come about though none of their lines is at fault. Two queries."""
    names = scores.order_by("department__name", "department").values_list("department", "department__name")[:MOST_NAMED]
    named = dict(names)
    faults = dict(faults_of(scores.filter(department__in=named)))
    found = [{"department": {"id": pk, "name": name}, "fault": faults[pk]} for pk, name in named.items()]
    first = next(iter(named))
    again = _("Work the month out again then.")
    if run.revises_id is not None:
        again = _("Put this correction aside then, and correct the month once more.")
    words = {"department": named[first], "month": month_text(Month.of(run.month)), "fault": faults[first]}
    text = f"{_('%(department)s has no score for %(month)s. %(fault)s') % words} {again}"
    more = ngettext(
        "One more department has none either: see the board.",
        "%(count)s more departments have none either: see the board.",
        count - 1,
    ) % {"count": count - 1}
    return MonthNotComplete(
        f"{text} {more}" if count > 1 else text,
        details={"invalid": count, "pending": run.pending_count, "departments": found},
    )


def first_words(line: ScoreLine, parts: Sequence[UnaimedPart]) -> str:
    """Which line cannot be judged, and why. PARTS: of a composite, those that lack a target."""
    words = {
        "department": line.department.name,
        "indicator": line.indicator.name,
        "month": month_text(Month.of(line.month)),
    }
    if parts:
        text = ngettext(
            "%(department)s: “%(parts)s” of “%(indicator)s” has no target for %(month)s, so there is no score.",
            "%(department)s: “%(parts)s” of “%(indicator)s” have no target for %(month)s, so there is no score.",
            len(parts),
        )
        return text % {**words, **part_words(line, parts)}
    if lacks_target(line):
        return _("%(department)s, “%(indicator)s”: there is no target for %(month)s, so there is no score.") % words
    said = _("%(department)s, “%(indicator)s”: the rule does not fit in %(month)s, so there is no score.") % words
    return f"{said} {fault_words(line)}"


def mending_words(run: ScoreRun, line: ScoreLine) -> str:
    """What mends it. A correction keeps the targets that were published: only the whole month reads them again, but for a
    part of a composite that had none."""
    if run.revises_id is None:
        again = _("work the month out again")
    elif has_parts(line.indicator):
        again = _("put this correction aside and correct the month once more")
    else:
        again = _("work the whole month out again")
    mend = _("Set the target") if lacks_target(line) else _("Mend the target or the rule")
    words = {"mend": mend, "again": again}
    # What something was reported of applies: the register takes no exemption from it.
    if line.presence in WITH_DATA:
        return _("%(mend)s, then %(again)s.") % words
    return _("%(mend)s, then %(again)s; or have it confirmed that the line does not apply.") % words


def others_words(count: int) -> str:
    """How many lines beside the first cannot be judged either."""
    if not count:
        return ""
    return ngettext(
        "One more line cannot be judged either: see which and whose on the board.",
        "%(count)s more lines cannot be judged either: see which and whose on the board.",
        count,
    ) % {"count": count}


def told(line: ScoreLine, parts: Sequence[UnaimedPart]) -> dict[str, Any]:
    """One of them as plain values. PARTS: of a composite, those that lack a target."""
    return {
        "department": {"id": line.department_id, "name": line.department.name},
        "indicator": {"id": line.indicator_id, "name": line.indicator.name},
        "kpi": line.indicator.kpi_id,
        "parts": [{"kpi": part.kpi, "name": part.name} for part in parts],
        "fault": fault_words(line, parts),
    }
