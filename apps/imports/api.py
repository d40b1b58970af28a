"""Imports for other systems: /api/v1/imports/."""

import json
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.core.clock import now
from apps.core.http.api import ScopedReadView, etag_for, with_etag
from apps.core.scope import Scope
from apps.imports.choices import CommitMode, FileFormat, RunState
from apps.imports.models import ImportProblem, ImportRun
from apps.imports.selectors import problems_of, visible_runs
from apps.imports.services.checking import map_import
from apps.imports.services.committing import request_commit, request_undo
from apps.imports.services.preparing import MappingRefused
from apps.imports.services.runs import cancel_import
from apps.imports.services.targets import targets_for
from apps.imports.services.uploading import start_import
from apps.jobs.http.idempotency import idempotent


class ImportRunSerializer(serializers.Serializer[ImportRun]):
    """An import: where it stands, what was wrong, what it wrote."""

    id = serializers.IntegerField()
    target = serializers.CharField()
    state = serializers.ChoiceField(choices=RunState.choices)
    file_name = serializers.CharField()
    file_format = serializers.ChoiceField(choices=FileFormat.choices)
    layout = serializers.JSONField(
        help_text="How the file was read: encoding, delimiter, sheet, heading row, number style."
    )
    headings = serializers.ListField(child=serializers.CharField())
    mapping = serializers.JSONField()
    mode = serializers.ChoiceField(choices=CommitMode.choices)
    row_count = serializers.IntegerField()
    bad_row_count = serializers.IntegerField()
    problem_count = serializers.IntegerField()
    warning_count = serializers.IntegerField(
        help_text="Values that look wrong though they can be imported; /problems/ names each. To be confirmed."
    )
    problem_note = serializers.CharField(help_text="Why the last step ended without effect; empty when it did not.")
    is_rehearsed = serializers.BooleanField(
        help_text="Whether the counts below are known: foreseen before, done after."
    )
    created_count = serializers.IntegerField()
    changed_count = serializers.IntegerField()
    unchanged_count = serializers.IntegerField()
    job = serializers.IntegerField(source="job_id", allow_null=True, help_text="The job at work on it.")
    started_at = serializers.DateTimeField()
    committed_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)


class JsonText(serializers.JSONField):
    """An object, sent as JSON text in a multipart form."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError) as error:
                message = _("“%(field)s” is not valid JSON.") % {"field": self.field_name}
                raise MappingRefused(message, field=str(self.field_name)) from error
        if not isinstance(data, dict):
            raise MappingRefused(
                _("“%(field)s” must be an object.") % {"field": self.field_name}, field=str(self.field_name)
            )
        return data


class NewImportSerializer(serializers.Serializer[Any]):
    """A file, and what is to be done with it."""

    target = serializers.CharField(max_length=60, help_text="Which importer, for example staff.people.")
    file = serializers.FileField(allow_empty_file=True, help_text="CSV, XLSX or JSON.")
    mapping = JsonText(required=False, help_text="JSON text; found out from the headings when left out.")
    layout = JsonText(required=False, help_text="JSON text, to overrule what is found out about the file.")
    mode = serializers.ChoiceField(choices=CommitMode.choices, default=CommitMode.ALL_OR_NOTHING)
    dry_run = serializers.BooleanField(default=False, help_text="Check only; import later with /commit/.")
    confirmed = serializers.BooleanField(
        default=False, help_text="What looks wrong (the warnings) is meant so. Without it a file with warnings waits."
    )


class CommitSerializer(serializers.Serializer[Any]):
    """Everything or the right rows."""

    mode = serializers.ChoiceField(choices=CommitMode.choices, default=CommitMode.ALL_OR_NOTHING)
    confirmed = serializers.BooleanField(
        default=False, help_text="What looks wrong (the warnings) is meant so. Without it a file with warnings waits."
    )


class UndoSerializer(serializers.Serializer[Any]):
    """Why it is taken back."""

    reason = serializers.CharField(max_length=500)


class ProblemSerializer(serializers.Serializer[ImportProblem]):
    """One thing that is wrong with one row, or looks wrong."""

    row = serializers.IntegerField(source="line")
    field = serializers.CharField()
    column = serializers.CharField()
    value = serializers.CharField()
    message = serializers.CharField()
    is_warning = serializers.BooleanField(help_text="It only looks wrong: the row can be imported once confirmed.")


def scope_of_request(request: Request) -> Scope:
    """The caller's scope."""
    scope: Scope = request._request.scope  # type: ignore[attr-defined]
    return scope


