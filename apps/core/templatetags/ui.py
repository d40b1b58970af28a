"""The components of the pages. Each tag's arguments are its contract; the gallery page shows every one of them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma, naturaltime
from django.http import QueryDict
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core import charts
from apps.core.clock import now
from apps.core.http.cells import MINUS, NOTHING, avatar_html, badge_html, month_text, person_html, plain_text
from apps.core.rounding import round_half_up

register = template.Library()

Number = Decimal | int | float


@register.filter("intcomma")
def grouped(value: Any) -> str:
    """A number with its thousands grouped and a true minus."""
    return str(intcomma(value)).replace("-", MINUS)


@register.simple_tag
@cache
def icon(name: str, css: str = "") -> SafeString:
    """A picture from the sprite, for decoration: what it means must stand beside it in words. NAME: see static/icons.txt.

    Drawn once a process: a page holds some forty of them, and each asks the static files for the same address.
    """
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>', css, static("vendor/icons.svg"), name
    )


@register.simple_tag
def maybe_url(name: str, *args: Any) -> str:
    """The address of a page, or nothing when this installation does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag
def badge(label: Any, tone: str = "neutral") -> SafeString:
    """A state: a dot and a word. TONE: neutral, info, success, warning, danger."""
    return badge_html(label, tone)


@register.simple_tag
def avatar(name: str) -> SafeString:
    """Initials in a disc, beside a name."""
    return avatar_html(name)


@register.simple_tag
def person(name: str, url: str = "", note: Any = "") -> SafeString:
    """A person in a line: disc, name, quiet second line."""
    return person_html(name, url, note)


@register.simple_tag
def number(value: Number | None, places: int = 0) -> SafeString | str:
    """A figure with grouped thousands and a true minus sign."""
    if value is None:
        return NOTHING
    shown = f"{round_half_up(Decimal(str(value)), places):,f}"
    return format_html('<span class="num">{}</span>', shown.replace("-", MINUS))


@register.simple_tag
def percent(value: Number | None, places: int = 1) -> SafeString | str:
    """A share that is already in percent: 12.3 %."""
    if value is None:
        return NOTHING
    shown = f"{round_half_up(Decimal(str(value)), places):,f}".replace("-", MINUS)
    return format_html('<span class="num">{}&nbsp;%</span>', shown)


@register.simple_tag
def money(amount: Number | None, currency: str = "", places: int = 0) -> SafeString | str:
    """An amount, its currency quieter."""
    if amount is None:
        return NOTHING
    shown = f"{round_half_up(Decimal(str(amount)), places):,f}".replace("-", MINUS)
    sign = format_html('<span class="unit">{}</span>&nbsp;', currency) if currency else ""
    return format_html('<span class="num">{}{}</span>', sign, shown)


@register.simple_tag
def delta(value: Number | None, places: int = 0, unit: str = "", good: str = "up") -> SafeString | str:
    """A change with sign and arrow. GOOD says which way is welcome: up, down or none (then it has no colour)."""
    if value is None:
        return ""
    rounded = round_half_up(Decimal(str(value)), places)
    if rounded == 0:
        return format_html('<span class="delta delta-flat">{}{}</span>', "±0", unit)
    is_up = rounded > 0
    tone = "flat" if good == "none" else "good" if is_up == (good == "up") else "bad"
    sign, arrow = ("+", "arrow-up-right") if is_up else (MINUS, "arrow-down-right")
    return format_html(
        '<span class="delta delta-{}">{}{}{}{}</span>', tone, icon(arrow), sign, f"{abs(rounded):,}", unit
    )


@register.simple_tag
def day(value: date | None) -> SafeString | str:
    """A date: 3 Mar 2026, machine-readable beside it."""
    if value is None:
        return NOTHING
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), plain_text(value))


@register.simple_tag
def moment(value: datetime | None) -> SafeString | str:
    """A point in time in the company's zone; the distance from now on hover."""
    if value is None:
        return NOTHING
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), naturaltime(value), plain_text(value)
    )


@register.simple_tag
def ago(value: datetime | None) -> SafeString | str:
    """How long ago, in words; the exact moment on hover."""
    if value is None:
        return NOTHING
    if abs((now() - value).total_seconds()) < 45:
        words = _("just now")
    else:
        words = (
            naturaltime(value).split(",")[0].removesuffix(" ago") + " " + _("ago")
            if value < now()
            else naturaltime(value)
        )
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), plain_text(value), words)


@register.simple_tag
def month(value: Any) -> str:
    """A month: Mar 2026. Takes a Month or its first day."""
    return NOTHING if value is None else month_text(value)


@register.simple_tag
def weekday(value: date) -> str:
    """The day's name: Tuesday."""
    return date_format(value, "l")


@register.simple_tag
def progress(done: Number, total: Number, label: str = "") -> SafeString:
    """A bar with its numbers in words for those who cannot see it."""
    part = 0 if not total else min(100, max(0, round(float(done) / float(total) * 100)))
    words = label or f"{part} %"
    return format_html('<progress class="bar" max="100" value="{}" aria-label="{}">{}</progress>', part, words, words)


@register.inclusion_tag("components/page_header.html")
def page_header(title: Any, subtitle: Any = "") -> dict[str, Any]:
    """Heading of a page that does not use layouts/page.html."""
    return {"title": title, "subtitle": subtitle}


