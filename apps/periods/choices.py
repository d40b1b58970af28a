"""Words of the calendar: kinds of period, their states, kinds of fact with a cut-off, kinds of exceptional day."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PeriodKind(models.TextChoices):
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    YEAR = "year", _("Fiscal year")


class PeriodState(models.TextChoices):
    UPCOMING = "upcoming", _("Upcoming")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class FactKind(models.TextChoices):
    KPI_VALUES = "kpi_values", _("KPI values")
    LEDGER = "ledger", _("Budget ledger")
    REPORTS = "reports", _("Work reports")


class DayKind(models.TextChoices):
    HOLIDAY = "holiday", _("Holiday")
    WORKDAY = "workday", _("Make-up workday")
