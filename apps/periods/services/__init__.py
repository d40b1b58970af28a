"""Writes of the calendar."""

from apps.periods.services.cut_offs import change_cut_off_rule, move_cut_off, refresh_cut_offs
from apps.periods.services.days import declare_days, declare_holiday, withdraw_day
from apps.periods.services.entry import (
    PeriodClosed,
    PeriodNotOpen,
    PeriodUnknown,
    hold_months,
    require_accepts,
    say_moment,
)
from apps.periods.services.years import close_period, lay_out_year, open_periods, reopen_period

__all__ = [
    "PeriodClosed",
    "PeriodNotOpen",
    "PeriodUnknown",
    "change_cut_off_rule",
    "close_period",
    "declare_days",
    "declare_holiday",
    "hold_months",
    "lay_out_year",
    "move_cut_off",
    "open_periods",
    "refresh_cut_offs",
    "reopen_period",
    "require_accepts",
    "say_moment",
    "withdraw_day",
]
