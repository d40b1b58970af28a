"""Periods, their cut-offs, and the days that break the week: holidays and make-up workdays."""

from datetime import date

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q, Value
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.core.month import Month
from apps.periods import rules
from apps.periods.choices import DayKind, FactKind, PeriodKind, PeriodState


class DaysOf(Func):
    """A date range with both ends included, as the exclusion constraint compares them."""

    function = "daterange"
    output_field = DateRangeField()


class PeriodQuerySet(models.QuerySet["Period"]):
    def months(self) -> "PeriodQuerySet":
        return self.filter(kind=PeriodKind.MONTH)

    def open(self) -> "PeriodQuerySet":
        return self.filter(state=PeriodState.OPEN)

    def containing(self, day: date) -> "PeriodQuerySet":
        return self.filter(first_day__lte=day, last_day__gte=day)

    def current_first(self) -> "PeriodQuerySet":
        """Upcoming periods are marked, so that a list can put them after the present one."""
        is_upcoming = ExpressionWrapper(Q(state=PeriodState.UPCOMING), output_field=models.BooleanField())
        return self.annotate(is_upcoming=is_upcoming)

    def within(self, first: date, last: date) -> "PeriodQuerySet":
        return self.filter(first_day__gte=first, last_day__lte=last)


@tracked()
class Period(BaseModel):
    """A month, quarter or fiscal year. Months tile the years; each kind never overlaps itself."""

    kind = models.CharField(_("kind"), max_length=10, choices=PeriodKind)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    state = models.CharField(_("state"), max_length=10, choices=PeriodState, default=PeriodState.UPCOMING)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        ordering = ("first_day", "last_day")
        constraints = (
            models.UniqueConstraint(fields=("kind", "first_day"), name="periods_period_once"),
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="periods_period_days_in_order"),
            models.CheckConstraint(
                condition=~Q(state=PeriodState.CLOSED) | Q(closed_at__isnull=False),
                name="periods_period_closed_has_moment",
            ),
            ExclusionConstraint(
                name="periods_period_no_overlap",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    (DaysOf("first_day", "last_day", Value("[]")), RangeOperators.OVERLAPS),
                ],
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The period's name as people say it: 'November 2026', 'Q4 2026', '2026/27'."""
        if self.kind == PeriodKind.MONTH:
            return formats.date_format(self.first_day, "F Y")
        first_month = settings.FISCAL_YEAR_FIRST_MONTH
        year = rules.fiscal_year_name(rules.fiscal_year_start(self.first_day, first_month))
        if self.kind == PeriodKind.YEAR:
            return year
        number = rules.quarter_number(self.first_day, first_month)
        return gettext("Q%(number)s %(year)s") % {"number": number, "year": year}

    @property
    def month(self) -> Month:
        """The month it is, or its last month: where its figures sit."""
        return Month.of(self.last_day)

    def get_absolute_url(self) -> str:
        return reverse("periods:detail", args=[self.pk])


@tracked()
class CutOff(BaseModel):
    """The last moment at which one kind of fact may be entered for one month."""

    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="cut_offs", verbose_name=_("period"))
    kind = models.CharField(_("kind of fact"), max_length=20, choices=FactKind)
    closes_at = models.DateTimeField(_("closes at"))
    is_moved = models.BooleanField(_("moved by hand"), default=False)

    class Meta:
        ordering = ("closes_at", "kind")
        constraints = (models.UniqueConstraint(fields=("period", "kind"), name="periods_cut_off_once"),)
        indexes = (models.Index(fields=("closes_at",), name="periods_cut_off_closes_at"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.period}"


@tracked()
class CutOffRule(BaseModel):
    """How the cut-off of a kind of fact is worked out: the n-th working day after the month, at a local time."""

    kind = models.CharField(_("kind of fact"), max_length=20, choices=FactKind, unique=True)
    working_day = models.PositiveSmallIntegerField(_("working day"))
    closes_time = models.TimeField(_("time of day"))

    class Meta:
        ordering = ("working_day", "closes_time", "kind")
        constraints = (
            models.CheckConstraint(
                condition=Q(working_day__gte=1, working_day__lte=20), name="periods_cut_off_rule_day_in_month"
            ),
        )

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def plan(self) -> rules.CutOffPlan:
        return rules.CutOffPlan(self.working_day, self.closes_time)


@tracked()
class CalendarDay(BaseModel):
    """A day that breaks the week: a holiday, or a weekend day that is worked."""

    day = models.DateField(_("day"), unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=DayKind)
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day.isoformat()} {self.name}"
