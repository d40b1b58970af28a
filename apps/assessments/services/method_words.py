"""The methods with their numbers as sentences, for whoever writes the rules, decides on them or is judged by them."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.assessments.choices import Method
from apps.assessments.rules.reading import Direction, exact

Params = Mapping[str, Any]
FEW, EVENTS, STANDARDS = 4, 3, 5
"""Rows of a list that a sentence names before it only counts the rest."""
OPERATORS = (
    (">=", gettext_lazy("at least the target")),
    (">", gettext_lazy("above the target")),
    ("<=", gettext_lazy("at most the target")),
    ("<", gettext_lazy("below the target")),
    ("==", gettext_lazy("exactly the target")),
    ("in", gettext_lazy("inside a range")),
    ("is_true", gettext_lazy("yes (1); no is 0")),
)
ENDS = ("outer_lo", "lo", "hi", "outer_hi")


def direction_of(params: Params) -> Direction:
    """The direction that is written, or the usual one."""
    return "lower" if params.get("direction") == "lower" else "higher"


def fraction(params: Params, key: str) -> Fraction | None:
    """A number that is written; None for nothing, and for what is no number."""
    return exact(params.get(key))


def objects(params: Params, key: str) -> list[Params]:
    """The objects of a list that is written; what is none is left out, for the refusal to name."""
    found = params.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []


def some(parts: list[str], most: int) -> str:
    """The first few parts of a long list."""
    if len(parts) <= most:
        return listed(parts)
    return _("%(parts)s and %(count)s more") % {"parts": listed(parts[:most]), "count": len(parts) - most}


def shown(value: Any) -> str:
    """A number for a sentence: no zeros that nobody wrote, a true minus."""
    found = exact(value)
    if found is None:
        return "–"
    text = f"{Decimal(found.numerator) / Decimal(found.denominator):.10f}".rstrip("0").rstrip(".")
    return text.replace("-", "\u2212")


def share(value: Any) -> str:
    """A share as percent: 1.2 is 120 %."""
    found = exact(value)
    return "–" if found is None else f"{shown(found * 100)}\u00a0%"


def listed(parts: list[str]) -> str:
    """Parts of a sentence with commas between them."""
    return ", ".join(part for part in parts if part)


def lower_words(params: Params) -> str:
    """Said only where less is better: more is what people expect."""
    return _("less is better") if direction_of(params) == "lower" else ""


def ratio_words(params: Params, weight: Decimal) -> str:
    """20 points x share of target reached, at most 120 %."""
    is_inverse = direction_of(params) == "lower" and params.get("lower_formula") == "inverse"
    words = _("%(weight)s points × target / actual") if is_inverse else ""
    words = words or _("%(weight)s points × share of target reached")
    parts = [words % {"weight": shown(weight)}, lower_words(params)]
    if params.get("cap") is not None:
        parts.append(_("at most %(share)s") % {"share": share(params["cap"])})
    if params.get("threshold") is not None:
        parts.append(_("nothing below %(share)s") % {"share": share(params["threshold"])})
    if fraction(params, "floor"):
        parts.append(_("never less than %(share)s") % {"share": share(params["floor"])})
    return listed(parts)


def linear_words(params: Params, weight: Decimal) -> str:
    """20 points on a straight line from the floor 80 (0 %) to the target (100 %) and on to the stretch 110 (120 %)."""
    kept = _("of the KPI")
    floor, stretch = params.get("floor"), params.get("stretch")
    words = {
        "weight": shown(weight),
        "floor": kept if floor is None else shown(floor),
        "pct": shown(params.get("floor_pct") or 0),
    }
    parts = [_("%(weight)s points on a line from the floor %(floor)s (%(pct)s %%) to the target (100 %%)") % words]
    if params.get("stretch_pct") is not None:
        more = {"stretch": kept if stretch is None else shown(stretch), "pct": shown(params["stretch_pct"])}
        parts.append(_("on to the stretch %(stretch)s (%(pct)s %%)") % more)
    return listed([*parts, lower_words(params)])


def interval_words(params: Params, weight: Decimal) -> str:
    """20 points by bands: below 1: 100 %, 1 to 4: 80 %, from 4 on: 0 %."""
    bands = [band for band in params.get("bands") or [] if isinstance(band, dict)]
    words = _("%(weight)s points by bands of the share of target in percent")
    if params.get("basis") != "rate_pct":
        words = _("%(weight)s points by bands of the actual")
    said = listed([band_words(band) for band in bands[:FEW]])
    if len(bands) > FEW:
        said = _("%(bands)s and %(count)s more") % {"bands": said, "count": len(bands) - FEW}
    return f"{words % {'weight': shown(weight)}}: {said}"


def band_words(band: Params) -> str:
    """One band: where it lies and what it earns."""
    pct = shown(band.get("pct"))
    if band.get("min") is None and band.get("max") is None:
        return _("any: %(pct)s %%") % {"pct": pct}
    if band.get("min") is None:
        return _("below %(max)s: %(pct)s %%") % {"max": shown(band["max"]), "pct": pct}
    if band.get("max") is None:
        return _("from %(min)s on: %(pct)s %%") % {"min": shown(band["min"]), "pct": pct}
    return _("%(min)s to %(max)s: %(pct)s %%") % {"min": shown(band["min"]), "max": shown(band["max"]), "pct": pct}


def step_method_words(params: Params, weight: Decimal) -> str:
    """20 points at the target, 1 more for each full 2 % better, at most 5; 2 off for each full 1 % worse."""
    base = weight if params.get("base") is None else params["base"]
    parts = [_("%(base)s points at the target") % {"base": shown(base)}]
    words = {
        "up": _("%(points)s more for each %(step)s better"),
        "down": _("%(points)s off for each %(step)s worse"),
    }
    for side, text in words.items():
        known = params.get(side) or {}
        if known.get("per") is None:
            continue
        said = {"points": shown(known.get("points")), "step": step_words(params, known["per"])}
        cap = _("at most %(cap)s") % {"cap": shown(known["cap"])} if known.get("cap") is not None else ""
        parts.append(listed([text % said, cap]))
    if fraction(params, "min_points"):
        parts.append(_("never less than %(least)s") % {"least": shown(params["min_points"])})
    return listed([*parts, lower_words(params)])


def step_words(params: Params, per: Any) -> str:
    """The size of a step with its unit, and whether it must be full."""
    size = _("%(per)s %%") % {"per": shown(per)} if params.get("unit") == "percent" else shown(per)
    full = {"ceil": _("begun %(size)s"), "linear": "%(size)s"}.get(str(params.get("partial")), _("full %(size)s"))
    return full % {"size": size}


def range_words(params: Params, weight: Decimal) -> str:
    """20 points from 98 to 102, straight down to none at 90 and 110."""
    words = {name: shown(params.get(name)) for name in ENDS}
    text = _("%(weight)s points from %(lo)s to %(hi)s, straight down to none at %(outer_lo)s and %(outer_hi)s")
    return text % {"weight": shown(weight), **words}


def efficacy_words(params: Params, weight: Decimal) -> str:
    """20 points × coefficient: 4 → 0.2, 6 → 0.6, 8 → 0.8, 9 → 1."""
    said = some([f"{shown(place)} → {shown(height)}" for place, height in pairs(params)], STANDARDS)
    text = _("%(weight)s points × coefficient between the standard values: %(pairs)s")
    return listed([text % {"weight": shown(weight), "pairs": said}, lower_words(params)])


def pairs(params: Params) -> list[tuple[Any, Any]]:
    """(standard value, coefficient) as far as both are there."""
    places, heights = params.get("standards"), params.get("coefs")
    if not isinstance(places, list | tuple) or not isinstance(heights, list | tuple):
        return []
    return list(zip(places, heights, strict=False))


def all_or_nothing_words(params: Params, weight: Decimal) -> str:
    """20 points if the actual is at least the target, else none."""
    condition = str(dict(OPERATORS).get(str(params.get("op")), "–"))
    if params.get("op") == "in":
        ends = {"lo": shown(params.get("lo")), "hi": shown(params.get("hi"))}
        condition = _("from %(lo)s to %(hi)s") % ends
    words = {"weight": shown(weight), "condition": condition}
    return _("%(weight)s points if the actual is %(condition)s, else none") % words


def composite_words(params: Params, weight: Decimal) -> str:
    """20 points × mean share of REV (60 %) and COM (40 %), each at most 120 %."""
    said = [
        f"{child.get('code') or '–'} ({shown(child.get('weight'))}\u00a0%)" for child in objects(params, "children")
    ]
    words_ = {"weight": shown(weight), "children": some(said, FEW) or "–"}
    parts = [_("%(weight)s points × mean of the shares reached by %(children)s") % words_]
    if params.get("child_cap") is not None:
        parts.append(_("each at most %(share)s") % {"share": share(params["child_cap"])})
    return listed(parts)


def deduction_words(params: Params, weight: Decimal) -> str:
    """15 points, less 2 for each complaint after 2 free ones, at most 10."""
    said = some([item_words(item) for item in objects(params, "items")], EVENTS)
    parts = [_("%(weight)s points, less %(items)s") % {"weight": shown(weight), "items": said or "–"}]
    if fraction(params, "min_points"):
        parts.append(_("never less than %(least)s") % {"least": shown(params["min_points"])})
    return listed(parts)


def item_words(item: Params) -> str:
    """One kind of event: what it costs."""
    name = item.get("name") or item.get("code") or "–"
    text = _("%(points)s for each “%(name)s”") % {"points": shown(item.get("points_each")), "name": name}
    if fraction(item, "allowance"):
        text = _("%(text)s after %(free)s free") % {"text": text, "free": shown(item["allowance"])}
    if fraction(item, "cap") is not None:
        text = _("%(text)s (at most %(cap)s)") % {"text": text, "cap": shown(item["cap"])}
    return text


def milestone_words(params: Params, weight: Decimal) -> str:
    """20 points by the milestones that are due or done; late ones lose 10 % for each day."""
    which = _("%(weight)s points by all milestones")
    if params.get("mode", "due_only") == "due_only":
        which = _("%(weight)s points by the milestones that are due or done")
    late = _("a late one earns nothing")
    if params.get("late") == "per_day":
        late = _("a late one loses %(pct)s %% for each day") % {"pct": shown(params.get("per_day_pct"))}
    return listed([which % {"weight": shown(weight)}, late])


def descriptive_words(params: Params, weight: Decimal) -> str:
    """20 points by the mean of 3 raters: very good 100 %, good 80 %."""
    count = len(objects(params, "raters"))
    words = ngettext("%(weight)s points by one rater", "%(weight)s points by the mean of %(count)s raters", count)
    parts = [words % {"weight": shown(weight), "count": count}]
    said = some([f"{name} {shown(pct)}\u00a0%" for name, pct in levels_of(params)], FEW)
    needed = params.get("min_raters")
    if needed is not None and str(needed) != "1":
        parts.append(_("at least %(count)s must rate") % {"count": shown(needed)})
    if str(params.get("trim") or "0") == "1":
        parts.append(_("without the highest and the lowest"))
    return f"{listed(parts)}: {said}" if said else listed(parts)


def levels_of(params: Params) -> list[tuple[str, Any]]:
    """(level, percentage), the best first: the database keeps no order of names."""
    found = params.get("levels")
    rows = [(str(name), pct) for name, pct in found.items()] if isinstance(found, Mapping) else []
    return sorted(rows, key=lambda row: -(exact(row[1]) or 0))


def details_of(method: str, params: Params) -> str:
    """What the sentence cuts short or leaves out, so that no difference between two versions stays unsaid; often empty."""
    words = DETAILS.get(method)
    return "; ".join(part for part in (words(params) if words else ()) if part)


def interval_details(params: Params) -> list[str]:
    """All bands, and whose a figure on an edge is."""
    bands = objects(params, "bands")
    edges = {
        "[)": _("a figure on an edge belongs to the band that begins there"),
        "(]": _("a figure on an edge belongs to the band that ends there"),
    }
    said = listed([band_words(band) for band in bands]) if len(bands) > FEW else ""
    return [said, edges.get(str(params.get("bounds")), ""), lower_words(params)]


def step_details(params: Params) -> list[str]:
    """How a planned loss counts."""
    loss, profit = params.get("loss_grade"), params.get("profit_grade")
    return [
        _("a loss that shrinks counts half") if params.get("loss_half") else "",
        _("still in loss: grade %(grade)s at best") % {"grade": loss} if loss else "",
        _("loss turned to profit: grade %(grade)s at best") % {"grade": profit} if profit else "",
    ]


def efficacy_details(params: Params) -> list[str]:
    """All standard values."""
    known = pairs(params)
    return [listed([f"{shown(at)} → {shown(worth)}" for at, worth in known])] if len(known) > STANDARDS else []


def composite_details(params: Params) -> list[str]:
    """All KPIs, each with its own direction."""
    words = {"lower": _("less is better"), "higher": _("more is better")}
    said = [
        listed([f"{one.get('code')} {shown(one.get('weight'))}\u00a0%", words.get(str(one.get("direction")), "")])
        for one in objects(params, "children")
    ]
    return ["; ".join(said)]


def deduction_details(params: Params) -> list[str]:
    """All events."""
    items = objects(params, "items")
    return [listed([item_words(item) for item in items])] if len(items) > EVENTS else []


def descriptive_details(params: Params) -> list[str]:
    """All levels, and who rates with which weight."""
    levels = levels_of(params)
    raters = listed([f"{one.get('id')} ({shown(one.get('weight'))})" for one in objects(params, "raters")])
    return [
        listed([f"{name} {shown(pct)}\u00a0%" for name, pct in levels]) if len(levels) > FEW else "",
        _("raters with their weights: %(raters)s") % {"raters": raters} if raters else "",
    ]


DETAILS: Mapping[str, Callable[[Params], list[str]]] = {
    "interval": interval_details,
    "step": step_details,
    "efficacy": efficacy_details,
    "composite": composite_details,
    "deduction": deduction_details,
    "descriptive": descriptive_details,
}

Words = Callable[[Params, Decimal], str]
METHOD_WORDS: Mapping[str, Words] = {
    "ratio": ratio_words,
    "linear": linear_words,
    "interval": interval_words,
    "step": step_method_words,
    "range": range_words,
    "efficacy": efficacy_words,
    "all_or_nothing": all_or_nothing_words,
    "composite": composite_words,
    "deduction": deduction_words,
    "milestone": milestone_words,
    "descriptive": descriptive_words,
}


def sentence_of(method: str, params: Params, weight: Decimal) -> str:
    """How points come about, in one sentence; the method's name where nobody has written one."""
    words = METHOD_WORDS.get(method)
    return words(params, weight) if words else str(dict(Method.choices).get(method, method))
