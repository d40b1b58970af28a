"""Series of issues as pages show them: the list of a month, one series with what came and what was said before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.assessments.selectors.scores import published_over_time
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import readable_department_for, subtree_ids
from apps.forecasts.choices import WARNED, WORST_FIRST, ForecastMethod, SubjectKind
from apps.forecasts.models import ForecastIssue, SeriesForecast
from apps.forecasts.rules.ahead import aimed_from, due_places, months_left_in_year
from apps.forecasts.selectors.issues import Subject, visible_series, warned_by, within
from apps.kpis.models import Kpi
from apps.kpis.selectors import kpi_for, visible_months
from apps.staff.rules.turnover import turnover_rate
from apps.staff.selectors import statement

LIKELY, UNLIKELY = 0.8, 0.5
MONTHS_OF_STAFF = 36
YEAR = 12
Pair = tuple[int, int]
"""A department and an indicator."""
WARNED_BEFORE = """
SELECT told.department_id, told.kind, told.kpi_key, told.issue_id, told.warning
FROM unnest(%(departments)s::bigint[], %(kinds)s::text[], %(kpis)s::bigint[]) AS row(department_id, kind, kpi_key)
JOIN forecasts_seriesforecast told USING (department_id, kind, kpi_key)
WHERE told.issue_id = ANY(%(issues)s) AND NOT told.is_own AND told.warning <> ''
"""


def due_ahead(row: SeriesForecast, last: Month) -> list[tuple[int, Month]]:
    """(place among the months ahead, month) of the figures that come after the LAST month known: of every month, or of the
    last one of each quarter or year. Empty where there is no forecast. ROW comes from a selector that took the scope."""
    places = due_places(row.step, last.number, settings.FISCAL_YEAR_FIRST_MONTH, len(row.mean))
    return [(place, last.plus(place + 1)) for place in places]


def is_due(row: SeriesForecast, month: Month) -> bool:
    """Whether a figure of the series is due in that month, past or ahead. ROW comes from a selector that took the scope."""
    return (month.number + 1 - settings.FISCAL_YEAR_FIRST_MONTH) % row.step == 0


def targets_from(scope: Scope, rows: Iterable[SeriesForecast], last: Month) -> dict[Pair, Month]:
    """(department, indicator) → the month of the business year from which on there is a target, where the year itself has
    none for that: of ROWS of an issue made after the month LAST. One query, none where no year lacks its target so."""
    asked = [row for row in rows if row.kpi_key and row.step == 1 and row.target and lacks_year(row)]
    following = last.plus(1)
    start = following.plus(1 - YEAR + months_left_in_year(following.number, settings.FISCAL_YEAR_FIRST_MONTH))
    if not asked or start > last:
        return {}
    found = visible_months(scope).filter(
        kpi__in={row.kpi_key for row in asked},
        department__in={row.department_id for row in asked},
        month__range=(start.first_day, last.first_day),
    )
    known: dict[Pair, dict[Month, Any]] = {}
    for place, kpi, month, target in found.order_by().values_list("department", "kpi", "month", "target"):
        known.setdefault((place, kpi), {})[Month.of(month)] = target
    firsts = {}
    for pair in ((row.department_id, row.kpi_key) for row in asked):
        months = known.get(pair, {})
        aimed = {month for month, target in months.items() if target is not None}
        firsts[pair] = aimed_from(start, last, aimed=aimed, known=months)
    return {pair: month for pair, month in firsts.items() if month is not None}


def partly_aimed(
    scope: Scope, issue: ForecastIssue, departments: Iterable[int], *, limit: int
) -> list[tuple[SeriesForecast, Month]]:
    """The series of these departments themselves, of at most LIMIT that may be so, whose year has no target because one
    holds only from a month on, with that month; by name. Two queries at most."""
    lacking = Q(kind=SubjectKind.KPI, step=1, year_mean__isnull=False, year_target__isnull=True) & ~Q(target=[])
    rows = visible_series(scope, issue).filter(lacking, department__in=list(departments))
    asked = list(rows.order_by("kpi__name", "kpi_key", "department_id")[:limit])
    since = targets_from(scope, asked, Month.of(issue.month))
    pairs = ((row, since.get((row.department_id, row.kpi_key))) for row in asked)
    return [(row, month) for row, month in pairs if month is not None]


def lacks_year(row: SeriesForecast) -> bool:
    """Whether the year is foretold, and has no target."""
    return row.year_mean is not None and row.year_target is None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many series an issue holds for the person, and how they stand."""

    all: int
    told: int
    leaves: int
    stays_off: int
    below_plan: int
    returns: int
    with_target: int
    likely: int
    unlikely: int

    @property
    def warned(self) -> int:
        """Series that need somebody: a return to the target is good news."""
        return self.leaves + self.stays_off + self.below_plan


@dataclass(frozen=True, slots=True)
class Past:
    """What was known of a month: its value, and its target where there was one; of a range both ends."""

    values: dict[Month, float]
    targets: dict[Month, float]
    uppers: dict[Month, float] = field(default_factory=dict)


def series_below(rows: QuerySet[Any], department: int, day: date) -> QuerySet[Any]:
    """ROWS of the department and everything under it by the tree of the day. The ROWS took the scope."""
    return rows.filter(department__in=subtree_ids(department, day))


def series_counts(scope: Scope, issue: ForecastIssue) -> Counts:
    """How the visible series stand. One query."""
    found = (
        visible_series(scope, issue)
        .order_by()
        .aggregate(
            all=Count("kind"),
            told=Count("kind", filter=~Q(method=ForecastMethod.NONE)),
            **{str(word): Count("kind", filter=Q(worst=place)) for place, word in enumerate(WORST_FIRST)},
            with_target=Count("kind", filter=Q(chance_year__isnull=False)),
            likely=Count("kind", filter=Q(chance_year__gte=LIKELY)),
            unlikely=Count("kind", filter=Q(chance_year__lt=UNLIKELY)),
        )
    )
    return Counts(**found)


