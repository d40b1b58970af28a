"""Scores of people: a month of 1,000 and of 10,000 people, by their departments and their raters, by the wall clock.

The whole month is worked out, as its job does it: sixty departments of ten lines, then everybody by days and weights.
"""

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction

from apps.assessments import services
from apps.assessments.models import ScoreRun
from apps.assessments.services import Limits
from apps.core.clock import now
from apps.core.month import Month
from apps.kpis.models import Kpi
from apps.periods.services import open_periods
from ops_portal.bench.company import PEOPLE, TABLES, Cast
from ops_portal.bench.figures import months_back
from ops_portal.bench.recording import new_kpis, spent
from ops_portal.bench.scores import MONTHS_OF, put_in_force, terms_of
from ops_portal.bench.unrecorded import unrecorded

MOST_MS = {1_000: 1_000, 10_000: 5_000}
"""Milliseconds of the wall that so many people may take."""
ROUNDS = 5
LINES_EACH = 10
STAFF_RULES = {
    "head": {"dept_weight": "100", "personal_weight": "0"},
    "deputy_head": {"dept_weight": "60", "personal_weight": "40"},
    "member": {"dept_weight": "30", "personal_weight": "70"},
    "min_days": "15",
}
# Everybody has worked here since 2020; one in eleven moved on the eleventh of the month. Nobody else works here.
PLACES = """
DELETE FROM staff_appointment;
WITH spell AS (
    INSERT INTO staff_employment (created_at, updated_at, person_id, hired_on, contract, leave_kind, leave_reason)
    SELECT now(), now(), id, date '2020-01-01', 'permanent', '', '' FROM staff_person
    WHERE number BETWEEN %(first_number)s AND %(last_number)s
    RETURNING id AS employment, person_id
), known AS (
    SELECT spell.*, row_number() OVER (ORDER BY person_id) AS n FROM spell
)
INSERT INTO staff_appointment (created_at, updated_at, employment_id, person_id, department_id, role, share, is_main,
                               starts_on, ends_on, shown_from, shown_until)
SELECT now(), now(), employment, person_id, (%(teams)s::bigint[])[1 + n %% %(count)s], 'member', 100, true,
       date '2020-01-01', CASE WHEN n %% 11 = 0 THEN %(month)s + 9 END, NULL, CASE WHEN n %% 11 = 0 THEN %(month)s + 9 END
FROM known
UNION ALL
SELECT now(), now(), employment, person_id, (%(teams)s::bigint[])[1 + (n + 7) %% %(count)s], 'member', 100, true,
       %(month)s + 10, NULL, %(month)s + 10, NULL
FROM known WHERE n %% 11 = 0
"""
# Two raters each.
APPRAISALS = """
INSERT INTO assessments_appraisal (month, version, note, said_by_id, said_at, person_id, points)
SELECT %(month)s, 1, '', rater, now(), p.id, 60 + (p.id * 7919 + rater * 31) %% 400 / 10.0
FROM staff_person p, unnest(%(raters)s::bigint[]) AS rater
WHERE p.number BETWEEN %(first_number)s AND %(last_number)s
"""


@dataclass(frozen=True, slots=True)
class ScoredPeople:
    """One month with so many people scored: milliseconds of the wall and of CPU, medians."""

    people: int
    scored: int
    """How many of them have a score."""
    wall_ms: float
    cpu_ms: float
    load: float
    """Of the machine when it was measured. Above one core's worth a wall clock proves that a limit held, never that it broke
    (docs/adr/0016-how-speed-is-judged.md): then our own processor time is judged."""

    def __str__(self) -> str:
        return (
            f"{self.people:,} people scored, with {LINES_EACH} lines of each department: wall {self.wall_ms:,.0f} ms, CPU "
            f"{self.cpu_ms:,.0f} ms (at most {MOST_MS[self.people]:,} of the wall; load {self.load})"
        )

    def broken(self) -> list[str]:
        """What does not hold, in words."""
        found = []
        if self.scored != self.people:
            found.append(
                f"{self.scored:,} of {self.people:,} people have a score: the bench does not measure what it says."
            )
        took = self.wall_ms if self.load <= 1 else min(self.wall_ms, self.cpu_ms)
        if took > MOST_MS[self.people]:
            found.append(f"{self.people:,} people scored: {took:,.0f} ms are more than {MOST_MS[self.people]:,}.")
        return found


def score_people(cast: Cast, sizes: Sequence[int] = tuple(MOST_MS)) -> list[ScoredPeople]:
    """A month of each size, printed as it comes. Everything is rolled back: people, rules and scores."""
    open_periods(now=now())
    found = []
    for size in sizes:
        with transaction.atomic():
            found.append(score_so_many(cast, size))
            transaction.set_rollback(True)
        print(found[-1], flush=True)
    return found


def score_so_many(cast: Cast, size: int) -> ScoredPeople:
    """A month of SIZE people, worked out ROUNDS times, and once more to count whom it scored."""
    month = Month.of(months_back(1)[0])
    set_up(cast, size, month)
    load = round(os.getloadavg()[0], 1)
    runs = [spent(lambda: compute(cast, month)) for _number in range(ROUNDS)]
    wall, cpu = (
        round(statistics.median(column), 1)
        for column in zip(*((one, python + database) for one, python, database in runs), strict=True)
    )
    run = compute(cast, month)
    return ScoredPeople(size, run.people.filter(total__isnull=False).count(), wall, cpu, load)


def compute(cast: Cast, month: Month) -> ScoreRun:
    """As the job does it."""
    return services.compute_month(month=month, by=cast.hr, now=now()).run


def set_up(cast: Cast, size: int, month: Month) -> None:
    """People in the teams, what their raters gave, a figure of each indicator in each team, and approved rules."""
    write_people(cast, size, month)
    keys = new_kpis(cast, LINES_EACH)
    with connection.cursor() as cursor:
        places = [team.pk for team in cast.teams]
        cursor.execute(MONTHS_OF, {"month": month.first_day, "kpis": keys, "places": places})
    limits = Limits(max_total=Decimal(120), staff_rules=STAFF_RULES)
    scheme = services.draft_scheme(
        name="Bench of people", first_month=month, by=cast.hr, limits=limits, note="The next stage."
    )
    card = services.add_scorecard(scheme=scheme, name="All", by=cast.hr)
    services.place_departments(scorecard=card, departments=dict.fromkeys(cast.teams, Decimal(1)), by=cast.hr)
    for number, kpi in enumerate(Kpi.objects.filter(pk__in=keys).order_by("-pk")):
        services.save_indicator(scorecard=card, terms=terms_of(kpi, number, Decimal(100) / LINES_EACH), by=cast.hr)
    put_in_force(scheme, cast, month)
    with connection.cursor() as cursor:
        # Writing without history checks at once what else waits for the end of the transaction: here that is all of it.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("ANALYZE")


def write_people(cast: Cast, size: int, month: Month) -> None:
    """SIZE people who are there the whole month, each appraised by two raters; whoever worked here before does no longer."""
    first = 5_000_001
    given = {
        "first": first,
        "last": first + size - 1,
        "first_number": f"B{first:07d}",
        "last_number": f"B{first + size - 1:07d}",
        "teams": [team.pk for team in cast.teams],
        "count": len(cast.teams),
        "month": month.first_day,
        "raters": [cast.hr.pk, cast.coo.pk],
    }
    with unrecorded(*TABLES, "assessments_appraisal") as cursor:
        for statement in (PEOPLE, PLACES, APPRAISALS):
            cursor.execute(statement, given)
