"""R11, short and untimed: planted errors are named by row, a killed worker leaves nothing, sent again nothing changes."""

from unittest import mock

import pytest
from django.conf import settings

from apps.jobs import services
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun
from ops_portal.drills import planted
from tests.drills.dying import killed as die

ERRORS = 24


def worked(run, *, seconds=0):
    """The run after its job, which is done here instead of by a worker."""
    del seconds
    run.refresh_from_db()
    if run.job_id:
        services.work(run_id=run.job_id)
    run.refresh_from_db()
    return run


@pytest.fixture(autouse=True)
def whole_again(monkeypatch):
    """Nothing is measured; every protection that a test took out is put back."""
    monkeypatch.setattr(planted.Cost, "taken", mock.MagicMock())
    monkeypatch.setattr(planted, "ended", worked)
    yield
    mock.patch.stopall()


@pytest.fixture
def company():
    """For each kind of file 4 branches and 25 KPIs."""
    return planted.Company(branch_count=4, kpi_count=25)


def bad_faults(company, kind):
    return planted.bad_file_faults(company, kind, errors=ERRORS, cost=planted.Cost(mock.Mock(), 0.0))


def good_faults(company, kind, *, at_work=lambda run, firm: []):
    return planted.good_file_faults(company, kind, cost=planted.Cost(mock.Mock(), 0.0), at_work=at_work)


def on_disk(folder):
    """Storages that keep files in FOLDER, where another process finds them."""
    disk = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder)}}
    return {**settings.STORAGES, "default": disk}


DYING = """
import os, signal, sys
from unittest import mock
import django
django.setup()
from django.test import override_settings
from apps.jobs.services import work
from apps.kpis.services.importing import ValueTarget
from ops_portal.drills import planted
for name in sys.argv[3:]:
    planted.take_out(name)
commit = ValueTarget.commit
def killed(*given, **more):
    commit(*given, **more)
    os.kill(os.getpid(), signal.SIGKILL)
from tests.drills.test_planted import on_disk
with mock.patch.object(ValueTarget, "commit", killed), override_settings(STORAGES=on_disk(sys.argv[2])):
    work(run_id=int(sys.argv[1]))
"""
"""Killed when every value is written and nothing is ended."""


@pytest.fixture
def killed_without(settings, tmp_path):
    """What is left by a process that is killed in the middle, with these protections taken out there as well."""
    settings.STORAGES = on_disk(tmp_path)
    return lambda *names: lambda run, firm: left_by_death(run, firm, tmp_path, names)


def left_by_death(run, firm, folder, names):
    """Kill the process that works on RUN; how many rows are left, in words."""
    die(DYING, run.job_id, folder, *names)
    # The sweep would find out by the lease.
    JobRun.objects.filter(pk=run.job_id).update(state=JobState.QUEUED, lease_until=None)
    left = planted.stored(firm)
    return [f"{left} rows left"] if left else []


class TestPlanted:
    @pytest.mark.django_db
    @pytest.mark.parametrize("kind", planted.WRITERS)
    def test_every_error_is_named_and_nothing_is_stored(self, company, kind):
        assert bad_faults(company, kind) == []

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("kind", planted.WRITERS)
    def test_a_killed_worker_leaves_nothing_and_a_second_sending_changes_nothing(self, company, killed_without, kind):
        assert good_faults(company, kind, at_work=killed_without()) == []


class TestProtections:
    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("name", "kind"), [("row_checks", "csv"), ("flaws", "csv"), ("flaws", "xlsx"), ("reach", "csv")]
    )
    def test_a_bad_file_needs_it(self, company, name, kind):
        planted.take_out(name)
        assert bad_faults(company, kind) != []

    @pytest.mark.django_db(transaction=True)
    def test_a_bad_file_needs_the_refusal_of_all(self, company):
        planted.take_out("all_or_none")
        assert "csv: 76 rows of a wrong file were stored" in bad_faults(company, "csv")

    @pytest.mark.django_db(transaction=True)
    def test_a_killed_worker_needs_one_transaction(self, company, killed_without):
        planted.take_out("one_transaction")
        assert "csv: 100 rows left" in good_faults(company, "csv", at_work=killed_without("one_transaction"))

    @pytest.mark.django_db(transaction=True)
    def test_a_second_sending_needs_the_comparison(self, company):
        planted.take_out("same_values")
        assert "csv: 200 versions of 100 values" in good_faults(company, "csv")

    def test_each_has_been_tried(self):
        assert set(planted.PROTECTIONS) == set(planted.unguarded.OUT)
