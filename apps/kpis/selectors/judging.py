"""What a month is judged by: figure, target and what was reported, for many pairs of indicator and department at once."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, Self

import polars as pl
from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import readable_departments, subtree_ids, subtree_on
from apps.kpis.choices import Frequency, ValueState
from apps.kpis.models import KpiInput, KpiTarget, KpiValue, KpiVersion
from apps.kpis.rules.absence import is_last_of_period
from apps.kpis.rules.targets import TargetVersion

# Figures leave the database as text, a line each: fifty thousand of them become no Python object before they are needed,
# and the same bytes mean the same facts.
FACTS = """
COPY (
    SELECT p.kpi, p.place,
           CASE WHEN m.value IS NOT NULL THEN 'number' WHEN m.kind IN ('no_data', 'suppressed') THEN m.kind
                WHEN d.frequency <> ALL(%(due)s) THEN 'not_due' ELSE 'missing' END,
           m.value, m.numerator, m.denominator,
           CASE WHEN d.over_departments = 'ratio' AND d.formula = '' AND m.denominator <> 0
                THEN d.scale::numeric(28, 10) END,
           CASE WHEN m.id IS NOT NULL THEN m.target ELSE coalesce(t.target, w.target) END,
           CASE WHEN m.id IS NOT NULL THEN m.floor WHEN t.id IS NOT NULL THEN t.floor ELSE w.floor END,
           CASE WHEN m.id IS NOT NULL THEN m.stretch WHEN t.id IS NOT NULL THEN t.stretch ELSE w.stretch END
    FROM unnest(%(kpis)s::bigint[], %(places)s::bigint[]) WITH ORDINALITY AS p(kpi, place, number)
    LEFT JOIN kpis_kpiversion d ON d.kpi_id = p.kpi AND d.valid @> %(last_day)s
    LEFT JOIN kpis_kpimonth m ON m.kpi_id = p.kpi AND m.department_id = p.place AND m.month = %(month)s
    LEFT JOIN kpis_kpitarget t ON t.kpi_id = p.kpi AND t.department_id = p.place AND t.valid @> %(last_day)s
         AND m.id IS NULL
    LEFT JOIN kpis_kpitarget w ON w.kpi_id = p.kpi AND w.department_id IS NULL AND w.valid @> %(last_day)s
         AND m.id IS NULL
    ORDER BY p.number
) TO STDOUT
"""
NOTHING = "\\N"


class Fact(NamedTuple):
    """One indicator of one department in the month, numbers as the text of the database; None: nothing there.

    PRESENCE: number, no_data, suppressed, not_due or missing. SCALE: the exact figure is SCALE x NUMERATOR / DENOMINATOR.
    """

    kpi: int
    department: int
    presence: str
    value: str | None
    numerator: str | None
    denominator: str | None
    scale: str | None
    target: str | None
    floor: str | None
    stretch: str | None


COLUMNS = dict.fromkeys(("kpi", "department"), pl.Int64) | dict.fromkeys(Fact._fields[2:], pl.String)


@dataclass(frozen=True, slots=True)
class FactSheet:
    """The facts of a month as the database gave them."""

    raw: bytes

    @classmethod
    def of(cls, facts: pl.DataFrame) -> Self:
        """Facts as the database would have given them."""
        text = facts.write_csv(separator="\t", include_header=False, null_value=NOTHING, quote_style="never")
        return cls(text.encode())

    def table(self) -> pl.DataFrame:
        """A row for each fact, its columns those of Fact."""
        return copied_table(self.raw, COLUMNS)

    def __iter__(self) -> Iterator[Fact]:
        return map(Fact._make, self.table().iter_rows())


def copied_table(raw: bytes, columns: Mapping[str, Any]) -> pl.DataFrame:
    """What COPY gave as a table. COLUMNS: their names and types, in order. For numbers and words without escapes."""
    return pl.read_csv(
        raw,
        separator="\t",
        has_header=False,
        schema=dict(columns),
        null_values=NOTHING,
        quote_char=None,
        raise_if_empty=False,
    )


def month_facts(*, month: Month, kpis: Sequence[int], departments: Sequence[int]) -> FactSheet:
    """The facts of MONTH for pairs of indicator and department (two sequences of the same length), in their order.

    Targets are those in force on the last day. One query.
    """
    start = settings.FISCAL_YEAR_FIRST_MONTH
    given: dict[str, Any] = {
        "kpis": array_text(kpis),
        "places": array_text(departments),
        "month": month.first_day,
        "last_day": month.last_day,
        "due": [name for name in Frequency.values if is_last_of_period(month.first_day, name, start)],
    }
    out = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(cursor.mogrify(FACTS, given).decode(), out)
    return FactSheet(out.getvalue())


def array_text(keys: Sequence[int]) -> str:
    """Keys as the one literal that the database reads fastest."""
    return f"{{{','.join(map(str, keys))}}}"


def targets_within(
    *, month: Month, kpis: Sequence[int], departments: Sequence[int]
) -> dict[tuple[int, int | None], list[TargetVersion]]:
    """Every target in force on some day of MONTH, by (indicator, department or None for all). One query."""
    first, last = month.first_day, month.last_day
    rows = KpiTarget.objects.filter(kpi__in=set(kpis), valid__overlap=(first, date.fromordinal(last.toordinal() + 1)))
    found: dict[tuple[int, int | None], list[TargetVersion]] = {}
    wanted = set(departments)
    for kpi, place, valid, target in rows.order_by("valid").values_list("kpi", "department", "valid", "target"):
        if place is None or place in wanted:
            found.setdefault((kpi, place), []).append(TargetVersion(valid.lower, valid.upper, target))
    return found


@dataclass(frozen=True, slots=True)
class Behind:
    """The reported values one figure was made of: those that may be shown, and how many there are in all."""

    values: tuple[KpiValue, ...]
    count: int
    hidden_count: int
    """Of departments whose figures the person may not see."""
    definition: KpiVersion | None = None
    """How the indicator was defined on the month's last day: name, unit and places, and no more."""


