"""Pages of the API. A module of its own because DRF reads it while it is itself being imported."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import F
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

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


class KeyPages(CursorPages):
    """The same for rows that several columns identify together: the view's `ordering`, all of them ascending.

    A cursor that compares one column alone walks through all rows that are equal in it; this one is a place in an index.
    """

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """One page, after or before the position in the cursor."""
        self.columns: tuple[str, ...] = self.get_ordering(request, queryset, view)
        self.address: str = request.build_absolute_uri()
        size = self.get_page_size(request) or self.max_page_size
        self.most_rows: int = size
        is_back, position = read_position(request.query_params.get(self.cursor_query_param), len(self.columns))
        try:
            rows = list(self.beside(queryset, position, is_back=is_back)[: size + 1])
        except (ValueError, TypeError, OverflowError, DataError, ValidationError) as error:
            raise BadCursor from error
        self.page = rows[:size][::-1] if is_back else rows[:size]
        self.has_next = is_back or len(rows) > size
        self.has_previous = len(rows) > size if is_back else position is not None
        return self.page

    def beside(self, rows: Any, position: list[Any] | None, *, is_back: bool) -> Any:
        """ROWS from the position on, the nearest first."""
        rows = rows.order_by(*(f"-{name}" if is_back else name for name in self.columns))
        if position is None:
            return rows
        lookup = TupleLessThan if is_back else TupleGreaterThan
        return rows.filter(lookup(Tuple(*map(F, self.columns)), position))

    def link(self, row: Any, *, is_back: bool) -> str:
        """The address of the page beside ROW."""
        place = [row[name] if isinstance(row, dict) else getattr(row, name) for name in self.columns]
        text = json.dumps([is_back, *place], default=str, separators=(",", ":"))
        return str(
            replace_query_param(self.address, self.cursor_query_param, urlsafe_b64encode(text.encode()).decode())
        )

    def get_next_link(self) -> str | None:
        return self.link(self.page[-1], is_back=False) if self.has_next and self.page else None

    def get_previous_link(self) -> str | None:
        return self.link(self.page[0], is_back=True) if self.has_previous and self.page else None


def read_position(text: str | None, count: int) -> tuple[bool, list[Any] | None]:
    """(whether it leads back, the values of the COUNT columns there) of a cursor; None: the beginning."""
    if text is None:
        return False, None
    try:
        read = json.loads(urlsafe_b64decode(text)) if CURSOR.fullmatch(text) else None
    except ValueError as error:
        raise BadCursor from error
    if not (isinstance(read, list) and len(read) == count + 1 and all(isinstance(item, str | int) for item in read)):
        raise BadCursor
    return bool(read[0]), read[1:]
