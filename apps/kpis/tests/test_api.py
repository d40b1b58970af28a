"""The API on KPIs: scope, shapes, definitions and targets, refusals in the one error shape."""

from datetime import date
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from apps.accounts.tests.factories import UserFactory
from apps.kpis.models import Kpi, KpiMonth, KpiTarget, KpiValue, KpiVersion
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.kpis.tests.sending import ANY, KPIS, LISTS, MONTHS, TARGETS, VALUES, rows, send, value
from apps.staff.tests.factories import PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("early_june")]


class TestReading:
    @pytest.mark.parametrize("address", LISTS)
    def test_nothing_of_another_department_in_any_list(self, served, address):
        body = served.manager.get(address).content.decode()
        assert "Southmark" not in body
        assert "4711" not in body
        assert "Southmark" in served.chief.get(address).content.decode()

    @pytest.mark.parametrize("address", LISTS)
    @pytest.mark.parametrize("role", ["employee", "administrator"])
    def test_is_closed_to_those_who_see_no_figures(self, served, address, role):
        client = APIClient()
        client.force_login(UserFactory(roles=[role]))
        assert client.get(address).status_code == 403

    @pytest.mark.parametrize("address", LISTS)
    def test_an_unknown_parameter_is_named(self, served, address):
        answer = served.manager.get(address, {"departement": 1})
        assert answer.status_code == 400
        assert "departement" in answer.json()["error"]["message"]

    def test_what_is_others_is_answered_like_what_is_missing(self, served):
        theirs = {
            KPIS: served.hidden.pk,
            TARGETS: KpiTarget.objects.get(kpi=served.hidden).pk,
            VALUES: KpiValue.objects.get(series__kpi=served.hidden).pk,
        }
        for address, pk in theirs.items():
            answers = [served.manager.get(f"{address}{key}/") for key in (pk, 10**9)]
            assert [answer.status_code for answer in answers] == [404, 404]
            bodies = [answer.json()["error"] | {"request_id": ""} for answer in answers]
            assert bodies[0] == bodies[1]
        assert served.manager.get(f"{KPIS}{served.hidden.pk}/versions/").status_code == 404

    @pytest.mark.parametrize("address", [TARGETS, VALUES, MONTHS])
    def test_filters_take_no_id_of_others(self, served, address):
        for name, pk in (("kpi", served.hidden.pk), ("department", served.south.pk)):
            answers = [served.manager.get(address, {name: key}) for key in (pk, 10**9)]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert "Southmark" not in answers[0].content.decode()

    def test_a_kpi_with_its_definition_of_today(self, served):
        found = served.manager.get(f"{KPIS}{served.sold.pk}/").json()
        assert (found["code"], found["department"]["code"], found["definition"]["direction"]) == (
            "SOLD",
            "ALL",
            "higher",
        )
        versions = served.manager.get(f"{KPIS}{served.sold.pk}/versions/").json()
        assert [row["first"] for row in versions] == ["1900-01-01"]

    def test_filters_of_kpis(self, served):
        tagged = make_kpi(served.north, code="TAG", name="Tagged one")
        Kpi.objects.filter(pk=tagged.pk).update(tags=["safety"], retired_from=date(2026, 1, 1))
        given = {
            "code": "sold", "family": "Sales", "tag": "safety", "status": "retired", "q": "tagged",
            "department": served.south.pk,
        }  # fmt: skip
        found = {
            name: [row["code"] for row in rows(served.chief.get(KPIS, {name: text}))] for name, text in given.items()
        }
        assert found == {
            "code": ["SOLD"], "family": ["SOLD"], "tag": ["TAG"], "status": ["TAG"], "q": ["TAG"],
            "department": ["SOLD", "HIDDEN"],
        }  # fmt: skip

    def test_a_value_says_who_when_and_whence(self, served):
        found = rows(served.manager.get(VALUES, {"kpi": served.sold.pk, "until": "2026-01"}))
        assert len(found) == 1
        assert found[0] | {"id": 0, "entered_by": found[0]["entered_by"]["name"]} == {
            "id": 0, "kpi": {"id": served.sold.pk, "code": "SOLD", "name": "Sold"},
            "department": {"id": served.north.pk, "code": "NORTH", "name": "North"},
            "month": "2026-01", "version": 1, "state": "current", "kind": "number", "value": "10.5", "numerator": None,
            "denominator": None, "ytd_value": None, "source": "typed", "note": "First load.", "is_late": True,
            "is_restated": False, "entered_by": "Cora Chief", "entered_at": "2026-06-15T09:00:00+00:00",
            "import_run": None, "decided_by": None, "decided_at": None,
        }  # fmt: skip

    def test_values_of_all_versions(self, served):
        record([entry(served.sold, served.north, "2026-01", 11)], by=served.coo)
        given = {"kpi": served.sold.pk, "department": served.north.pk, "until": "2026-01"}
        assert [row["version"] for row in rows(served.chief.get(VALUES, given))] == [2]
        every = rows(served.chief.get(VALUES, {**given, "versions": "all"}))
        assert [(row["version"], row["state"], row["is_restated"]) for row in every] == [
            (1, "superseded", False), (2, "current", True),
        ]  # fmt: skip
        assert [row["version"] for row in rows(served.chief.get(VALUES, {**given, "state": "superseded"}))] == [1]

    def test_months_are_rolled_up_against_the_target(self, served):
        found = rows(
            served.manager.get(MONTHS, {"kpi": served.sold.pk, "department": served.north.pk, "reported": "true"})
        )
        assert [(row["month"], row["value"], row["ytd_value"], row["target"], row["status"]) for row in found] == [
            ("2026-01", "10.5", "10.5", "15", "red"), ("2026-02", "20", "30.5", "15", "green"),
        ]  # fmt: skip
        top = rows(served.chief.get(MONTHS, {"department": served.company.pk, "until": "2026-01", "status": "green"}))
        assert [(row["value"], row["reporting_count"]) for row in top] == [("4721.5", 2)]

    def test_kinds_of_nothing_stay_apart(self, served):
        record(
            [
                entry(served.sold, served.north, "2026-03", 0),
                entry(served.sold, served.north, "2026-04", kind="no_data"),
                entry(served.sold, served.north, "2026-05", kind="suppressed"),
            ],
            by=served.coo,
        )
        found = rows(
            served.manager.get(MONTHS, {"kpi": served.sold.pk, "department": served.north.pk, "since": "2026-03"})
        )
        assert [(row["month"], row["kind"], row["value"], row["absence"]) for row in found] == [
            ("2026-03", "number", "0", ""),
            ("2026-04", "no_data", None, "no_data"),
            ("2026-05", "suppressed", None, "suppressed"),
            ("2026-06", None, None, "not_due"),
        ]
        assert [row["is_late"] for row in found] == [True, True, True, False]

    @pytest.mark.parametrize("address", [VALUES, MONTHS])
    def test_pages_hold_every_row_once_there_and_back(self, served, address):
        record([entry(served.sold, served.south, f"2025-{month:02}", month) for month in range(1, 13)], by=served.coo)
        whole = rows(served.chief.get(address, {"limit": 200}))
        seen, back, link = [], [], f"{address}?limit=4"
        while link:
            page = served.chief.get(link).json()
            seen += page["results"]
            last, link = page, page["next"]
        assert seen == whole
        assert len(whole) > 12
        link = last["previous"]
        while link:
            page = served.chief.get(link).json()
            back = page["results"] + back
            link = page["previous"]
        assert back + last["results"] == whole

    @pytest.mark.parametrize("cursor", ["abcd", "bnVsbA==", "W2ZhbHNlLDEsMl0=", "W2ZhbHNlLCJ4IiwieCIsIngiXQ=="])
    def test_a_cursor_of_somebody_s_own_making_is_refused(self, served, cursor):
        answer = served.chief.get(MONTHS, {"cursor": cursor})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_cursor")

    @pytest.mark.parametrize("address", LISTS)
    def test_costs_as_many_queries_for_many_rows(self, served, address, django_assert_max_num_queries):
        for _round in range(2):
            with django_assert_max_num_queries(12):
                served.chief.get(address)
            for _kpi in range(5):
                kpi = make_kpi(served.north)
                aim(kpi, 1)
                record([entry(kpi, served.north, "2026-01", 1)], by=served.coo)


