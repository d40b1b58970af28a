"""Rates that came alone in some months: told from themselves, with a remark; none is moved to a sum they are missing in."""

import numpy as np
import pytest

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.forecasts.choices import Remark
from apps.forecasts.rules.choosing import Choice
from apps.forecasts.rules.engine import forecast
from apps.forecasts.rules.foretelling import foretell
from apps.forecasts.rules.histories import plain_histories
from apps.forecasts.rules.paired import pairing
from apps.forecasts.rules.series import MONTHS
from apps.forecasts.tests.reporting import JUNE, NOW, assert_sound, issued, report, row, seasonal, small_firm
from apps.forecasts.tests.test_pages import get, text_of
from apps.kpis import services as kpi_services
from apps.kpis.services import Definition
from apps.kpis.tests.factories import entry, make_kpi, record

HORIZON = 18
COUNT = 36
INCOMPLETE = "parts_incomplete"
RATE = {
    "unit": "%", "over_departments": "ratio", "over_time": "ratio", "scale": 100, "minimum": 0, "maximum": 100,
}  # fmt: skip
NO_WAY = Choice(np.zeros(1, dtype=bool), np.zeros(1, dtype=bool))


def stepped():
    """80 % for 28 months, then 95 %."""
    noise = np.random.default_rng(5).normal(0, 0.7, COUNT)
    return np.round(np.where(np.arange(COUNT) < 28, 80, 95) + noise, 2)


def swinging():
    """Between 70 and 90 % with the season."""
    return np.array(seasonal(80, COUNT, swing=0.12))


def histories(rates, *, pairs=slice(None), late=0, size=1000.0):
    """One rate with RATES for the last months but so many that are LATE, its parts in the months of PAIRS only."""
    denominator = size + np.random.default_rng(3).normal(0, size / 50, COUNT)
    values = np.full((1, MONTHS), np.nan)
    told = np.full((2, 1, MONTHS), np.nan)
    at = MONTHS - COUNT - late + np.arange(COUNT)
    values[0, at] = rates
    told[0, 0, at[pairs]] = (rates * denominator / 100)[pairs]
    told[1, 0, at[pairs]] = denominator[pairs]
    of = plain_histories("kpi", np.arange(1), values, horizon=HORIZON)
    of.over_time[:], of.scale[:], of.lower[:], of.upper[:] = "ratio", 100.0, 0.0, 100.0
    of.numerator[:], of.denominator[:] = told
    return of


def told(*args, way=NO_WAY, **given):
    return foretell(histories(*args, **given), horizon=HORIZON, chosen=way)


def same_forecast(one, other):
    return one.forecast.quantiles == pytest.approx(other.forecast.quantiles)


class TestOneRate:
    """What the rules say of a single rate: its parts count where they cover it."""

    def test_whose_parts_stopped_before_a_step_goes_on_from_where_it_is(self):
        found, alone, whole = (told(stepped(), pairs=pairs) for pairs in (slice(28), slice(0), slice(None)))

        assert same_forecast(found, alone)
        assert found.forecast.mean[0, 0] == pytest.approx(94, abs=2)
        assert found.forecast.lo80[0, 0] > 85
        assert found.forecast.mean[0, 0] == pytest.approx(whole.forecast.mean[0, 0], abs=4)
        assert np.isnan([found.numerator, found.denominator]).all()
        assert [one.is_by_itself.tolist() for one in (found, alone, whole)] == [[True], [False], [False]]

    def test_whose_parts_have_only_just_begun_keeps_its_season(self):
        found, alone, whole = (told(swinging(), pairs=pairs) for pairs in (slice(35, None), slice(0), slice(None)))

        assert same_forecast(found, alone)
        assert np.ptp(found.forecast.mean[0, :12]) > 12
        assert found.forecast.mean[0] == pytest.approx(whole.forecast.mean[0], abs=4)
        assert found.is_by_itself.tolist() == [True]

    @pytest.mark.parametrize(("pairs", "is_whole"), [(slice(3, None), True), (slice(4, None), False),
                                                     (slice(35), False), (slice(None), True)])  # fmt: skip
    def test_is_told_through_them_if_the_last_month_and_nine_in_ten_have_them(self, pairs, is_whole):
        of = histories(swinging(), pairs=pairs)

        found = told(swinging(), pairs=pairs)

        assert pairing(of).is_whole.tolist() == [is_whole]
        assert np.isnan(found.numerator).all() != is_whole
        if is_whole:
            assert found.forecast.mean == pytest.approx(100 * found.numerator / found.denominator)

    def test_with_all_of_them_is_the_quotient_of_what_is_foretold_of_each(self):
        of, found = histories(swinging()), told(swinging())

        numerator, denominator = (
            forecast(part, horizon=HORIZON, kind=[""]).mean for part in (of.numerator, of.denominator)
        )
        assert found.forecast.mean == pytest.approx(np.minimum(100 * numerator / denominator, 100), rel=1e-6)
        assert not found.is_by_itself.any()

    def test_of_nothing_in_its_last_month_is_late_and_still_whole(self):
        of = histories(swinging())
        of.values[0, -1], of.numerator[0, -1], of.denominator[0, -1] = np.nan, 0, 0

        assert pairing(of).is_whole.tolist() == [True]

    def test_never_known_is_neither(self):
        of = histories(np.full(COUNT, np.nan))

        assert [flags.tolist() for flags in pairing(of)] == [[False], [False]]

    @pytest.mark.parametrize("pairs", [slice(28), slice(35, None)])
    def test_that_is_late_too_is_told_of_its_late_months_by_itself(self, pairs):
        found, alone = (told(stepped(), pairs=some, late=2) for some in (pairs, slice(0)))

        assert same_forecast(found, alone)
        mine = found.behind.rows == 0
        assert found.behind.quantiles[mine] == pytest.approx(alone.behind.quantiles, nan_ok=True)

    def test_is_compared_with_its_own_by_itself(self):
        way = Choice(~NO_WAY.naive, NO_WAY.seasonal)
        found, alone = (told(stepped(), pairs=pairs, way=way) for pairs in (slice(28), slice(0)))

        assert set(found.forecast.mean[0]) == {stepped()[-1]}
        assert found.own == pytest.approx(alone.own)


