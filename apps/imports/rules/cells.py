"""Text and spreadsheet cells as typed values. What cannot be read without guessing is a CellProblem, never a guess."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from apps.imports.rules.sniffing import plain_heading

BLANKS = frozenset({"", "-", "–", "—", "n/a", "na", "#n/a", "null", "none"})
"""Read as nothing in every field that is not text; in text only the empty cell is."""
NUMBERS = frozenset({"number", "whole"})
DASHES = frozenset({"-", "–", "—"})
"""What spreadsheets print for nothing where amounts stand, with the currency before it: $-."""
TRUE_WORDS = frozenset({"yes", "y", "true", "t", "1", "x", "是"})
FALSE_WORDS = frozenset({"no", "n", "false", "f", "0", "否"})
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YEAR_FIRST = re.compile(
    r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$"
)
MOMENT = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{2}):\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$")
YEAR_LAST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")
NAMED_DAY = re.compile(
    r"^(\d{1,2})\.?[-\s]+([A-Za-z]{3,9})\.?,?[-\s]+(\d{4})$|^([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})$"
)
YEAR_MONTH = re.compile(r"^(\d{4})[-/.年]?(\d{1,2})月?$")
MONTH_YEAR = re.compile(r"^(\d{1,2})[-/.](\d{4})$")
NAMED_MONTH = re.compile(r"^([A-Za-z]{3,9})\.?[-\s]+(\d{4})$")
PLAIN_NUMBER = re.compile(r"^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,2})?$")
DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LONGEST_NUMBER = 40
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200


class Spec(Protocol):
    """What must be known of a field to read its cells (services.targets.FieldSpec fits)."""

    @property
    def kind(self) -> str: ...
    @property
    def is_required(self) -> bool: ...
    @property
    def choices(self) -> tuple[tuple[str, Any], ...]: ...
    @property
    def max_length(self) -> int: ...
    @property
    def minimum(self) -> int | None: ...
    @property
    def maximum(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class PlainSpec:
    """A spec with nothing but a kind, and what else is said."""

    kind: str
    is_required: bool = False
    choices: tuple[tuple[str, Any], ...] = ()
    max_length: int = 255
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """How this file writes numbers and dates."""

    decimal: str = "."
    date_order: str = "dmy"


class CellProblem(ValueError):
    """The cell is not what the field takes. CODE picks the sentence, FACTS fill it."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def convert(cell: Any, spec: Spec, style: Style) -> Any:
    """The typed value of a cell; None for a blank one."""
    if isinstance(cell, dict) and "flaw" in cell:
        raise CellProblem(cell["flaw"], text=cell.get("text", ""))
    if is_blank(cell, spec.kind):
        if spec.is_required:
            raise CellProblem("required")
        return None
    value = CONVERTERS[spec.kind](cell, spec, style)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        check_range(value, spec)
    return value


def is_blank(cell: Any, kind: str) -> bool:
    """Whether the cell holds nothing for a field of this kind."""
    if cell is None:
        return True
    if not isinstance(cell, str):
        return False
    text = cell.strip()
    if kind in NUMBERS and strip_signs(text) in DASHES:
        return True
    return not text or (kind not in {"text", "choice"} and text.casefold() in BLANKS)


def check_range(value: Decimal | int, spec: Spec) -> None:
    """Inside the field's bounds."""
    if spec.minimum is not None and value < spec.minimum:
        raise CellProblem("too_small", minimum=spec.minimum)
    if spec.maximum is not None and value > spec.maximum:
        raise CellProblem("too_big", maximum=spec.maximum)


def to_text(cell: Any, spec: Spec, _style: Style) -> str:
    """Trimmed, composed (NFC), without characters that hide or break."""
    text = unicodedata.normalize("NFC", shown(cell)).strip()
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs" or character in DIRECTION_MARKS or (category == "Cc" and character not in "\n\t\r"):
            raise CellProblem("control_characters", code_point=f"U+{ord(character):04X}")
    if len(text) > spec.max_length:
        raise CellProblem("too_long", length=len(text), limit=spec.max_length)
    return text


def shown(cell: Any) -> str:
    """A cell as a person reads it: 12.0 in a spreadsheet is 12."""
    if isinstance(cell, dict):
        return str(cell.get("d", cell.get("text", "")))
    if isinstance(cell, Decimal):
        return format(cell.normalize(), "f") if cell == cell.to_integral_value() else format(cell, "f")
    return str(cell)


def to_number(cell: Any, _spec: Spec, style: Style) -> Decimal:
    """A Decimal. Thousands marks, currency signs, accounting brackets and a trailing minus are understood."""
    if isinstance(cell, (bool, dict)):
        raise CellProblem("not_a_number", text=shown(cell))
    if isinstance(cell, (int, Decimal)):
        return bounded(Decimal(cell), str(cell))
    text = unicodedata.normalize("NFKC", cell).strip()
    bare = strip_signs(text)
    grouped = regroup(bare, style.decimal)
    if grouped is None or not PLAIN_NUMBER.match(grouped):
        raise CellProblem("not_a_number", text=text[:60])
    try:
        return bounded(Decimal(grouped), text)
    except InvalidOperation as error:
        raise CellProblem("not_a_number", text=text[:60]) from error


def strip_signs(text: str) -> str:
    """Without currency and percent signs and blanks; brackets and a trailing minus become a leading one."""
    bare = re.sub(r"[\s£$€¥%'’]", "", text).replace("−", "-")
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1]
    if bare.endswith("-"):
        bare = "-" + bare[:-1]
    return bare


