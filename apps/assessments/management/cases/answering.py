"""One case in, one answer out: the single map from the groups of the worked examples to the rules of each app."""

from collections.abc import Iterable
from typing import Any

from apps.assessments.management.cases import facts, published, scores
from apps.assessments.management.cases.fields import Answer, Answerer, Input, mapping, shortened
from apps.assessments.rules.scoring import METHODS

ANSWERERS: dict[tuple[str, str], Answerer] = {
    ("scorecard", "assemble"): scores.scorecard,
    ("config", "validate"): scores.config,
    ("staff", "combine"): scores.combined,
    ("staff", "bonus_pay"): scores.paid,
    ("staff", "pool_share"): scores.shared,
    ("aggregate", "scores"): scores.mean_of_scores,
    ("aggregate", "rescore"): scores.rescored,
    ("aggregate", "kpi"): facts.aggregated,
    ("grade", "band"): scores.graded_band,
    ("distribution", "quota"): scores.group_quota,
    ("late", "penalty"): scores.late_penalty,
    ("late", "nth_working_day"): facts.working_day,
    ("rater", "adjust"): published.adjusted_ratings,
    ("published", "cityscore"): published.city,
    ("published", "okr"): published.objectives,
    ("published", "rank_1_4"): published.ranked,
    ("published", "psi"): published.stability,
    ("effective_target", "resolve"): facts.target_in_force,
    ("monitor", "rag"): facts.traffic_light,
    ("monitor", "xmr"): facts.control_chart,
    ("monitor", "compare"): facts.comparison,
    ("turnover", "movements"): facts.movements,
    ("turnover", "rate"): facts.leaving_rate,
    ("turnover", "annualise"): facts.yearly_rate,
    ("turnover", "stability"): facts.still_here,
    ("turnover", "survival"): facts.survived,
    ("turnover", "headcount_forecast"): facts.outlook,
}


def answer_all(cases: Iterable[object]) -> list[Answer]:
    """An answer to each case, in the same order; one that cannot be read never stops the others."""
    return [answer(case) for case in cases]


def answer(case: object) -> Answer:
    """{id, …result}; {id, unsupported: true} for what no rule here answers; {id, error: sentence} for what is no case."""
    if not isinstance(case, dict):
        return {"id": None, "error": f"The case is {shortened(case)}, which is no object: write it in curly brackets."}
    found: dict[str, Any] = {"id": case.get("id")}
    try:
        return found | answered(case)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        # Whatever a strange input sets off, the cases after it must still be answered.
        return found | {"error": sentence(error)}


def answered(case: Input) -> Answer:
    """The answer of the rule that owns the case."""
    group, method = str(case.get("group")), str(case.get("method"))
    if group == "indicator":
        return scores.indicator(case) if method in METHODS else {"unsupported": True}
    answerer = ANSWERERS.get((group, method))
    return {"unsupported": True} if answerer is None else answerer(mapping(case.get("input"), "input"))


def sentence(error: Exception) -> str:
    """What was wrong, in one sentence with the remedy."""
    text = str(error)
    if isinstance(error, ValueError) and text.endswith("."):
        return text
    return (
        f"The case cannot be read ({type(error).__name__}: {text[:80]}): compare its fields with the worked examples."
    )