def give(kpi, place, rates, firm, *, pairs=slice(None), size=1000):
    """RATES for the months up to June, in the months of PAIRS as numerator and denominator, else alone."""
    paired, entries = set(range(COUNT)[pairs]), []
    for place_in, rate in enumerate(rates):
        month = str(JUNE.plus(place_in + 1 - COUNT))
        parts = {"numerator": round(size * rate / 100), "denominator": size} if place_in in paired else {}
        entries.append(entry(kpi, place, month, None if parts else round(rate, 2), **parts))
    record(entries, by=firm.coo, now=NOW)


@pytest.fixture
def firm(settings, db):
    """A company whose June is closed."""
    return small_firm(settings)


class TestStored:
    @pytest.mark.parametrize(("rates", "pairs"), [(stepped(), slice(28)), (swinging(), slice(35, None))])
    def test_a_rate_whose_parts_do_not_cover_it_says_so(self, firm, rates, pairs):
        found, whole = (make_kpi(firm.north, code=code, **RATE) for code in ("SOME", "ALL"))
        give(found, firm.north, rates, firm, pairs=pairs)
        give(whole, firm.north, rates, firm)

        issue = issued()

        one, other = row(issue, firm.north, found), row(issue, firm.north, whole)
        assert one.mean[:12] == pytest.approx(other.mean[:12], abs=5)
        assert (one.numerator, one.denominator) == ([], [])
        assert (INCOMPLETE in one.remarks, INCOMPLETE in other.remarks) == (True, False)
        quotient = np.divide(other.numerator, other.denominator) * 100
        assert np.minimum(quotient, 100) == pytest.approx(other.mean)
        for series in (one, other):
            assert_sound(series, low=0, high=100)

    def test_page_list_and_api_tell_it(self, client, firm):
        kpi = make_kpi(firm.north, **RATE)
        give(kpi, firm.north, stepped(), firm, pairs=slice(28))
        issued()
        client.force_login(UserFactory(roles=["coo"]))

        label = str(Remark.PARTS_INCOMPLETE.label)
        (found,) = client.get("/api/v1/forecasts/series/", {"kpi": kpi.pk, "department": firm.north.pk}).json()[
            "results"
        ]
        assert label in text_of(get(client, "series", "kpi", firm.north.pk, kpi.pk))
        assert INCOMPLETE in found["remarks"]
        exported = get(client, "list", export="csv")
        assert label in b"".join(exported.streaming_content).decode("utf-8-sig")

    def test_never_any_parts_is_no_lack_of_some(self, firm):
        kpi = make_kpi(firm.north, **RATE)
        give(kpi, firm.north, stepped(), firm, pairs=slice(0))

        assert INCOMPLETE not in row(issued(), firm.north, kpi).remarks


