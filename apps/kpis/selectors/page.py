"""One indicator in one department: its figures, what they are compared with, its usual range."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.core.month import Month
from apps.departments.models import Department
from apps.kpis.choices import Aggregation, Direction, Frequency
from apps.kpis.models import Kpi, KpiBaseline, KpiVersion
from apps.kpis.rules.absence import MONTHS_OF
from apps.kpis.rules.aggregation import Part
from apps.kpis.rules.alike import measured_from
from apps.kpis.rules.comparing import ENOUGH, Aim, against, noise_of, of_quarters, quarters, reach_of, usual_range
from apps.kpis.rules.monitoring import Xmr
from apps.kpis.rules.season import Usual, usual_months
from apps.kpis.rules.steady import Steady, steady_months
from apps.kpis.selectors.baselines import baseline_on
from apps.kpis.selectors.board import Card, card_of
from apps.kpis.selectors.months import Calendar, Line, all_lines, facts_of
from apps.kpis.selectors.today import has_today, lines_today, together, version_on
from apps.periods.selectors import working_days_of

THEN, TODAY = "then", "today"
NOISE_POINTS = 24
"""So many figures, the newest, say how large a usual change is."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The figure against an earlier one. BASE: `before`, `quarters` or `year`."""

    base: str
    month: Month
    """Which month (or last month of a quarter) it is compared with."""
    current: Decimal | Fraction
    former: Decimal | Fraction
    change_pct: Fraction | None
    verdict: str
    is_same_definition: bool
    """Whether both were measured alike (rules.alike); where they were not, there is no verdict."""
    adjusted_pct: Fraction | None = None
    """The change without season and working days, where they are known: what the verdict goes by."""
    few: int = 0
    """How many figures there are, where fewer than twelve make the verdict provisional; 0: there are enough."""


@dataclass(frozen=True, slots=True)
class Range:
    """The usual range of an indicator and the months that fall out of it."""

    limits: Xmr
    months: tuple[Month, ...]
    values: tuple[Decimal, ...]
    signals: tuple[tuple[Month, str], ...]
    """(month, `above`, `below`, `run`, `pair` or `trend`), newest first."""
    is_provisional: bool
    usual: Usual
    """What values and limits are without."""
    learned: tuple[Month, Month] | None
    """First and last of the months from which that is known; it stays as it is. None: nothing is taken out."""
    base: tuple[Month, Month]
    """First and last of the months that set the limits."""
    baseline: KpiBaseline | None
    """Who froze the months that set the limits; None: the first twelve do."""
    reach: str
    """`never`, `always` or `chance` (rules.comparing); `left`: the newest month is a signal, so the range tells nothing."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the overview of an indicator draws."""

    kpi: Kpi
    department: Department
    month: Month
    version: KpiVersion
    card: Card
    lines: Mapping[Month, Line]
    months: tuple[Month, ...]
    """Months on which a figure may sit, oldest first, as far as anything is there."""
    compared: tuple[Compared, ...]
    verdict: tuple[str, str]
    """(verdict, what it goes by: `seasonal_index`, `yoy` or `raw`)."""
    few: int
    """As in Compared, of the verdict."""
    range: Range | None
    usual: Usual
    tree: str
    may_ask_today: bool

    def window(self, span: int | None) -> tuple[Month, ...]:
        """The last SPAN months (None: all) on which a figure may sit."""
        if span is None:
            return self.months
        first = self.months[-1].plus(1 - span) if self.months else self.month
        return tuple(month for month in self.months if month >= first)


def dated_versions(kpi: Kpi, *, with_inputs: bool = False) -> list[KpiVersion]:
    """Every definition, oldest first; WITH_INPUTS: with what its formula reads. One query, or three."""
    rows = KpiVersion.objects.filter(kpi=kpi).order_by("valid")
    return list(rows.prefetch_related("inputs__kpi") if with_inputs else rows)


