"""What must hold for any numbers (DOMAIN.md section 11), and a second, naive reckoning of the same formulas."""

import os
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from apps.assessments.rules.results import Status
from apps.assessments.rules.scorecard import Extra, Line, Terms, assemble
from apps.assessments.rules.scoring import parse_method, score
from apps.assessments.rules.staff import Member, pool_share

VALUES = st.decimals(-1000, 1000, places=2)
WEIGHTS = st.decimals("0.01", 100, places=2)
WAYS = st.sampled_from(["higher", "lower"])
RATIOS = st.builds(
    lambda direction, cap, threshold: {"direction": direction, "cap": cap, "threshold": threshold},
    direction=WAYS,
    cap=st.sampled_from([None, "1", "1.2"]),
    threshold=st.sampled_from([None, "0.6"]),
)
SIDES = st.none() | st.fixed_dictionaries(
    {
        "per": st.sampled_from(["0.3", "3", "7"]),
        "points": st.sampled_from(["0", "1", "2.5"]),
        "cap": st.sampled_from([None, "6"]),
    }
)
STEPS = st.fixed_dictionaries(
    {
        **{"direction": WAYS, "unit": st.sampled_from(["percent", "absolute"])},
        **{"partial": st.sampled_from(["floor", "ceil", "linear"]), "up": SIDES, "down": SIDES},
        "loss_half": st.booleans(),
    }
)


def earned(method, actual, target, weight):
    found = score(method, actual, target, weight)
    assert found.status == Status.SCORED, found.problem
    return found.points


def ordered(direction, one, other):
    """(worse, better) of two actuals."""
    return (min(one, other), max(one, other)) if direction == "higher" else (max(one, other), min(one, other))


class TestMonotone:
    @given(RATIOS, VALUES, VALUES, VALUES, WEIGHTS)
    def test_ratio(self, params, one, other, target, weight):
        worse, better = ordered(params["direction"], one, other)
        method = parse_method("ratio", params)
        assert earned(method, worse, target, weight) <= earned(method, better, target, weight)

    @given(STEPS, VALUES, VALUES, VALUES, WEIGHTS)
    def test_step(self, params, one, other, target, weight):
        assume(target != 0 or params["unit"] == "absolute")
        worse, better = ordered(params["direction"], one, other)
        method = parse_method("step", params)
        assert earned(method, worse, target, weight) <= earned(method, better, target, weight)

    @given(WAYS, st.lists(VALUES, min_size=3, max_size=3, unique=True), VALUES, VALUES, WEIGHTS)
    def test_linear(self, direction, places, one, other, weight):
        floor, target, stretch = sorted(places, reverse=direction == "lower")
        params = {"direction": direction, "floor": floor, "stretch": stretch, "floor_pct": "60", "stretch_pct": "120"}
        method = parse_method("linear", params)
        worse, better = ordered(direction, one, other)
        assert earned(method, worse, target, weight) <= earned(method, better, target, weight)


class TestOnTarget:
    @given(RATIOS, VALUES.filter(bool), WEIGHTS)
    def test_ratio_earns_the_weight(self, params, target, weight):
        assert earned(parse_method("ratio", params), target, target, weight) == weight

    @given(STEPS, VALUES.filter(bool), WEIGHTS)
    def test_step_earns_the_weight(self, params, target, weight):
        assert earned(parse_method("step", params), target, target, weight) == weight

    @given(WAYS, VALUES, WEIGHTS)
    def test_linear_earns_the_weight(self, direction, target, weight):
        floor = target - 7 if direction == "higher" else target + 7
        method = parse_method("linear", {"direction": direction, "floor": floor})
        assert earned(method, target, target, weight) == weight


class TestBands:
    @given(st.lists(VALUES, min_size=1, max_size=8, unique=True), VALUES, st.sampled_from(["[)", "(]"]))
    def test_that_tile_hold_every_value_once(self, cuts, value, bounds):
        edges = [None, *sorted(cuts), None]
        bands = [{"min": low, "max": high, "pct": place} for place, (low, high) in enumerate(pairwise(edges))]
        below = sum(cut <= value if bounds == "[)" else cut < value for cut in cuts)
        method = parse_method("interval", {"bands": bands, "bounds": bounds})
        assert earned(method, value, None, 100) == below


def naive_round(value):
    """Half away from zero by hand, on whole hundredths."""
    size = abs(value) * 100
    whole = size.numerator // size.denominator
    if size - whole >= Fraction(1, 2):
        whole += 1
    return Decimal(whole if value >= 0 else -whole) / 100


def naive_rate(direction, actual, target):
    if target == 0:
        is_met = actual >= 0 if direction == "higher" else actual <= 0
        return Fraction(1) if is_met else Fraction(0)
    if target > 0:
        return actual / target if direction == "higher" else 2 - actual / target
    return 2 - actual / target if direction == "higher" else actual / target


