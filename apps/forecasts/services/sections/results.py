"""Results against target and against last month, quarter and year; the best and the worst."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.month import Month
from apps.forecasts.rules.sentences import CLEAR, Sentence, compared_sentence, distance_sentence
from apps.forecasts.services.sections.facts import MonthFacts
from apps.forecasts.services.sections.frame import (
    Chart,
    Json,
    Line,
    Section,
    Table,
    cell,
    kpi_address,
    said,
    short_month,
)
from apps.forecasts.services.sections.off import counts_of, status_text, target_text, tone_of
from apps.kpis.choices import Status
from apps.kpis.rules.showing import change
from apps.kpis.selectors.page import Compared
from apps.kpis.selectors.reporting import Result

MOST_CHARTS = 4
MOST_WORST = 5
MONTHS_DRAWN = 13


def verdict_words() -> dict[str, str]:
    """The verdict on a change, in words."""
    return {
        "improved": _("improved"),
        "worsened": _("worsened"),
        "no_clear_change": _("no clear change"),
        "no_base": _("nothing to compare with"),
        "too_few": _("too few months to tell"),
        "": "",
    }


def results_section(facts: MonthFacts) -> Section:
    """How the company's own indicators stand and move, how all of them stand, who is best and who is furthest off."""
    sentences = [said(sentence, url) for sentence, url in spoken(facts)]
    return Section(
        sentences, [results_table(facts), standing_table(facts), best_table(facts)], charts_of(facts), facts={}
    )


def spoken(facts: MonthFacts) -> list[tuple[Sentence, str]]:
    """The sentences with their sources: the best, the worst, and how each of the company's indicators moved."""
    found = [(extreme(one, is_best=place == 0), kpi_address(*one.pair, facts.month)) for place, one in extremes(facts)]
    for result in facts.top:
        compared = chosen(result)
        if compared is None:
            continue
        sentence = compared_sentence(
            result.row.name,
            base=compared.base,
            former=result.card.facts.shown(compared.former),
            pct=compared.change_pct,
            verdict=compared.verdict,
            adjusted=compared.adjusted_pct,
        )
        found.append((sentence, kpi_address(*result.pair, facts.month)))
        if compared.few and compared.verdict in CLEAR:
            few = Sentence("compared_few", {"name": result.row.name}, count=compared.few, tone="warn")
            found.append((few, kpi_address(*result.pair, facts.month)))
    return found


def few_note(verdict: str, few: int) -> str:
    """That the VERDICT is provisional, as only FEW months are known; empty where it is not, or where there is none."""
    if not few or verdict not in CLEAR:
        return ""
    return ngettext("provisional: %(count)s month so far", "provisional: %(count)s months so far", few) % {"count": few}


def extremes(facts: MonthFacts) -> list[tuple[int, Result]]:
    """(0, the best) and (1, the worst), as far as there are any."""
    return [(0, one) for one in facts.best[:1]] + [(1, one) for one in furthest_off(facts)[:1]]


def furthest_off(facts: MonthFacts) -> list[Result]:
    """What is off target, the furthest from it in percent first."""
    far = [(one.standing.off_pct, one) for one in facts.off if one.standing and one.standing.off_pct is not None]
    return [one for _share, one in sorted(far, key=lambda pair: pair[0], reverse=True)]


def extreme(result: Result, *, is_best: bool) -> Sentence:
    """The sentence on the best or the worst."""
    assert result.standing is not None and result.standing.off_pct is not None
    return distance_sentence(result.row.name, result.card.facts.place_name, result.standing.off_pct, is_best=is_best)


def chosen(result: Result) -> Compared | None:
    """The comparison that tells most: with the same month last year, else with the figure before; none with what was
    measured otherwise."""
    known = {one.base: one for one in result.compared if one.is_same_definition}
    return known.get("year") or known.get("before")


def results_table(facts: MonthFacts) -> Table:
    """The company's own indicators."""
    columns = (
        ("kpi", _("KPI"), "text"),
        ("value", _("Value"), "number"),
        ("target", _("Target"), "number"),
        ("status", _("State"), "text"),
        ("before", _("Against the month before"), "number"),
        ("quarters", _("Against the quarter before"), "number"),
        ("year", _("Against last year"), "number"),
        ("verdict", _("Verdict"), "text"),
    )
    rows = [result_row(facts.month, one) for one in facts.top]
    return Table(
        "results",
        _("The company’s KPIs (adjusted: with the calendar taken out)"),
        columns,
        rows,
        empty=_("No KPI belongs to the topmost departments."),
    )


