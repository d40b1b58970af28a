"""Values that wait: approved by somebody else than who entered them, or declined with a reason."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.core.errors import NotAllowed
from apps.core.history import because
from apps.core.month import Month
from apps.kpis.choices import ValueState
from apps.kpis.models import Kpi, KpiValue
from apps.kpis.services.refusals import NotWaiting, ValuesRefused
from apps.kpis.services.summaries import refresh_months
from apps.notifications.services import notify
from apps.periods.services import hold_months


def approve_values(*, values: Sequence[KpiValue], by: User, now: datetime) -> int:
    """Put waiting values into force; the former ones are replaced. kpis.approve. All or none.

    Refuses one's own values, and any that were decided on or corrected meanwhile. Gives how many.
    """
    with transaction.atomic(), because("kpis.values_approved", by=by):
        hold_months({Month.of(value.month) for value in values})
        rows = locked_waiting(values, by=by)
        put_in_force(rows, by=by, now=now)
    return len(rows)


def decline_values(*, values: Sequence[KpiValue], reason: str, by: User, now: datetime) -> int:
    """Leave waiting values out of force; what was in force stays. kpis.approve. Needs a reason, and tells it whoever
    entered them. Gives how many."""
    if not reason.strip():
        raise ValuesRefused(_("Write why: whoever entered it must know what to correct."), field="reason")
    with transaction.atomic(), because("kpis.values_declined", reason=reason, by=by):
        rows = locked_waiting(values, by=by)
        KpiValue.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=ValueState.DECLINED, decided_by=by, decided_at=now, decision_note=reason.strip()[:500]
        )
        tell_declined(rows, reason=reason.strip(), now=now)
    return len(rows)


def tell_declined(rows: Sequence[KpiValue], *, reason: str, now: datetime) -> None:
    """Tell each person who entered some of these values that they were declined and why, once for all of theirs."""
    theirs: dict[User, list[KpiValue]] = {}
    for row in rows:
        if row.entered_by is not None and not row.entered_by.is_system:
            theirs.setdefault(row.entered_by, []).append(row)
    for user, values in theirs.items():
        first, count = min(values, key=lambda row: (row.month, row.pk)), len(values)
        words = ngettext(
            "A value of %(kpi)s was declined", "%(count)s values were declined, the first of %(kpi)s", count
        )
        notify(
            users=[user],
            kind="kpis.value_declined",
            subject=words % {"kpi": first.series.kpi.name, "count": count},
            body=reason[:500],
            url=f"{reverse('kpis:entry')}?department={first.series.department_id}&month={Month.of(first.month)}&all=1",
            key=f"kpis-declined-{first.pk}",
            now=now,
        )


def put_in_force(rows: Sequence[KpiValue], *, by: User | None, now: datetime) -> None:
    """Let waiting values count in place of the former ones. Inside the caller's transaction, under its locks."""
    if not rows:
        return
    approved = KpiValue.objects.filter(pk__in=[row.pk for row in rows])
    former = approved.filter(month=OuterRef("month"), series=OuterRef("series"))
    KpiValue.objects.current().filter(Exists(former)).update(state=ValueState.SUPERSEDED)
    approved.update(state=ValueState.CURRENT, decided_by=by, decided_at=now)
    work_out(rows)


def locked_waiting(values: Sequence[KpiValue], *, by: User) -> list[KpiValue]:
    """The values under lock, with their indicators; refused unless all of them wait for somebody else."""
    keys = [value.pk for value in values]
    kpis = KpiValue.objects.filter(pk__in=keys).values_list("series__kpi", flat=True)
    list(Kpi.objects.select_for_update(no_key=True).filter(pk__in=set(kpis)).order_by("pk"))
    rows = list(
        KpiValue.objects.select_for_update(of=("self",))
        .select_related("series__kpi", "entered_by")
        .filter(pk__in=keys)
        .order_by("pk")
    )
    if any(row.state != ValueState.WAITING for row in rows) or not rows:
        raise NotWaiting(_("This value has been decided on or corrected meanwhile. Look at it again."))
    if any(row.entered_by_id == by.pk for row in rows):
        raise NotAllowed(_("You entered this value yourself: somebody else must approve it."))
    return rows


def work_out(rows: Sequence[KpiValue]) -> None:
    """Work out the months these values touch."""
    months = [row.month for row in rows]
    refresh_months(
        kpis=sorted({row.series.kpi_id for row in rows}),
        first=min(months),
        last=max(months),
        departments=sorted({row.series.department_id for row in rows}),
    )
