"""From points to a published score: the worked month of DOMAIN.md section 2, and what must not happen on the way."""

from decimal import Decimal

import pytest

from apps.assessments.rules.configuration import Edges, Proposed, band_errors, scheme_errors
from apps.assessments.rules.grades import GradeBand, grade_of, worse_of
from apps.assessments.rules.results import Status
from apps.assessments.rules.scorecard import Extra, Line, Terms, Veto, assemble
from apps.assessments.rules.scoring import parse_method, score
from apps.assessments.rules.staff import Stay, bonus_pay, combine

GRADES = [GradeBand(name, Decimal(least)) for name, least in (("A", 90), ("B", 80), ("C", 70), ("D", 60), ("E", 0))]


def scored(*points, weight=None):
    """Lines of equal weight, or one of the given weight each, that were scored."""
    heavy = Decimal(100) / len(points) if weight is None else weight
    return [Line(str(place), heavy, Decimal(each), Status.SCORED) for place, each in enumerate(points)]


def number(text):
    return Decimal(text)


class TestWorkedMonth:
    """Sales, March. Every figure is the one of DOMAIN.md section 2."""

    DAYS = {
        "direction": "lower",
        "bands": [
            {"min": None, "max": "30", "pct": "100"},
            {"min": "30", "max": "45", "pct": "80"},
            {"min": "45", "max": "60", "pct": "50"},
            {"min": "60", "max": None, "pct": "0"},
        ],
    }
    MARGIN = {"floor": "18", "floor_pct": "60", "stretch": "25", "stretch_pct": "120"}
    COMPLAINTS = {
        "items": [{"code": "complaint", "points_each": "2", "allowance": "2"}],
        "missing": {"policy": "zero"},
    }
    TERMS = {"coefficient": Decimal("1.02"), "bonus": Extra([Decimal(2)], Decimal(5)), "grades": GRADES}
    LATE = Extra([Decimal("0.5")])

    def milestones(self, second_done):
        items = [
            {"code": "one", "weight": "60", "due": "2026-03-10", "done": "2026-03-10"},
            {"code": "two", "weight": "40", "due": "2026-03-20", "done": second_done},
        ]
        return {"late": "per_day", "per_day_pct": "10", "as_of": "2026-03-31", "items": items}

    def lines(self, *, second_done="2026-03-22", complaints=4, margin="21", margin_policy="pending"):
        counts = None if complaints is None else {"complaint": complaints}
        margin_params = {**self.MARGIN, "missing": {"policy": margin_policy}}
        given = [
            ("revenue", "ratio", {"cap": "1.2"}, 30, "1150000", "1200000"),
            ("margin", "linear", margin_params, 20, margin, "22"),
            ("days", "interval", self.DAYS, 15, "41", None),
            ("complaints", "deduction", self.COMPLAINTS, 15, counts, None),
            ("milestones", "milestone", self.milestones(second_done), 20, None, None),
        ]
        found = []
        for code, method, params, weight, actual, target in given:
            result = score(parse_method(method, params), actual, target, weight)
            found.append(Line(code, weight, result.points, result.status))
        return found

    def test_points(self):
        assert [str(line.points) for line in self.lines()] == ["28.75", "18.00", "12.00", "11.00", "18.40"]

    def test_total(self):
        card = assemble(self.lines(), Terms(**self.TERMS, deductions=self.LATE))
        assert (card.base, card.after_coefficient) == (number("88.15"), number("89.91"))
        assert (str(card.total), card.grade) == ("91.41", "A")

    def test_upheld_appeal(self):
        card = assemble(self.lines(second_done="2026-03-20"), Terms(**self.TERMS, deductions=self.LATE))
        assert (card.base, card.after_coefficient) == (number("89.75"), number("91.55"))
        assert (str(card.total), card.grade) == ("93.05", "A")

    def test_fatal_accident(self):
        terms = Terms(**self.TERMS, deductions=self.LATE, vetoes=[Veto("zero")])
        card = assemble(self.lines(second_done="2026-03-20"), terms)
        assert (str(card.total), card.grade, str(card.before_vetoes)) == ("0.00", "E", "93.05")

    def test_complaints_that_were_not_reported(self):
        line = self.lines(complaints=None)[3]
        assert (str(line.points), line.status) == ("0.00", Status.MISSING_ZERO)

    def test_margin_that_does_not_apply(self):
        card = assemble(self.lines(margin=None, margin_policy="exclude"), Terms(**self.TERMS))
        assert (str(card.base), card.kept_weight) == ("87.69", 80)

    def test_margin_that_is_awaited(self):
        assert assemble(self.lines(margin=None), Terms(**self.TERMS)).outcome == "pending"

    def test_people_and_pay(self):
        stay = [Stay(number("91.41"), 31)]
        head = combine(stay, personal=None, dept_weight=100, personal_weight=0)
        member = combine(stay, personal=86, dept_weight=30, personal_weight=70)
        assert (str(head.score), str(member.score), grade_of(member.score, GRADES)) == ("91.41", "87.62", "B")
        pay = bonus_pay(3000, dept_coef=number("1.2"), personal_coef=number("1.1"), days_worked=31, days_in_period=31)
        assert str(pay) == "3960.00"


