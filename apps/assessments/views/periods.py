"""Scores of quarters and years: which there are, the departments of one, the people of one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.models import ScoreRun
from apps.assessments.rules.aggregate import mean_of
from apps.assessments.rules.blend import Blend
from apps.assessments.rules.grades import grade_of
from apps.assessments.selectors.periods import (
    Bands,
    PeriodScore,
    bands_of,
    has_people,
    period_scores,
    person_periods,
)
from apps.assessments.selectors.stretches import StretchLine, stretch_line, stretch_lines
from apps.assessments.selectors.years import blend_of, is_provisional
from apps.assessments.services.year_words import made_words, year_sentences
from apps.assessments.views.telling import grade_html, scope_of, shown
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.scope import Scope
from apps.periods.choices import PeriodKind


def period_url(line: StretchLine) -> str:
    """The page of a quarter or year."""
    return reverse("assessments:period", args=[line.stretch.kind, line.stretch.first])


def months_text(line: StretchLine) -> str:
    """How many of its months are published."""
    return _now("%(n)s of %(all)s") % {"n": line.month_count, "all": len(line.stretch.months)}


def of_kind(rows: Any, value: str) -> Any:
    """Quarters or years only."""
    return [line for line in rows if line.stretch.kind == value]


def named(rows: Any, text: str) -> Any:
    """Of ROWS in memory those whose name or code holds every word of TEXT."""
    words = text.casefold().split()
    return [row for row in rows if all(word in f"{row.name} {getattr(row, 'code', '')}".casefold() for word in words)]


PERIODS = ListSpec(
    name="score-periods",
    title=_("Quarters and years"),
    subtitle=_(
        "The mean of the published months that have a score; a year is not the mean of its quarters. Where "
        "the rules blend years with cumulative values, the page of the year says how."
    ),
    columns=(
        Column("name", _("Period"), order_by="name", url=period_url),
        Column("kind", _("Kind"), value=lambda line: PeriodKind(line.stretch.kind).label),
        Column("first", _("First month"), value="stretch.first", order_by="first", kind="month"),
        Column("months", _("Months published"), value=months_text),
    ),
    filters=(
        Filter(
            "kind",
            _("Kind"),
            choices=((PeriodKind.QUARTER, _("Quarters")), (PeriodKind.YEAR, _("Years"))),
            apply=of_kind,
        ),
    ),
    search=named,
    search_hint=_("Q2, 2026"),
    tie_break="",
    empty_title=_("Nothing is published yet"),
    empty_text=_("A quarter stands here as soon as its first month is published."),
    empty_icon="calendar",
)


@require_GET
@allow("assessments.view")
def periods_page(request: HttpRequest) -> HttpResponseBase:
    """The quarters and years with published months."""
    context = {"crumbs": [(_("Assessments"), reverse("assessments:list")), (_("Quarters and years"), "")]}
    return list_response(request, spec=PERIODS, queryset=stretch_lines(scope_of(request)), context=context)


def counted_text(row: PeriodScore) -> str:
    """How many months the mean is of."""
    return _now("%(n)s of %(all)s") % {"n": row.months_counted, "all": row.months_assessed}


def score_html(score: Any) -> Any:
    """A score, or that there is none."""
    return shown(score) if score is not None else ""


def blend_columns(blend: Blend, line: StretchLine) -> tuple[Column, ...]:
    """What a blended year shows beside its score: both parts, and how they make it."""
    standing = _now("provisional") if is_provisional(line) else _now("final")
    return (
        Column("months_mean", _("Mean of the months"), value="made_of.months_mean", order_by="months_mean", kind="number",
               nulls_last=True),
        Column("cumulative", _("On cumulative values"), value="made_of.cumulative", order_by="cumulative", kind="number",
               nulls_last=True),
        Column("made", _("How the score comes about"), value=lambda row: made_words(row.made_of, blend)),
        Column("standing", _("Standing"), value=lambda row: standing, is_export_only=True),
    )  # fmt: skip


def department_columns(line: StretchLine) -> tuple[Column, ...]:
    """The columns of DEPARTMENTS, after the rank those of a blend."""
    blend = blend_of(line)
    if blend is None:
        return DEPARTMENTS.columns
    first = next(place for place, column in enumerate(DEPARTMENTS.columns) if column.key == "months")
    score = next(column for column in DEPARTMENTS.columns if column.key == "score")
    named_score = replace(score, label=_("Score of the year"))
    columns = (*DEPARTMENTS.columns[:first], *blend_columns(blend, line), *DEPARTMENTS.columns[first:])
    return tuple(named_score if column is score else column for column in columns)


DEPARTMENTS = ListSpec(
    name="period-scores",
    title=_("Departments"),
    columns=(
        Column("name", _("Department"), order_by="name", note="code",
               url=lambda row: reverse("assessments:department", args=[row.department])),
        Column("code", _("Code"), is_export_only=True),
        Column("score", _("Score"), order_by="score", kind="number", nulls_last=True),
        Column("shield", _("Grade"), value=lambda row: grade_html(row.grade), is_page_only=True),
        Column("grade", _("Grade"), is_export_only=True),
        Column("rank", _("Rank"), order_by="rank", kind="number", nulls_last=True),
        Column("months", _("Months with a score"), value=counted_text, kind="number", is_page_only=True),
        Column("months_counted", _("Months with a score"), is_export_only=True),
        Column("months_assessed", _("Months assessed"), is_export_only=True),
    ),
    search=named,
    search_hint=_("Department or code"),
    tie_break="",
    empty_title=_("No scores here"),
    empty_text=_("None of the departments you may see was assessed in this period."),
    empty_icon="scale",
)  # fmt: skip


def is_gappy(rows: Any, value: str) -> Any:
    """Of ROWS those with fewer scored months than assessed ones."""
    del value
    return [row for row in rows if row.months_counted < row.months_assessed]


@require_GET
@allow("assessments.view")
def period_page(request: HttpRequest, kind: str, month: Month) -> HttpResponseBase:
    """The departments of a quarter or year, the best first."""
    scope = scope_of(request)
    line = stretch_line(scope, kind, month)
    grades = [(band.grade, band.grade) for band in bands_of(line)]
    spec = replace(
        DEPARTMENTS,
        name=f"scores-{line.stretch.kind}-{month}",
        columns=department_columns(line),
        filters=(
            Filter("grade", _("Grade"), choices=grades, apply=in_grade),
            Filter("gaps", _("Months without a score"), kind="flag", apply=is_gappy),
        ),
    )
    return list_response(
        request,
        spec=spec,
        queryset=period_scores(scope, line),
        template="assessments/period.html",
        context=head_context(scope, line, "departments"),
    )


def in_grade(rows: Any, value: str) -> Any:
    """Of ROWS those with the grade."""
    return [row for row in rows if row.grade == value]


def person_columns(bands: Bands) -> tuple[Column, ...]:
    """Columns of people; score and grade follow from sum and count by the rules."""
    mean: Callable[[Any], Any] = lambda row: mean_of(row["sum"], row["counted"]).score  # noqa: E731
    grade: Callable[[Any], str] = lambda row: grade_of(mean(row), bands) or ""  # noqa: E731
    return (
        Column(
            "name",
            _("Person"),
            value=lambda row: row["person__name"],
            order_by="person__name",
            note=lambda row: row["person__number"],
        ),
        Column("number", _("Number"), value=lambda row: row["person__number"], is_export_only=True),
        Column("score", _("Score"), value=mean, order_by="mean", kind="number", nulls_last=True),
        Column("shield", _("Grade"), value=lambda row: grade_html(grade(row)), is_page_only=True),
        Column("grade", _("Grade"), value=grade, is_export_only=True),
        Column("months", _("Months with a score"), value="counted", order_by="counted", kind="number"),
        Column("assessed", _("Months assessed"), order_by="assessed", kind="number"),
    )


@require_GET
@allow("assessments.view")
def period_people_page(request: HttpRequest, kind: str, month: Month) -> HttpResponseBase:
    """The people of a quarter or year, as far as the reader may see them."""
    scope = scope_of(request)
    line = stretch_line(scope, kind, month)
    spec = ListSpec(
        name=f"people-{line.stretch.kind}-{month}",
        title=_("People"),
        columns=person_columns(bands_of(line)),
        search=("person__name__icontains", "person__number__istartswith"),
        search_hint=_("Name or number"),
        default_order=("person__name", "person"),
        tie_break="person",
        empty_title=_("No scores of people here"),
        empty_text=_("Nobody you may see has a published score in this period."),
        empty_icon="users",
    )
    return list_response(
        request,
        spec=spec,
        queryset=person_periods(scope, line),
        template="assessments/period.html",
        context=head_context(scope, line, "people"),
    )


def head_context(scope: Scope, line: StretchLine, current: str) -> dict[str, Any]:
    """Name, tabs, and the months it is made of."""
    by_month = {Month.of(run.month): run for run in line.published}
    return {
        "title": _now("Scores of %(period)s") % {"period": line.name},
        "subtitle": subtitle_of(line, current),
        "year": year_sentences(line),
        "is_provisional": blend_of(line) is not None and is_provisional(line),
        "months": [month_chip(month, by_month.get(month)) for month in line.stretch.months],
        "crumbs": [
            (_("Assessments"), reverse("assessments:list")),
            (_("Quarters and years"), reverse("assessments:periods")),
            (line.name, ""),
        ],
        "tabs": tabs_of(scope, line, current),
    }


def subtitle_of(line: StretchLine, current: str) -> str:
    """What the figures of the list are. A blend is of departments only."""
    if blend_of(line) is None:
        return _now("The mean of the published months that have a score, straight from months.")
    if current == "people":
        return _now(
            "The mean of the published months that have a score: only departments' years are blended with cumulative values."
        )
    return _now("The mean of the published months, blended with the scorecard on cumulative values.")


def month_chip(month: Month, run: ScoreRun | None) -> dict[str, Any]:
    """One month of the period."""
    return {
        "name": date_format(month.first_day, "M Y"),
        "url": reverse("assessments:scores", args=[month]) if run else "",
        "mean": shown(run.mean_total) if run else "",
    }


def tabs_of(scope: Scope, line: StretchLine, current: str) -> list[dict[str, Any]]:
    """Departments by the mean of months and on cumulative values; people where there are scores of people."""
    shows_people = current == "people" or has_people(scope, line)
    arguments = [line.stretch.kind, line.stretch.first]
    return [
        {
            "label": label,
            "url": reverse(f"assessments:{name}", args=arguments),
            "is_current": current == key,
        }
        for key, label, name in (
            ("departments", _("Departments"), "period"),
            ("people", _("People"), "period_people"),
            ("cumulative", _("On cumulative values"), "cumulative"),
        )
        if key != "people" or shows_people
    ]
