"""Assessed months: the company's rules (Scheme), what they made of a month (ScoreRun, Score, ScoreLine), what is published.

A scheme is one version of the rules, a run one version of a whole month. Scores and lines are never changed, by nobody;
AssessedMonth points to the run that is worked on and to the one that is published (docs/adr/0010-assessed-months.md).
"""

from typing import Any, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.approvals.models import Case
from apps.assessments.choices import (
    LineStatus,
    Method,
    Presence,
    RunState,
    SchemeState,
    ScoreStatus,
    TargetPolicy,
)
from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.departments.models import Department
from apps.jobs.models import JobRun
from apps.kpis.models import Kpi

FIRST_OF_MONTH = Q(month__day=1)


def points(label: Any, *, null: bool = True, **options: Any) -> "models.DecimalField[Any, Any]":
    """Points: two places, rounded once (DOMAIN.md section 2)."""
    return models.DecimalField(label, max_digits=9, decimal_places=2, null=null, blank=null, **options)


def figure(label: Any) -> "models.DecimalField[Any, Any]":
    """A figure as the KPI keeps it: ten places."""
    return models.DecimalField(label, max_digits=28, decimal_places=10, null=True, blank=True)


class SchemeQuerySet(models.QuerySet["Scheme"]):
    """Chaining words for schemes."""

    def approved(self) -> Self:
        return self.filter(state=SchemeState.APPROVED)

    def on(self, day: object) -> Self:
        """The approved scheme in force on the day: one, or none."""
        return self.approved().filter(valid__contains=day)


@tracked()
class Scheme(BaseModel):
    """One version of the rules by which months are assessed. Once approved only the end of its time is set."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    valid = DateRangeField(_("months"))
    state = models.CharField(_("state"), max_length=10, choices=SchemeState, default=SchemeState.DRAFT)
    note = models.CharField(_("why it changes"), max_length=500, blank=True)
    basis = models.ForeignKey(
        "self", verbose_name=_("copied from"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    drafted_by = models.ForeignKey(User, verbose_name=_("drafted by"), on_delete=models.PROTECT, related_name="+")
    case = models.OneToOneField(
        Case, verbose_name=_("ruling"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    min_coverage = models.DecimalField(_("least weight with data, %"), max_digits=5, decimal_places=2, default=60)
    min_total = points(_("lowest total"), null=False, default=0)
    max_total = points(_("highest total"), null=False, default=120)
    bonus_cap = points(_("most bonus points"))
    deduction_cap = points(_("most deducted points"))
    is_gated = models.BooleanField(_("one missed indicator caps the others"), default=False)
    grades = models.JSONField(_("grades"), default=list)
    """[{"grade": "A", "min": "90"}, …], highest first; numbers as text."""

    objects = SchemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("scheme")
        verbose_name_plural = _("schemes")
        ordering = ("-version",)
        constraints = (
            ExclusionConstraint(
                name="assessments_one_scheme_in_force",
                expressions=[("valid", RangeOperators.OVERLAPS)],
                condition=Q(state=SchemeState.APPROVED),
            ),
            models.UniqueConstraint(
                fields=("state",), condition=Q(state=SchemeState.SUBMITTED), name="assessments_one_scheme_submitted"
            ),
            models.CheckConstraint(
                condition=Q(valid__isempty=False, valid__lower_inf=False), name="assessments_scheme_has_start"
            ),
            models.CheckConstraint(
                condition=Q(min_coverage__gte=0, min_coverage__lte=100)
                & Q(min_total__lt=models.F("max_total"))
                & (Q(bonus_cap=None) | Q(bonus_cap__gte=0))
                & (Q(deduction_cap=None) | Q(deduction_cap__gte=0)),
                name="assessments_scheme_limits_sane",
            ),
            models.CheckConstraint(
                condition=Q(state=SchemeState.APPROVED, approved_at__isnull=False)
                | (~Q(state=SchemeState.APPROVED) & Q(approved_at=None)),
                name="assessments_scheme_approved_has_moment",
            ),
        )
        triggers = (
            pgtrigger.ReadOnly(
                name="keep_approved_scheme",
                fields=[
                    "version", "name", "state", "note", "basis", "drafted_by", "case", "approved_at", "min_coverage",
                    "min_total", "max_total", "bonus_cap", "deduction_cap", "is_gated", "grades",
                ],
                condition=pgtrigger.Q(old__state="approved"),
            ),
            pgtrigger.Protect(name="keep_scheme_row", operation=pgtrigger.Delete),
        )  # fmt: skip

    def __str__(self) -> str:
        return gettext("%(name)s, version %(version)s") % {"name": self.name, "version": self.version}

    def get_absolute_url(self) -> str:
        return reverse("assessments:scheme", args=[self.pk])


def of_draft(what: str) -> pgtrigger.Trigger:
    """Refuse, in the database, any change of what belongs to a scheme that is no longer a draft."""
    return pgtrigger.Trigger(
        name=f"keep_{what}",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("found", "text"), ("of_scheme", "bigint")],
        func="""
            of_scheme := CASE WHEN TG_OP = 'DELETE' THEN OLD.scheme_id ELSE NEW.scheme_id END;
            SELECT state INTO found FROM assessments_scheme WHERE id = of_scheme;
            IF found <> 'draft' THEN
                RAISE EXCEPTION 'this scheme is %, only a draft can be changed', found;
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        """,
    )


@tracked()
class Scorecard(BaseModel):
    """Departments that are judged by the same indicators and weights, within a scheme."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="scorecards")
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
        ordering = ("scheme", "position", "pk")
        constraints = (models.UniqueConstraint(fields=("scheme", "name"), name="assessments_scorecard_once"),)
        triggers = (of_draft("scorecard"),)

    def __str__(self) -> str:
        return self.name


