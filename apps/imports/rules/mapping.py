"""How the cells of a row become the fields of a target: columns, fixed values, templates, parts, computed dates.

The JSON form, saved and sent to the API:
{"fields": {"number": {"from": "column", "column": "EmployeeNumber"},
            "name":   {"from": "template", "template": "Employee {EmployeeNumber}"},
            "kind":   {"from": "constant", "value": "hire", "when": {"column": "Attrition", "is": ["No"]}},
            "hired":  {"from": "years_before", "column": "YearsAtCompany", "day": "2026-06-30", "unit": "years"},
            "month":  {"from": "month_of_year", "column": "Year", "month": 3},
            "family": {"from": "part", "column": "Full name", "by": " ", "part": -1}},
 "keep": [{"column": "Universe", "is": ["CPA"]}],
 "totals": "leave_out"}
Any source may carry "values" (text in the file → text to use) and "when". A row that looks like a total is named as a
problem unless "totals" says that such rows are left out or imported like any other.
"""

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from apps.imports.rules.cells import CellProblem, PlainSpec, Style, shown, to_number
from apps.imports.rules.sniffing import plain_heading

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
SOURCE_KEYS = {
    "column": ("column",),
    "constant": ("value",),
    "template": ("template",),
    "part": ("column", "by", "part"),
    "years_before": ("column", "day"),
    "month_of_year": ("column", "month"),
}
OPTIONAL_KEYS = frozenset({"from", "values", "when", "unit"})
UNITS = ("years", "months", "days")
MAPPING_KEYS = frozenset({"fields", "keep", "totals"})
TOTALS = ("problem", "leave_out", "import")
LONGEST_TEMPLATE = 500


class MappingProblem(ValueError):
    """The mapping itself is wrong. CODE picks the sentence, FACTS fill it."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


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
    values: Mapping[str, Any] = field(default_factory=dict)
    when: Condition | None = None

    @property
    def columns(self) -> list[str]:
        """The columns it reads."""
        named = [self.column] if self.column else PLACEHOLDER.findall(self.template)
        return named + ([self.when.column] if self.when else [])


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """Field name → source, which rows count at all, and what becomes of rows that look like totals."""

    sources: Mapping[str, Source]
    keep: tuple[Condition, ...] = ()
    totals: str = "problem"

    def keeps(self, cells: Mapping[str, Any]) -> bool:
        """Whether the row is to be imported."""
        return all(condition.holds(cells) for condition in self.keep)


def parse_mapping(data: Any, *, field_names: Sequence[str], headings: Sequence[str]) -> FieldMapping:
    """The mapping out of its JSON form; a MappingProblem names the first thing that cannot stand."""
    if not isinstance(data, dict) or not isinstance(data.get("fields"), dict) or set(data) - MAPPING_KEYS:
        raise MappingProblem("shape")
    known = {plain_heading(heading): heading for heading in reversed(headings)} | {text: text for text in headings}
    sources = {}
    for name, entry in data["fields"].items():
        if name not in field_names:
            raise MappingProblem("unknown_field", name=str(name)[:60], known=", ".join(field_names))
        sources[name] = parse_source(name, entry, known)
    keep = data.get("keep") or []
    if not isinstance(keep, list):
        raise MappingProblem("shape")
    conditions = tuple(parse_condition(entry, known) for entry in keep)
    return FieldMapping(sources=sources, keep=conditions, totals=totals_of(data.get("totals", "problem")))


def totals_of(value: Any) -> str:
    """What becomes of rows that look like totals."""
    if value not in TOTALS:
        raise MappingProblem("totals", known=", ".join(TOTALS))
    return str(value)


def parse_source(name: str, entry: Any, known: Mapping[str, str]) -> Source:
    """One field's source."""
    if not isinstance(entry, dict) or str(entry.get("from")) not in SOURCE_KEYS:
        raise MappingProblem("source", name=name, known=", ".join(SOURCE_KEYS))
    kind = str(entry["from"])
    missing = [key for key in SOURCE_KEYS[kind] if key not in entry]
    extra = sorted(set(entry) - set(SOURCE_KEYS[kind]) - OPTIONAL_KEYS)
    if missing or extra:
        raise MappingProblem("source_keys", name=name, missing=", ".join(missing or extra))
    values = entry.get("values") or {}
    if not isinstance(values, dict):
        raise MappingProblem("shape")
    template = str(entry.get("template", ""))[:LONGEST_TEMPLATE]
    for placeholder in PLACEHOLDER.findall(template):
        template = template.replace("{" + placeholder + "}", "{" + heading_of(placeholder, known) + "}")
    return Source(
        kind=kind,
        column=heading_of(entry["column"], known) if "column" in SOURCE_KEYS[kind] else "",
        value=entry.get("value"),
        template=template,
        separator=str(entry.get("by", "")),
        part=whole(entry.get("part", 0), name),
        day=day_of(entry.get("day"), name),
        unit=unit_of(entry.get("unit", "years"), name),
        month=month_of(entry.get("month", 1), name),
        values={str(key).strip().casefold(): value for key, value in values.items()},
        when=parse_condition(entry["when"], known) if entry.get("when") else None,
    )


