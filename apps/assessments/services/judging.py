"""Facts into points: each line by its indicator's method, the lines of a department into its score. No database, no clock.

A plain figure against a plain target is reckoned in whole numbers (rules.quick), everything else by rules.scoring; both give
the same digits. Points are kept in hundredths and rates in quick.UNIT until they are written down.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from apps.assessments.choices import MissingPolicy, Presence
from apps.assessments.models import Indicator, Scheme
from apps.assessments.rules.extras import Extras, Items, assemble_with, calibration
from apps.assessments.rules.grades import GradeBand
from apps.assessments.rules.plain import plain_params
from apps.assessments.rules.quick import CENT, UNIT, QuickLine, QuickTerms, quick_line
from apps.assessments.rules.results import Result, Status
from apps.assessments.rules.scorecard import ALL_WEIGHTS, Extra, Line, Terms
from apps.assessments.rules.scoring import ReadMethod, missing_result, parse_method, score
from apps.assessments.services.figures import VALUE_UNIT, as_number, figure_of, quotient_of
from apps.assessments.services.gathering import Assessed, Gathered, policy_of
from apps.assessments.services.peopling import Totals
from apps.core.rounding import round_half_up
from apps.kpis.selectors import Fact

TARGET_STEP = UNIT // VALUE_UNIT
FROM_TARGET = ("floor", "stretch")
"""Parameters that are taken from the KPI's target where the scheme does not write them."""


class Measure(NamedTuple):
    """An indicator with what judging asks of it for every department."""

    indicator: Indicator
    key: int
    weight: int
    """Hundredths."""
    needs_target: bool
    is_figure: bool
    """It judges the value of one KPI; else what was reported beside the KPIs."""


class JudgedLine(NamedTuple):
    """One indicator of one department: what was there, what it is worth (None: no points)."""

    measure: Measure
    fact: Fact
    target: str | None
    """The target it was judged against, as text; it may differ from the fact's (Indicator.target_policy)."""
    status: str
    points: int | None
    rate: int | None
    reported: Any = None
    """What there was beside KPI values, as the method takes it."""


class Judged(NamedTuple):
    """A department's month. COVERAGE: hundredths of weight that rest on reported figures."""

    row: Assessed
    lines: Sequence[JudgedLine]
    coverage: int
    status: str
    base: int | None = None
    bonus: int = 0
    deduction: int = 0
    total: int | None = None
    grade: str = ""
    calibration: int = 0
    uncalibrated: int | None = None
    extras: Extras = ()


def terms_of(scheme: Scheme) -> Terms:
    """What the scheme lays down for every scorecard, as the rules want it."""
    return Terms(
        bonus=Extra(cap=scheme.bonus_cap),
        deductions=Extra(cap=scheme.deduction_cap),
        min_total=scheme.min_total,
        max_total=scheme.max_total,
        min_coverage=scheme.min_coverage,
        is_gated=scheme.is_gated,
        grades=tuple(GradeBand(row["grade"], Decimal(row["min"])) for row in scheme.grades),
    )


def items_of(scheme: Scheme) -> Items:
    """What the scheme says of single bonuses and deductions."""
    return Items(bonus=scheme.bonus_items, penalty=scheme.penalty_items)


def judge_month(gathered: Gathered) -> list[Judged]:
    """Every department of the month, in the order of `gathered.departments`."""
    judge = Judge(gathered)
    facts = iter(gathered.sheet)
    return [judge.department(row, facts) for row in gathered.departments]


