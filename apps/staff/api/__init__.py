"""People for other systems: the views that ops_portal/api.py mounts."""

from apps.staff.api.numbers import HeadcountApi, HeadcountPlanApi
from apps.staff.api.people import PersonApi
from apps.staff.api.records import AppointmentApi, EmploymentApi, MovementApi, PositionApi

__all__ = [
    "AppointmentApi",
    "EmploymentApi",
    "HeadcountApi",
    "HeadcountPlanApi",
    "MovementApi",
    "PersonApi",
    "PositionApi",
]
