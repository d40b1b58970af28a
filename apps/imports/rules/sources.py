"""What one source of a mapping yields for a row: a cell, a fixed value, a text, a sum, a day or month made of cells."""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from apps.imports.rules.cells import CellProblem, PlainSpec, Style, is_blank, shown, to_number
from apps.imports.rules.spans import month_in_year, period_end

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
UNSAID = object()


@dataclass(frozen=True, slots=True)
class Condition:
    """A row counts when the column's text is (or is not) one of the words."""

    column: str
    words: frozenset[str]
    is_wanted: bool

    def holds(self, cells: Mapping[str, Any]) -> bool:
        """Whether the row meets it."""
        cell = cells.get(self.column)
        return (("" if cell is None else shown(cell)).strip().casefold() in self.words) is self.is_wanted


@dataclass(frozen=True, slots=True)
class Source:
    """Where the value of one field comes from."""

    kind: str
    column: str = ""
    value: Any = None
    template: str = ""
    separator: str = ""
    part: int = 0
    day: date | None = None
    unit: str = "years"
    month: int = 1
    second: str = ""
    """The column of the month or of the year, where each stands in its own."""
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    otherwise: Any = UNSAID
    blank: frozenset[str] = frozenset()
    times: Decimal | None = None
    when: Condition | None = None

    @property
    def columns(self) -> list[str]:
        """The columns it reads."""
        named = [self.column] if self.column else PLACEHOLDER.findall(self.template)
        further = [*([self.second] if self.second else []), *self.plus, *self.minus]
        return named + further + ([self.when.column] if self.when else [])


def value_from(source: Source, cells: Mapping[str, Any], style: Style) -> Any:
    """The raw cell a source yields for a row, still to be converted to the field's kind."""
    if source.when is not None and not source.when.holds(cells):
        return None
    cell = READERS[source.kind](source, cells, style)
    if isinstance(cell, dict) and "flaw" in cell:
        return cell
    if source.blank and stands_for_nothing(cell, source.blank, style):
        cell = None
    if source.values or source.otherwise is not UNSAID:
        cell = source.values.get(plain(cell), cell if source.otherwise is UNSAID else source.otherwise)
    if source.times is not None and not is_blank(cell, "number"):
        return to_number(cell, NUMBER, style) * source.times
    return cell


def plain(cell: Any) -> str:
    """A cell as it is compared with words of the mapping."""
    return "" if cell is None else shown(cell).strip().casefold()


def stands_for_nothing(cell: Any, words: frozenset[str], style: Style) -> bool:
    """Whether the cell is one of the words that mean nothing; numbers are compared as numbers, so 0 is 0.00 too."""
    if cell is None or plain(cell) in words:
        return True
    try:
        number = to_number(cell, NUMBER, style)
    except CellProblem:
        return False
    return any(number == other for other in map(number_or_none, words))


def number_or_none(word: str) -> Decimal | None:
    """A word of the mapping as a number, if it is one."""
    try:
        return to_number(word, NUMBER, Style())
    except CellProblem:
        return None


def from_column(source: Source, cells: Mapping[str, Any], _style: Style) -> Any:
    """The cell as it stands."""
    return cells.get(source.column)


def from_constant(source: Source, _cells: Mapping[str, Any], _style: Style) -> Any:
    """The same for every row."""
    return source.value


def from_template(source: Source, cells: Mapping[str, Any], _style: Style) -> Any:
    """Text around cells; nothing when every cell in it is blank."""
    named = PLACEHOLDER.findall(source.template)
    found = {name: cells.get(name) for name in named}
    for cell in found.values():
        if isinstance(cell, dict) and "flaw" in cell:
            return cell
    if named and all(cell in (None, "") for cell in found.values()):
        return None
    return PLACEHOLDER.sub(lambda match: shown(found[match[1]] if found[match[1]] is not None else ""), source.template)


def from_part(source: Source, cells: Mapping[str, Any], _style: Style) -> Any:
    """One part of a cell cut at a separator; negative positions count from the end."""
    cell = cells.get(source.column)
    if cell is None or isinstance(cell, dict):
        return cell
    parts = shown(cell).split(source.separator) if source.separator.strip() else shown(cell).split()
    return parts[source.part].strip() if -len(parts) <= source.part < len(parts) else None


def from_years_before(source: Source, cells: Mapping[str, Any], style: Style) -> Any:
    """A day so many years (months, days) before a given one."""
    amount = number_in(source, cells, style)
    if amount is None or source.day is None:
        return None
    if amount < 0 or amount > 40_000:
        raise CellProblem("too_big", maximum=40_000)
    if source.unit == "days":
        return {"d": (source.day - timedelta(days=int(amount))).isoformat()}
    months = int(amount * 12) if source.unit == "years" else int(amount)
    index = source.day.year * 12 + source.day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    if year < 1:
        raise CellProblem("year_out_of_range", year=year)
    return {"d": date(year, month, min(source.day.day, calendar.monthrange(year, month)[1])).isoformat()}


def from_month_of_year(source: Source, cells: Mapping[str, Any], style: Style) -> Any:
    """The first day of a fixed month of the year in a cell."""
    year = number_in(source, cells, style)
    if year is None:
        return None
    if year != int(year) or not 1900 <= year <= 2200:
        raise CellProblem("year_out_of_range", year=year)
    return {"d": date(int(year), source.month, 1).isoformat()}


def from_year_and_month(source: Source, cells: Mapping[str, Any], style: Style) -> Any:
    """A month whose year stands in one column and whose number or name in another."""
    year, month = number_in(source, cells, style), sound(cells.get(source.second))
    if year is None or is_blank(month, "number"):
        return None
    return {"d": month_in_year(year, shown(month)).isoformat()}


def from_period_end(source: Source, cells: Mapping[str, Any], _style: Style) -> Any:
    """The last month of a quarter, of some months or of a fiscal year: 2012-Q4, Jul - Sep 2012, 2018-19."""
    cell, year = sound(cells.get(source.column)), sound(cells.get(source.second)) if source.second else None
    if is_blank(cell, "number") or (source.second and is_blank(year, "number")):
        return None
    text = f"{shown(cell)} {shown(year)}" if source.second else shown(cell)
    return {"d": period_end(text, first_month=source.month).isoformat()}


def from_sum(source: Source, cells: Mapping[str, Any], style: Style) -> Any:
    """Numbers of some columns together, less those of others; nothing when one of them is blank."""
    total = Decimal(0)
    for columns, sign in ((source.plus, 1), (source.minus, -1)):
        for column in columns:
            cell = sound(cells.get(column))
            if is_blank(cell, "number"):
                return None
            total += sign * to_number(cell, NUMBER, style)
    return total


def number_in(source: Source, cells: Mapping[str, Any], style: Style) -> Decimal | None:
    """The number in the source's column; None when blank."""
    cell = sound(cells.get(source.column))
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    return to_number(cell, NUMBER, style)


def sound(cell: Any) -> Any:
    """The cell, unless it must be named to the person as it is."""
    if isinstance(cell, dict) and "flaw" in cell:
        raise CellProblem(cell["flaw"], text=cell.get("text", ""))
    return cell


NUMBER = PlainSpec(kind="number")
READERS = {
    "column": from_column,
    "constant": from_constant,
    "template": from_template,
    "part": from_part,
    "years_before": from_years_before,
    "month_of_year": from_month_of_year,
    "year_and_month": from_year_and_month,
    "period_end": from_period_end,
    "sum": from_sum,
}
