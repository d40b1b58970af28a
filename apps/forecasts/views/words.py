"""How series and their forecasts are said and drawn: figures with their unit, chances, warnings, small lines."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core import charts
from apps.core.errors import NotFound
from apps.core.http.cells import Badge
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.wording import month_text
from apps.forecasts.choices import ForecastMethod, Remark, SubjectKind, WarningKind
from apps.forecasts.models import ForecastIssue, Override, Scenario, SeriesForecast
from apps.forecasts.rules.ahead import (
    BETTER,
    TOO_FEW,
    WORSE_THAN_NAIVE,
    WORSE_THAN_SEASONAL,
    Record,
    months_left_in_quarter,
    months_left_in_year,
)
from apps.forecasts.rules.measures import Measure, measure_of
from apps.forecasts.selectors import Subject
from apps.forecasts.selectors.series import LIKELY, UNLIKELY
from apps.kpis.rules.showing import figure

MONTHS_OF_YEAR = 12
WARNING_TONES = {
    WarningKind.LEAVES: "danger",
    WarningKind.STAYS_OFF: "danger",
    WarningKind.BELOW_PLAN: "warning",
    WarningKind.RETURNS: "success",
}
WARNING_WORDS = {
    WarningKind.LEAVES: gettext_lazy("Will leave its target"),
    WarningKind.STAYS_OFF: gettext_lazy("Will stay off its target"),
    WarningKind.BELOW_PLAN: gettext_lazy("Will fall below plan"),
    WarningKind.RETURNS: gettext_lazy("Will return to its target"),
}
VERDICTS = {
    BETTER: (gettext_lazy("Closer than both plain forecasts"), "success"),
    WORSE_THAN_NAIVE: (gettext_lazy("“Same as last month” came closer"), "warning"),
    WORSE_THAN_SEASONAL: (gettext_lazy("“Same as last year” came closer"), "warning"),
    TOO_FEW: (gettext_lazy("Too few to judge"), "neutral"),
}
SPARK_MONTHS = 12
SMALL = 10
"""Below this, counts are expected with one place."""


def scope_of(request: HttpRequest) -> Scope:
    """Who asks, and how far they see."""
    return request.scope  # type: ignore[attr-defined,no-any-return]


def asked_month(request: HttpRequest) -> Month | None:
    """The month of the address; None when it names none. NotFound for what is no month."""
    text = request.GET.get("month", "").replace("\x00", "").strip()
    if not text:
        return None
    try:
        return Month.parse(text)
    except ValueError as error:
        message = _("“%(value)s” is not a month. Write it as YYYY-MM.")
        raise NotFound(message % {"value": text}, field="month") from error


def month_name(month: Month) -> str:
    """Sep 2026."""
    return date_format(month.first_day, "M Y")


def measure_for(row: SeriesForecast | Override | Scenario | Subject) -> Measure:
    """What the figures of a series are measured in, by the definition of today; of a forecast also its bounds."""
    definition = row.kpi.definition if row.kpi else None
    if isinstance(row, SeriesForecast):
        return measure_of(row.kind, definition, lower=row.lower, upper=row.upper)
    return measure_of(row.kind, definition)


def shown(value: float | None, measure: Measure) -> str:
    """A figure with its places and unit; empty for None."""
    return "" if value is None else figure(Fraction(value), decimals=measure.decimals, unit=measure.unit)


def known_text(row: SeriesForecast) -> str:
    """What the month came to: heads are counted, whatever is expected of them."""
    measure = measure_for(row)
    return shown(row.actual, replace(measure, decimals=0) if row.kind == SubjectKind.HEADCOUNT else measure)


def finer(measure: Measure, *values: float | None) -> Measure:
    """The measure of what is expected: half an accident a month is not none, so small counts get a place."""
    is_small = all(abs(value) < SMALL for value in values if value is not None)
    return replace(measure, decimals=1) if is_small and not measure.decimals else measure


def without_unit(measure: Measure) -> Measure:
    """The same where the unit stands above."""
    return replace(measure, unit="")


def span_text(low: float | None, high: float | None, measure: Measure) -> str:
    """1,100 – 1,300 t; the unit once."""
    if low is None or high is None:
        return ""
    start = figure(Fraction(low), decimals=measure.decimals)
    return f"{start} – {shown(high, measure)}"


def aim_text(target: float | None, upper: float | None, measure: Measure) -> str:
    """A target, of a range both its ends; empty where there is none."""
    return shown(target, measure) if upper is None else span_text(target, upper, measure)


def chance_text(chance: float | None) -> str:
    """A chance in whole percent; never nought or a hundred, which would be a promise."""
    if chance is None:
        return ""
    if chance >= 0.995:
        return _("over 99 %")
    return _("under 1 %") if chance < 0.005 else f"{round(chance * 100)}\u00a0%"


def chance_tone(chance: float) -> str:
    """Colour of a chance: never the only sign, the number stands beside it."""
    return "success" if chance >= LIKELY else "warning" if chance >= UNLIKELY else "danger"


def chance_badge(chance: float | None) -> Badge | None:
    """A chance as a badge; None where there is no target."""
    return None if chance is None else Badge(chance_text(chance), chance_tone(chance))


def warning_badge(row: SeriesForecast) -> Badge | None:
    """The early warning of a series in a few words."""
    if not row.warning:
        return None
    word = WarningKind(row.warning)
    return Badge(WARNING_WORDS[word], WARNING_TONES[word])


def warning_note(row: SeriesForecast, since: Month | None) -> str:
    """When it is to happen, how likely, and since when it has been said: Aug 2026, 72 % · said since May 2026."""
    if not row.warning:
        return ""
    told = [] if row.warned_month is None else [warned_when(row.warning, Month.of(row.warned_month))]
    told += [chance_text(row.warned_chance)] if row.warned_chance is not None else []
    parts = [", ".join(told)] if told else []
    if since is not None:
        parts.append(_("said since %(month)s") % {"month": month_name(since)})
    return " · ".join(parts)


def warned_when(warning: str, month: Month) -> str:
    """The month a warning is about. Staying off its target is no matter of one month: from there on none reaches it."""
    name = month_name(month)
    return _("%(month)s and every later month") % {"month": name} if warning == WarningKind.STAYS_OFF else name


def name_of(row: SeriesForecast | Subject | Override | Scenario) -> str:
    """What a series is called: the KPI's name, else its kind."""
    return row.kpi.name if row.kpi else str(SubjectKind(row.kind).label)


