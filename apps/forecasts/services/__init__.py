"""Writes and workings of forecasts, as other layers call them."""

from apps.forecasts.services.staffing import staff_series

__all__ = ["staff_series"]