class ImportApi(ScopedReadView):
    """Imports of the importers the caller may run. Each importer also asks for the capability to change its records."""

    capability: ClassVar[str] = "imports.run"
    serializer_class = ImportRunSerializer
    ordering = ("-started_at", "-pk")

    def rows(self, request: Request) -> Any:
        scope = scope_of_request(request)
        return visible_runs(scope, targets=[target.name for target in targets_for(scope)])

    def answer(self, run: ImportRun, status: int = 200) -> Response:
        """The run as it stands."""
        run.refresh_from_db()
        return with_etag(Response(ImportRunSerializer(run).data, status=status), etag_for(run))

    @extend_schema(
        summary="Send a file",
        request={"multipart/form-data": NewImportSerializer},
        responses={202: ImportRunSerializer},
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Check a file and, unless dry_run, import it as a job. With problems and mode all_or_nothing nothing is imported:
        the answer's state is then `checked` and /problems/ names each row; so it is while values look wrong
        (`warning_count`) and `confirmed` was not sent. Large files are checked as a job first (state
        `checking`); then ask for /commit/ once they are `checked`."""
        given = NewImportSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        who: dict[str, Any] = {"by": acting_user(request), "scope": scope_of_request(request), "now": now()}
        run = start_import(target=values["target"], upload=values["file"], layout=values.get("layout"), **who)
        run = map_import(run=run, mapping=values.get("mapping") or run.mapping, **who)
        is_acceptable = run.bad_row_count == 0 or (
            values["mode"] == CommitMode.GOOD_ROWS and run.bad_row_count < run.row_count
        )
        is_confirmed = values["confirmed"] or run.warning_count == 0
        if run.state == RunState.CHECKED and is_acceptable and is_confirmed and not values["dry_run"]:
            run = request_commit(run=run, mode=values["mode"], is_confirmed=values["confirmed"], **who)
        return self.answer(run, status=202)

    def get_parsers(self) -> Any:
        """Files come as a form; the actions take JSON."""
        return [MultiPartParser()] if getattr(self, "action", "") == "create" else super().get_parsers()

    @extend_schema(summary="What is wrong with the rows", responses=ProblemSerializer(many=True))
    @action(methods=["get"], detail=True)
    def problems(self, request: Request, pk: str) -> Response:
        """Every problem and warning of the last check, by row."""
        del pk, request
        self.ordering = ("line", "pk")  # type: ignore[misc]
        page: Any = self.paginate_queryset(problems_of(self.get_object()))
        return self.get_paginated_response(ProblemSerializer(page, many=True).data)

    @extend_schema(summary="Import the checked rows", request=CommitSerializer, responses={202: ImportRunSerializer})
    @action(methods=["post"], detail=True)
    @idempotent
    def commit(self, request: Request, pk: str) -> Response:
        """Start the import of a checked file."""
        del pk
        given = CommitSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        run = request_commit(
            run=self.get_object(),
            mode=given.validated_data["mode"],
            is_confirmed=given.validated_data["confirmed"],
            by=acting_user(request),
            scope=scope_of_request(request),
            now=now(),
        )
        return self.answer(run, status=202)

    @extend_schema(summary="Take an import back", request=UndoSerializer, responses={202: ImportRunSerializer})
    @action(methods=["post"], detail=True)
    @idempotent
    def undo(self, request: Request, pk: str) -> Response:
        """Start taking back what an import wrote; refused where the rows have been built upon since."""
        del pk
        given = UndoSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        run = request_undo(
            run=self.get_object(),
            reason=given.validated_data["reason"],
            by=acting_user(request),
            scope=scope_of_request(request),
            now=now(),
        )
        return self.answer(run, status=202)

    @extend_schema(summary="Call an import off", request=None, responses={200: ImportRunSerializer})
    @action(methods=["post"], detail=True)
    @idempotent
    def cancel(self, request: Request, pk: str) -> Response:
        """Nothing of it is stored."""
        del pk
        return self.answer(cancel_import(run=self.get_object(), by=acting_user(request), now=now()))
