"""Publishing a month of 5,000 departments to 200,000 people: the pointer and the notices, beside the bare statements.

The limit moves the pointer of a bare twin and writes one row of news and one of its mail for each person into bare twins
(same columns and primary key, no other index, no trigger, no foreign key).
"""

import statistics
from dataclasses import dataclass

from django.db import connection, transaction

from apps.assessments import services
from apps.core.clock import now
from ops_portal.bench.company import Cast
from ops_portal.bench.recording import spent
from ops_portal.bench.scores import MONTHS, Size, Stage, approve, compute, execute, set_up
from ops_portal.bench.unrecorded import unrecorded

DEPARTMENTS, PEOPLE, ROUNDS = 5_000, 200_000, 5
MOST_TIMES_LIMIT = 3.0
ACCOUNTS = """
WITH made AS (
    INSERT INTO accounts_user (created_at, updated_at, password, email, name, is_active, is_system, is_demo, session_epoch)
    SELECT now(), now(), '!', 'p' || n || '@bench.example', 'Person ' || n, true, false, false, 1
    FROM generate_series(1, %(people)s) AS n RETURNING id
)
INSERT INTO accounts_rolegrant (created_at, updated_at, user_id, role) SELECT now(), now(), id, 'employee' FROM made
"""
TABLES = ("accounts_user", "accounts_rolegrant")
TWINS = """
DROP TABLE IF EXISTS twin_assessedmonth, twin_notification, twin_delivery;
CREATE TABLE twin_assessedmonth AS SELECT * FROM assessments_assessedmonth;
CREATE TABLE twin_notification (LIKE notifications_notification INCLUDING DEFAULTS);
CREATE TABLE twin_delivery (LIKE notifications_delivery INCLUDING DEFAULTS);
ALTER TABLE twin_notification ALTER id DROP IDENTITY IF EXISTS, ADD PRIMARY KEY (id);
ALTER TABLE twin_delivery ALTER id DROP IDENTITY IF EXISTS, ADD PRIMARY KEY (id)
"""
BARE = """
WITH moved AS (
    UPDATE twin_assessedmonth SET published_id = draft_id, draft_id = NULL WHERE month = %(month)s
), told AS (
    INSERT INTO twin_notification (id, created_at, updated_at, user_id, kind, subject, body, url, key, about, told_at)
    SELECT id, now(), now(), id, 'assessments.published', 'The scores are published',
           'Edition 1, proof ' || repeat('0123456789abcdef', 4) || '.', '/assessments/2026-10/',
           'assessments-2026-10-1', 'assessments', now()
    FROM accounts_user WHERE is_active AND NOT is_system RETURNING id
)
INSERT INTO twin_delivery (id, created_at, updated_at, notification_id, channel)
SELECT id, now(), now(), id, 'digest' FROM told
"""


@dataclass(frozen=True, slots=True)
class Published:
    """Milliseconds of CPU and of the wall: moving the pointer, moving it and telling everybody, and the limit of both."""

    pointer_ms: float
    ours_ms: float
    ours_cpu_ms: float
    limit_ms: float
    limit_cpu_ms: float

    @property
    def ratio(self) -> float:
        """How many times the limit's CPU ours takes."""
        return round(self.ours_cpu_ms / self.limit_cpu_ms, 2) if self.limit_cpu_ms else 0.0

    def __str__(self) -> str:
        what = f"{DEPARTMENTS:,} departments published to {PEOPLE:,} people: pointer {self.pointer_ms:,.0f} ms"
        cpu = f"CPU {self.ours_cpu_ms:,.0f} ms, limit {self.limit_cpu_ms:,.0f} ms ({self.ratio} times"
        return f"{what}; with the notices {cpu}; wall {self.ours_ms:,.0f} and {self.limit_ms:,.0f} ms)"

    def broken(self) -> list[str]:
        """The limit, if it does not hold, in words."""
        return [f"Publishing: {self.ratio} times the limit, more than 3."] if self.ratio > MOST_TIMES_LIMIT else []


def publish_beside_limit(cast: Cast) -> Published:
    """An approved month, published and told, each round rolled back."""
    stage = approved_month(cast)
    make_accounts()
    given = {"month": stage.month.first_day}
    rows: list[tuple[float, float, float, float, float]] = []
    for _number in range(ROUNDS):
        pointer, *_cpu = spent(lambda: publish(stage, tells=False))
        wall, python, database = spent(lambda: publish(stage, tells=True))
        bare, bare_python, bare_database = spent(lambda: execute(BARE, given))
        rows.append((pointer, wall, python + database, bare, bare_python + bare_database))
    return Published(*(round(statistics.median(column), 1) for column in zip(*rows, strict=True)))


def approved_month(cast: Cast) -> Stage:
    """A month of so many departments, worked out, handed in and approved."""
    stage = set_up(cast, Size(DEPARTMENTS), place=MONTHS - 1)
    with transaction.atomic():
        compute(stage)
        approve(services.hand_in_month(month=stage.month, by=cast.hr, now=now()), by=cast.coo)
    return stage


def make_accounts() -> None:
    """So many employees with an account. Row history is switched off meanwhile: it is not what is measured."""
    with unrecorded(*TABLES) as cursor:
        cursor.execute(ACCOUNTS, {"people": PEOPLE})
    with connection.cursor() as cursor:
        cursor.execute(TWINS)
        cursor.execute("ANALYZE")


def publish(stage: Stage, *, tells: bool) -> None:
    """As HR does it, and the outbox afterwards."""
    publication = services.publish_month(month=stage.month, by=stage.by, now=now())
    if tells:
        services.tell_published(publication=publication, now=now())
