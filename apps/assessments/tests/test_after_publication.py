"""What the board says once a month is published: what comes next, with its day, until nothing is left."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import Scheme, ScoreRun
from apps.assessments.tests.appeals import appeal_of
from apps.assessments.tests.factories import approved, draft, published
from apps.core.month import Month

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)


@pytest.fixture
def turn(firm, scheme, as_, client, settings):
    """`turn("2026-06-16")`: what the board of May, published on Monday 15 June, says on that day."""
    published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])

    def said(day):
        settings.FIXED_TODAY = day
        client.logout()
        return as_(firm.hr).get(reverse("assessments:month", args=[MAY])).context["turn"]

    return said


class TestTheBoardOfAPublishedMonth:
    def test_says_until_when_appeals_are_taken_and_by_when_they_are_ruled_on(self, turn):
        assert turn("2026-06-16") == (
            "Published. Appeals are taken until 22 June 2026 and ruled on by 29 June 2026; then the month is final."
        )

    def test_says_by_when_the_appeals_that_were_filed_are_ruled_on(self, firm, turn):
        appeal_of(firm, ScoreRun.objects.get())
        assert turn("2026-06-23") == (
            "Published. Appeals were taken until 22 June 2026; the rulings on them are due by 29 June 2026."
        )
        assert turn("2026-07-02") == "Published. Appeals still wait for a ruling, which was due by 29 June 2026."

    def test_nothing_is_left_only_once_it_is_final(self, turn):
        assert "Nothing is left" not in turn("2026-06-23")
        services.finish_months(now=datetime(2026, 6, 23, 6, tzinfo=UTC))
        assert turn("2026-06-23") == "Published, and final since 23 June 2026. Nothing is left to do."


class TestTheListOfMonths:
    def test_names_the_working_day_of_the_scheme(self, firm, as_):
        made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        Scheme.objects.filter(pk=made.pk).update(calendar={"calculate": "5", "review": "6", "publish": "7"})
        approved(Scheme.objects.get(pk=made.pk), by=firm.hr, deciders=[firm.coo, firm.gm])
        text = as_(firm.mia).get(reverse("assessments:list")).content.decode()
        assert "To be published by working day 7 after the month" in text

    def test_names_the_usual_one_where_the_scheme_says_nothing(self, firm, scheme, as_):
        text = as_(firm.mia).get(reverse("assessments:list")).content.decode()
        assert "To be published by working day 10 after the month" in text
