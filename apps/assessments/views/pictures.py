"""What points look like where they do not follow from one figure: over events, over days late, or as a small table."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.choices import Method
from apps.assessments.rules.curve import Point, counts_curve, lateness_curve
from apps.assessments.rules.results import ConfigError, Status
from apps.assessments.rules.scoring import ReadMethod, parse_method, score
from apps.assessments.services.method_words import Params, fraction, levels_of, objects, shown
from apps.core import charts
from apps.core.http.cells import MINUS
from apps.core.rounding import round_half_up

MOST_LINES = 6
"""As many as there are series colours."""
ONE_RATER = {"raters": [{"id": "one", "weight": "1"}]}
YES_OR_NO = "is_true"


def picture_of(method: str, params: Params, read: ReadMethod, weight: Decimal) -> dict[str, Any] | None:
    """The picture of a method that has no actual to draw over; None for the others, and where something is missing."""
    draw = PICTURES.get(method)
    if draw is None or isinstance(read, ConfigError):
        return None
    return draw(params, read, weight)


def of_events(params: Params, read: ReadMethod, weight: Decimal) -> dict[str, Any] | None:
    """Points over how often each kind of event happened, the others not at all."""
    items = objects(params, "items")[:MOST_LINES]
    lines = [
        (str(item.get("name") or item.get("code")), counts_curve(read, str(item.get("code")), weight)) for item in items
    ]
    return {"lines": stepped(lines), "across": _("events"), "rows": [], "words": worked_counts(lines)}


def of_days(params: Params, read: ReadMethod, weight: Decimal) -> dict[str, Any] | None:
    """Points of one milestone that alone makes the line, over the days it is late."""
    del params
    line = lateness_curve(read, weight)
    words = [at_words(_("done in time"), line[0])] if line else []
    words += [at_words(late_words(days), line[days]) for days in (1, 2, 5) if days < len(line)]
    return {"lines": stepped([(_("one milestone"), line)]), "across": _("days late"), "rows": [], "words": words}


def late_words(days: int) -> str:
    """How late."""
    return ngettext("one day late", "%(count)s days late", days) % {"count": days}


def of_levels(params: Params, read: ReadMethod, weight: Decimal) -> dict[str, Any] | None:
    """What each level earns, and how heavy each rater is if all rate."""
    del read
    alone = parse_method(Method.DESCRIPTIVE, {"levels": params.get("levels"), **ONE_RATER})
    rows = []
    for name, pct in levels_of(params):
        result = score(alone, {"one": name}, None, weight)
        if result.status == Status.SCORED:
            rows.append([name, f"{shown(pct)} %", points_text(result.points)])
    heads = [_("Level"), _("Earns"), _("Points")]
    raters = objects(params, "raters")
    whole = sum((fraction(one, "weight") or Fraction(0) for one in raters), Fraction(0))
    shares = [[str(one.get("id")), percent(fraction(one, "weight"), whole)] for one in raters]
    tables = [table(heads, rows), table([_("Rater"), _("Share if all rate")], shares)]
    return {"lines": None, "rows": [one for one in tables if one["rows"]], "words": []}


def of_children(params: Params, read: ReadMethod, weight: Decimal) -> dict[str, Any] | None:
    """What each KPI adds when its target is reached, and at most."""
    del read
    cap = fraction(params, "child_cap")
    rows = []
    for child in objects(params, "children"):
        share = (fraction(child, "weight") or Fraction(0)) / 100
        most = _("no cap") if cap is None else points_text(Fraction(weight) * share * cap)
        rows.append([str(child.get("code")), points_text(Fraction(weight) * share), most])
    return {"lines": None, "rows": [table([_("KPI"), _("At its target"), _("At most")], rows)], "words": []}


def of_condition(params: Params, read: ReadMethod, weight: Decimal) -> dict[str, Any] | None:
    """Yes and no have no axis."""
    if params.get("op") != YES_OR_NO:
        return None
    answers = ((_("yes"), 1), (_("no"), 0))
    rows = [[label, points_text(score(read, number, None, weight).points)] for label, number in answers]
    return {"lines": None, "rows": [table([_("Answer"), _("Points")], rows)], "words": []}


PICTURES: Mapping[str, Callable[[Params, ReadMethod, Decimal], dict[str, Any] | None]] = {
    Method.DEDUCTION: of_events,
    Method.MILESTONE: of_days,
    Method.DESCRIPTIVE: of_levels,
    Method.COMPOSITE: of_children,
    Method.ALL_OR_NOTHING: of_condition,
}


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """A small table: the first column names, the others are numbers."""
    return {"heads": heads, "rows": rows}


def points_text(points: Decimal | Fraction | None) -> str:
    """Points of two places, with a true minus; a dash where there are none."""
    return "–" if points is None else f"{round_half_up(points, 2):f}".replace("-", MINUS)


def percent(part: Fraction | None, whole: Fraction) -> str:
    """A share in percent of one place."""
    return f"{round_half_up((part or Fraction(0)) * 100 / whole, 1).normalize():f} %" if whole else "–"


def at_words(place: str, point: Point) -> dict[str, str]:
    """What is earned at a place: "2 days late: 16.00"."""
    return {"place": place, "points": points_text(point[1])}


def worked_counts(lines: Sequence[tuple[str, Sequence[Point]]]) -> list[dict[str, str]]:
    """For each kind of event what one, and what several, leave."""
    return [
        at_words(_("%(count)s × %(name)s") % {"count": count, "name": name}, line[count])
        for name, line in lines
        for count in (1, 3)
        if count < len(line)
    ]


def stepped(lines: Sequence[tuple[str, Sequence[Point]]]) -> dict[str, Any] | None:
    """Geometry in percent of points over whole numbers. What lies between two of them does not exist: a dot marks each."""
    known = [(name, line) for name, line in lines if line]
    if not known:
        return None
    most = max(len(line) for _name, line in known) - 1 or 1
    up = charts.axis_for([float(points) for _name, line in known for _place, points in line])
    series = []
    for number, (name, line) in enumerate(known, 1):
        places = [(round(float(at) / most * 100, 3), up.top(float(points))) for at, points in line]
        path = " ".join(f"{'L' if index else 'M'}{x} {y}" for index, (x, y) in enumerate(places))
        series.append({"name": name, "tone": number, "line": path, "dots": places})
    every = max(1, most // 8)
    return {
        "series": series,
        "rows": [{"text": charts.short_number(tick), "y": up.top(tick)} for tick in reversed(up.ticks)],
        "columns": [{"text": str(at), "x": round(at / most * 100, 3)} for at in range(0, most + 1, every)],
    }
