"""One series: what came, what is expected, how likely its targets are, how good earlier forecasts were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.forecasts.choices import SubjectKind
from apps.forecasts.models import ForecastIssue, SeriesForecast
from apps.forecasts.rules.ahead import BETTER, TOO_FEW, WORSE_THAN_NAIVE, Record
from apps.forecasts.rules.measures import Measure
from apps.forecasts.rules.sentences import year_gap_sentence
from apps.forecasts.selectors import Subject, current_issues
from apps.forecasts.selectors.honesty import adjustable, in_force, judged_overrides, overrides_of
from apps.forecasts.selectors.scenarios import with_own
from apps.forecasts.selectors.series import (
    Past,
    due_ahead,
    past_of,
    series_over_time,
    subject_for,
    targets_from,
    warned_since,
)
from apps.forecasts.services.wording import aimed_from_text, written
from apps.forecasts.views.drawing import Beside, chart_of, earlier_line
from apps.forecasts.views.lists import ISSUES_SHOWN, issue_in
from apps.forecasts.views.trying import gap_text, meaning_lines, scenario_lines, tried
from apps.forecasts.views.words import (
    aim_text,
    asked_month,
    chance_badge,
    ends_ahead,
    finer,
    known_text,
    measure_for,
    method_text,
    month_name,
    name_of,
    plain_number,
    published_text,
    remark_texts,
    scope_of,
    series_url,
    shown,
    span_text,
    verdict_badge,
    warning_badge,
    warning_note,
    without_unit,
)

EARLIER_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Seen:
    """What the address shows, all of it checked against what the person may see."""

    scope: Scope
    subject: Subject
    issue: ForecastIssue
    row: SeriesForecast
    over_time: list[tuple[ForecastIssue, SeriesForecast]]
    """Every issue that counts and says something of the subject, the newest first."""
    past: Past
    measure: Measure
    is_newest: bool

    @property
    def address(self) -> str:
        """This page."""
        return self.page("series")

    def page(self, name: str) -> str:
        """Another page of the same series."""
        return series_url(self.subject.kind, self.subject.department.pk, self.subject.kpi_key or None, name)


def seen_series(request: HttpRequest, kind: str, department: int, kpi: int | None) -> Seen:
    """Read the address. NotFound for what is none, not theirs, or not foretold."""
    scope = scope_of(request)
    subject, today = subject_for(scope, kind, department, kpi), Month.of(clock.today())
    issues = current_issues(scope, until=today, limit=ISSUES_SHOWN)
    over_time = series_over_time(scope, subject, issues)
    issue = issue_in([one for one, _row in over_time], asked_month(request))
    if issue is None:
        raise NotFound(_("There is no such forecast, or it lies outside what you may see."))
    row = next(found for one, found in over_time if one == issue)
    past = past_of(scope, subject, until=today)
    return Seen(
        scope,
        subject,
        issue,
        row,
        over_time,
        past,
        finer(measure_for(row), *row.mean, *row.hi80),
        issue == over_time[0][0],
    )


@require_GET
@allow("forecasts.view")
def series_page(request: HttpRequest, kind: str, department: int, kpi: int | None = None) -> HttpResponse:
    """The forecast of one series in the issue of a month (the newest unless ?month= names another)."""
    seen = seen_series(request, kind, department, kpi)
    told = overrides_of(seen.scope, seen.subject)
    own = {Month.of(one.month): float(one.value or 0) for one in in_force(told).values()}
    may_adjust = seen.is_newest and bool(seen.row.mean) and adjustable(seen.scope, seen.subject)
    trial = tried(request, seen, may_adjust=may_adjust)
    beside = Beside(earlier=asked_earlier(request, seen), scenarios=trial.lines, overrides=own)
    issues = [issue for issue, _row in seen.over_time]
    since = warned_since(seen.scope, [seen.row], [one for one in issues if one.month <= seen.issue.month])
    context = {
        **head_context(seen),
        "warning": warning_badge(seen.row),
        "warning_note": warning_note(seen.row, next(iter(since.values()), None)),
        "figures": figures_of(seen),
        "sentences": sentences_of(seen),
        "chart": chart_of(seen.row, seen.issue, seen.past, seen.measure, beside),
        "method": method_text(seen.row.method),
        "remarks": remark_texts(seen.row.remarks),
        "record": record_context(seen),
        "earlier": earlier_rows(seen),
        "overrides": [override_row(one, seen.measure) for one in told],
        "judged": [judged_row(one, seen.measure) for one in judged_overrides(seen.scope, told, issues)],
        "has_own": bool(own),
        **own_context(seen, own if seen.is_newest else {}),
        "may_adjust": may_adjust,
        "trial": trial,
        "scenarios": scenario_lines(seen, trial),
    }
    return render(request, "forecasts/series.html", context)


def head_context(seen: Seen) -> dict[str, Any]:
    """Name, place, way here, the pages beside it."""
    subject, month = seen.subject, Month.of(seen.issue.month)
    issues = [issue for issue, _row in seen.over_time]
    place = issues.index(seen.issue)
    kpi = subject.kpi
    return {
        "title": _("Forecast: %(name)s") % {"name": name_of(subject)},
        "subject": subject,
        "place": subject.department.name,
        "crumbs": [(_("Forecasts"), f"{reverse('forecasts:list')}?month={month}"), (name_of(subject), "")],
        "month": month,
        "issue": seen.issue,
        "own_url": own_page(seen),
        "own_label": _("The KPI and its values") if kpi else _("Its own page"),
        "previous_url": f"{seen.address}?month={Month.of(issues[place + 1].month)}" if place + 1 < len(issues) else "",
        "next_url": f"{seen.address}?month={Month.of(issues[place - 1].month)}" if place else "",
        "unit": seen.measure.unit,
        "override_url": seen.page("override"),
        "take_back_url": seen.page("take_back"),
        "address": seen.address,
    }


def own_page(seen: Seen) -> str:
    """Where the figure itself is looked after, as far as the person may open it."""
    subject, scope = seen.subject, seen.scope
    if subject.kpi is not None:
        page = f"{reverse('kpis:detail', args=[subject.kpi.pk])}?department={subject.department.pk}"
        return page if scope.may("kpis.view") else ""
    if subject.kind == SubjectKind.SCORE:
        page = reverse("assessments:department", args=[subject.department.pk])
        return page if scope.may("assessments.view") else ""
    page = reverse("departments:detail", args=[subject.department.pk])
    return page if scope.may("departments.view") else ""


def figures_of(seen: Seen) -> list[dict[str, Any]]:
    """The figures of the header: now, next month, the ends of quarter and year."""
    row, measure, month = seen.row, seen.measure, Month.of(seen.issue.month)
    quarter, year = ends_ahead(seen.issue)
    aims = [aim_text(*ends, measure) for ends in period_aims(row)]
    latest = {"label": month_name(month), "value": known_text(row) or "–", "note": _("the last month known")}
    if row.step > 1:
        latest = {"label": _("Last figure"), "value": shown(row.last_value, measure) or "–", "note": ""}
    found: list[dict[str, Any]] = [latest]
    place, following = next_due(seen)
    if row.mean:
        note = span_text(row.lo80[place], row.hi80[place], measure)
        aim = aim_text(at(row.target, place), at(row.target_upper, place), measure)
        found.append(figure_line(month_name(following), shown(row.mean[place], measure), note, row.chance_month, aim))
    if row.quarter_mean is not None and quarter > following:
        name = _("End of the quarter, %(month)s") % {"month": month_name(quarter)}
        note, value = span_text(row.quarter_lo80, row.quarter_hi80, measure), shown(row.quarter_mean, measure)
        found.append(figure_line(name, value, note, row.chance_quarter, aims[0]))
    if row.year_mean is not None:
        name = _("End of the year, %(month)s") % {"month": month_name(year)}
        if row.kind == SubjectKind.SCORE:
            name = _("Score of the whole year, %(published)s") % {"published": published_text(month)}
        note, value = span_text(row.year_lo80, row.year_hi80, measure), shown(row.year_mean, measure)
        found.append(figure_line(name, value, note, row.chance_year, aims[1]))
    return found


def period_aims(row: SeriesForecast) -> tuple[tuple[float | None, float | None], ...]:
    """(target, upper end of a range) of the quarter and of the year."""
    return (row.quarter_target, row.quarter_upper), (row.year_target, row.year_upper)


def figure_line(label: str, value: str, note: str, chance: float | None, target: str) -> dict[str, Any]:
    """One figure with its 80 % range, its target and the chance of that."""
    return {
        "label": label,
        "value": value,
        "note": _("80 %% range %(span)s") % {"span": note} if note else "",
        "chance": chance_badge(chance),
        "target": target,
    }


def next_due(seen: Seen) -> tuple[int, Month]:
    """The next month in which a figure is due, and its place among the months ahead."""
    due = due_ahead(seen.row, Month.of(seen.issue.month))
    return due[0] if due else (0, Month.of(seen.issue.month).plus(1))


def at(values: Sequence[float], place: int) -> float | None:
    """The figure of a month ahead; None where there is none."""
    return values[place] if place < len(values) else None


def sentences_of(seen: Seen) -> list[str]:
    """What the figures say, in sentences."""
    row, measure = seen.row, seen.measure
    if not row.mean:
        why = "; ".join(remark_texts(row.remarks)) or _("no forecast because too little is known")
        return [f"{why[:1].upper()}{why[1:]}."]
    quarter, year = ends_ahead(seen.issue)
    place, following = next_due(seen)
    chances = [
        (month, chance, aim_text(*ends, measure))
        for month, chance, ends in zip(
            (following, quarter, year),
            (row.chance_month, row.chance_quarter, row.chance_year),
            ((at(row.target, place), at(row.target_upper, place)), *period_aims(row)),
            strict=True,
        )
    ]
    said = [
        _("The target of %(target)s for %(month)s is reached with a chance of %(chance)s.")
        % {"target": target, "month": month_name(month), "chance": chance_badge(chance)}
        for number, (month, chance, target) in enumerate(chances)
        if chance is not None and target and (number == 0 or month != chances[number - 1][0])
    ]
    if row.year_mean is not None:
        said.append(
            _("At the end of the year (%(month)s) %(value)s is expected, in eight of ten cases between %(span)s.")
            % {
                "month": month_name(year),
                "value": shown(row.year_mean, measure),
                "span": span_text(row.year_lo80, row.year_hi80, measure).replace(" – ", _(" and ")),
            }
        )
        said += partly_aimed_words(seen)
    else:
        said.append(no_year_words(row, year))
    return said if any(chance is not None for _month, chance, _target in chances) else [*said, no_chance_words(chances)]


def partly_aimed_words(seen: Seen) -> list[str]:
    """That the year has no target where one holds for its later months only. One query, or none."""
    found = targets_from(seen.scope, [seen.row], Month.of(seen.issue.month))
    return [aimed_from_text(month) for month in found.values()]


def no_chance_words(chances: Sequence[tuple[Month, float | None, str]]) -> str:
    """Why there is no chance to tell: there is no target, or there is one and nothing to judge it by."""
    if any(target for _month, _chance, target in chances):
        return _("The chance of the targets of these months cannot be told.")
    return _("There is no target for these months, so there is no chance to tell.")


def no_year_words(row: SeriesForecast, year: Month) -> str:
    """Why nothing is told of the year that ends with YEAR, though months are."""
    definition = row.kpi.definition if row.kpi else None
    return written(year_gap_sentence(year, definition.over_time if definition else ""))


def record_context(seen: Seen) -> dict[str, Any]:
    """How earlier forecasts of this series did, in words."""
    row, measure = seen.row, seen.measure
    record = Record(row.past_count, row.past_error, row.past_naive, row.past_seasonal, row.past_in80, row.past_in95)
    return {
        "record": record,
        "badge": verdict_badge(record),
        "error": shown(record.error, measure),
        "naive": shown(record.naive, measure),
        "seasonal": shown(record.seasonal, measure),
        "words": worse_words(record, row.method),
    }


def worse_words(record: Record, method: str) -> str:
    """Where a plain forecast was closer: says so, and whether it is the one used."""
    if record.verdict in {BETTER, TOO_FEW}:
        return ""
    plain = _("“same as last month”") if record.verdict == WORSE_THAN_NAIVE else _("“same as last year”")
    if method == record.verdict:
        return _("Our forecasts were worse than %(plain)s so far; therefore it is used here.") % {"plain": plain}
    return _("Our forecasts were worse than %(plain)s so far. Trust the range more than the line.") % {"plain": plain}


def asked_earlier(request: HttpRequest, seen: Seen) -> Any:
    """The earlier issue the address wants drawn beside this one."""
    asked = request.GET.get("beside", "")
    for issue, row in seen.over_time:
        if asked and issue != seen.issue and str(Month.of(issue.month)) == asked and row.mean:
            return earlier_line(issue, row)
    return None


def earlier_rows(seen: Seen) -> list[dict[str, Any]]:
    """What each issue said of the month after it, and what came."""
    found = []
    for issue, row in seen.over_time[:EARLIER_SHOWN]:
        if not row.mean:
            continue
        place, month = due_ahead(row, Month.of(issue.month))[0]
        came, measure = seen.past.values.get(month), without_unit(seen.measure)
        found.append(
            {
                "issue": Month.of(issue.month),
                "month": month,
                "url": f"{seen.address}?month={Month.of(seen.issue.month)}&beside={Month.of(issue.month)}",
                "is_shown": issue == seen.issue,
                "mean": shown(row.mean[place], measure),
                "span": span_text(row.lo80[place], row.hi80[place], measure),
                "came": shown(came, measure),
                "is_inside": came is not None and row.lo80[place] <= came <= row.hi80[place],
                "error": "" if came is None else shown(abs(came - row.mean[place]), measure),
                "naive": "" if came is None or row.last_value is None else shown(abs(came - row.last_value), measure),
                "year": shown(row.year_mean, measure),
                "chance": chance_badge(row.chance_year),
            }
        )
    return found


def override_row(one: Any, measure: Measure) -> dict[str, Any]:
    """One word somebody said."""
    return {
        "month": one.month,
        "value": shown(one.value, measure),
        "reason": one.reason,
        "by": one.told_by.name,
        "at": one.told_at,
    }


def own_context(seen: Seen, own: Mapping[Month, float]) -> dict[str, Any]:
    """The ends of quarter and year and the chances with the OWN figures in force beside those of the forecast, and why the
    year's cannot be told; nothing where there are none ahead."""
    found = with_own(seen.row, seen.issue, own)
    if found is None:
        return {"own_outcome": (), "own_gap": ""}
    return {"own_outcome": meaning_lines(found, without_unit(seen.measure)), "own_gap": gap_text(found)}


def judged_row(one: Any, measure: Measure) -> dict[str, Any]:
    """An own figure beside what came, what was forecast and the two plain forecasts."""
    difference = None if one.forecast_error is None else one.error - one.forecast_error
    return {
        "naive_error": shown(one.errors.naive, measure),
        "seasonal_error": shown(one.errors.seasonal, measure),
        "month": one.override.month,
        "by": one.override.told_by.name,
        "value": shown(one.override.value, measure),
        "came": shown(one.actual, measure),
        "error": shown(one.error, measure),
        "forecast": shown(one.forecast, measure),
        "forecast_error": shown(one.forecast_error, measure),
        "is_closer": difference is not None and difference < 0,
        "is_farther": difference is not None and difference > 0,
        "scaled": plain_number(one.error / one.scale) if one.scale else "",
    }
