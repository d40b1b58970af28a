"""Shares of grades that the rules recommend, and what is told before rules are handed in."""

from datetime import date
from fractions import Fraction

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import Indicator, Scheme
from apps.assessments.rules.distribution import over_quota, recommended
from apps.assessments.selectors.board import GradeCount, too_many
from apps.assessments.services import Limits, WrongScheme
from apps.assessments.services.scheme_words import grade_facts
from apps.assessments.tests.factories import NOW, draft, terms
from apps.kpis.tests.factories import aim, make_kpi

SHARED = (
    {"grade": "A", "min": "90", "quota": "20"},
    {"grade": "B", "min": "80", "quota": "37.5"},
    {"grade": "C", "min": "0"},
)


class TestRecommended:
    def test_takes_what_the_scheme_names(self):
        assert recommended(SHARED) == {"A": 20, "B": Fraction("37.5")}

    def test_a_fifth_for_the_best_where_it_names_none(self):
        assert recommended([{"grade": "S", "min": "90"}, {"grade": "T", "min": "0"}]) == {"S": 20}
        assert recommended([]) == {}

    def test_every_grade_over_its_share_is_told(self):
        found = over_quota({"A": 3, "B": 4, "C": 3}, recommended(SHARED), size=10)
        assert [(one.grade, one.count, one.most, one.pct) for one in found] == [("A", 3, 2, "20"), ("B", 4, 3, "37.5")]
        assert over_quota({"A": 4}, recommended(SHARED), size=4) == ()


@pytest.mark.django_db
class TestScheme:
    def test_keeps_and_says_the_shares(self, firm):
        made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines, limits=Limits(grades=SHARED))
        assert Scheme.objects.get(pk=made.pk).grades == [dict(row) for row in SHARED]
        assert grade_facts(made)[1] == ("Grade B from", "80; recommended for at most 37.5 %")

    @pytest.mark.parametrize("share", ["101", "-1", "x", "1.234"])
    def test_refuses_what_is_no_share(self, firm, share):
        grades = [{"grade": "A", "min": "0", "quota": share}]
        with pytest.raises(WrongScheme, match="recommended share of grade A") as refused:
            draft(by=firm.hr, departments=firm.assessed, lines=[], limits=Limits(grades=grades))
        assert refused.value.field == "grades"

    def test_the_warning_goes_by_it(self, firm, run):
        run.scheme.grades = list(SHARED)
        counts = [GradeCount(grade, count, is_grade=True) for grade, count in zip("ABC", (2, 5, 3), strict=True)]
        assert [(one.grade, one.most) for one in too_many(run, counts)] == [("B", 3)]

    def test_the_editor_takes_it(self, firm, as_):
        made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        address = reverse("assessments:edit_scheme", args=[made.pk])
        assert "Recommended for at most" in as_(firm.hr).get(address).content.decode()
        sent = {"name": "Rules", "first_month": "2026-01", "min_coverage": "60", "min_total": "0", "max_total": "120"}
        rows = {"grades-0-grade": "A", "grades-0-min": "90", "grades-0-quota": "25", "grades-1-grade": "B",
                "grades-1-min": "0"}  # fmt: skip
        assert as_(firm.hr).post(address, {**sent, **rows}).status_code == 302
        assert Scheme.objects.get(pk=made.pk).grades == [
            {"grade": "A", "min": "90", "quota": "25"}, {"grade": "B", "min": "0"},
        ]  # fmt: skip


@pytest.mark.django_db
class TestBeforeHandingIn:
    def test_an_empty_clause_is_a_warning_and_no_more(self, firm, as_):
        made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        assert services.warnings_of(made) == []
        row = Indicator.objects.filter(scheme=made).order_by("position", "pk").first()
        Indicator.objects.filter(pk=row.pk).update(clause="")
        (warning,) = services.warnings_of(made)
        assert (warning.indicator, "cites no clause" in warning.text) == (row.pk, True)
        page = as_(firm.hr).get(reverse("assessments:submit_scheme", args=[made.pk])).content.decode()
        assert "cites no clause" in page
        assert services.submit_scheme(scheme=made, by=firm.hr, now=NOW)

    def test_a_target_that_ends_within_the_year_is_a_warning(self, firm, as_):
        orders = make_kpi(firm.company, code="ORD", name="Orders", reporting=firm.assessed)
        aim(orders, 10, until=date(2026, 11, 1))
        aim(orders, 10, department=firm.south, first=date(2026, 11, 1))
        part = {"code": "ORD", "kpi": orders.pk, "direction": "higher", "weight": "100"}
        both = terms(None, 10, code="BOTH", name="Both", method="composite", children=[part])
        lines = [terms(orders, 60), firm.lines[1], both]
        made = draft(by=firm.hr, departments=firm.assessed, lines=lines)
        ends = "has a target for North, Works at first and none in December 2026: set one from the month on in which it ends"
        found = [one.text for one in services.warnings_of(made)]
        assert found == [f"“{name}” {ends}, without it there is no score." for name in ("Orders", "Both (ORD)")]
        page = as_(firm.hr).get(reverse("assessments:submit_scheme", args=[made.pk])).content.decode()
        assert ends in page
        assert services.submit_scheme(scheme=made, by=firm.hr, now=NOW)
        Scheme.objects.filter(pk=made.pk).update(valid=(date(2026, 1, 1), date(2026, 11, 1)))
        assert services.warnings_of(Scheme.objects.get(pk=made.pk)) == []

    def test_a_new_indicator_starts_without_points_for_what_is_missing(self, firm, as_):
        made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        address = reverse("assessments:add_indicator", args=[made.scorecards.get().pk])
        page = as_(firm.hr).get(address).content.decode()
        assert '<option value="zero" selected' in page
