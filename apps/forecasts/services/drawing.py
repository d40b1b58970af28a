"""The charts of a report as vectors for paper, from the same geometry that draws them on the page."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.graphics.shapes import Circle, Drawing, Line, Path, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from apps.core.charts import Series, bars_of, lines_of
from apps.forecasts.services.lettering import in_one_font

TONES = ("#1d4f91", "#c2681c", "#1f7f73", "#8c4a9e", "#6a7684", "#a8893a")
"""The series colours of the page in its light dress (static/css/tokens.css)."""
GRID, TEXT = HexColor("#dfe3e8"), HexColor("#5b6472")
LEFT, BOTTOM, TOP = 34.0, 30.0, 16.0
LETTERS = 6.5
SHORTEST = 3
"""Letters a cut name keeps at least."""
STEP = re.compile(r"([MLZ])\s*(?:(-?[\d.]+)\s+(-?[\d.]+))?")


def geometry_of(chart: Mapping[str, Any]) -> dict[str, Any]:
    """A stored chart as apps.core.charts draws it, in percent of the plot."""
    series = [
        Series(one["name"], one["values"], one.get("kind") or "line", tone=one.get("tone", 0))
        for one in chart["series"]
    ]
    if chart["form"] == "bars":
        return bars_of(chart["title"], chart["labels"], series, unit=chart["unit"])
    return lines_of(chart["title"], chart["labels"], series, unit=chart["unit"], from_zero=False)


def drawing_of(chart: Mapping[str, Any], *, width: float, height: float) -> Drawing:
    """A stored chart as a drawing of WIDTH by HEIGHT points."""
    shape = geometry_of(chart)
    drawing = Drawing(width, height)
    plot = Plot(LEFT, BOTTOM, width - LEFT - 4, height - BOTTOM - TOP)
    add_frame(drawing, plot, shape)
    for rect in shape["rects"]:
        drawing.add(plot.rect(rect))
    for line in shape["lines"]:
        add_line(drawing, plot, line)
    add_legend(drawing, shape, height=height)
    return drawing


class Plot:
    """The area of the values: percent from its upper left corner to points from the page's lower left."""

    def __init__(self, x: float, y: float, width: float, height: float) -> None:
        self.left, self.bottom, self.width, self.height = x, y, width, height

    def x(self, percent: float) -> float:
        return self.left + self.width * percent / 100

    def y(self, percent: float) -> float:
        return self.bottom + self.height * (100 - percent) / 100

    def rect(self, one: Mapping[str, Any]) -> Rect:
        """A bar."""
        lower = self.y(one["y"] + one["height"])
        return Rect(
            self.x(one["x"]),
            lower,
            self.width * one["width"] / 100,
            max(self.height * one["height"] / 100, 0.4),
            fillColor=colour(one["tone"]),
            strokeColor=None,
        )

    def path(self, text: str, **look: Any) -> Path:
        """A path of M, L and Z steps."""
        path = Path(**look)
        for sign, x, y in STEP.findall(text):
            if sign == "Z":
                path.closePath()
            elif sign == "M":
                path.moveTo(self.x(float(x)), self.y(float(y)))
            else:
                path.lineTo(self.x(float(x)), self.y(float(y)))
        return path


def colour(tone: int) -> Color:
    """One of the series colours."""
    return HexColor(TONES[(tone - 1) % len(TONES)])


def add_frame(drawing: Drawing, plot: Plot, shape: Mapping[str, Any]) -> None:
    """Grid, values beside it, labels below it."""
    for tick in shape["ticks"]:
        y = plot.y(tick["y"])
        drawing.add(Line(plot.left, y, plot.left + plot.width, y, strokeColor=GRID, strokeWidth=0.5))
        drawing.add(written(plot.left - 4, y - 2.2, tick["text"], anchor="end"))
    count = max(len(shape["labels"]), 1)
    room = plot.width / count
    for place, label in enumerate(shape["labels"]):
        if not (label["is_wide"] if room > 22 else label["is_narrow"]):
            continue
        x = plot.x((place + 0.5) / count * 100)
        names = names_below(label["text"], room) if shape["rects"] else [label["text"]]
        for line, name in enumerate(names):
            drawing.add(written(x, plot.bottom - 9 - line * (LETTERS + 1), name, anchor="middle"))


def names_below(text: str, room: float) -> list[str]:
    """The name of a bar: on one line, or broken into two where that is too narrow for it."""
    words = text.split()
    if len(words) < 2 or fits(text, room):
        return [fitted(text, room)]
    broken = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    return [fitted(line, room) for line in min(broken, key=lambda lines: max(map(len, lines)))]


def fitted(text: str, room: float) -> str:
    """A line, cut where it would run into the next bar's."""
    if fits(text, room):
        return text
    cut = (f"{text[:length].rstrip()}…" for length in range(len(text) - 1, SHORTEST - 1, -1))
    return next((name for name in cut if fits(name, room)), f"{text[:SHORTEST]}…")


def fits(text: str, room: float) -> bool:
    """Whether a line is narrower than the ROOM of its bar."""
    shown, font = in_one_font(text)
    return bool(stringWidth(shown, font, LETTERS) <= room - 1)


def add_line(drawing: Drawing, plot: Plot, line: Mapping[str, Any]) -> None:
    """One line with the ground under it and its points. Targets are broken, limits thin."""
    tone = colour(line["tone"])
    if line["area"]:
        ground = Color(tone.red, tone.green, tone.blue, alpha=0.12)
        drawing.add(plot.path(line["area"], fillColor=ground, strokeColor=None))
    if line["line"]:
        is_quiet = line["kind"] in {"limit", "target"}
        drawing.add(
            plot.path(
                line["line"],
                fillColor=None,
                strokeColor=tone,
                strokeWidth=0.7 if is_quiet else 1.4,
                strokeDashArray={"target": [3, 2], "limit": [1, 1.5]}.get(line["kind"]),
            )
        )
    for dot in line["dots"]:
        drawing.add(Circle(plot.x(dot["x"]), plot.y(dot["y"]), 1.8, fillColor=tone, strokeColor=None))


def add_legend(drawing: Drawing, shape: Mapping[str, Any], *, height: float) -> None:
    """Which line is which."""
    x = LEFT
    for item in shape["legend"] if len(shape["legend"]) > 1 else ():
        drawing.add(Rect(x, height - 9, 7, 3, fillColor=colour(item["tone"]), strokeColor=None))
        name = str(item["name"])
        drawing.add(written(x + 10, height - 10, name))
        x += 18 + len(name) * LETTERS * 0.56


def written(x: float, y: float, text: str, *, anchor: str = "start") -> String:
    """Small letters."""
    shown, font = in_one_font(str(text))
    return String(x, y, shown, fontName=font, fontSize=LETTERS, fillColor=TEXT, textAnchor=anchor)


def charts_in(section: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The charts of a stored section that have anything to draw."""
    return [
        chart
        for chart in section["charts"]
        if any(value is not None for series in chart["series"] for value in series["values"])
    ]