NOTHING_BEHIND = Behind((), 0, 0)
MOST_BEHIND = 40


def definitions_of_all(kpis: Iterable[int]) -> dict[int, list[KpiVersion]]:
    """Every definition that each indicator ever had, the oldest first. One query."""
    found: dict[int, list[KpiVersion]] = {}
    for row in KpiVersion.objects.filter(kpi__in=set(kpis)).order_by("kpi_id", "valid"):
        found.setdefault(row.kpi_id, []).append(row)
    return found


def versions_behind(
    *, month: Month, kpis: Iterable[int], department: int, as_of: datetime, scope: Scope
) -> dict[int, Behind]:
    """Which reported values stood behind each indicator of DEPARTMENT in MONTH at the moment AS_OF.

    Those of the department and, by the tree of the month's last day, of everything below it; of a formula those of what it
    reads. Each with its definition of that day. Two queries, however many indicators.
    """
    inputs, defined = inputs_and_definitions(kpis, month.last_day)
    wanted = {one for found in inputs.values() for one in found}
    open_to = readable_departments(scope).filter(pk=OuterRef("series__department"))
    rows = stood_at(month, wanted, subtree_on(department, month.last_day), as_of).annotate(is_open=Exists(open_to))
    by_kpi: dict[int, list[Any]] = {}
    for row in sorted(rows, key=lambda row: (row.series.department.name, row.series.kpi.name, row.pk)):
        by_kpi.setdefault(row.series.kpi_id, []).append(row)
    return {
        kpi: behind_of([row for one in found for row in by_kpi.get(one, ())], defined.get(kpi))
        for kpi, found in inputs.items()
    }


