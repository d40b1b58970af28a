"""The scores of one department over time: a page, and the part that stands on the page of the department."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.models import PersonScore, Score
from apps.assessments.selectors.line_histories import lines_over_time
from apps.assessments.selectors.periods import DepartmentPeriod, periods_of
from apps.assessments.selectors.scores import MONTHS_SHOWN
from apps.assessments.selectors.years import blend_of
from apps.assessments.services.year_words import made_words
from apps.assessments.views.lines_over_time import exported_lines, line_table
from apps.assessments.views.telling import percent_text, scope_of, score_url, shown
from apps.core import clock
from apps.core.charts import Series
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import readable_department_for


@require_GET
@allow("assessments.view")
def department_page(request: HttpRequest, department: int) -> HttpResponseBase:
    """The department's published months and their lines, as far as the person may read them; only the part for htmx.

    ?export=csv (xlsx, json) gives the lines as a file. As many queries for three months as for twelve.
    """
    scope = scope_of(request)
    place = readable_department_for(scope, department)
    found = lines_over_time(scope, place)
    if wanted := request.GET.get("export", ""):
        return exported_lines(found, place.code, wanted)
    context = {
        "title": _("Scores of %(department)s") % {"department": place.name},
        "department": place,
        "chart": chart_of(found.history),
        "history": time_rows(found.history),
        "line_table": line_table(found),
        "lines_url": reverse("assessments:department", args=[place.pk]),
        "periods": period_rows(scope, place),
        "crumbs": [
            (_("Assessments"), reverse("assessments:list")),
            (place.name, place.get_absolute_url()),
            (_("Scores"), ""),
        ],
    }
    is_part = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "assessments/_over_time.html" if is_part else "assessments/department.html", context)


def chart_of(history: Sequence[Score] | Sequence[PersonScore]) -> dict[str, Any] | None:
    """Labels and the line of the chart, with a gap where a month has no score; None for less than two months."""
    if len(history) < 2:
        return None
    by_month = {Month.of(score.run.month): score.total for score in history}
    months = min(by_month).until(max(by_month))
    return {
        "labels": [date_format(month.first_day, "M y") for month in months],
        "series": [Series(_("Score"), [by_month.get(month) for month in months])],
    }


def change_since(before: Score | PersonScore | None, row: Score | PersonScore) -> Decimal | None:
    """What a total moved against the month before it; None where either has none, or a month lies between."""
    if before is None or Month.of(before.run.month).plus(1) != Month.of(row.run.month):
        return None
    return row.total - before.total if row.total is not None and before.total is not None else None


def time_rows(history: Sequence[Score]) -> list[dict[str, Any]]:
    """One row a month, the newest first, each with its change against the month before it in the list."""
    before: dict[int, Score] = {late.pk: early for early, late in pairwise(history)}
    return [time_row(score, before.get(score.pk)) for score in reversed(history)]


def time_row(score: Score, before: Score | None) -> dict[str, Any]:
    """One month of the department."""
    return {
        "month": score.run.month,
        "url": score_url(score),
        "total": shown(score.total),
        "has_total": score.total is not None,
        "word": score.get_status_display(),
        "grade": score.grade,
        "rank": score.rank,
        "rank_of": score.run.scored_count,
        "change": change_since(before, score),
        "coverage": percent_text(score.coverage_pct),
    }


def made_of_words(one: DepartmentPeriod) -> str:
    """How the score of a blended year comes about; nothing for a plain mean."""
    blend = blend_of(one.line) if one.line is not None else None
    return made_words(one.made_of, blend) if blend is not None else ""


def period_rows(scope: Scope, department: Department) -> list[dict[str, Any]]:
    """Quarters and years of the last two years, the newest first."""
    since = Month.of(clock.today()).plus(-MONTHS_SHOWN).first_day
    return [
        {
            "name": one.stretch.name,
            "url": reverse("assessments:period", args=[one.stretch.kind, one.stretch.first]),
            "score": shown(one.score) if one.score is not None else "",
            "months": one.months_counted,
            "made": made_of_words(one),
            "is_provisional": one.is_provisional,
        }
        for one in periods_of(scope, department, since=since)
    ]
