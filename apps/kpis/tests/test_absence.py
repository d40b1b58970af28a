"""The kinds of nothing: which one a month without a number is."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from apps.core.month import Month
from apps.kpis.choices import Absence
from apps.kpis.rules.absence import Facts, absence, is_expected, is_last_of_period
from apps.kpis.rules.aggregation import Part
from apps.kpis.rules.comparing import Aim, against, noise_of, quarters, reach_of, usual_range
from apps.kpis.rules.season import Usual
from apps.kpis.rules.showing import change, figure
from apps.kpis.selectors.page import Judged, range_of


class TestAbsence:
    @pytest.mark.parametrize(
        ("known", "kind"),
        [
            ({}, "missing"),
            ({"is_past_cut_off": False}, "not_due"),
            ({"is_last_of_period": False}, "not_due"),
            ({"expected_count": 0}, "unexpected"),
            ({"is_in_use": False}, "unexpected"),
            ({"is_in_use": False, "is_open": False}, "unexpected"),
            ({"is_in_use": False, "is_formula": True}, "unexpected"),
            ({"is_open": False}, "closed"),
            ({"is_open": False, "is_before_opening": True}, "unexpected"),
            ({"kind": "suppressed"}, "suppressed"),
            ({"kind": "no_data"}, "no_data"),
            ({"kind": "no_data", "is_formula": True}, "no_result"),
            ({"kind": "no_data", "is_reporter": False, "adds_up": False}, "no_result"),
            ({"kind": "no_data", "is_reporter": False}, "no_data"),
            ({"is_reporter": False, "adds_up": False}, "no_result"),
            ({"is_formula": True, "expected_count": 0}, "no_result"),
            ({"is_formula": True, "expected_count": 0, "is_past_cut_off": False}, "not_due"),
        ],
    )
    def test_follows_what_is_known(self, known, kind):
        assert absence(Facts(**known)) == kind

    def test_gives_only_kinds_that_have_a_word(self):
        given = [
            Facts(kind=kind, expected_count=count, is_open=is_open, is_in_use=is_in_use, is_past_cut_off=is_past)
            for kind in ("", "number", "no_data", "suppressed")
            for count in (0, 1)
            for is_open in (True, False)
            for is_in_use in (True, False)
            for is_past in (True, False)
        ]
        assert {absence(facts) for facts in given} <= set(Absence.values)

    @pytest.mark.parametrize(
        ("month", "frequency", "start", "is_last"),
        [(2, "month", 1, True), (3, "quarter", 1, True), (2, "quarter", 1, False), (12, "year", 1, True),
         (3, "year", 4, True), (12, "year", 4, False), (6, "quarter", 4, True), (1, "quarter", 2, True)],
    )  # fmt: skip
    def test_knows_on_which_month_a_figure_sits(self, month, frequency, start, is_last):
        assert is_last_of_period(date(2026, month, 1), frequency, start) is is_last

    def test_expects_from_the_first_to_the_last_month(self):
        months = [date(2026, number, 1) for number in (1, 2, 3, 4)]
        found = [is_expected(month, date(2026, 2, 1), date(2026, 3, 1)) for month in months]
        assert found == [False, True, True, False]
        assert is_expected(months[3], months[0], None)


class TestFigure:
    @pytest.mark.parametrize(
        ("value", "decimals", "unit", "shown"),
        [("1234.565", 2, "%", "1,234.57\u00a0%"), ("-0.4", 0, "", "0"), ("-12", 1, "h", "\u221212.0\u00a0h"),
         (None, 2, "%", "")],
    )  # fmt: skip
    def test_rounds_half_up_and_groups(self, value, decimals, unit, shown):
        assert figure(None if value is None else Decimal(value), decimals=decimals, unit=unit) == shown

    @pytest.mark.parametrize(("value", "shown"), [("3.24", "+3.2"), ("-0.44", "\u22120.4"), ("0.04", "±0")])
    def test_tells_a_change_with_its_sign(self, value, shown):
        assert change(Decimal(value), unit="") == shown


class TestComparing:
    def test_a_smaller_number_is_better_where_less_is_wanted(self):
        found = against(Aim("lower"), current=Decimal(90), before=Decimal(100), noise_pct=Decimal(0))
        assert (found[0].raw_pct, found[1]) == (Fraction(-10), "improved")

    def test_a_change_within_the_usual_is_none(self):
        assert (
            against(Aim("higher"), current=Decimal(102), before=Decimal(100), noise_pct=Decimal(3))[1]
            == "no_clear_change"
        )

    @pytest.mark.parametrize(("before", "verdict"), [(80, "improved"), (104, "no_clear_change"), (112, "improved")])
    def test_in_a_range_nearer_is_better(self, before, verdict):
        aim = Aim("range", Decimal(95), Decimal(105))
        assert against(aim, current=Decimal(100), before=Decimal(before), noise_pct=Decimal(0))[1] == verdict

    def test_what_is_only_watched_has_no_verdict(self):
        found, verdict = against(Aim("neutral"), current=Decimal(2), before=Decimal(1), noise_pct=Decimal(0))
        assert (found.raw_pct, verdict) == (Fraction(100), "")

    def test_without_a_base_there_is_nothing_to_say(self):
        found, verdict = against(Aim("higher"), current=Decimal(2), before=None, noise_pct=Decimal(0))
        assert (found.raw_pct, verdict) == (None, "no_base")

    @pytest.mark.parametrize(
        ("direction", "before", "verdict"),
        [
            ("higher", 1, "too_few"),
            ("lower", 2, "too_few"),
            ("range", 1, "too_few"),
            ("neutral", 1, ""),
            ("higher", 0, "no_base"),
        ],
    )
    def test_where_nobody_knows_what_is_usual_there_is_no_verdict(self, direction, before, verdict):
        found = against(Aim(direction, Decimal(2)), current=Decimal(2), before=Decimal(before), noise_pct=None)
        assert found[1] == verdict

    def test_a_ratio_over_three_months_is_that_of_the_sums(self):
        months = [(1, 90, 100), (2, 5, 10), (3, 5, 10), (4, 1, 2), (5, 1, 2), (6, 1, 2)]
        parts = {Month(2026, number): Part(None, Decimal(top), Decimal(bottom)) for number, top, bottom in months}
        assert quarters(parts, Month(2026, 6), "ratio", Decimal(100)) == (Fraction(50), Fraction(10000, 120))
        assert quarters(parts, Month(2026, 5), "ratio", Decimal(100))[1] is None

    def test_noise_needs_four_points(self):
        assert noise_of([Decimal(1), Decimal(2), Decimal(1)]) is None
        assert noise_of([Decimal(1), Decimal(2), Decimal(1), Decimal(2)]) == Decimal(100) / Decimal("1.5")
        assert noise_of([Decimal(1)] * 4) == 0
        assert noise_of([Decimal(number % 2 + 1) for number in range(12)]) == Decimal(100) / Decimal("1.5")


class TestUsualRange:
    def test_keeps_its_first_limits(self):
        steady = [Decimal(10 + number % 2) for number in range(12)]
        found = usual_range([*steady, Decimal(20)], floor_zero=False)
        assert found.mean == Fraction(21, 2)
        assert found.outside == (12,)

    def test_needs_four_points(self):
        assert usual_range([Decimal(1)] * 3, floor_zero=False) is None

    @pytest.mark.parametrize(
        ("direction", "target", "reach"),
        [("higher", 99, "never"), ("higher", 1, "always"), ("lower", 99, "always"), ("lower", 1, "never"),
         ("higher", 10, "chance"), ("neutral", 10, ""), ("range", 10, "")],
    )  # fmt: skip
    def test_says_whether_the_target_is_within_reach(self, direction, target, reach):
        limits = usual_range([Decimal(10 + number % 2) for number in range(12)], floor_zero=False)
        assert reach_of(limits, Aim(direction, Decimal(target))) == reach


class TestLeftRange:
    """A range the newest month has fallen out of tells nothing of the target."""

    def limits_and(self, last):
        months = tuple(Month(2025, 1).plus(number) for number in range(13))
        values = [Decimal(10 + number % 2) for number in range(12)] + [Decimal(last)]
        version = SimpleNamespace(
            valid=DateRange(date(2025, 1, 1), None), minimum=None, frequency="month", over_time="mean"
        )
        lines = {month: SimpleNamespace(value=value) for month, value in zip(months, values, strict=True)}
        judged = Judged(version, Aim("higher", Decimal(5)), Decimal(0), Usual())
        return range_of(lines, months[-1], judged)

    def test_says_so_instead_of_promising(self):
        assert self.limits_and(10).reach == "always"
        assert self.limits_and(2).reach == "left"