def picture_of(
    kpi: Kpi, department: Department, *, month: Month, calendar: Calendar, tree: str, versions: Sequence[KpiVersion]
) -> Picture:
    """The overview of KPI in the department for the month. Two queries by the tree of each month, four by today's."""
    facts = facts_of([(kpi.pk, department.pk)], month)[kpi.pk, department.pk]
    may_ask_today = has_today(versions)
    is_today = tree == TODAY and may_ask_today
    lines = lines_today(kpi, department.pk, versions) if is_today else all_lines(kpi, department.pk)
    card = card_of(facts, month, lines, is_past_cut_off=calendar.is_past_cut_off(month))
    judged = judged_by(lines, month, versions, days_behind(lines, month, versions))
    return Picture(
        kpi=kpi,
        department=department,
        month=month,
        version=judged.version,
        card=card,
        lines=lines,
        months=tuple(one for one in span_of(lines, month) if facts.is_due_in(one)),
        compared=tuple(comparisons(lines, month, judged)),
        verdict=verdict_on(lines, month, judged),
        few=judged.few,
        range=range_of(lines, month, judged, baseline_on(kpi, department, month)),
        usual=judged.usual,
        tree=TODAY if is_today else THEN,
        may_ask_today=may_ask_today,
    )


def span_of(lines: Mapping[Month, Line], month: Month) -> list[Month]:
    """Every month from the first that is there to the last, the one looked at included."""
    return min([*lines, month]).until(max([*lines, month]))


@dataclass(frozen=True, slots=True)
class Judged:
    """By what figures are judged: definition, aim, the usual change in percent, and what each month usually is.

    NOISE: None where too few figures are known to tell. WORK_DAYS of the months; empty where figures do not follow them.
    SINCE: the day from which figures are measured alike. KNOWN: how many there are.
    """

    version: KpiVersion
    aim: Aim
    noise: Decimal | None
    usual: Usual
    work_days: Mapping[Month, int] = field(default_factory=dict)
    since: date = date.min
    known: int = ENOUGH

    @property
    def few(self) -> int:
        """How many figures there are, where they make a verdict provisional (DOMAIN.md section 9); else 0."""
        return self.known if self.known < ENOUGH else 0

    def indexes(self, *months: Month) -> tuple[Decimal | None, ...]:
        """What these months usually are; None for all where one is not known."""
        found = tuple(self.usual.indexes.get(month) for month in months)
        return found if None not in found else (None,) * len(months)

    def is_alike(self, month: Month) -> bool:
        """Whether the month was measured as the one that is judged."""
        return month.last_day >= self.since


def judged_by(
    lines: Mapping[Month, Line], month: Month, versions: Sequence[KpiVersion], work_days: Mapping[Month, int]
) -> Judged:
    """By what the figure of the month is judged, on its page and in reports alike: by every month up to it that was measured
    as it is. VERSIONS: every definition, the oldest first."""
    version = version_in(versions, month)
    line, since = lines.get(month), measured_from(versions, version)
    aim = Aim(version.direction, line.target if line else None, line.upper if line else None)
    values = measured(lines, month, since)
    usual = usual_of(values, month, version, work_days)
    known = [usual.without(one, value) for one, value in values.items()]
    return Judged(version, aim, noise_of(known[-NOISE_POINTS:]), usual, work_days, since, len(known))


def version_in(versions: Sequence[KpiVersion], month: Month) -> KpiVersion:
    """The definition in force on the month's last day; before all of them the first."""
    return version_on(versions, month.last_day) or versions[0]


def measured(lines: Mapping[Month, Line], month: Month, since: date) -> dict[Month, Decimal]:
    """Figures up to the month from the day SINCE, from which they are measured alike, oldest first."""
    known = ((one, line.value) for one, line in sorted(lines.items()) if one <= month and one.last_day >= since)
    return {one: value for one, value in known if value is not None}


