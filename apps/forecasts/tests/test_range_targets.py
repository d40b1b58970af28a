"""Targets that are ranges: both ends are stored and told wherever the target is."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from apps.forecasts import services
from apps.forecasts.tests.reporting import JUNE, NOW, issued, report, row, seasonal, small_firm
from apps.forecasts.tests.test_pages import lines_of, text_of
from apps.kpis.tests.factories import aim, make_kpi


@pytest.fixture
def firm(settings, db):
    """North keeps its stock between 90 and 110 t, and sells at least 50; June is closed."""
    found = small_firm(settings)
    found.stock = make_kpi(found.north, code="STOCK", name="Stock", unit="t", decimals=0, direction="range",
                           over_time="last", reporting=[found.north])  # fmt: skip
    found.sold = make_kpi(found.north, code="SOLD", name="Sold", over_time="last")
    aim(found.stock, 90, upper=110)
    aim(found.sold, 50)
    for kpi in (found.stock, found.sold):
        report(kpi, found.north, [*seasonal(100, 35, swing=0.02), 120], found)
    found.issue = issued()
    return found


def test_are_stored_with_both_ends(firm):
    stock, sold = row(firm.issue, firm.north, firm.stock), row(firm.issue, firm.north, firm.sold)
    assert (stock.target, stock.target_upper) == ([90.0] * 18, [110.0] * 18)
    assert (stock.quarter_upper, stock.year_upper) == (110.0, 110.0)
    assert (sold.target_upper, sold.quarter_upper, sold.year_upper) == ([], None, None)


def test_are_told_on_the_page_and_drawn(firm, client):
    client.force_login(firm.coo)
    answer = client.get(reverse("forecasts:series", args=["kpi", firm.north.pk, firm.stock.pk]))
    body = text_of(answer)
    assert "The target of 90 – 110 t for Jul 2026 is reached with a chance of" in body
    assert "for the target of 90 – 110 t" in body
    drawn = {str(one.name): one.values for one in answer.context["chart"]["series"]}
    assert drawn["Target"][-1] == 90 and drawn["Target, at most"][-1] == 110


def test_are_told_in_the_list_and_its_file(firm, client):
    client.force_login(firm.coo)
    assert "target 90 – 110 t" in text_of(client.get(reverse("forecasts:list")))
    found = {line["Series"]: line["Upper end of the year's target"] for line in lines_of(client)}
    assert {name: bool(upper) for name, upper in found.items()} == {"Stock": True, "Sold": False}


def test_are_told_in_the_report(firm):
    content = services.assemble_report(month=JUNE, by=firm.coo, now=NOW).report.content
    rows = {line[0]["text"]: line for line in content["sections"]["forecasts"]["tables"][0]["rows"]}
    assert rows["Stock"][3]["text"].replace("\xa0", " ") == "90 – 110 t"
    charts = content["sections"]["forecasts"]["charts"]
    names = {chart["title"]: [one["name"] for one in chart["series"]] for chart in charts}
    assert "Target, at most" in names["Stock"] and "Target, at most" not in names["Sold"]
    (off,) = [line for line in content["sections"]["off"]["tables"][0]["rows"] if line[0]["text"] == "Stock"]
    assert "against 90 – 110 t" in off[-1]["text"].replace("\xa0", " ")


def test_are_sent_to_other_systems(firm):
    client = APIClient()
    client.force_login(firm.coo)
    rows = client.get("/api/v1/forecasts/series/", {"kpi": firm.stock.pk}).json()["results"]
    assert rows[0]["year_upper"] == 110 and rows[0]["months"][0]["target_upper"] == 110


@pytest.fixture
def content(firm):
    """The report of June, when North's stock lies inside its range, and what it sells well above its target."""
    report(firm.stock, firm.north, [91], firm)
    return services.assemble_report(month=JUNE, by=firm.coo, now=NOW).report.content


def test_make_nothing_better_than_it_has_to_be(content):
    said = [one["text"].replace("\xa0", " ") for one in content["sections"]["results"]["sentences"]]
    assert said[0] == "Best against its target: Sold of North, better by 140.0 %."
    (extremes,) = [one for one in content["sections"]["results"]["tables"] if one["code"] == "extremes"]
    assert [line[0]["text"] for line in extremes["rows"]] == ["Sold"]


def test_are_told_by_how_much_they_are_left(firm):
    content = services.assemble_report(month=JUNE, by=firm.coo, now=NOW).report.content
    said = [one["text"].replace("\xa0", " ") for one in content["sections"]["results"]["sentences"]]
    assert "Furthest from its target: Stock of North, off by 9.1 %." in said


def test_are_drawn_with_both_ends_beside_the_months_that_were(content):
    charts = {chart["title"]: chart["series"] for chart in content["sections"]["results"]["charts"]}
    drawn = {one["name"]: one["values"][-1] for one in charts["Stock"]}
    assert (drawn["Target"], drawn["Target, at most"]) == (90, 110)
    assert "Target, at most" not in [one["name"] for one in charts["Sold"]]
