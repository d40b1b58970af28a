"""Two reports side by side: what is new off target, what recovered, what is not judged any more, every figure then and now.
Pure: stored content in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Figure = Mapping[str, Any]
OFF = frozenset({"red", "amber"})
ON = "green"
STANDING = ("place", "value", "status", "target", "upper")
"""What `standings` of a report hold of each indicator, in this order."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure in both reports; either may lack it."""

    then: Figure | None
    now: Figure | None

    @property
    def newest(self) -> Figure:
        """The figure of the later report, else that of the earlier one: for its name."""
        found = self.now or self.then
        assert found is not None
        return found

    @property
    def is_changed(self) -> bool:
        """Whether value or light differ."""
        then, now = self.then or {}, self.now or {}
        return any(then.get(name) != now.get(name) for name in ("value", "status", "chance_year"))


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of it from one report to the next."""

    newly_off: tuple[Pair, ...]
    """On target then, off it now."""
    off_not_judged_before: tuple[Pair, ...]
    """Off target now; then there was no value, no target, or no such indicator: whether that is new nobody can say."""
    recovered: tuple[Pair, ...]
    still_off: tuple[Pair, ...]
    not_judged: tuple[Pair, ...]
    """Off target then; now there is no value, no target, or no such indicator: that is no recovery."""
    kpis: tuple[Pair, ...]
    scores: tuple[Pair, ...]
    people: tuple[Pair, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.kpis or self.scores or self.people)


def compared(then: Mapping[str, Any], now: Mapping[str, Any]) -> Compared:
    """The content of an earlier report against that of a later one. What stands in only one of them is kept, half empty."""
    pairs = paired(then.get("figures", ()), now.get("figures", ()))
    stood, stands = then.get("standings", {}), now.get("standings", {})
    kpis = [completed(pair, stood, stands) for pair in pairs if pair.newest["kind"] == "kpi"]
    was_off = [pair for pair in kpis if is_off(pair.then)]
    return Compared(
        newly_off=tuple(pair for pair in kpis if is_off(pair.now) and is_on(pair.then)),
        off_not_judged_before=tuple(
            pair for pair in kpis if is_off(pair.now) and not is_on(pair.then) and not is_off(pair.then)
        ),
        recovered=tuple(pair for pair in was_off if is_on(pair.now)),
        still_off=tuple(pair for pair in was_off if is_off(pair.now)),
        not_judged=tuple(pair for pair in was_off if not is_on(pair.now) and not is_off(pair.now)),
        kpis=tuple(kpis),
        scores=tuple(pair for pair in pairs if pair.newest["kind"] == "score"),
        people=tuple(pair for pair in pairs if pair.newest["kind"] == "headcount"),
    )


def paired(then: Sequence[Figure], now: Sequence[Figure]) -> list[Pair]:
    """The figures of both by what they are about, in the order of the later report."""
    old, new = ({key_of(one): one for one in figures} for figures in (then, now))
    keys = [*new, *(key for key in old if key not in new)]
    return [Pair(old.get(key), new.get(key)) for key in keys]


def completed(pair: Pair, stood: Mapping[str, Sequence[Any]], stands: Mapping[str, Sequence[Any]]) -> Pair:
    """A pair of which one report names the indicator only in its STANDINGS: value and light from there, the rest from the
    report that tells more."""
    known = pair.newest
    return Pair(pair.then or standing_in(stood, known), pair.now or standing_in(stands, known))


def standing_in(standings: Mapping[str, Sequence[Any]], known: Figure) -> Figure | None:
    """How the indicator of KNOWN stood; None where it did not stand anywhere, or at another department."""
    found = dict(zip(STANDING, standings.get(str(known["key"]), ()), strict=False))
    names = ("kind", "key", "name", "place_name", "decimals", "unit")
    return {**{name: known[name] for name in names}, **found} if found.get("place") == known["place"] else None


def key_of(figure: Figure) -> tuple[str, int, int]:
    """What a figure is about: kind, indicator, department."""
    return figure["kind"], figure["key"], figure["place"]


def is_off(figure: Figure | None) -> bool:
    """Whether its light was red or amber."""
    return figure is not None and figure.get("status") in OFF


def is_on(figure: Figure | None) -> bool:
    """Whether its light was green."""
    return figure is not None and figure.get("status") == ON
