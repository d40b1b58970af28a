"""The likely mapping of a file's headings to a target's fields, for a person to look over."""

import difflib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from apps.imports.rules.reshaping import unpivoted_columns
from apps.imports.rules.sniffing import common_name, plain_heading
from apps.imports.rules.sources import PLACEHOLDER

YEAR_NAMES = ("year", "calendaryear", "fiscalyear", "financialyear")


class Named(Protocol):
    """A field to be matched."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> Any: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...
    @property
    def kind(self) -> str: ...


def names_of(spec: Named) -> Iterator[str]:
    """What a column of this field may be headed with, without case and punctuation."""
    for name in (spec.name, str(spec.label), *spec.aliases):
        yield common_name(name)


def suggest_mapping(fields: Sequence[Named], headings: Sequence[str]) -> dict[str, Any]:
    """The JSON form of the likely mapping: same name, label or alias first, then close spellings; no column twice.

    A month with no column of its own is looked for in a year's column. Which month of the year is left for a person to say.
    """
    free = {common_name(heading): heading for heading in reversed(headings)}
    found: dict[str, Any] = {}
    for is_close in (False, True):
        for spec in fields:
            if spec.name in found:
                continue
            names = list(names_of(spec))
            match = close_name(names, free) if is_close else next((name for name in names if name in free), None)
            if match is not None:
                found[spec.name] = {"from": "column", "column": free.pop(match)}
    for spec in fields:
        year = next((name for name in YEAR_NAMES if name in free), None)
        if spec.kind == "month" and spec.name not in found and year:
            found[spec.name] = {"from": "month_of_year", "column": free.pop(year)}
    return {"fields": {spec.name: found[spec.name] for spec in fields if spec.name in found}}


def unused_columns(mapping: Mapping[str, Any], headings: Sequence[str]) -> list[str]:
    """The headings no part of this mapping, in its JSON form, reads."""
    read = {plain_heading(column) for column in columns_named(mapping)} | unpivoted_columns(mapping, headings)
    return [heading for heading in headings if plain_heading(heading) not in read]


def columns_named(mapping: Mapping[str, Any]) -> Iterator[str]:
    """Every column a mapping in its JSON form names, sound or not."""
    sources = [entry for entry in mapping.get("fields", {}).values() if isinstance(entry, dict)]
    conditions = [*(entry.get("when") for entry in sources), *(mapping.get("keep") or [])]
    for entry in [*sources, *(entry for entry in conditions if isinstance(entry, dict))]:
        for key in ("column", "month_column", "year_column"):
            yield str(entry.get(key, ""))
        for key in ("plus", "minus"):
            yield from (str(column) for column in entry.get(key) or ())
        yield from PLACEHOLDER.findall(str(entry.get("template", "")))


def close_name(names: Sequence[str], free: Mapping[str, str]) -> str | None:
    """The free heading that is spelt most like one of the names, if any is close."""
    for name in names:
        if close := difflib.get_close_matches(name, free, n=1, cutoff=0.86):
            return close[0]
    return None


def heading_digest(headings: Sequence[str]) -> str:
    """One short text for a set of headings, whatever their order and spelling."""
    joined = "\n".join(sorted(plain_heading(heading) for heading in headings))
    return hashlib.sha256(joined.encode()).hexdigest()
