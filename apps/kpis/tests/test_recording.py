"""Values recorded, approved and taken back, and the months that follow from them."""

from datetime import date
from decimal import Decimal

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.core.errors import NotAllowed
from apps.core.scope import Reach, Scope
from apps.departments import services as departments
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis import services
from apps.kpis.models import KpiMonth, KpiSeries, KpiStale, KpiValue
from apps.kpis.services import summaries
from apps.kpis.services.refusals import (
    NotWaiting,
    UndoRefused,
    ValuesRefused,
)
from apps.kpis.tests.factories import NOW, company_scope, entry, make_kpi, record
from apps.kpis.tests.recording import month_of, refused

pytestmark = pytest.mark.django_db


class TestRecording:
    def test_again_changes_nothing_and_another_number_is_a_version(self, house):
        kpi = make_kpi(house["north"])
        given_ = [entry(kpi, house["north"], "2026-05", "12.5")]
        assert record(given_, by=house["by"]).created == 1
        again = record(given_, by=house["by"])
        assert (again.created, again.changed, again.unchanged) == (0, 0, 1)
        assert record([entry(kpi, house["north"], "2026-05", "13")], by=house["by"]).changed == 1
        kept = KpiValue.objects.order_by("number").values_list("number", "value", "state")
        assert list(kept) == [(1, Decimal("12.5"), "superseded"), (2, Decimal(13), "current")]
        assert month_of(kpi, house["north"], "2026-05").value == 13

    def test_rolls_up_by_the_tree_of_the_month(self, house):
        kpi = make_kpi(house["company"])
        team = DepartmentFactory(code="TEAM", parent=house["north"])
        departments.move_department(
            department=team, parent=house["south"], on=date(2026, 3, 15), reason="x", by=None, now=NOW
        )
        record([entry(kpi, team, month, 10) for month in ("2026-02", "2026-03")], by=house["by"])
        found = {
            (row.month.month, row.department.code)
            for row in KpiMonth.objects.filter(kpi=kpi).select_related("department")
        }
        assert found == {(2, "ALL"), (2, "NORTH"), (2, "TEAM"), (3, "ALL"), (3, "SOUTH"), (3, "TEAM")}

    def test_ratio_adds_numerators_and_denominators(self, house):
        kpi = make_kpi(house["company"], unit="%", scale=100, over_time="ratio", over_departments="ratio")
        record(
            [
                entry(kpi, house["north"], "2026-01", numerator=90, denominator=100),
                entry(kpi, house["south"], "2026-01", numerator=5, denominator=10),
                entry(kpi, house["south"], "2026-02", numerator=0, denominator=0),
            ],
            by=house["by"],
        )
        january = month_of(kpi, house["company"], "2026-01")
        assert january.value.quantize(Decimal("0.01")) == Decimal("86.36")
        assert month_of(kpi, house["south"], "2026-02").kind == "no_data"
        assert month_of(kpi, house["company"], "2026-02").ytd_value == january.value

    @pytest.mark.parametrize(
        ("how", "expected"), [("sum", 30), ("mean", 15), ("last", 20), ("max", 20), ("min", 10), ("none", None)]
    )
    def test_to_date_follows_the_kpi_s_own_way(self, house, how, expected):
        kpi = make_kpi(house["north"], over_time=how)
        record([entry(kpi, house["north"], "2026-01", 10), entry(kpi, house["north"], "2026-02", 20)], by=house["by"])
        assert month_of(kpi, house["north"], "2026-02").ytd_value == expected

    def test_what_does_not_add_up_stays_where_it_was_reported(self, house):
        kpi = make_kpi(house["company"], over_departments="none")
        record([entry(kpi, house["north"], "2026-01", 10)], by=house["by"])
        assert KpiMonth.objects.get().department == house["north"]

    def test_more_places_than_are_kept_are_no_change(self, house):
        kpi = make_kpi(house["north"])
        for _again in range(2):
            done = record([entry(kpi, house["north"], "2026-01", "0.12345678912345")], by=house["by"])
        assert done.unchanged == 1

    def test_keeps_the_kinds_of_nothing_apart(self, house):
        kpi = make_kpi(house["company"])
        record(
            [
                entry(kpi, house["north"], "2026-01", 0),
                entry(kpi, house["north"], "2026-02", kind="suppressed"),
                entry(kpi, house["north"], "2026-03", kind="no_data"),
            ],
            by=house["by"],
        )
        found = [
            (month_of(kpi, house["north"], f"2026-0{n}").kind, month_of(kpi, house["north"], f"2026-0{n}").value)
            for n in (1, 2, 3)
        ]
        assert found == [("number", 0), ("suppressed", None), ("no_data", None)]

    def test_the_kind_that_cannot_be_is_named(self, house):
        kpi = make_kpi(house["north"], minimum=Decimal(0), maximum=Decimal(100), frequency="quarter")
        by = house["by"]
        assert "below" in str(refused(kpi, house["north"], "2026-03", -1, by=by))
        assert "above" in str(refused(kpi, house["north"], "2026-03", 101, by=by))
        assert "last month" in str(refused(kpi, house["north"], "2026-02", 1, by=by))
        assert "no number" in str(refused(kpi, house["north"], "2026-03", by=by))
        assert "belong together" in str(refused(kpi, house["north"], "2026-03", numerator=1, by=by))
        assert "did not belong" in str(refused(kpi, house["south"], "2026-03", 1, by=by))
        assert "not begun" in str(refused(kpi, house["north"], "2026-09", 1, by=by))
        assert "too large" in str(refused(kpi, house["north"], "2026-03", "1E18", by=by))
        assert "too large" in str(refused(kpi, house["north"], "2026-03", "NaN", by=by))
        assert not KpiValue.objects.exists()
        assert not KpiSeries.objects.exists()

    def test_all_or_none_unless_asked_otherwise(self, house):
        kpi = make_kpi(house["north"], maximum=Decimal(100))
        mixed = [entry(kpi, house["north"], "2026-01", 1, line=1), entry(kpi, house["north"], "2026-02", 101, line=2)]
        with pytest.raises(ValuesRefused) as caught:
            record(mixed, by=house["by"])
        assert caught.value.details["rows"][0]["row"] == 2
        assert not KpiValue.objects.exists()
        done = record(mixed, by=house["by"], is_partial=True)
        assert (done.created, done.fault_count) == (1, 1)

    def test_the_same_place_twice_is_named(self, house):
        kpi = make_kpi(house["north"])
        twice = [entry(kpi, house["north"], "2026-01", 1, line=4), entry(kpi, house["north"], "2026-01", 2, line=9)]
        assert [
            fault.line for fault in services.check_values(entries=twice, scope=company_scope(), reason="x", now=NOW)
        ] == [9]

    def test_after_the_cut_off_only_with_right_and_reason(self, house):
        kpi = make_kpi(house["north"])
        record([entry(kpi, house["north"], "2026-03", 1)], by=house["by"])
        manager = Scope(
            user_id=1,
            reach=Reach.DEPARTMENTS,
            department_ids=(house["north"].pk,),
            capabilities=frozenset({"kpis.view", "kpis.record"}),
        )
        assert "takes no more" in str(refused(kpi, house["north"], "2026-03", 2, by=house["by"], scope=manager))
        assert "reason" in str(refused(kpi, house["north"], "2026-03", 2, by=house["by"], reason=""))
        record([entry(kpi, house["north"], "2026-03", 2)], by=house["by"], reason="Counted again.")
        row = KpiValue.objects.current().get()
        assert (row.is_restated, row.is_late, row.note) == (True, True, "Counted again.")

    def test_other_departments_are_as_if_they_were_not_there(self, house):
        kpi = make_kpi(house["company"])
        manager = Scope(
            user_id=1,
            reach=Reach.DEPARTMENTS,
            department_ids=(house["north"].pk,),
            capabilities=frozenset({"kpis.view", "kpis.record"}),
        )
        assert "no such department" in str(refused(kpi, house["south"], "2026-06", 2, by=house["by"], scope=manager))
        record([entry(kpi, house["north"], "2026-06", 2)], by=house["by"], scope=manager)
        nobody = Scope(user_id=1, reach=Reach.SELF, capabilities=frozenset())
        with pytest.raises(NotAllowed):
            record([entry(kpi, house["north"], "2026-06", 3)], by=house["by"], scope=nobody)

    def test_a_large_load_is_left_to_the_job_and_comes_to_the_same(self, house, monkeypatch):
        def load(kpi):
            places = [(house[name], n) for name in ("north", "south") for n in (1, 2, 3)]
            record([entry(kpi, place, f"2026-0{n}", n) for place, n in places], by=house["by"])

        def months(kpi):
            rows = KpiMonth.objects.filter(kpi=kpi).order_by("month", "department")
            return list(rows.values_list("month", "department", "value", "ytd_value"))

        one, other = make_kpi(house["company"]), make_kpi(house["company"])
        load(one)
        monkeypatch.setattr(summaries, "AT_ONCE", 3)
        load(other)
        assert KpiStale.objects.count() == 1
        assert not months(other)
        assert services.refresh_stale() == 1
        assert services.refresh_stale() == 0
        assert months(other) == months(one) != []


