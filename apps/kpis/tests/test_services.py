"""Definitions, targets, values and the months that follow from them, on a real database."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.tests.factories import UserFactory
from apps.core.errors import NotAllowed
from apps.core.scope import Reach, Scope
from apps.departments import services as departments
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis import services
from apps.kpis.models import Kpi, KpiMonth, KpiSeries, KpiStale, KpiValue, KpiVersion
from apps.kpis.rules.status import light
from apps.kpis.services import Definition, summaries
from apps.kpis.services.refusals import (
    CodeTaken,
    NotWaiting,
    UndoRefused,
    ValuesRefused,
    WrongDefinition,
    WrongFormula,
    WrongTarget,
)
from apps.kpis.tests.factories import NOW, aim, company_scope, entry, make_kpi, record
from apps.periods.services import open_periods

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    open_periods(now=NOW)
    company = DepartmentFactory(code="ALL")
    return {
        "company": company,
        "north": DepartmentFactory(code="NORTH", parent=company),
        "south": DepartmentFactory(code="SOUTH", parent=company),
        "by": UserFactory(roles=["coo"]),
    }


def month_of(kpi, department, month):
    return KpiMonth.objects.get(kpi=kpi, department=department, month=date.fromisoformat(f"{month}-01"))


def refused(kpi, department, month, value=None, *, by, scope=None, reason="First load.", **more):
    with pytest.raises(ValuesRefused) as caught:
        record([entry(kpi, department, month, value, **more)], by=by, scope=scope, reason=reason)
    return caught.value


class TestDefinition:
    def test_a_code_is_the_department_s_own(self, house):
        make_kpi(house["north"], code="SALES")
        make_kpi(house["south"], code="SALES")
        with pytest.raises(CodeTaken, match="NORTH has a KPI"):
            make_kpi(house["north"], code="sales")

    @pytest.mark.parametrize(
        ("given_", "field"),
        [
            ({"name": " "}, "name"),
            ({"direction": ""}, "direction"),
            ({"minimum": Decimal(5), "maximum": Decimal(1)}, "minimum"),
            ({"amber_pct": Decimal(-1)}, "amber_pct"),
            ({"scale": Decimal(0)}, "scale"),
        ],
    )
    def test_refuses_what_contradicts_itself(self, house, given_, field):
        with pytest.raises(WrongDefinition) as caught:
            make_kpi(house["north"], **given_)
        assert caught.value.field == field
        assert not Kpi.objects.exists()

    def test_doubts_a_direction_that_does_not_fit_the_name(self):
        assert services.doubts_about(Definition(name="Injuries", direction="higher"))
        assert not services.doubts_about(Definition(name="Injuries", direction="lower"))

    def test_a_change_leaves_earlier_months_as_they_were_measured(self, house):
        kpi = make_kpi(
            house["north"], name="Satisfied", unit="%", over_departments="ratio", over_time="ratio", scale=100
        )
        aim(kpi, 80)
        record(
            [entry(kpi, house["north"], month, numerator=7, denominator=10) for month in ("2026-03", "2026-04")],
            by=house["by"],
        )
        services.change_definition(
            kpi=kpi,
            definition=Definition(
                name="Very satisfied",
                unit="%",
                direction="lower",
                over_departments="ratio",
                over_time="ratio",
                scale=Decimal(100),
            ),
            valid_from=date(2026, 4, 1),
            reason="The question changed.",
            by=house["by"],
            now=NOW,
        )
        assert [month_of(kpi, house["north"], month).status for month in ("2026-03", "2026-04")] == ["red", "green"]
        assert [row.name for row in KpiVersion.objects.filter(kpi=kpi)] == ["Satisfied", "Very satisfied"]
        kpi.refresh_from_db()
        assert kpi.name == "Very satisfied"

    def test_a_change_needs_a_reason_and_a_month_the_kpi_has(self, house):
        kpi = make_kpi(house["north"])
        for reason, day, field in ((" ", date(2026, 1, 1), "reason"), ("Why.", date(1800, 1, 1), "valid_from")):
            with pytest.raises(WrongDefinition) as caught:
                services.change_definition(
                    kpi=kpi,
                    definition=Definition(name="x", direction="lower"),
                    valid_from=day,
                    reason=reason,
                    by=None,
                    now=NOW,
                )
            assert caught.value.field == field


class TestFormula:
    def test_holds_at_every_level_and_to_date(self, house):
        sales = make_kpi(house["company"], code="SALES")
        cost = make_kpi(house["company"], code="COST", direction="lower")
        margin = make_kpi(house["company"], code="MARGIN", formula="100 * (SALES - COST) / SALES", unit="%")
        aim(margin, 30)
        record(
            [
                entry(sales, house["north"], "2026-01", 100),
                entry(cost, house["north"], "2026-01", 80),
                entry(sales, house["south"], "2026-01", 300),
                entry(cost, house["south"], "2026-01", 160),
                entry(sales, house["south"], "2026-02", 100),
                entry(cost, house["south"], "2026-02", 100),
            ],
            by=house["by"],
        )
        january = month_of(margin, house["company"], "2026-01")
        assert (january.value, january.status) == (Decimal(40), "green")
        assert month_of(margin, house["north"], "2026-01").value == 20
        assert month_of(margin, house["company"], "2026-02").ytd_value == Decimal(32)

    def test_divided_by_zero_is_no_value(self, house):
        sales, cost = make_kpi(house["north"], code="SALES"), make_kpi(house["north"], code="COST")
        share = make_kpi(house["north"], code="SHARE", formula="COST / SALES")
        record([entry(sales, house["north"], "2026-01", 0), entry(cost, house["north"], "2026-01", 5)], by=house["by"])
        found = month_of(share, house["north"], "2026-01")
        assert (found.value, found.kind, found.status) == (None, "no_data", "grey")

    @pytest.mark.parametrize("text", ["NOWHERE + 1", "A +", "exec(A)"])
    def test_refuses_what_cannot_work(self, house, text):
        make_kpi(house["north"], code="A")
        with pytest.raises(WrongFormula) as caught:
            make_kpi(house["north"], code="B", formula=text)
        assert caught.value.field == "formula"
        assert not Kpi.objects.filter(code="B").exists()

    def test_refuses_a_circle_and_names_the_way(self, house):
        one = make_kpi(house["north"], code="ONE")
        make_kpi(house["north"], code="TWO", formula="ONE * 2")
        with pytest.raises(WrongFormula, match="ONE → TWO → ONE"):
            services.change_definition(
                kpi=one,
                definition=Definition(name="One", direction="higher", formula="TWO / 2"),
                valid_from=date(2026, 1, 1),
                reason="Round.",
                by=None,
                now=NOW,
            )
        assert not KpiVersion.objects.get(kpi=one).formula

    def test_takes_no_values_itself(self, house):
        make_kpi(house["north"], code="A")
        made = make_kpi(house["north"], code="B", formula="A * 2")
        assert "formula" in str(refused(made, house["north"], "2026-01", 1, by=house["by"]))


class TestTarget:
    def test_an_inner_one_leaves_both_sides(self, house):
        kpi = make_kpi(house["north"])
        aim(kpi, 10, first=date(2026, 1, 1))
        aim(kpi, 20, first=date(2026, 3, 1), until=date(2026, 5, 1))
        found = [(row.valid.lower, row.valid.upper, int(row.target)) for row in kpi.targets.order_by("valid")]
        assert found == [
            (date(2026, 1, 1), date(2026, 3, 1), 10),
            (date(2026, 3, 1), date(2026, 5, 1), 20),
            (date(2026, 5, 1), None, 10),
        ]

    def test_moves_the_light_of_months_already_reported(self, house):
        kpi = make_kpi(house["north"])
        record([entry(kpi, house["north"], "2026-02", 96)], by=house["by"])
        assert month_of(kpi, house["north"], "2026-02").status == "grey"
        aim(kpi, 100)
        assert month_of(kpi, house["north"], "2026-02").status == "amber"

    def test_of_a_sum_is_the_sum_of_those_below(self, house):
        kpi = make_kpi(house["company"])
        aim(kpi, 10, department=house["north"])
        aim(kpi, 20, department=house["south"])
        record([entry(kpi, house["north"], "2026-02", 15), entry(kpi, house["south"], "2026-02", 15)], by=house["by"])
        found = month_of(kpi, house["company"], "2026-02")
        assert (found.value, found.target, found.status) == (30, 30, "green")
        aim(kpi, 40, department=house["company"])
        assert month_of(kpi, house["company"], "2026-02").target == 40

    @pytest.mark.parametrize(
        ("direction", "given_", "field"),
        [
            ("higher", {"floor": 12}, "floor"),
            ("higher", {"stretch": 8}, "stretch"),
            ("lower", {"stretch": 12}, "stretch"),
            ("lower", {"upper": 12}, "upper"),
            ("range", {}, "upper"),
            ("range", {"upper": 8}, "upper"),
        ],
    )
    def test_refuses_what_contradicts_the_direction(self, house, direction, given_, field):
        kpi = make_kpi(house["north"], direction=direction)
        with pytest.raises(WrongTarget) as caught:
            aim(kpi, 10, **given_)
        assert caught.value.field == field


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


class TestDatabase:
    @pytest.mark.parametrize("statement", ["UPDATE kpis_kpivalue SET value = 9", "DELETE FROM kpis_kpivalue"])
    def test_keeps_values_as_they_were(self, house, statement):
        kpi = make_kpi(house["north"])
        record([entry(kpi, house["north"], "2026-05", 2)], by=house["by"])
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert KpiValue.objects.get().value == 2


numbers_ = st.decimals(-1000, 1000, places=2)


class TestLight:
    @settings(max_examples=25)
    @given(
        rows=st.lists(
            st.tuples(
                st.sampled_from(["higher", "lower", "range", "neutral"]),
                st.none() | numbers_,
                st.none() | numbers_,
                st.none() | st.decimals(0, 500, places=2),
                st.decimals(0, 50, places=3),
            ),
            min_size=200,
            max_size=200,
        )
    )
    def test_of_the_database_is_the_rule_s(self, rows):
        given_ = [
            (way, actual, target, None if target is None or spread is None else target + spread, amber)
            for way, actual, target, spread, amber in rows
        ]
        inner = summaries.PUT.split("CASE WHEN value IS NULL", 1)[1].split("FROM (", 1)
        case = "CASE WHEN value IS NULL" + inner[0]
        middle = inner[1].split("FROM (", 1)[0].replace("found.*,", "*,")
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS light_case")
            cursor.execute(
                "CREATE TEMPORARY TABLE light_case (n int, direction text, value numeric, target numeric, "
                "upper numeric, amber_pct numeric)"
            )
            for n, row in enumerate(given_):
                cursor.execute("INSERT INTO light_case VALUES (%s, %s, %s, %s, %s, %s)", (n, *row))
            cursor.execute(f"SELECT {case} FROM ({middle} FROM light_case) judged ORDER BY n")
            found = [row[0] for row in cursor.fetchall()]
        expected = [
            light(direction=way, actual=actual, target=target, upper=upper, amber_pct=amber)
            for way, actual, target, upper, amber in given_
        ]
        assert found == expected


class TestRangeOfSums:
    def test_has_an_upper_end_where_every_member_has_one(self, house):
        kpi = make_kpi(house["company"], direction="range")
        aim(kpi, 10, upper=20)
        record([entry(kpi, house[name], "2026-02", 30) for name in ("north", "south")], by=house["by"])
        found = month_of(kpi, house["company"], "2026-02")
        assert (found.value, found.target, found.upper, found.status) == (60, 20, 40, "red")
