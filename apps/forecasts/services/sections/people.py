"""People: heads, who came and went, turnover against the plan; and what is expected of them."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.core.month import Month
from apps.forecasts.choices import SubjectKind
from apps.forecasts.models import SeriesForecast
from apps.forecasts.rules.sentences import (
    Sentence,
    chance_text,
    headcount_sentence,
    movement_sentences,
    plan_sentence,
    range_text,
    rough,
    score_sentence,
    turnover_sentence,
)
from apps.forecasts.selectors.shortage import public_per_head
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
from apps.kpis.rules.showing import change

PEOPLE = (SubjectKind.HEADCOUNT, SubjectKind.TURNOVER)
MOST_GAPS = 8
MONTHS_SHOWN = 6
"""Months of the table of movements."""
MOST_OUTLOOKS = 12
AHEAD = 6
"""How many months ahead the outlook on people is told for."""


def people_section(facts: MonthFacts) -> Section:
    """The month in numbers of people."""
    months, url = facts.people.months, address("staff:headcount")
    last = months[-1]
    turnover = facts.people.turnover
    spoken = [
        headcount_sentence(facts.month, opening=last.count.opening, closing=last.count.closing),
        *movement_sentences(joined=last.count.joiners, left=last.count.leavers, resigned=last.count.voluntary_leavers),
        plan_sentence(heads=last.count.closing, planned=last.planned),
        turnover_sentence(leavers=turnover.leavers, rate=turnover.rate_pct, is_small=turnover.is_small),
    ]
    return Section(
        [said(one, url) for one in spoken],
        [movement_table(facts), gap_table(facts)],
        [heads_chart(facts, url)],
        {"heads": last.count.closing, "left": last.count.leavers, "joined": last.count.joiners},
    )


def movement_table(facts: MonthFacts) -> Table:
    """The last months: opening, joiners, leavers, closing, plan."""
    columns = (
        ("month", _("Month"), "text"),
        ("opening", _("At the beginning"), "number"),
        ("joined", _("Joined"), "number"),
        ("left", _("Left"), "number"),
        ("closing", _("At the end"), "number"),
        ("plan", _("Plan"), "number"),
        ("gap", _("Above or below plan"), "number"),
    )
    rows = []
    for one in facts.people.months[-MONTHS_SHOWN:]:
        gap = one.gap
        rows.append(
            [
                cell(month_text(one.month), value=str(one.month)),
                *(
                    cell(f"{count:,}", value=count)
                    for count in (one.count.opening, one.count.joiners, one.count.leavers, one.count.closing)
                ),
                cell("–" if one.planned is None else f"{one.planned:,}", value=one.planned),
                cell(
                    "–" if gap is None else change(Decimal(gap), decimals=0, unit=""),
                    value=gap,
                    tone="warn" if gap else "",
                ),
            ]
        )
    return Table("movement", _("Headcount month by month"), columns, rows)


def gap_cell(gap: int | None) -> Json:
    """Heads above or below the plan, with their sign."""
    shown = "–" if gap is None else change(Decimal(gap), decimals=0, unit="")
    return cell(shown, value=gap, tone="warn" if gap else "")


def gap_table(facts: MonthFacts) -> Table:
    """The departments furthest from their plan."""
    gaps = [
        (pk, heads, plan, heads - plan)
        for pk, (heads, plan) in facts.people_by_department.items()
        if plan is not None and heads != plan
    ]
    gaps.sort(key=lambda one: (-abs(one[3]), facts.name_of(one[0])))
    columns = (
        ("department", _("Department"), "text"),
        ("heads", _("Heads"), "number"),
        ("plan", _("Plan"), "number"),
        ("gap", _("Above or below plan"), "number"),
    )
    rows: list[list[Json]] = [
        [
            cell(facts.name_of(pk), url=address("departments:detail", pk)),
            cell(f"{heads:,}", value=heads),
            cell(f"{plan:,}", value=plan),
            gap_cell(gap),
        ]
        for pk, heads, plan, gap in gaps[:MOST_GAPS]
    ]
    return Table(
        "gaps",
        _("Furthest from plan"),
        columns,
        rows,
        empty=_("Every department with a plan is on it."),
        left_out=max(0, len(gaps) - MOST_GAPS),
    )


def heads_chart(facts: MonthFacts, url: str) -> Chart:
    """Heads at the end of each of twelve months, against the plan."""
    months = facts.people.months
    series = [Line(_("Heads"), [one.count.closing for one in months], "area")]
    if any(one.planned is not None for one in months):
        series.append(Line(_("Plan"), [one.planned for one in months], "target", tone=5))
    return Chart("heads", _("Heads against plan"), [short_month(one.month) for one in months], series, url=url)


def outlook_section(facts: MonthFacts) -> Section:
    """Headcount and turnover some months ahead, and where fewer people than planned are expected."""
    rows = [row for (kind, _place, _kpi), row in facts.series.items() if kind in PEOPLE and row.mean]
    url = address("forecasts:staff")
    if not rows or facts.issue is None:
        return Section([said(Sentence("people_outlook_none", tone="warn"), url)])
    rows.sort(key=lambda row: (level_of(facts, row), row.warning == "", row.kind, facts.name_of(row.department_id)))
    shown = rows[:MOST_OUTLOOKS]
    first = Month.of(facts.issue.month)
    tops = [row for row in shown if level_of(facts, row) == 0]
    return Section(
        [
            *(said(outlook_sentence(facts, row, first), url) for row in tops),
            *(said(one, url) for row in facts.short for one in shortage_sentences(facts, row, first)),
        ],
        [outlook_table(facts, shown, first, left_out=len(rows) - len(shown))],
        [outlook_chart(facts, row, first) for row in tops if row.kind == SubjectKind.HEADCOUNT][:1],
    )


def level_of(facts: MonthFacts, row: SeriesForecast) -> int:
    """How deep in the tree a series' department stands."""
    node = facts.nodes.get(row.department_id)
    return node.level if node else 99