class TestApproval:
    def test_a_waiting_value_counts_only_when_somebody_else_approves(self, house):
        kpi = make_kpi(house["north"], needs_approval=True)
        assert record([entry(kpi, house["north"], "2026-05", 7)], by=house["by"]).waiting == 1
        assert not KpiMonth.objects.exists()
        value = KpiValue.objects.get()
        with pytest.raises(NotAllowed):
            services.approve_values(values=[value], by=house["by"], now=NOW)
        assert services.approve_values(values=[value], by=UserFactory(), now=NOW) == 1
        assert month_of(kpi, house["north"], "2026-05").value == 7
        with pytest.raises(NotWaiting):
            services.approve_values(values=[value], by=UserFactory(), now=NOW)

    def test_declined_leaves_what_was_in_force(self, house):
        kpi = make_kpi(house["north"], needs_approval=True)
        record([entry(kpi, house["north"], "2026-05", 7)], by=house["by"])
        services.approve_values(values=[KpiValue.objects.get()], by=UserFactory(), now=NOW)
        record([entry(kpi, house["north"], "2026-05", 8)], by=house["by"])
        waiting = KpiValue.objects.get(state="waiting")
        with pytest.raises(ValuesRefused):
            services.decline_values(values=[waiting], reason=" ", by=UserFactory(), now=NOW)
        services.decline_values(values=[waiting], reason="Not plausible.", by=UserFactory(), now=NOW)
        assert month_of(kpi, house["north"], "2026-05").value == 7


class TestUndo:
    def test_restores_what_was_there_before(self, house):
        kpi = make_kpi(house["north"])
        record([entry(kpi, house["north"], "2026-05", 1)], by=house["by"])
        record(
            [entry(kpi, house["north"], "2026-05", 2), entry(kpi, house["north"], "2026-06", 3)],
            by=house["by"],
            source="imported",
            import_run=77,
        )
        assert services.restore_former(import_run=77, scope=company_scope(), by=house["by"], now=NOW) == 2
        assert month_of(kpi, house["north"], "2026-05").value == 1
        assert not KpiMonth.objects.filter(month=date(2026, 6, 1)).exists()
        assert KpiValue.objects.count() == 5

    def test_is_refused_once_corrected(self, house):
        kpi = make_kpi(house["north"])
        record([entry(kpi, house["north"], "2026-05", 2)], by=house["by"], import_run=77)
        record([entry(kpi, house["north"], "2026-05", 3)], by=house["by"])
        with pytest.raises(UndoRefused):
            services.restore_former(import_run=77, scope=company_scope(), by=house["by"], now=NOW)
