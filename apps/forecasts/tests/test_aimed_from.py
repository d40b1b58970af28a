"""A target that was set during the year: the year has none, and every place says from when on it holds."""

from datetime import date

import pytest
from django.urls import reverse

from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.rules.ahead import aimed_from
from apps.forecasts.tests.reporting import JUNE, NOW, issued, report, row, seasonal, small_firm
from apps.forecasts.tests.test_pages import text_of
from apps.kpis.tests.factories import aim, make_kpi

JANUARY = Month(2026, 1)


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
    words = "The target holds only from March 2026 on, so the year has none."
    assert words in late.replace("Mar 2026", "March 2026")
    assert "holds only" not in early and "holds only" not in aimless


def test_is_told_of_the_department(firm, client):
    client.force_login(firm.coo)
    body = text_of(client.get(reverse("forecasts:department", args=[firm.north.pk])))
    assert body.count("no target: it holds only from March 2026 on") == 1


def test_is_told_in_the_report(firm):
    content = services.assemble_report(month=JUNE, by=firm.coo, now=NOW).report.content
    rows = {line[0]["text"]: line for line in content["sections"]["forecasts"]["tables"][0]["rows"]}
    assert rows["Late"][3]["text"] == "no target: it holds only from March 2026 on"
    assert rows["Aimless"][3]["text"] == "no target"
    ends = {line[0]["text"]: line[-1]["text"] for line in content["sections"]["off"]["tables"][0]["rows"]}
    assert ends["Late"].endswith("; the year has no target, for it holds only from March 2026 on.")
