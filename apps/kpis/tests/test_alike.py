"""What belongs to one history: a rename keeps limits, season, noise and comparisons, another unit ends them; and pages,
reports and forecasts cut at the same day."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis import services
from apps.kpis.models import KpiSeries, KpiVersion
from apps.kpis.rules.alike import MEASURED_BY, measured_from, measures_alike
from apps.kpis.selectors import calendar_on
from apps.kpis.selectors.histories import kpi_histories
from apps.kpis.selectors.page import dated_versions, picture_of
from apps.kpis.selectors.reporting import results_of
from apps.kpis.services import Definition
from apps.kpis.services.refusals import WrongBaseline
from apps.kpis.tests.factories import company_scope, entry, make_kpi, record
from apps.periods.services import open_periods

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
FIRST, MAY = Month(2021, 1), Month(2026, 5)
SHAPE = [70, 80, 95, 100, 105, 110, 100, 90, 105, 110, 115, 120]
GIVEN = {"direction": "higher", "unit": "t", "over_time": "mean"}
CUT = date(2025, 12, 1)


@pytest.fixture
def kpi(db, settings):
    """Sixty-five months of a season; the first two years had a somewhat different one."""
    settings.FIXED_TODAY = "2026-06-15"
    open_periods(now=NOW)
    made = make_kpi(DepartmentFactory(code="WORKS", name="Works"), code="OUT", name="Output", now=NOW, **GIVEN)
    KpiSeries.objects.update(first_month=FIRST.first_day)
    values = []
    for at, month in enumerate(FIRST.until(MAY)):
        shape = SHAPE[month.number - 1] + (0 if at >= 24 else 8 * (month.number % 3 - 1))
        values.append(entry(made, made.department, str(month), 1000 + 10 * shape + at * 7919 % 23))
    record(values, by=UserFactory(roles=["coo"]), now=NOW)
    return made


def changed(kpi, **given):
    services.change_definition(
        kpi=kpi,
        definition=Definition(**{"name": "Output", **GIVEN, **given}),
        valid_from=CUT,
        reason="New words.",
        by=None,
        now=NOW,
    )
    kpi.refresh_from_db()


def pictured(kpi, month=MAY):
    calendar = calendar_on(NOW)
    return picture_of(kpi, kpi.department, month=month, calendar=calendar, tree="then", versions=dated_versions(kpi))


def reported(kpi, month=MAY):
    [found] = results_of(company_scope(), [kpi.pk], month=month, calendar=calendar_on(NOW))
    return found


def freeze_two_years(kpi):
    services.freeze_baseline(
        kpi=kpi,
        department=kpi.department,
        first=Month(2023, 1),
        last=Month(2024, 12),
        reason="Verified.",
        by=None,
        now=NOW,
    )


def test_a_rename_keeps_limits_season_noise_and_comparisons(kpi):
    freeze_two_years(kpi)
    before = pictured(kpi)
    changed(kpi, name="Goods made", description="Otherwise said.", decimals=1, source="Scales", amber_pct=Decimal(3))
    found = pictured(kpi)
    assert KpiVersion.objects.filter(kpi=kpi).count() == 2
    assert found.range.baseline is not None
    assert not found.range.is_provisional
    assert (found.range.limits, found.range.months, found.range.usual) == (
        before.range.limits,
        before.range.months,
        before.range.usual,
    )
    assert found.usual == before.usual
    assert found.usual.has_season
    assert found.compared == before.compared
    assert found.verdict == before.verdict
    assert all(one.is_same_definition and one.verdict for one in found.compared)
    assert reported(kpi).compared == found.compared


def test_months_on_both_sides_of_a_rename_may_be_frozen(kpi):
    given = {"kpi": kpi, "department": kpi.department, "first": Month(2025, 3), "last": Month(2026, 4)}
    changed(kpi, name="Goods made")
    row = services.freeze_baseline(**given, reason="Verified.", by=None, now=NOW)
    assert pictured(kpi).range.baseline == row
    changed(kpi, unit="kg")
    with pytest.raises(WrongBaseline, match="measured changed"):
        services.freeze_baseline(**{**given, "first": Month(2025, 4)}, reason="Verified.", by=None, now=NOW)


def test_another_unit_ends_limits_season_and_comparisons(kpi, client):
    freeze_two_years(kpi)
    changed(kpi, unit="kg")
    found = pictured(kpi)
    assert found.range.baseline is None
    assert found.range.is_provisional
    assert found.range.months[0] == Month.of(CUT)
    assert not found.usual.is_any
    told = {one.base: (one.is_same_definition, bool(one.verdict)) for one in found.compared}
    assert told == {"before": (True, True), "quarters": (True, True), "year": (False, False)}
    assert found.verdict[1] == "raw", "a year before was measured otherwise"
    assert reported(kpi).compared == found.compared
    client.force_login(UserFactory(roles=["coo"]))
    assert "Measured by another definition then" in client.get(f"/kpis/{kpi.pk}/?month={MAY}").content.decode()


def test_noise_is_that_of_months_measured_alike(kpi):
    """Figures of tons would drown every change in kilograms a thousand times as small."""
    changed(kpi, unit="kt")
    values = [2, 3, 2, 3, 2, 30]
    record(
        [
            entry(kpi, kpi.department, str(month), value)
            for month, value in zip(Month.of(CUT).until(MAY), values, strict=True)
        ],
        by=UserFactory(roles=["coo"]),
        now=NOW,
    )
    told = {one.base: one.verdict for one in pictured(kpi).compared}
    assert told["before"] == "improved"
    assert reported(kpi).verdict == "improved"


@pytest.mark.parametrize("month", [MAY, Month(2026, 2), Month(2025, 6), Month(2024, 12)])
def test_reports_judge_as_the_page_does_however_long_the_history(kpi, month):
    page, report = pictured(kpi, month), reported(kpi, month)
    assert [one.adjusted_pct is None for one in page.compared] == [False] * 3
    assert report.compared == page.compared
    assert report.verdict == page.verdict[0]


WAYS = {
    "unit": "kg", "direction": "lower", "frequency": "quarter", "over_time": "last", "over_departments": "max",
    "formula": "OUT * 2", "scale": Decimal(2),
}  # fmt: skip
OTHERWISE = {
    "name": "Goods", "description": "x", "decimals": 1, "source": "x", "minimum": Decimal(1), "maximum": Decimal(9),
    "amber_pct": Decimal(1),
}  # fmt: skip


def test_the_fields_are_those_of_a_definition():
    assert set(WAYS) == set(MEASURED_BY)
    rest = {"kpi", "id", "uuid", "created_at", "updated_at", "valid", "note"}
    fields = {field.name for field in KpiVersion._meta.concrete_fields}
    assert fields - rest == set(WAYS) | set(OTHERWISE), "a new field has to take a side"


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "value"), [*WAYS.items(), *OTHERWISE.items()])
def test_forecasts_cut_a_history_where_pages_do(name, value):
    made, cut = make_kpi(DepartmentFactory(code="WORKS"), code="OUT", now=NOW, over_time="mean"), date(2025, 2, 1)
    row = KpiVersion.objects.get(kpi=made)
    KpiVersion.objects.update(valid=(row.valid.lower, cut))
    row.pk, row.valid, row._state.adding = None, (cut, None), True
    setattr(row, name, value)
    row.save()
    versions = dated_versions(made)
    is_alike = name in OTHERWISE
    assert measures_alike(versions[0], versions[-1]) == is_alike
    assert measured_from(versions, versions[-1]) == (versions[0].valid.lower if is_alike else cut)
    [told] = kpi_histories(month=Month(2026, 5), months=24, ahead=1).kpis["cut"].to_list()
    assert told == (None if is_alike else cut)
