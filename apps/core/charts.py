"""Geometry of the charts. Pure: numbers in, percentages out; the templates only write them down.

Everything is placed in percent of the plot, so one drawing fits a phone, a wide screen and a sheet of paper while the
letters (which are HTML) keep their size. No style attributes are needed, which the security policy would refuse.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

Number = Decimal | int | float
Value = Number | None
MINUS = "\u2212"
TICKS = 4
WIDEST_BARS = 14
"""Percent of the plot that the bars of one label take at most: one bar alone is no wall."""
LABELS_WIDE = 12
LABELS_NARROW = 5


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers with its name. KIND: line, area (line over a tint), target (broken line), limit (quiet line) or
    ahead (what is not known yet: a dashed line)."""

    name: Any
    values: Sequence[Value]
    kind: Literal["line", "area", "target", "limit", "ahead"] = "line"
    tone: int = 0
    """Which of the six series colours; 0 takes the next one."""
    marks: Sequence[int] = ()
    """Places of values that stand out: drawn as larger, ringed points."""


@dataclass(frozen=True, slots=True)
class Band:
    """A range behind the lines: what lies between LOW and HIGH, in one of the six series colours."""

    name: Any
    low: Sequence[Value]
    high: Sequence[Value]
    tone: int = 1


@dataclass(frozen=True, slots=True)
class Axis:
    """The value axis: from LOW to HIGH in steps that read well."""

    low: float
    high: float
    step: float

    def height(self, value: Number) -> float:
        """Distance from the bottom, in percent."""
        return (float(value) - self.low) / (self.high - self.low) * 100

    def top(self, value: Number) -> float:
        """Distance from the top, in percent: what SVG wants."""
        return round(100 - self.height(value), 3)

    @property
    def ticks(self) -> list[float]:
        """The values written beside the axis, lowest first."""
        count = round((self.high - self.low) / self.step)
        return [self.low + index * self.step for index in range(count + 1)]


def axis_for(values: Sequence[Value], *, from_zero: bool = True) -> Axis:
    """An axis that holds all values; bars must start at zero, lines need not."""
    known = [float(value) for value in values if value is not None] or [0.0]
    low, high = min(known), max(known)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    else:
        # Cut axes exaggerate: leave the line at least a tenth of its height in room, so that +1 on 145 stays small.
        spare = max(0.0, max(abs(low), abs(high)) * 0.1 - (high - low)) / 2
        low, high = low - spare if low < 0 else max(0.0, low - spare), high + spare
    if low == high:
        high = low + (abs(low) or 1.0)
    step = nice_step((high - low) / TICKS)
    return Axis(math.floor(low / step) * step, math.ceil(high / step) * step, step)


