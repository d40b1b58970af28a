"""What stands around the list of the staff outlook: the chart, and what else is foretold where people will be missing."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.core.charts import Series
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.core.scope import Scope
from apps.forecasts.choices import SubjectKind, WarningKind
from apps.forecasts.models import ForecastIssue, SeriesForecast
from apps.forecasts.rules.heads import PerHead
from apps.forecasts.rules.sentences import aim_text, score_sentence, year_gap_sentence
from apps.forecasts.selectors.people import foretold_beside, short_of_people, topmost
from apps.forecasts.selectors.shortage import public_per_head
from apps.forecasts.selectors.shortage_scores import ScoreEffect, score_effects
from apps.forecasts.services.wording import written
from apps.forecasts.views.words import chance_text, ends_ahead, month_name, url_of
from apps.kpis.rules.showing import change, figure

MONTHS_BEHIND = 12
SHORT_SHOWN = 8
BESIDE_SHOWN = 6


def chart_context(scope: Scope, issue: ForecastIssue, tops: Sequence[int]) -> dict[str, Any]:
    """Heads of all departments one sees: twelve months back, and what is expected with its 80 % range.

    TOPS: the uppermost ones, by key. What was there is read from the issue too, so that the number of people is not felt.
    """
    month = Month.of(issue.month)
    rows = [row for row in topmost(scope, issue, tops) if row.mean]
    if not rows:
        return {"chart": None}
    count = min(len(row.mean) for row in rows)
    mean = [sum(row.mean[at] for row in rows) for at in range(count)]
    low, high = (
        [
            mean[at] + sign * sqrt(sum((row.mean[at] - getattr(row, name)[at]) ** 2 for row in rows))
            for at in range(count)
        ]
        for sign, name in ((-1, "lo80"), (1, "hi80"))
    )
    before = heads_before(rows)
    gap, joint = [None] * (len(before) - 1), before[-1:]
    planned = [None] * MONTHS_BEHIND + planned_heads(rows, count)
    months = month.plus(1 - MONTHS_BEHIND).until(month.plus(count))
    series = [
        Series(_("Heads"), [*before, *[None] * count], "area", tone=1),
        Series(_("Expected"), [*gap, *joint, *map(whole_people, mean)], "line", tone=1),
        Series(_("80 % range from"), [*gap, *joint, *map(whole_people, low)], "limit", tone=2),
        Series(_("80 % range to"), [*gap, *joint, *map(whole_people, high)], "limit", tone=2),
    ]
    if any(value is not None for value in planned):
        series.append(Series(_("Plan"), planned, "target", tone=5))
    return {
        "chart": {"labels": [date_format(one.first_day, "M y") for one in months], "series": series},
        "is_summed": len(rows) > 1,
    }


def heads_before(rows: Sequence[SeriesForecast]) -> list[int | None]:
    """Heads of all of them in the twelve months up to the issue's, as it knew them; nothing before all were there."""
    since = min(row.history_count for row in rows)
    return [
        round(sum(row.last_year[at] or 0 for row in rows)) if MONTHS_BEHIND - at <= since else None
        for at in range(MONTHS_BEHIND)
    ]


def planned_heads(rows: Sequence[SeriesForecast], count: int) -> list[int | None]:
    """Planned heads of all of them; nothing where one has no plan."""
    if any(len(row.target) < count for row in rows):
        return [None] * count
    return [round(sum(row.target[at] for row in rows)) for at in range(count)]


def whole_people(value: float) -> int:
    """Heads are counted."""
    return int(round_half_up(Fraction(max(value, 0.0)), 0))


def beside_context(scope: Scope, issue: ForecastIssue) -> dict[str, Any]:
    """Departments expected below plan, each with its scores and KPIs that are foretold."""
    month, (_quarter, year) = Month.of(issue.month), ends_ahead(issue)
    short = short_of_people(scope, issue, limit=SHORT_SHOWN)
    found = foretold_beside(scope, issue, [row.department_id for row in short], each=BESIDE_SHOWN) if short else {}
    effects = score_effects(scope, issue, short) if short else {}
    return {
        "short": [
            {
                "score": score_words(row, effects.get(row.department_id)),
                "name": row.department.name,
                "url": reverse("departments:detail", args=[row.department_id]),
                "chance": chance_text(row.warned_chance),
                "month": date_format(row.warned_month, "F Y") if row.warned_month else "",
                "rows": [
                    beside_line(one, row, month, year, effects.get(row.department_id))
                    for one in found.get(row.department_id, ())
                ],
            }
            for row in short
        ]
    }


