"""An ugly spreadsheet, as it comes out of an office: what the wizard finds out, says, keeps and lets one choose."""

import json

import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.imports.models import ImportRun
from apps.imports.services.committing import commit_import
from apps.imports.tests.factories import csv_bytes, importer, started, upload, xlsx_bytes

pytestmark = pytest.mark.django_db

UGLY = (
    ";;;;;\r\n"
    ";;;;;\r\n"
    "Mail;Full name;Start date;Year;Amount;Universe\r\n"
    "ada@example.com;Müller, Jürgen;01.03.2024;2024;4.250,50;CPA\r\n"
    "bo@example.com;Weiß, Änne;1. April 2024;2024;3.100,00;SA\r\n"
    "cy@example.com;Groß, Karl;31.12.2024;2024;2.900,75;CPA\r\n"
    "Total;3;;;10.251,25;\r\n"
).encode("cp1252")
COLUMNS = {"how_email": "column:0", "how_name": "column:1", "how_joined": "column:2", "how_amount": "column:4"}

AMOUNTS = ((0, "email"), (1, "name"), (2, "amount"))


@pytest.fixture
def hr(client):
    user = importer(email="hr@company.test")
    client.force_login(user)
    return user


@pytest.fixture
def run(client, hr):
    client.post(reverse("imports:upload"), {"target": "tests.accounts", "file": upload(UGLY, "März.csv")})
    return ImportRun.objects.get()


def sent(client, run, page="map", **changes):
    """The mapping form with what it proposes, and CHANGES."""
    answer = client.post(reverse(f"imports:{page}", args=[run.pk]), {**COLUMNS, **changes})
    run.refresh_from_db()
    return answer


def shown(client, run, page="detail"):
    return client.get(reverse(f"imports:{page}", args=[run.pk])).content.decode()


class TestWhatIsFoundOut:
    def test_layout_and_columns(self, run):
        found = {key: run.layout[key] for key in ("encoding", "delimiter", "heading_row", "decimal", "date_order")}
        assert found == {
            "encoding": "cp1252", "delimiter": ";", "heading_row": 3, "decimal": ",", "date_order": "dmy",
        }  # fmt: skip
        assert run.mapping["fields"]["month"] == {"from": "month_of_year", "column": "Year"}
        assert [run.mapping["fields"][name]["column"] for name in ("email", "joined")] == ["Mail", "Start date"]

    def test_a_number_beyond_all_measure_is_named(self, client, hr):
        content = b'[{"Mail": "ada@example.com", "Name": "Ada", "Amount": 1.5e400}]'
        run = started(content, by=hr, name="a.json")
        client.post(reverse("imports:map", args=[run.pk]), {f"how_{name}": f"column:{at}" for at, name in AMOUNTS})
        assert "too large, too small or too long" in run.problems.get().message

    def test_a_workbook_with_decimals_is_sampled_and_shown(self, client, hr):
        run = started(xlsx_bytes([("Mail", "Name", "Amount"), ("ada@example.com", "Ada", 62.5)]), by=hr, name="a.xlsx")
        assert run.sample[0][3] == 62.5
        client.post(reverse("imports:map", args=[run.pk]), {f"how_{name}": f"column:{at}" for at, name in AMOUNTS})
        assert "<td>62.5" in shown(client, run)


class TestTotalRows:
    def test_are_named_as_such_and_nothing_else(self, client, run):
        sent(client, run)
        assert [(row.line, row.column) for row in run.problems.all()] == [(7, "")]
        assert "This row looks like a total" in shown(client, run)

    def test_are_left_out_or_taken_when_that_is_chosen(self, client, run):
        sent(client, run, totals="leave_out")
        assert (run.mapping["totals"], run.row_count, run.bad_row_count) == ("leave_out", 3, 0)
        sent(client, run, totals="import")
        assert (run.row_count, run.bad_row_count) == (4, 1)
        assert "no such address" in run.problems.get().message


class TestFirstRows:
    def test_are_shown_as_they_are_read(self, client, run):
        sent(client, run)
        page = shown(client, run)
        for text in ("Müller, Jürgen", "1 Mar 2024", "1 Apr 2024", "31 Dec 2024", "4,250.5"):
            assert f"<td>{text}" in page
        assert "Year, Universe" in page, "the columns nothing reads are named"


