"""Ratings: who may rate whom, versions, and the signs that a rater rates otherwise than the others."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments.choices import AppealState
from apps.assessments.models import Appeal, Rating
from apps.assessments.rules.raters import Flag, Opinion, rater_checks
from apps.assessments.selectors.rating import departments_to_rate, opinions_in
from apps.assessments.services.rating import Said, rate_departments
from apps.assessments.services.registers import OwnDepartment
from apps.assessments.tests.test_appeals_api import key
from apps.core.errors import Refusal
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory

__all__ = ["key"]
MAY = Month(2026, 5)
TODAY = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


def refused(act, *words):
    with pytest.raises(Refusal) as caught:
        act()
    assert all(word in str(caught.value) for word in words), str(caught.value)
    return caught.value


@pytest.fixture
def rate(firm, rules, indicator, scope_for):
    def act(*pairs, by=None, code="HELP", month=MAY, **more):
        by = by or firm.rita
        said = [Said(place, indicator(code), level) for place, level in pairs]
        return rate_departments(month=month, ratings=said, scope=scope_for(by), by=by, now=NOW, **more)

    return act


@pytest.mark.django_db
class TestRating:
    def test_saves_together_and_the_same_again_is_no_version(self, firm, rate):
        assert rate((firm.north, "A"), (firm.works, "C")).new == 2
        done = rate((firm.north, "A"), (firm.works, "B"))
        assert (done.new, done.unchanged) == (1, 1)
        assert [row.level for row in Rating.objects.filter(department=firm.works).order_by("version")] == ["C", "B"]

    def test_all_or_none(self, firm, rate):
        refused(lambda: rate((firm.north, "A"), (firm.works, "Z")), "“Z” is no level of “Helpfulness”", "A, B, C")
        assert not Rating.objects.exists()

    def test_a_percentage_where_there_are_no_levels(self, firm, rate):
        rate((firm.north, "87.50"), code="ORDER")
        assert Rating.objects.get().level == "87.5"
        for level in ("101", "-1", "much", "1.234"):
            refused(lambda level=level: rate((firm.works, level), code="ORDER"), "is no level", "0 to 100")

    def test_nobody_rates_what_they_belong_to_or_lead(self, firm, rate):
        with pytest.raises(OwnDepartment, match="You lead or belong to South"):
            rate((firm.south, "A"))
        with pytest.raises(OwnDepartment, match="You lead or belong to Works"):
            rate((firm.works, "A"), by=firm.coo)

    def test_those_above_are_judged_by_ones_work_too_those_below_are_not(self, firm, rate):
        assert rate((firm.north, "B"), by=firm.mia).new == 1

    def test_only_raters_the_scheme_names(self, firm, rate):
        other = UserFactory(roles=["manager"])
        refused(lambda: rate((firm.north, "A"), by=other), "not named as a rater of “Helpfulness”")
        refused(lambda: rate((firm.north, "A"), by=firm.hr), "may not rate")

    def test_refuses_what_is_not_assessed(self, firm, rate):
        new = DepartmentFactory(name="New", parent=firm.sales)
        refused(lambda: rate((new, "A")), "New is not assessed in May 2026")
        refused(lambda: rate((firm.north, "A"), month=Month(2025, 12)), "No approved scheme is in force")
        refused(lambda: rate((firm.north, "A"), month=Month(2026, 7)), "has not begun")
        refused(lambda: rate((firm.north, "5"), code="SAFE"), "is not reported here")

    def test_until_the_month_is_handed_in_it_is_no_correction(self, firm, rate):
        rate((firm.north, "A"))
        assert not Rating.objects.get().is_restated


@pytest.mark.django_db
class TestAfterPublication:
    """The COO may restate; Rita and Mia are raters who may not."""

    def test_a_rater_rewrites_nothing_whatever_the_reason(self, firm, published_may, rate):
        refused(lambda: rate((firm.north, "A"), note="I thought again."), "the rating of North by “Helpfulness” stands")
        assert not Rating.objects.exists()

    def test_who_may_restate_writes_why_and_the_version_is_marked(self, firm, published_may, rate):
        refused(lambda: rate((firm.north, "A"), by=firm.coo), "write why")
        assert rate((firm.north, "A"), by=firm.coo, note="The appeal was right.").needs_revision
        row = Rating.objects.get()
        assert (row.note, row.is_restated) == ("The appeal was right.", True)

    def test_what_was_said_already_changes_nothing(self, firm, rules, rate, request):
        rate((firm.north, "A"))
        request.getfixturevalue("published_may")
        assert rate((firm.north, "A")).unchanged == 1

    def test_so_it_is_once_the_month_is_handed_in(self, firm, published_may, rate):
        draft = published_may.published
        type(draft).objects.filter(pk=draft.pk).update(state="under_review")
        type(published_may).objects.update(draft=draft, published=None)
        refused(lambda: rate((firm.north, "A"), note="Again."), "handed in or published")

    def test_a_line_whose_appeal_is_under_review_is_corrected_by_its_rater(self, firm, published_may, rate, indicator):
        appeal(firm, published_may, indicator("HELP"))
        refused(lambda: rate((firm.north, "A")), "write why")
        refused(lambda: rate((firm.works, "A"), note="Too."), "the rating of Works")
        refused(lambda: rate((firm.north, "80"), code="ORDER", note="Too."), "stands")
        rate((firm.north, "A"), note="They helped twice.")
        assert Rating.objects.get().is_restated

    def test_not_once_it_was_dismissed(self, firm, published_may, rate, indicator):
        made = appeal(firm, published_may, indicator("HELP"))
        Appeal.objects.filter(pk=made.pk).update(state=AppealState.DISMISSED)
        refused(lambda: rate((firm.north, "A"), note="They helped twice."), "stands")

    def test_the_page_shows_what_stands_and_offers_no_button(self, firm, published_may, as_, indicator):
        url = reverse("assessments:ratings", args=["2026-05"])
        page = as_(firm.rita).get(url).content.decode()
        assert "your ratings stand" in page and "Save the ratings" not in page and " disabled name=" in page
        name = f"level-{indicator('HELP').pk}-{firm.north.pk}"
        answer = as_(firm.rita).post(url, {name: "A", "note": "Again."})
        assert (answer.status_code, Rating.objects.count()) == (403, 0)
        assert "Save the ratings" in as_(firm.coo).get(url).content.decode()

    def test_the_page_of_an_appeal_under_review_opens_its_line_alone(self, firm, published_may, as_, indicator):
        appeal(firm, published_may, indicator("HELP"))
        page = as_(firm.rita).get(reverse("assessments:ratings", args=["2026-05"])).content.decode()
        assert "Save the ratings" in page
        open_ones = {name: f'class="form-select" name="level-{indicator("HELP").pk}-{place.pk}"' in page
                     for name, place in (("north", firm.north), ("works", firm.works))}  # fmt: skip
        assert open_ones == {"north": True, "works": False}

    def test_the_api_refuses_and_marks(self, firm, published_may, key):
        said = {"month": "2026-05", "ratings": [{"department": "NORTH", "indicator": "HELP", "level": "A"}]}
        refusal = key(firm.rita).post("/api/v1/ratings/", {**said, "note": "Again."}, format="json")
        assert refusal.status_code == 403
        assert key(firm.coo).post("/api/v1/ratings/", {**said, "note": "Wrong."}, format="json").status_code == 200
        rows = key(firm.coo).get("/api/v1/ratings/").json()["results"]
        assert [row["is_restated"] for row in rows] == [True]


def appeal(firm, place, indicator):
    """An appeal about North's line that is under review."""
    return Appeal.objects.create(
        run=place.published, department=firm.north, indicator=indicator, state=AppealState.REVIEWING, reason="Twice.",
        filed_by=firm.mia, filed_at=NOW, due_at=NOW, reviewer=firm.hr,
    )  # fmt: skip


