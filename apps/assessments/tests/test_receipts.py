"""The receipt: every figure again from what is stored, as sentences with the numbers in them."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import Score, ScoreLine
from apps.assessments.rules.grades import GradeBand
from apps.assessments.rules.nearness import Room, StepUp, rooms, step_up
from apps.assessments.rules.results import Explained
from apps.assessments.selectors.scores import lines_of
from apps.assessments.tests.factories import NOW, approved, published, terms
from apps.assessments.tests.factories import draft as draft_scheme
from apps.assessments.tests.registers import not_applicable
from apps.assessments.views.sentences import absence, said, sentence
from apps.core.month import Month
from apps.kpis.models import KpiValue
from apps.kpis.selectors import versions_behind
from apps.kpis.services import approve_values
from apps.kpis.tests.factories import aim, company_scope, entry, make_kpi, record

MAY = Month(2026, 5)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def may(firm, scheme):
    return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])


def receipt(client, department, **query):
    return client.get(reverse("assessments:score", args=[MAY, department.pk]), query)


@pytest.mark.django_db
class TestRejudged:
    def test_gives_every_stored_line_and_total_again(self, firm, may):
        for score in Score.objects.select_related("run__scheme"):
            again = services.rejudged_score(score, lines_of(score))
            assert again.is_same and not again.different

    def test_a_ratio_is_the_quotient_and_not_its_ten_places(self, firm):
        share = make_kpi(
            firm.company, code="SHR", name="Share", over_departments="ratio", over_time="ratio", scale=Decimal(100),
            reporting=[firm.north],
        )  # fmt: skip
        aim(share, 100)
        record([entry(share, firm.north, "2026-05", numerator=2, denominator=3)], by=firm.coo)
        line = terms(share, 100, method="linear", floor="0")
        approved(draft_scheme(by=firm.hr, departments=[firm.north], lines=[line]), by=firm.hr, deciders=[firm.coo])
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        stored = ScoreLine.objects.select_related("indicator").get()
        found = services.rejudged(stored, is_over=True)
        assert (found.rate, found.points, stored.points) == (Fraction(2, 3), Decimal("66.67"), Decimal("66.67"))

    def test_names_the_line_that_is_not_what_the_rules_give(self, firm, may):
        tampered("UPDATE assessments_scoreline SET points = 70 WHERE department_id = %s AND points = 66.5", firm.north)
        score = Score.objects.select_related("run__scheme").get(department=firm.north)
        again = services.rejudged_score(score, lines_of(score))
        assert not again.is_same and len(again.different) == 1


def tampered(statement, department):
    """Change what is stored behind the portal's back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE assessments_scoreline DISABLE TRIGGER USER")
        cursor.execute(statement, [department.pk])


