"""How it will end: the forecasts of the company's indicators, the chance of each target, and the early warnings."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from apps.core.month import Month
from apps.forecasts.choices import ForecastMethod, SubjectKind
from apps.forecasts.models import SeriesForecast
from apps.forecasts.rules.sentences import (
    LIKELY,
    UNLIKELY,
    Sentence,
    aim_text,
    chance_text,
    chances_sentence,
    issue_sentence,
    range_text,
    returns_sentence,
    rough,
    warning_sentence,
    warnings_sentence,
)
from apps.forecasts.services.sections.facts import MonthFacts
from apps.forecasts.services.sections.frame import (
    Chart,
    Json,
    Line,
    Section,
    Table,
    address,
    cell,
    month_text,
    said,
    series_address,
    short_month,
)
from apps.forecasts.services.wording import no_aim_text, period_words, remark_text
from apps.kpis.selectors.reporting import Result

MOST_CHARTS = 4
MONTHS_BEHIND = 12
MONTHS_AHEAD = 12


def forecasts_section(facts: MonthFacts) -> Section:
    """Of each of the company's indicators: next month and year end with 80 % range, and the chance of the target."""
    url = address("forecasts:list")
    said_first = said(issue_sentence(facts.month, facts.issue_month), url)
    if facts.issue is None:
        return Section([said_first])
    told = [(one, series) for one in facts.top if (series := facts.series_of(one)) is not None]
    chances = [series.chance_year for _one, series in told if series.chance_year is not None]
    drawn = [(one, series) for one, series in told if series.mean and one.card.facts.frequency == "month"]
    return Section(
        [said_first, said(chances_sentence(chances), url)],
        [forecast_table(facts, told)],
        [chart_of(facts, one, series) for one, series in drawn[:MOST_CHARTS]],
        {"issue": facts.issue.pk, "version": facts.issue.version},
    )


def forecast_table(facts: MonthFacts, told: Sequence[tuple[Result, SeriesForecast]]) -> Table:
    """The table of forecasts."""
    assert facts.issue is not None
    columns = (
        ("kpi", _("KPI"), "text"),
        ("next", month_text(Month.of(facts.issue.month).plus(1)), "number"),
        ("year", _("At the end of the year"), "number"),
        ("target", _("Target of the year"), "number"),
        ("month_chance", _("Chance next month"), "number"),
        ("quarter_chance", _("Chance at the quarter’s end"), "number"),
        ("year_chance", _("Chance at the year’s end"), "number"),
    )
    rows = [forecast_row(facts, one, series) for one, series in told]
    return Table(
        "forecasts", _("Forecasts with 80 % ranges"), columns, rows, empty=_("None of these KPIs has a forecast.")
    )


def forecast_row(month_facts: MonthFacts, result: Result, series: SeriesForecast) -> list[Json]:
    """One indicator ahead."""
    facts = result.card.facts
    name = cell(result.row.name, url=series_address("kpi", result.row.place_id, result.row.pk), note=facts.place_name)
    if not series.mean or series.method == ForecastMethod.NONE:
        why = remark_text(next(iter(series.remarks), ""))
        return [name, cell(why), *(cell("–") for _column in range(5))]
    shown = {"decimals": facts.decimals, "unit": facts.unit}
    span = range_text(series.lo80[0], series.hi80[0], **shown)  # type: ignore[arg-type]
    notes = (period_words(series.step), span, month_facts.own_words(result))
    note = " · ".join(part for part in notes if part)
    aim = aim_text(series.year_target, series.year_upper, **shown)  # type: ignore[arg-type]
    year_note = range_text(series.year_lo80, series.year_hi80, **shown)  # type: ignore[arg-type]
    return [
        name,
        cell(rough(series.mean[0], **shown), value=series.mean[0], note=note),  # type: ignore[arg-type]
        cell(rough(series.year_mean, **shown) or "–", value=series.year_mean, note=year_note),  # type: ignore[arg-type]
        cell(
            aim or no_aim_text(month_facts.aimed_from.get((series.department_id, series.kpi_key))),
            value=series.year_target,
        ),
        *(chance_cell(one) for one in (series.chance_month, series.chance_quarter, series.chance_year)),
    ]


