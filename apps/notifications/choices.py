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


NOT_SENT = frozenset({Subject.STAFF, Subject.DEPARTMENTS})
"""Subjects of which systems are told, and people nothing yet: nobody is asked how they want to hear of them."""
OFFERED = tuple((about.value, about.label) for about in Subject if about not in NOT_SENT)
"""What people choose by."""


class Mode(models.TextChoices):
    """How a subject reaches a person by mail. In the portal it is shown in any case."""

    INSTANT = "instant", _("Mail at once")
    DIGEST = "digest", _("In the daily mail")
    OFF = "off", _("Only here")


EVENTS = frozenset(
    {
        "staff.hired", "staff.left", "staff.transferred", "staff.movement_cancelled",
        "departments.created", "departments.renamed", "departments.moved", "departments.merged", "departments.closed",
        "departments.reopened",
        "periods.cut_off_moved", "periods.cut_off_rule_changed", "periods.reopened",
        "approvals.opened", "approvals.answered", "approvals.withdrawn",
        "imports.committed", "imports.undone", "imports.failed",
        "assessments.published", "assessments.appeal_ruled",
        "forecasts.issued", "forecasts.report_issued",
    }
)  # fmt: skip
"""Of what systems are told; docs/webhooks.md says when, and with which data."""


class Channel(models.TextChoices):
    INSTANT = "instant", _("Mail at once")
    DIGEST = "digest", _("Daily mail")
