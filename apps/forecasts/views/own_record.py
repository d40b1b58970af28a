"""The record of own figures on the honesty board: as a whole, by months ahead, by KPI, by department, one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.http.cells import Badge
from apps.core.scope import Scope
from apps.forecasts.models import ForecastIssue
from apps.forecasts.rules.ahead import BETTER, TOO_FEW, WORSE_THAN_NAIVE, WORSE_THAN_SEASONAL
from apps.forecasts.rules.own_record import WORSE_THAN_FORECAST, OwnRecord, own_record
from apps.forecasts.selectors.honesty import MOST_DUE, JudgedOverride, due_overrides, judged_overrides
from apps.forecasts.views.words import measure_for, name_of, plain_number, shown, url_of

OVERRIDES_SHOWN, GROUPS_SHOWN = 30, 60
VERDICTS = {
    BETTER: (gettext_lazy("Closer than the forecast and both plain ones"), "success"),
    WORSE_THAN_FORECAST: (gettext_lazy("Our forecast came closer"), "warning"),
    WORSE_THAN_NAIVE: (gettext_lazy("“Same as last month” came closer"), "warning"),
    WORSE_THAN_SEASONAL: (gettext_lazy("“Same as last year” came closer"), "warning"),
    TOO_FEW: (gettext_lazy("Too few to judge"), "neutral"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Own figures that belong together, with the page where they are put beside the forecast."""

    label: str
    note: str = ""
    url: str = ""


def own_context(scope: Scope, issues: Sequence[ForecastIssue], by: str) -> dict[str, Any]:
    """What people's own figures came to, grouped BY horizon, kpi or department. Two queries where some are due, else one."""
    told = due_overrides(scope, issues)
    judged = judged_overrides(scope, told, issues)
    return {
        "overrides": summary_of(judged),
        "own_groups": groups_of(judged, by),
        "own_by": {"horizon": _("Months ahead"), "kpi": _("KPI"), "department": _("Department")}[by],
        "override_rows": [judged_line(one) for one in judged[:OVERRIDES_SHOWN]],
        "override_rest": max(0, len(judged) - OVERRIDES_SHOWN),
        "override_most": MOST_DUE if len(told) == MOST_DUE else 0,
    }


def summary_of(judged: Sequence[JudgedOverride]) -> dict[str, Any] | None:
    """How all of them did; None where none can be judged."""
    record = own_record(one.errors for one in judged)
    return record_line(record) if record.count else None


def record_line(record: OwnRecord) -> dict[str, Any]:
    """A record in words."""
    label, tone = VERDICTS[record.verdict]
    return {
        "count": record.count,
        "closer": record.closer,
        **{name: plain_number(getattr(record, name)) for name in ("own", "forecast", "naive", "seasonal")},
        "badge": Badge(label, tone),
    }


def groups_of(judged: Sequence[JudgedOverride], by: str) -> list[dict[str, Any]]:
    """One line for each number of months ahead, nearest first, or each KPI or department, the farthest off first. What is no
    KPI stands under its kind."""
    members: dict[Any, list[JudgedOverride]] = {}
    for one in judged:
        members.setdefault(key_of(one, by), []).append(one)
    found = []
    for key, mine in members.items():
        record = own_record(one.errors for one in mine)
        if record.count:
            found.append((key if by == "horizon" else -(record.own or 0.0), group_of(mine[0], by), record))
    found.sort(key=lambda line: (line[0], line[1].label))
    return [{"group": group, **record_line(record)} for _place, group, record in found[:GROUPS_SHOWN]]


def key_of(one: JudgedOverride, by: str) -> Any:
    """What it is counted under."""
    if by == "horizon":
        return one.ahead
    return (one.override.kind, one.override.kpi_id) if by == "kpi" else one.override.department_id


def group_of(one: JudgedOverride, by: str) -> Group:
    """The name of its group."""
    row = one.override
    if by == "horizon":
        return Group(_("+%(n)s") % {"n": one.ahead})
    if by == "department":
        place = row.department
        return Group(place.name, place.code, f"{reverse('forecasts:list')}?department={place.pk}")
    if row.kpi is None:
        return Group(name_of(row), "", f"{reverse('forecasts:list')}?kind={row.kind}")
    return Group(row.kpi.name, row.kpi.code, f"{reverse('forecasts:list')}?kind=kpi&q={row.kpi.code}")


def judged_line(one: JudgedOverride) -> dict[str, Any]:
    """One own figure whose month has come."""
    row, measure, errors = one.override, measure_for(one.override), one.errors
    others = [error for error in (errors.forecast, errors.naive, errors.seasonal) if error is not None]
    return {
        "name": name_of(row),
        "url": url_of(row),
        "place": row.department.name,
        "month": row.month,
        "ahead": one.ahead,
        "by": row.told_by.name,
        "value": shown(row.value, measure),
        "came": shown(one.actual, measure),
        "error": shown(errors.own, measure),
        "forecast_error": shown(errors.forecast, measure),
        "naive_error": shown(errors.naive, measure),
        "seasonal_error": shown(errors.seasonal, measure),
        "is_closest": bool(others) and errors.own < min(others),
    }
