"""Facts into points: each line by its indicator's method, the lines of a department into its score. No database, no clock.

Plain figures against plain targets are reckoned by whole columns (rules.quick), everything else line by line by
rules.scoring; both give the same digits.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import polars as pl

from apps.assessments.choices import MissingPolicy, Presence
from apps.assessments.models import Indicator, Scheme, ScoreRun
from apps.assessments.rules.extras import Extras, Items, assemble_with, calibration
from apps.assessments.rules.grades import GradeBand
from apps.assessments.rules.plain import FROM_TARGET, drawn_params
from apps.assessments.rules.quick import CENT, QuickTerms, quick_points
from apps.assessments.rules.results import ConfigError, Result, Status
from apps.assessments.rules.scorecard import ALL_WEIGHTS, Extra, Line, Terms
from apps.assessments.rules.scoring import ReadMethod, missing_result, parse_method, score
from apps.assessments.selectors.assessed import REPORTED
from apps.assessments.selectors.figures import as_number, figure_of, with_whole_numbers
from apps.assessments.selectors.parts import code_of, has_nothing_due, has_parts, parts_without_target, shares_in
from apps.assessments.services.capping import grade_limits
from apps.assessments.services.gathering import Assessed, Gathered, policy_of
from apps.assessments.services.lines import LineRow, LineSums, row_of, sums_of, table_of
from apps.assessments.services.peopling import Totals
from apps.core.rounding import round_half_up
from apps.kpis.selectors import Fact

FEW = 8
"""Lines that the same rule is asked for: so few are judged one by one, setting up columns would take longer."""
RULE = ("rule", "rule_floor", "rule_stretch")
"""Columns that are the same for all lines judged by the same method with the same parameters."""

TOLD = ("indicator_id", "points", "status")
"""Columns of lines that a score is put together from."""


class Judged(NamedTuple):
    """A department's month. COVERAGE: hundredths of weight that rest on reported figures."""

    row: Assessed
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


class JudgedMonth(NamedTuple):
    """The lines of a month (services.lines), and the scores they add up to, in the order of departments."""

    lines: pl.DataFrame
    scores: list[Judged]


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


def judge_month(gathered: Gathered) -> JudgedMonth:
    """Every department of the month, in the order of `gathered.departments`."""
    judge = Judge(gathered)
    lines = judge.lines()
    sums, told, none = sums_of(lines), lines.select(TOLD), LineSums()
    extras, limits = gathered.beside.extras, grade_limits(lines, judge.indicators.values())
    return JudgedMonth(
        lines,
        [
            judge.scored(
                row,
                told,
                sums.get(row.department_id, none),
                [*extras.get(row.department_id, ()), *limits.get(row.department_id, ())],
            )
            for row in gathered.departments
        ],
    )


