"""Pages of the staff app."""

from apps.staff.views.acts import (
    account_page,
    appoint_page,
    cancel_page,
    change_appointment_page,
    change_page,
    end_appointment_page,
    hire_page,
    leave_page,
    rehire_page,
    remove_appointment_page,
    transfer_page,
)
from apps.staff.views.numbers import headcount_page, movements_page, plan_page
from apps.staff.views.people import detail_page, history_page, list_page, own_page
from apps.staff.views.positions import change_position_page, create_position_page, positions_page

__all__ = [
    "account_page",
    "appoint_page",
    "cancel_page",
    "change_appointment_page",
    "change_page",
    "change_position_page",
    "create_position_page",
    "detail_page",
    "end_appointment_page",
    "headcount_page",
    "hire_page",
    "history_page",
    "leave_page",
    "list_page",
    "movements_page",
    "own_page",
    "plan_page",
    "positions_page",
    "rehire_page",
    "remove_appointment_page",
    "transfer_page",
]
