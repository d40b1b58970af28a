"""Situation-and-outlook reports: read, taken as a file, put together, written in, approved, issued."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.core.clock import now
from apps.core.errors import NotFound
from apps.core.http.api import ScopedReadView, etag_for, with_etag
from apps.core.http.fields import MonthField
from apps.core.http.queries import asked, cleaned, scope_of
from apps.core.month import Month
from apps.core.scope import Scope
from apps.forecasts import services
from apps.forecasts.api.report_shapes import (
    ComparedSerializer,
    ReportReaderSerializer,
    RestatedFigureSerializer,
    compared_from,
    restated_from,
)
from apps.forecasts.choices import ReportState
from apps.forecasts.models import SituationReport
from apps.forecasts.rules.comparing import compared
from apps.forecasts.selectors.reports import (
    VIEW,
    WRITE,
    listed_reports,
    possible_readers,
    readers_of,
    report_before,
    report_for,
)
from apps.forecasts.selectors.restated import appendix_of, restated_since
from apps.forecasts.services.refusals import WrongReaders
from apps.jobs.http.idempotency import idempotent

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_READERS = 500
LONGEST_SEEN = 64


@extend_schema_field({"type": "object", "additionalProperties": {}})
class ContentField(serializers.JSONField):
    """An object of any shape."""


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class SaidField(serializers.DictField):
    """Texts by section."""

    child = serializers.CharField(allow_blank=True, max_length=8_000, trim_whitespace=False)


class ReportsQuery(serializers.Serializer[Any]):
    """Narrow the reports."""

    month = MonthField(required=False, help_text="Of this month, YYYY-MM.")
    state = serializers.ChoiceField(required=False, choices=ReportState.choices, help_text="In this state.")


class ReportSerializer(serializers.Serializer[SituationReport]):
    """A report in short."""

    id = serializers.IntegerField()
    month = serializers.CharField(help_text="YYYY-MM")
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ReportState.choices)
    off_count = serializers.IntegerField(allow_null=True, help_text="KPIs off target.")
    assembled_at = serializers.DateTimeField(help_text="Figures as of this moment.")
    approved_at = serializers.DateTimeField(allow_null=True)
    issued_at = serializers.DateTimeField(allow_null=True)
    issue = serializers.IntegerField(allow_null=True, help_text="Id of the issue of the forecast it rests on.")
    digest = serializers.CharField(help_text="SHA-256 of an issued report; else empty.")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A report as plain values."""
        return {
            "id": instance.pk,
            "month": f"{instance.month:%Y-%m}",
            "version": instance.version,
            "state": instance.state,
            "off_count": instance.off_count,
            "assembled_at": instance.assembled_at.isoformat(),
            "approved_at": instance.approved_at.isoformat() if instance.approved_at else None,
            "issued_at": instance.issued_at.isoformat() if instance.issued_at else None,
            "issue": instance.issue_id,
            "digest": instance.digest,
        }


