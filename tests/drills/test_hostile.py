"""R12, short and untimed: each hostile file is refused in words and leaves nothing, through the page a person uses."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.files.models import Attachment
from apps.imports.models import ImportRun
from apps.imports.services import targets
from apps.imports.tests.factories import ACCOUNT_TARGET_PATH
from ops_portal.drills import hostile
from ops_portal.drills import hostile_files as made

pytestmark = pytest.mark.django_db

HEAVY = {"bomb", "bomb with a false directory", "dear to read", "one line of 20 MB"}
FILES = [file for file in made.texts() if file.title not in HEAVY] + made.light_archives()


CHEAP = {"directory": "name that climbs folders", "entities": "entity that reads a file", "kinds": "picture"}
"""A file that shows what each protection is there for; without `limits` a file takes minutes: the drill alone does that."""


@pytest.fixture
def hr(client, settings):
    settings.SCOPE_OF = "apps.imports.tests.factories.company_scope"
    settings.IMPORT_TARGETS = [ACCOUNT_TARGET_PATH]
    targets.import_targets.cache_clear()
    client.force_login(UserFactory(roles=["hr"]))
    yield
    targets.import_targets.cache_clear()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.title)
class TestHostileFiles:
    def test_is_refused_in_words_or_read_rightly(self, client, hr, file):
        sent = {"target": "tests.accounts", "file": SimpleUploadedFile(file.name, file.content)}
        answer = client.post(reverse("imports:upload"), sent)
        if file.said:
            assert answer.status_code == 422
            assert file.said in answer.content.decode()
            assert not ImportRun.objects.exists()
            assert not Attachment.objects.exists()
        else:
            assert answer.status_code == 302
            assert len(ImportRun.objects.get().sample) == file.rows


class TestRows:
    DEAR = made.HostileFile("dear to read", "slow.xlsx", b"", "than is allowed", seconds=8, megabytes=400)

    def test_each_limit_has_a_row_of_its_own(self):
        assert self.DEAR.group == "dear_to_read"
        limits = {}
        for file in [*FILES, self.DEAR]:
            limits.setdefault(file.group, set()).add((file.seconds, file.megabytes))
        assert limits == {"refused": {(1, 100)}, "read": {(2, 100)}, "dear_to_read": {(8, 400)}}

    def test_a_row_names_the_dearest_file_beside_the_limit(self):
        row = hostile.Most(8, 400)
        row.take(processor_s=6.5, wall_s=9.0, peak_mb=120.4)
        row.take(processor_s=2.0, wall_s=3.0, peak_mb=310.6)
        assert row.words() == (
            "files 2: 6.50 s of processor time at most, 8 s allowed; 311 MB at most, 400 MB allowed; 9.00 s by the clock"
        )

    def test_the_report_shows_them(self, monkeypatch):
        files = [file for file in FILES if file.title in {"nothing", "JSON"}]
        monkeypatch.setattr(hostile, "hostile_files", lambda: files)
        monkeypatch.setattr(hostile, "TRIES", 1)
        figures = hostile.run(without=None, rounds=1).figures
        assert figures["refused"].startswith("files 1: ")
        assert "2 s allowed" in figures["read"]
        assert figures["files"] == 2


@pytest.mark.parametrize("name", CHEAP)
class TestProtections:
    def test_taken_out_is_seen(self, monkeypatch, name):
        assert set(CHEAP) == set(hostile.PROTECTIONS) - {"limits"}
        [file] = [file for file in FILES if file.title == CHEAP[name]]
        monkeypatch.setattr(hostile, "hostile_files", lambda: [file])
        # Seconds are the drill's business: here the machine may be as busy as it likes.
        monkeypatch.setattr(hostile, "TRIES", 1)
        intact, without = (hostile.run(without=taken, rounds=1).figures["wrong"] for taken in (None, name))
        assert intact == "none" or all(" took " in words for words in intact)
        assert any("not refused" in words for words in without)
