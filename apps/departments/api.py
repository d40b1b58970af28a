"""Departments for other systems: /api/v1/departments/."""

from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.core import clock
from apps.core.errors import Refusal
from apps.core.http.api import ScopedReadView, etag_for, require_match, with_etag
from apps.core.scope import Scope
from apps.departments import selectors, services
from apps.departments.models import Department
from apps.jobs.http.idempotency import idempotent

VIEW, MANAGE = "departments.view", "departments.manage"
DAY = OpenApiParameter("on", date, description="The day the tree is read for; today when left out.")
MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag read, so that nothing is lost; * for any.",
)


class UnknownDepartment(Refusal):
    """A department named in the body does not exist, or is outside what the caller may see."""

    code = "unknown_department"


class WrongDay(Refusal):
    """The day in the address is none."""

    code = "wrong_day"


class DepartmentSerializer(serializers.Serializer[Any]):
    """A department, with its place in the tree of the day asked for."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField(help_text="The name of today; /versions/ knows the others.")
    parent = serializers.IntegerField(source="parent_id", allow_null=True, help_text="What it belongs to on the day.")  # type: ignore[assignment]
    level = serializers.IntegerField(allow_null=True, help_text="0 at the top; null when it is not open on the day.")
    cost_center = serializers.CharField()
    purpose = serializers.CharField()
    opened_on = serializers.DateField(allow_null=True)
    closed_on = serializers.DateField(allow_null=True, help_text="The first day on which it no longer exists.")
    successor = serializers.IntegerField(source="successor_id", allow_null=True, help_text="What it was merged into.")
    updated_at = serializers.DateTimeField()


class TreeNodeSerializer(serializers.Serializer[Any]):
    """One line of the tree, in reading order."""

    id = serializers.IntegerField(source="pk")
    code = serializers.CharField()
    name = serializers.CharField(help_text="The name on the day.")
    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    level = serializers.IntegerField()
    child_count = serializers.IntegerField()
    below_count = serializers.IntegerField()


class VersionSerializer(serializers.Serializer[Any]):
    """Some days of a department."""

    first = serializers.DateField()
    last = serializers.DateField(allow_null=True, help_text="The last day; null: open end.")
    name = serializers.CharField()
    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]


class NewDepartmentSerializer(serializers.Serializer[Any]):
    """A department to be opened."""

    code = serializers.CharField(max_length=20)
    name = serializers.CharField(max_length=150)
    parent = serializers.IntegerField(allow_null=True, default=None)  # type: ignore[assignment]
    on = serializers.DateField(help_text="The first day it exists.")
    cost_center = serializers.CharField(max_length=20, allow_blank=True, default="")
    purpose = serializers.CharField(max_length=500, allow_blank=True, default="")
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class ChangeSerializer(serializers.Serializer[Any]):
    """What is not dated. Members left out stay as they are."""

    code = serializers.CharField(max_length=20, required=False)
    cost_center = serializers.CharField(max_length=20, allow_blank=True, required=False)
    purpose = serializers.CharField(max_length=500, allow_blank=True, required=False)
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class RenameSerializer(serializers.Serializer[Any]):
    """A new name from a day on."""

    name = serializers.CharField(max_length=150)
    on = serializers.DateField()
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class MoveSerializer(serializers.Serializer[Any]):
    """A new place from a day on; null: at the top."""

    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    on = serializers.DateField()
    reason = serializers.CharField(max_length=500)


class MergeSerializer(serializers.Serializer[Any]):
    """What it is merged into from a day on."""

    into = serializers.IntegerField()
    on = serializers.DateField()
    reason = serializers.CharField(max_length=500)


class CloseSerializer(serializers.Serializer[Any]):
    """The first day on which it no longer exists."""

    on = serializers.DateField()
    reason = serializers.CharField(max_length=500)


def scope_of_request(request: Request) -> Scope:
    """The caller's scope."""
    scope: Scope = request._request.scope  # type: ignore[attr-defined]
    return scope


def day_asked(request: Request) -> date:
    """The day of ?on=, else today."""
    text = request.query_params.get("on", "")
    try:
        return date.fromisoformat(text) if text else clock.today()
    except ValueError as error:
        raise WrongDay(_("“%(on)s” is not a day. Write it as YYYY-MM-DD.") % {"on": text}, field="on") from error


