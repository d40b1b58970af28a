"""The report on paper: A4, its first page is what is off, since when, whose and how it will end; charts are vectors."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from apps.core.month import Month
from apps.core.wording import month_text
from apps.forecasts.choices import ReportState
from apps.forecasts.models import SituationReport
from apps.forecasts.selectors.restated import Appendix
from apps.forecasts.services.drawing import charts_in, drawing_of
from apps.forecasts.services.lettering import BOLD, PLAIN, in_one_font, register_fonts, runs_of
from apps.forecasts.services.restating import appendix_heading, day_text, shown_texts
from apps.forecasts.services.sections import FREE

MARGIN = 16 * mm
WIDTH = A4[0] - 2 * MARGIN - 12
"""What a paragraph is wide; the frame of a page keeps 6 points free on either side."""
INK, QUIET, RULE = HexColor("#1d273b"), HexColor("#5b6472"), HexColor("#d5dae1")
TONES = {"bad": "#b42318", "good": "#12703c", "warn": "#8a5300"}
SHARES = {
    "off": (19, 13, 13, 12, 19, 24),
    "results": (20, 13, 13, 11, 11, 11, 11, 10),
    "forecasts": (19, 16, 18, 14, 11, 11, 11),
}
"""Widths of a table's columns, in percent; others follow from their kinds."""
NUMBER_SHARE, TEXT_SHARE = 1.0, 1.7
WORST = 12
"""Rows of the first table that stand before what the COO says."""
MOST_KEPT = 12
"""Rows of a table that is not torn between pages."""


def style(name: str, size: float, **look: Any) -> ParagraphStyle:
    """A paragraph style."""
    given: dict[str, Any] = {"fontName": PLAIN, "textColor": INK, "leading": size * 1.35, **look}
    return ParagraphStyle(name, fontSize=size, **given)


STYLES = {
    "title": style("title", 17, fontName=BOLD, leading=22),
    "under": style("under", 8.5, textColor=QUIET, spaceAfter=6),
    "heading": style("heading", 12, fontName=BOLD, spaceBefore=10, spaceAfter=4),
    "caption": style("caption", 8.5, fontName=BOLD, spaceBefore=7, spaceAfter=2),
    "said": style("said", 8.8, leftIndent=8, bulletIndent=0, spaceAfter=1.5),
    "written": style("written", 9.5, spaceAfter=5),
    "cell": style("cell", 7.2, leading=9.2),
    "number": style("number", 7.2, leading=9.2, alignment=TA_RIGHT),
    "more": style("more", 7.2, leading=9.2, spaceAfter=6),
    "head": style("head", 6.8, leading=8.6, textColor=QUIET),
    "head-number": style("head-number", 6.8, leading=8.6, textColor=QUIET, alignment=TA_RIGHT),
}


def report_pdf(*, report: SituationReport, appendix: Appendix | None = None) -> bytes:
    """The stored report as a PDF: nothing but what is in it is read. APPENDIX: what was restated since, at its end."""
    register_fonts()
    month = month_text(Month.of(report.month))
    title = _("Situation and outlook: %(month)s") % {"month": month}
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=14 * mm, bottomMargin=16 * mm,
        title=title, author=str(_("Operations portal")), lang="en",
    )  # fmt: skip
    foot = f"{title} · {_('version %(number)s') % {'number': report.version}} · {state_text(report)}"
    pages = [*head_of(report, title, appendix), *body_of(report), *appendix_pages(appendix, Month.of(report.month))]
    document.build(pages, canvasmaker=numbered(foot))
    return file.getvalue()


def state_text(report: SituationReport) -> str:
    """Where it stands, in words for paper: a draft says that it is one."""
    if report.state == ReportState.ISSUED and report.issued_at:
        return _("issued %(day)s") % {"day": day_text(report.issued_at)}
    return str(ReportState(report.state).label)