@pytest.mark.django_db
class TestPage:
    def test_tells_clause_formula_rounding_and_total(self, firm, may, as_):
        body = text_of(receipt(as_(firm.hr), firm.north))
        assert "Rules of assessment, 4, Assessment, version 1 : Share of target reached, weight 70.00" in body
        assert "Reached ÷ target: 95 ÷ 100 = 0.95" in body
        assert "Weight × share: 70 × 0.95 = 66.5 points" in body
        assert "3 lies in the band from 1 to below 4, which earns 80 %" in body
        assert "Weight × percentage: 30 × 80 % = 24 points" in body
        assert "Sum of points 90.50" in body and "Score grade A 90.50" in body

    def test_shows_a_target_with_all_its_places(self, firm, scheme, as_):
        aim(firm.revenue, "95.125", department=firm.north, first=MAY.first_day)
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        body = text_of(receipt(as_(firm.hr), firm.north)).replace("\xa0", " ")
        assert "target 95.125" in body and "95 ÷ 95.125 ≈ 0.998686" in body

    def test_names_who_entered_each_value(self, firm, may, as_):
        assert "North 95 Cora Chief" in text_of(receipt(as_(firm.hr), firm.north))

    def test_says_in_words_what_is_missing(self, firm, may, as_):
        body = text_of(receipt(as_(firm.hr), firm.works))
        assert "Not reported: scored 0" in body and "Missing, scored 0" in body

    def test_says_what_the_next_grade_takes(self, firm, may, as_):
        body = text_of(receipt(as_(firm.hr), firm.works))
        assert re.search(r"points more make it [A-Z]\.", body)
        assert "Revenue (up to 70.00)" in body

    def test_says_why_there_is_no_score(self, firm, as_):
        lines = [
            terms(firm.revenue, 60, missing="exclude"),
            terms(firm.complaints, 40, missing="exclude", direction="lower"),
        ]
        approved(
            draft_scheme(by=firm.hr, departments=firm.assessed, lines=lines), by=firm.hr, deciders=[firm.coo, firm.gm]
        )
        not_applicable(MAY, firm.works, "REV", by=firm.hr, decided_by=firm.gm, now=NOW)
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        body = text_of(receipt(as_(firm.hr), firm.works))
        assert "Not assessed: 40 % of the weight could be assessed, 60 % is needed." in body.replace("\xa0", " ")
        assert "Approved as not applicable: left out; the other indicators share its weight" in body
        assert "The site was closed" in body
        assert "proposed by Hanna HR, confirmed by Gus General: Minutes" in body

    def test_proves_the_same_digits(self, firm, may, as_):
        assert "Proved." in text_of(receipt(as_(firm.hr), firm.north, proof=1))

    def test_says_so_when_a_figure_was_changed(self, firm, may, as_):
        tampered("UPDATE assessments_scoreline SET points = 70 WHERE department_id = %s AND points = 66.5", firm.north)
        body = text_of(receipt(as_(firm.hr), firm.north, proof=1))
        assert "does not stand as it was made" in body and "Differs" in body

    def test_stays_as_it_was_when_values_and_targets_change_but_for_saying_so(self, firm, may, as_):
        before = text_of(receipt(as_(firm.hr), firm.north))
        aim(firm.revenue, 200, department=firm.north, first=MAY.first_day)
        record([entry(firm.revenue, firm.north, "2026-05", 10)], by=firm.coo, now=NOW.replace(hour=12))
        after = text_of(receipt(as_(firm.hr), firm.north))
        words = "Restated since: 10.00. The published score stays as it is until it is corrected. "
        assert words in after and after.replace(words, "") == before

    def test_an_employee_does_not_open_what_is_not_theirs_from_it(self, firm, may, as_):
        body = receipt(as_(firm.nora), firm.north).content.decode()
        assert "/kpis/" not in body and "/schemes/" not in body

    def test_costs_the_same_however_many_lines(self, firm, may, as_, django_assert_max_num_queries):
        client = as_(firm.hr)
        with django_assert_max_num_queries(15):
            receipt(client, firm.north)


@pytest.mark.django_db
class TestVersionsBehind:
    def behind(self, kpi, department, *, scope=None, at=NOW):
        return versions_behind(
            month=MAY, kpis=[kpi.pk], department=department.pk, as_of=at, scope=scope or company_scope("hr")
        )[kpi.pk]

    def test_are_those_of_the_department_and_below(self, firm):
        found = self.behind(firm.revenue, firm.sales)
        assert [row.series.department.name for row in found.values] == ["North", "South"]

    def test_are_those_that_stood_then(self, firm):
        record([entry(firm.revenue, firm.north, "2026-05", 10)], by=firm.coo, now=NOW.replace(hour=12))
        assert [row.value for row in self.behind(firm.revenue, firm.north).values] == [95]
        later = self.behind(firm.revenue, firm.north, at=NOW.replace(hour=13))
        assert [(row.value, row.number) for row in later.values] == [(10, 2)]

    def test_a_waiting_value_did_not_count_until_it_was_approved(self, firm):
        kpi = make_kpi(firm.company, code="WAIT", name="Waits", reporting=[firm.north], needs_approval=True)
        record([entry(kpi, firm.north, "2026-05", 7)], by=firm.mia)
        assert self.behind(kpi, firm.north).count == 0
        approve_values(values=list(KpiValue.objects.filter(series__kpi=kpi)), by=firm.coo, now=NOW.replace(hour=11))
        assert self.behind(kpi, firm.north).count == 0
        assert self.behind(kpi, firm.north, at=NOW.replace(hour=12)).values[0].decided_by == firm.coo

    def test_of_a_formula_are_those_it_reads(self, firm):
        sums = make_kpi(firm.company, code="SUM", name="Both", formula="REV + COM")
        found = self.behind(sums, firm.north)
        assert sorted(row.series.kpi.code for row in found.values) == ["COM", "REV"]


