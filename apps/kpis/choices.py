"""Words of indicators: which way is better, how values add up, what a value or the lack of one means."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Direction(models.TextChoices):
    HIGHER = "higher", _("Higher is better")
    LOWER = "lower", _("Lower is better")
    RANGE = "range", _("Inside a range is best")
    NEUTRAL = "neutral", _("Neither: only watched")


class Frequency(models.TextChoices):
    MONTH = "month", _("Monthly")
    QUARTER = "quarter", _("Quarterly")
    YEAR = "year", _("Yearly")


class Aggregation(models.TextChoices):
    """How several values become one, over months or over departments."""

    SUM = "sum", _("Sum")
    LAST = "last", _("Last value")
    MEAN = "mean", _("Mean")
    RATIO = "ratio", _("Ratio of sums")
    WEIGHTED = "weighted", _("Weighted mean")
    MAXIMUM = "max", _("Highest")
    MINIMUM = "min", _("Lowest")
    GIVEN = "given", _("As given by the source")
    NONE = "none", _("Does not add up")


TIME_AGGREGATIONS = tuple((item.value, item.label) for item in Aggregation)
DEPARTMENT_AGGREGATIONS = tuple((item.value, item.label) for item in Aggregation if item != Aggregation.LAST)
"""There is no last department."""


class ValueKind(models.TextChoices):
    """What was reported for a month: a number, or which kind of nothing."""

    NUMBER = "number", _("Value")
    NO_DATA = "no_data", _("Nothing to measure")
    SUPPRESSED = "suppressed", _("Suppressed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ValueState(models.TextChoices):
    CURRENT = "current", _("In force")
    WAITING = "waiting", _("Waiting for approval")
    SUPERSEDED = "superseded", _("Replaced")
    DECLINED = "declined", _("Declined")


class ValueSource(models.TextChoices):
    TYPED = "typed", _("Typed in")
    IMPORTED = "imported", _("Imported")
    PUSHED = "pushed", _("Sent by a system")


class Status(models.TextChoices):
    """Traffic light of a value against its target (DOMAIN.md section 9)."""

    GREEN = "green", _("On target")
    AMBER = "amber", _("Slightly off")
    RED = "red", _("Off target")
    GREY = "grey", _("Not judged")


class Absence(models.TextChoices):
    """Why a month shows no number."""

    NOT_DUE = "not_due", _("Not due yet")
    MISSING = "missing", _("Not reported")
    NO_DATA = "no_data", _("Nothing to measure")
    SUPPRESSED = "suppressed", _("Suppressed")
    CLOSED = "closed", _("Department closed")
    UNEXPECTED = "unexpected", _("Not expected")
    NO_RESULT = "no_result", _("No result")