@pytest.mark.django_db
class TestDepartmentsToRate:
    def test_all_but_the_own(self, firm, rate, rules):
        rows = departments_to_rate(firm.rita, MAY, today=TODAY)
        assert [row.place.department.name for row in rows] == ["North", "Works"]
        assert [one.code for one in rows[0].indicators] == ["HELP", "ORDER"]
        assert departments_to_rate(firm.hr, MAY, today=TODAY) == []
        assert departments_to_rate(firm.rita, Month(2025, 1), today=TODAY) == []

    def test_is_open_until_all_is_said(self, firm, rate):
        rate((firm.north, "A"))
        rows = departments_to_rate(firm.rita, MAY, today=TODAY)
        assert [row.is_open for row in rows] == [True, True]
        rate((firm.north, "80"), code="ORDER")
        assert [row.is_open for row in departments_to_rate(firm.rita, MAY, today=TODAY)] == [False, True]

    def test_costs_the_same_however_many(self, firm, rate, rules, django_assert_max_num_queries):
        with django_assert_max_num_queries(9):
            departments_to_rate(firm.rita, MAY, today=TODAY)


@pytest.mark.django_db
class TestOpinions:
    def test_takes_the_newest_of_each_rater_in_percent(self, firm, rate, scope_for):
        rate((firm.north, "A"))
        rate((firm.north, "C"))
        rate((firm.north, "62.5"), by=firm.mia, code="ORDER")
        found, names = opinions_in(scope_for(firm.hr), MAY)
        assert {(names[one.rater], one.pct) for one in found} == {
            ("Rita Rater", Fraction(75)),
            ("Mia Manager", Fraction("62.5")),
        }

    def test_managers_compare_nobody(self, firm, rate, scope_for):
        rate((firm.north, "A"))
        assert opinions_in(scope_for(firm.mia), MAY) == ([], {})


