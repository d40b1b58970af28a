from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.departments.rules.cycles import members_of_circles
from apps.departments.rules.names import alias_key, code_from, tidy_code
from apps.departments.rules.spans import (
    Span,
    changed_days,
    changed_from,
    closed_from,
    is_in_order,
    joined,
    name_around,
    span_on,
)

START = date(2020, 1, 1)
days = st.integers(0, 400).map(lambda number: START + timedelta(days=number))


@st.composite
def lives(draw):
    edges = sorted(draw(st.sets(st.integers(0, 300), min_size=2, max_size=7)))
    spans, last = [], len(edges) - 2
    for index, (first, until) in enumerate(pairwise(edges)):
        if draw(st.booleans()) or index == last:
            is_open = index == last and draw(st.booleans())
            end = None if is_open else START + timedelta(days=until)
            parent, name = draw(st.sampled_from([None, 1, 2])), draw(st.sampled_from(["A", "B"]))
            spans.append(Span(START + timedelta(days=first), end, parent, name))
    return joined(spans)


class TestChangedFrom:
    @given(lives(), days, st.sampled_from([None, 1, 2, 3]))
    def test_changes_nothing_before_the_day_and_no_other_thing(self, life, on, parent):
        after = changed_from(life, on, parent=parent)
        assert is_in_order(after)
        for number in range(-1, 402):
            day = START + timedelta(days=number)
            was, now = span_on(life, day), span_on(after, day)
            assert (was is None) == (now is None)
            if was and now:
                assert was.name == now.name
                assert now.parent in ({was.parent} if day < on else {was.parent, parent})

    @given(lives(), days)
    def test_holds_on_the_day_itself(self, life, on):
        if span_on(life, on):
            assert span_on(changed_from(life, on, parent=9), on).parent == 9

    @given(lives(), days)
    def test_the_present_value_changes_nothing(self, life, on):
        span = span_on(life, on)
        if span:
            assert changed_from(life, on, parent=span.parent, name=span.name) == life

    def test_stops_where_the_same_thing_changes_next(self):
        life = (Span(START, date(2020, 6, 1), 1, "A"), Span(date(2020, 6, 1), None, 2, "A"))
        assert changed_from(life, date(2020, 3, 1), parent=3) == (
            Span(START, date(2020, 3, 1), 1, "A"),
            Span(date(2020, 3, 1), date(2020, 6, 1), 3, "A"),
            Span(date(2020, 6, 1), None, 2, "A"),
        )


class TestClosedFrom:
    @given(lives(), days)
    def test_leaves_the_days_before_and_nothing_after(self, life, on):
        after = closed_from(life, on)
        assert is_in_order(after)
        for number in range(-1, 402):
            day = START + timedelta(days=number)
            assert span_on(after, day) == (None if day >= on else span_on(after, day))
            assert (span_on(after, day) is None) == (day >= on or span_on(life, day) is None)


@given(lives(), lives())
def test_changed_days_are_where_two_lives_differ(one, other):
    assert changed_days(one, one) == []
    if one != other:
        assert changed_days(one, other)


def test_name_around_prefers_the_past():
    life = (Span(date(2020, 1, 1), date(2021, 1, 1), None, "Old"), Span(date(2022, 1, 1), None, None, "New"))
    assert [name_around(life, date(year, 6, 1)) for year in (2019, 2020, 2021, 2022)] == ["Old", "Old", "Old", "New"]


class TestCircles:
    @given(st.dictionaries(st.integers(0, 12), st.one_of(st.none(), st.integers(0, 12)), max_size=13))
    def test_are_those_who_meet_themselves(self, parents):
        def meets_itself(start):
            place = parents.get(start)
            for _step in parents:
                if place == start:
                    return True
                place = parents.get(place)
            return False

        assert members_of_circles(parents) == {key for key in parents if meets_itself(key)}


class TestNames:
    def test_compare_without_case_width_and_spaces(self):
        assert alias_key("  R&D   Lab ") == alias_key("ｒ&d lab")
        assert tidy_code(" fin ") == "FIN"

    def test_make_free_codes(self):
        assert code_from("Department of the Interior", set()) == "DI"
        assert code_from("Finance", set()) == "FINA"
        assert code_from("Finance", {"FINA", "FINA-2"}) == "FINA-3"
        assert code_from("…", set()) == "D"
