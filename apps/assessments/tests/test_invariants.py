"""The invariants of DOMAIN.md section 11 on scores, by their numbers, as far as pure rules hold them: 1 to 5, 8 and 9.

Those that need the database stand in test_invariants_kept.py. Worked examples of the same formulas: test_methods.py.
"""

import os
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.assessments.rules.configuration import Edges, Proposed, band_errors, scheme_errors
from apps.assessments.rules.grades import GradeBand
from apps.assessments.rules.results import Status
from apps.assessments.rules.scorecard import Extra, Line, Outcome, Terms, Veto, assemble
from apps.assessments.rules.scoring import METHODS, missing_result, parse_method, score
from apps.core.rounding import round_half_up

VALUES = st.decimals(-1000, 1000, places=2)
WEIGHTS = st.decimals("0.01", 100, places=2)
WAYS = st.sampled_from(["higher", "lower"])
GRADES = [GradeBand(name, Decimal(least)) for name, least in (("A", 90), ("B", 80), ("C", 70), ("D", 60), ("E", 0))]
RANDOM_INPUTS = int(os.environ.get("PORTAL_TEST_CASES", "4000"))
"""So many the reference was checked on."""


def earned(method, actual, target, weight):
    found = score(method, actual, target, weight)
    assert found.status == Status.SCORED, found.problem
    return found.points


def lines_of(parts):
    """Lines of (weight, share of it earned), whose weights are a hundred: the last one takes what is left."""
    left = 100 - sum(weight for weight, _share in parts)
    return [
        Line(str(place), weight, (weight * share).quantize(Decimal("0.01")), Status.SCORED)
        for place, (weight, share) in enumerate([*parts, (left, Decimal(1))])
    ]


PARTS = st.lists(st.tuples(st.decimals("0.5", 14, places=1), st.decimals(0, "1.2", places=2)), min_size=1, max_size=7)


class TestInvariant1WeightsAreExactlyAHundred:
    """1. Approved scheme: weights per department sum to exactly 100."""

    @given(st.lists(WEIGHTS, min_size=1, max_size=8), st.sampled_from(["0", "0.01", "-0.01", "1E-9", "-7"]))
    def test_anything_else_is_refused_by_name(self, weights, slip):
        shares = [Fraction(weight) * 100 / sum(Fraction(one) for one in weights) for weight in weights]
        shares[0] += Fraction(slip)
        errors = scheme_errors([Proposed(str(place), share) for place, share in enumerate(shares)])
        assert ("weights_sum" in errors) == (Fraction(slip) != 0)
        assert ("weight_not_positive" in errors) == any(share <= 0 for share in shares)

    @given(PARTS, st.sampled_from(["0.01", "-0.01", "1E-9"]))
    def test_no_score_is_assembled_from_other_weights(self, parts, slip):
        lines = lines_of(parts)
        assert assemble(lines, Terms()).outcome == Outcome.OK
        lines[0] = replace(lines[0], weight=Fraction(lines[0].weight) + Fraction(slip))
        assert assemble(lines, Terms()).outcome == Outcome.INVALID_CONFIG


class TestInvariant2BandsTileTheNumberLine:
    """2. Interval bands tile the number line."""

    CUTS = st.lists(VALUES, min_size=1, max_size=6, unique=True).map(sorted)

    def bands(self, cuts):
        marks = [None, *cuts, None]
        return [Edges(low, high) for low, high in pairwise(marks)]

    @given(CUTS, st.randoms(use_true_random=False))
    def test_bands_from_cut_to_cut_are_taken_in_any_order(self, cuts, random):
        bands = self.bands(cuts)
        random.shuffle(bands)
        assert band_errors(bands) == set()

    @given(CUTS, st.data())
    def test_a_gap_an_overlap_and_an_open_end_are_named(self, cuts, data):
        bands = self.bands(cuts)
        place = data.draw(st.integers(0, len(cuts) - 1))
        gap = [*bands[:place], replace(bands[place], most=cuts[place] - Decimal("0.001")), *bands[place + 1 :]]
        lap = [*bands[:place], replace(bands[place], most=cuts[place] + Decimal("0.001")), *bands[place + 1 :]]
        assert band_errors(gap) == {"band_gap"}
        assert band_errors(lap) == {"band_overlap"}
        assert band_errors(bands[1:]) == band_errors(bands[:-1]) == {"band_not_covering"}

    @given(CUTS, VALUES, st.sampled_from(["[)", "(]"]))
    def test_every_value_lies_in_exactly_one(self, cuts, value, bounds):
        bands = [{"min": one.least, "max": one.most, "pct": "50"} for one in self.bands(cuts)]
        for actual in (value, *cuts):
            assert earned(parse_method("interval", {"bands": bands, "bounds": bounds}), actual, None, 10) == 5


