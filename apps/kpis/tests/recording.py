"""What was recorded of a month, and what is refused."""

from datetime import date

import pytest

from apps.kpis.models import KpiMonth
from apps.kpis.services.refusals import (
    ValuesRefused,
)
from apps.kpis.tests.factories import entry, record


def month_of(kpi, department, month):
    """The stored month, `2026-05`, of a department."""
    return KpiMonth.objects.get(kpi=kpi, department=department, month=date.fromisoformat(f"{month}-01"))


def refused(kpi, department, month, value=None, *, by, scope=None, reason="First load.", **more):
    """The refusal of one value."""
    with pytest.raises(ValuesRefused) as caught:
        record([entry(kpi, department, month, value, **more)], by=by, scope=scope, reason=reason)
    return caught.value
