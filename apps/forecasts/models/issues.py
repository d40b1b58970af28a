"""Issues of the forecast: everything that was foretold after a month, frozen; the pointer says which issue counts."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.departments.models import Department
from apps.forecasts.choices import WORST_FIRST, ForecastMethod, SubjectKind, WarningKind
from apps.jobs.models import JobRun
from apps.kpis.models import Kpi

KEPT_FOR_EVER = pgtrigger.Delete | pgtrigger.Update
FIRST_OF_MONTH = Q(month__day=1)
PAST = ("past_count", "past_error", "past_naive", "past_seasonal", "past_in80", "past_in95")


def estimate(label: object) -> "models.FloatField[float | None, float | None]":
    """A figure that is expected, not known: a float, never added to points or money."""
    return models.FloatField(label, null=True)  # type: ignore[arg-type]


def months_ahead(label: object) -> "ArrayField[list[float], list[float]]":
    """One figure for each month ahead, the next month first; empty where there is no forecast."""
    return ArrayField(models.FloatField(), verbose_name=label, default=list)  # type: ignore[arg-type]


class ForecastIssue(models.Model):
    """One version of what was foretold at the end of a month. Stored whole in one transaction, never changed."""

    month = models.DateField(_("last month known"))
    version = models.PositiveIntegerField(_("version"))
    horizon = models.PositiveSmallIntegerField(_("months ahead"))
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey(JobRun, null=True, on_delete=models.SET_NULL, related_name="+")
    engine = models.CharField(_("engine and weights"), max_length=64)
    fingerprint = models.CharField(_("fingerprint of what it was worked out from"), max_length=64)
    series_count = models.PositiveIntegerField(_("series"))
    told_count = models.PositiveIntegerField(_("series with a forecast"))
    warning_count = models.PositiveIntegerField(_("early warnings"))
    reason = models.CharField(_("why it was issued again"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("issue of the forecast")
        verbose_name_plural = _("issues of the forecast")
        ordering = ("-month", "-version")
        constraints = (
            models.UniqueConstraint(fields=("month", "version"), name="forecasts_issue_once"),
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="forecasts_issue_first_day"),
        )
        triggers = (
            pgtrigger.ReadOnly(name="keep_issue", exclude=["job"]),
            pgtrigger.Protect(name="keep_issue_row", operation=pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return gettext("%(month)s, version %(version)s") % {
            "month": date_format(self.month, "F Y"),
            "version": self.version,
        }


@tracked()
class ForecastMonth(BaseModel):
    """The row whoever issues a month's forecast locks, with the issue that counts."""

    month = models.DateField(_("month"), unique=True)
    current = models.OneToOneField(ForecastIssue, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("month of the forecast")
        verbose_name_plural = _("months of the forecast")
        ordering = ("-month",)
        constraints = (models.CheckConstraint(condition=FIRST_OF_MONTH, name="forecasts_month_first_day"),)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class SeriesForecast(models.Model):
    """What one issue foretells of one series, what its month really was, and how good earlier issues were.

    Of a ratio told through them the numerator and denominator that were foretold stand beside it. `own` rows are what a
    department reports itself while others below it report too: with them the departments below add up to the whole.
    """

    pk = models.CompositePrimaryKey("issue_id", "department_id", "kind", "kpi_key", "is_own")
    # No constraint: an issue's row is never deleted (keep_issue_row), and twenty thousand look-ups of one row are saved.
    issue = models.ForeignKey(
        ForecastIssue, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="series"
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(_("what is foretold"), max_length=10, choices=SubjectKind)
    kpi_key = models.BigIntegerField(_("key of the KPI"), default=0)
    """0 where the series is not a KPI's: a key cannot be empty."""
    kpi = models.ForeignKey(
        Kpi, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    is_own = models.BooleanField(_("only what the department reports itself"), default=False)
    step = models.PositiveSmallIntegerField(_("months a figure stands for"), default=1)
    """1, 3 or 12. A quarter's or year's figure is due in its last month; the lists below say in each month what is expected
    of the period that month lies in."""
    actual = estimate(_("value of the month"))
    history_count = models.PositiveSmallIntegerField(_("months with a value"))
    scale = estimate(_("mean change from month to month"))
    """What errors are divided by, so that series of any size can be added up."""
    lower = estimate(_("lowest figure there can be"))
    upper = estimate(_("highest figure there can be"))
    """Of all departments that add up to it; no forecast, own figure or what-if lies outside. Empty: open."""
    mean = months_ahead(_("expected"))
    lo80 = months_ahead(_("80 % range from"))
    hi80 = months_ahead(_("80 % range to"))
    lo95 = months_ahead(_("95 % range from"))
    hi95 = months_ahead(_("95 % range to"))
    numerator = months_ahead(_("numerator expected"))
    denominator = months_ahead(_("denominator expected"))
    last_year = months_ahead(_("values of the year before"))
    """What “same as last year” says for each of the months; a month without a value has the last one known."""
    last_value = estimate(_("last value known"))
    """What “same as last month” says."""
    method = models.CharField(_("method"), max_length=12, choices=ForecastMethod)
    remarks = ArrayField(models.CharField(max_length=20), verbose_name=_("remarks"), default=list)
    target = months_ahead(_("targets of these months"))
    """Empty where there is none for some month. Where a range is aimed at its lower end, as in the two below."""
    target_upper = months_ahead(_("upper ends of their targets"))
    chance_month = estimate(_("chance of the target next month"))
    chance_quarter = estimate(_("chance of the target at the end of the quarter"))
    chance_year = estimate(_("chance of the target at the end of the year"))
    quarter_mean = estimate(_("expected at the end of the quarter"))
    quarter_lo80 = estimate(_("at the end of the quarter, 80 % range from"))
    quarter_hi80 = estimate(_("at the end of the quarter, 80 % range to"))
    year_mean = estimate(_("expected at the end of the year"))
    year_lo80 = estimate(_("at the end of the year, 80 % range from"))
    year_hi80 = estimate(_("at the end of the year, 80 % range to"))
    year_target = estimate(_("target of the year"))
    quarter_target = estimate(_("target of the quarter"))
    year_upper = estimate(_("upper end of the target of the year"))
    quarter_upper = estimate(_("upper end of the target of the quarter"))
    quarter_shares = months_ahead(_("what each month ahead counts in the quarter"))
    year_shares = months_ahead(_("what each month ahead counts in the year"))
    """Of ratios and weighted means, of which a month counts as much as its denominator: parts of all months of the period,
    up to its end. Empty for others, and where a denominator is not known."""
    warning = models.CharField(_("early warning"), max_length=12, choices=WarningKind, blank=True)
    worst = models.GeneratedField(
        expression=Case(
            *(When(warning=word.value, then=Value(place)) for place, word in enumerate(WORST_FIRST)),
            default=Value(len(WORST_FIRST)),
        ),
        output_field=models.PositiveSmallIntegerField(_("place of the warning")),
        db_persist=True,
    )
    """0 leaves its target … 4 no warning: lists are read in this order straight from an index."""
    warned_month = models.DateField(_("month the warning is about"), null=True)
    warned_chance = estimate(_("chance that the warning comes true"))
    past_count = models.PositiveIntegerField(_("earlier forecasts that can be judged"), default=0)
    past_error = models.FloatField(_("their mean error"), null=True)
    past_own = models.FloatField(_("error of the model by itself"), null=True)
    """Other than `past_error` where a plain way was told: by it the model is chosen again."""
    past_naive = models.FloatField(_("error of “same as last month”"), null=True)
    past_seasonal = models.FloatField(_("error of “same as last year”"), null=True)
    past_in80 = models.PositiveIntegerField(_("came inside the 80 % range"), default=0)
    past_in95 = models.PositiveIntegerField(_("came inside the 95 % range"), default=0)

    class Meta:
        verbose_name = _("forecast of a series")
        verbose_name_plural = _("forecasts of series")
        ordering = ("issue_id", "department_id", "kind", "kpi_key")
        indexes = (
            # The order of the list, and all that its counts and the sums of the accuracy pages ask for: none of them reads
            # the wide rows of a whole issue. The only one beside the key: each costs the job a tenth of its storing.
            models.Index(
                fields=("issue", "worst", "warned_month", "chance_year", "department", "kind", "kpi_key"),
                include=("method", "kpi", "scale", *PAST),
                condition=Q(is_own=False),
                name="forecasts_series_listed",
            ),
        )
        triggers = (pgtrigger.Protect(name="keep_series", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.kind} {self.kpi_key} {self.department_id}"


class HorizonAccuracy(models.Model):
    """How good all earlier forecasts were so many months ahead, as known when an issue was made.

    Errors are means of absolute errors, each divided by its series' scale; 1 is as wrong as the usual change of a month.
    """

    issue = models.ForeignKey(ForecastIssue, on_delete=models.PROTECT, related_name="accuracy")
    kind = models.CharField(_("what was foretold"), max_length=10, choices=SubjectKind)
    ahead = models.PositiveSmallIntegerField(_("months ahead"))
    count = models.PositiveIntegerField(_("forecasts judged"))
    error = models.FloatField(_("error"))
    naive_error = models.FloatField(_("error of “same as last month”"))
    seasonal_error = models.FloatField(_("error of “same as last year”"))
    in80_count = models.PositiveIntegerField(_("came inside the 80 % range"))
    in95_count = models.PositiveIntegerField(_("came inside the 95 % range"))

    class Meta:
        verbose_name = _("accuracy by months ahead")
        verbose_name_plural = _("accuracy by months ahead")
        ordering = ("issue", "kind", "ahead")
        constraints = (models.UniqueConstraint(fields=("issue", "kind", "ahead"), name="forecasts_accuracy_once"),)
        triggers = (pgtrigger.Protect(name="keep_accuracy", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.kind} +{self.ahead}: {self.error:.2f}"


class PeriodAccuracy(models.Model):
    """How good all earlier forecasts of the end of a quarter or year were, told so many months before it, as known when an
    issue was made.

    A period is judged once, by the issue of its last month: figures corrected afterwards do not change it. Forecasts count
    that can be compared with “same as last year”. Errors are means of absolute errors, each divided by its series' usual
    change from one such period to the next.
    """

    issue = models.ForeignKey(ForecastIssue, on_delete=models.PROTECT, related_name="period_accuracy")
    kind = models.CharField(_("what was foretold"), max_length=10, choices=SubjectKind)
    step = models.PositiveSmallIntegerField(_("months of the period"))
    """3: a quarter, 12: a year."""
    ahead = models.PositiveSmallIntegerField(_("months before its end"))
    period_count = models.PositiveSmallIntegerField(_("periods judged"))
    count = models.PositiveIntegerField(_("forecasts judged"))
    error = models.FloatField(_("error"))
    naive_error = models.FloatField(_("error of “same as the period before”"))
    seasonal_error = models.FloatField(_("error of “same as last year”"))
    in80_count = models.PositiveIntegerField(_("came inside the 80 % range"))

    class Meta:
        verbose_name = _("accuracy of quarters and years")
        verbose_name_plural = _("accuracy of quarters and years")
        ordering = ("issue", "step", "kind", "ahead")
        constraints = (
            models.UniqueConstraint(fields=("issue", "step", "kind", "ahead"), name="forecasts_periods_once"),
            models.CheckConstraint(condition=Q(step__in=(3, 12)), name="forecasts_periods_step"),
        )
        triggers = (pgtrigger.Protect(name="keep_periods", operation=KEPT_FOR_EVER),)

    def __str__(self) -> str:
        return f"{self.kind} {self.step}/{self.ahead}: {self.error:.2f}"


class ToldMonth(models.Model):
    """What an issue told of one month for all its series, once more as one block for whoever judges it: a working copy of
    the rows of SeriesForecast. Months ahead 0: which series they are."""

    pk = models.CompositePrimaryKey("issue_id", "ahead")
    issue = models.ForeignKey(ForecastIssue, on_delete=models.PROTECT, db_index=False, related_name="+")
    ahead = models.PositiveSmallIntegerField(_("months ahead"))
    figures = models.BinaryField(_("figures"))

    class Meta:
        verbose_name = _("month as it was told")
        verbose_name_plural = _("months as they were told")
        triggers = (pgtrigger.Protect(name="keep_told", operation=pgtrigger.Update),)

    def __str__(self) -> str:
        return f"{self.issue_id} +{self.ahead}"


class JudgedMonth(models.Model):
    """How everything that was told of one month turned out, series by series: sums the next issue goes on from as long as
    neither the month's values nor the issues that told of it have changed. A working copy, the newest of a month counts."""

    month = models.DateField(_("month"), db_index=True)
    issue = models.ForeignKey(ForecastIssue, on_delete=models.PROTECT, db_index=False, related_name="+")
    """The issue that judged it, whose series these are."""
    told_by = ArrayField(models.BigIntegerField(), verbose_name=_("issues that told of it"))
    horizons = models.JSONField(_("sums by kind and months ahead"))
    figures = models.BinaryField(_("figures"))

    class Meta:
        verbose_name = _("judged month")
        verbose_name_plural = _("judged months")
        ordering = ("-month", "-pk")
        triggers = (pgtrigger.Protect(name="keep_judged", operation=pgtrigger.Update),)
        constraints = (models.CheckConstraint(condition=FIRST_OF_MONTH, name="forecasts_judged_first_day"),)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
