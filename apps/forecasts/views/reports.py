"""The situation-and-outlook reports: the list, one as a page, as a file, beside the one before."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from apps.accounts.http.access import acting_user, allow
from apps.core import clock
from apps.core.charts import Series
from apps.core.errors import NotFound
from apps.core.http.cells import Badge
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.wording import month_text
from apps.forecasts import services
from apps.forecasts.choices import ReportState
from apps.forecasts.models import SituationReport
from apps.forecasts.rules.comparing import Figure, Pair, compared
from apps.forecasts.rules.sentences import chance_text
from apps.forecasts.selectors.reports import VIEW, WRITE, listed_reports, readers_of, report_before, report_for
from apps.forecasts.selectors.restated import appendix_of, restated_since
from apps.forecasts.services.restating import day_text, shown_texts
from apps.forecasts.services.sections import FREE
from apps.forecasts.views.words import scope_of
from apps.kpis.choices import Status
from apps.kpis.rules.showing import change, figure

TONES = {ReportState.DRAFT: "neutral", ReportState.APPROVED: "info", ReportState.ISSUED: "success"}
FILES = {
    "pdf": (services.report_pdf, "application/pdf"),
    "xlsx": (services.report_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def report_url(report: SituationReport) -> str:
    """The page of a report."""
    return reverse("forecasts:report", args=[report.pk])


def state_badge(report: SituationReport) -> Badge:
    """Where a report stands."""
    return Badge(report.get_state_display(), TONES[ReportState(report.state)])


def read_text(row: Any) -> str:
    """How many of its readers have opened it."""
    return (
        gettext_now("%(read)s of %(all)s") % {"read": row.read_count, "all": row.reader_count}
        if row.reader_count
        else ""
    )


REPORTS = ListSpec(
    name="reports",
    title=_("Situation and outlook"),
    columns=(
        Column("month", _("Month"), kind="month", order_by="month", url=report_url),
        Column("version", _("Version"), kind="number", order_by="version"),
        Column("state", _("State"), value=state_badge, kind="badge", order_by="state"),
        Column("off_count", _("Off target"), kind="number", order_by="off_count", nulls_last=True),
        Column("assembled_at", _("Figures as of"), kind="moment", order_by="assembled_at"),
        Column("approved_by", _("Approved by"), value="approved_by.name", order_by="approved_by__name"),
        Column("issued_at", _("Issued"), kind="moment", order_by="issued_at", nulls_last=True),
        Column("read", _("Read by"), value=read_text),
        Column("digest", _("Digest"), is_export_only=True),
    ),
    filters=(
        Filter("state", _("State"), choices=ReportState.choices, apply=lambda rows, value: rows.filter(state=value)),
        Filter("since", _("From month"), kind="month",
               apply=lambda rows, value: rows.filter(month__gte=Month.parse(value).first_day)),
    ),
    search=("month__icontains", "approved_by__name__icontains", "said__icontains"),
    search_hint=_("Month (2026-09), name, words of the COO"),
    default_order=("-month", "-version"),
    empty_title=_("No report yet"),
    empty_text=_("One is put together each month after the forecast was issued, or at the push of a button."),
    empty_icon="file-text",
    subtitle=_("What happened, why, and how it will end: one report a month."),
)  # fmt: skip


@require_GET
@allow(VIEW)
def reports_page(request: HttpRequest) -> HttpResponseBase:
    """The reports the person may read."""
    scope = scope_of(request)
    context = {"may_write": scope.may(WRITE)}
    return list_response(
        request, spec=REPORTS, queryset=listed_reports(scope), template="forecasts/reports.html", context=context
    )


@require_GET
@allow(VIEW)
def report_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One report: what is off first. A named reader's first visit is noted."""
    scope = scope_of(request)
    report = report_for(scope, pk)
    services.mark_report_read(report=report, user=acting_user(request), now=clock.now())
    restated = restated_since(scope, report)
    lines, more = shown_texts(restated, Month.of(report.month))
    context = {
        **frame_of(report),
        "report": report,
        "sections": sections_of(report),
        "free": [(title, report.said.get(code, "")) for code, title in FREE],
        "restated": lines,
        "restated_more": more,
        "restated_count": len(restated),
        "readers": readers_of(scope, report),
        "before": report_before(scope, report),
        "may_write": scope.may(WRITE),
        "is_draft": report.state == ReportState.DRAFT,
        "is_approved": report.state == ReportState.APPROVED,
        "is_issued": report.state == ReportState.ISSUED,
        "begun_because": report.content.get("begun_because", ""),
        "seen": services.digest_of(report) if report.state == ReportState.DRAFT else "",
    }
    return render(request, "forecasts/report.html", context)


def frame_of(report: SituationReport, *more: tuple[Any, str]) -> dict[str, Any]:
    """Heading, state and the way back."""
    month = month_text(Month.of(report.month))
    own = report_url(report) if more else ""
    return {
        "title": gettext_now("Situation and outlook: %(month)s") % {"month": month},
        "subtitle": line_of(report),
        "state": state_badge(report),
        "crumbs": [(_("Situation and outlook"), reverse("forecasts:reports")), (month, own), *more],
    }


def line_of(report: SituationReport) -> str:
    """The line below the heading: version, when its figures were read, by whom it was approved and when issued."""
    parts = [
        gettext_now("Version %(number)s") % {"number": report.version},
        gettext_now("figures as of %(day)s") % {"day": day_text(report.assembled_at)},
    ]
    if report.approved_by:
        parts.append(gettext_now("approved by %(name)s") % {"name": report.approved_by.name})
    if report.issued_at:
        parts.append(gettext_now("issued %(day)s") % {"day": day_text(report.issued_at)})
    return " · ".join(parts)


