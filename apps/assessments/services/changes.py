"""What is otherwise in a scheme than in the one before it, for whoever decides on it and whoever is judged by it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from apps.assessments.choices import TargetPolicy
from apps.assessments.models import Indicator, PersonScore, Scheme
from apps.assessments.selectors.bases import Turn, replaced_by, turns_around
from apps.assessments.selectors.raters import fixed_raters, label_of, params_naming
from apps.assessments.services.method_words import details_of, sentence_of
from apps.assessments.services.scheme_words import (
    grade_facts,
    kpi_words,
    limit_facts,
    missing_words,
    standing_parts,
    weight_text,
)
from apps.core.month import Month

MOST_CHANGES = 150
"""A brief holds 200 rows of a list: what it leaves out is said, and stands on the page of the comparison."""
LONGEST = 1_000
NOTHING = "–"
Words = Mapping[str, str]
"""What is said, by what it is said of."""


def changes_of(scheme: Scheme) -> list[dict[str, str]]:
    """Everything that differs from the rules SCHEME takes the place of, else from those it was copied from: what holds for
    all first, then indicators, then departments. Six queries."""
    before = replaced_by(scheme) or scheme.basis
    if before is None:
        return []
    parts = (whole_words, indicator_words, place_words)
    return rows_of([row for words in parts for row in differences(words(before), words(scheme))])


@dataclass(frozen=True, slots=True)
class Basis:
    """A change of the rules inside the year of a month, with what it means for one department."""

    turn: Turn
    rows: Sequence[Mapping[str, str]]
    """What the two bases say otherwise: label, before, after."""
    is_new: bool
    """Whether the new basis counted in the month; else the old one did."""


def bases_of(scheme: Scheme, month: Month, department: int) -> list[Basis]:
    """The changes inside the year of MONTH, judged by SCHEME, for a department whose score may be read. Two queries."""
    turns = turns_around(scheme, month)
    found = zip(turns, changes_for(turns, department), strict=True)
    return [Basis(turn, rows, scheme.pk == turn.new.pk) for turn, rows in found]


def bases_of_person(score: PersonScore) -> list[Basis]:
    """The same for a person (of a score from a scoped selector): what holds for all, and what holds for the assessed
    department they were in last. Two queries."""
    department = score.stays[-1]["department"] if score.stays else None
    return bases_of(score.run.scheme, Month.of(score.run.month), department or 0)


def changes_for(turns: Sequence[Turn], department: int) -> list[list[dict[str, str]]]:
    """What each change inside a year means for one department: limits, its indicators, its difficulty. One query."""
    own = own_words({scheme.pk for turn in turns for scheme in (turn.old, turn.new)}, department)
    return [
        rows_of(list(differences(*({**whole_words(one), **own[one.pk]} for one in (turn.old, turn.new)))))
        for turn in turns
    ]


def rows_of(found: list[tuple[str, str, str]]) -> list[dict[str, str]]:
    """Differences as a brief takes them; how many are left out is said."""
    rows = [
        {"label": label, "before": cut(before), "after": cut(after)} for label, before, after in found[:MOST_CHANGES]
    ]
    left = len(found) - len(rows)
    if not left:
        return rows
    rest = {"label": _("And %(count)s more changes") % {"count": left}, "before": "…", "after": _("see the comparison")}
    return [*rows, rest]


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
    """What each indicator says, by scorecard and code."""
    rows = scheme.indicators.select_related("scorecard", "kpi__department").order_by("scorecard__name", "code")
    said = terms_in_words(rows)
    return {f"{row.scorecard.name} · {row.code}": f"{row.name}: {said[row.pk]}" for row in rows}


def terms_in_words(rows: Iterable[Indicator]) -> dict[int, str]:
    """By indicator: everything it says. Two queries at most: raters are named as they are today, so that the same person
    under another address is no difference."""
    found = list(rows)
    params = params_naming(found, label_of)
    return {row.pk: terms_words(row, params[row.pk]) for row in found}


def terms_words(row: Indicator, params: Mapping[str, Any]) -> str:
    """Everything an indicator with these PARAMS says: how points come about, the KPI, what a missing value is worth, an
    unusual policy of targets, what the sentence of the method cuts short, and the clause."""
    is_usual = row.target_policy == TargetPolicy.PERIOD_END
    parts = [
        sentence_of(row.method, params, row.weight),
        kpi_words(row),
        _("missing: %(policy)s") % {"policy": missing_words(row)},
        "" if is_usual else _("target: %(policy)s") % {"policy": row.get_target_policy_display()},
        details_of(row.method, params),
        row.clause,
    ]
    return " · ".join(part for part in parts if part)


def own_words(schemes: Collection[int], department: int) -> Mapping[int, Words]:
    """The same of the scorecard by which each of SCHEMES judges DEPARTMENT, and its difficulty; empty for one that does not
    judge it. One query, none without schemes."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    judging = {"scorecard__assessed__department": department, "scorecard__assessed__scheme__in": schemes}
    rows = Indicator.objects.filter(**judging).select_related("scorecard", "kpi__department")
    rows = rows.annotate(coefficient=F("scorecard__assessed__coefficient"), fixed_raters=fixed_raters())
    lines = list(rows.order_by("position", "pk"))
    said = terms_in_words(lines)
    for row in lines:
        words = found[row.scheme_id]
        words[f"{row.name} ({row.code})"] = said[row.pk]
        words[_("Scorecard")], words[_("Difficulty")] = row.scorecard.name, weight_text(row.coefficient)
    return found


def place_words(scheme: Scheme) -> dict[str, str]:
    """Each department's scorecard and difficulty."""
    rows = scheme.assessed.select_related("scorecard", "department").order_by("department__name", "department__code")
    return {
        f"{row.department.name} ({row.department.code})": _("%(card)s, difficulty %(number)s")
        % {"card": row.scorecard.name, "number": weight_text(row.coefficient)}
        for row in rows.iterator()
    }
