"""The company's rules: a Scheme is one version of them, with its scorecards, departments and indicators."""

from typing import Self

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
    Method,
    SchemeState,
    TargetPolicy,
)
from apps.assessments.models.columns import points
from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.departments.models import Department
from apps.kpis.models import Kpi

KEPT_OF_SCHEME = (
    *("version", "name", "state", "note", "basis_id", "drafted_by_id", "case_id", "approved_at", "min_coverage"),
    *("min_total", "max_total", "bonus_cap", "deduction_cap", "is_gated", "grades", "calibration_band"),
    *("bonus_items", "penalty_items", "veto_items", "staff_rules", "reward_rules", "calendar", "cumulative_pct"),
)


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
    """[{"grade": "A", "min": "90", "quota": "20"}, …], highest first; numbers as text. Quota: the share in percent that at
    most should have it; left out: none is recommended."""
    bonus_items = models.JSONField(_("bonus items"), default=list, blank=True)
    """[{"code", "name", "points_each", "cap" or null, "clause"}, …], outside the hundred; numbers as text here and below."""
    penalty_items = models.JSONField(_("deductions"), default=list, blank=True)
    """As bonus items; taken away."""
    veto_items = models.JSONField(_("vetoes"), default=list, blank=True)
    """[{"code", "name", "action": zero | cap | grade_cap, "value" or null, "grade" or "", "clause", "scope": head | line,
    left out: the department}, …]"""
    staff_rules = models.JSONField(_("scores of people"), default=dict, blank=True)
    """{"head": {"dept_weight", "personal_weight"}, "deputy_head": …, "member": …, "min_days"}; empty: no scores."""
    reward_rules = models.JSONField(_("rewards"), default=dict, blank=True)
    """{"dept_coef": {grade: number}, "personal_coef": {grade: number}, "gm_limit": amount,
    "pool": {"amount", role: weight}}; no limit, no pool: the key is not there; empty: no rewards."""
    calendar = models.JSONField(_("calendar"), default=dict, blank=True)
    """Working days of the following month: {"calculate", "review", "publish"}; then "appeal_days", "ruling_days"."""
    calibration_band = points(_("most points a calibration moves"), null=False, default=0)
    cumulative_pct = models.DecimalField(
        _("share of cumulative values in the score of a year, %"), max_digits=5, decimal_places=2, default=0
    )
    """0: the score of a year is the mean of its months. Quarters always are."""

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
                & Q(cumulative_pct__gte=0, cumulative_pct__lte=100)
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
            pgtrigger.Trigger(
                name="keep_approved_scheme",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="approved"),
                func=f"""
                    IF ROW({", ".join(f"NEW.{name}" for name in KEPT_OF_SCHEME)}) IS DISTINCT FROM
                       ROW({", ".join(f"OLD.{name}" for name in KEPT_OF_SCHEME)}) THEN
                        RAISE EXCEPTION 'an approved scheme is not changed: only the end of its time is set';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="keep_scheme_row", operation=pgtrigger.Delete),
        )

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
    kpi = models.ForeignKey(
        Kpi, verbose_name=_("KPI"), null=True, blank=True, on_delete=models.PROTECT, related_name="indicators"
    )
    """None: what is judged is entered or rated for it (models/entries.py), or made of several KPIs."""
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


class IndicatorRater(models.Model):
    """Whose account an indicator means by one of its raters, from the day its scheme was handed in.

    The parameters name raters by the address they had that day, and so do the stored answers, which proofs judge again to
    the digit. Addresses are corrected and given to others, accounts stay. So the account is fixed rather than former
    addresses remembered: an address somebody had by mistake is free for whoever it belongs to.
    """

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="raters")
    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="raters")
    name = models.CharField(_("as the parameters name them"), max_length=254)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("rater of an indicator")
        verbose_name_plural = _("raters of indicators")
        ordering = ("indicator", "pk")
        constraints = (
            models.UniqueConstraint(fields=("indicator", "name"), name="assessments_rater_named_once"),
            models.UniqueConstraint(fields=("indicator", "user"), name="assessments_rater_once"),
        )
        triggers = (of_draft("rater"),)

    def __str__(self) -> str:
        return self.name
