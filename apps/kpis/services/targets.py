"""Targets over time: for one department, or for every one that reports."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.history import because
from apps.departments.models import Department
from apps.kpis.choices import Direction
from apps.kpis.models import Kpi, KpiTarget, KpiVersion
from apps.kpis.services.definitions import refresh_all_months
from apps.kpis.services.refusals import WrongTarget


@dataclass(frozen=True, slots=True)
class Aim:
    """What should be reached. For a range TARGET is the lower and UPPER the upper end."""

    target: Decimal
    floor: Decimal | None = None
    stretch: Decimal | None = None
    upper: Decimal | None = None


def checked(aim: Aim, direction: str) -> None:
    """Refuse a target that contradicts itself or the direction of the indicator."""
    if direction == Direction.RANGE:
        if aim.upper is None or aim.upper < aim.target:
            message = _("This KPI is best inside a range: give its upper end, at or above the lower one.")
            raise WrongTarget(message, field="upper")
        return
    if aim.upper is not None:
        raise WrongTarget(_("An upper end belongs to a range. Leave it empty, or use the stretch."), field="upper")
    sign = -1 if direction == Direction.LOWER else 1
    if aim.floor is not None and (aim.target - aim.floor) * sign < 0:
        raise WrongTarget(_("The floor is better than the target. Swap them."), field="floor")
    if aim.stretch is not None and (aim.stretch - aim.target) * sign < 0:
        raise WrongTarget(_("The stretch is worse than the target. Swap them."), field="stretch")


def set_target(
    *,
    kpi: Kpi,
    department: Department | None,
    aim: Aim,
    first: date,
    until: date | None = None,
    reason: str = "",
    by: User | None,
    now: datetime,
) -> KpiTarget:
    """Aim at something from FIRST (until, not including, UNTIL). kpis.manage.

    What was aimed at on those days gives way; before and after it stands. Published scores keep the target they were made
    with. Refuses a floor or stretch on the wrong side.
    """
    if until is not None and until <= first:
        raise WrongTarget(_("The target ends before it begins. Choose a later end."), field="until")
    version = KpiVersion.objects.filter(kpi=kpi).filter(valid__contains=first).first() or kpi.definition
    checked(aim, version.direction if version else Direction.HIGHER)
    days = DateRange(first, until, "[)")
    with transaction.atomic(), because("kpis.target_set", reason=reason, by=by):
        Kpi.objects.select_for_update().get(pk=kpi.pk)
        make_room(kpi, department, days)
        made = KpiTarget.objects.create(
            kpi=kpi,
            department=department,
            valid=days,
            floor=aim.floor,
            target=aim.target,
            stretch=aim.stretch,
            upper=aim.upper,
            reason=reason[:500],
        )
        refresh_all_months(kpi, first=first.replace(day=1), now=now, by=by)
    return made


def make_room(kpi: Kpi, department: Department | None, days: DateRange) -> None:
    """Cut what is aimed at on these days; a target that surrounds them is left on both sides."""
    for former in KpiTarget.objects.filter(kpi=kpi, department=department, valid__overlap=days):
        lower, upper = former.valid.lower, former.valid.upper
        if days.upper is not None and (upper is None or upper > days.upper):
            rest = KpiTarget(
                kpi=kpi,
                department=department,
                valid=DateRange(days.upper, upper, "[)"),
                floor=former.floor,
                target=former.target,
                stretch=former.stretch,
                upper=former.upper,
                reason=former.reason,
            )
        else:
            rest = None
        if lower < days.lower:
            former.valid = DateRange(lower, days.lower, "[)")
            former.save(update_fields=["valid", "updated_at"])
        else:
            former.delete()
        if rest is not None:
            rest.save()


def remove_target(*, target: KpiTarget, reason: str, by: User | None, now: datetime) -> None:
    """Aim at nothing on these days any more. kpis.manage."""
    with transaction.atomic(), because("kpis.target_removed", reason=reason, by=by):
        kpi = Kpi.objects.select_for_update().get(pk=target.kpi_id)
        first = target.valid.lower
        target.delete()
        refresh_all_months(kpi, first=first.replace(day=1), now=now, by=by)
