"""What is judged and is no KPI value: entered for an indicator, said by raters, or of a person. Insert-only versions."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.assessments.models.columns import FIRST_OF_MONTH
from apps.assessments.models.months import KEPT_FOR_EVER
from apps.assessments.models.schemes import Indicator
from apps.departments.models import Department
from apps.staff.models import Person


class Said(models.Model):
    """One version of something somebody said of a month; the newest one counts."""

    month = models.DateField(_("month"))
    version = models.PositiveIntegerField(_("version"), default=1)
    note = models.CharField(_("note"), max_length=500, blank=True)
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField(_("at"))

    class Meta:
        abstract = True


class Entry(Said):
    """What was reported for an indicator that is not the value of one KPI: counts of events, or milestones."""

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="entries")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField(_("what was reported"))
    """As the method takes it (scoring_examples.README.md): {code: count}, or {"items": [{code, weight, due, done}]}."""
    evidence = models.TextField(_("evidence"), max_length=2000, blank=True)
    """Where somebody can check it; never empty where whoever reported it has no place in the department."""
    is_restated = models.BooleanField(_("after the cut-off"), default=False)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ("month", "indicator", "department", "version")
        constraints = (
            models.UniqueConstraint(
                fields=("month", "indicator", "department", "version"), name="assessments_entry_once"
            ),
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="assessments_entry_first_day"),
        )
        triggers = (pgtrigger.Protect(name="keep_entry", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.indicator} {self.month:%Y-%m} v{self.version}"


class Rating(Said):
    """What one rater says of a department for an indicator of described levels."""

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="ratings")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(_("level"), max_length=40)
    """A level's name, or a percentage as text."""
    is_restated = models.BooleanField(_("after the month was handed in"), default=False)

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        ordering = ("month", "indicator", "department", "said_by", "version")
        constraints = (
            models.UniqueConstraint(
                fields=("month", "indicator", "department", "said_by", "version"), name="assessments_rating_once"
            ),
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="assessments_rating_first_day"),
        )
        triggers = (pgtrigger.Protect(name="keep_rating", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.indicator} {self.month:%Y-%m}: {self.level}"


class Appraisal(Said):
    """The personal part of somebody's month: what one rater gives of 100 points. The newest version a rater counts."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appraisals")
    points = models.DecimalField(_("points of 100"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("appraisal")
        verbose_name_plural = _("appraisals")
        ordering = ("month", "person", "said_by", "version")
        constraints = (
            models.UniqueConstraint(
                fields=("month", "person", "said_by", "version"), name="assessments_appraisal_once"
            ),
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="assessments_appraisal_first_day"),
            models.CheckConstraint(condition=Q(points__gte=0, points__lte=100), name="assessments_appraisal_of_100"),
        )
        triggers = (pgtrigger.Protect(name="keep_appraisal", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.person} {self.month:%Y-%m}: {self.points}"
