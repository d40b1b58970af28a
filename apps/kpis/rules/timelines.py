"""Dated wishes laid over what holds already: which spans hold afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TargetSpan:
    """A target from a day until, not including, another (None: open end)."""

    first: date
    until: date | None
    target: Decimal
    floor: Decimal | None = None
    stretch: Decimal | None = None
    upper: Decimal | None = None

    @property
    def aims(self) -> tuple[Decimal | None, ...]:
        """What is aimed at, whenever."""
        return (self.target, self.floor, self.stretch, self.upper)


def overlaid(former: Sequence[TargetSpan], wanted: Sequence[TargetSpan]) -> list[TargetSpan]:
    """The spans after WANTED, in order, took the days they name; neighbours that aim at the same become one."""
    spans = list(former)
    for wish in wanted:
        spans = [*(rest for span in spans for rest in remaining(span, wish)), wish]
    joined: list[TargetSpan] = []
    for span in sorted(spans, key=lambda item: item.first):
        if joined and joined[-1].until == span.first and joined[-1].aims == span.aims:
            joined[-1] = replace(joined[-1], until=span.until)
        else:
            joined.append(span)
    return joined


def remaining(span: TargetSpan, wish: TargetSpan) -> list[TargetSpan]:
    """What is left of a span outside the days of a wish."""
    found = []
    if span.first < wish.first:
        found.append(replace(span, until=wish.first if span.until is None or span.until > wish.first else span.until))
    if wish.until is not None and (span.until is None or span.until > wish.until):
        found.append(replace(span, first=max(span.first, wish.until)))
    return found
