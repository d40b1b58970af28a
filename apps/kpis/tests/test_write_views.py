"""Defining, aiming, retiring and approving: who may, what happens, and that a refusal keeps what was typed."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.kpis.models import Kpi, KpiMonth, KpiTarget, KpiValue, KpiVersion
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.notifications.models import Notification

pytestmark = pytest.mark.django_db


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def definition_input(**changes):
    given = {
        "name": "Output",
        "direction": "higher",
        "unit": "t",
        "decimals": "1",
        "frequency": "month",
        "over_departments": "sum",
        "over_time": "sum",
        "scale": "1",
        "amber_pct": "5",
    }
    return {**given, **changes}


def new_input(firm, **changes):
    given = {
        "department": firm.sales.pk,
        "code": "OUT",
        "tags": "core, safety",
        "owner": "M1",
        "reporting": [firm.north.pk],
    }
    return definition_input(**{**given, **changes})


@pytest.fixture
def output(firm):
    return make_kpi(firm.sales, code="OUT", name="Output", reporting=(firm.north, firm.south))


class TestAccess:
    @pytest.mark.parametrize("name", ["new", "definition", "edit", "retire", "set_target"])
    def test_of_forms(self, firm, output, client, as_, name):
        where = reverse(f"kpis:{name}", args=[] if name == "new" else [output.pk])
        assert "login" in client.get(where)["Location"]
        for user in (firm.mia, firm.money, firm.employee, firm.auditor):
            assert as_(user).get(where).status_code == 403
            assert as_(user).post(where).status_code == 403
        assert as_(firm.coo).get(where).status_code == 200
        assert as_(firm.coo).post(where, {"csrfmiddlewaretoken": "any"}).status_code == 422

    @pytest.mark.parametrize("name", ["definition", "edit", "retire", "set_target", "remove_target"])
    def test_what_does_not_exist_is_missing(self, firm, as_, name):
        assert as_(firm.coo).post(reverse(f"kpis:{name}", args=[10**9])).status_code == 404

    def test_of_removing(self, firm, output, as_):
        target = aim(output, 5)
        where = reverse("kpis:remove_target", args=[target.pk])
        assert as_(firm.mia).post(where, {"reason": "x"}).status_code == 403
        assert as_(firm.coo).get(where).status_code == 405
        assert KpiTarget.objects.exists()

    def test_of_deciding(self, firm, client, as_):
        for name in ("waiting", "decide"):
            assert as_(firm.money).post(reverse(f"kpis:{name}")).status_code in {403, 405}
        assert as_(firm.money).get(reverse("kpis:waiting")).status_code == 403
        assert as_(firm.auditor).get(reverse("kpis:waiting")).status_code == 403
        assert as_(firm.mia).get(reverse("kpis:waiting")).status_code == 200


class TestNew:
    def test_defines(self, firm, as_):
        response = as_(firm.coo).post(reverse("kpis:new"), new_input(firm))
        assert response.status_code == 302
        kpi = Kpi.objects.get(code="OUT")
        assert (kpi.name, kpi.tags, kpi.owner.number) == ("Output", ["core", "safety"], "M1")
        assert [row.department for row in kpi.series.all()] == [firm.north]

    def test_sent_twice_says_that_the_code_is_taken_and_keeps_it(self, firm, as_):
        client = as_(firm.coo)
        for _time in range(2):
            page = client.post(reverse("kpis:new"), new_input(firm, source="Scales"))
        assert page.status_code == 422
        assert "has a KPI with the code “OUT” already" in text_of(page)
        assert 'value="Scales"' in text_of(page)
        assert Kpi.objects.count() == 1

    def test_the_direction_must_be_chosen(self, firm, as_):
        page = as_(firm.coo).post(reverse("kpis:new"), new_input(firm, direction=""))
        assert page.status_code == 422
        assert not Kpi.objects.exists()

    def test_what_is_doubted_is_saved_only_when_it_is_confirmed(self, firm, as_):
        client, given = as_(firm.coo), new_input(firm, name="Complaints")
        page = client.post(reverse("kpis:new"), given)
        assert page.status_code == 422
        assert "By its name, less of this is better" in text_of(page)
        assert 'value="Complaints"' in text_of(page)
        assert not Kpi.objects.exists()
        assert client.post(reverse("kpis:new"), {**given, "is_checked": "1"}).status_code == 302

    @pytest.mark.parametrize(
        ("formula", "words"), [("OUT +", "cannot be read"), ("NOPE * 2", "no KPI with the code “NOPE”")]
    )
    def test_a_formula_is_checked_at_once(self, firm, output, as_, formula, words):
        page = as_(firm.coo).post(reverse("kpis:new"), new_input(firm, code="F", formula=formula))
        assert page.status_code == 422
        assert words in text_of(page)
        assert "[SALES/OUT]" in text_of(page)
        assert Kpi.objects.count() == 1

    def test_names_an_owner_nobody_is_called(self, firm, as_):
        page = as_(firm.coo).post(reverse("kpis:new"), new_input(firm, owner="Nobody"))
        assert "Nobody is called that" in text_of(page)


class TestDefinition:
    def test_starts_from_what_holds_and_shows_the_ones_so_far(self, firm, output, as_):
        body = text_of(as_(firm.coo).get(reverse("kpis:definition", args=[output.pk])))
        assert 'value="Output"' in body
        assert "Definitions so far" in body

    def test_says_what_it_changes_before_it_is_saved(self, firm, output, as_):
        record([entry(output, firm.north, "2026-04", 5)], by=firm.coo)
        client, where = as_(firm.coo), reverse("kpis:definition", args=[output.pk])
        given = definition_input(direction="lower", valid_from="2026-03", reason="Counted otherwise")
        page = client.post(where, given)
        assert page.status_code == 422
        assert "One reported month will be worked out anew" in text_of(page)
        assert KpiVersion.objects.count() == 1
        assert client.post(where, {**given, "is_checked": "1"}).status_code == 302
        assert [row.direction for row in KpiVersion.objects.order_by("valid")] == ["higher", "lower"]

    def test_needs_a_reason(self, firm, output, as_):
        page = as_(firm.coo).post(
            reverse("kpis:definition", args=[output.pk]), definition_input(valid_from="2026-06", name="Kept name")
        )
        assert page.status_code == 422
        assert "Kept name" in text_of(page)

    def test_warns_of_a_later_definition_that_gives_way(self, firm, output, as_):
        client, where = as_(firm.coo), reverse("kpis:definition", args=[output.pk])
        client.post(where, definition_input(valid_from="2026-09", reason="Planned"))
        page = client.post(where, definition_input(valid_from="2026-07", reason="Sooner"))
        assert "The definition that holds from September 2026 will be replaced" in text_of(page)


class TestEditAndRetire:
    def test_changes_what_is_not_dated(self, firm, output, as_):
        given = {"code": "OUTPUT", "family": "Works", "tags": "a,b", "owner": "", "needs_approval": "on"}
        as_(firm.coo).post(reverse("kpis:edit", args=[output.pk]), given)
        output.refresh_from_db()
        assert (output.code, output.tags, output.needs_approval) == ("OUTPUT", ["a", "b"], True)

    def test_a_taken_code_is_refused_beside_the_field(self, firm, output, as_):
        make_kpi(firm.sales, code="TAKEN")
        page = as_(firm.coo).post(reverse("kpis:edit", args=[output.pk]), {"code": "taken", "family": "Kept"})
        assert page.status_code == 422
        assert "already" in text_of(page)
        assert 'value="Kept"' in text_of(page)

    def test_retires_and_brings_back(self, firm, output, as_):
        make_kpi(firm.sales, code="TWICE", name="Twice output", formula="OUT * 2")
        client, where = as_(firm.coo), reverse("kpis:retire", args=[output.pk])
        assert "Twice output" in text_of(client.get(where))
        client.post(where, {"retired_from": "2026-08", "reason": "Sold"})
        output.refresh_from_db()
        assert output.retired_from == date(2026, 8, 1)
        client.post(where, {"reason": "Bought again"})
        output.refresh_from_db()
        assert output.retired_from is None


class TestTarget:
    def where(self, kpi):
        return reverse("kpis:set_target", args=[kpi.pk])

    def test_is_set_for_some_months(self, firm, output, as_):
        given = {"department": firm.north.pk, "first": "2026-01", "last": "2026-06", "target": "100", "stretch": "120"}
        assert as_(firm.coo).post(self.where(output), given).status_code == 302
        made = KpiTarget.objects.get()
        assert (made.department, made.valid.lower, made.valid.upper) == (firm.north, date(2026, 1, 1), date(2026, 7, 1))

    def test_for_everybody_judges_what_is_reported(self, firm, output, as_):
        record([entry(output, firm.north, "2026-05", 5)], by=firm.coo)
        as_(firm.coo).post(self.where(output), {"first": "2026-01", "target": "10"})
        assert KpiMonth.objects.get(kpi=output, department=firm.north).status == "red"

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"floor": "20"}, "The floor is better than the target"),
            ({"last": "2025-01"}, "ends before it begins"),
            ({"first": "June"}, "YYYY-MM"),
        ],
    )
    def test_a_refusal_keeps_what_was_typed(self, firm, output, as_, changes, words):
        page = as_(firm.coo).post(
            self.where(output), {"first": "2026-01", "target": "10", "reason": "Kept words", **changes}
        )
        assert page.status_code == 422
        assert words in text_of(page)
        assert "Kept words" in text_of(page)
        assert not KpiTarget.objects.exists()

    def test_a_range_asks_for_its_upper_end(self, firm, as_):
        kpi = make_kpi(firm.north, direction="range")
        client = as_(firm.coo)
        assert client.post(self.where(kpi), {"first": "2026-01", "target": "10"}).status_code == 422
        assert client.post(self.where(kpi), {"first": "2026-01", "target": "10", "upper": "12"}).status_code == 302
        assert KpiTarget.objects.get().upper == 12

    def test_shows_what_of_a_sum_is_not_handed_out(self, firm, output, as_):
        aim(output, 100, department=firm.sales)
        aim(output, 60, department=firm.north)
        body = text_of(as_(firm.coo).get(self.where(output)))
        assert "Shared out below Sales" in body
        assert "Unallocated" in body
        assert "40.00" in body

    def test_counts_the_target_that_is_being_typed(self, firm, output, as_):
        aim(output, 100, department=firm.sales)
        aim(output, 60, department=firm.north)
        asked = {"part": "shares", "department": firm.south.pk, "first": "2026-06", "target": "55"}
        body = text_of(as_(firm.coo).get(self.where(output), asked))
        assert "<html" not in body
        assert "Handed out beyond the target" in body
        assert "−15.00" in body

    def test_is_removed_with_a_reason(self, firm, output, as_):
        where = reverse("kpis:remove_target", args=[aim(output, 5).pk])
        client = as_(firm.coo)
        assert client.post(where).status_code == 422
        assert KpiTarget.objects.exists()
        assert client.post(where, {"reason": "Set by mistake"}).status_code == 302
        assert not KpiTarget.objects.exists()
        assert client.post(where, {"reason": "Again"}).status_code == 404


@pytest.fixture
def waiting(firm):
    """One value of North and one of South that wait, entered by the manager; June's sum of Sales stands at 30."""
    kpi = make_kpi(firm.sales, code="W", name="Watched", needs_approval=True)
    free = make_kpi(firm.sales, code="FREE", name="Free")
    record([entry(free, firm.north, "2026-06", 30)], by=firm.coo)
    rows = [entry(kpi, firm.north, "2026-06", 4), entry(kpi, firm.south, "2026-06", 6)]
    record(rows, by=firm.mia)
    return list(KpiValue.objects.filter(state="waiting").order_by("pk"))


