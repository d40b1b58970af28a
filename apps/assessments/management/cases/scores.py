"""Cases of the assessment's own rules: indicators, scorecards, schemes, people, periods, grades."""

from collections.abc import Sequence
from typing import Any

from apps.assessments.management.cases.fields import (
    Answer,
    Input,
    Unreadable,
    listed,
    mapping,
    moment,
    needed,
    number,
    number_or_none,
    objects,
    shown,
    whole,
    word_of,
    work_days,
    zone_of,
)
from apps.assessments.rules.aggregate import Flow, MonthScore, mean_score, rescore
from apps.assessments.rules.configuration import Edges, Proposed, scheme_errors
from apps.assessments.rules.distribution import SMALLEST_GROUP, quota
from apps.assessments.rules.grades import GradeBand, grade_of
from apps.assessments.rules.lateness import LateTerms, lateness
from apps.assessments.rules.results import Result, Status
from apps.assessments.rules.scorecard import USUAL_COVERAGE, Extra, Line, Outcome, Terms, Veto, assemble
from apps.assessments.rules.scoring import parse_method, score
from apps.assessments.rules.staff import FEWEST_DAYS, Member, Stay, bonus_pay, combine, pool_share


def indicator(case: Input) -> Answer:
    """Group `indicator`: a case of one line, whose fields stand beside its method."""
    params = case.get("params")
    method = parse_method(str(case.get("method")), {} if params is None else params)
    return line_answer(score(method, case.get("actual"), case.get("target"), case.get("weight")))


def line_answer(result: Result) -> Answer:
    """A result in the words of the examples, with the reason where there is one."""
    found: Answer = {"points": shown(result.points, 2), "status": str(result.status)}
    return {**found, "reason": str(result.problem)} if result.problem else found


def graded(value: object) -> list[GradeBand]:
    """Grade bands of a case."""
    return [
        GradeBand(str(needed(each, "grade")), number(needed(each, "min"), "min")) for each in objects(value, "grades")
    ]


def extra(value: object, name: str) -> Extra:
    """Bonus or deductions of a case: {points, cap}, or nothing."""
    given = {} if value is None else mapping(value, name)
    points = [number(each, name) for each in listed(given.get("points"), f"points of {name}")]
    return Extra(points, number_or_none(given.get("cap"), f"cap of {name}"))


def veto(given: Input) -> Veto | None:
    """A veto of a case; None for one that cannot be meant."""
    action, value = given.get("action"), given.get("value")
    if action == "cap":
        return Veto("cap", number_or_none(value, "value of the veto"))
    if action == "grade_cap":
        return Veto("grade_cap", grade=str(given.get("grade") or value))
    return Veto("zero") if action == "zero" else None


def line(given: Input) -> Line:
    """A line of a scorecard."""
    status = word_of(given, "status", list(Status), "scored")
    weight, points = number(needed(given, "weight"), "weight"), number_or_none(given.get("points"), "points")
    return Line(str(given.get("code")), weight, points, Status(status))


def or_default(value: object, default: Any) -> Any:
    """The number given, or what holds where nothing is written."""
    return default if value is None else number(value)


def scorecard(given: Input) -> Answer:
    """`scorecard/assemble`."""
    vetoes = [veto(each) for each in objects(given.get("vetoes"), "vetoes")]
    terms = Terms(
        coefficient=or_default(given.get("coefficient"), 1),
        bonus=extra(given.get("bonus"), "bonus"),
        deductions=extra(given.get("deductions"), "deductions"),
        min_total=or_default(given.get("min_total"), 0),
        max_total=number_or_none(given.get("max_total"), "max_total"),
        min_coverage=or_default(given.get("min_coverage"), USUAL_COVERAGE),
        is_gated=given.get("gate") is True,
        vetoes=[each for each in vetoes if each is not None],
        grades=graded(given.get("grades")),
    )
    if None in vetoes:
        return {"status": str(Outcome.INVALID_CONFIG), "base": None, "total": None, "grade": None}
    card = assemble([line(each) for each in objects(needed(given, "indicators"), "indicators")], terms)
    return {
        **{"status": str(card.outcome), "base": shown(card.base, 2)},
        **{"total": shown(card.total, 2), "grade": card.grade},
    }


def edges(value: object) -> list[Edges] | None:
    """Bands of a proposed indicator; None where it has none."""
    if value is None:
        return None
    return [
        Edges(number_or_none(each.get("min"), "min"), number_or_none(each.get("max"), "max"))
        for each in objects(value, "bands")
    ]