def sections_of(report: SituationReport) -> list[dict[str, Any]]:
    """The stored sections as the templates draw them."""
    return [
        {
            **report.content["sections"][code],
            "code": code,
            "count": count_text(report.content["sections"][code]),
            "lead": next((one["text"] for one in report.content["sections"][code]["sentences"]), ""),
            "remark": report.said.get(code, ""),
            "charts": [chart_of(chart) for chart in report.content["sections"][code]["charts"]],
            "tables": [table_of(table) for table in report.content["sections"][code]["tables"]],
        }
        for code in report.content["order"]
    ]


def count_text(section: Mapping[str, Any]) -> str:
    """How much of a section is off or warned of, as it counted itself; else how much of it is bad. Empty for none."""
    facts = section["facts"]
    if "off" in facts:
        return gettext_now("%(count)s off") % {"count": facts["off"]} if facts["off"] else ""
    if "warnings" in facts:
        count = facts["warnings"]
        return ngettext("%(count)s warning", "%(count)s warnings", count) % {"count": count} if count else ""
    count = bad_count(section)
    return gettext_now("%(count)s to look at") % {"count": count} if count else ""


def bad_count(section: Mapping[str, Any]) -> int:
    """Rows with anything bad in them, else bad sentences."""
    rows = [row for table in section["tables"] for row in table["rows"]]
    return sum(any(cell.get("tone") == "bad" for cell in row) for row in rows) or sum(
        one["tone"] == "bad" for one in section["sentences"]
    )


def chart_of(chart: Mapping[str, Any]) -> dict[str, Any]:
    """A stored chart for the chart tags."""
    series = [Series(one["name"], one["values"], one["kind"], tone=one.get("tone", 0)) for one in chart["series"]]
    return {**chart, "series": series, "is_bars": chart["form"] == "bars"}


def table_of(table: Mapping[str, Any]) -> dict[str, Any]:
    """A stored table with its cells beside their columns."""
    rows = [
        [
            {**cell, "label": column["label"], "kind": column["kind"]}
            for cell, column in zip(row, table["columns"], strict=True)
        ]
        for row in table["rows"]
    ]
    return {**table, "rows": rows}


def stored_text(known: Figure | None) -> str:
    """A stored figure as people read it; empty for none."""
    if known is None or known["value"] is None:
        return ""
    return figure(Decimal(known["value"]), decimals=known["decimals"], unit=known["unit"])


@require_GET
@allow(VIEW)
def report_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The report as PDF, or its data as a workbook, with what was restated since. Who opens a file has read the report."""
    scope, now = scope_of(request), clock.now()
    report = report_for(scope, pk)
    make, content_type = FILES[kind]
    made = make(report=report, appendix=appendix_of(scope, report, now=now))
    services.mark_report_read(report=report, user=acting_user(request), now=now)
    response = HttpResponse(made, content_type=content_type)
    name = f"situation-{Month.of(report.month)}-v{report.version}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_GET
@allow(VIEW)
def compare_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The report beside the one of the month before: what is new off target, what recovered or is not judged
    any more, every figure then and now."""
    scope = scope_of(request)
    report = report_for(scope, pk)
    before = report_before(scope, report)
    if before is None:
        raise NotFound(gettext_now("There is no earlier report you may read to compare this one with."))
    found = compared(before.content, report.content)
    context = {
        **frame_of(report, (_("Compared with the one before"), "")),
        "report": report,
        "before": before,
        "then_month": Month.of(before.month),
        "now_month": Month.of(report.month),
        "groups": [
            {"title": title, "tone": tone, "lines": [pair_line(pair) for pair in pairs]}
            for title, tone, pairs in (
                (_("Newly off target"), "danger", found.newly_off),
                (_("Off target, not judged before"), "danger", found.off_not_judged_before),
                (_("Recovered"), "success", found.recovered),
                (_("Still off target"), "warning", found.still_off),
                (_("Not judged now"), "neutral", found.not_judged),
            )
        ],
        "tables": [
            {"title": title, "rows": [pair_line(pair) for pair in pairs], "has_chance": has_chance}
            for title, has_chance, pairs in (
                (_("KPIs"), True, found.kpis),
                (_("Scores"), False, found.scores),
                (_("Headcount"), False, found.people),
            )
            if pairs
        ],
    }
    return render(request, "forecasts/report_compare.html", context)


def pair_line(pair: Pair) -> dict[str, Any]:
    """A figure then and now."""
    known, then, now = pair.newest, pair.then or {}, pair.now or {}
    was, is_now = then.get("value"), now.get("value")
    difference = Decimal(is_now) - Decimal(was) if was is not None and is_now is not None else None
    return {
        "name": known["name"],
        "place": known["place_name"],
        "then": stored_text(pair.then) or gettext_now("not in it"),
        "now": stored_text(pair.now) or gettext_now("not in it"),
        "change": "" if difference is None else change(difference, decimals=known["decimals"], unit=""),
        "then_state": state_text(then.get("status")),
        "now_state": state_text(now.get("status")),
        "then_chance": chance_or_dash(then.get("chance_year")),
        "now_chance": chance_or_dash(now.get("chance_year")),
        "is_changed": pair.is_changed,
    }


def state_text(status: str | None) -> str:
    """A light in words; empty where there is none."""
    return str(Status(status).label) if status else ""


def chance_or_dash(chance: float | None) -> str:
    """A chance, or the dash for none that was told."""
    return "–" if chance is None else chance_text(chance)