@tracked()
class AssessedDepartment(BaseModel):
    """One department judged by a scorecard, with how hard its year is (1 = as everybody's)."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="assessed")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="assessed")
    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="assessed_in"
    )
    coefficient = models.DecimalField(_("difficulty"), max_digits=6, decimal_places=4, default=1)

    class Meta:
        verbose_name = _("assessed department")
        verbose_name_plural = _("assessed departments")
        ordering = ("scorecard", "department")
        constraints = (
            models.UniqueConstraint(fields=("scheme", "department"), name="assessments_department_once"),
            models.CheckConstraint(condition=Q(coefficient__gt=0), name="assessments_coefficient_positive"),
        )
        triggers = (of_draft("assessed"),)

    def __str__(self) -> str:
        return str(self.department)


@tracked()
class Indicator(BaseModel):
    """One line of a scorecard: which KPI, how points follow from it, how much it weighs, and the clause that says so."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="indicators")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="indicators")
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200)
    kpi = models.ForeignKey(Kpi, verbose_name=_("KPI"), on_delete=models.PROTECT, related_name="indicators")
    method = models.CharField(_("method"), max_length=20, choices=Method)
    params = models.JSONField(_("parameters"), default=dict)
    """As scoring_examples.README.md names them; numbers as text. Checked by rules when stored."""
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2)
    target_policy = models.CharField(
        _("target of a month in which it changes"),
        max_length=15,
        choices=TargetPolicy,
        default=TargetPolicy.PERIOD_END,
    )
    clause = models.CharField(_("clause of the rules"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ("scorecard", "position", "pk")
        constraints = (
            models.UniqueConstraint(fields=("scorecard", "code"), name="assessments_indicator_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="assessments_weight_positive"),
        )
        triggers = (of_draft("indicator"),)

    def __str__(self) -> str:
        return self.name


class ScoreRun(models.Model):
    """One version of an assessed month: how it came about and where it stands. Its figures are never changed."""

    month = models.DateField(_("month"))
    version = models.PositiveIntegerField(_("version"))
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(_("state"), max_length=12, choices=RunState, default=RunState.CALCULATED)
    job = models.ForeignKey(JobRun, null=True, on_delete=models.SET_NULL, related_name="+")
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    gathered_at = models.DateTimeField(_("figures as of"))
    """KPI values entered later had no part in this run."""
    is_past_cut_off = models.BooleanField(_("after the cut-off"))
    fingerprint = models.CharField(_("fingerprint of what it was worked out from"), max_length=64)
    score_count = models.PositiveIntegerField(_("departments"))
    scored_count = models.PositiveIntegerField(_("with a score"))
    pending_count = models.PositiveIntegerField(_("waiting for values"))
    line_count = models.PositiveIntegerField(_("lines"))
    with_data_count = models.PositiveIntegerField(_("lines with data"))
    mean_total = points(_("mean score"))
    digest = models.CharField(_("digest"), max_length=64)
    previous_digest = models.CharField(_("digest of the run published before"), max_length=64, blank=True)
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
                    "month", "version", "scheme", "started_by", "gathered_at", "is_past_cut_off", "fingerprint",
                    "score_count", "scored_count", "pending_count", "line_count", "with_data_count", "mean_total", "digest",
                    "previous_digest",
                ],
            ),
            pgtrigger.Protect(name="keep_run_row", operation=pgtrigger.Delete),
        )  # fmt: skip

    def __str__(self) -> str:
        return gettext("%(month)s, version %(version)s") % {"month": f"{self.month:%Y-%m}", "version": self.version}


KEPT_FOR_EVER = pgtrigger.Delete | pgtrigger.Update


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
    total = points(_("score"))
    grade = models.CharField(_("grade"), max_length=10, blank=True)
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
    target = figure(_("target"))
    floor = figure(_("floor"))
    stretch = figure(_("stretch"))
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2)
    rate = figure(_("rate"))
    """Points as a share of the weight, before rounding."""
    points = points(_("points"))
    status = models.CharField(_("status"), max_length=15, choices=LineStatus)

    class Meta:
        verbose_name = _("score line")
        verbose_name_plural = _("score lines")
        ordering = ("run_id", "department_id", "indicator_id")
        triggers = (pgtrigger.Protect(name="keep_line", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.indicator_id}: {self.points}"


@tracked()
class AssessedMonth(BaseModel):
    """The row whoever computes, approves or publishes a month locks, with the run worked on and the run published."""

    month = models.DateField(_("month"), unique=True)
    draft = models.OneToOneField(ScoreRun, null=True, on_delete=models.PROTECT, related_name="+")
    published = models.OneToOneField(ScoreRun, null=True, on_delete=models.PROTECT, related_name="+")

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
    due_at = models.DateTimeField(_("due at"), null=True)
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ("-month", "-number")
        constraints = (models.UniqueConstraint(fields=("month", "number"), name="assessments_edition_once"),)
        triggers = (pgtrigger.Protect(name="keep_publication", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}, {self.number}"