def proposed(given: Input) -> Proposed:
    """An indicator of a scheme; its bands stand beside it or among its parameters."""
    params = given.get("params")
    inner = params.get("bands") if isinstance(params, dict) else None
    bands = given.get("bands")
    weight = or_default(given.get("weight"), number(0))
    return Proposed(str(given.get("code")), weight, edges(inner if bands is None else bands))


def config(given: Input) -> Answer:
    """`config/validate`."""
    errors = scheme_errors([proposed(each) for each in objects(needed(given, "indicators"), "indicators")])
    return {"valid": not errors, "errors": errors}


def combined(given: Input) -> Answer:
    """`staff/combine`."""
    stays = [
        Stay(number_or_none(each.get("score"), "score"), number(needed(each, "days"), "days"))
        for each in objects(needed(given, "dept_scores"), "dept_scores")
    ]
    found = combine(
        stays,
        personal=number_or_none(given.get("personal"), "personal"),
        dept_weight=number(needed(given, "dept_weight"), "dept_weight"),
        personal_weight=number(needed(given, "personal_weight"), "personal_weight"),
        min_days=or_default(given.get("min_days"), FEWEST_DAYS),
    )
    return {"status": str(found.outcome), "score": shown(found.score, 2)}


def paid(given: Input) -> Answer:
    """`staff/bonus_pay`."""
    names = ("base", "dept_coef", "personal_coef", "days_worked", "days_in_period")
    base, *rest = (number(needed(given, name), name) for name in names)
    return {"amount": shown(bonus_pay(base, **dict(zip(names[1:], rest, strict=True))), 2)}


def shared(given: Input) -> Answer:
    """`staff/pool_share`. Ids that are all whole numbers are in the order of numbers."""
    members = objects(needed(given, "members"), "members")
    named = {
        needed(each, "id"): Member(number(needed(each, "base"), "base"), number(needed(each, "coef"), "coef"))
        for each in members
    }
    if len(named) < len(members):
        message = "Two members have the same id: give each its own."
        raise Unreadable(message)
    if not all(isinstance(key, int) for key in named):
        named = {str(key): member for key, member in named.items()}
    shares = pool_share(number(needed(given, "pool"), "pool"), named)
    return {"shares": {str(key): shown(share, 2) for key, share in shares.items()}}


def mean_of_scores(given: Input) -> Answer:
    """`aggregate/scores`."""
    months = [
        MonthScore(number_or_none(each.get("score"), "score"), or_default(each.get("weight"), 1))
        for each in objects(needed(given, "scores"), "scores")
    ]
    found = mean_score(months)
    return {"score": shown(found.score, 2), "months_counted": found.months_counted}


def rescored(given: Input) -> Answer:
    """`aggregate/rescore`: the status is told as well."""
    flows = [
        Flow(number_or_none(each.get("actual"), "actual"), number_or_none(each.get("target"), "target"))
        for each in objects(needed(given, "rows"), "rows")
    ]
    method = parse_method("ratio", given.get("params") or {})
    return line_answer(rescore(method, flows, number(needed(given, "weight"), "weight")))


def graded_band(given: Input) -> Answer:
    """`grade/band`."""
    return {"grade": grade_of(number_or_none(given.get("score"), "score"), graded(given.get("grades")))}


def group_quota(given: Input) -> Answer:
    """`distribution/quota`."""
    smallest = given.get("min_group")
    found = quota(
        whole(needed(given, "n"), "n"),
        number(needed(given, "pct"), "pct"),
        min_group=SMALLEST_GROUP if smallest is None else whole(smallest, "min_group"),
    )
    return {"exempt": found.is_exempt, "max": found.most}


def late_penalty(given: Input) -> Answer:
    """`late/penalty`. What has not come yet is counted up to `as_of`."""
    zone = zone_of(given.get("tz") or "UTC")
    sent = given.get("submitted_at")
    moments: Sequence[Any] = [
        None if sent is None else moment(sent, zone, "submitted_at"),
        moment(needed(given, "as_of") if sent is None else sent, zone, "as_of"),
    ]
    found = lateness(
        deadline=moment(needed(given, "deadline"), zone, "deadline"),
        submitted_at=moments[0],
        as_of=moments[1],
        zone=zone,
        days=work_days(given),
        terms=LateTerms(
            per_day=number(needed(given, "per_day"), "per_day"),
            cap=number_or_none(given.get("cap"), "cap"),
            grace_days=whole(given.get("grace_days") or 0, "grace_days"),
        ),
    )
    return {"late": found.is_late, "days": found.days, "penalty": shown(found.penalty, 2)}
