"""The wizard as a person walks it."""

import io

import openpyxl
import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory
from apps.imports.models import ImportMapping, ImportRun
from apps.imports.services.checking import map_import
from apps.imports.services.runs import scope_at
from apps.imports.tests.factories import NOW, csv_bytes, importer, started, upload
from apps.jobs.models import JobRun
from apps.jobs.services import work

pytestmark = pytest.mark.django_db

HEAD = ("E-mail", "Full name", "Level")
GOOD = (HEAD, ("ada@example.com", "Ada", "3"), ("bo@example.com", "Bo", "4"))
BAD = (*GOOD, ("cy", "Cy", "5"))


@pytest.fixture
def hr(client):
    user = importer(email="hr@company.test")
    client.force_login(user)
    return user


def columns_sent(run, **changes):
    chosen = {"how_email": "column:0", "how_name": "column:1", "how_level": "column:2"}
    return {**chosen, **changes}


def checked_run(by, rows=BAD):
    run = started(csv_bytes(rows), by=by)
    return map_import(run=run, mapping=run.mapping, by=by, scope=scope_at(by, NOW), now=NOW)


PAGES = ("list", "mappings", "upload")
RUN_PAGES = ("detail", "map", "undo", "save_mapping", "progress")


class TestAccess:
    @pytest.mark.parametrize("name", PAGES)
    def test_strangers_are_asked_to_sign_in_and_others_refused(self, client, name):
        address = reverse(f"imports:{name}")
        assert client.get(address).status_code == 302
        client.force_login(UserFactory(roles=["employee"]))
        assert client.get(address).status_code == 403

    @pytest.mark.parametrize("name", RUN_PAGES)
    def test_a_run_of_an_importer_one_may_not_run_does_not_exist(self, client, name):
        run = checked_run(importer())
        client.force_login(UserFactory(roles=["coo"]))
        assert client.get(reverse(f"imports:{name}", args=[run.pk])).status_code == 404

    def test_the_file_is_read_by_who_sent_it_only(self, client, hr):
        mine, other = started(csv_bytes(GOOD), by=hr), started(csv_bytes(GOOD), by=importer())
        answer = client.get(reverse("files:content", args=[mine.attachment_id]))
        assert b"".join(answer.streaming_content) == csv_bytes(GOOD)
        assert answer["Content-Disposition"].startswith("attachment")
        assert client.get(reverse("files:content", args=[other.attachment_id])).status_code == 404


class TestUpload:
    def test_takes_a_file_and_goes_on_to_the_columns(self, client, hr):
        answer = client.post(reverse("imports:upload"), {"target": "tests.accounts", "file": upload(csv_bytes(GOOD))})
        run = ImportRun.objects.get()
        assert answer.status_code == 302
        assert answer["Location"] == reverse("imports:map", args=[run.pk])

    def test_says_beside_the_field_why_a_file_is_not_taken(self, client, hr):
        sent = {"target": "tests.accounts", "file": upload(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old.xls")}
        answer = client.post(reverse("imports:upload"), sent)
        assert answer.status_code == 422
        assert "old .xls workbook" in answer.content.decode()
        assert not ImportRun.objects.exists()


class TestMap:
    def test_shows_the_guess_with_what_the_columns_hold(self, client, hr):
        run = started(csv_bytes(GOOD), by=hr)
        page = client.get(reverse("imports:map", args=[run.pk])).content.decode()
        assert "ada@example.com" in page
        assert 'value="column:1" selected' in page

    def test_checks_the_rows(self, client, hr):
        run = started(csv_bytes(BAD), by=hr)
        client.post(reverse("imports:map", args=[run.pk]), columns_sent(run))
        page = client.get(reverse("imports:detail", args=[run.pk])).content.decode()
        assert "There is no such address" in page
        assert "Import the 2 right rows" in page

    def test_takes_fixed_values_and_rules(self, client, hr):
        run = started(csv_bytes(GOOD), by=hr)
        rules = '{"fields": {"name": {"from": "template", "template": "Person {Full name}"}}, "keep": []}'
        sent = columns_sent(run, how_name="rule", rules=rules, how_branch="fixed", fixed_branch="north")
        client.post(reverse("imports:map", args=[run.pk]), sent)
        run.refresh_from_db()
        assert run.mapping["fields"]["name"]["template"] == "Person {Full name}"
        assert run.mapping["fields"]["branch"] == {"from": "constant", "value": "north"}
        page = client.get(reverse("imports:map", args=[run.pk])).content.decode()
        assert "Person {Full name}" in page

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ({"how_name": ""}, "Say where these come from: Name"),
            ({"how_name": "rule"}, "Write a rule for “name”"),
            ({"rules": "{oops"}, "Enter a valid JSON"),
            ({"rules": "[1]"}, "Write the rules as an object"),
        ],
    )
    def test_keeps_what_was_chosen_when_something_is_missing(self, client, hr, sent, said):
        run = started(csv_bytes(GOOD), by=hr)
        answer = client.post(reverse("imports:map", args=[run.pk]), columns_sent(run, **sent))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert said in page.replace("&quot;", '"')
        assert 'value="column:2" selected' in page

    def test_reads_the_file_again_under_another_layout(self, client, hr):
        run = started(csv_bytes(GOOD), by=hr)
        sent = {"encoding": "utf-8", "delimiter": ";", "heading_row": 1, "decimal": ",", "date_order": "dmy"}
        client.post(reverse("imports:layout", args=[run.pk]), sent)
        run.refresh_from_db()
        assert run.headings == ["E-mail,Full name,Level"]
        assert run.layout["decimal"] == ","

    def test_offers_a_saved_mapping(self, client, hr):
        run = checked_run(hr)
        client.post(reverse("imports:save_mapping", args=[run.pk]), {"name": "monthly"})
        saved = ImportMapping.objects.get()
        assert saved.name == "monthly"
        other = started(csv_bytes((("a", "b"), ("1", "2"))), by=hr)
        page = client.get(reverse("imports:map", args=[other.pk]), {"mapping": saved.pk}).content.decode()
        assert "monthly" in page
        client.post(reverse("imports:remove_mapping", args=[saved.pk]))
        assert not ImportMapping.objects.exists()


