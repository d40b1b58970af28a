"""Departments that use the same code for KPIs of their own: each can be chosen, and is told from the other."""

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.tests.factories import draft
from apps.assessments.tests.test_changes import copied, told
from apps.core.month import Month
from apps.kpis.selectors import resolve_kpis
from apps.kpis.tests.factories import make_kpi

pytestmark = pytest.mark.django_db


@pytest.fixture
def twins(firm):
    """North and South each have a KPI of the code ORD of their own; the company has none."""
    firm.ours = make_kpi(firm.north, code="ORD", name="Orders", reporting=[firm.north])
    firm.theirs = make_kpi(firm.south, code="ORD", name="Orders", reporting=[firm.south])
    return firm


@pytest.fixture
def card(twins):
    """A scorecard whose first department is South."""
    return draft(by=twins.hr, departments=[twins.south, twins.north], lines=[]).scorecards.get()


def composite_input(*children):
    given = {
        **{"name": "Both", "code": "BOTH", "weight": "70", "method": "composite", "missing": "pending"},
        **{"param_missing_child": "pending", "target_policy": "period_end"},
    }
    for number, code in enumerate(children):
        given |= {f"param_children-{number}-code": code, f"param_children-{number}-weight": "50"}
    return given


class TestResolveKpis:
    def test_means_the_department_that_is_named(self, twins, scope_for):
        pairs = [("ORD@NORTH", twins.south.pk), ("ord@south", twins.north.pk), ("ORD", twins.south.pk)]
        found = resolve_kpis(scope_for(twins.coo), pairs)
        assert found == dict(zip(pairs, (twins.ours, twins.theirs, twins.theirs), strict=True))

    def test_finds_nothing_for_a_department_without_one(self, twins, scope_for):
        assert resolve_kpis(scope_for(twins.coo), [("ORD@WORKS", twins.north.pk), ("NONE@NORTH", 0), ("@", 0)]) == {}


class TestEditor:
    def url(self, card):
        return reverse("assessments:add_indicator", args=[card.pk])

    def test_says_of_which_department_a_kpi_is(self, twins, card, as_):
        page = as_(twins.hr).get(self.url(card)).content.decode()
        for kpi, place in ((twins.ours, "North"), (twins.theirs, "South")):
            assert f'<option value="{kpi.pk}">Orders (ORD), {place}</option>' in page

    def test_takes_both_into_a_composite_and_keeps_them_apart(self, twins, card, as_):
        page = as_(twins.hr).get(self.url(card), {"method": "composite"}).content.decode()
        assert 'value="ORD@NORTH"' in page
        assert 'value="ORD@SOUTH"' in page
        assert 'value="REV"' in page
        answer = as_(twins.hr).post(self.url(card), composite_input("ORD@NORTH", "ord@south"))
        assert answer.status_code == 302
        children = card.indicators.get().params["children"]
        assert [(row["code"], row["kpi"]) for row in children] == [
            ("ORD@NORTH", twins.ours.pk),
            ("ORD@SOUTH", twins.theirs.pk),
        ]

    def test_shows_and_keeps_the_one_that_was_meant(self, twins, card, as_):
        as_(twins.hr).post(self.url(card), composite_input("ORD@NORTH", "REV"))
        row = card.indicators.get()
        assert [child["code"] for child in row.params["children"]] == ["ORD", "REV"]
        url = reverse("assessments:edit_indicator", args=[row.pk])
        page = as_(twins.hr).get(url).content.decode()
        assert 'name="param_children-0-code" id="id_param_children-0-code" value="ORD@NORTH"' in page
        as_(twins.hr).post(url, composite_input("ORD@NORTH", "REV"))
        row.refresh_from_db()
        assert row.params["children"][0]["kpi"] == twins.ours.pk

    def test_says_how_to_name_one_of_several(self, twins, card, as_):
        services.place_departments(scorecard=card, departments={twins.works: 1}, by=twins.hr)
        answer = as_(twins.hr).post(self.url(card), composite_input("ORD", "REV"))
        assert answer.status_code == 422
        assert "write CODE@DEPARTMENT then" in answer.content.decode()


class TestApi:
    def test_takes_the_name_with_its_department(self, twins, as_):
        part = [{"kpi": "ORD@NORTH", "weight": "50"}, {"kpi": twins.theirs.pk, "weight": "50"}]
        body = {
            "name": "Next",
            "first_month": "2027-01",
            "scorecards": [
                {
                    "name": "Sales",
                    "departments": [{"department": "SOUTH"}],
                    "indicators": [
                        {"kpi": "ORD@NORTH", "code": "OURS", "method": "ratio", "weight": "50"},
                        {
                            **{"code": "BOTH", "name": "Both", "method": "composite", "weight": "50"},
                            "params": {"children": part, "missing_child": "pending"},
                        },
                    ],
                }
            ],
        }
        answer = as_(twins.hr).post("/api/v1/schemes/", body, content_type="application/json")
        assert answer.status_code == 201, answer.content
        rows = {row["code"]: row for row in answer.json()["scorecards"][0]["indicators"]}
        assert rows["OURS"]["kpi"] == twins.ours.pk
        children = rows["BOTH"]["params"]["children"]
        assert [child["code"] for child in children] == ["ORD@NORTH", "ORD@SOUTH"]


class TestWhatDecidersRead:
    def test_names_another_kpi_of_the_same_code(self, twins, card):
        terms = services.Terms(code="ORD", name="Orders", kpi=twins.ours, method="ratio", weight=100)
        services.save_indicator(scorecard=card, terms=terms, by=twins.hr)
        scheme = copied(twins, card.scheme)
        (copy,) = scheme.scorecards.all()
        other = services.Terms(code="ORD", name="Orders", kpi=twins.theirs, method="ratio", weight=100)
        services.save_indicator(scorecard=copy, indicator=copy.indicators.get(), terms=other, by=twins.hr)
        before, after = told(scheme)["All departments · ORD"]
        assert ("KPI ORD of North" in before, "KPI ORD of South" in after) == (True, True)
        assert scheme.valid.lower == Month(2027, 1).first_day
