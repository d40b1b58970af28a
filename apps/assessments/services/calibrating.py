"""The COO moves one score of a draft within the scheme's band, with a reason. The computed score is kept beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import roles_granted
from apps.assessments.choices import RunState, ScoreStatus
from apps.assessments.models import Calibration, Score, ScoreLine, ScoreRun
from apps.assessments.rules.appeals import is_too_low
from apps.assessments.selectors.calibrations import published_total
from apps.assessments.selectors.scores import lines_of
from apps.assessments.services.leading import own_line_of
from apps.assessments.services.refusals import CalibrationRefused, NotYourStep
from apps.assessments.services.rejudging import rejudged_score
from apps.assessments.services.reviewing import locked_draft_run
from apps.assessments.services.revising import recalibrate_month
from apps.core.clock import local_date
from apps.core.history import because
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.core.wording import month_text
from apps.departments.models import Department
from apps.staff.selectors.colleagues import is_leading

KIND = "calibration"
WORKED_ON = frozenset({RunState.CALCULATED, RunState.UNDER_REVIEW})


@dataclass(frozen=True, slots=True)
class Moved:
    """A score as it is computed, by how much it is moved, and what comes of it."""

    computed: Decimal | None
    points: Decimal
    total: Decimal | None
    grade: str


@transaction.atomic
def calibrate_score(
    *,
    month: Month,
    department: Department,
    points: Decimal,
    reason: str,
    by: User,
    now: datetime,
    version: int | None = None,
) -> ScoreRun:
    """Move the score of a department in the draft of MONTH by POINTS (0 takes it back), as the draft's next version.

    assessments.calibrate: the COO; on the COO's own line only the GM; never HR. Refuses more than the scheme's band, a
    missing reason, a month that is not calculated or under review, another VERSION than the one that was looked at; in a
    correction what would take the score below the published one, unless the GM does it.
    """
    run = locked_draft_run(month, states=set(WORKED_ON), version=version)
    score = Score.objects.filter(run=run, department=department).select_related("run__scheme").first()
    if score is None or score.status != ScoreStatus.OK:
        raise CalibrationRefused(
            _("%(department)s has no score in %(month)s that could be moved. Look on the board what it waits for.")
            % {"department": department, "month": month_text(month)},
            field="points",
        )
    words = reason.strip()[:500]
    if not words:
        raise CalibrationRefused(_("Say why the score is moved: it stands beside the score for good."), field="reason")
    require_calibrator(department, month=month, by=by, now=now)
    require_band(points, score)
    require_not_below_published(points, score, by=by)
    with because("assessments.calibrated", reason=words, by=by):
        of_month = {"month": month.first_day, "department": department, "run": run}
        Calibration.objects.create(**of_month, points=points, reason=words, made_by=by, made_at=now)
    return recalibrate_month(month=month, reason=words, by=by, now=now)


def may_calibrate(department: int, *, month: Month, by: User, now: datetime) -> str:
    """Why BY may not move this department's score; empty where they may. Four queries at most."""
    roles = roles_granted(by)
    if Role.HR in roles:
        return _("HR hands scores in and publishes them, and moves none. Tell the COO what should move, and why.")
    if is_leading(user=by.pk, departments=[department], day=local_date(now)):
        return _("You lead this department: somebody else decides on its score.")
    if Role.GM not in roles and own_line_of([department], day=month.last_day):
        return _("This is the COO's own line: only the general manager moves its score.")
    return ""


def require_calibrator(department: Department, *, month: Month, by: User, now: datetime) -> None:
    """Refuse HR, whoever leads the department, and on the COO's own line everybody but the GM."""
    if problem := may_calibrate(department.pk, month=month, by=by, now=now):
        raise NotYourStep(problem)


def require_band(points: Decimal, score: Score) -> None:
    """Refuse more points than the scheme allows, parts of a hundredth, and what would change nothing."""
    band = score.run.scheme.calibration_band
    if points != round_half_up(points, 2):
        raise CalibrationRefused(_("Points have at most two places after the point. Round them."), field="points")
    if abs(points) > band:
        raise CalibrationRefused(
            _(
                "A calibration moves a score by at most %(band)s points either way; this would be %(points)s. "
                "Write fewer points."
            )
            % {"band": band, "points": points}
            if band
            else _(
                "The scheme allows no calibration: its band is 0. Correct what is wrong with the figures "
                "instead, or let the next scheme name a band."
            ),
            field="points",
            details={"band": str(band)},
        )
    if points == score.calibration:
        raise CalibrationRefused(
            _("The score is moved by %(points)s points already. Write other points, or leave it.") % {"points": points}
            if points
            else _(
                "The score is not calibrated: there is nothing to take back. Write the points to move it by, or leave it."
            ),
            field="points",
        )


def require_not_below_published(points: Decimal, score: Score, *, by: User) -> None:
    """Refuse to take a published score down, unless the GM does: an appeal, and what corrects a month, is no occasion for it
    (DOMAIN.md section 2). Two queries where the month is published."""
    published = published_total(score)
    if published is None or Role.GM in roles_granted(by):
        return
    total = moved_by(score, lines_of(score), points).total
    if not is_too_low(total, now=score.total, published=published):
        return
    raise CalibrationRefused(
        _(
            "The published score of %(department)s is %(published)s; this would leave %(total)s. Only the general manager "
            "moves a correction below what is published: write fewer points down, or ask the general manager."
        )
        % {"department": score.department, "published": published, "total": total},
        field="points",
        details={"published": str(published), "total": str(total)},
    )


def moved_by(score: Score, lines: Iterable[ScoreLine], points: Decimal) -> Moved:
    """What a stored score (with its run and scheme, and its lines in their order) would be if it were moved by POINTS.

    Bonus, deductions, limits and vetoes hold as ever: a veto has the last word over a calibration too. No database.
    """
    others: list[dict[str, Any]] = [one for one in score.extras if one.get("kind") != KIND]
    moved = [*others, {"kind": KIND, "code": "", "points": f"{points:f}"}] if points else others
    card = rejudged_score(with_extras(score, moved), list(lines)).card
    return Moved(score.uncalibrated, points, card.total, card.grade or "")


def with_extras(score: Score, extras: list[dict[str, Any]]) -> Score:
    """A copy of the score with other extras; it is never stored."""
    values = {field.attname: getattr(score, field.attname) for field in Score._meta.concrete_fields}
    copy = Score(**{**values, "extras": extras})
    copy.run = score.run
    return copy
