"""Definitions, formulas and targets, and what the database keeps of them."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.kpis import services
from apps.kpis.models import Kpi, KpiValue, KpiVersion
from apps.kpis.rules.status import light
from apps.kpis.services import Definition, summaries
from apps.kpis.services.refusals import (
    CodeTaken,
    WrongDefinition,
    WrongFormula,
    WrongTarget,
)
from apps.kpis.tests.factories import NOW, aim, entry, make_kpi, record
from apps.kpis.tests.recording import month_of, refused

pytestmark = pytest.mark.django_db


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
