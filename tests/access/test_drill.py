"""The matrix is worth its name: with a protection taken out it fails. `./portal manage drill access` asks everything."""

import pytest

from ops_portal.drills.access import known_expectations, routes, taken_out

OF_OTHERS = ("staff:detail", "GET")
FOR_OTHERS = ("accounts:create", "GET")


def faults(asker, key):
    return asker.mismatches(routes()[key], key[1], known_expectations(None)[key])


@pytest.mark.django_db
class TestProtections:
    @pytest.mark.parametrize(("name", "key"), [("scope", OF_OTHERS), ("capability", FOR_OTHERS)])
    def test_taken_out_is_seen(self, asker, name, key):
        assert faults(asker, key) == []
        with taken_out(name):
            assert faults(asker, key)
        assert faults(asker, key) == []

    def test_a_thing_elsewhere_is_seen_by_its_name(self, asker):
        key = ("staff:list", "GET")
        with taken_out("scope"):
            assert any("names what lies other" in fault for fault in faults(asker, key))

    def test_a_new_address_is_seen(self):
        assert routes().keys() - known_expectations("matrix").keys() == {("staff:list", "GET")}
