"""The one ruling record: a case per submitted version, a step per decider. What was frozen or ruled never changes."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.approvals import rules
from apps.approvals.choices import Ask, CaseKind, CaseState, Verdict
from apps.core.history import tracked
from apps.core.models import BaseModel


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> "CaseQuerySet":
        return self.filter(state=CaseState.OPEN)


@tracked()
class Case(BaseModel):
    """Something submitted for a ruling, with the brief as it was on that day."""

    kind = models.CharField(_("kind"), max_length=20, choices=CaseKind)
    title = models.CharField(_("title"), max_length=200)
    subject_ref = models.CharField(_("subject"), max_length=100)
    subject_url = models.CharField(_("page of the subject"), max_length=200, blank=True)
    subject_version = models.PositiveIntegerField(_("version of the subject"), default=1)
    brief = models.JSONField(_("brief"), default=dict)
    submitted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="submitted_cases", verbose_name=_("submitted by")
    )
    submitted_at = models.DateTimeField(_("submitted at"))
    state = models.CharField(_("state"), max_length=12, choices=CaseState, default=CaseState.OPEN)
    version = models.PositiveIntegerField(_("version"), default=1)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    authors = models.ManyToManyField(User, through="Author", related_name="authored_cases", verbose_name=_("authors"))

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ("-submitted_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("subject_ref",), condition=Q(state=CaseState.OPEN), name="approvals_one_open_case_per_subject"
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.OPEN, closed_at__isnull=True)
                | (~Q(state=CaseState.OPEN) & Q(closed_at__isnull=False)),
                name="approvals_case_closed_has_moment",
            ),
        )
        indexes = (models.Index(fields=("state", "-submitted_at"), name="approvals_case_state"),)
        triggers = (
            pgtrigger.ReadOnly(
                name="freeze_brief",
                fields=[
                    "kind",
                    "title",
                    "subject_ref",
                    "subject_url",
                    "subject_version",
                    "brief",
                    "submitted_by",
                    "submitted_at",
                ],
            ),
            pgtrigger.Protect(name="keep_case", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="keep_closed_case",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__closed_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("approvals:detail", args=[self.pk])


class StepQuerySet(models.QuerySet["Step"]):
    def waiting(self) -> "StepQuerySet":
        """Whose turn it is: asked, not yet answered."""
        return self.filter(opened_at__isnull=False, decided_at__isnull=True, case__state=CaseState.OPEN)

    def due_by(self, moment: datetime) -> "StepQuerySet":
        return self.filter(due_at__lte=moment)


@tracked(exclude=("reminded_at",))
class Step(BaseModel):
    """One decider's turn, and the answer once it is given. An answered step is never changed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps", verbose_name=_("case"))
    position = models.PositiveSmallIntegerField(_("position"))
    ask = models.CharField(_("asked to"), max_length=10, choices=Ask, default=Ask.DECIDE)
    role = models.CharField(_("role"), max_length=20, choices=Role, blank=True)
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    climb_role = models.CharField(_("role when overdue"), max_length=20, choices=Role, blank=True)
    working_days = models.PositiveSmallIntegerField(_("working days to answer"), default=3)
    opened_at = models.DateTimeField(_("asked at"), null=True, blank=True)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)
    climbed_at = models.DateTimeField(_("climbed at"), null=True, blank=True)
    ruling = models.CharField(_("ruling"), max_length=12, choices=Verdict, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    conditions = models.TextField(_("conditions"), blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_for = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("standing in for")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    is_settled = models.BooleanField(_("settled by the ruling before"), default=False)
    """Nobody but whoever had just ruled was left to answer, so that ruling stands for this step too."""

    objects = StepQuerySet.as_manager()

    class Meta:
        ordering = ("case", "position")
        constraints = (
            models.UniqueConstraint(fields=("case", "position"), name="approvals_step_position_once"),
            models.CheckConstraint(
                condition=Q(role="", user__isnull=False) | (~Q(role="") & Q(user__isnull=True)),
                name="approvals_step_asks_role_or_person",
            ),
            models.CheckConstraint(
                condition=Q(ruling="", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(ruling="") & Q(decided_by__isnull=False, decided_at__isnull=False, opened_at__isnull=False)),
                name="approvals_step_ruling_is_whole",
            ),
            models.UniqueConstraint(
                fields=("case", "decided_by"),
                condition=Q(decided_by__isnull=False, is_settled=False),
                name="approvals_one_ruling_per_person",
            ),
            models.CheckConstraint(
                condition=Q(is_settled=False) | Q(decided_by__isnull=False, position__gt=1),
                name="approvals_step_settled_is_ruled",
            ),
            models.CheckConstraint(
                condition=Q(decided_for__isnull=True) | ~Q(decided_for=F("decided_by")),
                name="approvals_step_stands_in_for_another",
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=Q(decided_at__isnull=True, opened_at__isnull=False),
                name="approvals_step_waiting",
            ),
        )
        triggers = (
            pgtrigger.Protect(name="keep_step", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="keep_ruling",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.case}, {self.position}"

    @property
    def asked(self) -> rules.Asked:
        """Whom the step asks, as the rules want it."""
        return rules.Asked(self.user_id, self.role, self.climb_role, is_climbed=self.climbed_at is not None)


@tracked()
class Author(BaseModel):
    """Somebody who wrote or owns what a case is about, and so may not rule on it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="author_rows", verbose_name=_("case"))
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("case", "user"), name="approvals_author_once"),)
        triggers = (pgtrigger.Protect(name="keep_author", operation=pgtrigger.Delete | pgtrigger.Update),)

    def __str__(self) -> str:
        return f"{self.user}, {self.case}"
