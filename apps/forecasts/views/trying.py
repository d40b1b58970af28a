"""The what-if of a series' page: what the address tries out, and the ones that were kept. Never mixed with the forecast."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.http.forms import with_helper
from apps.core.month import Month
from apps.forecasts.forms.judgements import ChangeForm
from apps.forecasts.models import Scenario
from apps.forecasts.rules.measures import Measure
from apps.forecasts.rules.sentences import changed_gap_sentence
from apps.forecasts.rules.what_if import Change, bent
from apps.forecasts.selectors.scenarios import Tried, scenarios_of, tried_of
from apps.forecasts.selectors.series import due_ahead
from apps.forecasts.services.wording import written
from apps.forecasts.views.words import chance_text, month_name, months_ahead, shown, span_text, without_unit

FIELDS = ("from_month", "level_pct", "growth_pct", "one_off")
MOST_DRAWN = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried out on this visit."""

    form: Any
    """None where the person may not try."""
    lines: tuple[tuple[str, Mapping[Month, float]], ...]
    kept: tuple[Scenario, ...]
    drawn: frozenset[int]
    """Keys of the kept ones that are drawn."""
    outcome: tuple[tuple[str, str, str], ...] = ()
    """(month, if nothing changes, what if) of the months that matter."""
    gap: str = ""
    """Why the end of the year cannot be told."""


def open_months(seen: Any) -> list[Month]:
    """The months ahead that have not passed."""
    current = Month.of(clock.today())
    return [month for _place, month in due_ahead(seen.row, Month.of(seen.issue.month)) if month >= current]


def tried(request: HttpRequest, seen: Any, *, may_adjust: bool) -> Trial:
    """Read ?from_month=&level_pct=&growth_pct=&one_off= and ?scenario= of the address."""
    kept = scenarios_of(seen.scope, seen.subject) if seen.row.mean else []
    wanted = set(request.GET.getlist("scenario"))
    chosen = [one for one in kept if str(one.pk) in wanted][:MOST_DRAWN]
    lines = [(one.name, scenario_values(seen, Month.of(one.from_month), change_of(one))) for one in chosen]
    form: Any = None
    outcome: tuple[tuple[str, str, str], ...] = ()
    gap = ""
    months = open_months(seen)
    if may_adjust and months:
        given = request.GET if any(name in request.GET for name in FIELDS) else None
        form = with_helper(ChangeForm(given, months=months, initial={"from_month": str(months[0])}))
        if form.is_valid() and not form.change().is_nothing:
            values = scenario_values(seen, form.first_month(), form.change())
            lines.insert(0, (_("What if"), values))
            found = tried_of(seen.row, seen.issue, form.first_month(), form.change())
            outcome = (*outcome_of(seen, values), *meaning_lines(found, without_unit(seen.measure)))
            gap = gap_text(found)
    return Trial(form, tuple(lines), tuple(kept), frozenset(one.pk for one in chosen), outcome, gap)


def change_of(one: Scenario) -> Change:
    """What a kept what-if changes."""
    return Change(one.level_pct, one.growth_pct, one.one_off)


def scenario_values(seen: Any, first: Month, change: Change) -> dict[Month, float]:
    """The forecast bent by the change, month by month from the last one before it changes."""
    months = months_ahead(seen.issue, len(seen.row.mean))
    start = next((place for place, month in enumerate(months) if month >= first), len(months))
    values = bent(seen.row.mean, change, start=start, lower=seen.measure.lower, upper=seen.measure.upper)
    return dict(list(zip(months, values, strict=True))[max(start - 1, 0) :])


def outcome_of(seen: Any, values: Mapping[Month, float]) -> tuple[tuple[str, str, str], ...]:
    """The next quarter, half and whole year: if nothing changes, and what if."""
    months = months_ahead(seen.issue, len(seen.row.mean))
    measure = without_unit(seen.measure)
    places = [place for place in (0, 2, 5, 11, len(months) - 1) if place < len(months)]
    if seen.row.step > 1:
        places = [place for place, _month in due_ahead(seen.row, Month.of(seen.issue.month))]
    return tuple(
        (
            month_name(months[place]),
            shown(seen.row.mean[place], measure),
            shown(values.get(months[place], seen.row.mean[place]), measure),
        )
        for place in dict.fromkeys(places)
    )


