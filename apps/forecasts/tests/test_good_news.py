"""Early warnings are what needs somebody: the first to act on come first, and good news is told apart everywhere."""

from datetime import date

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts import services
from apps.forecasts.services.announcing import warned_heads
from apps.forecasts.tests import reporting
from apps.forecasts.tests.factories import issue_of, series_of
from apps.forecasts.tests.reports import NOW, assembled, report_firm, section, texts
from apps.kpis.tests.factories import aim, make_kpi
from apps.notifications.models import Notification
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(settings):
    """Scrap of North is to leave its target (70 %)."""
    return report_firm(settings)


def warned(firm, word, count=1, *, chance=0.99):
    """COUNT more departments of which the issue says the WORD, surer than of North."""
    for number in range(count):
        place = DepartmentFactory(name=f"Yard {number} {word}", parent=firm.top)
        series_of(firm.issue, place, firm.scrap, warning=word, warned_month=date(2026, 6, 1), warned_chance=chance)
    return place


class TestReport:
    def test_tells_first_of_what_still_is_on_target(self, firm):
        warned(firm, "stays_off", 13)
        said = texts(assembled(firm), "warnings")
        assert said[0] == "There are 14 early warnings."
        assert said[1] == "Scrap of North is expected to leave its target by August 2026 (chance 70 %)."
        assert all("is expected to be off its target in June 2026" in line for line in said[2:13])
        assert said[13:] == ["2 more are in the portal."]

    def test_tells_good_news_after_the_warnings_and_does_not_count_it_among_them(self, firm):
        warned(firm, "returns", 6)
        report = assembled(firm)
        said = texts(report, "warnings")
        assert said[:2] == [
            "There is one early warning.",
            "Scrap of North is expected to leave its target by August 2026 (chance 70 %).",
        ]
        assert said[2] == "Good news: 6 series off their target now are expected to return to it."
        assert (len(said), said[-1]) == (8, "2 more are in the portal.")
        assert {one["tone"] for one in section(report, "warnings")["sentences"][2:7]} == {"good"}
        assert section(report, "warnings")["facts"] == {"warnings": 1, "returns": 6}

    def test_knows_that_good_news_alone_is_no_warning(self, firm):
        firm.issue = issue_of("2026-05", version=2)
        warned(firm, "returns")
        said = texts(assembled(firm), "warnings")
        assert said[:2] == [
            "There are no early warnings.",
            "Good news: one series off its target now is expected to return to it.",
        ]


class TestPeople:
    def test_who_heads_only_good_news_is_not_told_of_a_warning(self, firm):
        glad = UserFactory(roles=["manager"])
        PersonFactory(department=warned(firm, "returns"), role="head", user=glad)
        assert [*warned_heads(firm.issue, now=NOW)] == [firm.manager]

    def test_nor_is_who_heads_what_no_list_shows(self, firm):
        again = issue_of("2026-05", version=2)
        series_of(again, firm.north, firm.scrap, warning="leaves", is_own=True)
        assert [*warned_heads(again, now=NOW)] == []


def test_an_issue_with_nothing_but_good_news_holds_no_warning(settings):
    firm = reporting.small_firm(settings)
    kpi = make_kpi(firm.north)
    reporting.report(kpi, firm.north, [*reporting.seasonal(100, 35, swing=0), 60], firm)
    aim(kpi, 70)
    issue = reporting.issued()
    assert reporting.row(issue, firm.north, kpi).warning == "returns"
    assert issue.warning_count == 0
    assert services.tell_issue(issue=issue, now=reporting.NOW)["people"] == 0
    assert not Notification.objects.filter(kind="forecasts.early_warnings").exists()
