"""What a report of the whole company says of a month: how many indicators stand how, and the ones worth telling of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import F, Max, Q

from apps.core.month import Month
from apps.core.scope import Scope
from apps.kpis.choices import Aggregation, Direction, Status
from apps.kpis.models import KpiInput, KpiMonth, KpiValue, KpiVersion
from apps.kpis.rules.formulas import Formula
from apps.kpis.rules.status import shortfall
from apps.kpis.selectors.board import OFF, Card, board_kpis, card_of, with_missing
from apps.kpis.selectors.finding import visible_kpis
from apps.kpis.selectors.months import FIRST, Calendar, Line, Pair, facts_of, lines_of
from apps.kpis.selectors.page import Compared, comparisons, judged_by, verdict_on
from apps.periods.selectors import working_days_of


@dataclass(frozen=True, slots=True)
class Standing:
    """One indicator at its owner in the month: its light, and how far it is off its target in percent of it."""

    kpi: int
    place: int
    status: str
    off_pct: Decimal | None
    """Positive: on the wrong side; negative: better than asked for; None: not judged, a target of 0, or inside a range,
    where nothing is better than anything else."""
    value: Decimal | None = None
    target: Decimal | None = None
    upper: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How an indicator is written: its name and its owner's, places and unit of today's definition."""

    name: str
    place_name: str
    decimals: int
    unit: str


@dataclass(frozen=True, slots=True)
class Result:
    """One indicator with everything a report tells of its month."""

    row: Any
    """The Kpi with department, definition and owner."""
    card: Card
    lines: Mapping[Month, Line]
    compared: tuple[Compared, ...]
    verdict: str
    standing: Standing | None
    few: int = 0
    """How many figures there are, where fewer than twelve make the verdict provisional; 0: there are enough."""
    formula: str = ""
    """What it is worked out by in its month; empty: it is reported."""

    @property
    def pair(self) -> Pair:
        return self.row.pk, self.row.place_id


def month_standings(scope: Scope, month: Month) -> list[Standing]:
    """Where every indicator in use stands at its owner, those furthest off first; for who sees the company. One query."""
    if not (scope.is_company and scope.may("kpis.view")):
        return []
    rows = KpiMonth.objects.filter(
        Q(kpi__retired_from=None) | Q(kpi__retired_from__gt=month.last_day),
        month=month.first_day,
        department=F("kpi__department"),
    ).order_by("kpi_id")
    wanted = ("kpi_id", "department_id", "status", "kpi__definition__direction", "value", "target", "upper")
    found = [
        Standing(kpi, place, status, off_share(direction, value, target, upper, status), value, target, upper)
        for kpi, place, status, direction, value, target, upper in rows.values_list(*wanted)
    ]
    return sorted(found, key=lambda one: (one.status != Status.RED, -(one.off_pct or Decimal(0)), one.kpi))


def off_share(
    direction: str, value: Decimal | None, target: Decimal | None, upper: Decimal | None, status: str
) -> Decimal | None:
    """How far VALUE lies on the wrong side of its target, in percent of the target's size; None inside a range, in which a
    figure is no better the further it lies from the ends."""
    if value is None or target is None or status == Status.GREY:
        return None
    missing, edge = shortfall(direction, value, target, upper)
    if direction == Direction.RANGE and missing <= 0:
        return None
    return missing * 100 / abs(edge) if edge else None


def missing_count(scope: Scope, month: Month) -> int:
    """How many indicators lack a report of the month. One query."""
    return with_missing(board_kpis(scope), month).count()


