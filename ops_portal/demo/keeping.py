"""Who keeps the demo's figures and judges its months, and what they know."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.conf import settings

from apps.accounts.models import User
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.kpis.models import Kpi
from apps.staff.models import Person
from apps.staff.selectors import scope_of
from ops_portal.demo.curves import Reading
from ops_portal.demo.figures import Figure
from ops_portal.demo.figures_turns import Spot

BEFORE = {"REG": (("SAL-N", 0.55), ("SAL-S", 0.45)), "DAT": ()}
"""Who reported before the re-organisation what these report since."""


@dataclass
class Desk:
    """Who keeps the figures, and what they know: departments by code, people who answer, the day of the story's end."""

    departments: dict[str, Department]
    heads: dict[str, Person]
    coo: User
    gm: User
    hr: User
    finance: User
    manager: User
    now: datetime
    reorganised_in: Month
    known: dict[str, Kpi] = field(default_factory=dict)
    told: dict[Spot, Reading] = field(default_factory=dict)

    @property
    def last(self) -> Month:
        """The last complete month."""
        return Month.of(self.now.astimezone(settings.COMPANY_ZONE).date()).plus(-1)

    def at(self, ago: int) -> Month:
        """The month that lies so far back."""
        return self.last.plus(1 - ago)

    def moment(self, month: Month, day: int) -> datetime:
        """That day of the month after, in the morning; never later than now."""
        then = date(month.plus(1).year, month.plus(1).number, day)
        return min(datetime.combine(then, time(10), tzinfo=settings.COMPANY_ZONE), self.now)

    def scope(self, user: User) -> Scope:
        """What somebody may do at the end of the story."""
        return scope_of(user, self.now.astimezone(settings.COMPANY_ZONE).date())

    def reporters(self, figure: Figure, month: Month) -> Iterator[tuple[str, float]]:
        """Who reports a figure in a month, and for which part of it."""
        is_new = month >= self.reorganised_in
        for unit, share in figure.reports:
            if is_new or unit not in BEFORE:
                if is_new or (unit, figure.owner) != ("SRV", "OPS"):
                    yield unit, share
            else:
                for former, part in BEFORE[unit]:
                    yield former, share * part