class WholeReportSerializer(ReportSerializer):
    """A report with everything in it."""

    content = ContentField(
        help_text="Sections in `order`: sentences, tables, charts; the bare `figures`; and in "
        "`standings` place, value, light, target and its upper end of every KPI; in `grounds` what comparisons and bridges "
        "rest on."
    )
    said = SaidField(help_text="What a person wrote, by section; summary and wanted are sections of their own.")
    restated = RestatedFigureSerializer(many=True, help_text="Of an approved or issued report: what is another today.")
    draft_digest = serializers.CharField(
        help_text="Of a draft: stands for all of it as read here; `approve` takes it as `seen`. Else empty."
    )
    draft_stamp = serializers.CharField(
        help_text="Of a draft: stands for what is written in it; `say` takes it as `seen`. Else empty."
    )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A report as plain values, with what changed since."""
        restated = restated_since(self.context["scope"], instance)
        is_draft = instance.state == ReportState.DRAFT
        return {
            **super().to_representation(instance),
            "content": instance.content,
            "said": instance.said,
            "restated": [restated_from(one) for one in restated],
            "draft_digest": services.digest_of(instance) if is_draft else "",
            "draft_stamp": services.stamp_of(instance.said) if is_draft else "",
        }


class AssembleInput(serializers.Serializer[Any]):
    """Which month."""

    month = MonthField(help_text="YYYY-MM; it must have ended.")
    reason = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=500, help_text="Why a new version is begun."
    )


class SayInput(serializers.Serializer[Any]):
    """What is said."""

    said = SaidField(help_text="By section; sections that are not named stay as they are.")
    seen = serializers.CharField(
        required=False,
        default=None,
        max_length=LONGEST_SEEN,
        help_text="`draft_stamp` of what was read: refused with 409 once somebody else wrote since.",
    )


class ApproveInput(serializers.Serializer[Any]):
    """What is approved."""

    seen = serializers.CharField(
        required=False,
        default=None,
        max_length=LONGEST_SEEN,
        help_text="`draft_digest` of what was read: refused with 409 once the report is another one.",
    )


class ReopenInput(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=500)


class ReadersInput(serializers.Serializer[Any]):
    """To whom."""

    readers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        required=False,
        default=list,
        max_length=MOST_READERS,
        help_text="Ids of accounts; they are told at once.",
    )


class PdfRenderer(BaseRenderer):
    """Lets a caller ask for application/pdf."""

    media_type, format, charset = "application/pdf", "pdf", None

    def render(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        return data


class XlsxRenderer(PdfRenderer):
    """Lets a caller ask for a workbook."""

    media_type, format = XLSX, "xlsx"


class SituationReportApi(ScopedReadView):
    """Reports the caller may read: drafts only those who write them."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": VIEW,
        "assemble": WRITE,
        "say": WRITE,
        "approve": WRITE,
        "reopen": WRITE,
        "issue": WRITE,
        "readers": WRITE,
    }
    serializer_class = ReportSerializer
    ordering = ("-month", "-version")

    def rows(self, request: Request) -> Any:
        return listed_reports(scope_of(request))

    @extend_schema(summary="List reports", parameters=[ReportsQuery])
    def list(self, request: Request) -> Response:
        """The newest month first."""
        given, rows = asked(request, ReportsQuery), self.rows(request)
        page = self.paginate_queryset(rows.filter(**given))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Read a report", responses=WholeReportSerializer)
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """With all its figures and sentences. A named reader's first reading is noted."""
        row = self.get_object()
        services.mark_report_read(report=row, user=acting_user(request), now=now())
        return with_etag(self.answer(request, row.pk), etag_for(row))

    @extend_schema(summary="Report as PDF", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], renderer_classes=[JSONRenderer, PdfRenderer])
    def pdf(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Made from what is stored in it, with what was restated since. A named reader's first reading is noted."""
        return self.file(request, services.report_pdf, "application/pdf")

    @extend_schema(summary="Data of a report as XLSX", responses={(200, XLSX): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], renderer_classes=[JSONRenderer, XlsxRenderer])
    def xlsx(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Its sentences, figures and tables, and what was restated since. A named reader's first reading is noted."""
        return self.file(request, services.report_xlsx, XLSX)

    def file(self, request: Request, make: Callable[..., bytes], content_type: str) -> HttpResponse:
        """The report as a file; who takes it has read it."""
        scope, moment = scope_of(request), now()
        report = report_for(scope, self.get_object().pk)
        made = make(report=report, appendix=appendix_of(scope, report, now=moment))
        services.mark_report_read(report=report, user=acting_user(request), now=moment)
        return HttpResponse(made, content_type=content_type)

    @extend_schema(summary="Compare a report with the one before", responses=ComparedSerializer)
    @action(detail=True, methods=["get"])
    def compare(self, request: Request, **kwargs: Any) -> Response:
        """With the newest the caller may read of an earlier month; 404 where there is none."""
        scope = scope_of(request)
        report = report_for(scope, self.get_object().pk)
        before = report_before(scope, report)
        if before is None:
            raise NotFound(_("There is no earlier report you may read to compare this one with."))
        return Response(compared_from(report, before, compared(before.content, report.content)))

    @extend_schema(summary="List the readers of a report", responses=ReportReaderSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def readers(self, request: Request, **kwargs: Any) -> Response:
        """Who it was issued to and when they first opened it, by name; for its writers."""
        found: Any = readers_of(scope_of(request), self.get_object())
        return Response(ReportReaderSerializer(found, many=True).data)

    @extend_schema(summary="Put a report together", request=AssembleInput, responses={201: WholeReportSerializer})
    @action(detail=False, methods=["post"])
    @idempotent
    def assemble(self, request: Request) -> Response:
        """Of a month that has ended. A draft is brought up to date: what was written stays."""
        given = cleaned(request, AssembleInput)
        month = Month.of(given["month"])
        made = services.assemble_report(month=month, reason=given["reason"], by=acting_user(request), now=now())
        return self.answer(request, made.report.pk, status=201 if made.is_new else 200)

    @extend_schema(summary="Write in a report", request=SayInput, responses=WholeReportSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def say(self, request: Request, **kwargs: Any) -> Response:
        """In a draft: summary, wanted, or a remark on any section; with `seen` only in what was read."""
        report, given = self.get_object(), cleaned(request, SayInput)
        services.say(report=report, said=given["said"], seen=given["seen"], by=acting_user(request), now=now())
        return self.answer(request, report.pk)

    @extend_schema(summary="Approve a report", request=ApproveInput, responses=WholeReportSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def approve(self, request: Request, **kwargs: Any) -> Response:
        """A draft, as it stands; with `seen` only as it was read."""
        report, given = self.get_object(), cleaned(request, ApproveInput)
        services.approve_report(report=report, seen=given["seen"], by=acting_user(request), now=now())
        return self.answer(request, report.pk)

    @extend_schema(summary="Take a report back", request=ReopenInput, responses=WholeReportSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def reopen(self, request: Request, **kwargs: Any) -> Response:
        """An approved one, to draft."""
        report, given = self.get_object(), cleaned(request, ReopenInput)
        services.reopen_report(report=report, reason=given["reason"], by=acting_user(request), now=now())
        return self.answer(request, report.pk)

    @extend_schema(summary="Issue a report", request=ReadersInput, responses=WholeReportSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def issue(self, request: Request, **kwargs: Any) -> Response:
        """An approved one: from then on it never changes."""
        report, given = self.get_object(), cleaned(request, ReadersInput)
        readers = readers_from(scope_of(request), given["readers"])
        services.issue_report(report=report, readers=readers, by=acting_user(request), now=now())
        return self.answer(request, report.pk)

    def answer(self, request: Request, pk: int, *, status: int = 200) -> Response:
        """The report as it now is."""
        scope = scope_of(request)
        row = listed_reports(scope).defer(None).get(pk=pk)
        return Response(WholeReportSerializer(row, context={"scope": scope}).data, status=status)


def readers_from(scope: Scope, ids: list[int]) -> list[Any]:
    """These accounts; unknown ones, and those that could not open it, are refused by their ids."""
    found = list(possible_readers(scope).filter(pk__in=ids))
    missing = sorted(set(ids) - {user.pk for user in found})
    if missing:
        raise WrongReaders(
            _("These accounts do not exist or may not see forecasts: %(ids)s.") % {"ids": ", ".join(map(str, missing))},
            field="readers",
        )
    return found
