"""The monthly forecast over twenty thousand stored series: read, rolled up, forecast, stored, beside the engine alone.

The limit is the engine on the very same matrix, which it finds in memory. Some months are issued one after the other. After
the second one three years of earlier issues are laid down behind them, as copies of what the first one told: more than are
ever judged. The third has to judge all of the last eighteen months anew, as after a reorganisation of everything, the
dearest there is; from the fourth on it is a month like any other. CPU of this process and of the database together; the
thread of the matrix library that waits for its next product burns as much in the engine alone as in the job.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Any
from unittest import mock

import numpy as np
import polars as pl
from django.db import connection

from apps.core.clock import now
from apps.core.frames import copied
from apps.core.moment import one_moment
from apps.core.month import Month
from apps.forecasts.models import ForecastMonth
from apps.forecasts.rules.engine import forecast
from apps.forecasts.rules.foretelling import Stack, stacked
from apps.forecasts.rules.series import MONTHS
from apps.forecasts.services import issue_month, issuing
from apps.forecasts.services.gathering import gather
from apps.periods.services import open_periods
from ops_portal.bench.company import Cast
from ops_portal.bench.figures import SERIES, TABLES, VALUES, keys_checked_at_the_end, months_back
from ops_portal.bench.memory import peak_mb
from ops_portal.bench.pages import backend_seconds, counted
from ops_portal.bench.recording import new_kpis
from ops_portal.bench.unrecorded import unrecorded

REPORTED = 20_000
HISTORY = 48
ISSUES = 5
ISSUES_BEFORE = 2
"""So many are issued before the earlier ones are laid down."""
COPIES = 34
"""The last eighteen months are judged, each by eighteen issues: 35 of them."""
LAY_DOWN = """
WITH issue AS (
    INSERT INTO forecasts_forecastissue (month, version, horizon, issued_at, engine, fingerprint, series_count, told_count,
                                         warning_count, reason)
    SELECT (i.month - make_interval(months => n))::date, 1, horizon, issued_at, engine, fingerprint, series_count,
           told_count, warning_count, ''
    FROM forecasts_forecastissue i, generate_series(1, %(copies)s) AS n WHERE i.id = %(issue)s RETURNING id, month
), place AS (
    INSERT INTO forecasts_forecastmonth (created_at, updated_at, month, current_id)
    SELECT now(), now(), month, id FROM issue
)
INSERT INTO forecasts_toldmonth (issue_id, ahead, figures)
SELECT issue.id, t.ahead, t.figures FROM issue, forecasts_toldmonth t WHERE t.issue_id = %(issue)s
"""
MOST_TIMES_ENGINE = 3.0
MOST_TIMES_ANEW = 4.5
"""Where all of the last eighteen months have to be judged anew: once, after all was reorganised. Measured: 3.6 to 4.2."""
MOST_QUERIES = 60
MOST_MB = 1_500.0


@dataclass(frozen=True, slots=True)
class MonthIssued:
    """One month: series stored, months before it that were judged, CPU milliseconds of both processes and of the engine."""

    series: int
    earlier: int
    python_ms: float
    database_ms: float
    engine_ms: float
    wall_ms: float
    queries: int
    peak_mb: float

    @property
    def most(self) -> float:
        """How many times it may be."""
        return MOST_TIMES_ANEW if self.earlier == ISSUES_BEFORE + COPIES else MOST_TIMES_ENGINE

    @property
    def ratio(self) -> float:
        """How many times the engine's CPU everything takes."""
        return round((self.python_ms + self.database_ms) / self.engine_ms, 2) if self.engine_ms else 0.0

    def __str__(self) -> str:
        return (
            f"{self.series:,} series with {self.earlier} earlier issues: CPU {self.python_ms + self.database_ms:,.0f} ms "
            f"({self.database_ms:,.0f} in the database), engine alone {self.engine_ms:,.0f} ms ({self.ratio} times); wall "
            f"{self.wall_ms:,.0f} ms, {self.queries} queries, {self.peak_mb:,.0f} MB at most"
        )


