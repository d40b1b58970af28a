"""The honesty board: every earlier forecast against what came, against the two plain ones, and people's own figures."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.core import clock
from apps.core.charts import Series
from apps.core.http.cells import Badge
from apps.core.http.listing import Column, ListSpec, list_response
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.core.scope import Scope
from apps.forecasts.choices import SubjectKind
from apps.forecasts.models import ForecastIssue, HorizonAccuracy
from apps.forecasts.rules.ahead import BETTER, TOO_FEW, WORSE_THAN_NAIVE, Record, record_of
from apps.forecasts.selectors import current_issues
from apps.forecasts.selectors.honesty import (
    accuracy_by_department,
    accuracy_by_kpi,
    accuracy_of_all,
    ends,
    horizons,
)
from apps.forecasts.views.ends import ends_blocks
from apps.forecasts.views.lists import ISSUES_SHOWN
from apps.forecasts.views.own_record import own_context
from apps.forecasts.views.words import month_name, percent, plain_number, scope_of, verdict_badge

WORST_FIRST: Any = (F("error").desc(nulls_last=True),)


def judged_columns(name: Column, *others: Column) -> tuple[Column, ...]:
    """Columns of a list of records: errors of ours and of the plain ones, how often ranges held, what follows."""
    return (
        name,
        *others,
        Column("judged", _("Judged"), kind="number", order_by="judged"),
        figure_column("error", _("Our error")),
        figure_column("naive", _("Same as last month")),
        figure_column("seasonal", _("Same as last year")),
        share_column("share80", _("Held 80 %")),
        share_column("share95", _("Held 95 %")),
        Column("verdict", _("Verdict"), value=verdict_of, kind="badge", note=plain_words),
        Column("plain", _("Series using the plain forecast"), is_export_only=True),
    )


def figure_column(key: str, label: Any) -> Column:
    """A mean error in changes of a month."""
    return Column(key, label, value=lambda row: rounded(row[key]), kind="number", order_by=key, nulls_last=True)


def share_column(key: str, label: Any) -> Column:
    """How many percent came inside."""
    return Column(key, label, value=lambda row: rounded(row[key], 0), kind="number", order_by=key, nulls_last=True)


def rounded(value: float | None, places: int = 2) -> Decimal | None:
    """For display only, with as many decimals in every line of its column: 5.90 beside 4.95."""
    return None if value is None else round_half_up(Fraction(value), places)


def verdict_of(row: dict[str, Any]) -> Badge:
    """Whether ours came closer."""
    return verdict_badge(record_of(row))


def plain_words(row: dict[str, Any]) -> str:
    """For how many of its series the plain forecast is used because it came closer."""
    if not row["plain"]:
        return ""
    words = ngettext("used in %(n)s of %(all)s series", "used in %(n)s of %(all)s series", row["series"])
    return words % {"n": row["plain"], "all": row["series"]}


def kpi_list_url(row: dict[str, Any]) -> str:
    """Its series."""
    return f"{reverse('forecasts:list')}?kind=kpi&q={row['kpi__code']}"


def department_list_url(row: dict[str, Any]) -> str:
    """Its series."""
    return f"{reverse('forecasts:list')}?department={row['department_id']}"


BY_KPI = ListSpec(
    name="forecast-accuracy-kpis",
    title=_("Accuracy by KPI"),
    columns=judged_columns(
        Column(
            "kpi",
            _("KPI"),
            value=lambda row: row["kpi__name"],
            order_by="kpi__name",
            url=kpi_list_url,
            note=lambda row: row["kpi__code"],
        ),
        Column("code", _("Code"), value=lambda row: row["kpi__code"], is_export_only=True),
        Column("family", _("Family"), value=lambda row: row["kpi__family"], is_export_only=True),
    ),
    search=("kpi__name__icontains", "kpi__code__istartswith"),
    search_hint=_("KPI or code"),
    default_order=WORST_FIRST,
    tie_break="kpi_id",
    empty_title=_("Nothing can be judged yet"),
    empty_text=_("As soon as a month comes that an earlier issue foretold, its error stands here."),
    empty_icon="target",
)
BY_DEPARTMENT = ListSpec(
    name="forecast-accuracy-departments",
    title=_("Accuracy by department"),
    columns=judged_columns(
        Column("department", _("Department"), value=lambda row: row["department__name"], order_by="department__name",
               url=department_list_url, note=lambda row: row["department__code"]),
        Column("code", _("Code"), value=lambda row: row["department__code"], is_export_only=True),
    ),
    search=("department__name__icontains", "department__code__istartswith"),
    search_hint=_("Department or code"),
    default_order=WORST_FIRST,
    tie_break="department_id",
    empty_title=_("Nothing can be judged yet"),
    empty_text=_("As soon as a month comes that an earlier issue foretold, its error stands here."),
    empty_icon="target",
)  # fmt: skip


def newest_issues(scope: Scope) -> list[ForecastIssue]:
    """The issues that count, the newest first."""
    return current_issues(scope, until=Month.of(clock.today()), limit=ISSUES_SHOWN)


@require_GET
@allow("forecasts.view")
def honesty_page(request: HttpRequest) -> HttpResponse:
    """By months ahead, in short, and what people said themselves."""
    scope = scope_of(request)
    issues = newest_issues(scope)
    if not issues:
        return render(request, "forecasts/none.html", {"title": _("How good the forecasts were")})
    issue = issues[0]
    record, plain = accuracy_of_all(scope, issue)
    rows = horizons(scope, issue)
    context = {
        **head_context(issue, "horizon"),
        "record": record,
        "badge": verdict_badge(record),
        "figures": {name: plain_number(getattr(record, name)) for name in ("error", "naive", "seasonal")},
        "shares": {"in80": percent(record.share80), "in95": percent(record.share95)},
        "words": [*board_words(record, plain), unjudged_words()],
        "kinds": [kind_block(kind, rows) for kind in SubjectKind if any(row.kind == kind for row in rows)],
        "ends": ends_blocks(ends(scope, issue), issue),
        **own_context(scope, issues, "horizon"),
    }
    return render(request, "forecasts/honesty.html", context)


@require_GET
@allow("forecasts.view")
def accuracy_by_kpi_page(request: HttpRequest) -> HttpResponseBase:
    """One line for each KPI."""
    return accuracy_list(request, BY_KPI, "kpi", accuracy_by_kpi)


@require_GET
@allow("forecasts.view")
def accuracy_by_department_page(request: HttpRequest) -> HttpResponseBase:
    """One line for each department."""
    return accuracy_list(request, BY_DEPARTMENT, "department", accuracy_by_department)


def accuracy_list(request: HttpRequest, spec: ListSpec, current: str, read: Any) -> HttpResponseBase:
    """One of the two lists."""
    scope = scope_of(request)
    issues = newest_issues(scope)
    if not issues:
        return render(request, "forecasts/none.html", {"title": spec.title})
    named = replace(
        spec, subtitle=_("Errors in changes of a month: 1 is as wrong as the usual change from month to month.")
    )
    return list_response(
        request,
        spec=named,
        queryset=read(scope, issues[0]),
        template="forecasts/accuracy.html",
        context={
            **head_context(issues[0], current),
            "subtitle": named.subtitle,
            "own": partial(own_context, scope, issues, current),
        },
    )


def head_context(issue: ForecastIssue, current: str) -> dict[str, Any]:
    """Name, way here, tabs."""
    pages = (
        ("horizon", _("By months ahead"), "forecasts:honesty"),
        ("kpi", _("By KPI"), "forecasts:accuracy_kpis"),
        ("department", _("By department"), "forecasts:accuracy_departments"),
    )
    return {
        "title": _("How good the forecasts were"),
        "subtitle": gettext_now("Every forecast whose month has come, as known at the end of %(month)s.")
        % {"month": month_name(Month.of(issue.month))},
        "crumbs": [(_("Forecasts"), reverse("forecasts:list")), (_("Accuracy"), "")],
        "tabs": [{"label": label, "url": reverse(name), "is_current": key == current} for key, label, name in pages],
    }


def board_words(record: Record, plain: int) -> list[str]:
    """What the figures mean, in sentences."""
    if record.verdict == TOO_FEW:
        return [gettext_now("Too few forecasts have come due to say anything.")]
    words = []
    if record.verdict == BETTER:
        words.append(
            gettext_now("On the whole our forecasts came closer than “same as last month” and “same as last year”.")
        )
    else:
        name = (
            gettext_now("“same as last month”")
            if record.verdict == WORSE_THAN_NAIVE
            else gettext_now("“same as last year”")
        )
        words.append(gettext_now("On the whole our forecasts were worse than %(plain)s.") % {"plain": name})
    if plain:
        sentence = ngettext(
            "For %(n)s series a plain forecast came closer so far: there it is the one used.",
            "For %(n)s series a plain forecast came closer so far: there it is the one used.",
            plain,
        )
        words.append(sentence % {"n": plain})
    for share, wanted in ((record.share80, 80), (record.share95, 95)):
        if share is not None and abs(share - wanted) > wanted / 10:
            held = gettext_now("The %(n)s %% range held in %(share)s: it is too %(word)s.")
            word = gettext_now("narrow") if share < wanted else gettext_now("wide")
            words.append(held % {"n": wanted, "share": percent(share), "word": word})
    return words


def unjudged_words() -> str:
    """What is not among the judged."""
    return gettext_now(
        "Not judged are forecasts and own figures made before a KPI's definition changed, or before the departments of a "
        "figure changed so much that its history is another one."
    )


def kind_block(kind: SubjectKind, rows: Sequence[HorizonAccuracy]) -> dict[str, Any]:
    """Error and coverage of one kind of series by months ahead."""
    mine = [row for row in rows if row.kind == kind and row.count]
    return {
        "code": str(kind),
        "label": kind.label,
        "labels": [gettext_now("+%(n)s") % {"n": row.ahead} for row in mine],
        "errors": [
            Series(gettext_now("Our error"), [round(row.error, 2) for row in mine], "line", tone=1),
            Series(gettext_now("Same as last month"), [round(row.naive_error, 2) for row in mine], "target", tone=5),
            Series(gettext_now("Same as last year"), [round(row.seasonal_error, 2) for row in mine], "target", tone=2),
        ],
        "lines": [horizon_line(row) for row in mine],
        "worse": [row.ahead for row in mine if row.error > min(row.naive_error, row.seasonal_error)],
    }


def horizon_line(row: HorizonAccuracy) -> dict[str, Any]:
    """One number of months ahead."""
    record = Record(row.count, row.error, row.naive_error, row.seasonal_error, row.in80_count, row.in95_count)
    return {
        "ahead": row.ahead,
        "count": row.count,
        "error": plain_number(row.error),
        "naive": plain_number(row.naive_error),
        "seasonal": plain_number(row.seasonal_error),
        "in80": percent(record.share80),
        "in95": percent(record.share95),
        "badge": verdict_badge(record),
    }
