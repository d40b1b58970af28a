"""The same rules in whole numbers, for months of many thousand lines. No rule of its own: `scoring` and `scorecard` define.

A method that can be reckoned so is turned once into a function of whole numbers; any other, and any line that is not a plain
figure against a plain target, goes the usual way. Tests hold both equal over random cases, ties included
(ARCHITECTURE.md 12.2).
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from apps.assessments.rules.methods.interval import Interval
from apps.assessments.rules.methods.linear import Linear
from apps.assessments.rules.methods.ratio import Ratio
from apps.assessments.rules.reading import sign_of
from apps.assessments.rules.scorecard import Terms
from apps.assessments.rules.scoring import ReadMethod

UNIT = 10**14
"""Targets, edges and rates are whole numbers of this part of one."""
CENT = 100

Points = tuple[int, int]
"""(points in hundredths, rate in UNIT), both rounded half up."""
QuickLine = Callable[[int, int, int], Points | None]
"""(numerator and denominator of the actual, target in UNIT) → points; None: go the usual way."""


def whole(number: Fraction | Decimal | int, unit: int = UNIT) -> int | None:
    """NUMBER in parts of UNIT, if it is a whole number of them."""
    scaled = Fraction(number) * unit
    return scaled.numerator if scaled.denominator == 1 else None


def share(weight: int, top: int, bottom: int) -> Points:
    """WEIGHT hundredths times TOP / BOTTOM, and the quotient itself; neither negative."""
    return (2 * weight * top + bottom) // (2 * bottom), (2 * UNIT * top + bottom) // (2 * bottom)


def quick_line(method: ReadMethod, weight: Decimal) -> QuickLine | None:
    """The method in whole numbers, for lines of this weight; None where it cannot be had."""
    cents = whole(weight, CENT)
    if cents is None or cents <= 0:
        return None
    if isinstance(method, Ratio):
        return quick_ratio(method, cents)
    if isinstance(method, Interval):
        return quick_interval(method, cents)
    return quick_linear(method, cents) if isinstance(method, Linear) else None


def quick_ratio(method: Ratio, weight: int) -> QuickLine | None:
    """1 + s(A - T)/|T| as one quotient, compared with threshold, floor and cap crosswise."""
    if method.is_inverse or method.floor < 0:
        return None
    sign = sign_of(method.direction)
    low, least = method.floor.as_integer_ratio()
    cap = None if method.cap is None else method.cap.as_integer_ratio()
    threshold = None if method.threshold is None else method.threshold.as_integer_ratio()

    def points(actual: int, part: int, target: int) -> Points | None:
        if target == 0:
            return None
        bottom = abs(target) * part
        top = bottom + sign * (actual * UNIT - target * part)
        if threshold is not None and top * threshold[1] < threshold[0] * bottom:
            return 0, 0
        if top * least < low * bottom:
            top, bottom = low, least
        elif cap is not None and top * cap[1] > cap[0] * bottom:
            top, bottom = cap
        return share(weight, top, bottom)

    return points


def quick_interval(method: Interval, weight: int) -> QuickLine | None:
    """The one band of bands that tile the number line, found by its upper edge."""
    bands = sorted(method.bands, key=lambda band: (band.least is not None, band.least or 0))
    uppers = [whole(band.most) for band in bands[:-1] if band.most is not None]
    if method.basis != "actual" or not are_tiles(method) or None in uppers or len(uppers) < len(bands) - 1:
        return None
    earned = [share(weight, *(band.pct / 100).as_integer_ratio()) for band in bands]
    edges = [edge for edge in uppers if edge is not None]
    takes_edge = method.bounds == "(]"

    def points(actual: int, part: int, target: int) -> Points:
        del target
        value = actual * UNIT
        for edge, found in zip(edges, earned, strict=False):
            mark = edge * part
            if value < mark or (takes_edge and value == mark):
                return found
        return earned[-1]

    return points


def are_tiles(method: Interval) -> bool:
    """Whether every figure falls into exactly one band, and none earns less than nothing."""
    bands = sorted(method.bands, key=lambda band: (band.least is not None, band.least or 0))
    if not bands or bands[0].least is not None or bands[-1].most is not None:
        return False
    if any(band.pct < 0 for band in bands):
        return False
    seams = pairwise(bands)
    return all(low.most is not None and low.most == high.least for low, high in seams) and all(
        band.least is None or band.most is None or band.least < band.most for band in bands
    )


def quick_linear(method: Linear, weight: int) -> QuickLine | None:
    """Straight lines as one quotient each, seen along the better direction."""
    sign = sign_of(method.direction)
    floor = whole(method.floor * sign)
    stretch = None if method.stretch is None else whole(method.stretch * sign)
    low, high = (whole(pct / 100) for pct in (method.floor_pct, method.stretch_pct))
    if floor is None or low is None or high is None or (method.stretch is not None and stretch is None):
        return None

    def line(value: int, part: int, start: tuple[int, int], end: tuple[int, int]) -> Points:
        """At VALUE / PART between two points (place, rate), all in UNIT."""
        run = part * (end[0] - start[0])
        return share(weight, start[1] * run + (value - start[0] * part) * (end[1] - start[1]), run * UNIT)

    full = share(weight, 1, 1)

    def points(actual: int, part: int, target: int) -> Points | None:
        aim = target * sign
        if floor >= aim or (stretch is not None and aim >= stretch):
            return None
        value = actual * UNIT * sign
        if value < floor * part:
            return 0, 0
        if value < aim * part:
            return line(value, part, (floor, low), (aim, UNIT))
        if stretch is None:
            return full
        return line(min(value, stretch * part), part, (aim, UNIT), (stretch, high))

    return points


class QuickCard(NamedTuple):
    """A total of lines that all have points: everything in hundredths."""

    base: int
    total: int
    grade: str


class QuickTerms:
    """The terms of a scheme in whole numbers, for scores without bonus, deduction, calibration, veto or gate."""

    def __init__(self, terms: Terms) -> None:
        beside = terms.bonus.points or terms.deductions.points or terms.calibration
        self.is_usable = not (terms.is_gated or terms.vetoes or beside)
        self.lowest = whole(terms.min_total, CENT)
        self.highest = None if terms.max_total is None else whole(terms.max_total, CENT)
        edges = [(whole(band.least, CENT), band.grade) for band in terms.grades]
        self.grades = sorted(((edge, grade) for edge, grade in edges if edge is not None), reverse=True)
        self.is_usable &= self.lowest is not None and self.lowest >= 0 and len(self.grades) == len(edges)
        self.is_usable &= (self.highest is None) == (terms.max_total is None)
        self.least_weight = Fraction(terms.min_coverage) * CENT

    def card(self, points: Sequence[int], weight: int, coefficient: int) -> QuickCard | None:
        """Sum of the POINTS of lines that weigh WEIGHT together (hundredths), times COEFFICIENT (ten-thousandths).

        None: go the usual way.
        """
        if not self.is_usable or not points or weight <= 0 or weight < self.least_weight or coefficient <= 0:
            return None
        base = (2 * sum(points) * 10_000 + weight) // (2 * weight)
        total = max(self.lowest or 0, (2 * base * coefficient + 10_000) // 20_000)
        if self.highest is not None:
            total = min(self.highest, total)
        return QuickCard(base, total, next((grade for edge, grade in self.grades if edge <= total), ""))
