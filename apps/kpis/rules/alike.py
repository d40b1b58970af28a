"""Which definitions of an indicator measure alike, so that figures of both belong to one history.

A new name, text, source, owner's note, bound, number of places or share of slightly off makes a new definition, but measures
nothing otherwise. Pages, reports, frozen baselines and forecasts all cut a history by this rule.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

MEASURED_BY = ("unit", "direction", "frequency", "over_time", "over_departments", "formula", "scale")
"""What of a definition says how is measured: where one of these differs, figures are not compared."""


class Measuring(Protocol):
    """A definition and the days on which it holds (VALID: lower end included, upper end not)."""

    valid: Any
    unit: str
    direction: str
    frequency: str
    over_time: str
    over_departments: str
    formula: str
    scale: Decimal


def measures_alike(one: Measuring, other: Measuring) -> bool:
    """Whether figures of both definitions belong to one history."""
    return all(getattr(one, name) == getattr(other, name) for name in MEASURED_BY)


def measured_from(versions: Sequence[Measuring], version: Measuring) -> date:
    """The day from which figures are measured as by VERSION: on which the last that did otherwise ended, else the first.

    VERSIONS: every definition, the oldest first, that one among them.
    """
    earlier = [one for one in versions if one.valid.lower < version.valid.lower]
    ended: list[date] = [one.valid.upper for one in earlier if not measures_alike(one, version)]
    first: date = versions[0].valid.lower
    return max(ended, default=first)
