"""The overview of an indicator as the template draws it: figures in words, charts as rows of numbers."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core.charts import Series
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.core.templatetags.ui import icon
from apps.core.wording import month_text
from apps.kpis.choices import Absence, Aggregation
from apps.kpis.rules.comparing import FEWEST
from apps.kpis.rules.season import Usual
from apps.kpis.rules.showing import change
from apps.kpis.selectors.board import OFF
from apps.kpis.selectors.months import Facts
from apps.kpis.selectors.page import Compared, Picture, Range
from apps.kpis.views.words import (
    ABSENCE_HINTS,
    change_html,
    light_html,
    marks_of,
    nothing_html,
    target_html,
)

VERDICTS = {
    "improved": (gettext_lazy("Better"), "success", "trending-up"),
    "worsened": (gettext_lazy("Worse"), "danger", "trending-down"),
    "no_clear_change": (gettext_lazy("No clear change"), "neutral", "minus"),
    "no_base": (gettext_lazy("Nothing to compare with"), "neutral", "minus"),
    "too_few": (gettext_lazy("Too few months to tell"), "neutral", "minus"),
}
CLEAR = frozenset({"improved", "worsened", "no_clear_change"})
SIGNALS = {
    "above": gettext_lazy("above the usual range"),
    "below": gettext_lazy("below the usual range"),
    "run": gettext_lazy("eight or more in a row on the same side of the mean"),
    "pair": gettext_lazy("two of three in a row near the same limit"),
    "trend": gettext_lazy("seven or more in a row that rise, or fall"),
}
REACHES = {
    "never": gettext_lazy("The target lies outside the usual range: as things are done now it will not be reached."),
    "always": gettext_lazy("The usual range lies wholly on the good side of the target: it is reached as things run."),
    "left": gettext_lazy(
        "The latest month tells of a change: the usual range no longer says whether the target is reached."
    ),
    "chance": gettext_lazy("The target lies inside the usual range: whether it is reached is left to chance."),
}
SHOWN_SIGNALS = 4


def month_name(month: Month) -> str:
    """Sep 2026."""
    return date_format(month.first_day, "M Y")


def overview_context(picture: Picture, *, span: int | None) -> dict[str, Any]:
    """Everything the overview draws."""
    months = picture.window(span)
    return {
        "month_name": date_format(picture.month.first_day, "F Y"),
        "figures": figures_of(picture),
        "coverage": coverage_of(picture),
        "marks": marks_of(picture.card),
        "absence_hint": ABSENCE_HINTS[Absence(picture.card.absence)] if picture.card.absence else "",
        "compared": [compared_line(one, picture.card.facts, picture.version.direction) for one in picture.compared],
        "verdict": verdict_of(picture),
        "adjusted_for": adjusted_words(picture.usual),
        "chart": chart_of(picture, months),
        "range": range_context(picture.range, picture.card.facts, months) if picture.range else None,
        "tree": picture.tree,
        "may_ask_today": picture.may_ask_today,
        "description": picture.version.description,
        "definition": definition_facts(picture),
    }


def figures_of(picture: Picture) -> dict[str, Any]:
    """The figures of the header."""
    card, facts = picture.card, picture.card.facts
    line = card.line
    has_figure = line is not None and not card.absence
    since = ""
    if has_figure and card.since is not None:
        since = _("since %(month)s") % {"month": month_name(card.since)}
    return {
        "value": facts.shown(line.value) if line and has_figure else nothing_html(card),
        "has_value": has_figure,
        "latest": f"{month_name(card.latest[0])}: {facts.shown(card.latest[1].value)}" if card.latest else "",
        "status": light_html(line.status) if line and has_figure else "",
        "tone": {"red": "danger", "amber": "warning"}.get(line.status, "") if line and has_figure else "",
        "since": since if line and line.status in OFF else "",
        "target": target_html(card),
        "bounds": bounds_text(picture),
        "ytd": facts.shown(line.ytd) if line else "",
        "ytd_way": Aggregation(picture.version.over_time).label,
        "change": change_html(card.change, decimals=facts.decimals, unit=facts.unit, direction=facts.direction),
    }


def bounds_text(picture: Picture) -> str:
    """Floor and stretch, where they are set."""
    line, facts = picture.card.line, picture.card.facts
    found = []
    if line is not None and line.floor is not None:
        found.append(_("floor %(value)s") % {"value": facts.shown(line.floor)})
    if line is not None and line.stretch is not None:
        found.append(_("stretch %(value)s") % {"value": facts.shown(line.stretch)})
    return " · ".join(found)


def coverage_of(picture: Picture) -> dict[str, Any]:
    """Reported by 11 of 12 departments."""
    facts = picture.card.facts
    if facts.is_formula or not facts.expected:
        return {}
    words = ngettext(
        "Reported by %(count)s of %(all)s department",
        "Reported by %(count)s of %(all)s departments",
        facts.expected,
    )
    return {
        "text": words % {"count": facts.reported, "all": facts.expected},
        "is_whole": facts.reported >= facts.expected,
        "count": facts.reported,
        "all": facts.expected,
    }


def compared_line(one: Compared, facts: Facts, direction: str) -> dict[str, Any]:
    """One comparison in words."""
    names = {
        "before": _("Against %(month)s"),
        "quarters": _("Three months against the three to %(month)s"),
        "year": _("Against %(month)s, a year before"),
    }
    difference = Fraction(one.current) - Fraction(one.former)
    verdict = VERDICTS.get(one.verdict)
    return {
        "label": names[one.base] % {"month": month_name(one.month)},
        "former": facts.shown(one.former),
        "current": facts.shown(one.current),
        "difference": change_html(
            round_half_up(difference, facts.decimals), decimals=facts.decimals, unit=facts.unit, direction=direction
        ),
        "percent": "" if one.change_pct is None else change(one.change_pct),
        "adjusted": "" if one.adjusted_pct is None else change(one.adjusted_pct),
        "verdict": {"label": verdict[0], "tone": verdict[1], "icon": icon(verdict[2])} if verdict else None,
        "is_provisional": bool(one.few) and one.verdict in CLEAR,
        "is_same_definition": one.is_same_definition,
    }


def verdict_of(picture: Picture) -> dict[str, Any] | None:
    """The verdict of the header and what it goes by."""
    word, basis = picture.verdict
    if word in {"", "no_base"}:
        return None
    label, tone, glyph = VERDICTS[word]
    ways = {
        "seasonal_index": _("against the figure before, without the season"),
        "yoy": _("against the same month last year"),
        "raw": _("against the figure before"),
    }
    found = {"label": label, "tone": tone, "icon": icon(glyph), "way": ways.get(basis, "")}
    return {**found, "few": few_words(picture.few, is_told=word in CLEAR) if picture.few else ""}


def few_words(count: int, *, is_told: bool) -> str:
    """That only COUNT months are known, so that a verdict is provisional, or (not IS_TOLD) that there is none."""
    if is_told:
        words = ngettext("provisional: %(count)s month so far", "provisional: %(count)s months so far", count)
    else:
        words = ngettext(
            "%(count)s month so far, %(need)s are needed", "%(count)s months so far, %(need)s are needed", count
        )
    return words % {"count": count, "need": FEWEST}


def adjusted_words(usual: Usual) -> str:
    """What figures are compared without."""
    if usual.has_season and usual.has_days:
        return _("without season and working days")
    return _("without the season") if usual.has_season else _("without working days") if usual.has_days else ""


def chart_of(picture: Picture, months: Sequence[Month]) -> dict[str, Any]:
    """Value against target over time."""
    lines, places = picture.lines, picture.card.facts.decimals
    is_range = picture.version.direction == "range"
    wanted = [("value", _("Value"), "area", 1), ("target", _("Lower end") if is_range else _("Target"), "target", 5)]
    wanted += [("upper", _("Upper end"), "target", 5)] if is_range else []
    wanted += [("floor", _("Floor"), "limit", 2), ("stretch", _("Stretch"), "limit", 3)]
    series = []
    for name, label, kind, tone in wanted:
        values = [rounded(getattr(lines[one], name), places) if one in lines else None for one in months]
        if name == "value" or any(value is not None for value in values):
            series.append(Series(label, values, kind, tone=tone))  # type: ignore[arg-type]
    return {
        "labels": labels_of(months),
        "series": series,
        "unit": picture.card.facts.unit,
        "from_zero": starts_at_zero(series),
    }


def starts_at_zero(series: Sequence[Series]) -> bool:
    """Amounts that come near zero are drawn from zero; shares that stay in a narrow band are not."""
    known = [value for one in series for value in one.values if value is not None]
    return not known or float(min(known)) <= 0 or float(min(known)) < float(max(known)) * 0.4


def labels_of(months: Sequence[Month]) -> list[str]:
    """Months below a chart."""
    return [date_format(month.first_day, "M y") for month in months]


def rounded(value: Decimal | None, places: int) -> Decimal | None:
    """For display only."""
    return None if value is None else round_half_up(value, places)


def range_context(found: Range, facts: Facts, months: Sequence[Month]) -> dict[str, Any]:
    """The usual range: a chart, its limits, what fell out of it."""
    shown_months = set(months)
    kept = [(place, month) for place, month in enumerate(found.months) if month in shown_months]
    kept = kept if len(kept) > 1 else list(enumerate(found.months))
    shown = [found.values[place] for place, _month in kept]
    outside = {month for month, _kind in found.signals}
    stretches = signal_stretches(found)
    limits = found.limits
    flat = {
        name: [rounded_fraction(value, facts.decimals)] * len(kept)
        for name, value in (("upper", limits.upper), ("mean", limits.mean), ("lower", limits.lower))
    }
    series = [
        Series(_("Value"), [rounded(value, facts.decimals) for value in shown], "line", tone=1,
               marks=[place for place, (_at, month) in enumerate(kept) if month in outside]),
        Series(_("Upper limit"), flat["upper"], "limit", tone=5),
        Series(_("Mean"), flat["mean"], "target", tone=5),
        Series(_("Lower limit"), flat["lower"], "limit", tone=5),
    ]  # fmt: skip
    return {
        "labels": labels_of([month for _place, month in kept]),
        "series": series,
        "from_zero": starts_at_zero(series),
        "low": facts.shown(limits.lower),
        "high": facts.shown(limits.upper),
        "mean": facts.shown(limits.mean),
        "is_provisional": found.is_provisional,
        "adjusted_for": adjusted_words(found.usual),
        "learned": learned_words(found),
        "baseline": found.baseline,
        "count": len(found.values),
        "reach": REACHES.get(found.reach, ""),
        "signals": [
            {"months": " – ".join(month_name(month) for month in ends), "words": SIGNALS[kind]}
            for ends, kind in stretches[:SHOWN_SIGNALS]
        ],
        "more_signals": max(0, len(stretches) - SHOWN_SIGNALS),
    }


def learned_words(found: Range) -> str:
    """From which months it is known what a month usually is, and that this moved the limits once, where it did."""
    if found.learned is None:
        return ""
    first, last = (month_text(month) for month in found.learned)
    words = _(
        "What a month usually is was learned from %(first)s to %(last)s: later months move neither that nor the limits."
    )
    told = words % {"first": first, "last": last}
    if found.usual.has_season and found.learned[1] > found.base[1]:
        told += " " + _("Up to %(last)s the season was not known yet, and the limits were drawn with it in.") % {
            "last": last
        }
    return told


def signal_stretches(found: Range) -> list[tuple[tuple[Month, ...], str]]:
    """Signals of one kind in months that follow one another, as (first, last) of the stretch; newest first."""
    order = {month: place for place, month in enumerate(found.months)}
    stretches: list[tuple[list[Month], str]] = []
    for month, kind in found.signals:
        if stretches and stretches[-1][1] == kind and order[stretches[-1][0][0]] - order[month] == 1:
            stretches[-1][0].insert(0, month)
        else:
            stretches.append(([month], kind))
    return [((months[0], months[-1]) if len(months) > 1 else (months[0],), kind) for months, kind in stretches]


def rounded_fraction(value: Fraction, places: int) -> Decimal:
    """For display only."""
    return round_half_up(value, places)


def definition_facts(picture: Picture) -> list[tuple[Any, Any]]:
    """What the indicator is, in short."""
    version, kpi = picture.version, picture.kpi
    return [
        (_("Code"), kpi.code),
        (_("Better"), version.get_direction_display()),
        (_("Reported"), version.get_frequency_display()),
        (_("Over months"), version.get_over_time_display()),
        (_("Over departments"), version.get_over_departments_display()),
        (_("Owner"), kpi.owner.name if kpi.owner else None),
        (_("Owned by"), kpi.department.name),
        (_("Source"), version.source or None),
        (_("Tags"), ", ".join(kpi.tags) or None),
    ]
