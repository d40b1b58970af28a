"""How personal parts were given, and people's grades against what is recommended: flags that hold nothing back."""

import csv
import io
from fractions import Fraction

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import make_key
from apps.assessments import services
from apps.assessments.models import Appraisal, PersonScore, ScoreRun
from apps.assessments.rules.appraisers import appraiser_checks
from apps.assessments.rules.raters import Flag, Opinion
from apps.assessments.selectors.appraisers import appraisers_in, people_warning, standardised_parts_in
from apps.assessments.tests.factories import NOW
from apps.assessments.tests.teams import MAY, TODAY, all_given, give
from apps.staff.selectors import scope_of
from apps.staff.tests.factories import PersonFactory


def gave(rater, *points, first=1):
    """One giver's points for as many people."""
    return [Opinion(rater, subject, 0, Fraction(one), str(one)) for subject, one in enumerate(points, start=first)]


def flags(*rows):
    return {check.rater: set(check.flags) for check in appraiser_checks([one for row in rows for one in row])}


class TestAppraiserChecks:
    def test_who_gives_their_people_five_points_more_than_the_others_theirs_is_flagged(self):
        rows = gave("x", 90, 85, 95, 88, 92), gave("y", 80, 85, 90, 83, 87, first=11)
        assert flags(*rows) == {"x": {Flag.GENEROUS}, "y": {Flag.SPARING}}

    def test_a_little_less_is_not(self):
        assert flags(gave("x", 90, 85, 95, 88, 92), gave("y", 80, 85, 90, 83, "87.05", first=11)) == {
            "x": set(), "y": set(),
        }  # fmt: skip

    def test_nothing_is_said_of_fewer_than_five_people_on_either_side(self):
        assert flags(gave("x", 99, 98, 97, 96), gave("y", 50, 60, 70, 80, 90, first=11)) == {"x": set(), "y": set()}
        assert flags(gave("x", 99, 98, 97, 96, 95), gave("y", 50, 60, first=11))["x"] == set()

    def test_what_others_gave_the_same_people_counts_before_that(self):
        found = flags(gave("x", 90, 80, 70, 60, 95), gave("y", 85, 75, 65, 55, 90))
        assert found == {"x": {Flag.LENIENT}, "y": {Flag.SEVERE}}

    def test_the_same_points_for_nearly_everybody_and_no_spread(self):
        found = flags(gave("x", 80, 80, 80, 80, 81), gave("y", 60, 70, 80, 90, 100, first=11))
        assert {Flag.ONE_LEVEL, Flag.CENTRAL} <= found["x"]


@pytest.fixture
def team(team, mid_june):
    team.many = [PersonFactory(name=f"North {n}", number=f"X{n}", department=team.north) for n in range(6)]
    all_given(team)
    give(team.ned, *[(person, 100) for person in team.many])
    services.compute_month(month=MAY, by=team.hr, now=NOW)
    return team


def page(as_, user, name, **query):
    return as_(user).get(reverse(f"assessments:{name}", args=[MAY]), query)


@pytest.mark.django_db
class TestPages:
    def test_names_who_gives_always_the_same(self, team, as_):
        body = page(as_, team.hr, "appraisers").content.decode()
        assert "Ned North" in body
        assert "Nearly always the same level" in body

    def test_is_narrowed_to_odd_ones_searched_and_exported(self, team, as_):
        assert "Mia Manager" not in page(as_, team.hr, "appraisers", odd="1").content.decode()
        assert "Mia Manager" not in page(as_, team.coo, "appraisers", q="ned").content.decode()
        file = page(as_, team.hr, "appraisers", export="csv")
        assert "Ned North,Nearly always the same level" in b"".join(file.streaming_content).decode()

    def test_is_for_those_who_work_the_month_out(self, team, as_):
        for user in (team.mia, team.nora, team.ned):
            assert page(as_, user, "appraisers").status_code == 403
        assert appraisers_in(scope_of(team.mia, TODAY), MAY) == ([], {})

    def test_the_people_page_and_the_board_warn_and_lead_to_it(self, team, as_):
        for name in ("people", "month"):
            body = page(as_, team.hr, name).content.decode()
            assert "recommended are at most" in body
            assert "North: 7 of 9, at most 1" in body
            assert reverse("assessments:appraisers", args=[MAY]) in body
        assert "recommended are at most" not in page(as_, team.nora, "people").content.decode()

    def test_a_warning_holds_nothing_back(self, team):
        assert people_warning(ScoreRun.objects.get()).whole
        assert services.hand_in_month(month=MAY, by=team.hr, now=NOW)


