"""Values through the API: rows that answer for themselves, and what is decided about them."""

from datetime import date
from decimal import Decimal

import pytest

from apps.departments.services import add_alias
from apps.kpis.models import KpiValue
from apps.kpis.tests.factories import make_kpi
from apps.kpis.tests.sending import VALUES, results, rows, send, value

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("early_june")]


class TestSending:
    def test_each_row_answers_for_itself(self, served):
        answer = send(
            served.manager,
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
        stored = KpiValue.objects.get(series__kpi=served.sold, month=date(2026, 5, 1))
        assert (stored.value, stored.source, stored.note, stored.entered_by) == (
            Decimal("7.25"), "pushed", "A good month.", served.mia,
        )  # fmt: skip

    def test_all_or_nothing_names_every_row(self, served):
        answer = send(served.manager, value(), value(number="seven"), value(kpi="HIDDEN"))
        assert answer.status_code == 422
        assert [(row["row"], row["field"]) for row in answer.json()["error"]["details"]] == [(2, "value"), (3, "kpi")]
        assert not KpiValue.objects.filter(month=date(2026, 5, 1)).exists()

    def test_the_same_values_again_change_nothing(self, served):
        assert results(send(served.manager, value())) == ["created"]
        assert results(send(served.manager, value())) == ["unchanged"]
        assert results(send(served.manager, value(number=8))) == ["changed"]
        assert KpiValue.objects.filter(month=date(2026, 5, 1)).count() == 2

    def test_one_key_is_one_effect(self, served):
        given = {"data": {"rows": [value()]}, "format": "json", "headers": {"Idempotency-Key": "may"}}
        first, again = served.manager.post(VALUES, **given), served.manager.post(VALUES, **given)
        assert first.json() == again.json()
        assert again["Idempotent-Replay"] == "true"
        assert KpiValue.objects.filter(month=date(2026, 5, 1)).count() == 1

    def test_ids_and_codes_and_other_names_mean_the_same(self, served):
        add_alias(department=served.north, alias="Nordhaus", by=None)
        named = [
            value(),
            value(kpi=served.sold.pk, department=served.north.pk),
            value(kpi="sold", department="nordhaus"),
        ]
        told = [results(send(served.manager, row))[0] for row in named]
        assert told == ["created", "unchanged", "unchanged"]

    def test_what_is_others_is_refused_like_what_is_missing(self, served):
        for theirs, nobodys in (
            ({"kpi": served.hidden.pk}, {"kpi": 10**9}),
            ({"kpi": "HIDDEN"}, {"kpi": "NOWHERE"}),
            ({"department": served.south.pk}, {"department": 10**9}),
            ({"department": "SOUTH"}, {"department": "NOWHERE"}),
            ({"department": "Southmark"}, {"department": "Nowhere"}),
        ):
            bodies = [
                send(served.manager, value(**given)).json()["error"] | {"request_id": ""} for given in (theirs, nobodys)
            ]
            assert bodies[0] == bodies[1], theirs
            assert "Southmark" not in str(bodies)

    def test_numerator_and_denominator(self, served):
        make_kpi(served.north, code="RATE", over_time="ratio", over_departments="ratio", scale=100)
        parts = {"number": None, "numerator": "8913", "denominator": "10000"}
        assert results(send(served.manager, value(kpi="RATE", **parts))) == ["created"]
        stored = KpiValue.objects.get(series__kpi__code="RATE")
        assert (stored.value, stored.denominator) == (Decimal("89.13"), 10_000)

    def test_a_closed_month_asks_for_a_reason_and_the_right(self, served):
        late = value(month="2026-03")
        assert "no more values" in send(served.manager, late).json()["error"]["message"]
        assert "reason" in send(served.system, late).json()["error"]["message"]
        assert results(send(served.system, late, reason="Recounted.")) == ["created"]

    def test_no_row_and_too_many_are_refused_at_once(self, served):
        assert send(served.manager).status_code == 400
        assert send(served.manager, *[value()] * 10_001).status_code == 400

    def test_costs_as_many_queries_for_fifty_rows_as_for_two(self, served, django_assert_max_num_queries):
        for count in (1, 25):
            sent = [value(month=month, number=count) for month in ("2026-05", "2026-06")] * count
            with django_assert_max_num_queries(75):
                assert send(served.manager, *sent, mode="good_rows").status_code == 200

    def test_a_value_that_looks_wrong_is_stored_and_told(self, served):
        past = [value(month=f"2026-0{month}", number=100 + month) for month in range(1, 6)]
        send(served.system, *past, reason="Late.")
        told = send(served.manager, value(month="2026-06", number=10_300)).json()
        assert (told["created"], told["warned"], told["refused"]) == (1, 1, 0)
        assert [one["code"] for one in told["rows"][0]["warnings"]] == ["scale"]
        assert "10300 is about 10, 100 or 1,000 times off" in told["rows"][0]["warnings"][0]["message"]

    def test_whoever_sends_may_have_such_values_refused_or_confirm_them(self, served):
        past = [value(month=f"2026-0{month}", number=100 + month) for month in range(1, 5)]
        send(served.system, *past, reason="Late.")
        odd = [value(month="2026-05", number=-102), value(month="2026-06", number=103)]
        answer = send(served.manager, *odd, warnings="refuse")
        assert (answer.status_code, answer.json()["error"]["details"][0]["row"]) == (422, 1)
        assert not KpiValue.objects.filter(month__gte=date(2026, 5, 1), series__kpi=served.sold).exists()
        told = send(served.manager, *odd, warnings="refuse", mode="good_rows").json()
        assert [(row["result"], row["code"]) for row in told["rows"]] == [("refused", "looks_wrong"), ("created", "")]
        assert "Correct it, or confirm it." in told["rows"][0]["message"]
        meant = send(served.manager, {**odd[0], "confirmed": True}, warnings="refuse").json()
        assert (meant["created"], meant["warned"], meant["rows"][0]["warnings"][0]["code"]) == (1, 1, "sign")

    @pytest.mark.parametrize("number", ["NaN", "1e400", "1e18", "1" * 61, True, [], {}, "Infinity"])
    def test_what_is_no_number_is_named(self, served, number):
        answer = send(served.manager, value(number=number))
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "value")


