"""A month with departments that its rules cannot judge is not handed in, approved or published."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.choices import LineStatus
from apps.assessments.models import ScoreLine, ScoreRun
from apps.assessments.selectors.misfits import lacks_target, misfit_scores, public_misfit_count
from apps.assessments.services.faults import config_words
from apps.assessments.services.lines import WITH_DATA
from apps.assessments.services.refusals import MonthNotComplete
from apps.assessments.services.rejudging import rejudged
from apps.core.month import Month
from apps.core.wording import month_text

MOST_NAMED = 50


def fault_words(line: ScoreLine) -> str:
    """What is wrong with a line (with its indicator) that cannot be judged, as a sentence. No database, no clock."""
    if lacks_target(line):
        return _("There is no target for %(month)s.") % {"month": month_text(Month.of(line.month))}
    problem = rejudged(line, is_over=True).problem
    return config_words(problem) if problem else _("The rule does not fit its figures.")


def require_fitting(run: ScoreRun) -> None:
    """Refuse a run with departments that have no score because the rules do not fit: they would silently have none.

    One query, where everybody else has a score or waits; three where it refuses.
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
        first = scores.select_related("department").order_by("department__name")[0]
        words = {"department": first.department.name, "month": month_text(Month.of(run.month))}
        raise MonthNotComplete(
            _(
                "%(department)s has no score for %(month)s: its weights, or a veto on it, do not fit the rules. Mend that, "
                "then work the month out again."
            )
            % words,
            details={"invalid": count, "pending": run.pending_count},
        )
    raise MonthNotComplete(
        f"{first_words(lines[0])} {mending_words(run, lines[0])} {others_words(rows.count() - 1)}".strip(),
        details={"invalid": count, "pending": run.pending_count, "lines": [told(line) for line in lines]},
    )


def first_words(line: ScoreLine) -> str:
    """Which line cannot be judged, and why."""
    words = {
        "department": line.department.name,
        "indicator": line.indicator.name,
        "month": month_text(Month.of(line.month)),
    }
    if lacks_target(line):
        return _("%(department)s, “%(indicator)s”: there is no target for %(month)s, so there is no score.") % words
    said = _("%(department)s, “%(indicator)s”: the rule does not fit in %(month)s, so there is no score.") % words
    return f"{said} {fault_words(line)}"


def mending_words(run: ScoreRun, line: ScoreLine) -> str:
    """What mends it. A correction keeps the targets that were published: only the whole month reads them again."""
    again = _("work the month out again") if run.revises_id is None else _("work the whole month out again")
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


def told(line: ScoreLine) -> dict[str, Any]:
    """One of them as plain values."""
    return {
        "department": {"id": line.department_id, "name": line.department.name},
        "indicator": {"id": line.indicator_id, "name": line.indicator.name},
        "kpi": line.indicator.kpi_id,
        "fault": fault_words(line),
    }
