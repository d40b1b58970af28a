"""Words of assessments: how an indicator is scored, where a scheme and a month stand, what became of a line."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Method(models.TextChoices):
    """How points follow from a figure (DOMAIN.md section 1)."""

    RATIO = "ratio", _("Share of target reached")
    LINEAR = "linear", _("Straight lines through floor, target, stretch")
    INTERVAL = "interval", _("Bands")


class TargetPolicy(models.TextChoices):
    """Which target holds for a month in which it changed."""

    PERIOD_END = "period_end", _("In force on the last day")
    PERIOD_START = "period_start", _("In force on the first day")
    PRO_RATA_DAYS = "pro_rata_days", _("Mean over the days")


class MissingPolicy(models.TextChoices):
    """What a value that was not reported by the cut-off is worth."""

    PENDING = "pending", _("Wait for it: blocks publication")
    ZERO = "zero", _("No points")
    EXCLUDE = "exclude", _("Leave the indicator out")
    CARRY = "carry", _("Carry the last published rate")


class SchemeState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    DISCARDED = "discarded", _("Discarded")


class RunState(models.TextChoices):
    """Where a run of a month stands (DOMAIN.md section 2)."""

    CALCULATED = "calculated", _("Calculated")
    UNDER_REVIEW = "under_review", _("Under review")
    APPROVED = "approved", _("Approved")
    PUBLISHED = "published", _("Published")
    SUPERSEDED = "superseded", _("Superseded")


class ScoreStatus(models.TextChoices):
    """Whether a department's month came to a score."""

    OK = "ok", _("Scored")
    PENDING = "pending", _("Waiting for values")
    INSUFFICIENT_DATA = "insufficient_data", _("Not assessed")
    INVALID_CONFIG = "invalid_config", _("Rules do not fit")


class LineStatus(models.TextChoices):
    """What became of one indicator."""

    SCORED = "scored", _("Scored")
    MISSING_ZERO = "missing_zero", _("Missing, scored 0")
    CARRIED = "carried", _("Missing, last rate carried")
    EXCLUDED = "excluded", _("Left out")
    PENDING = "pending", _("Waiting for the value")
    INVALID_CONFIG = "invalid_config", _("Rule does not fit")


class Presence(models.TextChoices):
    """What there was to judge: a number, or which kind of nothing."""

    NUMBER = "number", _("Value")
    NO_DATA = "no_data", _("Nothing to measure")
    SUPPRESSED = "suppressed", _("Suppressed")
    NOT_DUE = "not_due", _("Not due yet")
    MISSING = "missing", _("Not reported")
