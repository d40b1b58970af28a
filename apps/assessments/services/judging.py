"""Facts into points: each line by its indicator's method, the lines of a department into its score. No database, no clock.

A plain figure against a plain target is reckoned in whole numbers (rules.quick), everything else by rules.scoring; both give
the same digits. Points are kept in hundredths and rates in quick.UNIT until they are written down.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from apps.assessments.choices import MissingPolicy, Presence
from apps.assessments.models import AssessedDepartment, Indicator, Scheme
from apps.assessments.rules.grades import GradeBand
from apps.assessments.rules.quick import CENT, UNIT, QuickLine, QuickTerms, quick_line
from apps.assessments.rules.results import Result, Status
from apps.assessments.rules.scorecard import ALL_WEIGHTS, Extra, Line, Terms, assemble
from apps.assessments.rules.scoring import ReadMethod, parse_method, score
from apps.assessments.services.gathering import Gathered, policy_of
from apps.core.rounding import round_half_up
from apps.kpis.selectors import Fact

VALUE_UNIT = 10**10
"""A value has ten places in the database."""
FROM_TARGET = ("floor", "stretch")
"""Parameters that are taken from the KPI's target where the scheme does not write them."""
WITH_POINTS = frozenset({Status.SCORED, Status.MISSING_ZERO, Status.CARRIED})
KNOWN_STATUSES = {status: status.value for status in Status}


class JudgedLine(NamedTuple):
    """One indicator of one department: what was there, what it is worth (None: no points)."""

    indicator: Indicator
    fact: Fact
    target: str | None
    """The target it was judged against, as text; it may differ from the fact's (Indicator.target_policy)."""
    status: str
    points: int | None
    rate: int | None


class Judged(NamedTuple):
    """A department's month. COVERAGE: hundredths of weight that rest on reported figures."""

    row: AssessedDepartment
    lines: Sequence[JudgedLine]
    coverage: int
    status: str
    base: int | None = None
    bonus: int = 0
    deduction: int = 0
    total: int | None = None
    grade: str = ""


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


def judge_month(gathered: Gathered) -> list[Judged]:
    """Every department of the month, in the order of `gathered.departments`."""
    judge = Judge(gathered)
    facts = iter(gathered.sheet)
    return [judge.department(row, facts) for row in gathered.departments]


def as_number(text: str | None) -> Fraction | None:
    """A number of the database, exactly."""
    return None if text is None else Fraction(text)


def figure_of(fact: Fact) -> Fraction | None:
    """What was reported, exactly: the quotient where there is one, not its ten places. None: no figure."""
    quotient = quotient_of(fact)
    return Fraction(*quotient) if quotient else None


def quotient_of(fact: Fact) -> tuple[int, int] | None:
    """What was reported as two whole numbers, the second positive. None: no figure."""
    if fact.value is None or fact.presence != Presence.NUMBER:
        return None
    if fact.scale is None or fact.numerator is None or fact.denominator is None:
        return int(fact.value.replace(".", "")), VALUE_UNIT
    top = int(fact.scale.replace(".", "")) * int(fact.numerator.replace(".", ""))
    bottom = int(fact.denominator.replace(".", "")) * 10 ** len(fact.scale.partition(".")[2])
    return (top, bottom) if bottom > 0 else (-top, -bottom)


