"""Cases that lower apps answer: periods, KPIs, staff numbers."""

from collections.abc import Mapping
from datetime import date

from apps.assessments.management.cases.fields import (
    Answer,
    Input,
    calendar_day,
    calendar_day_or_none,
    decimal,
    decimal_or_none,
    direction_of,
    listed,
    mapping,
    needed,
    objects,
    shown,
    whole,
    word_of,
    work_days,
)
from apps.core.month import Month
from apps.kpis.rules.aggregation import Part, aggregate
from apps.kpis.rules.monitoring import compare, xmr
from apps.kpis.rules.status import light
from apps.kpis.rules.targets import Policy, dated, effective_target
from apps.periods.rules import nth_working_day
from apps.staff.rules.turnover import (
    Spell,
    annual_rate,
    count_movements,
    headcount_forecast,
    stability,
    survival,
    turnover_rate,
)

AGGREGATIONS = {
    **{name: name for name in ("sum", "mean", "last", "max", "min")},
    "weighted_mean": "weighted",
    "ratio_of_sums": "ratio",
}
POLICIES: dict[str, Policy] = {
    **{"period_end": "period_end", "period_start": "period_start", "pro_rata_days": "pro_rata_days"},
    **{"last_day": "period_end", "first_day": "period_start"},
}


def working_day(given: Input) -> Answer:
    """`late/nth_working_day`."""
    month = Month.parse(str(needed(given, "year_month")))
    found = nth_working_day(month, whole(needed(given, "n"), "n"), work_days(given))
    return {"date": found.isoformat() if found else None}


def part(value: object) -> Part:
    """One value of a KPI: {value}, {value, weight}, {num, den}, or the number alone."""
    if not isinstance(value, Mapping):
        return Part(decimal_or_none(value, "value"))
    below = value.get("weight") if value.get("den") is None else value.get("den")
    return Part(
        decimal_or_none(value.get("value"), "value"),
        decimal_or_none(value.get("num"), "num"),
        decimal_or_none(below, "den"),
    )


def aggregated(given: Input) -> Answer:
    """`aggregate/kpi`."""
    method = AGGREGATIONS[word_of(given, "method", AGGREGATIONS)]
    scale = given.get("scale")
    parts = [part(each) for each in listed(needed(given, "values"), "values")]
    return {"value": shown(aggregate(method, parts, scale=decimal(100 if scale is None else scale, "scale")), 4)}


def target_in_force(given: Input) -> Answer:
    """`effective_target/resolve`."""
    policy = POLICIES[word_of(given, "policy", POLICIES, "period_end")]
    versions = [
        (
            calendar_day(needed(each, "from"), "from"),
            calendar_day_or_none(each.get("to")),
            decimal(needed(each, "target"), "target"),
        )
        for each in objects(needed(given, "versions"), "versions")
    ]
    period = mapping(needed(given, "period"), "period")
    start, end = (calendar_day(needed(period, name), name) for name in ("start", "end"))
    return {"target": shown(effective_target(dated(versions), start=start, end=end, policy=policy), 4)}


def traffic_light(given: Input) -> Answer:
    """`monitor/rag`."""
    found = light(
        direction=direction_of(given),
        actual=decimal_or_none(given.get("actual"), "actual"),
        target=decimal_or_none(given.get("target"), "target"),
        amber_pct=decimal(given.get("amber_pct") or 0, "amber_pct"),
    )
    return {"rag": found}


def control_chart(given: Input) -> Answer:
    """`monitor/xmr`; without two points there are no limits and no signals."""
    lengths = {
        name: whole(default if given.get(name) is None else given[name], name)
        for name, default in (("run_length", 8), ("trend_length", 7))
    }
    base = given.get("baseline_n")
    found = xmr(
        [decimal(each, "value") for each in listed(needed(given, "values"), "values")],
        **lengths,
        baseline_n=None if base is None else whole(base, "baseline_n"),
        floor_zero=given.get("floor_zero") is True,
    )
    if found is None:
        return {**dict.fromkeys(("mean", "mr_bar", "upl", "lpl")), "outside": [], "run": [], "trend": []}
    numbers = {"mean": found.mean, "mr_bar": found.moving_range, "upl": found.upper, "lpl": found.lower}
    signals = {"outside": list(found.outside), "run": list(found.run), "trend": list(found.trend)}
    return {**{name: shown(value, 4) for name, value in numbers.items()}, **signals}


