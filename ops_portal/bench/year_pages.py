"""The pages of a year once its months are published: means of months, and the year on cumulative values.

Every line of the year is summed for the latter, so it costs more the more lines there are; queries stay as they are.
"""

from dataclasses import dataclass

from django.urls import reverse

from apps.assessments.selectors.stretches import stretch_of
from apps.core.month import Month
from ops_portal.bench.company import Cast
from ops_portal.bench.figures import months_back
from ops_portal.bench.pages import cost_inside, signed_in
from ops_portal.bench.rehearsed import REHEARSED
from ops_portal.bench.scores import MONTHS

ROUNDS = 3
MOST_QUERIES = 20
MOST_MS = {"mean of months": 500.0, "cumulative values": 1_000.0}
"""CPU of one request, for as many departments as a rehearsal's months have."""


@dataclass(frozen=True, slots=True)
class YearPage:
    """One page: its queries, and CPU milliseconds of Python and of the database."""

    page: str
    queries: int
    python_ms: float
    database_ms: float

    def __str__(self) -> str:
        cpu = f"CPU {self.python_ms + self.database_ms:,.0f} ms ({self.database_ms:,.0f} in the database)"
        return f"a year of the company, {self.page}: {cpu}, {self.queries} queries"

    def broken(self) -> list[str]:
        """The limits, wherever they do not hold, in words."""
        found, took = [], self.python_ms + self.database_ms
        if took > MOST_MS[self.page]:
            found.append(f"A year, {self.page}: {took:,.0f} ms are more than {MOST_MS[self.page]:,.0f}.")
        if self.queries > MOST_QUERIES:
            found.append(f"A year, {self.page}: {self.queries} queries are more than {MOST_QUERIES}.")
        return found


def open_year(cast: Cast) -> list[YearPage]:
    """Both pages of the year most of the rehearsed months lie in, printed as they come."""
    middle = Month.of(months_back(MONTHS + REHEARSED)[REHEARSED // 2])
    first = stretch_of("year", middle).first
    paths = {
        "mean of months": reverse("assessments:period", args=["year", first]),
        "cumulative values": reverse("assessments:cumulative", args=["year", first]),
    }
    client, found = signed_in(cast.coo), []
    for page, path in paths.items():
        found.append(YearPage(page, *cost_inside(client, path, ROUNDS)))
        print(found[-1], flush=True)
    return found