def results_of(
    scope: Scope, keys: Iterable[int], *, month: Month, calendar: Calendar, standings: Sequence[Standing] = ()
) -> list[Result]:
    """The indicators of KEYS as far as the person may see them, in the order of KEYS. Five queries, however many."""
    order = {pk: place for place, pk in enumerate(dict.fromkeys(keys))}
    rows = board_kpis(scope).filter(pk__in=list(order)).select_related("department", "definition", "owner")
    found = sorted(rows, key=lambda row: order[row.pk])
    pairs = [(row.pk, row.place_id) for row in found]
    facts = facts_of(pairs, month)
    lines = lines_of(pairs, first=FIRST, last=month)
    versions: dict[int, list[KpiVersion]] = {}
    for version in KpiVersion.objects.filter(kpi__in=list(order)).order_by("kpi_id", "valid"):
        versions.setdefault(version.kpi_id, []).append(version)
    stands = {(one.kpi, one.place): one for one in standings}
    is_past = calendar.is_past_cut_off(month)
    work_days = working_days_of(min((min(known) for known in lines.values()), default=month), month)
    return [
        result_of(
            row,
            card_of(facts[pair], month, lines.get(pair, {}), is_past_cut_off=is_past),
            lines.get(pair, {}),
            Known(versions[row.pk], work_days, stands.get(pair)),
        )
        for row, pair in zip(found, pairs, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Known:
    """What was read for one indicator besides its months."""

    versions: Sequence[KpiVersion]
    work_days: Mapping[Month, int]
    standing: Standing | None


def result_of(row: Any, card: Card, lines: Mapping[Month, Line], known: Known) -> Result:
    """One indicator out of what was read for all of them, judged as on its own page: by all its months."""
    month = card.month
    judged = judged_by(lines, month, known.versions, known.work_days)
    verdict, _basis = verdict_on(lines, month, judged)
    compared = tuple(comparisons(lines, month, judged))
    return Result(row, card, lines, compared, verdict, known.standing, judged.few, judged.version.formula)


def totals_of(results: Iterable[Result], month: Month) -> frozenset[int]:
    """Of RESULTS the formulas that come to the sum of what they come to in the departments below: they add up, and so does
    all they read. A quotient does not. One query, none where nothing is a formula."""
    formulas = {one.row.pk: one.formula for one in results if one.formula}
    if not formulas:
        return frozenset()
    day = month.last_day
    rows = KpiInput.objects.filter(version__valid__contains=day, kpi__versions__valid__contains=day).order_by()
    inputs: dict[int, list[Input]] = {}
    wanted = ("version__kpi", "kpi", "kpi__versions__formula", "kpi__versions__over_departments")
    for reader, kpi, text, way in rows.values_list(*wanted):
        inputs.setdefault(reader, []).append(Input(kpi, text, way))
    return frozenset(kpi for kpi, formula in formulas.items() if is_total(kpi, formula, inputs))


class Input(NamedTuple):
    """What a formula reads: the indicator, its own formula, its way over departments."""

    kpi: int
    formula: str
    over_departments: str


def is_total(kpi: int, formula: str, inputs: Mapping[int, Sequence[Input]]) -> bool:
    """Whether the FORMULA of KPI and all that it reads, as INPUTS says, add up over departments. (No formula leads back to
    itself.)"""
    return Formula(formula).adds_up and all(
        is_total(one.kpi, one.formula, inputs) if one.formula else one.over_departments == Aggregation.SUM
        for one in inputs.get(kpi, ())
    )


def lines_below(
    kpis: Iterable[int], places: Iterable[int], *, first: Month, last: Month
) -> dict[Pair, dict[Month, Line]]:
    """The months of these indicators in these departments; whoever asks has made sure that both may be seen. One query."""
    below = list(places)
    return lines_of([(kpi, place) for kpi in kpis for place in below], first=first, last=last)


def looks_of(scope: Scope, keys: Iterable[int]) -> dict[int, Look]:
    """How the indicators of KEYS are written, as far as the person may see them; retired ones too. One query."""
    rows = visible_kpis(scope).filter(pk__in=list(keys)).order_by()
    wanted = ("pk", "name", "department__name", "definition__decimals", "definition__unit")
    return {pk: Look(*look) for pk, *look in rows.values_list(*wanted)}


def changed_since(keys: Iterable[tuple[int, int, Month]], *, since: datetime) -> dict[tuple[int, int, Month], datetime]:
    """When a value below one of these (indicator, department, month) was last entered after the moment SINCE. One query,
    none where nothing is asked."""
    by_month: dict[Month, set[Pair]] = {}
    for kpi, place, month in keys:
        by_month.setdefault(month, set()).add((kpi, place))
    if not by_month:
        return {}
    asked = (
        Q(
            month=month.first_day,
            series__kpi__in={kpi for kpi, _place in pairs},
            series__department__closure_up__ancestor__in={place for _kpi, place in pairs},
            series__department__closure_up__valid__contains=month.last_day,
        )
        for month, pairs in by_month.items()
    )
    rows = (
        KpiValue.objects.current()
        .filter(reduce(or_, asked), entered_at__gt=since)
        .order_by()
        .values_list("month", "series__kpi", "series__department__closure_up__ancestor")
        .annotate(last=Max("entered_at"))
    )
    found = {(kpi, place, Month.of(day)): last for day, kpi, place, last in rows}
    return {key: last for key, last in found.items() if key[:2] in by_month[key[2]]}


def is_off(standing: Standing) -> bool:
    """Whether its light is red or amber."""
    return standing.status in OFF
