"""One run of the bench: grow, measure, judge, print."""

import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from apps.core.clock import today
from ops_portal.bench.circumstances import PROJECT, busyness, said, write_figures
from ops_portal.bench.company import Cast, account, grow, make_company
from ops_portal.bench.crews import Crew, broken_crews, crews
from ops_portal.bench.figure_run import broken_storing, run_figures, show_stored
from ops_portal.bench.forecast_pages import run_forecast_pages
from ops_portal.bench.issues import broken_issues, issue_months
from ops_portal.bench.limit import Beside, hiring_beside_limit, page_limit
from ops_portal.bench.pages import Address, Figures, measure, pages_of
from ops_portal.bench.published import Published, publish_beside_limit
from ops_portal.bench.receipts import Opened, open_receipts
from ops_portal.bench.rehearsed import Rehearsed, rehearse_beside_months
from ops_portal.bench.scored_people import ScoredPeople, score_people
from ops_portal.bench.scores import SIZES, Assessed, assess_all, broken_scores
from ops_portal.bench.stage import web_server
from ops_portal.bench.values import values_beside_limit
from ops_portal.bench.year_pages import YearPage, open_year

MOST_QUERIES = 15
FROM_FILE = 1_000_000
"""KPI values of a clean CSV file, as an integration brings them."""


def run(*, sizes: list[int], values: list[int], rounds: int, json_file: Path | None, address: Address) -> int:
    """Measure every page at every size; 0 when all limits hold."""
    load = busyness()
    cast = make_company()
    pages = pages_of(cast)
    figures: list[Figures] = []
    bare: dict[int, float] = {}
    for size in sizes:
        print(f"{size:,} people: writing them …", flush=True)
        grow(cast, size)
        with web_server(address):
            figures += measure(pages, cast, people=size, rounds=rounds, address=address)
        bare[size] = page_limit(today())
        show(figures, size, bare[size])
    beside = hiring_beside_limit(cast, today())
    print(
        f"\n{beside.name}: {beside.ours_ms:,.0f} ms, limit {beside.limit_ms:,.0f} ms ({beside.ratio} times; database "
        f"CPU {beside.ours_database_ms:,.0f} and {beside.limit_database_ms:,.0f} ms)"
    )
    broken = broken_limits(figures)
    kpis = run_figures(cast, values=values, rounds=rounds, address=address)
    scores = measure_scores(cast)
    broken += [*kpis.broken, *scores.broken()]
    if values:
        broken += values_of_file(FROM_FILE)
    write_figures(
        json_file, {**record(figures, bare, beside, broken), "kpis": kpis.record(), **scores.record()}, load=load
    )
    return said(broken)


def run_values(*, count: int, json_file: Path | None) -> int:
    """Measure the storing of KPI values from a file; 0 when the limits hold."""
    load = busyness()
    stored = values_beside_limit(account("Bench", "coo"), count=count)
    show_stored(stored)
    broken = broken_storing([stored])
    write_figures(json_file, {"values": {**asdict(stored), "ratio": stored.ratio}, "broken": broken}, load=load)
    return said(broken)


def values_of_file(count: int) -> list[str]:
    """The same on a stage and in a process of its own, whose memory is nobody else's; what is broken, in words."""
    command = [sys.executable, "-m", "ops_portal.bench", "--values-from-file", str(count)]
    done = subprocess.run(command, cwd=PROJECT, check=False)
    return [f"Storing {count:,} values of a file: see above."] if done.returncode else []


def run_scores(*, json_file: Path | None) -> int:
    """Measure months of scores; 0 when the limits hold."""
    load = busyness()
    scores = measure_scores(make_company())
    broken = scores.broken()
    write_figures(json_file, {**scores.record(), "broken": broken}, load=load)
    return said(broken)


def run_forecast_page_rows(*, rounds: int, json_file: Path | None, address: Address) -> int:
    """Measure the pages of forecasts; 0 when the limits hold."""
    load = busyness()
    found = run_forecast_pages(make_company(), rounds=rounds, address=address)
    write_figures(json_file, {"forecast_pages": found.record(), "broken": found.broken}, load=load)
    return said(found.broken)


