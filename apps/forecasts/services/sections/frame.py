"""What a section of the report is made of, as it is stored: sentences, tables and charts, all of them plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from apps.core.month import Month
from apps.core.wording import month_text
from apps.forecasts.rules.sentences import Sentence
from apps.forecasts.services.wording import written

Json = dict[str, Any]


def said(sentence: Sentence, url: str = "") -> Json:
    """A sentence as it is stored: its words, its code, its tone and the page its figures come from."""
    return {"code": sentence.code, "text": written(sentence), "tone": sentence.tone, "url": url}


def cell(text: Any, *, value: Any = None, url: str = "", note: str = "", tone: str = "") -> Json:
    """One cell: its text, the exact value behind it (text, for files), the page it comes from, a quieter second line."""
    found: Json = {"text": str(text)}
    if value is not None:
        found["value"] = f"{value:f}" if isinstance(value, Decimal) else str(value)
    extra = {"url": url, "note": note, "tone": tone}
    return found | {name: text for name, text in extra.items() if text}


@dataclass(frozen=True, slots=True)
class Table:
    """A table. COLUMNS: (key, label, `text` or `number`)."""

    code: str
    title: str
    columns: Sequence[tuple[str, Any, str]]
    rows: Sequence[Sequence[Json]]
    empty: str = ""
    """What is said where there are no rows."""
    left_out: int = 0
    """Rows that are not shown here."""

    def as_json(self) -> Json:
        return {
            "code": self.code,
            "title": str(self.title),
            "columns": [{"key": key, "label": str(label), "kind": kind} for key, label, kind in self.columns],
            "rows": [list(row) for row in self.rows],
            "empty": str(self.empty),
            "left_out": self.left_out,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """One series of a chart. KIND: line, area, target or limit; for bars it is left out."""

    name: Any
    values: Sequence[Any]
    kind: str = "line"
    tone: int = 0
    """Which of the six colours; 0 takes the next one."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: lines over time, or bars. Values are for the eye: rounded floats."""

    code: str
    title: str
    labels: Sequence[str]
    series: Sequence[Line]
    unit: str = ""
    form: str = "lines"
    url: str = ""

    def as_json(self) -> Json:
        return {
            "code": self.code,
            "title": str(self.title),
            "labels": list(self.labels),
            "series": [
                {
                    "name": str(one.name),
                    "kind": one.kind,
                    "tone": one.tone,
                    "values": [eye(value) for value in one.values],
                }
                for one in self.series
            ],
            "unit": self.unit,
            "form": self.form,
            "url": self.url,
        }


def eye(value: Any) -> float | None:
    """A value as a chart needs it."""
    return None if value is None else round(float(value), 6)


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the report as its builder gives it."""

    sentences: Sequence[Json] = ()
    tables: Sequence[Table] = ()
    charts: Sequence[Chart] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Figures other places read: counts, keys."""

    def as_json(self) -> Json:
        return {
            "sentences": list(self.sentences),
            "tables": [table.as_json() for table in self.tables],
            "charts": [chart.as_json() for chart in self.charts],
            "facts": dict(self.facts),
        }


def address(name: str, *args: Any, **query: Any) -> str:
    """The page of the portal a figure comes from; empty where this installation has no such page."""
    try:
        path = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    return f"{path}?{urlencode(query)}" if query else path


def kpi_address(kpi: int, place: int, month: Month) -> str:
    """The page of an indicator in a department, at the month."""
    return address("kpis:detail", kpi, month=month, department=place)


def series_address(kind: str, department: int, kpi: int = 0) -> str:
    """The page of a forecast."""
    return address("forecasts:series", kind, department, *([kpi] if kpi else []))


def short_month(month: Month) -> str:
    """A month below a chart: Oct 26."""
    return f"{month.first_day:%b %y}"


__all__ = [
    "Chart",
    "Json",
    "Line",
    "Section",
    "Table",
    "address",
    "cell",
    "kpi_address",
    "month_text",
    "said",
    "series_address",
    "short_month",
]
