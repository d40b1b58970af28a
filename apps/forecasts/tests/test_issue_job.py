"""The monthly job: which month, once, whole or not at all; what other parts of the portal add to it."""

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from apps.assessments.models import Score, ScoreRun
from apps.assessments.tests.factories import draft, terms
from apps.core.month import Month
from apps.forecasts import services
from apps.forecasts.models import ForecastIssue, ForecastMonth, SeriesForecast
from apps.forecasts.rules.staffing import StaffSeries
from apps.forecasts.services import looking_back, sources, storing
from apps.forecasts.tests.reporting import JUNE, NOW, assert_sound, issued, report, row, seasonal, small_firm
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun, Outbox
from apps.jobs.services import enqueue, work
from apps.kpis.tests.factories import make_kpi
from apps.staff.tests.factories import PersonFactory


@pytest.fixture
def firm(settings, db):
    """A company whose June is closed, with one KPI."""
    found = small_firm(settings)
    found.kpi = make_kpi(found.north)
    report(found.kpi, found.north, seasonal(100), found)
    return found


def run(**params):
    """The job, asked for by the calendar unless PARAMS say more."""
    period = f"p{JobRun.objects.count()}"
    return work(run_id=enqueue(kind=services.ISSUE_KIND, period=period, params=params, by=None, now=NOW).pk)


@pytest.mark.usefixtures("firm")
class TestJob:
    @pytest.fixture(autouse=True)
    def _now(self, time_machine):
        time_machine.move_to(NOW, tick=False)

    def test_issues_the_last_month_whose_cut_off_passed_and_only_once(self):
        first, second = run(), run()

        assert (first.result["month"], first.result["is_new"]) == (str(JUNE), True)
        assert second.result == {"is_new": False}
        assert ForecastIssue.objects.get().job == first
        assert Outbox.objects.filter(topic=services.ISSUED_TOPIC).count() == 1

    def test_takes_the_month_it_was_asked_for(self, firm):
        asked = services.request_issue(month=Month(2026, 4), by=firm.coo, now=NOW)

        work(run_id=asked.pk)

        assert (ForecastIssue.objects.get().month, ForecastIssue.objects.get().issued_by) == (
            Month(2026, 4).first_day,
            firm.coo,
        )

    def test_makes_up_for_months_it_was_away_one_after_the_other(self, firm):
        issued(JUNE.plus(-3))

        done = [run()]
        while waiting := JobRun.objects.filter(kind=services.ISSUE_KIND, state=JobState.QUEUED).first():
            done.append(work(run_id=waiting.pk))

        assert [one.result["month"] for one in done] == ["2026-04", "2026-05", "2026-06"]
        assert run().result == {"is_new": False}
        assert {one.current.version for one in ForecastMonth.objects.all()} == {1}

    def test_makes_up_for_no_month_before_the_first_and_none_of_long_ago(self, firm):
        assert services.month_to_issue(now=NOW) == JUNE
        issued(JUNE.plus(-20))
        assert services.month_to_issue(now=NOW) == JUNE.plus(-11)
        issued(JUNE)
        assert services.month_to_issue(now=NOW) == JUNE.plus(-11), "a month missed before the newest is made up for too"

    def test_whoever_asks_for_one_month_gets_one(self, firm):
        issued(JUNE.plus(-2))
        work(run_id=services.request_issue(month=JUNE, by=firm.coo, now=NOW).pk)
        assert JobRun.objects.filter(kind=services.ISSUE_KIND).count() == 1

    @pytest.mark.parametrize("at", ["forecasts_seriesforecast", "accuracy", "announce"])
    def test_leaves_nothing_when_it_breaks(self, at, monkeypatch):
        def broken(*args, **kwargs):
            raise RuntimeError(at)

        where = {
            "forecasts_seriesforecast": (storing, "copy_frame"),
            "accuracy": (looking_back.HorizonAccuracy.objects, "bulk_create"),
            "announce": (services.issuing, "announce_issue"),
        }[at]
        monkeypatch.setattr(*where, broken)

        assert run().state == JobState.FAILED
        assert not ForecastIssue.objects.exists()
        assert not SeriesForecast.objects.exists()
        assert not ForecastMonth.objects.exclude(current=None).exists()
        assert not Outbox.objects.exists()

    def test_command_says_what_it_did(self, capsys):
        call_command("issue_forecasts", month=str(JUNE))
        call_command("issue_forecasts", month=str(JUNE))

        said = capsys.readouterr().out.splitlines()
        assert said[0].startswith("June 2026, version 1: 1 of 1 series foretold, 0 early warnings")
        assert said[1].startswith("June 2026, version 1: nothing changed")
        with pytest.raises(CommandError, match="July 2026 is not over yet"):
            call_command("issue_forecasts", month="2026-07")
        with pytest.raises(CommandError, match="YYYY-MM"):
            call_command("issue_forecasts", month="June")