class TestInvariant3BetterNeverEarnsLess:
    """3. Ratio, linear, step are monotone in A (checked on 4,000 random inputs). See also test_properties.py."""

    def drawn(self, seed):
        random = Random(seed)
        for _ in range(RANDOM_INPUTS):
            worse, better = sorted(Decimal(random.randint(-30_000, 30_000)).scaleb(-2) for _ in range(2))
            direction = random.choice(["higher", "lower"])
            if direction == "lower":
                worse, better = better, worse
            yield random, direction, worse, better, Decimal(random.randint(1, 20_000)).scaleb(-2)

    def test_ratio(self):
        for random, direction, worse, better, target in self.drawn(31):
            params = {"direction": direction, "floor": random.choice(["0", "0.5"]), "cap": random.choice(["1.2", None])}
            if direction == "lower" and params["cap"]:
                params["lower_formula"] = random.choice(["complement", "inverse"])
            method = parse_method("ratio", params)
            assert earned(method, worse, target, 20) <= earned(method, better, target, 20), params

    def test_linear(self):
        for random, direction, worse, better, target in self.drawn(32):
            sign = 1 if direction == "higher" else -1
            params = {
                **{"direction": direction, "floor": target - sign * random.randint(1, 90), "floor_pct": "60"},
                **{"stretch": target + sign * random.randint(1, 90), "stretch_pct": random.choice(["100", "120"])},
            }
            method = parse_method("linear", params)
            assert earned(method, worse, target, 20) <= earned(method, better, target, 20), params

    def test_step(self):
        for random, direction, worse, better, target in self.drawn(33):
            side = {"per": random.choice(["0.3", "3"]), "points": "1", "cap": random.choice(["6", None])}
            params = {
                **{"direction": direction, "unit": random.choice(["percent", "absolute"]), "up": side, "down": side},
                **{"partial": random.choice(["floor", "ceil", "linear"]), "loss_half": random.random() < 0.5},
            }
            method = parse_method("step", params)
            goal = target * random.choice([1, -1])
            assert earned(method, worse, goal, 20) <= earned(method, better, goal, 20), params


class TestInvariant4OnTargetEarnsTheWeight:
    """4. Points at A = T equal w for ratio (T not 0), linear, step. See also test_properties.py."""

    @given(WAYS, VALUES.filter(bool), WEIGHTS, st.sampled_from(["1", "1.2", None]))
    def test_ratio(self, direction, target, weight, cap):
        method = parse_method("ratio", {"direction": direction, "cap": cap, "threshold": "1", "floor": "1"})
        assert earned(method, target, target, weight) == weight

    @given(VALUES.filter(lambda value: value > 0), WEIGHTS)
    def test_the_inverse_form_of_ratio(self, target, weight):
        method = parse_method("ratio", {"direction": "lower", "lower_formula": "inverse", "cap": "1.2"})
        assert earned(method, target, target, weight) == weight

    @given(WAYS, VALUES, WEIGHTS, st.booleans())
    def test_linear(self, direction, target, weight, has_stretch):
        sign = 1 if direction == "higher" else -1
        params = {"direction": direction, "floor": target - sign, "floor_pct": "60"}
        if has_stretch:
            params |= {"stretch": target + sign, "stretch_pct": "120"}
        assert earned(parse_method("linear", params), target, target, weight) == weight

    @given(WAYS, VALUES.filter(bool), WEIGHTS, st.sampled_from(["floor", "ceil", "linear"]))
    def test_step(self, direction, target, weight, partial):
        side = {"per": "3", "points": "1", "cap": None}
        params = {"direction": direction, "unit": "percent", "partial": partial, "up": side, "down": side}
        assert earned(parse_method("step", params), target, target, weight) == weight


class TestInvariant5TheTotalFollowsFromPublishedLines:
    """5. Published total = rounded function of published lines; recomputation reproduces it bit for bit."""

    @given(PARTS, st.decimals("0.9", "1.1", places=2), st.decimals(0, 9, places=2), st.decimals(0, 9, places=2))
    def test_it_is_the_same_again_from_what_was_published_of_the_lines(self, parts, coefficient, bonus, deduction):
        lines = lines_of(parts)
        terms = Terms(coefficient, Extra([bonus], 5), Extra([deduction]), max_total=120, grades=GRADES)
        card = assemble(lines, terms)
        as_text = [Line(one.code, Decimal(str(one.weight)), Decimal(str(one.points)), one.status) for one in lines]
        again = assemble(as_text, terms)
        assert (again, repr(again)) == (card, repr(card))
        assert card.points == sum(one.points for one in lines)

    @given(PARTS, st.fractions(0, Fraction(4, 1000)))
    def test_what_was_rounded_away_never_comes_back(self, parts, rest):
        """A line of more places than are published counts as it is published."""
        lines = lines_of(parts)
        finer = [replace(one, points=Fraction(one.points) + rest) for one in lines]
        assert assemble(finer, Terms()).total == assemble(lines, Terms()).total


