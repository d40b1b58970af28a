"""A rehearsal of the whole company on twelve published months, beside what working those months out cost.

Both judge the same lines by the same rules; a rehearsal writes a row for each department, the month each line as well.
"""

import statistics
from collections import deque
from dataclasses import dataclass

from django.db import connection, transaction

from apps.assessments import services
from apps.assessments.models import Scheme
from apps.core.clock import now
from apps.core.month import Month
from apps.periods.services import open_periods
from ops_portal.bench.company import Cast
from ops_portal.bench.figures import months_back
from ops_portal.bench.recording import spent
from ops_portal.bench.scores import MONTHS, Size, Stage, approve, set_up_months

REHEARSED = 12
SIZE = Size(1_000, rounds=3)
MOST_TIMES_MONTHS = 1.2


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Milliseconds of the wall and of CPU: one rehearsal (medians), and the first working out of its twelve months."""

    size: Size
    ours_ms: float
    ours_cpu_ms: float
    months_ms: float
    months_cpu_ms: float

    @property
    def ratio(self) -> float:
        """How many times the CPU of the months a rehearsal takes."""
        return round(self.ours_cpu_ms / self.months_cpu_ms, 2) if self.months_cpu_ms else 0.0

    def __str__(self) -> str:
        what = f"{REHEARSED} months of {self.size} each rehearsed: CPU {self.ours_cpu_ms:,.0f} ms"
        limit = f"working them out {self.months_cpu_ms:,.0f} ms ({self.ratio} times"
        return f"{what}, {limit}; wall {self.ours_ms:,.0f} and {self.months_ms:,.0f} ms)"

    def broken(self) -> list[str]:
        """The limit, if it does not hold, in words."""
        words = f"A rehearsal: {self.ratio} times its months, more than {MOST_TIMES_MONTHS}."
        return [words] if self.ratio > MOST_TIMES_MONTHS else []


def rehearse_beside_months(cast: Cast, size: Size = SIZE) -> Rehearsed:
    """Twelve months before those on stage, published; then rehearsed by their own scheme so often. Comes before the months
    on stage are set up: a scheme ends the one before it."""
    open_periods(now=now())
    months = [Month.of(day) for day in months_back(MONTHS + REHEARSED)[:REHEARSED]]
    stage = set_up_months(cast, size, months, mark="R-")
    worked = [publish(stage, month, cast) for month in months]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    scheme = Scheme.objects.get(pk=stage.scheme)
    taken = [rehearse(scheme, cast) for _number in range(size.rounds)]
    ours = [round(statistics.median(column), 1) for column in zip(*taken, strict=True)]
    return Rehearsed(size, *ours, *(round(sum(column), 1) for column in zip(*worked, strict=True)))


def publish(stage: Stage, month: Month, cast: Cast) -> tuple[float, float]:
    """Work a month out, have it approved and publish it: milliseconds of the wall and of CPU of the working out, which is
    measured in a transaction of its own that is rolled back."""
    wall, python, database = spent(lambda: services.compute_month(month=month, by=stage.by, now=now()))
    with transaction.atomic():
        services.compute_month(month=month, by=stage.by, now=now())
        approve(services.hand_in_month(month=month, by=stage.by, now=now()), by=cast.coo)
        services.publish_month(month=month, by=stage.by, now=now())
    return wall, python + database


def rehearse(scheme: Scheme, cast: Cast) -> tuple[float, float]:
    """Ask for a rehearsal and do what its job does: milliseconds of the wall and of CPU of the latter."""
    # Rolled back afterwards, so that the next round finds the same rehearsal waiting.
    asked = services.request_rehearsal(scheme=scheme, by=cast.hr, now=now())
    wall, python, database = spent(lambda: deque(services.rehearse_steps(rehearsal=asked, now=now()), maxlen=0))
    return wall, python + database
