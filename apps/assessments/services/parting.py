"""A large month in parts: each part is judged by itself, by as many workers as there are; the last one finishes the month.

A part's lines are written under the key of a run that does not exist yet, so nobody sees them. Whoever finishes holds the
month's row, looks at the facts once more, and takes the parts only if every one was judged from those same facts; else the
month is worked out whole, there and then. So a run in parts has the digits of a run in one go, and is as whole.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import User
from apps.assessments.models import AssessedMonth, Indicator, ScoreRun
from apps.assessments.services.computing import (
    COMPUTE_KIND,
    Computed,
    locked_month,
    replace_draft,
    require_workable,
    scores_of_people,
    store_whole,
    unchanged_draft,
)
from apps.assessments.services.copying import NOTHING
from apps.assessments.services.gathering import PART, Gathered, assessed_in, gather, scheme_for
from apps.assessments.services.judging import judge_month
from apps.assessments.services.lines import with_data
from apps.assessments.services.peopling import Totals
from apps.assessments.services.storing import (
    LINE_DIGESTS,
    MADE,
    MADE_COLUMNS,
    Origin,
    copy_lines,
    copy_rows,
    next_key,
    put_scores,
    run_to_store,
    score_rows,
)
from apps.core.collector import paused_collector
from apps.core.month import Month
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun

FEW_LINES = 20_000
"""A month of fewer lines is worked out in one go: cutting it up would take longer."""
PLACE, STATUS, TOTAL = (MADE_COLUMNS.index(name) for name in ("department_id", "status", "total"))
PART_DIGESTS = f"SELECT * FROM ({LINE_DIGESTS}) t WHERE t.department_id BETWEEN %(first)s AND %(last)s"  # noqa: S608
ABANDONED = """
DELETE FROM assessments_scoreline l USING (
    SELECT DISTINCT (s.params ->> 'run')::bigint AS run FROM jobs_jobshard s JOIN jobs_jobrun j ON j.id = s.run_id
    WHERE j.kind = %(kind)s AND j.state = ANY(%(ended)s)
) gone
WHERE l.run_id = gone.run AND NOT EXISTS (SELECT 1 FROM assessments_scorerun r WHERE r.id = gone.run)
"""


def parts_of(*, month: Month, by: User | None, now: datetime, reason: str = "") -> list[dict[str, Any]]:
    """What to judge by itself, each for `judge_part`; nothing where the month is small or as it was worked out before.

    Refuses what `compute_month` refuses.
    """
    place = AssessedMonth.objects.select_related("draft").filter(month=month.first_day).first()
    require_workable(place, month, by=by, reason=reason)
    scheme = scheme_for(month)
    rows = assessed_in(scheme, month)
    cards = list(Indicator.objects.filter(scheme=scheme).values_list("scorecard", flat=True))
    counts = {card: cards.count(card) for card in set(cards)}
    if sum(counts.get(row.scorecard_id, 0) for row in rows) < FEW_LINES:
        return []
    if place is not None and place.draft is not None and unchanged_draft(place, gather(month=month, at=now)):
        return []
    with connection.cursor() as cursor:
        run = next_key(cursor)
    keys = [row.department_id for row in rows]
    blocks = [keys[first : first + PART] for first in range(0, len(keys), PART)]
    return [{"month": str(month), "run": run, "among": [block[0], block[-1]]} for block in blocks]


@transaction.atomic
def judge_part(*, part: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Judge the departments of one part and write their lines; gives what `combine_parts` makes scores of."""
    first, last = part["among"]
    month, run = Month.parse(part["month"]), int(part["run"])
    gathered = gather(month=month, at=now, among=(first, last))
    with paused_collector(), connection.cursor() as cursor:
        judged = judge_month(gathered)
        copy_lines(cursor, run, month, judged.lines)
        cursor.execute(PART_DIGESTS, {"run": run, "first": first, "last": last})
        digests = dict(cursor.fetchall())
        made = [row.rstrip("\n").split("\t")[:-1] for row in score_rows(judged.scores)]
    return {
        "digests": gathered.part_digests,
        "made": [[*row, digests.get(int(row[PLACE]), NOTHING)] for row in made],
        "lines": judged.lines.height,
        "with_data": with_data(judged.lines),
    }


@transaction.atomic
def combine_parts(*, month: Month, run: int, parts: Sequence[Mapping[str, Any]], origin: Origin) -> Computed:
    """The month from its judged PARTS, in their order, as the next version of its draft under the key RUN.

    Where anything was changed since a part was judged, the month is worked out whole. Refuses what `compute_month` refuses.
    """
    place = locked_month(month)
    require_workable(place, month, by=origin.by, reason=origin.reason)
    gathered = gather(month=month, at=origin.now)
    if draft := unchanged_draft(place, gathered):
        forget_lines(run)
        return Computed(draft, is_new=False)
    is_same = list(gathered.part_digests) == [digest for part in parts for digest in part["digests"]]
    if not is_same:
        forget_lines(run)

    def store() -> ScoreRun:
        return store_parts(gathered, run, parts, origin) if is_same else store_whole(gathered, origin)

    return replace_draft(place, origin=origin, store=store)


def store_parts(gathered: Gathered, key: int, parts: Sequence[Mapping[str, Any]], origin: Origin) -> ScoreRun:
    """The run whose lines are there already: its scores, sums, ranks and digests."""
    made = [row for part in parts for row in part["made"]]
    totals = Totals(
        {int(row[PLACE]): None if row[TOTAL] == NOTHING else Decimal(row[TOTAL]) for row in made},
        frozenset(int(row[PLACE]) for row in made if row[STATUS] == "insufficient_data"),
    )
    run = run_to_store(
        gathered,
        origin,
        lines=sum(part["lines"] for part in parts),
        with_data=sum(part["with_data"] for part in parts),
    )
    run.pk = key
    with connection.cursor() as cursor:
        cursor.execute(MADE)
        copy_rows(cursor, "assessments_made", MADE_COLUMNS, ("\t".join(row) + "\n" for row in made))
        put_scores(cursor, run, scores_of_people(gathered, totals))
    run.save(force_insert=True)
    return run


def forget_lines(run: int) -> None:
    """Lines of a run that does not come to be. The database refuses it for any other."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM assessments_scoreline WHERE run_id = %s", [run])


def forget_abandoned() -> int:
    """The same for runs whose job failed or was called off before its end; gives how many lines that were."""
    ended = [JobState.FAILED.value, JobState.CANCELLED.value, JobState.DONE.value]
    with connection.cursor() as cursor:
        cursor.execute(ABANDONED, {"kind": COMPUTE_KIND, "ended": ended})
        return int(cursor.rowcount)


def results_of(job: JobRun) -> list[dict[str, Any]]:
    """What the parts of a job came to, in their order."""
    return list(job.shards.order_by("number").values_list("result", flat=True))