def comparison(given: Input) -> Answer:
    """`monitor/compare`."""
    optional = {
        name: decimal_or_none(given.get(name), name)
        for name in ("previous", "same_last_year", "index_current", "index_previous")
    }
    found = compare(
        direction=direction_of(given),
        current=decimal(needed(given, "current"), "current"),
        noise_pct=decimal(given.get("noise_pct") or 0, "noise_pct"),
        **optional,
    )
    changes = {"raw_pct": found.raw_pct, "adjusted_pct": found.adjusted_pct, "yoy_pct": found.yearly_pct}
    return {
        **{name: shown(value, 2) for name, value in changes.items()},
        **{"basis": found.basis, "verdict": found.verdict},
    }


def spell(given: Input) -> Spell:
    """One spell of employment."""
    moves: list[tuple[date, str]] = [
        (calendar_day(needed(move, "date")), str(needed(move, "to"))) for move in objects(given.get("moves"), "moves")
    ]
    return Spell(
        hired_on=calendar_day(needed(given, "hired"), "hired"),
        department=str(given.get("dept")),
        last_day=calendar_day_or_none(given.get("last_day")),
        leave_kind=str(given.get("reason") or ""),
        moves=tuple(sorted(moves)),
    )


def movements(given: Input) -> Answer:
    """`turnover/movements`."""
    department = given.get("dept")
    found = count_movements(
        [spell(each) for each in objects(needed(given, "people"), "people")],
        start=calendar_day(needed(given, "start"), "start"),
        end=calendar_day(needed(given, "end"), "end"),
        department=None if department is None else str(department),
    )
    return {name: getattr(found, name) for name in found.__dataclass_fields__}


def leaving_rate(given: Input) -> Answer:
    """`turnover/rate`."""
    months = [
        (
            whole(needed(each, "open"), "open"),
            whole(needed(each, "close"), "close"),
            whole(needed(each, "leavers"), "leavers"),
        )
        for each in objects(needed(given, "months"), "months")
    ]
    found = turnover_rate(months)
    return {"average_headcount": shown(found.average_headcount, 2), "rate_pct": shown(found.rate_pct, 2)}


def yearly_rate(given: Input) -> Answer:
    """`turnover/annualise`."""
    is_compound = word_of(given, "method", ("simple", "compound"), "simple") == "compound"
    rate = decimal(needed(given, "monthly_rate_pct"), "monthly_rate_pct")
    return {"annual_pct": shown(annual_rate(rate, is_compound=is_compound), 2)}


def still_here(given: Input) -> Answer:
    """`turnover/stability`."""
    found = stability(
        employed_a_year_ago=whole(needed(given, "start_headcount"), "start_headcount"),
        still_here=whole(needed(given, "still_here"), "still_here"),
    )
    return {"pct": shown(found, 2)}


def survived(given: Input) -> Answer:
    """`turnover/survival`."""
    spells = [
        (whole(needed(each, "t"), "t"), needed(each, "left") is True)
        for each in objects(needed(given, "spells"), "spells")
    ]
    return {"survival": {str(time): shown(share, 4) for time, share in survival(spells).items()}}


def outlook(given: Input) -> Answer:
    """`turnover/headcount_forecast`."""
    found = headcount_forecast(
        decimal(needed(given, "start"), "start"),
        monthly_attrition_pct=decimal(needed(given, "monthly_attrition_pct"), "monthly_attrition_pct"),
        hires=[decimal(each, "hires") for each in listed(given.get("hires"), "hires")],
    )
    return {"headcount": [shown(each, 2) for each in found]}
