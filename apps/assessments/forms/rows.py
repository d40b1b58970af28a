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


class RowsWidget(forms.Widget):
    """Reads NAME-0-KEY, NAME-1-KEY, …; the page draws it from `lines`."""

    def __init__(self, keys: Sequence[str], most: int) -> None:
        super().__init__()
        self.keys, self.most = tuple(keys), most

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[dict[str, str]]:
        rows = [
            {key: str(data.get(f"{name}-{number}-{key}", "") or "").strip()[:LONGEST] for key in self.keys}
            for number in range(self.most)
        ]
        return [row for row in rows if any(row.values())]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(str(key).startswith(f"{name}-") for key in data)


class RowsBound(forms.BoundField):
    """The field on its form, with the lines to draw."""

    @property
    def lines(self) -> list[list[dict[str, Any]]]:
        """One list of cells a line: name, label, value; some empty lines at the end."""
        field: Any = self.field
        rows = list(self.value() or [])
        shown = min(len(rows) + field.spare, field.most)
        return [
            [
                {
                    "name": f"{self.html_name}-{number}-{cell.key}",
                    "label": cell.label,
                    "value": ("" if row.get(cell.key) is None else row[cell.key]) if row else "",
                    "is_number": cell.is_number,
                }
                for cell in field.cells
            ]
            for number in range(shown)
            for row in [rows[number] if number < len(rows) else {}]
        ]


class RowsField(forms.Field):
    """A list of objects, each line checked cell by cell; the refusal names line and column."""

    is_rows = True

    def __init__(self, cells: Sequence[Cell], *, spare: int = 2, most: int = 20, **options: Any) -> None:
        self.cells, self.spare, self.most = tuple(cells), spare, most
        super().__init__(widget=RowsWidget([cell.key for cell in cells], most), **options)

    def get_bound_field(self, form: Any, field_name: str) -> RowsBound:
        return RowsBound(form, self, field_name)

    def to_python(self, value: Any) -> list[dict[str, str | None]]:
        found, problems = [], []
        for number, row in enumerate(value or [], 1):
            read: dict[str, str | None] = {}
            for cell in self.cells:
                try:
                    read[cell.key] = cell.read(row.get(cell.key, ""))
                except ValidationError as error:
                    words = {"number": number, "column": cell.label, "problem": error.messages[0]}
                    problems.append(_("Line %(number)s, %(column)s: %(problem)s") % words)
            found.append(read)
        if problems:
            raise ValidationError(problems)
        return found