def heads(department, **given):
    """Twenty heads for a year, as a source tells them."""
    lines = {
        name: [21.0 + step] * 18 for name, step in (("mean", 0), ("lo80", -1), ("hi80", 1), ("lo95", -2), ("hi95", 2))
    }
    told = {
        "department": department.pk, "kind": "headcount", "is_own": False, "history": [np.nan] * 48 + [20.0] * 12,
        "actual": 20.0, "remarks": ["known_moves"], "target": [22.0] * 18, "warning": "below_plan",
        "warned_month": JUNE.plus(3), "warned_chance": 0.75,
    }  # fmt: skip
    return StaffSeries(**(told | lines | given))


def published_scores(firm, totals):
    """Scores of North published for the months up to June."""
    scheme = draft(by=firm.coo, departments=[firm.north], lines=[terms(firm.kpi, 100)])
    card = scheme.scorecards.get()
    counts = dict.fromkeys(("score_count", "scored_count", "pending_count", "line_count", "with_data_count"), 0)
    for place, total in enumerate(totals):
        run = ScoreRun.objects.create(
            month=JUNE.plus(place + 1 - len(totals)).first_day, version=1, scheme=scheme, state="published",
            gathered_at=NOW, is_past_cut_off=True, is_past_reports=True, fingerprint="x", digest="x", **counts,
        )  # fmt: skip
        Score.objects.create(
            run=run, department=firm.north, scorecard=card, status="ok", coverage_pct=100, coefficient=1, bonus=0,
            deduction=0, total=total, below_count=1, below_points=total, digest="x",
        )  # fmt: skip


class TestSources:
    def test_series_that_bring_their_own_forecast_are_stored_beside_the_others(self, firm, monkeypatch):
        def source(*, month, horizon, known_by):
            assert (month, horizon, known_by) == (JUNE, 18, NOW)
            empty = {name: [] for name in ("mean", "lo80", "hi80", "lo95", "hi95", "target")}
            nothing = heads(
                firm.north, kind="turnover", actual=None, warning="", warned_month=None, remarks=[], **empty
            )
            return [heads(firm.north), nothing]

        monkeypatch.setattr(sources, "SOURCES", (source,))
        issue = issued()

        found = row(issue, firm.north, kind="headcount")
        assert (found.actual, found.history_count, found.last_value) == (20, 12, 20)
        assert (found.mean[0], found.method, found.remarks) == (21, "staffing", ["known_moves"])
        assert (found.warning, found.warned_month, found.warned_chance) == ("below_plan", JUNE.plus(3).first_day, 0.75)
        assert found.target == [22.0] * 18
        assert row(issue, firm.north, kind="turnover").mean == []
        assert (issue.series_count, issue.told_count, issue.warning_count) == (3, 2, 1)
        assert issued() == issue

    def test_staff_numbers_are_one(self, firm):
        PersonFactory(department=firm.north, hired_on=JUNE.plus(-20).first_day)

        found = row(issued(), firm.north, kind="headcount")

        assert (found.actual, found.method) == (1, "staffing")

    def test_scores_are_forecast(self, firm):
        published_scores(firm, [80 + back % 3 for back in range(14)])

        found = row(issued(), firm.north, kind="score")

        assert (found.actual, found.history_count, found.method) == (81, 14, "net")
        assert_sound(found, low=0)
