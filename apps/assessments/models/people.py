"""A person's month in one run: the score of the department by weight, and the personal part."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.assessments.choices import PersonStatus
from apps.assessments.models.columns import points
from apps.assessments.models.months import KEPT_FOR_EVER, ScoreRun
from apps.departments.models import Department
from apps.staff.choices import AppointmentRole
from apps.staff.models import Person


class PersonScore(models.Model):
    """How a person's score came about, as it was then (DOMAIN.md section 2, department to people)."""

    run = models.ForeignKey(ScoreRun, on_delete=models.PROTECT, related_name="people")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="scores", db_constraint=False)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    """Where the person was on the last of their days in the month."""
    role = models.CharField(_("role"), max_length=20, choices=AppointmentRole)
    status = models.CharField(_("status"), max_length=20, choices=PersonStatus)
    stays = models.JSONField(_("days in departments"), default=list)
    """[{"department": key, "days": n, "score": text or null}, …], in the order of time."""
    days = models.PositiveSmallIntegerField(_("days"))
    department_part = models.DecimalField(_("department's score by days"), max_digits=23, decimal_places=14, null=True)
    dept_weight = points(_("weight of the department"), null=False)
    personal = models.DecimalField(_("personal part"), max_digits=23, decimal_places=14, null=True)
    """Mean of what the raters gave."""
    raters = models.JSONField(_("who rated"), default=list)
    """[{"appraisal": key, "points": text}, …]"""
    vetoes = models.JSONField(_("vetoes"), default=list)
    """Those that hit a head alone, as a department's score keeps its own, and besides which department ("department",
    "headed") the person headed on which day ("on"): [{"kind": "veto", "id", "action", …}, …]"""
    personal_weight = points(_("weight of the personal part"), null=False)
    total = points(_("score"))
    grade = models.CharField(_("grade"), max_length=10, blank=True)
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("person's score")
        verbose_name_plural = _("people's scores")
        ordering = ("run", "department", "person")
        constraints = (models.UniqueConstraint(fields=("run", "person"), name="assessments_person_once"),)
        triggers = (pgtrigger.Protect(name="keep_person_score", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.person}: {self.total}"