def meaning_lines(found: Tried, measure: Measure) -> tuple[tuple[str, str, str], ...]:
    """(what, by the forecast, by what was put in its place) of the ends of quarter and year and the chances of the targets.
    Lines of which neither side can be told are left out, and the quarter where it ends with the next month."""
    sides = (found.plain, found.what_if)
    unknown = _("cannot be told")
    lines: list[tuple[str, list[str]]] = []
    if found.quarter > found.next_month:
        spans = [span_text(one.quarter_lo80, one.quarter_hi80, measure) for one in sides]
        lines += [
            (_("End of the quarter"), [shown(one.quarter_mean, measure) for one in sides]),
            (_("End of the quarter, 80 % range"), spans),
        ]
    next_name = _("Chance of the target, %(month)s") % {"month": month_name(found.next_month)}
    lines += [
        (_("End of the year"), [shown(one.year_mean, measure) for one in sides]),
        (_("End of the year, 80 % range"), [span_text(one.year_lo80, one.year_hi80, measure) for one in sides]),
        (next_name, [chance_or_none(one.chance_month) for one in sides]),
    ]
    if found.quarter > found.next_month:
        lines.append((_("Chance of the quarter's target"), [chance_or_none(one.chance_quarter) for one in sides]))
    lines.append((_("Chance of the year's target"), [chance_or_none(one.chance_year) for one in sides]))
    return tuple((name, before or unknown, after or unknown) for name, (before, after) in lines if before or after)


def gap_text(found: Tried) -> str:
    """Why the end of the year cannot be told; empty where it can."""
    return written(changed_gap_sentence(found.year, found.year_gap)) if found.year_gap else ""


def chance_or_none(chance: float | None) -> str:
    """A chance in words; empty where there is none to tell."""
    return "" if chance is None else chance_text(chance)


def scenario_lines(seen: Any, trial: Trial) -> list[dict[str, Any]]:
    """The kept what-ifs, each with a link that draws it or takes it away."""
    found = []
    for one in trial.kept:
        others = trial.drawn ^ {one.pk}
        query = urlencode([("month", str(Month.of(seen.issue.month))), *(("scenario", pk) for pk in sorted(others))])
        found.append(
            {
                "name": one.name,
                "words": change_words(one, seen.measure),
                "chances": chance_words(seen, one),
                "by": one.made_by.name,
                "at": one.created_at,
                "is_drawn": one.pk in trial.drawn,
                "url": f"{seen.address}?{query}#what-if",
                "delete_url": reverse("forecasts:delete_scenario", args=[one.pk]),
            }
        )
    return found


def chance_words(seen: Any, one: Scenario) -> str:
    """Year's target: 31 %, what if 45 %. Empty where there is no target to reach."""
    found = tried_of(seen.row, seen.issue, Month.of(one.from_month), change_of(one))
    plain, changed = found.plain.chance_year, found.what_if.chance_year
    if plain is None or changed is None:
        return ""
    words = {"plain": chance_text(plain), "changed": chance_text(changed)}
    return _("Year's target: %(plain)s if nothing changes, %(changed)s so") % words


def change_words(one: Scenario, measure: Any) -> str:
    """From Sep 2026: level +5 %, growth +1 % a month."""
    parts = []
    if one.level_pct:
        parts.append(_("level %(n)s %%") % {"n": f"{one.level_pct.normalize():+f}"})
    if one.growth_pct:
        parts.append(_("growth %(n)s %% a month") % {"n": f"{one.growth_pct.normalize():+f}"})
    if one.one_off:
        parts.append(_("one-off %(n)s") % {"n": shown(float(one.one_off), measure)})
    return _("From %(month)s: %(what)s") % {"month": month_name(Month.of(one.from_month)), "what": ", ".join(parts)}
