"""A small table in a form, without a script: some empty rows more than are filled, blank ones are left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _

LONGEST = 40
LONGEST_COUNT = 4
MORE = 3
BROAD = 3
LARGEST_EXPONENT = 17


class Redrawn:
    """For forms that can be drawn again before they are finished: with what was typed, without a word of blame."""

    def redrawn(self: Any) -> Any:
        """The form with everything that could be read, its errors forgotten. For drawing only: it was not found valid."""
        self.full_clean()
        self._errors = ErrorDict()
        return self


@dataclass(frozen=True, slots=True)
class Cell:
    """A column. READ turns its text into what is kept, or raises ValidationError."""

    key: str
    label: Any
    read: Callable[[str], str | None]
    is_number: bool = True
    longest: int = LONGEST
    choices: Sequence[tuple[str, Any]] = ()
    """Where only these may stand: drawn as a choice."""
    is_wide: bool = False
    """Takes more of the width than a number does."""


def number_text(text: str) -> str:
    """A number as its own text; refused when it is none."""
    found = number_or_nothing(text)
    if found is None:
        raise ValidationError(_("Write a number."))
    return found


def number_or_nothing(text: str) -> str | None:
    """A number as its own text, or nothing for an open end."""
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValidationError(_("“%(text)s” is no number. Write digits with a point.") % {"text": text}) from error
    if not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT:
        raise ValidationError(_("“%(text)s” is larger than a figure can be.") % {"text": text})
    return f"{number.normalize():f}"


def words(longest: int, *, may_be_empty: bool = False) -> Callable[[str], str | None]:
    """Reads a cell of words of at most LONGEST signs."""

    def read(text: str) -> str | None:
        if not text and not may_be_empty:
            raise ValidationError(_("Write something."))
        if len(text) > longest:
            raise ValidationError(_("At most %(most)s signs.") % {"most": longest})
        return text

    return read


def one_of(choices: Sequence[tuple[str, Any]]) -> Callable[[str], str | None]:
    """Reads a cell in which only one of the CHOICES may stand."""

    def read(text: str) -> str | None:
        if text not in dict(choices):
            raise ValidationError(_("Choose one of the list."))
        return text

    return read


class RowsWidget(forms.Widget):
    """Reads NAME-0-KEY, NAME-1-KEY, …; the page draws it from `lines`. A line in which only choices are made is blank."""

    def __init__(self, cells: Sequence[Cell], most: int) -> None:
        super().__init__()
        self.cells, self.most = tuple(cells), most

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[dict[str, str]]:
        typed = [cell.key for cell in self.cells if not cell.choices]
        rows = [
            {
                cell.key: str(data.get(f"{name}-{number}-{cell.key}", "") or "").strip()[: cell.longest]
                for cell in self.cells
            }
            for number in range(self.most)
        ]
        return [row for row in rows if any(row[key] for key in typed)]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(str(key).startswith(f"{name}-") for key in data)


class RowsBound(forms.BoundField):
    """The field on its form, with the lines to draw."""

    @property
    def is_asked_for_more(self) -> bool:
        """Whether the button for more lines of this field was pressed."""
        return bool(self.form.data) and self.form.data.get("show") == self.html_name

    @property
    def shown(self) -> int:
        """How many lines stand there: some more than are filled, and more again each time it is asked for."""
        field: Any = self.field
        before = str(self.form.data.get(f"{self.html_name}-shown", "")) if self.form.is_bound else ""
        stood = int(before) if before.isdecimal() and len(before) < LONGEST_COUNT else 0
        wanted = stood + MORE if self.is_asked_for_more else stood
        return int(min(max(len(self.value() or []) + field.spare, wanted), field.most))

    @property
    def lines(self) -> list[list[dict[str, Any]]]:
        """One list of cells a line: name, label, value; some empty lines at the end."""
        field: Any = self.field
        rows = list(self.value() or [])
        lines = []
        for number in range(self.shown):
            row = rows[number] if number < len(rows) else {}
            lines.append([self.drawn(cell, number, row) for cell in field.cells])
            lines[-1][0]["is_focused"] = self.is_asked_for_more and number == len(rows)
        return lines

    def drawn(self, cell: Cell, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
        """One cell as the page draws it."""
        value = "" if row.get(cell.key) is None else str(row[cell.key])
        options: Any = self.field
        return {
            "name": f"{self.html_name}-{number}-{cell.key}",
            "label": cell.label,
            "value": value,
            "is_number": cell.is_number,
            "longest": cell.longest,
            "is_wide": cell.is_wide,
            "choices": [(key, label, key == value) for key, label in cell.choices],
            "list": f"{self.auto_id}-{cell.key}-options" if cell.key in options.options else "",
        }

    @property
    def lists(self) -> list[tuple[str, Any]]:
        """(id, options) of the lists that are offered while one types in a cell."""
        field: Any = self.field
        return [(f"{self.auto_id}-{key}-options", options) for key, options in field.options.items()]


class RowsField(forms.Field):
    """A list of objects, each line checked cell by cell; the refusal names line and column. ONCE: the key of a cell in which
    nothing may stand twice."""

    is_rows = True

    def __init__(
        self, cells: Sequence[Cell], *, once: str = "", spare: int = 2, most: int = 20, **options: Any
    ) -> None:
        self.cells, self.once, self.spare, self.most = tuple(cells), once, spare, most
        self.options: dict[str, Any] = {}
        """By the key of a cell: (value, label) of what is offered while one types; anything else may be typed too."""
        super().__init__(widget=RowsWidget(cells, most), **options)

    @property
    def is_broad(self) -> bool:
        """Whether a line is too broad for a phone: there its cells stand below each other."""
        return len(self.cells) > BROAD or any(cell.choices for cell in self.cells)

    def get_bound_field(self, form: Any, field_name: str) -> RowsBound:
        return RowsBound(form, self, field_name)

    def to_python(self, value: Any) -> list[dict[str, str | None]]:
        found: list[dict[str, str | None]] = []
        problems: list[str] = []
        for number, row in enumerate(value or [], 1):
            read: dict[str, str | None] = {}
            for cell in self.cells:
                try:
                    read[cell.key] = cell.read(row.get(cell.key, ""))
                except ValidationError as error:
                    place = {"number": number, "column": cell.label, "problem": error.messages[0]}
                    problems.append(_("Line %(number)s, %(column)s: %(problem)s") % place)
            text = read.get(self.once)
            if text and any(text == other.get(self.once) for other in found):
                again = {"number": number, "text": text}
                problems.append(_("Line %(number)s: “%(text)s” stands there twice.") % again)
            found.append(read)
        if problems:
            raise ValidationError(problems)
        return found
