"""Rehearsals: what a draft would have made of published months, and that nothing of it becomes a score."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from apps.assessments import services
from apps.assessments.choices import RehearsalState
from apps.assessments.models import Adjustment, Entry, Rating, Rehearsal, RehearsedScore, Scheme, Score, ScoreRun
from apps.assessments.selectors.rehearsals import outcome_of
from apps.assessments.services import NothingToRehearse, SchemeNotReady, Terms
from apps.assessments.services.rehearsing import rehearse_month
from apps.assessments.services.retracing import plain_target
from apps.assessments.tasks import rehearse_job
from apps.assessments.tests.factories import NOW, approved, draft, published, terms
from apps.core import clock
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.jobs.choices import JobState
from apps.kpis.tests.factories import aim, entry, make_kpi, record

pytestmark = pytest.mark.django_db
APRIL, MAY = Month(2026, 4), Month(2026, 5)
EVERYTHING = Scope(
    user_id=1, reach=Reach.COMPANY, capabilities=frozenset({"assessments.view_drafts", "assessments.rehearse"})
)


@pytest.fixture
def may(firm, scheme):
    """May is published: North 90.50, South 114.00, Works 0.00."""
    return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])


def tried(firm, lines=None, **given):
    """A draft from July on."""
    given.setdefault("departments", firm.assessed)
    return draft(by=firm.hr, lines=lines or firm.lines, first="2026-07", name="Next", **given)


def other_weights(firm):
    """The same two indicators, 20 to 80."""
    _revenue, complaints = firm.lines
    return [terms(firm.revenue, 20, cap="1.2"), terms(firm.complaints, 80, method="interval", **{
        key: value for key, value in complaints.params.items() if key != "missing"
    })]  # fmt: skip


def besides(code, weight, method, **params):
    """An indicator without a KPI."""
    params["missing"] = {"policy": "zero"}
    return Terms(code=code, name=code.title(), kpi=None, method=method, weight=Decimal(weight), params=params)


def rater(user):
    return {"id": user.email, "weight": "1"}


def part(kpi, weight, direction="higher"):
    """A part of a composite."""
    return {"code": kpi.code, "kpi": kpi.pk, "direction": direction, "weight": str(weight)}


def rehearse(firm, scheme, **given):
    """Ask for it and let the worker do it."""
    rehearsal = services.request_rehearsal(scheme=scheme, by=firm.hr, now=clock.now(), **given)
    rehearse_job(run_id=rehearsal.job_id)
    rehearsal.refresh_from_db()
    return rehearsal


def row(rehearsal, department, month=MAY):
    return RehearsedScore.objects.get(rehearsal=rehearsal, department=department, month=month.first_day)


class TestWhatItMakesOfAMonth:
    def test_the_rules_in_force_give_the_published_scores_again(self, firm, may):
        rehearsal = rehearse(firm, Scheme.objects.get())
        assert rehearsal.state == RehearsalState.DONE
        for one in RehearsedScore.objects.all():
            assert (one.new_total, one.new_grade, one.new_rank) == (one.old_total, one.old_grade, one.old_rank)
            assert one.new_status == one.old_status
        assert RehearsedScore.objects.count() == 3

    def test_other_weights_give_other_totals_grades_and_ranks(self, firm, may):
        rehearsal = rehearse(firm, tried(firm, other_weights(firm)))
        north, south = row(rehearsal, firm.north), row(rehearsal, firm.south)
        # 20 x 0.95 = 19.00, 80 x 80 % = 64.00; 20 x 1.2 = 24.00, 80 x 100 % = 80.00
        assert (north.old_total, north.new_total) == (Decimal("90.50"), Decimal("83.00"))
        assert (north.old_grade, north.new_grade) == ("A", "B")
        assert (south.new_total, south.new_rank, north.new_rank) == (Decimal("104.00"), 1, 2)

    def test_nothing_is_stored_as_a_score(self, firm, may):
        before = (list(ScoreRun.objects.values()), list(Score.objects.values()))
        rehearse(firm, tried(firm, other_weights(firm)))
        assert (list(ScoreRun.objects.values()), list(Score.objects.values())) == before

    def test_a_value_reported_since_does_not_count_what_was_judged_then_does(self, firm, may):
        record([entry(firm.revenue, firm.north, "2026-05", 10)], by=firm.coo)
        aim(firm.revenue, 50)
        assert row(rehearse(firm, Scheme.objects.get()), firm.north).new_total == Decimal("90.50")

    def test_what_was_not_judged_then_is_read_as_it_stands_today(self, firm, may):
        orders = make_kpi(firm.company, code="ORD", name="Orders", reporting=firm.assessed)
        aim(orders, 10)
        record([entry(orders, firm.north, "2026-05", 8)], by=firm.coo)
        rehearsal = rehearse(firm, tried(firm, [terms(firm.revenue, 50, cap="1.2"), terms(orders, 50, cap="1.2")]))
        # 50 x 0.95 = 47.50, 50 x 0.8 = 40.00
        assert row(rehearsal, firm.north).new_total == Decimal("87.50")

    def test_departments_that_come_in_and_fall_out_have_one_side_only(self, firm, may):
        rehearsal = rehearse(firm, tried(firm, departments=[firm.north, firm.sales]))
        fallen, come = row(rehearsal, firm.south), row(rehearsal, firm.sales)
        assert (fallen.old_total, fallen.new_total, fallen.new_status) == (Decimal("114.00"), None, "")
        assert (come.old_status, come.old_total, come.new_status) == ("", None, "ok")

    def test_a_target_of_more_places_than_the_database_gives_is_kept_whole(self):
        targets = pl.Series("then", ["33.33333333333333", "-33.33000000000000", None])
        found = targets.to_frame().select(plain_target(pl.col("then"))).to_series()
        assert found.to_list() == [None, "-33.3300000000", None]


class TestWhatStandsBesideKpiValues:
    @pytest.fixture
    def month(self, firm):
        """May, published by rules with accidents (entered), order (rated by the COO), and a composite of both KPIs; North
        has a bonus."""
        lines = [
            terms(firm.revenue, 40, cap="1.2"),
            besides("ACC", 20, "deduction", items=[{"code": "fire", "name": "Fire", "points_each": "5"}]),
            besides(
                "ORD", 20, "descriptive", levels={"good": "100", "bad": "0"}, raters=[rater(firm.coo), rater(firm.gm)]
            ),
            besides(
                "ALL",
                20,
                "composite",
                child_cap="1",
                children=[part(firm.revenue, 60), part(firm.complaints, 40, "lower")],
            ),
        ]
        scheme = approved(draft(by=firm.hr, departments=[firm.north], lines=lines), by=firm.hr, deciders=[firm.coo])
        said = {"month": MAY.first_day, "department": firm.north, "said_by": firm.coo, "said_at": NOW}
        Entry.objects.create(indicator=scheme.indicators.get(code="ACC"), content={"fire": 1}, **said)
        Rating.objects.create(indicator=scheme.indicators.get(code="ORD"), level="good", **said)
        Adjustment.objects.create(
            kind="bonus", month=MAY.first_day, last_month=MAY.first_day, department=firm.north, code="idea", name="Idea",
            happened_on=date(2026, 5, 9), evidence="Minutes", points=Decimal(2), state="confirmed", proposed_by=firm.hr,
            proposed_at=NOW, decided_by=firm.coo, decided_at=NOW,
        )  # fmt: skip
        published(MAY, by=firm.hr, deciders=[firm.coo])
        return scheme

    def copied(self, firm, month):
        """The same rules as a draft: other rows, the same codes."""
        return services.draft_scheme(name="Copy", first_month=Month(2026, 7), by=firm.hr, basis=month)

    def test_the_same_rules_give_the_same_score_in_a_copy_as_well(self, firm, month):
        published_total = Score.objects.get(department=firm.north).total
        for scheme in (month, self.copied(firm, month)):
            assert row(rehearse(firm, scheme), firm.north).new_total == published_total
        # 40 x 0.95 = 38.00; 20 - 5 = 15.00; 20; 20 x (0.6 x 0.95 + 0.4 x 1) = 19.40; and 2 for the idea.
        assert published_total == Decimal("94.40")

    def test_what_was_entered_and_confirmed_since_does_not_count(self, firm, month):
        scheme = self.copied(firm, month)
        Entry.objects.create(
            indicator=month.indicators.get(code="ACC"), content={"fire": 4}, month=MAY.first_day, version=2,
            department=firm.north, said_by=firm.coo, said_at=NOW,
        )  # fmt: skip
        assert row(rehearse(firm, scheme), firm.north).new_total == Decimal("94.40")

    def test_a_heavier_deduction_counts_what_was_entered_then(self, firm, month):
        scheme = self.copied(firm, month)
        accidents = scheme.indicators.get(code="ACC")
        accidents.params["items"][0]["points_each"] = "15"
        accidents.save()
        assert row(rehearse(firm, scheme), firm.north).new_total == Decimal("84.40")

    def test_another_method_under_the_same_code_is_not_given_what_it_cannot_read(self, firm, month):
        scheme = self.copied(firm, month)
        scheme.indicators.filter(code="ACC").update(
            method="milestone", params={"mode": "all", "missing": {"policy": "zero"}}
        )
        assert row(rehearse(firm, scheme), firm.north).new_total == Decimal("79.40")


class TestAskingForOne:
    def test_takes_the_last_twelve_published_months_unless_others_are_named(self, firm, may):
        record([entry(firm.revenue, firm.north, "2026-04", 90)], by=firm.coo)
        published(APRIL, by=firm.hr, deciders=[firm.coo, firm.gm])
        whole = services.request_rehearsal(scheme=tried(firm), by=firm.hr, now=NOW)
        part = services.request_rehearsal(scheme=whole.scheme, by=firm.hr, now=NOW, first=MAY, last=MAY)
        assert (whole.first_month, whole.last_month) == (APRIL.first_day, MAY.first_day)
        assert (part.first_month, part.last_month) == (MAY.first_day, MAY.first_day)

    def test_the_same_question_while_it_waits_is_the_same_rehearsal(self, firm, may):
        asked = [services.request_rehearsal(scheme=Scheme.objects.get(), by=firm.hr, now=NOW) for _ in range(2)]
        assert asked[0] == asked[1]
        assert Rehearsal.objects.count() == 1

    def test_after_its_job_was_given_up_it_can_be_asked_for_again(self, firm, may):
        first = services.request_rehearsal(scheme=Scheme.objects.get(), by=firm.hr, now=NOW)
        type(first.job).objects.filter(pk=first.job_id).update(state=JobState.FAILED)
        assert services.request_rehearsal(scheme=first.scheme, by=firm.hr, now=NOW) != first

    def test_refuses_a_draft_with_problems_and_names_them(self, firm, may):
        with pytest.raises(SchemeNotReady, match="The weights add up to 70") as refused:
            services.request_rehearsal(scheme=tried(firm, firm.lines[:1]), by=firm.hr, now=NOW)
        assert refused.value.details["problems"][0]["where"] == "All departments"
        assert not Rehearsal.objects.exists()

    def test_targets_of_its_own_first_month_may_still_be_missing(self, firm, may):
        orders = make_kpi(firm.company, code="ORD", name="Orders", reporting=firm.assessed)
        aim(orders, 10, until=date(2026, 6, 1))
        scheme = tried(firm, [terms(firm.revenue, 50, cap="1.2"), terms(orders, 50, cap="1.2")])
        assert services.problems_of(scheme)
        assert services.request_rehearsal(scheme=scheme, by=firm.hr, now=NOW).pk

    def test_refuses_where_no_month_is_published(self, firm, scheme):
        with pytest.raises(NothingToRehearse, match="No month is published in this time"):
            services.request_rehearsal(scheme=scheme, by=firm.hr, now=NOW)

    def test_refuses_a_last_month_before_the_first(self, firm, may):
        with pytest.raises(NothingToRehearse, match="Turn them round"):
            services.request_rehearsal(scheme=Scheme.objects.get(), by=firm.hr, now=NOW, first=MAY, last=APRIL)


class TestTheJob:
    def test_done_twice_gives_the_same_rows_once(self, firm, may):
        rehearsal = rehearse(firm, Scheme.objects.get())
        rehearse_job(run_id=rehearsal.job_id)
        assert not rehearse_month(rehearsal=rehearsal, run=may.run, now=NOW)
        assert RehearsedScore.objects.count() == 3

    def test_says_how_far_it_is(self, firm, may):
        rehearsal = services.request_rehearsal(scheme=Scheme.objects.get(), by=firm.hr, now=NOW)
        assert list(services.rehearse_steps(rehearsal=rehearsal, now=NOW)) == [(1, 1)]

    def test_begun_again_it_goes_on_with_the_months_that_are_not_done(self, firm, may):
        record([entry(firm.revenue, firm.north, "2026-04", 90)], by=firm.coo)
        published(APRIL, by=firm.hr, deciders=[firm.coo, firm.gm])
        rehearsal = services.request_rehearsal(scheme=Scheme.objects.get(), by=firm.hr, now=clock.now())
        next(services.rehearse_steps(rehearsal=rehearsal, now=NOW))
        first = set(RehearsedScore.objects.values_list("pk", flat=True))
        rehearse_job(run_id=rehearsal.job_id)
        assert first < set(RehearsedScore.objects.values_list("pk", flat=True))
        assert RehearsedScore.objects.count() == 6

    def test_a_draft_changed_meanwhile_fails_it_in_a_sentence(self, firm, may):
        scheme = tried(firm)
        rehearsal = services.request_rehearsal(scheme=scheme, by=firm.hr, now=clock.now())
        Scheme.objects.filter(pk=scheme.pk).update(min_coverage=Decimal(10))
        rehearse_job(run_id=rehearsal.job_id)
        rehearsal.refresh_from_db()
        assert (rehearsal.state, RehearsedScore.objects.count()) == (RehearsalState.FAILED, 0)
        assert "was changed while it was rehearsed" in rehearsal.problem


class TestContentOf:
    def test_follows_what_decides_a_score_and_not_the_name(self, firm, may):
        scheme = tried(firm)
        first = services.content_of(scheme)
        Scheme.objects.filter(pk=scheme.pk).update(name="Another name")
        assert services.content_of(scheme) == first
        Scheme.objects.filter(pk=scheme.pk).update(staff_rules={"min_days": "10"})
        of_people = services.content_of(scheme)
        assert of_people != first
        Scheme.objects.filter(pk=scheme.pk).update(staff_rules={})
        assert services.content_of(scheme) == first
        scheme.indicators.update(weight=Decimal(50))
        assert services.content_of(scheme) != first


class TestOutcomeOf:
    def test_counts_moves_grades_and_means(self, firm, may):
        rehearsal = rehearse(firm, tried(firm, other_weights(firm)))
        found = outcome_of(EVERYTHING, rehearsal)
        assert (found.whole.all, found.whole.compared, found.whole.total_changed) == (3, 3, 2)
        assert (found.whole.rank_up, found.whole.rank_down, found.whole.grade_changed) == (0, 0, 1)
        assert {one.grade: (one.before, one.after) for one in found.grades}["B"] == (0, 1)
        assert [one.month for one in found.months] == [MAY.first_day]

    def test_tells_the_mean_coefficient_of_rewards_before_and_after(self, firm, may):
        rules = {"dept_coef": {"A": "1.2", "B": "1.0"}}
        rehearsal = rehearse(firm, tried(firm, other_weights(firm)))
        Scheme.objects.filter(pk=rehearsal.scheme_id).update(reward_rules=rules)
        found = outcome_of(EVERYTHING, Rehearsal.objects.get(pk=rehearsal.pk)).coefficients
        # Before: the rules in force name none. After: North B, South A, Works without a coefficient.
        assert (found.before, found.after) == (None, Decimal("1.1000"))

    def test_takes_a_fixed_number_of_queries(self, firm, may, django_assert_max_num_queries):
        rehearsal = rehearse(firm, Scheme.objects.get())
        with django_assert_max_num_queries(6):
            outcome_of(EVERYTHING, rehearsal)