class TestAssemble:
    def test_order_of_the_worked_example(self):
        lines = scored("38", "27.50", "20", "8")
        extras = {"coefficient": number("1.05"), "bonus": Extra([3]), "deductions": Extra([2]), "grades": GRADES}
        found = {
            name: assemble(lines, Terms(**extras, vetoes=vetoes))
            for name, vetoes in {
                "none": [],
                "zero": [Veto("zero"), Veto("cap", 50)],
                "cap": [Veto("cap", number("59.99")), Veto("cap", 70)],
                "grade": [Veto("grade_cap", grade="C"), Veto("grade_cap", grade="B")],
            }.items()
        }
        assert {name: (str(card.total), card.grade) for name, card in found.items()} == {
            "none": ("99.18", "A"),
            "zero": ("0.00", "E"),
            "cap": ("59.99", "E"),
            "grade": ("99.18", "C"),
        }

    def test_published_lines_add_up_to_the_total(self):
        weights = [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
        lines = [Line(str(place), each, Decimal("33.33"), Status.SCORED) for place, each in enumerate(weights)]
        assert str(assemble(lines, Terms()).total) == "99.99"

    @pytest.mark.parametrize("weights", [("50", "49.99"), ("50", "50.01"), ("101", "-1"), ()])
    def test_weights_must_be_a_hundred(self, weights):
        lines = [Line("x", Decimal(each), Decimal(1), Status.SCORED) for each in weights]
        assert assemble(lines, Terms()).outcome == "invalid_config"

    def test_what_is_wrong_comes_before_what_is_awaited(self):
        wrong = Line("a", 50, None, Status.INVALID_CONFIG)
        waits = Line("b", 50, None, Status.PENDING)
        assert assemble([wrong, waits], Terms()).outcome == "invalid_config"
        card = assemble([*scored("50", weight=50), waits], Terms(grades=GRADES))
        assert (card.outcome, card.base, card.total, card.grade) == ("pending", None, None, None)

    def test_a_scored_line_without_points_is_wrong(self):
        assert assemble([Line("a", 100, None, Status.SCORED)], Terms()).outcome == "invalid_config"

    def test_coverage(self):
        excluded = Line("out", 40, None, Status.EXCLUDED)
        lines = [*scored("60", weight=60), excluded]
        assert str(assemble(lines, Terms(min_coverage=60)).total) == "100.00"
        assert assemble(lines, Terms(min_coverage=number("60.01"))).outcome == "insufficient_data"
        nothing = [Line("out", 100, None, Status.EXCLUDED)]
        assert assemble(nothing, Terms(min_coverage=0)).outcome == "insufficient_data"

    def test_limits(self):
        assert str(assemble(scored("100"), Terms(coefficient=2, max_total=120)).total) == "120.00"
        assert str(assemble(scored("10"), Terms(deductions=Extra([50]))).total) == "0.00"
        assert str(assemble(scored("10"), Terms(deductions=Extra([50]), min_total=-20)).total) == "-20.00"
        assert str(assemble(scored("10"), Terms(bonus=Extra([5, 5], 6), deductions=Extra([9], 1))).total) == "15.00"

    def test_no_veto_ever_raises(self):
        low = Terms(deductions=Extra([50]), min_total=-50, vetoes=[Veto("cap", 60), Veto("zero")])
        assert str(assemble(scored("10"), low).total) == "-40.00"
        graded = Terms(grades=GRADES, vetoes=[Veto("grade_cap", grade="B")])
        assert assemble(scored("50"), graded).grade == "E"

    @pytest.mark.parametrize("veto", [Veto("cap"), Veto("grade_cap"), Veto("grade_cap", grade="Z")])
    def test_a_veto_must_say_what_it_does(self, veto):
        assert assemble(scored("50"), Terms(grades=GRADES, vetoes=[veto])).outcome == "invalid_config"

    def test_gate(self):
        lines = [*scored("55", weight=50), Line("b", 50, Decimal("49.99"), Status.SCORED)]
        open_card = assemble(lines, Terms(coefficient=number("1.1")))
        shut = assemble(lines, Terms(coefficient=number("1.1"), is_gated=True))
        assert (str(open_card.total), str(shut.total), shut.is_gate_shut) == ("115.49", "99.99", True)
        met = [*scored("55", weight=50), Line("b", 50, Decimal(50), Status.SCORED)]
        assert str(assemble(met, Terms(coefficient=number("1.1"), is_gated=True)).total) == "115.50"


class TestGrades:
    @pytest.mark.parametrize(
        ("total", "grade"), [("89.994", "B"), ("89.995", "A"), ("0", "E"), ("-0.004", "E"), ("-0.01", None)]
    )
    def test_are_given_on_the_rounded_total(self, total, grade):
        assert grade_of(number(total), GRADES) == grade
        assert grade_of(number(total), list(reversed(GRADES))) == grade

    def test_no_total_no_grade(self):
        assert grade_of(None, GRADES) is None
        assert grade_of(number("5"), []) is None
        with pytest.raises(ValueError, match="name one of them"):
            worse_of("A", "Z", GRADES)


class TestScheme:
    def proposed(self, *bands):
        return [Proposed("a", Decimal(100), [Edges(*band) for band in bands])]

    @pytest.mark.parametrize(
        ("bands", "errors"),
        [
            ([(None, 5), (5, None)], set()),
            ([(5, None), (None, 5)], set()),
            ([(None, None)], set()),
            ([(None, 5), (6, None)], {"band_gap"}),
            ([(None, 6), (5, None)], {"band_overlap"}),
            ([(None, 5), (None, 5), (5, None)], {"band_overlap"}),
            ([(0, 5), (5, None)], {"band_not_covering"}),
            ([(None, 5), (5, 9)], {"band_not_covering"}),
            ([(0, 5), (6, 9)], {"band_gap", "band_not_covering"}),
            ([], {"band_not_covering"}),
        ],
    )
    def test_bands_tile_the_number_line(self, bands, errors):
        assert band_errors([Edges(*band) for band in bands]) == errors
        assert scheme_errors(self.proposed(*bands)) == sorted(errors)

    def test_everything_wrong_is_named_at_once(self):
        indicators = [Proposed("a", Decimal("99.99")), Proposed("a", Decimal("-1"))]
        assert scheme_errors(indicators) == ["duplicate_code", "weight_not_positive", "weights_sum"]
        assert scheme_errors([]) == ["weights_sum"]
