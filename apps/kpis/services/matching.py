"""Rows of a file matched to indicators and departments; indicators a file brings along are defined on the way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models.functions import Upper
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import find_by_code_or_alias, visible_departments
from apps.imports.services.targets import FieldSpec, ImportRow, RowError
from apps.kpis.choices import (
    DEPARTMENT_AGGREGATIONS,
    TIME_AGGREGATIONS,
    Aggregation,
    Direction,
    Frequency,
    ValueKind,
)
from apps.kpis.models import Kpi
from apps.kpis.rules.timelines import TargetSpan
from apps.kpis.selectors.finding import resolve_kpis
from apps.kpis.services.definitions import Definition, Identity
from apps.kpis.services.definitions import checked as checked_definition
from apps.kpis.services.loading import Place, define_kpis
from apps.kpis.services.refusals import fault_words
from apps.kpis.services.staging import Entry
from apps.kpis.services.targets import Aim
from apps.kpis.services.targets import checked as checked_aim

MONTHS_OF = {Frequency.MONTH: 1, Frequency.QUARTER: 3, Frequency.YEAR: 12}
CODE_LENGTH = 40
WHAT_IT_IS = (
    FieldSpec("name", gettext_lazy("Name"), max_length=200, aliases=("kpi name", "indicator name", "title")),
    FieldSpec(
        "direction",
        gettext_lazy("Which way is better"),
        kind="choice",
        choices=tuple((str(value), label) for value, label in Direction.choices),
        aliases=("better", "desired change"),
    ),
    FieldSpec("unit", gettext_lazy("Unit"), max_length=30, aliases=("indicator unit",)),
    FieldSpec(
        "decimals", gettext_lazy("Decimals shown"), kind="whole", minimum=0, maximum=6, aliases=("decimal places",)
    ),
    FieldSpec(
        "frequency",
        gettext_lazy("How often"),
        kind="choice",
        choices=tuple((str(value), label) for value, label in Frequency.choices),
    ),
    FieldSpec("over_time", gettext_lazy("Over months"), kind="choice", choices=tuple(TIME_AGGREGATIONS)),
    FieldSpec(
        "over_departments", gettext_lazy("Over departments"), kind="choice", choices=tuple(DEPARTMENT_AGGREGATIONS)
    ),
    FieldSpec("scale", gettext_lazy("Scale of the ratio"), kind="number", help=gettext_lazy("100 gives percent.")),
    FieldSpec("description", gettext_lazy("What is measured, and how"), max_length=5_000),
    FieldSpec("source", gettext_lazy("Source"), max_length=200),
)
"""What a file may say of an indicator itself."""


@dataclass(slots=True)
class Batch:
    """Rows as the services take them; rows of an unknown department have no entry. LINE of an entry is told in faults."""

    rows: Sequence[ImportRow]
    entries: list[Entry] = field(default_factory=list)
    targets: dict[Place, list[TargetSpan]] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)
    is_wide: bool = False

    def blame(self, row: ImportRow, name: str, message: str) -> None:
        """Something is wrong with a row."""
        self.errors.append(RowError(row.line, name, message, str(row.get(name) or "")[:200], row.column))


def departments_in(rows: Iterable[ImportRow], names: Sequence[str]) -> dict[str, Department]:
    """What the texts in these fields mean."""
    return find_by_code_or_alias({str(row.get(name)) for row in rows for name in names if row.get(name)})


def matched(rows: Sequence[ImportRow], *, scope: Scope, by: User | None) -> Batch:
    """The rows with their indicators and departments; those that say what a new indicator is define it, for whoever may.

    Inside the caller's transaction. Nine statements for any number of rows, more where indicators are new.
    """
    batch = Batch(rows, is_wide=any(row.column for row in rows))
    places = departments_in(rows, ("department", "owner"))
    seen = None if scope.is_company else set(visible_departments(scope).values_list("pk", flat=True))
    kpis = kpis_of(batch, places, scope=scope, by=by)
    for number, row in enumerate(rows, 1):
        place = places.get(row.get("department") or "")
        kpi = kpis.get(number)
        if place is None or (seen is not None and place.pk not in seen):
            batch.blame(row, "department", fault_words("unknown_department", {}))
            continue
        batch.entries.append(entry_of(row, kpi, place, line=number if batch.is_wide else row.line))
        if row.get("target") is not None and kpi is not None:
            add_target(batch, row, kpi, place, scope=scope)
    return batch


def kpis_of(batch: Batch, places: dict[str, Department], *, scope: Scope, by: User | None) -> dict[int, Kpi]:
    """Number of the row, from 1 → its indicator; rows whose code means none are left out."""
    homes: dict[int, tuple[str, Department]] = {}
    for number, row in enumerate(batch.rows, 1):
        home = places.get(row.get("owner") or row.get("department") or "")
        if home is not None:
            homes[number] = (row.values["kpi"], home)
    found = resolve_kpis(scope, ((code, home.pk) for code, home in homes.values()))
    new = new_kpis(batch, homes, scope=scope, by=by)
    own = {(kpi.code.upper(), kpi.department_id): kpi for kpi in [*found.values(), *new]}
    kpis: dict[int, Kpi] = {}
    for number, (code, home) in homes.items():
        kpi = own.get((code.strip().upper(), home.pk)) or found.get((code, home.pk))
        if kpi is not None:
            kpis[number] = kpi
    return kpis


def new_kpis(batch: Batch, homes: dict[int, tuple[str, Department]], *, scope: Scope, by: User | None) -> list[Kpi]:
    """Define what the rows bring along: a row with a direction speaks of its owner's own indicator."""
    wanted: dict[tuple[str, int], int] = {}
    for number, (code, home) in homes.items():
        if batch.rows[number - 1].get("direction") and scope.may("kpis.manage"):
            wanted.setdefault((code.strip().upper(), home.pk), number)
    known = known_keys(wanted)
    made: list[tuple[Identity, Definition]] = []
    for key, number in wanted.items():
        code, home = homes[number]
        row = batch.rows[number - 1]
        if key in known:
            continue
        if len(code) > CODE_LENGTH:
            batch.blame(row, "kpi", _("The code has more than 40 signs. Shorten it."))
            continue
        try:
            made.append((Identity(department=home, code=code), checked_definition(definition_of(row, code))))
        except Refusal as refusal:
            batch.blame(row, refusal.field or "kpi", str(refusal))
    return define_kpis(wanted=made, by=by) if made else []


