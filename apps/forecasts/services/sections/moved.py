"""What moved the totals: the contribution of each department to the change of what adds up."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.month import Month
from apps.forecasts.rules.bridge import Bridge, Rated, Step, rate_bridge, sum_bridge
from apps.forecasts.rules.sentences import Sentence, bridge_sentence
from apps.forecasts.services.sections.facts import MonthFacts
from apps.forecasts.services.sections.frame import Chart, Json, Line, Section, Table, address, cell, month_text, said
from apps.kpis.choices import Frequency
from apps.kpis.rules.showing import change
from apps.kpis.selectors.months import Line as LineOfMonth
from apps.kpis.selectors.reporting import Result

MOST_TOTALS, MOST_RATES = 4, 3
"""Indicators that are told of: those that add up, and rates."""


def moved_section(facts: MonthFacts) -> Section:
    """Of each total: against the month before and against last year, by department. The shares sum to the change; those of
    a rate are split into the departments' own rates and their weights."""
    sentences, tables, charts = [], [], []
    names = {pk: node.name for pk, node in facts.nodes.items()}
    for result in bridged(facts):
        url = address("kpis:detail", result.row.pk, month=facts.month, department=result.row.place_id, tab="below")
        look = result.card.facts
        rate_unit = unit_of_change(look.unit) if is_rate(result) else None
        for then in (facts.month.plus(-1), facts.month.plus(-12)):
            bridge = bridge_of(facts, result, then)
            sentence = bridge_sentence(result.row.name, bridge, names=names, then=then, decimals=look.decimals,
                                       unit=look.unit, rate_unit=rate_unit)  # fmt: skip
            sentences.append(said(sentence, url))
            if bridge is not None and bridge.steps:
                tables.append(bridge_table(facts, result, bridge, then))
        last_year = bridge_of(facts, result, facts.month.plus(-12)) or bridge_of(facts, result, facts.month.plus(-1))
        if last_year is not None and last_year.steps:
            charts.append(bridge_chart(facts, result, last_year))
    if left := quotients(facts):
        values = {"names": ", ".join(one.row.name for one in left)}
        url = address("kpis:detail", left[0].row.pk, month=facts.month, department=left[0].row.place_id, tab="below")
        sentences.append(said(Sentence("bridge_quotients", values, count=len(left)), url))
    return Section(sentences, tables, charts)


def bridged(facts: MonthFacts) -> Sequence[Result]:
    """The company's monthly indicators whose departments make up what it comes to: what adds up first, then rates; of each
    kind those first that moved since the month before, or at least in a year: others explain nothing."""
    pairs = {kpi for kpi, _place in facts.below}
    told = [one for one in facts.top if one.row.pk in pairs]
    told.sort(key=lambda one: [not has_moved(one, facts.month, months) for months in (1, 12)])
    adding = [one for one in told if not is_rate(one)]
    return [*adding[:MOST_TOTALS], *[one for one in told if is_rate(one)][:MOST_RATES]]


def quotients(facts: MonthFacts) -> Sequence[Result]:
    """The company's monthly formulas that moved and are no sum of what they come to in the departments below."""
    monthly = [one for one in facts.top if one.formula and one.card.facts.frequency == Frequency.MONTH]
    parents = {node.parent for node in facts.nodes.values()}
    return [
        one
        for one in monthly
        if one.row.pk not in facts.totals
        and one.row.place_id in parents
        and any(has_moved(one, facts.month, months) for months in (1, 12))
    ]


def has_moved(result: Result, month: Month, months: int) -> bool:
    """Whether the figure of the MONTH is another than that many MONTHS before; not told where one of the two is missing."""
    now, then = (line.value if (line := result.lines.get(one)) else None for one in (month, month.plus(-months)))
    return None not in (now, then) and now != then


def is_rate(result: Result) -> bool:
    """Whether it is the mean of its departments' rates by what they weigh."""
    return not result.formula and result.card.facts.over_departments in {"ratio", "weighted"}


def unit_of_change(unit: str) -> str:
    """What a rate's change is counted in: between two percentages lie points, not percent."""
    return _("points") if unit == "%" else unit


def bridge_of(facts: MonthFacts, result: Result, then: Month) -> Bridge[int] | None:
    """The bridge from THEN to the month; None where one of the two totals is missing, or what one of them weighs."""
    lines = [result.lines.get(month) for month in (then, facts.month)]
    children = [pk for pk, node in facts.nodes.items() if node.parent == result.row.place_id]
    if is_rate(result):
        start, end = (rated(line) for line in lines)
        if start is None or end is None:
            return None
        return rate_bridge(
            start,
            end,
            then=rates_in(facts, result, children, then),
            now=rates_in(facts, result, children, facts.month),
        )
    first, last = (line.value if line else None for line in lines)
    if first is None or last is None:
        return None
    return sum_bridge(
        first,
        last,
        then=parts_in(facts, result, children, then),
        now=parts_in(facts, result, children, facts.month),
    )


