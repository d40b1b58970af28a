"""Everything that is foretold, as a list: warnings first, searched, filtered, sorted, exported."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.http.cells import Badge
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import readable_tree_on
from apps.forecasts.choices import WARNED, ForecastMethod, SubjectKind, WarningKind
from apps.forecasts.models import ForecastIssue
from apps.forecasts.selectors import current_issues, visible_series
from apps.forecasts.selectors.honesty import own_figures
from apps.forecasts.selectors.issues import warned_by
from apps.forecasts.selectors.scenarios import with_own
from apps.forecasts.selectors.series import (
    LIKELY,
    UNLIKELY,
    series_below,
    series_counts,
    targets_from,
    warned_since,
)
from apps.forecasts.services.wording import no_aim_text, own_text, own_year_text, period_words
from apps.forecasts.views.words import (
    aim_text,
    asked_month,
    chance_badge,
    ends_ahead,
    finer,
    known_text,
    measure_for,
    method_text,
    month_name,
    name_of,
    remark_texts,
    scope_of,
    shown,
    span_text,
    spark_html,
    url_of,
    warning_badge,
    warning_note,
)
from apps.kpis.selectors import words_of

ISSUES_SHOWN = 24
SINCE, OWN, OWN_YEAR, AIMED_FROM = "said_since", "own_figures", "own_year", "aimed_from"
KEY = ("department_id", "kind", "kpi_key")
ANY_WARNING = "any"
CHANCES = (
    ("unlikely", _("Under 50 %")),
    ("open", _("50 to 80 %")),
    ("likely", _("80 % and more")),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A series as the columns read it, worked out once."""

    row: Any
    name: str
    url: str
    place: str
    now: str
    following: str
    following_range: str
    own: str
    year: str
    year_range: str
    chance: Badge | None
    target: str
    no_target: str
    """Where a target holds for the later months of the year only: from which one on."""
    target_from: Month | None
    warning: Badge | None
    warning_note: str
    spark: SafeString | str


def following_text(row: Any, measure: Any) -> str:
    """The 80 % range of what is expected next, and whether that is a quarter or a year."""
    parts = (period_words(row.step), span_text(row.lo80[0], row.hi80[0], measure))
    return " · ".join(part for part in parts if part)


def line_of(row: Any) -> Line:
    """A series in words."""
    measure = measure_for(row)
    target = aim_text(row.year_target, row.year_upper, measure)
    soon = finer(measure, *row.mean[:1], *row.hi80[:1])
    late = finer(measure, row.year_mean, row.year_hi80)
    since = getattr(row, AIMED_FROM, None)
    return Line(
        row=row,
        name=name_of(row),
        url=url_of(row),
        place=row.department.name,
        now=known_text(row),
        following=shown(row.mean[0], soon) if row.mean else "",
        following_range=following_text(row, soon) if row.mean else no_forecast(row),
        own=own_text(getattr(row, OWN, ()), decimals=measure.decimals, unit=measure.unit),
        year=shown(row.year_mean, late),
        year_range=" · ".join(part for part in (year_note(row, late), own_year(row, late)) if part),
        chance=chance_badge(row.chance_year),
        target=gettext_now("target %(value)s") % {"value": target} if target else "",
        no_target=no_aim_text(since) if since else "",
        target_from=since,
        warning=warning_badge(row),
        warning_note=warning_note(row, getattr(row, SINCE, None)),
        spark=spark_html(row),
    )


def year_note(row: Any, measure: Any) -> str:
    """The 80 % range of the year's end; of a score also that it is the mean of the year, not its last month."""
    span = span_text(row.year_lo80, row.year_hi80, measure)
    return f"{span} · {gettext_now('mean of the year')}" if span and row.kind == SubjectKind.SCORE else span


def own_year(row: Any, measure: Any) -> str:
    """What the year comes to with the own figures in force."""
    return own_year_text(getattr(row, OWN_YEAR, None), decimals=measure.decimals, unit=measure.unit)


def with_own_pick(name: str) -> Any:
    """A figure of the year with the own figures in force; empty where there are none."""

    def pick(line: Line) -> float | None:
        found = getattr(line.row, OWN_YEAR, None)
        return None if found is None else getattr(found.what_if, name)

    return pick


def no_forecast(row: Any) -> str:
    """Why there is none, in the words of its first remark."""
    return next(iter(remark_texts(row.remarks)), gettext_now("no forecast"))


def next_note(line: Line) -> str:
    """The range of the month ahead, and the own figure that stands beside the forecast."""
    return " · ".join(part for part in (line.following_range, line.own) if part)


def add_own(scope: Scope, rows: Sequence[Any], issue: ForecastIssue) -> None:
    """Put the own figures in force beside the ROWS of an issue. One query."""
    found = own_figures(scope, rows, after=issue.month)
    for row in rows:
        told = found.get((row.department_id, row.kind, row.kpi_id), ())
        setattr(row, OWN, told)
        values = {Month.of(one.month): float(one.value or 0) for one in told}
        setattr(row, OWN_YEAR, with_own(row, issue, values) if told and row.mean else None)


