"""Staff series from real records: by hand for a small company, rolled up, known moves, hindsight, and few queries."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments.services import close_department
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts.services import staff_series
from apps.staff.selectors import moves_due
from apps.staff.services import Place, PlanCell, plan_headcount, transfer_person
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
JUNE = Month(2026, 6)
NOW = datetime(2026, 7, 6, 9, tzinfo=UTC)
HR = Scope(user_id=None, reach=Reach.COMPANY, capabilities=frozenset({"staff.plan_headcount", "staff.view_headcount"}))


@pytest.fixture(autouse=True)
def today(settings):
    settings.FIXED_TODAY = "2026-07-06"


@pytest.fixture
def company():
    """Sales (3 heads of its own, 2 of them gone or going) with North below it (4 heads); Finance stands apart (2 heads)."""
    sales, finance = DepartmentFactory(code="SALES", name="Sales"), DepartmentFactory(code="FIN", name="Finance")
    north = DepartmentFactory(code="NORTH", name="North", parent=sales)
    for department, count in ((sales, 2), (north, 3), (finance, 2)):
        [PersonFactory(department=department) for _number in range(count)]
    return sales, north, finance


def told(**given):
    """Series by (department, kind, whether only its own)."""
    found = staff_series(**{"month": JUNE, "horizon": 18, **given})
    return {(one.department, one.kind, one.is_own): one for one in found}


def test_nothing_happens_where_nobody_ever_moved(company):
    sales, north, finance = company
    series = told()
    assert {key for key in series if key[1] == "headcount"} == {
        (sales.pk, "headcount", False), (sales.pk, "headcount", True), (north.pk, "headcount", False),
        (finance.pk, "headcount", False),
    }  # fmt: skip
    whole = series[sales.pk, "headcount", False]
    assert whole.actual == 5
    assert whole.mean == [5.0] * 18
    assert whole.lo95[0] <= 5 <= whole.hi95[0]
    assert len(whole.history) == 60
    assert whole.history[-1] == 5
    assert (whole.remarks, whole.target, whole.warning, whole.chance_year) == ([], [], "", None)
    assert series[finance.pk, "turnover", False].actual == 0


def test_a_company_without_people_has_no_series():
    DepartmentFactory()
    assert staff_series(month=JUNE, horizon=18) == []


def test_what_is_known_is_counted_once_and_by_its_month(company):
    sales, north, finance = company
    PersonFactory(department=north, hired_on=date(2026, 9, 1))
    PersonFactory(department=north, last_day=date(2026, 8, 31), leave_kind="retirement")
    mover = PersonFactory(department=finance)
    transfer_person(person=mover, on=date(2026, 10, 1), place=Place(north), by=None, now=NOW)
    series = told()
    np.testing.assert_allclose(series[north.pk, "headcount", False].mean[:5], [4, 3, 4, 5, 5], atol=0.02)
    np.testing.assert_allclose(series[sales.pk, "headcount", False].mean[:5], [6, 5, 6, 7, 7], atol=0.02)
    np.testing.assert_allclose(series[finance.pk, "headcount", False].mean[:5], [3, 3, 3, 2, 2], atol=0.02)
    assert series[north.pk, "headcount", False].remarks == ["known_moves"]
    due = moves_due(HR, [sales.pk, north.pk, finance.pk], first=JUNE.plus(1), last=JUNE.plus(18))
    assert (due[sales.pk].joiners, due[sales.pk].leavers, due[sales.pk].retiring, due[sales.pk].into) == (1, 1, 1, 1)
    assert (due[finance.pk].out, due[finance.pk].into) == (1, 0)


def test_a_move_inside_a_branch_moves_nothing_above_it(company):
    sales, north, _finance = company
    mover = PersonFactory(department=sales)
    transfer_person(person=mover, on=date(2026, 8, 1), place=Place(north), by=None, now=NOW)
    series = told()
    assert series[sales.pk, "headcount", False].mean == [6.0] * 18
    assert series[sales.pk, "headcount", True].mean[:2] == [3.0, 2.0]
    due = moves_due(HR, [sales.pk, north.pk], first=JUNE.plus(1), last=JUNE.plus(18))
    assert sales.pk not in due
    assert due[north.pk].into == 1


def test_an_issue_made_afterwards_knows_only_what_had_been_recorded(company, settings):
    _sales, north, _finance = company
    PersonFactory(department=north, hired_on=date(2026, 9, 1))
    assert told()[north.pk, "headcount", False].mean[:3] == [3.0, 3.0, 4.0]
    settings.FIXED_TODAY = "2026-09-06"
    assert told()[north.pk, "headcount", False].mean[:3] == [3.0, 3.0, 3.0]
    assert told(known_by=NOW)[north.pk, "headcount", False].mean[:3] == [3.0, 3.0, 3.0]


def test_what_is_below_adds_up_to_what_is_above(company):
    sales, north, finance = company
    for number, department in enumerate((sales, north, north, finance)):
        PersonFactory(department=department, last_day=date(2025, 9 + number % 3, 20))
        PersonFactory(department=department, hired_on=date(2026, 1 + number, 5))
    series = told()
    own, below, whole = (
        np.array(series[key].mean)
        for key in ((sales.pk, "headcount", True), (north.pk, "headcount", False), (sales.pk, "headcount", False))
    )
    np.testing.assert_allclose(own + below, whole)
    turnover = series[finance.pk, "turnover", False]
    extra = (1, 1, 0.5, 0, 0, 0, 0, 0, 0, 0.5, 1, 1)  # beside the two: gone on 20 September, joined on 5 April
    assert turnover.actual == pytest.approx(100 / (2 + sum(extra) / 12))


def test_the_plan_of_the_branch_and_the_warning(company):
    sales, north, _finance = company
    months = [JUNE.plus(ahead) for ahead in range(1, 7)]
    cells = [PlanCell(sales.pk, month, 2) for month in months]
    cells += [PlanCell(north.pk, month, 3 if month < Month(2026, 9) else 6) for month in months]
    plan_headcount(cells=cells, scope=HR, by=None, reason="Plan")
    whole = told()[sales.pk, "headcount", False]
    assert whole.planned[:6] == [5, 5, 8, 8, 8, 8]
    assert np.isnan(whole.planned[6:]).all()
    assert whole.target == [5, 5, *[8] * 16]
    assert (whole.warning, whole.warned_month) == ("below_plan", Month(2026, 9))
    assert whole.warned_chance > 0.9
    assert (whole.quarter_target, whole.year_target) == (8, 8)
    assert whole.chance_month > 0.5 > whole.chance_quarter


def test_a_closed_department_counts_where_it_stood(company):
    sales, north, _finance = company
    gone = DepartmentFactory(code="GONE", name="Gone", parent=sales)
    leaver = PersonFactory(department=gone)
    transfer_person(person=leaver, on=date(2026, 3, 2), place=Place(north), by=None, now=NOW)
    close_department(department=gone, on=date(2026, 4, 1), reason="Empty", by=None, now=NOW)
    history = told()[sales.pk, "headcount", False].history
    assert history[-6:] == [6, 6, 6, 6, 6, 6]


def test_queries_do_not_grow_with_the_company(company, django_assert_max_num_queries):
    for number in range(12):
        department = DepartmentFactory(parent=company[0])
        PersonFactory(department=department, hired_on=date(2025, 1 + number, 1))
    with django_assert_max_num_queries(9):
        staff_series(month=JUNE, horizon=18)