NUMBERS_JUDGED = {
    "ratio": {},
    "interval": {"bands": [{"max": "0", "pct": "0"}, {"min": "0", "pct": "100"}]},
    "step": {"unit": "absolute", "down": {"per": "1", "points": "1"}},
    "all_or_nothing": {"op": ">="},
    "linear": {"floor": "0"},
    "range": {"outer_lo": "-2", "lo": "0", "hi": "1", "outer_hi": "2"},
    "efficacy": {"standards": ["0", "9"], "coefs": ["0.5", "1"]},
}


class TestInvariant8MissingIsNotZero:
    """8. No score with pending inputs is published; missing is distinguishable from zero everywhere."""

    @pytest.mark.parametrize("name", NUMBERS_JUDGED)
    @pytest.mark.parametrize(
        ("policy", "status"),
        [("pending", "pending"), ("zero", "missing_zero"), ("exclude", "excluded"), ("carry", "carried")],
    )
    def test_a_line_says_that_nothing_was_reported(self, name, policy, status):
        params = {**NUMBERS_JUDGED[name], "missing": {"policy": policy, "previous_rate": "0"}}
        method = parse_method(name, params)
        missing, zero = (score(method, actual, "10", "20") for actual in (None, "0"))
        assert (missing.status, zero.status) == (status, Status.SCORED)
        assert (missing.points is None) == (status in {"pending", "excluded"})
        assert missing_result(method, params, "20").status == status

    @given(WAYS, st.integers(1, 10**5), st.integers(1, 10**5), WEIGHTS)
    def test_a_carried_line_earns_what_it_was_scored_though_its_rate_is_kept_to_14_places(
        self, direction, actual, target, weight
    ):
        params = {"direction": direction, "floor": None, "cap": None, "missing": {"policy": "carry"}}
        method = parse_method("ratio", params)
        scored = score(method, actual, target, weight)
        kept = Fraction(round_half_up(scored.rate, 14))
        assert score(method, None, target, weight, previous_rate=kept).points == scored.points

    def test_every_method_that_judges_one_number_is_tried(self):
        others = {"deduction", "bonus", "descriptive", "milestone", "composite"}
        assert set(NUMBERS_JUDGED) == set(METHODS) - others

    @given(PARTS, st.data())
    def test_one_pending_line_leaves_no_total_at_all(self, parts, data):
        lines = lines_of(parts)
        place = data.draw(st.integers(0, len(lines) - 1))
        lines[place] = replace(lines[place], points=None, status=Status.PENDING)
        card = assemble(lines, Terms(bonus=Extra([5]), grades=GRADES, min_coverage=0))
        assert (card.outcome, card.base, card.total, card.grade) == (Outcome.PENDING, None, None, None)

    @given(PARTS, st.data())
    def test_an_excluded_line_is_another_score_than_a_zero(self, parts, data):
        lines = [replace(one, points=one.weight) for one in lines_of(parts)]
        place = data.draw(st.integers(0, len(lines) - 1))
        out, zero = list(lines), list(lines)
        out[place] = replace(out[place], points=None, status=Status.EXCLUDED)
        zero[place] = replace(zero[place], points=Decimal(0), status=Status.MISSING_ZERO)
        assert assemble(out, Terms(min_coverage=0)).total == 100
        assert assemble(zero, Terms()).total == 100 - lines[place].weight


class TestInvariant9VetoBeatsBonus:
    """9. Veto beats bonus."""

    @given(PARTS, st.decimals(0, 500, places=2), st.decimals("0.9", "1.1", places=2))
    def test_no_bonus_lifts_a_score_above_a_veto(self, parts, bonus, coefficient):
        def found(*vetoes):
            extras = {"bonus": Extra([bonus]), "calibration": 9, "grades": GRADES, "vetoes": vetoes}
            return assemble(lines_of(parts), Terms(coefficient, **extras))

        free = found()
        zero, cap = found(Veto("zero")), found(Veto("cap", Decimal("59.99")))
        graded = found(Veto("grade_cap", grade="C"))
        assert (zero.total, zero.grade) == (0, "E")
        assert cap.total == min(free.total, Decimal("59.99"))
        assert (graded.total, graded.grade) == (free.total, max(free.grade, "C"))

    @given(PARTS, st.permutations([Veto("cap", 70), Veto("zero"), Veto("cap", 50), Veto("grade_cap", grade="D")]))
    def test_the_strictest_has_the_last_word_in_any_order(self, parts, vetoes):
        card = assemble(lines_of(parts), Terms(bonus=Extra([100]), grades=GRADES, vetoes=vetoes))
        assert (card.total, card.grade) == (0, "E")
