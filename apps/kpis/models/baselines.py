"""From which months the usual range of an indicator is drawn: frozen by somebody, with the reason."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.departments.models import Department
from apps.kpis.models.indicators import Kpi


class KpiBaseline(models.Model):
    """The months that set the limits of the usual range of an indicator in a department. Never changed: the newest counts.

    A point that may set its own limits hides; so they are drawn from these months until somebody freezes others, after a
    change that was verified (DOMAIN.md section 9).
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="baselines")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    first_month = models.DateField(_("from"))
    last_month = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=500)
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField(_("frozen at"))

    class Meta:
        verbose_name = _("baseline")
        verbose_name_plural = _("baselines")
        ordering = ("-frozen_at", "-pk")
        indexes = (models.Index(fields=("kpi", "department", "-id"), name="kpis_baseline_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(first_month__day=1, last_month__day=1, last_month__gte=F("first_month")) & ~Q(reason=""),
                name="kpis_baseline_months_in_order",
            ),
        )
        triggers = (pgtrigger.Protect(name="keep_baseline", operation=pgtrigger.Delete | pgtrigger.Update),)

    def __str__(self) -> str:
        return f"{self.first_month:%Y-%m} – {self.last_month:%Y-%m}"
