"""What is otherwise in a scheme than in the one it was copied from, for whoever decides on it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.choices import TargetPolicy
from apps.assessments.models import Indicator, Scheme
from apps.assessments.services.scheme_words import (
    grade_facts,
    kpi_words,
    limit_facts,
    missing_words,
    standing_parts,
    weight_text,
)

MOST_CHANGES = 150
"""A brief holds 200 rows of a list: what it leaves out is said, and stands on the page of the comparison."""
LONGEST = 1_000
NOTHING = "–"
FIRST = ("code", "id", "name", "min", "max")
"""What a band or an item is read by; the database keeps keys in no order of its own."""
Words = Mapping[str, str]
"""What is said, by what it is said of."""


def changes_of(scheme: Scheme) -> list[dict[str, str]]:
    """Everything that differs from the scheme this one was copied from: what holds for all first, then indicators, then
    departments. Five queries."""
    if scheme.basis is None:
        return []
    found = [
        {"label": label, "before": cut(before), "after": cut(after)}
        for words in (whole_words, indicator_words, place_words)
        for label, before, after in differences(words(scheme.basis), words(scheme))
    ]
    if len(found) <= MOST_CHANGES:
        return found
    left = len(found) - MOST_CHANGES
    rest = {"label": _("And %(count)s more changes") % {"count": left}, "before": "…", "after": _("see the comparison")}
    return [*found[:MOST_CHANGES], rest]


def differences(before: Words, after: Words) -> Iterator[tuple[str, str, str]]:
    """(label, before, after) wherever the two say different things."""
    for label in dict.fromkeys([*after, *before]):
        old, new = before.get(label, NOTHING), after.get(label, NOTHING)
        if old != new:
            yield label, old, new


def cut(text: str) -> str:
    """A text as long as a brief takes it; only long lists of bands or items are longer."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def whole_words(scheme: Scheme) -> dict[str, str]:
    """What holds for all scorecards: limits, grades, and what stands beside the hundred points."""
    found = {str(label): text for label, text in (*limit_facts(scheme), *grade_facts(scheme))}
    for part in standing_parts(scheme):
        found |= {f"{part.title} · {label}": text for label, text in part.facts}
    return found


def indicator_words(scheme: Scheme) -> dict[str, str]:
    """What each indicator says, by scorecard and code; its parameters in a line of their own."""
    found: dict[str, str] = {}
    rows = scheme.indicators.select_related("scorecard", "kpi__department")
    for row in rows.order_by("scorecard__name", "code"):
        label = f"{row.scorecard.name} · {row.code}"
        found[label] = terms_words(row)
        if params := params_words(row.params):
            found[f"{label} · {_('parameters')}"] = params
    return found


def terms_words(row: Indicator) -> str:
    """Name, weight, method, KPI, what a missing value is worth, an unusual policy of targets, and the clause."""
    is_usual = row.target_policy == TargetPolicy.PERIOD_END
    parts = [
        f"{row.name}: {weight_text(row.weight)} · {row.get_method_display()}",
        kpi_words(row),
        _("missing: %(policy)s") % {"policy": missing_words(row)},
        "" if is_usual else _("target: %(policy)s") % {"policy": row.get_target_policy_display()},
        row.clause,
    ]
    return " · ".join(part for part in parts if part)


def params_words(params: Mapping[str, Any]) -> str:
    """The parameters of a method as name and value; what is said in words elsewhere is left out."""
    return "; ".join(f"{key} {value_words(value)}" for key, value in sorted(params.items()) if key != "missing")


def value_words(value: Any) -> str:
    """A parameter as text: a list of bands or items in brackets, an open end as a dash."""
    if isinstance(value, Mapping):
        known = sorted(
            value.items(), key=lambda pair: (FIRST.index(pair[0]) if pair[0] in FIRST else len(FIRST), pair[0])
        )
        return ", ".join(f"{key} {value_words(inner)}" for key, inner in known)
    if isinstance(value, list):
        return " ".join(f"({value_words(one)})" for one in value)
    return NOTHING if value is None else str(value)


def place_words(scheme: Scheme) -> dict[str, str]:
    """Each department's scorecard and difficulty."""
    rows = scheme.assessed.select_related("scorecard", "department").order_by("department__name", "department__code")
    return {
        f"{row.department.name} ({row.department.code})": _("%(card)s, difficulty %(number)s")
        % {"card": row.scorecard.name, "number": weight_text(row.coefficient)}
        for row in rows.iterator()
    }