class TestDefining:
    BODY = {"code": "NEW", "name": "Injuries", "direction": "higher", "unit": "cases", "maximum": "9.5"}

    def test_a_kpi_once_under_one_key(self, served):
        given = {"data": {**self.BODY, "department": served.north.pk, "reporting": [served.north.pk]}, "format": "json"}
        answers = [served.system.post(KPIS, **given, headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        made = answers[0].json()
        assert (made["definition"]["maximum"], made["definition"]["first"]) == ("9.5", "1900-01-01")
        assert len(made["doubts"]) == 1
        assert Kpi.objects.filter(code="NEW").count() == 1

    def test_refuses_a_code_that_is_taken(self, served):
        answer = served.system.post(KPIS, {**self.BODY, "code": "sold", "department": served.company.pk}, format="json")
        assert (answer.status_code, answer.json()["error"]["field"]) == (409, "code")

    def test_another_definition_from_a_month_on(self, served):
        address = f"{KPIS}{served.sold.pk}/"
        tag = served.system.get(address)["ETag"]
        body = {"valid_from": "2026-02", "direction": "lower", "reason": "Returns count now."}
        given = {"data": body, "format": "json"}
        assert served.system.post(f"{address}definition/", **given).status_code == 428
        answer = served.system.post(f"{address}definition/", **given, headers={"If-Match": tag})
        assert (answer.json()["definition"]["direction"], answer.json()["definition"]["name"]) == ("lower", "Sold")
        assert served.system.post(f"{address}definition/", **given, headers={"If-Match": tag}).status_code == 412
        first, second = KpiMonth.objects.filter(kpi=served.sold, department=served.north).order_by("month")
        assert (first.status, second.status) == ("red", "red")
        assert KpiVersion.objects.filter(kpi=served.sold).count() == 2

    def test_a_change_that_somebody_else_made_meanwhile_is_seen(self, served):
        address = f"{KPIS}{served.sold.pk}/"
        tag = served.system.get(address)["ETag"]
        Kpi.objects.filter(pk=served.sold.pk).update(family="Trade")
        answer = served.system.patch(address, {"family": "x"}, format="json", headers={"If-Match": tag})
        assert answer.status_code == 412

    def test_what_is_not_dated(self, served):
        person = PersonFactory(department=served.south)
        address = f"{KPIS}{served.sold.pk}/"
        body = {"tags": ["b", "a"], "owner": person.pk, "department": served.south.pk, "id": 1}
        found = served.system.patch(address, body, format="json", headers=ANY).json()
        assert (found["tags"], found["owner"], found["family"]) == (["a", "b"], person.pk, "Sales")
        assert found["department"]["code"] == "ALL"

    def test_an_unknown_owner_is_not_found(self, served):
        address = f"{KPIS}{served.sold.pk}/"
        assert served.system.patch(address, {"owner": 10**9}, format="json", headers=ANY).status_code == 404

    def test_retire_and_bring_back(self, served):
        address = f"{KPIS}{served.sold.pk}/retire/"
        given = {"format": "json", "headers": ANY}
        assert served.system.post(address, {"retired_from": "2026-05"}, **given).json()["retired_from"] == "2026-05-01"
        assert "retired" in str(send(served.manager, value()).json())
        assert served.system.post(address, {"retired_from": None}, **given).json()["retired_from"] is None

    def test_is_closed_to_those_who_only_record(self, served):
        address = f"{KPIS}{served.sold.pk}/"
        for path in (KPIS, f"{address}definition/", f"{address}retire/", TARGETS):
            assert served.manager.post(path, {}, format="json").status_code == 403, path
        assert served.manager.patch(address, {}, format="json").status_code == 403

    def test_a_key_holds_only_what_it_was_given(self, served, as_role):
        reader = as_role("coo", served.coo, scopes=["kpis.view"])
        assert reader.get(KPIS).status_code == 200
        assert send(reader, value()).status_code == 403


class TestTargets:
    def test_set_and_remove(self, served):
        body = {"kpi": served.sold.pk, "department": served.north.pk, "target": "12.5", "first": "2026-02-01"}
        answer = served.system.post(TARGETS, body, format="json")
        assert (answer.status_code, answer.json()["target"], answer.json()["until"]) == (201, "12.5", None)
        assert "ETag" in answer
        month = KpiMonth.objects.filter(kpi=served.sold, department=served.north, month=date(2026, 2, 1))
        assert month.get().target == Decimal("12.5")
        address = f"{TARGETS}{answer.json()['id']}/"
        assert served.system.delete(address, headers={"If-Match": '"other"'}).status_code == 412
        assert served.system.delete(address).status_code == 204
        assert month.get().target == 15

    def test_refuses_a_floor_on_the_wrong_side(self, served):
        body = {"kpi": served.sold.pk, "target": 10, "floor": 12, "first": "2026-02-01"}
        answer = served.system.post(TARGETS, body, format="json")
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "floor")

    def test_filters(self, served):
        assert len(rows(served.chief.get(TARGETS, {"kpi": f"{served.sold.pk},{served.hidden.pk}"}))) == 2
        assert len(rows(served.chief.get(TARGETS, {"department": served.south.pk}))) == 1
        assert rows(served.chief.get(TARGETS, {"on": "1999-01-01"})) == []
