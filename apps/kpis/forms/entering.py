"""The entry grid as it was typed: read, compared with what the page had shown, and doubted."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from apps.core.http.keys import sent_key
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.kpis.choices import ValueKind
from apps.kpis.models import KpiValue
from apps.kpis.rules.typed import Mark, NumberProblem, decimal_mark, read_number, written
from apps.kpis.selectors.grid import GridRow
from apps.kpis.services import Entry
from apps.kpis.services.doubting import months_ago, odd_words, part_words

NUMBERS = ("value", "numerator", "denominator")
TEXTS = (*NUMBERS, "kind", "note")
KINDS = (ValueKind.NUMBER, ValueKind.NO_DATA, ValueKind.SUPPRESSED)
LONGEST_NOTE = 500


@dataclass(slots=True)
class Line:
    """One row of the grid: what it shows, what was typed, what is wrong or odd about it. KEY is the KPI's."""

    row: GridRow
    typed: dict[str, str]
    base: int | None = None
    entry: Entry | None = None
    problems: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    is_checked: bool = False

    @property
    def key(self) -> int:
        """The KPI's key: names the fields, and the line in refusals of the services."""
        return self.row.kpi.pk

    @property
    def mark(self) -> str:
        """Stands for what was typed: a tick counts for exactly this."""
        return hashlib.sha256("|".join(self.typed[name] for name in TEXTS[:4]).encode()).hexdigest()[:16]

    @property
    def needs_tick(self) -> bool:
        """Whether something odd has not been confirmed."""
        return bool(self.doubts) and not self.is_checked


def texts_of(version: KpiValue | None) -> dict[str, str]:
    """What the fields of a row show for a stored version."""
    if version is None or version.kind == ValueKind.WITHDRAWN:
        return {**dict.fromkeys(TEXTS, ""), "kind": ValueKind.NUMBER.value}
    numbers = {name: written(getattr(version, name)) for name in NUMBERS}
    if version.kind != ValueKind.NUMBER:
        numbers = dict.fromkeys(NUMBERS, "")
    return {**numbers, "kind": version.kind, "note": version.note}


def shown_lines(rows: Iterable[GridRow]) -> list[Line]:
    """The grid as it stands, before anything was typed."""
    return [Line(row, texts_of(row.latest), row.latest.pk if row.latest else None) for row in rows]


def sent_bases(rows: Iterable[GridRow], sent: Mapping[str, Any]) -> dict[int, int]:
    """KPI → the version the sent page had shown."""
    found = {row.kpi.pk: sent_key(str(sent.get(f"base-{row.kpi.pk}", ""))) for row in rows}
    return {kpi: base for kpi, base in found.items() if base is not None}


def sent_lines(
    rows: Sequence[GridRow], sent: Mapping[str, Any], *, bases: Mapping[int, KpiValue], department: int, month: Month
) -> list[Line]:
    """The grid as it was sent. BASES: the versions the page had shown, by key. Rows that were left alone carry no entry."""
    lines = [sent_line(row, sent) for row in rows]
    touched = [line for line in lines if is_touched(line, bases)]
    others = decimal_mark(line.typed[name] for line in touched for name in NUMBERS)
    for line in touched:
        read_line(line, others=others, department=department, month=month)
    for line in lines:
        if line not in touched:
            line.typed, line.base = texts_of(line.row.latest), line.row.latest.pk if line.row.latest else None
    return lines


def sent_line(row: GridRow, sent: Mapping[str, Any]) -> Line:
    """What was typed into one row; a field that was not sent is as it was."""
    shown, key = texts_of(row.latest), row.kpi.pk
    typed = {name: str(sent.get(f"{name}-{key}", shown[name])).replace("\x00", "").strip() for name in TEXTS}
    line = Line(row, typed, sent_key(str(sent.get(f"base-{key}", ""))))
    line.is_checked = sent.get(f"checked-{key}") == line.mark
    return line


def is_touched(line: Line, bases: Mapping[int, KpiValue]) -> bool:
    """Whether the row says something else than the page had shown. What the row has no field for is left out."""
    was = texts_of(bases.get(line.base) if line.base is not None else None)
    names = [name for name in TEXTS if name in fields_of(line.row)]
    return any(line.typed[name] != was[name] for name in names)


