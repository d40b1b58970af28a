"""Words for what people are in the company and how they come and go."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AppointmentRole(models.TextChoices):
    HEAD = "head", _("Head")
    DEPUTY_HEAD = "deputy_head", _("Deputy head")
    MEMBER = "member", _("Member")


class MovementKind(models.TextChoices):
    JOIN = "join", _("Joined")
    TRANSFER = "transfer", _("Transferred")
    LEAVE = "leave", _("Left")


class LeaveKind(models.TextChoices):
    VOLUNTARY = "voluntary", _("Resigned")
    INVOLUNTARY = "involuntary", _("Dismissed or made redundant")
    RETIREMENT = "retirement", _("Retired")
    CONTRACT_END = "contract_end", _("Contract ended")
    OTHER = "other", _("Other")


class ContractKind(models.TextChoices):
    PERMANENT = "permanent", _("Permanent")
    FIXED_TERM = "fixed_term", _("Fixed term")
    TRAINEE = "trainee", _("Trainee")


class PersonState(models.TextChoices):
    """Where somebody stands on a day. Worked out from the spells, never stored."""

    EMPLOYED = "employed", _("Employed")
    LEAVING = "leaving", _("Leaving")
    COMING = "coming", _("Starts later")
    LEFT = "left", _("Left")