def cleaned(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The body, checked."""
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def tag_of(row: Any) -> str:
    """The version of a department as it is shown on one day."""
    return etag_for(row, row.name, row.parent_id, row.level)


class DepartmentApi(ScopedReadView):
    """Departments: read as the tree of any day; create, rename, move, merge, close from a day on."""

    capability: ClassVar[dict[str, str]] = {"GET": VIEW, "POST": MANAGE, "PATCH": MANAGE}
    serializer_class = DepartmentSerializer
    ordering = ("name", "pk")
    lookup_value_regex = r"\d+"
    if_match = ("partial_update", "rename", "move", "merge", "close", "reopen")
    is_match_required = True

    def rows(self, request: Request) -> Any:
        return selectors.listed_departments(scope_of_request(request), day_asked(request))

    @extend_schema(
        summary="List departments",
        parameters=[
            DAY,
            OpenApiParameter("q", str, description="Words in the name, or the beginning of the code."),
            OpenApiParameter("code", str, description="Exactly this code."),
            OpenApiParameter("is_open", bool, description="Only those open (true) or not open (false) on the day."),
        ],
    )
    def list(self, request: Request) -> Response:
        """One page of the departments the caller may know of."""
        return super().list(request)

    def get_queryset(self) -> Any:
        """The rows, narrowed by the address for lists."""
        rows = super().get_queryset()
        if self.action != "list":
            return rows
        asked = self.request.query_params
        for word in asked.get("q", "").replace("\x00", "").split()[:5]:
            rows = rows.filter(name__icontains=word) | rows.filter(code__istartswith=word)
        if code := asked.get("code", "").replace("\x00", ""):
            rows = rows.filter(code__iexact=code)
        if asked.get("is_open") in ("true", "false"):
            rows = rows.filter(level__isnull=asked["is_open"] == "false")
        return rows

    @extend_schema(summary="Read a department", parameters=[DAY])
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """One department, with its place on the day."""
        row = self.get_object()
        return with_etag(Response(DepartmentSerializer(row).data), tag_of(row))

    @extend_schema(summary="Open a department", request=NewDepartmentSerializer, responses={201: DepartmentSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Open a department from a day on, below another one or at the top."""
        values = cleaned(NewDepartmentSerializer, request)
        values["parent"] = self.named(values["parent"], "parent")
        made = services.create_department(**values, by=acting_user(request), now=clock.now())
        return self.answer(made, status=201)

    @extend_schema(
        summary="Change what is not dated", request=ChangeSerializer, responses=DepartmentSerializer, parameters=[MATCH]
    )
    @idempotent
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change code, cost centre or purpose. The former code leads to the department still."""
        row, expected = self.matched()
        present = {"code": row.code, "cost_center": row.cost_center, "purpose": row.purpose}
        values = present | cleaned(ChangeSerializer, request)
        made = services.change_department(
            department=row, **values, by=acting_user(request), now=clock.now(), expected=expected
        )
        return self.answer(made)

    @extend_schema(
        summary="Rename a department", request=RenameSerializer, responses=DepartmentSerializer, parameters=[MATCH]
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def rename(self, request: Request, **kwargs: Any) -> Response:
        """Give a department another name from a day on."""
        row, expected = self.matched()
        values = cleaned(RenameSerializer, request)
        made = services.rename_department(
            department=row, **values, by=acting_user(request), now=clock.now(), expected=expected
        )
        return self.answer(made)

    @extend_schema(
        summary="Move a department", request=MoveSerializer, responses=DepartmentSerializer, parameters=[MATCH]
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def move(self, request: Request, **kwargs: Any) -> Response:
        """Place a department, with everything below it, under another one from a day on."""
        row, expected = self.matched()
        values = cleaned(MoveSerializer, request)
        values["parent"] = self.named(values["parent"], "parent")
        made = services.move_department(
            department=row, **values, by=acting_user(request), now=clock.now(), expected=expected
        )
        return self.answer(made)

    @extend_schema(
        summary="Merge a department", request=MergeSerializer, responses=DepartmentSerializer, parameters=[MATCH]
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def merge(self, request: Request, **kwargs: Any) -> Response:
        """Close a department from a day on; its people and what is below it go over to another one."""
        row, expected = self.matched()
        values = cleaned(MergeSerializer, request)
        values["into"] = self.named(values["into"], "into")
        by, now = acting_user(request), clock.now()
        services.merge_departments(sources=[row], **values, by=by, now=now, expected=expected)
        return self.answer(row)

    @extend_schema(
        summary="Close a department", request=CloseSerializer, responses=DepartmentSerializer, parameters=[MATCH]
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def close(self, request: Request, **kwargs: Any) -> Response:
        """Close a department from a day on. Refused while anything stands on it."""
        row, expected = self.matched()
        values = cleaned(CloseSerializer, request)
        made = services.close_department(
            department=row, **values, by=acting_user(request), now=clock.now(), expected=expected
        )
        return self.answer(made)

    @extend_schema(
        summary="Reopen a department", request=MoveSerializer, responses=DepartmentSerializer, parameters=[MATCH]
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def reopen(self, request: Request, **kwargs: Any) -> Response:
        """Open a closed department again from a day on."""
        row, expected = self.matched()
        values = cleaned(MoveSerializer, request)
        values["parent"] = self.named(values["parent"], "parent")
        made = services.reopen_department(
            department=row, **values, by=acting_user(request), now=clock.now(), expected=expected
        )
        return self.answer(made)

    @extend_schema(summary="Read the tree", parameters=[DAY], responses=TreeNodeSerializer(many=True), filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def tree(self, request: Request) -> Response:
        """The whole tree of a day as lines in reading order."""
        nodes = selectors.readable_tree_on(day_asked(request), scope_of_request(request))
        return Response(TreeNodeSerializer(nodes, many=True).data)

    @extend_schema(summary="Read the life of a department", responses=VersionSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def versions(self, request: Request, **kwargs: Any) -> Response:
        """Every stretch of days with its name and place, newest first."""
        return Response(VersionSerializer(selectors.life_of(self.get_object()), many=True).data)

    def matched(self) -> tuple[Department, datetime | None]:
        """The department of the address, and the moment it must not have changed since (If-Match: * asks for none)."""
        row: Department = self.get_object()
        require_match(self.request, tag_of(row), is_required=True)
        return row, None if self.request.headers["If-Match"].strip() == "*" else row.updated_at

    def named(self, pk: int | None, field: str) -> Department | None:
        """A department named in the body; the same answer for unknown and for out of reach."""
        if pk is None:
            return None
        found = selectors.readable_departments(scope_of_request(self.request)).filter(pk=pk).first()
        if found is None:
            raise UnknownDepartment(_("There is no department %(pk)s.") % {"pk": pk}, field=field)
        return found

    def answer(self, department: Department, *, status: int = 200) -> Response:
        """The department as it now is."""
        row = selectors.listed_departments(scope_of_request(self.request), clock.today()).get(pk=department.pk)
        return with_etag(Response(DepartmentSerializer(row).data, status=status), tag_of(row))