def said(rater, *values, criterion=1, first=1):
    return [
        Opinion(rater, subject, criterion, Fraction(value), str(value)) for subject, value in enumerate(values, first)
    ]


def flags(*opinions):
    return {check.rater: set(check.flags) for check in rater_checks([one for part in opinions for one in part])}


class TestRaterChecks:
    def test_nothing_said_gives_nobody(self):
        assert rater_checks([]) == []

    def test_leniency_is_the_mean_distance_from_the_others(self):
        checks = {
            check.rater: check
            for check in rater_checks(
                [*said("x", 90, 80, 70, 60, 95), *said("y", 85, 75, 65, 55, 90), *said("z", 80, 70, 60, 50, 85)]
            )
        }
        assert [checks[name].leniency for name in "xyz"] == [Fraction("7.5"), 0, Fraction("-7.5")]
        assert [checks[name].flags for name in "xyz"] == [(Flag.LENIENT,), (), (Flag.SEVERE,)]

    def test_five_points_are_enough_and_four_subjects_are_not(self):
        assert Flag.LENIENT in flags(said("x", 90, 80, 70, 60, 95), said("y", 85, 75, 65, 55, 90))["x"]
        assert flags(said("x", 90, 80, 70, 60), said("y", 50, 40, 30, 20)) == {"x": set(), "y": set()}
        assert Flag.LENIENT not in flags(said("x", 90, 80, 70, 60, 95), said("y", 85, 75, 65, 55, "90.01"))["x"]

    def test_what_nobody_else_rated_says_nothing(self):
        (check,) = rater_checks(said("x", 90, 80, 70, 60, 95))
        assert (check.leniency, check.shared, check.flags) == (None, 0, ())

    def test_central_tendency_is_less_than_half_of_the_usual_spread(self):
        wide, narrow = (60, 70, 80, 90, 100), (79, 80, 80, 81, 80)
        found = flags(said("x", *wide), said("y", *wide, first=11), said("z", *narrow, first=21))
        assert found == {"x": set(), "y": set(), "z": {Flag.CENTRAL}}

    def test_half_of_the_usual_spread_is_not_less_than_half(self):
        wide, half, less = (60, 70, 80, 90, 100), (70, 75, 80, 85, 90), (70, 75, 80, 85, "89.99")
        others = [*said("x", *wide), *said("w", *wide, first=11)]
        assert flags(others, said("y", *half, first=21))["y"] == set()
        assert flags(others, said("y", *less, first=21))["y"] == {Flag.CENTRAL}

    def test_halo_is_criteria_that_move_together(self):
        values = (60, 65, 70, 75, 80, 85, 90, 95)
        alike = [value + 1 for value in values]
        found = rater_checks([*said("x", *values), *said("x", *alike, criterion=2)])
        assert found[0].halo == 1 and Flag.HALO in found[0].flags
        apart = (95, 60, 90, 65, 85, 70, 80, 75)
        assert Flag.HALO not in flags(said("x", *values), said("x", *apart, criterion=2))["x"]

    def test_halo_needs_eight_subjects_and_some_spread(self):
        values = (60, 65, 70, 75, 80, 85, 90)
        assert rater_checks([*said("x", *values), *said("x", *values, criterion=2)])[0].halo is None
        same = (80,) * 8
        assert rater_checks([*said("x", *same), *said("x", *range(60, 68), criterion=2)])[0].halo is None

    def test_one_level_is_more_than_seventy_of_a_hundred(self):
        assert flags(said("x", *[90] * 7, 80, 70, 60))["x"] == set()
        assert flags(said("x", *[90] * 8, 80, 70))["x"] == {Flag.ONE_LEVEL}
        assert flags(said("x", 90, 90, 90, 90))["x"] == set()


