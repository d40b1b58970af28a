"""R1 and R18, short: a month is closed while its workers die, another one is tampered with; each without protections."""

import threading
from datetime import timedelta
from unittest import mock

import pytest
from django.db import Error, IntegrityError, connection, transaction

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.models import Publication, ScoreRun
from apps.assessments.tests.conftest import firm, scheme, team  # noqa: F401 - fixtures
from apps.assessments.tests.factories import NOW, rule
from apps.assessments.tests.teams import published_may
from apps.core import clock
from apps.core.errors import Refusal
from apps.core.month import Month
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun
from apps.jobs.services import publishing, sweep, work
from ops_portal.drills import close, closing, tamper, tampering
from ops_portal.drills.company import give_reward
from ops_portal.drills.copies import copy_month
from ops_portal.drills.unguarded import months as unguarded
from tests.drills.dying import killed as die

MAY = Month(2026, 5)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def whole_again():
    """Put every protection back that a test took out."""
    yield
    mock.patch.stopall()


DYING = """
import os, signal, sys
from unittest import mock
import django
django.setup()
from apps.assessments.models import ScoreRun
from apps.jobs.services import work
from ops_portal.drills import close
for name in sys.argv[2:]:
    close.take_out(name)
with mock.patch.object(ScoreRun, "save", lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)):
    work(run_id=int(sys.argv[1]))
"""
"""Killed between the lines and scores of a month and its run."""


class TestClose:
    """R1."""

    @pytest.fixture
    def killed(self, firm, scheme):  # noqa: F811
        run = services.request_month(month=MAY, by=firm.hr, now=clock.now())
        die(DYING, run.pk)
        return run

    def taken_up(self, run):
        """What the sweep finds after the lease is worked on; gives where the run stands then."""
        after = clock.now() + timedelta(seconds=21)
        with mock.patch.object(publishing.current_app, "send_task") as send:
            sweep(now=after)
        with mock.patch("apps.core.clock.now", return_value=after):
            for call in send.call_args_list:
                if call.kwargs["kwargs"].get("run_id") == run.pk:
                    work(run_id=run.pk)
        run.refresh_from_db()
        return run.state

    def test_a_killed_month_leaves_nothing_and_comes_to_the_same_digits(self, firm, killed):  # noqa: F811
        assert (closing.half_stored(), ScoreRun.objects.count()) == ("", 0)
        assert self.taken_up(killed) == JobState.DONE
        first = ScoreRun.objects.get()
        with transaction.atomic():
            connection.cursor().execute("TRUNCATE assessments_scorerun, assessments_scoreline CASCADE")
            again = services.compute_month(month=MAY, by=firm.hr, now=clock.now()).run
            assert again.digest == first.digest
            transaction.set_rollback(True)

    def test_without_one_transaction_half_a_month_stays(self, firm, scheme):  # noqa: F811
        run = services.request_month(month=MAY, by=firm.hr, now=clock.now())
        die(DYING, run.pk, "one-transaction")
        assert closing.half_stored() == "half-stored: 6 lines and 0 scores of no run, 0 runs"

    def test_without_the_sweep_the_month_stays_lost(self, killed):
        close.take_out("sweep")
        assert self.taken_up(killed) == JobState.RUNNING

    def two_publish(self, firm):  # noqa: F811
        """Two who publish in the same moment; what each got, an error too."""
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        for decider in (firm.coo, firm.gm):
            rule(case, decider)
        barrier, got = threading.Barrier(2, timeout=10), []
        create = Publication.objects.create

        def late(**facts):
            """Give the other the time to come as far, if nothing keeps it away."""
            threading.Event().wait(0.5)
            return create(**facts)

        def one():
            barrier.wait()
            try:
                got.append(services.publish_month(month=MAY, by=firm.hr, now=NOW).pk)
            except (IntegrityError, Refusal) as error:
                got.append(type(error).__name__)
            finally:
                connection.close()

        with mock.patch.object(Publication.objects, "create", late):
            threads = [threading.Thread(target=one) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return got

    def test_two_who_publish_at_once_get_the_same_publication(self, firm, scheme):  # noqa: F811
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        assert self.two_publish(firm) == [Publication.objects.get().pk] * 2
        assert closing.digits(MAY)

    def test_without_the_lock_one_of_them_is_turned_away(self, firm, scheme):  # noqa: F811
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        close.take_out("month-lock")
        assert "IntegrityError" in self.two_publish(firm)

    def test_every_fault_comes_once(self):
        faults = closing.Faults(kills=20, crashes=3, flushes=3, drafts=10, at_end=4)
        planned = [fault for stage in range(11) for fault in faults.planned(stage)]
        assert {kind: planned.count(kind) for kind in ("kill", "crash", "flush")} == {
            "kill": 20,
            "crash": 3,
            "flush": 3,
        }


class TestTamper:
    """R18."""

    @pytest.fixture
    def may(self, team):  # noqa: F811
        UserFactory(roles=["administrator"])
        run = published_may(team)
        give_reward(run, hr=team.hr, gm=team.gm)
        copy_month(run, shift=1, by=team.hr)
        return run

    def as_owner(self, statement):
        """As the owner, whom triggers stop too; the code of the refusal, '' when it was taken."""
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(statement)
                transaction.set_rollback(True)
        except Error as error:
            return error.__cause__.pgcode
        return ""

    def taken(self, run):
        """Attempts that were taken, but for those that only the application's role is refused."""
        tried = tampering.attempts(run, sql=self.as_owner)
        owners = ("truncate", "triggers off", "for a session")
        return {name: how for name, how in tried.items() if how != "refused" and not name.endswith(owners)}

    def test_every_attempt_is_refused_by_the_database(self, may):
        assert self.taken(may) == {}

    def test_without_triggers_attempts_are_taken(self, may):
        tamper.take_out("triggers")
        try:
            taken = self.taken(may)
        finally:
            with connection.cursor() as cursor:
                for table in unguarded.KEPT_TABLES:
                    cursor.execute(f"ALTER TABLE assessments_{table} ENABLE TRIGGER USER")
        changes = {
            f"{what}: SQL update" for what in ("score", "line", "person", "run", "publication", "reward", "audit row")
        }
        assert changes <= taken.keys()

    def test_no_address_changes_what_is_published(self, firm, may):  # noqa: F811
        assert not tampering.doors(may, users=[firm.hr, firm.coo]).is_changed

    def test_what_is_changed_behind_the_triggers_is_found_and_named(self, firm, may):  # noqa: F811
        found = tampering.findings(may, firm.company)
        assert {one.name: one.fault for one in found if one.fault} == {}

    def test_without_digests_a_changed_figure_is_not_found(self, firm, may):  # noqa: F811
        tamper.take_out("digests")
        missed = {one.name for one in tampering.findings(may, firm.company) if one.fault}
        assert {"one figure", "one weight", "one person's total", "one line less"} <= missed


class TestProtections:
    def test_each_can_be_taken_out(self):
        assert {*close.PROTECTIONS, *tamper.PROTECTIONS} == set(unguarded.OUT)
        assert JobRun.objects.count() == 0
