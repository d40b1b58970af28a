"""Scores of quarters and years: straight from months, months without a score left out, read as far as people may."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.tests.factories import UserFactory, make_key
from apps.assessments import services
from apps.assessments.models import PersonScore, Score
from apps.assessments.rules.aggregate import MonthScore, mean_of, mean_score
from apps.assessments.selectors.periods import period_scores, periods_of
from apps.assessments.selectors.stretches import stretch_line, stretch_lines, stretch_of
from apps.assessments.tests.factories import published
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.kpis.tests.factories import entry, record
from apps.staff.selectors import scope_of
from apps.staff.tests.factories import PersonFactory

MARCH, APRIL, MAY = Month(2026, 3), Month(2026, 4), Month(2026, 5)
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
EVERYTHING = Scope(
    user_id=1, reach=Reach.COMPANY, capabilities=frozenset({"assessments.view", "assessments.view_drafts"})
)
POINTS = st.decimals(min_value=0, max_value=120, places=2)


@given(st.lists(st.none() | POINTS, max_size=12))
def test_the_mean_of_a_sum_is_the_mean_of_its_months(totals):
    known = [total for total in totals if total is not None]
    found = mean_of(sum(known, Decimal(0)) if known else None, len(known))
    assert found == mean_score([MonthScore(total) for total in totals])


def test_ties_are_rounded_up():
    # (90.01 + 90.02) / 2 = 90.015
    assert mean_of(Fraction("180.03"), 2).score == Decimal("90.02")


class TestStretchOf:
    def test_quarters_and_years_follow_the_fiscal_year(self, settings):
        assert stretch_of("quarter", MAY).name == "Q2 2026"
        settings.FISCAL_YEAR_FIRST_MONTH = 4
        assert (stretch_of("quarter", MAY).name, stretch_of("year", MARCH).name) == ("Q1 2026/27", "2025/26")
        assert stretch_of("year", MARCH).first == Month(2025, 4)

    def test_refuses_another_kind(self):
        with pytest.raises(NotFound, match="quarters and of years"):
            stretch_of("month", MAY)


@pytest.fixture
def quarter(firm, scheme):
    """April and May are published. North 93.30 and 90.50; South 0.00 for want of reports, then 114.00; Works twice 0.00."""
    record(
        [entry(firm.revenue, firm.north, "2026-04", 99), entry(firm.complaints, firm.north, "2026-04", 3)], by=firm.coo
    )
    for month in (APRIL, MAY):
        published(month, by=firm.hr, deciders=[firm.coo, firm.gm], now=NOW)
    return firm


def totals(department):
    return list(Score.objects.filter(department=department).order_by("run__month").values_list("total", flat=True))


@pytest.mark.django_db
class TestPeriodScores:
    def test_is_the_mean_of_the_months_that_have_a_score(self, quarter):
        found = {one.department: one for one in period_scores(EVERYTHING, stretch_line(EVERYTHING, "quarter", APRIL))}
        for place in (quarter.north, quarter.south, quarter.works):
            known = [total for total in totals(place) if total is not None]
            one = found[place.pk]
            assert one.score == mean_score([MonthScore(total) for total in known]).score
            assert (one.months_counted, one.months_assessed) == (len(known), 2)
        # 99: 70 x 0.99 = 69.30 + 24.00 = 93.30; (93.30 + 90.50) / 2
        assert (found[quarter.north.pk].score, found[quarter.north.pk].grade) == (Decimal("91.90"), "A")

    def test_ranks_stand_among_all_departments_whoever_reads(self, quarter):
        everybody = {
            one.department: one.rank
            for one in period_scores(EVERYTHING, stretch_line(EVERYTHING, "year", Month(2026, 1)))
        }
        scope = scope_of(quarter.nora, date(2026, 6, 15))
        (own,) = period_scores(scope, stretch_line(scope, "year", Month(2026, 1)))
        assert (own.department, own.rank) == (quarter.north.pk, everybody[quarter.north.pk])

    def test_a_year_comes_from_months_not_from_quarters(self, quarter, django_assert_max_num_queries):
        line = stretch_line(EVERYTHING, "year", Month(2026, 1))
        assert [one.stretch.name for one in stretch_lines(EVERYTHING)] == ["Q2 2026", "2026"]
        with django_assert_max_num_queries(1):
            found = {one.department: one.score for one in period_scores(EVERYTHING, line)}
        assert found[quarter.north.pk] == Decimal("91.90")

    def test_nothing_is_shown_of_a_period_without_published_months(self, firm, scheme):
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        assert stretch_lines(EVERYTHING) == []
        with pytest.raises(NotFound, match="Nothing is published of this period"):
            stretch_line(EVERYTHING, "quarter", APRIL)

    def test_a_period_is_named_by_its_first_month(self, quarter):
        with pytest.raises(NotFound, match="begins with another month"):
            stretch_line(EVERYTHING, "quarter", MAY)

    def test_a_department_has_its_own(self, quarter):
        found = periods_of(EVERYTHING, quarter.north, since=MAY.first_day)
        assert [(one.stretch.name, one.score, one.months_counted) for one in found] == [
            ("Q2 2026", Decimal("91.90"), 2),
            ("2026", Decimal("91.90"), 2),
        ]


@pytest.mark.django_db
class TestPages:
    def page(self, client, name, *args, **query):
        return client.get(reverse(f"assessments:{name}", args=args), query)

    def test_lists_quarters_and_years(self, quarter, as_):
        body = self.page(as_(quarter.mia), "periods").content.decode()
        assert "Q2 2026" in body and "2 of 3" in body and "2 of 12" in body

    def test_shows_what_may_be_read_and_nothing_else(self, quarter, as_):
        body = self.page(as_(quarter.mia), "period", "quarter", APRIL).content.decode()
        assert "North" in body and "South" in body and "Works" not in body and "91.90" in body
        assert self.page(as_(quarter.mia), "period", "quarter", MAY).status_code == 404
        assert self.page(as_(quarter.mia), "period", "month", MAY).status_code == 404

    def test_is_searched_filtered_sorted_and_exported(self, quarter, as_):
        client = as_(quarter.hr)
        assert "South" not in self.page(client, "period", "quarter", APRIL, q="nor").content.decode()
        assert "North" not in self.page(client, "period", "quarter", APRIL, grade="E").content.decode()
        file = self.page(client, "period", "quarter", APRIL, export="csv", sort="-score")
        lines = b"".join(file.streaming_content).decode().splitlines()
        assert [line.partition(",")[0] for line in lines[1:]] == ["North", "South", "Works"]

    def test_stands_on_the_page_of_the_department(self, quarter, as_):
        body = self.page(as_(quarter.nora), "department", quarter.north.pk).content.decode()
        assert "Quarters and years" in body and "Q2 2026" in body and "91.90" in body


@pytest.mark.django_db
class TestPeople:
    @pytest.fixture
    def people(self, quarter):
        """Nora in North and Willy in Works have a score in May."""
        willy = PersonFactory(name="Willy Works", number="W1", department=quarter.works)
        run = Score.objects.filter(run__month=MAY.first_day).first().run
        nora = quarter.nora.person
        for person, place, total in ((nora, quarter.north, "88.00"), (willy, quarter.works, "66.00")):
            PersonScore.objects.create(
                run=run, person=person, department=place, role="member", status="ok", days=31, dept_weight=30,
                personal_weight=70, total=Decimal(total), digest="",
            )  # fmt: skip
        return quarter

    def read(self, client):
        return client.get(reverse("assessments:period_people", args=["quarter", APRIL])).content.decode()

    def test_those_who_work_on_scores_see_everybody(self, people, as_):
        body = self.read(as_(people.hr))
        assert "Willy Works" in body and "Nora North" in body and "88.00" in body

    def test_somebody_sees_the_own_score_and_nobody_elses(self, people, as_):
        body = self.read(as_(people.nora))
        assert "Nora North" in body and "Willy Works" not in body

    def test_a_manager_sees_the_people_led(self, people, as_):
        body = self.read(as_(people.mia))
        assert "Nora North" in body and "Willy Works" not in body

    def test_a_deputy_does_not_see_the_score_of_the_head(self, people, as_):
        deputy = UserFactory(roles=["manager"], name="Dan Deputy")
        PersonFactory(name="Dan Deputy", number="D1", department=people.north, role="deputy_head", user=deputy)
        head = PersonFactory(name="Hedda Head", number="H1", department=people.north, role="head")
        self.scored(people, MAY, head, people.north, "77.00")
        body = self.read(as_(deputy))
        assert "Nora North" in body and "Hedda Head" not in body

    def test_whom_one_leads_today_one_sees_with_all_their_months(self, people, as_):
        self.scored(people, APRIL, people.nora.person, people.works, "60.00")
        assert "74.00" in self.read(as_(people.mia))
        assert "74.00" in self.read(as_(people.nora))

    def scored(self, firm, month, person, place, total):
        run = Score.objects.filter(run__month=month.first_day).first().run
        PersonScore.objects.create(
            run=run, person=person, department=place, role="member", status="ok", days=30, dept_weight=30,
            personal_weight=70, total=Decimal(total), digest="",
        )  # fmt: skip

    def asked(self, client, user, kind="quarter", first="2026-04", **query):
        _key, key = make_key(user, ["assessments.view", "staff.view"])
        given = {"kind": kind, "first_month": first, **query}
        answer = client.get("/api/v1/period-people/", given, headers={"Authorization": f"Bearer {key}"})
        return answer.json() if answer.status_code == 200 else answer.status_code

    def test_other_systems_read_the_mean_of_the_months_as_far_as_their_owner_may(self, people, client):
        self.scored(people, APRIL, people.nora.person, people.north, "81.01")
        (row,) = self.asked(client, people.mia)["results"]
        # (81.01 + 88.00) / 2 = 84.505
        assert (row["person"]["number"], row["score"], row["grade"]) == ("N1", "84.51", "B")
        assert (row["months_counted"], row["months_assessed"]) == (2, 2)
        assert self.asked(client, people.mia, "year", "2026-01")["results"] == [row]
        assert self.asked(client, people.mia, first="2026-05") == 404

    def test_other_systems_read_it_in_pages(self, people, client):
        _key, key = make_key(people.coo, ["assessments.view", "assessments.view_drafts"])
        head = {"headers": {"Authorization": f"Bearer {key}"}}
        first = client.get("/api/v1/period-people/?kind=quarter&first_month=2026-04&limit=1", **head).json()
        second = client.get(first["next"], **head).json()
        assert [row["person"]["number"] for row in (*first["results"], *second["results"])] == ["N1", "W1"]
