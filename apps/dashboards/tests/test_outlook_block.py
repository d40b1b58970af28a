"""The block of forecasts on the home page."""

from apps.dashboards.selectors.outlook import target_line
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts.tests.factories import issue_of, series_of
from apps.kpis.tests.factories import make_kpi


def test_a_target_that_is_a_range_is_told_with_both_ends(db):
    north = DepartmentFactory(code="NORTH")
    stock = make_kpi(north, code="STOCK", unit="t", decimals=0, direction="range", over_time="last", reporting=[north])
    year = {"year_mean": 104.2, "year_target": 90.0, "year_upper": 110.0, "chance_year": 0.8}
    line = target_line(series_of(issue_of(), north, stock, **year), 0)
    assert line.target.replace("\xa0", " ") == "90 – 110 t"
    assert line.expected.replace("\xa0", " ") == "104 t"
