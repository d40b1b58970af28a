"""The words of the sentences that rules.sentences chooses: one place, all of it translatable."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.core.month import Month
from apps.core.wording import month_text
from apps.forecasts.choices import Remark
from apps.forecasts.rules.sentences import Sentence, chance_text, rough
from apps.kpis.rules.showing import figure

BASES: dict[str, Any] = {
    "before": _("the month before"),
    "quarters": _("the quarter before"),
    "year": _("the same month last year"),
}


def plural(one: str, many: str) -> Any:
    """Words that depend on `count`."""
    return ngettext_lazy(one, many, "count")


WORDS: dict[str, Any] = {
    # what is off
    "month_open": _("Values of %(month)s are still taken: these figures may change."),
    "none_judged": _("No KPI could be judged in %(month)s: none has both a value and a target."),
    "nothing_off": plural(
        "The one KPI that was judged in %(month)s is on target.",
        "All %(count)s KPIs that were judged in %(month)s are on target.",
    ),
    "off_count": plural(
        "One of %(judged)s judged KPIs is off target in %(month)s: %(red)s clearly, %(amber)s slightly.",
        "%(count)s of %(judged)s judged KPIs are off target in %(month)s: %(red)s clearly, %(amber)s slightly.",
    ),
    "newly_off": plural(
        "One of them was on target the month before.", "%(count)s of them were on target the month before."
    ),
    "recovered": plural(
        "One KPI that was off the month before is on target again.",
        "%(count)s KPIs that were off the month before are on target again.",
    ),
    "missing_values": plural(
        "Of one KPI not everything was reported.", "Of %(count)s KPIs not everything was reported."
    ),
    "whose_owner": _("%(person)s (%(place)s)"),
    "whose_head": _("%(person)s, head of %(place)s"),
    "whose_nobody": _("Nobody: %(place)s has no head and the KPI no owner"),
    "end_chance": _(
        "Expected %(expected)s at the end of the year (80 %%: %(low)s to %(high)s) against %(target)s: the target is "
        "reached with a chance of %(chance)s."
    ),
    "end_no_target": _(
        "Expected %(expected)s at the end of the year (80 %%: %(low)s to %(high)s); there is no target for the year."
    ),
    "end_target_from": _(
        "Expected %(expected)s at the end of the year (80 %%: %(low)s to %(high)s); the year has no target, for it holds "
        "only from %(since)s on."
    ),
    "end_no_chance": _(
        "Expected %(expected)s at the end of the year (80 %%: %(low)s to %(high)s) against %(target)s; the chance of the "
        "target cannot be told."
    ),
    "end_missing": _(
        "Expected %(expected)s in %(month)s (80 %%: %(low)s to %(high)s); the year’s end cannot be told: a month of it is "
        "missing."
    ),
    "end_weighed": _(
        "Expected %(expected)s in %(month)s (80 %%: %(low)s to %(high)s); the year’s end cannot be told: a month of it, or "
        "what it weighs, is missing."
    ),
    "end_given": _(
        "Expected %(expected)s in %(month)s (80 %%: %(low)s to %(high)s); the year’s end cannot be told: the figure of a "
        "year comes from its source only."
    ),
    "year_missing": _("What the year comes to in %(month)s cannot be told: a month of it is missing."),
    "year_weighed": _(
        "What the year comes to in %(month)s cannot be told: a month of it, or what it weighs, is missing."
    ),
    "year_given": _(
        "What the year comes to in %(month)s cannot be told: the figure of a year comes from its source only."
    ),
    "changed_highest": _(
        "What that makes of the year up to %(month)s cannot be told: its figure is that of its highest month."
    ),
    "changed_lowest": _(
        "What that makes of the year up to %(month)s cannot be told: its figure is that of its lowest month."
    ),
    "changed_unweighed": _(
        "What that makes of the year up to %(month)s cannot be told: how much each of its months weighs was not kept with "
        "this forecast. Issue the forecast again to have it."
    ),
    "end_no_forecast": _("%(why)s."),
    "end_unknown": _("Not known: there is no forecast of it."),
    # results
    "compared_improved": _("%(name)s improved against %(base)s: %(change)s (it was %(former)s)."),
    "compared_worsened": _("%(name)s worsened against %(base)s: %(change)s (it was %(former)s)."),
    "compared_no_clear_change": _(
        "%(name)s shows no clear change against %(base)s: %(change)s is within what is usual (it was %(former)s)."
    ),
    "compared_improved_adjusted": _(
        "%(name)s improved against %(base)s: %(adjusted)s with the calendar taken out, %(change)s as it stands (it was "
        "%(former)s)."
    ),
    "compared_worsened_adjusted": _(
        "%(name)s worsened against %(base)s: %(adjusted)s with the calendar taken out, %(change)s as it stands (it was "
        "%(former)s)."
    ),
    "compared_no_clear_change_adjusted": _(
        "%(name)s shows no clear change against %(base)s: %(adjusted)s with the calendar taken out is within what is usual "
        "(%(change)s as it stands; it was %(former)s)."
    ),
    "compared_plain": _("%(name)s is %(change)s against %(base)s (it was %(former)s)."),
    "compared_too_few": _(
        "%(name)s is %(change)s against %(base)s (it was %(former)s): too few months to tell whether that is a change."
    ),
    "compared_few": plural(
        "That is provisional: there is %(count)s month of %(name)s so far, and twelve are needed to be sure.",
        "That is provisional: there are %(count)s months of %(name)s so far, and twelve are needed to be sure.",
    ),
    "compared_no_base": _("%(name)s cannot be compared with %(base)s: that figure is 0 or missing."),
    "best_ahead": _("Best against its target: %(name)s of %(place)s, better by %(share)s."),
    "ahead": _("%(name)s of %(place)s is better than its target by %(share)s."),
    "behind": _("%(name)s of %(place)s misses its target by %(share)s."),
    "worst_behind": _("Furthest from its target: %(name)s of %(place)s, off by %(share)s."),
    "exactly_on_target": _("%(name)s of %(place)s is exactly on its target."),
    # what moved the total
    "bridge_none": _("What moved %(name)s against %(then)s cannot be told: one of the two figures is missing."),
    "bridge_still": _("%(name)s is what it was in %(then)s: %(end)s."),
    "bridge_rose": _(
        "%(name)s rose from %(start)s in %(then)s to %(end)s (%(change)s). Most of it came from %(most)s (%(most_by)s)."
    ),
    "bridge_fell": _(
        "%(name)s fell from %(start)s in %(then)s to %(end)s (%(change)s). Most of it came from %(most)s (%(most_by)s)."
    ),
    "bridge_rose_against": _(
        "%(name)s rose from %(start)s in %(then)s to %(end)s (%(change)s). Most of it came from %(most)s (%(most_by)s); "
        "%(against)s went the other way (%(against_by)s)."
    ),
    "bridge_fell_against": _(
        "%(name)s fell from %(start)s in %(then)s to %(end)s (%(change)s). Most of it came from %(most)s (%(most_by)s); "
        "%(against)s went the other way (%(against_by)s)."
    ),
    "bridge_rose_alone": _(
        "%(name)s rose from %(start)s in %(then)s to %(end)s (%(change)s); no department below explains it."
    ),
    "bridge_fell_alone": _(
        "%(name)s fell from %(start)s in %(then)s to %(end)s (%(change)s); no department below explains it."
    ),
    "bridge_quotients": plural(
        "%(names)s is worked out by a formula that does not add up: what it comes to is not the sum of the departments’ "
        "figures, so it is not told by department.",
        "%(names)s are worked out by formulas that do not add up: what they come to is not the sum of the departments’ "
        "figures, so they are not told by department.",
    ),
    "rate_none": _(
        "What moved %(name)s against %(then)s cannot be told: one of the two figures is missing, or what it weighs."
    ),
    "rate_rose": _(
        "%(name)s rose from %(start)s in %(then)s to %(end)s (%(change)s): %(rates)s by the departments’ own rates, "
        "%(mixes)s by their weight in the whole. Most of it came from %(most)s (%(most_by)s)."
    ),
    "rate_rose_against": _(
        "%(name)s rose from %(start)s in %(then)s to %(end)s (%(change)s): %(rates)s by the departments’ own rates, "
        "%(mixes)s by their weight in the whole. Most of it came from %(most)s (%(most_by)s); %(against)s went the other "
        "way (%(against_by)s)."
    ),
    "rate_fell": _(
        "%(name)s fell from %(start)s in %(then)s to %(end)s (%(change)s): %(rates)s by the departments’ own rates, "
        "%(mixes)s by their weight in the whole. Most of it came from %(most)s (%(most_by)s)."
    ),
    "rate_fell_against": _(
        "%(name)s fell from %(start)s in %(then)s to %(end)s (%(change)s): %(rates)s by the departments’ own rates, "
        "%(mixes)s by their weight in the whole. Most of it came from %(most)s (%(most_by)s); %(against)s went the other "
        "way (%(against_by)s)."
    ),
    # scores
    "score_none": _("No scores are published for %(month)s or any month before."),
    "score_older": _("The scores of %(wanted)s are not published yet: these are those of %(month)s."),
    "score_mean_first": plural(
        "The score of the one department assessed in %(month)s is %(mean)s.",
        "The mean score of %(count)s departments in %(month)s is %(mean)s.",
    ),
    "score_mean_up": plural(
        "The score of the one department assessed in %(month)s is %(mean)s, %(change)s against the month before.",
        "The mean score of %(count)s departments in %(month)s is %(mean)s, %(change)s against the month before.",
    ),
    "score_mean_down": plural(
        "The score of the one department assessed in %(month)s is %(mean)s, %(change)s against the month before.",
        "The mean score of %(count)s departments in %(month)s is %(mean)s, %(change)s against the month before.",
    ),
    "score_mean_same": plural(
        "The score of the one department assessed in %(month)s is %(mean)s, as the month before.",
        "The mean score of %(count)s departments in %(month)s is %(mean)s, as the month before.",
    ),
    "score_best": _("Best: %(name)s with %(total)s."),
    "score_worst": _("Last: %(name)s with %(total)s."),
    "score_rose_most": _("%(name)s rose most (%(change)s)."),
    "score_fell_most": _("%(name)s fell most (%(change)s)."),
    "score_end": plural(
        "For %(month)s a score of %(expected)s is expected of the one department with a forecast; it has %(now)s now.",
        "For %(month)s a mean score of %(expected)s is expected of %(count)s departments; they have %(now)s now.",
    ),
    "score_end_none": _("What the scores come to at the end of the year cannot be told: there is no forecast of them."),
    # people
    "heads_same": plural(
        "One person was employed at the end of %(month)s, as at its beginning.",
        "%(count)s people were employed at the end of %(month)s, as many as at its beginning.",
    ),
    "heads_rose": plural(
        "One person was employed at the end of %(month)s, %(by)s more than at its beginning.",
        "%(count)s people were employed at the end of %(month)s, %(by)s more than at its beginning.",
    ),
    "heads_fell": plural(
        "One person was employed at the end of %(month)s, %(by)s fewer than at its beginning.",
        "%(count)s people were employed at the end of %(month)s, %(by)s fewer than at its beginning.",
    ),
    "nobody_moved": _("Nobody joined and nobody left."),
    "nobody_joined": _("Nobody joined."),
    "nobody_left": _("Nobody left."),
    "joined": plural("One person joined.", "%(count)s people joined."),
    "left": plural(
        "One person left (%(resigned)s by own choice).", "%(count)s people left (%(resigned)s by own choice)."
    ),
    "plan_none": _("There is no headcount plan for the month."),
    "plan_met": _("That is the plan: %(planned)s."),
    "plan_above": plural(
        "That is one person above the plan of %(planned)s.", "That is %(count)s people above the plan of %(planned)s."
    ),
    "plan_below": plural(
        "That is one person below the plan of %(planned)s.", "That is %(count)s people below the plan of %(planned)s."
    ),
    "turnover": plural(
        "Turnover of twelve months is %(rate)s: one person left.",
        "Turnover of twelve months is %(rate)s: %(count)s left.",
    ),
    "turnover_small": plural(
        "In twelve months one person left; with so few people a rate would say little.",
        "In twelve months %(count)s people left; with so few people a rate would say little.",
    ),
    "turnover_none": _("There is no turnover to tell of: nobody was employed."),
    # forecasts
    "issue_of": _("The forecasts are those issued after %(found)s."),
    "issue_older": _("No forecast was issued after %(month)s yet: these are those issued after %(found)s."),
    "issue_none": _("No forecast was issued after %(month)s or before: how it will end is not known."),
    "chances": plural(
        "Of the one KPI with a target for the year: %(likely)s likely to reach it, %(open)s open, %(unlikely)s unlikely.",
        "Of %(count)s KPIs with a target for the year: %(likely)s likely to reach it, %(open)s open, %(unlikely)s unlikely.",
    ),
    "chances_none": _("No KPI here has a target for the year, so no chance can be told."),
    "warnings": plural("There is one early warning.", "There are %(count)s early warnings."),
    "warnings_more": plural("One more is in the portal.", "%(count)s more are in the portal."),
    "returns": plural(
        "Good news: one series off its target now is expected to return to it.",
        "Good news: %(count)s series off their target now are expected to return to it.",
    ),
    "warnings_none": _("There are no early warnings."),
    "warned_leaves": _("%(name)s of %(place)s is expected to leave its target by %(month)s (chance %(chance)s)."),
    "warned_stays_off": _(
        "%(name)s of %(place)s is expected to be off its target in %(month)s (chance %(chance)s) and in every later month "
        "with a target."
    ),
    "warned_returns": _("%(name)s of %(place)s is expected to return to its target by %(month)s (chance %(chance)s)."),
    "warned_below_plan": _(
        "%(name)s of %(place)s is expected below the plan of %(target)s in %(month)s (chance %(chance)s)."
    ),
    "warned_leaves_some_time": _("%(name)s of %(place)s is expected to leave its target."),
    "warned_stays_off_some_time": _("%(name)s of %(place)s is expected to stay off its target."),
    "warned_returns_some_time": _("%(name)s of %(place)s is expected to return to its target."),
    "warned_below_plan_some_time": _("%(name)s of %(place)s is expected below its planned headcount."),
    "people_outlook": _(
        "%(name)s of %(place)s: %(expected)s expected in %(month)s (%(low)s to %(high)s with a chance of 80 %%)."
    ),
    "short": plural(
        "%(place)s is expected to have %(heads)s person in %(month)s; planned are %(planned)s.",
        "%(place)s is expected to have %(heads)s people in %(month)s; planned are %(planned)s.",
    ),
    "short_per_head": plural(
        "%(place)s is expected to have %(heads)s person in %(month)s; planned are %(planned)s. If the figure per head "
        "stays, %(name)s comes to %(then)s instead of %(expected)s.",
        "%(place)s is expected to have %(heads)s people in %(month)s; planned are %(planned)s. If the figure per head "
        "stays, %(name)s comes to %(then)s instead of %(expected)s.",
    ),
    "short_per_head_chance": plural(
        "%(place)s is expected to have %(heads)s person in %(month)s; planned are %(planned)s. If the figure per head "
        "stays, %(name)s comes to %(then)s instead of %(expected)s (chance of its target %(chance)s).",
        "%(place)s is expected to have %(heads)s people in %(month)s; planned are %(planned)s. If the figure per head "
        "stays, %(name)s comes to %(then)s instead of %(expected)s (chance of its target %(chance)s).",
    ),
    # what that does to the score
    "short_score": _(
        "For the score of %(place)s that comes to about %(points)s points in %(month)s, by lines that weigh %(weight)s: "
        "%(lines)s."
    ),
    "short_score_rest": _(
        "For the score of %(place)s that comes to about %(points)s points in %(month)s, by lines that weigh %(weight)s: "
        "%(lines)s. What it does to the other lines, which weigh %(rest)s, cannot be told."
    ),
    "short_score_none": _(
        "What that does to the score of %(place)s in %(month)s cannot be told: none of its lines, which weigh %(rest)s, "
        "judges a foretold figure that adds up over people."
    ),
    "people_outlook_none": _("There is no outlook on people yet."),
    # restated since
    "restated": _("%(what)s was %(was)s, now %(now)s."),
    "restated_on": _("%(what)s was %(was)s, now %(now)s, restated on %(on)s."),
    "restated_gone": _("%(what)s was %(was)s; now there is none."),
    "restated_came": _("%(what)s: there was none, now %(now)s."),
    "restated_came_on": _("%(what)s: there was none, now %(now)s, reported on %(on)s."),
}


def written(sentence: Sentence) -> str:
    """The sentence in the reader's language."""
    values: dict[str, Any] = {name: value_text(name, value) for name, value in sentence.values.items()}
    if sentence.count is not None:
        values["count"] = sentence.count
    return str(WORDS[sentence.code] % values)


