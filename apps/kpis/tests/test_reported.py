"""Years of values: months that are as they were come as blocks, and come out the same as read one by one."""

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.kpis import services
from apps.kpis.models import KpiValue, ReportedMonth
from apps.kpis.selectors.reported import reported_frame
from apps.kpis.services import keep_reported
from apps.kpis.tests.factories import NOW, entry, make_kpi, record

pytestmark = pytest.mark.django_db
FIRST, LAST = Month(2026, 1), Month(2026, 5)


@pytest.fixture
def works(house):
    """A department with a sum, a ratio and an indicator whose values are approved, and what it reported up to May."""
    place, by = house["north"], house["by"]
    output = make_kpi(place, over_time="sum", over_departments="sum")
    share = make_kpi(place, over_time="ratio", over_departments="ratio", scale=100)
    checked = make_kpi(place, needs_approval=True)
    months = [str(month) for month in FIRST.until(LAST)]
    record([entry(output, place, month, f"{number}.1") for number, month in enumerate(months)], by=by)
    record([entry(share, place, month, numerator=1, denominator=3) for month in months[3:]], by=by)
    record([entry(checked, place, "2026-02", 5)], by=by)
    return place, by, output, checked


def read():
    """What is read now as sorted rows, and the months that were read one by one."""
    frame, new = reported_frame(FIRST, LAST)
    rows = sorted((series, month, str(figures)) for series, month, *figures in frame.iter_rows())
    return rows, [str(Month.of(one.month)) for one in new], new


def kept():
    """The rows before anything is laid down, which then is."""
    rows, _months, new = read()
    keep_reported(new, since=FIRST)
    return rows


def test_blocks_hold_what_was_read_one_by_one(works):
    rows = kept()
    assert len(rows) == 5 + 2
    assert read()[:2] == (rows, [])
    assert sorted(ReportedMonth.objects.values_list("row_count", flat=True)) == [2, 2, 2, 4, 4]


def test_only_a_month_with_a_new_version_is_read_again(works):
    place, by, output, _checked = works
    kept()
    record([entry(output, place, "2026-03", 77)], by=by)
    rows, months, new = read()
    assert months == ["2026-03"]
    assert any("77.0" in row[2] for row in rows)
    keep_reported(new, since=FIRST)
    assert read()[:2] == (rows, [])
    assert ReportedMonth.objects.count() == 5, "what was known of the month is gone"


def test_an_approved_value_counts_from_then_on(works):
    _place, _by, _output, _checked = works
    before = kept()
    services.approve_values(values=[KpiValue.objects.get(state="waiting")], by=UserFactory(), now=NOW)
    rows, months, _new = read()
    assert months == ["2026-02"]
    assert len(rows) == len(before) + 1


def test_a_withdrawn_value_is_gone(works):
    place, by, output, _checked = works
    before = kept()
    record([entry(output, place, "2026-01", kind="withdrawn")], by=by)
    rows, months, new = read()
    assert months == ["2026-01"]
    assert len(rows) == len(before) - 1
    keep_reported(new, since=FIRST)
    assert read()[:2] == (rows, []), "a month without any number is a block, too"


def test_months_before_those_that_are_wanted_go(works):
    kept()
    _rows, _months, new = read()
    assert new == []
    keep_reported(reported_frame(Month(2025, 1), Month(2025, 2))[1], since=FIRST)
    assert ReportedMonth.objects.count() == 5
    place, by, output, _checked = works
    record([entry(output, place, "2026-05", 1)], by=by)
    keep_reported(read()[2], since=LAST)
    assert [str(Month.of(one.month)) for one in ReportedMonth.objects.all()] == ["2026-05"]


def test_the_first_time_all_is_read_one_by_one_and_nothing_laid_down(works, django_assert_num_queries):
    with django_assert_num_queries(1):
        frame, new = reported_frame(FIRST, LAST, is_again=False)
    assert new == []
    assert sorted((series, month, str(figures)) for series, month, *figures in frame.iter_rows()) == kept()


def test_it_takes_three_statements_at_most(works, django_assert_num_queries):
    place, by, output, _checked = works
    with django_assert_num_queries(2):
        new = reported_frame(FIRST, LAST)[1]
    with django_assert_num_queries(2):
        keep_reported(new, since=FIRST)
    with django_assert_num_queries(2):
        reported_frame(FIRST, LAST)
    record([entry(output, place, "2026-03", 77)], by=by)
    with django_assert_num_queries(3):
        reported_frame(FIRST, LAST)
