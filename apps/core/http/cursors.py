"""Pages of the API. A module of its own because DRF reads it while it is itself being imported."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.settings import api_settings

CURSOR = re.compile(r"[A-Za-z0-9+/_-]{4,2000}={0,2}")


class BadCursor(exceptions.APIException):
    """The cursor was not made by this API."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = _(
        "The cursor is not one of ours. Use the `next` address of the page before, or start without one."
    )
    default_code = "bad_cursor"


class CursorPages(CursorPagination):
    """Pages by position, not by number: as quick at the end as at the start, steady while rows come in.

    A view names its order by `ordering`, ending in a unique column. `limit` asks for 1 to 200 rows.
    """

    page_size = api_settings.PAGE_SIZE
    page_size_query_param = "limit"
    max_page_size = 200
    ordering: Any = "pk"

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> Any:
        order = getattr(view, "ordering", None) or self.ordering
        return (order,) if isinstance(order, str) else tuple(order)

    def decode_cursor(self, request: Any) -> Any:
        given = request.query_params.get(self.cursor_query_param)
        if given is not None and not CURSOR.fullmatch(given):
            raise BadCursor
        try:
            return super().decode_cursor(request)
        except exceptions.NotFound as error:
            raise BadCursor from error

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """One page; a cursor whose position does not fit the order's column is a bad cursor, not a fault of ours."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, DataError, ValidationError) as error:
            raise BadCursor from error

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        address = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": address, "previous": address},
        }
