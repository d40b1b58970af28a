"""Words of notifications: subjects people choose by, how they want to be told, states."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Subject(models.TextChoices):
    """What a notification is about: the part of its kind before the dot, for the apps people know; else general."""

    APPROVALS = "approvals", _("Approvals")
    PERIODS = "periods", _("Periods and deadlines")
    STAFF = "staff", _("People and movements")
    DEPARTMENTS = "departments", _("Departments")
    IMPORTS = "imports", _("Imports")
    JOBS = "jobs", _("Jobs")
    ACCOUNTS = "accounts", _("My account")
    KPIS = "kpis", _("KPI values")
    ASSESSMENTS = "assessments", _("Assessments and scores")
    FORECASTS = "forecasts", _("Forecasts and situation reports")
    GENERAL = "general", _("Everything else")


class Mode(models.TextChoices):
    """How a subject reaches a person by mail. In the portal it is shown in any case."""

    INSTANT = "instant", _("Mail at once")
    DIGEST = "digest", _("In the daily mail")
    OFF = "off", _("Only here")


class Channel(models.TextChoices):
    INSTANT = "instant", _("Mail at once")
    DIGEST = "digest", _("Daily mail")
