"""The steps of a formula as sentences. Rules give codes and exact numbers (`Explained`); here they become words."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.choices import LineStatus, Presence
from apps.assessments.models import ScoreLine
from apps.assessments.rules.results import Explained, Result
from apps.assessments.selectors.raters import Raters, label_of
from apps.assessments.services import config_words
from apps.assessments.views.figures import filled, said
from apps.assessments.views.steps import STEPS, simple

__all__ = ["SENTENCES", "absence", "quotient", "rounding", "said", "sentence", "steps_in_words"]

Numbers = Mapping[str, Any]


def complement(numbers: Numbers) -> str:
    """Share of the target: A/T, 2 − A/T, or by the distance where the target lies below 0."""
    target, is_up = Fraction(numbers["target"]), Fraction(numbers["sign"]) > 0
    if target > 0 and is_up:
        return filled(_("Reached ÷ target: %(actual)s ÷ %(target)s = %(rate)s"), numbers)
    if target > 0:
        return filled(_("Less is better, 2 − reached ÷ target: 2 − %(actual)s ÷ %(target)s = %(rate)s"), numbers)
    more = {**numbers, "size": abs(target)}
    if is_up:
        return filled(_("1 + (reached − target) ÷ |target|: 1 + (%(actual)s − %(target)s) ÷ %(size)s = %(rate)s"), more)
    return filled(_("Less is better, 1 − (%(actual)s − %(target)s) ÷ %(size)s = %(rate)s"), more)


def zero_target(numbers: Numbers) -> str:
    """A target of 0 has no share: met or missed."""
    if Fraction(numbers["rate"]):
        return filled(_("The target is 0, and %(actual)s meets it: all of the weight"), numbers)
    return filled(_("The target is 0, and %(actual)s misses it: nothing of the weight"), numbers)


def band(numbers: Numbers) -> str:
    """The band a value lies in."""
    more = {**numbers, "band": band_words(numbers["min"], numbers["max"], str(numbers["bounds"]))}
    return filled(_("%(value)s lies in the band %(band)s, which earns %(pct)s %%"), more)


def band_words(least: Any, most: Any, bounds: str) -> str:
    """A band in words: which edge belongs to it is part of the rule."""
    ends = {"least": least, "most": most}
    is_low_in = bounds == "[)"
    if least is None and most is None:
        return _("of all values")
    if least is None:
        return filled(_("below %(most)s") if is_low_in else _("up to and with %(most)s"), ends)
    if most is None:
        return filled(_("from %(least)s on") if is_low_in else _("above %(least)s"), ends)
    if is_low_in:
        return filled(_("from %(least)s to below %(most)s"), ends)
    return filled(_("above %(least)s up to and with %(most)s"), ends)


def line_percent(numbers: Numbers) -> str:
    """Where a value lies on the straight lines through floor, target and stretch."""
    actual, floor, target = (Fraction(numbers[name]) for name in ("actual", "floor", "target"))
    sign = 1 if target > floor else -1
    if (actual - floor) * sign < 0:
        return filled(_("%(actual)s is worse than the floor %(floor)s: 0 %%"), numbers)
    if (actual - target) * sign < 0:
        text = _(
            "Between floor %(floor)s (%(floor_pct)s %%) and target %(target)s (100 %%): %(floor_pct)s + "
            "(%(actual)s − %(floor)s) × (100 − %(floor_pct)s) ÷ (%(target)s − %(floor)s) = %(pct)s %%"
        )
        return filled(text, numbers)
    stretch = numbers["stretch"]
    if stretch is None:
        return filled(_("%(actual)s reaches the target %(target)s: 100 %%"), numbers)
    if (actual - Fraction(stretch)) * sign >= 0:
        return filled(_("%(actual)s reaches the stretch target %(stretch)s: %(stretch_pct)s %%"), numbers)
    text = _(
        "Between target %(target)s (100 %%) and stretch %(stretch)s (%(stretch_pct)s %%): 100 + "
        "(%(actual)s − %(target)s) × (%(stretch_pct)s − 100) ÷ (%(stretch)s − %(target)s) = %(pct)s %%"
    )
    return filled(text, numbers)


SENTENCES: dict[str, Callable[[Numbers], str]] = {
    "ratio.complement": complement,
    "ratio.zero_target": zero_target,
    "ratio.inverse": simple(lambda: _("Less is better, target ÷ reached: %(target)s ÷ %(actual)s = %(rate)s")),
    "ratio.inverse_at_cap": simple(lambda: _("%(actual)s is nothing or less: the highest share counts, %(rate)s")),
    "rate.below_threshold": simple(
        lambda: _("%(rate)s is below %(threshold)s, from which on points are earned: nothing counts")
    ),
    "rate.at_floor": simple(lambda: _("%(rate)s is below the lowest share that is given: %(held)s counts")),
    "rate.at_cap": simple(lambda: _("%(rate)s is above the highest share that is given: %(held)s counts")),
    "interval.band": band,
    "linear.percent": line_percent,
    "points.share": simple(lambda: _("Weight × share: %(weight)s × %(rate)s = %(points)s points")),
    "points.pct": simple(lambda: _("Weight × percentage: %(weight)s × %(pct)s %% = %(points)s points")),
    "missing.carried": simple(lambda: _("The last published share is carried on: %(weight)s × %(rate)s")),
    "missing.missing_zero": simple(lambda: _("Nothing was reported: 0 of %(weight)s points")),
    "missing.excluded": simple(lambda: _("Nothing to judge: left out, the other indicators share its weight")),
    "missing.pending": simple(lambda: _("Nothing is reported yet: waited for")),
    **STEPS,
}
"""By the code of a step."""
TOLD_BY_ABSENCE = frozenset({"missing.missing_zero", "missing.excluded", "missing.pending"})
"""Steps that say no more than `absence` does, where that has something to say."""
NAMED = ("item", "child", "rater")
"""Numbers of a step that are codes of something with a name."""

PROBLEMS: dict[str, Callable[[], str]] = {
    "zero_target": lambda: _("The target is 0, of which nothing can be a share."),
    "no_band": lambda: _("The value lies in none of the bands."),
    "several_bands": lambda: _("The value lies in several bands at once."),
    "not_in_order": lambda: _("Floor, target and stretch target are not in order."),
    "unknown_code": lambda: _("What was reported names an event that the rule does not know."),
    "unknown_rater": lambda: _("Somebody has rated who is none of the raters."),
    "missing": lambda: _("There is no target for this department in this month."),
    "inverse_needs_positive_target": lambda: _("Target ÷ reached needs a target above 0."),
}


def sentence(step: Explained, names: Mapping[str, str] | None = None) -> str:
    """One step in words, with NAMES for the codes in it; empty for a step that says nothing by itself."""
    known = SENTENCES.get(step.code)
    if known is None:
        return ""
    told = {key: (names or {}).get(str(step.numbers[key])) for key in NAMED if key in step.numbers}
    return known({**step.numbers, **{key: name for key, name in told.items() if name}})


def names_in(params: Any) -> dict[str, str]:
    """Code → name of the events or parts that the parameters of a rule give a name."""
    listed = [params.get(key) for key in ("items", "children")] if isinstance(params, Mapping) else []
    rows = [row for rows in listed if isinstance(rows, list) for row in rows if isinstance(row, Mapping)]
    return {str(row.get("code")): str(row["name"]) for row in rows if row.get("name")}


def steps_in_words(line: ScoreLine, result: Result, raters: Raters, parts: Mapping[str, str]) -> list[str]:
    """How the points of a line came about, step by step. PARTS: names of the KPIs of a composite, by their codes."""
    why = absence(line)
    names = {**names_in(line.indicator.params), **{name: label_of(user) for name, user in raters.items()}, **parts}
    steps = [step for step in result.steps if not (why and step.code in TOLD_BY_ABSENCE)]
    found = [text for step in steps if (text := sentence(step, names))]
    if result.problem is not None:
        problem = PROBLEMS.get(result.problem.code)
        found.append(problem() if problem else config_words(result.problem))
    return [why, *found] if why else found


def rounding(result: Result) -> str:
    """How the points were rounded; empty where nothing was cut off."""
    numbers = result.steps[-1].numbers if result.steps else {}
    exact = numbers.get("points")
    if result.points is None or not isinstance(exact, int | Fraction) or Fraction(result.points) == Fraction(exact):
        return ""
    return _("Rounded once, half up, to two places: %(points)s points") % {"points": result.points}


NOTHING_REPORTED: dict[str, Callable[[], str]] = {
    Presence.NO_DATA: lambda: _("Reported that there was nothing to measure"),
    Presence.SUPPRESSED: lambda: _("Reported, but withheld"),
    Presence.MISSING: lambda: _("Not reported"),
    Presence.EXEMPT: lambda: _("Approved as not applicable"),
}
WHAT_FOLLOWS: dict[str, Callable[[], str]] = {
    LineStatus.MISSING_ZERO: lambda: _("scored 0"),
    LineStatus.CARRIED: lambda: _("the last published share is carried on"),
    LineStatus.EXCLUDED: lambda: _("left out; the other indicators share its weight"),
    LineStatus.PENDING: lambda: _("waited for"),
}


def absence(line: ScoreLine) -> str:
    """What became of a line without a figure: “Not reported: scored 0”. Empty where there was one."""
    if line.presence in {Presence.NUMBER, Presence.REPORTED}:
        return ""
    if line.presence == Presence.NOT_DUE:
        return _("Not due in this month: left out; the other indicators share its weight")
    what, then = NOTHING_REPORTED[line.presence](), WHAT_FOLLOWS.get(line.status)
    return f"{what}: {then()}" if then else what


def quotient(line: ScoreLine) -> str:
    """The parts of a ratio with the numbers in it: 190 ÷ 200 × 100; empty where the value was given whole."""
    return quotient_words(line.numerator, line.denominator, line.scale)


def quotient_words(numerator: Decimal | None, denominator: Decimal | None, scale: Decimal | None) -> str:
    """The same of these numbers."""
    if scale is None or numerator is None or denominator is None:
        return ""
    parts = {"numerator": numerator, "denominator": denominator, "scale": scale}
    if scale == Decimal(1):
        return filled(_("%(numerator)s ÷ %(denominator)s"), parts)
    return filled(_("%(numerator)s ÷ %(denominator)s × %(scale)s"), parts)