def came_since(*, month: Month, kpis: Iterable[int], at: datetime) -> set[int]:
    """Those of KPIS behind which a value of MONTH was entered, corrected or approved after the moment, in any department; a
    formula with what it reads. Two queries."""
    inputs = inputs_of(kpis, month.last_day)
    rows = KpiValue.objects.current().filter(
        Q(entered_at__gt=at) | Q(decided_at__gt=at),
        month=month.first_day,
        series__kpi__in={one for found in inputs.values() for one in found},
    )
    late = set(rows.values_list("series__kpi", flat=True).distinct())
    return {kpi for kpi, found in inputs.items() if late.intersection(found)}


def hands_on(*, month: Month, kpis: Iterable[int], department: int) -> set[int]:
    """Accounts of those who entered, imported or decided on any version of a value behind these KPIS of DEPARTMENT in MONTH:
    of a formula what it reads, and by the tree of the month's last day what lies below the department. Three queries."""
    inputs = inputs_of(kpis, month.last_day)
    rows = KpiValue.objects.filter(
        month=month.first_day,
        series__kpi__in={one for found in inputs.values() for one in found},
        series__department__in=subtree_ids(department, month.last_day),
    )
    pairs = rows.order_by().values_list("entered_by", "decided_by").distinct()
    return {account for pair in pairs for account in pair if account is not None}


def behind_of(rows: Sequence[Any], definition: KpiVersion | None) -> Behind:
    """What may be shown of them."""
    open_rows = [row for row in rows if row.is_open]
    return Behind(tuple(open_rows[:MOST_BEHIND]), len(rows), len(rows) - len(open_rows), definition)


def stood_at(month: Month, kpis: set[int], departments: Any, at: datetime) -> QuerySet[KpiValue]:
    """The version of each value that counted at the moment: the highest that was entered and, where somebody had to approve
    it, approved by then. Values are never changed, so this stays true for ever."""
    counted = Q(decided_at__isnull=True) & ~Q(state=ValueState.WAITING) | Q(decided_at__lte=at)
    return (
        KpiValue.objects.filter(month=month.first_day, series__kpi__in=kpis, series__department__in=departments)
        .filter(counted, entered_at__lte=at)
        .exclude(state=ValueState.DECLINED)
        .order_by("series_id", "-number", "-pk")
        .distinct("series_id")
        .select_related("series__department", "series__kpi", "entered_by", "decided_by", "import_run")
    )


def inputs_of(kpis: Iterable[int], day: date) -> dict[int, list[int]]:
    """For each indicator those whose values are reported: itself, or what its formula of the day reads, all the way down."""
    read: dict[int, list[int]] = {}
    rows = KpiInput.objects.filter(version__valid__contains=day).order_by("pk")
    for reader, one in rows.values_list("version__kpi", "kpi"):
        read.setdefault(reader, []).append(one)
    return {kpi: reported_by(kpi, read, frozenset()) for kpi in set(kpis)}


def inputs_and_definitions(kpis: Iterable[int], day: date) -> tuple[dict[int, list[int]], dict[int, KpiVersion]]:
    """The same, and the definition of the day of each of KPIS (name, unit and places, not to be stored). One query."""
    asked = set(kpis)
    rows = KpiVersion.objects.on(day).filter(Q(kpi__in=asked) | Q(inputs__isnull=False)).order_by("inputs", "pk")
    read: dict[int, list[int]] = {}
    defined: dict[int, KpiVersion] = {}
    for kpi, name, unit, decimals, one in rows.values_list("kpi", "name", "unit", "decimals", "inputs__kpi"):
        if one is not None:
            read.setdefault(kpi, []).append(one)
        if kpi in asked:
            defined[kpi] = KpiVersion(kpi_id=kpi, name=name, unit=unit, decimals=decimals)
    return {kpi: reported_by(kpi, read, frozenset()) for kpi in asked}, defined


def reported_by(kpi: int, read: Mapping[int, list[int]], above: frozenset[int]) -> list[int]:
    """The ends of the formulas below KPI, each once; ABOVE keeps a circle from going round."""
    if kpi not in read:
        return [kpi]
    found = [end for one in read[kpi] if one not in above for end in reported_by(one, read, above | {kpi})]
    return list(dict.fromkeys(found))