def run_issues(*, json_file: Path | None) -> int:
    """Measure the monthly forecast; 0 when the limits hold."""
    load = busyness()
    rows = issue_months(make_company())
    broken = list(broken_issues(rows))
    months = [{**asdict(row), "ratio": row.ratio} for row in rows]
    write_figures(json_file, {"issues": months, "broken": broken}, load=load)
    return said(broken)


@dataclass(frozen=True, slots=True)
class Scored:
    """Everything measured of scores."""

    rows: list[Assessed]
    published: Published
    crews: tuple[Crew, Crew]
    rehearsed: Rehearsed
    people: list[ScoredPeople]
    receipts: list[Opened]
    years: list[YearPage]

    def broken(self) -> list[str]:
        """Every limit that does not hold, in words."""
        return [
            *broken_scores(self.rows),
            *self.published.broken(),
            *broken_crews(self.crews),
            *self.rehearsed.broken(),
            *(words for row in self.people for words in row.broken()),
            *(words for opened in self.receipts for words in opened.broken()),
            *(words for page in self.years for words in page.broken()),
        ]

    def record(self) -> dict[str, Any]:
        """The figures."""
        crews_found = [asdict(crew) for crew in self.crews]
        return {
            "scores": [asdict(row) for row in self.rows],
            "published": asdict(self.published),
            "crews": crews_found,
            "rehearsed": {**asdict(self.rehearsed), "ratio": self.rehearsed.ratio},
            "scored_people": [asdict(row) for row in self.people],
            "receipts": [asdict(row) for row in self.receipts],
            "years": [asdict(row) for row in self.years],
        }


def measure_scores(cast: Cast) -> Scored:
    """People, receipts, a rehearsal, a year, months of scores, a publication, one and two workers, printed as they come."""
    people = score_people(cast)
    receipts = open_receipts(cast)
    rehearsed = rehearse_beside_months(cast)
    print(rehearsed, flush=True)
    years = open_year(cast)
    rows = assess_all(cast)
    found = crews(cast, place=len(SIZES))
    print(*found, sep="\n", flush=True)
    published = publish_beside_limit(cast)
    print(published, flush=True)
    return Scored(rows, published, found, rehearsed, people, receipts, years)


def show(figures: list[Figures], size: int, bare: float) -> None:
    """The figures of one size as a table."""
    print(f"\n{'page':36}{'queries':>8}{'py ms':>8}{'db ms':>8}{'p50 ms':>9}{'p95 ms':>9}{'bytes':>9}{'limit':>8}")
    for row in figures:
        if row.people == size:
            limit = f"{row.limit_ms:.0f}" if row.limit_ms else "–"
            print(
                f"{row.page:36}{row.queries:>8}{row.python_ms:>8}{row.database_ms:>8}{row.p50_ms:>9}{row.p95_ms:>9}"
                f"{row.bytes_sent:>9,}{limit:>8}"
            )
    print(f"{'(bare SQL for 50 people)':36}{1:>8}{'':>16}{bare:>9}", flush=True)


def broken_limits(figures: list[Figures]) -> list[str]:
    """Every limit that does not hold, in words."""
    broken = [
        f"{row.page} at {row.people:,}: p50 {row.p50_ms} ms is over {row.limit_ms:.0f} ms."
        for row in figures
        if row.limit_ms is not None and row.p50_ms > row.limit_ms
    ]
    broken += [
        f"{row.page} at {row.people:,}: {row.queries} queries are over {MOST_QUERIES}."
        for row in figures
        if row.queries > MOST_QUERIES
    ]
    counts: dict[str, set[int]] = {}
    for row in figures:
        counts.setdefault(row.page, set()).add(row.queries)
    broken += [
        f"{page}: the number of queries follows the number of people ({', '.join(map(str, sorted(known)))})."
        for page, known in counts.items()
        if len(known) > 1
    ]
    return broken


def record(figures: list[Figures], bare: dict[int, float], beside: Beside, broken: list[str]) -> dict[str, Any]:
    """Everything measured of people, and which limits do not hold."""
    return {
        "pages": [asdict(row) for row in figures],
        "bare_page_ms": {str(size): took for size, took in bare.items()},
        "hiring": {**asdict(beside), "ratio": beside.ratio},
        "broken": broken,
    }