class TestASecondReckoning:
    """The same formulas written down once more, the long way, over random cases with many ties and edges."""

    COUNT = int(os.environ.get("PORTAL_TEST_CASES", "2000"))

    def drawn(self, seed):
        random = Random(seed)
        for _ in range(self.COUNT):
            small = random.random() < 0.5
            actual, target = (
                Fraction(random.randint(-40, 40) if small else random.randint(-9999, 9999), 20) for _ in "AT"
            )
            yield random, random.choice(["higher", "lower"]), actual, target, Fraction(random.randint(1, 2000), 20)

    def test_ratio(self):
        for random, direction, actual, target, weight in self.drawn(1):
            floor, cap, threshold = (
                Fraction(random.choice([0, -1])),
                random.choice([None, Fraction(6, 5)]),
                random.choice([None, Fraction(1, 2)]),
            )
            rate = naive_rate(direction, actual, target)
            if threshold is not None and rate < threshold:
                rate = Fraction(0)
            else:
                rate = max(rate, floor)
                rate = rate if cap is None else min(rate, cap)
            params = {"direction": direction, "floor": floor, "cap": cap, "threshold": threshold}
            assert earned(parse_method("ratio", params), actual, target, weight) == naive_round(weight * rate), params

    def test_interval(self):
        cuts = [Fraction(cut) for cut in (60, 80, 90, 100)]
        bands = [(None, 60, 0), (60, 80, 60), (80, 90, 80), (90, 100, 90), (100, None, 100)]
        written = [{"min": low, "max": high, "pct": pct} for low, high, pct in bands]
        for _random, direction, actual, target, weight in self.drawn(2):
            found = score(
                parse_method("interval", {"basis": "rate_pct", "direction": direction, "bands": written}),
                actual, target, weight,
            )  # fmt: skip
            if target == 0:
                assert found.status == Status.INVALID_CONFIG
                continue
            percent = 100 * naive_rate(direction, actual, target)
            reached = [pct for (_, _, pct), cut in zip(bands[1:], cuts, strict=True) if percent >= cut]
            assert found.points == naive_round(weight * max(reached, default=0) / 100)

    def test_linear(self):
        for random, direction, actual, target, weight in self.drawn(3):
            sign = 1 if direction == "higher" else -1
            floor, stretch = (target + sign * way * random.randint(1, 60) for way in (-1, 1))
            if sign * actual < sign * floor:
                percent = Fraction(0)
            elif sign * actual <= sign * target:
                percent = 60 + 40 * abs(actual - floor) / abs(target - floor)
            elif sign * actual <= sign * stretch:
                percent = 100 + 20 * abs(actual - target) / abs(stretch - target)
            else:
                percent = Fraction(120)
            params = {"direction": direction, "floor": floor, "stretch": stretch, "floor_pct": 60, "stretch_pct": 120}
            assert earned(parse_method("linear", params), actual, target, weight) == naive_round(weight * percent / 100)


LINES = st.lists(st.tuples(st.integers(1, 14), st.decimals(0, 50, places=2), st.booleans()), min_size=1, max_size=7)


class TestScorecard:
    def lines(self, drawn):
        """Lines whose weights are a hundred: the last one takes what is left."""
        weights = [weight for weight, _points, _is_out in drawn]
        rows = [*drawn, (100 - sum(weights), Decimal("1.00"), False)]
        return [
            Line(str(place), weight, None if is_out else points, Status.EXCLUDED if is_out else Status.SCORED)
            for place, (weight, points, is_out) in enumerate(rows)
        ]

    @given(LINES, st.decimals("0.90", "1.10", places=2), st.decimals(0, 9, places=1), st.decimals(0, 9, places=1))
    def test_total_follows_from_the_published_lines(self, drawn, coefficient, bonus, deduction):
        lines = self.lines(drawn)
        terms = Terms(coefficient, Extra([bonus], 5), Extra([deduction]), max_total=120, min_coverage=0)
        card = assemble(lines, terms)
        kept = [line for line in lines if line.points is not None]
        base = naive_round(Fraction(sum(line.points for line in kept)) * 100 / sum(line.weight for line in kept))
        after = naive_round(Fraction(base) * Fraction(coefficient))
        assert card.total == min(Decimal(120), max(Decimal(0), after + min(Decimal(5), bonus) - deduction))

    @given(LINES, st.randoms(use_true_random=False))
    def test_order_of_the_lines_does_not_matter(self, drawn, random):
        lines = self.lines(drawn)
        mixed = list(lines)
        random.shuffle(mixed)
        assert assemble(lines, Terms(min_coverage=0)) == assemble(mixed, Terms(min_coverage=0))


class TestPool:
    @given(st.decimals(0, 100_000, places=2), st.dictionaries(st.integers(1, 99), st.integers(0, 5000), min_size=1))
    def test_shares_sum_to_the_pool(self, pool, bases):
        shares = pool_share(pool, {key: Member(base, Decimal("1.1")) for key, base in bases.items()})
        assert sum(shares.values()) == (pool if any(bases.values()) else 0)
        assert all(share >= 0 for share in shares.values())
