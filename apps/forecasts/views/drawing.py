"""The chart of a series: what came, what is expected with its ranges, the target, and what is held beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.core.charts import Band, Series
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.forecasts.models import ForecastIssue, SeriesForecast
from apps.forecasts.rules.measures import Measure
from apps.forecasts.selectors.series import Past, is_due
from apps.forecasts.views.words import month_name, months_ahead

MONTHS_BEHIND = 24
YEARS_BEHIND = 5
"""Of figures that come once a quarter or year, which stand side by side."""
Numbers = Mapping[Month, float]


@dataclass(frozen=True, slots=True)
class Beside:
    """What is drawn beside the forecast, each with its name: an earlier issue, a what-if, own figures."""

    earlier: tuple[str, Numbers] | None = None
    scenarios: Sequence[tuple[str, Numbers]] = ()
    overrides: Numbers = field(default_factory=dict)


def chart_of(row: SeriesForecast, issue: ForecastIssue, past: Past, measure: Measure, beside: Beside) -> dict[str, Any]:
    """Labels, lines and ranges of the chart: two years behind, all months ahead."""
    here, ahead = Month.of(issue.month), months_ahead(issue, len(row.mean))
    known = {month: value for month, value in past.values.items() if month <= here}
    first = max(min(known, default=here), here.plus(1 - (MONTHS_BEHIND if row.step == 1 else YEARS_BEHIND * 12)))
    months = [month for month in first.until(here.plus(len(ahead))) if is_due(row, month)]
    here = max((month for month in known if row.step > 1), default=here)
    drawn = Drawing(months, measure.decimals)
    lines = [one for one in lines_of(drawn, row, ahead, past, here) if has_values(one)]
    lines += [one for one in lines_beside(drawn, beside) if has_values(one)]
    joint = {here: known[here]} if here in known else {}
    ranges = ranges_of(drawn, row, ahead, joint) if ahead else []
    return {
        "labels": [date_format(month.first_day, "M y") for month in months],
        "series": lines,
        "ranges": ranges,
        "unit": measure.unit,
        "from_zero": starts_at_zero([*(one.values for one in lines), *(one.low for one in ranges)]),
    }


def lines_of(drawn: "Drawing", row: SeriesForecast, ahead: Sequence[Month], past: Past, here: Month) -> list[Series]:
    """What was known, what is expected from the last value on, what came since, what is aimed at."""
    known = {month: value for month, value in past.values.items() if month <= here}
    came = {month: value for month, value in past.values.items() if month > here}
    joint = {here: known[here]} if here in known else {}
    return [
        drawn.line(_("Value"), known, "area", 1),
        drawn.line(_("Expected"), joint | dict(zip(ahead, row.mean, strict=False)), "ahead", 1),
        drawn.line(_("What came"), came, "line", 3),
        drawn.line(_("Target"), past.targets | dict(zip(ahead, row.target, strict=False)), "target", 5),
        drawn.line(_("Target, at most"), past.uppers | dict(zip(ahead, row.target_upper, strict=False)), "target", 5),
    ]


def lines_beside(drawn: "Drawing", beside: Beside) -> list[Series]:
    """Own figures, an earlier issue, what-ifs: none of them is the forecast."""
    found = [drawn.line(_("Own figure"), beside.overrides, "line", 4)]
    if beside.earlier is not None:
        found.append(drawn.line(beside.earlier[0], beside.earlier[1], "limit", 6))
    return found + [
        drawn.line(name, values, "ahead", 2 + place) for place, (name, values) in enumerate(beside.scenarios)
    ]


def ranges_of(drawn: "Drawing", row: SeriesForecast, ahead: Sequence[Month], joint: Numbers) -> list[Band]:
    """The two ranges, the wider one first; both open at the last value known."""
    ends = ((_("95 % range"), row.lo95, row.hi95), (_("80 % range"), row.lo80, row.hi80))
    return [
        drawn.band(name, joint, dict(zip(ahead, low, strict=False)), dict(zip(ahead, high, strict=False)))
        for name, low, high in ends
    ]


def has_values(one: Series) -> bool:
    """Whether there is anything to draw."""
    return any(value is not None for value in one.values)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The months of a chart, and how many places its figures have."""

    months: Sequence[Month]
    places: int

    def row(self, values: Numbers) -> list[Decimal | None]:
        """Figures in the order of the months."""
        return [
            round_half_up(Fraction(values[month]), self.places) if month in values else None for month in self.months
        ]

    def line(self, name: Any, values: Numbers, kind: Any, tone: int) -> Series:
        """One line."""
        return Series(name, self.row(values), kind, tone=tone)

    def band(self, name: Any, joint: Numbers, low: dict[Month, float], high: dict[Month, float]) -> Band:
        """A range that opens at the last value known."""
        start = dict(joint)
        return Band(name, self.row(start | low), self.row(start | high), tone=1)


def starts_at_zero(rows: Sequence[Sequence[Any]]) -> bool:
    """Amounts that come near zero are drawn from zero; shares that stay in a narrow band are not."""
    known = [value for row in rows for value in row if value is not None]
    return not known or float(min(known)) <= 0 or float(min(known)) < float(max(known)) * 0.4


def earlier_line(issue: ForecastIssue, row: SeriesForecast) -> tuple[str, Numbers]:
    """What an earlier issue expected, under its name."""
    name = _("Said in %(month)s") % {"month": month_name(Month.of(issue.month))}
    return name, dict(zip(months_ahead(issue, len(row.mean)), row.mean, strict=True))