def series_url(kind: str, department: int, kpi: int | None, page: str = "series") -> str:
    """The address of a series, or of one of its other pages."""
    return reverse(f"forecasts:{page}", args=[kind, department, *([kpi] if kpi else [])])


def url_of(row: SeriesForecast | Override | Scenario, page: str = "series") -> str:
    """The address of a row's series."""
    return series_url(row.kind, row.department_id, row.kpi_id, page)


def method_text(method: str) -> str:
    """How the figures came about."""
    return str(ForecastMethod(method).label)


def remark_texts(remarks: Sequence[str]) -> list[str]:
    """What has to be said beside a forecast; a word nobody knows is shown as it is."""
    return [str(Remark(word).label) if word in Remark.values else word for word in remarks]


def months_ahead(issue: ForecastIssue, count: int) -> list[Month]:
    """The months an issue foretells."""
    last = Month.of(issue.month)
    return [last.plus(step) for step in range(1, count + 1)]


def ends_ahead(issue: ForecastIssue) -> tuple[Month, Month]:
    """The last months of the quarter and of the business year in which the next month lies."""
    following, first = Month.of(issue.month).plus(1), settings.FISCAL_YEAR_FIRST_MONTH
    quarter = following.plus(months_left_in_quarter(following.number, first))
    return quarter, following.plus(months_left_in_year(following.number, first))


def score_year_text(row: SeriesForecast, month: Month) -> str:
    """What a department's score of the business year comes to, as foretold after MONTH: the mean of its twelve months, those
    published with those expected. Where one of them has no score it says so, and what its last month comes to."""
    if row.kind != SubjectKind.SCORE or not row.mean:
        return ""
    measure = measure_for(row)
    if row.year_mean is not None:
        return _("Expected score of the year: %(value)s (80 %%: %(range)s), %(published)s.") % {
            "value": shown(row.year_mean, measure),
            "range": span_text(row.year_lo80, row.year_hi80, measure),
            "published": published_text(month),
        }
    at = months_left_in_year(month.plus(1).number, settings.FISCAL_YEAR_FIRST_MONTH)
    words = _(
        "The score of the year cannot be told: a month of it has no published score. %(month)s alone is expected to come to "
        "%(value)s (80 %%: %(range)s)."
    )
    return words % {
        "month": month_text(month.plus(1 + at)),
        "value": shown(row.mean[at], measure),
        "range": span_text(row.lo80[at], row.hi80[at], measure),
    }


def published_text(month: Month) -> str:
    """How many months of the business year the month after MONTH lies in are published by then."""
    following = month.plus(1)
    count = MONTHS_OF_YEAR - 1 - months_left_in_year(following.number, settings.FISCAL_YEAR_FIRST_MONTH)
    if not count:
        return _("of which no month is published yet")
    words = ngettext("of which one month is published", "of which %(count)s months are published", count)
    return words % {"count": count}


def spark_html(row: SeriesForecast, label: str = "") -> SafeString | str:
    """The year behind as a line, the year ahead as a broken one."""
    known: list[float | None] = [*row.last_year[:SPARK_MONTHS]]
    if row.actual is not None and known:
        known[-1] = row.actual
    ahead = list(row.mean[:SPARK_MONTHS])
    whole = charts.spark_of([*known, *ahead])
    if not whole["line"] or not known:
        return ""
    steps = whole["line"].split(" ")
    points = [" ".join(steps[place : place + 2]) for place in range(0, len(steps), 2)]
    behind, coming = points[: len(known)], points[len(known) - 1 :]
    x, y = behind[-1][1:].split(" ")
    role = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="spark spark-ahead" viewBox="0 0 100 28" {}><path d="{}"/><path class="is-ahead" d="{}"/>'
        '<circle cx="{}" cy="{}" r="2"/></svg>',
        role, " ".join(behind), "M" + " ".join(coming)[1:], x, y,
    )  # fmt: skip


def verdict_badge(record: Record) -> Badge:
    """Whether the forecast was closer than the plain ones."""
    label, tone = VERDICTS[record.verdict]
    return Badge(label, tone)


def plain_number(value: float | None, places: int = 2) -> str:
    """A figure without unit."""
    return "" if value is None else figure(Fraction(value), decimals=places)


def percent(value: float | None) -> str:
    """A share in whole percent."""
    return "" if value is None else f"{round(value)}\u00a0%"
