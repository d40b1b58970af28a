"""Appeals: somebody disagrees with one published line, and somebody who had no part in it looks again."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.assessments.choices import AppealState
from apps.assessments.models.months import ScoreRun
from apps.assessments.models.schemes import Indicator
from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.departments.models import Department
from apps.staff.models import Person

OPEN_APPEALS = (AppealState.FILED, AppealState.REVIEWING)
ENDED_APPEALS = tuple(state.value for state in AppealState if state not in OPEN_APPEALS)


@tracked()
class Appeal(BaseModel):
    """One disagreement with a published score, with its clock (DOMAIN.md section 2)."""

    run = models.ForeignKey(ScoreRun, on_delete=models.PROTECT, related_name="appeals")
    """The published run it is about."""
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="appeals")
    indicator = models.ForeignKey(Indicator, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The line; None: what stands beside the lines, or a person's score."""
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="appeals")
    level = models.PositiveSmallIntegerField(_("level"), default=1)
    former = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="following")
    """The appeal of the first level that this one takes to the second."""
    state = models.CharField(_("state"), max_length=15, choices=AppealState, default=AppealState.FILED)
    reason = models.TextField(_("what is wrong"), max_length=2000)
    wish = models.CharField(_("what it should be"), max_length=500, blank=True)
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(_("filed at"))
    due_at = models.DateTimeField(_("answer due by"))
    reviewer = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    admitted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    admitted_at = models.DateTimeField(_("admitted at"), null=True, blank=True)
    ruled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ruled_at = models.DateTimeField(_("ruled at"), null=True, blank=True)
    ruling = models.TextField(_("reason of the ruling"), max_length=2000, blank=True)
    revision = models.ForeignKey(ScoreRun, null=True, on_delete=models.PROTECT, related_name="+")
    """The run that corrects what was upheld."""

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ("-filed_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("run", "department", "indicator", "person", "level"),
                condition=Q(state__in=OPEN_APPEALS),
                nulls_distinct=False,
                name="assessments_appeal_once",
            ),
            models.CheckConstraint(condition=Q(level__in=(1, 2)), name="assessments_appeal_levels"),
        )
        triggers = (
            pgtrigger.Protect(name="keep_appeal", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="keep_ruled",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__in=ENDED_APPEALS),
            ),
        )

    def __str__(self) -> str:
        return gettext("Appeal %(number)s") % {"number": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("assessments:appeal", args=[self.pk])
