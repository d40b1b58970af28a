"""A target that was set during the year: the year has none, and every place says from when on it holds."""

import re
from datetime import date

import pytest
from django.urls import reverse

from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.rules.ahead import aimed_from
from apps.forecasts.selectors.series import partly_aimed
from apps.forecasts.tests.reporting import JUNE, NOW, issued, report, row, seasonal, small_firm
from apps.forecasts.tests.test_pages import lines_of, text_of
from apps.kpis.tests.factories import aim, make_kpi
from apps.staff.selectors import scope_of

JANUARY = Month(2026, 1)
WORDS = "The target holds only from March 2026 on, so the year has none."
SHORT = "no target: it holds only from March 2026 on"


@pytest.mark.parametrize(
    ("aimed", "known", "expected"),
    [
        ("3456", "123456", Month(2026, 3)),
        ("", "123456", Month(2026, 7)),
        ("123456", "123456", None),
        ("1456", "123456", None),
        ("3456", "3456", None),
        ("3456", "23456", None),
    ],
    ids=["since_march", "from_next_month", "all_year", "with_a_gap", "before_unknown", "january_unknown"],
)
def test_first_month_with_a_target(aimed, known, expected):
    aimed, known = ({Month(2026, int(number)) for number in numbers} for numbers in (aimed, known))
    assert aimed_from(JANUARY, JUNE, aimed=aimed, known=known) == expected


def test_no_month_of_the_year_is_known_yet():
    assert aimed_from(Month(2026, 7), JUNE, aimed=(), known=()) is None


@pytest.fixture
def firm(settings, db):
    """Of three rates of North one has a target since March, one has had it for long, one has none."""
    found = small_firm(settings)
    found.kpis = [make_kpi(found.north, code=name.upper(), name=name, decimals=0, over_time="mean",
                           reporting=[found.north]) for name in ("Late", "Early", "Aimless")]  # fmt: skip
    for kpi in found.kpis:
        report(kpi, found.north, seasonal(100, 36, swing=0.02), found)
    found.late, found.early, found.aimless = found.kpis
    aim(found.late, 200, first=date(2026, 3, 1))
    aim(found.early, 200)
    found.issue = issued()
    return found


def test_year_target_stays_empty(firm):
    late, early = (row(firm.issue, firm.north, kpi) for kpi in (firm.late, firm.early))
    assert (late.year_target, late.target[0], early.year_target) == (None, 200.0, pytest.approx(200))


def test_is_told_on_the_page_of_the_series(firm, client):
    client.force_login(firm.coo)
    late, early, aimless = (
        text_of(client.get(reverse("forecasts:series", args=["kpi", firm.north.pk, kpi.pk]))) for kpi in firm.kpis
    )
    assert WORDS in late
    assert "holds only" not in early and "holds only" not in aimless


def test_is_told_of_the_department(firm, client):
    client.force_login(firm.coo)
    body = text_of(client.get(reverse("forecasts:department", args=[firm.north.pk])))
    assert body.count(SHORT) == 1


def test_is_told_in_the_list_and_its_file(firm, client):
    client.force_login(firm.coo)
    body = text_of(client.get(reverse("forecasts:list")))
    assert body.count(SHORT) == 1 and re.search(rf"Late .*{SHORT}", body)
    found = {line["Series"]: line["Target only from"] for line in lines_of(client) if line["Department"] == "North"}
    assert (found["Late"], found["Early"], found["Aimless"]) == ("2026-03", "", "")


def test_is_told_in_the_small_parts_of_other_pages(firm, client):
    client.force_login(firm.coo)
    parts = [text_of(client.get(reverse("forecasts:of_kpi", args=[firm.north.pk, kpi.pk]))) for kpi in firm.kpis]
    assert [SHORT in part for part in parts] == [True, False, False]
    address = reverse("forecasts:department", args=[firm.north.pk])
    brief = text_of(client.get(address, {"part": "brief"}, headers={"HX-Request": "true"}))
    assert f"Late {WORDS}" in brief and brief.count("holds only") == 1
    assert "holds only" not in text_of(client.get(reverse("forecasts:department", args=[firm.south.pk])))


def test_the_brief_part_counts_what_it_leaves_out(firm, client):
    for number in range(3):
        kpi = make_kpi(
            firm.north, code=f"MORE{number}", name=f"More {number}", over_time="mean", reporting=[firm.north]
        )
        report(kpi, firm.north, seasonal(100, 36), firm)
        aim(kpi, 200, first=date(2026, 3, 1))
    issued(reason="More of them.")
    client.force_login(firm.coo)
    address = reverse("forecasts:department", args=[firm.north.pk])
    brief = text_of(client.get(address, {"part": "brief"}, headers={"HX-Request": "true"}))
    assert brief.count(WORDS) == 2 and f"More 0 {WORDS} So it is with 2 more." in brief


def test_is_told_on_the_home_page(firm, client):
    client.force_login(firm.coo)
    assert "holds only" not in text_of(client.get(reverse("dashboards:outlook")))
    whole = make_kpi(firm.company, code="WHOLE", name="Whole", over_time="mean", reporting=[firm.company])
    report(whole, firm.company, seasonal(100, 36), firm)
    aim(whole, 200, first=date(2026, 3, 1))
    issued(reason="One of the company.")
    body = text_of(client.get(reverse("dashboards:outlook")))
    assert f"Whole Company {WORDS}" in body and body.count("holds only") == 1


def test_is_told_to_other_systems(firm, client):
    client.force_login(firm.coo)
    rows = client.get("/api/v1/forecasts/series/", {"department": firm.north.pk, "kind": "kpi"}).json()["results"]
    told = {row["kpi"]["name"]: row["target_from"] for row in rows}
    assert told == {"Late": "2026-03", "Early": None, "Aimless": None}


def test_the_selector_names_them_and_the_month(firm):
    scope = scope_of(firm.coo, NOW.date())
    found = partly_aimed(scope, firm.issue, [firm.north.pk, firm.south.pk], limit=10)
    assert [(one.kpi, month) for one, month in found] == [(firm.late, Month(2026, 3))]
    assert partly_aimed(scope, firm.issue, [firm.south.pk], limit=10) == []


def test_is_told_in_the_report(firm):
    content = services.assemble_report(month=JUNE, by=firm.coo, now=NOW).report.content
    rows = {line[0]["text"]: line for line in content["sections"]["forecasts"]["tables"][0]["rows"]}
    assert rows["Late"][3]["text"] == "no target: it holds only from March 2026 on"
    assert rows["Aimless"][3]["text"] == "no target"
    ends = {line[0]["text"]: line[-1]["text"] for line in content["sections"]["off"]["tables"][0]["rows"]}
    assert ends["Late"].endswith("; the year has no target, for it holds only from March 2026 on.")
