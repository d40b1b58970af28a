"""What-ifs and own figures of rates tell the ends of quarter and year: each month counts as much as its denominator."""

import re
from decimal import Decimal
from statistics import NormalDist

import numpy as np
import pytest
from django.urls import reverse

from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.rules.endings import shares_by_month
from apps.forecasts.rules.pace import Pace, Period
from apps.forecasts.rules.what_if import OUTERMOST, Bounds, Change, end_bounds, end_change, end_gap, parts_of
from apps.forecasts.selectors import Subject, series_for
from apps.forecasts.selectors.scenarios import tried_of, with_own
from apps.forecasts.tests.factories import series_of
from apps.forecasts.tests.reporting import NOW, issued, report, small_firm
from apps.forecasts.tests.test_outlook import meaning
from apps.kpis.tests.factories import aim, make_kpi
from apps.staff.selectors import scope_of

JULY = Month(2026, 7)
TENTH_MORE = Change(level_pct=Decimal(10))


class TestRules:
    @pytest.mark.parametrize(
        ("way", "parts"),
        [("sum", [1, 1]), ("mean", [1 / 12, 1 / 12]), ("last", [0, 1]), ("none", [0, 1]), ("max", None),
         ("ratio", [0.2, 0.3]), ("weighted", [0.2, 0.3])],
    )  # fmt: skip
    def test_what_months_count(self, way, parts):
        assert parts_of(way, 2, whole=12, shares=[0.2, 0.3]) == parts
        assert parts_of(way, 0, whole=12) in ([], None)

    def test_a_rate_without_its_shares_cannot_be_told(self):
        assert parts_of("ratio", 2, whole=12) is None
        assert [end_gap(way) for way in ("ratio", "max", "min")] == ["unweighed", "highest", "lowest"]

    def test_change_and_bounds(self):
        # 40 % of the year is ahead, in parts of 10 % and 30 %; 60 x 0.4 of the 70 are expected of it, so 46 are known.
        assert end_change([60, 60], [70, 80], [0.1, 0.3]) == pytest.approx(7)
        assert end_bounds(70, [60, 60], [0.1, 0.3], Bounds(0, 100)) == pytest.approx((46, 86))
        assert end_bounds(70, [60, 60], [0.1, 0.3], Bounds(None, 100)).lower is None


class TestOutlook:
    @pytest.mark.parametrize("way", ["ratio", "weighted"])
    def test_months_count_by_their_denominators(self, way):
        found = meaning(100, target=80, over_time=way, weights=100, weights_ahead=300, month=7)
        # Of the quarter July is known, of the year seven months: 100 each. Those ahead have 300 each.
        assert found.quarter_shares == pytest.approx(np.array([[3 / 7, 3 / 7]]))
        assert found.year_shares == pytest.approx(np.array([[3 / 22] * 5]))

    def test_last_years_denominators_stand_for_those_not_foretold(self):
        found = meaning(100, target=80, over_time="ratio", weights=[*range(10, 70, 10), *[100] * 6])
        assert found.year_shares == pytest.approx(np.array([[10, 20, 30, 40, 50, 60]]) / 810)

    def test_others_have_none(self):
        found = meaning(100, target=80, over_time="sum", weights=100, weights_ahead=300)
        assert np.isnan(found.year_shares).all() and np.isnan(found.quarter_shares).all()
        assert np.isnan(meaning(100, target=80, over_time="ratio").year_shares).all()

    def test_quarters_count_in_the_months_they_end_in(self):
        of = type("Rows", (), {"over_time": np.array(["ratio"]), "__len__": lambda _self: 1})()
        shares = np.array([[0.2, 0.2, 0.25, 0.35]])
        found = shares_by_month(of, shares, Period(2, 2), Pace(3, 1), 5)
        assert found.tolist() == [[0, 0.25, 0, 0, 0.35]]
        assert np.isnan(shares_by_month(of, shares[:, :0], Period(0, 0), Pace(12, 1), 2)).all()


