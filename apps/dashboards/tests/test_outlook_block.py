"""The block of forecasts on the home page."""

from apps.dashboards.selectors.outlook import target_line
from apps.forecasts.tests.reporting import issued, report, row, seasonal, small_firm
from apps.kpis.tests.factories import aim, make_kpi


def test_a_target_that_is_a_range_is_told_with_both_ends(settings, db):
    firm = small_firm(settings)
    stock = make_kpi(firm.north, code="STOCK", unit="t", decimals=0, direction="range", over_time="last",
                     reporting=[firm.north])  # fmt: skip
    aim(stock, 90, upper=110)
    report(stock, firm.north, seasonal(5, 36), firm)
    line = target_line(row(issued(), firm.north, stock), 0)
    assert line.target.replace("\xa0", " ") == "90 – 110 t"