@register.inclusion_tag("components/empty_state.html")
def empty_state(
    title: Any,
    text: Any = "",
    glyph: str = "inbox",
    action_url: str = "",
    action_label: Any = "",
    *,
    is_small: bool = False,
) -> dict[str, Any]:
    """What to show where there is nothing: says so, and offers the next step. Small: one line, for narrow cards."""
    return {
        "title": title,
        "text": text,
        "glyph": glyph,
        "action_url": action_url,
        "action_label": action_label,
        "is_small": is_small,
    }


@register.inclusion_tag("components/stat.html")
def stat(
    label: Any,
    value: Any,
    *,
    unit: Any = "",
    note: Any = "",
    change: Any = "",
    glyph: str = "",
    tone: str = "",
    url: str = "",
    picture: Any = "",
) -> dict[str, Any]:
    """One figure with its name; CHANGE from {% delta %}, PICTURE from {% sparkline %}; a URL makes it a link."""
    shown = grouped(value) if isinstance(value, int) else value
    return {
        "label": label, "value": shown, "unit": unit, "note": note, "change": change,
        "glyph": glyph, "tone": tone, "url": url, "picture": picture,
    }  # fmt: skip


@register.inclusion_tag("components/tabs.html")
def tabs(tabs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Links to the sections of a thing: [{label, url, is_current, count?, icon?}]."""
    return {"tabs": tabs}


@register.inclusion_tag("components/crumbs.html")
def crumbs(crumbs: Sequence[tuple[Any, str]]) -> dict[str, Any]:
    """The way to this page: [(label, url)]; the last may have no url."""
    return {"crumbs": crumbs}


@register.inclusion_tag("components/facts.html")
def facts(facts: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    """Names and values of one thing: [(label, value)]."""
    return {"facts": facts}


@register.inclusion_tag("components/notice.html")
def notice(text: Any, tone: str = "info", title: Any = "", glyph: str = "") -> dict[str, Any]:
    """A sentence that stands out. TONE: info, success, warning, danger."""
    glyphs = {"success": "circle-check", "warning": "alert-triangle", "danger": "alert-triangle"}
    return {"text": text, "tone": tone, "title": title, "glyph": glyph or glyphs.get(tone, "info-circle")}


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The present query with some names changed (None removes): href="{% query month='2026-03' %}"."""
    request = context.get("request")
    values: QueryDict = request.GET.copy() if request else QueryDict(mutable=True)
    for name, value in changes.items():
        values.pop(name, None)
        if value is not None:
            values[name] = str(value)
    return f"?{values.urlencode()}"


@register.simple_tag
def company_zone() -> str:
    """The time zone all moments are shown in."""
    return str(settings.COMPANY_ZONE)


@register.simple_tag
def sparkline(values: Sequence[Number | None], label: Any = "") -> SafeString | str:
    """A small line without axis, for beside a figure. LABEL says what it shows; without one it is decoration."""
    spark = charts.spark_of(values)
    if not spark["line"]:
        return ""
    role = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="spark" viewBox="0 0 100 28" {}><path d="{}"/><circle cx="{}" cy="{}" r="2"/></svg>',
        role, spark["line"], spark["x"], spark["y"],
    )  # fmt: skip


@register.inclusion_tag("components/chart.html")
def line_chart(
    title: Any,
    labels: Sequence[Any],
    series: Sequence[charts.Series],
    *,
    unit: Any = "",
    from_zero: bool = True,
    ranges: Sequence[charts.Band] = (),
) -> dict[str, Any]:
    """Lines over time, with grid, legend and the same numbers as a table; RANGES lie behind them."""
    return charts.lines_of(title, labels, series, unit=unit, from_zero=from_zero, ranges=ranges)


@register.inclusion_tag("components/chart.html")
def bar_chart(title: Any, labels: Sequence[Any], series: Sequence[charts.Series], *, unit: Any = "") -> dict[str, Any]:
    """Bars side by side."""
    return charts.bars_of(title, labels, series, unit=unit)


@register.inclusion_tag("components/chart.html")
def stacked_chart(
    title: Any, labels: Sequence[Any], series: Sequence[charts.Series], *, unit: Any = ""
) -> dict[str, Any]:
    """Bars on one another."""
    return charts.stacks_of(title, labels, series, unit=unit)


@register.inclusion_tag("components/bar_list.html")
def bar_list(rows: Sequence[dict[str, Any]], title: Any = "") -> dict[str, Any]:
    """Ranked rows with a bar each: [{label, value, url?, note?, mark?, tone?}]; MARK is a target on the same scale."""
    reach = max([float(value) for row in rows for value in (row["value"], row.get("mark") or 0)], default=0) or 1
    drawn = [
        {
            **row,
            "shown": charts.full_number(row["value"]),
            "part": round(max(float(row["value"]), 0) / reach * 100, 2),
            "mark": None if row.get("mark") is None else round(float(row["mark"]) / reach * 99.5, 2),
            "tone": row.get("tone", 1),
        }
        for row in rows
    ]
    return {"rows": drawn, "title": title}


@register.simple_tag
def signed(value: Number | None) -> SafeString | str:
    """A difference with its sign, without colour: +3, −2, ±0."""
    if value is None:
        return NOTHING
    sign = "+" if value > 0 else MINUS if value < 0 else "±"
    return format_html('<span class="num">{}{}</span>', sign, f"{abs(value):,}")