def add_aimed_from(scope: Scope, rows: Sequence[Any], issue: ForecastIssue) -> None:
    """Put the month from which on there is a target beside those of the ROWS of an issue whose year has none for that. One
    query at most."""
    found = targets_from(scope, rows, Month.of(issue.month))
    for row in rows:
        setattr(row, AIMED_FROM, found.get((row.department_id, row.kpi_key)))


def chance_or_why(line: Line) -> Badge | str | None:
    """The chance of the year's target, or from which month on there is one."""
    return line.chance or line.no_target or None


def next_value(line: Line) -> str:
    """The month ahead, or a word that there is none."""
    return line.following or gettext_now("None")


COLUMNS = (
    Column("subject", _("Series"), value="name", order_by=("kpi__name", *KEY), url=lambda line: line.url, note="place"),
    Column("code", _("Code"), value="row.kpi.code", is_export_only=True),
    Column("kind", _("Kind"), value="row.get_kind_display", is_export_only=True),
    Column("department", _("Department"), value="place", is_export_only=True),
    Column("department_code", _("Department code"), value="row.department.code", is_export_only=True),
    Column("warning", _("Early warning"), value="warning", kind="badge", order_by=("worst", "warned_month", *KEY),
           note="warning_note"),
    Column("warning_since", _("When, since when"), value="warning_note", is_export_only=True),
    Column("now", _("Now"), kind="number", is_page_only=True),
    Column("actual", _("Value of the month"), value="row.actual", is_export_only=True),
    Column("following", _("Next month"), value=next_value, kind="number", note=next_note, is_page_only=True),
    Column("next_mean", _("Expected next month"), value=lambda line: first(line.row.mean), is_export_only=True),
    Column("next_low", _("Next month, 80 % from"), value=lambda line: first(line.row.lo80), is_export_only=True),
    Column("next_high", _("Next month, 80 % to"), value=lambda line: first(line.row.hi80), is_export_only=True),
    Column("own", _("Own figure"), is_export_only=True),
    Column("year", _("End of the year"), kind="number", note="year_range", is_page_only=True),
    Column("year_mean", _("Expected at year's end"), value="row.year_mean", is_export_only=True),
    Column("year_low", _("Year's end, 80 % from"), value="row.year_lo80", is_export_only=True),
    Column("year_high", _("Year's end, 80 % to"), value="row.year_hi80", is_export_only=True),
    Column("chance", _("Chance of the year's target"), value=chance_or_why, note="target", nulls_last=True,
           is_page_only=True, order_by=("chance_year", *KEY)),
    Column("chance_year", _("Chance of the year's target (0 to 1)"), value="row.chance_year", is_export_only=True),
    Column("year_target", _("Target of the year"), value="row.year_target", is_export_only=True),
    Column("year_upper", _("Upper end of the year's target"), value="row.year_upper", is_export_only=True),
    Column("target_from", _("Target only from"), is_export_only=True),
    Column("own_year_mean", _("Expected at year's end with own figures"), value=with_own_pick("year_mean"),
           is_export_only=True),
    Column("own_chance_year", _("Chance of the year's target with own figures (0 to 1)"),
           value=with_own_pick("chance_year"), is_export_only=True),
    Column("way", _("Behind and ahead"), value="spark", is_page_only=True),
    Column("method", _("Method"), value=lambda line: method_text(line.row.method), is_export_only=True),
    Column("remarks", _("Remarks"), value=lambda line: "; ".join(remark_texts(line.row.remarks)), is_export_only=True),
)  # fmt: skip

SERIES = ListSpec(
    name="forecasts",
    title=_("Forecasts"),
    columns=COLUMNS,
    search=(
        "kpi__name__icontains",
        "kpi__code__istartswith",
        "department__name__icontains",
        "department__code__istartswith",
    ),
    search_hint=_("KPI, department or code"),
    default_order=("worst", "warned_month", "chance_year", *KEY),
    tie_break="",
    line=line_of,
    keep=("month",),
    empty_title=_("Nothing is foretold here"),
    empty_text=_("None of the series you may see is part of this month's issue."),
    empty_icon="chart-line",
)


def first(values: Sequence[float]) -> float | None:
    """The first month ahead."""
    return values[0] if values else None


def by_chance(rows: Any, word: str) -> Any:
    """Series whose chance of the year's target lies there."""
    low, high = {"unlikely": (0.0, UNLIKELY), "open": (UNLIKELY, LIKELY), "likely": (LIKELY, 2.0)}[word]
    return rows.filter(chance_year__gte=low, chance_year__lt=high)


def by_warning(rows: Any, word: str) -> Any:
    """Series with this warning, or with any that needs somebody."""
    return warned_by(rows, WARNED if word == ANY_WARNING else [word])


