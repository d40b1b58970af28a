"""Staff numbers: movements, turnover, stability, survival, outlook. Exact fractions, rounded once at the end.

Conventions: the last day is still employed, and its month has the leaver; headcount is at close of day, so it counts who
is employed after that day; a transfer counts in the new department from its day; the company as a whole has no transfers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from apps.core.rounding import round_half_up

SMALL_HEADCOUNT = 30
"""Below this many heads a yearly rate says more about chance than about the department: show counts."""


@dataclass(frozen=True, slots=True)
class Spell:
    """One spell of employment with its department and the transfers in it (day, new department)."""

    hired_on: date
    department: str | int
    last_day: date | None = None
    leave_kind: str = ""
    moves: tuple[tuple[date, str | int], ...] = ()

    def department_on(self, day: date) -> str | int:
        """Where the person is counted on a day of the spell."""
        place = self.department
        for moved_on, department in self.moves:
            if moved_on <= day:
                place = department
        return place

    def is_counted_after(self, day: date) -> bool:
        """Whether headcount at close of the day counts this spell."""
        return self.hired_on <= day and (self.last_day is None or self.last_day > day)


@dataclass(frozen=True, slots=True)
class MovementCount:
    """What happened to a headcount in a period."""

    opening: int = 0
    joiners: int = 0
    transfers_in: int = 0
    leavers: int = 0
    voluntary_leavers: int = 0
    transfers_out: int = 0
    closing: int = 0

    @property
    def expected_closing(self) -> int:
        """The closing that follows from the opening and the movements."""
        return self.opening + self.joiners + self.transfers_in - self.leavers - self.transfers_out

    @property
    def is_balanced(self) -> bool:
        """opening + joiners + transfers in - leavers - transfers out = closing."""
        return self.expected_closing == self.closing

    @property
    def net(self) -> int:
        return self.closing - self.opening


def count_movements(
    spells: Iterable[Spell], *, start: date, end: date, department: str | int | None = None
) -> MovementCount:
    """The movement statement of one department, or of the company when DEPARTMENT is None."""
    eve = date.fromordinal(start.toordinal() - 1)
    totals = dict.fromkeys(MovementCount.__dataclass_fields__, 0)
    for spell in spells:
        for name, number in spell_movements(spell, eve=eve, end=end, department=department).items():
            totals[name] += number
    return MovementCount(**totals)


def spell_movements(spell: Spell, *, eve: date, end: date, department: str | int | None) -> dict[str, int]:
    """What one spell adds to the statement of the days after EVE up to END."""

    def here(day: date) -> bool:
        return department is None or spell.department_on(day) == department

    has_left = spell.last_day is not None and eve < spell.last_day <= end
    leaves_here = has_left and spell.last_day is not None and here(spell.last_day)
    into, out = (0, 0) if department is None else spell_transfers(spell, eve=eve, end=end, department=department)
    return {
        "opening": int(spell.is_counted_after(eve) and here(eve)),
        "joiners": int(eve < spell.hired_on <= end and here(spell.hired_on)),
        "transfers_in": into,
        "leavers": int(leaves_here),
        "voluntary_leavers": int(leaves_here and spell.leave_kind == "voluntary"),
        "transfers_out": out,
        "closing": int(spell.is_counted_after(end) and here(end)),
    }


def spell_transfers(spell: Spell, *, eve: date, end: date, department: str | int) -> tuple[int, int]:
    """Transfers of one spell into and out of the department. Moves on or before the first day, or after the last day, are
    none: the person had not come yet, or is gone."""
    into = out = 0
    for day in sorted({day for day, _department in spell.moves}):
        if not max(eve, spell.hired_on) < day <= end or (spell.last_day is not None and day > spell.last_day):
            continue
        before = spell.department_on(date.fromordinal(day.toordinal() - 1))
        after = spell.department_on(day)
        into += before != after == department
        out += after != before == department
    return into, out


@dataclass(frozen=True, slots=True)
class Turnover:
    """Leavers against the average headcount of the same months."""

    leavers: int
    average_headcount: Decimal
    rate_pct: Decimal | None
    """None when nobody was employed: there is nothing to divide by."""

    @property
    def is_small(self) -> bool:
        return self.average_headcount < SMALL_HEADCOUNT


def turnover_rate(months: Sequence[tuple[int, int, int]]) -> Turnover:
    """Turnover over months given as (opening, closing, leavers): leavers / mean of monthly (opening + closing) / 2 x 100."""
    leavers = sum(month[2] for month in months)
    if not months:
        return Turnover(0, Decimal("0.00"), None)
    average = Fraction(sum(opening + closing for opening, closing, _leavers in months), 2 * len(months))
    rate = round_half_up(leavers * 100 / average, 2) if average else None
    return Turnover(leavers, round_half_up(average, 2), rate)


def annual_rate(monthly_rate_pct: Decimal | Fraction, *, is_compound: bool = False) -> Decimal:
    """A monthly rate as a yearly one: r x 12, or 1 - (1 - r)^12."""
    rate = Fraction(monthly_rate_pct) / 100
    yearly = 1 - (1 - rate) ** 12 if is_compound else rate * 12
    return round_half_up(yearly * 100, 2)


def stability(*, employed_a_year_ago: int, still_here: int) -> Decimal | None:
    """Share of those employed a year ago who are still here; None when nobody was."""
    if not employed_a_year_ago:
        return None
    return round_half_up(Fraction(100 * still_here, employed_a_year_ago), 2)


def survival(spells: Iterable[tuple[int, bool]]) -> dict[int, Decimal]:
    """Kaplan-Meier: share still here after each time at which somebody left.

    SPELLS are (time, has left); those who have not left were watched up to their time and then no longer count as at risk.
    """
    ordered = sorted(spells)
    at_risk, share = len(ordered), Fraction(1)
    curve: dict[int, Decimal] = {}
    for time, group in groupby(ordered, key=lambda spell: spell[0]):
        ends = [has_left for _time, has_left in group]
        if any(ends):
            share *= 1 - Fraction(sum(ends), at_risk)
            curve[time] = round_half_up(share, 4)
        at_risk -= len(ends)
    return curve


def headcount_forecast(
    start: Decimal | int, *, monthly_attrition_pct: Decimal, hires: Sequence[Decimal | int]
) -> list[Decimal]:
    """Month after month h x (1 - r) + hires. Only what is shown is rounded, never what is carried on."""
    heads, keep = Fraction(start), 1 - Fraction(monthly_attrition_pct) / 100
    outlook = []
    for hired in hires:
        heads = heads * keep + Fraction(hired)
        outlook.append(round_half_up(heads, 2))
    return outlook
