"""What is off, since when, whose, and how it will end: the top of the report."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.month import Month
from apps.forecasts.models import SeriesForecast
from apps.forecasts.rules.sentences import (
    Counts,
    Ending,
    aim_text,
    ending_sentence,
    off_sentences,
    rough,
    whose_sentence,
    year_gap,
)
from apps.forecasts.selectors.series import due_ahead
from apps.forecasts.services.sections.facts import MonthFacts
from apps.forecasts.services.sections.frame import (
    Json,
    Section,
    Table,
    address,
    cell,
    kpi_address,
    month_text,
    said,
    series_address,
)
from apps.forecasts.services.wording import written
from apps.kpis.choices import Status
from apps.kpis.selectors.reporting import Result

OFF = (Status.RED, Status.AMBER)
TONES = {"good": "good", "bad": "bad", "warn": "warn"}


def off_section(facts: MonthFacts) -> Section:
    """The sentences of what is off, and one row for each: by how much, since when, whose, how it will end."""
    counts = counts_of(facts)
    url = address("kpis:list", month=facts.month, status="off")
    sentences = [said(one, url) for one in off_sentences(facts.month, counts, is_open=is_open(facts))]
    columns = (
        ("kpi", _("KPI"), "text"),
        ("value", _("Value"), "number"),
        ("target", _("Target"), "number"),
        ("since", _("Off since"), "text"),
        ("whose", _("Whose"), "text"),
        ("end", _("How it will end"), "text"),
    )
    table = Table(
        "off",
        _("Off target"),
        columns,
        [off_row(facts, one) for one in facts.off],
        empty=_("No KPI is off target."),
        left_out=facts.off_count - len(facts.off),
    )
    return Section(sentences, [table], facts={"off": counts.off, "red": counts.red, "judged": counts.judged,
                                              "missing": counts.missing, "newly_off": counts.newly_off})  # fmt: skip


def is_open(facts: MonthFacts) -> bool:
    """Whether values of the month are still taken."""
    return not facts.calendar.is_past_cut_off(facts.month)


def counts_of(facts: MonthFacts) -> Counts:
    """How the indicators stand, against the month before."""
    found = dict.fromkeys(Status, 0)
    newly = recovered = 0
    for one in facts.standings:
        found[Status(one.status)] += 1
        was = facts.before.get((one.kpi, one.place))
        newly += one.status in OFF and was == Status.GREEN
        recovered += one.status == Status.GREEN and was in OFF
    return Counts(
        green=found[Status.GREEN],
        amber=found[Status.AMBER],
        red=found[Status.RED],
        grey=found[Status.GREY],
        missing=facts.missing,
        newly_off=newly,
        recovered=recovered,
    )


def off_row(facts: MonthFacts, result: Result) -> list[Json]:
    """One indicator off target."""
    card, place = result.card, result.row.place_id
    shown, series = card.facts.shown, facts.series_of(result)
    ending = ending_sentence(ending_of(facts, result, series))
    whose = whose_sentence(
        owner=result.row.owner.name if result.row.owner else "",
        head=facts.heads.get(place, ""),
        place=card.facts.place_name,
    )
    since = card.since or facts.month
    target, upper = card.target
    value = card.line.value if card.line else None
    return [
        cell(result.row.name, url=kpi_address(*result.pair, facts.month), note=card.facts.place_name),
        cell(shown(value), value=value, note=status_text(card.status), tone=tone_of(card.status)),
        cell(target_text(result, target, upper), value=target),
        cell(month_text(since), value=str(since), note=count_text(since, facts.month)),
        cell(written(whose), tone=whose.tone),
        cell(
            written(ending),
            url=series_address("kpi", place, result.row.pk) if series else "",
            tone=ending.tone,
            note=facts.own_words(result),
            value=series.chance_year if series and series.chance_year is not None else None,
        ),
    ]


def target_text(result: Result, target: object, upper: object) -> str:
    """A target, or the two ends of a range."""
    shown = result.card.facts.shown
    return f"{shown(target)} – {shown(upper)}" if upper is not None else shown(target)  # type: ignore[arg-type]


def ending_of(facts: MonthFacts, result: Result, series: SeriesForecast | None) -> Ending | None:
    """How the year ends for the indicator, in its own places and unit; None without a forecast of it."""
    if series is None:
        return None
    places: Mapping[str, int | str] = {"decimals": result.card.facts.decimals, "unit": result.card.facts.unit}
    if series.year_mean is None:
        return next_month_of(facts, series, places)
    return Ending(
        expected=rough(series.year_mean, **places),  # type: ignore[arg-type]
        low=rough(series.year_lo80, decimals=result.card.facts.decimals),
        high=rough(series.year_hi80, decimals=result.card.facts.decimals),
        target=year_target_of(result, series),
        aimed_from=facts.aimed_from.get((series.department_id, series.kpi_key)),
        chance=series.chance_year,
    )


def next_month_of(facts: MonthFacts, series: SeriesForecast, places: Mapping[str, int | str]) -> Ending:
    """What is foretold where nothing is of the year's end: the next month, told as that month, and why no more."""
    if not series.mean:
        return Ending(why_none=next(iter(series.remarks), ""))
    definition = series.kpi.definition if series.kpi else None
    place, month = due_ahead(series, facts.issue_month)[0] if facts.issue_month else (0, None)
    return Ending(
        expected=rough(series.mean[place], **places),  # type: ignore[arg-type]
        low=rough(series.lo80[place], decimals=int(places["decimals"])),
        high=rough(series.hi80[place], decimals=int(places["decimals"])),
        month=month,
        gap=year_gap(definition.over_time if definition else ""),
    )


def year_target_of(result: Result, series: SeriesForecast) -> str:
    """The target of the year; of a range both its ends."""
    facts = result.card.facts
    return aim_text(series.year_target, series.year_upper, decimals=facts.decimals, unit=facts.unit)


def status_text(status: str) -> str:
    """A light in words."""
    return str(Status(status).label)


def tone_of(status: str) -> str:
    """The tone of a light."""
    return {Status.GREEN: "good", Status.AMBER: "warn", Status.RED: "bad"}.get(Status(status), "")


def count_text(since: Month, month: Month) -> str:
    """How many months it has been off."""
    count = len(since.until(month))
    return ngettext("this month", "%(count)s months", count) % {"count": count}