class Judge:
    """Judges the lines of one month; methods are read once for each indicator (and floor and stretch of its target)."""

    def __init__(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self.terms = terms_of(gathered.scheme)
        self.items = items_of(gathered.scheme)
        self.quick_terms = QuickTerms(self.terms)
        self.methods: dict[tuple[int, str | None, str | None], ReadMethod] = {}
        self.indicators = {one.pk: one for card in gathered.indicators.values() for one in card}

    def lines(self) -> pl.DataFrame:
        """Every line of the month in its order: whole columns by `rules.quick`, what these leave empty one by one."""
        facts = self.asked()
        is_quick = pl.col("is_plain") & (pl.col("presence") == "number") & (pl.len().over(RULE) >= FEW)
        parts = (self.quick(part) for part in facts.filter(is_quick).partition_by(RULE))
        found = pl.concat([facts.clear(), *parts]).filter(pl.col("points").is_not_null())
        rest = facts.join(found, on="number", how="anti")
        del facts  # of a large month a hundred megabytes, which what follows needs
        usual = table_of(
            self.line(self.indicators[key], fact)
            for key, fact in zip(rest["indicator_id"], facts_in(rest), strict=True)
        )
        quick = found.select("number", *(as_scored(name) for name in LineRow._fields))
        return pl.concat([quick, usual.select(rest["number"], pl.all())]).sort("number").drop("number")

    def asked(self) -> pl.DataFrame:
        """A fact for each line to be judged, with its number, its indicator's weight, and by which rule it is judged."""
        given, dated = self.gathered, {indicator for indicator, _department in self.gathered.targets}
        cards = {card: [one.pk for one in indicators] for card, indicators in given.indicators.items()}
        keys = [key for row in given.departments for key in cards.get(row.scorecard_id, ())]
        rules = pl.DataFrame(
            [
                (one.pk, cents_of(one.weight), rule_of(one), one.kpi_id is not None and one.pk not in dated)
                for one in self.indicators.values()
            ],
            schema={"indicator_id": pl.Int64, "weight": pl.Int128, "rule": pl.String, "is_plain": pl.Boolean},
            orient="row",
        )
        # Only straight lines are drawn through floor and stretch of a target; other rules do not look at them.
        is_drawn = pl.col("rule").str.starts_with("linear")
        facts = (
            given.sheet.table().with_columns(pl.Series("indicator_id", keys, dtype=pl.Int64)).with_row_index("number")
        )
        nothing = pl.lit(None, dtype=pl.Int128)
        facts = facts.join(rules, on="indicator_id", how="left", maintain_order="left")
        return self.without_exempt(facts).with_columns(
            *(pl.when(is_drawn).then(pl.col(name)).alias(f"rule_{name}") for name in FROM_TARGET),
            *(nothing.alias(name) for name in ("points", "rate")),
        )

    def without_exempt(self, facts: pl.DataFrame) -> pl.DataFrame:
        """The same, but that no line is plain that was approved as not applicable."""
        exempt = self.gathered.beside.exempt
        if not exempt:
            return facts
        schema = {"indicator_id": pl.Int64, "department": pl.Int64, "is_exempt": pl.Boolean}
        named = pl.DataFrame([(*key, True) for key in exempt], schema=schema, orient="row")
        found = facts.join(named, on=("indicator_id", "department"), how="left", maintain_order="left")
        return found.with_columns(pl.col("is_plain") & pl.col("is_exempt").is_null()).drop("is_exempt")

    def quick(self, part: pl.DataFrame) -> pl.DataFrame:
        """Lines that are judged by the same rule, with points and rate where these can be had by columns."""
        indicator = self.indicators[part["indicator_id"][0]]
        found = quick_points(self.method(indicator, next(facts_in(part))))
        return part if found is None else with_whole_numbers(part).with_columns(**found._asdict()).select(part.columns)

    def line(self, indicator: Indicator, fact: Fact) -> LineRow:
        """One line the usual way. What was approved as not applicable is left out, whatever was reported of it."""
        if (indicator.pk, fact.department) in self.gathered.beside.exempt:
            exempt = fact._replace(presence=Presence.EXEMPT.value)
            # As a KPI's line keeps its target: should the exemption be lifted later, it is the one to be judged by.
            parts = self.gathered.beside.reported.get((indicator.pk, fact.department)) if has_parts(indicator) else None
            return row_of(indicator.pk, cents_of(indicator.weight), exempt, status="excluded", reported=parts)
        if indicator.kpi_id is None:
            return self.reported_line(indicator, fact)
        if fact.presence == "not_due":
            return row_of(indicator.pk, cents_of(indicator.weight), fact, status="excluded")
        dated = (indicator.pk, fact.department)
        target = self.gathered.targets[dated] if dated in self.gathered.targets else as_number(fact.target)
        rate, carried = self.gathered.former_rates.get((fact.kpi, fact.department), (None, 0))
        if rate is not None and carried >= most_carried(indicator):
            rate = None
        result = score(self.method(indicator, fact), figure_of(fact), target, indicator.weight, previous_rate=rate)
        return judged_line(indicator, fact, target, result)

    def reported_line(self, indicator: Indicator, fact: Fact) -> LineRow:
        """A line of what is no KPI value: counts, milestones, answers, parts."""
        reported = self.gathered.beside.reported.get((indicator.pk, fact.department))
        if has_nothing_due(indicator, reported):
            not_due = fact._replace(presence=Presence.NOT_DUE.value)
            return row_of(indicator.pk, cents_of(indicator.weight), not_due, status="excluded", reported=reported)
        given = given_to(indicator, reported)
        params = {} if given is not None else params_of(indicator, fact, is_over=is_closed(indicator, self.gathered))
        result = result_of_report(indicator, self.method(indicator, fact), params, reported)
        told = fact if given is None else fact._replace(presence=Presence.REPORTED.value)
        return judged_line(indicator, told, None, result, reported=reported)

    def method(self, indicator: Indicator, fact: Fact) -> ReadMethod:
        """The indicator's method for the floor and stretch of this fact, kept for the next department."""
        key = (indicator.pk, fact.floor, fact.stretch)
        if key not in self.methods:
            params = params_of(indicator, fact, is_over=is_closed(indicator, self.gathered))
            self.methods[key] = parse_method(indicator.method, params)
        return self.methods[key]

    def scored(self, row: Assessed, told: pl.DataFrame, sums: LineSums, extras: Extras) -> Judged:
        """What the lines of a department, which come to these SUMS, add up to. TOLD: the TOLD columns of all lines."""
        if sums.weight == ALL_WEIGHTS * CENT and not sums.lost and not extras:
            card = self.quick_terms.card(sums.points, sums.kept_weight, int(row.coefficient * 10_000))
            if card is not None:
                weight, total = sums.scored_weight, card.total
                return Judged(row, weight, "ok", card.base, 0, 0, total, card.grade, uncalibrated=total)
        return self.assembled(row, told.slice(sums.first, sums.height), sums, extras)

    def assembled(self, row: Assessed, told: pl.DataFrame, sums: LineSums, extras: Extras) -> Judged:
        """The usual way from lines to a score."""
        card, plain = assemble_with(
            [
                Line(
                    self.indicators[key].code,
                    self.indicators[key].weight,
                    None if points is None else Decimal(points).scaleb(-2),
                    Status(status),
                )
                for key, points, status in told.iter_rows()
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
            sums.scored_weight,
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


def rule_of(indicator: Indicator) -> str:
    """The same text for all indicators that are judged by the same rule."""
    return f"{indicator.method} {json.dumps(indicator.params, sort_keys=True)}"


def as_scored(name: str) -> pl.Expr:
    """A column of a line that was judged by columns."""
    others = {
        "department_id": pl.col("department"),
        "status": pl.lit("scored"),
        "reported": pl.lit(None, dtype=pl.String),
    }
    return others.get(name, pl.col(name)).alias(name)


def facts_in(table: pl.DataFrame) -> Iterator[Fact]:
    """The facts in a table that has other columns too."""
    return map(Fact._make, table.select(Fact._fields).iter_rows())


def totals_of(judged: Iterable[Judged]) -> Totals:
    """The scores of departments, as people's are made of them."""
    rows = list(judged)
    return Totals(
        {one.row.department_id: None if one.total is None else Decimal(one.total).scaleb(-2) for one in rows},
        frozenset(one.row.department_id for one in rows if one.status == "insufficient_data"),
    )


def cents_of(number: Decimal) -> int:
    """Points or a weight in hundredths."""
    return int(number * CENT)


def judged_line(
    indicator: Indicator, fact: Fact, target: Fraction | None, result: Result, reported: Any = None
) -> LineRow:
    """A result of the rules as it is kept."""
    is_known = target is None or target == as_number(fact.target)
    return row_of(
        indicator.pk,
        cents_of(indicator.weight),
        fact,
        target=fact.target if is_known else f"{round_half_up(target or 0, 14):f}",
        status=result.status.value,
        points=None if result.points is None else cents_of(result.points),
        rate=None if result.rate is None else int(round_half_up(result.rate, 14).scaleb(14)),
        reported=reported,
    )


def given_to(indicator: Indicator, reported: Any) -> Any:
    """What a method without a KPI is given of what a line keeps; None: nothing was reported."""
    return shares_in(indicator, reported) if has_parts(indicator) else reported


def result_of_report(
    indicator: Indicator, method: ReadMethod, params: Mapping[str, Any], reported: Any, weight: object = None
) -> Result:
    """A line of what is no KPI value by its METHOD, read from PARAMS; WEIGHT: the one it was stored with.

    A part with a value that has no target would else be silently taken for one without a value.
    """
    heavy = indicator.weight if weight is None else weight
    lacking = [code_of(part) for part in parts_without_target(indicator, reported)]
    if lacking and not isinstance(method, ConfigError):
        return Result(Status.INVALID_CONFIG, problem=ConfigError("part_without_target", ", ".join(lacking)))
    given = given_to(indicator, reported)
    return missing_result(method, params, heavy) if given is None else score(method, given, None, heavy)


def is_closed(indicator: Indicator, held: Gathered | ScoreRun) -> bool:
    """Whether what the indicator judges could no longer come in time: a report, or else the value of a KPI."""
    is_reported = indicator.kpi_id is None and indicator.method in REPORTED
    return held.is_past_reports if is_reported else held.is_past_cut_off


def params_of(indicator: Indicator, fact: Fact, *, is_over: bool) -> Mapping[str, Any]:
    """The scheme's parameters; until the cut-off IS_OVER a fact is awaited, whatever the scheme says of missing ones, and so
    is the value of a part of a composite.

    So is, after it too, what the scheme leaves out: nobody drops a line by not reporting it, it is left out where it was
    approved as not applicable (`Beside.exempt`).
    """
    of_target = {name: getattr(fact, name) for name in FROM_TARGET}
    params = drawn_params(indicator.method, indicator.params, of_target)
    if not is_over:
        params["missing"] = {"policy": MissingPolicy.PENDING.value}
        if has_parts(indicator):
            params["missing_child"] = MissingPolicy.PENDING.value
    elif policy_of(indicator) == MissingPolicy.EXCLUDE:
        params["missing"] = {**params["missing"], "policy": MissingPolicy.PENDING.value}
    return params


def most_carried(indicator: Indicator) -> int:
    """For how many months in a row a rate may be carried."""
    if policy_of(indicator) != MissingPolicy.CARRY:
        return 0
    return int(indicator.params["missing"].get("max_periods") or 1)