def filters_of(scope: Scope, issue: ForecastIssue) -> tuple[Filter, ...]:
    """What the list may be narrowed by."""
    day = Month.of(issue.month).last_day
    warnings = [(ANY_WARNING, _("Any that needs somebody")), *((word, word.label) for word in WarningKind if word)]
    places = [(node.pk, node.name) for node in readable_tree_on(day, scope)]
    families = [(word, word) for word in words_of(scope)["family"]]
    return (
        Filter("warning", _("Early warning"), choices=warnings, apply=by_warning),
        Filter("chance", _("Chance of the year's target"), choices=CHANCES, apply=by_chance),
        Filter("department", _("Department"), choices=places,
               apply=lambda rows, value: series_below(rows, int(value), day)),
        Filter("kind", _("Kind"), choices=SubjectKind.choices, apply=lambda rows, value: rows.filter(kind=value)),
        Filter("family", _("Family"), choices=families, apply=lambda rows, value: rows.filter(kpi__family=value)),
        Filter("method", _("Method"), choices=ForecastMethod.choices,
               apply=lambda rows, value: rows.filter(method=value)),
    )  # fmt: skip


@require_GET
@allow("forecasts.view")
def list_page(request: HttpRequest) -> HttpResponseBase:
    """The issue of a month (the newest unless ?month= names another), as far as the person may see it."""
    scope, asked = scope_of(request), asked_month(request)
    issues = current_issues(scope, until=Month.of(clock.today()), limit=ISSUES_SHOWN)
    issue = issue_in(issues, asked)
    if issue is None:
        context = {"title": _("Forecasts"), "issue_url": issue_url(scope, None)}
        return render(request, "forecasts/none.html", context)
    earlier = [one for one in issues if one.month <= issue.month]

    def add_since(rows: Sequence[Any]) -> None:
        found = warned_since(scope, rows, earlier)
        for row in rows:
            setattr(row, SINCE, found.get((row.department_id, row.kind, row.kpi_key)))
        add_own(scope, rows, issue)
        add_aimed_from(scope, rows, issue)

    spec = replace(
        SERIES, name=f"forecasts-{Month.of(issue.month)}", filters=filters_of(scope, issue), prepare=add_since
    )
    return list_response(
        request,
        spec=spec,
        queryset=visible_series(scope, issue),
        template="forecasts/list.html",
        context=head_context(request, scope, issue, issues),
    )


def issue_in(issues: Sequence[ForecastIssue], asked: Month | None) -> ForecastIssue | None:
    """The issue of the month that is asked for, or the newest. NotFound for a month without one."""
    if asked is None:
        return issues[0] if issues else None
    found = next((one for one in issues if one.month == asked.first_day), None)
    if found is None:
        raise NotFound(gettext_now("No forecast was issued for %(month)s.") % {"month": month_name(asked)})
    return found


def head_context(
    request: HttpRequest, scope: Scope, issue: ForecastIssue, issues: Sequence[ForecastIssue]
) -> dict[str, Any]:
    """What stands above the list; nothing where only the table or a file is asked for."""
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    if (htmx and not htmx.history_restore_request) or "export" in request.GET:
        return {}
    place = list(issues).index(issue)
    quarter, year = ends_ahead(issue)
    counts = series_counts(scope, issue)
    address, month = reverse("forecasts:list"), Month.of(issue.month)
    return {
        "subtitle": gettext_now("Issued on what was known at the end of %(month)s; the year ends with %(year)s.")
        % {"month": month_name(month), "year": month_name(year)},
        "issue": issue,
        "counts": counts,
        "stats": stats_of(counts, f"{address}?month={month}"),
        "previous_url": f"{address}?month={Month.of(issues[place + 1].month)}" if place + 1 < len(issues) else "",
        "next_url": f"{address}?month={Month.of(issues[place - 1].month)}" if place else "",
        "is_newest": not place,
        "quarter": quarter,
        "issue_url": issue_url(scope, issue),
        "honesty_url": reverse("forecasts:honesty"),
    }


def issue_url(scope: Scope, shown_issue: ForecastIssue | None) -> str:
    """Where a forecast is issued, with the month that is shown filled in; empty for who may not."""
    if not scope.may("forecasts.issue"):
        return ""
    address = reverse("forecasts:issue")
    return f"{address}?month={Month.of(shown_issue.month)}" if shown_issue else address


def stats_of(counts: Any, address: str) -> list[dict[str, Any]]:
    """What is to be seen in ten seconds: the warnings first, then how likely the targets are."""
    found = [
        (_("Will leave their target"), counts.leaves, "danger", "warning=leaves", _("on target now")),
        (_("Will stay off their target"), counts.stays_off, "danger", "warning=stays_off", _("off target now")),
        (_("Will fall below plan"), counts.below_plan, "warning", "warning=below_plan", _("headcount")),
        (_("Year's target unlikely"), counts.unlikely, "warning", "chance=unlikely",
         gettext_now("under 50 %%, of %(n)s with a target") % {"n": counts.with_target}),
        (_("Will return to their target"), counts.returns, "", "warning=returns", _("off target now")),
        (_("Series"), counts.all, "", "", gettext_now("%(n)s with a forecast") % {"n": counts.told}),
    ]  # fmt: skip
    return [
        {
            "label": label,
            "value": value,
            "tone": tone if value else "",
            "url": f"{address}&{query}" if query else address,
            "note": note,
        }
        for label, value, tone, query, note in found
    ]
