"""What the home page concludes from plain numbers. Pure: no database, no clock."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.core.month import Month

Heads = dict[int, int]
SERIOUS_HEADS = 3
SERIOUS_SHARE = 0.15
SMALLEST_SERIOUS = 2
SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A department as the home page needs it. PATH: keys from the top down to its parent."""

    pk: int
    name: str
    path: tuple[int, ...] = ()

    def is_within(self, pk: int) -> bool:
        return self.pk == pk or pk in self.path


@dataclass(frozen=True, slots=True)
class Gap:
    """A department whose headcount is off its plan: by how much, and since which month without a break."""

    pk: int
    name: str
    heads: int
    planned: int
    since: Month

    @property
    def difference(self) -> int:
        """Heads above (+) or below (-) the plan."""
        return self.heads - self.planned

    @property
    def is_serious(self) -> bool:
        """Three heads, or two where that is a good part of the plan. One person more or less is daily life."""
        size = abs(self.difference)
        return size >= SERIOUS_HEADS or (size >= SMALLEST_SERIOUS and size >= self.planned * SERIOUS_SHARE)


@dataclass(frozen=True, slots=True)
class Shift:
    """Movements between two departments (None: outside the company), counted, in one month; AHEAD: still to come."""

    month: Month
    kind: str
    leave_kind: str
    from_department: int | None
    to_department: int | None
    count: int
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class MonthsAsked:
    """Which months somebody types: by their place in the year, by year, or whole. What is empty narrows nothing."""

    numbers: frozenset[int] = frozenset()
    years: frozenset[int] = frozenset()
    whole: frozenset[Month] = frozenset()


def months_asked(text: str, names: Mapping[str, int], *, also: Collection[str] = ()) -> MonthsAsked | None:
    """The months that every word of TEXT speaks of: "May", "may 2026", "2026", "2026-05"; three letters of a name will do.

    NAMES: the months in the reader's language, with their numbers. ALSO: words that may stand beside them and say nothing.
    None where another word stands among them, so that this is no search for months.
    """
    numbers: set[int] = set()
    years: set[int] = set()
    whole: set[Month] = set()
    for word in text.casefold().split():
        begun = {
            number for name, number in names.items() if len(word) >= SHORTEST_NAME and name.casefold().startswith(word)
        }
        if month := whole_month(word):
            whole.add(month)
        elif len(word) == 4 and word.isascii() and word.isdecimal() and word > "0000":
            years.add(int(word))
        elif begun:
            numbers |= begun
        elif not any(len(word) >= SHORTEST_NAME and one.casefold().startswith(word) for one in also):
            return None
    return MonthsAsked(frozenset(numbers), frozenset(years), frozenset(whole))


def whole_month(word: str) -> Month | None:
    """A month written as YYYY-MM; None for anything else."""
    try:
        return Month.parse(word)
    except ValueError:
        return None


def undone(heads: Heads, shifts: Iterable[Shift]) -> Heads:
    """Headcount by department before these movements."""
    before = Counter(heads)
    for shift in shifts:
        if shift.to_department is not None:
            before[shift.to_department] -= shift.count
        if shift.from_department is not None:
            before[shift.from_department] += shift.count
    return dict(before)


def closings(heads: Heads, shifts: Sequence[Shift], months: Sequence[Month]) -> dict[Month, Heads]:
    """Headcount by department at the end of each month, walked back from HEADS, which stand at the end of the last one."""
    found: dict[Month, Heads] = {}
    for month in reversed(months):
        found[month] = heads
        heads = undone(heads, [shift for shift in shifts if shift.month == month])
    return found


def total(heads: Mapping[int, int], inside: frozenset[int] | None) -> int:
    """Heads of the departments INSIDE; None means the whole company."""
    return sum(count for pk, count in heads.items() if inside is None or pk in inside)


def gaps(
    places: Iterable[Place], closing: Mapping[Month, Heads], planned: Mapping[Month, Heads], current: Month
) -> list[Gap]:
    """Departments off their plan now, the most serious first."""
    found = []
    for place in places:
        plan = planned.get(current, {}).get(place.pk)
        heads = closing[current].get(place.pk, 0)
        if plan is not None and heads != plan:
            since = since_when(place.pk, closing, planned, current, is_above=heads > plan)
            found.append(Gap(place.pk, place.name, heads, plan, since))
    return sorted(found, key=lambda gap: (not gap.is_serious, -abs(gap.difference), gap.name))


def since_when(
    pk: int,
    closing: Mapping[Month, Heads],
    planned: Mapping[Month, Heads],
    current: Month,
    *,
    is_above: bool,
) -> Month:
    """The first month of the unbroken run, up to CURRENT, in which the department was off its plan the same way."""
    since = current
    for month in sorted(closing, reverse=True):
        plan = planned.get(month, {}).get(pk)
        heads = closing[month].get(pk, 0)
        if month > current:
            continue
        if plan is None or heads == plan or (heads > plan) != is_above:
            break
        since = month
    return since


def rolled_up(places: Sequence[Place], heads: Mapping[int, int], planned: Mapping[int, int]) -> list[dict[str, object]]:
    """Heads and plan of the departments one level under the top, each with everything below it, the largest first."""
    tops = [place for place in places if not place.path]
    shown = [place for place in places if len(place.path) == 1] if len(tops) == 1 else tops
    rows: list[dict[str, object]] = []
    for place in shown:
        ids = [other.pk for other in places if other.is_within(place.pk)]
        heads_here = sum(heads.get(pk, 0) for pk in ids)
        plan = whole_plan(ids, heads, planned)
        if heads_here or plan:
            rows.append({"pk": place.pk, "name": place.name, "heads": heads_here, "planned": plan})
    return sorted(rows, key=lambda row: (-int(str(row["heads"])), str(row["name"])))


def whole_plan(ids: Iterable[int], heads: Mapping[int, int], planned: Mapping[int, int]) -> int | None:
    """The plan of several departments together; None when one that has people has no plan: the sum would mislead."""
    known = list(ids)
    if not any(pk in planned for pk in known) or any(heads.get(pk) and pk not in planned for pk in known):
        return None
    return sum(planned.get(pk, 0) for pk in known)


def compared(
    heads: Mapping[int, int], planned: Mapping[int, int], inside: frozenset[int] | None
) -> tuple[int, int, int]:
    """(heads, planned heads, number) of the departments inside that have a plan: like is compared with like."""
    ids = [pk for pk in planned if inside is None or pk in inside]
    return sum(heads.get(pk, 0) for pk in ids), sum(planned[pk] for pk in ids), len(ids)
