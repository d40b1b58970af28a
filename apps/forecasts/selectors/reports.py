"""Reports as people may read them: drafts their writers, issued ones who reads reports at all or was named a reader."""

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability
from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.forecasts.choices import ReportState
from apps.forecasts.models import ReportReader, SituationReport

WRITE, READ, VIEW = "forecasts.write_reports", "forecasts.view_reports", "forecasts.view"


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