class TestReturnedFavours:
    """x belongs to subject 1, y to subject 2; z to none of them."""

    PLACES = {"x": {1}, "y": {2}}

    def checks(self, x_of_y, y_of_x, *, others=80, places=None):
        opinions = [
            Opinion("x", 2, 1, Fraction(x_of_y), ""),
            Opinion("y", 1, 1, Fraction(y_of_x), ""),
            *(Opinion("z", subject, 1, Fraction(others), "") for subject in (1, 2)),
        ]
        return {one.rater: one for one in rater_checks(opinions, self.PLACES if places is None else places)}

    def test_are_flagged_with_the_partner(self):
        found = self.checks(90, 85)
        assert {rater: (Flag.RECIPROCAL in one.flags, one.partners) for rater, one in found.items()} == {
            "x": (True, ("y",)),
            "y": (True, ("x",)),
            "z": (False, ()),
        }

    @pytest.mark.parametrize(("x_of_y", "y_of_x"), [(90, "84.99"), ("84.99", 90), (90, 60), (60, 60)])
    def test_must_be_high_on_both_sides(self, x_of_y, y_of_x):
        assert not any(one.partners for one in self.checks(x_of_y, y_of_x).values())

    def test_need_a_third_who_rated_it_as_well(self):
        alone = [Opinion("x", 2, 1, Fraction(99), ""), Opinion("y", 1, 1, Fraction(99), "")]
        assert not any(one.partners for one in rater_checks(alone, self.PLACES))

    def test_need_to_know_where_people_belong(self):
        assert not any(one.partners for one in self.checks(99, 99, places={}).values())
        assert not any(one.partners for one in self.checks(99, 99, places={"x": {1, 2}}).values())

    def test_look_at_the_mean_of_all_criteria(self):
        opinions = [
            Opinion("x", 2, 1, Fraction(90), ""),
            Opinion("x", 2, 2, Fraction(79), ""),
            Opinion("y", 1, 1, Fraction(90), ""),
            *(Opinion("z", subject, criterion, Fraction(80), "") for subject in (1, 2) for criterion in (1, 2)),
        ]
        assert not any(one.partners for one in rater_checks(opinions, self.PLACES))
        higher = [*opinions[:1], Opinion("x", 2, 2, Fraction(80), ""), *opinions[2:]]
        assert [one.partners for one in rater_checks(higher, self.PLACES)] == [("y",), ("x",), ()]


@pytest.mark.django_db
class TestFavoursInAMonth:
    """Rita belongs to South; so does nobody else who rates. Mia belongs to Sales, the COO to Works."""

    @pytest.fixture
    def favoured(self, firm, rules, rate):
        rate((firm.works, "A"))
        rate((firm.south, "A"), by=firm.coo)
        rate((firm.works, "C"), (firm.south, "C"), by=firm.mia)
        return firm

    def test_are_told_on_the_page_and_in_the_file(self, favoured, as_):
        url = reverse("assessments:raters", args=["2026-05"])
        page = as_(favoured.hr).get(url).content.decode()
        assert page.count("Favours and is favoured back") >= 2
        text = b"".join(as_(favoured.hr).get(url, {"export": "csv"}).streaming_content).decode()
        row = next(line for line in text.splitlines() if "Rita Rater" in line.split(",")[0])
        assert "Cora Chief" in row

    def test_and_in_the_api(self, favoured, as_):
        rows = as_(favoured.hr).get("/api/v1/ratings/checks/", {"month": "2026-05"}).json()
        found = {row["rater"]["name"]: [one["name"] for one in row["partners"]] for row in rows}
        assert found == {"Rita Rater": ["Cora Chief"], "Cora Chief": ["Rita Rater"], "Mia Manager": []}
