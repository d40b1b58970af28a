"""Roles: the nine kinds of people and systems of MISSION.md. What came of a sign-in."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    COO = "coo", _("Chief operating officer")
    GM = "gm", _("General manager")
    MANAGER = "manager", _("Department manager")
    HR = "hr", _("Human resources")
    FINANCE = "finance", _("Finance")
    EMPLOYEE = "employee", _("Employee")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")
    INTEGRATION = "integration", _("Integration")


class SignInResult(models.TextChoices):
    SUCCEEDED = "succeeded", _("Signed in")
    FAILED = "failed", _("Wrong password")
    LOCKED = "locked", _("Refused: too many attempts")
    CODE_FAILED = "code_failed", _("Wrong code")
