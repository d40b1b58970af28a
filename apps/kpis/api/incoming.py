"""Rows of values as other systems send them: read one by one, so that a wrong one is named and the others are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import find_by_code_or_alias, visible_departments
from apps.imports.choices import CommitMode
from apps.kpis.api.frame import MONTH
from apps.kpis.choices import ValueKind
from apps.kpis.selectors import resolve_kpis, visible_kpis
from apps.kpis.services import Entry, Fault

LARGEST_ID = 2**63 - 1
MOST_ROWS = 10_000
NUMBERS = ("value", "numerator", "denominator", "ytd_value")
NAMES = ("kpi", "department", "month", *NUMBERS, "kind", "note", "confirmed")
KEY = {"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": 150}]}
NUMBER = {"oneOf": [{"type": "number"}, {"type": "string", "maxLength": 60}, {"type": "null"}]}


@extend_schema_field(KEY)
class KeyField(serializers.JSONField):
    """An id, or a code."""


@extend_schema_field(NUMBER)
class AnyNumberField(serializers.JSONField):
    """A number, best sent as text, so that no digit is lost."""


class ValueRowInput(serializers.Serializer[Any]):
    """One value. Give `value`, or `numerator` and `denominator`; or a `kind` of nothing."""

    kpi = KeyField(help_text="Id or code. A code means the department's own KPI, else the nearest above.")
    department = KeyField(help_text="Id, code or another name of the department that reports.")
    month = serializers.RegexField(MONTH, help_text="YYYY-MM")
    value = AnyNumberField(required=False)
    numerator = AnyNumberField(required=False)
    denominator = AnyNumberField(required=False)
    ytd_value = AnyNumberField(required=False, help_text="Year to date, where the source gives it.")
    kind = serializers.ChoiceField(choices=ValueKind.choices, required=False)
    note = serializers.CharField(max_length=500, allow_blank=True, required=False, help_text="Why it moved.")
    confirmed = serializers.BooleanField(
        required=False, help_text="The value is meant, though it looks wrong: it is stored with `warnings: refuse` too."
    )


class ValuesInput(serializers.Serializer[Any]):
    """Values to be stored."""

    rows = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=MOST_ROWS)
    mode = serializers.ChoiceField(choices=CommitMode.choices, default=CommitMode.ALL_OR_NOTHING)
    reason = serializers.CharField(
        max_length=500, allow_blank=True, default="", help_text="Why; needed for months past their cut-off."
    )
    warnings = serializers.ChoiceField(
        choices=("tell", "refuse"),
        default="tell",
        help_text="What becomes of a value that looks wrong beside the months before (a scale slip, a sign, the month "
        "before once more, more than ten times the usual size): `tell` stores it and names the warning in its row, "
        "`refuse` refuses it with the code `looks_wrong`, unless its row says `confirmed: true`.",
    )


class ValuesBody(ValuesInput):
    """The same, as it is described: rows are judged one by one."""

    rows = serializers.ListField(child=ValueRowInput(), min_length=1, max_length=MOST_ROWS)


class ValueWarningSerializer(serializers.Serializer[Any]):
    """One thing that looks wrong."""

    code = serializers.ChoiceField(choices=("scale", "sign", "copied", "outlier", "limits"))
    message = serializers.CharField()


class ValueResultSerializer(serializers.Serializer[Any]):
    """What became of one row."""

    row = serializers.IntegerField(help_text="Counted from 1.")
    result = serializers.ChoiceField(choices=("created", "changed", "unchanged", "waiting", "refused"))
    field = serializers.CharField(help_text="What a refused row should correct; empty otherwise.")
    code = serializers.CharField(help_text="The refusal as a word for programs; empty otherwise.")
    message = serializers.CharField()
    warnings = ValueWarningSerializer(many=True, help_text="What looks wrong about a value that was stored.")


class ValuesResultSerializer(serializers.Serializer[Any]):
    """What became of the rows."""

    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="How many of the created and changed ones wait for approval.")
    refused = serializers.IntegerField()
    warned = serializers.IntegerField(help_text="How many rows were stored though they look wrong.")
    rows = ValueResultSerializer(many=True)


class BadRow(Exception):
    """A row that cannot be read: FIELD, and the sentence with the remedy."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(slots=True)
class Incoming:
    """Rows as they were read: what can be judged, and what cannot even be read."""

    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    confirmed: set[int] = field(default_factory=set)
    """Lines that are meant even if they look wrong."""


def entries_from(rows: Sequence[Any], scope: Scope) -> Incoming:
    """The rows as entries, in five queries however many there are. What is unknown to SCOPE becomes an entry without a key,
    which the judge names as it names what does not exist."""
    found, read = Incoming(), list[tuple[int, dict[str, Any]]]()
    for line, row in enumerate(rows, 1):
        try:
            read.append((line, read_row(row)))
        except BadRow as bad:
            found.faults.append(Fault(line, bad.field, bad.message, "unreadable"))
    departments = departments_meant({row["department"] for _line, row in read}, scope)
    kpis = kpis_meant([(row["kpi"], departments.get(row["department"])) for _line, row in read], scope)
    for line, row in read:
        department = departments.get(row.pop("department"))
        kpi = kpis.get((row.pop("kpi"), department))
        if row.pop("confirmed"):
            found.confirmed.add(line)
        found.entries.append(Entry(kpi=kpi, department=department, line=line, **row))
    return found


