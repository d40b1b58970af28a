"""Indicators: what is measured (dated definitions), what should be reached (dated targets), what was reported (versions).

A Kpi is owned by a department and reported by it and by departments below it; each of those is one KpiSeries. A KpiValue
is one version of one month of one series: a correction is a new version, the former one stays. KpiMonth holds what every
page reads: the rolled-up value, target and status of a department for a month, kept by services.summaries.
"""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.departments.models import Department
from apps.kpis.choices import (
    DEPARTMENT_AGGREGATIONS,
    TIME_AGGREGATIONS,
    Direction,
    Frequency,
    Status,
    ValueKind,
    ValueSource,
    ValueState,
)

PLACES, DIGITS = 10, 28


def amount(label: Any) -> "models.DecimalField[Any, Any]":
    """A number as it was entered: exact, ten places (ARCHITECTURE.md 12.7)."""
    return models.DecimalField(label, max_digits=DIGITS, decimal_places=PLACES, null=True, blank=True)


class KpiQuerySet(models.QuerySet["Kpi"]):
    """Chaining words for indicators."""

    def active(self) -> Self:
        """Not retired."""
        return self.filter(retired_from=None)

    def of_departments(self, departments: Any) -> Self:
        """Indicators owned or reported by one of these departments (a queryset of keys)."""
        series = KpiSeries.objects.filter(kpi=models.OuterRef("pk"), department__in=departments)
        return self.filter(Q(department__in=departments) | models.Exists(series))


@tracked()
class Kpi(BaseModel):
    """An indicator. Department and code identify it, never its name; `name` is the one of the definition of today."""

    department = models.ForeignKey(
        Department, verbose_name=_("owning department"), on_delete=models.PROTECT, related_name="kpis"
    )
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200)
    family = models.CharField(_("family"), max_length=60, blank=True)
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("tags"), default=list, blank=True)
    owner = models.ForeignKey(
        "staff.Person", verbose_name=_("owner"), null=True, blank=True, on_delete=models.PROTECT, related_name="kpis"
    )
    needs_approval = models.BooleanField(_("values need approval"), default=False)
    definition = models.ForeignKey(
        "kpis.KpiVersion", verbose_name=_("definition of today"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    retired_from = models.DateField(_("retired from"), null=True, blank=True)

    objects = KpiQuerySet.as_manager()

    class Meta:
        verbose_name = _("KPI")
        verbose_name_plural = _("KPIs")
        ordering = ("name", "pk")
        indexes = (
            models.Index(fields=("name", "id"), name="kpis_by_name"),
            models.Index(fields=("department", "name"), name="kpis_by_department"),
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="kpis_name_words"),
            GinIndex(fields=("tags",), name="kpis_by_tag"),
        )
        constraints = (
            models.UniqueConstraint(F("department"), Upper("code"), name="kpis_code_once_per_department"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="kpis_code_and_name_given"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("kpis:detail", args=[self.pk])


class KpiVersionQuerySet(models.QuerySet["KpiVersion"]):
    """Chaining words for definitions."""

    def on(self, day: object) -> Self:
        """The definition in force on the day."""
        return self.filter(valid__contains=day)


@tracked()
class KpiVersion(BaseModel):
    """What an indicator is, from a month on: months that were measured otherwise keep their own definition."""

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="versions")
    valid = DateRangeField(_("days"))
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("what is measured, and how"), blank=True)
    unit = models.CharField(_("unit"), max_length=30, blank=True)
    decimals = models.PositiveSmallIntegerField(_("decimals shown"), default=2)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    frequency = models.CharField(_("frequency"), max_length=10, choices=Frequency, default=Frequency.MONTH)
    over_time = models.CharField(_("over months"), max_length=10, choices=TIME_AGGREGATIONS)
    over_departments = models.CharField(_("over departments"), max_length=10, choices=DEPARTMENT_AGGREGATIONS)
    scale = models.DecimalField(_("scale of the ratio"), max_digits=12, decimal_places=4, default=1)
    """A ratio is numerator x scale / denominator: 100 gives percent."""
    minimum = amount(_("lowest possible value"))
    maximum = amount(_("highest possible value"))
    amber_pct = models.DecimalField(_("slightly off up to, %"), max_digits=7, decimal_places=3, default=5)
    formula = models.CharField(_("formula"), max_length=500, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    note = models.CharField(_("why it changed"), max_length=500, blank=True)

    objects = KpiVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("definition")
        verbose_name_plural = _("definitions")
        ordering = ("kpi_id", "valid")
        constraints = (
            ExclusionConstraint(
                name="kpis_version_no_overlap",
                expressions=[("kpi", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(valid__isempty=False, valid__lower_inf=False), name="kpis_version_has_start"
            ),
            models.CheckConstraint(
                condition=Q(minimum=None) | Q(maximum=None) | Q(minimum__lte=F("maximum")),
                name="kpis_version_bounds_in_order",
            ),
            models.CheckConstraint(condition=Q(amber_pct__gte=0, decimals__lte=6), name="kpis_version_sane"),
            models.CheckConstraint(condition=~Q(scale=0), name="kpis_version_scale_not_zero"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.valid.lower} – {self.valid.upper or '…'})"


class KpiInput(models.Model):
    """One indicator a formula reads, under the word the formula uses for it."""

    version = models.ForeignKey(KpiVersion, on_delete=models.CASCADE, related_name="inputs")
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="read_by")
    word = models.CharField(max_length=100)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("version", "word"), name="kpis_input_once"),)

    def __str__(self) -> str:
        return self.word


@tracked()
class KpiSeries(BaseModel):
    """One department that reports one indicator, and for which months that is expected."""

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="series")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="kpi_series")
    first_month = models.DateField(_("expected from"))
    last_month = models.DateField(_("expected until"), null=True, blank=True)

    class Meta:
        verbose_name = _("reporting department")
        verbose_name_plural = _("reporting departments")
        ordering = ("kpi_id", "department_id")
        indexes = (models.Index(fields=("department", "kpi"), name="kpis_series_by_department"),)
        constraints = (
            models.UniqueConstraint(fields=("kpi", "department"), name="kpis_series_once"),
            models.CheckConstraint(condition=Q(first_month__day=1), name="kpis_series_first_day"),
        )

    def __str__(self) -> str:
        return f"{self.kpi} – {self.department}"