def days_behind(lines: Mapping[Month, Line], month: Month, versions: Sequence[KpiVersion]) -> Mapping[Month, int]:
    """Working days of the months measured as in MONTH, where figures add up over them. One query, or none."""
    version = version_in(versions, month)
    values = measured(lines, month, measured_from(versions, version))
    if not values or (version.frequency, version.over_time) != (Frequency.MONTH, Aggregation.SUM):
        return {}
    return working_days_of(min(values), max(values))


def usual_of(
    values: Mapping[Month, Decimal], month: Month, version: KpiVersion, work_days: Mapping[Month, int]
) -> Usual:
    """What months usually are, from VALUES up to the MONTH that is judged, all measured alike. Of monthly figures only;
    WORK_DAYS count where they add up."""
    if version.frequency != Frequency.MONTH or not values:
        return Usual()
    return usual_months(values, work_days if version.over_time == Aggregation.SUM else None, judged=month)


def comparisons(lines: Mapping[Month, Line], month: Month, judged: Judged) -> list[Compared]:
    """Against the figure before, the quarter before (monthly ones), and the same month a year before: those that exist."""
    line = lines.get(month)
    if line is None or line.value is None:
        return []
    found: list[Compared] = []
    step = MONTHS_OF[judged.version.frequency]
    bases = [("before", month.plus(-step))] if step < 12 else []
    for base, then in (*bases, ("year", month.plus(-12))):
        former = lines[then].value if then in lines else None
        if former is not None:
            indexes = judged.indexes(month, then)
            change, verdict = against(
                judged.aim, current=line.value, before=former, noise_pct=judged.noise, indexes=(indexes[0], indexes[1])
            )
            is_alike = judged.is_alike(then)
            found.append(
                Compared(
                    base,
                    then,
                    line.value,
                    former,
                    change.raw_pct,
                    verdict if is_alike else "",
                    is_alike,
                    change.adjusted_pct,
                    judged.few,
                )
            )
    if step == 1:
        found[1:1] = quarter_of(lines, month, judged)
    return found


def quarter_of(lines: Mapping[Month, Line], month: Month, judged: Judged) -> list[Compared]:
    """Three months against the three before them; none where one of the six is missing."""
    version = judged.version
    six = month.plus(-5).until(month)
    parts = {
        one: Part(line.value, line.numerator, line.denominator)
        for one, line in lines.items()
        if line.value is not None and one in six
    }
    current, former = quarters(parts, month, version.over_time, version.scale)
    if current is None or former is None:
        return []
    known = [index for index in judged.indexes(*six) if index is not None]
    before, now = (sum(half, Decimal(0)) / 3 for half in (known[:3], known[3:])) if known else (None, None)
    change, verdict = against(
        aim_of_quarter(lines, month, judged),
        current=current,
        before=former,
        noise_pct=of_quarters(judged.noise),
        indexes=(now, before),
    )
    is_alike = judged.is_alike(six[0])
    return [
        Compared(
            "quarters",
            month.plus(-3),
            current,
            former,
            change.raw_pct,
            verdict if is_alike else "",
            is_alike,
            change.adjusted_pct,
            judged.few,
        )
    ]


def aim_of_quarter(lines: Mapping[Month, Line], month: Month, judged: Judged) -> Aim:
    """What the three months up to MONTH aim at as one figure: the ends of a range add up where figures do."""
    if judged.aim.direction != Direction.RANGE or judged.version.over_time != Aggregation.SUM:
        return judged.aim
    three = [lines[one] for one in month.plus(-2).until(month)]
    return Aim(judged.aim.direction, together(three, "target"), together(three, "upper"))


