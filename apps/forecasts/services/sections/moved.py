"""What moved the totals: the contribution of each department to the change of what adds up."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.core.month import Month
from apps.forecasts.rules.bridge import Bridge, sum_bridge
from apps.forecasts.rules.sentences import bridge_sentence
from apps.forecasts.services.sections.facts import MonthFacts
from apps.forecasts.services.sections.frame import Chart, Json, Line, Section, Table, address, cell, month_text, said
from apps.kpis.rules.showing import change
from apps.kpis.selectors.reporting import Result

MOST_TOTALS = 4


def moved_section(facts: MonthFacts) -> Section:
    """Of each total: against the month before and against last year, by department. The shares sum to the change."""
    sentences, tables, charts = [], [], []
    for result in additive(facts)[:MOST_TOTALS]:
        url = address("kpis:detail", result.row.pk, month=facts.month, department=result.row.place_id, tab="below")
        for then in (facts.month.plus(-1), facts.month.plus(-12)):
            bridge = bridge_of(facts, result, then)
            places, unit = result.card.facts.decimals, result.card.facts.unit
            names = {pk: node.name for pk, node in facts.nodes.items()}
            sentence = bridge_sentence(result.row.name, bridge, names=names, then=then, decimals=places, unit=unit)
            sentences.append(said(sentence, url))
            if bridge is not None and bridge.steps:
                tables.append(bridge_table(facts, result, bridge, then))
        last_year = bridge_of(facts, result, facts.month.plus(-12)) or bridge_of(facts, result, facts.month.plus(-1))
        if last_year is not None and last_year.steps:
            charts.append(bridge_chart(facts, result, last_year))
    return Section(sentences, tables, charts)


def additive(facts: MonthFacts) -> Sequence[Result]:
    """The company's monthly indicators whose departments add up to it."""
    pairs = {kpi for kpi, _place in facts.below}
    return [one for one in facts.top if one.row.pk in pairs]


def bridge_of(facts: MonthFacts, result: Result, then: Month) -> Bridge[int] | None:
    """The bridge from THEN to the month; None where one of the two totals is missing."""
    start, end = (result.lines[month].value if month in result.lines else None for month in (then, facts.month))
    if start is None or end is None:
        return None
    children = [pk for pk, node in facts.nodes.items() if node.parent == result.row.place_id]
    return sum_bridge(
        start,
        end,
        then=parts_in(facts, result, children, then),
        now=parts_in(facts, result, children, facts.month),
    )


def parts_in(facts: MonthFacts, result: Result, children: Sequence[int], month: Month) -> dict[int, Decimal]:
    """Department → its figure in the month, of those that have one."""
    found = {}
    for child in children:
        line = facts.below.get((result.row.pk, child), {}).get(month)
        if line is not None and line.value is not None:
            found[child] = line.value
    return found


def bridge_table(facts: MonthFacts, result: Result, bridge: Bridge[int], then: Month) -> Table:
    """From then to now, step by step."""
    shown = result.card.facts.shown
    rows = [[cell(month_text(then)), cell(shown(bridge.start), value=bridge.start)]]
    for step in bridge.steps:
        note = _("new") if step.is_new else _("no figure any more") if step.is_gone else ""
        url = address("kpis:detail", result.row.pk, month=facts.month, department=step.key)
        rows.append([cell(facts.name_of(step.key), url=url, note=note), step_cell(result, step.amount)])
    if bridge.others_count:
        rows.append([cell(_("%(count)s others") % {"count": bridge.others_count}), step_cell(result, bridge.others)])
    if bridge.rest:
        rows.append([cell(_("Not from these departments")), step_cell(result, bridge.rest)])
    rows.append([cell(month_text(facts.month)), cell(shown(bridge.end), value=bridge.end)])
    return Table(
        f"bridge-{result.row.pk}-{then}",
        _("%(name)s: from %(then)s to %(month)s")
        % {"name": result.row.name, "then": month_text(then), "month": month_text(facts.month)},
        (("step", _("What moved it"), "text"), ("amount", _("Amount"), "number")),
        rows,
    )


def step_cell(result: Result, amount: Decimal) -> Json:
    """A contribution with its sign."""
    shown = change(amount, decimals=result.card.facts.decimals, unit=result.card.facts.unit)
    return cell(shown, value=amount)


def bridge_chart(facts: MonthFacts, result: Result, bridge: Bridge[int]) -> Chart:
    """The contributions as bars."""
    steps = [(facts.name_of(step.key), step.amount) for step in bridge.steps]
    steps += [(_("Others"), bridge.others)] if bridge.others_count else []
    steps += [(_("Rest"), bridge.rest)] if bridge.rest else []
    return Chart(
        code=f"bridge-{result.row.pk}",
        title=_("%(name)s: what moved it") % {"name": result.row.name},
        labels=[name for name, _amount in steps],
        series=[Line(_("Change"), [amount for _name, amount in steps])],
        unit=result.card.facts.unit,
        form="bars",
    )
