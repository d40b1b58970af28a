"""The rules by columns give what the rules give: over random cases, ties, edges and signs included.

PORTAL_TEST_CASES sets how many cases are tried (ARCHITECTURE.md 12.2 asks for a million before a change of either).
"""

import os
import random
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import polars as pl
import pytest

from apps.assessments.rules import quick
from apps.assessments.rules.grades import GradeBand
from apps.assessments.rules.results import Status
from apps.assessments.rules.scorecard import Line, Terms, assemble
from apps.assessments.rules.scoring import parse_method, score
from apps.core.rounding import round_half_up

CASES = int(os.environ.get("PORTAL_TEST_CASES", "6000"))
EACH = max(20, CASES // 5_000)
"""Lines that are tried by the same rule."""
PLACES = (0, 1, 2, 4, 10)


def decimal(chance: random.Random, low=-200, high=400) -> Decimal:
    """A number as people report it; round ones are frequent, so that edges and ties are met."""
    places = chance.choice(PLACES)
    return Decimal(chance.randint(low * 10**places, high * 10**places)).scaleb(-places)


def ratio(chance):
    params = {"direction": chance.choice(("higher", "lower"))}
    for key, choices in (("cap", ("1.2", "1", "1.05")), ("floor", ("0", "0.5", "0.33")), ("threshold", ("0.6", "0.9"))):
        if chance.random() < 0.5:
            params[key] = chance.choice(choices)
    return "ratio", params


def interval(chance):
    edges = sorted(chance.sample(range(-100, 300), chance.randint(1, 4)))
    marks = [None, *(str(Decimal(edge) / chance.choice((1, 2))) for edge in edges), None]
    marks = [None, *sorted(set(marks[1:-1]), key=Decimal), None]
    bands = [
        {"min": low, "max": high, "pct": chance.choice(("0", "33.3", "60", "100", "110"))}
        for low, high in pairwise(marks)
    ]
    return "interval", {"basis": "actual", "bounds": chance.choice(("[)", "(]")), "bands": bands}


def linear(chance):
    direction = chance.choice(("higher", "lower"))
    sign = 1 if direction == "higher" else -1
    floor = decimal(chance)
    params = {"direction": direction, "floor": str(floor), "floor_pct": chance.choice(("0", "60", "33.3"))}
    if chance.random() < 0.7:
        params |= {
            "stretch": str(floor + sign * (abs(decimal(chance)) + 50)),
            "stretch_pct": chance.choice(("100", "120")),
        }
    return "linear", params


def actual_of(chance, params):
    """(TIMES x the actual in PLACE, TIMES, the actual exactly): a plain figure, an edge, or a quotient."""
    kind = chance.random()
    if kind < 0.3:
        top, bottom, scale = chance.randint(0, 5000), chance.randint(1, 5000), chance.choice((1, 100))
        return scale * top * quick.PLACE, bottom, Fraction(scale * top, bottom)
    marks = [params.get("floor"), params.get("stretch"), *(band["min"] for band in params.get("bands", []))]
    known = [mark for mark in marks if mark is not None]
    number = Decimal(chance.choice(known)) if known and kind < 0.5 else decimal(chance)
    return quick.whole(number, quick.PLACE), 1, Fraction(number)


def by_columns(method, rows):
    """(points, rate) of each row of whole numbers; None where the rule has to be asked."""
    found = quick.quick_points(method)
    if found is None:
        return [(None, None)] * len(rows)
    table = pl.DataFrame(rows, schema=dict.fromkeys(quick.COLUMNS, pl.Int128), orient="row")
    return table.select(**found._asdict()).rows()


class TestQuickPoints:
    @pytest.mark.parametrize("kind", [ratio, interval, linear], ids=["ratio", "interval", "linear"])
    def test_gives_what_the_rule_gives(self, kind):
        chance, tried = random.Random(kind.__name__), 0
        for _ in range(CASES // EACH):
            name, params = kind(chance)
            method = parse_method(name, params)
            rows = [
                (
                    Decimal(chance.choice(("5", "9", "12.5", "20", "33.33", "100"))),
                    actual_of(chance, params),
                    decimal(chance),
                )
                for _number in range(EACH)
            ]
            whole = [
                (quick.whole(weight, 100), top, times, quick.whole(target, quick.PLACE))
                for weight, (top, times, _actual), target in rows
            ]
            for (weight, actual, target), (points, rate) in zip(rows, by_columns(method, whole), strict=True):
                if points is None:
                    continue
                tried += 1
                slow = score(method, actual[2], target, weight)
                assert slow.status == Status.SCORED, (name, params, actual, target)
                assert Decimal(points).scaleb(-2) == slow.points, (name, params, actual, target, weight)
                assert Decimal(rate).scaleb(-14) == round_half_up(slow.rate, 14), (name, params, actual, target)
        assert tried > CASES / 4

    @pytest.mark.parametrize("kind", [ratio, interval, linear], ids=["ratio", "interval", "linear"])
    def test_of_any_size_it_gives_the_same_or_nothing(self, kind):
        """Figures up to what the database holds: no product may run over unseen."""
        chance, tried = random.Random(f"large {kind.__name__}"), 0
        for _ in range(CASES // EACH):
            name, params = kind(chance)
            method = parse_method(name, params)
            whole = [
                (
                    chance.choice((1, 2000, 10_000)),
                    chance.choice((1, -1)) * chance.randrange(10 ** chance.randint(1, 38)),
                    chance.randint(1, 10 ** chance.choice((0, chance.randint(1, 28)))),
                    chance.choice((1, -1)) * chance.randrange(10 ** chance.randint(1, 28)),
                )
                for _number in range(EACH)
            ]
            for row, (points, rate) in zip(whole, by_columns(method, whole), strict=True):
                if points is None:
                    continue
                tried += 1
                weight, top, times, target = row
                actual, weight = Fraction(top, times * quick.PLACE), Fraction(weight, 100)
                slow = score(method, actual, Fraction(target, quick.PLACE), weight)
                assert Decimal(points).scaleb(-2) == slow.points, (name, params, row)
                assert Decimal(rate).scaleb(-14) == round_half_up(slow.rate, 14), (name, params, row)
        assert tried > CASES / 20

    def test_leaves_what_it_cannot_do_to_the_rule(self):
        inverse = parse_method("ratio", {"direction": "lower", "lower_formula": "inverse", "cap": "1.2"})
        gap = parse_method(
            "interval", {"bands": [{"min": None, "max": "1", "pct": "0"}, {"min": "2", "max": None, "pct": "1"}]}
        )
        for method in (inverse, gap, parse_method("range", {})):
            assert quick.quick_points(method) is None


class TestQuickTerms:
    def test_gives_what_the_scorecard_gives(self):
        chance, tried = random.Random("cards"), 0
        grades = tuple(
            GradeBand(grade, Decimal(least)) for grade, least in zip("ABCDE", (90, 80, 70, 60, 0), strict=True)
        )
        for _ in range(CASES):
            terms = Terms(
                coefficient=Decimal(chance.randint(8000, 12000)).scaleb(-4),
                min_coverage=Decimal(chance.choice((0, 60, 100))),
                max_total=chance.choice((None, Decimal(120), Decimal(100))),
                grades=grades,
            )
            weights = [Decimal(50), Decimal(30), Decimal(20)]
            lines = [
                Line(str(weight), weight, *chance.choice(((None, Status.EXCLUDED), (points, Status.SCORED))))
                for weight in weights
                for points in [Decimal(chance.randint(0, int(weight * 120))).scaleb(-2)]
            ]
            kept = [line for line in lines if line.points is not None]
            card = quick.QuickTerms(terms).card(
                sum(quick.whole(line.points, 100) for line in kept),
                sum(quick.whole(line.weight, 100) for line in kept),
                quick.whole(terms.coefficient, 10_000),
            )
            slow = assemble(lines, terms)
            if card is None:
                assert slow.total is None
                continue
            tried += 1
            assert (Decimal(card.base).scaleb(-2), Decimal(card.total).scaleb(-2)) == (slow.base, slow.total)
            assert card.grade == (slow.grade or "")
        assert tried > CASES / 3
