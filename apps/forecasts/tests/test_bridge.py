"""What moved a total: the shares sum to the change to the last digit."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from apps.forecasts.rules.bridge import Rated, mean_bridge, rate_bridge, sum_bridge

AMOUNTS = st.decimals(min_value=-(10**6), max_value=10**6, places=4)
PARTS = st.dictionaries(st.integers(1, 12), AMOUNTS)


def whole(bridge):
    return bridge.start + sum(step.amount for step in bridge.steps) + bridge.others + bridge.rest


class TestSumBridge:
    def test_names_the_largest_step_first_whichever_way_it_goes(self):
        then = {"north": Decimal(50), "south": Decimal(60), "west": Decimal(10)}
        now = {"north": Decimal(40), "south": Decimal(64), "west": Decimal(11)}
        bridge = sum_bridge(Decimal(120), Decimal(115), then=then, now=now)
        assert [(step.key, step.amount) for step in bridge.steps] == [("north", -10), ("south", 4), ("west", 1)]
        assert bridge.change == -5
        assert bridge.rest == 0
        assert [step.key for step in bridge.for_it] == ["north"]
        assert [step.key for step in bridge.against_it] == ["south", "west"]

    def test_marks_what_came_and_what_went(self):
        bridge = sum_bridge(Decimal(10), Decimal(7), then={"old": Decimal(10)}, now={"new": Decimal(7)})
        assert {(step.key, step.amount, step.is_new, step.is_gone) for step in bridge.steps} == {
            ("old", -10, False, True),
            ("new", 7, True, False),
        }

    def test_puts_the_own_figure_of_the_whole_into_the_rest(self):
        bridge = sum_bridge(Decimal(10), Decimal(15), then={"a": Decimal(4)}, now={"a": Decimal(5)})
        assert bridge.rest == 4

    def test_sums_small_steps_up(self):
        then = dict.fromkeys(range(10), Decimal(1))
        now = {key: Decimal(1 + key) for key in range(10)}
        bridge = sum_bridge(Decimal(10), Decimal(55), then=then, now=now, most=3)
        assert [step.key for step in bridge.steps] == [9, 8, 7]
        assert (bridge.others, bridge.others_count) == (21, 6)

    @given(AMOUNTS, AMOUNTS, PARTS, PARTS, st.integers(0, 5))
    def test_always_sums_to_the_end(self, start, end, then, now, most):
        assert whole(sum_bridge(start, end, then=then, now=now, most=most)) == end


class TestMeanBridge:
    def test_gives_each_its_share_of_the_movement(self):
        then = {"a": Decimal(80), "b": Decimal(90)}
        now = {"a": Decimal(84), "b": Decimal(89)}
        bridge = mean_bridge(Decimal(85), Decimal("86.5"), then=then, now=now)
        assert [(step.key, step.amount) for step in bridge.steps] == [("a", Decimal("2.00")), ("b", Decimal("-0.50"))]
        assert bridge.rest == 0

    def test_leaves_those_who_came_to_the_rest(self):
        bridge = mean_bridge(
            Decimal(80), Decimal(90), then={"a": Decimal(80)}, now={"a": Decimal(80), "b": Decimal(100)}
        )
        assert bridge.steps == ()
        assert bridge.rest == 10

    @given(AMOUNTS, AMOUNTS, PARTS, PARTS)
    def test_always_sums_to_the_end(self, start, end, then, now):
        assert whole(mean_bridge(start, end, then=then, now=now)) == end


def rated(*pairs):
    """Departments 1, 2, … with their (rate, weight), and the whole of them, as stored: rounded to ten places."""
    known = {key: Rated(Decimal(str(rate)), Decimal(str(weight))) for key, (rate, weight) in enumerate(pairs, start=1)}
    weight = sum(part.weight for part in known.values())
    return known, Rated(round(sum(part.rate * part.weight for part in known.values()) / weight, 10), weight)


RATES = st.tuples(st.decimals(-1000, 1000, places=4), st.decimals("0.01", 10**6, places=2))
COMPANIES = st.lists(RATES, min_size=1, max_size=12)


class TestRateBridge:
    def test_tells_rates_and_weights_apart(self):
        """By hand: 90 % and 60 % of 100 each; then 80 % of 150 and 60 % of 50. 75 → 75: −6.25 by rate, +6.25 by weight."""
        then, start = rated((90, 100), (60, 100))
        now, end = rated((80, 150), (60, 50))
        bridge = rate_bridge(start, end, then=then, now=now)
        found = {step.key: (step.rate, step.mix, step.amount) for step in bridge.steps}
        assert found == {
            1: (Decimal("-6.25"), Decimal("2.5"), Decimal("-3.75")),
            2: (Decimal(0), Decimal("3.75"), Decimal("3.75")),
        }, "less weight of the worse one lifts the whole as well"
        assert (bridge.rates, bridge.mixes, bridge.rest) == (Decimal("-6.25"), Decimal("6.25"), 0)

    def test_has_no_mix_where_nobody_weighs_otherwise(self):
        then, start = rated((90, 100), (60, 300))
        now, end = rated((94, 50), (60, 150))
        (step,) = rate_bridge(start, end, then=then, now=now).steps
        assert (step.key, step.rate, step.mix) == (1, 1, 0)

    def test_gives_those_who_came_or_went_a_mix_only(self):
        then, start = rated((90, 100))
        now = {2: Rated(Decimal(70), Decimal(50))}
        bridge = rate_bridge(start, Rated(Decimal(70), Decimal(50)), then=then, now=now)
        assert {(step.key, step.rate, step.mix, step.is_new) for step in bridge.steps} == {
            (1, 0, -10, False),
            (2, 0, -10, True),
        }

    def test_leaves_to_the_rest_what_stands_at_the_whole_itself(self):
        then, now = rated((90, 100))[0], rated((80, 100))[0]
        whole = [Rated(Decimal(rate), Decimal(200)) for rate in (70, 60)]
        bridge = rate_bridge(*whole, then=then, now=now)
        assert (bridge.rates, bridge.rest) == (-5, -5)

    @given(COMPANIES, COMPANIES, st.integers(0, 5))
    def test_always_sums_to_the_end_without_a_rest_of_rounding(self, before, after, most):
        (then, start), (now, end) = rated(*before), rated(*after)
        bridge = rate_bridge(start, end, then=then, now=now, most=most)
        assert whole(bridge) == end.rate
        assert bridge.rest == 0
        assert bridge.rates + bridge.mixes == end.rate - start.rate
        assert all(step.rate + step.mix == step.amount for step in bridge.steps)

    @given(COMPANIES, st.decimals(1, 9, places=2))
    def test_a_company_that_only_grew_moved_nothing(self, parts, factor):
        then, start = rated(*parts)
        now = {key: Rated(part.rate, part.weight * factor) for key, part in then.items()}
        bridge = rate_bridge(start, Rated(start.rate, start.weight * factor), then=then, now=now)
        assert not bridge.steps and not bridge.rest
