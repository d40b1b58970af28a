"""What moved a total: the shares sum to the change to the last digit."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from apps.forecasts.rules.bridge import mean_bridge, sum_bridge

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