def score_words(heads: SeriesForecast, found: ScoreEffect | None) -> str:
    """What the shortage does to the department's score, in the sentence of the report; empty where it is not assessed then
    or keeps its people."""
    if found is None:
        return ""
    parts = [(part.name, part.points) for part in found.parts]
    told = {"told": found.told_weight, "untold": found.untold_weight}
    return written(score_sentence(heads.department.name, found.month, parts, **told))


def beside_line(
    row: SeriesForecast, heads: SeriesForecast, issued: Month, year: Month, effect: ScoreEffect | None = None
) -> dict[str, Any]:
    """One KPI or score: what is expected at the end of the YEAR (where that cannot be told, next month, and why), its chance
    of the target, what it comes to with as few people as are expected, and the EFFECT of that on the department's score."""
    definition = row.kpi.definition if row.kpi else None
    places, unit = (definition.decimals, definition.unit) if definition else (1, "")

    def shown(value: float | None) -> str:
        return "" if value is None else figure(Fraction(value), decimals=places, unit=unit)

    end = (row.year_mean, row.year_lo80, row.year_hi80)
    is_gap = row.year_mean is None and bool(row.mean)
    expected, low, high = map(shown, (row.mean[0], row.lo80[0], row.hi80[0]) if is_gap else end)
    gap = year_gap_sentence(year, definition.over_time if definition else "")
    per_head = moved_per_head(public_per_head(heads, row, issued), shown)
    return {
        "name": row.kpi.name if row.kpi else SubjectKind(row.kind).label,
        "url": reverse("kpis:detail", args=[row.kpi.pk]) if row.kpi else "",
        "expected": expected,
        "low": low,
        "high": high,
        "month": month_name(issued.plus(1)) if is_gap else "",
        "gap": written(gap) if is_gap else "",
        "target": aim_text(row.year_target, row.year_upper, decimals=places, unit=unit),
        "chance": chance_text(row.chance_year),
        "warning": WarningKind(row.warning).label if row.warning else "",
        "per_head": per_head_words(per_head, shown),
        "points": points_words(effect.of_kpi(row.kpi_id) if effect and row.kpi_id else None),
        "per_head_url": per_head_url(row, per_head),
    }


def points_words(points: Decimal | None) -> str:
    """Score about −1.2 points. Empty where that cannot be told."""
    return (
        "" if points is None else _("score about %(points)s points") % {"points": change(points, decimals=1, unit="")}
    )


def moved_per_head(
    found: tuple[Month, PerHead] | None, shown: Callable[[float | None], str]
) -> tuple[Month, PerHead] | None:
    """What a shortage moves; nothing where the figure stays the same to the places it is shown with."""
    return None if found is None or shown(found[1].then) == shown(found[1].expected) else found


def per_head_words(found: tuple[Month, PerHead] | None, shown: Callable[[float | None], str]) -> str:
    """If the figure per head stays: 1,080 t instead of 1,200 t in Sep 2026, chance 12 %. Empty where nothing follows."""
    if found is None:
        return ""
    month, told = found
    values = {"then": shown(told.then), "expected": shown(told.expected), "month": month_name(month)}
    if told.chance is None:
        return _("If the figure per head stays: %(then)s instead of %(expected)s in %(month)s") % values
    return _("If the figure per head stays: %(then)s instead of %(expected)s in %(month)s, chance %(chance)s") % {
        **values,
        "chance": chance_text(told.chance),
    }


def per_head_url(row: SeriesForecast, found: tuple[Month, PerHead] | None) -> str:
    """The what-if of the series with this change filled in."""
    if found is None:
        return ""
    month, told = found
    return f"{url_of(row)}?{urlencode({'from_month': str(month), 'level_pct': f'{told.change_pct:f}'})}#what-if"
