"""Freeze the months from which the usual range of an indicator is drawn."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.clock import local_date
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text
from apps.departments.models import Department
from apps.kpis.models import Kpi, KpiBaseline, KpiMonth
from apps.kpis.rules.alike import measured_from
from apps.kpis.rules.comparing import ENOUGH
from apps.kpis.selectors.page import dated_versions
from apps.kpis.selectors.today import version_on
from apps.kpis.services.refusals import WrongBaseline


@transaction.atomic
def freeze_baseline(
    *, kpi: Kpi, department: Department, first: Month, last: Month, reason: str, by: User | None, now: datetime
) -> KpiBaseline:
    """Draw the usual range of the indicator in the department from these months, from now on. kpis.manage.

    Former baselines stay on record. Refuses without a reason, fewer than twelve months with a figure, months that are not
    over, months measured otherwise than the last of them (rules.alike), and what is frozen already.
    """
    if not reason.strip():
        raise WrongBaseline(_("Say why: later readers must see which change was verified."), field="reason")
    if last < first:
        raise WrongBaseline(_("The baseline ends before it begins. Choose a later end."), field="last")
    if last >= Month.of(local_date(now)):
        raise WrongBaseline(
            _("%(month)s is not over. Choose months that are.") % {"month": month_text(last)}, field="last"
        )
    Kpi.objects.select_for_update().get(pk=kpi.pk)
    require_measured(kpi, department, first, last)
    newest = KpiBaseline.objects.filter(kpi=kpi, department=department).order_by("-pk").first()
    if newest is not None and (newest.first_month, newest.last_month) == (first.first_day, last.first_day):
        raise WrongBaseline(_("The usual range is drawn from these months already."), field="first")
    with because("kpis.baseline_frozen", reason=reason, by=by):
        return KpiBaseline.objects.create(
            kpi=kpi,
            department=department,
            first_month=first.first_day,
            last_month=last.first_day,
            reason=reason.strip()[:500],
            frozen_by=by,
            frozen_at=now,
        )


def require_measured(kpi: Kpi, department: Department, first: Month, last: Month) -> None:
    """Refuse months that hold too few figures, or figures that were measured in different ways."""
    versions = dated_versions(kpi)
    version = version_on(versions, last.last_day)
    if version is None or first.last_day < measured_from(versions, version):
        raise WrongBaseline(
            _("How it is measured changed between %(first)s and %(last)s. Choose months that are measured alike.")
            % {"first": month_text(first), "last": month_text(last)},
            field="first",
        )
    rows = KpiMonth.objects.filter(kpi=kpi, department=department, month__range=(first.first_day, last.first_day))
    count = rows.exclude(value=None).count()
    if count < ENOUGH:
        raise WrongBaseline(
            _("These months hold %(count)s figures; limits one can rely on take %(enough)s. Choose more months.")
            % {"count": count, "enough": ENOUGH},
            field="first",
        )
