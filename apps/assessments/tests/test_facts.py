"""Where facts come from: one list of providers, of which the first that knows is believed."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.assessments import services
from apps.assessments.choices import Method
from apps.assessments.models import Entry, Indicator, Score, ScoreLine
from apps.assessments.selectors import facts
from apps.assessments.selectors.receipts import receipt_of
from apps.assessments.services.gathering import gather
from apps.assessments.tests.factories import NOW
from apps.core.month import Month

MAY = Month(2026, 5)
DONE = {"items": [{"code": "Review", "weight": "1", "due": "2026-05-12", "done": "2026-05-11"}]}
LATE = {"items": [{"code": "Review", "weight": "1", "due": "2026-05-12", "done": "2026-05-14"}]}


class TestProviders:
    def test_kpis_come_first_and_people_enter_what_no_app_knows(self):
        assert facts.PROVIDERS[0] is facts.KPI_VALUES
        assert [one.code for one in facts.PROVIDERS] == ["kpis", "entries", "ratings", "parts"]

    @pytest.mark.parametrize("method", ["deduction", "milestone", "descriptive", "composite"])
    def test_what_has_no_kpi_has_one_that_answers(self, method):
        one = Indicator(method=method)
        assert len([found for found in facts.PROVIDERS if found.answers(one)]) == 1

    @pytest.mark.parametrize("method", Method.values)
    def test_what_has_a_kpi_is_answered_by_it_alone(self, method):
        one = Indicator(method=method, kpi_id=1)
        assert [found.code for found in facts.PROVIDERS if found.answers(one)] == ["kpis"]


@pytest.mark.django_db
class TestAnAppOfWork:
    """Plans, once there are any: they know North's milestones, and none of South's."""

    @pytest.fixture
    def plans(self, firm, rules, indicator, monkeypatch):
        one = indicator("PLAN")
        for place in (firm.north, firm.south):
            Entry.objects.create(
                month=MAY.first_day,
                department=place,
                indicator=one,
                version=1,
                content=LATE,
                said_by=firm.coo,
                said_at=NOW,
            )
        asked = []

        def milestones(pairs, month):
            asked.append(list(pairs))
            return {(row.pk, place): {"as_of": "2026-05-31", **DONE} for row, place in pairs if place == firm.north.pk}

        known = facts.Provider("plans", lambda row: row.kpi_id is None and row.method == "milestone", milestones)
        monkeypatch.setattr(facts, "PROVIDERS", (facts.KPI_VALUES, known, facts.ENTRIES, facts.RATINGS, facts.PARTS))
        firm.asked = asked
        return firm

    def points(self, firm):
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        rows = ScoreLine.objects.filter(indicator__code="PLAN")
        return {row.department.code: row.points for row in rows.select_related("department")}

    def test_is_believed_before_what_was_entered(self, plans):
        # Two days late at 10 % a day: 16 of 20. Works has reported nothing.
        assert self.points(plans) == {"NORTH": 20, "SOUTH": 16, "WORKS": 0}

    def test_is_asked_once_for_the_whole_month(self, plans):
        self.points(plans)
        assert [len(pairs) for pairs in plans.asked] == [3]

    def test_costs_no_query_of_the_portals_own(self, plans, monkeypatch):
        with CaptureQueriesContext(connection) as with_plans:
            gather(month=MAY, at=NOW)
        monkeypatch.setattr(facts, "PROVIDERS", (facts.KPI_VALUES, facts.ENTRIES, facts.RATINGS, facts.PARTS))
        with CaptureQueriesContext(connection) as without:
            gather(month=MAY, at=NOW)
        assert len(with_plans) == len(without)

    def test_shows_on_receipts_what_stood_behind_it(self, plans, scope_for, monkeypatch):
        self.points(plans)
        score = Score.objects.select_related("run__scheme").get(department=plans.north)
        entry = Entry.objects.get(department=plans.south)
        shown = replace(facts.PROVIDERS[1], behind=lambda score, lines, scope: {
            line.indicator_id: facts.Backing(told=entry) for line in lines
        })  # fmt: skip
        monkeypatch.setattr(facts, "PROVIDERS", (facts.KPI_VALUES, shown, facts.ENTRIES, facts.RATINGS, facts.PARTS))
        told = {one.line.indicator.code: one.told for one in receipt_of(score, scope_for(plans.hr))}
        assert told["PLAN"] == entry
        assert told["REV"] is None
