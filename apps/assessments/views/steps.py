"""Steps of the methods that do not judge a share of a target: steps, ranges, conditions, events, milestones, ratings, parts.

Each takes the numbers of one `Explained` and gives the sentence of the receipt with the numbers in it.
"""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.views.figures import filled, said

Numbers = Mapping[str, Any]


def deviation(numbers: Numbers) -> str:
    """How far the actual lies from the target, and on which side."""
    away, is_up = Fraction(numbers["deviation"]), Fraction(numbers["sign"]) > 0
    if not away:
        return filled(_("%(actual)s is exactly the target %(target)s"), numbers)
    more = {**numbers, "deviation": abs(away)}
    if not is_up:
        turned = _("Less is better: %(actual)s is better than the target %(target)s by %(deviation)s")
        worse = _("Less is better: %(actual)s is worse than the target %(target)s by %(deviation)s")
        return filled(turned if away > 0 else worse, more)
    if away > 0:
        return filled(_("%(actual)s − %(target)s = %(deviation)s better than the target"), more)
    return filled(_("%(target)s − %(actual)s = %(deviation)s worse than the target"), more)


def loss_half(numbers: Numbers) -> str:
    """A planned loss that shrank: half of what it shrank, and a profit in full."""
    actual = Fraction(numbers["actual"])
    more = {**numbers, "loss": min(actual, Fraction(0)), "profit": max(actual, Fraction(0))}
    text = _(
        "A planned loss of %(target)s: what it shrank counts half, a profit in full: "
        "(%(loss)s − (%(target)s)) ÷ 2 + %(profit)s = %(deviation)s better"
    )
    return filled(text, more)


def steps_taken(numbers: Numbers) -> str:
    """How many steps, and what they are worth together."""
    worth = Fraction(numbers["steps"]) * Fraction(numbers["each"])
    more = {**numbers, "worth": worth}
    text = filled(_("In steps of %(size)s: %(steps)s that count, × %(each)s points = %(worth)s"), more)
    if numbers["cap"] is None or worth <= Fraction(numbers["cap"]):
        return text
    return _("%(text)s, of which %(cap)s count at most") % {"text": text, "cap": said(numbers["cap"])}


def base_and_steps(numbers: Numbers) -> str:
    """The points at the target, more or fewer for the steps."""
    base, steps = Fraction(numbers["base"]), Fraction(numbers["steps"])
    more = {**numbers, "size": abs(steps), "sum": base + steps}
    text = filled(
        _("Points: %(base)s − %(size)s = %(sum)s") if steps < 0 else _("Points: %(base)s + %(size)s = %(sum)s"), more
    )
    if base + steps >= Fraction(numbers["least"]):
        return text
    return _("%(text)s, but never less than %(least)s") % {"text": text, "least": said(numbers["least"])}


def range_percent(numbers: Numbers) -> str:
    """Where a value lies inside or outside the range."""
    actual, low, high = (Fraction(numbers[name]) for name in ("actual", "lo", "hi"))
    if low <= actual <= high:
        return filled(_("%(actual)s lies from %(lo)s to %(hi)s: 100 %%"), numbers)
    if not Fraction(numbers["outer_lo"]) < actual < Fraction(numbers["outer_hi"]):
        return filled(_("%(actual)s lies outside %(outer_lo)s to %(outer_hi)s: 0 %%"), numbers)
    if actual < low:
        text = _(
            "Below the range: (%(actual)s − %(outer_lo)s) × 100 ÷ (%(lo)s − %(outer_lo)s) = %(pct)s %%, from 0 %% at "
            "%(outer_lo)s to 100 %% at %(lo)s"
        )
        return filled(text, numbers)
    text = _(
        "Above the range: (%(outer_hi)s − %(actual)s) × 100 ÷ (%(outer_hi)s − %(hi)s) = %(pct)s %%, from 100 %% at "
        "%(hi)s to 0 %% at %(outer_hi)s"
    )
    return filled(text, numbers)


CONDITIONS: Mapping[str, Callable[[], str]] = {
    ">=": lambda: _("at least %(low)s"),
    ">": lambda: _("above %(low)s"),
    "<=": lambda: _("at most %(low)s"),
    "<": lambda: _("below %(low)s"),
    "==": lambda: _("exactly %(low)s"),
    "in": lambda: _("from %(low)s to %(high)s"),
}


def condition(numbers: Numbers) -> str:
    """Whether the one condition holds, and what follows."""
    is_met = bool(numbers["is_met"])
    if numbers["operator"] == "is_true":
        if is_met:
            return filled(_("Reported: yes, which earns all of the weight: %(points)s points"), numbers)
        return filled(_("Reported: no, which earns nothing: %(points)s points"), numbers)
    wanted = CONDITIONS[str(numbers["operator"])]()
    text = _("%(actual)s is {wanted}: all of the weight, %(points)s points")
    if not is_met:
        text = _("%(actual)s is not {wanted}: nothing of the weight, %(points)s points")
    return filled(text.replace("{wanted}", wanted), numbers)


