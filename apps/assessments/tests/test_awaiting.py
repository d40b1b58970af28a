"""What a month still waits for, and whose it is: on the board and in the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import Appeal, ScoreRun
from apps.assessments.services.entries import enter_facts
from apps.assessments.tests.factories import NOW, published
from apps.core.month import Month
from apps.kpis.tests.factories import entry, record
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
MAY, JUNE = Month(2026, 5), Month(2026, 6)
AWAITED = "/api/v1/awaited/"


@pytest.fixture
def june(firm, rules):
    """June, worked out before its cut-off: nothing was reported, nobody has rated. Ned heads North, nobody South."""
    firm.ned = PersonFactory(name="Ned North", number="N9", department=firm.north, role="head")
    services.compute_month(month=JUNE, by=firm.hr, now=NOW)
    return firm


def listed(browser, **query):
    answer = browser.get(AWAITED, {"month": "2026-06", **query})
    assert answer.status_code == 200, answer.content
    return answer.json()


class TestApi:
    def test_tells_what_is_awaited_and_whose_it_is(self, june, as_):
        rows = {(row["department"]["code"], row["indicator"]["code"]): row for row in listed(as_(june.hr))["results"]}
        value = rows["NORTH", "REV"]
        assert (value["what"], value["kpi"], value["head"]["number"]) == ("value", june.revenue.pk, "N9")
        assert rows["NORTH", "SAFE"]["what"] == "entry"
        ratings = rows["NORTH", "HELP"]
        assert (ratings["what"], ratings["kpi"]) == ("ratings", None)
        assert set(ratings["missing"]) == {user["name"] for user in ratings["raters"]}
        assert "Rita Rater" in ratings["missing"]
        assert rows["SOUTH", "SAFE"]["head"] is None

    def test_leaves_out_what_has_come(self, june, as_, scope_for, indicator):
        enter_facts(
            month=JUNE,
            department=june.north,
            indicator=indicator("SAFE"),
            content={},
            evidence="File 12",
            scope=scope_for(june.coo),
            by=june.coo,
            now=NOW,
        )
        record([entry(june.revenue, june.north, "2026-06", 99)], by=june.coo)
        services.compute_month(month=JUNE, by=june.hr, now=NOW)
        found = {(row["department"]["code"], row["indicator"]["code"]) for row in listed(as_(june.hr))["results"]}
        assert ("NORTH", "SAFE") not in found
        assert ("NORTH", "REV") not in found
        assert ("NORTH", "HELP") in found

    def test_pages_by_department_and_indicator(self, june, as_):
        client = as_(june.hr)
        whole = listed(client)["results"]
        first = listed(client, limit=4)
        second = client.get(first["next"]).json()
        assert (first["results"] + second["results"])[:8] == whole[:8]

    def test_costs_the_same_however_many_lines(self, june, as_):
        client = as_(june.hr)
        listed(client)
        counts = []
        for limit in (1, 50):
            with CaptureQueriesContext(connection) as found:
                listed(client, limit=limit)
            counts.append(len(found))
        assert counts[1] <= counts[0] + 2

    def test_is_empty_once_the_month_is_published(self, firm, scheme, as_):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        assert as_(firm.hr).get(AWAITED, {"month": "2026-05"}).json()["results"] == []

    def test_is_for_those_who_read_drafts(self, june, as_):
        for user in (june.coo, june.gm, june.auditor):
            assert listed(as_(user))["results"]
        for user in (june.mia, june.nora):
            assert as_(user).get(AWAITED, {"month": "2026-06"}).status_code == 403

    def test_asks_for_the_month(self, june, as_):
        assert as_(june.hr).get(AWAITED).status_code == 400
        assert as_(june.hr).get(AWAITED, {"month": "June"}).status_code == 400


class TestBeforeTheFirstTime:
    """Nothing is stored of June yet: what it waits for follows from the scheme and the facts."""

    @pytest.fixture
    def untouched(self, firm, rules):
        firm.ned = PersonFactory(name="Ned North", number="N9", department=firm.north, role="head")
        return firm

    def test_the_same_is_told_as_after_it(self, untouched, as_):
        client = as_(untouched.hr)
        before = listed(client)["results"]
        assert before
        assert not ScoreRun.objects.exists()
        services.compute_month(month=JUNE, by=untouched.hr, now=NOW)
        assert listed(client)["results"] == before

    def test_leaves_out_what_has_come(self, untouched, as_, scope_for, indicator):
        enter_facts(
            month=JUNE,
            department=untouched.north,
            indicator=indicator("SAFE"),
            content={},
            evidence="File 12",
            scope=scope_for(untouched.coo),
            by=untouched.coo,
            now=NOW,
        )
        record([entry(untouched.revenue, untouched.north, "2026-06", 99)], by=untouched.coo)
        found = {(row["department"]["code"], row["indicator"]["code"]) for row in listed(as_(untouched.hr))["results"]}
        assert not {("NORTH", "SAFE"), ("NORTH", "REV")} & found
        assert ("SOUTH", "REV") in found

    def test_pages_by_department(self, untouched, as_):
        client = as_(untouched.hr)
        whole = listed(client)["results"]
        page, found = listed(client, limit=1), []
        while True:
            assert len({row["department"]["id"] for row in page["results"]}) == 1
            found += page["results"]
            if page["next"] is None:
                break
            page = client.get(page["next"]).json()
        assert found == whole

    def test_says_when_no_scheme_is_in_force(self, firm, as_):
        answer = as_(firm.hr).get(AWAITED, {"month": "2026-06"})
        assert answer.status_code == 422
        assert "No approved scheme is in force" in answer.json()["error"]["message"]

    def test_stays_with_those_who_read_drafts(self, untouched, as_):
        for user in (untouched.mia, untouched.nora):
            assert as_(user).get(AWAITED, {"month": "2026-06"}).status_code == 403

    def test_the_board_says_it_too(self, untouched, as_):
        page = as_(untouched.hr).get(reverse("assessments:month", args=[JUNE])).content.decode()
        part = page.split("foreseen-title", 1)[1]
        assert "Revenue" in part and "Ned North" in part and "nobody heads it at present" in part
        assert "not entered yet" in part and "not rated yet by" in part

    def test_the_board_looks_at_so_many_departments(self, untouched, as_, monkeypatch):
        monkeypatch.setattr("apps.assessments.views.foreseen.MOST_LOOKED_AT", 1)
        page = as_(untouched.hr).get(reverse("assessments:month", args=[JUNE])).content.decode()
        assert "among the first 1 of 3 departments" in page

    def test_the_board_of_a_month_without_a_scheme_says_that_alone(self, firm, as_):
        page = as_(firm.hr).get(reverse("assessments:month", args=[JUNE])).content.decode()
        assert "No scheme is in force for this month" in page and "foreseen-title" not in page


class TestBoard:
    def page(self, browser, month):
        return browser.get(reverse("assessments:month", args=[month])).content.decode()

    def test_leads_on_to_what_stands_beside_the_scores(self, june, as_):
        page = self.page(as_(june.coo), JUNE)
        for url in (
            reverse("assessments:entries", args=[JUNE]),
            reverse("assessments:ratings", args=[JUNE]),
            f"{reverse('assessments:adjustments')}?month=2026-06",
            f"{reverse('assessments:all_appeals')}?month=2026-06",
        ):
            assert f'href="{url}"' in page
        assert "6 are not reported yet" in page

    def test_leads_nobody_where_they_may_not_go(self, june, as_):
        page = self.page(as_(june.hr), JUNE)
        assert reverse("assessments:ratings", args=[JUNE]) not in page.split("beside-title")[1]
        assert reverse("assessments:entries", args=[JUNE]) not in page.split("beside-title")[1]

    def test_counts_open_appeals(self, firm, scheme, as_):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        run = ScoreRun.objects.get(state="published")
        Appeal.objects.create(run=run, department=firm.north, filed_by=firm.mia, filed_at=NOW, due_at=NOW, reason="No.")
        assert "one is open" in self.page(as_(firm.hr), MAY)

    def test_leads_on_from_a_month_that_is_not_worked_out(self, firm, rules, as_):
        assert "Beside the scores" in self.page(as_(firm.coo), JUNE)
