"""Every refusal of the importer in words: one sentence that says what was wrong and what to do."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FILE_SENTENCES: dict[str, Promise | str] = {
    "too_large": _("The file is larger than %(megabytes)s MB. Split it into parts."),
    "empty": _("The file is empty. Choose one with a heading row and rows below it."),
    "no_rows": _("There are no rows below the headings. Choose another sheet or heading row, or another file."),
    "wrong_kind": _("This is not a table. Send CSV, XLSX or JSON."),
    "markup": _(
        "This is a web page or XML, whatever its name says. Open it in a spreadsheet and save it as .xlsx or .csv."
    ),
    "old_or_locked_workbook": _(
        "This is an old .xls workbook or one with a password. Save it as .xlsx without a password and send that."
    ),
    "macros": _("Workbooks with macros (.xlsm, .xlsb) are not opened. Save it as .xlsx and send that."),
    "damaged_archive": _("The workbook is damaged: its parts cannot be listed. Open it, save it again and send that."),
    "damaged": _("The file is damaged and cannot be read (%(reason)s). Open it, save it again and send that."),
    "crafted_archive": _("The workbook is built in a way no spreadsheet program builds one, and is not opened."),
    "crafted_xml": _("The workbook defines XML entities, which no spreadsheet program writes, and is not opened."),
    "encrypted": _("The workbook is protected by a password. Save it without and send that."),
    "not_a_workbook": _("This archive is not an Excel workbook. Send CSV, XLSX or JSON."),
    "too_many_entries": _("The workbook has %(count)s parts inside; at most %(limit)s are opened."),
    "unpacks_too_large": _(
        "The workbook would unpack to %(megabytes)s MB. Save only the sheet you need, or save it as CSV."
    ),
    "too_many_columns": _("There are %(count)s columns; at most %(limit)s are read. Remove those you do not need."),
    "too_many_rows": _("There are more than %(limit)s rows. Split the file into parts."),
    "too_many_merges": _("The sheet has too many merged cells to be read. Unmerge them and send it again."),
    "too_much_memory": _(
        "Reading this file takes more memory than is allowed. Save it as CSV, or split it into parts."
    ),
    "too_long_reading": _("Reading this file takes longer than is allowed. Save it as CSV, or split it into parts."),
    "too_deep": _("The file is nested too deeply to be a table. Send a JSON list of plain objects."),
    "cell_too_long": _(
        "In line %(line)s a cell is longer than %(limit)s characters, or a quotation mark is never closed."
    ),
    "broken_quotes": _("In line %(line)s a quotation mark is never closed or stands inside a cell. Correct that line."),
    "broken_json": _("The JSON is broken at line %(line)s, column %(column)s."),
    "json_shape": _("The JSON is not a list of objects. Write it as [{“name”: “value”}, …]."),
    "json_constant": _("The JSON holds %(name)s, which is no JSON value. Write null for a missing number."),
    "json_repeat": _("In the JSON one object has “%(name)s” twice. Keep one of them."),
    "nul": _("Line %(line)s holds NUL characters: the file is damaged or no text. Export it again."),
    "wrong_encoding": _("The file is not written in %(encoding)s. Choose another encoding."),
    "wrong_delimiter": _("The delimiter is one character, such as a comma or a semicolon."),
    "no_sheet": _("The workbook has no sheet with cells."),
    "unknown_sheet": _("There is no sheet “%(name)s”. Sheets: %(known)s."),
    "no_heading_row": _("There is no row %(line)s near the top that could hold the headings."),
}

CELL_SENTENCES: dict[str, Promise | str] = {
    "required": _("Nothing is written here, but a value is needed."),
    "formula": _("This is a formula (%(text)s). Copy the column and paste it as values."),
    "merged": _("This cell is merged with another one. Unmerge it and write the value in every row."),
    "error_value": _("This is the error %(text)s. Correct the formula behind it."),
    "encoding": _("This text holds bytes that are not readable in the file's encoding. Type it again."),
    "nested": _("This is a list or an object (%(text)s); a plain value is needed."),
    "control_characters": _("This text holds an invisible character (%(code_point)s). Type it again."),
    "too_long": _("The text has %(length)s characters; at most %(limit)s fit. Shorten it."),
    "not_a_number": _(
        "“%(text)s” is not a number as this file writes them. Correct it, or say in the step “Columns” how it writes them."
    ),
    "number_too_large": _("This number is too large, too small or too long to be meant. Correct it."),
    "not_whole": _("“%(text)s” is not a whole number. Write it without decimals."),
    "too_small": _("The number must be %(minimum)s or more."),
    "too_big": _("The number must be %(maximum)s or less."),
    "number_for_date": _("“%(text)s” is a number, not a date. Format the column as a date, or write YYYY-MM-DD."),
    "not_a_date": _("“%(text)s” is not a date. Write it as YYYY-MM-DD."),
    "no_such_day": _(
        "“%(text)s” is no day of the calendar. Correct it; if day and month are swapped, "
        "change the date order in the step “Columns”."
    ),
    "year_out_of_range": _("The year %(year)s is surely a typing mistake. Write a year between 1900 and 2200."),
    "not_a_month": _("“%(text)s” is not a month. Write it as YYYY-MM."),
    "month_by_zone": _(
        "“%(text)s” is the last of a month or the first of the next, depending on the time zone. Write it as YYYY-MM."
    ),
    "not_a_period": _("“%(text)s” is not a quarter or a span of months. Write it like 2026-Q1, or Jan - Mar 2026."),
    "not_yes_or_no": _("“%(text)s” is neither yes nor no. Write one of these words."),
    "unknown_choice": _("“%(text)s” is not one of: %(known)s. Write one of them."),
    "total_row": _(
        "This row looks like a total. Leave total rows out in the step “Columns”, or import the right rows only."
    ),
    "row_too_wide": _(
        "The row has more cells than there are headings: a delimiter inside a text needs quotation marks."
    ),
    "part_broken": _("Row %(line)s, which adds to the same record, has a problem. Correct that row."),
    "repeated": _("The same %(keys)s stands in row %(line)s already. Keep one of them."),
}

MAPPING_SENTENCES: dict[str, Promise | str] = {
    "shape": _(
        "The mapping must be an object with “fields” and, if wanted, “keep”, “totals”, “unpivot” and “combine”."
    ),
    "unknown_field": _("This importer has no field “%(name)s”. Fields: %(known)s."),
    "unknown_column": _("The file has no column “%(column)s”. Columns: %(known)s."),
    "source": _("“%(name)s” must say where it comes from: %(known)s."),
    "source_keys": _("The source of “%(name)s” is incomplete or has something of no use: %(missing)s."),
    "totals": _("What becomes of total rows must be one of: %(known)s."),
    "unpivot": _(
        "“unpivot” names “columns” as a list of headings or patterns like Spent {year}, with at most three words in braces."
    ),
    "unpivot_name": _("The file has a column “%(name)s” already. Give what “unpivot” adds another name."),
    "unpivot_nothing": _("No column of the file is headed like %(patterns)s. Correct the pattern."),
    "combine": _("“combine” says for fields of this importer how rows become one: %(known)s."),
    "combine_key": _(
        "Rows of this importer cannot be combined: nothing tells which belong together. Leave “combine” out."
    ),
    "condition": _("A condition is written as {“column”: …, “is”: […]} or {“column”: …, “not”: […]}."),
}


def worded(sentences: dict[str, Promise | str], code: str, facts: dict[str, Any]) -> str:
    """The sentence of CODE filled with FACTS."""
    return str(sentences[code]) % facts