def rated(line: LineOfMonth | None) -> Rated | None:
    """A month's rate with what it weighs; None where one of the two is not known."""
    if line is None or line.value is None or not line.denominator:
        return None
    return Rated(line.value, line.denominator)


def rates_in(facts: MonthFacts, result: Result, children: Sequence[int], month: Month) -> dict[int, Rated]:
    """Department → its rate in the month and what that weighs, of those that have both."""
    found = {child: rated(facts.below.get((result.row.pk, child), {}).get(month)) for child in children}
    return {child: one for child, one in found.items() if one is not None}


def parts_in(facts: MonthFacts, result: Result, children: Sequence[int], month: Month) -> dict[int, Decimal]:
    """Department → its figure in the month, of those that have one."""
    found = {}
    for child in children:
        line = facts.below.get((result.row.pk, child), {}).get(month)
        if line is not None and line.value is not None:
            found[child] = line.value
    return found


def bridge_table(facts: MonthFacts, result: Result, bridge: Bridge[int], then: Month) -> Table:
    """From then to now, step by step; of a rate with both effects of each step."""
    shown = result.card.facts.shown
    rows = [row_of(result, month_text(then), cell(shown(bridge.start), value=bridge.start))]
    for step in bridge.steps:
        url = address("kpis:detail", result.row.pk, month=facts.month, department=step.key)
        first = cell(facts.name_of(step.key), url=url, note=note_of(facts, result, step, then))
        rows.append(row_of(result, first, step_cell(result, step.amount), step.rate, step.mix))
    if bridge.others_count:
        count = bridge.others_count
        others = ngettext("%(count)s other", "%(count)s others", count) % {"count": count}
        amount = step_cell(result, bridge.others)
        rows.append(row_of(result, others, amount, bridge.others_rate, bridge.others_mix))
    if bridge.rest:
        rows.append(row_of(result, _("Not from these departments"), step_cell(result, bridge.rest)))
    rows.append(row_of(result, month_text(facts.month), cell(shown(bridge.end), value=bridge.end)))
    effects = (("rate", _("By its own rate"), "number"), ("mix", _("By its weight in the whole"), "number"))
    return Table(
        f"bridge-{result.row.pk}-{then}",
        _("%(name)s: from %(then)s to %(month)s")
        % {"name": result.row.name, "then": month_text(then), "month": month_text(facts.month)},
        (
            ("step", _("What moved it"), "text"),
            *(effects if is_rate(result) else ()),
            ("amount", _("Together") if is_rate(result) else _("Amount"), "number"),
        ),
        rows,
    )


def row_of(
    result: Result, first: Json | str, last: Json, rate: Decimal | None = None, mix: Decimal | None = None
) -> list[Json]:
    """One row of a bridge: of a rate with the two effects between its name and what they come to."""
    head = cell(first) if isinstance(first, str) else first
    if not is_rate(result):
        return [head, last]
    return [head, *(cell("") if one is None else step_cell(result, one) for one in (rate, mix)), last]


def note_of(facts: MonthFacts, result: Result, step: Step[int], then: Month) -> str:
    """What stands below a department's name: that it came or went, or its rate then and now."""
    if step.is_new or step.is_gone:
        return _("new") if step.is_new else _("no figure any more")
    if not is_rate(result):
        return ""
    lines, shown = facts.below[result.row.pk, step.key], result.card.facts.shown
    return f"{shown(lines[then].value)} → {shown(lines[facts.month].value)}"


def step_cell(result: Result, amount: Decimal) -> Json:
    """A contribution with its sign; of a rate with one more place, for its parts are small."""
    look = result.card.facts
    if is_rate(result):
        return cell(change(amount, decimals=look.decimals + 1, unit=unit_of_change(look.unit)), value=amount)
    return cell(change(amount, decimals=look.decimals, unit=look.unit), value=amount)


def bridge_chart(facts: MonthFacts, result: Result, bridge: Bridge[int]) -> Chart:
    """The contributions as bars; of a rate two of each department."""
    steps = [(facts.name_of(step.key), step.amount, step.rate, step.mix) for step in bridge.steps]
    if bridge.others_count:
        steps.append((_("Others"), bridge.others, bridge.others_rate, bridge.others_mix))
    series = [Line(_("Change"), [amount for _name, amount, _rate, _mix in steps])]
    names = [name for name, *_amounts in steps]
    if is_rate(result):
        series = [Line(_("Own rate"), [rate for *_two, rate, _mix in steps]),
                  Line(_("Weight in the whole"), [mix for *_three, mix in steps])]  # fmt: skip
    elif bridge.rest:
        names.append(_("Rest"))
        series = [Line(_("Change"), [*series[0].values, bridge.rest])]
    return Chart(
        code=f"bridge-{result.row.pk}",
        title=_("%(name)s: what moved it") % {"name": result.row.name},
        labels=names,
        series=series,
        unit=unit_of_change(result.card.facts.unit) if is_rate(result) else result.card.facts.unit,
        form="bars",
    )
