"""A past month by other rules: its facts as the published run keeps them, judged by a scheme that is only tried.

What the published run judged is taken as it was judged there (same KPI, or same code where there is no KPI). What only the
tried scheme asks for is read as it stands today. Nothing is stored.
"""

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

import polars as pl
from django.db import connection

from apps.assessments.choices import Method, Presence, TargetPolicy
from apps.assessments.models import Indicator, Scheme, Score, ScoreLine, ScoreRun
from apps.assessments.selectors.facts import figures, reported
from apps.assessments.selectors.raters import raters_in
from apps.assessments.services.beside import Beside, extras
from apps.assessments.services.capping import without_limits
from apps.assessments.services.gathering import Gathered, assessed_in, dated_targets, former_rates, is_plain
from apps.assessments.services.judging import Judged, judge_month
from apps.core.month import Month
from apps.kpis.selectors import Fact, FactSheet, copied_table

Pairs = list[tuple[Indicator, int]]
KEPT = {
    **dict.fromkeys(("kpi", "department"), pl.Int64),
    **dict.fromkeys((*Fact._fields[2:], "policy"), pl.String),
}
FIGURES_KEPT = """
COPY (
    SELECT i.kpi_id, l.department_id, l.presence, l.value, l.numerator, l.denominator, l.scale, l.target, l.floor, l.stretch,
           i.target_policy
    FROM assessments_scoreline l JOIN assessments_indicator i ON i.id = l.indicator_id
    WHERE l.run_id = %(run)s AND i.kpi_id IS NOT NULL ORDER BY l.department_id, l.presence = 'exempt', l.indicator_id
) TO STDOUT
"""
FACT_PRESENCES = frozenset({"number", "no_data", "suppressed", "not_due", "missing"})
EXEMPT = Presence.EXEMPT.value
PRESENCES_BESIDE = sorted(set(Presence.values) - FACT_PRESENCES)


class Kept(NamedTuple):
    """One line of the published run without a KPI: what was there, and how it was asked for."""

    reported: Any
    method: str
    is_exempt: bool
    indicator: int


def retraced_month(*, scheme: Scheme, run: ScoreRun, at: datetime) -> list[Judged]:
    """Every department of the run's month as SCHEME has it. The one place where a rehearsal judges."""
    return judge_month(retraced(scheme=scheme, run=run, at=at)).scores


def retraced(*, scheme: Scheme, run: ScoreRun, at: datetime) -> Gathered:
    """The facts of a published run's month, in the shape and order that SCHEME asks for. A fixed number of queries."""
    month = Month.of(run.month)
    by_card: dict[int, list[Indicator]] = {}
    for indicator in Indicator.objects.filter(scheme=scheme).order_by("scorecard", "position", "pk"):
        by_card.setdefault(indicator.scorecard_id, []).append(indicator)
    departments = assessed_in(scheme, month)
    asked = [(one, row.department_id) for row in departments for one in by_card.get(row.scorecard_id, ())]
    figures_kept, beside_kept = kept_figures(run), kept_beside(run)
    sheet, targets = facts_of(asked, figures_kept, month)
    odd = [(one, place) for one, place in asked if not is_plain(one)]
    return Gathered(
        month=month,
        scheme=scheme,
        at=at,
        is_past_cut_off=True,
        is_past_reports=True,
        indicators={card: tuple(found) for card, found in by_card.items()},
        departments=departments,
        sheet=sheet,
        targets=targets,
        former_rates=former_rates(odd, month),
        beside=replace(
            beside_of(odd, {place for _one, place in asked}, run, beside_kept),
            exempt=kept_exempt(asked, figures_kept, beside_kept),
        ),
    )


def kept_figures(run: ScoreRun) -> pl.DataFrame:
    """The KPI lines of the published run, the first of each KPI and department: as KEPT names them. One query."""
    out = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(cursor.mogrify(FIGURES_KEPT, {"run": run.pk}).decode(), out)
    found = copied_table(out.getvalue(), KEPT)
    return found.unique(("kpi", "department"), keep="first", maintain_order=True)


def kept_beside(run: ScoreRun) -> dict[tuple[str, int], Kept]:
    """The lines of the published run without a KPI, by code and department. One query."""
    rows = ScoreLine.objects.filter(run=run, indicator__kpi=None).order_by("department", "indicator")
    found: dict[tuple[str, int], Kept] = {}
    wanted = ("indicator__code", "department", "reported", "indicator__method", "presence", "indicator")
    for code, place, told, method, presence, indicator in rows.values_list(*wanted):
        found.setdefault((code, place), Kept(told, method, presence == EXEMPT, indicator))
    return found


def kept_exempt(
    asked: Pairs, figures_kept: pl.DataFrame, beside_kept: Mapping[tuple[str, int], Kept]
) -> frozenset[tuple[int, int]]:
    """Of what is ASKED for, what the published run left out because it was approved as not applicable: the same KPI of the
    same department, or the same code where there is no KPI."""
    kpis = set(figures_kept.filter(pl.col("presence") == EXEMPT).select("kpi", "department").iter_rows())
    codes = {key for key, kept in beside_kept.items() if kept.is_exempt}
    return frozenset(
        (one.pk, place)
        for one, place in asked
        if ((one.code, place) in codes if one.kpi_id is None else (one.kpi_id, place) in kpis)
    )


