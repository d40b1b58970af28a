"""Reads of the staff app. Everything about rows of people takes the scope."""

from apps.staff.selectors.numbers import headcount_now, headcount_table, heads_by_department, statement
from apps.staff.selectors.people import (
    appointment_for,
    in_departments,
    in_state,
    leaders_of,
    movement_for,
    own_person,
    person_for,
    place_of,
    public_positions,
    search_people,
    spell_of,
    state_of,
    visible_appointments,
    visible_employments,
    visible_movements,
    visible_people,
    with_places,
)
from apps.staff.selectors.scope import scope_of

__all__ = [
    "appointment_for",
    "headcount_now",
    "headcount_table",
    "heads_by_department",
    "in_departments",
    "in_state",
    "leaders_of",
    "movement_for",
    "own_person",
    "person_for",
    "place_of",
    "public_positions",
    "scope_of",
    "search_people",
    "spell_of",
    "state_of",
    "statement",
    "visible_appointments",
    "visible_employments",
    "visible_movements",
    "visible_people",
    "with_places",
]
