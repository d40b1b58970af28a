"""A judged month into its tables: every series as a row of one frame, all of them in one COPY."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from django.db.models import Max

from apps.accounts.models import User
from apps.core.frames import copy_frame
from apps.forecasts.choices import WARNED
from apps.forecasts.models import ForecastIssue
from apps.forecasts.rules.choosing import Past
from apps.forecasts.rules.outlook import NEVER
from apps.forecasts.rules.series import Floats, Whole
from apps.forecasts.services.gathering import Gathered, engine_name
from apps.forecasts.services.judging import Judged, Plain
from apps.forecasts.services.sources import MadeSeries
from apps.jobs.models import JobRun

SMALL, COUNT = pl.Int16, pl.Int32
RANGES = ("mean", "lo80", "hi80", "lo95", "hi95")
MEANINGS = (
    *("chance_month", "chance_quarter", "chance_year", "quarter_mean", "year_mean", "year_lo80", "year_hi80"),
    *("quarter_lo80", "quarter_hi80", "quarter_target", "year_target", "warned_chance"),
)
COLUMNS = (
    *("issue_id", "department_id", "kind", "kpi_key", "kpi_id", "is_own", "step", "actual", "history_count", "scale"),
    *("lower", "upper", "target_upper", "quarter_upper", "year_upper", "quarter_shares", "year_shares"),
    *("last_value", "last_year", *RANGES, "numerator", "denominator", "target", "method", "remarks", *MEANINGS),
    *(
        "warning",
        "warned_month",
        "past_count",
        "past_error",
        "past_own",
        "past_naive",
        "past_seasonal",
        "past_in80",
        "past_in95",
    ),
)


@dataclass(frozen=True, slots=True)
class Origin:
    """On whose account an issue is made: by whom, when, by which job, and why again."""

    by: User | None
    now: datetime
    job: JobRun | None = None
    reason: str = ""


def store_issue(*, gathered: Gathered, judged: Judged, plain: Plain, past: Past, origin: Origin) -> ForecastIssue:
    """Write one new version of the month's issue. Inside the caller's transaction, under the lock of the month's row."""
    issue = issue_to_store(gathered, origin)
    frame = pl.concat([judged_frame(gathered, judged), made_frame(gathered)], how="vertical")
    issue.series_count = len(frame)
    issue.told_count = int(frame["mean"].is_not_null().sum())
    # As pages count them: good news is no warning, and what a department reports itself stands in no list.
    needs_somebody = frame["warning"].is_in([word.value for word in WARNED]).to_numpy()
    issue.warning_count = int((needs_somebody & ~gathered.histories.is_own).sum())
    issue.save(force_insert=True)
    frame = frame.hstack(common_columns(gathered, plain, past, issue)).hstack(share_columns(judged, len(frame)))
    copy_frame(frame.select(COLUMNS), "forecasts_seriesforecast")
    return issue


def issue_to_store(gathered: Gathered, origin: Origin) -> ForecastIssue:
    """The next version of the month, without its counts; one query."""
    month = gathered.month.first_day
    former = ForecastIssue.objects.filter(month=month).aggregate(newest=Max("version"))["newest"]
    return ForecastIssue(
        month=month,
        version=(former or 0) + 1,
        horizon=gathered.horizon,
        issued_at=origin.now,
        issued_by=origin.by,
        job=origin.job,
        engine=engine_name(),
        fingerprint=gathered.fingerprint,
        reason=origin.reason.strip()[:500],
    )


def common_columns(gathered: Gathered, plain: Plain, past: Past, issue: ForecastIssue) -> pl.DataFrame:
    """What every row has, however its forecast came about: what it is, what was, how earlier forecasts turned out."""
    rows = gathered.histories
    return pl.DataFrame(
        {
            "issue_id": np.full(len(rows), issue.pk),
            "department_id": rows.department,
            "kind": rows.kind,
            "kpi_key": rows.kpi,
            "kpi_id": pl.Series(rows.kpi).replace(0, None),
            "is_own": rows.is_own,
            "step": pl.Series(rows.step, dtype=SMALL),
            "actual": known(rows.values[:, -1]),
            "history_count": pl.Series(plain.count, dtype=SMALL),
            "scale": known(plain.scale),
            "lower": known(rows.lower),
            "upper": known(rows.upper),
            "last_value": known(plain.last_value),
            "last_year": lists(plain.last_year),
            "past_count": pl.Series(past.judged, dtype=COUNT),
            "past_error": known(past.error),
            "past_own": known(past.own),
            "past_naive": known(past.naive),
            "past_seasonal": known(past.seasonal),
            "past_in80": pl.Series(past.in80, dtype=COUNT),
            "past_in95": pl.Series(past.in95, dtype=COUNT),
        }
    )


