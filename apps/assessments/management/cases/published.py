"""Cases of raters and of published algorithms."""

from apps.assessments.management.cases.fields import (
    Answer,
    Input,
    direction_of,
    listed,
    mapping,
    needed,
    number,
    number_or_none,
    objects,
    shown,
)
from apps.assessments.rules.published import KeyResult, Metric, city_score, okr, rank_1_4, stability_index
from apps.assessments.rules.raters import adjusted


def adjusted_ratings(given: Input) -> Answer:
    """`rater/adjust`."""
    found = adjusted(
        [number(each, "score") for each in listed(needed(given, "scores"), "scores")],
        target_mean=number(needed(given, "target_mean"), "target_mean"),
        target_sd=number(needed(given, "target_sd"), "target_sd"),
    )
    return {"adjusted": [shown(each, 2) for each in found]}


def city(given: Input) -> Answer:
    """`published/cityscore`."""
    metrics = [
        Metric(
            number_or_none(each.get("actual"), "actual"),
            number_or_none(each.get("target"), "target"),
            direction_of(each),
        )
        for each in objects(needed(given, "metrics"), "metrics")
    ]
    return {"index": shown(city_score(metrics), 2)}


def objectives(given: Input) -> Answer:
    """`published/okr`."""
    results = [
        KeyResult(
            start=number(each.get("start") or 0, "start"),
            target=number(needed(each, "target"), "target"),
            actual=number_or_none(each.get("actual"), "actual"),
            weight=number(1 if each.get("weight") is None else each["weight"], "weight"),
        )
        for each in objects(needed(given, "krs"), "krs")
    ]
    found = okr(results)
    return {
        "kr_scores": [shown(each, 2) for each in found.key_results],
        "objective": shown(found.objective, 2),
        "colour": found.colour,
    }


def ranked(given: Input) -> Answer:
    """`published/rank_1_4`."""
    values = {
        str(name): number_or_none(value, str(name))
        for name, value in mapping(needed(given, "values"), "values").items()
    }
    return {"scores": {name: shown(score, 2) for name, score in rank_1_4(values, direction_of(given)).items()}}


def stability(given: Input) -> Answer:
    """`published/psi`."""
    expected, actual = (
        [number(each, name) for each in listed(needed(given, name), name)]
        for name in ("expected_counts", "actual_counts")
    )
    return {"psi": shown(stability_index(expected, actual), 4)}
