"""How many departments were to report, did, and how late: what the months keep, beside counting one by one."""

import random
from datetime import date

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.departments import services as departments
from apps.departments.models import DepartmentClosure
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis import services
from apps.kpis.models import Kpi, KpiMonth, KpiSeries, KpiValue
from apps.kpis.selectors.board import board_kpis, with_missing
from apps.kpis.selectors.months import facts_of
from apps.kpis.tests.factories import NOW, company_scope, entry, make_kpi, record

pytestmark = pytest.mark.django_db
MONTHS = Month(2024, 1).until(Month(2026, 5))
MOVED, CLOSED = date(2025, 3, 10), date(2025, 9, 20)


@pytest.fixture
def tree(firm):
    """Two teams below North, of which one moves to South and the other closes later."""
    firm.mover = DepartmentFactory(code="MOVER", parent=firm.north)
    firm.closer = DepartmentFactory(code="CLOSER", parent=firm.north)
    departments.move_department(
        department=firm.mover, parent=firm.south, on=MOVED, reason="Closer to customers", by=None, now=NOW
    )
    departments.close_department(department=firm.closer, on=CLOSED, reason="Done", by=None, now=NOW)
    firm.places = [firm.company, firm.sales, firm.north, firm.south, firm.mover, firm.closer]
    return firm


class Naive:
    """Everything counted in plain loops, from series, values and the tree."""

    def __init__(self):
        self.below = list(DepartmentClosure.objects.values_list("ancestor", "descendant", "valid"))
        self.series = list(KpiSeries.objects.all())
        self.values = list(KpiValue.objects.filter(state__in=["current", "waiting"]))

    def is_below(self, department, place, day):
        return any((place, department) == (up, down) and day in valid for up, down, valid in self.below)

    def counts(self, kpi, place, month, *, owner=None):
        """(expected, reported, late, restated, waiting). OWNER: as months are rolled up, who reported at home included."""
        expected, waiting, found = 0, 0, []
        for series in (one for one in self.series if one.kpi_id == kpi):
            home, day = series.department_id, month.last_day
            is_here = self.is_below(home, place, day)
            here = [value for value in self.values if value.series_id == series.pk and value.month == month.first_day]
            own = [value for value in here if value.state == "current" and value.kind != "withdrawn"]
            waiting += is_here and any(value.state == "waiting" for value in here)
            if owner is not None:
                is_here = (is_here and self.is_below(place, owner, day)) or (home == place and bool(own))
            last = series.last_month
            is_due = series.first_month <= month.first_day and (last is None or last >= month.first_day)
            expected += is_here and (bool(own) or is_due)
            found += own if is_here else []
        late, restated = any(one.is_late for one in found), any(one.is_restated for one in found)
        return expected, len(found), late, restated, waiting


def some_entries(chance, kpi, places):
    """Values of a few departments in a few months, some taken back, some where the department is not there."""
    months = chance.sample(MONTHS, chance.randint(1, 3))
    for place in chance.sample(places, chance.randint(1, 3)):
        for month in months:
            kind = {"kind": "withdrawn"} if chance.random() < 0.15 else {"value": chance.randint(1, 99)}
            yield entry(kpi, place, str(month), **kind)


