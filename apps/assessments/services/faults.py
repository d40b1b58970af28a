"""Faults of a configuration in words: the rules name a code and a key, people are told what is wrong and where it stands."""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from apps.assessments.rules.results import ConfigError

Words = Callable[[], str]
IN_A_LIST = re.compile(r"(?P<list>\w+)\[(?P<number>\d+)\]\.(?P<key>\w+)")

FAULTS: dict[str, Words] = {
    "unknown_method": lambda: _("There is no method “%(key)s”."),
    "missing": lambda: _("“%(key)s” is missing."),
    "not_a_number": lambda: _("“%(key)s” is not a number. Write digits, with a point before decimals."),
    "not_whole": lambda: _("“%(key)s” must be a whole number."),
    "negative": lambda: _("“%(key)s” must not be below 0."),
    "not_a_day": lambda: _("“%(key)s” is no day of the calendar. Write year, month and day, such as 2026-05-31."),
    "not_a_list": lambda: _("“%(key)s” takes one entry after the other. Write each of them on its own."),
    "not_an_object": lambda: _(
        "“%(key)s” takes several details, each under its name. Give each its name and what it says."
    ),
    "not_a_word": lambda: _("“%(key)s” takes words. Write some letters."),
    "not_yes_or_no": lambda: _("“%(key)s” takes only yes or no. Choose one of them."),
    "not_a_range": lambda: _("“%(key)s” needs two ends. Give the lowest and the highest."),
    "out_of_range": lambda: _("“%(key)s” is out of range: too small, or too large."),
    "unknown_word": lambda: _("“%(key)s” says something that is none of its choices. Choose one of those offered."),
    "unknown_key": lambda: _("This method does not ask for “%(key)s”. Take it out, or mend its spelling."),
    "not_in_order": lambda: _("“%(key)s” is not in order: each value must be better than the one before."),
    "not_as_many": lambda: _("Give every standard value its coefficient, and at least one of both."),
    "better_earns_less": lambda: _("“%(key)s”: a better figure would earn less."),
    "cap_below_floor": lambda: _("The cap lies below the floor."),
    "inverse_needs_cap": lambda: _("Target / actual needs a cap: an actual of 0 would earn without end."),
    "inverse_needs_positive_target": lambda: _("Target / actual needs a target that is not below 0."),
    "zero_target": lambda: _("The target is 0, and there is no percentage of 0. Set another target or another method."),
    "no_band": lambda: _("Some figures fall into no band: leave the first open below, the last open above."),
    "several_bands": lambda: _("Bands overlap: let each begin where the one before ends."),
    "duplicate_code": lambda: _("“%(key)s” stands there twice. Name each once."),
    "weights_sum": lambda: _("The weights of the KPIs must add up to exactly 100."),
    "not_a_level": lambda: _("“%(key)s” must earn a percentage from 0 to 100."),
    "unknown_code": lambda: _("“%(key)s” was reported and is none of the events of the rule."),
    "unknown_rater": lambda: _("“%(key)s” has rated and is none of the raters."),
    "not_counts": lambda: _("What was reported are no counts of events."),
    "not_answers": lambda: _("What was reported are no ratings."),
    "not_rates": lambda: _("What was reported are no shares of KPIs."),
    "part_without_target": lambda: _("There is no target for %(key)s in this month."),
    "not_milestones": lambda: _("What was reported are no milestones."),
    "not_a_claim": lambda: _("What was reported is no claim."),
}
"""By the code of a fault."""
NAMES_PARTS = frozenset({"part_without_target"})
"""Faults whose key is no field of a method: codes of KPIs, said as they are."""

PARTICULAR: dict[tuple[str, str], Words] = {
    ("not_in_order", "floor"): lambda: _("The floor must lie on the worse side of the target."),
    ("not_in_order", "stretch"): lambda: _("The stretch must lie on the better side of the target."),
    ("not_in_order", "lo"): lambda: _("The ends of the range must rise from the lowest to the highest."),
    ("not_in_order", "standards"): lambda: _("List the standard values from the poorest to the best."),
    ("out_of_range", "trim"): lambda: _("Leaving out the highest and the lowest is yes (1) or no (0)."),
}
"""By code and key, where the general sentence would be vague."""