def known_keys(wanted: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Which of these (code in capitals, owner) exist already."""
    rows = Kpi.objects.annotate(upper=Upper("code")).filter(
        upper__in={code for code, _home in wanted}, department__in={home for _code, home in wanted}
    )
    return set(rows.values_list("upper", "department"))


def definition_of(row: ImportRow, code: str) -> Definition:
    """What a row says an indicator is. Without a word on it values add up, and quotients are quotients of sums."""
    usual = Aggregation.RATIO if "numerator" in row.values else Aggregation.SUM
    return Definition(
        name=row.get("name") or code,
        direction=row.get("direction") or "",
        unit=row.get("unit") or "",
        decimals=2 if row.get("decimals") is None else row.values["decimals"],
        frequency=row.get("frequency") or Frequency.MONTH,
        over_time=row.get("over_time") or usual,
        over_departments=row.get("over_departments") or usual,
        scale=row.get("scale") or Decimal(1),
        minimum=row.get("minimum"),
        maximum=row.get("maximum"),
        amber_pct=Decimal(5) if row.get("amber_pct") is None else row.values["amber_pct"],
        formula=row.get("formula") or "",
        description=row.get("description") or "",
        source=row.get("source") or "",
    )


def entry_of(row: ImportRow, kpi: Kpi | None, place: Department, *, line: int) -> Entry:
    """The row's value."""
    kind = row.get("kind") or ValueKind.NUMBER
    numbers: dict[str, Any] = {}
    if kind == ValueKind.NUMBER:
        numbers = {name: row.get(name) for name in ("value", "numerator", "denominator")}
    return Entry(
        kpi=kpi.pk if kpi else None,
        department=place.pk,
        month=row.values["month"],
        kind=kind,
        ytd_value=row.get("ytd"),
        note=row.get("note") or "",
        line=line,
        **numbers,
    )


def add_target(batch: Batch, row: ImportRow, kpi: Kpi, place: Department, *, scope: Scope) -> None:
    """The row's target holds for the days its value stands for."""
    if not scope.may("kpis.manage"):
        batch.blame(row, "target", _("You may not set targets. Leave the column out, or ask whoever manages KPIs."))
        return
    definition = kpi.definition
    try:
        checked_aim(Aim(row.values["target"]), definition.direction if definition else Direction.HIGHER)
    except Refusal as refusal:
        batch.blame(row, "target", str(refusal))
        return
    first, until = days_of(row.values["month"], definition.frequency if definition else Frequency.MONTH)
    batch.targets.setdefault((kpi.pk, place.pk), []).append(TargetSpan(first, until, row.values["target"]))


def days_of(month: date, frequency: str) -> tuple[date, date]:
    """The first day of the period a value of this month stands for, and the first day after it."""
    end = Month.of(month)
    return end.plus(1 - MONTHS_OF[Frequency(frequency)]).first_day, end.plus(1).first_day