@pytest.fixture
def firm(settings, db):
    """In North two in three orders are on time; from January on there are twice as many orders as before."""
    found = small_firm(settings)
    found.rate = make_kpi(found.north, over_departments="ratio", over_time="ratio", scale=100, minimum=0, maximum=100)
    found.orders, found.in_time = [60] * 30 + [120] * 6, [40] * 30 + [90] * 6
    report(found.rate, found.north, None, found, numerator=found.in_time, denominator=found.orders)
    aim(found.rate, 78)
    found.issue = issued()
    found.row = series_for(scope_of(found.coo, NOW.date()), found.issue, Subject("kpi", found.north, found.rate))
    return found


def chance_of_more(target, mean, lo80, hi80):
    """By hand: normal errors, as wide on the target's side as the 80 % range says."""
    width = (hi80 - mean if target > mean else mean - lo80) / OUTERMOST
    return 1 - NormalDist(mean, width).cdf(target)


class TestIssue:
    def test_a_change_of_level_moves_the_year_by_numerator_and_denominator(self, firm):
        row = firm.row
        found = tried_of(row, firm.issue, JULY, TENTH_MORE)
        # Six months are known; of those ahead a tenth more is on time of as many orders.
        ahead, orders = row.numerator[:6], row.denominator[:6]
        total = 6 * 120 + sum(orders)
        assert found.plain.year_mean == pytest.approx(100 * (6 * 90 + sum(ahead)) / total)
        assert found.what_if.year_mean == pytest.approx(100 * (6 * 90 + 1.1 * sum(ahead)) / total)
        assert found.what_if.quarter_mean == pytest.approx(100 * 1.1 * sum(ahead[:3]) / sum(orders[:3]))
        moved = found.what_if.year_mean - row.year_mean
        assert moved > 1 and found.what_if.year_lo80 == pytest.approx(row.year_lo80 + moved)
        expected = chance_of_more(78, found.what_if.year_mean, row.year_lo80 + moved, row.year_hi80 + moved)
        assert found.what_if.chance_year == pytest.approx(expected, abs=1e-9)
        assert found.what_if.chance_year > found.plain.chance_year
        assert found.year_gap == ""

    def test_an_own_figure_counts_as_much_as_its_month(self, firm):
        row = firm.row
        found = with_own(row, firm.issue, {Month(2026, 8): 50.0})
        orders = row.denominator[:6]
        total = 6 * 120 + sum(orders)
        in_time = 6 * 90 + sum(row.numerator[:6]) - row.numerator[1] + 0.5 * orders[1]
        assert found.what_if.year_mean == pytest.approx(100 * in_time / total)
        quarter = sum(row.numerator[:3]) - row.numerator[1] + 0.5 * orders[1]
        assert found.what_if.quarter_mean == pytest.approx(100 * quarter / sum(orders[:3]))
        assert found.what_if.chance_year < found.plain.chance_year

    def test_what_is_beyond_the_year_leaves_it_alone(self, firm):
        found = with_own(firm.row, firm.issue, {Month(2027, 2): 50.0})
        assert found.what_if == found.plain

    def test_never_more_than_all(self, firm):
        found = tried_of(firm.row, firm.issue, JULY, Change(level_pct=Decimal(900)))
        orders = sum(firm.row.denominator[:6])
        assert found.what_if.year_mean == pytest.approx(100 * (6 * 90 + orders) / (6 * 120 + orders))
        assert found.what_if.year_hi80 == pytest.approx(found.what_if.year_mean)

    def test_a_weighted_mean_by_its_weights(self, firm):
        kpi = make_kpi(firm.sales, over_departments="weighted", over_time="weighted", minimum=0)
        report(kpi, firm.north, [50, 80] * 12, firm, denominator=[10] * 18 + [40] * 6)
        issue = issued(reason="Weights.")
        row = series_for(scope_of(firm.coo, NOW.date()), issue, Subject("kpi", firm.north, kpi))
        found = tried_of(row, issue, JULY, TENTH_MORE)
        ahead = sum(value * weight for value, weight in zip(row.mean[:6], row.denominator[:6], strict=True))
        total = 6 * 40 + sum(row.denominator[:6])
        assert found.plain.year_mean == pytest.approx((6 * 40 * 65 + ahead) / total)
        assert found.what_if.year_mean == pytest.approx((6 * 40 * 65 + 1.1 * ahead) / total)

    def test_amounts_store_no_shares(self, firm):
        kpi = make_kpi(firm.north)
        report(kpi, firm.north, [100.0] * 24, firm)
        issue = issued(reason="One more.")
        row = series_for(scope_of(firm.coo, NOW.date()), issue, Subject("kpi", firm.north, kpi))
        assert (row.quarter_shares, row.year_shares) == ([], [])

    def test_the_list_and_other_systems_are_told(self, firm, client):
        services.tell_override(
            subject=Subject("kpi", firm.north, firm.rate), month=Month(2026, 8), value=50.0, reason="A strike.",
            scope=scope_of(firm.coo, NOW.date()), by=firm.coo, now=NOW,
        )  # fmt: skip
        made = services.save_scenario(
            subject=Subject("kpi", firm.north, firm.rate), name="More", from_month=JULY, change=TENTH_MORE,
            scope=scope_of(firm.coo, NOW.date()), by=firm.coo, now=NOW,
        )  # fmt: skip
        client.force_login(firm.coo)
        assert "with own figures" in client.get(reverse("forecasts:list")).content.decode()
        body = client.get(f"/api/v1/forecasts/scenarios/{made.pk}/").json()
        expected = tried_of(firm.row, firm.issue, JULY, TENTH_MORE).what_if
        names = ("year_mean", "chance_year", "quarter_mean", "chance_quarter")
        assert [body["what_if"][name] for name in names] == [getattr(expected, name) for name in names]
        assert None not in [body["what_if"][name] for name in names] and body["year_gap"] == ""


