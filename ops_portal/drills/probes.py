"""Work made to be disturbed: one job of each shape, each leaving one effect that can be counted."""

import time
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.jobs.models import JobRun, JobShard, Outbox
from apps.jobs.services import Result, job, split, topic

SHAPES = ("drill.whole", "drill.stepped", "drill.sharded")
TOPIC = "drill.message"
STEPS = 3
SHARDS = 3


def make_tables() -> None:
    """The table effects go to: no unique key, so that a doubled one is seen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "create table if not exists drill_effect (id bigserial primary key, name text, pid int default 0)"
        )
        cursor.execute("grant all on drill_effect, drill_effect_id_seq to public")


def leave(name: str) -> None:
    """Leave an effect."""
    with connection.cursor() as cursor:
        cursor.execute("insert into drill_effect (name) values (%s)", [name])


def effects() -> dict[str, int]:
    """How often each effect is there."""
    with connection.cursor() as cursor:
        cursor.execute("select name, count(*) from drill_effect group by name")
        return dict(cursor.fetchall())


def is_left(name: str) -> bool:
    """Whether an effect is there already."""
    return name in effects()


def pause(params: dict[str, Any]) -> None:
    """Take a while, so that there is a middle to be killed in."""
    time.sleep(float(params.get("seconds", 0.3)))


def whole_job(run: JobRun, now: datetime) -> Result:
    """Effect first, then a while in which to die: only the transaction keeps it from staying."""
    del now
    leave(run.period)
    pause(run.params)
    return {"effect": run.period}


def stepped_job(run: JobRun, now: datetime) -> Result:
    """Three steps of their own, each skipped when it is done: safe to start again after any of them."""
    del now
    for step in range(STEPS):
        with transaction.atomic():
            name = f"{run.period}/step-{step}"
            if not is_left(name):
                leave(name)
        pause(run.params)
    return None


def sharded_job(run: JobRun, now: datetime) -> Result:
    """Three shards."""
    parts = [{"name": f"{run.period}/shard-{number}", **run.params} for number in range(SHARDS)]
    split(run=run, parts=parts, now=now)
    return None


def work_part(shard: JobShard, now: datetime) -> Result:
    """One shard: an effect, then a while."""
    del now
    leave(shard.params["name"])
    pause(shard.params)
    return None


def combine(run: JobRun, now: datetime) -> Result:
    """The last shard's extra effect."""
    del now
    leave(f"{run.period}/combined")
    return None


def send_message(message: Outbox, now: datetime) -> None:
    """A while, then the effect outside: what a receiver counts by the message's key."""
    del now
    pause(message.payload)
    leave(message.key)


def declare() -> None:
    """Declare the probes. Called only in a drill's processes: nowhere else do these kinds exist."""
    job("drill.whole", label="whole")(whole_job)
    job("drill.stepped", label="stepped", is_whole=False)(stepped_job)
    job("drill.sharded", label="sharded", shard=work_part, combine=combine)(sharded_job)
    topic(TOPIC, label="message", queue="notify")(send_message)


def expected_of(kind: str, period: str) -> list[str]:
    """The effects a run must leave, each once."""
    return {
        "drill.whole": [period],
        "drill.stepped": [f"{period}/step-{step}" for step in range(STEPS)],
        "drill.sharded": [*(f"{period}/shard-{number}" for number in range(SHARDS)), f"{period}/combined"],
    }[kind]