class Judge:
    """Judges the lines of one month; methods are read once for each indicator (and floor and stretch of its target)."""

    def __init__(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self.terms = terms_of(gathered.scheme)
        self.items = items_of(gathered.scheme)
        self.quick_terms = QuickTerms(self.terms)
        self.methods: dict[tuple[int, str | None, str | None], tuple[ReadMethod, QuickLine | None]] = {}
        self.cards = {card: [measure_of(one) for one in indicators] for card, indicators in gathered.indicators.items()}
        self.has_dated_targets = bool(gathered.targets)

    def department(self, row: Assessed, facts: Iterator[Fact]) -> Judged:
        """The lines of one department, of which FACTS come next, and what they add up to."""
        lines = [self.line(measure, fact) for measure, fact in zip(self.cards.get(row.scorecard_id, ()), facts)]  # noqa: B905 - the next department's facts follow
        return self.scored(row, lines, self.gathered.beside.extras.get(row.department_id, ()))

    def scored(self, row: Assessed, lines: Sequence[JudgedLine], extras: Extras) -> Judged:
        """What the lines of a department add up to, with what stands beside them."""
        weight = coverage = total_weight = 0
        points: list[int] = []
        for measure, _fact, _target, status, earned, _rate, _reported in lines:
            total_weight += measure.weight
            if status == "scored":
                coverage += measure.weight
            if status != "excluded":
                weight += measure.weight
                points.append(-1 if earned is None else earned)
        if total_weight == ALL_WEIGHTS * CENT and -1 not in points and not extras:
            card = self.quick_terms.card(points, weight, int(row.coefficient * 10_000))
            if card is not None:
                return Judged(
                    row, lines, coverage, "ok", card.base, 0, 0, card.total, card.grade, uncalibrated=card.total
                )
        return self.assembled(row, lines, coverage, extras)

    def assembled(self, row: Assessed, lines: Sequence[JudgedLine], coverage: int, extras: Extras) -> Judged:
        """The usual way from lines to a score."""
        card, plain = assemble_with(
            [
                Line(
                    line.measure.indicator.code,
                    line.measure.indicator.weight,
                    None if line.points is None else Decimal(line.points).scaleb(-2),
                    Status(line.status),
                )
                for line in lines
            ],
            replace(self.terms, coefficient=row.coefficient),
            extras,
            self.items,
        )
        base, bonus, deduction, total, before = (
            None if number is None else int(number * CENT)
            for number in (card.base, card.bonus, card.deduction, card.total, plain.total)
        )
        return Judged(
            row,
            lines,
            coverage,
            card.outcome.value,
            base,
            bonus or 0,
            deduction or 0,
            total,
            card.grade or "",
            calibration=int(calibration(extras) * CENT) if total is not None else 0,
            uncalibrated=before,
            extras=extras,
        )

    def line(self, measure: Measure, fact: Fact) -> JudgedLine:
        """One line: the figure against the target by the indicator's method."""
        if not measure.is_figure:
            return self.reported_line(measure, fact)
        if fact.presence == "not_due":
            return JudgedLine(measure, fact, fact.target, "excluded", None, None)
        key = (measure.key, fact.floor, fact.stretch)
        known = self.methods.get(key) or self.read(key, measure.indicator, fact)
        quick, quotient = known[1], quotient_of(fact)
        if quick is not None and quotient is not None and not self.has_dated_targets:
            target = fact.target
            if target is not None or not measure.needs_target:
                found = quick(*quotient, 0 if target is None else int(target.replace(".", "")) * TARGET_STEP)
                if found is not None:
                    return JudgedLine(measure, fact, target, "scored", *found)
        return self.slow_line(measure, fact, known[0])

    def reported_line(self, measure: Measure, fact: Fact) -> JudgedLine:
        """A line of what is no KPI value: counts, milestones, answers, parts."""
        indicator = measure.indicator
        method = self.methods.get((measure.key, None, None)) or self.read((measure.key, None, None), indicator, fact)
        reported = self.gathered.beside.reported.get((measure.key, fact.department))
        if reported is None:
            params = params_of(indicator, fact, is_past_cut_off=self.gathered.is_past_cut_off)
            return judged_line(measure, fact, None, missing_result(method[0], params, indicator.weight))
        result = score(method[0], reported, None, indicator.weight)
        return judged_line(measure, as_reported(fact), None, result)._replace(reported=reported)

    def slow_line(self, measure: Measure, fact: Fact, method: ReadMethod) -> JudgedLine:
        """The usual way: missing values, dated targets, and methods that are not quick."""
        indicator, dated = measure.indicator, (measure.key, fact.department)
        target = self.gathered.targets[dated] if dated in self.gathered.targets else as_number(fact.target)
        rate, carried = self.gathered.former_rates.get((fact.kpi, fact.department), (None, 0))
        if rate is not None and carried >= most_carried(indicator):
            rate = None
        result = score(method, figure_of(fact), target, indicator.weight, previous_rate=rate)
        return judged_line(measure, fact, target, result)

    def read(
        self, key: tuple[int, str | None, str | None], indicator: Indicator, fact: Fact
    ) -> tuple[ReadMethod, QuickLine | None]:
        """The indicator's method for this floor and stretch, kept for the next department."""
        is_past = self.gathered.is_past_cut_off
        method = parse_method(indicator.method, params_of(indicator, fact, is_past_cut_off=is_past))
        self.methods[key] = method, quick_line(method, indicator.weight)
        return self.methods[key]


def totals_of(judged: Iterable[Judged]) -> Totals:
    """The scores of departments, as people's are made of them."""
    rows = list(judged)
    return Totals(
        {one.row.department_id: None if one.total is None else Decimal(one.total).scaleb(-2) for one in rows},
        frozenset(one.row.department_id for one in rows if one.status == "insufficient_data"),
    )


def measure_of(indicator: Indicator) -> Measure:
    """An indicator with what judging asks of it."""
    weight = int(indicator.weight * CENT)
    return Measure(indicator, indicator.id, weight, indicator.method != "interval", indicator.kpi_id is not None)


def as_reported(fact: Fact) -> Fact:
    """The empty fact of an indicator without a KPI, once something was reported for it."""
    presence = Presence.REPORTED.value
    return fact._replace(presence=presence, text=f"{presence}\t{fact.text.partition(chr(9))[2]}")


def judged_line(measure: Measure, fact: Fact, target: Fraction | None, result: Result) -> JudgedLine:
    """A result of the rules as it is kept."""
    is_known = target == as_number(fact.target)
    return JudgedLine(
        measure,
        fact,
        fact.target if is_known or target is None else f"{round_half_up(target, 14):f}",
        result.status.value,
        None if result.points is None else int(result.points * CENT),
        None if result.rate is None else int(round_half_up(result.rate, 14).scaleb(14)),
    )


def params_of(indicator: Indicator, fact: Fact, *, is_past_cut_off: bool) -> Mapping[str, Any]:
    """The scheme's parameters; before the cut-off a value is awaited, whatever the scheme says of missing ones."""
    params = plain_params(indicator.method, indicator.params)
    if indicator.method == "linear":
        given = {name: getattr(fact, name) for name in FROM_TARGET if params.get(name) is None}
        params |= {name: text for name, text in given.items() if text is not None}
    if not is_past_cut_off:
        params["missing"] = {"policy": MissingPolicy.PENDING.value}
    return params


def most_carried(indicator: Indicator) -> int:
    """For how many months in a row a rate may be carried."""
    if policy_of(indicator) != MissingPolicy.CARRY:
        return 0
    return int(indicator.params["missing"].get("max_periods") or 1)
