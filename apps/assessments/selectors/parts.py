"""The parts of a composite as its line keeps them: of each KPI what was reported, the target, and the share of it reached.

{"REV": {"presence": "number", "value": "95.0000000000", "target": "100.0000000000", "rate": "0.95000000000000"}, …}: numbers
are text, what there was not is left out. A part without a value keeps its target too: whoever reports it late is judged by
the one of then. Rules are given shares that are worked out from figures and targets each time, so that a proof covers them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.assessments.choices import Method, Presence
from apps.assessments.models import Indicator
from apps.assessments.rules.methods.composite import NOT_DUE
from apps.assessments.rules.results import Status
from apps.assessments.rules.scoring import parse_method, score
from apps.assessments.selectors.figures import as_number, figure_of
from apps.core.rounding import round_half_up
from apps.kpis.selectors import Fact

Part = Mapping[str, Any]
"""One of the KPIs that a composite is made of, by the parameters of its rule."""
Kept = Mapping[str, Mapping[str, str]]
"""By the code of the part."""
KEPT = ("presence", "value", "numerator", "denominator", "scale", "target")
"""Of a fact what is kept of it, in the order of facts; a share of a target knows no floor and no stretch."""
RATE_PLACES = 14


def has_parts(indicator: Indicator) -> bool:
    """Whether it judges several KPIs together."""
    return indicator.kpi_id is None and indicator.method == Method.COMPOSITE


def parts_of(indicator: Indicator) -> Sequence[Part]:
    """Its parts; none of another rule."""
    return indicator.params.get("children", ()) if has_parts(indicator) else ()


def code_of(part: Part) -> str:
    """What a part is kept under."""
    return str(part.get("code"))


def kpi_of(part: Part) -> int:
    """The KPI of a part."""
    return int(part.get("kpi") or 0)


def kept_part(part: Part, fact: Fact) -> dict[str, str]:
    """A part's figure and target as its line keeps them, with the share of the target that was reached (1 = all of it)."""
    told = {name: getattr(fact, name) for name in KEPT} | {"rate": share_of(part, fact)}
    return {name: text for name, text in told.items() if text is not None}


def fact_in(kept: Kept | None, part: Part) -> Fact:
    """The figure and the target a part was kept with."""
    told = (kept or {}).get(code_of(part), {})
    presence, *figures = (told.get(name) for name in KEPT)
    return Fact._make((kpi_of(part), 0, presence or Presence.MISSING.value, *figures, None, None))


def share_of(part: Part, fact: Fact) -> str | None:
    """What a figure reaches of its target, exactly to fourteen places; None without the one or the other."""
    method = parse_method("ratio", {"direction": part.get("direction") or "higher"})
    result = score(method, figure_of(fact), as_number(fact.target), 1)
    known = result.rate if result.status == Status.SCORED else None
    return None if known is None else f"{round_half_up(known, RATE_PLACES):f}"


def shares_in(indicator: Indicator, kept: Kept | None) -> dict[str, str | None] | None:
    """By code what each part reached, None where it has no value, NOT_DUE where none is asked for, as the rule takes it;
    None where no part has a value."""
    facts = {code_of(part): (part, fact_in(kept, part)) for part in parts_of(indicator)}
    if all(figure_of(fact) is None for _part, fact in facts.values()):
        return None
    return {code: share_of(part, fact) if is_due(fact) else NOT_DUE for code, (part, fact) in facts.items()}


def is_due(fact: Fact) -> bool:
    """Whether a value is asked for in the month: of a quarterly KPI only in the last of a quarter."""
    return fact.presence != Presence.NOT_DUE


def has_nothing_due(indicator: Indicator, kept: Kept | None) -> bool:
    """Whether it is a composite of which no part is due: like the line of a KPI that is not due it is left out."""
    parts = parts_of(indicator)
    return bool(parts) and not any(is_due(fact_in(kept, part)) for part in parts)


def parts_without_target(indicator: Indicator, kept: Kept | None) -> list[Part]:
    """The parts that cannot be judged because their KPI has no target in the month.

    A part with a value always needs one. Without a value it is the rule for missing parts that decides: where that gives 0
    or leaves the part out no target is needed, for a KPI that is no longer measured has neither. Where the line waits for
    the value it could not be judged when that comes either: the target is asked for at once, as for a KPI judged by itself.
    """
    waits = indicator.params.get("missing_child") not in {"exclude", "zero"}
    found = []
    for part in parts_of(indicator):
        fact = fact_in(kept, part)
        is_judged = figure_of(fact) is not None or (waits and is_due(fact))
        if fact.target is None and is_judged:
            found.append(part)
    return found


def parts_awaited(indicator: Indicator, kept: Kept | None) -> list[Part]:
    """The parts of which a value is asked for and none has come."""
    facts = ((part, fact_in(kept, part)) for part in parts_of(indicator))
    return [part for part, fact in facts if is_due(fact) and figure_of(fact) is None]


def parts_with_value(indicator: Indicator, kept: Kept | None) -> list[Part]:
    """The parts that are judged by a value."""
    return [part for part in parts_of(indicator) if figure_of(fact_in(kept, part)) is not None]


def with_targets_of(indicator: Indicator, now: Kept, then: Kept | None) -> dict[str, dict[str, str]]:
    """Parts read again NOW, each against the target it had THEN: a later target moves no score. One that had none takes
    today's once it has a value."""
    found: dict[str, dict[str, str]] = {}
    for part in parts_of(indicator):
        fact, former = fact_in(now, part), fact_in(then, part)
        if former.target is not None or figure_of(fact) is None:
            fact = fact._replace(target=former.target)
        found[code_of(part)] = kept_part(part, fact)
    return found


def says_the_same(indicator: Indicator, now: Any, then: Any) -> bool:
    """Whether what is reported of an indicator without a KPI NOW is what was reported THEN. Targets of parts are no part of
    it: what is worked out is held to those it was judged by."""
    if not has_parts(indicator):
        return bool(now == then)
    return all(
        fact_in(now, part)._replace(target=None) == fact_in(then, part)._replace(target=None)
        for part in parts_of(indicator)
    )
