"""Facts into points: each line by its indicator's method, the lines of a department into its score. No database, no clock.

What is stored of a line is all that `rules` were given, so that `judge_line` on a stored line gives the same digits again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.assessments.choices import MissingPolicy, Presence
from apps.assessments.models import AssessedDepartment, Indicator, Scheme
from apps.assessments.rules.grades import GradeBand
from apps.assessments.rules.results import Result, Status
from apps.assessments.rules.scorecard import Extra, Line, Scorecard, Terms, assemble
from apps.assessments.rules.scoring import ReadMethod, parse_method, score
from apps.assessments.services.gathering import Gathered, policy_of
from apps.core.rounding import round_half_up
from apps.kpis.selectors import Fact

RATE_PLACES = 14
NOTHING = "\\N"
FROM_TARGET = ("floor", "stretch")
"""Parameters that are taken from the KPI's target where the scheme does not write them."""


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """One indicator of one department: what was there, what it is worth."""

    indicator: Indicator
    fact: Fact
    target: Fraction | None
    result: Result

    @property
    def text(self) -> str:
        """The columns from `presence` on, as COPY wants them."""
        target = NOTHING if self.target is None else f"{round_half_up(self.target, RATE_PLACES):f}"
        rate = NOTHING if self.result.rate is None else f"{round_half_up(self.result.rate, RATE_PLACES):f}"
        points = NOTHING if self.result.points is None else str(self.result.points)
        fact = self.fact
        figures = (fact.value, fact.numerator, fact.denominator, fact.scale)
        known = "\t".join(NOTHING if text is None else text for text in figures)
        edges = f"{fact.floor or NOTHING}\t{fact.stretch or NOTHING}"
        earned = f"{self.indicator.weight}\t{rate}\t{points}\t{self.result.status}"
        return f"{fact.presence}\t{known}\t{target}\t{edges}\t{earned}"


@dataclass(frozen=True, slots=True)
class Judged:
    """A department's month."""

    row: AssessedDepartment
    lines: tuple[JudgedLine, ...]
    card: Scorecard

    @property
    def with_data_count(self) -> int:
        return sum(1 for line in self.lines if line.fact.presence == Presence.NUMBER)

    @property
    def coverage_pct(self) -> Decimal:
        """How much of the weight rests on reported figures, percent."""
        covered = sum((line.indicator.weight for line in self.lines if line.result.status == Status.SCORED), Decimal(0))
        return min(covered, Decimal(100))


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
    terms = terms_of(gathered.scheme)
    methods = Methods(is_past_cut_off=gathered.is_past_cut_off)
    facts = iter(gathered.sheet)
    return [judge_department(row, facts, gathered, terms, methods) for row in gathered.departments]


def judge_department(
    row: AssessedDepartment, facts: Iterator[Fact], gathered: Gathered, terms: Terms, methods: "Methods"
) -> Judged:
    """The lines of one department, of which FACTS come next, and what they add up to."""
    lines = tuple(
        judge_line(indicator, next(facts), gathered, methods)
        for indicator in gathered.indicators.get(row.scorecard_id, ())
    )
    card = assemble(
        [Line(one.indicator.code, one.indicator.weight, one.result.points, one.result.status) for one in lines],
        replace(terms, coefficient=row.coefficient),
    )
    return Judged(row, lines, card)


def judge_line(indicator: Indicator, fact: Fact, gathered: Gathered, methods: "Methods") -> JudgedLine:
    """One line: the figure against the target by the indicator's method."""
    dated = (indicator.pk, fact.department)
    target = gathered.targets[dated] if dated in gathered.targets else as_number(fact.target)
    if fact.presence == Presence.NOT_DUE:
        return JudgedLine(indicator, fact, target, Result(Status.EXCLUDED))
    method = methods.of(indicator, fact)
    rate, carried = gathered.former_rates.get((fact.kpi, fact.department), (None, 0))
    if rate is not None and carried >= methods.most_carried(indicator):
        rate = None
    result = score(method, figure_of(fact), target, indicator.weight, previous_rate=rate)
    return JudgedLine(indicator, fact, target, result)


def as_number(text: str | None) -> Fraction | None:
    """A number of the database, exactly."""
    return None if text is None else Fraction(text)


def figure_of(fact: Fact) -> Fraction | None:
    """What was reported, exactly: the quotient where there is one, not its ten places. None: no figure."""
    if fact.value is None or fact.presence != Presence.NUMBER:
        return None
    if fact.scale is None or fact.numerator is None or fact.denominator is None:
        return Fraction(fact.value)
    return Fraction(fact.scale) * Fraction(fact.numerator) / Fraction(fact.denominator)


class Methods:
    """Methods read once for each indicator (and floor and stretch, where those come from the KPI's target)."""

    def __init__(self, *, is_past_cut_off: bool) -> None:
        self.is_past_cut_off = is_past_cut_off
        self.known: dict[tuple[int, str | None, str | None], ReadMethod] = {}

    def of(self, indicator: Indicator, fact: Fact) -> ReadMethod:
        """The indicator's method for this department."""
        key = (indicator.pk, fact.floor, fact.stretch)
        if key not in self.known:
            self.known[key] = parse_method(indicator.method, self.params_of(indicator, fact))
        return self.known[key]

    def params_of(self, indicator: Indicator, fact: Fact) -> Mapping[str, Any]:
        """The scheme's parameters; before the cut-off a value is awaited, whatever the scheme says of missing ones."""
        params = dict(indicator.params)
        if indicator.method == "linear":
            given = {name: getattr(fact, name) for name in FROM_TARGET if params.get(name) is None}
            params |= {name: text for name, text in given.items() if text is not None}
        if not self.is_past_cut_off:
            params["missing"] = {"policy": MissingPolicy.PENDING.value}
        return params

    def most_carried(self, indicator: Indicator) -> int:
        """For how many months in a row a rate may be carried."""
        if policy_of(indicator) != MissingPolicy.CARRY:
            return 0
        return int(indicator.params["missing"].get("max_periods") or 1)
