"""Words of assessments: how an indicator is scored, where a scheme and a month stand, what became of a line."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Method(models.TextChoices):
    """How points follow from a figure (DOMAIN.md section 1)."""

    RATIO = "ratio", _("Share of target reached")
    LINEAR = "linear", _("Straight lines through floor, target, stretch")
    INTERVAL = "interval", _("Bands")
    STEP = "step", _("Points for each step above or below the target")
    RANGE = "range", _("Full points inside a range")
    EFFICACY = "efficacy", _("Coefficients between standard values")
    ALL_OR_NOTHING = "all_or_nothing", _("All or nothing")
    COMPOSITE = "composite", _("Several KPIs together")
    DEDUCTION = "deduction", _("Points taken off for each event")
    MILESTONE = "milestone", _("Milestones")
    DESCRIPTIVE = "descriptive", _("Described levels, chosen by raters")


OF_ONE_FIGURE = frozenset(
    {Method.RATIO, Method.LINEAR, Method.INTERVAL, Method.STEP, Method.RANGE, Method.EFFICACY, Method.ALL_OR_NOTHING}
)
"""Methods that judge the value of one KPI; the others judge what is entered, rated, or made of several KPIs."""


class TargetPolicy(models.TextChoices):
    """Which target holds for a month in which it changed."""

    PERIOD_END = "period_end", _("In force on the last day")
    PERIOD_START = "period_start", _("In force on the first day")
    PRO_RATA_DAYS = "pro_rata_days", _("Mean over the days")


class MissingPolicy(models.TextChoices):
    """What a value that was not reported by the cut-off is worth."""

    PENDING = "pending", _("Wait for it: blocks publication")
    ZERO = "zero", _("No points")
    EXCLUDE = "exclude", _("Leave the indicator out once that is approved; wait until then")
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
    REPORTED = "reported", _("Reported")
    """Entered, rated, or made of several values: ScoreLine.reported."""
    EXEMPT = "exempt", _("Approved as not applicable")
    """By a confirmed exemption of the register, which the score keeps in its `extras`; whatever was reported."""


class AdjustmentKind(models.TextChoices):
    """What stands beside the hundred points."""

    BONUS = "bonus", _("Bonus")
    PENALTY = "penalty", _("Deduction")
    VETO = "veto", _("Veto")
    EXEMPTION = "exemption", _("Not applicable")
    """One line of the department's month is left out: its weight leaves the sum (DOMAIN.md section 1)."""


class AdjustmentState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class VetoAction(models.TextChoices):
    """What a veto does to a score."""

    ZERO = "zero", _("Takes every point")
    CAP = "cap", _("Limits the total")
    GRADE_CAP = "grade_cap", _("Limits the grade")


class VetoScope(models.TextChoices):
    """Whom a veto hits (DOMAIN.md section 2)."""

    DEPARTMENT = "department", _("The department")
    HEAD = "head", _("Its head alone")
    LINE = "line", _("The department and all above it")


class PersonStatus(models.TextChoices):
    """Whether a person's month came to a score."""

    OK = "ok", _("Scored")
    NOT_ASSESSED = "not_assessed", _("Not assessed")
    PENDING = "pending", _("Waiting")
    INVALID_CONFIG = "invalid_config", _("Rules do not fit")


class AppealState(models.TextChoices):
    """Where an appeal stands (DOMAIN.md section 2)."""

    FILED = "filed", _("Filed")
    REJECTED = "rejected", _("Not admitted")
    REVIEWING = "reviewing", _("Under review")
    UPHELD = "upheld", _("Upheld")
    PARTLY_UPHELD = "partly_upheld", _("Partly upheld")
    DISMISSED = "dismissed", _("Dismissed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class RehearsalState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class RewardState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    SUPERSEDED = "superseded", _("Superseded")


class RewardSource(models.TextChoices):
    """What a reward follows from."""

    RULE = "rule", _("By the rules of the month")
    POOL = "pool", _("Share of the pool")
    SPOT = "spot", _("For one deed")


FROM_SCORES = (RewardSource.RULE, RewardSource.POOL)
"""What follows from published scores, by the rules of the month."""


class NominationKind(models.TextChoices):
    """What published grades single somebody out for."""

    TALENT_POOL = "talent_pool", _("Talent pool")
    DEPARTMENT_OF_MONTH = "department_of_month", _("Department of the month")


class NominationState(models.TextChoices):
    PROPOSED = "proposed", _("Nominated")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    DROPPED = "dropped", _("No longer follows")


class PlanTrigger(models.TextChoices):
    """Why an improvement plan was proposed."""

    LOWEST_ONCE = "lowest_once", _("Lowest grade")
    LOW_TWICE = "low_twice", _("Second lowest grade twice in a row")
    BY_HAND = "by_hand", _("Decided by a person")


class PlanState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    RUNNING = "running", _("Running")
    REACHED = "reached", _("Goals reached")
    MISSED = "missed", _("Goals missed")
    DROPPED = "dropped", _("Dropped")