class TestByHand:
    """60 % is expected each month and at the end of the year, 50 to 70 %; the six months ahead are 5 % of the year each."""

    ENDS = {"year_mean": 60.0, "year_lo80": 50.0, "year_hi80": 70.0}

    def seen(self, firm, client, way="ratio", **stored):
        rate = make_kpi(firm.north, over_departments="ratio" if way == "ratio" else "max", over_time=way)
        row = series_of(firm.issue, firm.north, rate, level=60.0, **{**self.ENDS, **stored})
        client.force_login(firm.coo)
        address = reverse("forecasts:series", args=["kpi", firm.north.pk, rate.pk])
        page = client.get(address, {"from_month": "2026-07", "level_pct": "10"}).content.decode()
        outcome = page.partition("forecast-outcome")[2].partition("</section>")[0]
        return row, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", outcome))

    def test_the_page_tells_year_and_chance(self, firm, client):
        shares, aims = [0.05] * 6, {"year_target": 65.0, "chance_year": 0.26}
        _row, told = self.seen(firm, client, year_shares=shares, **aims)
        # 10 % more on 60 are 6, on 30 % of the year: 1.8.
        assert re.search(r"End of the year 60\.00 61\.80 ", told), told
        assert re.search(r"80 % range 50\.00 – 70\.00 51\.80 – 71\.80", told), told
        assert chance_of_more(65, 61.8, 51.8, 71.8) == pytest.approx(0.341, abs=0.001)
        assert re.search(r"Chance of the year&#x27;s target 26\s*% 34\s*%", told), told
        assert "cannot be told" not in told

    def test_the_page_says_why_it_cannot(self, firm, client):
        assert "how much each of its months weighs was not kept" in self.seen(firm, client)[1]
        assert "its figure is that of its highest month" in self.seen(firm, client, "max")[1]
        missing = dict.fromkeys(self.ENDS)
        assert "a month of it, or what it weighs, is missing" in self.seen(firm, client, **missing)[1]