def warned_since(scope: Scope, rows: Sequence[Any], issues: Sequence[ForecastIssue]) -> dict[Any, Month]:
    """Since which issue without a break each of the rows has had the warning it has now, by (department, kind, kpi_key).

    ISSUES: those that count, the newest (the rows') first. ROWS come from a selector that took the scope. One query, of as
    many short reads as there are rows and issues, whatever else those issues hold.
    """
    warned = [row for row in rows if row.warning]
    if not warned or not issues or not scope.may("forecasts.view"):
        return {}
    given = {
        "departments": [row.department_id for row in warned],
        "kinds": [row.kind for row in warned],
        "kpis": [row.kpi_key for row in warned],
        "issues": [issue.pk for issue in issues],
    }
    with connection.cursor() as cursor:
        cursor.execute(WARNED_BEFORE, given)
        told = cursor.fetchall()
    known = {tuple(line[:4]): line[4] for line in told}
    found = {}
    for row in warned:
        key = (row.department_id, row.kind, row.kpi_key)
        for issue in issues:
            if known.get((*key, issue.pk)) != row.warning:
                break
            found[key] = Month.of(issue.month)
    return found


def subject_for(scope: Scope, kind: str, department: int, kpi: int | None) -> Subject:
    """What an address names; NotFound is the same for what is none and what is not theirs."""
    if (kind == SubjectKind.KPI) != (kpi is not None) or kind not in SubjectKind.values:
        raise NotFound(_("There is no such forecast, or it lies outside what you may see."))
    named: Kpi | None = kpi_for(scope, kpi) if kpi is not None else None
    return Subject(kind, readable_department_for(scope, department), named)


def series_over_time(
    scope: Scope, subject: Subject, issues: Sequence[ForecastIssue]
) -> list[tuple[ForecastIssue, SeriesForecast]]:
    """What each of the issues said of the subject, in their order; issues that said nothing are left out. One query."""
    rows = SeriesForecast.objects.filter(
        issue__in=issues, department=subject.department, kind=subject.kind, kpi_key=subject.kpi_key, is_own=False
    ).select_related("department", "kpi__definition")
    by_issue = {row.issue_id: row for row in within(scope, rows)}
    return [(issue, by_issue[issue.pk]) for issue in issues if issue.pk in by_issue]


def past_of(scope: Scope, subject: Subject, *, until: Month) -> Past:
    """What became of the subject up to the month, as its own pages show it. One query; of people ten."""
    if subject.kind == SubjectKind.KPI:
        return past_of_kpi(scope, subject, until)
    if subject.kind == SubjectKind.SCORE:
        scores = published_over_time(scope, subject.department, until=until.first_day)
        return Past({Month.of(one.run.month): float(one.total) for one in scores if one.total is not None}, {})
    return past_of_staff(scope, subject, until)


def past_of_kpi(scope: Scope, subject: Subject, until: Month) -> Past:
    """Values and targets of a KPI in a department."""
    rows = visible_months(scope).filter(kpi=subject.kpi, department=subject.department, month__lte=until.first_day)
    lines: list[Any] = list(rows.order_by("month").values_list("month", "value", "target", "upper"))
    values, targets, uppers = (
        {Month.of(line[0]): float(figure) for line in lines if (figure := line[1:][place]) is not None}
        for place in range(3)
    )
    return Past(values, targets, uppers)


def past_of_staff(scope: Scope, subject: Subject, until: Month) -> Past:
    """Heads at the end of each month, or turnover of the twelve months up to it."""
    found = statement(scope=scope, first=until.plus(1 - MONTHS_OF_STAFF), last=until, department=subject.department)
    lines = [(one.month, one.count) for one in found.months]
    planned = {one.month: float(one.planned) for one in found.months if one.planned is not None}
    if subject.kind == SubjectKind.HEADCOUNT:
        return Past({month: float(count.closing) for month, count in lines}, planned)
    counts = [(count.opening, count.closing, count.leavers) for _month, count in lines]
    rates = {
        lines[place][0]: turnover_rate(counts[place + 1 - YEAR : place + 1]).rate_pct
        for place in range(YEAR - 1, len(lines))
    }
    return Past({month: float(rate) for month, rate in rates.items() if rate is not None}, {})


def warnings_of(scope: Scope, issue: ForecastIssue, *, limit: int, kinds: Sequence[str] = WARNED) -> list[Any]:
    """The series with a warning of these KINDS (as they are: those that need somebody), the worst first. One query."""
    rows = warned_by(visible_series(scope, issue), kinds)
    return list(rows.order_by("worst", "warned_month", "chance_year", "department_id", "kpi_key")[:limit])


def series_of_department(scope: Scope, issue: ForecastIssue, department: int, *, limit: int) -> tuple[list[Any], int]:
    """What is foretold of one department itself, warnings first, and how much there is. One query, two where it is more than
    LIMIT."""
    rows = visible_series(scope, issue).filter(department=department)
    found = list(rows.order_by("worst", "kind", "chance_year", "kpi__name", "kpi_key")[:limit])
    return found, len(found) if len(found) < limit else rows.order_by().count()


def main_targets(scope: Scope, issue: ForecastIssue, departments: Iterable[int], *, limit: int) -> list[Any]:
    """The year's targets of these departments themselves, the least likely first. One query."""
    rows = visible_series(scope, issue).filter(department__in=list(departments), chance_year__isnull=False)
    return list(rows.order_by("chance_year", "kpi__name", "kpi_key")[:limit])
