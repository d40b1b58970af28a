"""What people put beside the forecast: their own figure with a reason, and what would be if something changed."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.models import BaseModel
from apps.departments.models import Department
from apps.forecasts.choices import SubjectKind
from apps.forecasts.models.issues import FIRST_OF_MONTH, ForecastIssue
from apps.kpis.models import Kpi


class Override(models.Model):
    """A person's own figure for a month ahead, told after an issue: never changed, the newest counts, and the last
    word after each issue is judged."""

    issue = models.ForeignKey(ForecastIssue, on_delete=models.PROTECT, related_name="overrides")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("what is foretold"), max_length=10, choices=SubjectKind)
    kpi = models.ForeignKey(Kpi, null=True, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(_("month"))
    value = models.FloatField(_("value"), null=True)
    """Empty: the override is taken back and the forecast counts again."""
    reason = models.CharField(_("reason"), max_length=500)
    told_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name = _("own figure")
        verbose_name_plural = _("own figures")
        ordering = ("-told_at", "-pk")
        indexes = (models.Index(fields=("kpi", "department", "month"), name="forecasts_override_by_kpi"),)
        constraints = (
            models.CheckConstraint(condition=FIRST_OF_MONTH & ~Q(reason=""), name="forecasts_override_reasoned"),
        )
        triggers = (pgtrigger.Protect(name="keep_override", operation=pgtrigger.Delete | pgtrigger.Update),)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.value}"


class Scenario(BaseModel):
    """What would be if something changed. Kept apart: nothing reads it but its own page."""

    name = models.CharField(_("name"), max_length=120)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("what is foretold"), max_length=10, choices=SubjectKind)
    kpi = models.ForeignKey(Kpi, null=True, on_delete=models.PROTECT, related_name="+")
    from_month = models.DateField(_("from"))
    level_pct = models.DecimalField(_("change of level, %"), max_digits=8, decimal_places=3, default=0)
    growth_pct = models.DecimalField(_("growth a month, %"), max_digits=7, decimal_places=3, default=0)
    one_off = models.DecimalField(_("one-off in the first month"), max_digits=28, decimal_places=10, default=0)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("what if")
        verbose_name_plural = _("what ifs")
        ordering = ("name", "pk")
        indexes = (models.Index(fields=("kpi", "department"), name="forecasts_scenario_by_kpi"),)

    def __str__(self) -> str:
        return self.name
