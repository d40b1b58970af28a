"""Many definitions and targets at once, as files bring them: the same rules as one by one, in a few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Max, Min, OuterRef

from apps.accounts.models import User
from apps.core.history import because
from apps.kpis.models import Kpi, KpiTarget, KpiValue, KpiVersion
from apps.kpis.rules.timelines import TargetSpan, overlaid
from apps.kpis.services.definitions import ALWAYS, AT_ONCE, Definition, Identity, checked, tidy_tags
from apps.kpis.services.summaries import note_stale, refresh_months

Place = tuple[int, int | None]
"""An indicator and the department its target is for (None: every one that reports)."""


@dataclass(frozen=True, slots=True)
class TargetsSet:
    """What became of many targets: how many places got new ones or others, and what held there before and after."""

    changed: frozenset[Place]
    before: Mapping[Place, list[TargetSpan]]
    after: Mapping[Place, list[TargetSpan]]


def define_kpis(
    *, wanted: Sequence[tuple[Identity, Definition]], valid_from: date = ALWAYS, by: User | None, reason: str = ""
) -> list[Kpi]:
    """Define many new indicators without formulas. kpis.manage. The caller has seen to it that none of them is known.

    Refuses a definition that contradicts itself. Four statements for any number.
    """
    tidy = [(identity, checked(definition)) for identity, definition in wanted]
    with transaction.atomic(), because("kpis.defined", reason=reason, by=by):
        made = Kpi.objects.bulk_create(
            [
                Kpi(
                    department=identity.department,
                    code=identity.code,
                    name=definition.name,
                    family=identity.family.strip(),
                    tags=tidy_tags(identity.tags),
                    owner=identity.owner,
                    needs_approval=identity.needs_approval,
                )
                for identity, definition in tidy
            ]
        )
        days = DateRange(valid_from.replace(day=1), None, "[)")
        KpiVersion.objects.bulk_create(
            [
                KpiVersion(kpi=kpi, valid=days, note=reason[:500], **definition.values())
                for kpi, (_identity, definition) in zip(made, tidy, strict=True)
            ]
        )
        first = KpiVersion.objects.filter(kpi=OuterRef("pk")).values("pk")[:1]
        Kpi.objects.filter(pk__in=[kpi.pk for kpi in made]).update(definition=first)
        versions = {version.kpi_id: version for version in KpiVersion.objects.filter(kpi__in=made)}
        for kpi in made:
            kpi.definition = versions[kpi.pk]
    return made


def spans_of(places: Sequence[Place]) -> dict[Place, list[TargetSpan]]:
    """The stored targets of these places, in order of time. One query."""
    found: dict[Place, list[TargetSpan]] = {place: [] for place in places}
    rows = KpiTarget.objects.filter(kpi__in={kpi for kpi, _department in places}).order_by("valid")
    for row in rows:
        place = (row.kpi_id, row.department_id)
        if place in found:
            span = TargetSpan(row.valid.lower, row.valid.upper, row.target, row.floor, row.stretch, row.upper)
            found[place].append(span)
    return found


def set_targets(
    *, wanted: Mapping[Place, Sequence[TargetSpan]], by: User | None, now: datetime, reason: str = ""
) -> TargetsSet:
    """Aim at many things. kpis.manage. What was aimed at on those days gives way; what says what holds changes nothing.

    The caller has checked each against the direction of its indicator.
    """
    with transaction.atomic(), because("kpis.target_set", reason=reason, by=by):
        list(Kpi.objects.select_for_update(no_key=True).filter(pk__in={kpi for kpi, _ in wanted}).order_by("pk"))
        before = spans_of(list(wanted))
        after = {place: overlaid(before[place], spans) for place, spans in wanted.items()}
        changed = {place for place in wanted if sized(before[place]) != sized(after[place])}
        put_spans({place: after[place] for place in changed}, now=now, by=by, reason=reason)
    return TargetsSet(frozenset(changed), before, after)


def sized(spans: Sequence[TargetSpan]) -> list[Any]:
    """The spans as they compare once the database has stored them."""
    return [(span.first, span.until, span.aims) for span in spans]


def put_spans(spans: Mapping[Place, Sequence[TargetSpan]], *, now: datetime, by: User | None, reason: str) -> None:
    """Let these targets, and no others, hold in their places; work out the months they touch."""
    gone = [
        row.pk
        for row in KpiTarget.objects.filter(kpi__in={kpi for kpi, _ in spans}).only("pk", "kpi", "department", "valid")
        if (row.kpi_id, row.department_id) in spans
    ]
    KpiTarget.objects.filter(pk__in=gone).delete()
    KpiTarget.objects.bulk_create(
        [
            KpiTarget(
                kpi_id=kpi,
                department_id=department,
                valid=DateRange(span.first, span.until, "[)"),
                target=span.target,
                floor=span.floor,
                stretch=span.stretch,
                upper=span.upper,
                reason=reason[:500],
            )
            for (kpi, department), places in spans.items()
            for span in places
        ],
        batch_size=5_000,
    )
    work_out({kpi for kpi, _department in spans}, now=now, by=by)


def work_out(kpis: set[int], *, now: datetime, by: User | None) -> None:
    """Work out every month of these indicators that holds a value: at once while they are few, else by the job."""
    values = KpiValue.objects.current().filter(series__kpi__in=kpis)
    extent = values.aggregate(first=Min("month"), last=Max("month"))
    if extent["first"] is None:
        return
    if values.count() > AT_ONCE:
        note_stale([(kpi, extent["first"], extent["last"]) for kpi in sorted(kpis)], now=now, by=by)
        return
    refresh_months(kpis=sorted(kpis), first=extent["first"], last=extent["last"])
