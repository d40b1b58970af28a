"""What a month still waits for, line by line and whose it is; and what else is open beside its scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from apps.assessments.choices import AdjustmentState
from apps.assessments.models import AssessedDepartment, AssessedMonth, Scheme, ScoreLine, ScoreRun
from apps.assessments.models.appeals import OPEN_APPEALS
from apps.assessments.selectors.adjustments import visible_adjustments
from apps.assessments.selectors.appeals import visible_appeals
from apps.assessments.selectors.appraising import scheme_of_people
from apps.assessments.selectors.blocking import Awaited, awaited, names_of, raters_awaited
from apps.assessments.selectors.calibrations import visible_calibrations
from apps.assessments.selectors.entries import ENTER, still_to_report
from apps.assessments.selectors.misfits import holding_back, is_misfit, read_faults, read_owners, unaimed_parts
from apps.assessments.selectors.raters import Rater
from apps.assessments.selectors.rating import RATE
from apps.assessments.selectors.scores import sees_drafts
from apps.core.month import Month
from apps.core.scope import Scope
from apps.staff.choices import AppointmentRole
from apps.staff.models import Person
from apps.staff.selectors import leaders_of


def awaited_lines(scope: Scope, month: Month) -> QuerySet[ScoreLine]:
    """Lines of the draft of MONTH that still wait for something, or that the rules do not fit, for those who read drafts;
    none without a draft."""
    if not sees_drafts(scope):
        return ScoreLine.objects.none()
    draft = AssessedMonth.objects.filter(month=month.first_day).values("draft")[:1]
    rows = holding_back(ScoreLine.objects.filter(run=draft, month=month.first_day))
    return rows.select_related("department", "indicator__kpi__owner")


def is_untouched(scope: Scope, month: Month) -> bool:
    """Whether MONTH was never worked out yet, so that nothing is stored of what it waits for. For those who read drafts."""
    return sees_drafts(scope) and not ScoreRun.objects.filter(month=month.first_day).exists()


def judged_departments(scope: Scope, month: Month) -> QuerySet[AssessedDepartment]:
    """The departments that the scheme in force judges, for those who read drafts; none without a scheme."""
    rows = AssessedDepartment.objects.filter(scheme__in=Scheme.objects.on(month.last_day)).select_related("department")
    return rows if sees_drafts(scope) else rows.none()


@dataclass(frozen=True, slots=True)
class AwaitedLine:
    """A line, what it waits for, and whose that is: the raters who have said nothing, the owner of a KPI without a target,
    else who heads the department."""

    line: ScoreLine
    awaited: Awaited
    head: Person | None
    raters: Sequence[Rater]
    owner: Person | None = None
    """Of the KPI, where a target is awaited or a rule that fits."""


def whose_lines(lines: Sequence[ScoreLine], today: date) -> list[AwaitedLine]:
    """LINES of one month with what each waits for and whose it is. Eight queries at most, however many lines."""
    if not lines:
        return []
    silent = raters_awaited(lines)
    names, unaimed = names_of(silent), unaimed_parts(lines)
    read_owners(lines)
    read_faults(lines)
    heads = leaders_of({line.department_id for line in lines}, today).filter(role=AppointmentRole.HEAD)
    by_place = {row.department_id: row.person for row in heads}
    return [
        AwaitedLine(
            line,
            one,
            by_place.get(line.department_id),
            [user for user in silent.get((line.indicator_id, line.department_id), {}).values() if user],
            line.indicator.kpi.owner if is_misfit(line) and line.indicator.kpi else None,
        )
        for line in lines
        for one in awaited(line, names, unaimed)
    ]


@dataclass(frozen=True, slots=True)
class BesideMonth:
    """What else there is to do for a month: None where it is not the reader's."""

    to_report: int | None
    """Indicators for which nothing was reported yet."""
    may_rate: bool
    may_appraise: bool
    """Whether the rules of the month score people, and the reader may give their personal parts."""
    claims: int
    """Bonuses, deductions, vetoes and exemptions nobody confirmed or refused yet."""
    appeals: int
    """Without an answer."""
    calibrations: int | None
    """How often a score of the month was moved."""


def beside_month(scope: Scope, month: Month) -> BesideMonth:
    """Counts for the board. Six queries."""
    day = month.first_day
    claims = visible_adjustments(scope).filter(month__lte=day, last_month__gte=day, state=AdjustmentState.PROPOSED)
    calibrations = visible_calibrations(scope).filter(month=day).count() if sees_drafts(scope) else None
    return BesideMonth(
        to_report=still_to_report(scope, month).count() if scope.may(ENTER) else None,
        may_rate=scope.may(RATE),
        may_appraise=scheme_of_people(scope, month) is not None,
        claims=claims.count(),
        appeals=visible_appeals(scope).filter(run__month=day, state__in=OPEN_APPEALS).count(),
        calibrations=calibrations,
    )