class TestYears:
    def test_the_month_must_be_said(self, client, run):
        answer = sent(client, run, how_month="year", year_month="column:3")
        assert answer.status_code == 422
        assert "which month of it is meant" in answer.content.decode()
        sent(client, run, how_month="year", year_month="column:3", month_month="3", totals="leave_out")
        assert run.mapping["fields"]["month"] == {"from": "month_of_year", "column": "Year", "month": 3}
        assert "<td>Mar 2024" in shown(client, run)
        assert '<option value="3" selected>' in shown(client, run, "map")


class TestRows:
    @pytest.mark.parametrize(
        ("how", "words", "rows"), [("is", "cpa", 2), ("not", "CPA; ", 1), ("is", "CPA; SA", 3), ("not", "", 3)]
    )
    def test_are_chosen_by_a_column(self, client, run, how, words, rows):
        sent(client, run, keep_column="column:5", keep_how=how, keep_words=words, totals="leave_out")
        assert run.row_count == rows
        assert 'value="column:5" selected' in shown(client, run, "map").partition("id_keep_column")[2]

    def test_words_without_a_column_are_not_dropped_in_silence(self, client, run):
        answer = sent(client, run, keep_words="CPA")
        assert answer.status_code == 422
        assert "Choose the column these words are looked for in" in answer.content.decode()


class TestRules:
    NAME = {"from": "template", "template": "Person {Full name}", "when": {"column": "Universe", "is": ["CPA", "SA"]}}

    RULES = json.dumps({"fields": {"email": {"from": "column", "column": "Mail"}, "name": NAME}})

    def test_count_for_a_field_left_alone_and_for_the_same_choice(self, client, run):
        sent(client, run, how_name="", rules=self.RULES, totals="leave_out")
        assert run.mapping["fields"]["name"] == self.NAME
        assert run.mapping["fields"]["email"] == {"from": "column", "column": "Mail"}

    def test_are_given_up_by_choosing_nothing_instead(self, client, run):
        sent(client, run, how_name="", rules=self.RULES, totals="leave_out")
        answer = sent(client, run, how_name="", rules=self.RULES, totals="leave_out")
        assert "Say where these come from: Name" in answer.content.decode()

    @pytest.mark.parametrize(
        ("rules", "said"),
        [
            ({"fields": {"name": NAME}}, "The rules say something else about “Name” than the line above"),
            ({"fields": {"salary": NAME}}, "This importer has no field “salary”"),
        ],
    )
    def test_that_contradict_or_hang_in_the_air_are_refused(self, client, run, rules, said):
        answer = sent(client, run, rules=json.dumps(rules))
        assert answer.status_code == 422
        assert said in answer.content.decode()


class TestLayout:
    LAYOUT = {"encoding": "cp1252", "delimiter": ";", "decimal": ",", "date_order": "dmy"}

    def test_reading_again_keeps_what_was_chosen(self, client, run):
        sent(
            client,
            run,
            "layout",
            **{**self.LAYOUT, "decimal": "."},
            heading_row=3,
            how_branch="fixed",
            fixed_branch="west",
        )
        assert run.layout["decimal"] == "."
        assert run.mapping["fields"]["branch"] == {"from": "constant", "value": "west"}
        assert "joined" in run.mapping["fields"] and "month" not in run.mapping["fields"]

    def test_under_other_headings_what_still_has_its_column(self, client, run):
        sent(client, run, "layout", **self.LAYOUT, heading_row=4, how_branch="fixed", fixed_branch="west")
        assert run.headings[0] == "ada@example.com"
        assert run.mapping == {"fields": {"branch": {"from": "constant", "value": "west"}}}


def test_it_goes_in(client, run, hr):
    sent(client, run, totals="leave_out")
    client.post(reverse("imports:commit", args=[run.pk]), {"mode": "all_or_nothing"})
    run.refresh_from_db()
    commit_import(run_id=run.pk, now=run.started_at)
    assert set(User.objects.filter(email__endswith="@example.com").values_list("name", flat=True)) == {
        "Müller, Jürgen", "Weiß, Änne", "Groß, Karl",
    }  # fmt: skip


def test_a_sheet_of_totals_alone_has_no_right_row(client, hr):
    content = csv_bytes([("Mail", "Name"), ("Total", "3")])
    client.post(reverse("imports:upload"), {"target": "tests.accounts", "file": upload(content)})
    run = ImportRun.objects.get()
    client.post(reverse("imports:map", args=[run.pk]), {"how_email": "column:0", "how_name": "column:1"})
    assert "No row is right" in shown(client, run)