class TestSentences:
    @pytest.mark.parametrize(
        ("code", "numbers", "expected"),
        [
            ("ratio.complement", {"sign": 1, "actual": 1, "target": 3, "rate": Fraction(1, 3)}, "1 ÷ 3 ≈ 0.333333"),
            ("ratio.complement", {"sign": -1, "actual": 5, "target": 4, "rate": Fraction(3, 4)}, "2 − 5 ÷ 4 = 0.75"),
            ("ratio.complement", {"sign": 1, "actual": -5, "target": -10, "rate": Fraction(3, 2)}, "(−5 − −10) ÷ 10 = 1.5"),
            ("ratio.zero_target", {"actual": 0, "rate": 1}, "The target is 0, and 0 meets it"),
            ("rate.at_cap", {"rate": Fraction(6, 5), "held": 1}, "1.2 is above the highest share"),
            ("interval.band", {"value": 3, "min": None, "max": 4, "pct": 80, "bounds": "(]"}, "up to and with 4"),
            ("interval.band", {"value": 9, "min": 4, "max": None, "pct": 0, "bounds": "[)"}, "from 4 on, which earns 0 %"),
            (
                "linear.percent",
                {"actual": 95, "target": 100, "pct": Fraction(175, 2), "floor": 60, "floor_pct": 0, "stretch": None,
                 "stretch_pct": 100},
                "0 + (95 − 60) × (100 − 0) ÷ (100 − 60) = 87.5 %",
            ),
            (
                "linear.percent",
                {"actual": 1, "target": 4, "pct": 120, "floor": 10, "floor_pct": 0, "stretch": 2, "stretch_pct": 120},
                "1 reaches the stretch target 2: 120 %",
            ),
        ],
    )  # fmt: skip
    def test_hold_the_numbers(self, code, numbers, expected):
        assert expected in sentence(Explained(code, numbers))

    def test_an_unknown_step_says_nothing(self):
        assert sentence(Explained("else", {})) == ""

    @pytest.mark.parametrize(
        ("value", "text"), [(Decimal("1234.50"), "1,234.5"), (Fraction(1, 8), "0.125"), (None, "–")]
    )
    def test_numbers_keep_all_their_places(self, value, text):
        assert said(value) == text

    @pytest.mark.parametrize(
        ("presence", "status", "text"),
        [
            ("missing", "missing_zero", "Not reported: scored 0"),
            (
                "no_data",
                "excluded",
                "Reported that there was nothing to measure: left out; the other indicators share its weight",
            ),
            ("missing", "pending", "Not reported: waited for"),
            ("number", "scored", ""),
        ],
    )
    def test_say_what_became_of_nothing(self, presence, status, text):
        assert absence(ScoreLine(presence=presence, status=status)) == text


class TestNearness:
    BANDS = (GradeBand("A", Decimal(90)), GradeBand("B", Decimal(80)))

    @pytest.mark.parametrize(
        ("total", "found"),
        [("89.99", StepUp("A", Decimal("0.01"))), ("90", None), ("10", StepUp("B", Decimal("70.00"))), (None, None)],
    )
    def test_of_the_next_grade(self, total, found):
        assert step_up(None if total is None else Decimal(total), self.BANDS) == found

    def test_a_grade_beyond_the_highest_total_is_none(self):
        assert step_up(Decimal(70), self.BANDS, most=Decimal(75)) is None

    def test_of_each_line_in_points_of_the_total(self):
        lines = [(1, 40, 30), (2, 40, None), (3, 20, 24), (4, 20, 0)]
        assert rooms(lines, kept_weight=Decimal(80), coefficient=Decimal(1)) == [
            Room(4, Decimal("25.00")),
            Room(1, Decimal("12.50")),
        ]
