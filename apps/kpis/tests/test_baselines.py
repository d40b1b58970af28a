"""Frozen baselines: who may freeze which months, what stays on record, and that no point hides behind its own limits."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis import services
from apps.kpis.models import KpiBaseline, KpiSeries
from apps.kpis.rules.comparing import usual_range
from apps.kpis.services.refusals import WrongBaseline
from apps.kpis.tests.factories import entry, make_kpi, record
from apps.periods.services import open_periods
from apps.staff.tests.factories import PersonFactory

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
FIRST, LAST = Month(2025, 1), Month(2025, 12)


def test_a_point_that_sets_its_own_limits_hides():
    values = [Decimal(value) for value in (10, 12, 11, 13, 11, 12, 10, 11, 12, 11, 13, 11, 16)]
    assert usual_range(values[:12] + values[-1:], floor_zero=False, base=13).outside == ()
    assert usual_range(values, floor_zero=False, base=12).outside == (12,)


@pytest.fixture
def kpi(db, settings):
    """Eighteen months: ten and eleven in turn, from January 2026 on twenty and twenty-one."""
    settings.FIXED_TODAY = "2026-06-15"
    open_periods(now=NOW)
    place = DepartmentFactory(code="WORKS", name="Works")
    made = make_kpi(place, code="SCRAP", name="Scrap", now=NOW)
    KpiSeries.objects.update(first_month=date(2025, 1, 1))
    months = FIRST.until(Month(2026, 5))
    values = [entry(made, place, str(month), (10 if month <= LAST else 20) + at % 2) for at, month in enumerate(months)]
    record(values, by=UserFactory(roles=["coo"]), now=NOW)
    return made


def freeze(kpi, first=FIRST, last=LAST, reason="Verified after the new line.", by=None):
    return services.freeze_baseline(
        kpi=kpi, department=kpi.department, first=first, last=last, reason=reason, by=by, now=NOW
    )


@pytest.mark.parametrize(
    ("given", "field"),
    [({"reason": "  "}, "reason"), ({"last": Month(2024, 12)}, "last"), ({"last": Month(2026, 6)}, "last"),
     ({"last": Month(2025, 11)}, "first"), ({"first": Month(2023, 1), "last": Month(2024, 1)}, "first")],
)  # fmt: skip
def test_refuses_what_cannot_be_relied_on(kpi, given, field):
    with pytest.raises(WrongBaseline) as refused:
        freeze(kpi, **given)
    assert refused.value.field == field
    assert not KpiBaseline.objects.exists()


def test_refuses_months_of_two_definitions_and_the_same_months_again(kpi):
    freeze(kpi)
    with pytest.raises(WrongBaseline, match="already"):
        freeze(kpi)
    changed = services.Definition(name="Scrap", direction="lower", unit="t")
    services.change_definition(kpi=kpi, definition=changed, valid_from=date(2025, 6, 1), reason="New", by=None, now=NOW)
    with pytest.raises(WrongBaseline, match="measured changed"):
        freeze(kpi, last=Month(2026, 1))


def test_what_was_frozen_is_never_changed(kpi):
    row = freeze(kpi)
    for act in (lambda: KpiBaseline.objects.update(reason="x"), lambda: KpiBaseline.objects.filter(pk=row.pk).delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_the_page_draws_from_the_frozen_months_and_says_why(kpi, client):
    client.force_login(UserFactory(roles=["coo"]))
    page = f"/kpis/{kpi.pk}/?month=2026-05"
    before = client.get(page).context["range"]
    assert before["baseline"] is None
    address = f"/kpis/{kpi.pk}/baseline/?department={kpi.department_id}"
    assert address in client.get(page).content.decode().replace("&amp;", "&")
    sent = {"first": "2025-02", "last": "2026-01", "reason": "New line verified"}
    answer = client.post(address, sent)
    assert answer.status_code == 302
    found = client.get(page)
    assert found.context["range"]["baseline"].reason == "New line verified"
    assert "New line verified" in found.content.decode()
    assert "Feb 2025" in found.content.decode()
    assert found.context["range"]["mean"] != before["mean"]
    kept = client.post(address, {**sent, "last": "2025-03"})
    assert kept.status_code == 422
    assert "2025-03" in kept.content.decode()
    assert "New line verified" in client.get(address).content.decode()


def test_an_older_month_is_looked_at_with_what_had_begun_by_then(kpi, client):
    client.force_login(UserFactory(roles=["coo"]))
    freeze(kpi, first=Month(2025, 6), last=Month(2026, 5))
    assert client.get(f"/kpis/{kpi.pk}/?month=2026-05").context["range"]["baseline"] is not None
    assert client.get(f"/kpis/{kpi.pk}/?month=2025-05").context["range"]["baseline"] is None


def test_the_route_lists_and_freezes(kpi, client):
    client.force_login(UserFactory(roles=["coo"]))
    body = {"kpi": kpi.pk, "department": kpi.department_id, "first": "2025-01", "last": "2025-12", "reason": "Verified"}
    assert client.post("/api/v1/kpi-baselines/", body, content_type="application/json").status_code == 201
    again = client.post("/api/v1/kpi-baselines/", body, content_type="application/json")
    assert again.json()["error"]["code"] == "wrong_baseline"
    [row] = client.get("/api/v1/kpi-baselines/", {"kpi": kpi.pk}).json()["results"]
    assert (row["first"], row["last"], row["reason"]) == ("2025-01", "2025-12", "Verified")


def test_who_may_and_who_sees(kpi, client):
    freeze(kpi)
    other = DepartmentFactory(name="Elsewhere")
    stranger = UserFactory(roles=["manager"])
    PersonFactory(department=other, role="head", user=stranger)
    client.force_login(stranger)
    assert client.get(f"/kpis/{kpi.pk}/baseline/").status_code == 403
    assert client.get("/api/v1/kpi-baselines/").json()["results"] == []
    assert client.get("/api/v1/kpi-baselines/", {"kpi": kpi.pk}).status_code == 404
