"""Writes of the staff app: movements, appointments, who somebody is, headcount plans."""

from apps.staff.services.appointments import appoint, change_appointment, end_appointment, remove_appointment
from apps.staff.services.movements import (
    Place,
    cancel_movement,
    hire_person,
    leave_person,
    rehire_person,
    transfer_person,
)
from apps.staff.services.people import change_person, change_position, create_position, link_account
from apps.staff.services.planning import PlanCell, plan_headcount

__all__ = [
    "Place",
    "PlanCell",
    "appoint",
    "cancel_movement",
    "change_appointment",
    "change_person",
    "change_position",
    "create_position",
    "end_appointment",
    "hire_person",
    "leave_person",
    "link_account",
    "plan_headcount",
    "rehire_person",
    "remove_appointment",
    "transfer_person",
]
