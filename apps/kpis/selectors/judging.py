"""What a month is judged by: figure, target and what was reported, for many pairs of indicator and department at once."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from apps.core.month import Month
from apps.kpis.choices import Frequency
from apps.kpis.models import KpiTarget
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
           CASE WHEN d.over_departments = 'ratio' AND d.formula = '' AND m.denominator <> 0 THEN d.scale END,
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
    text: str
    """Everything from PRESENCE on as the database wrote it, parted by tabs: what COPY takes again as it stands."""
    presence: str
    value: str | None
    numerator: str | None
    denominator: str | None
    scale: str | None
    target: str | None
    floor: str | None
    stretch: str | None


@dataclass(frozen=True, slots=True)
class FactSheet:
    """The facts of a month as the database gave them."""

    raw: bytes

    def __iter__(self) -> Iterator[Fact]:
        for line in self.raw.decode().splitlines():
            kpi, place, text = line.split("\t", 2)
            presence, *figures = text.split("\t")
            known = [None if figure == NOTHING else figure for figure in figures]
            yield Fact(int(kpi), int(place), text, presence, *known)


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
