"""What an import changed says so, and leads those who may open imports to it."""

import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory
from apps.audit.selectors import history_of
from apps.core.scope import Reach, Scope
from apps.imports.services.checking import map_import
from apps.imports.services.committing import request_commit
from apps.imports.services.runs import scope_at
from apps.imports.tests.factories import NOW, csv_bytes, importer, started
from apps.jobs.services import work

pytestmark = pytest.mark.django_db


def reader(user, *capabilities):
    return Scope(user_id=user.pk, reach=Reach.COMPANY, capabilities=frozenset(capabilities))


@pytest.fixture
def brought():
    """(account that an import made, the import, who imported it)"""
    by = importer(name="Hanna")
    run = started(csv_bytes((("E-mail", "Full name"), ("ada@example.com", "Ada"))), by=by)
    run = map_import(run=run, mapping=run.mapping, by=by, scope=scope_at(by, NOW), now=NOW)
    run = request_commit(run=run, mode="all_or_nothing", by=by, scope=scope_at(by, NOW), now=NOW)
    work(run_id=run.job_id)
    return User.objects.get(email="ada@example.com"), run, by


def urls(account, scope):
    (entry,) = history_of(account, scope=scope)
    return [source.url for source in entry.sources]


class TestHistoryOfWhatWasImported:
    def test_names_the_person_the_job_and_the_import(self, brought):
        account, run, _by = brought
        (entry,) = history_of(account)
        assert (entry.who, entry.label) == ("Hanna", "Imported")
        assert [(source.words, source.asked_by) for source in entry.sources] == [
            (f"Job “Import of a file”, no. {run.job_id}", "Hanna"),
            (f"Import no. {run.pk}", ""),
        ]

    def test_links_what_the_reader_may_open_and_no_more(self, brought):
        account, run, by = brought
        job, page = reverse("jobs:detail", args=[run.job_id]), reverse("imports:detail", args=[run.pk])
        other = UserFactory()
        assert urls(account, reader(by, "imports.run", "jobs.view_own")) == [job, page]
        assert urls(account, reader(other, "imports.run", "staff.manage", "jobs.view_own")) == ["", page]
        assert urls(account, reader(other, "imports.run", "jobs.view")) == [job, ""]
        assert urls(account, reader(other, "staff.manage")) == ["", ""]