class TestDeciding:
    def send(self, client, act, values, reason=""):
        return client.post(
            reverse("kpis:decide"), {"act": act, "ids": [value.pk for value in values], "reason": reason}
        )

    def test_lists_who_old_new_and_what_would_change(self, firm, waiting, as_):
        body = text_of(as_(firm.coo).get(reverse("kpis:waiting")))
        for words in ("Watched", "North", "Mia Manager", "If all 2 of these values are approved", "10.00"):
            assert words in body
        assert KpiValue.objects.filter(state="waiting").count() == 2

    def test_shows_what_the_chosen_ones_would_change(self, firm, waiting, as_):
        page = self.send(as_(firm.coo), "preview", waiting[:1], "typed")
        assert page.status_code == 200
        assert "If the chosen value is approved" in text_of(page)
        assert 'value="typed"' in text_of(page)
        assert KpiValue.objects.filter(state="waiting").count() == 2

    def test_approves_several_and_only_once(self, firm, waiting, as_):
        client = as_(firm.coo)
        assert self.send(client, "approve", waiting).status_code == 302
        assert KpiMonth.objects.get(kpi__code="W", department=firm.sales).value == Decimal(10)
        page = self.send(client, "approve", waiting)
        assert page.status_code == 409
        assert "decided on or corrected meanwhile" in text_of(page)

    def test_declines_with_a_reason_the_reporter_reads(self, firm, waiting, as_):
        client = as_(firm.coo)
        page = self.send(client, "decline", waiting[:1])
        assert page.status_code == 422
        assert "checked" in text_of(page)
        self.send(client, "decline", waiting[:1], "Half of it is May")
        assert KpiValue.objects.get(pk=waiting[0].pk).decision_note == "Half of it is May"
        where = f"{reverse('kpis:entry')}?department={waiting[0].series.department_id}&month=2026-06"
        assert "Half of it is May" in text_of(as_(firm.mia).get(where))

    def test_declined_ones_are_told_to_whoever_entered_them_at_once(self, firm, waiting, as_):
        self.send(as_(firm.coo), "decline", waiting, "Half of it is May")
        told = Notification.objects.get(kind="kpis.value_declined")
        assert (told.user, told.body) == (waiting[0].entered_by, "Half of it is May")
        assert told.subject.startswith("2 values were declined")
        assert told.url.startswith(reverse("kpis:entry"))

    def test_one_s_own_are_not_decided(self, firm, waiting, as_):
        client = as_(firm.mia)
        assert "somebody else must approve it" in text_of(client.get(reverse("kpis:waiting")))
        assert self.send(client, "approve", waiting).status_code == 403
        assert KpiValue.objects.filter(state="waiting").count() == 2

    def test_those_of_other_departments_do_not_exist(self, firm, waiting, as_):
        kpi = make_kpi(firm.finance, needs_approval=True)
        record([entry(kpi, firm.finance, "2026-06", 4)], by=firm.money)
        value = KpiValue.objects.get(series__kpi=kpi)
        assert self.send(as_(firm.mia), "approve", [value]).status_code == 404

    @pytest.mark.parametrize("act", ["approve", "", "burn"])
    def test_nothing_chosen_or_asked_for_is_said(self, firm, waiting, as_, act):
        assert self.send(as_(firm.coo), act, [] if act == "approve" else waiting).status_code == 422
