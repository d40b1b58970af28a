"""Two reports side by side: recovered is what is on target now, nothing else."""

import pytest
from django.urls import reverse

from apps.forecasts import services
from apps.forecasts.rules.comparing import compared
from apps.forecasts.tests.reporting import JUNE, NOW, report, small_firm
from apps.forecasts.tests.test_pages import text_of
from apps.kpis.tests.factories import aim, make_kpi


def figure(key, status, value="5", place=1):
    return {"kind": "kpi", "key": key, "place": place, "name": f"K{key}", "place_name": "North", "value": value,
            "status": status, "decimals": 0, "unit": "t"}  # fmt: skip


def names(pairs):
    return [pair.newest["name"] for pair in pairs]


THEN = {"figures": [figure(1, "red"), figure(2, "red"), figure(3, "amber"), figure(4, "red"), figure(5, "green")]}


class TestCompared:
    def test_tells_recovered_from_not_judged(self):
        now = {
            "figures": [figure(4, "amber"), figure(6, "red")],
            "standings": {"1": [1, "9", "green"], "2": [1, None, "grey"], "4": [1, "5", "amber"], "6": [1, "5", "red"]},
        }
        found = compared({**THEN, "standings": {"6": [1, "8", "green"]}}, now)
        assert names(found.recovered) == ["K1"]
        assert names(found.not_judged) == ["K2", "K3"]
        assert names(found.still_off) == ["K4"]
        assert names(found.newly_off) == ["K6"]
        (back,) = found.recovered
        assert (back.now["value"], back.now["unit"]) == ("9", "t")
        (new,) = found.newly_off
        assert new.then["value"] == "8"

    def test_knows_what_was_off_before_without_being_named(self):
        found = compared({"figures": [], "standings": {"6": [1, "4", "red"]}}, {"figures": [figure(6, "red")]})
        assert (names(found.newly_off), names(found.still_off)) == ([], ["K6"])

    def test_tells_newly_off_from_not_judged_before(self):
        """K6 was on target, K7 had no value, K8 was not there: only K6 is known to be new."""
        then = {"figures": [], "standings": {"6": [1, "9", "green"], "7": [1, None, "grey"]}}
        found = compared(then, {"figures": [figure(6, "red"), figure(7, "red"), figure(8, "amber")]})
        assert names(found.newly_off) == ["K6"]
        assert names(found.off_not_judged_before) == ["K7", "K8"]
        assert names(found.still_off) == names(found.recovered) == []

    def test_what_was_not_judged_has_not_recovered(self):
        then = {"figures": [], "standings": {"7": [1, None, "grey"]}}
        found = compared(then, {"figures": [figure(7, "green")]})
        assert (names(found.recovered), names(found.off_not_judged_before)) == ([], [])

    def test_takes_no_other_department_for_the_same(self):
        found = compared(THEN, {"figures": [], "standings": {"1": [2, "9", "green"]}})
        assert names(found.recovered) == [] and "K1" in names(found.not_judged)


@pytest.mark.django_db
class TestReports:
    def test_page_names_what_is_not_judged_now(self, settings, client):
        """North is off in May; for June nothing was said of one KPI, the other is on target again."""
        firm = small_firm(settings)
        lost, back = (make_kpi(firm.north, code=code, name=code, decimals=0) for code in ("LOST", "BACK"))
        for kpi in (lost, back):
            aim(kpi, 10)
            report(kpi, firm.north, [5, 5], firm, last=JUNE.plus(-1))
        report(back, firm.north, [12], firm)
        former, now = (
            services.assemble_report(month=month, by=firm.coo, now=NOW).report for month in (JUNE.plus(-1), JUNE)
        )
        assert former.content["standings"] == {
            str(kpi.pk): [firm.north.pk, "5.0000000000", "red", "10", None] for kpi in (lost, back)
        }
        client.force_login(firm.coo)
        body = text_of(client.get(reverse("forecasts:compare_report", args=[now.pk])))
        assert "Recovered 1 BACK North 5 → 12" in body
        assert "Not judged now 1 LOST North" in body

    def test_page_and_rest_name_what_was_not_judged_before(self, settings, client):
        """North is off in April and June; of May nothing was said, so that June's is no news."""
        firm = small_firm(settings)
        gap, new = (make_kpi(firm.north, code=code, name=code, decimals=0) for code in ("GAP", "NEW"))
        for kpi, values in ((gap, [5, None, 5]), (new, [12, 12, 5])):
            aim(kpi, 10)
            report(kpi, firm.north, values, firm)
        _before, now = (
            services.assemble_report(month=month, by=firm.coo, now=NOW).report for month in (JUNE.plus(-1), JUNE)
        )
        client.force_login(firm.coo)
        body = text_of(client.get(reverse("forecasts:compare_report", args=[now.pk])))
        assert "Newly off target 1 NEW North 12 → 5" in body
        assert "Off target, not judged before 1 GAP North" in body
        found = client.get(f"/api/v1/situation-reports/{now.pk}/compare/").json()
        named = {group: [one["name"] for one in found[group]] for group in ("newly_off", "off_not_judged_before")}
        assert named == {"newly_off": ["NEW"], "off_not_judged_before": ["GAP"]}
