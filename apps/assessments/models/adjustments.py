"""What stands beside the hundred points: bonus claims, deductions, vetoes; what does not apply; the COO's calibrations."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.assessments.choices import AdjustmentKind, AdjustmentState, VetoAction, VetoScope
from apps.assessments.models.columns import FIRST_OF_MONTH, points
from apps.assessments.models.months import KEPT_FOR_EVER, ScoreRun
from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.departments.models import Department


@tracked()
class Adjustment(BaseModel):
    """One event beside the hundred: proposed by one person, confirmed by another who is not of the department."""

    kind = models.CharField(_("kind"), max_length=10, choices=AdjustmentKind)
    month = models.DateField(_("month"))
    last_month = models.DateField(_("last month it hits"))
    """A veto may hit several months; everything else hits one."""
    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="adjustments"
    )
    code = models.CharField(_("item"), max_length=40)
    """The item of the scheme (bonus_items, penalty_items, veto_items) it falls under; of an exemption, the line."""
    name = models.CharField(_("what happened"), max_length=200)
    """Of an exemption: why the line does not apply."""
    happened_on = models.DateField(_("day"))
    evidence = models.TextField(_("evidence"), max_length=2000)
    count = models.DecimalField(_("how often"), max_digits=9, decimal_places=2, default=1)
    action = models.CharField(_("what the veto does"), max_length=10, choices=VetoAction, blank=True)
    value = points(_("most points left"))
    grade = models.CharField(_("best grade left"), max_length=10, blank=True)
    scope = models.CharField(_("whom the veto hits"), max_length=10, choices=VetoScope, blank=True)
    points = points(_("points"))
    """Bonus and deduction: what it is worth, set by the scheme's item when it is confirmed."""
    state = models.CharField(_("state"), max_length=10, choices=AdjustmentState, default=AdjustmentState.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    ruling = models.CharField(_("reason of the decision"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        ordering = ("-month", "-pk")
        indexes = (models.Index(fields=("month", "department"), name="assessments_adjust_by_month"),)
        constraints = (
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="assessments_adjust_first_day"),
            models.CheckConstraint(condition=Q(last_month__gte=models.F("month")), name="assessments_adjust_months"),
            models.CheckConstraint(
                condition=Q(kind=AdjustmentKind.VETO) | Q(last_month=models.F("month")),
                name="assessments_adjust_one_month",
            ),
            models.CheckConstraint(condition=Q(count__gt=0), name="assessments_adjust_happened"),
        )
        triggers = (
            pgtrigger.Protect(name="keep_adjustment", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="keep_decided",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state="proposed"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("assessments:adjustment", args=[self.pk])


class Lifting(models.Model):
    """Something confirmed taken back from a month on, with its reason and evidence, by another person than its proposer.

    Insert-only: the row it is about stays as it was confirmed. A later lifting can only begin earlier.
    """

    adjustment = models.ForeignKey(Adjustment, on_delete=models.PROTECT, related_name="liftings")
    from_month = models.DateField(_("first month it no longer hits"))
    reason = models.CharField(_("reason"), max_length=500)
    evidence = models.TextField(_("evidence"), max_length=2000)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("lifting")
        verbose_name_plural = _("liftings")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(condition=Q(from_month__day=1), name="assessments_lift_first_day"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(evidence=""), name="assessments_lift_is_said"),
            models.UniqueConstraint(fields=("adjustment", "from_month"), name="assessments_lift_once"),
        )
        triggers = (pgtrigger.Protect(name="keep_lifting", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.adjustment}, lifted from {self.from_month:%Y-%m}"


class Calibration(models.Model):
    """The COO moves one score of a draft within the scheme's band, with a reason. The computed score stays beside it.

    Insert-only: another calibration of the same department in the same month takes the place of the one before.
    """

    month = models.DateField(_("month"))
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="calibrations")
    run = models.ForeignKey(ScoreRun, on_delete=models.PROTECT, related_name="calibrations")
    """The draft that was looked at."""
    points = points(_("points"), null=False)
    """Added to the computed score; 0 takes a calibration back."""
    reason = models.CharField(_("reason"), max_length=500)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("calibration")
        verbose_name_plural = _("calibrations")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("month", "department"), name="assessments_calib_by_month"),)
        constraints = (
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="assessments_calib_first_day"),
            models.CheckConstraint(condition=~Q(reason=""), name="assessments_calib_has_reason"),
        )
        triggers = (pgtrigger.Protect(name="keep_calibration", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.department} {self.month:%Y-%m}: {self.points}"
