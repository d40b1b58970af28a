"""Quarters and years on cumulative values: kept apart from the mean of months."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import make_key
from apps.assessments.rules.cumulative import CumulativeLine, Sums, cumulative_score, mean_line, summed_line
from apps.assessments.rules.scoring import parse_method
from apps.assessments.selectors.cumulative import cumulative_scores
from apps.assessments.selectors.periods import period_scores
from apps.assessments.selectors.stretches import stretch_line
from apps.assessments.tests.factories import published
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.kpis.tests.factories import entry, record

APRIL, MAY = Month(2026, 4), Month(2026, 5)
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
EVERYTHING = Scope(
    user_id=1, reach=Reach.COMPANY, capabilities=frozenset({"assessments.view", "assessments.view_drafts"})
)


class TestRules:
    def test_the_sum_is_judged_not_the_capped_months(self):
        method = parse_method("ratio", {"cap": "1.2"})
        assert summed_line(method, Sums(210, 200, None, 0), Decimal(20)).points == Decimal("21.00")

    def test_a_month_without_a_value_leaves_the_sum_unknown(self):
        method = parse_method("ratio", {"missing": {"policy": "exclude"}})
        assert summed_line(method, Sums(None, 200, 15, 20), Decimal(20)).points is None

    def test_others_take_the_mean_share_of_the_weight(self):
        # 30 of 30 and 10 of 20: 40 of 50, of 25 now.
        assert mean_line(Sums(None, None, 40, 50), Decimal(25)).points == Decimal("20.00")
        assert mean_line(Sums(None, None, None, 0), Decimal(25)).points is None

    def test_what_nothing_is_known_of_leaves_the_hundred(self):
        lines = [CumulativeLine(Decimal(70), Decimal(63), True), CumulativeLine(Decimal(30), None, False)]
        assert cumulative_score(lines) == Decimal("90.00")
        assert cumulative_score([]) is None


@pytest.fixture
def quarter(firm, scheme):
    """April and May are published. North: revenue 130 (capped at 1.2), then 95 of 100; complaints 3 both times."""
    record(
        [entry(firm.revenue, firm.north, "2026-04", 130), entry(firm.complaints, firm.north, "2026-04", 3)], by=firm.coo
    )
    for month in (APRIL, MAY):
        published(month, by=firm.hr, deciders=[firm.coo, firm.gm], now=NOW)
    return firm


@pytest.mark.django_db
class TestCumulativeScores:
    def test_revenue_is_judged_by_its_sum_and_bands_by_their_mean(self, quarter):
        found = {one.code: one for one in cumulative_scores(EVERYTHING, stretch_line(EVERYTHING, "quarter", APRIL))}
        north = found["NORTH"]
        # 70 x 225 / 200 = 78.75, and 30 x 80 %; the months: (84.00 + 66.50) / 2 and 24.00.
        assert (north.score, north.months_mean) == (Decimal("102.75"), Decimal("99.25"))
        assert (north.difference, north.summed_count, north.line_count) == (Decimal("3.50"), 1, 2)

    def test_a_month_not_reported_counts_as_its_rule_says(self, quarter):
        found = {one.code: one for one in cumulative_scores(EVERYTHING, stretch_line(EVERYTHING, "quarter", APRIL))}
        # South reported no revenue in April: the sum is not known, which the rules score 0; complaints 0 and 100 %.
        assert found["SOUTH"].score == Decimal("15.00")

    def test_the_mean_of_months_is_what_it_was(self, quarter):
        line = stretch_line(EVERYTHING, "quarter", APRIL)
        assert {one.code: one.score for one in period_scores(EVERYTHING, line)}["NORTH"] == Decimal("99.25")

    def test_takes_the_same_queries_for_all(self, quarter, django_assert_max_num_queries):
        line = stretch_line(EVERYTHING, "year", Month(2026, 1))
        with django_assert_max_num_queries(6):
            assert len(cumulative_scores(EVERYTHING, line)) == 3


@pytest.mark.django_db
class TestDoors:
    def page(self, client, **query):
        return client.get(reverse("assessments:cumulative", args=["quarter", APRIL]), query)

    def test_stand_beside_the_mean_as_a_page_of_their_own(self, quarter, as_):
        body = as_(quarter.hr).get(reverse("assessments:period", args=["quarter", APRIL])).content.decode()
        assert reverse("assessments:cumulative", args=["quarter", APRIL]) in body
        body = self.page(as_(quarter.hr)).content.decode()
        for word in ("102.75", "99.25", "1 of 2", "For comparison only"):
            assert word in body

    def test_are_sorted_searched_and_exported(self, quarter, as_):
        client = as_(quarter.hr)
        assert "South" not in self.page(client, q="nor").content.decode()
        file = self.page(client, export="csv", sort="-score")
        lines = b"".join(file.streaming_content).decode().splitlines()
        assert [line.partition(",")[0] for line in lines[1:]] == ["North", "South", "Works"]

    def test_are_read_as_far_as_people_may(self, quarter, as_):
        body = self.page(as_(quarter.mia)).content.decode()
        assert "North" in body and "Works" not in body

    def test_other_systems_read_them_too(self, quarter, client):
        _key, key = make_key(quarter.mia, ["assessments.view"])
        answer = client.get(
            "/api/v1/cumulative-scores/",
            {"kind": "quarter", "first_month": "2026-04"},
            headers={"Authorization": f"Bearer {key}"},
        ).json()
        north = next(one for one in answer["scores"] if one["department"]["code"] == "NORTH")
        assert (north["score"], north["months_mean"], north["difference"]) == ("102.75", "99.25", "3.50")
        assert {one["department"]["code"] for one in answer["scores"]} == {"NORTH", "SOUTH"}
