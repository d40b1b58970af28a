"""Words of the ruling desk: what is asked for, of whom, and what may be answered."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CaseKind(models.TextChoices):
    """What a case is about. The app that owns the subject opens the case; approvals only keeps the record."""

    REQUEST = "request", _("Request")
    PLAN = "plan", _("Plan")
    BUDGET = "budget", _("Budget")
    TRANSFER = "transfer", _("Budget transfer")
    REGULATION = "regulation", _("Regulation")
    SCHEME = "scheme", _("Assessment scheme")
    SCORES = "scores", _("Scores of a month")
    REWARD = "reward", _("Reward or penalty")
    HEADCOUNT = "headcount", _("Headcount plan")


class CaseState(models.TextChoices):
    OPEN = "open", _("Waiting for a ruling")
    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Returned")
    VETOED = "vetoed", _("Vetoed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Ask(models.TextChoices):
    """What one step is asked to do."""

    REVIEW = "review", _("Check")
    ENDORSE = "endorse", _("Endorse")
    DECIDE = "decide", _("Decide")


class Verdict(models.TextChoices):
    APPROVE = "approve", _("Approve")
    CONDITIONS = "conditions", _("Approve with conditions")
    RETURN = "return", _("Return")
    VETO = "veto", _("Veto")
