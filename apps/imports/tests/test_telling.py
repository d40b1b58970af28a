"""How an import ended is told once: to whoever sent it, and to systems that asked."""

import pytest

from apps.core.scope import Reach, Scope
from apps.imports.selectors import visible_runs
from apps.imports.services.checking import map_import
from apps.imports.services.committing import commit_import, request_commit, request_undo, undo_import
from apps.imports.services.runs import ImportNotOpen, scope_at
from apps.imports.tests.factories import ACCOUNT_TARGET, NOW, csv_bytes, importer, started
from apps.jobs.services import work
from apps.notifications.tests.factories import deliver_all, events_sent, subscribed, told

pytestmark = pytest.mark.django_db
ROWS = (("E-mail", "Full name"), ("ada@example.com", "Ada"), ("bo@example.com", "Bo"))


@pytest.fixture
def hr():
    subscribed("imports.*")
    return importer(email="hr@company.test")


def asked(by):
    run = started(csv_bytes(ROWS), by=by)
    run = map_import(run=run, mapping=run.mapping, by=by, scope=scope_at(by, NOW), now=NOW)
    return request_commit(run=run, mode="all_or_nothing", by=by, scope=scope_at(by, NOW), now=NOW)


class TestTelling:
    def test_an_import_that_is_done(self, hr):
        run = asked(hr)
        for _time in range(2):
            commit_import(run_id=run.pk, now=NOW)
        assert told(hr) == [("imports.committed", f"Imported: {run.file_name}")]
        [(event, facts)] = events_sent()
        assert event == "imports.committed"
        assert (facts["import"], facts["target"], facts["state"]) == (run.pk, ACCOUNT_TARGET.name, "committed")
        assert (facts["created_count"], facts["bad_row_count"]) == (2, 0)
        assert "Ada" not in str(facts)

    def test_an_import_that_is_taken_back(self, hr):
        run = asked(hr)
        commit_import(run_id=run.pk, now=NOW)
        request_undo(run=run, reason="Wrong file", by=hr, scope=scope_at(hr, NOW), now=NOW)
        for _time in range(2):
            undo_import(run_id=run.pk, reason="Wrong file", by=hr, now=NOW)
        assert told(hr)[1:] == [("imports.undone", f"Import taken back: {run.file_name}")]
        assert [event for event, _facts in events_sent()] == ["imports.committed", "imports.undone"]

    def test_an_import_that_failed_by_its_job(self, hr, monkeypatch):
        run = asked(hr)

        def taken(*_rows, **_given):
            raise ImportNotOpen("The records were changed at the same moment.")

        monkeypatch.setattr(ACCOUNT_TARGET, "commit", taken)
        work(run_id=run.job_id)
        deliver_all()
        assert [kind for kind, _subject in told(hr)] == ["jobs.failed"]
        [(event, facts)] = events_sent()
        assert (event, facts["import"], facts["state"]) == ("imports.failed", run.pk, "failed")

    def test_a_system_is_told_by_its_webhook_alone(self, hr):
        system = importer(email="erp@company.test")
        type(system).objects.filter(pk=system.pk).update(is_system=True)
        system.refresh_from_db()
        run = asked(system)
        commit_import(run_id=run.pk, now=NOW)
        assert told(system) == []
        assert len(events_sent()) == 1


class TestVisibleRuns:
    def test_whoever_sees_a_branch_sees_their_own_alone(self, hr):
        run = asked(hr)
        head = importer(email="head@company.test")
        may = frozenset({"imports.run", ACCOUNT_TARGET.capability})
        branch = Scope(user_id=head.pk, reach=Reach.DEPARTMENTS, capabilities=may)
        company = Scope(user_id=head.pk, reach=Reach.COMPANY, capabilities=may)
        targets = [ACCOUNT_TARGET.name]
        assert list(visible_runs(branch, targets=targets)) == []
        assert list(visible_runs(company, targets=targets)) == [run]
        assert list(visible_runs(Scope(user_id=hr.pk, reach=Reach.DEPARTMENTS, capabilities=may), targets=[])) == [run]
