"""What looks wrong about values on their way in, beside the months before: warnings that a person may overrule.

The entry grid, values that wait for approval, imports and the API tell the same in the same words.
"""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl
from django.db import connection
from django.utils.translation import gettext as _

from apps.core.frames import copied
from apps.kpis.rules.checks import oddities, usual_limits
from apps.kpis.rules.screening import suspects
from apps.kpis.rules.typed import written
from apps.kpis.selectors.histories import ways

REFUSED = "looks_wrong"
MOST_PLACES = 4
# The judged values and their denominators with those in force of the months before them (screening.MONTHS_BACK), one row a
# month; LINE only where the value is news, PART_LINE only where the denominator is.
KNOWN = """
COPY (
    WITH place AS (
        SELECT series_id, (min(month) - interval '24 months')::date AS first, max(month) AS last FROM kpis_judged
        WHERE fault IS NULL AND value IS NOT NULL AND series_id IS NOT NULL GROUP BY series_id
    )
    SELECT kpi_id, department_id, month, value, line, denominator, part_line FROM (
        SELECT j.kpi_id, j.department_id, j.month, j.value,
               CASE WHEN v.value IS DISTINCT FROM j.value THEN j.line END AS line, j.denominator,
               CASE WHEN v.denominator IS DISTINCT FROM j.denominator THEN j.line END AS part_line
        FROM kpis_judged j
        LEFT JOIN kpis_kpivalue v ON v.series_id = j.series_id AND v.month = j.month AND v.state = 'current'
        WHERE j.fault IS NULL AND j.value IS NOT NULL
        UNION ALL
        SELECT s.kpi_id, s.department_id, v.month, v.value, NULL, v.denominator, NULL
        FROM place p
        JOIN kpis_kpiseries s ON s.id = p.series_id
        JOIN kpis_kpivalue v ON v.series_id = p.series_id AND v.month BETWEEN p.first AND p.last AND v.state = 'current'
        WHERE v.value IS NOT NULL AND NOT EXISTS (
            SELECT FROM kpis_judged j WHERE j.series_id = v.series_id AND j.month = v.month AND j.fault IS NULL
        )
    ) known
) TO STDOUT WITH (FORMAT csv, NULL '')
"""
# The days from which an indicator is measured otherwise than until then (rules.alike).
ERAS = """
    SELECT d.kpi_id AS kpi, lower(d.valid) AS since
    FROM kpis_kpiversion d JOIN kpis_kpiversion o ON o.kpi_id = d.kpi_id AND upper(o.valid) = lower(d.valid)
    WHERE (WAYS_OF_O) <> (WAYS_OF_D)
""".replace("WAYS_OF_O", ways("o")).replace("WAYS_OF_D", ways("d"))
ERA_SHAPE = {"kpi": pl.Int64, "since": pl.Date}
# Of these lines those whose denominator is a weight, as in the entry grid (selectors.grid).
WEIGHTED = """
    SELECT j.line FROM kpis_judged j
    JOIN kpis_kpiversion d ON d.kpi_id = j.kpi_id AND d.valid @> (j.month + interval '1 month - 1 day')::date
    WHERE j.line = ANY(%s)
      AND 'weighted' IN (d.over_time, d.over_departments) AND 'ratio' NOT IN (d.over_time, d.over_departments)
"""
SCHEMA = {
    "kpi": pl.Int64,
    "department": pl.Int64,
    "month": pl.Date,
    "value": pl.String,
    "line": pl.Int64,
    "denominator": pl.String,
    "part_line": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class Suspect:
    """A number of one line that deserves the exact look: those before it, the oldest first, and how many months ago each
    was."""

    line: int
    number: Decimal
    before: list[Decimal]
    ago: list[int]


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that looks wrong about the value of one line, or about what it counts by.

    CODE: one of those of `checks.oddities`; the message says which number is meant.
    """

    line: int
    message: str
    code: str


def found_doubts() -> list[Doubt]:
    """What looks wrong about the judged lines that have no fault and say something new, in the order of the lines.

    Inside the transaction of `judge`. Two statements, however many lines there are, and a third where a denominator looks
    wrong; lines of the file count as months before one another, months that were measured otherwise do not.
    """
    with tempfile.TemporaryFile() as known:
        with connection.cursor() as cursor:
            cursor.copy_expert(KNOWN, known)
        known.seek(0)
        frame = pl.read_csv(known, has_header=False, schema=SCHEMA, raise_if_empty=False)
    has_parts = frame["part_line"].null_count() < len(frame)
    frame = frame if has_parts else frame.drop("denominator", "part_line")
    frame = in_eras(frame, copied(ERAS, {}, ERA_SHAPE)).sort("kpi", "department", "month")
    return sorted([*value_doubts(frame), *(part_doubts(frame) if has_parts else [])], key=lambda doubt: doubt.line)


def value_doubts(frame: pl.DataFrame) -> Iterable[Doubt]:
    """The doubts about the values of KNOWN, sorted by place and month."""
    for found in looked_at(frame, "value", "line"):
        words = odd_words(found.number, found.before, found.ago)
        yield from (Doubt(found.line, message, code) for code, message in words.items())


def part_doubts(frame: pl.DataFrame) -> list[Doubt]:
    """The doubts about the denominators of KNOWN: both parts of a rate a thousand times too large leave it as it was, but
    decide what it counts upward. A numerator follows from the other two."""
    given = frame.filter(pl.col("denominator").is_not_null())
    odd = [found for found in looked_at(given, "denominator", "part_line") if odd_parts(found.number, found.before)]
    if not odd:
        return []
    with connection.cursor() as cursor:
        cursor.execute(WEIGHTED, [[found.line for found in odd]])
        weighted = {line for (line,) in cursor.fetchall()}
    return [
        Doubt(found.line, message, code)
        for found in odd
        for code, message in part_words(found.number, found.before, is_weight=found.line in weighted).items()
    ]


def looked_at(frame: pl.DataFrame, name: str, line: str) -> Iterable[Suspect]:
    """The numbers NAME of the frame, sorted by place and month, that deserve the exact look; LINE: the column of the lines
    where they are news."""
    place = frame.select(pl.struct("kpi", "department", "since").rle_id().cast(pl.Int64)).to_series().to_numpy()
    counted = frame.select(pl.col("month").dt.year() * 12 + pl.col("month").dt.month().cast(pl.Int32)).to_series()
    month, numbers, lines = counted.cast(pl.Int64).to_numpy(), frame[name], frame[line]
    is_suspect, earlier = suspects(place, month, numbers.cast(pl.Float64, strict=False).to_numpy())
    for index in (is_suspect & lines.is_not_null().to_numpy()).nonzero()[0].tolist():
        first = index - int(earlier[index])
        before = [Decimal(text) for text in numbers.slice(first, index - first)]
        yield Suspect(lines[index], Decimal(numbers[index]), before, (month[index] - month[first:index]).tolist())


def in_eras(frame: pl.DataFrame, eras: pl.DataFrame) -> pl.DataFrame:
    """FRAME with the day `since` which its month's figures are measured as they are; nothing: always. A month is measured as
    on its last day."""
    if not len(eras):
        return frame.with_columns(pl.lit(None, dtype=pl.Date).alias("since"))
    ends = frame.with_columns(pl.col("month").dt.month_end().alias("end")).sort("end")
    by = eras.with_columns(pl.col("since").alias("end")).sort("end")
    return ends.join_asof(by, on="end", by="kpi", check_sortedness=False)


def odd_words(value: Decimal, earlier: Sequence[Decimal], ago: Sequence[int] = ()) -> dict[str, str]:
    """What is odd about a value after the EARLIER ones: code → sentence. AGO: how many months ago each of them was; without
    it no season is known."""
    found = oddities(value, earlier, ago)
    facts = {"value": written(value), "last": written(earlier[-1]) if earlier else ""}
    if "limits" in found:
        low, high = usual_limits(earlier, places=places_of([value, *earlier]))
        facts |= {"low": written(low), "high": written(high), "count": str(len(earlier))}
    words = {
        "scale": _("%(value)s is about 10, 100 or 1,000 times off the usual size (last: %(last)s). Is the unit right?"),
        "outlier": _("%(value)s is more than ten times the usual size (last: %(last)s)."),
        "sign": _("%(value)s has a sign that none of the months before had (last: %(last)s)."),
        "limits": _(
            "%(value)s lies outside the usual range of the %(count)s months before, %(low)s to %(high)s (last: %(last)s). "
            "If it is right, say in a note what changed."
        ),
        "copied": _("%(value)s is exactly the value of the month before, and this KPI has never repeated itself."),
    }
    return {code: words[code] % facts for code in found}


def months_ago(month: date, earlier: Iterable[date]) -> list[int]:
    """How many months before MONTH each of the EARLIER ones lies."""
    return [(month.year - one.year) * 12 + month.month - one.month for one in earlier]


def odd_parts(denominator: Decimal, earlier: Sequence[Decimal]) -> list[str]:
    """Codes of what is odd about a denominator or weight after the EARLIER ones: a slip of scale, a sign. Its usual size is
    free to move: what is asked is only whether both parts of a rate were written in another unit."""
    return [code for code in oddities(denominator, earlier) if code in {"scale", "sign"}]


def part_words(denominator: Decimal, earlier: Sequence[Decimal], *, is_weight: bool) -> dict[str, str]:
    """What is odd about a denominator after the EARLIER ones, or about a weight: code → sentence that names the field."""
    words = {
        "scale": _(
            "The denominator %(number)s is about 10, 100 or 1,000 times off the usual size (last: %(last)s): the rate "
            "would count by it where several are put together. Is the unit right?"
        ),
        "sign": _("The denominator %(number)s has a sign that none of the months before had (last: %(last)s)."),
    }
    if is_weight:
        words = {
            "scale": _(
                "The weight %(number)s is about 10, 100 or 1,000 times off the usual size (last: %(last)s): the value "
                "would count by it where several are put together. Is the unit right?"
            ),
            "sign": _("The weight %(number)s has a sign that none of the months before had (last: %(last)s)."),
        }
    facts = {"number": written(denominator), "last": written(earlier[-1]) if earlier else ""}
    return {code: words[code] % facts for code in odd_parts(denominator, earlier)}


def places_of(values: Sequence[Decimal]) -> int:
    """How many decimals limits are told with: as many as the values have, at most MOST_PLACES."""
    exponents = [int(value.normalize().as_tuple().exponent) for value in values if value]
    return max(0, min(MOST_PLACES, -min(exponents, default=0)))


def refuse_lines(lines: Iterable[int]) -> None:
    """Judged lines that are not to be stored because they look wrong."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kpis_judged SET fault = %s WHERE line = ANY(%s)", [REFUSED, list(lines)])