def facts_of(
    asked: Pairs, kept: pl.DataFrame, month: Month
) -> tuple[FactSheet, dict[tuple[int, int], Fraction | None]]:
    """One fact for each pair that is ASKED for, in their order, and the targets that are not simply those of the last day.

    A KEPT figure keeps the target it was judged against, unless the tried scheme dates targets otherwise. Two queries.
    """
    today = figures(
        month=month, kpis=[one.kpi_id or 0 for one, _place in asked], departments=[place for _one, place in asked]
    )
    pairs = today.table().with_columns(
        pl.Series("indicator", [one.pk for one, _place in asked], dtype=pl.Int64),
        pl.Series("policy", [one.target_policy for one, _place in asked], dtype=pl.String),
    )
    is_alike = (pl.col("policy") == pl.col("policy_then")).fill_null(value=False)
    found = pairs.join(kept, on=("kpi", "department"), how="left", suffix="_then", maintain_order="left").with_columns(
        is_alike.alias("is_alike"), plain_target(pl.col("target_then")).alias("plain_target")
    )
    others = found.filter(~pl.col("is_alike"), pl.col("policy") != TargetPolicy.PERIOD_END.value)
    indicators = {one.pk: one for one, _place in asked}
    dated = [(indicators[key], place) for key, place in others.select("indicator", "department").iter_rows()]
    finer = found.filter("is_alike", pl.col("target_then").is_not_null(), pl.col("plain_target").is_null())
    kept_targets = finer.select("indicator", "department", "target_then").iter_rows()
    return sheet_of(found), {
        **dated_targets(dated, month),
        **{(key, place): Fraction(target) for key, place, target in kept_targets},
    }


def plain_target(text: pl.Expr) -> pl.Expr:
    """A target with the ten places of the database; empty where it needs more, as a mean over days may."""
    return text.str.extract(r"^(-?[0-9]+\.[0-9]{10})0*$", 1)


def sheet_of(found: pl.DataFrame) -> FactSheet:
    """The facts of today, and for the lines that are kept what they were then."""
    is_kept, names = pl.col("presence_then").is_not_null(), Fact._fields[2:]
    then = {name: pl.col(f"{name}_then") for name in names}
    then["presence"] = then["presence"].replace(PRESENCES_BESIDE, Presence.MISSING.value)
    then["target"] = pl.when("is_alike").then("plain_target").otherwise("target")
    told = (pl.when(is_kept).then(then[name]).otherwise(name).alias(name) for name in names)
    return FactSheet.of(found.select("kpi", "department", *told))


def beside_of(pairs: Pairs, places: set[int], run: ScoreRun, kept: Mapping[tuple[str, int], Kept]) -> Beside:
    """What was reported beside KPI values, and what stands beside the hundred points: as the published run keeps both."""
    month = Month.of(run.month)
    found: dict[tuple[int, int], Any] = {}
    others: Pairs = []
    same = same_raters(pairs, run)
    for one, place in pairs:
        line = kept.get((one.code, place)) if one.kpi_id is None else None
        if line is None or line.method != one.method or not answers_all(one, line.reported):
            others += [(one, place)] if one.kpi_id is None else []
        elif line.reported is not None:
            found[one.pk, place] = asked_of(one, line.reported, same.get((line.indicator, one.pk), {}))
    counted = dict(Score.objects.filter(run=run).values_list("department", "extras"))
    new = places - counted.keys()
    return Beside(
        reported={**reported(others, month), **found},
        extras={
            **(extras(new, month) if new else {}),
            **{place: told for place, counts in counted.items() if (told := without_limits(counts))},
        },
    )


def answers_all(indicator: Indicator, given: Any) -> bool:
    """Whether what was kept holds every part of a composite that the tried scheme asks for."""
    if indicator.method != Method.COMPOSITE or given is None:
        return True
    return all(str(part.get("code")) in given for part in indicator.params.get("children", ()))


def same_raters(pairs: Pairs, run: ScoreRun) -> dict[tuple[int, int], dict[str, str]]:
    """By (indicator of the run, indicator that is tried): the name a rater had there → the name they have here. It is the
    account that is the same: its address may have been corrected between the two. Three queries where somebody rates."""
    here = raters_in({one.pk: one for one, _place in pairs}.values())
    if not here:
        return {}
    there = raters_in(Indicator.objects.filter(scheme=run.scheme_id, method=Method.DESCRIPTIVE))
    names = {pk: {user.pk: name for name, user in raters.items()} for pk, raters in here.items()}
    return {
        (old, new): {name: known[user.pk] for name, user in raters.items() if user.pk in known}
        for old, raters in there.items()
        for new, known in names.items()
    }


def asked_of(indicator: Indicator, given: Any, same: Mapping[str, str]) -> Any:
    """Of what was kept only what the tried scheme asks for: its raters by the names they have there (SAME), the parts of its
    composite."""
    if indicator.method == Method.DESCRIPTIVE:
        return {same[name]: level for name, level in given.items() if name in same}
    if indicator.method == Method.COMPOSITE:
        asked = {str(row.get("code")) for row in indicator.params.get("children", ())}
        return {key: value for key, value in given.items() if key in asked}
    return given
