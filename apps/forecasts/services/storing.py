"""A judged month into its tables: every series as a column of text, all of them in one COPY."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from django.db import connection
from django.db.models import Max

from apps.accounts.models import User
from apps.forecasts.choices import WARNED
from apps.forecasts.models import ForecastIssue
from apps.forecasts.rules.choosing import Past
from apps.forecasts.rules.outlook import NEVER
from apps.forecasts.rules.series import Floats, Whole
from apps.forecasts.services.gathering import Gathered, engine_name
from apps.forecasts.services.judging import Judged, Plain
from apps.forecasts.services.sources import MadeSeries
from apps.jobs.models import JobRun

NOTHING = "\\N"
NO_LIST = "{}"
RANGES = ("mean", "lo80", "hi80", "lo95", "hi95")
MEANINGS = (
    *("chance_month", "chance_quarter", "chance_year", "quarter_mean", "year_mean", "year_lo80", "year_hi80"),
    *("quarter_lo80", "quarter_hi80", "quarter_target", "year_target", "warned_chance"),
)
COLUMNS = (
    *("issue_id", "department_id", "kind", "kpi_key", "kpi_id", "is_own", "step", "actual", "history_count", "scale"),
    *("lower", "upper", "target_upper", "quarter_upper", "year_upper"),
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
    issue.told_count = int((frame["mean"] != NO_LIST).sum())
    # As pages count them: good news is no warning, and what a department reports itself stands in no list.
    needs_somebody = frame["warning"].is_in([word.value for word in WARNED]).to_numpy()
    issue.warning_count = int((needs_somebody & ~gathered.histories.is_own).sum())
    issue.save(force_insert=True)
    copy_frame(frame.hstack(common_columns(gathered, plain, past, issue)).select(COLUMNS), "forecasts_seriesforecast")
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
            "step": rows.step,
            "actual": known(rows.values[:, -1]),
            "history_count": plain.count,
            "scale": known(plain.scale),
            "lower": known(rows.lower),
            "upper": known(rows.upper),
            "last_value": known(plain.last_value),
            "last_year": lists(plain.last_year),
            "past_count": past.judged,
            "past_error": known(past.error),
            "past_own": known(past.own),
            "past_naive": known(past.naive),
            "past_seasonal": known(past.seasonal),
            "past_in80": past.in80,
            "past_in95": past.in95,
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
            "remarks": "{" + pl.Series(judged.remarks) + "}",
            **{name: known(column) for name, column in zip(MEANINGS, meanings, strict=True)},
            "warning": meaning.warning,
            "warned_month": month_texts(gathered, meaning.warned_ahead),
        }
    )


def upper_targets(gathered: Gathered, count: int) -> Floats:
    """[COUNT, horizon]: the upper ends of targets that are ranges."""
    rows = gathered.histories
    uppers = rows.target_upper[:count, -gathered.horizon :]
    return np.where((rows.direction[:count] == "range")[:, None], uppers, np.nan)


def made_frame(gathered: Gathered) -> pl.DataFrame:
    """What is foretold of the rows that came with their forecast."""
    made = gathered.made

    def texts(told: Callable[[MadeSeries], Sequence[float]]) -> pl.Series:
        return pl.Series([list_text(told(one)) for one in made], dtype=pl.String)

    columns = {name: texts(lambda one, name=name: getattr(one, name)) for name in RANGES}  # type: ignore[misc]
    return pl.DataFrame(
        {
            **columns,
            "numerator": texts(lambda _one: ()),
            "denominator": texts(lambda _one: ()),
            "target": texts(lambda one: one.target),
            "target_upper": texts(lambda _one: ()),
            **{name: pl.Series([None] * len(made), dtype=pl.Float64) for name in ("quarter_upper", "year_upper")},
            "method": pl.Series([one.method for one in made], dtype=pl.String),
            "remarks": pl.Series([f"{{{','.join(one.remarks)}}}" for one in made], dtype=pl.String),
            **{name: pl.Series([getattr(one, name) for one in made], dtype=pl.Float64) for name in MEANINGS},
            "warning": pl.Series([one.warning for one in made], dtype=pl.String),
            "warned_month": pl.Series(
                [one.warned_month.first_day.isoformat() if one.warned_month else None for one in made], dtype=pl.String
            ),
        }
    )


def known(figures: Floats) -> pl.Series:
    """Figures with nothing where nothing is known."""
    return pl.Series(np.asarray(figures, dtype=np.float64)).fill_nan(None)


def lists(matrix: Floats) -> pl.Series:
    """Rows of MATRIX as the database's lists; an empty one where a figure is missing."""
    names = [str(column) for column in range(matrix.shape[1])]
    frame = pl.from_numpy(np.ascontiguousarray(matrix), schema=names, orient="row")
    text = frame.select("{" + pl.concat_str(names, separator=",") + "}").to_series()
    return text.set(pl.Series(np.isnan(matrix).any(axis=1)), NO_LIST)


def list_text(figures: Sequence[float]) -> str:
    """One list."""
    return f"{{{','.join(map(repr, map(float, figures)))}}}"


def month_texts(gathered: Gathered, ahead: Whole) -> pl.Series:
    """The months so many ahead (0: the next) as days; nothing for NEVER."""
    texts = {step: gathered.month.plus(step + 1).first_day.isoformat() for step in range(gathered.horizon)}
    return pl.Series([None if step == NEVER else texts[step] for step in ahead.tolist()], dtype=pl.String)


def copy_frame(frame: pl.DataFrame, table: str) -> None:
    """Every row of FRAME into TABLE."""
    out = io.BytesIO()
    frame.with_columns(pl.selectors.boolean().cast(pl.Int8)).write_csv(
        out, include_header=False, separator="\t", null_value=NOTHING, quote_style="never"
    )
    out.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({', '.join(frame.columns)}) FROM STDIN", out)
