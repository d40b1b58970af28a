"""What the list templates draw: headers with their sort links, cells as HTML, filters, chips, page links: plain values."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.exports import FORMATS
from apps.core.http.cells import NOTHING, cell_html, joined, markup, read_value
from apps.core.http.paging import Page
from apps.core.http.specs import Chosen, Column, ListSpec

Options = Mapping[str, list[tuple[str, Any]]]
ROW_START, CELL_END, ROW_END = SafeString("<tr>"), SafeString("</div></td>"), SafeString("</tr>")
SELECTED = SafeString(" selected")
RIGHT_ALIGNED = frozenset({"number"})


def address(request: HttpRequest, **changes: str | int | None) -> str:
    """The present address with some names changed; None removes a name. The page is forgotten unless it is given."""
    query = request.GET.copy()
    for name in ("page", "export"):
        query.pop(name, None)
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    text = query.urlencode()
    return f"{request.path}?{text}" if text else request.path


def header_cells(request: HttpRequest, spec: ListSpec, sort: str) -> list[dict[str, Any]]:
    """One dictionary a visible column: label, alignment, sort link and direction."""
    cells = []
    for column in visible(spec):
        is_sorted = sort.removeprefix("-") == column.key
        is_down = is_sorted and sort.startswith("-")
        cells.append(
            {
                "label": column.label,
                "css": css_of(column),
                "sort_url": address(request, sort=column.key if is_down or not is_sorted else f"-{column.key}")
                if column.order_by
                else "",
                "direction": ("descending" if is_down else "ascending") if is_sorted else "",
            },
        )
    return cells


def visible(spec: ListSpec) -> list[Column]:
    """Columns that stand on the page."""
    return [column for column in spec.columns if not column.is_export_only]


def css_of(column: Column) -> str:
    """Class of a column's cells."""
    if column.kind in RIGHT_ALIGNED:
        return "cell-number"
    return "cell-date" if column.kind in {"date", "moment", "month"} else f"cell-{column.kind}"


def body_cell(row: Any, column: Column) -> SafeString:
    """The inside of one cell, with its quiet second line."""
    note = read_value(row, column.note) if column.note else None
    return cell_html(column.read(row), column.kind, column.url(row) if column.url else None, note)


def body_rows(spec: ListSpec, rows: list[Any]) -> list[SafeString]:
    """Every row as HTML. Put together here, not in a template: a page of fifty rows has hundreds of cells, and a
    template takes ten times as long for each."""
    columns = [(column, *cell_starts(column)) for column in visible(spec)]
    return [row_html(spec.line_of(row), columns) for row in rows]


def cell_starts(column: Column) -> tuple[SafeString, SafeString]:
    """What stands before the inside of a column's cells: of those with a value, and of those without."""
    pattern = '<td class="{}" data-label="{}"><div>'
    css = css_of(column)
    return markup(pattern, css, column.label), markup(pattern, f"{css} is-empty", column.label)


def row_html(line: Any, columns: list[tuple[Column, SafeString, SafeString]]) -> SafeString:
    """One row; `is-empty` lets the phone layout leave a cell out."""
    parts = [ROW_START]
    for column, start, start_of_empty in columns:
        inside = body_cell(line, column)
        parts += (start_of_empty if inside is NOTHING else start, inside, CELL_END)
    return joined([*parts, ROW_END])


def options_html(offered: list[tuple[str, Any]], chosen: str) -> SafeString:
    """The options of a select: a company has hundreds of departments, so these too are not left to a template."""
    return joined(
        markup('<option value="{}"{}>{}</option>', value, SELECTED if value == chosen else "", label)
        for value, label in offered
    )


def filter_fields(request: HttpRequest, spec: ListSpec, chosen: Chosen, options: Options) -> list[dict[str, Any]]:
    """The filter controls with what is chosen."""
    return [
        {
            "key": item.key,
            "label": item.label,
            "kind": item.kind,
            "value": chosen.filters.get(item.key, ""),
            "options": options_html(options.get(item.key, []), chosen.filters.get(item.key, "")),
        }
        for item in spec.filters
    ]


def chips(request: HttpRequest, spec: ListSpec, chosen: Chosen, options: Options) -> list[dict[str, Any]]:
    """What narrows the list now, each with a link that takes it away."""
    found: list[dict[str, Any]] = []
    if chosen.text:
        found.append({"label": _("Search"), "value": chosen.text, "url": address(request, q=None)})
    for item in spec.filters:
        value = chosen.filters.get(item.key)
        if not value or value == item.default:
            continue
        shown = dict(options.get(item.key, [])).get(value, _("Yes") if item.kind == "flag" else value)
        cleared = address(request, **{item.key: "" if item.default else None})
        found.append({"label": item.label, "value": shown, "url": cleared})
    return found


def page_links(request: HttpRequest, page: Page) -> dict[str, Any]:
    """Where the reader is and where they may go."""
    return {
        "number": page.number,
        "first": page.first,
        "last": page.last,
        "total": page.total,
        "is_total_exact": page.is_total_exact,
        "previous_url": address(request, page=page.number - 1) if page.has_previous else "",
        "next_url": address(request, page=page.number + 1) if page.has_next else "",
        "links": [
            {
                "number": number,
                "url": address(request, page=number) if number else "",
                "is_current": number == page.number,
            }
            for number in page.numbers
        ],
        "is_needed": page.has_previous or page.has_next,
    }


def table_context(
    request: HttpRequest, *, spec: ListSpec, chosen: Chosen, page: Page, options: Options
) -> dict[str, Any]:
    """The one value the list templates need, as `table`."""
    narrowed = chips(request, spec, chosen, options)
    kept = [(name, request.GET[name]) for name in spec.keep if name in request.GET]
    return {
        "name": spec.name,
        "title": spec.title,
        "headers": header_cells(request, spec, chosen.sort),
        "rows": body_rows(spec, page.rows),
        "page": page_links(request, page),
        "filters": filter_fields(request, spec, chosen, options),
        "chips": narrowed,
        "clear_url": f"{request.path}?{urlencode(kept)}" if kept else request.path,
        "kept": kept,
        "has_search": bool(spec.search),
        "search_text": chosen.text,
        "search_hint": spec.search_hint,
        "sort": chosen.sort,
        "url": request.path,
        "exports": [{"label": name.upper(), "url": address(request, export=name)} for name in FORMATS],
        "empty_title": spec.empty_title,
        "empty_text": spec.empty_text,
        "empty_icon": spec.empty_icon,
    }
