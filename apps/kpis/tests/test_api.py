"""The API on KPIs: scope, shapes, acts, rows that answer for themselves, refusals in the one error shape."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from rest_framework.test import APIClient

from apps.accounts.rules import capabilities_of
from apps.accounts.tests.factories import UserFactory, make_key
from apps.departments.services import add_alias
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.models import Kpi, KpiMonth, KpiTarget, KpiValue, KpiVersion
from apps.kpis.tests.factories import NOW, aim, entry, make_kpi, record
from apps.periods.services import open_periods
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
KPIS, TARGETS = "/api/v1/kpis/", "/api/v1/kpi-targets/"
VALUES, MONTHS = "/api/v1/kpi-values/", "/api/v1/kpi-months/"
LISTS = (KPIS, TARGETS, VALUES, MONTHS)
ANY = {"If-Match": "*"}


@pytest.fixture(autouse=True)
def early_june(time_machine):
    """May still takes values."""
    time_machine.move_to("2026-06-02 09:00:00+00:00", tick=False)


@pytest.fixture
def as_role():
    """A client with a key of somebody in this role (or of this account)."""

    def client(role, user=None, scopes=None):
        held = APIClient()
        user = user or UserFactory(roles=[role])
        _key, text = make_key(user, sorted(scopes or capabilities_of([role])))
        held.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        held.user = user
        return held

    return client


@pytest.fixture
def house(as_role):
    """A company with North and South; Mia leads North. One KPI of the company that North reports, one of South alone."""
    open_periods(now=NOW)
    company = DepartmentFactory(code="ALL", name="Company")
    north = DepartmentFactory(code="NORTH", name="North", parent=company)
    south = DepartmentFactory(code="SOUTH", name="Southmark", parent=company)
    mia = UserFactory(roles=["manager"], name="Mia Manager")
    PersonFactory(name="Mia Manager", department=north, role="head", user=mia)
    coo = UserFactory(roles=["coo"], name="Cora Chief")
    sold = make_kpi(company, code="SOLD", name="Sold", reporting=[north])
    Kpi.objects.filter(pk=sold.pk).update(family="Sales")
    hidden = make_kpi(south, code="HIDDEN", name="Southmark waste", direction="lower")
    record(
        [
            entry(sold, north, "2026-01", "10.50"),
            entry(sold, south, "2026-01", "4711"),
            entry(sold, north, "2026-02", 20),
            entry(hidden, south, "2026-01", 3, note="Southmark note"),
        ],
        by=coo,
    )
    aim(sold, 15)
    aim(hidden, 4, department=south)
    return SimpleNamespace(
        company=company, north=north, south=south, mia=mia, coo=coo, sold=sold, hidden=hidden,
        manager=as_role("manager", mia), system=as_role("integration"), chief=as_role("coo", coo),
    )  # fmt: skip


def rows(response):
    assert response.status_code == 200, response.content
    return response.json()["results"]


def send(client, *values, **more):
    return client.post(VALUES, {"rows": list(values), **more}, format="json")


def value(kpi="SOLD", department="NORTH", month="2026-05", number="7", **more):
    given = {"kpi": kpi, "department": department, "month": month, **more}
    return given if number is None else {**given, "value": number}


def results(response):
    assert response.status_code == 200, response.content
    return [row["result"] for row in response.json()["rows"]]


class TestReading:
    @pytest.mark.parametrize("address", LISTS)
    def test_nothing_of_another_department_in_any_list(self, house, address):
        body = house.manager.get(address).content.decode()
        assert "Southmark" not in body
        assert "4711" not in body
        assert "Southmark" in house.chief.get(address).content.decode()

    @pytest.mark.parametrize("address", LISTS)
    @pytest.mark.parametrize("role", ["employee", "administrator"])
    def test_is_closed_to_those_who_see_no_figures(self, house, address, role):
        client = APIClient()
        client.force_login(UserFactory(roles=[role]))
        assert client.get(address).status_code == 403

    @pytest.mark.parametrize("address", LISTS)
    def test_an_unknown_parameter_is_named(self, house, address):
        answer = house.manager.get(address, {"departement": 1})
        assert answer.status_code == 400
        assert "departement" in answer.json()["error"]["message"]

    def test_what_is_others_is_answered_like_what_is_missing(self, house):
        theirs = {
            KPIS: house.hidden.pk,
            TARGETS: KpiTarget.objects.get(kpi=house.hidden).pk,
            VALUES: KpiValue.objects.get(series__kpi=house.hidden).pk,
        }
        for address, pk in theirs.items():
            answers = [house.manager.get(f"{address}{key}/") for key in (pk, 10**9)]
            assert [answer.status_code for answer in answers] == [404, 404]
            bodies = [answer.json()["error"] | {"request_id": ""} for answer in answers]
            assert bodies[0] == bodies[1]
        assert house.manager.get(f"{KPIS}{house.hidden.pk}/versions/").status_code == 404

    @pytest.mark.parametrize("address", [TARGETS, VALUES, MONTHS])
    def test_filters_take_no_id_of_others(self, house, address):
        for name, pk in (("kpi", house.hidden.pk), ("department", house.south.pk)):
            answers = [house.manager.get(address, {name: key}) for key in (pk, 10**9)]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert "Southmark" not in answers[0].content.decode()

    def test_a_kpi_with_its_definition_of_today(self, house):
        found = house.manager.get(f"{KPIS}{house.sold.pk}/").json()
        assert (found["code"], found["department"]["code"], found["definition"]["direction"]) == (
            "SOLD",
            "ALL",
            "higher",
        )
        versions = house.manager.get(f"{KPIS}{house.sold.pk}/versions/").json()
        assert [row["first"] for row in versions] == ["1900-01-01"]

    def test_filters_of_kpis(self, house):
        tagged = make_kpi(house.north, code="TAG", name="Tagged one")
        Kpi.objects.filter(pk=tagged.pk).update(tags=["safety"], retired_from=date(2026, 1, 1))
        given = {
            "code": "sold", "family": "Sales", "tag": "safety", "status": "retired", "q": "tagged",
            "department": house.south.pk,
        }  # fmt: skip
        found = {
            name: [row["code"] for row in rows(house.chief.get(KPIS, {name: text}))] for name, text in given.items()
        }
        assert found == {
            "code": ["SOLD"], "family": ["SOLD"], "tag": ["TAG"], "status": ["TAG"], "q": ["TAG"],
            "department": ["SOLD", "HIDDEN"],
        }  # fmt: skip

    def test_a_value_says_who_when_and_whence(self, house):
        found = rows(house.manager.get(VALUES, {"kpi": house.sold.pk, "until": "2026-01"}))
        assert len(found) == 1
        assert found[0] | {"id": 0, "entered_by": found[0]["entered_by"]["name"]} == {
            "id": 0, "kpi": {"id": house.sold.pk, "code": "SOLD", "name": "Sold"},
            "department": {"id": house.north.pk, "code": "NORTH", "name": "North"},
            "month": "2026-01", "version": 1, "state": "current", "kind": "number", "value": "10.5", "numerator": None,
            "denominator": None, "ytd_value": None, "source": "typed", "note": "First load.", "is_late": True,
            "is_restated": False, "entered_by": "Cora Chief", "entered_at": "2026-06-15T09:00:00+00:00",
            "import_run": None, "decided_by": None, "decided_at": None,
        }  # fmt: skip

    def test_values_of_all_versions(self, house):
        record([entry(house.sold, house.north, "2026-01", 11)], by=house.coo)
        given = {"kpi": house.sold.pk, "department": house.north.pk, "until": "2026-01"}
        assert [row["version"] for row in rows(house.chief.get(VALUES, given))] == [2]
        every = rows(house.chief.get(VALUES, {**given, "versions": "all"}))
        assert [(row["version"], row["state"], row["is_restated"]) for row in every] == [
            (1, "superseded", False), (2, "current", True),
        ]  # fmt: skip
        assert [row["version"] for row in rows(house.chief.get(VALUES, {**given, "state": "superseded"}))] == [1]

    def test_months_are_rolled_up_against_the_target(self, house):
        found = rows(
            house.manager.get(MONTHS, {"kpi": house.sold.pk, "department": house.north.pk, "reported": "true"})
        )
        assert [(row["month"], row["value"], row["ytd_value"], row["target"], row["status"]) for row in found] == [
            ("2026-01", "10.5", "10.5", "15", "red"), ("2026-02", "20", "30.5", "15", "green"),
        ]  # fmt: skip
        top = rows(house.chief.get(MONTHS, {"department": house.company.pk, "until": "2026-01", "status": "green"}))
        assert [(row["value"], row["reporting_count"]) for row in top] == [("4721.5", 2)]

    def test_kinds_of_nothing_stay_apart(self, house):
        record(
            [
                entry(house.sold, house.north, "2026-03", 0),
                entry(house.sold, house.north, "2026-04", kind="no_data"),
                entry(house.sold, house.north, "2026-05", kind="suppressed"),
            ],
            by=house.coo,
        )
        found = rows(
            house.manager.get(MONTHS, {"kpi": house.sold.pk, "department": house.north.pk, "since": "2026-03"})
        )
        assert [(row["month"], row["kind"], row["value"], row["absence"]) for row in found] == [
            ("2026-03", "number", "0", ""),
            ("2026-04", "no_data", None, "no_data"),
            ("2026-05", "suppressed", None, "suppressed"),
            ("2026-06", None, None, "not_due"),
        ]
        assert [row["is_late"] for row in found] == [True, True, True, False]

    @pytest.mark.parametrize("address", [VALUES, MONTHS])
    def test_pages_hold_every_row_once_there_and_back(self, house, address):
        record([entry(house.sold, house.south, f"2025-{month:02}", month) for month in range(1, 13)], by=house.coo)
        whole = rows(house.chief.get(address, {"limit": 200}))
        seen, back, link = [], [], f"{address}?limit=4"
        while link:
            page = house.chief.get(link).json()
            seen += page["results"]
            last, link = page, page["next"]
        assert seen == whole
        assert len(whole) > 12
        link = last["previous"]
        while link:
            page = house.chief.get(link).json()
            back = page["results"] + back
            link = page["previous"]
        assert back + last["results"] == whole

    @pytest.mark.parametrize("cursor", ["abcd", "bnVsbA==", "W2ZhbHNlLDEsMl0=", "W2ZhbHNlLCJ4IiwieCIsIngiXQ=="])
    def test_a_cursor_of_somebody_s_own_making_is_refused(self, house, cursor):
        answer = house.chief.get(MONTHS, {"cursor": cursor})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_cursor")

    @pytest.mark.parametrize("address", LISTS)
    def test_costs_as_many_queries_for_many_rows(self, house, address, django_assert_max_num_queries):
        for _round in range(2):
            with django_assert_max_num_queries(12):
                house.chief.get(address)
            for _kpi in range(5):
                kpi = make_kpi(house.north)
                aim(kpi, 1)
                record([entry(kpi, house.north, "2026-01", 1)], by=house.coo)


class TestDefining:
    BODY = {"code": "NEW", "name": "Injuries", "direction": "higher", "unit": "cases", "maximum": "9.5"}

    def test_a_kpi_once_under_one_key(self, house):
        given = {"data": {**self.BODY, "department": house.north.pk, "reporting": [house.north.pk]}, "format": "json"}
        answers = [house.system.post(KPIS, **given, headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        made = answers[0].json()
        assert (made["definition"]["maximum"], made["definition"]["first"]) == ("9.5", "1900-01-01")
        assert len(made["doubts"]) == 1
        assert Kpi.objects.filter(code="NEW").count() == 1

    def test_refuses_a_code_that_is_taken(self, house):
        answer = house.system.post(KPIS, {**self.BODY, "code": "sold", "department": house.company.pk}, format="json")
        assert (answer.status_code, answer.json()["error"]["field"]) == (409, "code")

    def test_another_definition_from_a_month_on(self, house):
        address = f"{KPIS}{house.sold.pk}/"
        tag = house.system.get(address)["ETag"]
        body = {"valid_from": "2026-02", "direction": "lower", "reason": "Returns count now."}
        given = {"data": body, "format": "json"}
        assert house.system.post(f"{address}definition/", **given).status_code == 428
        answer = house.system.post(f"{address}definition/", **given, headers={"If-Match": tag})
        assert (answer.json()["definition"]["direction"], answer.json()["definition"]["name"]) == ("lower", "Sold")
        assert house.system.post(f"{address}definition/", **given, headers={"If-Match": tag}).status_code == 412
        first, second = KpiMonth.objects.filter(kpi=house.sold, department=house.north).order_by("month")
        assert (first.status, second.status) == ("red", "red")
        assert KpiVersion.objects.filter(kpi=house.sold).count() == 2

    def test_a_change_that_somebody_else_made_meanwhile_is_seen(self, house):
        address = f"{KPIS}{house.sold.pk}/"
        tag = house.system.get(address)["ETag"]
        Kpi.objects.filter(pk=house.sold.pk).update(family="Trade")
        answer = house.system.patch(address, {"family": "x"}, format="json", headers={"If-Match": tag})
        assert answer.status_code == 412

    def test_what_is_not_dated(self, house):
        person = PersonFactory(department=house.south)
        address = f"{KPIS}{house.sold.pk}/"
        body = {"tags": ["b", "a"], "owner": person.pk, "department": house.south.pk, "id": 1}
        found = house.system.patch(address, body, format="json", headers=ANY).json()
        assert (found["tags"], found["owner"], found["family"]) == (["a", "b"], person.pk, "Sales")
        assert found["department"]["code"] == "ALL"

    def test_an_unknown_owner_is_not_found(self, house):
        address = f"{KPIS}{house.sold.pk}/"
        assert house.system.patch(address, {"owner": 10**9}, format="json", headers=ANY).status_code == 404

    def test_retire_and_bring_back(self, house):
        address = f"{KPIS}{house.sold.pk}/retire/"
        given = {"format": "json", "headers": ANY}
        assert house.system.post(address, {"retired_from": "2026-05"}, **given).json()["retired_from"] == "2026-05-01"
        assert "retired" in str(send(house.manager, value()).json())
        assert house.system.post(address, {"retired_from": None}, **given).json()["retired_from"] is None

    def test_is_closed_to_those_who_only_record(self, house):
        address = f"{KPIS}{house.sold.pk}/"
        for path in (KPIS, f"{address}definition/", f"{address}retire/", TARGETS):
            assert house.manager.post(path, {}, format="json").status_code == 403, path
        assert house.manager.patch(address, {}, format="json").status_code == 403

    def test_a_key_holds_only_what_it_was_given(self, house, as_role):
        reader = as_role("coo", house.coo, scopes=["kpis.view"])
        assert reader.get(KPIS).status_code == 200
        assert send(reader, value()).status_code == 403


class TestTargets:
    def test_set_and_remove(self, house):
        body = {"kpi": house.sold.pk, "department": house.north.pk, "target": "12.5", "first": "2026-02-01"}
        answer = house.system.post(TARGETS, body, format="json")
        assert (answer.status_code, answer.json()["target"], answer.json()["until"]) == (201, "12.5", None)
        assert "ETag" in answer
        month = KpiMonth.objects.filter(kpi=house.sold, department=house.north, month=date(2026, 2, 1))
        assert month.get().target == Decimal("12.5")
        address = f"{TARGETS}{answer.json()['id']}/"
        assert house.system.delete(address, headers={"If-Match": '"other"'}).status_code == 412
        assert house.system.delete(address).status_code == 204
        assert month.get().target == 15

    def test_refuses_a_floor_on_the_wrong_side(self, house):
        body = {"kpi": house.sold.pk, "target": 10, "floor": 12, "first": "2026-02-01"}
        answer = house.system.post(TARGETS, body, format="json")
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "floor")

    def test_filters(self, house):
        assert len(rows(house.chief.get(TARGETS, {"kpi": f"{house.sold.pk},{house.hidden.pk}"}))) == 2
        assert len(rows(house.chief.get(TARGETS, {"department": house.south.pk}))) == 1
        assert rows(house.chief.get(TARGETS, {"on": "1999-01-01"})) == []


class TestSending:
    def test_each_row_answers_for_itself(self, house):
        answer = send(
            house.manager,
            value(month="2026-05", number="7.25", note="A good month."),
            value(month="2026-06", number=None, kind="no_data"),
            value(month="2026-05", department="SOUTH"),
            value(kpi="HIDDEN"),
            value(number="seven"),
            value(number=None),
            value(month="2026-13"),
            value(vlaue=1),
            value(month="2026-09"),
            ["no object"],
            mode="good_rows",
        )
        told = [(row["row"], row["result"], row["field"]) for row in answer.json()["rows"]]
        assert told == [
            (1, "created", ""), (2, "created", ""), (3, "refused", "kpi"), (4, "refused", "kpi"),
            (5, "refused", "value"), (6, "refused", "value"), (7, "refused", "month"), (8, "refused", "vlaue"),
            (9, "refused", "month"), (10, "refused", ""),
        ]  # fmt: skip
        assert all(row["message"] for row in answer.json()["rows"][2:])
        stored = KpiValue.objects.get(series__kpi=house.sold, month=date(2026, 5, 1))
        assert (stored.value, stored.source, stored.note, stored.entered_by) == (
            Decimal("7.25"), "pushed", "A good month.", house.mia,
        )  # fmt: skip

    def test_all_or_nothing_names_every_row(self, house):
        answer = send(house.manager, value(), value(number="seven"), value(kpi="HIDDEN"))
        assert answer.status_code == 422
        assert [(row["row"], row["field"]) for row in answer.json()["error"]["details"]] == [(2, "value"), (3, "kpi")]
        assert not KpiValue.objects.filter(month=date(2026, 5, 1)).exists()

    def test_the_same_values_again_change_nothing(self, house):
        assert results(send(house.manager, value())) == ["created"]
        assert results(send(house.manager, value())) == ["unchanged"]
        assert results(send(house.manager, value(number=8))) == ["changed"]
        assert KpiValue.objects.filter(month=date(2026, 5, 1)).count() == 2

    def test_one_key_is_one_effect(self, house):
        given = {"data": {"rows": [value()]}, "format": "json", "headers": {"Idempotency-Key": "may"}}
        first, again = house.manager.post(VALUES, **given), house.manager.post(VALUES, **given)
        assert first.json() == again.json()
        assert again["Idempotent-Replay"] == "true"
        assert KpiValue.objects.filter(month=date(2026, 5, 1)).count() == 1

    def test_ids_and_codes_and_other_names_mean_the_same(self, house):
        add_alias(department=house.north, alias="Nordhaus", by=None)
        named = [value(), value(kpi=house.sold.pk, department=house.north.pk), value(kpi="sold", department="nordhaus")]
        told = [results(send(house.manager, row))[0] for row in named]
        assert told == ["created", "unchanged", "unchanged"]

    def test_what_is_others_is_refused_like_what_is_missing(self, house):
        for theirs, nobodys in (
            ({"kpi": house.hidden.pk}, {"kpi": 10**9}),
            ({"kpi": "HIDDEN"}, {"kpi": "NOWHERE"}),
            ({"department": house.south.pk}, {"department": 10**9}),
            ({"department": "SOUTH"}, {"department": "NOWHERE"}),
            ({"department": "Southmark"}, {"department": "Nowhere"}),
        ):
            bodies = [
                send(house.manager, value(**given)).json()["error"] | {"request_id": ""} for given in (theirs, nobodys)
            ]
            assert bodies[0] == bodies[1], theirs
            assert "Southmark" not in str(bodies)

    def test_numerator_and_denominator(self, house):
        make_kpi(house.north, code="RATE", over_time="ratio", over_departments="ratio", scale=100)
        parts = {"number": None, "numerator": "8913", "denominator": "10000"}
        assert results(send(house.manager, value(kpi="RATE", **parts))) == ["created"]
        stored = KpiValue.objects.get(series__kpi__code="RATE")
        assert (stored.value, stored.denominator) == (Decimal("89.13"), 10_000)

    def test_a_closed_month_asks_for_a_reason_and_the_right(self, house):
        late = value(month="2026-03")
        assert "no more values" in send(house.manager, late).json()["error"]["message"]
        assert "reason" in send(house.system, late).json()["error"]["message"]
        assert results(send(house.system, late, reason="Recounted.")) == ["created"]

    def test_no_row_and_too_many_are_refused_at_once(self, house):
        assert send(house.manager).status_code == 400
        assert send(house.manager, *[value()] * 10_001).status_code == 400

    def test_costs_as_many_queries_for_fifty_rows_as_for_two(self, house, django_assert_max_num_queries):
        for count in (1, 25):
            sent = [value(month=month, number=count) for month in ("2026-05", "2026-06")] * count
            with django_assert_max_num_queries(75):
                assert send(house.manager, *sent, mode="good_rows").status_code == 200

    def test_a_value_that_looks_wrong_is_stored_and_told(self, house):
        past = [value(month=f"2026-0{month}", number=100 + month) for month in range(1, 6)]
        send(house.system, *past, reason="Late.")
        told = send(house.manager, value(month="2026-06", number=10_300)).json()
        assert (told["created"], told["warned"], told["refused"]) == (1, 1, 0)
        assert [one["code"] for one in told["rows"][0]["warnings"]] == ["scale"]
        assert "10300 is about 10, 100 or 1,000 times off" in told["rows"][0]["warnings"][0]["message"]

    def test_whoever_sends_may_have_such_values_refused_or_confirm_them(self, house):
        past = [value(month=f"2026-0{month}", number=100 + month) for month in range(1, 5)]
        send(house.system, *past, reason="Late.")
        odd = [value(month="2026-05", number=-102), value(month="2026-06", number=103)]
        answer = send(house.manager, *odd, warnings="refuse")
        assert (answer.status_code, answer.json()["error"]["details"][0]["row"]) == (422, 1)
        assert not KpiValue.objects.filter(month__gte=date(2026, 5, 1), series__kpi=house.sold).exists()
        told = send(house.manager, *odd, warnings="refuse", mode="good_rows").json()
        assert [(row["result"], row["code"]) for row in told["rows"]] == [("refused", "looks_wrong"), ("created", "")]
        assert "Correct it, or confirm it." in told["rows"][0]["message"]
        meant = send(house.manager, {**odd[0], "confirmed": True}, warnings="refuse").json()
        assert (meant["created"], meant["warned"], meant["rows"][0]["warnings"][0]["code"]) == (1, 1, "sign")

    @pytest.mark.parametrize("number", ["NaN", "1e400", "1e18", "1" * 61, True, [], {}, "Infinity"])
    def test_what_is_no_number_is_named(self, house, number):
        answer = send(house.manager, value(number=number))
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "value")


class TestDeciding:
    @pytest.fixture
    def waiting(self, house):
        """A value of North that the manager sent and that waits."""
        make_kpi(house.north, code="CHECKED", needs_approval=True)
        assert results(send(house.manager, value(kpi="CHECKED"))) == ["waiting"]
        return KpiValue.objects.get(series__kpi__code="CHECKED")

    def test_waits_once_however_often_it_is_sent(self, house, waiting):
        assert results(send(house.manager, value(kpi="CHECKED"))) == ["unchanged"]
        assert results(send(house.manager, value(kpi="CHECKED", number="8"))) == ["waiting"]
        assert [row["value"] for row in rows(house.manager.get(VALUES, {"state": "waiting"}))] == ["8"]

    def test_approve(self, house, waiting):
        body = {"ids": [waiting.pk]}
        assert house.manager.post(f"{VALUES}approve/", body, format="json").status_code == 403
        assert house.chief.post(f"{VALUES}approve/", body, format="json").json() == {"count": 1}
        assert house.chief.post(f"{VALUES}approve/", body, format="json").status_code == 409
        found = house.chief.get(f"{VALUES}{waiting.pk}/").json()
        assert (found["state"], found["decided_by"]["name"]) == ("current", "Cora Chief")

    def test_decline(self, house, waiting):
        body = {"ids": [waiting.pk], "reason": "Twice too high."}
        assert house.chief.post(f"{VALUES}decline/", {"ids": [waiting.pk]}, format="json").status_code == 400
        assert house.chief.post(f"{VALUES}decline/", body, format="json").json() == {"count": 1}
        waiting.refresh_from_db()
        assert waiting.state == "declined"

    def test_values_of_others_are_answered_like_missing_ones(self, house, waiting):
        make_kpi(house.south, code="OTHER", needs_approval=True)
        assert results(send(house.chief, value(kpi="OTHER", department="SOUTH"))) == ["waiting"]
        theirs = KpiValue.objects.get(series__kpi__code="OTHER")
        for action, more in (("approve", {}), ("decline", {"reason": "No."})):
            answers = [
                house.manager.post(f"{VALUES}{action}/", {"ids": [waiting.pk, pk], **more}, format="json")
                for pk in (theirs.pk, 10**9)
            ]
            assert [answer.status_code for answer in answers] == [404, 404]
        theirs.refresh_from_db()
        assert theirs.state == "waiting"
