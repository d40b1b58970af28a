"""Quarters and years that are over: what was told of their end, against what they came to.

Each is judged once, by the issue of its last month; its sums are added to those the issue before knew. So what stands here
is what was known when the period ended, and costs a statement or two only in months in which one ends. What was told of
other departments than belong to the series today is no forecast of what came and is not judged (rules.record).
"""

import numpy as np
import polars as pl
from django.conf import settings

from apps.core.frames import copied
from apps.forecasts.models import ForecastIssue, PeriodAccuracy
from apps.forecasts.rules.completed import Came, came_to, is_complete
from apps.forecasts.rules.histories import Histories
from apps.forecasts.rules.record import near_by, still_known
from apps.forecasts.rules.series import MONTHS
from apps.forecasts.services.gathering import Gathered

QUARTER, YEAR = 3, 12
PERIODS = {QUARTER: "quarter", YEAR: "year"}
KEYS = ("department", "kind", "kpi")
STEPS = ("error", "naive", "seasonal", "in80")
TOLD = """
    SELECT issue_id, department_id, kind, kpi_key, {period}_mean, {period}_lo80, {period}_hi80,
           scale, last_value, last_year[1]
    FROM forecasts_seriesforecast WHERE issue_id = ANY(%(issues)s) AND NOT is_own AND {period}_mean IS NOT NULL
"""
TOLD_SHAPE = {
    **{"issue": pl.Int64, "department": pl.Int64, "kind": pl.String, "kpi": pl.Int64},
    **dict.fromkeys(("mean", "low", "high", "scale", "last_value", "year_before"), pl.Float64),
}
Sums = dict[tuple[int, str, int], list[float]]
"""Periods, forecasts, then STEPS added up, by months of the period, kind and months before its end."""


def store_period_accuracy(issue: ForecastIssue, gathered: Gathered) -> None:
    """How good forecasts of quarters and years were, as known with this issue. Two statements; one more for each kind of
    period that ends with the month."""
    sums = known_before(gathered)
    when = {"month_number": gathered.month.number, "fiscal_first_month": settings.FISCAL_YEAR_FIRST_MONTH}
    for step in PERIODS:
        if is_complete(step, **when):
            add(sums, step, judged(gathered, step, came_to(gathered.histories, step, **when)))
    PeriodAccuracy.objects.bulk_create(
        PeriodAccuracy(
            issue=issue,
            step=step,
            kind=kind,
            ahead=ahead,
            period_count=round(periods),
            count=round(count),
            error=error / count,
            naive_error=naive / count,
            seasonal_error=seasonal / count,
            in80_count=round(in80),
        )
        for (step, kind, ahead), (periods, count, error, naive, seasonal, in80) in sorted(sums.items())
    )


def known_before(gathered: Gathered) -> Sums:
    """The sums of the last issue before this month that counts."""
    former = [issue for issue, _age in gathered.earlier[-1:]]
    return {
        (row.step, row.kind, row.ahead): [
            row.period_count,
            row.count,
            *(mean * row.count for mean in (row.error, row.naive_error, row.seasonal_error)),
            row.in80_count,
        ]
        for row in PeriodAccuracy.objects.filter(issue__in=former)
    }


def add(sums: Sums, step: int, found: pl.DataFrame) -> None:
    """Put what was FOUND of one more period into SUMS."""
    for line in found.iter_rows(named=True):
        former = sums.setdefault((step, line["kind"], line["ahead"]), [0.0] * (2 + len(STEPS)))
        new = [1, line["count"], *(line[name] for name in STEPS)]
        former[:] = [old + more for old, more in zip(former, new, strict=True)]


def judged(gathered: Gathered, step: int, came: Came) -> pl.DataFrame:
    """By kind and months before the end: how many were told of the period of STEP months that ends now, and their errors
    added up. One statement."""
    ages = {issue: age for issue, age in gathered.earlier if age <= step}
    told, truth = told_of(ages, PERIODS[step]), truth_of(gathered.histories, came)
    with_truth = told.join(truth, on=KEYS, how="inner")
    with_truth = with_truth.filter(still_stands(gathered.histories, with_truth))
    off = {"error": "mean", "naive": "last_period", "seasonal": "last_year"}
    lines = with_truth.with_columns(
        *((pl.col("value") - pl.col(said)).abs().truediv(pl.col("usual")).alias(name) for name, said in off.items()),
        pl.col("value").is_between("low", "high").cast(pl.Float64).alias("in80"),
    )
    grouped = lines.group_by("kind", "ahead").agg(pl.len().alias("count"), *(pl.col(name).sum() for name in STEPS))
    return grouped.sort("kind", "ahead")


def told_of(ages: dict[int, int], period: str) -> pl.DataFrame:
    """What issues said of the end of the PERIOD, AGES: how many months before it each of them knew."""
    statement, given = TOLD.format(period=period), {"issues": list(ages)}
    found = copied(statement, given, TOLD_SHAPE) if ages else pl.DataFrame(schema=TOLD_SHAPE)
    aheads = pl.DataFrame(
        {"issue": list(ages), "ahead": list(ages.values())},
        schema_overrides=dict.fromkeys(("issue", "ahead"), pl.Int64),
    )
    return found.join(aheads, on="issue")


def truth_of(of: Histories, came: Came) -> pl.DataFrame:
    """The series whose period can be judged: what came is known, and so are the one before and that of a year before, and
    they usually change."""
    is_known = ~np.isnan(np.array([came.value, came.last_period, came.last_year])).any(axis=0)
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(is_known & (came.usual > 0) & ~of.is_own)
    keys = {"department": of.department, "kind": of.kind, "kpi": of.kpi, "row": np.arange(len(of))}
    return pl.DataFrame({name: column[rows] for name, column in {**keys, **came._asdict()}.items()})


def still_stands(of: Histories, told: pl.DataFrame) -> pl.Series:
    """Of what was TOLD, by the `row` OF the histories it is about and so many months `ahead` of the end: whether what was
    known then is known today, be it the last value or that of a year before the month after it."""
    row, scale, last, year_before = (told[name].to_numpy() for name in ("row", "scale", "last_value", "year_before"))
    at = MONTHS - 1 - told["ahead"].to_numpy()
    known = of.values[row[:, None], at[:, None] - np.arange(YEAR)]
    with np.errstate(invalid="ignore"):
        is_near = np.abs(known[:, -1] - year_before) <= near_by(scale, last)
        return pl.Series(is_near | still_known(known.T, scale, last))