@pytest.mark.django_db
class TestPeopleWarning:
    def test_counts_the_company_and_departments_of_five_and_more(self, team):
        run = ScoreRun.objects.get()
        found = people_warning(run)
        scored = PersonScore.objects.filter(run=run, status="ok")
        (whole,) = found.whole
        assert whole.count == scored.filter(grade="A").count()
        assert whole.most == scored.count() // 5
        assert [(one.name, one.size, one.count, one.most) for one in found.groups] == [("North", 9, 7, 1)]

    def test_as_recommended_there_is_none(self, team):
        run = ScoreRun.objects.get()
        run.person_count = 0
        assert people_warning(run).groups == ()


@pytest.mark.django_db
class TestApi:
    def get(self, team, client, name, *scopes):
        _key, key = make_key(team.hr, list(scopes))
        return client.get(f"/api/v1/{name}/", {"month": "2026-05"}, headers={"Authorization": f"Bearer {key}"}).json()

    def test_gives_the_checks(self, team, client):
        rows = {one["rater"]["name"]: one for one in self.get(team, client, "appraiser-checks", "assessments.compute",
                                                              "assessments.view_drafts")}  # fmt: skip
        assert rows["Ned North"]["flags"] == ["one_level"]
        assert rows["Ned North"]["halo"] is None

    def test_gives_the_warnings(self, team, client):
        found = self.get(team, client, "grade-warnings", "assessments.view", "assessments.view_drafts")
        assert found["departments"] == []
        assert [(one["grade"], one["pct"]) for one in found["people"]] == [("A", "20")]
        assert [(one["department"]["code"], one["most"]) for one in found["groups"]] == [("NORTH", 1)]


@pytest.mark.django_db
class TestPartsOnOneScale:
    """All: mean 90, spread √200. Ned gave 60, 80 and six times 100: mean 92.5, spread √221.43; Mia and Cora one each."""

    def url(self, **query):
        return reverse("assessments:standardised_parts", args=[MAY]), query

    def lines(self, as_, user, **query):
        """Of the file: (person, given by) → (as given, on one scale, moved)."""
        url, query = self.url(export="csv", **query)
        text = b"".join(as_(user).get(url, query).streaming_content).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        keys = ("As given, points", "On one scale, points", "Moved by")
        return {(row["Person"], row["Given by"]): tuple(row[key] for key in keys) for row in rows}

    def test_shows_what_was_given_beside_the_one_scale(self, team, as_):
        found = self.lines(as_, team.hr)
        assert len(found) == 10
        assert found["Nora North", "Ned North"] == ("60.00", "59.11", "-0.89")
        assert found["Dora Deputy", "Ned North"] == ("80.00", "78.12", "-1.88")
        assert found["North 3", "Ned North"] == ("100.00", "97.13", "-2.87")
        assert found["Sam South", "Mia Manager"] == ("80.00", "80.00", "0.00"), "of one part no scale is known"

    def test_is_narrowed_searched_and_led_to_from_the_lists_beside_it(self, team, as_):
        assert len(self.lines(as_, team.coo, moved="1")) == 8
        assert set(self.lines(as_, team.coo, q="sam")) == {("Sam South", "Mia Manager")}
        url, _query = self.url()
        body = as_(team.hr).get(url).content.decode()
        assert "none changes because of this" in body
        for name in ("raters", "standardised", "appraisers"):
            assert reverse(f"assessments:{name}", args=[MAY]) in body
            assert url in page(as_, team.hr, name).content.decode()

    def test_the_newest_version_counts_and_none_is_moved(self, team, as_):
        give(team.mia, (team.sam, 70))
        assert self.lines(as_, team.hr)["Sam South", "Mia Manager"][0] == "70.00"
        before = list(Appraisal.objects.order_by("pk").values_list("points", "version"))
        as_(team.hr).get(self.url()[0])
        assert list(Appraisal.objects.order_by("pk").values_list("points", "version")) == before

    def test_is_for_those_who_work_the_month_out(self, team, as_):
        for user in (team.mia, team.nora, team.auditor):
            assert as_(user).get(self.url()[0]).status_code == 403
        assert standardised_parts_in(scope_of(team.mia, TODAY), MAY) == []

    def test_takes_one_query_however_many(self, team, django_assert_num_queries):
        scope = scope_of(team.hr, TODAY)
        with django_assert_num_queries(1):
            assert len(standardised_parts_in(scope, MAY)) == 10

    def test_through_rest_with_both_figures(self, team, as_):
        rows = as_(team.hr).get("/api/v1/appraisals/standardised/", {"month": "2026-05"}).json()
        (nora,) = [row for row in rows if row["person_name"] == "Nora North"]
        assert nora == {
            "person": team.nora_person.pk,
            "person_name": "Nora North",
            "rater": {"id": team.ned.pk, "name": "Ned North"},
            **{"raw": "60.00", "standardised": "59.11", "moved": "-0.89"},
            **{"raw_mean": "60.00", "standardised_mean": "59.11"},
        }
        assert as_(team.mia).get("/api/v1/appraisals/standardised/", {"month": "2026-05"}).status_code == 403
        assert as_(team.hr).get("/api/v1/appraisals/standardised/").status_code == 400
