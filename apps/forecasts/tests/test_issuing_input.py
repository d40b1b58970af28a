"""Histories as they come: a forecast with an honest remark, or none and why; never a crash, never outside the bounds."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from django.urls import reverse

from apps.core.month import Month
from apps.departments.services import close_department
from apps.forecasts import services
from apps.forecasts.models import SeriesForecast
from apps.forecasts.selectors import Subject
from apps.forecasts.services.placing import season_words
from apps.forecasts.tests.reporting import JUNE, NOW, assert_sound, issued, report, row, seasonal, small_firm
from apps.kpis import services as kpi_services
from apps.kpis.services import Definition
from apps.kpis.tests.factories import entry, make_kpi, record
from apps.staff.selectors import scope_of


@pytest.fixture
def firm(settings, db):
    """A company whose June is closed."""
    return small_firm(settings)


def told(firm, values, *, last=JUNE, **definition):
    """What is issued of one KPI of North with this history."""
    kpi = make_kpi(firm.north, **definition)
    report(kpi, firm.north, values, firm, last=last)
    return row(issued(), firm.north, kpi)


def test_no_history(firm):
    kpi = make_kpi(firm.north, reporting=[firm.north], now=NOW.replace(month=6))

    found = row(issued(), firm.north, kpi)

    assert (found.method, found.remarks, found.mean) == ("none", ["no_history"], [])
    assert (found.actual, found.history_count, found.warning) == (None, 0, "")


def test_one_value(firm):
    found = told(firm, [80])

    assert (found.method, found.remarks) == ("last_value", ["one_value"])
    assert set(found.mean) == {80}
    assert found.hi95[0] - found.lo95[0] > 30
    assert_sound(found, low=0)


def test_always_the_same(firm):
    found = told(firm, [12] * 20, minimum=0, maximum=20)

    assert (found.method, found.remarks) == ("constant", ["constant"])
    assert set(found.mean + found.lo95 + found.hi95) == {12}


def test_gaps(firm):
    values = seasonal(100)
    values[5] = values[6] = values[20] = None
    found = told(firm, values)

    assert "gaps_filled" in found.remarks
    assert found.history_count == 33
    assert_sound(found, low=0)


def test_zeros(firm):
    assert_sound(told(firm, [0] * 20 + [3, 0, 0, 5, 0, 0, 0, 1, 0, 0, 2, 0]), low=0)


def test_negatives(firm):
    found = told(firm, [-value for value in seasonal(100)])

    assert found.mean[0] < -50
    assert_sound(found, high=0)


def test_a_spike(firm):
    values = seasonal(100, swing=0.05)
    values[18] = 5000
    found = told(firm, values)

    assert "spike_capped" in found.remarks
    assert 60 < found.mean[0] < 150
    assert_sound(found, low=0)


def test_a_level_shift(firm):
    found = told(firm, seasonal(100, 24, swing=0) + seasonal(300, 24, swing=0))

    assert "level_shift_cut" in found.remarks
    assert 250 < found.mean[0] < 350


def test_percentages_at_their_bounds(firm):
    rate = {"unit": "%", "over_departments": "mean", "over_time": "mean", "minimum": 0, "maximum": 100}
    found = told(firm, [100, 99.5, 100, 100, 98, 100, 100, 100, 99, 100] * 3, **rate)

    assert_sound(found, low=0, high=100)


def test_future_months_are_left_out(firm):
    kpi = make_kpi(firm.north)
    report(kpi, firm.north, seasonal(100), firm)
    before = row(issued(), firm.north, kpi).mean
    report(kpi, firm.north, [4000], firm, last=Month(2026, 7))

    again = issued(reason="Nothing should have changed.")

    assert again.version == 1
    assert row(again, firm.north, kpi).mean == before


def test_a_month_given_twice_counts_as_it_was_given_last(firm):
    kpi = make_kpi(firm.north)
    report(kpi, firm.north, seasonal(100), firm)
    record([entry(kpi, firm.north, "2026-06", 117)], by=firm.coo, now=NOW)

    found = row(issued(), firm.north, kpi)

    assert (found.actual, found.history_count) == (117, 36)


def test_months_measured_by_another_definition_are_left_out(firm):
    kpi = make_kpi(firm.north, unit="t")
    report(kpi, firm.north, seasonal(5) + seasonal(5000, 14), firm)
    changed = Definition(name="Sold", direction="higher", unit="kg")
    kpi_services.change_definition(
        kpi=kpi, definition=changed, valid_from=JUNE.plus(-13).first_day, reason="In kg.", by=firm.coo, now=NOW
    )

    found = row(issued(), firm.north, kpi)

    assert "definition_cut" in found.remarks
    assert found.history_count == 14
    assert found.lo95[0] > 500


def test_a_new_name_is_no_other_measure(firm):
    kpi = make_kpi(firm.north)
    report(kpi, firm.north, seasonal(100), firm)
    renamed = Definition(name="Other words", direction="higher")
    kpi_services.change_definition(
        kpi=kpi, definition=renamed, valid_from=JUNE.plus(-3).first_day, reason="Clearer.", by=firm.coo, now=NOW
    )

    found = row(issued(), firm.north, kpi)

    assert "definition_cut" not in found.remarks
    assert found.history_count == 36


def test_the_last_months_are_missing(firm):
    found = told(firm, seasonal(100), last=JUNE.plus(-2))

    assert "stale" in found.remarks
    assert (found.actual, found.history_count) == (None, 36)
    assert_sound(found, low=0)


def test_nothing_came_for_more_than_a_year(firm):
    found = told(firm, seasonal(100), last=JUNE.plus(-13))

    assert (found.method, found.remarks, found.mean) == ("none", ["too_old"], [])


def quarters(values):
    """Figures of quarters by month: each in its last."""
    return [one for value in values for one in (None, None, value)]


class TestQuarters:
    def test_are_told_quarter_by_quarter_with_their_season(self, firm):
        values = [round(100 * index + number / 2, 1) for number, index in enumerate([1.3, 0.7, 1.1, 0.9] * 4)]
        found = told(firm, quarters(values), frequency="quarter", over_time="sum")

        assert (found.step, found.actual, found.history_count) == (3, values[-1], 16)
        assert "by_quarter" in found.remarks
        assert len(found.mean) == 18
        # July to September lie in the quarter that ends in September, and so on; the best quarter is the next one.
        assert len({*found.mean[:3]}) == len({*found.mean[3:6]}) == 1
        assert found.mean[2] > found.mean[8] > found.mean[11] > found.mean[5]
        assert found.mean[2] == pytest.approx(130 + 8, rel=0.12)
        assert_sound(found, low=0)
        # The year has two quarters behind it and two ahead.
        expected = values[-2] + values[-1] + found.mean[2] + found.mean[5]
        assert found.year_mean == pytest.approx(expected, rel=0.02)
        assert found.quarter_mean == pytest.approx(found.mean[0])

    def test_in_the_middle_of_a_quarter_the_running_one_is_told(self, firm):
        found = told(firm, quarters([50, 60, 55, 58, 61]), frequency="quarter", last=JUNE.plus(-3))

        assert found.remarks.count("stale") == 1
        assert len(found.mean) == 18

    def test_what_stopped_long_ago_is_told_no_more(self, firm):
        found = told(firm, quarters([50, 60, 55, 58, 61]), frequency="quarter", last=JUNE.plus(-15))

        assert (found.method, found.remarks, found.mean) == ("none", ["too_old"], [])

    def test_years_too(self, firm):
        values = [one for value in (90, 100, 110, 120) for one in [*[None] * 11, value]]
        found = told(firm, values, frequency="year", last=JUNE.plus(-6))

        assert (found.step, found.remarks[-1]) == (12, "by_year")
        assert 100 < found.mean[5] < 140
        assert found.mean[0] == found.mean[5] != found.mean[6]
        assert (found.quarter_mean, found.year_mean) == (None, found.mean[5])


def test_a_month_without_one_reporter_is_a_gap_of_the_whole(firm):
    kpi = make_kpi(firm.sales)
    south = seasonal(50)
    south[30] = None
    report(kpi, firm.north, seasonal(100), firm)
    report(kpi, firm.south, south, firm)

    whole = row(issued(), firm.sales, kpi)

    assert whole.history_count == 35
    assert "gaps_filled" in whole.remarks


def test_a_ratio_of_nothing_is_a_gap(firm):
    kpi = make_kpi(firm.north, over_departments="ratio", over_time="ratio", scale=100, minimum=0, maximum=100)
    report(kpi, firm.north, None, firm, numerator=[5, 0, 6, 7] * 5, denominator=[10, 0, 10, 10] * 5)

    found = row(issued(), firm.north, kpi)

    assert found.history_count == 15
    assert_sound(found, low=0, high=100)


def test_retired_kpis_and_closed_departments_are_left_out(firm):
    gone, kept = make_kpi(firm.north), make_kpi(firm.sales)
    report(gone, firm.north, seasonal(10), firm)
    report(kept, firm.north, seasonal(10), firm)
    report(kept, firm.south, seasonal(10), firm)
    kpi_services.retire_kpi(kpi=gone, retired_from=JUNE.first_day, reason="Gone.", by=firm.coo)
    close_department(department=firm.south, on=date(2026, 6, 1), reason="Closed.", by=firm.coo, now=NOW)

    issue = issued()

    keys = set(SeriesForecast.objects.filter(issue=issue).values_list("kpi_key", "department"))
    assert keys == {(kept.pk, firm.north.pk), (kept.pk, firm.sales.pk)}
    assert np.allclose(row(issue, firm.sales, kept).mean, row(issue, firm.north, kept).mean)


class TestQuartersArePagesToo:
    @pytest.fixture
    def kpi(self, firm):
        kpi = make_kpi(
            firm.north, code="TURNS", name="Turns", frequency="quarter", over_time="sum", reporting=[firm.north]
        )
        report(kpi, firm.north, quarters([50, 60, 55, 58, 61, 57, 59, 62]), firm)
        issued()
        return kpi

    def test_pages_tell_the_months_in_which_quarters_end(self, firm, kpi, client):
        client.force_login(firm.coo)
        page = client.get(reverse("forecasts:series", args=["kpi", firm.north.pk, kpi.pk])).content.decode()
        assert "it is told quarter by quarter" in page
        assert "Sep 2026" in page and "Jul 2026" not in page
        part = client.get(reverse("forecasts:of_kpi", args=[firm.north.pk, kpi.pk])).content.decode()
        assert [month in part for month in ("Sep 2026", "Dec 2026", "Mar 2027", "Jul 2026")] == [
            True,
            True,
            True,
            False,
        ]
        listed = client.get(reverse("forecasts:list"), {"q": "TURNS"}).content.decode()
        assert "for the quarter" in listed

    def test_the_api_tells_figures_that_are_due(self, firm, kpi, client):
        client.force_login(firm.coo)
        (row,) = client.get("/api/v1/forecasts/series/", {"kpi": kpi.pk, "department": firm.north.pk}).json()["results"]
        assert (row["step"], row["last_value"]) == (3, 62.0)
        assert [one["month"] for one in row["months"]] == [
            "2026-09", "2026-12", "2027-03", "2027-06", "2027-09", "2027-12",
        ]  # fmt: skip

    def test_own_figures_stand_on_months_in_which_one_is_due(self, firm, kpi):
        subject, scope = Subject("kpi", firm.north, kpi), scope_of(firm.coo, NOW.date())
        told_ = {"subject": subject, "value": 70.0, "reason": "Order.", "scope": scope, "by": firm.coo, "now": NOW}
        with pytest.raises(services.MonthNotAhead, match="Nothing is due in Aug 2026"):
            services.tell_override(month=Month(2026, 8), **told_)
        assert services.tell_override(month=Month(2026, 9), **told_).value == 70.0


def test_the_engine_hears_which_figures_are_rates_and_counts():
    rows = pl.DataFrame(
        [("ratio", "ratio", 2), ("sum", "sum", 0), ("sum", "sum", 2), ("sum", "mean", 0)],
        schema=["over_departments", "over_time", "decimals"],
        orient="row",
    ).with_columns(minimum=pl.lit(-100.0))

    # A sum that may fall below zero is no “additive” one: measured to be worse (docs/forecast-model.md, kinds of figures).
    assert season_words(rows).to_list() == ["rate", "count", "", "rate"]
