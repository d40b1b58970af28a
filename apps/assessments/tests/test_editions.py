"""Editions of a month that a newer one has superseded: who may still read them, and where they must not show up."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.models import Score, ScoreRun
from apps.assessments.selectors.periods import periods_of
from apps.assessments.selectors.scores import latest_published, published_over_time
from apps.assessments.tests.factories import NOW, published, rule
from apps.core.month import Month
from apps.kpis.tests.factories import entry, record
from apps.staff.selectors import scope_of

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def get(client, name, *args, **query):
    return client.get(reverse(f"assessments:{name}", args=args), query)


def corrected(firm, value):
    """North reports VALUE after all, and the GM has the month worked out anew: a draft."""
    record([entry(firm.revenue, firm.north, "2026-05", value)], by=firm.coo)
    return services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="North counted again.").run


@pytest.fixture
def twice(firm, scheme):
    """May in two editions: version 1, North 90.50, then version 2, North 94.00; a third is worked on, North 97.50."""
    published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
    corrected(firm, 100)
    case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
    rule(case, firm.coo)
    rule(case, firm.gm)
    services.publish_month(month=MAY, by=firm.hr, now=NOW)
    corrected(firm, 105)
    return firm


def total_of(version, department):
    return Score.objects.get(run__version=version, department=department).total


class TestReading:
    def test_whoever_reads_the_edition_of_today_reads_the_former_one(self, twice, as_):
        for user in (twice.nora, twice.mia, UserFactory(roles=["finance"])):
            body = text_of(get(as_(user), "score", MAY, twice.north.pk, version=1))
            assert "edition 1" in body and "90.50" in body
            assert "An older version, kept as it was." in body

    def test_its_receipt_proves_itself(self, twice, as_):
        body = text_of(get(as_(twice.nora), "score", MAY, twice.north.pk, version=1, proof=1))
        assert "Proved." in body

    def test_the_receipt_of_today_leads_to_it(self, twice, as_):
        body = get(as_(twice.nora), "score", MAY, twice.north.pk).content.decode()
        assert f'href="/assessments/2026-05/departments/{twice.north.pk}/?version=1"' in body
        assert "?version=3" not in body

    def test_a_draft_that_was_never_published_is_not_found(self, twice, as_):
        for user in (twice.nora, twice.mia):
            assert get(as_(user), "score", MAY, twice.north.pk, version=3).status_code == 404
            assert get(as_(user), "scores", MAY, version=3).status_code == 404

    def test_a_draft_that_was_put_aside_is_not_found(self, twice, as_):
        services.discard_draft(month=MAY, reason="Not needed after all.", by=twice.hr, now=NOW)
        assert ScoreRun.objects.get(version=3).state == "superseded"
        assert get(as_(twice.nora), "score", MAY, twice.north.pk, version=3).status_code == 404

    def test_another_department_stays_out_of_reach_in_every_edition(self, twice, as_):
        assert get(as_(twice.mia), "score", MAY, twice.works.pk, version=1).status_code == 404
        assert get(as_(twice.nora), "score", MAY, twice.south.pk, version=1).status_code == 404
        assert (
            get(as_(UserFactory(roles=["administrator"])), "score", MAY, twice.north.pk, version=1).status_code == 403
        )

    def test_the_list_of_a_named_edition_holds_what_the_reader_may_know(self, twice, as_):
        body = text_of(get(as_(twice.mia), "scores", MAY, version=1))
        assert "North" in body and "90.50" in body and "Works" not in body

    def test_the_api_gives_it_by_its_edition(self, twice, as_):
        url = reverse("api:score-list")
        given = {"month": "2026-05", "edition": 1, "department": twice.north.pk}
        rows = as_(twice.mia).get(url, given).json()["results"]
        assert [Decimal(row["total"]) for row in rows] == [total_of(1, twice.north)]


class TestWhatIsPublishedNow:
    def test_pages_without_a_version_show_the_newest_edition_alone(self, twice, as_):
        client = as_(twice.mia)
        for name, args in {"score": (MAY, twice.north.pk), "scores": (MAY,), "month": (MAY,)}.items():
            body = text_of(get(client, name, *args))
            assert "94.00" in body and "97.50" not in body, name
        assert "90.50" not in text_of(get(client, "scores", MAY))
        assert "90.50" not in text_of(get(client, "department", twice.north.pk))

    def test_an_export_holds_the_newest_edition_alone(self, twice, as_):
        answer = get(as_(twice.mia), "scores", MAY, export="csv")
        text = b"".join(answer).decode("utf-8-sig") if answer.streaming else answer.content.decode("utf-8-sig")
        assert "94.00" in text and "90.50" not in text and "97.50" not in text

    def test_the_api_lists_the_newest_edition_alone(self, twice, as_):
        given = {"month": "2026-05", "department": twice.north.pk}
        rows = as_(twice.mia).get(reverse("api:score-list"), given).json()["results"]
        assert [Decimal(row["total"]) for row in rows] == [Decimal("94.00")]

    def test_homes_charts_and_quarters_count_a_month_once(self, twice):
        scope = scope_of(twice.mia, NOW.date())
        assert [row.total for row in published_over_time(scope, twice.north)] == [Decimal("94.00")]
        newest = latest_published(scope, [twice.north.pk], since=MAY.first_day)
        assert [row.total for row in newest[twice.north.pk]] == [Decimal("94.00")]
        counted = periods_of(scope, twice.north, since=MAY.first_day)
        assert {(one.score, one.months_counted) for one in counted} == {(Decimal("94.00"), 1)}
