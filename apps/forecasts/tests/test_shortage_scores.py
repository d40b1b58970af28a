"""What a shortage of people does to scores: each line's own published rule, what cannot be told with its weight."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments.rules.effects import LineRule
from apps.assessments.rules.scoring import parse_method
from apps.assessments.selectors.lines_ahead import lines_ahead
from apps.assessments.tests.factories import approved, draft, terms
from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.rules.sentences import score_sentence
from apps.forecasts.selectors.people import short_of_people
from apps.forecasts.selectors.shortage_scores import score_effects
from apps.forecasts.services.wording import written
from apps.forecasts.tests.factories import issue_of, series_of
from apps.forecasts.tests.reporting import JUNE
from apps.forecasts.tests.test_pages import NOW, text_of
from apps.kpis.tests.factories import aim, make_kpi
from apps.staff.selectors import scope_of

SEPTEMBER = Month(2026, 9)


class TestLineRule:
    RATIO = parse_method("ratio", {"direction": "higher", "cap": "1.2"})

    def test_is_the_published_rule_asked_twice(self):
        rule = LineRule(self.RATIO, Fraction(100), Decimal(20))
        assert rule.points_moved(Decimal(100), Decimal(90)) == Decimal("-2.00")
        assert rule.points_moved(Decimal(130), Decimal(125)) == 0, "beyond the cap nothing moves"

    def test_counts_difficulty_and_lines_that_are_left_out(self):
        rule = LineRule(self.RATIO, Fraction(100), Decimal(20), coefficient=Decimal("1.05"), kept_weight=Decimal(80))
        assert rule.points_moved(Decimal(100), Decimal(90)) == Decimal("-2.63")

    def test_steps_move_at_their_edges_alone(self):
        bands = [{"min": None, "max": "80", "pct": "0"}, {"min": "80", "max": None, "pct": "100"}]
        rule = LineRule(parse_method("interval", {"direction": "higher", "bands": bands}), None, Decimal(20))
        assert rule.points_moved(Decimal(90), Decimal(85)) == 0
        assert rule.points_moved(Decimal(90), Decimal(79)) == Decimal("-20.00")

    def test_says_nothing_where_the_rule_gives_no_points(self):
        assert LineRule(self.RATIO, None, Decimal(20)).points_moved(Decimal(100), Decimal(90)) is None
        wrong = LineRule(parse_method("ratio", {"direction": "up"}), Fraction(100), Decimal(20))
        assert wrong.points_moved(Decimal(100), Decimal(90)) is None


class TestWords:
    def test_name_the_lines_and_the_weight_of_the_others(self):
        parts = [("Sold", Decimal("-3.00")), ("Made", Decimal("-0.44"))]
        assert written(score_sentence("North", SEPTEMBER, parts, told=Decimal("40.00"), untold=Decimal(60))) == (
            "For the score of North that comes to about −3.4 points in September 2026, by lines that weigh 40: Sold −3.0, "
            "Made −0.4. What it does to the other lines, which weigh 60, cannot be told."
        )
        assert written(score_sentence("North", SEPTEMBER, parts, told=Decimal(100), untold=Decimal(0))).endswith(
            "−0.4."
        )

    def test_say_that_it_cannot_be_told(self):
        told = written(score_sentence("North", SEPTEMBER, [], told=Decimal(0), untold=Decimal(100)))
        assert told.startswith("What that does to the score of North in September 2026 cannot be told: none of its lines, "
                               "which weigh 100,")  # fmt: skip


@pytest.mark.django_db
class TestScoreEffects:
    @pytest.fixture
    def short(self, firm):
        """North has 50 people, 45 of 50 planned are expected in September. Its score: Sold weighs 30 against 100 t, a rate
        that does not follow the number of people 70; its year is a little harder than others'."""
        hr = UserFactory(name="Hana", roles=["hr"])
        aim(firm.sold, 100)
        rate = make_kpi(firm.north, code="RATE", name="Rate", over_departments="mean")
        aim(rate, 90)
        scheme = draft(
            by=hr, departments={firm.north: Decimal("1.1")},
            lines=[terms(firm.sold, 30, direction="higher", cap="1.2"), terms(rate, 70, direction="higher", cap="1.2")],
        )  # fmt: skip
        approved(scheme, by=hr, deciders=[firm.coo])
        issue = issue_of("2026-06")
        heads = {
            "target": [50.0] * 18,
            "warning": "below_plan",
            "warned_month": date(2026, 9, 1),
            "warned_chance": 0.83,
        }
        series_of(issue, firm.north, kind="headcount", level=45.0, actual=50.0, **heads)
        series_of(issue, firm.works, kind="headcount", level=9.0, actual=10.0, **heads)
        told = {"target": [100.0] * 18, "year_target": 100.0, "year_mean": 100.0, "chance_year": 0.8}
        series_of(issue, firm.north, firm.sold, **told)
        series_of(issue, firm.north, rate, **told)
        firm.issue, firm.rate = issue, rate
        return firm

    def effects(self, firm, user=None):
        scope = scope_of(user or firm.coo, NOW.date())
        return score_effects(scope, firm.issue, short_of_people(scope, firm.issue, limit=8))

    def test_puts_the_figure_per_head_through_the_line(self, short):
        effects = self.effects(short)
        assert set(effects) == {short.north.pk}, "Works is not assessed"
        found = effects[short.north.pk]
        # 30 x 10 % x 1.1
        assert (found.points, found.told_weight, found.untold_weight) == (Decimal("-3.30"), 30, 70)
        assert (found.of_kpi(short.sold.pk), found.of_kpi(short.rate.pk), found.month) == (
            Decimal("-3.30"), None, SEPTEMBER,
        )  # fmt: skip

    def test_says_nothing_where_nobody_goes(self, short):
        rows = list(short.issue.series.filter(kind="headcount", department=short.north))
        rows[0].actual = 45.0
        assert score_effects(scope_of(short.coo, NOW.date()), short.issue, rows) == {}

    def test_is_for_those_who_may_see_the_scores_of_the_department(self, short):
        assert set(lines_ahead(scope_of(short.coo, NOW.date()), {short.north.pk: SEPTEMBER})) == {short.north.pk}
        assert lines_ahead(scope_of(short.mia, NOW.date()), {short.works.pk: SEPTEMBER}) == {}
        assert lines_ahead(scope_of(short.coo, NOW.date()), {short.north.pk: Month(2020, 1)}) == {}

    def test_stands_on_the_page_and_in_the_report(self, short, as_):
        body = text_of(as_(short.coo).get(reverse("forecasts:staff")))
        words = (
            "For the score of North that comes to about −3.3 points in September 2026, by lines that weigh 30: Sold −3.3. "
            "What it does to the other lines, which weigh 70, cannot be told."
        )
        assert f"If the figure per head stays: {words}" in body
        assert "90 t instead of 100 t in Sep 2026, chance 9 % · score about −3.3 points" in body
        report = services.assemble_report(month=JUNE, by=short.coo, now=NOW).report
        said = [one["text"].replace("\xa0", " ") for one in report.content["sections"]["outlook"]["sentences"]]
        assert words in said

    def test_stands_in_the_api(self, short, as_):
        rows = {one["department"]["id"]: one for one in as_(short.coo).get("/api/v1/staff-outlook/").json()["results"]}

        assert rows[short.works.pk]["score_effect"] is None, "Works is not assessed"
        assert rows[short.north.pk]["score_effect"] == {
            "month": "2026-09", "points": "-3.30", "told_weight": "30.00", "untold_weight": "70.00",
            "parts": [{"name": "Sold", "kpi": short.sold.pk, "weight": "30.00", "points": "-3.30"}],
        }  # fmt: skip

    def test_is_null_in_the_api_where_nothing_is_warned_of(self, short, as_):
        older = issue_of("2026-05")
        series_of(older, short.north, kind="headcount", level=50.0)

        (found,) = as_(short.coo).get("/api/v1/staff-outlook/", {"month": "2026-05"}).json()["results"]

        assert found["score_effect"] is None
