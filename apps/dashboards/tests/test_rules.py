"""What the home page concludes: stock walked back, gaps and how long they last, branches."""

from apps.core.month import Month
from apps.dashboards.rules import MonthsAsked, Place, Shift, closings, compared, gaps, months_asked, rolled_up, total

AUG, SEP, OCT, NOV = (Month(2026, number) for number in (8, 9, 10, 11))
NORTH, SOUTH = Place(2, "North", (1,)), Place(3, "South", (1,))
TOP = Place(1, "Company")


def shift(month, kind, out, into, count=1):
    return Shift(month, kind, "", out, into, count)


class TestClosings:
    def test_walk_back_over_joiners_leavers_and_transfers(self):
        shifts = [shift(NOV, "join", None, 2, 3), shift(NOV, "transfer", 2, 3), shift(OCT, "leave", 3, None, 2)]
        found = closings({2: 10, 3: 5}, shifts, [SEP, OCT, NOV])
        assert found[NOV] == {2: 10, 3: 5}
        assert found[OCT] == {2: 8, 3: 4}
        assert found[SEP] == {2: 8, 3: 6}

    def test_company_total_ignores_transfers(self):
        found = closings({2: 10, 3: 5}, [shift(NOV, "transfer", 2, 3, 4)], [OCT, NOV])
        assert total(found[OCT], None) == total(found[NOV], None) == 15
        assert total(found[OCT], frozenset({3})) == 1


class TestGaps:
    def test_names_since_when_without_a_break(self):
        closing = {AUG: {2: 8}, SEP: {2: 10}, OCT: {2: 8}, NOV: {2: 7}}
        planned = {month: {2: 10} for month in closing}
        (gap,) = gaps([NORTH], closing, planned, NOV)
        assert (gap.difference, gap.since, gap.is_serious) == (-3, OCT, True)

    def test_a_change_of_sign_is_a_break(self):
        closing = {SEP: {2: 12}, OCT: {2: 12}, NOV: {2: 8}}
        (gap,) = gaps([NORTH], closing, {month: {2: 10} for month in closing}, NOV)
        assert gap.since == NOV

    def test_a_month_without_plan_ends_the_run(self):
        closing = {SEP: {2: 7}, OCT: {2: 7}, NOV: {2: 7}}
        (gap,) = gaps([NORTH], closing, {SEP: {2: 10}, NOV: {2: 10}}, NOV)
        assert gap.since == NOV

    def test_the_serious_come_first_and_what_is_on_plan_is_left_out(self):
        closing = {NOV: {1: 5, 2: 39, 3: 4}}
        planned = {NOV: {1: 5, 2: 40, 3: 6}}
        found = gaps([TOP, NORTH, SOUTH], closing, planned, NOV)
        assert [(gap.name, gap.is_serious) for gap in found] == [("South", True), ("North", False)]


class TestRolledUp:
    def test_counts_branches_below_the_single_top_with_all_below(self):
        below = Place(4, "Night shift", (1, 2))
        rows = rolled_up([TOP, NORTH, SOUTH, below], {1: 1, 2: 3, 3: 9, 4: 2}, {2: 4, 4: 2, 3: 9})
        assert [(row["name"], row["heads"], row["planned"]) for row in rows] == [("South", 9, 9), ("North", 5, 6)]

    def test_shows_no_plan_for_a_branch_where_part_of_it_is_missing(self):
        below = Place(4, "Night shift", (1, 2))
        rows = rolled_up([TOP, NORTH, below], {2: 3, 4: 2}, {2: 4})
        assert rows[0]["planned"] is None


class TestCompared:
    def test_takes_only_departments_with_a_plan(self):
        assert compared({2: 8, 3: 50}, {2: 10}, None) == (8, 10, 1)
        assert compared({2: 8, 3: 50}, {2: 10, 3: 40}, frozenset({3})) == (50, 40, 1)


NAMES = {"March": 3, "May": 5, "September": 9}


def asked(*numbers, years=(), whole=()):
    return MonthsAsked(frozenset(numbers), frozenset(years), frozenset(whole))


class TestMonthsAsked:
    def test_reads_names_years_and_whole_months(self):
        assert months_asked("MAY", NAMES) == months_asked("may", NAMES) == asked(5)
        assert months_asked("sep 2026", NAMES) == asked(9, years=[2026])
        assert months_asked("2026-05 2026-06", NAMES) == asked(whole=[Month(2026, 5), Month(2026, 6)])

    def test_takes_two_letters_for_no_month(self):
        assert months_asked("ma", NAMES) is None
        assert months_asked("mar", NAMES) == asked(3)

    def test_is_no_search_for_months_where_another_word_stands(self):
        for text in ("may works", "20266", "0000", "2026-13", "0000-01", "x"):
            assert months_asked(text, NAMES) is None

    def test_lets_words_of_the_name_stand_beside_them(self):
        also = ("situation", "report")
        assert months_asked("report May", NAMES, also=also) == asked(5)
        assert months_asked("situation report", NAMES, also=also) == asked()
        assert months_asked("reporter", NAMES, also=also) is None
