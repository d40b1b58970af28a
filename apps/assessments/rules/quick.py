"""The same rules over whole columns, for months of many thousand lines. No rule of its own: `scoring` defines them.

A method that can be reckoned so is turned once into columns of whole numbers of 128 bits; any other, and any line whose
figures are not plain or too large for it, goes the usual way. Tests hold both equal over random cases, ties included
(ARCHITECTURE.md 12.2).
"""

import math
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from apps.assessments.rules.methods.interval import Band, Interval
from apps.assessments.rules.methods.linear import Linear
from apps.assessments.rules.methods.ratio import Ratio
from apps.assessments.rules.reading import sign_of
from apps.assessments.rules.scorecard import Terms
from apps.assessments.rules.scoring import ReadMethod

PLACE = 10**10
"""Targets and edges are whole numbers of this part of one; so is TIMES x the actual."""
UNIT = 10**14
"""Rates are found in this part of one."""
SHARE = 10**6
"""Parameters that are shares of the weight are whole numbers of this part of one, else they are left to the rules."""
CENT = 100

COLUMNS = ("weight", "actual", "times", "aim")
WEIGHT, ACTUAL, TIMES, TARGET = (pl.col(name) for name in COLUMNS)
"""Columns of 128 bits: weight in hundredths, TIMES x the actual in PLACE, TIMES (positive), the target in PLACE."""
LARGEST, LARGEST_SHARE = 10**24, 10**12
"""No product of what keeps within these needs more than 128 bits."""


class Points(NamedTuple):
    """Two columns: points in hundredths and the rate in UNIT, both rounded half up; empty: ask the rules."""

    points: pl.Expr
    rate: pl.Expr

    def where(self, condition: pl.Expr) -> "Points":
        """Empty wherever the condition does not hold."""
        return Points(*(pl.when(condition).then(column) for column in self))


def whole(number: Fraction | Decimal | int, unit: int = UNIT) -> int | None:
    """NUMBER in parts of UNIT, if it is a whole number of them."""
    scaled = Fraction(number) * unit
    return scaled.numerator if scaled.denominator == 1 else None


def whole_share(number: Fraction | None) -> int | None:
    """A share of the weight in parts of SHARE, if it is a whole number of them and not too large."""
    found = None if number is None else whole(number, SHARE)
    return found if found is not None and abs(found) <= LARGEST_SHARE else None


def share(top: pl.Expr, bottom: pl.Expr) -> Points:
    """WEIGHT times TOP / BOTTOM, and the quotient itself; neither negative. Divided by steps, as one does by hand."""
    times, rest = top // bottom, top % bottom
    step = UNIT // 10**7
    digits, last = rest * 10**7 // bottom, rest * 10**7 % bottom
    return Points(
        WEIGHT * times + (2 * WEIGHT * rest + bottom) // (2 * bottom),
        UNIT * times + step * digits + (2 * step * last + bottom) // (2 * bottom),
    ).where(times <= LARGEST_SHARE)


def fixed(part: int) -> Points:
    """The same share of the weight, in SHARE, for every line."""
    return share(*(pl.lit(number, dtype=pl.Int128) for number in (part, SHARE)))


def choose(*cases: tuple[pl.Expr, Points], otherwise: Points) -> Points:
    """The points of the first case whose condition holds."""

    def chain(place: int) -> pl.Expr:
        return reduce(
            lambda later, case: pl.when(case[0]).then(case[1][place]).otherwise(later),
            reversed(cases),
            otherwise[place],
        )

    return Points(chain(0), chain(1))


def quick_points(method: ReadMethod) -> Points | None:
    """The method as columns; None where it cannot be had."""
    if isinstance(method, Ratio):
        found = quick_ratio(method)
    elif isinstance(method, Interval):
        found = quick_interval(method)
    else:
        found = quick_linear(method) if isinstance(method, Linear) else None
    is_fit = (WEIGHT > 0) & (ACTUAL.abs() <= LARGEST) & (TIMES <= LARGEST)
    return None if found is None else found.where(is_fit)


def quick_ratio(method: Ratio) -> Points | None:
    """1 + s(A - T)/|T| as one quotient, compared with threshold, floor and cap crosswise."""
    limits = [method.floor if limit is None else limit for limit in (method.floor, method.cap, method.threshold)]
    least, most, threshold = (whole_share(limit) for limit in limits)
    if method.is_inverse or least is None or least < 0 or most is None or threshold is None:
        return None
    aim = TARGET * TIMES
    bottom = aim.abs()
    top = (bottom + sign_of(method.direction) * (ACTUAL - aim)) * SHARE
    held = pl.max_horizontal(top, least * bottom)
    if method.cap is not None:
        held = pl.min_horizontal(held, most * bottom)
    points = share(held, bottom * SHARE)
    if method.threshold is not None:
        points = choose((top < threshold * bottom, fixed(0)), otherwise=points)
    return points.where((TARGET != 0) & are_near(TARGET))


