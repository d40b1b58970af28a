"""Rehearsals: what a draft scheme would have made of past months. Nothing in here is a score."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.assessments.choices import RehearsalState
from apps.assessments.models.columns import points
from apps.assessments.models.rewards import money
from apps.assessments.models.schemes import Scheme
from apps.core.models import BaseModel
from apps.departments.models import Department
from apps.jobs.models import JobRun
from apps.staff.choices import AppointmentRole
from apps.staff.models import Person


class Rehearsal(BaseModel):
    """One trial of a scheme on the months it names."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="rehearsals")
    first_month = models.DateField(_("first month"))
    last_month = models.DateField(_("last month"))
    state = models.CharField(_("state"), max_length=10, choices=RehearsalState, default=RehearsalState.WAITING)
    job = models.ForeignKey(JobRun, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    content = models.CharField(_("digest of the rules tried"), max_length=64, blank=True)
    problem = models.CharField(_("why it could not be done"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("rehearsal")
        verbose_name_plural = _("rehearsals")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return gettext("Rehearsal of %(scheme)s") % {"scheme": self.scheme}


class RehearsedScore(models.Model):
    """A department's month as it was published, and as the tried scheme has it."""

    rehearsal = models.ForeignKey(Rehearsal, on_delete=models.CASCADE, related_name="scores")
    month = models.DateField(_("month"))
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    old_status = models.CharField(_("status before"), max_length=20, blank=True)
    old_total = points(_("score before"))
    old_grade = models.CharField(_("grade before"), max_length=10, blank=True)
    old_rank = models.PositiveIntegerField(_("rank before"), null=True)
    new_status = models.CharField(_("status after"), max_length=20)
    new_total = points(_("score after"))
    new_grade = models.CharField(_("grade after"), max_length=10, blank=True)
    new_rank = models.PositiveIntegerField(_("rank after"), null=True)

    class Meta:
        verbose_name = _("rehearsed score")
        verbose_name_plural = _("rehearsed scores")
        ordering = ("rehearsal", "month", "new_rank", "department")
        constraints = (
            models.UniqueConstraint(fields=("rehearsal", "month", "department"), name="assessments_rehearsed_once"),
        )

    def __str__(self) -> str:
        return f"{self.department} {self.month:%Y-%m}: {self.new_total}"


class RehearsedPerson(models.Model):
    """A person's month as it was published, and as the tried scheme has it; and what the rules of each side pay for it."""

    rehearsal = models.ForeignKey(Rehearsal, on_delete=models.CASCADE, related_name="people")
    month = models.DateField(_("month"))
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    """Where the person was on the last of their days in the month."""
    role = models.CharField(_("role"), max_length=20, choices=AppointmentRole)
    old_status = models.CharField(_("status before"), max_length=20, blank=True)
    old_total = points(_("score before"))
    old_grade = models.CharField(_("grade before"), max_length=10, blank=True)
    old_amount = money(_("reward before"), null=True)
    old_over_amount = money(_("reward before, above the base"), null=True)
    """What it is more than the base for the days worked, which coefficients of 1 pay; negative: less, a penalty."""
    new_status = models.CharField(_("status after"), max_length=20, blank=True)
    new_total = points(_("score after"))
    new_grade = models.CharField(_("grade after"), max_length=10, blank=True)
    new_amount = money(_("reward after"), null=True)
    new_over_amount = money(_("reward after, above the base"), null=True)

    class Meta:
        verbose_name = _("rehearsed person")
        verbose_name_plural = _("rehearsed people")
        ordering = ("rehearsal", "month", "person")
        constraints = (
            models.UniqueConstraint(fields=("rehearsal", "month", "person"), name="assessments_rehearsed_person_once"),
        )

    def __str__(self) -> str:
        return f"{self.person} {self.month:%Y-%m}: {self.new_total}"
