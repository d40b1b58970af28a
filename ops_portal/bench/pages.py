"""Which pages are measured, and how: queries and CPU inside this process, latency and bytes over the real web server."""

import contextlib
import http.client
import io
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client

from apps.kpis.models import Kpi
from ops_portal.bench.company import Cast

WARM_UP = 4
TICKS = os.sysconf("SC_CLK_TCK")
Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Page:
    """One address to be measured. LIMIT_MS is what p50 may be; None where no limit is set."""

    name: str
    path: str
    who: str = "hr"
    limit_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What one page cost."""

    page: str
    people: int
    queries: int
    python_ms: float
    database_ms: float
    p50_ms: float
    p95_ms: float
    bytes_sent: int
    limit_ms: float | None


def pages_of(cast: Cast) -> list[Page]:
    """The staff list in its shapes, the department page, the API list, and what else people open daily."""
    team = cast.teams[0].pk
    return [
        Page("staff list", "/staff/", limit_ms=100),
        Page("staff list, head of a branch", "/staff/", who="manager", limit_ms=100),
        Page("staff list, searched", "/staff/?q=berger", limit_ms=100),
        Page("staff list, one team", f"/staff/?department={team}", limit_ms=100),
        Page("staff list, page 40", "/staff/?page=40", limit_ms=100),
        Page("department page", f"/departments/{cast.branch.pk}/"),
        Page("department page, head of it", f"/departments/{cast.branch.pk}/", who="manager"),
        Page("movements", "/staff/movements/"),
        Page("headcount, twelve months", "/staff/headcount/"),
        Page("home", "/"),
        Page("API list of 50 people", "/api/v1/people/?limit=50", limit_ms=40),
        Page("API list of 50, head of a branch", "/api/v1/people/?limit=50", who="manager", limit_ms=40),
    ]


def figure_pages_of(cast: Cast) -> list[Page]:
    """The pages of KPIs, the same at every number of values: all that the company has, and what a branch sees."""
    first = Kpi.objects.order_by("pk").values_list("pk", flat=True)[0]
    return [
        Page("KPI list", "/kpis/", who="coo"),
        Page("KPI list, head of a branch", "/kpis/", who="manager"),
        Page("KPI page", f"/kpis/{first}/", who="coo"),
        Page("KPI page, a branch", f"/kpis/{first}/?department={cast.branch.pk}", who="manager"),
        Page("heat map", "/kpis/heat-map/", who="coo"),
    ]


def measure(pages: list[Page], cast: Cast, *, people: int, rounds: int, address: Address) -> list[Figures]:
    """Every page, the rounds of all pages mixed so that a noisy moment hits all alike."""
    clients = {who: signed_in(getattr(cast, who)) for who in ("hr", "coo", "manager")}
    inside = {page: cost_inside(clients[page.who], page.path, rounds) for page in pages}
    times: dict[Page, list[float]] = {page: [] for page in pages}
    sizes: dict[Page, int] = {}
    line = http.client.HTTPConnection(*address, timeout=60)
    for number in range(rounds + WARM_UP):
        for page in pages:
            took, sizes[page] = fetch(line, page.path, cookie_of(clients[page.who]))
            if number >= WARM_UP:
                times[page].append(took)
    line.close()
    return [
        Figures(
            page=page.name,
            people=people,
            queries=inside[page][0],
            python_ms=inside[page][1],
            database_ms=inside[page][2],
            p50_ms=round(statistics.median(times[page]), 1),
            p95_ms=round(statistics.quantiles(times[page], n=20)[18], 1),
            bytes_sent=sizes[page],
            limit_ms=page.limit_ms,
        )
        for page in pages
    ]


def signed_in(user: Any) -> Client:
    """A client with a session of the account."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client


def cookie_of(client: Client) -> str:
    """The session as a header."""
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def fetch(line: http.client.HTTPConnection, path: str, cookie: str) -> tuple[float, int]:
    """One request over the open line: (milliseconds, bytes as sent)."""
    began = time.perf_counter()
    line.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
    answer = line.getresponse()
    body = answer.read()
    took = (time.perf_counter() - began) * 1000
    if answer.status != 200:
        message = f"{path} answered {answer.status}: {body[:300]!r}"
        raise RuntimeError(message)
    return took, len(body)


def cost_inside(client: Client, path: str, rounds: int) -> tuple[int, float, float]:
    """Queries, Python CPU-ms and database CPU-ms a request, without a network in between."""
    # The fewer of two: once a minute a request also moves the clock of its session.
    queries = min(counted(lambda: open_page(client, path)) for _number in range(2))
    for _number in range(2):
        open_page(client, path)
    python, database = time.process_time(), backend_seconds()
    for _number in range(rounds):
        open_page(client, path)
    spent = (time.process_time() - python, backend_seconds() - database)
    return queries, round(spent[0] * 1000 / rounds, 1), round(spent[1] * 1000 / rounds, 1)


def open_page(client: Client, path: str) -> None:
    """One request that must succeed."""
    with contextlib.redirect_stdout(io.StringIO()):  # the log of requests, which the web server's run throws away too
        answer = client.get(path)
    if answer.status_code != 200:
        message = f"{path} answered {answer.status_code}"
        raise RuntimeError(message)


def counted(do: Callable[[], object]) -> int:
    """How many statements DO sends."""
    count = 0

    def wrapper(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal count
        count += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        do()
    return count


def backend_seconds() -> float:
    """CPU seconds the database process behind our connection has used (it runs on this machine)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    return cpu_seconds(pid)


def cpu_seconds(pid: int) -> float:
    """CPU seconds a process has used by itself; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS
