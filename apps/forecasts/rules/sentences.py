"""Which sentence a figure deserves. Pure: figures in, the code of a sentence and its values out; no model writes here.

The words of each code stand in services.wording, where they can be translated. What is missing gets a sentence of its own:
it is never left out, and never taken for a zero.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.forecasts.rules.bridge import Bridge
from apps.kpis.rules.showing import SPACE, change, figure

LIKELY, UNLIKELY = 0.8, 0.2
"""From here up a target counts as likely to be reached, from here down as unlikely."""


CLEAR = frozenset({"improved", "worsened", "no_clear_change"})
"""Verdicts on a change that say something."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: what is said, with which values, about how many (for the plural), and how good or bad it is."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    """Texts, whole numbers and months."""
    count: int | None = None
    tone: str = ""
    """good, bad, warn or empty."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How the indicators of a month stand."""

    green: int = 0
    amber: int = 0
    red: int = 0
    grey: int = 0
    missing: int = 0
    newly_off: int = 0
    recovered: int = 0

    @property
    def judged(self) -> int:
        return self.green + self.amber + self.red

    @property
    def off(self) -> int:
        return self.amber + self.red


def chance_text(chance: float) -> str:
    """A chance as people read it: 83 %, and never 0 % or 100 % for what is not certain."""
    pct = round_half_up(Decimal(str(chance)) * 100, 0)
    if pct < 1:
        return f"<{SPACE}1{SPACE}%"
    return f">{SPACE}99{SPACE}%" if pct > 99 else f"{pct}{SPACE}%"


def score_sentence(
    place: str, month: Month, parts: Sequence[tuple[str, Decimal]], *, told: Decimal, untold: Decimal
) -> Sentence:
    """What a shortage does to a department's score: PARTS are the (name, points) of lines that can be told; TOLD and UNTOLD
    the weights of these and of the others."""
    values: dict[str, Any] = {"place": place, "month": month, "rest": figure(untold, decimals=0)}
    if not parts:
        return Sentence("short_score_none", values, tone="warn")
    points = sum((moved for _name, moved in parts), Decimal(0))
    values |= {
        "points": change(points, decimals=1, unit=""),
        "weight": figure(told, decimals=0),
        "lines": ", ".join(f"{name} {change(moved, decimals=1, unit='')}" for name, moved in parts),
    }
    code = "short_score_rest" if untold else "short_score"
    return Sentence(code, values, tone="bad" if points < 0 else "")


def rough(value: float | None, *, decimals: int = 0, unit: str = "") -> str:
    """An expected figure with the indicator's own places."""
    return figure(None if value is None else Decimal(repr(value)), decimals=decimals, unit=unit)


def off_sentences(month: Month, counts: Counts, *, is_open: bool) -> list[Sentence]:
    """What is off, what is new in it, what is not known."""
    said = [Sentence("month_open", {"month": month}, tone="warn")] if is_open else []
    numbers = {"month": month, "judged": counts.judged, "red": counts.red, "amber": counts.amber}
    if not counts.judged:
        said.append(Sentence("none_judged", numbers, tone="warn"))
    elif not counts.off:
        said.append(Sentence("nothing_off", numbers, count=counts.judged, tone="good"))
    else:
        said.append(Sentence("off_count", numbers, count=counts.off, tone="bad"))
    if counts.newly_off:
        said.append(Sentence("newly_off", count=counts.newly_off, tone="bad"))
    if counts.recovered:
        said.append(Sentence("recovered", count=counts.recovered, tone="good"))
    if counts.missing:
        said.append(Sentence("missing_values", count=counts.missing, tone="warn"))
    return said


@dataclass(frozen=True, slots=True)
class Ending:
    """How the year will end for one series, as a forecast says. None: it does not say."""

    expected: str = ""
    low: str = ""
    high: str = ""
    target: str = ""
    chance: float | None = None
    why_none: str = ""
    """Code of the remark that says why there is no forecast."""
    month: Month | None = None
    """The month the figures are of, where the year's end itself cannot be told."""
    gap: str = ""
    """Why it cannot be told (year_gap)."""
    aimed_from: Month | None = None
    """The month from which on there is a target, where the year has none for that."""


def ending_sentence(ending: Ending | None) -> Sentence:
    """How it will end: expected, 80 % range, target and its chance; or that nobody can say, and why."""
    if ending is None:
        return Sentence("end_unknown", tone="warn")
    if not ending.expected:
        return Sentence("end_no_forecast", {"why": ending.why_none}, tone="warn")
    values = {"expected": ending.expected, "low": ending.low, "high": ending.high}
    if ending.month is not None:
        return Sentence(f"end_{ending.gap}", {**values, "month": ending.month}, tone="warn")
    if not ending.target:
        since = ending.aimed_from
        return Sentence("end_target_from", {**values, "since": since}) if since else Sentence("end_no_target", values)
    if ending.chance is None:
        return Sentence("end_no_chance", {**values, "target": ending.target}, tone="warn")
    tone = "good" if ending.chance >= LIKELY else "bad" if ending.chance <= UNLIKELY else "warn"
    return Sentence("end_chance", {**values, "target": ending.target, "chance": chance_text(ending.chance)}, tone=tone)


def year_gap(over_time: str) -> str:
    """Why months that are foretold still give no figure of the year, by the way OVER_TIME they are put together: only the
    source can do it (given), what the months weigh is not known (weighed), a month that has passed is missing (missing)."""
    return {"given": "given", "ratio": "weighed", "weighted": "weighed"}.get(over_time, "missing")


def year_gap_sentence(year_end: Month, over_time: str) -> Sentence:
    """That the figure of the year that ends with YEAR_END cannot be told, and why."""
    return Sentence(f"year_{year_gap(over_time)}", {"month": year_end}, tone="warn")


def changed_gap_sentence(year_end: Month, gap: str) -> Sentence:
    """That what a change makes of the year that ends with YEAR_END cannot be told, and why: GAP as what_if.end_gap or
    year_gap have it."""
    code = f"changed_{gap}" if gap in {"highest", "lowest", "unweighed"} else f"year_{gap}"
    return Sentence(code, {"month": year_end}, tone="warn")


def whose_sentence(*, owner: str, head: str, place: str) -> Sentence:
    """Whose it is: the owner of the indicator, else who heads the department, else nobody's, which is said."""
    if owner:
        return Sentence("whose_owner", {"person": owner, "place": place})
    if head:
        return Sentence("whose_head", {"person": head, "place": place})
    return Sentence("whose_nobody", {"place": place}, tone="warn")


def compared_sentence(
    name: str, *, base: str, former: str, pct: Fraction | None, verdict: str, adjusted: Fraction | None = None
) -> Sentence:
    """A figure against an earlier one. BASE: before, quarters, year; VERDICT as kpis.rules.comparing gives it: on ADJUSTED,
    the change without season and working days, where it is known. Then it is told, or the verdict could belie the figure."""
    values = {"name": name, "former": former, "change": change(pct) if pct is not None else "", "base": base}
    if pct is None:
        return Sentence("compared_no_base", values)
    tones = {"improved": "good", "worsened": "bad"}
    key = f"compared_{verdict}" if verdict in CLEAR or verdict == "too_few" else "compared_plain"
    if adjusted is not None and verdict in CLEAR and change(adjusted) != change(pct):
        key, values = f"{key}_adjusted", {**values, "adjusted": change(adjusted)}
    return Sentence(key, values, tone=tones.get(verdict, ""))


def distance_sentence(name: str, place: str, off_pct: Decimal, *, is_best: bool) -> Sentence:
    """How far the best or the worst lies from its target."""
    values = {"name": name, "place": place, "share": figure(abs(off_pct), decimals=1, unit="%")}
    if not off_pct:
        return Sentence("exactly_on_target", values, tone="good")
    if off_pct < 0:
        return Sentence("best_ahead" if is_best else "ahead", values, tone="good")
    return Sentence("behind" if is_best else "worst_behind", values, tone="bad")


def bridge_sentence(
    name: str,
    bridge: Bridge[Any] | None,
    *,
    names: Mapping[Any, str],
    then: Month,
    decimals: int,
    unit: str,
    rate_unit: str | None = None,
) -> Sentence:
    """What moved a total against the month THEN: the largest step that went its way, and the largest against it.

    RATE_UNIT: it is a rate, whose change is told in this unit, and split into other rates and other weights.
    """
    kind = "bridge" if rate_unit is None else "rate"
    if bridge is None:
        return Sentence(f"{kind}_none", {"name": name, "then": then})

    def signed(amount: Decimal) -> str:
        if rate_unit is None:
            return change(amount, decimals=decimals, unit=unit)
        return change(amount, decimals=decimals + 1, unit=rate_unit)

    values = {
        "name": name,
        "then": then,
        "start": figure(bridge.start, decimals=decimals, unit=unit),
        "end": figure(bridge.end, decimals=decimals, unit=unit),
        "change": signed(bridge.change),
    }
    if not bridge.change:
        return Sentence("bridge_still", values)
    way = "rose" if bridge.change > 0 else "fell"
    if not bridge.for_it:
        return Sentence(f"bridge_{way}_alone", values)
    if rate_unit is not None:
        values |= {"rates": signed(bridge.rates), "mixes": signed(bridge.mixes)}
    return largest_steps(f"{kind}_{way}", values, bridge, names=names, signed=signed)


def largest_steps(
    code: str,
    values: Mapping[str, Any],
    bridge: Bridge[Any],
    *,
    names: Mapping[Any, str],
    signed: Callable[[Decimal], str],
) -> Sentence:
    """The sentence CODE with the largest step that went the way of the whole, and the largest against it where one did."""
    first = bridge.for_it[0]
    values = {**values, "most": names[first.key], "most_by": signed(first.amount)}
    if not bridge.against_it:
        return Sentence(code, values)
    other = bridge.against_it[0]
    return Sentence(f"{code}_against", {**values, "against": names[other.key], "against_by": signed(other.amount)})


def mean_sentence(month: Month, *, mean: Decimal | None, former: Decimal | None, scored: int) -> Sentence:
    """The mean score and how it moved against the month before."""
    if mean is None:
        return Sentence("score_none", {"month": month}, tone="warn")
    values = {"month": month, "mean": figure(mean, decimals=2)}
    if former is None:
        return Sentence("score_mean_first", values, count=scored)
    values["change"] = points(mean - former)
    way = "same" if mean == former else "up" if mean > former else "down"
    return Sentence(f"score_mean_{way}", values, count=scored, tone={"up": "good", "down": "bad"}.get(way, ""))


def points(value: Decimal) -> str:
    """A change of points with its sign."""
    return change(value, decimals=2, unit="")


def headcount_sentence(month: Month, *, opening: int, closing: int) -> Sentence:
    """How many we are and how that changed in the month."""
    if closing == opening:
        return Sentence("heads_same", {"month": month, "opening": opening}, count=closing)
    way = "rose" if closing > opening else "fell"
    return Sentence(f"heads_{way}", {"month": month, "by": f"{abs(closing - opening):,}"}, count=closing)


def movement_sentences(*, joined: int, left: int, resigned: int) -> list[Sentence]:
    """Who came and who went."""
    if not joined and not left:
        return [Sentence("nobody_moved")]
    said = [Sentence("joined", count=joined) if joined else Sentence("nobody_joined")]
    said.append(Sentence("left", {"resigned": f"{resigned:,}"}, count=left) if left else Sentence("nobody_left"))
    return said


def plan_sentence(*, heads: int, planned: int | None) -> Sentence:
    """Heads against the plan."""
    if planned is None:
        return Sentence("plan_none", tone="warn")
    gap = heads - planned
    if not gap:
        return Sentence("plan_met", {"planned": f"{planned:,}"}, tone="good")
    values = {"planned": f"{planned:,}"}
    return Sentence("plan_above" if gap > 0 else "plan_below", values, count=abs(gap), tone="warn")


def turnover_sentence(*, leavers: int, rate: Decimal | None, is_small: bool) -> Sentence:
    """Turnover of twelve months; where few are employed the count says more than the rate."""
    if rate is None:
        return Sentence("turnover_none")
    if is_small:
        return Sentence("turnover_small", count=leavers)
    return Sentence("turnover", {"rate": figure(rate, decimals=1, unit="%")}, count=leavers)


def issue_sentence(wanted: Month, found: Month | None) -> Sentence:
    """Which forecast the report rests on."""
    if found is None:
        return Sentence("issue_none", {"month": wanted}, tone="warn")
    return Sentence("issue_of" if found == wanted else "issue_older", {"month": wanted, "found": found},
                    tone="" if found == wanted else "warn")  # fmt: skip


def chances_sentence(chances: Sequence[float]) -> Sentence:
    """How many of the targets are likely, open and unlikely at the end of the year."""
    if not chances:
        return Sentence("chances_none")
    values = {
        "all": len(chances),
        "likely": sum(chance >= LIKELY for chance in chances),
        "unlikely": sum(chance <= UNLIKELY for chance in chances),
    }
    values["open"] = values["all"] - values["likely"] - values["unlikely"]
    return Sentence("chances", values, count=values["all"])


def warning_sentence(
    kind: str, *, name: str, place: str, month: Month | None, chance: float | None, target: str
) -> Sentence:
    """An early warning: what is expected to happen to whom, when, and how sure that is."""
    values = {"name": name, "place": place, "target": target}
    tone = "good" if kind == "returns" else "bad"
    if month is None or chance is None:
        return Sentence(f"warned_{kind}_some_time", values, tone=tone)
    return Sentence(f"warned_{kind}", {**values, "month": month, "chance": chance_text(chance)}, tone=tone)


def warnings_sentence(count: int) -> Sentence:
    """How many early warnings there are."""
    return Sentence("warnings", count=count, tone="warn") if count else Sentence("warnings_none", tone="good")


def returns_sentence(count: int) -> Sentence:
    """How many are expected to return to their target: good news, no early warning."""
    return Sentence("returns", count=count, tone="good")


def restated_sentence(what: str, *, was: str, now: str, on: str) -> Sentence:
    """A figure of a frozen report that is another today. WHAT: which one, in words. ON: the day it was restated, if that is
    known."""
    values = {"what": what, "was": was, "now": now, "on": on}
    if not now:
        return Sentence("restated_gone", values, tone="warn")
    if not was:
        return Sentence("restated_came_on" if on else "restated_came", values, tone="warn")
    return Sentence("restated_on" if on else "restated", values, tone="warn")


def aim_text(target: float | None, upper: float | None, *, decimals: int, unit: str) -> str:
    """A target, of a range both its ends; empty where there is none."""
    if upper is None:
        return rough(target, decimals=decimals, unit=unit)
    return range_text(target, upper, decimals=decimals, unit=unit)


def range_text(low: float | None, high: float | None, *, decimals: int, unit: str) -> str:
    """A range: "1,190 – 1,220 EUR"."""
    if low is None or high is None:
        return ""
    return f"{rough(low, decimals=decimals)} – {rough(high, decimals=decimals, unit=unit)}"
