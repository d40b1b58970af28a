"""Where a unit changed, the grid and the page of waiting values do not compare with the months before it."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.models import Kpi
from apps.kpis.services import Definition, change_definition
from apps.kpis.tests.factories import entry, make_kpi, record
from apps.periods.services import open_periods

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
OFF = "10, 100 or 1,000 times off"


@pytest.fixture
def coal(settings, db, client):
    """Ten months in kilograms, each about 9,000."""
    settings.FIXED_TODAY = "2026-11-20"
    open_periods(now=NOW)
    coo = UserFactory(roles=["coo"])
    client.force_login(coo)
    made = make_kpi(DepartmentFactory(code="NORTH", name="North"), code="COAL", unit="kg")
    record(
        [entry(made, made.department, f"2026-{at:02}", 9000 + at * 7919 % 23) for at in range(1, 11)], by=coo, now=NOW
    )
    Kpi.objects.filter(pk=made.pk).update(needs_approval=True)
    return made


def changed(kpi, **given):
    """Another definition from October on."""
    now_is = {"name": kpi.name, "unit": kpi.definition.unit, "direction": kpi.definition.direction}
    definition = Definition(**{**now_is, **given})
    change_definition(
        kpi=kpi, definition=definition, valid_from=date(2026, 10, 1), reason="So agreed.", by=None, now=NOW
    )


@pytest.mark.parametrize(("given", "is_doubted"), [({"unit": "t"}, False), ({"name": "Coal burnt"}, True)])
def test_only_months_in_the_same_unit_make_a_value_look_wrong(coal, client, given, is_doubted):
    changed(coal, **given)
    address = f"{reverse('kpis:entry')}?department={coal.department_id}&month=2026-10"
    body = {"reason": "Weighed again.", f"value-{coal.pk}": "9.1", f"kind-{coal.pk}": "number"}
    checked = client.post(address, {**body, "step": "check"}).content.decode()
    assert (OFF in checked) is is_doubted
    record(
        [entry(coal, coal.department, "2026-10", "9.1")],
        by=UserFactory(roles=["coo"]),
        now=NOW,
        reason="Weighed again.",
    )
    page = client.get(reverse("kpis:waiting")).content.decode()
    assert ("COAL" in page, OFF in page) == (True, is_doubted)
