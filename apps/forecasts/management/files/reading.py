"""What has to be said of a file of series beside its forecasts: what could not be read, was given twice, or is odd."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from apps.forecasts.rules.series import MONTHS, YEAR, Flags, Floats, Whole

SHOWN = 5
"""So many series are named, the others counted."""
FAR = 12
"""A last month that lies further than this behind the one before it may be a slip."""
BLANK, NO_MONTH, NO_NUMBER, NO_NAME = range(4)
WHY = {
    BLANK: "its values are blank",
    NO_MONTH: "none of its months is written YYYY-MM",
    NO_NUMBER: "none of its values is a number",
}
SAID = {
    "one_value": "only one value is known: the last value with a wide range",
    "short_history": "less than 13 months are known: no season can be seen",
    "no_season_yet": "less than 24 months are known: half of the season they show is counted",
    "gaps_filled": "months without a value were bridged",
    "spike_capped": "a single month far outside was capped",
    "level_shift_cut": "the level changed: months before are left out",
    "constant": "all values so far are the same",
}
"""The engine's notes in words, as the portal says them."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What was found while a file was read. unread: lines that say nothing, by why; left_out: names without any number and
    why; repeated: names with months given twice, and so many lines too many; far: (name, its last month, the one before);
    not_finite: names with bounds that are no finite numbers."""

    unread: dict[int, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    repeated: dict[str, int] = field(default_factory=dict)
    far: Sequence[tuple[str, str, str]] = ()
    not_finite: Sequence[str] = ()


def reasons_of(junk: pl.DataFrame) -> pl.DataFrame:
    """Lines that hold no number of a month (series_id, value as it stands, when; None: no month) with `why` they do not."""
    is_blank = pl.col("value").is_null() | (pl.col("value").str.strip_chars() == "")
    why = (
        pl.when(pl.col("series_id").is_null())
        .then(NO_NAME)
        .when(pl.col("when").is_null())
        .then(NO_MONTH)
        .when(is_blank)
        .then(BLANK)
        .otherwise(NO_NUMBER)
    )
    return junk.select("series_id", why.alias("why"))


def unread_in(reasons: pl.DataFrame) -> dict[int, int]:
    """How many lines say nothing, by why; a blank value is a gap, which may be."""
    counted = reasons.filter(pl.col("why") != BLANK)["why"].value_counts()
    return dict(counted.iter_rows())


def left_out_in(reasons: pl.DataFrame, names: pl.Series) -> dict[str, int]:
    """Names of which no line holds a number, and why: the worst of what is wrong with their lines."""
    named = reasons.filter(pl.col("series_id").is_not_null() & ~pl.col("series_id").is_in(names.implode()))
    return dict(named.group_by("series_id", maintain_order=True).agg(pl.col("why").max()).iter_rows())


def repeated_in(names: pl.Series, row: Whole, values: Floats) -> dict[str, int]:
    """Names with more lines, each of a ROW of VALUES, than months: so many too many."""
    over = np.bincount(row, minlength=len(names)) - (~np.isnan(values)).sum(axis=1)
    found = np.flatnonzero(over > 0)
    return dict(zip(names.gather(found).to_list(), over[found].tolist(), strict=True))


def far_in(names: pl.Series, row: Whole, when: Whole, last: Whole) -> list[tuple[str, str, str]]:
    """Names whose LAST month lies far behind the one before it, and both. WHEN: of each line, of the series ROW."""
    before = np.full(len(names), -1, dtype=np.int64)
    is_earlier = when < last[row]
    np.maximum.at(before, row[is_earlier], when[is_earlier])
    found = np.flatnonzero((before >= 0) & (last - before > FAR))
    return [(names[at], month_text(int(last[at])), month_text(int(before[at]))) for at in found.tolist()]


def month_text(month: int) -> str:
    """A month given as year * 12 + month - 1: 2026-06."""
    return f"{month // YEAR:04d}-{month % YEAR + 1:02d}"


def said_of(noted: Noted, names: pl.Series, crossed: Flags) -> list[str]:
    """Sentences on what could not be used as it stands; CROSSED: series whose lower bound is above the upper one."""
    lines = []
    if noted.left_out:
        why = [f"{name} ({WHY[reason]})" for name, reason in noted.left_out.items()]
        lines.append(f"No forecast of {len(why):,} series: {some(why)}.")
    if noted.unread:
        words = {NO_MONTH: "without a month written YYYY-MM", NO_NUMBER: "whose value is no number",
                 NO_NAME: "without a series_id"}  # fmt: skip
        parts = [f"{noted.unread[why]:,} {word}" for why, word in words.items() if why in noted.unread]
        lines.append(f"Lines that say nothing: {', '.join(parts)}.")
    if noted.repeated:
        count = sum(noted.repeated.values())
        lines.append(f"Months given more than once, the last line counts ({count:,} too many): {some(noted.repeated)}.")
    if noted.far:
        odd = [f"{name} ({last} after {before})" for name, last, before in noted.far]
        lines.append(
            f"The last month of {len(odd):,} series lies more than {FAR} months after the one before: {some(odd)}. "
            f"Forecasts begin after it, and only the {MONTHS} months up to it are looked at: take it out of the file if it "
            "is a slip."
        )
    if crossed.any():
        named = names.filter(pl.Series(crossed)).to_list()
        lines.append(f"Bounds of {len(named):,} series were not used, lower is above upper: {some(named)}.")
    if noted.not_finite:
        count = len(noted.not_finite)
        lines.append(f"Bounds of {count:,} series that are no finite number were not used: {some(noted.not_finite)}.")
    return lines


def counted_notes(notes: Sequence[str]) -> list[str]:
    """How many series each of the engine's NOTES (codes parted by a space) is about, the most frequent first."""
    counts: dict[str, int] = {}
    for told, count in pl.Series(notes, dtype=pl.String).value_counts().iter_rows():
        for code in told.split():
            counts[code] = counts.get(code, 0) + count
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [f"  {count:,} {code}: {SAID.get(code, code)}" for code, count in ranked]


def some(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    listed = list(names)
    more = len(listed) - SHOWN
    return ", ".join(listed[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")
