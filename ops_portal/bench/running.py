"""One run of the bench: grow, measure, judge, print."""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from apps.core.clock import now, today
from ops_portal.bench.company import Cast, account, grow, make_company
from ops_portal.bench.crews import Crew, broken_crews, crews
from ops_portal.bench.figure_run import run_figures
from ops_portal.bench.forecast_pages import run_forecast_pages
from ops_portal.bench.issues import broken_issues, issue_months
from ops_portal.bench.limit import Beside, hiring_beside_limit, page_limit
from ops_portal.bench.pages import Address, Figures, measure, pages_of
from ops_portal.bench.published import Published, publish_beside_limit
from ops_portal.bench.rehearsed import Rehearsed, rehearse_beside_months
from ops_portal.bench.scores import SIZES, Assessed, assess_all, broken_scores
from ops_portal.bench.stage import PROJECT, web_server
from ops_portal.bench.values import values_beside_limit

MOST_QUERIES = 15
VALUES_RATIO, VALUES_MEMORY = 3, 500


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
    print("\n" + ("\n".join(broken) if broken else "Every limit holds."))
    if json_file is not None:
        json_file.write_text(
            json.dumps(
                {
                    **record(figures, bare, beside, broken, load),
                    "kpis": kpis.record(),
                    **scores.record(),
                },
                indent=1,
            )
            + "\n",
            encoding="utf-8",
        )
    return 1 if broken else 0


def run_values(*, count: int, json_file: Path | None) -> int:
    """Measure the storing of KPI values from a file; 0 when the limits hold."""
    load = busyness()
    beside, memory = values_beside_limit(account("Bench", "coo"), count=count)
    print(
        f"{beside.name}: {beside.ours_ms:,.0f} ms, limit {beside.limit_ms:,.0f} ms ({beside.ratio} times; database CPU "
        f"{beside.ours_database_ms:,.0f} and {beside.limit_database_ms:,.0f} ms); {memory:,.0f} MiB at most"
    )
    if json_file is not None:
        figures = {**asdict(beside), "ratio": beside.ratio, "memory_mib": memory, "load": load, "commit": commit()}
        json_file.write_text(json.dumps({"values": figures}, indent=1) + "\n", encoding="utf-8")
    return 1 if beside.ratio > VALUES_RATIO or memory > VALUES_MEMORY else 0


def run_scores(*, json_file: Path | None) -> int:
    """Measure months of scores; 0 when the limits hold."""
    load = busyness()
    scores = measure_scores(make_company())
    broken = scores.broken()
    print("\n" + ("\n".join(broken) if broken else "Every limit holds."))
    if json_file is not None:
        figures = {**scores.record(), "load": load, "commit": commit(), "broken": broken}
        json_file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if broken else 0


def run_forecast_page_rows(*, rounds: int, json_file: Path | None, address: Address) -> int:
    """Measure the pages of forecasts; 0 when the limits hold."""
    load = busyness()
    found = run_forecast_pages(make_company(), rounds=rounds, address=address)
    print("\n" + ("\n".join(found.broken) if found.broken else "Every limit holds."))
    if json_file is not None:
        figures = {"forecast_pages": found.record(), "load": load, "commit": commit(), "broken": found.broken}
        json_file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if found.broken else 0


def run_issues(*, json_file: Path | None) -> int:
    """Measure the monthly forecast; 0 when the limits hold."""
    load = busyness()
    rows = issue_months(make_company())
    broken = list(broken_issues(rows))
    print("\n" + ("\n".join(broken) if broken else "Every limit holds."))
    if json_file is not None:
        months = [{**asdict(row), "ratio": row.ratio} for row in rows]
        figures = {"issues": months, "load": load, "commit": commit(), "broken": broken}
        json_file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if broken else 0


@dataclass(frozen=True, slots=True)
class Scored:
    """Everything measured of scores."""

    rows: list[Assessed]
    published: Published
    crews: tuple[Crew, Crew]
    rehearsed: Rehearsed

    def broken(self) -> list[str]:
        """Every limit that does not hold, in words."""
        return [
            *broken_scores(self.rows),
            *self.published.broken(),
            *broken_crews(self.crews),
            *self.rehearsed.broken(),
        ]

    def record(self) -> dict[str, Any]:
        """The figures."""
        crews_found = [asdict(crew) for crew in self.crews]
        return {
            "scores": [asdict(row) for row in self.rows],
            "published": asdict(self.published),
            "crews": crews_found,
            "rehearsed": {**asdict(self.rehearsed), "ratio": self.rehearsed.ratio},
        }


def measure_scores(cast: Cast) -> Scored:
    """A rehearsal, months of scores, a publication, and one and two workers, printed as they come."""
    rehearsed = rehearse_beside_months(cast)
    print(rehearsed, flush=True)
    rows = assess_all(cast)
    found = crews(cast, place=len(SIZES))
    print(*found, sep="\n", flush=True)
    published = publish_beside_limit(cast)
    print(published, flush=True)
    return Scored(rows, published, found, rehearsed)


def busyness() -> float:
    """How much else runs on this machine; said aloud, because latency on a busy machine is not ours alone."""
    load = round(os.getloadavg()[0], 1)
    if load > (os.cpu_count() or 1) / 2:
        print(f"This machine is busy (load {load} on {os.cpu_count()} cores): trust the CPU columns, not the latency.")
    return load


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


def record(
    figures: list[Figures], bare: dict[int, float], beside: Beside, broken: list[str], load: float
) -> dict[str, Any]:
    """Everything measured, with when, on what code and on what kind of machine."""
    return {
        "at": now().isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": {
            "cores": os.cpu_count(),
            "load": load,
            "kind": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
        "pages": [asdict(row) for row in figures],
        "bare_page_ms": {str(size): took for size, took in bare.items()},
        "hiring": {**asdict(beside), "ratio": beside.ratio},
        "broken": broken,
    }


def commit() -> str:
    """The commit that was measured."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
