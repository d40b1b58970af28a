"""What the rules answer, in words a test can compare: points or the fault and its place, and the steps of a receipt."""

from apps.assessments.rules.scoring import parse_method, score


def found(method, params, actual=None, target=None, weight="20"):
    """Points as text, or the fault and its place, or the status where there are none."""
    result = score(parse_method(method, params), actual, target, weight)
    if result.problem is not None:
        return str(result.problem)
    return str(result.status if result.points is None else result.points)


def steps(method, params, actual=None, target=None, weight="20"):
    """The steps of the receipt: (code, numbers)."""
    result = score(parse_method(method, params), actual, target, weight)
    return [(step.code, dict(step.numbers)) for step in result.steps]
