"""What the rules made of a month: a ScoreRun with its scores and lines, what is worked on, what is published."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.approvals.models import Case
from apps.assessments.choices import (
    LineStatus,
    Presence,
    RunState,
    ScoreStatus,
)
from apps.assessments.models.columns import FIRST_OF_MONTH, figure, points
from apps.assessments.models.schemes import Indicator, Scheme, Scorecard
from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.departments.models import Department
from apps.jobs.models import JobRun


class ScoreRun(models.Model):
    """One version of an assessed month: how it came about and where it stands. Its figures are never changed."""

    month = models.DateField(_("month"))
    version = models.PositiveIntegerField(_("version"))
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="runs")
    revises = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="revisions")
    """The published run this one corrects: all it does not name for correction is as it was there."""
    former = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    """The run in whose place it came: the draft before it, else the one published then. A draft that was put aside has none
    after it."""
    reason = models.CharField(_("why it was worked out again"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=RunState, default=RunState.CALCULATED)
    job = models.ForeignKey(JobRun, null=True, on_delete=models.SET_NULL, related_name="+")
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    gathered_at = models.DateTimeField(_("figures as of"))
    """KPI values entered later had no part in this run."""
    is_past_cut_off = models.BooleanField(_("after the cut-off"))
    is_past_reports = models.BooleanField(_("after the cut-off of reports"))
    fingerprint = models.CharField(_("fingerprint of what it was worked out from"), max_length=64)
    score_count = models.PositiveIntegerField(_("departments"))
    scored_count = models.PositiveIntegerField(_("with a score"))
    pending_count = models.PositiveIntegerField(_("waiting for values"))
    person_count = models.PositiveIntegerField(_("people"), default=0)
    line_count = models.PositiveIntegerField(_("lines"))
    with_data_count = models.PositiveIntegerField(_("lines with data"))
    mean_total = points(_("mean score"))
    digest = models.CharField(_("digest"), max_length=64)
    reviewed_at = models.DateTimeField(_("review began at"), null=True, blank=True)
    reviewed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    case = models.OneToOneField(Case, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    note = models.CharField(_("why it was sent back"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ("-month", "-version")
        constraints = (
            models.UniqueConstraint(fields=("month", "version"), name="assessments_run_once"),
            models.UniqueConstraint(
                fields=("month",), condition=Q(state=RunState.PUBLISHED), name="assessments_one_published"
            ),
            models.UniqueConstraint(
                fields=("month",),
                condition=Q(state__in=(RunState.CALCULATED, RunState.UNDER_REVIEW, RunState.APPROVED)),
                name="assessments_one_draft",
            ),
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="assessments_run_first_day"),
        )
        triggers = (
            pgtrigger.ReadOnly(
                name="keep_run",
                fields=[
                    "month", "version", "scheme", "started_by", "gathered_at", "is_past_cut_off", "is_past_reports",
                    "fingerprint", "score_count", "scored_count", "pending_count", "line_count", "with_data_count",
                    "mean_total", "digest", "revises", "former", "reason", "person_count",
                ],
            ),
            pgtrigger.Protect(name="keep_run_row", operation=pgtrigger.Delete),
        )  # fmt: skip

    def __str__(self) -> str:
        return gettext("%(month)s, version %(version)s") % {
            "month": date_format(self.month, "F Y"),
            "version": self.version,
        }


KEPT_FOR_EVER = pgtrigger.Delete | pgtrigger.Update
# Lines of a run that did not come to be may go (services.parting); those of any other stay as they are.
KEEP_LINE = """
IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM assessments_scorerun r WHERE r.id = OLD.run_id) THEN RETURN OLD; END IF;
RAISE EXCEPTION 'A stored score line is never changed or deleted.';
"""


class Score(models.Model):
    """A department's month in one run: how the total came about, and where it stands among the others."""

    run = models.ForeignKey(ScoreRun, on_delete=models.PROTECT, related_name="scores")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="scores", db_constraint=False)
    scorecard = models.ForeignKey(
        Scorecard, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    status = models.CharField(_("status"), max_length=20, choices=ScoreStatus)
    coverage_pct = models.DecimalField(_("weight with data, %"), max_digits=5, decimal_places=2)
    base = points(_("sum of points"))
    coefficient = models.DecimalField(_("difficulty"), max_digits=6, decimal_places=4)
    bonus = points(_("bonus"), null=False)
    deduction = points(_("deduction"), null=False)
    calibration = points(_("calibration"), null=False, default=0)
    uncalibrated = points(_("score before calibration"))
    total = points(_("score"))
    grade = models.CharField(_("grade"), max_length=10, blank=True)
    extras = models.JSONField(_("bonus, deductions, vetoes, calibration"), default=list)
    """What was added and taken away, as it was then: [{"kind", "id", "code", "name", "points", …}, …]; numbers as text."""
    rank = models.PositiveIntegerField(_("rank"), null=True)
    below_count = models.PositiveIntegerField(_("departments scored here and below"))
    below_points = models.DecimalField(_("their points"), max_digits=14, decimal_places=2)
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        ordering = ("run", "rank", "department")
        constraints = (models.UniqueConstraint(fields=("run", "department"), name="assessments_score_once"),)
        triggers = (pgtrigger.Protect(name="keep_score", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.department}: {self.total}"


class ScoreLine(models.Model):
    """One indicator of a department's month: everything the points were worked out from, as it was then."""

    pk = models.CompositePrimaryKey("run_id", "department_id", "indicator_id")
    run = models.ForeignKey(
        ScoreRun, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False
    )
    month = models.DateField(_("month"))
    presence = models.CharField(_("what was reported"), max_length=10, choices=Presence)
    value = figure(_("value"))
    numerator = figure(_("numerator"))
    denominator = figure(_("denominator"))
    scale = figure(_("scale of the ratio"))
    """The exact figure is scale x numerator / denominator where there is one."""
    target = figure(_("target"), places=14)
    floor = figure(_("floor"))
    stretch = figure(_("stretch"))
    reported = models.JSONField(_("what was reported"), null=True, blank=True)
    """What is not one figure: counts, milestones, answers of raters, as the method takes it; figures and targets of parts
    (selectors.parts)."""
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2)
    rate = figure(_("rate"), places=14)
    """Points as a share of the weight, before rounding."""
    points = points(_("points"))
    status = models.CharField(_("status"), max_length=15, choices=LineStatus)

    class Meta:
        verbose_name = _("score line")
        verbose_name_plural = _("score lines")
        ordering = ("run_id", "department_id", "indicator_id")
        triggers = (
            pgtrigger.Trigger(name="keep_line", when=pgtrigger.Before, operation=KEPT_FOR_EVER, func=KEEP_LINE),
        )

    def __str__(self) -> str:
        return f"{self.indicator_id}: {self.points}"


@tracked()
class AssessedMonth(BaseModel):
    """The row whoever computes, approves or publishes a month locks, with the run worked on and the run published."""

    month = models.DateField(_("month"), unique=True)
    draft = models.OneToOneField(ScoreRun, null=True, on_delete=models.PROTECT, related_name="+")
    published = models.OneToOneField(ScoreRun, null=True, on_delete=models.PROTECT, related_name="+")
    appeals_until = models.DateTimeField(_("appeals are taken until"), null=True, blank=True)
    final_at = models.DateTimeField(_("final since"), null=True, blank=True)

    class Meta:
        verbose_name = _("assessed month")
        verbose_name_plural = _("assessed months")
        ordering = ("-month",)
        constraints = (models.CheckConstraint(condition=FIRST_OF_MONTH, name="assessments_month_first_day"),)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Publication(models.Model):
    """One act of publishing: which run became the month's published one, when, and by whom."""

    run = models.OneToOneField(ScoreRun, on_delete=models.PROTECT, related_name="publication")
    month = models.DateField(_("month"))
    number = models.PositiveIntegerField(_("edition"))
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    previous = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="following")
    appeals_until = models.DateTimeField(_("appeals against what it changed are taken until"))
    digest = models.CharField(_("digest"), max_length=64)
    """Covers the run's digest and that of the publication before, whichever month that was: a chain."""

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ("-month", "-number")
        constraints = (models.UniqueConstraint(fields=("month", "number"), name="assessments_edition_once"),)
        triggers = (pgtrigger.Protect(name="keep_publication", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}, {self.number}"
