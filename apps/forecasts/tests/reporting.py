"""A small company that reports, for tests of the monthly forecast."""

from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts import services
from apps.forecasts.models import SeriesForecast
from apps.kpis.tests.factories import entry, record
from apps.periods.services import open_periods

NOW = datetime(2026, 7, 15, 9, tzinfo=UTC)
JUNE = Month(2026, 6)


def small_firm(settings):
    """15 July 2026: June is closed. Company over Sales over North and South."""
    settings.FIXED_TODAY = "2026-07-15"
    open_periods(now=NOW)
    company = DepartmentFactory(code="ALL", name="Company")
    sales = DepartmentFactory(code="SALES", name="Sales", parent=company)
    return SimpleNamespace(
        company=company,
        sales=sales,
        north=DepartmentFactory(code="NORTH", name="North", parent=sales),
        south=DepartmentFactory(code="SOUTH", name="South", parent=sales),
        coo=UserFactory(roles=["coo"], name="Cora Chief"),
    )


def report(kpi, department, values, firm, *, last=JUNE, now=NOW, **parts):
    """VALUES (None: nothing said) for the months up to LAST; PARTS: numerators and denominators beside them."""
    count = len(values) if values else len(parts["numerator"])
    values = values or [None] * count
    entries = []
    for place, value in enumerate(values):
        told = {name: column[place] for name, column in parts.items()}
        if value is not None or told:
            entries.append(entry(kpi, department, str(last.plus(place + 1 - count)), value, **told))
    record(entries, by=firm.coo, now=now)


def seasonal(level, count=36, *, swing=0.2):
    """A level with a yearly season and some noise, always the same."""
    noise = np.random.default_rng(7).normal(0, abs(level) * 0.03, count)
    return [round(level * (1 + swing * np.sin(month / 6 * np.pi)) + noise[month], 2) for month in range(count)]


def issued(month=JUNE, **given):
    """The issue the service makes."""
    return services.issue_month(month=month, by=None, now=given.pop("now", NOW), **given).issue


def row(issue, department, kpi=None, *, kind="kpi", is_own=False):
    """One series of an issue."""
    key = kpi.pk if kpi else 0
    return SeriesForecast.objects.get(issue=issue, department=department, kind=kind, kpi_key=key, is_own=is_own)


def assert_sound(row, *, low=None, high=None):
    """Ranges in order, finite, inside the bounds."""
    lines = np.array([row.lo95, row.lo80, row.mean, row.hi80, row.hi95])
    assert lines.shape == (5, 18)
    assert np.isfinite(lines).all()
    assert (np.diff(lines, axis=0) >= 0).all()
    assert low is None or lines.min() >= low
    assert high is None or lines.max() <= high
