"""Which acts on a person's record are possible. Facts in, the name of the obstacle out; services put it into words.

A record is a list of spells that do not overlap, each covered by main appointments without a gap. Acts are recorded in
order: nothing may be slipped in before something that is already there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Obstacle(StrEnum):
    """Why an act cannot be recorded."""

    NONE = ""
    SPELL_OVERLAPS = "spell_overlaps"
    NOT_EMPLOYED = "not_employed"
    LEFT_BEFORE_JOINING = "left_before_joining"
    ALREADY_LEAVES = "already_leaves"
    LATER_APPOINTMENT = "later_appointment"
    SAME_DEPARTMENT = "same_department"
    SAME_DAY = "same_day"
    ALREADY_THERE = "already_there"
    SHARE_OVER_100 = "share_over_100"
    OUTSIDE_SPELL = "outside_spell"
    ENDS_BEFORE_START = "ends_before_start"


@dataclass(frozen=True, slots=True)
class SpellFacts:
    """One spell of employment."""

    pk: int
    hired_on: date
    last_day: date | None = None

    def covers(self, day: date) -> bool:
        return self.hired_on <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """One appointment."""

    pk: int
    department: int
    starts_on: date
    ends_on: date | None = None
    is_main: bool = True
    share: int = 100
    role: str = "member"

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def meets(self, first: date, last: date | None) -> bool:
        """Whether it shares a day with the days FIRST to LAST (None: open)."""
        return (last is None or self.starts_on <= last) and (self.ends_on is None or self.ends_on >= first)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one person, oldest first."""

    spells: Sequence[SpellFacts] = field(default_factory=tuple)
    places: Sequence[PlaceFacts] = field(default_factory=tuple)

    def spell_on(self, day: date) -> SpellFacts | None:
        return next((spell for spell in self.spells if spell.covers(day)), None)

    def open_spell(self) -> SpellFacts | None:
        """The spell without a last day."""
        return next((spell for spell in self.spells if spell.last_day is None), None)

    def main_place_on(self, day: date) -> PlaceFacts | None:
        return next((place for place in self.places if place.is_main and place.covers(day)), None)

    def places_after(self, day: date) -> list[PlaceFacts]:
        """Appointments that start after the day."""
        return [place for place in self.places if place.starts_on > day]


@dataclass(frozen=True, slots=True)
class Finding:
    """The obstacle of an act, with what it is about: the spell or appointment in the way, a day, a share."""

    obstacle: Obstacle = Obstacle.NONE
    spell: SpellFacts | None = None
    place: PlaceFacts | None = None
    total: int = 0

    def __bool__(self) -> bool:
        return self.obstacle is not Obstacle.NONE


CLEAR = Finding()


def joining(record: Record, *, hired_on: date, last_day: date | None = None) -> Finding:
    """May a spell start on this day (and end on that one)?"""
    if last_day is not None and last_day < hired_on:
        return Finding(Obstacle.LEFT_BEFORE_JOINING, spell=SpellFacts(0, hired_on, last_day))
    for spell in record.spells:
        is_apart = (spell.last_day is not None and spell.last_day < hired_on) or (
            last_day is not None and last_day < spell.hired_on
        )
        if not is_apart:
            return Finding(Obstacle.SPELL_OVERLAPS, spell=spell)
    return CLEAR


def leaving(record: Record, *, last_day: date) -> Finding:
    """May the open spell end on this day?"""
    spell = record.open_spell()
    if spell is None:
        known = record.spell_on(last_day)
        if known is not None or (record.spells and (record.spells[-1].last_day or last_day) > last_day):
            return Finding(Obstacle.ALREADY_LEAVES, spell=known or record.spells[-1])
        return Finding(Obstacle.NOT_EMPLOYED)
    if last_day < spell.hired_on:
        return Finding(Obstacle.LEFT_BEFORE_JOINING, spell=spell)
    later = record.places_after(last_day)
    return Finding(Obstacle.LATER_APPOINTMENT, place=later[0]) if later else CLEAR


def moving(record: Record, *, department: int, on: date) -> Finding:
    """May the person be counted in another department from this day?"""
    place = record.main_place_on(on)
    if place is None:
        return Finding(Obstacle.NOT_EMPLOYED)
    if place.department == department:
        return Finding(Obstacle.SAME_DEPARTMENT, place=place)
    if place.starts_on == on:
        return Finding(Obstacle.SAME_DAY, place=place)
    later = [other for other in record.places_after(on) if other.is_main]
    if later:
        return Finding(Obstacle.LATER_APPOINTMENT, place=later[0])
    others = [other for other in record.places if not other.is_main]
    there = [other for other in others if other.department == department and other.meets(on, place.ends_on)]
    return Finding(Obstacle.ALREADY_THERE, place=there[0]) if there else CLEAR


def appointing(
    record: Record, *, department: int, starts_on: date, ends_on: date | None, share: int, replaces: int | None = None
) -> Finding:
    """May the person have this further appointment? REPLACES is the appointment it takes the place of from its first day."""
    if ends_on is not None and ends_on < starts_on:
        return Finding(Obstacle.ENDS_BEFORE_START)
    spell = record.spell_on(starts_on)
    if spell is None:
        return Finding(Obstacle.NOT_EMPLOYED)
    if spell.last_day is not None and (ends_on is None or ends_on > spell.last_day):
        return Finding(Obstacle.OUTSIDE_SPELL, spell=spell)
    others = [place for place in record.places if place.pk != replaces and place.meets(starts_on, ends_on)]
    there = next((place for place in others if place.department == department), None)
    if there is not None:
        return Finding(Obstacle.ALREADY_THERE, place=there)
    total = peak_share(others, starts_on) + share
    return Finding(Obstacle.SHARE_OVER_100, total=total) if total > 100 else CLEAR


def peak_share(places: Sequence[PlaceFacts], first: date) -> int:
    """The highest sum of shares on any day from FIRST on: it can only rise on a day something starts."""
    days = {first, *(place.starts_on for place in places if place.starts_on > first)}
    return max(sum(place.share for place in places if place.covers(day)) for day in days)


def changing(record: Record, *, place: PlaceFacts, on: date, share: int) -> Finding:
    """May this appointment go on with another role, position or share from this day?"""
    if not place.covers(on):
        return Finding(Obstacle.NOT_EMPLOYED, place=place)
    others = [other for other in record.places if other.pk != place.pk and other.meets(on, place.ends_on)]
    total = peak_share(others, on) + share
    return Finding(Obstacle.SHARE_OVER_100, total=total) if total > 100 else CLEAR
