"""Who may not decide on an entry of the register, and why: whoever it hits, who proposed it, and another on a COO's line.

The one answer for pages, REST, notices and counts of what waits. No scope: who leads what is no secret."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from apps.accounts.choices import Role
from apps.accounts.selectors import accounts_by_role
from apps.assessments.choices import VetoScope
from apps.assessments.models import Adjustment
from apps.core.month import Month
from apps.departments.selectors import ancestors_by_day
from apps.staff.selectors.colleagues import Seat, seats_of_accounts

Lines = dict[date, dict[int, list[int]]]
"""By day: department → itself and what stands above it, the nearest first."""


class Why(StrEnum):
    """Why somebody may not decide."""

    PROPOSED = "proposed"
    OWN = "own"
    """They lead or belong to the department, or to what stands below it, in the month or today."""
    OWN_THEN = "own_then"
    """The same, but only on the day of which a veto of the head alone speaks."""
    OWN_ABOVE = "own_above"
    """The same of a department above it that a veto of the line hits too."""
    CHIEF = "chief"
    """A COO leads the department, or one that a veto of the line hits too: the GM decides."""
    CHIEF_THEN = "chief_then"
    """A COO led it on the day of which a veto of the head alone speaks: the GM decides."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Why, and by which department of those it hits."""

    why: Why
    place: int


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of the tree and of everybody who might decide."""

    today: date
    lines: Lines
    seats: dict[int, list[Seat]]
    chiefs: frozenset[int]
    managers: frozenset[int]


def bars_of(rows: Iterable[Adjustment], users: Collection[int], today: date) -> dict[tuple[int, int], Bar]:
    """(entry, account) → why that account may not decide on that entry; those who may are missing. Whether an account
    confirms anything at all is the caller's to ask. Three queries, however many; none without ROWS.

    Who belongs to what a veto of the line hits above its department leaves it to the GM, who then decides whatever place
    the GM has up there: nobody else is left.
    """
    rows = list(rows)
    if not rows:
        return {}
    around = around_of(rows, users, today)
    bars = ((row.pk, user, bar_of(row, user, around)) for row in rows for user in users)
    return {(row, user): bar for row, user, bar in bars if bar is not None}


def around_of(rows: Collection[Adjustment], users: Collection[int], today: date) -> Around:
    """What is known around these entries. Three queries."""
    held = accounts_by_role((Role.COO, Role.GM))
    seats = seats_of_accounts(held[Role.COO].union(users))
    ends = {day for row in rows for day in ends_of(row)}
    places = {row.department_id for row in rows} | {seat.department for places in seats.values() for seat in places}
    return Around(
        today,
        ancestors_by_day(places, ends | {min(end, today) for end in ends}),
        seats,
        chiefs=held[Role.COO],
        managers=held[Role.GM],
    )


def bar_of(row: Adjustment, user: int, around: Around) -> Bar | None:
    """Why the account may not decide on the entry."""
    department = row.department_id
    own = own_in(row, user, around)
    if row.proposed_by_id == user:
        return Bar(Why.PROPOSED, department)
    if department in own:
        return Bar(Why.OWN, department)
    if row.scope == VetoScope.HEAD and department in with_above(
        row, around, (seat for seat in around.seats.get(user, ()) if seat.touches(row.happened_on, row.happened_on))
    ):
        return Bar(Why.OWN_THEN, department)
    if user in around.managers:
        return None
    hit = hit_by(row, around)
    above = next((place for place in hit if place in own), None)
    return Bar(Why.OWN_ABOVE, above) if above is not None else chief_bar(row, hit, around)


def chief_bar(row: Adjustment, hit: Iterable[int], around: Around) -> Bar | None:
    """Whether a COO leads something of what it HITs, at the end of the month or today; of a head alone, on its day too."""
    days = {Month.of(row.month).last_day, around.today}
    led = [seat for chief in around.chiefs for seat in around.seats.get(chief, ()) if seat.is_leading]
    now = {seat.department for seat in led if any(seat.touches(day, day) for day in days)}
    for place in hit:
        if place in now:
            return Bar(Why.CHIEF, place)
    on = row.happened_on
    if row.scope == VetoScope.HEAD and any(
        seat.department == row.department_id and seat.touches(on, on) for seat in led
    ):
        return Bar(Why.CHIEF_THEN, row.department_id)
    return None


def hit_by(row: Adjustment, around: Around) -> list[int]:
    """The departments it hits, its own first: of a veto of the line also what stands above at the end of each of its months,
    as `beside.by_department` has it."""
    ends = ends_of(row) if row.scope == VetoScope.LINE else ()
    above = (place for end in ends for place in around.lines[end].get(row.department_id, ()))
    return list(dict.fromkeys((row.department_id, *above)))


def ends_of(row: Adjustment) -> list[date]:
    """The last days of the months it hits, the first first."""
    return [month.last_day for month in Month.of(row.month).until(Month.of(row.last_month))]


def own_in(row: Adjustment, user: int, around: Around) -> set[int]:
    """`assessed.own_departments` for the month of the entry: what is led or belonged to, with everything above it."""
    month = Month.of(row.month)
    spans = ((month.first_day, month.last_day), (around.today, around.today))
    held = around.seats.get(user, ())
    return with_above(row, around, (seat for seat in held if any(seat.touches(*span) for span in spans)))


def with_above(row: Adjustment, around: Around, seats: Iterable[Seat]) -> set[int]:
    """The departments of SEATS, with what stands above them by the tree of the month of the entry."""
    lines = around.lines[min(Month.of(row.month).last_day, around.today)]
    return {place for seat in seats for place in (seat.department, *lines.get(seat.department, ()))}
