"""Receipts through REST: the values behind a figure, who entered and who approved them, as far as one may see them."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts.rules import capabilities_of
from apps.accounts.tests.factories import UserFactory, make_key
from apps.assessments import services
from apps.assessments.models import Scheme, Score
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment
from apps.assessments.services.entries import enter_facts
from apps.assessments.tests.factories import NOW, approved, draft, published, terms
from apps.core.month import Month
from apps.kpis.models import KpiValue
from apps.kpis.services.deciding import approve_values
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
MOST_QUERIES = 20
"""Of a receipt with one change of the rules inside its year, the making of the key in these tests among them."""
MAY, JUNE = Month(2026, 5), Month(2026, 6)


@pytest.fixture
def receipt():
    """`receipt(user, department)`: the answer to somebody with a key for all that the role holds."""

    def ask(user, department):
        client = APIClient()
        roles = tuple(user.role_grants.values_list("role", flat=True))
        _key, text = make_key(user, sorted(capabilities_of(roles)))
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        score = Score.objects.get(department=department, run__state="published")
        return client.get(f"/api/v1/scores/{score.pk}/receipt/")

    return ask


@pytest.fixture
def may(firm, scheme):
    """May, published."""
    return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run


class TestValuesBehindALine:
    def test_name_version_and_who_entered_it(self, firm, may, receipt):
        line = receipt(firm.hr, firm.north).json()["lines"][0]
        stored = KpiValue.objects.get(series__kpi=firm.revenue, series__department=firm.north)
        (value,) = line["values"]
        assert (line["value_count"], line["hidden_value_count"], line["told"]) == (1, 0, None)
        facts = ("id", "version", "kind", "value", "source", "is_restated", "entered_by", "approved_by", "approved_at")
        assert [value[name] for name in facts] == [
            stored.pk, 1, "number", "95", "typed", False, {"id": firm.coo.pk, "name": "Cora Chief"}, None, None,
        ]  # fmt: skip
        assert value["kpi"]["code"] == "REV"
        assert value["department"]["code"] == "NORTH"
        assert value["entered_at"] == stored.entered_at.isoformat()
        assert line["definition"]["name"] == "Revenue"

    def test_name_who_approved_it(self, firm, receipt):
        care = make_kpi(firm.company, code="CARE", name="Care", reporting=[firm.north], needs_approval=True)
        aim(care, 10)
        record([entry(care, firm.north, "2026-05", 9)], by=firm.mia)
        approve_values(values=KpiValue.objects.filter(series__kpi=care), by=firm.coo, now=NOW)
        approved(draft(by=firm.hr, departments=[firm.north], lines=[terms(care, 100)]), by=firm.hr, deciders=[firm.coo])
        published(MAY, by=firm.hr, deciders=[firm.coo])
        (value,) = receipt(firm.hr, firm.north).json()["lines"][0]["values"]
        assert (value["entered_by"]["name"], value["approved_by"]["name"]) == ("Mia Manager", "Cora Chief")
        assert value["approved_at"] == NOW.isoformat()

    def test_are_those_that_stood_when_the_facts_were_gathered(self, firm, may, receipt):
        record([entry(firm.revenue, firm.north, "2026-05", 99)], by=firm.coo, now=NOW + timedelta(days=1))
        (value,) = receipt(firm.hr, firm.north).json()["lines"][0]["values"]
        assert (value["version"], value["value"]) == (1, "95")

    def test_are_none_where_nothing_was_reported(self, firm, may, receipt):
        line = receipt(firm.hr, firm.works).json()["lines"][0]
        assert (line["status"], line["values"], line["value_count"]) == ("missing_zero", [], 0)

    def test_of_departments_one_may_not_see_are_counted_and_not_shown(self, firm, receipt):
        sue = UserFactory(roles=["employee"], name="Sue Sales")
        PersonFactory(name="Sue Sales", number="S1", department=firm.sales, user=sue)
        lines = [terms(firm.revenue, 100)]
        approved(draft(by=firm.hr, departments=[firm.sales], lines=lines), by=firm.hr, deciders=[firm.coo])
        published(MAY, by=firm.hr, deciders=[firm.coo])
        whole = receipt(firm.mia, firm.sales).json()["lines"][0]
        assert [value["department"]["code"] for value in whole["values"]] == ["NORTH", "SOUTH"]
        assert (whole["value_count"], whole["hidden_value_count"]) == (2, 0)
        answer = receipt(sue, firm.sales)
        line = answer.json()["lines"][0]
        assert (line["values"], line["value_count"], line["hidden_value_count"]) == ([], 2, 2)
        assert "NORTH" not in answer.content.decode()

    def test_stay_with_the_score_out_of_reach(self, firm, may, receipt):
        assert receipt(firm.mia, firm.works).status_code == 404


class TestReportBehindALine:
    def test_names_who_reported_events(self, firm, rules, indicator, scope_for):
        enter_facts(
            month=JUNE, department=firm.north, indicator=indicator("SAFE"), content={"accident": "1"}, note="A fall.",
            evidence="Accident book, page 3.",
            scope=scope_for(firm.coo), by=firm.coo, now=NOW,
        )  # fmt: skip
        run = services.compute_month(month=JUNE, by=firm.hr, now=NOW).run
        score = Score.objects.get(run=run, department=firm.north)
        client = APIClient()
        _key, text = make_key(firm.hr, sorted(capabilities_of(("hr",))))
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        lines = client.get(f"/api/v1/scores/{score.pk}/receipt/").json()["lines"]
        line = next(line for line in lines if line["indicator"]["code"] == "SAFE")
        assert (line["definition"], line["values"]) == (None, [])
        assert line["told"]["said_by"] == {"id": firm.coo.pk, "name": "Cora Chief"}
        assert (line["told"]["version"], line["told"]["note"]) == (1, "A fall.")
        assert line["told"]["evidence"] == "Accident book, page 3."


class TestItsCost:
    def test_does_not_grow_with_the_lines(self, firm, scheme, may, receipt):
        with CaptureQueriesContext(connection) as two:
            receipt(firm.hr, firm.north)
        assert sum("kpis_kpivalue" in query["sql"] for query in two) == 1
        assert sum("assessments_scoreline" in query["sql"] for query in two) == 1


class TestHands:
    def test_name_who_approved_and_who_published_the_month(self, firm, may, receipt):
        body = receipt(firm.hr, firm.north).json()
        assert [one["approved_by"]["name"] for one in body["approvals"]] == ["Cora Chief", "Gus General"]
        assert body["published_by"] == {"id": firm.hr.pk, "name": "Hanna HR"}
        assert body["published_at"] == may.publication.published_at.isoformat()

    def test_name_who_proposed_and_who_confirmed_what_stands_beside_the_points(self, firm, scope_for, receipt):
        made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        items = [{"code": "patent", "name": "Patent", "points_each": "2", "cap": "5", "clause": "Rules, 7"}]
        Scheme.objects.filter(pk=made.pk).update(bonus_items=items)
        approved(Scheme.objects.get(pk=made.pk), by=firm.hr, deciders=[firm.coo, firm.gm])
        event = Event("bonus", "patent", MAY, firm.north, date(2026, 5, 20), "File 12/2026, page 3", "Hinge")
        bonus = propose_adjustment(event=event, scope=scope_for(firm.mia), by=firm.mia, now=NOW)
        confirm_adjustment(adjustment=bonus, by=firm.coo, now=NOW)
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        (extra,) = receipt(firm.hr, firm.north).json()["extras"]
        assert (extra["kind"], extra["points"], extra["adjustment"]) == ("bonus", "2.00", bonus.pk)
        assert extra["proposed_by"] == {"id": firm.mia.pk, "name": "Mia Manager"}
        assert extra["confirmed_by"] == {"id": firm.coo.pk, "name": "Cora Chief"}
        assert extra["evidence"] == "File 12/2026, page 3"


def sharper(firm, scheme):
    """Rules from June on in which complaints weigh more."""
    reason = "Complaints weigh more since the recall."
    made = services.draft_scheme(name="Sharper", first_month=JUNE, by=firm.hr, basis=scheme, note=reason)
    card = made.scorecards.get()
    for line in (terms(firm.revenue, 60, cap="1.2"), terms(firm.complaints, 40, method="all_or_nothing", op="<=")):
        one = card.indicators.get(code=line.code)
        services.save_indicator(scorecard=card, indicator=one, terms=line, by=firm.hr)
    return approved(made, by=firm.hr, deciders=[firm.coo, firm.gm])


class TestOldAndNewBasis:
    @pytest.fixture
    def later(self, firm, scheme, may):
        """May is published by the old rules; from June on new ones with other weights are in force."""
        return sharper(firm, scheme)

    def test_says_day_reason_and_which_of_the_two_counted(self, firm, scheme, later, receipt):
        (basis,) = receipt(firm.hr, firm.north).json()["bases"]
        assert (basis["takes_effect_on"], basis["year"], basis["quarter"]) == ("2026-06-01", "2026", 2)
        assert (basis["counted"], basis["reason"]) == ("old", "Complaints weigh more since the recall.")
        assert (basis["old"]["id"], basis["new"]["id"]) == (scheme.pk, later.pk)
        rows = {row["label"]: (row["before"], row["after"]) for row in basis["rows"]}
        assert any("Revenue" in label for label in rows)
        assert all(before != after for before, after in rows.values())

    def test_says_nothing_in_a_year_without_a_change(self, firm, may, receipt):
        assert receipt(firm.hr, firm.north).json()["bases"] == []

    def test_costs_one_query_more_than_a_year_without_one(self, firm, scheme, may, receipt):
        receipt(firm.hr, firm.north)
        with CaptureQueriesContext(connection) as plain:
            assert receipt(firm.hr, firm.north).json()["bases"] == []
        sharper(firm, scheme)
        with CaptureQueriesContext(connection) as changed:
            assert len(receipt(firm.hr, firm.north).json()["bases"]) == 1
        assert (len(changed) - len(plain), len(changed) <= MOST_QUERIES) == (1, True), len(changed)
