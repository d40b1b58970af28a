"""The declarations a list is made of. Read by listing.py (what to fetch) and table.py (what to draw)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.http.cells import Kind, Reader, read_value

Choices = Sequence[tuple[Any, Any]]
NOTHING_YET = _("Nothing here yet")
SEARCH = _("Search")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. VALUE: how to read it (a callable or a dotted path; the key itself when left out). ORDER_BY makes it
    sortable. NOTE: a second, quieter line in the cell. `is_export_only` columns stand in files but not on the page,
    `is_page_only` ones (pictures) on the page but not in files."""

    key: str
    label: Any
    value: Reader = ""
    order_by: str | tuple[str, ...] | None = None
    kind: Kind = "text"
    url: Callable[[Any], str | None] | None = None
    note: Reader | None = None
    nulls_last: bool = False
    is_export_only: bool = False
    is_page_only: bool = False

    def read(self, row: Any) -> Any:
        """The value in ROW."""
        return read_value(row, self.value or self.key)


@dataclass(frozen=True, slots=True)
class Filter:
    """One narrowing of the list. KIND `select` offers CHOICES; `date` and `month` take what the field gives; `flag` is a
    checkbox whose value is "1". APPLY narrows. DEFAULT holds until the person chooses otherwise."""

    key: str
    label: Any
    choices: Choices | Callable[[HttpRequest], Choices] = ()
    apply: Callable[[Any, str], Any] = lambda rows, value: rows
    kind: Literal["select", "date", "month", "flag"] = "select"
    default: str = ""

    def options(self, request: HttpRequest) -> list[tuple[str, Any]]:
        """What may be chosen, as text."""
        offered = self.choices(request) if callable(self.choices) else self.choices
        return [(str(value), label) for value, label in offered]


@dataclass(frozen=True, slots=True)
class ListSpec:
    """The declaration of a list. SEARCH: lookups that each word is tried on, or a callable(rows, text).

    PREPARE is called with the rows of a page (or with some of an export at a time) before they are drawn: the second step
    of a read in two steps, which fetches what these rows need, so that a page costs the same however long the list is."""

    name: str
    title: Any
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    search: tuple[str, ...] | Callable[[Any, str], Any] = ()
    default_order: str | tuple[str, ...] = "-pk"
    page_size: int = 50
    empty_title: Any = NOTHING_YET
    empty_text: Any = ""
    empty_icon: str = "inbox"
    search_hint: Any = SEARCH
    subtitle: Any = ""
    prepare: Callable[[Sequence[Any]], None] | None = None
    keep: tuple[str, ...] = ()
    """Names of the address that say which page the list stands on: they stay whatever is searched or cleared."""
    tie_break: str = "pk"
    """Appended to every order so that pages never overlap; empty for rows without a primary key."""
    line: Callable[[Any], Any] | None = None
    """What the columns read, worked out once a row instead of once a cell; the row itself when left out."""

    def line_of(self, row: Any) -> Any:
        """The row as the columns read it."""
        return row if self.line is None else self.line(row)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address asks for, checked against the spec."""

    text: str
    filters: dict[str, str]
    sort: str
