"""Everything known of indicators up to a month, in bulk, for whoever looks ahead. No scope: never for pages.

What reporting departments said comes as it was entered, to be rolled up over today's tree (ARCHITECTURE.md 12.6). Where
departments do not simply add up (means, extremes, formulas) the months come as they were worked out.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from apps.core.frames import copied
from apps.core.month import Month
from apps.kpis.choices import Aggregation
from apps.kpis.rules.alike import MEASURED_BY
from apps.kpis.rules.formulas import Formula
from apps.kpis.selectors.reported import MonthRead, reported_frame


def ways(row: str) -> str:
    """What says how is measured (rules.alike), of the definition ROW, as SQL lists it."""
    return ", ".join(f"{row}.{name}" for name in MEASURED_BY)


# The definition in force on the month's last day. Months count from the day on which the last definition that measured
# otherwise ended (as in rules.alike.measured_from); indicators that end with the month are left out.
KPIS = """
    SELECT k.id AS kpi, k.department_id AS owner, d.unit, d.decimals, d.direction, d.frequency, d.over_time,
           d.over_departments, d.formula, d.scale::float8, d.minimum::float8, d.maximum::float8,
           (SELECT max(upper(o.valid)) FROM kpis_kpiversion o
            WHERE o.kpi_id = d.kpi_id AND lower(o.valid) < lower(d.valid)
              AND (WAYS_OF_O) <> (WAYS_OF_D)) AS cut
    FROM kpis_kpi k JOIN kpis_kpiversion d ON d.kpi_id = k.id AND d.valid @> %(last_day)s::date
    WHERE k.retired_from IS NULL OR k.retired_from > %(next)s::date
    ORDER BY k.id
""".replace("WAYS_OF_O", ways("o")).replace("WAYS_OF_D", ways("d"))
REPORTERS = """
    SELECT s.id AS series, s.kpi_id AS kpi, s.department_id AS place, s.first_month AS first,
           s.last_month IS NULL OR s.last_month >= %(last)s::date AS is_current
    FROM kpis_kpiseries s
    WHERE s.first_month <= %(last)s::date AND (s.last_month IS NULL OR s.last_month >= %(first)s::date)
    ORDER BY s.kpi_id, s.department_id
"""
ROLLED = """
    SELECT m.kpi_id AS kpi, m.department_id AS place, m.month, m.value::float8, m.denominator::float8
    FROM kpis_kpimonth m JOIN kpis_kpiversion d ON d.kpi_id = m.kpi_id AND d.valid @> %(last_day)s::date
    WHERE m.month BETWEEN %(first)s::date AND %(last)s::date AND m.value IS NOT NULL
      AND (d.over_departments NOT IN ('sum', 'ratio', 'weighted') OR d.formula <> '')
"""
TARGETS = """
    SELECT t.kpi_id AS kpi, coalesce(t.department_id, 0) AS place, lower(t.valid) AS first, upper(t.valid) AS until,
           t.target::float8, t.upper::float8
    FROM kpis_kpitarget t WHERE t.valid && daterange(%(year)s::date, %(end)s::date)
    ORDER BY t.kpi_id, t.department_id, t.valid
"""


@dataclass(frozen=True, slots=True)
class KpiHistories:
    """Frames, numbers as floats, months as first days.

    kpis: kpi, owner, unit, decimals, direction, frequency, over_time, over_departments, formula, scale, minimum,
    maximum, cut (day from which today's way of measuring holds, or nothing), is_formula. reporters: series, kpi, place,
    first (month), is_current (still expected). reported: series, month, value (NaN: nothing to measure), numerator,
    denominator (of a weighted mean the weight); months that are missing or suppressed have no line. read: those of its
    months that are to be laid down as blocks. rolled, of indicators that do not add up: kpi, place, month, value,
    denominator (what the month weighs over months). targets: kpi, place (0: every department), first and until (days, the
    latter not included), target, upper.
    """

    kpis: pl.DataFrame
    reporters: pl.DataFrame
    reported: pl.DataFrame
    rolled: pl.DataFrame
    targets: pl.DataFrame
    read: list[MonthRead]


NUMBER, WORD, DAY = pl.Float64, pl.String, pl.Date
KPI_SHAPE = {
    **dict.fromkeys(("kpi", "owner"), pl.Int64),
    "unit": WORD,
    "decimals": pl.Int64,
    **dict.fromkeys(("direction", "frequency", "over_time", "over_departments"), WORD),
    "formula": WORD,
    **dict.fromkeys(("scale", "minimum", "maximum"), NUMBER),
    "cut": DAY,
}
REPORTER_SHAPE = {"series": pl.Int64, "kpi": pl.Int64, "place": pl.Int64, "first": DAY, "is_current": WORD}
ROLLED_SHAPE = {"kpi": pl.Int64, "place": pl.Int64, "month": DAY, "value": NUMBER, "denominator": NUMBER}
TARGET_SHAPE = {"kpi": pl.Int64, "place": pl.Int64, "first": DAY, "until": DAY, "target": NUMBER, "upper": NUMBER}


def kpi_histories(*, month: Month, months: int, ahead: int, is_again: bool = True) -> KpiHistories:
    """The last MONTHS months up to MONTH, later ones ignored; targets from a year before to AHEAD months after it. IS_AGAIN:
    somebody read months before it like this (`reported_frame`).

    Seven statements at most, however much is stored.
    """
    given: dict[str, Any] = {
        "first": month.plus(1 - months).first_day,
        "last": month.first_day,
        "last_day": month.last_day,
        "next": month.plus(1).first_day,
        "year": month.plus(-12).first_day,
        "end": month.plus(ahead + 1).first_day,
    }
    reported, read = reported_frame(month.plus(1 - months), month, is_again=is_again)
    return KpiHistories(
        with_formulas(copied(KPIS, given, KPI_SHAPE)),
        copied(REPORTERS, given, REPORTER_SHAPE).with_columns(pl.col("is_current") == "t"),
        reported,
        copied(ROLLED, given, ROLLED_SHAPE),
        copied(TARGETS, given, TARGET_SHAPE),
        read,
    )


ADDED_UP = {Aggregation.SUM, Aggregation.RATIO, Aggregation.WEIGHTED}
"""Ways that need what a formula's month does not have: a sum of it, or a denominator."""


def with_formulas(kpis: pl.DataFrame) -> pl.DataFrame:
    """The frame with `is_formula`; over months a quotient or product counts as a mean where its definition says that its
    months add up or weigh."""
    texts = kpis["formula"].fill_null("").to_list()
    over_time = [
        Aggregation.MEAN.value if text and way in ADDED_UP and not Formula(text).adds_up else way
        for text, way in zip(texts, kpis["over_time"].to_list(), strict=True)
    ]
    return kpis.with_columns(
        pl.Series("over_time", over_time, dtype=pl.String),
        pl.Series("is_formula", [text != "" for text in texts], dtype=pl.Boolean),
    )
