"""A page of values typed for one department and month, saved together, unless somebody was faster."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.core.scope import Scope
from apps.kpis.choices import ValueKind, ValueState
from apps.kpis.models import PLACES, Kpi, KpiValue
from apps.kpis.services.refusals import ChangedMeanwhile
from apps.kpis.services.staging import Entry
from apps.kpis.services.values import Recorded, record_values
from apps.periods.services import hold_months

Place = tuple[int | None, int | None, object]
"""Indicator, department, month."""


def enter_values(
    *,
    entries: Sequence[Entry],
    based_on: Mapping[int, int | None],
    scope: Scope,
    by: User,
    now: datetime,
    reason: str = "",
) -> Recorded:
    """Record typed values, each BASED_ON (line → key) the version its page showed; None: the page showed none.

    As `record_values`. Besides refuses, naming each line, when another version was stored meanwhile that says something
    else. The same entry sent twice is no conflict and changes nothing.
    """
    with transaction.atomic():
        # Months before indicators, as everywhere: the other way round, two entries and a closing could wait in a circle.
        hold_months({Month.of(row.month) for row in entries})
        list(Kpi.objects.select_for_update(no_key=True).filter(pk__in={row.kpi for row in entries}).order_by("pk"))
        latest = latest_versions(entries)
        stale = [row for row in entries if is_stale(row, latest.get(place_of(row)), based_on.get(row.line))]
        if stale:
            raise refusal_of(stale)
        return record_values(entries=entries, scope=scope, by=by, now=now, reason=reason)


def place_of(entry: Entry) -> Place:
    """Where an entry belongs."""
    return (entry.kpi, entry.department, entry.month)


def latest_versions(entries: Sequence[Entry]) -> dict[Place, KpiValue]:
    """The version each entry would replace: what waits, else what is in force. One query."""
    rows = KpiValue.objects.select_related("series").filter(
        series__kpi__in={row.kpi for row in entries},
        series__department__in={row.department for row in entries},
        month__in={row.month for row in entries},
        state__in=(ValueState.CURRENT, ValueState.WAITING),
    )
    found: dict[Place, KpiValue] = {}
    for row in sorted(rows, key=lambda row: row.state == ValueState.WAITING):
        found[row.series.kpi_id, row.series.department_id, row.month] = row
    return found


def is_stale(entry: Entry, stored: KpiValue | None, shown: int | None) -> bool:
    """Whether something else than what the page showed stands there now, and says something else than the entry."""
    if stored is None or stored.pk == shown:
        return False
    is_empty_ratio = entry.value is None and entry.denominator == 0
    if stored.kind != (ValueKind.NO_DATA if is_empty_ratio else entry.kind):
        return True
    pairs = ((stored.numerator, entry.numerator), (stored.denominator, entry.denominator))
    is_same = all(was == kept(typed) for was, typed in pairs)
    return not (is_same and (entry.value is None or stored.value == kept(entry.value)))


def kept(value: Decimal | None) -> Decimal | None:
    """A number at the places that are kept of it."""
    return None if value is None else round_half_up(value, PLACES)


def refusal_of(stale: Sequence[Entry]) -> ChangedMeanwhile:
    """Which lines somebody else changed."""
    words = _(
        "Somebody else entered another value meanwhile. Compare the two, then save again to put yours in its place."
    )
    return ChangedMeanwhile(
        words, details={"rows": [{"row": row.line, "field": "", "message": words} for row in stale]}
    )
