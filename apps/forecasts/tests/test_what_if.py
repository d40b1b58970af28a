"""What would be if something changed: the arithmetic, and the places it leaves alone."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.core.month import Month
from apps.forecasts.models import SeriesForecast
from apps.forecasts.rules.ahead import Record, months_left_in_quarter, months_left_in_year
from apps.forecasts.rules.what_if import Aim, Bounds, Change, aim_of, bent, chance_of
from apps.forecasts.selectors import Subject, series_for
from apps.forecasts.selectors.scenarios import tried_of
from apps.forecasts.tests.factories import NOW, issue_of, series_of
from apps.kpis.tests.factories import make_kpi
from apps.staff.selectors import scope_of

numbers = st.floats(-1e6, 1e6)


class TestBent:
    def test_is_the_forecast_where_nothing_changes(self):
        assert bent([1.0, 2.0], Change(), start=0) == [1.0, 2.0]

    def test_moves_the_level_from_a_month_on(self):
        assert bent([100.0] * 3, Change(level_pct=Decimal(10)), start=1) == pytest.approx([100, 110, 110])

    def test_grows_from_month_to_month(self):
        assert bent([100.0] * 3, Change(growth_pct=Decimal(10)), start=0) == pytest.approx([110, 121, 133.1])

    def test_adds_a_one_off_once(self):
        assert bent([100.0] * 3, Change(one_off=Decimal(7)), start=1) == [100.0, 107.0, 100.0]

    def test_more_is_more_below_nought(self):
        assert bent([-100.0], Change(level_pct=Decimal(10)), start=0) == pytest.approx([-90])

    def test_stays_within_the_bounds(self):
        assert bent([95.0, 5.0], Change(one_off=Decimal(10)), start=0, lower=0.0, upper=100.0) == [100.0, 5.0]
        assert bent([5.0], Change(level_pct=Decimal(-100), one_off=Decimal(-1)), start=0, lower=0.0) == [0.0]

    def test_leaves_everything_alone_that_begins_after_the_last_month(self):
        assert bent([1.0, 2.0], Change(level_pct=Decimal(50)), start=2) == [1.0, 2.0]

    @given(st.lists(numbers, max_size=24), st.integers(0, 24), st.integers(-100, 1000), st.integers(-50, 50))
    def test_keeps_length_and_bounds(self, mean, start, level, growth):
        start = min(start, len(mean))
        found = bent(mean, Change(Decimal(level), Decimal(growth)), start=start, lower=-2e6, upper=2e6)
        assert len(found) == len(mean) and found[:start] == mean[:start]
        assert all(-2e6 <= value <= 2e6 for value in found)


class TestChances:
    @pytest.mark.parametrize(
        ("aim", "chance"),
        [
            (Aim(100, None), 0.5),
            (Aim(None, 100), 0.5),
            (Aim(110, None), 0.1),
            (Aim(None, 80), 0.1),
            (Aim(80, 110), 0.8),
            (Aim(None, 1000), 1.0),
        ],
    )
    def test_follow_the_range(self, aim, chance):
        assert chance_of(aim, 100, 80, 110) == pytest.approx(chance, abs=1e-6)

    def test_a_range_without_width_is_certain(self):
        assert (chance_of(Aim(5, None), 5, 5, 5), chance_of(Aim(None, 4), 5, 5, 5)) == (1.0, 0.0)

    @pytest.mark.parametrize(
        ("aim", "chance"),
        [
            (Aim(110.5, None), 0),
            (Aim(110, None), 0.1),
            (Aim(None, 110), 1),
            (Aim(None, 79), 0),
            (Aim(None, 80), 0.1),
            (Aim(80, None), 1),
        ],
    )
    def test_know_what_cannot_be(self, aim, chance):
        assert chance_of(aim, 100, 80, 110, Bounds(80, 110)) == pytest.approx(chance, abs=1e-6)

    def test_half_a_thing_beyond_still_counts(self):
        assert (Aim(3, None).of_counts(), Aim(None, 0).of_counts()) == (Aim(2.5, None), Aim(None, 0.5))

    def test_what_is_aimed_at(self):
        assert (aim_of("higher", 5, None), aim_of("lower", 5, None)) == (Aim(5, None), Aim(None, 5))
        assert (aim_of("range", 5, 9), aim_of("neutral", 5, None), aim_of("higher", None, None)) == (
            Aim(5, 9),
            None,
            None,
        )


@pytest.mark.django_db
class TestBeside:
    """The forecast says 100 a month and 105 at the end of the year against 110; what is sold adds up over months."""

    def test_the_page_tells_chances_and_the_years_end_of_both(self, firm, june, as_):
        address = reverse("forecasts:series", args=["kpi", firm.north.pk, firm.sold.pk])
        page = as_(firm.coo).get(address, {"from_month": "2026-07", "level_pct": "10"}).content.decode()
        outcome = page.partition("forecast-outcome")[2].partition("</table>")[0]
        told = re.sub(r"<[^>]+>", " ", outcome)
        assert re.search(r"Chance of the target, Jul 2026\s+40", told), told
        assert "Chance of the year" in told and "End of the year" in told
        stored = SeriesForecast.objects.get(issue=june, department=firm.north, kind="kpi")
        assert (stored.chance_year, stored.chance_month, stored.mean[0]) == (0.31, 0.4, 100.0)

    def test_a_year_that_cannot_be_put_together_is_not_left_as_a_dash(self, firm, june, as_):
        rate = make_kpi(firm.top, code="RATE", over_departments="ratio", over_time="ratio", reporting=[firm.north])
        series_of(june, firm.north, rate, year_mean=101.0, year_lo80=95.0, year_hi80=107.0)
        address = reverse("forecasts:series", args=["kpi", firm.north.pk, rate.pk])
        page = as_(firm.coo).get(address, {"from_month": "2026-07", "level_pct": "10"}).content.decode()
        outcome = page.partition("forecast-outcome")[2].partition("</table>")[0]
        told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", outcome))
        assert re.search(r"End of the year 101.* cannot be told", told), told
        assert "–" not in told.replace("95 – 107", "").replace("95.0 – 107.0", "").replace("95.00 – 107.00", "")

    def test_a_kept_one_tells_them_through_the_api(self, firm, june, as_):
        client = as_(firm.mia)
        about = {"kind": "kpi", "department": firm.north.pk, "kpi": firm.sold.pk, "from_month": "2026-08"}
        made = client.post(
            "/api/v1/forecasts/scenarios/", {**about, "name": "More", "one_off": "12"}, content_type="application/json"
        ).json()
        body = client.get(f"/api/v1/forecasts/scenarios/{made['id']}/").json()
        assert (body["forecast"]["chance_year"], body["forecast"]["year_mean"]) == (0.31, 105.0)
        # July stays as it is, and so does its chance; the year adds up.
        assert body["what_if"]["chance_month"] == 0.4
        assert body["what_if"]["year_mean"] == pytest.approx(117.0)
        assert body["what_if"]["year_lo80"] == pytest.approx(107.0)
        assert 0.5 < body["what_if"]["chance_year"] < 1


@pytest.mark.django_db
class TestBounds:
    """What is tried out never leaves what a figure can be: sold are 0 to 500 t a month, six months are left in the year."""

    def tried(self, firm, kpi, change_pct, **stored):
        issue = issue_of("2026-06")
        series_of(issue, firm.north, kpi, **stored)
        row = series_for(scope_of(firm.coo, NOW.date()), issue, Subject("kpi", firm.north, kpi))
        return tried_of(row, issue, Month(2026, 7), Change(level_pct=Decimal(change_pct))).what_if

    @pytest.mark.parametrize(
        ("level", "end"), [(-100, (500, 500, 600)), (900, (3500, 3450, 3500)), (10, (1160, 1110, 1260))]
    )
    def test_hold_a_year_that_adds_up_between_what_is_known_and_what_can_still_come(self, firm, level, end):
        told = self.tried(firm, firm.sold, level, year_mean=1100.0, year_lo80=1050.0, year_hi80=1200.0)
        assert (told.year_mean, told.year_lo80, told.year_hi80) == pytest.approx(end)

    @pytest.mark.parametrize(("way", "end"), [("last", (100, 90, 100)), ("mean", (92.5, 82.5, 92.5))])
    def test_hold_a_year_that_is_the_last_month_or_the_mean(self, firm, way, end):
        kpi = make_kpi(firm.top, code="RATE", over_time=way, minimum=0, maximum=100, reporting=[firm.north])
        year_mean = 95.0 if way == "last" else 90.0
        ends = {"year_mean": year_mean, "year_lo80": year_mean - 10, "year_hi80": 99.0}
        told = self.tried(firm, kpi, 50, level=95.0, **ends)
        assert (told.year_mean, told.year_lo80, told.year_hi80) == pytest.approx(end)

    def test_hold_the_chance(self, firm):
        kpi = make_kpi(firm.top, code="RATE", over_time="last", minimum=0, maximum=100, reporting=[firm.north])
        aims = {"target": [101.0] * 18, "chance_month": 0.0, "year_target": 101.0, "chance_year": 0.0}
        told = self.tried(firm, kpi, 50, level=95.0, year_mean=95.0, year_lo80=85.0, year_hi80=99.0, **aims)
        assert (told.chance_month, told.chance_year) == (0, 0)

    def test_leave_a_forecast_alone_that_nothing_changes(self, firm):
        ends = {"year_mean": 1100.1, "year_lo80": 1050.1, "year_hi80": 1200.1}
        told = self.tried(firm, firm.sold, 0, **ends)
        assert (told.year_mean, told.year_lo80, told.year_hi80) == (1100.1, 1050.1, 1200.1)


class TestRecord:
    @pytest.mark.parametrize(
        ("record", "verdict"),
        [
            (Record(10, 1.0, 2.0, 3.0, 8, 9), "better"),
            (Record(10, 2.0, 1.0, 3.0, 8, 9), "naive"),
            (Record(10, 2.0, 1.5, 1.0, 8, 9), "seasonal"),
            (Record(10, 1.0, 1.0, None, 8, 9), "better"),
            (Record(2, 5.0, 1.0, 1.0, 0, 0), "few"),
            (Record(5, None, None, None, 0, 0), "few"),
        ],
    )
    def test_says_who_came_closer(self, record, verdict):
        assert record.verdict == verdict

    def test_shares_are_of_those_judged(self):
        assert (Record(8, 1.0, 1.0, 1.0, 6, 8).share80, Record(0, None, None, None, 0, 0).share95) == (75.0, None)


@pytest.mark.parametrize(
    ("number", "first", "year", "quarter"), [(1, 1, 11, 2), (12, 1, 0, 0), (3, 4, 0, 0), (4, 4, 11, 2), (8, 1, 4, 1)]
)
def test_months_left(number, first, year, quarter):
    assert (months_left_in_year(number, first), months_left_in_quarter(number, first)) == (year, quarter)
