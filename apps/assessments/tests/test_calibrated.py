"""The list of calibrations of a month: what it says, who may read it, the ways there, published or not."""

import csv
import io
import re
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.selectors.calibrations import calibrations_made
from apps.assessments.tests.appeals import MAY, banded
from apps.assessments.tests.factories import NOW, rule
from apps.core.month import Month
from apps.staff.selectors import scope_of

pytestmark = pytest.mark.django_db


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def moved(firm, department, points, reason):
    services.calibrate_score(
        month=MAY, department=department, points=Decimal(points), reason=reason, by=firm.coo, now=NOW
    )


@pytest.fixture
def may(firm):
    """May is published. North was moved from 90.50 to 89.00 and then to 92.50, South from 114.00 to 115.00 and back."""
    banded(firm)
    services.compute_month(month=MAY, by=firm.hr, now=NOW)
    moved(firm, firm.north, "-1.50", "A flood hit the shop.")
    moved(firm, firm.north, "2", "The flood was theirs to bear.")
    moved(firm, firm.south, "1", "They helped North.")
    moved(firm, firm.south, "0", "They did not.")
    case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
    rule(case, firm.coo)
    rule(case, firm.gm)
    services.publish_month(month=MAY, by=firm.hr, now=NOW)
    return firm


@pytest.fixture
def ask(as_):
    def get(user, month=MAY, **query):
        return as_(user).get(reverse("assessments:calibrated", args=[month]), query)

    return get


class TestRows:
    def test_say_from_what_to_what_and_whether_it_counts(self, may):
        rows = calibrations_made(scope_of(may.hr, NOW.date()), MAY).order_by("pk")
        found = [(row.department.name, row.computed, row.points, row.moved_to, row.is_replaced) for row in rows]
        assert found == [
            ("North", Decimal("90.50"), Decimal("-1.50"), Decimal("89.00"), True),
            ("North", Decimal("90.50"), Decimal("2.00"), Decimal("92.50"), False),
            ("South", Decimal("114.00"), Decimal("1.00"), Decimal("115.00"), True),
            ("South", Decimal("114.00"), Decimal("0.00"), Decimal("114.00"), False),
        ]

    def test_are_none_for_who_sees_no_drafts(self, may):
        assert not calibrations_made(scope_of(may.mia, NOW.date()), MAY).exists()


class TestPage:
    def test_shows_reason_person_and_moment_of_a_published_month(self, may, ask):
        body = text_of(ask(may.auditor))
        for words in ("90.50", "\u22121.50", "89.00", "+2.00", "92.50", "The flood was theirs to bear.", "Cora Chief",
                      "15 Jun 2026", "Replaced", "Counts", "Taken back"):  # fmt: skip
            assert words in body, words

    @pytest.mark.parametrize(
        ("query", "kept"),
        [
            ({"q": "theirs"}, ["The flood was theirs to bear."]),
            ({"q": "south"}, ["They did not.", "They helped North."]),
            ({"state": "counts"}, ["The flood was theirs to bear."]),
            ({"state": "former", "sort": "made_at"}, ["A flood hit the shop.", "They helped North.", "They did not."]),
            ({"up": "1", "q": "flood"}, ["The flood was theirs to bear."]),
        ],
    )
    def test_is_searched_and_narrowed(self, may, ask, query, kept):
        answer = ask(may.hr, **query, export="csv")
        rows = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
        assert sorted(row["Reason"] for row in rows) == sorted(kept)

    def test_is_narrowed_to_who_moved_it(self, may, ask):
        assert "A flood hit" in text_of(ask(may.hr, by=may.coo.pk))
        assert ask(may.hr, by=may.gm.pk).status_code == 404

    def test_is_sorted_by_what_was_moved(self, may, ask):
        body = text_of(ask(may.hr, sort="moved"))
        assert body.index("A flood hit") < body.index("They did not") < body.index("theirs to bear")

    def test_is_exported_with_numbers(self, may, ask):
        answer = ask(may.hr, export="csv")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert "-1.50" in text and "\u2212" not in text and "Cora Chief" in text

    def test_says_when_nothing_was_moved(self, may, ask):
        assert "No score was calibrated" in text_of(ask(may.hr, Month(2026, 4)))

    def test_a_month_to_come_is_not_found(self, may, ask):
        assert ask(may.hr, Month(2027, 1)).status_code == 404

    def test_is_for_those_who_have_the_board(self, may, ask):
        for user in (may.coo, may.gm, may.hr, may.auditor):
            assert ask(user).status_code == 200
        for user in (may.mia, may.nora, UserFactory(roles=["finance"]), UserFactory(roles=["administrator"])):
            assert ask(user).status_code == 403


class TestApi:
    def test_tells_the_same(self, may, as_):
        rows = as_(may.hr).get(reverse("api:calibration-list"), {"month": "2026-05"}).json()["results"]
        assert [(row["computed"], row["points"], row["total"], row["is_replaced"]) for row in rows] == [
            ("90.50", "-1.50", "89.00", True),
            ("90.50", "2.00", "92.50", False),
            ("114.00", "1.00", "115.00", True),
            ("114.00", "0.00", "114.00", False),
        ]


class TestWaysThere:
    def test_the_board_of_a_published_month_leads_to_it(self, may, as_):
        body = as_(may.hr).get(reverse("assessments:month", args=[MAY])).content.decode()
        assert body.count('href="/assessments/2026-05/calibrations/made/"') == 2

    def test_the_draft_leads_to_it_and_back(self, firm, as_, ask):
        banded(firm)
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        body = as_(firm.coo).get(reverse("assessments:calibrations", args=[MAY])).content.decode()
        assert 'href="/assessments/2026-05/calibrations/made/"' in body
        assert 'href="/assessments/2026-05/calibrations/"' in ask(firm.coo).content.decode()
