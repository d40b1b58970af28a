"""The data of a report as a workbook: its sentences, its figures, one sheet for each table."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from apps.core.exports import flat, safe_cell, write_cell
from apps.core.month import Month
from apps.core.wording import month_text
from apps.forecasts.choices import SubjectKind
from apps.forecasts.models import SituationReport
from apps.forecasts.selectors.restated import Appendix, Restated
from apps.forecasts.services.restating import appendix_heading, both_texts, moment_text, restated_text
from apps.forecasts.services.sections import FREE
from apps.kpis.choices import Status

LONGEST_NAME = 31
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


def report_xlsx(*, report: SituationReport, appendix: Appendix | None = None) -> bytes:
    """The stored report as a workbook; no cell of it can become a formula. APPENDIX: what was restated since, on a sheet."""
    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        taken: set[str] = set()
        for name, columns, rows in sheets_of(report, appendix):
            sheet = book.add_worksheet(free_name(name, taken))
            sheet.freeze_panes(1, 0)
            for place, label in enumerate(columns):
                sheet.set_column(place, place, max(12, min(60, len(label) + 4)))
                sheet.write_string(0, place, safe_cell(label), head)
            for line, row in enumerate(rows, start=1):
                for place, value in enumerate(row):
                    write_cell(sheet, line, place, flat(value), head)
    return file.getvalue()


def sheets_of(
    report: SituationReport, appendix: Appendix | None
) -> Iterator[tuple[str, Sequence[str], Sequence[Sequence[Any]]]]:
    """(name, columns, rows) of each sheet."""
    content = report.content
    titles = {code: section["title"] for code, section in content["sections"].items()}
    written = [(str(title), report.said.get(code, "")) for code, title in FREE]
    written += [(titles[code], report.said.get(code, "")) for code in content["order"]]
    sentences = [
        (titles[code], one["text"], one["url"])
        for code in content["order"]
        for one in content["sections"][code]["sentences"]
    ]
    remarks = [(title, words, "") for title, words in written if words]
    yield str(_("Sentences")), [str(_("Section")), str(_("Sentence")), str(_("Source"))], [*sentences, *remarks]
    columns = [_("Kind"), _("Name"), _("Department"), _("Value"), _("Target"), _("State"), _("Unit")]
    yield str(_("Figures")), [str(column) for column in columns], [figure_row(one) for one in content["figures"]]
    for code in content["order"]:
        for table in content["sections"][code]["tables"]:
            yield table["title"], *sheet_of(table)
    if appendix is not None:
        labels = [_("What"), _("Name"), _("Department"), _("Month"), _("Then"), _("Now"), _("Unit"), _("Restated at")]
        rows = [restated_row(one, Month.of(report.month)) for one in appendix.figures]
        yield str(_("Restated since")), [str(label) for label in labels], [[appendix_heading(appendix)], *rows]


def restated_row(one: Restated, month: Month) -> list[Any]:
    """A figure that is another today: in a sentence, and by its parts; numbers as numbers."""
    is_number = isinstance(one.was, Decimal) or isinstance(one.now, Decimal)
    was, now = (one.was, one.now) if is_number else both_texts(one)
    return [
        restated_text(one, month),
        one.name,
        one.place_name,
        month_text(one.month),
        was,
        now,
        one.unit,
        moment_text(one.changed_at) if one.changed_at else "",
    ]


def figure_row(figure: Mapping[str, Any]) -> list[Any]:
    """One bare figure: words as the portal says them, value and target as numbers; a name of digits stays a name."""
    kinds, lights = dict(SubjectKind.choices), dict(Status.choices)
    kind, status = figure["kind"], figure.get("status") or ""
    return [
        str(kinds.get(kind, kind)),
        figure["name"],
        figure["place_name"],
        as_number(figure.get("value")),
        as_number(figure.get("target")),
        str(lights.get(status, status)),
        figure["unit"],
    ]


def sheet_of(table: Mapping[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """A table: numbers as numbers, what stands in a second line in a column of its own."""
    columns: list[str] = []
    noted = [any(row[place].get("note") for row in table["rows"]) for place in range(len(table["columns"]))]
    for column, has_notes in zip(table["columns"], noted, strict=True):
        columns += [column["label"], *([f"{column['label']} – {_('note')}"] if has_notes else [])]
    rows: list[list[Any]] = []
    for row in table["rows"]:
        line: list[Any] = []
        for cell, column, has_notes in zip(row, table["columns"], noted, strict=True):
            is_number = column["kind"] == "number" and "value" in cell
            line += [
                as_number(cell["value"]) if is_number else cell["text"],
                *([cell.get("note", "")] if has_notes else []),
            ]
        rows.append(line)
    return columns, rows


def as_number(value: Any) -> Any:
    """A stored number as a number; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        found = Decimal(value)
    except InvalidOperation:
        return value
    return found if found.is_finite() else value


def free_name(name: str, taken: set[str]) -> str:
    """A sheet's name: short enough, without signs that are not allowed, once each."""
    base = FORBIDDEN.sub(" ", name).strip() or "Sheet"
    number, found = 1, base[:LONGEST_NAME]
    while found.casefold() in taken:
        number += 1
        end = f" {number}"
        found = base[: LONGEST_NAME - len(end)] + end
    taken.add(found.casefold())
    return found