class TestDeciding:
    @pytest.fixture
    def waiting(self, served):
        """A value of North that the manager sent and that waits."""
        make_kpi(served.north, code="CHECKED", needs_approval=True)
        assert results(send(served.manager, value(kpi="CHECKED"))) == ["waiting"]
        return KpiValue.objects.get(series__kpi__code="CHECKED")

    def test_waits_once_however_often_it_is_sent(self, served, waiting):
        assert results(send(served.manager, value(kpi="CHECKED"))) == ["unchanged"]
        assert results(send(served.manager, value(kpi="CHECKED", number="8"))) == ["waiting"]
        assert [row["value"] for row in rows(served.manager.get(VALUES, {"state": "waiting"}))] == ["8"]

    def test_approve(self, served, waiting):
        body = {"ids": [waiting.pk]}
        assert served.manager.post(f"{VALUES}approve/", body, format="json").status_code == 403
        assert served.chief.post(f"{VALUES}approve/", body, format="json").json() == {"count": 1}
        assert served.chief.post(f"{VALUES}approve/", body, format="json").status_code == 409
        found = served.chief.get(f"{VALUES}{waiting.pk}/").json()
        assert (found["state"], found["decided_by"]["name"]) == ("current", "Cora Chief")

    def test_decline(self, served, waiting):
        body = {"ids": [waiting.pk], "reason": "Twice too high."}
        assert served.chief.post(f"{VALUES}decline/", {"ids": [waiting.pk]}, format="json").status_code == 400
        assert served.chief.post(f"{VALUES}decline/", body, format="json").json() == {"count": 1}
        waiting.refresh_from_db()
        assert waiting.state == "declined"

    def test_values_of_others_are_answered_like_missing_ones(self, served, waiting):
        make_kpi(served.south, code="OTHER", needs_approval=True)
        assert results(send(served.chief, value(kpi="OTHER", department="SOUTH"))) == ["waiting"]
        theirs = KpiValue.objects.get(series__kpi__code="OTHER")
        for action, more in (("approve", {}), ("decline", {"reason": "No."})):
            answers = [
                served.manager.post(f"{VALUES}{action}/", {"ids": [waiting.pk, pk], **more}, format="json")
                for pk in (theirs.pk, 10**9)
            ]
            assert [answer.status_code for answer in answers] == [404, 404]
        theirs.refresh_from_db()
        assert theirs.state == "waiting"