def result_row(month: Month, result: Result) -> list[Json]:
    """One indicator against its target and its past. What is missing is said in words."""
    card = result.card
    value = card.line.value if card.line else None
    target, upper = card.target
    known = {one.base: one for one in result.compared}
    return [
        cell(result.row.name, url=kpi_address(*result.pair, month), note=card.facts.place_name),
        cell(card.facts.shown(value) if value is not None else _("no figure"), value=value),
        cell(target_text(result, target, upper) if target is not None else _("no target"), value=target),
        cell(status_text(card.status), tone=tone_of(card.status)),
        *(change_cell(known.get(base)) for base in ("before", "quarters", "year")),
        cell(
            verdict_words().get(result.verdict, ""),
            tone={"improved": "good", "worsened": "bad"}.get(result.verdict, ""),
            note=few_note(result.verdict, result.few),
        ),
    ]


def change_cell(compared: Compared | None) -> Json:
    """A change in percent with its verdict and what that goes by; a changed definition is said."""
    if compared is None or compared.change_pct is None:
        return cell("–")
    notes = [verdict_words().get(compared.verdict, ""), few_note(compared.verdict, compared.few)]
    if compared.adjusted_pct is not None and change(compared.adjusted_pct) != change(compared.change_pct):
        notes.append(_("%(change)s adjusted") % {"change": change(compared.adjusted_pct)})
    if not compared.is_same_definition:
        notes.append(_("measured otherwise then"))
    note = ", ".join(filter(None, notes))
    tone = {"improved": "good", "worsened": "bad"}.get(compared.verdict, "")
    return cell(change(compared.change_pct), value=f"{float(compared.change_pct):.6f}", note=note, tone=tone)


def standing_table(facts: MonthFacts) -> Table:
    """How many indicators stand how."""
    counts = counts_of(facts)
    lights = (
        (Status.GREEN, counts.green),
        (Status.AMBER, counts.amber),
        (Status.RED, counts.red),
        (Status.GREY, counts.grey),
    )
    rows = [[cell(light.label, tone=tone_of(light)), cell(f"{count:,}", value=count)] for light, count in lights]
    rows.append([cell(_("Not everything reported")), cell(f"{counts.missing:,}", value=counts.missing)])
    return Table("standing", _("All KPIs"), (("state", _("State"), "text"), ("count", _("KPIs"), "number")), rows)


def best_table(facts: MonthFacts) -> Table:
    """The best against their targets, and those furthest off."""
    columns = (
        ("kpi", _("KPI"), "text"),
        ("value", _("Value"), "number"),
        ("target", _("Target"), "number"),
        ("share", _("Better than target by"), "number"),
    )
    worst = furthest_off(facts)[: len(facts.best) or MOST_WORST]
    rows = [share_row(facts.month, one) for one in [*facts.best, *worst]]
    return Table(
        "extremes", _("Best and worst against target"), columns, rows, empty=_("No KPI has both value and target.")
    )


def share_row(month: Month, result: Result) -> list[Json]:
    """How far an indicator is from its target, in percent of it; better is positive."""
    card = result.card
    value = card.line.value if card.line else None
    target, upper = card.target
    share = -result.standing.off_pct if result.standing and result.standing.off_pct is not None else None
    return [
        cell(result.row.name, url=kpi_address(*result.pair, month), note=card.facts.place_name),
        cell(card.facts.shown(value), value=value),
        cell(target_text(result, target, upper), value=target),
        cell(change(share) if share is not None else "–", value=share, tone="bad" if share and share < 0 else "good"),
    ]


def charts_of(facts: MonthFacts) -> Sequence[Chart]:
    """Thirteen months of the first of the company's monthly indicators, with their targets."""
    months = facts.month.plus(1 - MONTHS_DRAWN).until(facts.month)
    drawn = [one for one in facts.top if one.card.facts.frequency == "month" and one.card.line][:MOST_CHARTS]
    return [chart_of(facts.month, months, one) for one in drawn]


def chart_of(month: Month, months: Sequence[Month], result: Result) -> Chart:
    """The values of these months, with the targets where there are some: of a range both its ends."""
    values = [result.lines[one].value if one in result.lines else None for one in months]
    targets = [result.lines[one].target if one in result.lines else None for one in months]
    series = [Line(_("Value"), values, "area")]
    if any(target is not None for target in targets):
        series.append(Line(_("Target"), targets, "target", tone=5))
    uppers = [result.lines[one].upper if one in result.lines else None for one in months]
    if any(upper is not None for upper in uppers):
        series.append(Line(_("Target, at most"), uppers, "target", tone=5))
    return Chart(
        code=f"results-{result.row.pk}",
        title=result.row.name,
        labels=[short_month(one) for one in months],
        series=series,
        unit=result.card.facts.unit,
        url=kpi_address(*result.pair, month),
    )