def places_of(row: SeriesForecast) -> tuple[int, str]:
    """(decimals, unit) of a series on people."""
    return (1, "%") if row.kind == SubjectKind.TURNOVER else (0, "")


def outlook_sentence(facts: MonthFacts, row: SeriesForecast, first: Month) -> Sentence:
    """What is expected AHEAD months on."""
    at = min(AHEAD, len(row.mean)) - 1
    places, unit = places_of(row)
    return Sentence(
        "people_outlook",
        {
            "name": str(SubjectKind(row.kind).label),
            "place": facts.name_of(row.department_id),
            "month": first.plus(at + 1),
            "expected": rough(row.mean[at], decimals=places, unit=unit),
            "low": rough(row.lo80[at], decimals=places, unit=unit),
            "high": rough(row.hi80[at], decimals=places, unit=unit),
        },
    )


def shortage_sentences(facts: MonthFacts, heads: SeriesForecast, issued: Month) -> list[Sentence]:
    """A shortage, what it does to a figure, and what to the department's score where it is assessed."""
    found, spoken = facts.effects.get(heads.department_id), [shortage_sentence(facts, heads, issued)]
    if found is None:
        return spoken
    place = facts.name_of(heads.department_id) or heads.department.name
    parts = [(part.name, part.points) for part in found.parts]
    return [*spoken, score_sentence(place, found.month, parts, told=found.told_weight, untold=found.untold_weight)]


def shortage_sentence(facts: MonthFacts, heads: SeriesForecast, issued: Month) -> Sentence:
    """A department expected below its plan, and what that does to the least likely of its figures that add up."""
    month = Month.of(heads.warned_month) if heads.warned_month else issued.plus(1)
    at = min(max(len(issued.until(month)) - 2, 0), len(heads.mean) - 1)
    shown = rough(heads.mean[at])
    count = 1 if shown == "1" else 2  # only the form of the word hangs on it
    values = {
        "place": facts.name_of(heads.department_id) or heads.department.name,
        "month": month,
        "heads": shown,
        "planned": rough(heads.target[at] if at < len(heads.target) else None) or "–",
    }
    for row in facts.beside.get(heads.department_id, ()):
        found = public_per_head(heads, row, issued)
        if found is None or row.kpi is None or row.kpi.definition is None:
            continue
        told, look = found[1], {"decimals": row.kpi.definition.decimals, "unit": row.kpi.definition.unit}
        then, expected = rough(told.then, **look), rough(told.expected, **look)  # type: ignore[arg-type]
        if then == expected:  # to the places it is shown with, the shortage moves nothing
            continue
        values |= {"name": row.kpi.name, "then": then, "expected": expected}
        if told.chance is None:
            return Sentence("short_per_head", values, count=count, tone="bad")
        return Sentence(
            "short_per_head_chance", {**values, "chance": chance_text(told.chance)}, count=count, tone="bad"
        )
    return Sentence("short", values, count=count, tone="bad")


def outlook_table(facts: MonthFacts, rows: Sequence[SeriesForecast], first: Month, *, left_out: int) -> Table:
    """Next month and AHEAD months on, with 80 % ranges."""
    ahead = min([AHEAD, *(len(row.mean) for row in rows)]) - 1
    columns = (
        ("place", _("Department"), "text"),
        ("kind", _("What"), "text"),
        ("now", _("Now"), "number"),
        ("next", month_text(first.plus(1)), "number"),
        ("ahead", month_text(first.plus(ahead + 1)), "number"),
        ("plan", _("Plan then"), "number"),
        ("warning", _("Early warning"), "text"),
    )
    return Table("outlook", _("Outlook on people"), columns, [outlook_row(facts, row, ahead) for row in rows],
                 left_out=left_out)  # fmt: skip


def outlook_row(facts: MonthFacts, row: SeriesForecast, ahead: int) -> list[Json]:
    """One series on people."""
    places, unit = places_of(row)

    def told(at: int) -> Json:
        return cell(
            rough(row.mean[at], decimals=places, unit=unit),
            value=row.mean[at],
            note=range_text(row.lo80[at], row.hi80[at], decimals=places, unit=unit),
        )

    plan = row.target[ahead] if len(row.target) > ahead else None
    return [
        cell(facts.name_of(row.department_id), url=series_address(row.kind, row.department_id)),
        cell(SubjectKind(row.kind).label),
        cell(rough(row.actual, decimals=places, unit=unit) or "–", value=row.actual),
        told(0),
        told(ahead),
        cell(rough(plan, decimals=places, unit=unit) or "–", value=plan),
        cell(row.get_warning_display() if row.warning else "", tone="bad" if row.warning else ""),
    ]


def outlook_chart(facts: MonthFacts, row: SeriesForecast, first: Month) -> Chart:
    """Heads expected, with the 80 % range."""
    count = min(12, len(row.mean))
    labels = [short_month(first.plus(step + 1)) for step in range(count)]
    series = [
        Line(_("Expected"), row.mean[:count], tone=2),
        Line(_("80 % from"), row.lo80[:count], "limit", tone=2),
        Line(_("80 % to"), row.hi80[:count], "limit", tone=2),
    ]
    if len(row.target) >= count:
        series.append(Line(_("Plan"), row.target[:count], "target", tone=5))
    name = facts.name_of(row.department_id)
    return Chart("people", _("Headcount ahead: %(name)s") % {"name": name}, labels, series)
