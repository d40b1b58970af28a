"""The invariants of DOMAIN.md section 11 on scores that need the database, by their numbers: 1, 5 to 8, 21 and 22.

Few examples each, because every one is a month worked out by the services; each is taken back before the next. Rules alone:
test_invariants.py. Races of two people, and workers that are killed: tests/drills.
"""

import threading
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from unittest import mock

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from apps.accounts.rules import capabilities_of
from apps.accounts.tests.factories import make_key
from apps.assessments import services
from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, Publication, Score, ScoreLine, ScoreRun
from apps.assessments.rules.results import Status
from apps.assessments.rules.scorecard import Line, Terms, assemble
from apps.assessments.services import MonthNotComplete, SchemeNotReady, storing
from apps.assessments.tests.factories import NOW, approved, draft, published, rule, terms
from apps.core.month import Month
from apps.departments.services import move_department, rename_department
from apps.jobs.models import JobRun, Outbox
from apps.jobs.services import work
from apps.kpis.tests.factories import aim, entry, record
from apps.periods.services import declare_holiday

MAY, JUNE = Month(2026, 5), Month(2026, 6)
FEW = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
FIGURES = st.decimals(0, 400, places=2)


@contextmanager
def taken_back():
    """Whatever is written inside is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def published_may(firm):
    return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run


def corrected(firm):
    """What is worked out of May now, published beside what stands."""
    services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="A figure was wrong.")
    case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
    for decider in (firm.coo, firm.gm):
        rule(case, decider)
    return services.publish_month(month=MAY, by=firm.hr, now=NOW).run


def restated(firm, figure, department=None):
    record([entry(firm.revenue, department or firm.north, "2026-05", figure)], by=firm.coo)


def rows_of(run):
    """Everything kept of a run: its scores and its lines."""
    scores = list(Score.objects.filter(run=run).order_by("department").values())
    return scores, list(ScoreLine.objects.filter(run=run).order_by("department", "indicator").values())


def answers(user, where):
    """What the API says to somebody with a key for everything the own roles hold."""
    client = APIClient()
    roles = tuple(user.role_grants.values_list("role", flat=True))
    _key, text = make_key(user, sorted(capabilities_of(roles)))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client.get(where).json()["results"]


@pytest.mark.django_db
class TestInvariant1WeightsAreExactlyAHundred:
    """1. Approved scheme: weights per department sum to exactly 100."""

    @FEW
    @given(st.decimals("0.01", "99.98", places=2), st.sampled_from(["0", "0.01", "-0.01"]))
    def test_nothing_else_can_be_submitted(self, firm, weight, slip):
        rest = 100 - weight + Decimal(slip)
        with taken_back():
            lines = [terms(firm.revenue, weight), terms(firm.complaints, rest)]
            made = draft(by=firm.hr, departments=firm.assessed, lines=lines)
            if Decimal(slip):
                with pytest.raises(SchemeNotReady, match="100"):
                    services.submit_scheme(scheme=made, by=firm.hr, now=NOW)
                made.refresh_from_db()
                assert made.state == "draft"
            else:
                services.submit_scheme(scheme=made, by=firm.hr, now=NOW)


@pytest.mark.django_db
class TestInvariant5RecomputationGivesTheSameDigits:
    """5. Published total = rounded function of published lines; recomputation reproduces it bit for bit."""

    @FEW
    @given(FIGURES, FIGURES, FIGURES)
    def test_from_the_stored_lines(self, firm, scheme, north, south, works):
        with taken_back():
            for place, figure in ((firm.north, north), (firm.south, south), (firm.works, works)):
                restated(firm, figure, place)
            run = published_may(firm)
            assert services.recount_run(run).is_sound
            for kept in Score.objects.filter(run=run):
                lines = [
                    Line(str(line.pk), line.weight, line.points, Status(line.status))
                    for line in ScoreLine.objects.filter(run=run, department=kept.department_id)
                ]
                given_ = Terms(kept.coefficient, max_total=120)
                assert assemble(lines, given_).total == kept.total

    def test_from_the_facts(self, firm, scheme):
        run = published_may(firm)
        again = services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="Reckoned again.").run
        first, second = (
            [
                (one.department_id, one.total, one.grade, one.rank)
                for one in Score.objects.filter(run=found).order_by("pk")
            ]
            for found in (run, again)
        )
        assert (first, run.fingerprint, run.mean_total) == (second, again.fingerprint, again.mean_total)


@pytest.mark.django_db
class TestInvariant6PublishedRowsNeverChange:
    """6. Published rows never change; only versions are added; exactly one current.

    That the database refuses every UPDATE and DELETE of them: test_months.py, and drill `tamper`.
    """

    @FEW
    @given(st.lists(FIGURES, min_size=1, max_size=3, unique=True))
    def test_however_often_a_month_is_corrected(self, firm, scheme, figures):
        with taken_back():
            runs = [published_may(firm)]
            kept = [rows_of(runs[0])]
            for figure in figures:
                restated(firm, figure)
                runs.append(corrected(firm))
                kept.append(rows_of(runs[-1]))
            assert [rows_of(run) for run in runs] == kept
            assert [run.version for run in runs] == list(range(1, len(runs) + 1))
            current = ScoreRun.objects.filter(month=MAY.first_day, state=RunState.PUBLISHED)
            assert [run.pk for run in current] == [runs[-1].pk]
            assert AssessedMonth.objects.get(month=MAY.first_day).published_id == runs[-1].pk
            assert [one.number for one in Publication.objects.order_by("pk")] == list(range(1, len(runs) + 1))


def other_weights(firm):
    """Weights the other way round, approved: from June on, because May is published and May is refused."""
    lines = [terms(firm.revenue, 10), terms(firm.complaints, 90)]
    given = {"by": firm.hr, "departments": firm.assessed, "lines": lines}
    with pytest.raises(SchemeNotReady, match="is published"):
        services.submit_scheme(scheme=draft(**given, first="2026-05", name="Too early"), by=firm.hr, now=NOW)
    return approved(
        draft(**given, first="2026-06", name="Next", note="Asked for"), by=firm.hr, deciders=[firm.coo, firm.gm]
    )


LATER = {
    "target": lambda firm: aim(firm.revenue, 200, department=firm.north, first=MAY.first_day),
    "figure": lambda firm: restated(firm, 10),
    "weight": other_weights,
    "name": lambda firm: rename_department(
        department=firm.north, name="Far North", on=date(2026, 5, 1), by=firm.hr, now=NOW
    ),
    "tree": lambda firm: move_department(
        department=firm.south, parent=firm.works, on=date(2026, 5, 1), reason="", by=firm.hr, now=NOW
    ),
    "calendar": lambda firm: declare_holiday(day=date(2026, 6, 24), name="A day off", by=firm.hr, now=NOW),
}  # fmt: skip
"""What may be changed later, as people do it."""


@pytest.mark.django_db
class TestInvariant7LaterEditsLeaveScoresAsTheyAre:
    """7. Later target, weight, org or calendar edits leave published scores as they are."""

    @FEW
    @given(st.lists(st.sampled_from(sorted(LATER)), min_size=1, max_size=4, unique=True))
    def test_whatever_is_changed_in_whatever_order(self, firm, scheme, edits):
        with taken_back():
            run = published_may(firm)
            before = rows_of(run)
            for edit in edits:
                LATER[edit](firm)
            assert rows_of(run) == before
            assert services.recount_run(run).is_sound

    @pytest.mark.parametrize("edit", sorted(LATER))
    def test_each_of_them(self, firm, scheme, edit):
        run = published_may(firm)
        before = rows_of(run)
        LATER[edit](firm)
        assert rows_of(run) == before

    def test_other_weights_change_the_months_after_them_alone(self, firm, scheme):
        """Worked out anew from the same facts May comes out as it was; June is judged by the other weights."""
        run = published_may(firm)
        before = {one.department_id: one.total for one in Score.objects.filter(run=run)}
        later = other_weights(firm)
        again = services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="Reckoned again.").run
        assert {one.department_id: one.total for one in Score.objects.filter(run=again)} == before
        june = services.compute_month(month=JUNE, by=firm.hr, now=NOW).run
        weights = {
            (found.scheme_id, line.indicator.code): line.weight
            for found in (run, again, june)
            for line in ScoreLine.objects.filter(run=found).select_related("indicator")
        }
        assert weights == {
            (scheme.pk, "REV"): 70, (scheme.pk, "COM"): 30, (later.pk, "REV"): 10, (later.pk, "COM"): 90,
        }  # fmt: skip


@pytest.mark.django_db
class TestInvariant8MissingIsNotZero:
    """8. No score with pending inputs is published; missing is distinguishable from zero everywhere (API: null)."""

    @FEW
    @given(st.lists(st.none() | st.sampled_from([Decimal(0), Decimal(50)]), min_size=6, max_size=6))
    def test_a_month_that_waits_for_one_figure_is_not_handed_in(self, firm, scheme, figures):
        """June is open: what is not reported is waited for."""
        places = [(kpi, place) for kpi in (firm.revenue, firm.complaints) for place in firm.assessed]
        with taken_back():
            told = [
                entry(kpi, place, "2026-06", figure)
                for (kpi, place), figure in zip(places, figures, strict=True)
                if figure is not None
            ]
            if told:
                record(told, by=firm.coo)
            run = services.compute_month(month=JUNE, by=firm.hr, now=NOW).run
            waits = {place.pk for (_kpi, place), figure in zip(places, figures, strict=True) if figure is None}
            totals = dict(Score.objects.filter(run=run).values_list("department", "total"))
            assert {pk for pk, total in totals.items() if total is None} == waits
            if waits:
                with pytest.raises(MonthNotComplete):
                    services.hand_in_month(month=JUNE, by=firm.hr, now=NOW)
            else:
                services.hand_in_month(month=JUNE, by=firm.hr, now=NOW)

    def test_the_api_gives_null_for_missing_and_a_figure_for_zero(self, firm, scheme, time_machine):
        time_machine.move_to(NOW, tick=False)
        restated(firm, 0)
        published_may(firm)
        lines = {
            row["department"]["code"]: row
            for row in answers(firm.hr, "/api/v1/score-lines/")
            if row["indicator"]["code"] == "REV"
        }
        facts = ("value", "points", "status", "presence")
        assert [lines["NORTH"][name] for name in facts] == ["0", "0.00", "scored", "number"]
        assert [lines["WORKS"][name] for name in facts] == [None, "0.00", "missing_zero", "missing"]

    def test_the_api_gives_null_for_a_total_that_waits(self, firm, scheme, time_machine):
        time_machine.move_to(NOW, tick=False)
        services.compute_month(month=JUNE, by=firm.hr, now=NOW)
        rows = answers(firm.hr, "/api/v1/scores/?state=draft")
        assert [(row["total"], row["status"]) for row in rows] == [(None, "pending")] * 3


@pytest.mark.django_db
class TestInvariant21OneResultHoweverOften:
    """21. A Celery task run twice, or two workers on one period, gives the same single result."""

    @FEW
    @given(st.lists(st.sampled_from(["asked", "worked", "computed"]), min_size=2, max_size=6))
    def test_a_month_worked_out_again_and_again(self, firm, scheme, acts):
        with taken_back():
            asked = services.request_month(month=MAY, by=firm.hr, now=NOW)
            for act in [*acts, "worked"]:
                if act == "asked":
                    services.request_month(month=MAY, by=firm.hr, now=NOW)
                elif act == "worked":
                    work(run_id=asked.pk)
                else:
                    services.compute_month(month=MAY, by=firm.hr, now=NOW)
            for run in JobRun.objects.filter(kind=services.COMPUTE_KIND):
                work(run_id=run.pk)
            assert (ScoreRun.objects.count(), Score.objects.count(), ScoreLine.objects.count()) == (1, 3, 6)

    @FEW
    @given(st.integers(1, 4))
    def test_a_publication_and_its_notice(self, firm, scheme, times):
        with taken_back():
            first = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
            assert {services.publish_month(month=MAY, by=firm.hr, now=NOW) for _ in range(times)} == {first}
            told = [services.tell_published(publication=first, now=NOW) for _ in range(times)]
            assert told[0]["people"] > 0
            assert [once["people"] for once in told[1:]] == [0] * (times - 1)
            assert Outbox.objects.filter(topic="assessments.published").count() == 1


@pytest.mark.django_db(transaction=True)
class TestInvariant21TwoWorkersAtOnce:
    """21. … two workers on one period give the same single result (lock per period + unique keys + upsert)."""

    def test_who_work_out_the_same_month(self, firm, scheme):
        barrier, found = threading.Barrier(2, timeout=10), []

        def one():
            barrier.wait()
            try:
                found.append(services.compute_month(month=MAY, by=firm.hr, now=NOW))
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(each.is_new for each in found) == [False, True]
        assert {each.run.pk for each in found} == {ScoreRun.objects.get().pk}
        assert (Score.objects.count(), ScoreLine.objects.count()) == (3, 6)


class Torn(Exception):
    """The calculation dies here."""


@pytest.mark.django_db
class TestInvariant22NothingHalfFinishedIsSeen:
    """22. Half-finished calculation is never visible (one transaction or a run flag flipped last)."""

    @FEW
    @given(st.integers(1, 3), st.booleans())
    def test_a_calculation_that_dies_on_the_way_leaves_nothing(self, firm, scheme, died_at, is_correction):
        with taken_back():
            before = [rows_of(published_may(firm))] if is_correction else []
            restated(firm, 12)
            copy, calls = storing.copy_rows, []

            def torn(*given_):
                calls.append(given_)
                copy(*given_)
                if len(calls) == died_at:
                    raise Torn

            with mock.patch.object(storing, "copy_rows", torn), pytest.raises(Torn):
                services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="A figure was wrong.")
            assert [rows_of(run) for run in ScoreRun.objects.all()] == before
            assert (ScoreLine.objects.count(), Score.objects.count()) == ((6, 3) if is_correction else (0, 0))
            assert not AssessedMonth.objects.exclude(draft=None).exists()

    def test_readers_see_the_former_edition_until_the_next_is_published(self, firm, scheme, time_machine):
        time_machine.move_to(NOW, tick=False)
        where = "/api/v1/scores/?month=2026-05"
        assert answers(firm.nora, where) == []
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        assert answers(firm.nora, where) == []
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        for decider in (firm.coo, firm.gm):
            rule(case, decider)
        services.publish_month(month=MAY, by=firm.hr, now=NOW)
        assert [row["total"] for row in answers(firm.nora, where)] == ["90.50"]
        restated(firm, 100)
        services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="A figure was wrong.")
        assert [row["total"] for row in answers(firm.nora, where)] == ["90.50"]


@pytest.mark.django_db(transaction=True)
class TestInvariant22OthersSeeNothing:
    """22. … while one connection works a month out, another sees no row of it."""

    def test_until_the_whole_month_is_stored(self, firm, scheme):
        seen = []

        def look():
            seen.append((ScoreRun.objects.count(), Score.objects.count(), ScoreLine.objects.count()))
            connections.close_all()

        copy = storing.copy_rows

        def watched(*given_):
            copy(*given_)
            onlooker = threading.Thread(target=look)
            onlooker.start()
            onlooker.join()

        with mock.patch.object(storing, "copy_rows", watched):
            services.compute_month(month=MAY, by=firm.hr, now=NOW)
        look()
        assert seen == [(0, 0, 0), (0, 0, 0), (0, 0, 0), (1, 3, 6)]
