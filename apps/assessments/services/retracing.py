"""A past month by other rules: its facts as the published run keeps them, judged by a scheme that is only tried.

What the published run judged is taken as it was judged there (same KPI, or same code where there is no KPI). What only the
tried scheme asks for is read as it stands today. Nothing is stored.
"""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from apps.assessments.choices import Method, Presence
from apps.assessments.models import AssessedDepartment, Indicator, Scheme, Score, ScoreLine, ScoreRun
from apps.assessments.services.beside import Beside, extras, reported
from apps.assessments.services.copying import NOTHING
from apps.assessments.services.gathering import Assessed, Gathered, dated_targets, former_rates
from apps.assessments.services.judging import Judged, judge_month
from apps.core.month import Month
from apps.departments.selectors import open_department_ids
from apps.kpis.selectors import Fact, FactSheet, month_facts

TARGET_PLACES = 10
Pairs = list[tuple[Indicator, int]]
Key = tuple[int, str, int]
"""(KPI or 0, code where there is no KPI, department)"""


class Kept(NamedTuple):
    """One line of the published run: what was there, and how it was asked for."""

    presence: str
    figures: tuple[str | None, ...]
    """Value, numerator, denominator, scale, target, floor, stretch, as texts."""
    reported: Any
    method: str
    target_policy: str


def retraced_month(*, scheme: Scheme, run: ScoreRun, at: datetime) -> list[Judged]:
    """Every department of the run's month as SCHEME has it. The one place where a rehearsal judges."""
    return judge_month(retraced(scheme=scheme, run=run, at=at)).scores


def retraced(*, scheme: Scheme, run: ScoreRun, at: datetime) -> Gathered:
    """The facts of a published run's month, in the shape and order that SCHEME asks for. A fixed number of queries."""
    month = Month.of(run.month)
    by_card: dict[int, list[Indicator]] = {}
    for indicator in Indicator.objects.filter(scheme=scheme).order_by("scorecard", "position", "pk"):
        by_card.setdefault(indicator.scorecard_id, []).append(indicator)
    departments = open_places(scheme, month)
    pairs = [(one, row.department_id) for row in departments for one in by_card.get(row.scorecard_id, ())]
    kept = kept_lines(run)
    sheet, targets = facts_of(pairs, kept, month)
    return Gathered(
        month=month,
        scheme=scheme,
        at=at,
        is_past_cut_off=True,
        indicators={card: tuple(found) for card, found in by_card.items()},
        departments=departments,
        sheet=sheet,
        targets=targets,
        former_rates=former_rates(pairs, month),
        beside=beside_of(pairs, kept, run),
    )


def open_places(scheme: Scheme, month: Month) -> tuple[Assessed, ...]:
    """The departments SCHEME judges that were open on the month's last day. Two queries."""
    rows = AssessedDepartment.objects.filter(scheme=scheme)
    is_open = open_department_ids(rows.values("department"), month.last_day)
    found = rows.order_by("department").values_list("department", "scorecard", "coefficient")
    return tuple(Assessed(*row) for row in found if row[0] in is_open)


def kept_lines(run: ScoreRun) -> dict[Key, Kept]:
    """The lines of the published run. One query."""
    names = ("value", "numerator", "denominator", "scale", "target", "floor", "stretch")
    rows = ScoreLine.objects.filter(run=run).order_by("department", "indicator")
    found: dict[Key, Kept] = {}
    for kpi, code, place, presence, told_then, method, policy, *figures in rows.values_list(
        *("indicator__kpi", "indicator__code", "department", "presence", "reported", "indicator__method"),
        *("indicator__target_policy", *names),
    ):
        texts = tuple(None if figure is None else f"{figure:f}" for figure in figures)
        key = (kpi or 0, "" if kpi else code, place)
        found.setdefault(key, Kept(presence, texts, told_then, method, policy))
    return found


def key_of(indicator: Indicator, place: int) -> Key:
    """Where the same thing stands in the published run."""
    return (indicator.kpi_id or 0, "" if indicator.kpi_id else indicator.code, place)


