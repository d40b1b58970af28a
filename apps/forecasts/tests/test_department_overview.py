"""A department's overview: the worst warnings, the least likely target, and the newest report its reader may open."""

import pytest
from django.urls import reverse

from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.models import SituationReport
from apps.forecasts.tests.factories import series_of
from apps.forecasts.tests.reporting import JUNE
from apps.forecasts.tests.test_pages import NOW, text_of
from apps.forecasts.views import parts
from apps.forecasts.views.words import published_text
from apps.kpis.tests.factories import make_kpi

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}


def part(client, department, brief=True):
    address = reverse("forecasts:department", args=[department.pk])
    return client.get(address, {"part": "brief"} if brief else {}, **HTMX)


def issued_report(firm, *readers):
    report = services.assemble_report(month=JUNE, by=firm.coo, now=NOW).report
    report = services.approve_report(report=report, by=firm.coo, now=NOW)
    return services.issue_report(report=report, readers=readers, by=firm.coo, now=NOW)


class TestOverview:
    def test_asks_for_the_part_where_it_may_be_seen(self, firm, june, as_):
        address = f'hx-get="{reverse("forecasts:department", args=[firm.north.pk])}?part=brief"'
        page = reverse("departments:detail", args=[firm.north.pk])
        assert address in as_(firm.mia).get(page).content.decode()
        assert "part=brief" not in as_(firm.eve).get(page).content.decode()

    def test_tells_the_worst_warnings_and_the_least_chance(self, firm, june, as_):
        late = make_kpi(firm.north, code="LATE", name="Late")
        series_of(june, firm.north, late, chance_year=0.1, year_target=5.0)
        body = text_of(part(as_(firm.mia), firm.north))
        assert "Sold Aug 2026, 72 %" in body and "Will leave its target" in body
        assert "Late The least likely target of the year: target 5.00 10 %" in body
        assert "Situation and outlook" not in body

    def test_says_that_there_is_nothing(self, firm, june, as_):
        assert "Nothing is foretold of it" in text_of(part(as_(firm.coo), firm.top))
        series_of(june, firm.top, firm.sold)
        assert "There are no early warnings." in text_of(part(as_(firm.coo), firm.top))

    def test_lies_outside_what_others_see(self, firm, june, as_):
        assert part(as_(firm.mia), firm.works).status_code == 404


class TestReportLine:
    @pytest.mark.parametrize("brief", [True, False])
    def test_names_the_newest_report_to_its_readers(self, firm, june, as_, brief):
        issued_report(firm, firm.mia)
        report = SituationReport.objects.get()
        page = part(as_(firm.mia), firm.north, brief).content.decode()
        assert reverse("forecasts:report", args=[report.pk]) in page

    def test_names_none_to_others(self, firm, june, as_):
        issued_report(firm)
        assert "Situation and outlook" not in text_of(part(as_(firm.mia), firm.north))


class TestLongList:
    def test_says_how_many_more_there_are_and_finds_them(self, firm, june, as_, monkeypatch):
        assert "more are in the list" not in part(as_(firm.mia), firm.north, brief=False).content.decode()
        monkeypatch.setattr(parts, "SERIES_SHOWN", 2)
        for number in range(3):
            series_of(june, firm.north, make_kpi(firm.north, code=f"EXTRA{number}", name=f"Extra {number}"))
        body = part(as_(firm.mia), firm.north, brief=False).content.decode()
        # The KPI, the score, the headcount and three more.
        assert "2 series are shown, warnings first; 4 more are in the list." in body
        assert f'name="department" value="{firm.north.pk}"' in body and 'name="q"' in body
        found = as_(firm.mia).get(reverse("forecasts:list"), {"department": firm.north.pk, "q": "Extra 2"})
        assert "Extra 2" in found.content.decode() and "Extra 1" not in found.content.decode()


class TestScoreOfTheYear:
    ENDS = {"year_mean": 90.0, "year_lo80": 87.25, "year_hi80": 92.5}

    @pytest.mark.parametrize("brief", [True, False])
    def test_is_told_with_its_range_and_the_months_that_are_published(self, firm, june, as_, brief):
        series_of(june, firm.top, kind="score", level=88.5, **self.ENDS)
        body = text_of(part(as_(firm.coo), firm.top, brief))
        assert "Expected score of the year: 90.00 (80 %: 87.25 – 92.50), of which 6 months are published." in body

    def test_is_no_single_month_in_the_list_and_on_its_page(self, firm, june, as_):
        series_of(june, firm.top, kind="score", level=88.5, **self.ENDS)
        assert "87.25 – 92.50 · mean of the year" in text_of(part(as_(firm.coo), firm.top, brief=False))
        body = text_of(as_(firm.coo).get(reverse("forecasts:series", args=["score", firm.top.pk])))
        assert "Score of the whole year, of which 6 months are published" in body and "End of the year" not in body

    def test_says_why_it_cannot_be_told_and_what_the_last_month_comes_to(self, firm, june, as_):
        body = text_of(part(as_(firm.mia), firm.north))
        assert "The score of the year cannot be told: a month of it has no published score." in body
        assert "December 2026 alone is expected to come to 88.50 (80 %: " in body

    def test_is_found_behind_the_series_that_are_shown(self, firm, june, as_, monkeypatch):
        monkeypatch.setattr(parts, "SERIES_SHOWN", 1)
        assert "The score of the year cannot be told" in text_of(part(as_(firm.mia), firm.north))

    @pytest.mark.parametrize(
        ("month", "words"),
        [((2026, 12), "of which no month is published yet"), ((2026, 1), "of which one month is published"),
         ((2026, 11), "of which 11 months are published")],
    )  # fmt: skip
    def test_counts_the_months_of_the_business_year(self, settings, month, words):
        assert published_text(Month(*month)) == words
        settings.FISCAL_YEAR_FIRST_MONTH = Month(*month).plus(1).number
        assert published_text(Month(*month)) == "of which no month is published yet"
