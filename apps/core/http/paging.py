"""Pages of a list whose cost does not grow with the table: the count stops at a limit, the page fetches one row more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

COUNT_LIMIT = 5_000
MAX_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows and where it stands."""

    rows: list[Any]
    number: int
    size: int
    total: int
    is_total_exact: bool
    has_next: bool

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return (self.number - 1) * self.size + len(self.rows)

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def page_count(self) -> int | None:
        """How many pages there are; None when there are too many to count."""
        return max(1, -(-self.total // self.size)) if self.is_total_exact else None

    @property
    def numbers(self) -> list[int | None]:
        """Page numbers to offer: the ends and the neighbours; None stands for a gap."""
        last = self.page_count or self.number + (1 if self.has_next else 0)
        wanted = sorted({1, last, *range(max(1, self.number - 1), min(last, self.number + 1) + 1)})
        offered: list[int | None] = []
        for number in wanted:
            if offered and offered[-1] is not None and number - offered[-1] > 1:
                offered.append(None)
            offered.append(number)
        return offered


def limited_count(rows: QuerySet[Any] | Sequence[Any], limit: int = COUNT_LIMIT) -> tuple[int, bool]:
    """How many rows there are, counting no further than LIMIT: (count, whether it is exact)."""
    if not isinstance(rows, QuerySet):
        return len(rows), True
    count = rows.order_by()[: limit + 1].count()
    return min(count, limit), count <= limit


def page_of(rows: QuerySet[Any] | Sequence[Any], *, number: int, size: int) -> Page:
    """Page NUMBER of ROWS; a number past the end gives the last page."""
    total, is_exact = limited_count(rows)
    number = min(max(number, 1), MAX_PAGE)
    if is_exact:
        number = min(number, max(1, -(-total // size)))
    start = (number - 1) * size
    found = list(rows[start : start + size + 1])
    return Page(found[:size], number, size, total, is_exact, len(found) > size)


def page_number(text: str | None) -> int:
    """The page asked for; anything that is no positive number is page 1."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 6 else 1