def facts_of(
    pairs: Pairs, kept: Mapping[Key, Kept], month: Month
) -> tuple[FactSheet, dict[tuple[int, int], Fraction | None]]:
    """One fact for each pair, in their order, and the targets that are not simply those of the last day. Two queries.

    A kept figure keeps the target it was judged against, unless the tried scheme dates targets otherwise.
    """
    today = month_facts(
        month=month,
        kpis=[one.kpi_id or 0 for one, _place in pairs],
        departments=[place for _one, place in pairs],
    )
    targets = dated_targets([pair for pair in pairs if not is_dated_alike(pair, kept)], month)
    lines = []
    for (one, place), fact in zip(pairs, today, strict=True):
        line = kept.get(key_of(one, place)) if one.kpi_id else None
        if line is None:
            lines.append(f"{fact.kpi}\t{fact.department}\t{text_of(fact)}")
            continue
        lines.append(
            f"{fact.kpi}\t{fact.department}\t{told(line, fact, is_alike=line.target_policy == one.target_policy)}"
        )
        target = line.figures[4]
        if line.target_policy == one.target_policy and target is not None and plain_target(target) is None:
            targets[one.pk, place] = Fraction(target)
    return FactSheet("\n".join(lines).encode()), targets


def is_dated_alike(pair: tuple[Indicator, int], kept: Mapping[Key, Kept]) -> bool:
    """Whether the published run keeps the figure with a target that was dated as the tried scheme dates it."""
    line = kept.get(key_of(*pair))
    return line is not None and line.target_policy == pair[0].target_policy


def told(line: Kept, fact: Fact, *, is_alike: bool) -> str:
    """A kept line as the database tells a fact; its target is today's where it was dated otherwise."""
    value, numerator, denominator, scale, target, floor, stretch = line.figures
    aim = plain_target(target) if is_alike else fact.target
    presence = Presence.MISSING.value if line.presence not in FACT_PRESENCES else line.presence
    return joined((presence, value, numerator, denominator, scale, aim, floor, stretch))


def text_of(fact: Fact) -> str:
    """A fact as the database tells it."""
    return joined(fact[2:])


def joined(columns: tuple[str | None, ...]) -> str:
    """Columns as the database parts them."""
    return "\t".join(NOTHING if column is None else column for column in columns)


FACT_PRESENCES = frozenset({"number", "no_data", "suppressed", "not_due", "missing"})


def plain_target(text: str | None) -> str | None:
    """A target with the ten places of the database; None where it needs more, as a mean over days may."""
    if text is None:
        return None
    whole, _dot, places = text.partition(".")
    return None if places[TARGET_PLACES:].strip("0") else f"{whole}.{places[:TARGET_PLACES]}"


def beside_of(pairs: Pairs, kept: Mapping[Key, Kept], run: ScoreRun) -> Beside:
    """What was reported beside KPI values, and what stands beside the hundred points: as the published run keeps both."""
    month = Month.of(run.month)
    found: dict[tuple[int, int], Any] = {}
    others: Pairs = []
    for one, place in pairs:
        line = kept.get(key_of(one, place)) if one.kpi_id is None else None
        if line is None or line.method != one.method or not answers_all(one, line.reported):
            others += [(one, place)] if one.kpi_id is None else []
        elif line.reported is not None:
            found[one.pk, place] = asked_of(one, line.reported)
    counted = dict(Score.objects.filter(run=run).values_list("department", "extras"))
    new = {place for _one, place in pairs} - counted.keys()
    return Beside(
        reported={**reported(others, month), **found},
        extras={
            **(extras(new, month) if new else {}),
            **{place: counts for place, counts in counted.items() if counts},
        },
    )


def answers_all(indicator: Indicator, given: Any) -> bool:
    """Whether what was kept holds every part of a composite that the tried scheme asks for."""
    if indicator.method != Method.COMPOSITE or given is None:
        return True
    return all(str(part.get("code")) in given for part in indicator.params.get("children", ()))


def asked_of(indicator: Indicator, given: Any) -> Any:
    """Of what was kept only what the tried scheme asks for: its raters, the parts of its composite."""
    if indicator.method == Method.DESCRIPTIVE:
        asked = {str(row.get("id")) for row in indicator.params.get("raters", ())}
    elif indicator.method == Method.COMPOSITE:
        asked = {str(row.get("code")) for row in indicator.params.get("children", ())}
    else:
        return given
    return {key: value for key, value in given.items() if key in asked}
