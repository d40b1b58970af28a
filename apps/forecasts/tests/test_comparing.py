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