def chance_cell(chance: float | None) -> Json:
    """A chance; the dash stands for none that can be told."""
    if chance is None:
        return cell("–")
    tone = "good" if chance >= LIKELY else "bad" if chance <= UNLIKELY else "warn"
    return cell(chance_text(chance), value=chance, tone=tone)


def chart_of(facts: MonthFacts, result: Result, series: SeriesForecast) -> Chart:
    """A year behind, a year ahead: values, what is expected, its 80 % range, the targets."""
    assert facts.issue is not None
    last = Month.of(facts.issue.month)
    behind = last.plus(1 - MONTHS_BEHIND).until(last)
    count = min(MONTHS_AHEAD, len(series.mean))
    months = [*behind, *(last.plus(step + 1) for step in range(count))]
    values = [result.lines[month].value if month in result.lines else None for month in behind]
    before: list[float | None] = [None] * (len(behind) - 1)
    joint = [*before, series.actual]
    lines = [
        Line(_("Value"), [*values, *[None] * count]),
        Line(_("Expected"), [*joint, *series.mean[:count]], tone=2),
        Line(_("80 % from"), [*joint, *series.lo80[:count]], "limit", tone=2),
        Line(_("80 % to"), [*joint, *series.hi80[:count]], "limit", tone=2),
    ]
    targets = [result.lines[month].target if month in result.lines else None for month in behind]
    ahead = list(series.target[:count]) if len(series.target) >= count else [None] * count
    if any(value is not None for value in (*targets, *ahead)):
        lines.append(Line(_("Target"), [*targets, *ahead], "target", tone=5))
    uppers = [result.lines[month].upper if month in result.lines else None for month in behind]
    above = list(series.target_upper[:count]) if len(series.target_upper) >= count else [None] * count
    if any(value is not None for value in (*uppers, *above)):
        lines.append(Line(_("Target, at most"), [*uppers, *above], "target", tone=5))
    return Chart(
        code=f"forecast-{result.row.pk}",
        title=result.row.name,
        labels=[short_month(month) for month in months],
        series=lines,
        unit=result.card.facts.unit,
        url=series_address("kpi", result.row.place_id, result.row.pk),
    )


def warnings_section(facts: MonthFacts) -> Section:
    """What is expected to leave its target, to stay off it or to fall below the plan; then, apart, what is to return."""
    url = address("forecasts:list")
    if facts.issue is None or facts.counts is None:
        return Section([said(issue_sentence(facts.month, None), url)])
    count, good = facts.counts.warned, facts.counts.returns
    sentences = [said(warnings_sentence(count), url), *warned_lines(facts, facts.warned, count)]
    if good:
        sentences += [said(returns_sentence(good), url), *warned_lines(facts, facts.returning, good)]
    return Section(sentences, facts={"warnings": count, "returns": good})


def warned_lines(facts: MonthFacts, rows: Sequence[SeriesForecast], count: int) -> list[Json]:
    """A sentence on each of these ROWS, and how many of COUNT are only in the portal."""
    lines = [said(warning_of(facts, row), series_address(row.kind, row.department_id, row.kpi_key)) for row in rows]
    more = count - len(rows)
    return lines + ([said(Sentence("warnings_more", count=more), address("forecasts:list"))] if more > 0 else [])


def warning_of(facts: MonthFacts, row: SeriesForecast) -> Sentence:
    """The sentence on one early warning."""
    name = row.kpi.name if row.kpi else str(SubjectKind(row.kind).label)
    month = Month.of(row.warned_month) if row.warned_month else None
    target = ""
    if month is not None and facts.issue is not None and row.target:
        at = len(Month.of(facts.issue.month).until(month)) - 2
        target = rough(row.target[at]) if 0 <= at < len(row.target) else ""
    place = facts.name_of(row.department_id) or row.department.name
    return warning_sentence(row.warning, name=name, place=place, month=month, chance=row.warned_chance, target=target)