def head_of(report: SituationReport, title: str, appendix: Appendix | None) -> list[Flowable]:
    """Title and the line below it; that something was restated since is said there, for it stands at the end."""
    parts = [state_text(report), _("version %(number)s") % {"number": report.version}]
    parts.append(_("figures as of %(day)s") % {"day": day_text(report.assembled_at)})
    if report.approved_by:
        parts.append(_("approved by %(name)s") % {"name": report.approved_by.name})
    if appendix is not None and (count := len(appendix.figures)):
        words = ngettext(
            "one figure restated since: see the end", "%(count)s figures restated since: see the end", count
        )
        parts.append(words % {"count": f"{count:,}"})
    return [text(title, "title"), text(" · ".join(parts), "under")]


def body_of(report: SituationReport) -> list[Flowable]:
    """What is off first, the worst of it, then what the COO says and wants ruled, then everything else; the rest of what is
    off stands at the end."""
    found: list[Flowable] = []
    annex: list[Flowable] = []
    order: list[str] = report.content["order"]
    for place, code in enumerate(order):
        section, remark = report.content["sections"][code], report.said.get(code, "")
        if place:
            found += section_of(section, remark)
            continue
        found += first_section(section, remark)
        annex = annex_of(section)
        for free, heading in FREE:
            found += free_of(str(heading), report.said.get(free, ""))
    return [*found, *annex]


def free_of(heading: str, words: str) -> list[Flowable]:
    """What a person wrote, paragraph by paragraph."""
    if not words:
        return []
    return [text(heading, "heading"), *written(words)]


def opening_of(section: Mapping[str, Any]) -> list[Flowable]:
    """Heading and sentences."""
    sentences = [text(one["text"], "said", tone=one["tone"], bullet="•") for one in section["sentences"]]
    return [text(section["title"], "heading"), *sentences]


def written(remark: str) -> list[Flowable]:
    """A remark, paragraph by paragraph."""
    return [text(part, "written") for part in remark.split("\n") if part.strip()]


def section_of(section: Mapping[str, Any], remark: str) -> list[Flowable]:
    """One section: heading, sentences, the remark, tables, charts."""
    tables = [flowable for table in section["tables"] for flowable in table_of(table)]
    return [KeepTogether([*opening_of(section), *written(remark)]), *tables, *charts_of(section)]


def first_section(section: Mapping[str, Any], remark: str) -> list[Flowable]:
    """The section of page one: its table follows the sentences at once and may run over, so that it begins there whatever
    its length; of many rows only the worst."""
    tables = []
    for table in section["tables"]:
        tables += table_of({**table, "rows": table["rows"][:WORST], "left_out": 0}, is_kept=False)
        rest = max(0, len(table["rows"]) - WORST)
        if rest:
            tables.append(text(_("%(count)s more stand at the end.") % {"count": f"{rest:,}"}, "more"))
        if table["left_out"]:
            tables.append(more_in_portal(table["left_out"]))
    return [*opening_of(section), *tables, *written(remark), *charts_of(section)]


def annex_of(section: Mapping[str, Any]) -> list[Flowable]:
    """The rows the first page had no room for."""
    rests = [{**table, "rows": table["rows"][WORST:], "left_out": 0} for table in section["tables"]]
    tables = [flowable for rest in rests if rest["rows"] for flowable in table_of(rest, is_kept=False)]
    heading = _("%(title)s: the rest") % {"title": section["title"]}
    return [text(heading, "heading"), *tables] if tables else []


def appendix_pages(appendix: Appendix | None, month: Month) -> list[Flowable]:
    """What was restated since the report was put together, as of the moment the file was made."""
    if appendix is None:
        return []
    lines, more = shown_texts(appendix.figures, month)
    rest = [text(_("%(count)s more stand in the workbook.") % {"count": f"{more:,}"}, "more")] if more else []
    first = [text(_("Restated since"), "heading"), text(appendix_heading(appendix), "written")]
    return [KeepTogether(first), *(text(line, "said", bullet="•") for line in lines), *rest]


def more_in_portal(count: int) -> Paragraph:
    """How many rows are not on paper at all."""
    return text(_("%(count)s more are in the portal.") % {"count": f"{count:,}"}, "more")


