"""Ratings on one scale for all raters, beside what was given: on the page, in files, through REST; no score moves."""

import pytest
from django.urls import reverse

from apps.assessments.models import Rating
from apps.assessments.tests.factories import NOW

MONTH = "2026-05"


@pytest.mark.django_db
class TestPage:
    @pytest.fixture
    def rated(self, firm, rules, indicator):
        """Rita is mild, the COO strict, of North and South."""
        one = indicator("HELP")
        for user, levels in ((firm.rita, "AB"), (firm.coo, "BC")):
            for place, level in zip((firm.north, firm.south), levels, strict=True):
                Rating.objects.create(
                    month="2026-05-01",
                    department=place,
                    indicator=one,
                    level=level,
                    version=1,
                    said_by=user,
                    said_at=NOW,
                )
        return firm

    def url(self):
        return reverse("assessments:standardised", args=[MONTH])

    def test_shows_what_was_given_beside_the_one_scale(self, rated, as_):
        answer = as_(rated.hr).get(self.url())
        table, text = table_of(answer), answer.content.decode()
        assert (table.count("Rita Rater"), table.count("Cora Chief")) == (2, 2)
        assert "96.04" in table and "81.46" in table
        assert "none changes because of this" in text
        assert reverse("assessments:raters", args=[MONTH]) in text

    def test_moves_no_rating(self, rated, as_):
        before = list(Rating.objects.order_by("pk").values_list("level", "version"))
        as_(rated.hr).get(self.url())
        assert list(Rating.objects.order_by("pk").values_list("level", "version")) == before

    def test_is_a_file_too(self, rated, as_):
        text = b"".join(as_(rated.hr).get(self.url(), {"export": "csv"}).streaming_content).decode("utf-8-sig")
        head, *lines = text.strip().splitlines()
        assert "As given, %" in head and "On one scale, %" in head
        assert len(lines) == 4

    def test_finds_a_rater_and_leaves_out_what_does_not_move(self, rated, as_):
        client = as_(rated.hr)
        assert "Cora Chief" not in table_of(client.get(self.url(), {"q": "rita"}))
        assert "Rita Rater" in table_of(client.get(self.url(), {"moved": "1"}))

    def test_is_for_those_who_work_the_month_out(self, rated, as_):
        for user in (rated.mia, rated.nora, rated.auditor):
            assert as_(user).get(self.url()).status_code == 403

    def test_through_rest_with_both_figures(self, rated, as_):
        rows = as_(rated.hr).get("/api/v1/ratings/standardised/", {"month": MONTH}).json()
        told = {(row["rater"]["name"], row["department_name"]): (row["raw"], row["standardised"]) for row in rows}
        # Given: 100, 90 and 90, 75. All: mean 88.75, spread √(318.75/3) = 10.3078.
        assert told["Rita Rater", "North (NORTH)"] == ("100.00", "96.04")
        assert told["Cora Chief", "South (SOUTH)"] == ("75.00", "81.46")
        assert {row["raw_mean"] for row in rows} == {"95.00", "82.50"}
        assert as_(rated.mia).get("/api/v1/ratings/standardised/", {"month": MONTH}).status_code == 403
        assert as_(rated.hr).get("/api/v1/ratings/standardised/").status_code == 400


def table_of(response):
    """The body of the table on a page."""
    return response.content.decode().partition("<tbody")[2].partition("</tbody>")[0]