def counted(numbers: Numbers) -> str:
    """What one kind of event is worth."""
    free, worth = Fraction(numbers["allowance"]), Fraction(numbers["points"])
    reckoned = max(Fraction(0), Fraction(numbers["count"]) - free) * Fraction(numbers["each"])
    more = {**numbers, "reckoned": reckoned}
    if free and Fraction(numbers["count"]) <= free:
        text = filled(_("%(item)s: %(count)s, and %(allowance)s are free of charge: 0"), more)
    elif free:
        text = filled(_("%(item)s: (%(count)s − %(allowance)s free of charge) × %(each)s = %(reckoned)s"), more)
    else:
        text = filled(_("%(item)s: %(count)s × %(each)s = %(reckoned)s"), more)
    return text if worth == reckoned else _("%(text)s, at most %(cap)s") % {"text": text, "cap": said(numbers["cap"])}


def less(numbers: Numbers) -> str:
    """The weight less what was lost."""
    rest = Fraction(numbers["weight"]) - Fraction(numbers["lost"])
    text = filled(_("Weight − lost: %(weight)s − %(lost)s = %(rest)s points"), {**numbers, "rest": rest})
    if rest >= Fraction(numbers["least"]):
        return text
    return _("%(text)s, but never less than %(least)s") % {"text": text, "least": said(numbers["least"])}


def bonus(numbers: Numbers) -> str:
    """All claims together, held at the cap."""
    if numbers["cap"] is None or Fraction(numbers["sum"]) <= Fraction(numbers["cap"]):
        return filled(_("Bonus: %(points)s points"), numbers)
    return filled(_("Bonus: %(sum)s points, of which %(cap)s count at most"), numbers)


def day_words(text: Any) -> str:
    """A day of the rules in the form people read."""
    return date_format(date.fromisoformat(str(text)), "j M Y")


def milestone(numbers: Numbers) -> str:
    """One milestone: due, done, what it earns."""
    more = {**numbers, "due": day_words(numbers["due"])}
    if numbers["done"] is None:
        return filled(_("%(item)s (weight %(weight)s), due %(due)s, is not done: 0 %%"), more)
    more["done"] = day_words(numbers["done"])
    if not Fraction(numbers["days_late"]):
        return filled(_("%(item)s (weight %(weight)s), due %(due)s, done %(done)s in time: %(pct)s %%"), more)
    text = ngettext(
        "%(item)s (weight %(weight)s), due %(due)s, done %(done)s, one day late: %(pct)s %%",
        "%(item)s (weight %(weight)s), due %(due)s, done %(done)s, %(days_late)s days late: %(pct)s %%",
        int(numbers["days_late"]),
    )
    return filled(text, more)


def nothing_due(numbers: Numbers) -> str:
    """No milestone counts yet."""
    return _("No milestone was due or done by %(day)s") % {"day": day_words(numbers["as_of"])}


def child(numbers: Numbers) -> str:
    """One KPI of a composite."""
    if numbers["rate"] is None:
        return filled(_("%(child)s (weight %(weight)s): no share is known"), numbers)
    return filled(_("%(child)s (weight %(weight)s): share %(rate)s"), numbers)


def simple(text: Callable[[], str]) -> Callable[[Numbers], str]:
    """A sentence that only needs its numbers filled in."""
    return lambda numbers: filled(text(), numbers)


STEPS: dict[str, Callable[[Numbers], str]] = {
    "step.deviation": deviation,
    "step.loss_half": loss_half,
    "step.steps": steps_taken,
    "points.base_and_steps": base_and_steps,
    "range.percent": range_percent,
    "efficacy.coefficient": simple(
        lambda: _("%(actual)s earns the coefficient %(coefficient)s between the standard values")
    ),
    "all_or_nothing.condition": condition,
    "deduction.item": counted,
    "bonus.item": counted,
    "points.less": less,
    "points.bonus": bonus,
    "milestone.item": milestone,
    "milestone.nothing_due": nothing_due,
    "descriptive.answer": simple(lambda: _("%(rater)s (weight %(weight)s): %(pct)s %%")),
    "descriptive.trimmed": simple(
        lambda: _("%(rater)s (weight %(weight)s): %(pct)s %%, left out as the highest or the lowest")
    ),
    "descriptive.too_few": simple(lambda: _("%(answers)s ratings are there, %(needed)s are needed")),
    "composite.child": child,
    "composite.child_not_due": simple(
        lambda: _("%(child)s (weight %(weight)s): not due this month, left out; the others share its weight")
    ),
    "composite.child_missing": simple(lambda: _("%(child)s has no value yet: the line waits for it")),
}
"""By the code of a step."""