def nice_step(rough: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not below ROUGH."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.9999)


def short_number(value: Number) -> str:
    """A number for an axis: 1.2k, 3.4M; a true minus."""
    size = abs(float(value))
    for limit, sign in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if size >= limit:
            short = f"{float(value) / (1e3 if sign == 'k' else limit):.3g}{sign}"
            return short.replace("-", MINUS)
    return f"{float(value):,.10g}".replace("-", MINUS)


def full_number(value: Value) -> str:
    """A number for the table and the tip."""
    if value is None:
        return "–"
    shown = f"{value:,}" if isinstance(value, (int, Decimal)) else f"{value:,.10g}"
    return shown.replace("-", MINUS)


def centre(index: int, count: int) -> float:
    """Middle of a band, in percent from the left."""
    return round((index + 0.5) / count * 100, 3)


def line_path(values: Sequence[Value], axis: Axis) -> str:
    """A path through the known values; a gap where one is missing."""
    parts: list[str] = []
    is_open = False
    for index, value in enumerate(values):
        if value is None:
            is_open = False
            continue
        parts.append(f"{'L' if is_open else 'M'}{centre(index, len(values))} {axis.top(value)}")
        is_open = True
    return " ".join(parts)


def area_path(values: Sequence[Value], axis: Axis) -> str:
    """The ground under a line, one piece for each unbroken run."""
    floor = axis.top(max(axis.low, 0.0) if axis.high > 0 else axis.high)
    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((centre(index, len(values)), axis.top(value)))
    return " ".join(
        f"M{run[0][0]} {floor} " + " ".join(f"L{x} {y}" for x, y in run) + f" L{run[-1][0]} {floor}Z"
        for run in runs
        if run
    )


def band_path(band: Band, axis: Axis) -> str:
    """The ground between the ends of a range, one piece for each unbroken run of places that know both."""
    count = len(band.low)
    runs: list[list[tuple[float, float, float]]] = [[]]
    for place, (low, high) in enumerate(zip(band.low, band.high, strict=True)):
        if low is None or high is None:
            runs.append([])
        else:
            runs[-1].append((centre(place, count), axis.top(low), axis.top(high)))
    return " ".join(
        "M"
        + " L".join([*(f"{x} {top}" for x, _low, top in run), *(f"{x} {low}" for x, low, _top in reversed(run))])
        + "Z"
        for run in runs
        if run
    )


def lone_points(values: Sequence[Value]) -> list[int]:
    """Places of values without a neighbour: a path would not show them."""
    padded = [None, *values, None]
    return [
        index
        for index, value in enumerate(values)
        if value is not None and padded[index] is None and padded[index + 2] is None
    ]


def coloured(series: Sequence[Series]) -> list[tuple[Series, int]]:
    """Each series with its colour number."""
    return [(one, one.tone or index % 6 + 1) for index, one in enumerate(series)]


def axis_labels(labels: Sequence[Any]) -> list[dict[str, Any]]:
    """Labels under the plot: which are shown on wide and which also on narrow screens."""
    wide = max(1, -(-len(labels) // LABELS_WIDE))
    narrow = wide * max(1, -(-len(labels) // (LABELS_NARROW * wide)))
    last = len(labels) - 1
    # Counted from the end, because the newest month is the one people look for.
    return [
        {"text": str(text), "is_wide": (last - place) % wide == 0, "is_narrow": (last - place) % narrow == 0}
        for place, text in enumerate(labels)
    ]


def frame(
    title: Any, labels: Sequence[Any], series: Sequence[Series], axis: Axis, unit: Any, ranges: Sequence[Band] = ()
) -> dict[str, Any]:
    """What all charts share: axis, grid, legend, and the table of the same numbers."""
    legend = [{"name": one.name, "tone": tone, "kind": one.kind} for one, tone in coloured(series)]
    return {
        "title": title,
        "unit": unit,
        "ticks": [{"text": short_number(tick), "y": axis.top(tick)} for tick in reversed(axis.ticks)],
        "zero": axis.top(0) if axis.low <= 0 <= axis.high else None,
        "labels": axis_labels(labels),
        "legend": [*legend, *({"name": one.name, "tone": one.tone, "kind": "band"} for one in ranges)],
        "head": [*(one.name for one in series), *(one.name for one in ranges)],
        "table": [
            {"label": label, "values": [text for _name, text in told(series, ranges, place)]}
            for place, label in enumerate(labels)
        ],
        "is_empty": not any(value is not None for one in series for value in one.values),
        "bands": bands(labels, series, unit, ranges),
    }


def told(series: Sequence[Series], ranges: Sequence[Band], place: int) -> list[tuple[Any, str]]:
    """(name, figure as text) of every row of numbers at a place; a range is told by both its ends."""
    ends = [(one.name, one.low[place], one.high[place]) for one in ranges]
    return [
        *((one.name, full_number(one.values[place])) for one in series),
        *((name, "–" if low is None else f"{full_number(low)} – {full_number(high)}") for name, low, high in ends),
    ]


def bands(
    labels: Sequence[Any], series: Sequence[Series], unit: Any, ranges: Sequence[Band] = ()
) -> list[dict[str, Any]]:
    """One invisible column for each label; it carries the tip that shows on hover."""
    width = round(100 / max(len(labels), 1), 3)
    sign = f" {unit}" if unit else ""
    return [
        {
            "x": round(place * 100 / len(labels), 3),
            "width": width,
            "tip": "\n".join([str(label), *(f"{name}: {text}{sign}" for name, text in told(series, ranges, place))]),
        }
        for place, label in enumerate(labels)
    ]


def lines_of(
    title: Any,
    labels: Sequence[Any],
    series: Sequence[Series],
    *,
    unit: Any,
    from_zero: bool,
    ranges: Sequence[Band] = (),
) -> dict[str, Any]:
    """A line chart: paths, single points and the last value of each series; RANGES lie behind them, the widest first."""
    rows = [one.values for one in series] + [values for one in ranges for values in (one.low, one.high)]
    axis = axis_for([value for row in rows for value in row], from_zero=from_zero)
    drawn = []
    for one, tone in coloured(series):
        known = [place for place, value in enumerate(one.values) if value is not None]
        dots = {*lone_points(one.values), *known[-1:], *one.marks} if one.kind in {"line", "area"} else set()
        drawn.append(
            {
                "tone": tone,
                "kind": one.kind,
                "line": line_path(one.values, axis),
                "area": area_path(one.values, axis) if one.kind == "area" else "",
                "dots": [
                    {
                        "x": centre(place, len(labels)),
                        "y": axis.top(one.values[place] or 0),
                        "is_marked": place in one.marks,
                    }
                    for place in sorted(dots)
                ],
            },
        )
    return {
        **frame(title, labels, series, axis, unit, ranges),
        "lines": drawn,
        "rects": [],
        "ranges": [{"tone": one.tone, "path": band_path(one, axis)} for one in ranges],
    }


def bars_of(title: Any, labels: Sequence[Any], series: Sequence[Series], *, unit: Any) -> dict[str, Any]:
    """Bars side by side, from zero."""
    axis = axis_for([value for one in series for value in one.values])
    band, count = 100 / max(len(labels), 1), max(len(series), 1)
    room = min(band * 0.64, WIDEST_BARS)
    width = room / count
    rects = []
    for which, (one, tone) in enumerate(coloured(series)):
        for place, value in enumerate(one.values):
            if value is None:
                continue
            start = place * band + (band - room) / 2 + which * width
            rects.append(rect(start, width * (0.92 if count > 1 else 1), 0, value, axis, tone))
    return {**frame(title, labels, series, axis, unit), "lines": [], "rects": rects}


def stacks_of(title: Any, labels: Sequence[Any], series: Sequence[Series], *, unit: Any) -> dict[str, Any]:
    """Bars on one another; values below zero hang under the line."""
    sums = [stack_reach([one.values[place] for one in series]) for place in range(len(labels))]
    axis = axis_for([end for pair in sums for end in pair])
    band = 100 / max(len(labels), 1)
    rects = []
    for place in range(len(labels)):
        above, below = 0.0, 0.0
        for one, tone in coloured(series):
            value = float(one.values[place] or 0)
            base = above if value > 0 else below
            if value:
                rects.append(rect(place * band + band * 0.18, band * 0.64, base, base + value, axis, tone))
            above, below = above + max(value, 0), below + min(value, 0)
    return {**frame(title, labels, series, axis, unit), "lines": [], "rects": rects}


def stack_reach(values: Sequence[Value]) -> tuple[float, float]:
    """How far down and up one stack goes."""
    known = [float(value) for value in values if value is not None]
    return sum(value for value in known if value < 0), sum(value for value in known if value > 0)


def rect(x: float, width: float, start: Number, end: Number, axis: Axis, tone: int) -> dict[str, Any]:
    """One bar between two values."""
    upper, lower = sorted((axis.top(start), axis.top(end)))
    return {"x": round(x, 3), "width": round(width, 3), "y": upper, "height": round(lower - upper, 3), "tone": tone}


def spark_of(values: Sequence[Value]) -> dict[str, Any]:
    """A line without axis in a box of 100 by 28, its last point marked."""
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:
        return {"line": "", "x": 0.0, "y": 0.0, "trend": "flat"}
    low, reach = min(known), (max(known) - min(known)) or 1.0
    points = [
        None
        if value is None
        else (round(2 + place / (len(values) - 1) * 94, 2), round(25 - (float(value) - low) / reach * 22, 2))
        for place, value in enumerate(values)
    ]
    parts = [f"{'L' if before else 'M'}{point[0]} {point[1]}" for before, point in pairwise([None, *points]) if point]
    last = next(point for point in reversed(points) if point)
    trend = "up" if known[-1] > known[0] else "down" if known[-1] < known[0] else "flat"
    return {"line": " ".join(parts), "x": last[0], "y": last[1], "trend": trend}
