"""How earlier issues turned out: what they foretold for months that are known by now, against what came."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from django.db import connection

from apps.core.frames import copied
from apps.forecasts.models import ForecastIssue, HorizonAccuracy
from apps.forecasts.rules.choosing import Past, no_past
from apps.forecasts.rules.network import HORIZON
from apps.forecasts.rules.series import Floats, Whole
from apps.forecasts.services.gathering import Gathered
from apps.forecasts.services.storing import copy_frame

TRUTHS = """
CREATE TEMPORARY TABLE forecasts_truth (
    number bigint, department_id bigint, kind text, kpi_key bigint, is_own boolean, truths float8[]
) ON COMMIT DROP
"""
# The last months of `truths` are the first an issue told of: as many as it is old. Groups by series have a number, groups
# by kind and months ahead have none; their errors are in steps of their series. Those leave out what departments report
# themselves while others below them do.
JUDGED = """
WITH judged AS (
    SELECT t.number, s.kind, s.is_own, j.ahead, s.scale, abs(j.truth - j.mean) AS error,
           abs(j.truth - s.last_value) AS naive, abs(j.truth - j.last_year) AS seasonal,
           j.truth BETWEEN j.lo80 AND j.hi80 AS in80, j.truth BETWEEN j.lo95 AND j.hi95 AS in95
    FROM unnest(%(issues)s::bigint[], %(ages)s::int[]) AS i(id, age)
    JOIN forecasts_seriesforecast s ON s.issue_id = i.id AND s.mean <> '{}'
    JOIN forecasts_truth t USING (department_id, kind, kpi_key, is_own)
    CROSS JOIN LATERAL unnest(s.mean[:age], s.lo80[:age], s.hi80[:age], s.lo95[:age], s.hi95[:age], s.last_year[:age],
                              t.truths[%(horizon)s - age + 1:])
        WITH ORDINALITY AS j(mean, lo80, hi80, lo95, hi95, last_year, truth, ahead)
    WHERE j.truth IS NOT NULL AND j.mean IS NOT NULL
)
SELECT number, kind, ahead, count(*), avg(error), avg(naive), avg(seasonal), avg(error / nullif(scale, 0)),
       avg(naive / nullif(scale, 0)), avg(seasonal / nullif(scale, 0)), count(*) FILTER (WHERE in80),
       count(*) FILTER (WHERE in95)
FROM judged GROUP BY GROUPING SETS ((number), (kind, ahead, is_own)) HAVING NOT is_own IS TRUE
"""
SHAPE = {
    **{"number": pl.Int64, "kind": pl.String, "ahead": pl.Int64, "count": pl.Int64},
    **dict.fromkeys(("error", "naive", "seasonal", "steps", "naive_steps", "seasonal_steps"), pl.Float64),
    **{"in80": pl.Int64, "in95": pl.Int64},
}


@dataclass(frozen=True, slots=True)
class LookedBack:
    """past: of each row of the histories. by_horizon: kind, ahead, count, steps, naive_steps, seasonal_steps, in80, in95."""

    past: Past
    by_horizon: pl.DataFrame


def look_back(gathered: Gathered) -> LookedBack:
    """What became of the issues that count of earlier months. One statement over what they stored, inside a transaction."""
    count = len(gathered.histories)
    if not gathered.earlier:
        return LookedBack(no_past(count), pl.DataFrame(schema=SHAPE))
    with connection.cursor() as cursor:
        cursor.execute(TRUTHS)
    copy_frame(truth_frame(gathered), "forecasts_truth")
    issues = [issue for issue, _age in gathered.earlier]
    ages = [age for _issue, age in gathered.earlier]
    given: dict[str, Any] = {"issues": issues, "ages": ages, "horizon": HORIZON}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE forecasts_truth")
        found = copied(JUDGED, given, SHAPE)
        cursor.execute("DROP TABLE forecasts_truth")
    of_series = found.filter(pl.col("number").is_not_null())
    return LookedBack(
        past_of(of_series, count), found.filter(pl.col("number").is_null() & pl.col("steps").is_not_null())
    )


def truth_frame(gathered: Gathered) -> pl.DataFrame:
    """What came, of every row: the last months, the issued one last."""
    rows = gathered.histories
    return pl.DataFrame(
        {
            "number": np.arange(len(rows)),
            "department_id": rows.department,
            "kind": rows.kind,
            "kpi_key": rows.kpi,
            "is_own": rows.is_own,
            "truths": gappy_lists(rows.values[:, -HORIZON:]),
        }
    )


def gappy_lists(matrix: Floats) -> pl.Series:
    """Rows as the database's lists with nothing for what is not known."""
    names = [str(column) for column in range(matrix.shape[1])]
    frame = pl.from_numpy(np.ascontiguousarray(matrix), schema=names, orient="row")
    words = frame.select(pl.all().fill_nan(None).cast(pl.String).fill_null("NULL"))
    return words.select("{" + pl.concat_str(names, separator=",") + "}").to_series()


def past_of(found: pl.DataFrame, count: int) -> Past:
    """The groups by series as one row for each of COUNT; those never foretold have no past."""
    every = pl.DataFrame({"number": np.arange(count)}).join(found, on="number", how="left", maintain_order="left")

    def figures(name: str) -> Floats:
        return every[name].fill_null(float("nan")).to_numpy()

    def counts(name: str) -> Whole:
        return every[name].fill_null(0).to_numpy()

    return Past(
        counts("count"), figures("error"), figures("naive"), figures("seasonal"), counts("in80"), counts("in95")
    )


def store_accuracy(issue: ForecastIssue, by_horizon: pl.DataFrame) -> None:
    """How good earlier forecasts were by kind and months ahead, as known with this issue."""
    HorizonAccuracy.objects.bulk_create(
        HorizonAccuracy(
            issue=issue,
            kind=row["kind"],
            ahead=row["ahead"],
            count=row["count"],
            error=row["steps"],
            naive_error=row["steps"] if row["naive_steps"] is None else row["naive_steps"],
            seasonal_error=row["steps"] if row["seasonal_steps"] is None else row["seasonal_steps"],
            in80_count=row["in80"],
            in95_count=row["in95"],
        )
        for row in by_horizon.sort("kind", "ahead").iter_rows(named=True)
    )
