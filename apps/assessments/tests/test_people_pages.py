"""Scores of people on pages: the list of a month, the receipt of one, and who sees whose."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.models import PersonScore, ScoreRun
from apps.assessments.services import PointsFor, appraise_people
from apps.assessments.tests.factories import NOW, approved, draft, for_people, person_score, published
from apps.core.month import Month
from apps.staff.selectors import own_person, scope_of
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

MAY = Month(2026, 5)
TODAY = date(2026, 6, 15)


@pytest.fixture
def rated(firm):
    """May is published: Ned heads North with Nora and his deputy Dora; Sam is in South; Mia gave all of them 86."""
    approved(
        for_people(draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)),
        by=firm.hr,
        deciders=[firm.coo, firm.gm],
    )
    firm.ned = UserFactory(roles=["manager"], name="Ned North")
    firm.dora = UserFactory(roles=["manager"], name="Dora Deputy")
    firm.head = PersonFactory(name="Ned North", number="N0", department=firm.north, role="head", user=firm.ned)
    firm.deputy = PersonFactory(
        name="Dora Deputy", number="N2", department=firm.north, role="deputy_head", user=firm.dora
    )
    firm.sam = PersonFactory(name="Sam South", number="S1", department=firm.south)
    firm.nora_person = own_person(scope=scope_of(firm.nora, TODAY))
    given = [PointsFor(one.pk, Decimal("86"), "Steady hand") for one in (firm.deputy, firm.nora_person, firm.sam)]
    appraise_people(month=MAY, given=given, scope=scope_of(firm.mia, TODAY), by=firm.mia, now=NOW)
    published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
    firm.run = ScoreRun.objects.get(state="published")
    return firm


def listed(client):
    """The names in the exported list of May."""
    answer = client.get(reverse("assessments:people", args=["2026-05"]), {"export": "csv"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[1:]
    return {line.split(",")[0] for line in lines if line}


def page_of(client, person, month="2026-05"):
    return client.get(reverse("assessments:person_score", args=[month, person.pk]))


class TestWhoSeesWhose:
    def test_a_person_sees_only_themselves(self, rated, as_):
        client = as_(rated.nora)
        assert listed(client) == {"Nora North"}
        assert page_of(client, rated.nora_person).status_code == 200
        for other in (rated.sam, rated.head, rated.deputy):
            assert page_of(client, other).status_code == 404

    def test_nor_by_search_or_filter(self, rated, as_):
        url = reverse("assessments:people", args=["2026-05"])
        for query in ({"q": "South"}, {"role": "head"}, {"grade": "A"}, {"branch": str(rated.south.pk)}):
            assert "Sam South" not in as_(rated.nora).get(url, query).content.decode()

    def test_a_head_sees_the_people_they_lead(self, rated, as_):
        assert listed(as_(rated.ned)) == {"Ned North", "Dora Deputy", "Nora North"}
        assert listed(as_(rated.mia)) == {"Mia Manager", "Ned North", "Dora Deputy", "Nora North", "Sam South"}
        assert page_of(as_(rated.ned), rated.sam).status_code == 404

    def test_a_deputy_does_not_see_the_head(self, rated, as_):
        client = as_(rated.dora)
        assert listed(client) == {"Dora Deputy", "Nora North"}
        assert page_of(client, rated.head).status_code == 404

    @pytest.mark.parametrize("who", ["hr", "coo", "gm", "auditor"])
    def test_those_who_work_on_the_month_see_all(self, rated, as_, who):
        assert {"Sam South", "Nora North", "Cora Chief"} <= listed(as_(getattr(rated, who)))

    def test_finance_sees_nobody(self, rated, as_):
        user = UserFactory(roles=["finance"])
        assert listed(as_(user)) == set()
        assert page_of(as_(user), rated.sam).status_code == 404

    def test_drafts_only_those_who_work_on_them(self, rated, as_):
        PersonFactory(name="Will Works", department=rated.works)
        services.compute_month(month=MAY, by=rated.gm, now=NOW, reason="Will was missing")
        url = reverse("assessments:person_score", args=["2026-05", rated.nora_person.pk])
        assert as_(rated.hr).get(url, {"version": 2}).status_code == 200
        assert as_(rated.nora).get(url, {"version": 2}).status_code == 404
        assert as_(rated.nora).get(url).status_code == 200


class TestReceipt:
    def test_tells_how_the_score_came_about(self, rated, as_):
        row = PersonScore.objects.get(run=rated.run, person=rated.nora_person)
        north = rated.run.scores.get(department=rated.north)
        page = page_of(as_(rated.nora), rated.nora_person).content.decode()
        assert f"{north.total} × 30\u00a0% + 86.00 × 70\u00a0% =" in page
        assert "Mia Manager" in page
        assert "Steady hand" in page
        assert f"{row.total}" in page
        assert reverse("assessments:score", args=["2026-05", rated.north.pk]) in page
        assert "data-print" in page

    def test_names_the_rounding_and_the_grade(self, rated, as_):
        row = PersonScore.objects.get(run=rated.run, person=rated.nora_person)
        page = page_of(as_(rated.hr), rated.nora_person).content.decode()
        assert f"Grade {row.grade} begins at" in page
        exact = (row.department_part * 30 + row.personal * 70) / 100
        assert ("Rounded once, half up" in page) == (exact != row.total)

    def test_says_why_there_is_no_score(self, rated, as_):
        worker = PersonFactory(name="Will Works", department=rated.works)
        services.compute_month(month=MAY, by=rated.gm, now=NOW, reason="Will was missing")
        page = page_of(as_(rated.hr), worker).content.decode()
        assert "has not given the personal part" in page

    def test_shows_days_in_two_departments(self, rated, as_):
        row = PersonScore.objects.get(run=rated.run, person=rated.nora_person)
        stays = [
            {"department": rated.south.pk, "days": 10, "score": "80.00", "is_assessed": True},
            {"department": rated.north.pk, "days": 21, "score": "90.00", "is_assessed": True},
            {"department": None, "days": 2, "score": None, "is_assessed": False},
        ]
        tina = PersonFactory(name="Tina Two", department=rated.north)
        part = Decimal("86.77419354838710")
        made = person_score(row.run, tina, rated.north, stays=stays, days=33, department_part=part)
        page = page_of(as_(rated.hr), made.person).content.decode()
        assert "(80.00 × 10 + 90.00 × 21) ÷ 31 = 86.7741935483871" in page
        assert "these days do not count" in page

    def test_shows_the_months_over_time(self, rated, as_):
        page = page_of(as_(rated.nora), rated.nora_person).content.decode()
        assert "Over time" in page
        assert "May 2026" in page

    def test_is_reached_by_a_link_that_names_nobody(self, rated, as_):
        answer = as_(rated.nora).get(reverse("assessments:own_month", args=["2026-05"]))
        assert answer["Location"] == reverse("assessments:person_score", args=["2026-05", rated.nora_person.pk])
        assert (
            as_(UserFactory(roles=["employee"])).get(reverse("assessments:own_month", args=["2026-05"])).status_code
            == 404
        )

    def test_costs_the_same_for_everybody(self, rated, as_, django_assert_max_num_queries):
        client = as_(rated.nora)
        page_of(client, rated.nora_person)
        with django_assert_max_num_queries(15):
            page_of(client, rated.nora_person)


class TestPeopleList:
    @pytest.fixture
    def url(self):
        return reverse("assessments:people", args=["2026-05"])

    def test_filters_by_role_and_grade(self, rated, as_, url):
        client = as_(rated.hr)
        heads = client.get(url, {"role": "head"}).content.decode()
        assert "Ned North" in heads
        assert "Nora North" not in heads
        deputies = client.get(url, {"role": "deputy_head"}).content.decode()
        assert "Dora Deputy" in deputies
        assert "Deputy head" in deputies

    def test_filters_by_branch_and_sorts(self, rated, as_, url):
        page = as_(rated.hr).get(url, {"branch": rated.sales.pk, "sort": "-total"}).content.decode()
        assert "Sam South" in page
        assert "Cora Chief" not in page

    def test_says_that_a_month_is_not_published(self, rated, as_):
        assert as_(rated.nora).get(reverse("assessments:people", args=["2026-04"])).status_code == 404

    def test_leads_those_who_appraise_to_the_grid(self, rated, as_, url):
        assert reverse("assessments:appraise", args=["2026-05"]) in as_(rated.mia).get(url).content.decode()
        assert reverse("assessments:appraise", args=["2026-05"]) not in as_(rated.nora).get(url).content.decode()