def issue_months(cast: Cast) -> list[MonthIssued]:
    """Month after month, shown as they come."""
    open_periods(now=now())
    # What others work out for a statement beside the process behind our connection would not be measured.
    with connection.cursor() as cursor:
        for one in ("SET", "ALTER ROLE CURRENT_USER SET"):
            cursor.execute(f"{one} max_parallel_workers_per_gather = 0")
    write_histories(cast)
    warm_up()
    found: list[MonthIssued] = []
    stack = None
    for number, day in enumerate(months_back(ISSUES)):
        if number == ISSUES_BEFORE:
            lay_down(Month.of(months_back(ISSUES)[0]))
        earlier = number + (COPIES if number >= ISSUES_BEFORE else 0)
        row, stack = issue_beside_engine(Month.of(day), earlier, stack)
        found.append(row)
        print(row, flush=True)
    return found


def warm_up() -> None:
    """Weights and libraries are loaded once a worker: the engine is measured without that, and so is the job."""
    values = np.arange(200.0 * MONTHS).reshape(-1, MONTHS) % 97
    forecast(values, lower=np.full(len(values), np.nan), upper=np.full(len(values), np.nan))
    copied("SELECT 1 AS one", {}, {"one": pl.Int64})


def lay_down(first: Month) -> None:
    """Earlier issues of the months before the FIRST, with what judging reads of them: blocks. Their rows, which it does not
    read, are left away."""
    issue = ForecastMonth.objects.get(month=first.first_day).current_id
    with unrecorded("forecasts_forecastmonth") as cursor:
        cursor.execute(LAY_DOWN, {"copies": COPIES, "issue": issue})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE forecasts_toldmonth")


def broken_issues(rows: list[MonthIssued]) -> Iterator[str]:
    """Every limit that does not hold, in words."""
    for row in rows:
        if row.ratio > row.most:
            yield f"{row.earlier} earlier issues: {row.ratio} times the engine, more than {row.most:g}."
        if row.queries > MOST_QUERIES or row.peak_mb > MOST_MB:
            yield f"{row.earlier} earlier issues: {row.queries} queries, {row.peak_mb:,.0f} MB."


def write_histories(cast: Cast, *, reported: int = REPORTED) -> None:
    """Indicators that every team reports, about so many histories, rolled up over branches and the top; with a target."""
    keys = sorted(new_kpis(cast, -(-reported // len(cast.teams))))
    months = months_back(HISTORY + ISSUES - 1)
    given: dict[str, Any] = {
        "low": keys[0],
        "high": keys[-1],
        "teams": [team.pk for team in cast.teams],
        "months": list(months),
        "first_month": months[0],
    }
    with keys_checked_at_the_end(), unrecorded(*TABLES) as cursor:
        for statement in (SERIES, VALUES):
            cursor.execute(statement, given)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def issue_beside_engine(month: Month, earlier: int, former: Stack | None) -> tuple[MonthIssued, Stack]:
    """The job's work for MONTH between two rounds of the engine alone: over the histories of the month before (FORMER, as
    many) and over its own, which are given too. A machine that others use is not as fast in one second as in the next."""
    moment, queries = now(), 0
    engine = [] if former is None else [engine_ms(former)]

    def issue() -> None:
        nonlocal queries
        queries = counted(lambda: issue_month(month=month, by=None, now=moment))

    with reading_seconds() as reading:
        wall, python, database = costs(issue)
    database += sum(reading) * 1000
    peak = round(peak_mb())
    stack = None

    def read() -> None:
        nonlocal stack
        stack = stacked(gather(month=month, now=moment).histories)

    queries += counted(read)
    assert stack is not None
    engine.append(engine_ms(stack))
    row = MonthIssued(len(stack.matrix), earlier, python, database, fmean(engine), wall, queries, peak)
    return row, stack


def engine_ms(stack: Stack) -> float:
    """CPU milliseconds of the engine alone."""
    return costs(lambda: forecast(stack.matrix, lower=stack.lower, upper=stack.upper, kind=stack.season))[1]


def costs(do: Callable[[], Any]) -> tuple[float, float, float]:
    """Milliseconds of the wall, of our CPU and of the database's."""
    database, python, began = backend_seconds(), time.process_time(), time.perf_counter()
    do()
    took = time.perf_counter() - began
    return took * 1000, (time.process_time() - python) * 1000, (backend_seconds() - database) * 1000


@contextlib.contextmanager
def reading_seconds() -> Iterator[list[float]]:
    """CPU seconds of the database behind the connection the figures of an issue are read through, once it is done."""
    found: list[float] = []

    @contextlib.contextmanager
    def measured() -> Iterator[None]:
        with one_moment():
            yield
            found.append(backend_seconds())

    with mock.patch.object(issuing, "one_moment", measured):
        yield found
