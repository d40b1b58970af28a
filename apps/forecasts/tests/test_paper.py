"""Page one on paper: what is off, since when, whose; then what the COO says; the rest at the end."""

import io
import re
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader
from reportlab.platypus import Table as TableOfCells

from apps.forecasts.models import SituationReport
from apps.forecasts.services import report_pdf
from apps.forecasts.services.printing import WIDTH, charts_of
from apps.forecasts.services.sections.frame import Chart, Line, Section, Table, cell

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
COLUMNS = (
    ("kpi", "KPI", "text"), ("value", "Value", "number"), ("target", "Target", "number"), ("since", "Off since", "text"),
    ("whose", "Whose", "text"), ("end", "How it will end", "text"),
)  # fmt: skip
END = (
    "Expected 1,150.0 kEUR at the end of the year (80 %: 1,100.0 to 1,195.0) against 1,200.0 kEUR: the target is reached "
    "with a chance of 12 %."
)


def off_rows(count):
    """As many rows as the report has of what is off, with the notes and sentences they really have."""
    return [
        [
            cell(f"Indicator {number:03d}", note="Plant North"), cell("90.0 kEUR", note="Off target", tone="bad"),
            cell("100.0 kEUR"), cell("April 2026", note="2 months"), cell("Owen Owner, head of Plant North"), cell(END),
        ]
        for number in range(1, count + 1)
    ]  # fmt: skip


def pages(count, *, left_out=0, remark=""):
    """The text of each page of a report with COUNT rows of what is off."""
    table = Table("off", "Off target", COLUMNS, off_rows(count), left_out=left_out)
    sentences = [{"code": "x", "text": f"Sentence {number}.", "tone": "", "url": ""} for number in range(5)]
    off = Section(sentences, [table]).as_json() | {"title": "What is off"}
    last = Section([{"code": "x", "text": "Last of all.", "tone": "", "url": ""}]).as_json() | {"title": "Sources"}
    report = SituationReport(
        month=NOW.date().replace(day=1), version=1, state="draft", assembled_at=NOW,
        content={"order": ["off", "sources"], "sections": {"off": off, "sources": last}},
        said={"summary": "The COO says this.", "off": remark},
    )  # fmt: skip
    found = PdfReader(io.BytesIO(report_pdf(report=report))).pages
    return [re.sub(r"\s+", " ", page.extract_text()) for page in found]


def test_page_one_says_how_it_will_end():
    """The sentence of the row itself, not only the head of its column: expected, range, target and its chance."""
    first = pages(1)[0].replace("\u00a0", " ")
    assert END in first


def test_charts_are_of_one_size_however_many_there_are():
    bars = Chart("bars", "By department", ["North", "South"], [Line("Heads", [1.0, 2.0])], form="bars").as_json()
    for count in (1, 2, 3):
        rows = [row for row in charts_of({"charts": [bars] * count}) if isinstance(row, TableOfCells)]
        drawn = [cell[1] for row in rows for cell in row._cellvalues[0] if cell]
        assert len(drawn) == count
        assert {(one.width, one.height) for one in drawn} == {(WIDTH / 2 - 8, 118)}
        assert all(row._colWidths == [WIDTH / 2] * 2 for row in rows)


@pytest.mark.parametrize("count", [1, 11, 12, 13, 60])
def test_page_one_says_what_is_off_since_when_and_whose(count):
    first = pages(count)[0]
    assert all(words in first for words in ("Indicator 001", "Off since", "Whose", "How it will end", "April 2026"))


def test_a_long_remark_does_not_push_the_table_away():
    assert "Indicator 001" in pages(12, remark="A remark of some length.\n" * 80)[0]


def test_what_the_coo_says_stands_before_all_but_the_worst():
    text = " ".join(pages(60, left_out=7))
    places = [
        text.index(words)
        for words in ("Indicator 012", "48 more stand at the end.", "7 more are in the portal.", "The COO says this.",
                      "Last of all.", "What is off: the rest", "Indicator 013", "Indicator 060")
    ]  # fmt: skip
    assert places == sorted(places)
    assert all(text.count(f"Indicator {number:03d}") == 1 for number in range(1, 61))


def test_few_rows_have_no_annex():
    text = " ".join(pages(12))
    assert "the rest" not in text and "at the end." not in text