class TestRun:
    def test_imports_shows_progress_and_takes_back(self, client, hr):
        run = checked_run(hr, rows=GOOD)
        address = reverse("imports:detail", args=[run.pk])
        client.post(reverse("imports:commit", args=[run.pk]), {"mode": "all_or_nothing"})
        assert "import-progress" in client.get(address).content.decode()
        assert client.get(reverse("imports:progress", args=[run.pk])).status_code == 200
        work(run_id=JobRun.objects.get(kind="imports.commit_import").pk)
        assert client.get(reverse("imports:progress", args=[run.pk]))["HX-Refresh"] == "true"
        assert User.objects.filter(email__endswith="@example.com").count() == 2
        assert "Take it back" in client.get(address).content.decode()
        answer = client.post(reverse("imports:undo", args=[run.pk]), {"reason": "wrong file"})
        assert answer.status_code == 302
        work(run_id=JobRun.objects.get(kind="imports.undo_import").pk)
        assert not User.objects.filter(email__endswith="@example.com").exists()
        assert "wrong file" in client.get(address).content.decode()

    def test_a_refused_commit_says_so(self, client, hr):
        run = checked_run(hr)
        answer = client.post(reverse("imports:commit", args=[run.pk]), {"mode": "all_or_nothing"})
        assert answer.status_code == 422
        assert "1 of 3 rows" in answer.content.decode()

    def test_can_be_called_off(self, client, hr):
        run = checked_run(hr)
        client.post(reverse("imports:cancel", args=[run.pk]))
        assert run.file_name in client.get(reverse("imports:list")).content.decode()
        run.refresh_from_db()
        assert run.state == "cancelled"

    def test_the_problems_can_be_exported(self, client, hr):
        run = checked_run(hr)
        answer = client.get(reverse("imports:detail", args=[run.pk]), {"export": "csv"})
        assert b"no such address" in b"".join(answer.streaming_content)

    def test_costs_the_same_queries_for_few_and_many_problems(self, client, hr, django_assert_max_num_queries):
        run = checked_run(hr, rows=(HEAD, *((f"p{number}", "x", "3") for number in range(400))))
        with django_assert_max_num_queries(16):
            assert client.get(reverse("imports:detail", args=[run.pk])).status_code == 200


class TestTemplateFile:
    def test_holds_the_headings(self, client, hr):
        answer = client.get(reverse("imports:template", args=["tests.accounts"]))
        book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        assert [cell.value for cell in book.active[1]][:2] == ["E-mail", "Name"]