def departments_meant(keys: set[int | str], scope: Scope) -> dict[int | str, int]:
    """What was written for a department → its key, for those the caller may see."""
    texts = find_by_code_or_alias([key for key in keys if isinstance(key, str)])
    wanted: dict[int | str, int] = {key: key for key in keys if isinstance(key, int)}
    wanted |= {text: department_key(row) for text, row in texts.items()}
    seen = set(visible_departments(scope).filter(pk__in=set(wanted.values())).values_list("pk", flat=True))
    return {key: pk for key, pk in wanted.items() if pk in seen}


def department_key(row: Department) -> int:
    """The key of a department."""
    return int(row.pk)


def kpis_meant(pairs: Sequence[tuple[int | str, int | None]], scope: Scope) -> dict[tuple[int | str, int | None], int]:
    """(what was written for a KPI, department) → the KPI's key, for those the caller may see."""
    ids = {key for key, _place in pairs if isinstance(key, int)}
    seen = set(visible_kpis(scope).filter(pk__in=ids).values_list("pk", flat=True))
    codes = resolve_kpis(scope, [(key, place or 0) for key, place in pairs if isinstance(key, str)])
    found: dict[tuple[int | str, int | None], int] = {}
    for key, place in pairs:
        if isinstance(key, int) and key in seen:
            found[key, place] = key
        elif isinstance(key, str) and (key, place or 0) in codes:
            found[key, place] = codes[key, place or 0].pk
    return found


def read_row(row: Any) -> dict[str, Any]:
    """One row, its parts in their own types; BadRow names what cannot be read."""
    if not isinstance(row, Mapping):
        raise BadRow("", _("Each row is an object with the names of its fields."))
    unknown = sorted(set(row) - set(NAMES))
    if unknown:
        # An answer cannot hold half of a pair of surrogates either.
        name = unknown[0][:60].encode(errors="replace").decode()
        words = {"name": name, "known": ", ".join(NAMES)}
        raise BadRow(name, _("There is no field “%(name)s”. Known: %(known)s.") % words)
    kind, note = row.get("kind") or ValueKind.NUMBER.value, row.get("note") or ""
    if kind not in ValueKind.values:
        raise BadRow("kind", _("The kind is one of: %(kinds)s.") % {"kinds": ", ".join(ValueKind.values)})
    if not isinstance(note, str) or len(note) > 500:
        raise BadRow("note", _("A note is a text of at most 500 signs."))
    if not is_storable(note):
        raise BadRow("note", _("The note holds signs that are no text. Write it anew."))
    numbers = {name: read_number(name, row.get(name)) for name in NUMBERS}
    if kind != ValueKind.NUMBER and numbers["value"] is not None:
        raise BadRow("kind", _("There is a value, so its kind is “number”. Leave one of the two out."))
    return {
        "kpi": read_key("kpi", row.get("kpi")),
        "department": read_key("department", row.get("department")),
        "month": read_month(row.get("month")),
        "kind": kind,
        "note": note,
        "confirmed": read_confirmed(row.get("confirmed", False)),
        **numbers,
    }


def read_confirmed(given: Any) -> bool:
    """Whether the sender says that the value is meant."""
    if not isinstance(given, bool):
        raise BadRow("confirmed", _("Whether a value is confirmed is said by true or false."))
    return given


def is_storable(text: str) -> bool:
    """Whether the database can hold it: no NUL, no half of a pair of surrogates."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def read_key(name: str, given: Any) -> int | str:
    """An id or a code."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given if 0 < given <= LARGEST_ID else 0
    text = given.replace("\x00", "").strip() if isinstance(given, str) else ""
    if not text or len(text) > 150 or not is_storable(text):
        raise BadRow(name, _("Write an id or a code of at most 150 signs."))
    return text


def read_month(given: Any) -> date:
    """A month, as YYYY-MM or one of its days."""
    text = given if isinstance(given, str) else ""
    try:
        first = Month.parse(text[:7]).first_day
        if text[7:]:
            date.fromisoformat(text)
    except ValueError as error:
        raise BadRow("month", _("A month is written as YYYY-MM.")) from error
    return first


def read_number(name: str, given: Any) -> Decimal | None:
    """A number as JSON number or as text with a point."""
    if given is None or given == "":
        return None
    is_readable = isinstance(given, str | int | float) and not isinstance(given, bool) and len(str(given)) <= 60
    try:
        number = Decimal(str(given).strip() if is_readable else "NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number.adjusted() > 17:
        raise BadRow(name, _("This is no number the portal can keep. Write digits with a point, like 1234.5."))
    return number
