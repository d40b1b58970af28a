"""Forecasts for other systems: the views that ops_portal/api.py mounts."""

from apps.forecasts.api.staff import StaffOutlookApi

__all__ = ["StaffOutlookApi"]