def own_text(told: Sequence[Any], *, decimals: int, unit: str) -> str:
    """The nearest of the own figures TOLD of a series, in words: own figure 130 t for August 2026 (Mia). Empty for none."""
    if not told:
        return ""
    nearest = told[0]
    values = {
        "value": figure(Decimal(repr(float(nearest.value))), decimals=decimals, unit=unit),
        "month": month_text(Month.of(nearest.month)),
        "person": nearest.told_by.name,
        "count": len(told) - 1,
    }
    if len(told) == 1:
        return gettext("own figure %(value)s for %(month)s (%(person)s)") % values
    return gettext("own figure %(value)s for %(month)s (%(person)s), %(count)s more for later months") % values


def own_year_text(found: Any, *, decimals: int, unit: str) -> str:
    """What own figures make of the year's end, FOUND by selectors.scenarios.with_own, in words: with own figures 1,230 t,
    chance 45 %. Empty where there are none, or the year cannot be told or stays as it is."""
    if found is None or found.what_if.year_mean is None:
        return ""
    value = rough(found.what_if.year_mean, decimals=decimals, unit=unit)
    if value == rough(found.plain.year_mean, decimals=decimals, unit=unit):
        return ""
    if found.what_if.chance_year is None:
        return gettext("with own figures %(value)s") % {"value": value}
    words = {"value": value, "chance": chance_text(found.what_if.chance_year)}
    return gettext("with own figures %(value)s, chance %(chance)s") % words


def value_text(name: str, value: Any) -> Any:
    """A value as it stands in a sentence: months and words are put into the reader's language here."""
    if isinstance(value, Month):
        return month_text(value)
    if name == "base":
        return BASES.get(value, value)
    return remark_text(value) if name == "why" else value


def remark_text(code: str) -> str:
    """Why there is no forecast, as the beginning of a sentence."""
    known: Mapping[str, Any] = dict(Remark.choices)
    return capfirst(str(known.get(code, _("no forecast because too little is known"))))


def period_words(step: int) -> str:
    """What a figure that does not come every month stands for; empty for one that does."""
    return str({3: _("for the quarter"), 12: _("for the year")}.get(step, ""))


def no_aim_text(since: Month | None) -> str:
    """That the year has no target; SINCE: the month from which on there is one."""
    if since is None:
        return gettext("no target")
    return gettext("no target: it holds only from %(month)s on") % {"month": month_text(since)}


def aimed_from_text(since: Month) -> str:
    """The same as a sentence."""
    words = gettext("The target holds only from %(month)s on, so the year has none.")
    return words % {"month": month_text(since)}
