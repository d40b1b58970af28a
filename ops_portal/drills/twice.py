"""R5: each registered task run twice in turn, and five times at once, does what it does once."""

import threading
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Any
from unittest import mock

from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import override_settings

from apps.jobs.choices import JobState, OutboxState
from apps.jobs.models import JobRun, JobShard, Outbox
from ops_portal.celery import app
from ops_portal.drills import DrillReport, probes
from ops_portal.drills.outbox import Receiver
from ops_portal.drills.scenarios import scenarios

ABOUT = "R5: every task of the registry, twice in turn and five at once, leaves the rows, mails and events of once."
PROTECTIONS = {"claim": "the claim, by which one worker of many gets the work"}
ROUNDS = 1
AT_ONCE = 5
CONTEXTS = "pghistory_context"
MUST_ACT = (
    "notifications.",
    "approvals.",
    "imports.",
    "demo.",
    "departments.",
    "periods.",
    "staff.",
    "kpis.",
    "assessments.",
    "forecasts.",
    "drill.",
)
SLOW = frozenset({"demo.build_company_job"})
"""Left out of a quick run (rounds=0)."""


def take_out(name: str) -> None:
    """Every claim succeeds, as if the message itself were the right to work."""
    del name
    for module, claim, model, state in (
        ("running.claim", "run_id", JobRun, JobState.RUNNING),
        ("sharding.claim_shard", "shard_id", JobShard, JobState.RUNNING),
        ("outbox.claim_message", "outbox_id", Outbox, OutboxState.SENDING),
    ):
        mock.patch(f"apps.jobs.services.{module}", claim_anything(claim, model, state)).start()


def claim_anything(key: str, model: Any, state: str) -> Callable[..., Any]:
    """A claim that asks nothing."""

    def claim(*, now: Any, worker: str = "", **facts: int) -> Any:
        del now, worker
        row = model.objects.filter(pk=facts[key])
        row.update(state=state, fence=F("fence") + 1, attempt_count=F("attempt_count") + 1)
        return row.get()

    return claim


def all_scenarios() -> dict[str, Callable[[], dict[str, Any]]]:
    """What each task needs to be done here, with tables to probe and somebody who is called."""
    probes.make_tables()
    probes.declare()
    server = ThreadingHTTPServer(("localhost", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return scenarios(server.server_port)


def run(*, without: str | None, rounds: int) -> DrillReport:
    """All tasks; ROUNDS 0 leaves out the slow ones."""
    started = time.monotonic()
    known = all_scenarios()
    names = own_tasks(is_quick=not rounds)
    if without:
        take_out(without)
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend", IS_DEMO=True):
        troubles = {name: trouble for name in names if (trouble := tried(name, known))}
    figures = {"tasks": len(names), "without_trouble": len(names) - len(troubles), "troubles": troubles or "none"}
    return DrillReport(passed=not troubles, figures=figures, seconds=time.monotonic() - started)


def own_tasks(*, is_quick: bool) -> list[str]:
    """Every task the worker knows, but Celery's own."""
    names = {name for name in app.tasks if not name.startswith("celery.")}
    return sorted(names - SLOW if is_quick else names)


def tried(name: str, known: dict[str, Callable[[], dict[str, Any]]]) -> str:
    """What is wrong with a task; '' when nothing is."""
    if name not in known:
        return "has no scenario: add one to ops_portal/drills/scenarios.py"
    task = app.tasks[name]
    once_given = fresh(known[name])
    before = facts()
    task(**once_given)
    once, content = facts(), contents()
    if name.startswith(MUST_ACT) and once == before:
        return "did nothing: its scenario proves nothing"
    task(**once_given)
    if contents() != content or facts() != once:
        return f"a second run changed {differences(contents(), content) or differences(facts(), once)}"
    at_once(task, fresh(known[name]))
    together = facts()
    return f"five at once differ from one in {differences(together, once)}" if together != once else ""


def fresh(prepare: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Empty tables, no mail, no calls; then what the task needs."""
    call_command("flush", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("truncate drill_effect")
    mail.outbox = []
    Receiver.got.clear()
    return prepare()


def at_once(task: Callable[..., Any], given: dict[str, Any]) -> None:
    """Five threads with connections of their own, let go together."""
    barrier = threading.Barrier(AT_ONCE)

    def one() -> None:
        connection.ensure_connection()
        barrier.wait()
        try:
            task(**given)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def tables() -> list[str]:
    """Every table of ours; contexts of row history apart, see `contexts`."""
    return sorted(set(connection.introspection.table_names()) - {"django_migrations", CONTEXTS})


def contexts() -> int:
    """Contexts that some row of history stands in. Others say nothing of any change: the demo company left 53 more of them
    after another task had run in the same process, with every history the same. Why is not known; the plan that PostgreSQL
    chooses for a trigger that finds no changed row is the guess."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select table_name from information_schema.columns"
            " where column_name = 'pgh_context_id' and table_schema = current_schema()"
        )
        told = " union ".join(f'select pgh_context_id from "{table}"' for (table,) in cursor.fetchall())  # noqa: S608
        cursor.execute(f"select count(*) from ({told}) told where pgh_context_id is not null")  # noqa: S608
        return int(cursor.fetchone()[0])


def facts() -> dict[str, int]:
    """How many rows each table has, how many mails and calls went out."""
    with connection.cursor() as cursor:
        counts = {}
        for table in tables():
            cursor.execute(f'select count(*) from "{table}"')  # noqa: S608 - names from the database itself
            counts[table] = cursor.fetchone()[0]
    return {**counts, CONTEXTS: contexts(), "mails": len(mail.outbox), "calls": sum(Receiver.got.values())}


def contents() -> dict[str, str]:
    """A checksum of every table's rows."""
    with connection.cursor() as cursor:
        sums = {}
        for table in tables():
            cursor.execute(f"select md5(string_agg(t::text, '' order by t::text)) from \"{table}\" t")  # noqa: S608
            sums[table] = cursor.fetchone()[0]
    return sums


def differences(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Where two snapshots differ, in words."""
    return ", ".join(f"{key} ({other.get(key)} → {one[key]})" for key in one if one[key] != other.get(key))
