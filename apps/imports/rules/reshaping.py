"""Files that are not one record a row: columns turned into rows, and several rows that add up to one record.

In the mapping's JSON form, beside "fields":
 "unpivot": {"columns": ["{measure} {year}"], "except": ["Fund {year}"], "as": "heading", "value": "amount",
             "blanks": "skip"}
 "combine": {"numerator": "sum", "denominator": "sum"}
A column is named as it is headed, or by a pattern: {year} stands for four digits, {month} for a month's name or number,
{quarter} for 1 to 4, any other word for any text. Each such column of a row becomes a row of its own, with further columns:
one for each word of the pattern, one for the heading ("as") and one for the cell ("value"). Blank cells make no row unless
"blanks" is "keep". Rows of one record are combined field by field: sum, first, last, min or max; others keep the first.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.imports.rules.cells import is_blank
from apps.imports.rules.limits import MappingProblem
from apps.imports.rules.sniffing import plain_heading

WORD = re.compile(r"\{([^{}]{1,40})\}")
WORD_PATTERNS = {
    "year": r"(?:19|20|21)\d{2}",
    "month": r"(?:1[0-2]|0?[1-9]|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6})",
    "quarter": r"[1-4]",
}
RESHAPING = ("unpivot", "combine")
UNPIVOT_KEYS = frozenset({"columns", "except", "as", "value", "blanks"})
MOST_PATTERNS, MOST_WORDS = 100, 3


@dataclass(frozen=True, slots=True)
class Pattern:
    """A heading or pattern as an expression, and the words in it in order."""

    words: tuple[str, ...]
    expression: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Unpivot:
    """COLUMNS: heading → the further columns its cells bring; VALUE and the names of those columns are new headings."""

    columns: Mapping[str, Mapping[str, str]]
    value: str
    names: tuple[str, ...]
    keeps_blanks: bool

    def spread(self, cells: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """(heading, cells of the new row) for each column of the row that holds something."""
        for heading, further in self.columns.items():
            cell = cells.get(heading)
            if self.keeps_blanks or not is_blank(cell, "number"):
                yield heading, {**cells, **further, self.value: cell}


def parse_unpivot(data: Any, headings: Sequence[str]) -> Unpivot | None:
    """The columns to be turned into rows; a MappingProblem names what cannot stand."""
    if data is None:
        return None
    if not isinstance(data, dict) or set(data) - UNPIVOT_KEYS:
        raise MappingProblem("unpivot")
    patterns, excepted = texts_of(data.get("columns")), texts_of(data.get("except", []))
    if not patterns or data.get("blanks", "skip") not in {"skip", "keep"}:
        raise MappingProblem("unpivot")
    as_name, value = str(data.get("as") or "heading"), str(data.get("value") or "amount")
    words = [word for pattern in patterns for word in WORD.findall(pattern)]
    names = tuple(dict.fromkeys([as_name, *words, value]))
    taken = next((name for name in names if name in headings), None)
    if taken is not None:
        raise MappingProblem("unpivot_name", name=taken)
    left_out = [pattern_of(pattern) for pattern in excepted]
    wanted = [pattern_of(pattern) for pattern in patterns]
    columns = {
        heading: {**found, as_name: heading}
        for heading in headings
        if (found := matched(heading, wanted)) is not None and matched(heading, left_out) is None
    }
    if not columns:
        raise MappingProblem("unpivot_nothing", patterns=", ".join(patterns)[:200])
    return Unpivot(columns=columns, value=value, names=names, keeps_blanks=data.get("blanks") == "keep")


def texts_of(data: Any) -> list[str]:
    """A list of headings or patterns."""
    if not isinstance(data, list) or len(data) > MOST_PATTERNS or not all(isinstance(text, str) for text in data):
        raise MappingProblem("unpivot")
    return data


def pattern_of(text: str) -> Pattern:
    """A heading or pattern read; spaces and letter case do not matter."""
    words = tuple(WORD.findall(text))
    if len(words) > MOST_WORDS:
        raise MappingProblem("unpivot")
    built, at = "", 0
    for match in WORD.finditer(text):
        built += literal(text[at : match.start()]) + f"({WORD_PATTERNS.get(match[1], '.+?')})"
        at = match.end()
    return Pattern(words, re.compile(built + literal(text[at:]), re.IGNORECASE))


def literal(text: str) -> str:
    """Text as an expression in which one space stands for any number of them."""
    return r"\s+".join(re.escape(part) for part in re.split(r"\s+", text))


def matched(heading: str, patterns: Sequence[Pattern]) -> dict[str, str] | None:
    """What the words of the first fitting pattern stand for in a heading; None when none fits."""
    for pattern in patterns:
        if match := pattern.expression.fullmatch(heading):
            return {word: text.strip() for word, text in zip(pattern.words, match.groups(), strict=True)}
    return None


def parse_combine(data: Any, field_names: Sequence[str]) -> dict[str, str]:
    """Field → how the values of several rows become one."""
    if data is None:
        return {}
    if not isinstance(data, dict) or not set(data) <= set(field_names) or not set(data.values()) <= set(METHODS):
        raise MappingProblem("combine", known=", ".join(METHODS))
    return dict(data)


def together(known: Sequence[Any], method: str) -> Any:
    """The values that are known, as one; None when there is none."""
    held = [value for value in known if value is not None]
    return METHODS[method](held) if held else None


def total(held: Sequence[Any]) -> Any:
    """Their sum."""
    return sum(held, Decimal(0))


METHODS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "sum": total,
    "first": lambda held: held[0],
    "last": lambda held: held[-1],
    "min": min,
    "max": max,
}


def headings_with(mapping: Mapping[str, Any], headings: Sequence[str]) -> list[str]:
    """The file's headings and those an unpivot of this mapping, in its JSON form, adds; what cannot stand adds none."""
    try:
        unpivot = parse_unpivot(mapping.get("unpivot"), headings)
    except MappingProblem:
        unpivot = None
    return [*headings, *(unpivot.names if unpivot else ())]


def unpivoted_columns(mapping: Mapping[str, Any], headings: Sequence[str]) -> set[str]:
    """The headings, without case and punctuation, that an unpivot of this mapping reads."""
    try:
        unpivot = parse_unpivot(mapping.get("unpivot"), headings)
    except MappingProblem:
        unpivot = None
    return {plain_heading(heading) for heading in unpivot.columns} if unpivot else set()
