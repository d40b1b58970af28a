"""The door of the rule book for one line: read a method's parameters once, score many reports with it.

method = parse_method("ratio", {"direction": "higher", "cap": "1.2"})
score(method, Decimal(95), Decimal(100), Decimal(20)).points        # Decimal("19.00")
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias

from apps.assessments.rules.methods.all_or_nothing import AllOrNothing
from apps.assessments.rules.methods.composite import Composite
from apps.assessments.rules.methods.descriptive import Descriptive
from apps.assessments.rules.methods.efficacy import Efficacy
from apps.assessments.rules.methods.events import Bonus, Deduction
from apps.assessments.rules.methods.interval import Interval
from apps.assessments.rules.methods.linear import Linear, Range
from apps.assessments.rules.methods.method import Method
from apps.assessments.rules.methods.milestone import Milestones
from apps.assessments.rules.methods.ratio import Ratio
from apps.assessments.rules.methods.step import Step
from apps.assessments.rules.missing import Missing
from apps.assessments.rules.reading import Fields, count
from apps.assessments.rules.results import (
    ConfigError,
    Earned,
    Explained,
    Result,
    Status,
    Unearned,
    WrongConfiguration,
)
from apps.core.rounding import round_half_up

ReadMethod: TypeAlias = Method | ConfigError

METHODS: Mapping[str, type[Method]] = {
    "ratio": Ratio,
    "interval": Interval,
    "step": Step,
    "deduction": Deduction,
    "bonus": Bonus,
    "all_or_nothing": AllOrNothing,
    "descriptive": Descriptive,
    "linear": Linear,
    "range": Range,
    "milestone": Milestones,
    "efficacy": Efficacy,
    "composite": Composite,
}

POINTS_PLACES = 2
CARRIED_PLACES = 12
"""A published rate is kept to 14 places (rules.quick.UNIT): times a weight of up to a hundred it is known to so many."""


def parse_method(name: str, params: object) -> ReadMethod:
    """The method NAME with these parameters, or why they cannot be used (unknown keys are refused)."""
    kind = METHODS.get(name)
    if kind is None:
        return ConfigError("unknown_method", name)
    try:
        fields = Fields(params)
        method = kind.read(fields)
        fields.refuse_unknown()
    except WrongConfiguration as fault:
        return fault.error
    return method


def score(
    method: ReadMethod, actual: object, target: object, weight: object, *, previous_rate: Fraction | None = None
) -> Result:
    """One line of a score.

    ACTUAL is what was reported, in the KPI's unit (a number; counts by code for `deduction`; claims for `bonus`; answers by
    rater for `descriptive`; MilestoneFacts for `milestone`; rates or NOT_DUE by code for `composite`); None: nothing. TARGET
    is in the same unit, WEIGHT in points. PREVIOUS_RATE is the last published rate, for lines that carry it on. Numbers are
    Decimal, Fraction, int or decimal text. Never raises: what cannot be scored is `invalid_config`, with the problem.
    """
    if isinstance(method, ConfigError):
        return Result(Status.INVALID_CONFIG, problem=method)
    try:
        heavy = count(weight, "weight")
        if method.missing is not None and not method.is_reported(actual):
            # A wrong configuration never earns points, not even the zero of a missing report: it is looked at first.
            method.check(target)
            status, rate = method.missing.result(previous_rate)
            return unreported(status, rate, heavy)
        found = method.earn(actual, target, heavy)
    except WrongConfiguration as fault:
        return Result(Status.INVALID_CONFIG, problem=fault.error)
    return found_result(found, heavy)


def missing_result(method: ReadMethod, params: Mapping[str, object], weight: object) -> Result:
    """The line of an indicator for which nothing at all was reported, by `missing` of PARAMS (nothing written: it waits)."""
    if isinstance(method, ConfigError):
        return Result(Status.INVALID_CONFIG, problem=method)
    try:
        status, rate = Missing.read(Fields(params)).result(None)
        return unreported(status, rate, count(weight, "weight"))
    except WrongConfiguration as fault:
        return Result(Status.INVALID_CONFIG, problem=fault.error)


def unreported(status: Status, rate: Fraction | None, weight: Fraction) -> Result:
    """The line of an indicator that was not reported: RATE of the weight, or nothing.

    A carried rate was rounded when it was kept. What that took from a tie is given back before the points are rounded: 121
    of 120 at a weight of 9 is 9.075 and earns 9.08, in the month it was reported and in the month that carries it.
    """
    worth = None if rate is None else round_half_up(weight * rate, CARRIED_PLACES)
    points = None if worth is None else round_half_up(worth, POINTS_PLACES)
    return Result(status, points, rate, (Explained(f"missing.{status}", {"weight": weight, "rate": rate}),))


def found_result(found: Earned | Unearned, weight: Fraction) -> Result:
    """What a formula found, rounded once."""
    if isinstance(found, Unearned):
        return Result(found.status, steps=found.steps)
    rate = found.points / weight if weight else None
    return Result(Status.SCORED, round_half_up(found.points, POINTS_PLACES), rate, found.steps)