def judged_frame(gathered: Gathered, judged: Judged) -> pl.DataFrame:
    """What is foretold of each row that does not bring its own."""
    told, meaning, count = judged.foretold.forecast, judged.outlook, len(judged.method)
    quarter, year = meaning.quarter, meaning.year
    meanings = (
        *(meaning.next_month, quarter.chance, year.chance, quarter.mean, year.mean, year.lo80, year.hi80),
        *(quarter.lo80, quarter.hi80, quarter.target, year.target, meaning.warned_chance),
    )
    return pl.DataFrame(
        {
            **{name: lists(getattr(told, name)) for name in RANGES},
            "numerator": lists(judged.foretold.numerator),
            "denominator": lists(judged.foretold.denominator),
            "target": lists(gathered.histories.target[:count, -gathered.horizon :]),
            "target_upper": lists(upper_targets(gathered, count)),
            "quarter_upper": known(quarter.upper),
            "year_upper": known(year.upper),
            "method": judged.method,
            "remarks": word_lists(judged.remarks.tolist()),
            **{name: known(column) for name, column in zip(MEANINGS, meanings, strict=True)},
            "warning": meaning.warning,
            "warned_month": month_days(gathered, meaning.warned_ahead),
        }
    )


def share_columns(judged: Judged, count: int) -> pl.DataFrame:
    """What the months ahead count in quarter and year, of COUNT rows: those that brought their forecast are no ratios."""
    columns = {}
    for name in ("quarter_shares", "year_shares"):
        shares = getattr(judged.outlook, name)
        matrix = np.full((count, shares.shape[1]), np.nan)
        matrix[: len(shares)] = shares
        columns[name] = lists(matrix)
    return pl.DataFrame(columns)


def upper_targets(gathered: Gathered, count: int) -> Floats:
    """[COUNT, horizon]: the upper ends of targets that are ranges."""
    rows = gathered.histories
    uppers = rows.target_upper[:count, -gathered.horizon :]
    return np.where((rows.direction[:count] == "range")[:, None], uppers, np.nan)


def made_frame(gathered: Gathered) -> pl.DataFrame:
    """What is foretold of the rows that came with their forecast."""
    made, horizon = gathered.made, gathered.horizon

    def told(of: Callable[[MadeSeries], Sequence[float]]) -> pl.Series:
        nothing = [np.nan] * horizon
        return lists(np.array([of(one) or nothing for one in made], dtype=np.float64).reshape(-1, horizon))

    columns = {name: told(lambda one, name=name: getattr(one, name)) for name in RANGES}  # type: ignore[misc]
    nothing = told(lambda _one: ())
    return pl.DataFrame(
        {
            **columns,
            "numerator": nothing,
            "denominator": nothing,
            "target": told(lambda one: one.target),
            "target_upper": nothing,
            **{name: pl.Series([None] * len(made), dtype=pl.Float64) for name in ("quarter_upper", "year_upper")},
            "method": pl.Series([one.method for one in made], dtype=pl.String),
            "remarks": word_lists([",".join(one.remarks) for one in made]),
            **{name: pl.Series([getattr(one, name) for one in made], dtype=pl.Float64) for name in MEANINGS},
            "warning": pl.Series([one.warning for one in made], dtype=pl.String),
            "warned_month": pl.Series(
                [one.warned_month.first_day if one.warned_month else None for one in made], dtype=pl.Date
            ),
        }
    )


def known(figures: Floats) -> pl.Series:
    """Figures with nothing where nothing is known."""
    return pl.Series(np.asarray(figures, dtype=np.float64)).fill_nan(None)


def lists(matrix: Floats) -> pl.Series:
    """Rows of MATRIX as lists; none where a figure is missing."""
    rows = pl.DataFrame({"row": np.ascontiguousarray(matrix), "is_whole": ~np.isnan(matrix).any(axis=1)})
    return rows.select(pl.when("is_whole").then("row")).to_series()


def word_lists(texts: Sequence[str]) -> pl.Series:
    """Words parted by commas as lists."""
    rows = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
    none = pl.lit([], dtype=pl.List(pl.String))
    return rows.select(pl.when(pl.col("text") == "").then(none).otherwise(pl.col("text").str.split(","))).to_series()


def month_days(gathered: Gathered, ahead: Whole) -> pl.Series:
    """The first days of the months so many ahead (0: the next); nothing for NEVER."""
    days = pl.Series([gathered.month.plus(step + 1).first_day for step in range(gathered.horizon)], dtype=pl.Date)
    steps = pl.Series(ahead, dtype=pl.Int64)
    return days.gather(steps.set(steps == NEVER, None))
