"""Apps above that judge figures of indicators: asked before values are taken back.

They may not be imported here (the graph runs one way), so settings.KPI_FOLLOWERS names them, as it names importers.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """The figure of an indicator in a department that stands in a published month, as it was known at the moment AS_OF."""

    kpi: int
    department: int
    month: date
    as_of: datetime


class Follower(ABC):
    """One app's use of figures."""

    @abstractmethod
    def published(self, kpis: Collection[int], months: Collection[date]) -> Sequence[PublishedFigure]:
        """The figures of these indicators that stand in a published month among MONTHS. A fixed number of queries."""


@cache
def followers() -> tuple[Follower, ...]:
    """Every follower, from settings.KPI_FOLLOWERS."""
    return tuple(import_string(path) for path in getattr(settings, "KPI_FOLLOWERS", ()))