def regroup(text: str, decimal: str) -> str | None:
    """The number with a point for the decimals and no thousands marks; None when the marks stand where none may."""
    thousands = "," if decimal == "." else "."
    whole, mark, rest = text.partition(decimal)
    if thousands in whole:
        groups = whole.lstrip("+-").split(thousands)
        if not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:]):
            return None
        whole = whole.replace(thousands, "")
    if thousands in rest or decimal in rest:
        return None
    return whole + ("." if mark else "") + rest


def bounded(value: Decimal, text: str) -> Decimal:
    """A finite number of sane size."""
    if not value.is_finite() or (value and abs(value.adjusted()) > 20) or len(text) > LONGEST_NUMBER:
        raise CellProblem("number_too_large")
    return value


def to_whole(cell: Any, spec: Spec, style: Style) -> int:
    """A whole number; 12.0 is one, 12.5 is not."""
    value = to_number(cell, spec, style)
    if value != value.to_integral_value():
        raise CellProblem("not_whole", text=shown(cell))
    return int(value)


def to_date(cell: Any, _spec: Spec, style: Style) -> date:
    """A calendar day."""
    if isinstance(cell, dict):
        return sane(date.fromisoformat(cell["d"]))
    if not isinstance(cell, str):
        raise CellProblem("number_for_date", text=shown(cell))
    text = unicodedata.normalize("NFKC", cell).strip()
    parts = date_parts(text, style.date_order)
    if parts is None:
        raise CellProblem("not_a_date", text=text[:60])
    return sane(day_of(parts, "no_such_day", text))


def date_parts(text: str, order: str) -> tuple[int, int, int] | None:
    """Year, month, day out of the known ways to write a date."""
    if match := YEAR_FIRST.match(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := YEAR_LAST.match(text):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        return (year, first, second) if order == "mdy" else (year, second, first)
    if match := NAMED_DAY.match(text):
        day, name, last = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
        month = month_number(name)
        return (int(last), month, int(day)) if month else None
    return None


def month_number(name: str) -> int | None:
    """1 to 12 from an English month name or its first three letters."""
    short = name[:3].lower()
    return MONTH_NAMES.index(short) + 1 if short in MONTH_NAMES else None


def day_of(parts: tuple[int, int, int], code: str, text: str) -> date:
    """The day of the calendar; a problem of CODE when there is none."""
    try:
        return date(*parts)
    except ValueError as error:
        raise CellProblem(code, text=text[:60]) from error


def sane(day: date) -> date:
    """Years far away are typing mistakes."""
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise CellProblem("year_out_of_range", year=day.year)
    return day


def to_month(cell: Any, spec: Spec, style: Style) -> date:
    """The first day of a month."""
    if isinstance(cell, dict):
        return sane(date.fromisoformat(cell["d"])).replace(day=1)
    text = unicodedata.normalize("NFKC", shown(cell)).strip()
    year_month = month_parts(text) or month_of_moment(text)
    if year_month is None:
        try:
            return to_date(text, spec, style).replace(day=1)
        except CellProblem as error:
            raise CellProblem("not_a_month", text=text[:60]) from error
    return sane(day_of((*year_month, 1), "not_a_month", text))


def month_parts(text: str) -> tuple[int, int] | None:
    """Year and month out of the known ways to write one."""
    if match := YEAR_MONTH.match(text):
        return int(match[1]), int(match[2])
    if match := MONTH_YEAR.match(text):
        return int(match[2]), int(match[1])
    if (match := NAMED_MONTH.match(text)) and (month := month_number(match[1])):
        return int(match[2]), month
    return None


def month_of_moment(text: str) -> tuple[int, int] | None:
    """Year and month of a moment, as its date says: 08:00Z and 07:00Z are the first of a month where it is midnight then.

    A late hour of a month's last day is the next month's first one further east: that is for a person to say.
    """
    match = MOMENT.match(text)
    if match is None:
        return None
    day = day_of((int(match[1]), int(match[2]), int(match[3])), "not_a_month", text)
    if int(match[4]) >= 12 and (day + timedelta(days=1)).day == 1:
        raise CellProblem("month_by_zone", text=text[:60])
    return day.year, day.month


def to_bool(cell: Any, _spec: Spec, _style: Style) -> bool:
    """Yes or no in the common spellings."""
    if isinstance(cell, bool):
        return cell
    word = shown(cell).strip().casefold()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise CellProblem("not_yes_or_no", text=word[:60])


def to_choice(cell: Any, spec: Spec, _style: Style) -> str:
    """The code of a choice, given as code or label."""
    wanted = plain_heading(shown(cell))
    for code, label in spec.choices:
        if wanted in {plain_heading(code), plain_heading(label)}:
            return code
    known = ", ".join(str(label) for _, label in spec.choices[:12])
    raise CellProblem("unknown_choice", text=shown(cell)[:60], known=known)


CONVERTERS = {
    "text": to_text,
    "number": to_number,
    "whole": to_whole,
    "date": to_date,
    "month": to_month,
    "bool": to_bool,
    "choice": to_choice,
}


def style_of(columns: Sequence[Sequence[Any]]) -> Style:
    """How the sample writes numbers and dates: decided by cells that allow one reading only, else point and day first."""
    texts = [cell.strip() for column in columns for cell in column if isinstance(cell, str)]
    comma = sum(1 for text in texts if re.match(r"^-?\d{1,3}(\.\d{3})+,\d+$|^-?\d+,(\d{1,2}|\d{4,})$", text))
    point = sum(1 for text in texts if re.match(r"^-?\d{1,3}(,\d{3})+(\.\d+)?$|^-?\d*\.(\d{1,2}|\d{4,})$", text))
    dates = [match for text in texts if (match := YEAR_LAST.match(text))]
    month_first = any(int(match[2]) > 12 for match in dates) and not any(int(match[1]) > 12 for match in dates)
    return Style(decimal="," if comma > point else ".", date_order="mdy" if month_first else "dmy")
