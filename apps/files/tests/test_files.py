"""One wall for uploads, one door for reading them."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.tests.factories import UserFactory
from apps.core.errors import NotFound
from apps.core.scope import Reach, Scope
from apps.files.models import Attachment
from apps.files.rules.kinds import safe_name
from apps.files.selectors import attachment_for, files_of, open_file
from apps.files.services import FileRefused, remove_files, store_file

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NOBODY = Scope(user_id=1, reach=Reach.SELF)
OPEN_OWNERS = {7}


def guard(owner_id, scope):
    """Stands in for an owner that lets everyone read its number 7."""
    return owner_id in OPEN_OWNERS


@pytest.fixture(autouse=True)
def guards(settings):
    settings.FILE_GUARDS = {"tests.thing": "apps.files.tests.test_files.guard"}


def archive(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in parts.items():
            out.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return file.getvalue()


def stored(content=b"%PDF-1.7 text", name="plan.pdf", owner_id=7, by=None):
    by = by or UserFactory()
    upload = SimpleUploadedFile(name, content)
    return store_file(upload=upload, owner_kind="tests.thing", owner_id=owner_id, by=by, now=NOW)


class TestStoreFile:
    @pytest.mark.parametrize(
        ("content", "name", "kind"),
        [
            (b"%PDF-1.7", "a.bin", "pdf"),
            (b"\x89PNG\r\n\x1a\n...", "a.png", "png"),
            (b"\xff\xd8\xff\xe0", "a.jpg", "jpeg"),
            (b"a,b\n1,2\n", "a.csv", "csv"),
            ("é".encode("utf-16"), "a.txt", "text"),
            (b"{}", "a.json", "json"),
            (archive(xl__workbook_dot_xml=b"<x/>"), "a.zip", "xlsx"),
            (archive(word__document_dot_xml=b"<x/>"), "a.docx", "docx"),
        ],
    )
    def test_knows_files_by_their_content(self, content, name, kind):
        assert stored(content, name).kind == kind

    @pytest.mark.parametrize(
        ("content", "name", "said"),
        [
            (b"", "a.pdf", "empty"),
            (b"MZ\x90\x00", "a.exe", "not taken"),
            (b"#!/bin/sh", "a.sh", "not taken"),
            (b"a\x00b", "a.txt", "not taken"),
            (b"<html></html>", "a.txt", "web page"),
            (b"<svg onload='x'/>", "a.txt", "web page"),
            (archive(a_dot_txt=b"x"), "a.docx", "not taken"),
            (archive(xl__workbook_dot_xml=b"x", xl__vbaProject_dot_bin=b"x"), "a.xlsx", "macros"),
            (archive(**{"xl__workbook_dot_xml": b"\0" * 9_000_000}), "a.xlsx", "unpack"),
            (archive(**{"..__x": b"x"}), "a.xlsx", "not opened"),
            (b"PK\x03\x04 and no more", "a.xlsx", "damaged"),
        ],
    )
    def test_refuses_in_words_and_keeps_nothing(self, content, name, said):
        with pytest.raises(FileRefused, match=said):
            stored(content, name)
        assert not Attachment.objects.exists()

    def test_refuses_what_is_too_large(self, settings):
        settings.FILE_UPLOAD_MAX_BYTES = 2**20
        with pytest.raises(FileRefused, match="larger than 1 MB"):
            stored(b"%PDF" + b"x" * 2**20)

    def test_names_the_bytes_itself(self):
        attachment = stored(name="../../etc/plan\u202e.pdf")
        assert attachment.name == "plan.pdf"
        assert "plan" not in attachment.storage_name
        assert open_file(attachment).read() == b"%PDF-1.7 text"
        assert (attachment.byte_count, attachment.stored_at) == (13, NOW)

    @given(st.text(max_size=300))
    def test_any_name_becomes_a_plain_one(self, name):
        safe = safe_name(name)
        assert 0 < len(safe) <= 200
        assert not set(safe) & set('/\\"<>:|?*\x00\n\r')
        assert safe.strip(" .") == safe or safe == "file"


class TestRemoveFiles:
    def test_removes_rows_now_and_bytes_after_commit(self, django_capture_on_commit_callbacks):
        by = UserFactory()
        kept, gone = stored(owner_id=7, by=by), stored(owner_id=8, by=by)
        with django_capture_on_commit_callbacks(execute=True):
            assert remove_files(owner_kind="tests.thing", owner_id=8) == 1
            assert default_storage.exists(gone.storage_name)
        assert not default_storage.exists(gone.storage_name)
        assert files_of("tests.thing", 7) == [kept]

    @pytest.mark.django_db(transaction=True)
    def test_keeps_the_bytes_when_the_removal_is_rolled_back(self):
        by = UserFactory()
        attachment = stored(owner_id=8, by=by)
        with pytest.raises(RuntimeError), transaction.atomic():
            remove_files(owner_kind="tests.thing", owner_id=8)
            raise RuntimeError
        assert default_storage.exists(attachment.storage_name)


class TestReading:
    def test_is_the_owners_to_allow(self):
        by = UserFactory()
        mine, other = stored(owner_id=7, by=by), stored(owner_id=8, by=by)
        assert attachment_for(NOBODY, mine.pk) == mine
        for pk in (other.pk, 10**9):
            with pytest.raises(NotFound):
                attachment_for(NOBODY, pk)

    def test_is_refused_where_no_owner_answers(self, settings):
        settings.FILE_GUARDS = {}
        with pytest.raises(NotFound):
            attachment_for(NOBODY, stored().pk)

    def test_is_a_download_that_nothing_runs_in(self, client):
        client.force_login(UserFactory(roles=["employee"]))
        answer = client.get(reverse("files:content", args=[stored(name="plän.pdf").pk]))
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Type"] == "application/pdf"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert client.get(reverse("files:content", args=[stored(owner_id=8).pk])).status_code == 404