def parse_condition(entry: Any, known: Mapping[str, str]) -> Condition:
    """{"column": …, "is": […]} or {"column": …, "not": […]}."""
    if not isinstance(entry, dict) or set(entry) not in ({"column", "is"}, {"column", "not"}):
        raise MappingProblem("condition")
    words = entry.get("is", entry.get("not"))
    if not isinstance(words, list):
        raise MappingProblem("condition")
    folded = frozenset(str(word).strip().casefold() for word in words)
    return Condition(heading_of(entry["column"], known), folded, is_wanted="is" in entry)


def heading_of(column: Any, known: Mapping[str, str]) -> str:
    """The file's own spelling of a column."""
    found = known.get(str(column)) or known.get(plain_heading(column))
    if found is None:
        raise MappingProblem("unknown_column", column=str(column)[:80], known=", ".join(dict.fromkeys(known.values())))
    return found


def whole(value: Any, name: str) -> int:
    """A part's position."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise MappingProblem("source_keys", name=name, missing="part")
    return value


def day_of(value: Any, name: str) -> date | None:
    """The day to count back from."""
    try:
        return date.fromisoformat(value) if value is not None else None
    except (TypeError, ValueError) as error:
        raise MappingProblem("source_keys", name=name, missing="day") from error


def unit_of(value: Any, name: str) -> str:
    """Years, months or days."""
    if value not in UNITS:
        raise MappingProblem("source_keys", name=name, missing="unit")
    return str(value)


def month_of(value: Any, name: str) -> int:
    """A month's number."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 12:
        raise MappingProblem("source_keys", name=name, missing="month")
    return value


def value_from(source: Source, cells: Mapping[str, Any], style: Style) -> Any:
    """The raw cell a source yields for a row, still to be converted to the field's kind."""
    if source.when is not None and not source.when.holds(cells):
        return None
    cell = READERS[source.kind](source, cells, style)
    if source.values and cell is not None:
        return source.values.get(shown(cell).strip().casefold(), cell)
    return cell


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


def number_in(source: Source, cells: Mapping[str, Any], style: Style) -> Decimal | None:
    """The number in the source's column; None when blank."""
    cell = cells.get(source.column)
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, dict) and "flaw" in cell:
        raise CellProblem(cell["flaw"], text=cell.get("text", ""))
    return to_number(cell, NUMBER, style)


NUMBER = PlainSpec(kind="number")
READERS = {
    "column": from_column,
    "constant": from_constant,
    "template": from_template,
    "part": from_part,
    "years_before": from_years_before,
    "month_of_year": from_month_of_year,
}
