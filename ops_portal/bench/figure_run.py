"""The part of a run that is about KPIs: pages at several numbers of values, and storing values."""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from apps.core.clock import now
from apps.periods.services import open_periods
from ops_portal.bench.company import Cast
from ops_portal.bench.figures import grow_figures
from ops_portal.bench.pages import Address, Figures, figure_pages_of, measure
from ops_portal.bench.recording import Single, Stored, record_one, store_beside_limit
from ops_portal.bench.stage import web_server

MOST_QUERIES = 15
FLAT = 1.3
"""How many times the CPU of the smallest number of values a page may take at any larger one."""
LEAST_MS = 3.0
"""Differences below this are the clock's."""
STORED = (100_000, 1_000_000)
MOST_TIMES_LIMIT = 3.0
MOST_MB = 500


@dataclass
class FigureRun:
    """What was measured of KPIs."""

    pages: list[Figures] = field(default_factory=list)
    written_seconds: dict[str, float] = field(default_factory=dict)
    stored: list[Stored] = field(default_factory=list)
    single: Single | None = None

    @property
    def broken(self) -> list[str]:
        """Every limit that does not hold, in words."""
        return [*broken_pages(self.pages), *broken_storing(self.stored)]

    def record(self) -> dict[str, Any]:
        """As it is written down."""
        return {
            "pages": [asdict(row) for row in self.pages],
            "written_seconds": self.written_seconds,
            "stored": [{**asdict(row), "ratio": row.ratio} for row in self.stored],
            "single": asdict(self.single) if self.single else None,
        }


def run_figures(cast: Cast, *, values: list[int], rounds: int, address: Address) -> FigureRun:
    """Measure the pages of KPIs at each number of VALUES, then storing. Nothing when no number is given."""
    found = FigureRun()
    if not values:
        return found
    open_periods(now=now())
    for size in values:
        print(f"\n{size:,} KPI values: writing them …", flush=True)
        began = time.perf_counter()
        grow_figures(cast, size)
        found.written_seconds[str(size)] = round(time.perf_counter() - began, 1)
        with web_server(address):
            found.pages += measure(figure_pages_of(cast), cast, people=size, rounds=rounds, address=address)
        show_pages(found.pages, size, found.written_seconds[str(size)])
    for count in (count for count in STORED if count <= max(values)):
        found.stored.append(store_beside_limit(cast, count))
        show_stored(found.stored[-1])
    found.single = record_one(cast)
    print(
        f"one value of a KPI of {found.single.departments:,} departments: {found.single.wall_ms:,.0f} ms (CPU "
        f"{found.single.python_ms:,.0f} + {found.single.database_ms:,.0f} ms in the database)",
        flush=True,
    )
    return found


def show_pages(figures: list[Figures], size: int, seconds: float) -> None:
    """The figures of one size as a table."""
    print(f"(written in {seconds:,.0f} s)")
    print(f"{'page':36}{'queries':>8}{'py ms':>8}{'db ms':>8}{'p50 ms':>9}{'p95 ms':>9}{'bytes':>9}")
    for row in figures:
        if row.people == size:
            print(
                f"{row.page:36}{row.queries:>8}{row.python_ms:>8}{row.database_ms:>8}{row.p50_ms:>9}{row.p95_ms:>9}"
                f"{row.bytes_sent:>9,}",
                flush=True,
            )


def show_stored(row: Stored) -> None:
    """One line about storing many values."""
    print(
        f"\nstore {row.values:,} {row.what}: CPU {row.ours_python_ms + row.ours_database_ms:,.0f} ms, limit "
        f"{row.limit_python_ms + row.limit_database_ms:,.0f} ms ({row.ratio} times; wall {row.ours_ms:,.0f} and "
        f"{row.limit_ms:,.0f} ms; {row.peak_mb:,.0f} MB at most)",
        flush=True,
    )


def broken_pages(figures: list[Figures]) -> list[str]:
    """Pages with too many queries, or whose cost follows the number of values."""
    by_page: dict[str, list[Figures]] = {}
    for row in figures:
        by_page.setdefault(row.page, []).append(row)
    broken = []
    for page, rows in by_page.items():
        counts = sorted({row.queries for row in rows})
        if counts[-1] > MOST_QUERIES:
            broken.append(f"{page}: {counts[-1]} queries are over {MOST_QUERIES}.")
        if len(counts) > 1:
            broken.append(f"{page}: the number of queries follows the number of values ({counts}).")
        smallest = min(rows, key=lambda row: row.people)
        # A bulge at a size in the middle is a fault as much as one at the end.
        dearest = max(rows, key=cpu_ms)
        first, most = cpu_ms(smallest), cpu_ms(dearest)
        if most > max(first * FLAT, first + LEAST_MS):
            broken.append(
                f"{page}: {most:.1f} CPU-ms at {dearest.people:,} values, {first:.1f} at {smallest.people:,}."
            )
    return broken


def cpu_ms(row: Figures) -> float:
    """What a page cost in milliseconds of the processor, the database's share included."""
    return row.python_ms + row.database_ms


def broken_storing(stored: list[Stored]) -> list[str]:
    """Storing that takes too long or too much memory."""
    broken = [
        f"Storing {row.values:,} {row.what} takes {row.ratio} times the limit, more than {MOST_TIMES_LIMIT:.0f}."
        for row in stored
        if row.ratio > MOST_TIMES_LIMIT
    ]
    return broken + [
        f"Storing {row.values:,} {row.what} takes {row.peak_mb:,.0f} MB, more than {MOST_MB}."
        for row in stored
        if row.peak_mb > MOST_MB
    ]
