"""Numbers as people type and paste them: by the marks they carry, else as the portal itself writes them (1,234.5)."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from apps.imports.rules.cells import BLANKS, CellProblem, PlainSpec, Style, strip_signs, to_number

Mark = Literal[".", ","]
SPEC = PlainSpec("number")
COMMA_ONLY = re.compile(r"^-?\d{1,3}(\.\d{3})+,\d+$|^-?\d{1,3}(\.\d{3}){2,}$|^-?\d*,(\d{1,2}|\d{4,})$|^-?0?,\d{3}$")
POINT_ONLY = re.compile(r"^-?\d{1,3}(,\d{3})+\.\d*$|^-?\d{1,3}(,\d{3}){2,}$|^-?\d*\.(\d{1,2}|\d{4,})$")
"""Numbers that allow one reading only: 1.234,5 and 12,5 on one side, 1,234.5 and 12.5 on the other."""
EITHER = re.compile(r"^-?[1-9]\d{0,2},\d{3}$")
"""1,234: a thousand and some, or one and some."""


class NumberProblem(ValueError):
    """The text is not a number that can be read one way. CODE picks the sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def decimal_mark(texts: Iterable[str]) -> Mark | None:
    """What the numbers typed together use before their decimals: a point unless they tell otherwise (as imports read them);
    None when they contradict each other."""
    bare = [strip_signs(text) for text in texts]
    comma = any(COMMA_ONLY.match(text) for text in bare)
    point = any(POINT_ONLY.match(text) for text in bare)
    return None if comma and point else "," if comma else "."


def read_number(text: str, *, others: Mark | None = ".") -> Decimal | None:
    """The number TEXT means, by its own marks; where they allow two readings, by what the OTHERS use. None for nothing.

    OTHERS None: they contradict each other. A single point is always a decimal point. A NumberProblem
    says `ambiguous`, `word` (n/a or a dash) or `not_a_number`.
    """
    bare = strip_signs(text)
    if not text.strip():
        return None
    if text.strip().casefold() in BLANKS or not bare:
        raise NumberProblem("word")
    if EITHER.match(bare) and others is None:
        raise NumberProblem("ambiguous")
    is_comma = bool(COMMA_ONLY.match(bare)) or (bool(EITHER.match(bare)) and others == ",")
    try:
        return to_number(text, SPEC, Style(decimal="," if is_comma else "."))
    except CellProblem as problem:
        raise NumberProblem("too_large" if problem.code == "number_too_large" else "not_a_number") from problem


def written(value: Decimal | None) -> str:
    """A number as a field shows it: a point before the decimals, no marks between thousands, no zeros at the end."""
    return "" if value is None else f"{value.normalize():f}"
