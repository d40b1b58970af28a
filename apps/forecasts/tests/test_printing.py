"""Names of any alphabet on paper: read back out of the file; what no font has is written as its number."""

import io
import re
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from apps.forecasts.models import SituationReport
from apps.forecasts.services import report_pdf
from apps.forecasts.services.drawing import names_below
from apps.forecasts.services.lettering import BOLD, PLAIN, in_one_font, runs_of
from apps.forecasts.services.printing import table_of
from apps.forecasts.services.sections.frame import Chart, Line, Section, Table, cell

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
NAMES = (
    "Łukasz Żółć-Gęśl",
    "Ελένη Παπαδοπούλου",
    "Дмитрий Щербаков",
    "Їжакевич Ґалаґан",
    "Nguyễn Thị Hằng",
    "Đặng Ưỡn",
    "Őrsi Gyűrű",
    "Ţepeş Şoşoacă Țăran",
    "Gülşen İğdır",
)


TABLE = {
    "code": "x", "title": "Off", "columns": [{"kind": "text", "label": "Name"}], "rows": [[cell("North")]], "empty": "",
    "left_out": 0,
}  # fmt: skip


def printed(names, *, said="", chart=()):
    """The text of a report in which NAMES stand in a sentence, a table and SAID, and CHART below the bars."""
    table = Table("off", "Off target", [("name", "Name", "text")], [[cell(name, note=name)] for name in names])
    bars = Chart("bars", "By department", list(chart), [Line("Heads", [1.0] * len(chart))], form="bars")
    sentences = [{"code": "x", "text": f"{name} answers for it.", "tone": "bad", "url": ""} for name in names]
    section = Section(sentences, [table], [bars] if chart else []).as_json() | {"title": "Whose"}
    report = SituationReport(
        month=NOW.date().replace(day=1), version=1, state="draft", assembled_at=NOW,
        content={"order": ["off"], "sections": {"off": section}}, said={"summary": said},
    )  # fmt: skip
    file = PdfReader(io.BytesIO(report_pdf(report=report)))
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in file.pages)), file


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_printed_letter_by_letter(name):
    text, _file = printed([name], said=f"{name} decides.")
    assert f"{name} answers for it." in text
    assert f"{name} decides." in text
    assert text.count(name) >= 4, "the sentence, the cell, its second line, and what the COO wrote"


def test_departments_below_bars_keep_their_letters():
    text, _file = printed([], chart=["Đà Nẵng", "Łódź", "Αθήνα", "Київ"])
    assert all(name in text for name in ("Đà Nẵng", "Łódź", "Αθήνα", "Київ"))


def test_names_below_bars_are_cut_only_where_they_would_touch():
    text, _file = printed([], chart=["A", "B", "C", "D", "E", "Not assessed"])
    assert "Not assessed" in text and "…" not in text
    text, _file = printed([], chart=["Research and Development"] * 4)
    assert "Research and Development" in text
    assert names_below("Donaudampfschifffahrt", 40.0)[0].endswith("…")


def test_what_is_written_keeps_off_the_table_above_it():
    drawn = next(one for one in table_of(TABLE) if hasattr(one, "_content"))._content[1]
    assert drawn.spaceAfter == 7


def test_the_fonts_go_into_the_file():
    _text, file = printed(NAMES)
    fonts = [font.get_object() for page in file.pages for font in page["/Resources"]["/Font"].get_object().values()]
    embedded = {
        str(font["/BaseFont"]).rpartition("+")[2] for font in fonts if "/FontFile2" in font.get("/FontDescriptor", {})
    }
    assert {"FiraSans-Regular", "FiraSans-Bold"} <= embedded


def test_chinese_japanese_and_korean_have_fonts_of_their_own():
    assert list(runs_of("Li 李娜, たけし, 김")) == [
        ("Li ", PLAIN),
        ("李娜", "STSong-Light"),
        (", ", PLAIN),
        ("たけし", "STSong-Light"),
        (", ", PLAIN),
        ("김", "HYGothic-Medium"),
    ]
    assert in_one_font("李娜") == ("李娜", "STSong-Light")
    assert in_one_font("李 김") == ("[U+674E] [U+AE40]", PLAIN)


def test_a_sign_in_no_font_is_written_as_its_number():
    text, _file = printed(["Noa נועה", "Rocket 🚀"], chart=["🚀"])
    assert "Noa [U+05E0][U+05D5][U+05E2][U+05D4] answers for it." in text
    assert "Rocket [U+1F680] answers for it." in text
    assert text.count("[U+1F680]") >= 4, "below the bar as well"


def test_letters_with_loose_accents_are_put_together():
    assert list(runs_of("Nguye\u0302\u0303n")) == [("Nguyễn", PLAIN)]
    assert BOLD != PLAIN


def test_what_looks_like_markup_is_only_text():
    text, _file = printed(["<b>& „Ωmega“"])
    assert "<b>& „Ωmega“ answers for it." in text
