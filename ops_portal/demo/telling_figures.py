"""Thirty months of figures, told through the services: definitions and targets first, then month by month."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from apps.assessments.services import finish_months
from apps.core.month import Month
from apps.kpis import services as kpis
from apps.kpis.choices import ValueKind, ValueSource
from apps.kpis.models import Kpi, KpiValue
from apps.kpis.services import Aim, Definition, Entry, Identity
from apps.periods.services import open_periods
from ops_portal.demo.beside_scores import MOVES, tell_beside, tell_consequences
from ops_portal.demo.curves import MONTHS, Reading, is_reported, reading
from ops_portal.demo.exempting import leave_out
from ops_portal.demo.figures import Figure, Goal
from ops_portal.demo.figures_making import MAKING
from ops_portal.demo.figures_running import RUNNING
from ops_portal.demo.figures_turns import (
    GAPS,
    LATE,
    MEASURED_OTHERWISE,
    NEEDS_APPROVAL_SINCE,
    NOTES,
    NOTHING_TO_MEASURE,
    RESTATED,
    SUPPRESSED,
    Spot,
)
from ops_portal.demo.foretelling import foretell_month
from ops_portal.demo.keeping import Desk
from ops_portal.demo.own_figures import speak
from ops_portal.demo.punctuality import ON_TIME, keep_punctuality
from ops_portal.demo.scores import FIRST_AGO, LAST_AGO, Bench, assess, lay_down_scheme
from ops_portal.demo.second_scheme import PEOPLE_AGO, lay_down_second_scheme
from ops_portal.demo.telling_reports import report_month

FIGURES: tuple[Figure, ...] = (*MAKING, *RUNNING)


def tell_figures(desk: Desk) -> dict[str, int]:
    """The whole history of the figures. How many there are, and how many values."""
    first = desk.at(MONTHS)
    for figure in sorted(FIGURES, key=lambda known: bool(known.formula)):
        define(desk, figure, first)
    define(desk, ON_TIME, desk.at(FIRST_AGO - 1))
    for ago in range(MONTHS, 0, -1):
        month = desk.at(ago)
        open_periods(now=desk.moment(month.plus(-1), 10))
        change_goals(desk, month)
        if ago == MEASURED_OTHERWISE.ago:
            measure_otherwise(desk, month)
        ask_for_approval(desk, ago)
        record(desk, month, ago)
        approve_values(desk, ago)
        assess_month(desk, month, ago)
        come_late(desk, ago)
        foretell_month(desk, month, ago)
        speak(desk, month, ago)
        report_month(desk, month, ago)
        restate(desk, ago)
    open_periods(now=desk.now)
    finish_months(now=desk.now)
    return {"figures": len(desk.known), "values": KpiValue.objects.count()}


def assess_month(desk: Desk, month: Month, ago: int) -> None:
    """The scheme before the first assessed month, then each month as far as it has come."""
    bench = Bench(desk.departments, desk.known, hr=desk.hr, coo=desk.coo, gm=desk.gm)
    if ago == FIRST_AGO:
        lay_down_scheme(bench, first=month, now=desk.moment(month.plus(-1), 20))
    if ago == PEOPLE_AGO:
        lay_down_second_scheme(bench, first=month, now=desk.moment(month.plus(-1), 20))
    if ago <= PEOPLE_AGO:
        tell_beside(desk, bench, month, ago)
    if ago <= FIRST_AGO:
        moments = (desk.moment(month, 8), desk.moment(month, 9), desk.moment(month, 11))
        leave_out(desk, bench, month, now=moments[0])
        publication = assess(bench, month, moments=moments, is_published=ago >= LAST_AGO, moves=MOVES.get(ago, ()))
        keep_punctuality(publication, moments[-1])
    if LAST_AGO <= ago <= PEOPLE_AGO:
        tell_consequences(desk, bench, month, ago)


def decimal_or_none(text: str) -> Decimal | None:
    """The number, or None where the table says nothing."""
    return Decimal(text) if text else None


def definition_of(figure: Figure) -> Definition:
    """The definition of a figure as the services take it."""
    return Definition(
        name=figure.name,
        direction=figure.direction,
        unit=figure.unit,
        decimals=figure.decimals,
        frequency=figure.frequency,
        over_time=figure.over_time,
        over_departments=figure.over_departments,
        scale=Decimal(figure.scale),
        minimum=decimal_or_none(figure.minimum),
        maximum=decimal_or_none(figure.maximum),
        amber_pct=Decimal(figure.amber),
        formula=figure.formula,
        description=figure.text,
        source=figure.source,
    )


def define(desk: Desk, figure: Figure, first: Month) -> None:
    """A figure with its targets, before any value of it."""
    definition = definition_of(figure)
    if figure.code == MEASURED_OTHERWISE.code:
        definition = replace(definition, description=MEASURED_OTHERWISE.former_text)
    identity = Identity(
        department=desk.departments[figure.owner],
        code=figure.code,
        family=figure.family,
        tags=figure.tags,
        owner=desk.heads.get(figure.owner),
        reporting=tuple(desk.departments[unit] for unit, _share in desk.reporters(figure, first)),
    )
    moment = desk.moment(first.plus(-1), 2)
    kpi = kpis.define_kpi(identity=identity, definition=definition, by=desk.coo, now=moment)
    desk.known[figure.code] = kpi
    if figure.goal is not None:
        aim_at(desk, figure, figure.goal, first=first, now=moment)


def aim_at(desk: Desk, figure: Figure, goal: Goal, *, first: Month, now: datetime) -> None:
    """The targets of a figure: of the whole, and of each who reports where they share it."""
    kpi = desk.known[figure.code]
    given: dict[str, Any] = {"by": desk.coo, "now": now}
    aim = Aim(
        target=Decimal(goal.earlier or goal.target),
        floor=decimal_or_none(goal.floor),
        stretch=decimal_or_none(goal.stretch),
        upper=decimal_or_none(goal.upper),
    )
    # A sum is aimed at as a whole: a target for everyone would be added up. Zero adds up to zero.
    is_added = figure.over_departments == "sum" and not figure.formula and goal.target != "0"
    is_whole = is_added and figure.owner not in dict(figure.reports)
    whole = desk.departments[figure.owner] if is_whole else None
    kpis.set_target(kpi=kpi, department=whole, aim=aim, first=first.first_day, **given)
    if goal.is_shared:
        for month, until in ((first, desk.reorganised_in), (desk.reorganised_in, None)):
            for unit, share in desk.reporters(figure, month):
                part = Aim((Decimal(goal.target) * Decimal(str(round(share, 4)))).quantize(Decimal("0.1")))
                kpis.set_target(
                    kpi=kpi,
                    department=desk.departments[unit],
                    aim=part,
                    first=month.first_day,
                    until=until.first_day if until else None,
                    **given,
                )


def measure_otherwise(desk: Desk, month: Month) -> None:
    """One figure gets another definition, with the reason."""
    figure = next(known for known in FIGURES if known.code == MEASURED_OTHERWISE.code)
    kpis.change_definition(
        kpi=desk.known[figure.code],
        definition=definition_of(figure),
        valid_from=month.first_day,
        reason=MEASURED_OTHERWISE.why,
        by=desk.coo,
        now=desk.moment(month.plus(-1), 2),
    )


def ask_for_approval(desk: Desk, ago: int) -> None:
    """From some month on values take a second pair of eyes."""
    for code, since in NEEDS_APPROVAL_SINCE.items():
        if ago == since:
            kpi = Kpi.objects.select_related("department", "owner").get(pk=desk.known[code].pk)
            identity = Identity(kpi.department, kpi.code, kpi.family, tuple(kpi.tags), kpi.owner, needs_approval=True)
            kpis.change_identity(kpi=kpi, identity=identity, by=desk.coo, now=desk.moment(desk.at(ago), 2))


def approve_values(desk: Desk, ago: int) -> None:
    """Values that waited for it get their second pair of eyes the day after; those of the last month still wait."""
    for code, since in NEEDS_APPROVAL_SINCE.items():
        if 1 < ago <= since:
            waiting = KpiValue.objects.filter(series__kpi=desk.known[code], state="waiting")
            kpis.approve_values(values=list(waiting), by=desk.coo, now=desk.moment(desk.at(ago), 4))


def record(desk: Desk, month: Month, ago: int) -> None:
    """What came in for a month in time: typed by finance at first, sent by the systems since there is a data team."""
    entries: list[Entry] = []
    for figure in FIGURES:
        if figure.formula or not is_reported(figure.frequency, month, settings.FISCAL_YEAR_FIRST_MONTH):
            continue
        for unit, share in desk.reporters(figure, month):
            spot = Spot(figure.code, unit, ago)
            desk.told[spot] = reading(figure, unit, share, month=month, ago=ago)
            if spot not in GAPS and spot not in LATE:
                entries.append(replace(entry_of(desk, figure, spot), line=len(entries) + 1))
    kpis.record_values(
        entries=entries,
        scope=desk.scope(desk.finance),
        by=desk.finance,
        now=desk.moment(month, 3),
        source=ValueSource.PUSHED if month >= desk.reorganised_in else ValueSource.TYPED,
    )


def entry_of(desk: Desk, figure: Figure, spot: Spot) -> Entry:
    """One value as it is reported, or why there is none."""
    told, note, kind = desk.told[spot], NOTES.get(spot, ""), ValueKind.NUMBER
    if spot in NOTHING_TO_MEASURE:
        told, note, kind = Reading(), NOTHING_TO_MEASURE[spot], ValueKind.NO_DATA
    if spot.ago <= SUPPRESSED.get((spot.code, spot.unit), 0) * 3 and figure.frequency == "quarter":
        told, kind = Reading(), ValueKind.SUPPRESSED
    return Entry(
        kpi=desk.known[spot.code].pk,
        department=desk.departments[spot.unit].pk,
        month=desk.at(spot.ago).first_day,
        value=told.value,
        numerator=told.numerator,
        denominator=told.denominator,
        ytd_value=told.value if figure.over_time == "given" else None,
        kind=kind,
        note=note,
    )


def come_late(desk: Desk, ago: int) -> None:
    """Values that came after the cut-off, with the reason."""
    for spot, why in LATE.items():
        if spot.ago == ago:
            figure = next(known for known in FIGURES if known.code == spot.code)
            correct(desk, entry_of(desk, figure, spot), why=why, now=desk.moment(desk.at(ago), 12))


def restate(desk: Desk, ago: int) -> None:
    """Values that were corrected after the cut-off, with the reason."""
    for spot, (factor, why) in RESTATED.items():
        if spot.ago == ago:
            figure = next(known for known in FIGURES if known.code == spot.code)
            desk.told[spot] = desk.told[spot].times(factor, figure.decimals)
            correct(desk, entry_of(desk, figure, spot), why=why, now=desk.moment(desk.at(ago), 21))


def correct(desk: Desk, entry: Entry, *, why: str, now: datetime) -> None:
    """One value after the cut-off."""
    kpis.record_values(
        entries=[entry], scope=desk.scope(desk.finance), by=desk.finance, now=now, reason=why, source=ValueSource.TYPED
    )


def change_goals(desk: Desk, month: Month) -> None:
    """Targets that were changed in the middle of the year, with the reason: said when the month before it is over."""
    first = Month(desk.last.plus(-7).year, 7)
    if month != first.plus(-1):
        return
    for figure in FIGURES:
        goal = figure.goal
        if goal is not None and goal.earlier:
            aim = Aim(Decimal(goal.target), floor=decimal_or_none(goal.floor), stretch=decimal_or_none(goal.stretch))
            kpis.set_target(
                kpi=desk.known[figure.code],
                department=None,
                aim=aim,
                first=first.first_day,
                reason=goal.why,
                by=desk.coo,
                now=desk.moment(month, 2),
            )
