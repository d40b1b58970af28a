"""Every list of the portal: search, filters, sorting, pages, export. A list is declared once as a ListSpec.

    SPEC = ListSpec(
        name="staff-people", title=_("People"),
        columns=(
            Column("name", _("Name"), kind="user", order_by="name", url=lambda row: row.get_absolute_url()),
            Column("state", _("State"), value=lambda row: Badge(row.get_state_display(), "success"), order_by="state"),
        ),
        filters=(Filter("state", _("State"), choices=State.choices, apply=lambda rows, value: rows.filter(state=value)),),
        search=("name__icontains", "number__istartswith"), default_order="name",
    )
    return list_response(request, spec=SPEC, queryset=visible_people(scope=request.scope))

Everything chosen stands in the address (?q= &sort= &page= and one name a filter), so any view of a list can be sent to a
colleague. `?export=csv|xlsx|json` streams what the filters leave, not just the page.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _

from apps.core.clock import today
from apps.core.errors import NotFound, Refusal
from apps.core.exports import FORMATS, export_response
from apps.core.http.cells import Badge, export_value
from apps.core.http.paging import limited_count, page_number, page_of
from apps.core.http.specs import Chosen, Column, Filter, ListSpec
from apps.core.http.table import table_context

__all__ = [
    "Badge",
    "Chosen",
    "Column",
    "ExportTooLarge",
    "Filter",
    "ListSpec",
    "list_response",
    "list_table",
    "render_list_region",
]

Rows = QuerySet[Any] | Sequence[Any] | Callable[[Chosen], QuerySet[Any]]
"""What a list is made from; a function of what is chosen where a selector reads the scope and a filter together."""
SEARCH_LENGTH = 100
SEARCH_WORDS = 5
EXPORT_CHUNK = 2_000


class ExportTooLarge(Refusal):
    """More rows than one file may hold."""

    code = "export_too_large"


def chosen_from(request: HttpRequest, spec: ListSpec, options: Mapping[str, list[tuple[str, Any]]]) -> Chosen:
    """Read the address. A filter value that is not on offer is NotFound: dropping it silently would show (or export)
    more than was asked for, and telling 'unknown' from 'not yours' would give away what exists."""
    query = request.GET
    values: dict[str, str] = {}
    for item in spec.filters:
        value = query.get(item.key, item.default).replace("\x00", "").strip()
        if value and item.kind == "select" and value not in {known for known, _label in options[item.key]}:
            message = _("“%(value)s” cannot be chosen for %(filter)s. Choose another value or clear the filters.")
            raise NotFound(message % {"value": value, "filter": item.label}, field=item.key)
        if value:
            values[item.key] = value
    sort = query.get("sort", "")
    sortable = {column.key for column in spec.columns if column.order_by}
    return Chosen(
        text=query.get("q", "").replace("\x00", "").strip()[:SEARCH_LENGTH],
        filters=values,
        sort=sort if sort.removeprefix("-") in sortable else "",
    )


def searched(rows: Any, spec: ListSpec, text: str) -> Any:
    """ROWS in which every word of TEXT is found by one of the lookups."""
    if not text:
        return rows
    if callable(spec.search):
        return spec.search(rows, text)
    for word in text.split()[:SEARCH_WORDS] if spec.search else ():
        rows = rows.filter(reduce(or_, (Q(**{lookup: word}) for lookup in spec.search)))
    return rows


def filtered(rows: Any, spec: ListSpec, values: Mapping[str, str]) -> Any:
    """ROWS narrowed by every filter that holds a value."""
    for item in spec.filters:
        if item.key not in values:
            continue
        try:
            rows = item.apply(rows, values[item.key])
        except ValueError as error:
            message = _("“%(value)s” cannot be read as %(filter)s. Choose another value or clear the filters.")
            raise NotFound(message % {"value": values[item.key], "filter": item.label}, field=item.key) from error
    return rows


def narrowed(source: Rows, spec: ListSpec, chosen: Chosen) -> Any:
    """What is left of the rows by search and filters, in order."""
    rows = source(chosen) if callable(source) else source
    return ordered(filtered(searched(rows, spec, chosen.text), spec, chosen.filters), spec, chosen.sort)


def as_tuple(order: str | tuple[str, ...]) -> tuple[str, ...]:
    """One or several order fields, as several."""
    return (order,) if isinstance(order, str) else order


def ordered(rows: Any, spec: ListSpec, sort: str) -> Any:
    """ROWS in the chosen order; the tie-break keeps pages from overlapping."""
    column = next((item for item in spec.columns if item.key == sort.removeprefix("-")), None) if sort else None
    is_descending = sort.startswith("-")
    if not isinstance(rows, QuerySet):
        if column is None:
            return rows
        known = column
        return sorted(rows, key=lambda row: sort_key(known.read(spec.line_of(row))), reverse=is_descending)
    if column is None:
        fields: list[Any] = list(as_tuple(spec.default_order))
    else:
        fields = [directed(field, column, is_descending=is_descending) for field in as_tuple(column.order_by or ())]
    return rows.order_by(*fields, *([spec.tie_break] if spec.tie_break else []))


def sort_key(value: Any) -> tuple[bool, Any]:
    """Order for rows that are already in memory: empty ones last, text without regard to case."""
    return value is None, value.casefold() if isinstance(value, str) else value if value is not None else 0


def directed(field: str, column: Column, *, is_descending: bool) -> Any:
    """One order field with its direction turned if asked."""
    name, is_down = field.removeprefix("-"), field.startswith("-") != is_descending
    if column.nulls_last:
        return F(name).desc(nulls_last=True) if is_down else F(name).asc(nulls_last=True)
    return f"-{name}" if is_down else name


def list_table(request: HttpRequest, *, spec: ListSpec, queryset: Rows) -> dict[str, Any]:
    """Everything the list templates draw, as plain values. At most two queries besides those of filter choices."""
    options = {item.key: item.options(request) for item in spec.filters if item.kind == "select"}
    chosen = chosen_from(request, spec, options)
    rows = narrowed(queryset, spec, chosen)
    page = page_of(rows, number=page_number(request.GET.get("page")), size=spec.page_size)
    if spec.prepare is not None:
        spec.prepare(page.rows)
    return table_context(request, spec=spec, chosen=chosen, page=page, options=options)


def list_response(
    request: HttpRequest,
    *,
    spec: ListSpec,
    queryset: Rows,
    template: str = "core/list.html",
    fragment: str = "core/_list.html",
    context: Mapping[str, Any] | None = None,
) -> HttpResponseBase:
    """Answer a list page: the whole page, only the table region for htmx, or a file for ?export=."""
    wanted = request.GET.get("export", "")
    if wanted:
        return exported(request, spec=spec, queryset=queryset, wanted=wanted)
    table = list_table(request, spec=spec, queryset=queryset)
    is_fragment = bool(getattr(request, "htmx", False)) and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    response = render(
        request,
        fragment if is_fragment else template,
        {"title": spec.title, "subtitle": spec.subtitle, **(context or {}), "table": table},
    )
    patch_vary_headers(response, ("HX-Request",))
    return response


def exported(request: HttpRequest, *, spec: ListSpec, queryset: Rows, wanted: str) -> HttpResponseBase:
    """The whole filtered list as a file. Refuses an unknown format and more rows than one file may hold."""
    if wanted not in FORMATS:
        raise NotFound(_("Lists can be exported as %(formats)s.") % {"formats": ", ".join(FORMATS)})
    options = {item.key: item.options(request) for item in spec.filters if item.kind == "select"}
    chosen = chosen_from(request, spec, options)
    rows = narrowed(queryset, spec, chosen)
    limit = settings.EXPORT_ROW_LIMIT
    _count, is_exact = limited_count(rows, limit)
    if not is_exact:
        message = _("This list has more than %(limit)s rows. Narrow it by a filter, then export again.")
        raise ExportTooLarge(message % {"limit": f"{limit:,}"})
    source = rows.iterator(chunk_size=EXPORT_CHUNK) if isinstance(rows, QuerySet) else iter(rows)
    written = [column for column in spec.columns if not column.is_page_only]
    lines = map(spec.line_of, prepared(source, spec))
    cells = ([export_value(column.read(line)) for column in written] for line in lines)
    columns = [(column.key, str(column.label)) for column in written]
    return export_response(wanted, name=f"{spec.name}-{today():%Y-%m-%d}", columns=columns, rows=cells)


def prepared(rows: Iterator[Any], spec: ListSpec) -> Iterator[Any]:
    """The rows, made ready by the spec some at a time."""
    while chunk := list(islice(rows, EXPORT_CHUNK)):
        if spec.prepare is not None:
            spec.prepare(chunk)
        yield from chunk


def render_list_region(request: HttpRequest, table: dict[str, Any]) -> HttpResponse:
    """Only the table region, for pages that hold a list among other things."""
    return render(request, "core/_list.html", {"table": table})
