"""Values: read in every version, sent by the thousand, approved or declined."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.http.access import acting_user
from apps.core.clock import now, today
from apps.core.http.api import ScopedReadView
from apps.core.http.cursors import KeyPages
from apps.core.http.queries import asked, cleaned, scope_of
from apps.departments.selectors import department_for, subtree_ids
from apps.imports.choices import CommitMode
from apps.jobs.http.idempotency import idempotent
from apps.kpis import selectors, services
from apps.kpis.api.bodies import DecidedSerializer, DecisionInput, DeclineInput
from apps.kpis.api.frame import ValuesQuery, kpis_asked
from apps.kpis.api.incoming import Incoming, ValuesBody, ValuesInput, ValuesResultSerializer, entries_from
from apps.kpis.api.shapes import KpiValueSerializer
from apps.kpis.choices import ValueSource, ValueState
from apps.kpis.services import Fault, Recorded, refusal_of

APPROVE = "kpis.approve"


class KpiValueApi(ScopedReadView):
    """What departments in the caller's scope reported: by whom, when, from where, in which version."""

    capability: ClassVar[str | Mapping[str, str]] = {
        "GET": "kpis.view",
        "POST": "kpis.record",
        "approve": APPROVE,
        "decline": APPROVE,
    }
    serializer_class = KpiValueSerializer
    pagination_class = KeyPages
    ordering = ("series_id", "month", "id")

    def rows(self, request: Request) -> Any:
        return selectors.visible_values(scope_of(request))

    @extend_schema(summary="List values", parameters=[ValuesQuery])
    def list(self, request: Request) -> Response:
        """By series and month; those in force, unless `state` or `versions` says otherwise."""
        given, scope, rows = asked(request, ValuesQuery), scope_of(request), self.rows(request)
        if "kpi" in given:
            rows = rows.filter(series__kpi__in=kpis_asked(scope, given["kpi"]))
        if "department" in given:
            branch = subtree_ids(department_for(scope, given["department"]), today())
            rows = rows.filter(series__department__in=branch)
        if "state" in given or given["versions"] == "current":
            rows = rows.filter(state=given.get("state", ValueState.CURRENT))
        names = {"since": "month__gte", "until": "month__lte"}
        rows = rows.filter(**{lookup: given[name] for name, lookup in names.items() if name in given})
        page: Any = self.paginate_queryset(rows)
        shape = KpiValueSerializer()
        return self.get_paginated_response([shape.to_representation(row) for row in page])

    @extend_schema(summary="Send values", request=ValuesBody, responses={200: ValuesResultSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Up to 10,000 values. Each row answers for itself: created, changed (a new version), unchanged, waiting for
        approval or refused with field and sentence. In mode `all_or_nothing` one wrong row refuses all (422, each named in
        `details`); in mode `good_rows` the right ones are stored. The same values again change nothing. What looks wrong
        beside the months before is told in the row's `warnings`; with `warnings: refuse` it is refused unless confirmed."""
        given, scope = cleaned(request, ValuesInput), scope_of(request)
        is_partial = given["mode"] == CommitMode.GOOD_ROWS
        incoming = entries_from(given["rows"], scope)
        if incoming.faults and not is_partial:
            judged = services.check_values(entries=incoming.entries, scope=scope, reason=given["reason"], now=now())
            raise refusal_of(sorted([*incoming.faults, *judged], key=lambda fault: fault.line))
        done = services.record_values(
            entries=incoming.entries,
            scope=scope,
            by=acting_user(request),
            now=now(),
            reason=given["reason"],
            source=ValueSource.PUSHED,
            is_partial=is_partial,
            is_detailed=True,
            confirmed=incoming.confirmed if given["warnings"] == "refuse" else None,
        )
        return Response(told(incoming, done))

    @extend_schema(summary="Approve waiting values", request=DecisionInput, responses=DecidedSerializer)
    @action(detail=False, methods=["post"])
    @idempotent
    def approve(self, request: Request) -> Response:
        """Put values into force that somebody else entered. All of them or none."""
        given = cleaned(request, DecisionInput)
        values = selectors.values_for(scope_of(request), given["ids"])
        return Response({"count": services.approve_values(values=values, by=acting_user(request), now=now())})

    @extend_schema(summary="Decline waiting values", request=DeclineInput, responses=DecidedSerializer)
    @action(detail=False, methods=["post"])
    @idempotent
    def decline(self, request: Request) -> Response:
        """Leave values out of force; what was in force stays. All of them or none."""
        given = cleaned(request, DeclineInput)
        values = selectors.values_for(scope_of(request), given["ids"])
        count = services.decline_values(values=values, reason=given["reason"], by=acting_user(request), now=now())
        return Response({"count": count})


def told(incoming: Incoming, done: Recorded) -> dict[str, Any]:
    """The answer for every row, in the order they were sent."""
    faults: dict[int, Fault] = {fault.line: fault for fault in (*incoming.faults, *done.faults)}
    warned = warnings_by_row(done)
    blank = {"field": "", "code": "", "message": ""}
    rows: list[dict[str, Any]] = [
        {"row": line, "result": result, **blank, "warnings": warned.get(line, [])}
        for line, result in done.results.items()
    ]
    rows += [
        {"row": fault.line, "result": "refused", "field": fault.field, "code": fault.code, "message": fault.message}
        | {"warnings": []}
        for fault in faults.values()
    ]
    return {
        "created": done.created,
        "changed": done.changed,
        "unchanged": done.unchanged,
        "waiting": done.waiting,
        "refused": len(faults),
        "warned": len(warned),
        "rows": sorted(rows, key=lambda row: int(row["row"])),
    }


def warnings_by_row(done: Recorded) -> dict[int, list[dict[str, str]]]:
    """Row → what looks wrong about it, though it was stored."""
    found: dict[int, list[dict[str, str]]] = {}
    for doubt in done.doubts:
        found.setdefault(doubt.line, []).append({"code": doubt.code, "message": doubt.message})
    return found