def live(chance, tree, kpis):
    """A random history: values come in any order and again, wait, are approved or declined."""
    other = UserFactory(roles=["coo"])
    for _step in range(12):
        kpi = chance.choice(kpis)
        record(some_entries(chance, kpi, tree.places), by=tree.coo, is_partial=True)
        waiting = list(KpiValue.objects.filter(state="waiting").select_related("series"))
        decided = chance.sample(waiting, len(waiting) // 3)
        if decided and chance.random() < 0.5:
            services.approve_values(values=decided, by=other, now=NOW)
        elif decided:
            services.decline_values(values=decided, reason="Not plausible", by=other, now=NOW)


class TestCounts:
    @pytest.mark.parametrize("seed", range(6))
    def test_of_the_months_are_those_counted_one_by_one(self, tree, seed):
        chance = random.Random(seed)
        adding, careful = make_kpi(tree.company), make_kpi(tree.sales, needs_approval=True)
        apart = make_kpi(tree.company, over_departments="none", over_time="last")
        formula = make_kpi(tree.company, formula=f"[{adding.code}] * 2")
        live(chance, tree, [adding, careful, apart])
        kpis = {kpi.pk: kpi for kpi in (adding, careful, apart, formula)}
        naive = Naive()
        rows = list(KpiMonth.objects.all())
        for row in rows:
            kpi = kpis[row.kpi_id]
            told = (row.expected_count, row.reporting_count, row.is_late, row.is_restated)
            if kpi == formula:
                assert told[0] == 0
                continue
            counted = naive.counts(kpi.pk, row.department_id, Month.of(row.month), owner=kpi.department_id)
            assert told == counted[:4], (kpi.code, row.department_id, row.month)
        assert len(rows) > 20

    @pytest.mark.parametrize("seed", range(3))
    def test_of_the_pages_are_the_same_with_and_without_a_month(self, tree, seed):
        chance = random.Random(seed)
        adding, careful = make_kpi(tree.company), make_kpi(tree.sales, needs_approval=True)
        live(chance, tree, [adding, careful])
        owners = {kpi.pk: kpi.department_id for kpi in (adding, careful)}
        kept = {(row.kpi_id, row.department_id, row.month) for row in KpiMonth.objects.all()}
        naive = Naive()
        for month in MONTHS:
            pairs = [(kpi.pk, place.pk) for kpi in (adding, careful) for place in tree.places]
            for (kpi, place), facts in facts_of(pairs, month).items():
                owner = owners[kpi] if (kpi, place, month.first_day) in kept else None
                told = (facts.expected, facts.reported, facts.is_late, facts.is_restated, facts.waiting)
                assert told == naive.counts(kpi, place, month, owner=owner), (kpi, place, month)

    @pytest.mark.parametrize("seed", range(3))
    def test_missing_are_those_of_whom_fewer_reported_than_were_to(self, tree, seed):
        chance = random.Random(seed)
        kpis = [make_kpi(tree.company), make_kpi(tree.sales), make_kpi(tree.north, needs_approval=True)]
        live(chance, tree, kpis)
        naive = Naive()
        for month in MONTHS:
            found = set(with_missing(board_kpis(company_scope()), month).values_list("pk", flat=True))
            counts = {kpi.pk: naive.counts(kpi.pk, kpi.department_id, month) for kpi in kpis}
            assert found == {pk for pk, (expected, reported, *_) in counts.items() if reported < expected}, month


class TestSomebodyNew:
    def test_is_expected_in_later_years_that_were_rolled_up_before(self, firm):
        kpi = make_kpi(firm.sales)
        record([entry(kpi, firm.north, month, 1) for month in ("2023-02", "2025-02")], by=firm.coo)
        record([entry(kpi, firm.south, "2023-02", 2)], by=firm.coo)
        later = KpiMonth.objects.get(kpi=kpi, department=firm.sales, month=date(2025, 2, 1))
        assert (later.reporting_count, later.expected_count) == (1, 2)

    def test_is_expected_once_a_value_waits(self, firm):
        kpi = make_kpi(firm.sales)
        record([entry(kpi, firm.north, "2025-02", 1)], by=firm.coo)
        Kpi.objects.filter(pk=kpi.pk).update(needs_approval=True)
        record([entry(kpi, firm.south, "2025-01", 2)], by=firm.coo)
        month = KpiMonth.objects.get(kpi=kpi, department=firm.sales)
        assert (month.month.month, month.reporting_count, month.expected_count) == (2, 1, 2)

    def test_who_reports_an_earlier_month_is_expected_between(self, firm):
        kpi = make_kpi(firm.sales)
        record([entry(kpi, firm.north, f"{year}-02", 1) for year in (2022, 2023, 2024, 2025)], by=firm.coo)
        record([entry(kpi, firm.south, "2025-02", 2)], by=firm.coo)
        record([entry(kpi, firm.south, "2022-02", 2)], by=firm.coo)
        rows = KpiMonth.objects.filter(kpi=kpi, department=firm.sales).order_by("month")
        assert list(rows.values_list("reporting_count", "expected_count")) == [(2, 2), (1, 2), (1, 2), (2, 2)]
