"""Reports as people may read them: drafts their writers, issued ones who reads reports at all or was named a reader."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability
from apps.assessments.selectors.scores import visible_runs, visible_scores
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.forecasts.choices import ReportState
from apps.forecasts.models import ReportReader, SituationReport
from apps.kpis.selectors.months import lines_of
from apps.kpis.selectors.reporting import changed_since
from apps.staff.selectors import heads_by_department

WRITE, READ, VIEW = "forecasts.write_reports", "forecasts.view_reports", "forecasts.view"
COMPANY = Scope(user_id=None, reach=Reach.COMPANY, capabilities=frozenset({"assessments.view"}))
"""What was reported of the whole company is compared with the whole company, whoever reads it."""


def visible_reports(scope: Scope) -> QuerySet[SituationReport]:
    """All for their writers; issued ones for who reads reports; else those one was named a reader of. Without content."""
    rows = SituationReport.objects.select_related("approved_by", "issued_by", "assembled_by", "issue")
    if scope.may(WRITE):
        return rows
    issued = rows.filter(state=ReportState.ISSUED)
    if scope.may(READ):
        return issued
    if not scope.may(VIEW) or scope.user_id is None:
        return rows.none()
    return issued.filter(Exists(ReportReader.objects.filter(report=OuterRef("pk"), user=scope.user_id)))


def listed_reports(scope: Scope) -> QuerySet[SituationReport]:
    """The same with what the list shows: how much is off, how many readers and how many of them have opened it."""
    return (
        visible_reports(scope)
        .defer("content", "said")
        .annotate(
            off_count=Cast(KT("content__sections__off__facts__off"), IntegerField()),
            reader_count=Count("readers", distinct=True),
            read_count=Count("readers", filter=~Q(readers__read_at=None), distinct=True),
        )
    )


def report_for(scope: Scope, pk: int) -> SituationReport:
    """One report; NotFound is the same for what does not exist and what is not theirs."""
    found = visible_reports(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such report, or it was not issued to you."))
    return found


def readers_of(scope: Scope, report: SituationReport) -> list[ReportReader]:
    """Who it was issued to and who has read it, for its writers. One query."""
    if not scope.may(WRITE):
        return []
    return list(report.readers.select_related("user").order_by("user__name"))


def report_before(scope: Scope, report: SituationReport) -> SituationReport | None:
    """The newest report of an earlier month, for comparing; issued ones count before drafts. One query."""
    rows = visible_reports(scope).filter(month__lt=report.month)
    return rows.order_by("-month", F("issued_at").desc(nulls_last=True), "-version").first()


def latest_report(scope: Scope) -> SituationReport | None:
    """The newest report the person may read, without its content but with `off_count`. One query."""
    return listed_reports(scope).order_by("-month", "-version").first()


def possible_readers(scope: Scope) -> QuerySet[User]:
    """Accounts a report can be issued to, by name: for its writers."""
    rows = users_with_capability(VIEW).order_by("name", "pk")
    return rows if scope.may(WRITE) else rows.none()


def usual_readers(scope: Scope) -> list[int]:
    """Keys of those who read every report: proposed when one is issued. For its writers."""
    return list(users_with_capability(READ).values_list("pk", flat=True)) if scope.may(WRITE) else []


@dataclass(frozen=True, slots=True)
class Restated:
    """A figure of a report that is another today."""

    figure: Mapping[str, Any]
    """As it stands in the report."""
    now: Any
    """Today's value; None where there is none any more."""
    changed_at: datetime | None


def restated_since(scope: Scope, report: SituationReport) -> list[Restated]:
    """The figures of a report that are not what they were: of indicators, scores, headcount. Six queries at most.

    REPORT comes from a selector that took the scope: whoever may read the report may read how its figures changed.
    """
    if not scope.may(VIEW):
        return []
    figures = report.content.get("figures", [])
    return [*restated_kpis(report, figures), *restated_scores(report, figures), *restated_heads(report, figures)]


def restated_kpis(report: SituationReport, figures: list[dict[str, Any]]) -> Iterator[Restated]:
    """Indicators: two queries."""
    month = Month.of(report.month)
    known = {(one["key"], one["place"]): one for one in figures if one["kind"] == "kpi"}
    lines = lines_of(known, first=month, last=month)
    changed = {}
    for pair, one in known.items():
        line = lines.get(pair, {}).get(month)
        now = line.value if line else None
        if (None if now is None else f"{now:f}") != one["value"]:
            changed[pair] = now
    moments = changed_since(changed, month=month, since=report.assembled_at) if changed else {}
    for pair, now in changed.items():
        yield Restated(known[pair], now, moments.get(pair))


def restated_scores(report: SituationReport, figures: list[dict[str, Any]]) -> Iterator[Restated]:
    """Scores, where a newer edition of their month was published. Two queries."""
    stored = report.content["sections"].get("scores", {}).get("facts", {})
    if "run" not in stored:
        return
    run = visible_runs(COMPANY).filter(month=Month.parse(stored["month"]).first_day).first()
    if run is None or run.pk == stored["run"]:
        return
    totals = dict(visible_scores(COMPANY).filter(run=run).values_list("department", "total"))
    for one in figures:
        if one["kind"] != "score":
            continue
        now = totals.get(one["place"])
        if (None if now is None else f"{now:f}") != one["value"]:
            publication = getattr(run, "publication", None)
            yield Restated(one, now, publication.published_at if publication else None)


def restated_heads(report: SituationReport, figures: list[dict[str, Any]]) -> Iterator[Restated]:
    """Headcount at the end of the month. Two queries."""
    known = {one["place"]: one for one in figures if one["kind"] == "headcount"}
    heads = heads_by_department(Month.of(report.month).last_day) if known else {}
    for place, one in known.items():
        if str(heads.get(place, 0)) != one["value"]:
            yield Restated(one, heads.get(place, 0), None)