KEYS: dict[str, Words] = {
    "floor": lambda: _("Floor"),
    "floor_pct": lambda: _("Earned at the floor, %"),
    "stretch": lambda: _("Stretch"),
    "stretch_pct": lambda: _("Earned at the stretch, %"),
    "cap": lambda: _("Cap"),
    "threshold": lambda: _("Nothing below"),
    "bands": lambda: _("Bands"),
    "basis": lambda: _("Bands of"),
    "bounds": lambda: _("A figure on an edge"),
    "min": lambda: _("From"),
    "max": lambda: _("To"),
    "pct": lambda: _("Earned, %"),
    "target": lambda: _("Target"),
    "direction": lambda: _("Which way is better"),
    "lower_formula": lambda: _("Share where less is better"),
    "unit": lambda: _("A step is measured in"),
    "partial": lambda: _("A step that is begun"),
    "up": lambda: _("Better than the target"),
    "down": lambda: _("Worse than the target"),
    "per": lambda: _("Size of a step"),
    "points": lambda: _("Points for a step"),
    "base": lambda: _("Points at the target"),
    "min_points": lambda: _("Never less than"),
    "loss_half": lambda: _("A loss that shrinks counts half"),
    "loss_grade": lambda: _("Still in loss: best grade of the department"),
    "profit_grade": lambda: _("Loss turned to profit: best grade of the department"),
    "lo": lambda: _("Full points from"),
    "hi": lambda: _("Full points to"),
    "outer_lo": lambda: _("No points up to"),
    "outer_hi": lambda: _("No points from"),
    "standards": lambda: _("Standard values"),
    "coefs": lambda: _("Coefficients"),
    "op": lambda: _("The actual must be"),
    "items": lambda: _("Events"),
    "code": lambda: _("Code"),
    "points_each": lambda: _("Points each"),
    "allowance": lambda: _("Free of charge"),
    "children": lambda: _("KPIs"),
    "weight": lambda: _("Weight"),
    "child_cap": lambda: _("Most of each KPI"),
    "missing_child": lambda: _("A KPI without a value"),
    "mode": lambda: _("Milestones that count"),
    "late": lambda: _("A milestone that is late"),
    "per_day_pct": lambda: _("Lost for each day, %"),
    "levels": lambda: _("Levels"),
    "raters": lambda: _("Raters"),
    "id": lambda: _("Account"),
    "min_raters": lambda: _("Fewest raters"),
    "trim": lambda: _("Leave out the highest and the lowest"),
    "missing": lambda: _("A value that is missing"),
    "policy": lambda: _("What it is worth"),
    "max_periods": lambda: _("Carried for at most, months"),
    "params": lambda: _("Details of the method"),
    "actual": lambda: _("Actual"),
}
"""What a method asks for, as its fields are called."""


def config_words(error: ConfigError) -> str:
    """A configuration's fault as a sentence: what is wrong and, where it is a place, which."""
    words = PARTICULAR.get((error.code, error.key)) or FAULTS.get(error.code)
    text = words() if words else _("The rule cannot be reckoned with: look at “%(key)s”.")
    key = error.key if error.code in NAMES_PARTS else key_words(error.key or error.code)
    return text.replace("%(key)s", key)


def key_words(key: str) -> str:
    """What a method asks for as its field is called, with the line it stands in; as it is written where it has no field."""
    listed = IN_A_LIST.fullmatch(key)
    if listed:
        place = {
            "list": key_words(listed["list"]),
            "number": int(listed["number"]) + 1,
            "key": key_words(listed["key"]),
        }
        return _("%(list)s, line %(number)s, %(key)s") % place
    outer, _dot, inner = key.partition(".")
    if inner:
        return f"{key_words(outer)}, {key_words(inner)}"
    return KEYS[key]() if key in KEYS else key
