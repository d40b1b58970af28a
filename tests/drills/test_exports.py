"""R13: every list there is, exported with hostile text in names and notes: no live formula, read back as it is stored."""

import pytest

from apps.accounts.tests.factories import UserFactory, make_key
from apps.core.http import listing
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.models import Kpi, KpiValue
from apps.kpis.tests.factories import NOW, make_kpi
from apps.periods.services import open_periods
from ops_portal.drills.exports import faults, taken_out
from tests.drills.lists import EXPECTED, READ_BACK, TODAY, Lists, every_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(client, settings) -> Lists:
    settings.FIXED_TODAY = TODAY
    return Lists(client)


class TestExports:
    def test_are_made_of_every_list(self, lists, monkeypatch):
        found, export = set(), listing.exported
        monkeypatch.setattr(
            listing,
            "exported",
            lambda *given, spec, **more: found.add(id(spec.columns)) or export(*given, spec=spec, **more),
        )
        lists.addresses()
        missing = sorted(where for columns, where in every_list().items() if columns not in found)
        assert missing == [], "give its page a record in `make_company`"

    def test_hold_no_live_formula(self, lists):
        addresses = lists.addresses()
        assert {lists.address_of(name) for name in EXPECTED} <= set(addresses)
        assert {address: live for address in addresses if (live := lists.live(address))} == {}

    @pytest.mark.parametrize("name", EXPECTED)
    def test_come_back_as_they_are_stored(self, lists, name):
        assert lists.lost(name) == []

    @pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
    def test_can_be_read_by_the_importer(self, lists, kind):
        assert {name: unread for name in READ_BACK if (unread := lists.unread(name, kind))} == {}

    def test_without_the_apostrophe_the_drill_sees_it(self, lists):
        address = lists.address_of("staff:list")
        assert faults(lists, [address]) == []
        with taken_out("apostrophe"):
            assert faults(lists, [address])


class TestEntry:
    """What no file could hold does not come in: it is refused, or left out, never an error."""

    @pytest.mark.parametrize("text", [r"a\u0000b", r"a\ud800b"])
    def test_of_kpis_refuses_signs_without_meaning(self, client, settings, text):
        settings.FIXED_TODAY = "2026-06-15"
        open_periods(now=NOW)
        user, top = UserFactory(roles=["coo"]), DepartmentFactory(name="Top")
        kpi = make_kpi(top, name="Sold")
        _key, key = make_key(user, ["kpis.view", "kpis.manage", "kpis.record"])
        quoted = f'"{text}"'
        whole = {"code": '"NEW"', "name": '"New"', "department": str(top.pk), "direction": '"higher"'}
        row = {"kpi": str(kpi.pk), "department": str(top.pk), "month": '"2026-06"', "value": '"5"'}
        bodies = [("kpis", {**whole, name: quoted}) for name in ("code", "name", "unit", "family", "description")]
        bodies += [("kpis", {**whole, "tags": f"[{quoted}]"})]
        for name in ("note", "kpi", "department", "month", "value", "kind"):
            bodies.append(("kpi-values", {"rows": f"[{joined({**row, name: quoted})}]"}))
        bodies.append(("kpi-values", {"rows": f"[{joined({**row, text: quoted})}]"}))
        bodies += [("kpi-values", {"rows": f"[{joined(row)}]", "reason": quoted})]
        for path, body in bodies:
            answer = client.post(
                f"/api/v1/{path}/",
                data=joined(body),
                content_type="application/json",
                headers={"Authorization": f"Bearer {key}"},
            )
            assert answer.status_code in {400, 422}, (path, body, answer.content)
        assert (Kpi.objects.count(), KpiValue.objects.count()) == (1, 0)


def joined(members):
    """An object of members that are JSON already."""
    return "{" + ", ".join(f'"{name}": {value}' for name, value in members.items()) + "}"
