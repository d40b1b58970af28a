"""Upload, map, check, commit, undo."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory
from apps.core.errors import NotAllowed
from apps.files.models import Attachment
from apps.imports.choices import RunState
from apps.imports.models import ImportRun
from apps.imports.selectors import earlier_import_of
from apps.imports.services.checking import MappingNameTaken, check_import, forget_mapping, map_import, save_mapping
from apps.imports.services.committing import (
    NotImported,
    RowsRefused,
    commit_import,
    request_commit,
    request_undo,
    undo_import,
)
from apps.imports.services.preparing import MappingRefused
from apps.imports.services.reading import FileUnreadable
from apps.imports.services.runs import ImportNotOpen, cancel_import, scope_at
from apps.imports.services.targets import UnknownTarget
from apps.imports.services.uploading import relayout_import, start_import
from apps.imports.tests.factories import (
    ACCOUNT_TARGET,
    NOW,
    Renamed,
    csv_bytes,
    importer,
    started,
    upload,
    xlsx_bytes,
)
from apps.jobs.models import JobRun
from apps.jobs.services import work

pytestmark = pytest.mark.django_db

HEAD = ("E-mail", "Full name", "Level")
GOOD = (HEAD, ("ada@example.com", "Ada", "3"), ("bo@example.com", "Bo", "4"))
MIXED = (*GOOD, ("cy", "Cy", "5"), ("di@example.com", "Di", "12"))


def checked(content, *, by, mapping=None, **given):
    run = started(content, by=by, **given)
    return map_import(run=run, mapping=mapping or run.mapping, by=by, scope=scope_at(by, NOW), now=NOW)


def committed(content, *, by, mode="all_or_nothing", **given):
    run = checked(content, by=by, **given)
    request_commit(run=run, mode=mode, by=by, scope=scope_at(by, NOW), now=NOW)
    return commit_import(run_id=run.pk, now=NOW)


def people():
    return dict(User.objects.filter(email__endswith="@example.com", is_system=False).values_list("email", "name"))


class TestStartImport:
    def test_looks_into_the_file_and_suggests_the_mapping(self):
        run = started(csv_bytes(GOOD, delimiter=";"), by=importer())
        assert run.state == RunState.UPLOADED
        assert run.layout["delimiter"] == ";"
        assert run.headings == list(HEAD)
        assert run.sample[0] == [2, "ada@example.com", "Ada", "3"]
        assert run.mapping["fields"]["name"] == {"from": "column", "column": "Full name"}
        assert run.attachment.name == run.file_name == "people.csv"

    def test_refuses_an_unknown_target_and_names_the_known(self):
        with pytest.raises(UnknownTarget, match=r"tests\.accounts"):
            start_import(target="x", upload=upload(b"a"), by=(by := importer()), scope=scope_at(by, NOW), now=NOW)

    def test_refuses_people_without_the_targets_capability(self):
        by = UserFactory(roles=["coo"])
        with pytest.raises(NotAllowed, match="Test accounts"):
            started(csv_bytes(GOOD), by=by)

    def test_keeps_nothing_of_a_refused_file(self):
        with pytest.raises(FileUnreadable, match="NUL"):
            started(b"a,b\n1,\x00\x00\n", by=importer())
        assert not ImportRun.objects.exists()
        assert not Attachment.objects.exists()

    def test_offers_the_saved_mapping_of_the_same_headings(self):
        by = importer()
        name = {"from": "constant", "value": "x"}
        mapping = {"fields": {"email": {"from": "column", "column": "Full name"}, "name": name}}
        run = checked(csv_bytes(GOOD), by=by, mapping=mapping)
        save_mapping(run=run, name="odd", by=by)
        assert started(csv_bytes(GOOD), by=by).mapping == mapping


class TestRelayout:
    def test_reads_again_under_another_heading_row(self):
        by = importer()
        run = started(csv_bytes((("Report",), *GOOD)), by=by)
        assert run.layout["heading_row"] == 2
        again = relayout_import(run=run, layout={"heading_row": "3"}, by=by, now=NOW)
        assert again.headings[0] == "ada@example.com"

    def test_refuses_a_heading_row_that_is_not_there(self):
        by = importer()
        with pytest.raises(FileUnreadable, match="no row 99"):
            relayout_import(run=started(csv_bytes(GOOD), by=by), layout={"heading_row": 99}, by=by, now=NOW)


class TestMapImport:
    def test_names_every_bad_row_with_column_and_reason(self):
        run = checked(csv_bytes(MIXED), by=importer())
        assert (run.state, run.row_count, run.bad_row_count) == (RunState.CHECKED, 4, 2)
        found = [(problem.line, problem.column, problem.value, problem.message) for problem in run.problems.all()]
        assert found == [
            (4, "E-mail", "", "There is no such address. Write a whole e-mail address."),
            (5, "Level", "12", "The number must be 9 or less."),
        ]

    def test_refuses_a_mapping_without_a_required_field(self):
        with pytest.raises(MappingRefused, match="Name"):
            checked(
                csv_bytes(GOOD), by=importer(), mapping={"fields": {"email": {"from": "column", "column": "E-mail"}}}
            )

    def test_checks_a_large_file_as_a_job(self, django_capture_on_commit_callbacks):
        rows = [HEAD, *((f"p{number}@example.com", "x" * 40, 3) for number in range(30_000))]
        run = checked(csv_bytes(rows), by=importer())
        assert run.state == RunState.CHECKING
        job = JobRun.objects.get(kind="imports.check_import", period=str(run.pk))
        work(run_id=job.pk)
        run.refresh_from_db()
        assert (run.state, run.row_count, run.bad_row_count) == (RunState.CHECKED, 30_000, 0)

    def test_uses_the_rights_of_the_moment(self):
        by = importer()
        run = started(csv_bytes(GOOD), by=by)
        ImportRun.objects.filter(pk=run.pk).update(state=RunState.CHECKING)
        by.role_grants.all().delete()
        after = check_import(run_id=run.pk, now=NOW)
        assert after.state == RunState.FAILED
        assert "may not import" in after.problem_note

    def test_foresees_what_would_be_done_and_does_none_of_it(self):
        UserFactory(email="bo@example.com", name="Bob")
        UserFactory(email="ada@example.com", name="Ada")
        rows = (*GOOD, ("cy@example.com", "Cy", "1"), ("di", "Di", "1"))
        run = checked(csv_bytes(rows), by=importer(email="hr@company.test"))
        assert (run.is_rehearsed, run.created_count, run.changed_count, run.unchanged_count) == (True, 1, 1, 1)
        assert people() == {"bo@example.com": "Bob", "ada@example.com": "Ada"}

    def test_fails_when_the_rows_cannot_be_stored(self):
        with patch.object(ACCOUNT_TARGET, "commit", side_effect=IntegrityError):
            run = checked(csv_bytes(GOOD), by=importer())
        assert run.state == RunState.FAILED
        assert "contradict" in run.problem_note

    def test_names_repeats_with_the_first_row(self):
        run = checked(csv_bytes((*GOOD, ("ADA@example.com", "Ada again", "3"))), by=importer())
        assert [problem.message for problem in run.problems.all()] == [
            "The same E-mail stands in row 2 already. Keep one of them."
        ]


class TestCommitImport:
    def test_writes_the_rows_and_counts_them(self):
        UserFactory(email="bo@example.com", name="Bob")
        run = committed(csv_bytes(GOOD), by=importer(email="hr@company.test"))
        assert (run.state, run.created_count, run.changed_count, run.unchanged_count) == (RunState.COMMITTED, 1, 1, 0)
        assert people() == {"ada@example.com": "Ada", "bo@example.com": "Bo"}

    def test_writes_nothing_when_a_row_is_wrong_and_all_were_asked_for(self):
        by = importer(email="hr@company.test")
        run = checked(csv_bytes(MIXED), by=by)
        with pytest.raises(RowsRefused, match="2 of 4"):
            request_commit(run=run, mode="all_or_nothing", by=by, scope=scope_at(by, NOW), now=NOW)
        assert people() == {}

    def test_writes_the_right_rows_when_asked_for_those(self):
        run = committed(csv_bytes(MIXED), by=importer(email="hr@company.test"), mode="good_rows")
        assert set(people()) == {"ada@example.com", "bo@example.com"}
        assert run.bad_row_count == 2

    def test_changes_nothing_the_second_time(self):
        by = importer(email="hr@company.test")
        first = committed(csv_bytes(GOOD), by=by)
        again = checked(csv_bytes(GOOD), by=by)
        assert earlier_import_of(again).pk == first.pk
        request_commit(run=again, mode="all_or_nothing", by=by, scope=scope_at(by, NOW), now=NOW)
        run = commit_import(run_id=again.pk, now=NOW)
        assert (run.created_count, run.changed_count, run.unchanged_count) == (0, 0, 2)

    def test_is_one_job_however_often_it_is_asked_for(self):
        by = importer()
        run = checked(csv_bytes(GOOD), by=by)
        for _click in range(3):
            request_commit(run=run, mode="all_or_nothing", by=by, scope=scope_at(by, NOW), now=NOW)
        job = JobRun.objects.get(kind="imports.commit_import")
        work(run_id=job.pk)
        work(run_id=job.pk)
        job.refresh_from_db()
        assert job.state == "done"
        assert job.result == {"created": 2, "changed": 0, "unchanged": 0}
        assert commit_import(run_id=run.pk, now=NOW + timedelta(hours=1)).committed_at == job_moment(run)

    def test_leaves_nothing_when_it_is_stopped_midway(self):
        by = importer(email="hr@company.test")
        run = checked(csv_bytes(GOOD), by=by)
        request_commit(run=run, mode="all_or_nothing", by=by, scope=scope_at(by, NOW), now=NOW)

        def write_and_break(*args, **kwargs):
            type(ACCOUNT_TARGET).commit(ACCOUNT_TARGET, *args, **kwargs)
            raise KeyboardInterrupt

        with patch.object(ACCOUNT_TARGET, "commit", write_and_break), pytest.raises(KeyboardInterrupt):
            commit_import(run_id=run.pk, now=NOW)
        assert people() == {}
        assert commit_import(run_id=run.pk, now=NOW).created_count == 2

    def test_says_so_when_somebody_was_faster(self):
        by = importer()
        run = checked(csv_bytes(GOOD), by=by)
        request_commit(run=run, mode="all_or_nothing", by=by, scope=scope_at(by, NOW), now=NOW)
        with patch.object(ACCOUNT_TARGET, "commit", side_effect=IntegrityError), pytest.raises(ImportNotOpen):
            commit_import(run_id=run.pk, now=NOW)
        run.refresh_from_db()
        assert run.state == RunState.FAILED
        assert "same moment" in run.problem_note

    def test_judges_the_rows_again(self):
        by = importer(email="hr@company.test")
        run = checked(csv_bytes((("E-mail", "Name", "Joined on"), ("ada@example.com", "Ada", "2026-11-20"))), by=by)
        request_commit(run=run, mode="all_or_nothing", by=by, scope=scope_at(by, NOW), now=NOW)
        with pytest.raises(RowsRefused, match="1 of 1"):
            commit_import(run_id=run.pk, now=NOW - timedelta(days=2))
        assert people() == {}

    def test_can_be_started_again_after_its_job_ended_without_a_word(self):
        by = importer()
        run = checked(csv_bytes(GOOD), by=by)
        run = request_commit(run=run, mode="all_or_nothing", by=by, scope=scope_at(by, NOW), now=NOW)
        JobRun.objects.filter(pk=run.job_id).update(state="failed")
        again = request_commit(run=run, mode="all_or_nothing", by=by, scope=scope_at(by, NOW), now=NOW)
        assert again.job_id != run.job_id


def job_moment(run):
    return ImportRun.objects.get(pk=run.pk).committed_at


class TestUndoImport:
    def test_restores_what_was_before(self):
        UserFactory(email="bo@example.com", name="Bob")
        by = importer(email="hr@company.test")
        run = committed(csv_bytes(GOOD), by=by)
        undone = undo_import(run_id=run.pk, reason="wrong file", by=by, now=NOW)
        assert people() == {"bo@example.com": "Bob"}
        assert undone.state == RunState.UNDONE
        assert undo_import(run_id=run.pk, reason="wrong file", by=by, now=NOW).undone_at == NOW

    def test_changes_nothing_when_the_rows_were_used_since(self):
        by = importer(email="hr@company.test")
        run = committed(csv_bytes(GOOD), by=by)
        User.objects.filter(email="ada@example.com").update(name="Ada L.")
        with pytest.raises(Renamed):
            undo_import(run_id=run.pk, reason="wrong file", by=by, now=NOW)
        run.refresh_from_db()
        assert run.state == RunState.COMMITTED
        assert "renamed since" in run.problem_note
        assert len(people()) == 2

    def test_runs_as_a_job_with_its_reason(self):
        by = importer(email="hr@company.test")
        run = committed(csv_bytes(GOOD), by=by)
        asked = request_undo(run=run, reason="wrong file", by=by, scope=scope_at(by, NOW), now=NOW)
        assert work(run_id=asked.job_id).state == "done"
        assert people() == {}

    def test_refuses_without_a_reason_and_without_an_import(self):
        by = importer()
        run = checked(csv_bytes(GOOD), by=by)
        with pytest.raises(RowsRefused, match="why"):
            request_undo(run=run, reason=" ", by=by, scope=scope_at(by, NOW), now=NOW)
        with pytest.raises(NotImported):
            request_undo(run=run, reason="x", by=by, scope=scope_at(by, NOW), now=NOW)


class TestCancelImport:
    def test_stops_a_waiting_commit(self):
        by = importer(email="hr@company.test")
        run = checked(csv_bytes(GOOD), by=by)
        run = request_commit(run=run, mode="all_or_nothing", by=by, scope=scope_at(by, NOW), now=NOW)
        cancel_import(run=run, by=by, now=NOW)
        assert commit_import(run_id=run.pk, now=NOW).state == RunState.CANCELLED
        assert people() == {}

    def test_refuses_what_is_imported(self):
        by = importer()
        with pytest.raises(ImportNotOpen):
            cancel_import(run=committed(csv_bytes(GOOD), by=by), by=by, now=NOW)


class TestSavedMappings:
    def test_refuses_a_name_in_use_and_replaces_when_told(self):
        by = importer()
        run = started(csv_bytes(GOOD), by=by)
        first = save_mapping(run=run, name=" monthly  list ", by=by)
        assert first.name == "monthly list"
        with pytest.raises(MappingNameTaken):
            save_mapping(run=run, name="monthly list", by=by)
        assert save_mapping(run=run, name="monthly list", by=by, is_replacing=True).pk == first.pk
        forget_mapping(mapping=first, by=by)
        assert started(csv_bytes(GOOD), by=by).mapping["fields"]["email"]["column"] == "E-mail"


class TestWorkbooks:
    def test_gives_the_same_rows_as_text(self):
        run = checked(xlsx_bytes(GOOD), by=importer(), name="people.xlsx")
        assert (run.file_format, run.row_count, run.bad_row_count) == ("xlsx", 2, 0)