def table_of(table: Mapping[str, Any], *, is_kept: bool = True) -> list[Flowable]:
    """A table with its caption; its head stands on every page it runs over. IS_KEPT: a short one stands on one page."""
    caption = text(table["title"], "caption")
    if not table["rows"]:
        return [caption, text(table["empty"] or _("Nothing to show."), "cell")]
    kinds = [column["kind"] for column in table["columns"]]
    head = [
        text(column["label"], "head-number" if column["kind"] == "number" else "head") for column in table["columns"]
    ]
    rows = [[cell_of(one, kind) for one, kind in zip(row, kinds, strict=True)] for row in table["rows"]]
    gap = 2 if table["left_out"] else 7
    drawn = Table([head, *rows], colWidths=widths_of(table["code"], kinds), repeatRows=1, spaceAfter=gap, style=[
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, QUIET),
        ("LINEBELOW", (0, 1), (-1, -1), 0.35, RULE),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ])  # fmt: skip
    more: list[Flowable] = []
    if table["left_out"]:
        more.append(more_in_portal(table["left_out"]))
    if is_kept and len(rows) <= MOST_KEPT:
        return [KeepTogether([caption, drawn, *more])]
    return [caption, drawn, *more]


def widths_of(code: str, kinds: Sequence[str]) -> list[float]:
    """Column widths in points."""
    shares: Sequence[float] = SHARES.get(code) or [NUMBER_SHARE if kind == "number" else TEXT_SHARE for kind in kinds]
    if len(shares) != len(kinds):
        shares = [1.0] * len(kinds)
    return [WIDTH * share / sum(shares) for share in shares]


def cell_of(cell: Mapping[str, Any], kind: str) -> Paragraph:
    """One cell with its quieter second line."""
    inside = coloured(cell["text"], cell.get("tone", ""))
    if cell.get("note"):
        inside += f'<br/><font size="6.2" color="{QUIET.hexval().replace("0x", "#")}">{marked(cell["note"])}</font>'
    return Paragraph(inside, STYLES["number" if kind == "number" else "cell"])


def charts_of(section: Mapping[str, Any]) -> list[Flowable]:
    """Two charts in a row, each with its title."""
    drawn = [
        [text(caption_of(chart), "caption"), drawing_of(chart, width=WIDTH / 2 - 8, height=118)]
        for chart in charts_in(section)
    ]
    rows = [drawn[place : place + 2] for place in range(0, len(drawn), 2)]
    return [
        Table([[*row, *[""] * (2 - len(row))]], colWidths=[WIDTH / 2] * 2, style=[("LEFTPADDING", (0, 0), (-1, -1), 0)])
        for row in rows
    ] + ([Spacer(0, 4)] if rows else [])


def caption_of(chart: Mapping[str, Any]) -> str:
    """A chart's title with its unit."""
    return f"{chart['title']} ({chart['unit']})" if chart["unit"] else str(chart["title"])


def text(words: Any, kind: str, *, tone: str = "", bullet: str = "") -> Paragraph:
    """A paragraph."""
    return Paragraph(coloured(str(words), tone), STYLES[kind], bulletText=bullet or None)


def coloured(words: str, tone: str) -> str:
    """Words in the colour of their tone; on a black-and-white print they say it themselves."""
    return f'<font color="{TONES[tone]}">{marked(words)}</font>' if tone in TONES else marked(words)


def marked(words: str) -> str:
    """Words for a paragraph: escaped, signs the plain font lacks given to one that has them."""
    parts: list[str] = []
    for run, font in runs_of(words):
        safe = escape(run)
        parts.append(safe if font == PLAIN else f'<font name="{font}">{safe}</font>')
    return "".join(parts)


def numbered(foot: str) -> Callable[..., Canvas]:
    """A canvas that writes FOOT and "page 2 of 7" below every page."""

    class Numbered(Canvas):  # type: ignore[misc]
        """Pages are kept until their number is known."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.kept: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self.kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self.kept, start=1):
                self.__dict__.update(page)
                shown, font = in_one_font(foot)
                self.setFont(font, 6.8)
                self.setFillColor(QUIET)
                self.drawString(MARGIN, 9 * mm, shown)
                of = _("page %(number)s of %(count)s") % {"number": number, "count": len(self.kept)}
                self.drawRightString(A4[0] - MARGIN, 9 * mm, of)
                super().showPage()
            super().save()

    return Numbered
