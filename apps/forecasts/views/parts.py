"""Parts of other apps' pages: what is foretold of a department, and of one KPI in it. Each is a page of its own as well."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import readable_department_for
from apps.forecasts.choices import WARNED, SubjectKind
from apps.forecasts.models import ForecastIssue, SeriesForecast
from apps.forecasts.selectors import current_issue, current_issues, series_for, visible_series
from apps.forecasts.selectors.reports import latest_report
from apps.forecasts.selectors.series import (
    due_ahead,
    main_targets,
    partly_aimed,
    series_of_department,
    subject_for,
    targets_from,
    warned_since,
)
from apps.forecasts.services.wording import aimed_from_text, no_aim_text
from apps.forecasts.views.lists import ISSUES_SHOWN, SINCE, add_aimed_from, add_own, line_of
from apps.forecasts.views.reports import state_badge
from apps.forecasts.views.series import figure_line
from apps.forecasts.views.words import (
    aim_text,
    chance_badge,
    finer,
    measure_for,
    month_name,
    scope_of,
    score_year_text,
    shown,
    span_text,
    url_of,
    warning_badge,
    warning_note,
)

SERIES_SHOWN = 60
MONTHS_SHOWN = 3
WARNINGS_SHOWN = 3
PARTLY_SHOWN = 2


@require_GET
@allow("forecasts.view")
def department_page(request: HttpRequest, department: int) -> HttpResponse:
    """What is foretold of the department itself, warnings first; only the part for htmx, in few lines with ?part=brief."""
    scope = scope_of(request)
    place = readable_department_for(scope, department)
    issues = current_issues(scope, until=Month.of(clock.today()), limit=ISSUES_SHOWN)
    rows, count = series_of_department(scope, issues[0], place.pk, limit=SERIES_SHOWN) if issues else ([], 0)
    since = warned_since(scope, rows, issues)
    for row in rows:
        setattr(row, SINCE, since.get((row.department_id, row.kind, row.kpi_key)))
    if issues:
        add_aimed_from(scope, rows, issues[0])
        add_own(scope, rows, issues[0])
    context = {
        "title": _("Outlook of %(department)s") % {"department": place.name},
        "department": place,
        "lines": [line_of(row) for row in rows],
        "warned": sum(1 for row in rows if needs_somebody(row)),
        "month": Month.of(issues[0].month) if issues else None,
        "score_text": score_words(scope, issues[0], rows, place.pk, is_cut=count > len(rows)) if issues else "",
        "count": count,
        "more": count - len(rows),
        "list_url": reverse("forecasts:list"),
        "all_url": f"{reverse('forecasts:list')}?department={place.pk}",
        "report": report_line(scope),
        "crumbs": [
            (_("Forecasts"), reverse("forecasts:list")),
            (place.name, place.get_absolute_url()),
            (_("Outlook"), ""),
        ],
    }
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "forecasts/department.html", context)
    if request.GET.get("part") == "brief":
        context |= brief_context(scope, issues[0] if issues else None, rows, place.pk)
        return render(request, "forecasts/_department_brief.html", context)
    return render(request, "forecasts/_department.html", context)


def score_words(
    scope: Scope, issue: ForecastIssue, rows: Sequence[SeriesForecast], department: int, *, is_cut: bool
) -> str:
    """What the department's score of the year is expected to come to. A query only where ROWS are not all there are."""
    found = [row for row in rows if row.kind == SubjectKind.SCORE]
    if not found and is_cut:
        found = list(visible_series(scope, issue).filter(department=department, kind=SubjectKind.SCORE)[:1])
    return score_year_text(found[0], Month.of(issue.month)) if found else ""


def needs_somebody(row: SeriesForecast) -> bool:
    """Whether its warning is bad news: a return to the target is none."""
    return row.warning in WARNED


def brief_context(
    scope: Scope, issue: ForecastIssue | None, rows: Sequence[SeriesForecast], department: int
) -> dict[str, Any]:
    """The worst warnings, the target of the year with the least chance, and those that hold only from a month on."""
    least = main_targets(scope, issue, [department], limit=1) if issue else []
    partly = partly_aimed(scope, issue, [department], limit=SERIES_SHOWN) if issue else []
    return {
        "warnings": [line_of(row) for row in rows if needs_somebody(row)][:WARNINGS_SHOWN],
        "least": line_of(least[0]) if least else None,
        "partly": [(line_of(row), aimed_from_text(month)) for row, month in partly[:PARTLY_SHOWN]],
        "partly_more": len(partly[PARTLY_SHOWN:]),
        "outlook_url": reverse("departments:outlook", args=[department]),
    }


def report_line(scope: Scope) -> dict[str, Any] | None:
    """The newest report the person may read; None where there is none. One query."""
    found = latest_report(scope)
    if found is None:
        return None
    return {"month": found.month, "url": reverse("forecasts:report", args=[found.pk]), "state": state_badge(found)}


@require_GET
@allow("forecasts.view")
def kpi_part(request: HttpRequest, department: int, kpi: int) -> HttpResponse:
    """The next months of a KPI in a department, for the KPI's page; says so where nothing is foretold."""
    scope = scope_of(request)
    subject = subject_for(scope, SubjectKind.KPI, department, kpi)
    issue = current_issue(scope)
    try:
        row = series_for(scope, issue, subject) if issue else None
    except NotFound:
        row = None
    context: dict[str, Any] = {"row": row, "list_url": reverse("forecasts:list")}
    if row is not None and issue is not None:
        aimed = targets_from(scope, [row], Month.of(issue.month))
        context |= {**kpi_context(row, issue), "no_target": "".join(no_aim_text(month) for month in aimed.values())}
    return render(request, "forecasts/_kpi.html", context)


def kpi_context(row: SeriesForecast, issue: ForecastIssue) -> dict[str, Any]:
    """The next months and the end of the year."""
    measure = finer(measure_for(row), *row.mean[:MONTHS_SHOWN], *row.hi80[:MONTHS_SHOWN])
    due = due_ahead(row, Month.of(issue.month))[:MONTHS_SHOWN]
    return {
        "month": Month.of(issue.month),
        "url": url_of(row),
        "warning": warning_badge(row),
        "warning_note": warning_note(row, None),
        "months": [
            {
                "label": month_name(month),
                "value": shown(row.mean[place], measure),
                "span": span_text(row.lo80[place], row.hi80[place], measure),
            }
            for place, month in due
        ],
        "step": row.step,
        "chance_month": chance_badge(row.chance_month) if row.chance_month is not None else None,
        "year": figure_line(
            _("End of the year"),
            shown(row.year_mean, measure),
            span_text(row.year_lo80, row.year_hi80, measure),
            row.chance_year,
            aim_text(row.year_target, row.year_upper, measure),
        )
        if row.year_mean is not None
        else None,
    }