@tracked()
class KpiTarget(BaseModel):
    """What should be reached over some days: by one department, or by every one that reports (department empty).

    For a range `target` is its lower and `upper` its upper end.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="targets")
    department = models.ForeignKey(
        Department, verbose_name=_("department"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    valid = DateRangeField(_("days"))
    floor = amount(_("floor"))
    target = models.DecimalField(_("target"), max_digits=DIGITS, decimal_places=PLACES)
    stretch = amount(_("stretch"))
    upper = amount(_("upper end"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ("kpi_id", "department_id", "valid")
        constraints = (
            ExclusionConstraint(
                name="kpis_target_no_overlap",
                expressions=[
                    ("kpi", RangeOperators.EQUAL),
                    (Coalesce("department", Value(0)), RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid__isempty=False, valid__lower_inf=False), name="kpis_target_has_start"
            ),
            models.CheckConstraint(
                condition=Q(upper=None) | Q(upper__gte=F("target")), name="kpis_target_range_in_order"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kpi}: {self.target.normalize():f}"


class KpiValueQuerySet(models.QuerySet["KpiValue"]):
    """Chaining words for values."""

    def current(self) -> Self:
        """The version in force."""
        return self.filter(state=ValueState.CURRENT)


class KpiValue(models.Model):
    """One version of what a department reported for a month. Never changed, only replaced by the next version.

    The number is kept as entered: value, or numerator and denominator whose exact quotient is meant. No foreign key of the
    database stands on person and import: a million rows are stored in one go and neither is ever removed.
    """

    month = models.DateField(_("month"))
    series = models.ForeignKey(KpiSeries, on_delete=models.PROTECT, db_index=False, related_name="values")
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=ValueState, default=ValueState.CURRENT)
    kind = models.CharField(_("kind"), max_length=10, choices=ValueKind, default=ValueKind.NUMBER)
    value = amount(_("value"))
    numerator = amount(_("numerator"))
    denominator = amount(_("denominator"))
    ytd_value = amount(_("year to date, as given"))
    source = models.CharField(_("source"), max_length=10, choices=ValueSource, default=ValueSource.TYPED)
    note = models.CharField(_("why it moved"), max_length=500, blank=True)
    is_late = models.BooleanField(_("late"), default=False)
    is_restated = models.BooleanField(_("restated"), default=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    entered_at = models.DateTimeField(_("entered at"))
    import_run = models.ForeignKey(
        "imports.ImportRun",
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_note = models.CharField(_("why it was declined"), max_length=500, blank=True, default="", db_default="")

    objects = KpiValueQuerySet.as_manager()

    class Meta:
        verbose_name = _("KPI value")
        verbose_name_plural = _("KPI values")
        ordering = ("month", "series_id", "number")
        indexes = (
            models.Index(fields=("series", "month"), name="kpis_value_by_series"),
            models.Index(fields=("import_run",), condition=Q(import_run__isnull=False), name="kpis_value_by_import"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("month", "series"), condition=Q(state=ValueState.CURRENT), name="kpis_value_one_current"
            ),
            models.UniqueConstraint(
                fields=("month", "series"), condition=Q(state=ValueState.WAITING), name="kpis_value_one_waiting"
            ),
            models.CheckConstraint(
                condition=Q(month__day=1) & (~Q(kind=ValueKind.NUMBER) | Q(value__isnull=False)),
                name="kpis_value_number_has_value",
            ),
        )
        triggers = (
            pgtrigger.ReadOnly(
                name="keep_value",
                fields=[
                    "month",
                    "series",
                    "number",
                    "kind",
                    "value",
                    "numerator",
                    "denominator",
                    "ytd_value",
                    "source",
                    "note",
                    "entered_by",
                    "entered_at",
                    "import_run",
                ],
            ),
            pgtrigger.Protect(name="keep_value_row", operation=pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.value if self.value is not None else self.get_kind_display()}"


class KpiMonth(models.Model):
    """What a page shows of an indicator in a department and month: rolled up over the tree of that month's last day.

    Follows wholly from definitions, targets and values; only services.summaries writes it.
    """

    month = models.DateField(_("month"))
    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="months", db_constraint=False, db_index=False)
    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(_("kind"), max_length=10, choices=ValueKind)
    value = amount(_("value"))
    numerator = amount(_("numerator"))
    denominator = amount(_("denominator"))
    ytd_value = amount(_("year to date"))
    ytd_numerator = amount(_("numerator, year to date"))
    ytd_denominator = amount(_("denominator, year to date"))
    floor = amount(_("floor"))
    target = amount(_("target"))
    stretch = amount(_("stretch"))
    upper = amount(_("upper end"))
    status = models.CharField(_("status"), max_length=10, choices=Status)
    reporting_count = models.PositiveIntegerField(_("departments that reported"))
    expected_count = models.PositiveIntegerField(_("departments that reported or were to"), default=0, db_default=0)
    """Of a formula 0: nobody reports it."""
    is_late = models.BooleanField(_("late"), default=False, db_default=False)
    is_restated = models.BooleanField(_("restated"), default=False, db_default=False)

    class Meta:
        verbose_name = _("month of a KPI")
        verbose_name_plural = _("months of KPIs")
        ordering = ("month", "kpi_id", "department_id")
        indexes = (models.Index(fields=("month", "department", "status"), name="kpis_month_by_department"),)
        constraints = (models.UniqueConstraint(fields=("kpi", "department", "month"), name="kpis_month_once"),)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.value}"


class KpiStale(models.Model):
    """Months of an indicator whose KpiMonth rows wait to be worked out anew by the job, after a large change."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="stale_months", db_constraint=False)
    first_month = models.DateField(_("from"))
    last_month = models.DateField(_("until"))
    noted_at = models.DateTimeField(_("noted at"))

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.first_month:%Y-%m} – {self.last_month:%Y-%m}"
