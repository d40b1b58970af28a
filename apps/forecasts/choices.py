"""Words of forecasts: what is foretold, how, what is to be said about it, and where a report stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SubjectKind(models.TextChoices):
    """What a series is about. Plans and budgets will add theirs here."""

    KPI = "kpi", _("KPI")
    SCORE = "score", _("Score")
    HEADCOUNT = "headcount", _("Headcount")
    TURNOVER = "turnover", _("Turnover, 12 months")


class ForecastMethod(models.TextChoices):
    """How the figures of a series came about; the first five are the engine's own words."""

    NET = "net", _("Model")
    BLEND = "blend", _("Smoothing")
    LAST_VALUE = "last_value", _("Last value")
    CONSTANT = "constant", _("Constant")
    NONE = "none", _("No forecast")
    SAME_AS_LAST_MONTH = "naive", _("Same as last month")
    SAME_AS_LAST_YEAR = "seasonal", _("Same as last year")
    STAFFING = "staffing", _("Staff numbers carried forward")


class Remark(models.TextChoices):
    """What has to be said beside a forecast. The first eight are the engine's."""

    NO_HISTORY = "no_history", _("no forecast because nothing was reported yet")
    ONE_VALUE = "one_value", _("only one value is known: the last value with a wide range")
    SHORT_HISTORY = "short_history", _("less than 13 months are known: no season can be seen")
    NO_SEASON_YET = "no_season_yet", _("less than 24 months are known: half of the season they show is counted")
    GAPS_FILLED = "gaps_filled", _("months without a value were bridged")
    SPIKE_CAPPED = "spike_capped", _("a single month far outside was capped")
    LEVEL_SHIFT_CUT = "level_shift_cut", _("the level changed: months before are left out")
    CONSTANT = (
        "constant",
        _(
            "all values so far are the same: the range has no width, and a chance only says whether that value is on target"
        ),
    )
    DEFINITION_CUT = "definition_cut", _("months measured by an older definition are left out")
    BY_QUARTER = (
        "by_quarter",
        _("the figure comes once a quarter: it is told quarter by quarter, by the month each ends in"),
    )
    BY_YEAR = "by_year", _("the figure comes once a year: it is told year by year, by the month each ends in")
    STALE = "stale", _("the last months are missing: the forecast begins later than its month")
    ENDS_ESTIMATED = (
        "ends_estimated",
        _("quarter and year count months without a value as estimated: late ones as foretold, with their range"),
    )
    TOO_OLD = "too_old", _("no forecast because nothing was reported for more than 12 months")
    NEW_DEFINITION = "new_definition", _("no forecast because nothing was reported since the definition changed")
    NAIVE_BETTER = "naive_better", _("“same as last month” came closer so far and is used")
    SEASONAL_BETTER = "seasonal_better", _("“same as last year” came closer so far and is used")
    RECONCILED = "reconciled", _("adjusted so that the departments add up to the whole")
    APART = "apart", _("forecast by itself: what is forecast of the departments below need not agree with it")
    PARTS_INCOMPLETE = (
        "parts_incomplete",
        _(
            "some of its months have no numerator and denominator, or no weight: forecast from the rate itself, which need "
            "not agree with departments above or below"
        ),
    )
    KNOWN_MOVES = "known_moves", _("people known to join, leave or retire are counted")


class WarningKind(models.TextChoices):
    """What an early warning says."""

    NONE = "", _("No warning")
    LEAVES = "leaves", _("Expected to leave its target")
    STAYS_OFF = "stays_off", _("Expected to stay off its target")
    RETURNS = "returns", _("Expected to return to its target")
    BELOW_PLAN = "below_plan", _("Expected below the planned headcount")


WORST_FIRST = (WarningKind.LEAVES, WarningKind.STAYS_OFF, WarningKind.BELOW_PLAN, WarningKind.RETURNS)
"""The order in which lists show warnings; what has none comes last: SeriesForecast.worst is the place here."""
WARNED = (WarningKind.LEAVES, WarningKind.STAYS_OFF, WarningKind.BELOW_PLAN)
"""Early warnings: what needs somebody. A return to the target is good news, counted and told apart."""


class ReportState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    ISSUED = "issued", _("Issued")
