"""The life of one department as a list of spans: days with a parent and a name. Changes from a day on.

A span runs from its first day until (not including) `until`; None is open. Spans are in order and never overlap; a gap is
time in which the department did not exist.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """Some days of a department with one name and one parent."""

    first: date
    until: date | None
    parent: int | None
    name: str

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.until is None or day < self.until)


Spans = tuple[Span, ...]


def span_on(spans: Sequence[Span], day: date) -> Span | None:
    """The span that holds on the day; None when the department does not exist then."""
    return next((span for span in spans if span.covers(day)), None)


def last_span(spans: Sequence[Span]) -> Span | None:
    """The newest span."""
    return spans[-1] if spans else None


def split_at(spans: Sequence[Span], day: date) -> Spans:
    """The same life, with a span that begins on the day where one covers it."""
    parts: list[Span] = []
    for span in spans:
        if span.covers(day) and span.first != day:
            parts += [replace(span, until=day), replace(span, first=day)]
        else:
            parts.append(span)
    return tuple(parts)


def joined(spans: Sequence[Span]) -> Spans:
    """The same life in as few spans as possible."""
    parts: list[Span] = []
    for span in spans:
        before = parts[-1] if parts else None
        if before and before.until == span.first and (before.parent, before.name) == (span.parent, span.name):
            parts[-1] = replace(before, until=span.until)
        else:
            parts.append(span)
    return tuple(parts)


def changed_from(spans: Sequence[Span], on: date, **change: Any) -> Spans:
    """The life with `parent` and/or `name` set from the day ON.

    A change holds until the same thing was next changed: a rename of January does not undo a rename of March, and is not
    undone by a move of February.
    """
    parts = list(split_at(spans, on))
    for what, value in change.items():
        start = next((index for index, span in enumerate(parts) if span.covers(on)), None)
        if start is None:
            return tuple(spans)
        former = getattr(parts[start], what)
        for index in range(start, len(parts)):
            if getattr(parts[index], what) != former:
                break
            parts[index] = replace(parts[index], **{what: value})
    return joined(parts)


def closed_from(spans: Sequence[Span], on: date) -> Spans:
    """The life cut off: nothing from the day ON."""
    return tuple(
        span if span.until is not None and span.until <= on else replace(span, until=on)
        for span in spans
        if span.first < on
    )


def opened_from(spans: Sequence[Span], span: Span) -> Spans:
    """The life with one more span at its end."""
    return joined((*spans, span))


def changed_days(before: Sequence[Span], after: Sequence[Span]) -> list[date]:
    """Days on which something is said otherwise in the two lives: the first days of differing stretches."""
    days = sorted({span.first for span in (*before, *after)} | {span.until for span in (*before, *after) if span.until})
    return [day for day in days if value_on(before, day) != value_on(after, day)]


def value_on(spans: Sequence[Span], day: date) -> tuple[int | None, str] | None:
    """Parent and name on a day; None when there is no department."""
    span = span_on(spans, day)
    return (span.parent, span.name) if span else None


def is_in_order(spans: Sequence[Span]) -> bool:
    """Whether the spans are a life at all: each has days, none overlaps the next."""
    has_days = all(span.until is None or span.first < span.until for span in spans)
    return has_days and all(
        before.until is not None and before.until <= after.first for before, after in pairwise(spans)
    )


def name_around(spans: Sequence[Span], day: date) -> str:
    """The name on the day; before the first span its first name, in a gap or after the end the last one before."""
    known = [span for span in spans if span.first <= day]
    if known:
        return known[-1].name
    return spans[0].name if spans else ""
