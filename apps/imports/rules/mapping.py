"""How the cells of a row become the fields of a target: columns, fixed values, templates, parts, computed dates.

The JSON form, saved and sent to the API:
{"fields": {"number": {"from": "column", "column": "EmployeeNumber"},
            "name":   {"from": "template", "template": "Employee {EmployeeNumber}"},
            "kind":   {"from": "constant", "value": "hire", "when": {"column": "Attrition", "is": ["No"]}},
            "hired":  {"from": "years_before", "column": "YearsAtCompany", "day": "2026-06-30", "unit": "years"},
            "month":  {"from": "month_of_year", "column": "Year", "month": 3},
            "family": {"from": "part", "column": "Full name", "by": " ", "part": -1},
            "since":  {"from": "year_and_month", "column": "Year", "month_column": "Month"},
            "until":  {"from": "period_end", "column": "Quarter", "year_column": "Year", "first_month": 4},
            "in_time": {"from": "sum", "plus": ["All"], "minus": ["Late"], "times": "0.001"}},
 "keep": [{"column": "Universe", "is": ["CPA"]}],
 "totals": "leave_out",
 "unpivot": {...}, "combine": {...}}
Any source may carry "when", "blank" (words that mean nothing there), "values" (text in the file → text to use), "else" (what
to use for all other texts) and "times" (for numbers of another unit). A row that looks like a total is named as a problem
unless "totals" says that such rows are left out or imported like any other. For the last two see rules.reshaping.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.imports.rules.limits import MappingProblem
from apps.imports.rules.reshaping import Unpivot, parse_combine, parse_unpivot
from apps.imports.rules.sniffing import plain_heading
from apps.imports.rules.sources import PLACEHOLDER, UNSAID, Condition, Source

SOURCE_KEYS: dict[str, tuple[str, ...]] = {
    "column": ("column",),
    "constant": ("value",),
    "template": ("template",),
    "part": ("column", "by", "part"),
    "years_before": ("column", "day"),
    "month_of_year": ("column", "month"),
    "year_and_month": ("column", "month_column"),
    "period_end": ("column",),
    "sum": ("plus",),
}
OPTIONAL_KEYS = frozenset({"from", "values", "when", "unit", "blank", "else", "times"})
KIND_KEYS = {"period_end": {"year_column", "first_month"}, "sum": {"minus"}}
UNITS = ("years", "months", "days")
MAPPING_KEYS = frozenset({"fields", "keep", "totals", "unpivot", "combine"})
TOTALS = ("problem", "leave_out", "import")
LONGEST_TEMPLATE = 500


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """Field name → source, which rows count at all, what becomes of totals, and how rows are reshaped."""

    sources: Mapping[str, Source]
    keep: tuple[Condition, ...] = ()
    totals: str = "problem"
    unpivot: Unpivot | None = None
    combine: Mapping[str, str] = field(default_factory=dict)

    def parts(self, cells: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
        """What the row brings: (column it comes from, cells) each; without an unpivot the row itself, from no one column."""
        found = [("", cells)] if self.unpivot is None else self.unpivot.spread(cells)
        return [(column, part) for column, part in found if self.keeps(part)]

    def keeps(self, cells: Mapping[str, Any]) -> bool:
        """Whether the row is to be imported."""
        return all(condition.holds(cells) for condition in self.keep)


def parse_mapping(data: Any, *, field_names: Sequence[str], headings: Sequence[str]) -> FieldMapping:
    """The mapping out of its JSON form; a MappingProblem names the first thing that cannot stand."""
    if not isinstance(data, dict) or not isinstance(data.get("fields"), dict) or set(data) - MAPPING_KEYS:
        raise MappingProblem("shape")
    unpivot = parse_unpivot(data.get("unpivot"), headings)
    every = [*headings, *(unpivot.names if unpivot else ())]
    known = {plain_heading(heading): heading for heading in reversed(every)} | {text: text for text in every}
    sources = {}
    for name, entry in data["fields"].items():
        if name not in field_names:
            raise MappingProblem("unknown_field", name=str(name)[:60], known=", ".join(field_names))
        sources[name] = parse_source(name, entry, known)
    keep = data.get("keep") or []
    if not isinstance(keep, list):
        raise MappingProblem("shape")
    conditions = tuple(parse_condition(entry, known) for entry in keep)
    combine = parse_combine(data.get("combine"), field_names)
    return FieldMapping(sources, conditions, totals_of(data.get("totals", "problem")), unpivot, combine)


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
    extra = sorted(set(entry) - set(SOURCE_KEYS[kind]) - OPTIONAL_KEYS - KIND_KEYS.get(kind, set()))
    if missing or extra:
        raise MappingProblem("source_keys", name=name, missing=", ".join(missing or extra))
    values = entry.get("values") or {}
    if not isinstance(values, dict):
        raise MappingProblem("shape")
    second = entry.get("month_column", entry.get("year_column"))
    return Source(
        kind=kind,
        column=heading_of(entry["column"], known) if "column" in SOURCE_KEYS[kind] else "",
        value=entry.get("value"),
        template=template_of(entry.get("template", ""), known),
        separator=str(entry.get("by", "")),
        part=whole(entry.get("part", 0), name),
        day=day_of(entry.get("day"), name),
        unit=unit_of(entry.get("unit", "years"), name),
        month=month_of(entry.get("first_month", entry.get("month", 1)), name),
        second="" if second is None else heading_of(second, known),
        plus=tuple(heading_of(column, known) for column in listed(entry.get("plus", []), name, "plus")),
        minus=tuple(heading_of(column, known) for column in listed(entry.get("minus", []), name, "minus")),
        blank=frozenset(str(word).strip().casefold() for word in listed(entry.get("blank", []), name, "blank")),
        otherwise=entry.get("else", UNSAID),
        times=times_of(entry.get("times"), name),
        values={str(key).strip().casefold(): value for key, value in values.items()},
        when=parse_condition(entry["when"], known) if entry.get("when") else None,
    )


def template_of(value: Any, known: Mapping[str, str]) -> str:
    """A text with columns in braces, these in the file's own spelling."""
    template = str(value)[:LONGEST_TEMPLATE]
    for placeholder in PLACEHOLDER.findall(template):
        template = template.replace("{" + placeholder + "}", "{" + heading_of(placeholder, known) + "}")
    return template


def listed(value: Any, name: str, key: str) -> list[Any]:
    """A list of texts or numbers."""
    if not isinstance(value, list) or any(isinstance(item, (list, dict)) for item in value):
        raise MappingProblem("source_keys", name=name, missing=key)
    return value


def times_of(value: Any, name: str) -> Decimal | None:
    """What numbers are multiplied with; as text, so that it is exact."""
    try:
        factor = None if value is None or isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        factor = Decimal("NaN")
    if factor is None and value is None:
        return None
    if factor is None or not factor.is_finite() or factor == 0 or abs(factor.adjusted()) > 12:
        raise MappingProblem("source_keys", name=name, missing="times")
    return factor


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
