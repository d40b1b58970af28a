"""Reasons that are true: why there is no forecast, and what an early warning that goes on is about."""

from datetime import date

import pytest
from django.urls import reverse

from apps.core.month import Month
from apps.forecasts.choices import Remark
from apps.forecasts.rules.sentences import warning_sentence
from apps.forecasts.services.wording import written
from apps.forecasts.tests.factories import issue_of, series_of
from apps.forecasts.tests.reporting import JUNE, NOW, issued, report, row, seasonal, small_firm
from apps.forecasts.tests.test_pages import get, text_of
from apps.kpis import services as kpi_services
from apps.kpis.services import Definition
from apps.kpis.tests.factories import make_kpi

pytestmark = pytest.mark.django_db


@pytest.fixture
def reporting(settings):
    """A company whose June is closed."""
    return small_firm(settings)


class TestNoForecast:
    def test_nothing_since_the_definition_changed(self, reporting):
        kpi = make_kpi(reporting.north, unit="t")
        report(kpi, reporting.north, seasonal(5, 30), reporting, last=JUNE.plus(-2))
        changed = Definition(name="Sold", direction="higher", unit="kg")
        kpi_services.change_definition(
            kpi=kpi, definition=changed, valid_from=JUNE.plus(-1).first_day, reason="In kg.", by=reporting.coo, now=NOW
        )
        found = row(issued(), reporting.north, kpi)
        assert (found.method, found.remarks, found.mean) == ("none", ["new_definition"], [])

    def test_nothing_for_exactly_twelve_months_is_late_only(self, reporting):
        kpi = make_kpi(reporting.north)
        report(kpi, reporting.north, seasonal(100), reporting, last=JUNE.plus(-12))
        found = row(issued(), reporting.north, kpi)
        assert "stale" in found.remarks and "too_old" not in found.remarks and found.mean

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("too_old", "no forecast because nothing was reported for more than 12 months"),
            ("new_definition", "no forecast because nothing was reported since the definition changed"),
            ("no_season_yet", "less than 24 months are known: half of the season they show is counted"),
        ],
    )
    def test_is_told_in_words(self, code, words):
        assert Remark(code).label == words


class TestStaysOff:
    def test_is_of_every_month(self):
        said = warning_sentence("stays_off", name="Sold", place="North", month=Month(2026, 7), chance=0.9, target="110")
        assert written(said).replace("\xa0", " ") == (
            "Sold of North is expected to be off its target in July 2026 (chance 90 %) and in every later month with a "
            "target."
        )

    def test_stands_so_on_the_page_and_on_the_home_page(self, firm, as_):
        issue = issue_of("2026-06")
        warned = {"warned_month": date(2026, 7, 1), "warned_chance": 0.9}
        series_of(issue, firm.north, firm.sold, warning="stays_off", **warned)
        series_of(issue, firm.works, firm.sold, warning="leaves", **warned)
        body = text_of(get(as_(firm.coo), "series", "kpi", firm.north.pk, firm.sold.pk))
        assert "Jul 2026 and every later month, 90 %" in body
        home = as_(firm.coo).get(reverse("dashboards:outlook")).content.decode()
        assert "Works SECRET" in home and home.count("and every later month") == 1


def test_the_staff_page_explains_the_model_that_is_used(firm, june, as_):
    body = text_of(get(as_(firm.coo), "staff"))
    assert "As many people are expected to come as leave" in body and "rates of the last 24 months" in body