class TestOverDepartments:
    def rows(self, firm, kpi):
        issue = issued()
        return [row(issue, place, kpi) for place in (firm.sales, firm.north, firm.south)]

    def told_alone(self, firm, **given):
        """What is issued of North's rate with nobody beside it."""
        kpi = make_kpi(firm.north, code="ALONE", **RATE)
        give(kpi, firm.north, swinging(), firm, **given)
        return kpi

    @pytest.mark.parametrize("pairs", [slice(28), slice(33), slice(35, None)])
    def test_a_department_that_gives_all_is_not_moved_to_a_whole_without_the_other(self, firm, pairs):
        """South is ten times North's size: a sum in which it is missing is no measure of North."""
        kpi, alone = make_kpi(firm.sales, **RATE), self.told_alone(firm)
        give(kpi, firm.north, swinging(), firm)
        give(kpi, firm.south, stepped(), firm, pairs=pairs, size=10_000)

        whole, north, south = self.rows(firm, kpi)

        by_itself = row(issued(reason="Read again."), firm.north, alone)
        assert north.numerator == pytest.approx(by_itself.numerator)
        assert north.mean == pytest.approx(by_itself.mean)
        assert "reconciled" not in north.remarks + whole.remarks + south.remarks
        assert [INCOMPLETE in one.remarks for one in (whole, north, south)] == [True, False, True]
        assert whole.numerator == south.numerator == []
        assert south.mean[0] == pytest.approx(94, abs=2)
        for one in (whole, north, south):
            assert_sound(one, low=0, high=100)

    def test_who_never_gives_them_leaves_the_others_adding_up(self, firm):
        kpi = make_kpi(firm.company, **RATE)
        give(kpi, firm.north, swinging(), firm)
        give(kpi, firm.sales, stepped(), firm, size=300)
        give(kpi, firm.south, stepped(), firm, pairs=slice(0))

        whole, north, south = self.rows(firm, kpi)

        own = row(whole.issue, firm.sales, kpi, is_own=True)
        assert np.add(north.numerator, own.numerator) == pytest.approx(whole.numerator)
        assert np.divide(whole.numerator, whole.denominator) * 100 == pytest.approx(whole.mean)
        assert not any(INCOMPLETE in one.remarks for one in (whole, north, south, own))

    def test_three_months_without_them_leave_whole_and_departments_adding_up(self, firm):
        kpi = make_kpi(firm.sales, **RATE)
        give(kpi, firm.north, swinging(), firm)
        give(kpi, firm.south, stepped(), firm, pairs=slice(3, None))

        whole, north, south = self.rows(firm, kpi)

        assert np.add(north.numerator, south.numerator) == pytest.approx(whole.numerator)
        assert np.divide(whole.numerator, whole.denominator) * 100 == pytest.approx(whole.mean)
        # The months in which South is missing are a gap of the whole's parts, not a quarter of its size.
        assert whole.denominator == pytest.approx([2000] * HORIZON, rel=0.05)
        assert not any(INCOMPLETE in one.remarks for one in (whole, north, south))

    def test_a_rate_that_came_alone_still_leaves_the_whole_its_year(self, firm):
        kpi = make_kpi(firm.sales, **RATE)
        give(kpi, firm.north, swinging(), firm)
        give(kpi, firm.south, swinging(), firm, pairs=slice(30))

        whole, north, south = self.rows(firm, kpi)

        assert INCOMPLETE in whole.remarks
        assert whole.year_mean == pytest.approx(north.year_mean, abs=3)
        assert south.year_mean is None

    def test_a_weight_of_nothing_is_given(self, firm):
        kpi = make_kpi(firm.sales, over_departments="weighted", over_time="weighted")
        report(kpi, firm.north, seasonal(40), firm, denominator=[*[0] * 6, *[10] * 30])
        report(kpi, firm.south, seasonal(80), firm, denominator=[10] * 36)

        whole, north, south = self.rows(firm, kpi)

        assert [INCOMPLETE in one.remarks for one in (whole, north, south)] == [False, True, False]
        assert np.divide(whole.numerator, whole.denominator) == pytest.approx(whole.mean)
        assert south.mean == pytest.approx(np.divide(south.numerator, south.denominator))

    def test_parts_of_an_older_definition_are_not_missed(self, firm):
        """South gave its parts only as long as the rate was measured otherwise: since then it is left out in all months."""
        kpi = make_kpi(firm.sales, **RATE)
        give(kpi, firm.north, swinging(), firm)
        give(kpi, firm.south, stepped(), firm, pairs=slice(12))
        changed = Definition(**{"name": kpi.definition.name, "direction": "higher", **RATE, "unit": "of 100"})
        kpi_services.change_definition(
            kpi=kpi, definition=changed, valid_from=Month(2024, 7).first_day, reason="Anew.", by=firm.coo,
            now=NOW,
        )  # fmt: skip

        whole, north, _south = self.rows(firm, kpi)

        assert "definition_cut" in whole.remarks
        assert INCOMPLETE not in whole.remarks + north.remarks
        assert whole.numerator == pytest.approx(north.numerator)
