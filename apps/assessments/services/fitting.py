"""Whether an indicator fits together in itself: its method, its KPI, its parameters. No department, no target, no query."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.choices import OF_ONE_FIGURE, Method
from apps.assessments.models import Indicator
from apps.assessments.rules.configuration import Edges, band_errors
from apps.assessments.rules.methods.all_or_nothing import AllOrNothing
from apps.assessments.rules.methods.descriptive import Descriptive
from apps.assessments.rules.methods.events import Deduction
from apps.assessments.rules.methods.method import OfManyThings, OfOneNumber
from apps.assessments.rules.methods.step import Step
from apps.assessments.rules.missing import Missing
from apps.assessments.rules.plain import plain_params
from apps.assessments.rules.reading import Fields, exact
from apps.assessments.rules.results import ConfigError, WrongConfiguration
from apps.assessments.rules.scoring import METHODS, parse_method
from apps.assessments.services.faults import config_words

Params = Mapping[str, Any]
NEEDS_TARGET = frozenset({Method.RATIO, Method.LINEAR, Method.STEP})
SUPPOSED_FLOOR = {"floor": "0"}
"""Stands in for a floor that comes with the KPI's target, so that the other parameters can be looked at without it."""
BAND_WORDS: Mapping[str, Callable[[], str]] = {
    "band_gap": lambda: _("The bands leave a gap: let each begin where the one before ends."),
    "band_overlap": lambda: _("Bands overlap: let each begin where the one before ends."),
    "band_not_covering": lambda: _("Some figures fall into no band: leave the first open below, the last open above."),
}


def needs_target(method: str, params: Params) -> bool:
    """Whether nothing can be scored without a target of the KPI."""
    if method == Method.INTERVAL:
        return params.get("basis") == "rate_pct"
    if method == Method.ALL_OR_NOTHING:
        return params.get("op") not in {"is_true", "in"}
    return method in NEEDS_TARGET


def kpi_fault(method: str, *, has_kpi: bool) -> str:
    """What is wrong with a KPI that is named, or is not; empty when nothing is."""
    words = {"method": str(dict(Method.choices).get(method, method))}
    if method in OF_ONE_FIGURE and not has_kpi:
        return _("“%(method)s” judges the value of a KPI: choose which.") % words
    if method == Method.COMPOSITE and has_kpi:
        return _("“%(method)s” is made of KPIs of its own: leave this one empty and list them below.") % words
    if method not in OF_ONE_FIGURE and has_kpi:
        return _("“%(method)s” judges what is entered or rated, not the value of a KPI: leave it empty.") % words
    return ""


def indicator_faults(row: Indicator) -> list[str]:
    """Every fault of an indicator in itself, as sentences."""
    found = [kpi_fault(row.method, has_kpi=row.kpi_id is not None)]
    params = row.params if isinstance(row.params, Mapping) else {}
    written = plain_params(row.method, params)
    if row.method == Method.LINEAR and written.get("floor") is None:
        written |= SUPPOSED_FLOOR
    found += missing_faults(row.method, params)
    read = parse_method(row.method, written)
    if isinstance(read, ConfigError):
        found.append(config_words(read))
    elif row.method in CLOSER:
        found += CLOSER[row.method](read, params, Fraction(row.weight))
    return [text for text in found if text]


def missing_faults(method: str, params: Params) -> Iterator[str]:
    """What is said of a missing report, which some methods never look at themselves."""
    try:
        missing = Missing.read(Fields(params))
    except WrongConfiguration as fault:
        if issubclass(METHODS.get(method, OfOneNumber), OfManyThings):
            yield config_words(fault.error)
        return
    if missing.policy == "carry" and method not in OF_ONE_FIGURE:
        yield _("Only the value of a KPI has a last rate to carry on: choose something else for what is missing.")


def of_interval(_read: Any, params: Params, _weight: Fraction) -> Iterator[str]:
    """Bands must tile the number line."""
    edges = [Edges(exact(band.get("min")), exact(band.get("max"))) for band in params["bands"]]
    for name in sorted(band_errors(edges)):
        yield BAND_WORDS[name]()


def of_step(read: Step, _params: Params, weight: Fraction) -> Iterator[str]:
    """A step must be worth something somewhere, and the least must not be more than what is earned at the target."""
    if read.up is None and read.down is None:
        yield _("No step is worth anything: fill in the steps above the target, those below it, or both.")
    base = weight if read.base is None else read.base
    if read.min_points > base:
        yield _("“Never less than” is more than what is earned at the target.")


def of_all_or_nothing(read: AllOrNothing, _params: Params, _weight: Fraction) -> Iterator[str]:
    """A target is one number: the range to lie in stands in the parameters."""
    if read.operator == "in" and read.span is None:
        yield _("Write both ends of the range the actual must lie in.")


def of_deduction(read: Deduction, _params: Params, weight: Fraction) -> Iterator[str]:
    """Without a kind of event nothing is ever taken off."""
    if not read.items:
        yield _("Name at least one kind of event that takes points off.")
    if read.min_points > weight:
        yield _("“Never less than” is more than the weight.")


def of_composite(_read: Any, params: Params, _weight: Fraction) -> Iterator[str]:
    """Each child is one KPI of its own; what it reached is never written into the rules."""
    codes: list[str] = []
    for number, child in enumerate(params["children"], 1):
        words = {"number": number, "code": child.get("code") or "–"}
        if exact(child.get("kpi")) is None:
            yield _("Line %(number)s of the KPIs names no KPI.") % words
        if child.get("direction") not in {None, "higher", "lower"}:
            yield _("Line %(number)s of the KPIs: which way is better is “higher” or “lower”.") % words
        if child.get("rate") is not None:
            yield _("Line %(number)s of the KPIs: a share is worked out every month, it does not belong here.") % words
        if child.get("code") in codes:
            yield _("%(code)s stands there twice among the KPIs. Name each once.") % words
        codes.append(child.get("code"))


def of_milestone(_read: Any, params: Params, _weight: Fraction) -> Iterator[str]:
    """Milestones are entered every month; the rules only say how they count."""
    if params.get("items") is not None or params.get("as_of") is not None:
        yield _("Milestones are entered for each month and department: take them out of the rules.")


def of_descriptive(read: Descriptive, _params: Params, _weight: Fraction) -> Iterator[str]:
    """Somebody must rate, and as many as are needed must be able to."""
    if not read.raters:
        yield _("Name at least one rater.")
        return
    if not any(read.raters.values()):
        yield _("Every rater weighs 0: give at least one a weight.")
    words = {"needed": read.min_raters, "count": len(read.raters)}
    if read.min_raters > len(read.raters):
        yield _("%(needed)s ratings are needed, but there are only %(count)s raters.") % words
    if read.min_raters < 1:
        yield _("At least one rating is needed.")


CLOSER: Mapping[str, Callable[[Any, Params, Fraction], Iterator[str]]] = {
    Method.INTERVAL: of_interval,
    Method.STEP: of_step,
    Method.ALL_OR_NOTHING: of_all_or_nothing,
    Method.DEDUCTION: of_deduction,
    Method.COMPOSITE: of_composite,
    Method.MILESTONE: of_milestone,
    Method.DESCRIPTIVE: of_descriptive,
}
"""What the rules would reckon with and no scheme should say."""
