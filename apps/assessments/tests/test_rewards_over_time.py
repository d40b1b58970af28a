"""Rewards over months: sums of each month, department and person, the year so far, and what corrections took back."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.assessments.models import Reward, ScoreRun
from apps.assessments.selectors.rewards import visible_rewards
from apps.assessments.selectors.rewards_over_time import MonthSpan, reward_months, rewards_by, total_of
from apps.assessments.tests.factories import NOW, person_score
from apps.assessments.tests.rewards import TODAY
from apps.core.month import Month
from apps.staff.selectors import scope_of

pytestmark = pytest.mark.django_db
URL = "/assessments/rewards/"


def month_run(firm, month, version=1, state="published"):
    """A run of MONTH by the rules of May."""
    count = dict.fromkeys(("score_count", "scored_count", "pending_count", "line_count", "with_data_count"), 0)
    return ScoreRun.objects.create(
        month=month.first_day, version=version, state=state, scheme=firm.run.scheme, gathered_at=NOW,
        is_past_cut_off=True, is_past_reports=True, **count,
    )  # fmt: skip


def give(firm, run, person, department, amount, settles=0, state="approved"):
    """A reward of a month for a person."""
    return Reward.objects.create(
        score=person_score(run, person, department), month=run.month, person=person, department=department, state=state,
        base_amount=1000,
        dept_coef=1, personal_coef=1, days_worked=30, days_in_period=30, amount=amount, settles_amount=settles,
        proposed_at=NOW, decided_by=firm.gm, decided_at=NOW,
    )  # fmt: skip


@pytest.fixture
def year(paid):
    """December: Nora 50. March: Nora 100, Sam 40 refused. April: Nora 200, cut to 150; Sam 70 of them waiting."""
    december, march = month_run(paid, Month(2025, 12)), month_run(paid, Month(2026, 3))
    april = month_run(paid, Month(2026, 4), state="superseded")
    again = month_run(paid, Month(2026, 4), version=2)
    give(paid, december, paid.nora_person, paid.north, 50)
    give(paid, march, paid.nora_person, paid.north, 100)
    give(paid, march, paid.sam, paid.south, 40, state="refused")
    give(paid, april, paid.nora_person, paid.north, 200)
    give(paid, again, paid.nora_person, paid.north, 150, settles=200)
    give(paid, april, paid.sam, paid.south, 65, state="superseded")
    give(paid, again, paid.sam, paid.south, 70, state="proposed")
    return paid


def rows_for(user):
    return visible_rewards(scope_of(user, TODAY))


class TestMonths:
    def test_sum_what_was_given_taken_back_and_waits(self, year):
        april, march = reward_months(rows_for(year.hr), MonthSpan(Month(2026, 3), Month(2026, 4)))
        assert (march.month, march.count, march.given, march.taken, march.paid) == (date(2026, 3, 1), 2, 100, 0, 100)
        assert (march.waiting, march.refused, march.year_paid) == (0, 1, 100)
        assert (april.count, april.given, april.taken, april.paid, april.waiting) == (3, 200, -50, 150, 70)

    def test_the_year_runs_on_from_its_first_month_and_begins_anew(self, year):
        found = reward_months(rows_for(year.hr), MonthSpan(Month(2025, 12), Month(2026, 4)))
        assert [(one.year, one.year_paid) for one in found] == [("2026", 250), ("2026", 100), ("2025", 50)]
        assert reward_months(rows_for(year.hr), MonthSpan(Month(2026, 4), Month(2026, 4)))[0].year_paid == 250

    def test_the_year_follows_the_company(self, year, settings):
        settings.FISCAL_YEAR_FIRST_MONTH = 4
        found = reward_months(rows_for(year.hr), MonthSpan(Month(2025, 12), Month(2026, 4)))
        assert [one.year_paid for one in found] == [150, 150, 50]

    def test_one_reads_only_ones_own_decided_ones(self, year):
        (april,) = reward_months(rows_for(year.nora), MonthSpan(Month(2026, 4), Month(2026, 4)))
        assert (april.count, april.paid, april.waiting) == (2, 150, 0)
        assert reward_months(rows_for(year.mia), MonthSpan(Month(2026, 4), Month(2026, 4))) == []

    def test_cost_one_query(self, year, django_assert_num_queries):
        rows = rows_for(year.hr)
        with django_assert_num_queries(1):
            reward_months(rows, MonthSpan(Month(2025, 1), Month(2026, 12)))


class TestRewardsBy:
    def test_people_with_the_span_and_the_year_apart(self, year):
        (nora,) = rewards_by(rows_for(year.hr), "people", MonthSpan(Month(2026, 4), Month(2026, 4))).filter(
            key=year.nora_person.pk
        )
        assert (nora["name"], nora["given"], nora["taken"], nora["paid"]) == ("Nora North", 200, -50, 150)
        assert nora["year_paid"] == 250

    def test_departments(self, year):
        found = {row["short"]: row for row in
                 rewards_by(rows_for(year.hr), "departments", MonthSpan(Month(2026, 1), Month(2026, 4)))}  # fmt: skip
        assert (found["NORTH"]["paid"], found["SOUTH"]["paid"], found["SOUTH"]["refused"]) == (250, 0, 1)

    def test_leave_out_who_has_none_in_the_span(self, year):
        found = rewards_by(rows_for(year.hr), "people", MonthSpan(Month(2025, 12), Month(2025, 12)))
        assert [row["name"] for row in found] == ["Nora North"]

    def test_add_up_to_the_total(self, year):
        span = MonthSpan(Month(2025, 12), Month(2026, 4))
        total = total_of(rows_for(year.hr), span)
        assert (total["paid"], total["waiting"], total["taken"]) == (Decimal(300), 70, -50)
        assert sum(row["paid"] for row in rewards_by(rows_for(year.hr), "departments", span)) == total["paid"]
        assert sum(row.paid for row in reward_months(rows_for(year.hr), span)) == total["paid"]


class TestPage:
    def test_shows_the_running_year_by_month(self, year, as_):
        page = as_(year.hr).get(URL).content.decode()
        assert "Rewards over months" in page
        assert "-50.00" in page or "−50.00" in page
        assert reverse("assessments:rewards", args=["2026-04"]) in page
        assert "December 2025" not in page

    def test_leads_from_a_person_to_their_months(self, year, as_):
        page = as_(year.coo).get(URL, {"by": "people", "from": "2026-01"}).content.decode()
        assert "by=months&amp;from=2026-01&amp;to=2026-06&amp;q=Nora+North+N1" in page
        page = as_(year.coo).get(URL, {"q": "Nora North N1", "export": "json"}).getvalue().decode()
        assert '"year_paid": "250.00"' in page or '"year_paid": 250' in page

    def test_narrows_by_department_and_sorts(self, year, as_):
        page = as_(year.auditor).get(URL, {"by": "departments", "department": year.south.pk, "sort": "-year_paid"})
        assert b"South" in page.content
        assert b"SOUTH" in page.content
        assert b"NORTH" not in page.content

    def test_draws_the_sums_anew_with_the_list(self, year, as_):
        asked = {"department": year.north.pk, "from": "2026-04", "to": "2026-04"}
        part = as_(year.hr).get(URL, asked, headers={"HX-Request": "true"}).content.decode()
        assert 'id="reward-sums" hx-swap-oob="true"' in part
        assert "<html" not in part
        assert "200.00" in part
        assert "70.00" not in part

    def test_is_a_file_too(self, year, as_):
        text = as_(year.hr).get(URL, {"by": "people", "export": "csv"}).getvalue().decode()
        assert "Nora North,N1,3,0.00,300.00,-50.00,250.00,0,250.00" in text

    def test_shows_others_only_their_own(self, year, as_):
        page = as_(year.nora).get(URL).content.decode()
        assert "My rewards" in page
        assert "150.00" in page
        assert "70.00" not in page
        assert "Sam South" not in as_(year.nora).get(URL, {"by": "people", "q": "Sam"}).content.decode()

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"from": "2026-06", "to": "2026-01"}, "The first month lies after the last one"),
            ({"from": "soon"}, "cannot be read as From"),
            ({"to": "0001-01"}, "cannot be read as Until"),
            ({"by": "grades"}, "cannot be chosen for Summed by"),
        ],
    )
    def test_refuses_what_it_cannot_read(self, year, as_, asked, said):
        answer = as_(year.hr).get(URL, asked)
        assert answer.status_code == 404
        assert said in answer.content.decode()

    def test_costs_the_same_for_many(self, year, as_, django_assert_max_num_queries):
        client = as_(year.hr)
        with django_assert_max_num_queries(12):
            client.get(URL, {"by": "people"})
