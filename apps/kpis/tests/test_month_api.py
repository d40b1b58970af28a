"""Months in the API: those nobody reported say which kind of nothing they are, in the words of the pages."""

from datetime import date

import pytest

from apps.core.clock import now
from apps.core.month import Month
from apps.departments.services import close_department
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.models import Kpi, KpiSeries
from apps.kpis.selectors.months import calendar_on, facts_of, lines_of
from apps.kpis.tests.factories import NOW, entry, make_kpi, record
from apps.kpis.tests.sending import MONTHS, rows

pytestmark = pytest.mark.django_db


class TestMonths:
    def test_months_nobody_reported_say_why(self, served):
        gone = DepartmentFactory(code="GONE", parent=served.north)
        record([entry(served.sold, gone, "2026-03", 1)], by=served.coo)
        close_department(department=gone, on=date(2026, 5, 10), reason="Done", by=None, now=NOW)
        yearly = make_kpi(served.north, code="YEARLY", frequency="year", reporting=[served.north])
        Kpi.objects.filter(pk=yearly.pk).update(retired_from=date(2026, 6, 1))
        KpiSeries.objects.filter(kpi=yearly).update(first_month=date(2026, 1, 1))

        def kinds(kpi, place, **given):
            found = rows(served.chief.get(MONTHS, {"kpi": kpi.pk, "department": place.pk, **given}))
            return [(row["month"], row["absence"], row["expected_count"]) for row in found]

        assert kinds(served.sold, gone) == [
            ("2026-03", "", 1), ("2026-04", "missing", 1), ("2026-05", "closed", 0), ("2026-06", "closed", 0),
        ]  # fmt: skip
        assert kinds(yearly, served.north, since="2026-05", until="2026-06") == [
            ("2026-05", "not_due", 1), ("2026-06", "unexpected", 1),
        ]  # fmt: skip
        assert kinds(served.sold, served.north, since="2026-03", until="2040-01")[-1] == ("2027-06", "not_due", 1)

    def test_kinds_of_nothing_are_those_of_the_pages(self, served):
        record([entry(served.sold, served.south, "2025-11", kind="suppressed")], by=served.coo)
        found = rows(served.chief.get(MONTHS, {"limit": 200}))
        seen = set()
        for row in found:
            pair, month = (row["kpi"]["id"], row["department"]["id"]), Month.parse(row["month"])
            line = lines_of([pair], first=month, last=month).get(pair, {}).get(month)
            facts = facts_of([pair], month)[pair]
            is_past = calendar_on(now(), [month]).is_past_cut_off(month)
            assert row["absence"] == facts.absence(month, line, is_past_cut_off=is_past), row
            told = (facts.expected, facts.reported, facts.is_late, facts.is_restated)
            assert (row["expected_count"], row["reporting_count"], row["is_late"], row["is_restated"]) == told, row
            seen.add(row["absence"])
        assert {"", "missing", "not_due", "suppressed"} <= seen

    def test_reported_months_can_be_had_alone(self, served):
        every = rows(served.chief.get(MONTHS, {"limit": 200}))
        alone = rows(served.chief.get(MONTHS, {"limit": 200, "reported": "true"}))
        assert alone == [row for row in every if row["kind"] is not None]
        assert 0 < len(alone) < len(every)

    def test_of_others_stay_unseen(self, served):
        seen = {
            (row["kpi"]["code"], row["department"]["code"]) for row in rows(served.manager.get(MONTHS, {"limit": 200}))
        }
        assert seen == {("SOLD", "NORTH")}

    def test_cost_as_many_queries_for_many(self, served, django_assert_max_num_queries):
        for _round in range(2):
            with django_assert_max_num_queries(12):
                found = rows(served.manager.get(MONTHS, {"limit": 200}))
            for place in (served.north, DepartmentFactory(parent=served.north)):
                kpi = make_kpi(served.north, reporting=[place])
                record([entry(kpi, place, "2025-01", 1), entry(kpi, place, "2025-12", 1)], by=served.coo)
        assert len({row["month"] for row in found}) > 4
