"""The months of one indicator in one department as the tree of today would have them, for trends across a reorganisation.

What is stored rolls up by the tree of each month. This reckons a single indicator and department anew over today's tree,
with the same rules, and stores nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings

from apps.core.clock import today
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.departments.selectors import subtree_ids
from apps.kpis.choices import ValueKind
from apps.kpis.models import Kpi, KpiTarget, KpiValue, KpiVersion
from apps.kpis.rules.aggregation import Part, aggregate
from apps.kpis.rules.status import light
from apps.kpis.selectors.months import Line
from apps.periods.rules import fiscal_year_start

AIMS = ("floor", "target", "stretch", "upper")
PLACES = 10


@dataclass(frozen=True, slots=True)
class Report:
    """What one department reported for a month."""

    department: int
    kind: str
    part: Part
    ytd: Decimal | None


def lines_today(kpi: Kpi, place: int, versions: Sequence[KpiVersion]) -> dict[Month, Line]:
    """Every month of KPI in the department over today's tree. Three queries. Nothing for formulas: see `has_today`."""
    branch = {place, *subtree_ids(place, today())}
    reports = reports_of(kpi, branch)
    targets = list(KpiTarget.objects.filter(kpi=kpi))
    lines: dict[Month, Line] = {}
    for month, found in sorted(reports.items()):
        version = version_on(versions, month.last_day)
        if version is not None and has_figure(found, place, version):
            lines[month] = rolled(found, month, place, version, targets)
    return {month: replace(line, ytd=to_date(lines, month, versions, reports, place)) for month, line in lines.items()}


def has_today(versions: Sequence[KpiVersion]) -> bool:
    """Whether the tree of today can be asked for: a formula follows its inputs, each by the tree of its month."""
    return not any(version.formula for version in versions)


def has_figure(reports: Sequence[Report], place: int, version: KpiVersion) -> bool:
    """Whether the department has a month at all: where values do not add up only those it reported itself."""
    is_own = any(report.department == place for report in reports)
    return not version.formula and (is_own or version.over_departments not in {"given", "none"})


def reports_of(kpi: Kpi, branch: set[int]) -> dict[Month, list[Report]]:
    """What the departments of the branch reported, month by month. One query."""
    rows = KpiValue.objects.current().filter(series__kpi=kpi, series__department__in=branch)
    names = ("month", "series__department", "kind", "value", "numerator", "denominator", "ytd_value")
    found: dict[Month, list[Report]] = {}
    for month, department, kind, value, top, bottom, ytd in rows.exclude(kind=ValueKind.WITHDRAWN).values_list(*names):
        found.setdefault(Month.of(month), []).append(Report(department, kind, Part(value, top, bottom), ytd))
    return found


def version_on(versions: Sequence[KpiVersion], day: date) -> KpiVersion | None:
    """The definition in force on the day."""
    return next((version for version in versions if day in version.valid), None)


def rolled(
    reports: Sequence[Report], month: Month, place: int, version: KpiVersion, targets: Sequence[KpiTarget]
) -> Line:
    """One month out of what was reported for it: as services.summaries does it for the tree of the month."""
    own = next((report for report in reports if report.department == place), None)
    value = one_value(reports, own, version)
    parts = [report.part for report in reports]
    halves = [part for part in parts if part.numerator is not None and part.denominator is not None]
    weighed = [part for part in parts if part.value is not None and part.denominator is not None]
    heavy = weighed if version.over_departments == "weighted" else halves
    aims = aims_of(reports, month, place, version, targets)
    return Line(
        month=month.first_day,
        kind=ValueKind.NUMBER if value is not None else kind_of(reports, own),
        value=value,
        numerator=summed(part.numerator for part in halves),
        denominator=summed(part.denominator for part in heavy),
        ytd=None,
        status=light(
            direction=version.direction,
            actual=value,
            target=aims["target"],
            upper=aims["upper"],
            amber_pct=version.amber_pct,
        ),
        reporting_count=len(reports),
        **aims,
    )


def one_value(reports: Sequence[Report], own: Report | None, version: KpiVersion) -> Decimal | None:
    """Several values as one by the indicator's own way over departments."""
    method = version.over_departments
    found = aggregate(method, [report.part for report in reports], scale=version.scale)
    is_alone = method in {"ratio", "weighted"} and found is None and len(reports) == 1
    if method in {"none", "given"} or is_alone:
        return own.part.value if own else None
    return at_ten(found)


def kind_of(reports: Sequence[Report], own: Report | None) -> str:
    """Which nothing was reported: the department's own word, else what those below said."""
    some = max(report.kind for report in reports)
    return own.kind if own else some if some != ValueKind.NUMBER else ValueKind.NO_DATA


def aims_of(
    reports: Sequence[Report], month: Month, place: int, version: KpiVersion, targets: Sequence[KpiTarget]
) -> dict[str, Any]:
    """Floor, target, stretch and upper end of the month: the department's own, for sums those of the members together."""
    here = {target.department_id: target for target in targets if month.last_day in target.valid}
    own, common = here.get(place), here.get(None)
    if own is None and version.over_departments == "sum":
        members = [here.get(report.department, common) for report in reports]
        return {**dict.fromkeys(AIMS), "target": together(members, "target"), "upper": together(members, "upper")}
    chosen = own or common
    return {name: getattr(chosen, name, None) for name in AIMS}


def together(members: Sequence[Any], name: str) -> Decimal | None:
    """What the members (departments of a month, months of a quarter) aim at in sum; None unless each aims at something."""
    values: list[Decimal] = [value for member in members if (value := getattr(member, name, None)) is not None]
    return sum(values, Decimal(0)) if len(values) == len(members) else None


def to_date(
    lines: Mapping[Month, Line],
    month: Month,
    versions: Sequence[KpiVersion],
    reports: Mapping[Month, Sequence[Report]],
    place: int,
) -> Decimal | None:
    """What came together since the fiscal year began, by the indicator's own way over months."""
    version = version_on(versions, month.last_day)
    if version is None:
        return None
    if version.over_time == "given":
        return next((report.ytd for report in reports[month] if report.department == place), None)
    start = Month.of(fiscal_year_start(month.first_day, settings.FISCAL_YEAR_FIRST_MONTH))
    year = [lines[one] for one in start.until(month) if one in lines]
    if version.over_time == "last":
        return lines[month].value
    parts = [Part(line.value, line.numerator, line.denominator) for line in year]
    return at_ten(aggregate(version.over_time, parts, scale=version.scale))


def summed(values: Any) -> Decimal | None:
    """The sum of the known ones; None when none is known."""
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def at_ten(value: Fraction | None) -> Decimal | None:
    """Rounded once at the ten places a value has."""
    return None if value is None else round_half_up(value, PLACES)