class Judge:
    """Judges the lines of one month; methods are read once for each indicator (and floor and stretch of its target)."""

    def __init__(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self.terms = terms_of(gathered.scheme)
        self.quick_terms = QuickTerms(self.terms)
        self.methods: dict[tuple[int, str | None, str | None], tuple[ReadMethod, QuickLine | None]] = {}
        self.weights = {
            one.pk: int(one.weight * CENT) for indicators in gathered.indicators.values() for one in indicators
        }
        self.whole_cards = {
            card: sum(self.weights[one.pk] for one in indicators) == ALL_WEIGHTS * CENT
            for card, indicators in gathered.indicators.items()
        }

    def department(self, row: AssessedDepartment, facts: Iterator[Fact]) -> Judged:
        """The lines of one department, of which FACTS come next, and what they add up to."""
        lines = [self.line(one, next(facts)) for one in self.gathered.indicators.get(row.scorecard_id, ())]
        coverage = sum(self.weights[line.indicator.pk] for line in lines if line.status == "scored")
        kept = [line for line in lines if line.status != "excluded"]
        points = [line.points for line in kept if line.points is not None]
        if self.whole_cards.get(row.scorecard_id) and len(points) == len(kept):
            weight = sum(self.weights[line.indicator.pk] for line in kept)
            card = self.quick_terms.card(points, weight, int(row.coefficient * 10_000))
            if card is not None:
                return Judged(row, lines, coverage, "ok", card.base, 0, 0, card.total, card.grade)
        return self.assembled(row, lines, coverage)

    def assembled(self, row: AssessedDepartment, lines: Sequence[JudgedLine], coverage: int) -> Judged:
        """The usual way from lines to a score."""
        card = assemble(
            [
                Line(
                    line.indicator.code,
                    line.indicator.weight,
                    None if line.points is None else Decimal(line.points).scaleb(-2),
                    Status(line.status),
                )
                for line in lines
            ],
            replace(self.terms, coefficient=row.coefficient),
        )
        base, bonus, deduction, total = (
            None if number is None else int(number * CENT)
            for number in (card.base, card.bonus, card.deduction, card.total)
        )
        grade = card.grade or ""
        return Judged(row, lines, coverage, card.outcome.value, base, bonus or 0, deduction or 0, total, grade)

    def line(self, indicator: Indicator, fact: Fact) -> JudgedLine:
        """One line: the figure against the target by the indicator's method."""
        if fact.presence == "not_due":
            return JudgedLine(indicator, fact, fact.target, "excluded", None, None)
        key = (indicator.pk, fact.floor, fact.stretch)
        known = self.methods.get(key) or self.read(key, indicator, fact)
        quick, quotient = known[1], quotient_of(fact)
        if quick is not None and quotient is not None and not self.gathered.targets:
            target = 0 if fact.target is None else int(fact.target.replace(".", "")) * (UNIT // VALUE_UNIT)
            found = quick(*quotient, target)
            if found is not None and (fact.target is not None or indicator.method == "interval"):
                return JudgedLine(indicator, fact, fact.target, "scored", *found)
        return self.slow_line(indicator, fact, known[0])

    def slow_line(self, indicator: Indicator, fact: Fact, method: ReadMethod) -> JudgedLine:
        """The usual way: missing values, dated targets, and methods that are not quick."""
        dated = (indicator.pk, fact.department)
        target = self.gathered.targets[dated] if dated in self.gathered.targets else as_number(fact.target)
        rate, carried = self.gathered.former_rates.get((fact.kpi, fact.department), (None, 0))
        if rate is not None and carried >= most_carried(indicator):
            rate = None
        result = score(method, figure_of(fact), target, indicator.weight, previous_rate=rate)
        return judged_line(indicator, fact, target, result)

    def read(
        self, key: tuple[int, str | None, str | None], indicator: Indicator, fact: Fact
    ) -> tuple[ReadMethod, QuickLine | None]:
        """The indicator's method for this floor and stretch, kept for the next department."""
        is_past = self.gathered.is_past_cut_off
        method = parse_method(indicator.method, params_of(indicator, fact, is_past_cut_off=is_past))
        self.methods[key] = method, quick_line(method, indicator.weight)
        return self.methods[key]


def judged_line(indicator: Indicator, fact: Fact, target: Fraction | None, result: Result) -> JudgedLine:
    """A result of the rules as it is kept."""
    return JudgedLine(
        indicator,
        fact,
        None if target is None else f"{round_half_up(target, 14):f}",
        result.status.value,
        None if result.points is None else int(result.points * CENT),
        None if result.rate is None else int(round_half_up(result.rate, 14).scaleb(14)),
    )


def params_of(indicator: Indicator, fact: Fact, *, is_past_cut_off: bool) -> Mapping[str, Any]:
    """The scheme's parameters; before the cut-off a value is awaited, whatever the scheme says of missing ones."""
    params = dict(indicator.params)
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