def fields_of(row: GridRow) -> tuple[str, ...]:
    """The fields a row has."""
    numbers = (
        ("numerator", "denominator") if row.is_ratio else ("value", "denominator") if row.is_weighted else ("value",)
    )
    return (*numbers, "kind", "note")


def read_line(line: Line, *, others: Mark | None, department: int, month: Month) -> None:
    """Turn what was typed into an entry, or say what is wrong; then doubt it."""
    numbers: dict[str, Decimal | None] = dict.fromkeys(NUMBERS)
    for name in fields_of(line.row)[:-2]:
        try:
            numbers[name] = read_number(line.typed[name], others=others)
        except NumberProblem as problem:
            line.problems[name] = number_words(problem.code, line.typed[name])
    check_words(line, has_number=any(number is not None for number in numbers.values()))
    if line.problems:
        return
    kind = line.typed["kind"]
    if kind == ValueKind.NUMBER and not any(number is not None for number in numbers.values()):
        take_back(line)
        kind = ValueKind.WITHDRAWN.value
    if not line.problems:
        line.entry = Entry(
            kpi=line.key,
            department=department,
            month=month.first_day,
            kind=kind,
            note=line.typed["note"],
            line=line.key,
            **numbers,
        )
        line.doubts += doubts_about(line, numbers, month)


def check_words(line: Line, *, has_number: bool) -> None:
    """What is wrong with kind and note."""
    kind = line.typed["kind"]
    if kind not in KINDS:
        line.problems["kind"] = _("Choose one of the three.")
    elif kind != ValueKind.NUMBER and has_number:
        line.problems["kind"] = _("There is a number as well. Clear it, or say that it is a value.")
    if len(line.typed["note"]) > LONGEST_NOTE:
        line.problems["note"] = _("The note is longer than 500 signs. Shorten it.")


def take_back(line: Line) -> None:
    """An emptied row withdraws the value in force; there must be one."""
    if line.row.current is None or line.row.current.kind == ValueKind.WITHDRAWN:
        line.problems[fields_of(line.row)[0]] = _("There is no number. Give one, or say why there is nothing.")
        return
    words = _("The stored value %(value)s will be withdrawn: the month counts as not reported.")
    line.doubts.append(words % {"value": worded(line.row.current.value, line.row.current.get_kind_display())})


def worded(value: Decimal | None, nothing: Any) -> str:
    """A number, or which kind of nothing."""
    return written(value) if value is not None else str(nothing)


def number_words(code: str, text: str) -> str:
    """What is wrong with a typed number, in a sentence."""
    words = {
        "ambiguous": _("“%(text)s” can be read two ways. Write it without the mark between thousands, or as 1.2340."),
        "word": _("“%(text)s” is not a number. Clear it and say that there is nothing to measure, if that is meant."),
        "too_large": _("“%(text)s” is larger than the portal can keep. Use a larger unit."),
        "not_a_number": _("“%(text)s” is not a number. Correct it."),
    }
    return words[code] % {"text": text[:40]}


def value_of(row: GridRow, numbers: Mapping[str, Decimal | None]) -> Decimal | None:
    """The value an entry would have: the number, or the quotient of its parts."""
    top, bottom = numbers["numerator"], numbers["denominator"]
    if not row.is_ratio:
        return numbers["value"]
    if top is None or not bottom:
        return None
    return round_half_up(Fraction(top) * Fraction(row.version.scale) / Fraction(bottom), 10)


def doubts_about(line: Line, numbers: Mapping[str, Decimal | None], month: Month) -> list[str]:
    """What looks wrong beside the months before, in sentences."""
    row, value, part = line.row, value_of(line.row, numbers), numbers["denominator"]
    if value is None:
        return []
    ago = months_ago(month.first_day, (before for before, _number in row.earlier_numbers))
    found = list(odd_words(value, [number for _before, number in row.earlier_numbers], ago).values())
    if part is not None:
        found += part_words(part, row.earlier_parts, is_weight=row.is_weighted).values()
    return found