def verdict_on(lines: Mapping[Month, Line], month: Month, judged: Judged) -> tuple[str, str]:
    """The one verdict of the header: without the season where it is known, else by the same month last year if there is
    one, else by the figure before."""
    line, version = lines.get(month), judged.version
    if line is None or line.value is None or not judged.aim.is_judged:
        return "", ""
    then = month.plus(-MONTHS_OF[version.frequency])
    year, before = (lines.get(one) if judged.is_alike(one) else None for one in (month.plus(-12), then))
    # Whether a figure lies within its range is told by the figure as it stands, whatever the season.
    has_season = judged.aim.direction != Direction.RANGE and judged.usual.has_season
    has_season = has_season and None not in judged.indexes(month, then)
    if has_season and has_base(before):
        basis, former = "seasonal_index", before
    elif has_base(year):
        basis, former, then = "yoy", year, month.plus(-12)
    else:
        basis, former = "raw" if has_base(before) else "none", before
    # By the same figures as the row beside it: working days are left out there too.
    now, earlier = judged.indexes(month, then)
    _changes, verdict = against(
        judged.aim,
        current=line.value,
        before=former.value if former else None,
        noise_pct=judged.noise,
        indexes=(now, earlier),
    )
    return verdict, basis


def has_base(line: Line | None) -> bool:
    """Whether a change from this figure can be told in percent: it is there and not 0."""
    return line is not None and bool(line.value)


def range_of(
    lines: Mapping[Month, Line], month: Month, judged: Judged, baseline: KpiBaseline | None = None
) -> Range | None:
    """The usual range from the months that were measured alike, without their season and working days; None while
    there are fewer than four.

    BASELINE: the limits are drawn from its months, and months before it are no part of the chart. One that holds no two
    figures measured alike says nothing any more. Without one the first twelve months set the limits. Either way they
    stay where they are, and so does what is taken out of the months (rules.steady).
    """
    version, aim = judged.version, judged.aim
    values = measured(lines, month, judged.since)
    base = frozen_in(values, baseline)
    if len(base) < 2:
        baseline, base = None, list(values)[:ENOUGH]
    steady = steady_of(values, base if baseline else [one for one in base if one < month], month, judged)
    if baseline is not None:
        values = {one: value for one, value in values.items() if one.first_day >= baseline.first_month}
    months, kept = tuple(values), [steady.usual.without(one, value) for one, value in values.items()]
    floor_zero = version.minimum is not None and version.minimum >= 0
    limits = usual_range(kept, floor_zero=floor_zero, base=len(base) if baseline else None)
    if limits is None:
        return None
    signals = signals_of(limits, months, kept)
    has_left = bool(signals) and signals[0][0] == months[-1]
    return Range(
        limits=limits,
        months=months,
        values=tuple(kept),
        signals=signals,
        is_provisional=len(kept) < ENOUGH,
        usual=steady.usual,
        learned=(steady.learned[0], steady.learned[-1]) if steady.learned else None,
        base=(base[0], base[-1]),
        baseline=baseline,
        reach="left" if has_left and aim.target is not None else reach_of(limits, aim),
    )


def frozen_in(values: Iterable[Month], baseline: KpiBaseline | None) -> list[Month]:
    """The months with a figure that the BASELINE froze."""
    if baseline is None:
        return []
    return [one for one in values if baseline.first_month <= one.first_day <= baseline.last_month]


def steady_of(values: Mapping[Month, Decimal], base: Sequence[Month], month: Month, judged: Judged) -> Steady:
    """What is taken out of the months before limits are drawn: of monthly figures only."""
    if judged.version.frequency != Frequency.MONTH:
        return Steady(Usual())
    adds_up = judged.version.over_time == Aggregation.SUM
    return steady_months(values, base, judged=month, work_days=judged.work_days if adds_up else None)


def signals_of(limits: Xmr, months: Sequence[Month], values: Sequence[Any]) -> tuple[tuple[Month, str], ...]:
    """Each month that tells of a change, and how, newest first."""
    found: dict[int, str] = dict.fromkeys(limits.trend, "trend")
    found |= dict.fromkeys(limits.pair, "pair")
    found |= dict.fromkeys(limits.run, "run")
    found |= {place: "above" if values[place] > limits.upper else "below" for place in limits.outside}
    return tuple((months[place], found[place]) for place in sorted(found, reverse=True))