def are_near(place: pl.Expr) -> pl.Expr:
    """Whether PLACE times TIMES is not too large."""
    return place.abs() <= LARGEST // TIMES


def quick_interval(method: Interval) -> Points | None:
    """The one band of bands that tile the number line, found by its upper edge."""
    bands = sorted_bands(method)
    edges = [whole(band.most, PLACE) for band in bands[:-1] if band.most is not None]
    if method.basis != "actual" or not are_tiles(method):
        return None
    # An edge is a whole number: the actual is below it if it is so rounded down, and not above it if it is so rounded up.
    if method.bounds == "[)":
        below = [edge > ACTUAL // TIMES for edge in edges if is_fit_edge(edge)]
    else:
        below = [edge >= (ACTUAL + TIMES - 1) // TIMES for edge in edges if is_fit_edge(edge)]
    parts = [whole_share(band.pct / 100) for band in bands]
    earned = [fixed(part) for part in parts if part is not None]
    if len(below) < len(bands) - 1 or len(earned) < len(bands):
        return None
    return choose(*zip(below, earned, strict=False), otherwise=earned[-1])


def is_fit_edge(edge: int | None) -> bool:
    """Whether an edge can be compared as a whole number."""
    return edge is not None and abs(edge) <= LARGEST


def sorted_bands(method: Interval) -> list[Band]:
    """The bands from the lowest."""
    return sorted(method.bands, key=lambda band: (band.least is not None, band.least or 0))


def are_tiles(method: Interval) -> bool:
    """Whether every figure falls into exactly one band, and none earns less than nothing."""
    bands = sorted_bands(method)
    if not bands or bands[0].least is not None or bands[-1].most is not None:
        return False
    if any(band.pct < 0 for band in bands):
        return False
    seams = pairwise(bands)
    return all(low.most is not None and low.most == high.least for low, high in seams) and all(
        band.least is None or band.most is None or band.least < band.most for band in bands
    )


def quick_linear(method: Linear) -> Points | None:
    """Straight lines as one quotient each, seen along the better direction."""
    sign = sign_of(method.direction)
    ends = [method.floor if place is None else place for place in (method.floor, method.stretch)]
    floor, stretch = (whole(place * sign, PLACE) for place in ends)
    low, high = (whole_share(pct / 100) for pct in (method.floor_pct, method.stretch_pct))
    if floor is None or stretch is None or low is None or high is None:
        return None
    if max(abs(floor), abs(stretch)) > LARGEST:
        return None
    value, start, aim, end = ACTUAL * sign, floor * TIMES, TARGET * TIMES * sign, stretch * TIMES
    above = fixed(SHARE) if method.stretch is None else line(pl.min_horizontal(value, end), (aim, SHARE), (end, high))
    points = choose(
        (value < start, fixed(0)),
        (value < aim, line(value, (start, low), (aim, SHARE))),
        otherwise=above,
    )
    is_fit = are_near(TARGET) & (max(abs(floor), abs(stretch)) <= LARGEST // TIMES) & (start < aim)
    return points.where(is_fit if method.stretch is None else is_fit & (aim < end))


def line(value: pl.Expr, start: tuple[pl.Expr, int], end: tuple[pl.Expr, int]) -> Points:
    """At VALUE on the straight line between two points (place, share of the weight in SHARE)."""
    run = end[0] - start[0]
    return share(start[1] * run + (value - start[0]) * (end[1] - start[1]), run * SHARE)


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
        self.least_weight = math.ceil(Fraction(terms.min_coverage) * CENT)

    def card(self, points: int, weight: int, coefficient: int) -> QuickCard | None:
        """The POINTS of lines that weigh WEIGHT together (both hundredths), times COEFFICIENT (ten-thousandths).

        None: go the usual way.
        """
        if not self.is_usable or weight <= 0 or weight < self.least_weight or coefficient <= 0:
            return None
        base = (2 * points * 10_000 + weight) // (2 * weight)
        total = max(self.lowest or 0, (2 * base * coefficient + 10_000) // 20_000)
        if self.highest is not None:
            total = min(self.highest, total)
        return QuickCard(base, total, next((grade for edge, grade in self.grades if edge <= total), ""))
